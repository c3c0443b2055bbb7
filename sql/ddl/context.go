package ddl

import (
	"context"
	"errors"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/catstore"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// Internal is what data definition asks of the rest of SQL. The session
// implements it; every call works in the statement's transaction.
type Internal interface {
	// ResolveType finds the type a name means.
	ResolveType(n *ast.TypeName) (*types.T, int32, error)
	// CheckRowExpr binds e over the columns of tab and coerces it to want (nil:
	// any type); returns its type. what words errors ("DEFAULT expressions",
	// "check constraints"). With tab nil e may refer to no column.
	// text is the expression's canonical text, which binds to the same thing.
	CheckRowExpr(e ast.Expr, tab *catalog.Table, want *types.T, what string) (t *types.T, text string, err error)
	// CheckQuery binds a query and returns its columns and the relations it reads.
	CheckQuery(q *ast.Select) (cols []catalog.Column, uses []types.OID, err error)
	// CanonicalQuery is the text the catalog keeps of a view's query: it means
	// the same under any search path.
	CanonicalQuery(q *ast.Select) string
	// Query runs a statement and gives all its rows. The user needs no privileges on
	// the given tables, but on all else, such as what a check's functions read.
	Query(ctx context.Context, sql string, given ...*catalog.Table) ([][]types.Datum, error)
	// BuildIndex, acting as the table's owner, writes the entries of a new index for the rows there are and
	// reports duplicates (23505).
	BuildIndex(ctx context.Context, tab *catalog.Table, ix *catalog.Index) error
	// Rewrite writes the rows of old anew under the storage of t, a changed copy
	// with another storage id: as they are, except for the columns in set (by
	// attnum), which get the value of an expression over old's columns. Rows that
	// t's primary key does not tell apart are reported (23505).
	Rewrite(ctx context.Context, old, t *catalog.Table, set map[int16]ast.Expr) error
	// Eval computes an expression without columns.
	Eval(ctx context.Context, e ast.Expr, want *types.T, mod int32) (types.Datum, error)
}

// Context is what one statement works with.
type Context struct {
	Tx         txn.Txn
	Catalog    *catstore.Txn
	Store      *catstore.Store
	Internal   Internal
	SearchPath []string
	// TempSchema names the session's schema for temporary tables, made at need.
	TempSchema string
	// Auth is the user; SessionUser whom SET ROLE stands above.
	Auth        *acl.User
	SessionUser types.OID
	// Source is the text that positions are in; "" for none.
	Source string
	// IO gives the settings that the text of literals depends on.
	IO *types.IOContext
	// HistorySeconds is how long new tables keep old versions for AS OF.
	HistorySeconds int64
	Notice         func(n *pgerr.Error)
}

// Execute runs one statement and returns its command tag; handled is false for
// a statement that is not data definition.
func Execute(ctx context.Context, c *Context, stmt ast.Statement) (tag string, handled bool, err error) {
	run, tag := find(c, stmt)
	if run == nil {
		return "", false, nil
	}
	return tag, true, run(ctx)
}

type runner = func(context.Context) error

// find is the table of data definition statements.
func find(c *Context, stmt ast.Statement) (runner, string) {
	switch s := stmt.(type) {
	case *ast.CreateTable:
		return bound(c, s, createTable), "CREATE TABLE"
	case *ast.CreateIndex:
		return bound(c, s, createIndex), "CREATE INDEX"
	case *ast.CreateView:
		return bound(c, s, createView), "CREATE VIEW"
	case *ast.CreateSequence:
		return bound(c, s, createSequence), "CREATE SEQUENCE"
	case *ast.AlterSequence:
		return bound(c, s, alterSequence), "ALTER SEQUENCE"
	case *ast.CreateSchema:
		return bound(c, s, createSchema), "CREATE SCHEMA"
	case *ast.AlterTable:
		return bound(c, s, alterTable), "ALTER " + s.Kind.String()
	case *ast.Drop:
		return bound(c, s, drop), "DROP " + s.Kind.String()
	case *ast.Truncate:
		return bound(c, s, truncate), "TRUNCATE TABLE"
	case *ast.Comment:
		return bound(c, s, comment), "COMMENT"
	}
	return findTypeOrRole(c, stmt)
}

func findTypeOrRole(c *Context, stmt ast.Statement) (runner, string) {
	switch s := stmt.(type) {
	case *ast.CreateEnum:
		return bound(c, s, createEnum), "CREATE TYPE"
	case *ast.CreateComposite:
		return bound(c, s, createComposite), "CREATE TYPE"
	case *ast.CreateDomain:
		return bound(c, s, createDomain), "CREATE DOMAIN"
	case *ast.AlterEnum:
		return bound(c, s, alterEnum), "ALTER TYPE"
	case *ast.CreateFunction:
		return bound(c, s, createFunction), "CREATE FUNCTION"
	case *ast.CreateRole:
		return bound(c, s, createRole), "CREATE ROLE"
	case *ast.AlterRole:
		return bound(c, s, alterRole), "ALTER ROLE"
	case *ast.AlterRoleSet:
		return bound(c, s, alterRoleSet), "ALTER ROLE"
	case *ast.DropRole:
		return bound(c, s, dropRole), "DROP ROLE"
	case *ast.Grant:
		return bound(c, s, grant), grantTag(s.Revoke)
	case *ast.GrantRole:
		return bound(c, s, grantRole), grantTag(s.Revoke) + " ROLE"
	case *ast.AlterDefaultPrivileges:
		return bound(c, s, alterDefaultPrivileges), "ALTER DEFAULT PRIVILEGES"
	case *ast.ReassignOwned:
		return bound(c, s, reassignOwned), "REASSIGN OWNED"
	case *ast.DropOwned:
		return bound(c, s, dropOwned), "DROP OWNED"
	case *ast.AlterObject:
		return bound(c, s, alterObject), "ALTER " + s.Kind.String()
	case *ast.CreateDatabase:
		return bound(c, s, createDatabase), "CREATE DATABASE"
	}
	return nil, ""
}

func bound[S any](c *Context, s S, f func(context.Context, *Context, S) error) runner {
	return func(ctx context.Context) error { return f(ctx, c, s) }
}

func (c *Context) notice(severity, code, format string, args ...any) {
	if c.Notice != nil {
		c.Notice(pgerr.Newf(code, format, args...).WithSeverity(severity))
	}
}

func unsupported(what string) error {
	return pgerr.Newf(pgerr.FeatureNotSupported, "%s is not supported", what)
}

// at puts the position of a name to a user's error.
func (c *Context) at(err error, pos ast.At) error {
	var e *pgerr.Error
	if c.Source == "" || pos < 0 || !errors.As(err, &e) {
		return err
	}
	return e.At(pgerr.Position(c.Source, pos.Position()))
}
