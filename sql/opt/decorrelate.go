package opt

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// decorrelate computes aggregates of correlated scalar subqueries for all rows at
// once: (SELECT f(agg) FROM t WHERE t.k = outer.k) becomes a left join with t
// grouped by k (Neumann, Kemper, "Unnesting Arbitrary Queries", 2015, the simple
// case). The correlation must be by equalities in filters below the aggregate. A
// group that is missing is an empty one: counts are 0 there, all others NULL.
//
// Where an index finds the group of a row, and rows are few, the subquery stays.
//
// So does one in the select list right below a LIMIT, which asks for few rows.
func decorrelate(o *optimizer, n plan.Node) plan.Node {
	limited := map[plan.Node]bool{}
	o.eachNode(n, func(x plan.Node) plan.Node {
		if l, ok := x.(*plan.Limit); ok {
			limited[l.In] = true
		}
		return x
	})
	return o.eachNode(n, func(x plan.Node) plan.Node {
		switch x := x.(type) {
		case *plan.Filter:
			return o.decorrelateFilter(n, x, x.In, conjuncts(nil, x.Cond))
		case *plan.Scan:
			conds := conjuncts(nil, x.Filter)
			var plain, subs []expr.Expr
			for _, c := range conds {
				if hasSub(c) {
					subs = append(subs, c)
				} else {
					plain = append(plain, c)
				}
			}
			if len(subs) == 0 {
				return x
			}
			c := *x
			c.Filter = conj(plain)
			if r := o.decorrelateFilter(n, nil, &c, subs); r != nil {
				return r
			}
		case *plan.Project:
			if !limited[x] {
				return o.decorrelateProject(n, x)
			}
		}
		return x
	})
}

// decorrelateFilter gives the filter over joins, in the columns of in; f where
// nothing was found (nil for a scan's filter).
func (o *optimizer) decorrelateFilter(root plan.Node, f *plan.Filter, in plan.Node, conds []expr.Expr) plan.Node {
	cur := in
	out := append([]expr.Expr(nil), conds...)
	for i := range out {
		out[i] = o.replaceScalars(root, out[i], &cur)
	}
	if cur == in {
		if f == nil {
			return nil
		}
		return f
	}
	p := &plan.Project{In: filtered(cur, out)}
	for _, c := range in.Columns() {
		p.Cols, p.Out = append(p.Cols, c), append(p.Out, colOf(c))
	}
	return p
}

func (o *optimizer) decorrelateProject(root plan.Node, p *plan.Project) plan.Node {
	cur := p.In
	out := append([]expr.Expr(nil), p.Out...)
	for i := range out {
		out[i] = o.replaceScalars(root, out[i], &cur)
	}
	if cur == p.In {
		return p
	}
	c := *p
	c.In, c.Out = cur, out
	return &c
}

// replaceScalars replaces the subqueries in e that can be joined to *in. Only
// those that are evaluated whatever the row is are taken: not in CASE, COALESCE
// and the right sides of AND and OR, which may spare them.
func (o *optimizer) replaceScalars(root plan.Node, e expr.Expr, in *plan.Node) expr.Expr {
	switch x := e.(type) {
	case *expr.Subquery:
		if r := o.joinScalar(root, x, in); r != nil {
			return r
		}
		return e
	case *expr.Func, *expr.Cast, *expr.NullTest, *expr.Not, *expr.InList:
		kids := e.Children(nil)
		changed := false
		for i, k := range kids {
			if r := o.replaceScalars(root, k, in); r != k {
				kids[i], changed = r, true
			}
		}
		if changed {
			return e.WithChildren(kids)
		}
	}
	return e
}

// joinScalar joins *in with the grouped subquery and gives its value.
func (o *optimizer) joinScalar(root plan.Node, q *expr.Subquery, in *plan.Node) expr.Expr {
	p, ok := q.Plan.(*plan.Project)
	if q.Kind != expr.SubScalar || !ok || len(p.Out) != 1 || len(q.Outer) == 0 || volatilePlan(p) {
		return nil
	}
	agg, ok := p.In.(*plan.Aggregate)
	if !ok || !agg.Scalar || len(agg.Keys) > 0 || agg.Sets != nil {
		return nil
	}
	local := colsOf(*in)
	for _, c := range q.Outer {
		if !local[c.ID] {
			return nil
		}
	}
	rest, conds := pullUp(agg.In, local)
	if rest == nil || len(conds) == 0 || readsOuter(&plan.Aggregate{In: rest, Calls: agg.Calls}, local) || local.reads(p.Out[0]) || hasSub(p.Out[0]) {
		return nil
	}
	keys, outer, eqs := correlation(conds, rest, local)
	if keys == nil || !o.worthJoining(*in, rest, conds) {
		return nil
	}
	grouped := &plan.Aggregate{In: pushdown(o, fold(o, rest)), Keys: keys, Calls: agg.Calls}
	join := &plan.Join{Kind: plan.Left, L: *in, R: grouped}
	var on []expr.Expr
	for i, k := range keys {
		col := plan.Col{ID: o.newCol(root), Name: "key", T: k.Type(), Mod: -1}
		grouped.Cols = append(grouped.Cols, col)
		on = append(on, &expr.Func{Def: eqs[i], Args: []expr.Expr{outer[i], colOf(col)}, T: types.Bool, Op: "="})
	}
	value := map[expr.ColID]expr.Expr{}
	for i, call := range agg.Calls {
		col := agg.Cols[i]
		col.ID = o.newCol(root)
		grouped.Cols = append(grouped.Cols, col)
		value[agg.Cols[i].ID] = emptyValue(call, colOf(col))
	}
	join.On = conj(on)
	join.Cols = joinCols(join)
	*in = join
	return expr.Rewrite(p.Out[0], func(x expr.Expr) expr.Expr {
		if c, ok := x.(*expr.Col); ok && value[c.ID] != nil {
			return value[c.ID]
		}
		return x
	})
}

// emptyValue is an aggregate's column as seen above the left join.
func emptyValue(call *expr.AggCall, c *expr.Col) expr.Expr {
	if call.Def.Name != "count" {
		return c
	}
	zero := &expr.Const{Value: types.MakeInt(0), T: c.T, Mod: -1}
	return &expr.Coalesce{Args: []expr.Expr{c, zero}, T: c.T}
}

// correlation takes conditions inner = outer apart; nil where one is no equality
// of the same hashable type.
func correlation(conds []expr.Expr, rest plan.Node, local cols) (keys, outer []expr.Expr, eqs []*expr.FuncDef) {
	inner := colsOf(rest)
	for _, c := range conds {
		f, ok := c.(*expr.Func)
		if !ok || f.Op != "=" || len(f.Args) != 2 || !f.Args[0].Type().Is(f.Args[1].Type()) || !types.HasEquality(f.Args[0].Type()) {
			return nil, nil, nil
		}
		a, b := f.Args[0], f.Args[1]
		if local.reads(a) {
			a, b = b, a
		}
		if local.reads(a) || !inner.reads(a) || inner.reads(b) || !local.reads(b) {
			return nil, nil, nil
		}
		keys, outer, eqs = append(keys, a), append(outer, b), append(eqs, f.Def)
	}
	return keys, outer, eqs
}

// worthJoining compares a lookup per row with grouping the whole.
func (o *optimizer) worthJoining(in, rest plan.Node, conds []expr.Expr) bool {
	f := pushdown(o, fold(o, rest))
	s, ok := f.(*plan.Scan)
	if !ok {
		return true
	}
	best := o.bestPath(s, append(conjuncts(nil, s.Filter), conds...))
	whole := o.bestPath(s, conjuncts(nil, s.Filter))
	perRow := o.rows(in) * (best.cost + 2)
	return perRow > whole.cost+o.scanRows(s, conjuncts(nil, s.Filter))*costBuild
}
