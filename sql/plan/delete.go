package plan

import (
	"github.com/ferritedb/ferrite/sql/expr"
)

// Inputs implements Node.
func (n *Delete) Inputs(dst []Node) []Node { return append(dst, n.Source) }

// WithInputs implements Node.
func (n *Delete) WithInputs(in []Node) Node {
	c := *n
	c.Source = in[0]
	return &c
}

func (n *Delete) mapExprs(v *visitor) {
	v.indexes(&n.IndexExprs)
	v.list(&n.Returning)
	v.one(&n.Recheck)
}

// Exprs implements Node.
func (n *Delete) Exprs(dst []expr.Expr) []expr.Expr {
	c := *n
	c.mapExprs(&visitor{dst: &dst})
	return dst
}

// WithExprs implements Node.
func (n *Delete) WithExprs(e []expr.Expr) Node {
	c := *n
	c.mapExprs(&visitor{with: e})
	return &c
}
