package plan

import (
	"github.com/ferritedb/ferrite/sql/expr"
)

// Inputs implements Node.
func (n *Join) Inputs(dst []Node) []Node { return append(dst, n.L, n.R) }

// WithInputs implements Node.
func (n *Join) WithInputs(in []Node) Node {
	c := *n
	c.L, c.R = in[0], in[1]
	return &c
}

func (n *Join) mapExprs(v *visitor) {
	v.one(&n.On)
	v.list(&n.LeftKeys)
	v.list(&n.RightKeys)
}

// Exprs implements Node.
func (n *Join) Exprs(dst []expr.Expr) []expr.Expr {
	c := *n
	c.mapExprs(&visitor{dst: &dst})
	return dst
}

// WithExprs implements Node.
func (n *Join) WithExprs(e []expr.Expr) Node {
	c := *n
	c.mapExprs(&visitor{with: e})
	return &c
}
