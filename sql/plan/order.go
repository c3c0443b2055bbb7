package plan

import (
	"github.com/ferritedb/ferrite/sql/expr"
)

// Inputs implements Node.
func (n *Sort) Inputs(dst []Node) []Node { return append(dst, n.In) }

// WithInputs implements Node.
func (n *Sort) WithInputs(in []Node) Node {
	c := *n
	c.In = in[0]
	return &c
}

func (n *Sort) mapExprs(v *visitor) {
	v.keys(&n.Keys)
	v.one(&n.Top)
}

// Exprs implements Node.
func (n *Sort) Exprs(dst []expr.Expr) []expr.Expr {
	c := *n
	c.mapExprs(&visitor{dst: &dst})
	return dst
}

// WithExprs implements Node.
func (n *Sort) WithExprs(e []expr.Expr) Node {
	c := *n
	c.mapExprs(&visitor{with: e})
	return &c
}

// Inputs implements Node.
func (n *Limit) Inputs(dst []Node) []Node { return append(dst, n.In) }

// WithInputs implements Node.
func (n *Limit) WithInputs(in []Node) Node {
	c := *n
	c.In = in[0]
	return &c
}

func (n *Limit) mapExprs(v *visitor) {
	v.one(&n.Count)
	v.one(&n.Offset)
	v.keys(&n.Ties)
}

// Exprs implements Node.
func (n *Limit) Exprs(dst []expr.Expr) []expr.Expr {
	c := *n
	c.mapExprs(&visitor{dst: &dst})
	return dst
}

// WithExprs implements Node.
func (n *Limit) WithExprs(e []expr.Expr) Node {
	c := *n
	c.mapExprs(&visitor{with: e})
	return &c
}

// Inputs implements Node.
func (n *LockRows) Inputs(dst []Node) []Node { return append(dst, n.In) }

// WithInputs implements Node.
func (n *LockRows) WithInputs(in []Node) Node {
	c := *n
	c.In = in[0]
	return &c
}

// Exprs implements Node.
func (n *LockRows) Exprs(dst []expr.Expr) []expr.Expr { return dst }

// WithExprs implements Node.
func (n *LockRows) WithExprs([]expr.Expr) Node { return n }
