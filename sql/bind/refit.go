package bind

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
)

// refit gives the nodes that pass columns on the lists of what they pass: scans
// gain columns for as long as expressions are bound. It also notes for each
// subquery which outer columns its plan reads. The nodes are not shared yet and
// are changed in place.
func refit(n plan.Node) plan.Node {
	for _, in := range n.Inputs(nil) {
		refit(in)
	}
	if w, ok := n.(*plan.With); ok {
		for _, c := range w.CTEs {
			refit(c.Plan)
			if c.Recursive != nil {
				refit(c.Recursive)
			}
		}
	}
	for _, e := range n.Exprs(nil) {
		expr.Walk(e, func(x expr.Expr) bool {
			if q, ok := x.(*expr.Subquery); ok {
				p := q.Plan.(plan.Node)
				refit(p)
				q.Outer = plan.OuterCols(p)
			}
			return true
		})
	}
	switch n := n.(type) {
	case *plan.Filter:
		n.Cols = n.In.Columns()
	case *plan.Sort:
		n.Cols = n.In.Columns()
	case *plan.Limit:
		n.Cols = n.In.Columns()
	case *plan.Distinct:
		n.Cols = n.In.Columns()
	case *plan.LockRows:
		n.Cols = n.In.Columns()
	case *plan.With:
		n.Cols = n.In.Columns()
	case *plan.Join:
		l, r := n.L.Columns(), n.R.Columns()
		n.Cols = make([]plan.Col, 0, len(l)+len(r))
		n.Cols = append(append(n.Cols, l...), r...)
	case *plan.Window:
		calls := n.Cols[len(n.Cols)-len(n.Calls):]
		in := n.In.Columns()
		n.Cols = append(append(make([]plan.Col, 0, len(in)+len(calls)), in...), calls...)
	}
	return n
}
