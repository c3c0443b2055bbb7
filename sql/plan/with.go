package plan

import "github.com/ferritedb/ferrite/sql/expr"

// Inputs gives the main query. The plans of the CTEs are not inputs: CTEScan
// nodes share the *CTE by pointer, so whoever rewrites a CTE's plan (only the
// optimizer, before the plan is shared) sets the fields of the *CTE.
func (n *With) Inputs(dst []Node) []Node { return append(dst, n.In) }

// WithInputs implements Node.
func (n *With) WithInputs(in []Node) Node {
	c := *n
	c.In = in[0]
	return &c
}

// Exprs implements Node.
func (n *With) Exprs(dst []expr.Expr) []expr.Expr { return dst }

// WithExprs implements Node.
func (n *With) WithExprs([]expr.Expr) Node { return n }
