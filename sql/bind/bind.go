package bind

import (
	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// Limits of a statement.
const (
	// nestingMax bounds the recursion through expressions, queries, views and
	// functions together, in levels.
	nestingMax = 1500
	// expansionMax bounds how many views and SQL functions one statement expands.
	expansionMax = 2000
	// targetsMax is the greatest number of result columns, as PostgreSQL.
	targetsMax = 1664
	// paramsMax is the greatest parameter number, as the protocol's uint16.
	paramsMax = 65535
)

// Config is what binding depends on besides the statement. It is read only and
// may be shared.
type Config struct {
	Catalog catalog.Reader
	// SearchPath lists schemas in order of search, pg_catalog included where the
	// user named it; where it is absent it is searched first.
	SearchPath []string
	// SQL is the text that the statement was parsed from: for error positions.
	SQL string
	// Params holds the declared types of $1…; nil entries are inferred.
	Params []*types.T
	// FixedParams forbids parameters beyond Params.
	FixedParams bool
	// IO gives the settings that the text of literals depends on; nil: defaults.
	IO *types.IOContext
	// User is current_user.
	User string
	// Auth decides which schemas names are looked up in; nil: in all.
	Auth *acl.User
	// Owner is the role that everything acts for, as inside a SECURITY DEFINER
	// function of its; 0: the current user.
	Owner types.OID
	// Check is asked by Expr about the privileges that evaluating takes; nil: the
	// expression is only looked at.
	Check func([]*acl.Need) error
	// Trace, where not nil, is told what things were bound to.
	Trace *Trace
}

// Result is a bound statement.
type Result struct {
	Plan plan.Node
	// Columns is what the client sees, in order; empty for statements that give
	// no rows.
	Columns []plan.Col
	// ParamTypes has one entry for each parameter, none nil.
	ParamTypes []*types.T
	// Tag is the first word of the command tag: SELECT, INSERT, UPDATE, DELETE,
	// MERGE. For an INSERT the tag has a 0 before the row count.
	Tag string
	// Rows tells that the statement gives rows (SELECT, or RETURNING).
	Rows bool
	// ReadOnly tells that the plan writes and locks nothing.
	ReadOnly bool
	// AsOf is the time of AS OF SYSTEM TIME, nil for none; timestamptz, free of
	// columns.
	AsOf expr.Expr
	// Access lists the uses of relations, key patterns and SQL functions with the
	// privileges that each needs, in the order of the statement.
	Access []*acl.Need
	// Functions lists the SQL functions that were expanded.
	Functions []types.OID
}

// Statement binds a statement that has a plan: SELECT, INSERT, UPDATE, DELETE,
// MERGE, or the one inside EXPLAIN, DECLARE, CREATE TABLE AS, CREATE
// MATERIALIZED VIEW, COPY (query), PREPARE or SUBSCRIBE. The error is a
// *pgerr.Error or one of the catalog's.
func Statement(cfg *Config, stmt ast.Statement) (res *Result, err error) {
	b := newBinder(cfg)
	defer b.recovered(&err)
	return b.statement(stmt), nil
}

func newBinder(cfg *Config) *binder {
	b := &binder{cfg: cfg, cat: cfg.Catalog, sql: cfg.SQL, who: actor{auth: cfg.Auth, run: cfg.Owner}}
	b.params = append(b.params, cfg.Params...)
	return b
}

func (b *binder) statement(stmt ast.Statement) *Result {
	stmt = inner(stmt)
	res := &Result{ReadOnly: true}
	b.res = res
	root := &scope{b: b}
	switch s := stmt.(type) {
	case *ast.Select:
		res.Tag, res.Rows = "SELECT", true
		res.Plan = b.query(s, root, queryOptions{top: true}).node
	case *ast.Insert:
		res.Tag, res.Rows = "INSERT", s.Returning != nil
		res.Plan = b.insert(s, root, true)
	case *ast.Update:
		res.Tag, res.Rows = "UPDATE", s.Returning != nil
		res.Plan = b.update(s, root, true)
	case *ast.Delete:
		res.Tag, res.Rows = "DELETE", s.Returning != nil
		res.Plan = b.delete(s, root, true)
	case *ast.Merge:
		b.fail(s.At, pgerr.NotSupported("MERGE"))
	default:
		b.fail(ast.NoPosition, pgerr.NotSupported("this statement here"))
	}
	res.Plan = refit(res.Plan)
	if res.Rows {
		res.Columns = res.Plan.Columns()
	}
	res.ParamTypes = b.paramTypes()
	return res
}

// inner gives the statement whose plan a wrapper runs.
func inner(stmt ast.Statement) ast.Statement {
	switch s := stmt.(type) {
	case *ast.Explain:
		return inner(s.Statement)
	case *ast.Prepare:
		return inner(s.Statement)
	case *ast.DeclareCursor:
		return s.Query
	case *ast.CreateTableAs:
		return inner(s.Query)
	case *ast.CreateMaterializedView:
		return s.Query
	case *ast.CreateView:
		return s.Query
	case *ast.Subscribe:
		if s.Query != nil {
			return s.Query
		}
	case *ast.Copy:
		if s.Query != nil {
			return s.Query
		}
	}
	return stmt
}

// binder is the state of one bind.
type binder struct {
	cfg *Config
	cat catalog.Reader
	// sql is the text that positions refer to; empty inside views, functions and
	// stored expressions, whose errors have no position.
	sql string
	res *Result

	lastCol expr.ColID
	lastCTE int
	depth   int
	// expansions counts expanded views and functions; views and funcs hold those
	// being expanded, to stop recursion.
	expansions int
	expanding  []types.OID

	params     []*types.T // nil: not known yet
	paramPos   []ast.At   // first use of each, by index
	literals   []literalPos
	viaView    bool
	who        actor
	modifyWith bool // a data-modifying CTE was bound
}

// literalPos remembers where an untyped literal stood: its input function may
// refuse it much later.
type literalPos struct {
	c   *expr.Const
	pos ast.At
}

func (b *binder) newCol() expr.ColID {
	b.lastCol++
	return b.lastCol
}

// enter counts a level of recursion; the result is to be deferred.
func (b *binder) enter(pos ast.At) {
	b.depth++
	if b.depth > nestingMax {
		b.fail(pos, pgerr.New(pgerr.StatementTooComplex, "stack depth limit exceeded").
			WithHint("The statement is nested too deeply."))
	}
}

func (b *binder) leave() { b.depth-- }
