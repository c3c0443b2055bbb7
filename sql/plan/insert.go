package plan

import (
	"github.com/ferritedb/ferrite/sql/expr"
)

// Inputs implements Node.
func (n *Insert) Inputs(dst []Node) []Node { return append(dst, n.Source) }

// WithInputs implements Node.
func (n *Insert) WithInputs(in []Node) Node {
	c := *n
	c.Source = in[0]
	return &c
}

func (n *Insert) mapExprs(v *visitor) {
	v.byAttnum(&n.Defaults)
	v.byAttnum(&n.Generated)
	v.checks(&n.Checks)
	v.indexes(&n.IndexExprs)
	if n.OnConflict != nil {
		c := *n.OnConflict
		v.byAttnum(&c.Set)
		v.one(&c.Where)
		n.OnConflict = &c
	}
	v.list(&n.Returning)
}

// Exprs implements Node.
func (n *Insert) Exprs(dst []expr.Expr) []expr.Expr {
	c := *n
	c.mapExprs(&visitor{dst: &dst})
	return dst
}

// WithExprs implements Node.
func (n *Insert) WithExprs(e []expr.Expr) Node {
	c := *n
	c.mapExprs(&visitor{with: e})
	return &c
}
