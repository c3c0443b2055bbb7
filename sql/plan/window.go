package plan

import (
	"github.com/ferritedb/ferrite/sql/expr"
)

// Inputs implements Node.
func (n *Window) Inputs(dst []Node) []Node { return append(dst, n.In) }

// WithInputs implements Node.
func (n *Window) WithInputs(in []Node) Node {
	c := *n
	c.In = in[0]
	return &c
}

func (n *Window) mapExprs(v *visitor) {
	v.list(&n.Partition)
	v.keys(&n.Order)
	calls := edit(v, n.Calls)
	for i := range calls {
		v.call(&calls[i].Call)
		v.one(&calls[i].Frame.Start)
		v.one(&calls[i].Frame.End)
	}
	n.Calls = calls
}

// Exprs implements Node.
func (n *Window) Exprs(dst []expr.Expr) []expr.Expr {
	c := *n
	c.mapExprs(&visitor{dst: &dst})
	return dst
}

// WithExprs implements Node.
func (n *Window) WithExprs(e []expr.Expr) Node {
	c := *n
	c.mapExprs(&visitor{with: e})
	return &c
}
