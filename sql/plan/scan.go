package plan

import (
	"github.com/ferritedb/ferrite/sql/expr"
)

// Inputs implements Node.
func (n *Scan) Inputs(dst []Node) []Node { return dst }

// WithInputs implements Node.
func (n *Scan) WithInputs([]Node) Node {
	return n
}

func (n *Scan) mapExprs(v *visitor) {
	v.spans(&n.Spans)
	v.one(&n.Filter)
}

// Exprs implements Node.
func (n *Scan) Exprs(dst []expr.Expr) []expr.Expr {
	c := *n
	c.mapExprs(&visitor{dst: &dst})
	return dst
}

// WithExprs implements Node.
func (n *Scan) WithExprs(e []expr.Expr) Node {
	c := *n
	c.mapExprs(&visitor{with: e})
	return &c
}

// Inputs implements Node.
func (n *PatternScan) Inputs(dst []Node) []Node { return dst }

// WithInputs implements Node.
func (n *PatternScan) WithInputs([]Node) Node {
	return n
}

func (n *PatternScan) mapExprs(v *visitor) {
	v.list(&n.Keys)
	v.spans(&n.Spans)
	v.one(&n.Filter)
}

// Exprs implements Node.
func (n *PatternScan) Exprs(dst []expr.Expr) []expr.Expr {
	c := *n
	c.mapExprs(&visitor{dst: &dst})
	return dst
}

// WithExprs implements Node.
func (n *PatternScan) WithExprs(e []expr.Expr) Node {
	c := *n
	c.mapExprs(&visitor{with: e})
	return &c
}

// Inputs implements Node.
func (n *VirtualScan) Inputs(dst []Node) []Node { return dst }

// WithInputs implements Node.
func (n *VirtualScan) WithInputs([]Node) Node {
	return n
}

func (n *VirtualScan) mapExprs(v *visitor) {
	v.one(&n.Filter)
	v.byAttnum(&n.Eq)
}

// Exprs implements Node.
func (n *VirtualScan) Exprs(dst []expr.Expr) []expr.Expr {
	c := *n
	c.mapExprs(&visitor{dst: &dst})
	return dst
}

// WithExprs implements Node.
func (n *VirtualScan) WithExprs(e []expr.Expr) Node {
	c := *n
	c.mapExprs(&visitor{with: e})
	return &c
}

// Inputs implements Node.
func (n *CTEScan) Inputs(dst []Node) []Node { return dst }

// WithInputs implements Node.
func (n *CTEScan) WithInputs([]Node) Node {
	return n
}

// Exprs implements Node.
func (n *CTEScan) Exprs(dst []expr.Expr) []expr.Expr { return dst }

// WithExprs implements Node.
func (n *CTEScan) WithExprs([]expr.Expr) Node { return n }
