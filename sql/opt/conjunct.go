package opt

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
)

// conjuncts appends the conditions of e's AND to dst; nil gives none.
func conjuncts(dst []expr.Expr, e expr.Expr) []expr.Expr {
	if e == nil {
		return dst
	}
	if a, ok := e.(*expr.And); ok {
		for _, x := range a.Args {
			dst = conjuncts(dst, x)
		}
		return dst
	}
	return append(dst, e)
}

// conj is the AND of conditions; nil for none.
func conj(es []expr.Expr) expr.Expr {
	switch len(es) {
	case 0:
		return nil
	case 1:
		return es[0]
	}
	return &expr.And{Args: append([]expr.Expr(nil), es...)}
}

// filtered puts conditions on top of n.
func filtered(n plan.Node, conds []expr.Expr) plan.Node {
	if len(conds) == 0 {
		return n
	}
	if f, ok := n.(*plan.Filter); ok {
		conds = append(conjuncts(nil, f.Cond), conds...)
		n = f.In
	}
	f := &plan.Filter{In: n, Cond: conj(conds)}
	f.Cols = n.Columns()
	return f
}

// cols is a set of columns.
type cols map[expr.ColID]bool

func colsOf(n plan.Node) cols {
	c := make(cols, len(n.Columns()))
	for _, x := range n.Columns() {
		c[x.ID] = true
	}
	return c
}

// reads tells whether e reads a column of the set.
func (c cols) reads(e expr.Expr) bool {
	hit := false
	expr.WalkCols(e, func(x *expr.Col) { hit = hit || c[x.ID] })
	return hit
}

func (c cols) addExpr(e expr.Expr) {
	expr.WalkCols(e, func(x *expr.Col) { c[x.ID] = true })
}

func hasSub(e expr.Expr) bool {
	hit := false
	expr.Walk(e, func(x expr.Expr) bool {
		if _, ok := x.(*expr.Subquery); ok {
			hit = true
		}
		return !hit
	})
	return hit
}

func volatile(e expr.Expr) bool { return expr.Volatility(e) == 'v' }

// isConst tells a boolean constant and its value; NULL counts as false.
func isConst(e expr.Expr) (value, ok bool) {
	c, isC := e.(*expr.Const)
	if !isC {
		return false, false
	}
	return !c.Value.IsNull() && c.Value.Bool(), true
}

// emptyLike is a node without rows that has the columns of n.
func emptyLike(n plan.Node) plan.Node {
	v := &plan.Values{}
	v.Cols = n.Columns()
	return v
}

func isEmpty(n plan.Node) bool {
	v, ok := n.(*plan.Values)
	return ok && len(v.Rows) == 0
}
