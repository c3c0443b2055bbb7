package plan

import (
	"github.com/ferritedb/ferrite/sql/expr"
)

// Inputs implements Node.
func (n *SetOp) Inputs(dst []Node) []Node { return append(dst, n.L, n.R) }

// WithInputs implements Node.
func (n *SetOp) WithInputs(in []Node) Node {
	c := *n
	c.L, c.R = in[0], in[1]
	return &c
}

// Exprs implements Node.
func (n *SetOp) Exprs(dst []expr.Expr) []expr.Expr { return dst }

// WithExprs implements Node.
func (n *SetOp) WithExprs([]expr.Expr) Node { return n }
