package plan

import (
	"github.com/ferritedb/ferrite/sql/expr"
)

// Inputs implements Node.
func (n *Values) Inputs(dst []Node) []Node { return dst }

// WithInputs implements Node.
func (n *Values) WithInputs([]Node) Node {
	return n
}

func (n *Values) mapExprs(v *visitor) {
	rows := make([][]expr.Expr, len(n.Rows))
	for i, r := range n.Rows {
		v.list(&r)
		rows[i] = r
	}
	n.Rows = rows
}

// Exprs implements Node.
func (n *Values) Exprs(dst []expr.Expr) []expr.Expr {
	c := *n
	c.mapExprs(&visitor{dst: &dst})
	return dst
}

// WithExprs implements Node.
func (n *Values) WithExprs(e []expr.Expr) Node {
	c := *n
	c.mapExprs(&visitor{with: e})
	return &c
}

// Inputs implements Node.
func (n *FuncScan) Inputs(dst []Node) []Node { return dst }

// WithInputs implements Node.
func (n *FuncScan) WithInputs([]Node) Node {
	return n
}

func (n *FuncScan) mapExprs(v *visitor) {
	calls := edit(v, n.Calls)
	for i := range calls {
		v.srf(&calls[i])
	}
	n.Calls = calls
}

// Exprs implements Node.
func (n *FuncScan) Exprs(dst []expr.Expr) []expr.Expr {
	c := *n
	c.mapExprs(&visitor{dst: &dst})
	return dst
}

// WithExprs implements Node.
func (n *FuncScan) WithExprs(e []expr.Expr) Node {
	c := *n
	c.mapExprs(&visitor{with: e})
	return &c
}
