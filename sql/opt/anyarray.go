package opt

import (
	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// anyarray turns col = ANY (array) of a scan, where the array is not known yet (a
// parameter), into a join with the array's distinct elements, if an index starts
// with col: the elements are then looked up. Known arrays become spans instead.
func anyarray(o *optimizer, n plan.Node) plan.Node {
	return o.eachNode(n, func(x plan.Node) plan.Node {
		s, ok := x.(*plan.Scan)
		if !ok || s.Filter == nil {
			return x
		}
		conds := conjuncts(nil, s.Filter)
		if o.isPoint(s, conds) {
			return x
		}
		own := colsOf(s)
		for i, c := range conds {
			a, ok := c.(*expr.AnyAll)
			if !ok || a.All || a.Name != "=" || own.reads(a.Array) || volatile(a.Array) || hasSub(a.Array) {
				continue
			}
			if known(a.Array) || !leads(s, o.attnum(s, bare(a.Arg))) {
				continue
			}
			rest := append(append([]expr.Expr(nil), conds[:i]...), conds[i+1:]...)
			if j := o.elementsJoin(n, s, a, rest); j != nil {
				return j
			}
		}
		return x
	})
}

// known tells an array whose elements the plan can name.
func known(e expr.Expr) bool {
	switch e.(type) {
	case *expr.Const, *expr.ArrayCtor:
		return true
	}
	return false
}

func (o *optimizer) elementsJoin(root plan.Node, s *plan.Scan, a *expr.AnyAll, rest []expr.Expr) plan.Node {
	t := a.Array.Type().Underlying()
	if t.Elem == nil || !types.HasEquality(t.Elem) {
		return nil
	}
	m, err := builtin.ResolveFunction("", "unnest", []*types.T{t}, false)
	if err != nil || m.SRF == nil {
		return nil
	}
	elem := plan.Col{ID: o.newCol(root), Name: "unnest", T: t.Elem, Mod: -1}
	f := &plan.FuncScan{Alias: "unnest", Calls: []plan.SRFCall{{Def: m.SRF, Args: []expr.Expr{a.Array}, Cols: 1, Name: "unnest", T: t.Elem}}}
	f.Cols = []plan.Col{elem}
	d := &plan.Distinct{In: f}
	d.Cols = f.Cols
	c := *s
	c.Filter = conj(rest)
	j := &plan.Join{Kind: plan.Inner, L: d, R: &c}
	j.On = &expr.Func{Def: a.Op, Args: []expr.Expr{a.Arg, colOf(elem)}, T: types.Bool, Op: "="}
	j.Cols = joinCols(j)
	// The elements' column is nobody's: the scan's columns alone go on.
	p := &plan.Project{In: j}
	for _, col := range s.Cols {
		p.Cols, p.Out = append(p.Cols, col), append(p.Out, colOf(col))
	}
	return p
}
