package plan

import "github.com/ferritedb/ferrite/sql/expr"

// External gives rows that come from outside the plan: those of COPY FROM.
type External struct {
	Base
}

// Inputs implements Node.
func (n *External) Inputs(dst []Node) []Node { return dst }

// WithInputs implements Node.
func (n *External) WithInputs([]Node) Node { c := *n; return &c }

// Exprs implements Node.
func (n *External) Exprs(dst []expr.Expr) []expr.Expr { return dst }

// WithExprs implements Node.
func (n *External) WithExprs([]expr.Expr) Node { c := *n; return &c }
