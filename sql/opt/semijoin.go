package opt

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// semijoin turns EXISTS and IN conjuncts of a filter into semi joins, NOT EXISTS
// and NOT IN into anti joins. A correlated query is taken where its outer columns
// stand in filters at its top, below projections: those become join conditions.
// All others stay subqueries that run per row.
func semijoin(o *optimizer, n plan.Node) plan.Node {
	return o.eachNode(n, func(x plan.Node) plan.Node {
		f, ok := x.(*plan.Filter)
		if !ok {
			return x
		}
		in := f.In
		var stay []expr.Expr
		changed := false
		for _, c := range conjuncts(nil, f.Cond) {
			if j := o.joinFor(in, c); j != nil {
				in, changed = j, true
			} else {
				stay = append(stay, c)
			}
		}
		if !changed {
			return x
		}
		return filtered(in, stay)
	})
}

// joinFor gives the join of in that stands for a condition, nil for none.
func (o *optimizer) joinFor(in plan.Node, c expr.Expr) plan.Node {
	kind := plan.Semi
	if n, ok := c.(*expr.Not); ok {
		c, kind = n.Arg, plan.Anti
	}
	q, ok := c.(*expr.Subquery)
	if !ok || volatilePlan(q.Plan.(plan.Node)) {
		return nil
	}
	switch q.Kind {
	case expr.SubExists:
		return o.existsJoin(in, q, kind)
	case expr.SubAny:
		return o.anyJoin(in, q, kind)
	}
	return nil
}

// volatilePlan tells that running the plan more or less often shows.
func volatilePlan(n plan.Node) bool {
	bad := false
	plan.Walk(n, func(x plan.Node) bool {
		switch x.(type) {
		case *plan.LockRows, *plan.Insert, *plan.Update, *plan.Delete:
			bad = true
		}
		for _, e := range x.Exprs(nil) {
			bad = bad || volatile(e)
		}
		return !bad
	})
	return bad
}

// existsJoin: only whether there is a row counts, so projection, order, DISTINCT
// and a LIMIT of at least one row at the top fall away. A query that does not
// depend on the row runs once as it is.
func (o *optimizer) existsJoin(in plan.Node, q *expr.Subquery, kind plan.JoinKind) plan.Node {
	p := q.Plan.(plan.Node)
	for done := false; !done; {
		switch x := p.(type) {
		case *plan.Project:
			p = x.In
		case *plan.Sort:
			p = x.In
		case *plan.Distinct:
			p = x.In
		case *plan.Limit:
			c, ok := x.Count.(*expr.Const)
			if x.Offset != nil || !ok || c.Value.IsNull() || c.Value.Int() < 1 {
				return nil
			}
			p = x.In
		default:
			done = true
		}
	}
	if len(q.Outer) == 0 {
		return nil
	}
	local := colsOf(in)
	rest, conds := pullUp(p, local)
	if rest == nil || len(conds) == 0 {
		return nil
	}
	return makeJoin(kind, in, rest, conds)
}

// pullUp takes the conditions that read columns of outer out of the filters at
// the top of p. It gives nil where p reads such columns elsewhere, or where a
// condition holds a subquery.
func pullUp(p plan.Node, outer cols) (rest plan.Node, conds []expr.Expr) {
	f, ok := p.(*plan.Filter)
	if !ok {
		if readsOuter(p, outer) {
			return nil, nil
		}
		return p, nil
	}
	in, conds := pullUp(f.In, outer)
	if in == nil {
		return nil, nil
	}
	var stay []expr.Expr
	for _, c := range conjuncts(nil, f.Cond) {
		switch {
		case !outer.reads(c):
			stay = append(stay, c)
		case hasSub(c):
			return nil, nil
		default:
			conds = append(conds, c)
		}
	}
	return filtered(in, stay), conds
}

func readsOuter(p plan.Node, outer cols) bool {
	for _, c := range plan.OuterCols(p) {
		if outer[c.ID] {
			return true
		}
	}
	return false
}

func makeJoin(kind plan.JoinKind, l, r plan.Node, conds []expr.Expr) plan.Node {
	j := &plan.Join{Kind: kind, L: l, R: r, On: conj(conds)}
	j.Cols = l.Columns()
	return j
}

// anyJoin: args = ANY (query), and its negation for queries that do not depend on
// the row. NOT IN is null-aware unless neither side can be NULL.
func (o *optimizer) anyJoin(in plan.Node, q *expr.Subquery, kind plan.JoinKind) plan.Node {
	if len(q.Eqs) == 0 || q.Test == nil {
		return nil
	}
	for _, a := range q.Args {
		if volatile(a) || hasSub(a) {
			return nil
		}
	}
	p := q.Plan.(plan.Node)
	local := colsOf(in)
	of := map[expr.ColID]expr.Expr{}
	for i, a := range q.ArgCols {
		of[a.ID] = q.Args[i]
	}
	test := expr.Rewrite(q.Test, func(x expr.Expr) expr.Expr {
		if c, ok := x.(*expr.Col); ok {
			if a, known := of[c.ID]; known {
				return a
			}
		}
		return x
	})
	if kind == plan.Anti {
		if readsOuter(p, local) || len(q.Args) != 1 {
			return nil
		}
		j := makeJoin(plan.Anti, in, p, []expr.Expr{test}).(*plan.Join)
		j.NullAware = !neverNull(in, q.Args[0]) || !neverNull(p, colOf(p.Columns()[0]))
		return j
	}
	if !readsOuter(p, local) {
		return makeJoin(plan.Semi, in, p, []expr.Expr{test})
	}
	pr, ok := p.(*plan.Project)
	if !ok {
		return nil
	}
	rest, conds := pullUp(pr.In, local)
	if rest == nil {
		return nil
	}
	for _, e := range pr.Out {
		if local.reads(e) {
			return nil
		}
	}
	return makeJoin(plan.Semi, in, widened(pr, rest, conds), append([]expr.Expr{test}, conds...))
}

// widened is a projection that also passes on what conds read of its input.
func widened(p *plan.Project, in plan.Node, conds []expr.Expr) plan.Node {
	c := &plan.Project{In: in, Out: append([]expr.Expr(nil), p.Out...)}
	c.Cols = append([]plan.Col(nil), p.Cols...)
	have := colsOf(c)
	need := cols{}
	for _, x := range conds {
		need.addExpr(x)
	}
	for _, col := range in.Columns() {
		if need[col.ID] && !have[col.ID] {
			c.Cols, c.Out = append(c.Cols, col), append(c.Out, colOf(col))
		}
	}
	return c
}

func colOf(c plan.Col) *expr.Col { return &expr.Col{ID: c.ID, T: c.T, Mod: c.Mod, Name: c.Name} }

// neverNull tells that an expression over n is a column declared NOT NULL that no
// outer join fills up, or a constant.
func neverNull(n plan.Node, e expr.Expr) bool {
	switch e := e.(type) {
	case *expr.Const:
		return !e.Value.IsNull()
	case *expr.Cast:
		return e.T.Typtype != 'd' && !e.Arg.Type().Is(types.Dyn) && neverNull(n, e.Arg)
	case *expr.Col:
		return notNullCol(n, e.ID)
	}
	return false
}

func notNullCol(n plan.Node, id expr.ColID) bool {
	switch n := n.(type) {
	case *plan.Scan:
		for _, c := range n.Cols {
			if c.ID == id {
				col := n.Table.ColumnByNum(c.Attnum)
				return col != nil && (col.NotNull || isPrimary(n, c.Attnum))
			}
		}
	case *plan.Filter:
		return notNullCol(n.In, id)
	case *plan.Sort:
		return notNullCol(n.In, id)
	case *plan.Limit:
		return notNullCol(n.In, id)
	case *plan.Project:
		for i, c := range n.Cols {
			if c.ID == id {
				return neverNull(n.In, n.Out[i])
			}
		}
	case *plan.Join:
		if colsOf(n.L)[id] {
			return n.Kind != plan.Full && notNullCol(n.L, id)
		}
		return (n.Kind == plan.Inner || n.Kind == plan.Cross) && notNullCol(n.R, id)
	}
	return false
}

func isPrimary(n *plan.Scan, attnum int16) bool {
	p := n.Table.PrimaryIndex()
	if p == nil {
		return false
	}
	for _, k := range p.Keys {
		if k.Attnum == attnum {
			return true
		}
	}
	return false
}
