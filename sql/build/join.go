package build

import (
	"github.com/ferritedb/ferrite/sql/exec"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

func (b *builder) join(n *plan.Join) (built, error) {
	l, err := b.node(n.L)
	if err != nil {
		return l, err
	}
	r, err := b.node(n.R)
	if err != nil {
		return r, err
	}
	both := append(append([]expr.ColID{}, l.layout...), r.layout...)
	out := built{layout: both, types: append(append([]*types.T{}, l.types...), r.types...)}
	if n.Kind == plan.Semi || n.Kind == plan.Anti {
		out.layout, out.types = l.layout, l.types
	}
	hash := n.Algo == plan.Hash || n.Algo == plan.Merge || n.Algo == plan.Undecided
	switch {
	case n.Lateral || n.Algo == plan.Lookup:
		out.spec, err = b.lookupJoin(n, l, r, both)
	case hash && len(n.LeftKeys) > 0 && hashable(n):
		out.spec, err = b.hashJoin(n, l, r, both)
	default:
		var on *exec.Expr
		cond := condition(n)
		if n.NullAware {
			// NOT IN: a row goes unless every comparison is false.
			cond = &expr.BoolTest{Arg: cond, Want: 'f', Not: true}
		}
		on, err = b.expr(cond, both)
		out.spec = &exec.NestedLoop{Kind: n.Kind, L: l.spec, R: r.spec, On: on, LKinds: l.kinds(), RKinds: r.kinds()}
	}
	return out, err
}

// condition is the whole join condition: the keys' equalities and On.
func condition(n *plan.Join) expr.Expr {
	var all []expr.Expr
	for i := range n.LeftKeys {
		all = append(all, &expr.Func{Def: n.Eqs[i], Args: []expr.Expr{n.LeftKeys[i], n.RightKeys[i]}, T: types.Bool, Op: "="})
	}
	if n.On != nil {
		all = append(all, n.On)
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return &expr.And{Args: all}
}

// hashable tells that all pairs of keys are equal where their key bytes are.
func hashable(n *plan.Join) bool {
	for i := range n.LeftKeys {
		if !sameHashClass(n.LeftKeys[i].Type(), n.RightKeys[i].Type()) {
			return false
		}
	}
	return true
}

func sameHashClass(a, b *types.T) bool {
	a, b = a.Underlying(), b.Underlying()
	return a.Is(b) && types.HasEquality(a) && a.OID != types.JSON.OID || hashClass(a) != 0 && hashClass(a) == hashClass(b)
}

// hashClass groups types whose values compare across types by the same bytes.
func hashClass(t *types.T) byte {
	switch t.OID {
	case types.Int2.OID, types.Int4.OID, types.Int8.OID, types.Oid.OID:
		return 'i'
	case types.Float4.OID, types.Float8.OID:
		return 'f'
	case types.Text.OID, types.Varchar.OID, types.Name.OID, types.Dyn.OID:
		return 's'
	}
	return 0
}

func (b *builder) hashJoin(n *plan.Join, l, r built, both []expr.ColID) (exec.Spec, error) {
	s := &exec.HashJoin{Kind: n.Kind, L: l.spec, R: r.spec, KeyTypes: exprTypes(n.LeftKeys),
		BuildLeft: n.BuildLeft, NullAware: n.NullAware, LKinds: l.kinds(), RKinds: r.kinds()}
	if n.Kind == plan.Cross {
		s.Kind = plan.Inner
	}
	if n.NullAware {
		s.BuildLeft = false
	}
	var err error
	if s.LKeys, err = b.exprs(n.LeftKeys, l.layout); err != nil {
		return nil, err
	}
	if s.RKeys, err = b.exprs(n.RightKeys, r.layout); err != nil {
		return nil, err
	}
	s.On, err = b.expr(n.On, both)
	return s, err
}

func (b *builder) lookupJoin(n *plan.Join, l, r built, both []expr.ColID) (exec.Spec, error) {
	s := &exec.LookupJoin{Kind: n.Kind, L: l.spec, R: r.spec, LKinds: l.kinds(), RKinds: r.kinds()}
	for _, c := range plan.OuterCols(n.R) {
		if at := l.at(c.ID); at >= 0 {
			s.Outer = append(s.Outer, exec.OuterColumn{ID: c.ID, Col: at})
		}
	}
	var err error
	s.On, err = b.expr(condition(n), both)
	return s, err
}
