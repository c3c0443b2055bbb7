package plan

import "github.com/ferritedb/ferrite/sql/expr"

// Walk calls visit for n and every node below it, plans of CTEs and of
// subqueries in expressions included, parents first, until visit gives false
// (then what is below is passed over).
func Walk(n Node, visit func(Node) bool) {
	if n == nil || !visit(n) {
		return
	}
	if w, ok := n.(*With); ok {
		for _, c := range w.CTEs {
			Walk(c.Plan, visit)
			if c.Recursive != nil {
				Walk(c.Recursive, visit)
			}
		}
	}
	for _, in := range n.Inputs(nil) {
		Walk(in, visit)
	}
	for _, e := range n.Exprs(nil) {
		expr.Walk(e, func(x expr.Expr) bool {
			if q, ok := x.(*expr.Subquery); ok {
				if p, ok := q.Plan.(Node); ok {
					Walk(p, visit)
				}
			}
			return true
		})
	}
}

// Made calls visit for every output column of n, and for those that n makes for
// its own expressions only (the rows of an Insert or Update).
func Made(n Node, visit func(expr.ColID)) {
	for i := range n.Columns() {
		visit(n.Columns()[i].ID)
	}
	list := func(ids []expr.ColID) {
		for _, id := range ids {
			visit(id)
		}
	}
	switch n := n.(type) {
	case *Insert:
		list(n.Row)
		if n.OnConflict != nil {
			list(n.OnConflict.Old)
		}
	case *Update:
		list(n.Old)
		list(n.New)
	case *Delete:
		list(n.Old)
	}
}

// OuterCols lists the columns that the plan reads and does not make: those of
// the enclosing queries. Each comes once, in order of first use.
func OuterCols(n Node) []expr.Col {
	made := map[expr.ColID]bool{}
	Walk(n, func(n Node) bool {
		Made(n, func(id expr.ColID) { made[id] = true })
		for _, e := range n.Exprs(nil) {
			expr.Walk(e, func(x expr.Expr) bool {
				if q, ok := x.(*expr.Subquery); ok {
					for i := range q.ArgCols {
						made[q.ArgCols[i].ID] = true
					}
				}
				return true
			})
		}
		return true
	})
	var out []expr.Col
	Walk(n, func(n Node) bool {
		for _, e := range n.Exprs(nil) {
			expr.WalkCols(e, func(c *expr.Col) {
				if !made[c.ID] {
					made[c.ID] = true
					out = append(out, *c)
				}
			})
		}
		return true
	})
	return out
}

// RewriteExprs applies f to every expression node (children first) in the plan,
// its CTEs and the plans of its subqueries. Nodes that do not change are shared.
func RewriteExprs(n Node, f func(expr.Expr) expr.Expr) Node {
	if n == nil {
		return nil
	}
	if w, ok := n.(*With); ok {
		for _, c := range w.CTEs {
			c.Plan = RewriteExprs(c.Plan, f)
			c.Recursive = RewriteExprs(c.Recursive, f)
		}
	}
	in := n.Inputs(nil)
	changed := false
	for i := range in {
		if r := RewriteExprs(in[i], f); r != in[i] {
			in[i], changed = r, true
		}
	}
	if changed {
		n = n.WithInputs(in)
	}
	es := n.Exprs(nil)
	changed = false
	for i := range es {
		if r := rewriteDeep(es[i], f); r != es[i] {
			es[i], changed = r, true
		}
	}
	if changed {
		n = n.WithExprs(es)
	}
	return n
}

// RewriteDeep is expr.Rewrite that enters the plans of subqueries; the list of
// outer columns of a subquery is made anew where its plan changed.
func RewriteDeep(e expr.Expr, f func(expr.Expr) expr.Expr) expr.Expr { return rewriteDeep(e, f) }

func rewriteDeep(e expr.Expr, f func(expr.Expr) expr.Expr) expr.Expr {
	return expr.Rewrite(e, func(x expr.Expr) expr.Expr {
		q, ok := x.(*expr.Subquery)
		if !ok {
			return f(x)
		}
		old, _ := q.Plan.(Node)
		p := RewriteExprs(old, f)
		test := q.Test
		if test != nil {
			test = rewriteDeep(test, f)
		}
		if p != old || test != q.Test {
			c := *q
			c.Plan, c.Test, c.Outer = p, test, OuterCols(p)
			return f(&c)
		}
		return f(q)
	})
}

// RewriteNodes applies f to every node, inputs first, in the whole plan: CTEs
// and plans of subqueries included.
func RewriteNodes(n Node, f func(Node) Node) Node {
	if n == nil {
		return nil
	}
	if w, ok := n.(*With); ok {
		for _, c := range w.CTEs {
			c.Plan = RewriteNodes(c.Plan, f)
			c.Recursive = RewriteNodes(c.Recursive, f)
		}
	}
	in := n.Inputs(nil)
	changed := false
	for i := range in {
		if r := RewriteNodes(in[i], f); r != in[i] {
			in[i], changed = r, true
		}
	}
	if changed {
		n = n.WithInputs(in)
	}
	es := n.Exprs(nil)
	changed = false
	for i := range es {
		r := expr.Rewrite(es[i], func(x expr.Expr) expr.Expr {
			q, ok := x.(*expr.Subquery)
			if !ok {
				return x
			}
			old, _ := q.Plan.(Node)
			p := RewriteNodes(old, f)
			if p == old {
				return q
			}
			c := *q
			c.Plan, c.Outer = p, OuterCols(p)
			return &c
		})
		if r != es[i] {
			es[i], changed = r, true
		}
	}
	if changed {
		n = n.WithExprs(es)
	}
	return f(n)
}
