package write

import (
	"context"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/keyspace"
)

// RowIDs reserves n hidden row ids of tables without a primary key and gives the
// first of them: unique for ever, and growing, so that inserts append
// (catstore.Store).
type RowIDs interface {
	RowIDs(ctx context.Context, n int) (uint64, error)
}

// Deferral takes checks of deferrable constraints that are to run later.
type Deferral interface {
	// Deferred tells whether the constraint is deferred in this transaction now.
	Deferred(constraint catalog.ForeignKey) bool
	// Defer queues a check of so many rows, to be run at commit or SET CONSTRAINTS …
	// IMMEDIATE. SQLSTATE 54000 where they are too many.
	Defer(constraint catalog.ForeignKey, rows int, check func(ctx context.Context, env *Env) error) error
}

// TableExprs are the bound expressions of a table that foreign key actions write
// to: entries of indexes, generated columns, checks, defaults. All are over row
// chunks of Target; Generated and Defaults by live column.
type TableExprs struct {
	Target    *Target
	Generated []*expr.Compiled
	Checks    []Check
	Defaults  []*expr.Compiled
}

// Env is what of its statement a write needs. Not safe for concurrent use.
type Env struct {
	Txn txn.Txn
	// Store, where set, lets foreign key actions of REPEATABLE READ see rows
	// committed since the snapshot.
	Store   txn.Store
	Eval    *expr.Ctx
	Catalog catalog.Reader
	Keys    *keyspace.Keyspace
	KeysDB  uint16
	// KeysChanged is told of each Redis key that the statement writes; may be nil.
	KeysChanged func(db uint16, key []byte)
	RowIDs      RowIDs
	// Deferral may be nil: every constraint is then checked at once.
	Deferral Deferral
	// TableExprs gives the bound expressions of a table that a foreign key action
	// writes to; nil: such tables may have no expressions in their indexes.
	TableExprs func(t *catalog.Table) (*TableExprs, error)

	redis *keyspace.Tx
	depth int // of foreign key actions
}

// Reset makes e ready for another execution; what the fields point at stays.
func (e *Env) Reset() { e.redis, e.depth = nil, 0 }

// holding is what part of a write holds of the statement's memory until its end.
type holding struct {
	env  *Env
	held int64
}

func (h *holding) open(env *Env) { h.env, h.held = env, 0 }

func (h *holding) take(n int64) error {
	if err := h.env.Eval.Budget.Take(n); err != nil {
		return err
	}
	h.held += n
	return nil
}

func (h *holding) give() {
	h.env.Eval.Budget.Give(h.held)
	h.held = 0
}

// valuesBytes is about what n values take in memory beside their texts.
func valuesBytes(n int) int64 { return int64(n)*datumBytes + rowBytes }

const (
	datumBytes = 24
	rowBytes   = 64
)

// KeysTx is the statement's view of the Redis keyspace.
func (e *Env) KeysTx() (*keyspace.Tx, error) {
	if e.redis == nil {
		if e.Keys == nil {
			return nil, pgerr.NotSupported("reading a key pattern here")
		}
		e.redis = e.Keys.NewTx(e.Txn, keyspace.TxOptions{DB: e.KeysDB, Ctx: e.Eval.Context, Changed: e.KeysChanged})
	}
	return e.redis, nil
}

func (e *Env) schemaName(t *catalog.Table) string {
	if e.Catalog == nil {
		return ""
	}
	if s := e.Catalog.SchemaByOID(t.Schema); s != nil {
		return s.Name
	}
	return ""
}
