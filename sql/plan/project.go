package plan

import (
	"github.com/ferritedb/ferrite/sql/expr"
)

// Inputs implements Node.
func (n *Filter) Inputs(dst []Node) []Node { return append(dst, n.In) }

// WithInputs implements Node.
func (n *Filter) WithInputs(in []Node) Node {
	c := *n
	c.In = in[0]
	return &c
}

func (n *Filter) mapExprs(v *visitor) {
	v.one(&n.Cond)
}

// Exprs implements Node.
func (n *Filter) Exprs(dst []expr.Expr) []expr.Expr {
	c := *n
	c.mapExprs(&visitor{dst: &dst})
	return dst
}

// WithExprs implements Node.
func (n *Filter) WithExprs(e []expr.Expr) Node {
	c := *n
	c.mapExprs(&visitor{with: e})
	return &c
}

// Inputs implements Node.
func (n *Project) Inputs(dst []Node) []Node { return append(dst, n.In) }

// WithInputs implements Node.
func (n *Project) WithInputs(in []Node) Node {
	c := *n
	c.In = in[0]
	return &c
}

func (n *Project) mapExprs(v *visitor) {
	v.list(&n.Out)
}

// Exprs implements Node.
func (n *Project) Exprs(dst []expr.Expr) []expr.Expr {
	c := *n
	c.mapExprs(&visitor{dst: &dst})
	return dst
}

// WithExprs implements Node.
func (n *Project) WithExprs(e []expr.Expr) Node {
	c := *n
	c.mapExprs(&visitor{with: e})
	return &c
}

// Inputs implements Node.
func (n *ProjectSet) Inputs(dst []Node) []Node { return append(dst, n.In) }

// WithInputs implements Node.
func (n *ProjectSet) WithInputs(in []Node) Node {
	c := *n
	c.In = in[0]
	return &c
}

func (n *ProjectSet) mapExprs(v *visitor) {
	v.list(&n.Out)
	calls := edit(v, n.Calls)
	for i, c := range calls {
		if c != nil {
			copied := *c
			v.srf(&copied)
			calls[i] = &copied
		}
	}
	n.Calls = calls
}

// Exprs implements Node.
func (n *ProjectSet) Exprs(dst []expr.Expr) []expr.Expr {
	c := *n
	c.mapExprs(&visitor{dst: &dst})
	return dst
}

// WithExprs implements Node.
func (n *ProjectSet) WithExprs(e []expr.Expr) Node {
	c := *n
	c.mapExprs(&visitor{with: e})
	return &c
}
