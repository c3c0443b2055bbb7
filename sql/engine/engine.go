package engine

import (
	"context"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/bind"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/catstore"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/parse"
	"github.com/ferritedb/ferrite/sql/pgcatalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/keyspace"
)

// Defaults of Config.
const (
	statementBytesDefault  = 256 << 20
	historySecondsDefault  = 3600
	sampleKeysMax          = 1000
	replanAttemptsMax      = 8
	idleOperatorsPerPlan   = 16
	analyzeSampleRows      = 30000
	analyzeMostCommonMax   = 100
	analyzeHistogramBounds = 100
)

// Config is what an engine works on.
type Config struct {
	Store    txn.Store
	Catalogs *catstore.Store
	Clock    clock.Clock
	// Keys is the Redis keyspace that key patterns read; nil: none.
	Keys *keyspace.Keyspace
	// KeysChanged is told of each Redis key that a committed statement wrote; may be nil.
	KeysChanged func(db uint16, key []byte)
	// StatementBytesMax is the memory budget of one statement; 0: a default.
	StatementBytesMax int64
	// HistorySeconds is how long new tables keep old versions; negative: none,
	// 0: a default.
	HistorySeconds int64
	// TempDir is where statements spill; "": the system's.
	TempDir string
	// RulesOff names optimizer rules to leave out.
	RulesOff map[string]bool
}

// Engine is the session.Engine over a store. Safe for concurrent use.
type Engine struct {
	Config
	// sample is sampleFields, bound once: every transaction's catalog gets it.
	sample func(tx txn.Txn, pattern string) ([]string, error)
}

var (
	_ session.Engine    = (*Engine)(nil)
	_ session.Explainer = (*Engine)(nil)
)

// New makes an engine. It registers the catalog functions.
func New(c Config) *Engine {
	pgcatalog.RegisterFunctions()
	if c.StatementBytesMax == 0 {
		c.StatementBytesMax = statementBytesDefault
	}
	if c.HistorySeconds == 0 {
		c.HistorySeconds = historySecondsDefault
	}
	e := &Engine{Config: c}
	e.sample = e.sampleFields
	return e
}

// Parse splits and parses a query string.
func (e *Engine) Parse(sql string) ([]session.Parsed, error) {
	stmts, err := parse.Statements(sql)
	if err != nil {
		return nil, err
	}
	out := make([]session.Parsed, len(stmts))
	for i := range stmts {
		out[i] = session.Parsed{AST: stmts[i].Node, SQL: stmts[i].SQL, Source: sql}
	}
	return out, nil
}

// Catalog is the catalog as tx sees it.
func (e *Engine) Catalog(tx txn.Txn) (session.Catalog, error) {
	if tx.Options().AsOf != 0 {
		c, err := e.Catalogs.BeginPast(tx)
		if err != nil {
			return nil, err
		}
		return &txnCatalog{Txn: c, e: e}, nil
	}
	c := e.Catalogs.Begin(tx)
	c.Sample = e.sample
	return &txnCatalog{Txn: c, e: e}, nil
}

// bindConfig is what binding depends on besides the statement.
func (e *Engine) bindConfig(x *expr.Ctx, cat catalog.Reader, source string, params []*types.T) *bind.Config {
	return &bind.Config{Catalog: cat, SearchPath: searchPath(x), SQL: source, Params: params, IO: x.IO(),
		User: x.Session.User(), Auth: userOf(x, present(x, cat))}
}

// searchPath is the session's with $user replaced.
func searchPath(x *expr.Ctx) []string {
	in := x.Session.SearchPath()
	out := make([]string, len(in))
	for i, n := range in {
		if out[i] = n; n == "$user" {
			out[i] = x.Session.User()
		}
	}
	return out
}

// Eval computes constant expressions.
func (e *Engine) Eval(x *expr.Ctx, cat session.Catalog, p session.Parsed, es []ast.Expr, want []*types.T) ([]types.Datum, error) {
	cfg := e.bindConfig(x, cat, p.Source, nil)
	cfg.Check = userOf(x, present(x, cat)).Check
	out := make([]types.Datum, len(es))
	for i, a := range es {
		b, err := bind.Expr(cfg, a, bind.KindExecute, nil, want[i], -1)
		if err != nil {
			return nil, err
		}
		if out[i], err = expr.EvalOne(x, b, nil); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ResolveType finds the type a name means.
func (e *Engine) ResolveType(x *expr.Ctx, cat session.Catalog, t *ast.TypeName) (*types.T, error) {
	found, _, err := bind.ResolveType(e.bindConfig(x, cat, "", nil), t)
	return found, err
}

// sequence finds a sequence's descriptor.
func sequence(cat session.Catalog, oid types.OID) (*catalog.Table, error) {
	t, err := cat.TableByOID(oid)
	if err != nil {
		return nil, err
	}
	if t == nil || t.Seq == nil {
		return nil, pgerr.Newf(pgerr.UndefinedTable, "relation with OID %d does not exist", oid)
	}
	return t, nil
}

// NextVal is nextval.
func (e *Engine) NextVal(ctx context.Context, cat session.Catalog, seq types.OID) (int64, error) {
	t, err := sequence(cat, seq)
	if err != nil {
		return 0, err
	}
	return e.Catalogs.NextVal(ctx, t)
}

// SetVal is setval.
func (e *Engine) SetVal(ctx context.Context, cat session.Catalog, seq types.OID, v int64, called bool) error {
	t, err := sequence(cat, seq)
	if err != nil {
		return err
	}
	return e.Catalogs.SetVal(ctx, t, v, called)
}

// SequenceState is what SELECT FROM a sequence shows.
func (e *Engine) SequenceState(cat session.Catalog, seq types.OID) (last int64, called bool, err error) {
	t, err := sequence(cat, seq)
	if err != nil {
		return 0, false, err
	}
	return e.Catalogs.Sequence(t)
}

// RelationBytes is the storage of a relation; OID 0: of everything.
func (e *Engine) RelationBytes(cat session.Catalog, oid types.OID, kind string) (int64, error) {
	if oid == 0 {
		n, err := e.Store.EstimateBytes([]byte{0}, []byte{0xff})
		return int64(n), err
	}
	t, err := cat.TableByOID(oid)
	if err != nil || t == nil {
		return 0, err
	}
	return e.bytesOf(t, kind)
}
