package plan

import "github.com/ferritedb/ferrite/sql/expr"

// Pinned gives the one row of a relation that the row being checked again was
// made of; see Recheck.
type Pinned struct {
	Base
	// Nullable: the relation is on the nullable side of an outer join. It had no
	// row there if all its columns are NULL.
	Nullable bool
}

// Recheck computes a row of LockRows, Update or Delete again after it waited for
// a row lock (READ COMMITTED): Plan is the shape of the input with a Pinned in
// the place of every relation. Those that were locked hold the newest version,
// the others the row of before. It gives the row again, or none. Plan's
// subqueries and the inner sides of its semijoins are run anew. The columns of
// every Pinned are among those of the input.
type Recheck struct {
	Plan Node
}

// Inputs implements Node.
func (n *Pinned) Inputs(dst []Node) []Node { return dst }

// WithInputs implements Node.
func (n *Pinned) WithInputs([]Node) Node { c := *n; return &c }

// Exprs implements Node.
func (n *Pinned) Exprs(dst []expr.Expr) []expr.Expr { return dst }

// WithExprs implements Node.
func (n *Pinned) WithExprs([]expr.Expr) Node { c := *n; return &c }
