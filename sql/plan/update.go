package plan

import (
	"github.com/ferritedb/ferrite/sql/expr"
)

// Inputs implements Node.
func (n *Update) Inputs(dst []Node) []Node { return append(dst, n.Source) }

// WithInputs implements Node.
func (n *Update) WithInputs(in []Node) Node {
	c := *n
	c.Source = in[0]
	return &c
}

func (n *Update) mapExprs(v *visitor) {
	v.byAttnum(&n.Set)
	fields := edit(v, n.SetFields)
	for i := range fields {
		v.one(&fields[i].Value)
	}
	n.SetFields = fields
	v.byAttnum(&n.Generated)
	v.checks(&n.Checks)
	v.indexes(&n.IndexExprs)
	v.list(&n.Returning)
	v.one(&n.Recheck)
}

// Exprs implements Node.
func (n *Update) Exprs(dst []expr.Expr) []expr.Expr {
	c := *n
	c.mapExprs(&visitor{dst: &dst})
	return dst
}

// WithExprs implements Node.
func (n *Update) WithExprs(e []expr.Expr) Node {
	c := *n
	c.mapExprs(&visitor{with: e})
	return &c
}
