package session

import (
	"context"
	"errors"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// Parsed is one statement of a query string.
type Parsed struct {
	AST ast.Statement
	// SQL is its own part of the query string Source; positions are in Source.
	SQL, Source string
}

// Engine turns statements into running operators. Safe for concurrent use. The
// session knows no more of parser, binder, optimizer and executor than this, so
// that its own tests run against a script.
type Engine interface {
	// Parse splits and parses a query string; positions of errors are set.
	Parse(sql string) ([]Parsed, error)
	// Catalog is the catalog as tx sees it, its own changes included; taken once
	// for each transaction.
	Catalog(tx txn.Txn) (Catalog, error)
	// Plan makes a plan. params holds the types that are known (nil entries and a
	// short list for unknown ones); the plan tells all of them.
	Plan(x *expr.Ctx, cat Catalog, p Parsed, params []*types.T) (*Plan, error)
	// Start runs a plan. x stays in use until the Running is closed.
	Start(x *expr.Ctx, tx txn.Txn, cat Catalog, p *Plan) (Running, error)
	// Utility runs a statement that has no plan: DDL and maintenance.
	Utility(x *expr.Ctx, tx txn.Txn, cat Catalog, p Parsed) (Tag, error)
	// Copy opens the target of COPY FROM.
	CopyInto(x *expr.Ctx, tx txn.Txn, cat Catalog, p Parsed, c *ast.Copy) (CopyTarget, error)
	// Eval computes constant expressions (EXECUTE's arguments, SET's AS OF) as
	// these types; a nil type takes the expression's own.
	Eval(x *expr.Ctx, cat Catalog, p Parsed, e []ast.Expr, want []*types.T) ([]types.Datum, error)
	// ResolveType resolves a type name of PREPARE.
	ResolveType(x *expr.Ctx, cat Catalog, t *ast.TypeName) (*types.T, error)
	// Sequence operations are not undone by a rollback.
	NextVal(ctx context.Context, cat Catalog, seq types.OID) (int64, error)
	SetVal(ctx context.Context, cat Catalog, seq types.OID, v int64, called bool) error
	// RelationBytes is the storage of a relation.
	RelationBytes(cat Catalog, oid types.OID, kind string) (int64, error)
}

// Catalog is a transaction's view of the catalog. Not safe for concurrent use.
type Catalog interface {
	catalog.Reader
	// Mark names the present point of the transaction's own DDL; RollbackTo
	// undoes what came after it.
	Mark() int
	RollbackTo(mark int)
	// BeforeCommit is called right before the transaction's commit.
	BeforeCommit()
}

// ConstraintChecker is a Catalog whose transaction may have put off checks of
// deferrable constraints.
type ConstraintChecker interface {
	// ConstraintsPending tells whether there are any.
	ConstraintsPending() bool
	// CheckConstraints runs them; called before a transaction commits or is prepared.
	CheckConstraints(x *expr.Ctx, tx txn.Txn) error
	// SetConstraints is SET CONSTRAINTS, for the rest of the transaction.
	SetConstraints(x *expr.Ctx, tx txn.Txn, n *ast.SetConstraints) error
}

// ErrPlanStale is Start's answer where a point read had to be planned anew and is
// none any more: it needs a transaction with a snapshot.
var ErrPlanStale = errors.New("the plan is out of date")

// Plan is a statement ready to run. Immutable: shared between sessions.
type Plan struct {
	// Params are the types of $1… .
	Params []*types.T
	// Columns is the result; nil for a statement without one.
	Columns []Column
	// Verb is the command tag's first words.
	Verb string
	// Writes tells that it may write: refused in a read-only transaction.
	Writes bool
	// PointRead tells a read of one key that needs no snapshot.
	PointRead bool
	// AsOf computes the time of AS OF SYSTEM TIME; nil for none.
	AsOf func(x *expr.Ctx) (txn.Timestamp, error)
	// Version of the catalog that it was made under.
	Version uint64
	// Volatile plans are not to be kept (they embed what may change).
	Volatile bool
	// Impl is the engine's own.
	Impl any
}

// Running is a plan being run. Not safe for concurrent use.
type Running interface {
	// Next gives the next rows, nil at the end; the chunk is valid until the
	// next call or Close.
	Next() (*chunk.Chunk, error)
	// Affected is the number of rows written, once Next gave nil; for a plan
	// that gives its rows it is not asked.
	Affected() int64
	// Close releases everything. It may be called at any point, once.
	Close()
}

// CopyTarget takes the rows of COPY FROM.
type CopyTarget interface {
	// Table is the name for error contexts; Columns what each row holds.
	Table() string
	Columns() []Column
	// Write adds rows; Close ends the statement and gives the number of rows.
	Write(c *chunk.Chunk) error
	Close(ok bool) (int64, error)
}
