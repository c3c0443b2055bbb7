package plan

import (
	"github.com/ferritedb/ferrite/sql/expr"
)

// Inputs implements Node.
func (n *Aggregate) Inputs(dst []Node) []Node { return append(dst, n.In) }

// WithInputs implements Node.
func (n *Aggregate) WithInputs(in []Node) Node {
	c := *n
	c.In = in[0]
	return &c
}

func (n *Aggregate) mapExprs(v *visitor) {
	v.list(&n.Keys)
	v.calls(&n.Calls)
}

// Exprs implements Node.
func (n *Aggregate) Exprs(dst []expr.Expr) []expr.Expr {
	c := *n
	c.mapExprs(&visitor{dst: &dst})
	return dst
}

// WithExprs implements Node.
func (n *Aggregate) WithExprs(e []expr.Expr) Node {
	c := *n
	c.mapExprs(&visitor{with: e})
	return &c
}

// Inputs implements Node.
func (n *Distinct) Inputs(dst []Node) []Node { return append(dst, n.In) }

// WithInputs implements Node.
func (n *Distinct) WithInputs(in []Node) Node {
	c := *n
	c.In = in[0]
	return &c
}

func (n *Distinct) mapExprs(v *visitor) {
	v.list(&n.On)
}

// Exprs implements Node.
func (n *Distinct) Exprs(dst []expr.Expr) []expr.Expr {
	c := *n
	c.mapExprs(&visitor{dst: &dst})
	return dst
}

// WithExprs implements Node.
func (n *Distinct) WithExprs(e []expr.Expr) Node {
	c := *n
	c.mapExprs(&visitor{with: e})
	return &c
}
