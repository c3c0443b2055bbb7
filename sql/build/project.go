package build

import (
	"github.com/ferritedb/ferrite/sql/exec"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
)

func (b *builder) filter(n *plan.Filter) (built, error) {
	in, err := b.node(n.In)
	if err != nil {
		return in, err
	}
	cond, err := b.expr(n.Cond, in.layout)
	if err != nil {
		return in, err
	}
	in.spec = &exec.Filter{In: in.spec, Cond: cond, Kinds: in.kinds()}
	return in, nil
}

func (b *builder) project(n *plan.Project) (built, error) {
	in, err := b.node(n.In)
	if err != nil {
		return in, err
	}
	es, err := b.exprs(n.Out, in.layout)
	if err != nil {
		return in, err
	}
	out := of(nil, n)
	if renames(es, len(in.layout)) {
		out.spec = in.spec
		return out, nil
	}
	out.spec = &exec.Project{In: in.spec, Out: es}
	return out, nil
}

// renames tells that a projection passes all columns of its input on as they stand.
func renames(es []*exec.Expr, width int) bool {
	if len(es) != width {
		return false
	}
	for i, e := range es {
		if e.Col() != i {
			return false
		}
	}
	return true
}

func (b *builder) values(n *plan.Values) (built, error) {
	out := of(nil, n)
	s := &exec.Values{Kinds: out.kinds()}
	for _, r := range n.Rows {
		es, err := b.exprs(r, nil)
		if err != nil {
			return out, err
		}
		s.Rows = append(s.Rows, es)
	}
	out.spec = s
	return out, nil
}

func (b *builder) sort(n *plan.Sort) (built, error) {
	in, err := b.node(n.In)
	if err != nil {
		return in, err
	}
	keys, err := b.sortKeys(n.Keys, in.layout)
	if err != nil {
		return in, err
	}
	top, err := b.expr(n.Top, nil)
	if err != nil {
		return in, err
	}
	in.spec = &exec.Sort{In: in.spec, Keys: keys, Top: top, Kinds: in.kinds()}
	return in, nil
}

func (b *builder) limit(n *plan.Limit) (built, error) {
	in, err := b.node(n.In)
	if err != nil {
		return in, err
	}
	s := &exec.Limit{In: in.spec, Kinds: in.kinds()}
	if s.Count, err = b.expr(n.Count, nil); err != nil {
		return in, err
	}
	if s.Offset, err = b.expr(n.Offset, nil); err != nil {
		return in, err
	}
	if n.WithTies {
		if s.Ties, err = b.sortKeys(n.Ties, in.layout); err != nil {
			return in, err
		}
	}
	in.spec = s
	return in, nil
}

func (b *builder) distinct(n *plan.Distinct) (built, error) {
	if n.On == nil {
		in, err := b.exact(n.In)
		if err != nil {
			return in, err
		}
		return b.distinctAll(in, n)
	}
	in, err := b.node(n.In)
	if err != nil {
		return in, err
	}
	keys, err := b.exprs(n.On, in.layout)
	if err != nil {
		return in, err
	}
	in.spec = &exec.Distinct{In: in.spec, Keys: keys, KeyTypes: exprTypes(n.On), Kinds: in.kinds()}
	return in, nil
}

// distinctAll drops duplicates over all columns of in; the output is named as n's.
func (b *builder) distinctAll(in built, n plan.Node) (built, error) {
	s := &exec.Distinct{In: in.spec, KeyTypes: in.types, Kinds: in.kinds()}
	for i, id := range in.layout {
		e, err := exec.Compile(&expr.Col{ID: id, T: in.types[i], Mod: -1}, in.layout)
		if err != nil {
			return in, err
		}
		s.Keys = append(s.Keys, e)
	}
	return of(s, n), nil
}

func (b *builder) setOp(n *plan.SetOp) (built, error) {
	l, err := b.exact(n.L)
	if err != nil {
		return l, err
	}
	r, err := b.exact(n.R)
	if err != nil {
		return r, err
	}
	if n.Kind != plan.Union {
		return of(&exec.SetOp{Kind: n.Kind, All: n.All, L: l.spec, R: r.spec, Types: l.types, Kinds: l.kinds()}, n), nil
	}
	out := of(&exec.Append{Inputs: []exec.Spec{l.spec, r.spec}}, n)
	if n.All {
		return out, nil
	}
	return b.distinctAll(out, n)
}

func (b *builder) with(n *plan.With) (built, error) {
	s := &exec.With{}
	for _, c := range n.CTEs {
		first, err := b.exact(c.Plan)
		if err != nil {
			return first, err
		}
		e := &exec.CTE{ID: c.ID, Plan: first.spec, Kinds: first.kinds(), Types: first.types, All: c.All, Modifying: c.Modifying}
		if c.Recursive != nil {
			rec, err := b.exact(c.Recursive)
			if err != nil {
				return rec, err
			}
			e.Recursive = rec.spec
		}
		s.CTEs = append(s.CTEs, e)
	}
	in, err := b.node(n.In)
	if err != nil {
		return in, err
	}
	s.In = in.spec
	in.spec = s
	return in, nil
}
