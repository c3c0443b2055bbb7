package build

import (
	"github.com/ferritedb/ferrite/sql/exec"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// expr compiles e, and the plans of the subqueries in it.
func (b *builder) expr(e expr.Expr, layout []expr.ColID) (*exec.Expr, error) {
	if e == nil {
		return nil, nil
	}
	var err error
	expr.Walk(e, func(x expr.Expr) bool {
		if q, ok := x.(*expr.Subquery); ok && err == nil {
			err = b.subquery(q)
		}
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	return exec.Compile(e, layout)
}

func (b *builder) exprs(es []expr.Expr, layout []expr.ColID) ([]*exec.Expr, error) {
	out := make([]*exec.Expr, len(es))
	for i, e := range es {
		var err error
		if out[i], err = b.expr(e, layout); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func exprTypes(es []expr.Expr) []*types.T {
	out := make([]*types.T, len(es))
	for i, e := range es {
		out[i] = e.Type()
	}
	return out
}

func (b *builder) subquery(q *expr.Subquery) error {
	if b.subs.Has(q) {
		return nil
	}
	n, ok := q.Plan.(plan.Node)
	if !ok {
		return pgerr.New(pgerr.InternalError, "subquery without a plan")
	}
	if q.Test != nil {
		if _, err := b.expr(q.Test, nil); err != nil {
			return err
		}
	}
	in, err := b.exact(n)
	if err != nil {
		return err
	}
	p := &exec.Subplan{Spec: in.spec}
	switch q.Kind {
	case expr.SubExists:
		p.RowsMax = 1
	case expr.SubScalar, expr.SubRow:
		p.RowsMax = 2
	}
	for _, c := range q.Outer {
		p.Outer = append(p.Outer, c.ID)
	}
	p.Volatile = volatile(n)
	b.subs.Add(q, p)
	return nil
}

// volatile tells that running n twice may give different rows.
func volatile(n plan.Node) bool {
	found := false
	plan.Walk(n, func(n plan.Node) bool {
		switch n := n.(type) {
		case *plan.FuncScan, *plan.ProjectSet, *plan.Insert, *plan.Update, *plan.Delete:
			found = true
		case *plan.CTEScan:
			found = found || n.Working
		}
		for _, e := range n.Exprs(nil) {
			found = found || expr.Volatility(e) == 'v'
		}
		return !found
	})
	return found
}

func (b *builder) sortKeys(keys []expr.SortKey, layout []expr.ColID) ([]exec.SortKey, error) {
	out := make([]exec.SortKey, len(keys))
	for i, k := range keys {
		e, err := b.expr(k.Expr, layout)
		if err != nil {
			return nil, err
		}
		out[i] = exec.SortKey{Expr: e, T: k.Expr.Type(), Desc: k.Desc, NullsFirst: k.NullsFirst, Compare: k.Compare}
	}
	return out, nil
}
