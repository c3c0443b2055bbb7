package exec

import (
	"context"
	"errors"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/keyspace"
)

// RowIDs reserves n hidden row ids of tables without a primary key and gives the
// first of them: unique for
// ever, and growing, so that inserts append (catstore.Store).
type RowIDs interface {
	RowIDs(ctx context.Context, n int) (uint64, error)
}

// VirtualTables computes the rows of tables that are not stored (pg_catalog,
// information_schema).
type VirtualTables interface {
	// Generate calls emit with each row of t: one datum for each entry of attnums,
	// in that order. row is reused by the caller after emit returns. eq holds
	// equalities by attnum that the generator may use to make fewer rows.
	// An error from emit ends it and is returned.
	Generate(ctx *expr.Ctx, t *catalog.Table, attnums []int16, eq map[int16]Datum, emit func(row []Datum) error) error
}

// Deferral takes checks of deferrable constraints that are to run later.
type Deferral interface {
	// Deferred tells whether the constraint is deferred in this transaction now.
	Deferred(constraint catalog.ForeignKey) bool
	// Defer queues check, to be run at commit or SET CONSTRAINTS … IMMEDIATE.
	Defer(constraint catalog.ForeignKey, check func(ctx context.Context, run *Run) error)
}

// Run is one execution of a statement. Not safe for concurrent use.
type Run struct {
	Txn txn.Txn
	// Store, where set, lets foreign key actions of REPEATABLE READ see rows
	// committed since the snapshot.
	Store   txn.Store
	Eval    *expr.Ctx
	Mem     *Memory
	Catalog catalog.Reader
	Keys    *keyspace.Keyspace
	KeysDB  uint16
	// KeysChanged is told of each Redis key that the statement writes; may be nil.
	KeysChanged func(db uint16, key []byte)
	Virtual     VirtualTables
	RowIDs      RowIDs
	// Deferral may be nil: every constraint is then checked at once.
	Deferral Deferral
	// TableExprs gives the bound expressions of a table that a foreign key action
	// writes to; nil: such tables may have no expressions in their indexes.
	TableExprs func(t *catalog.Table) (*TableExprs, error)
	// TempDir is where spilled rows go; "": the system's.
	TempDir string
	// ChunkRows bounds the rows of a chunk; 0: chunk.RowsMax.
	ChunkRows int
	// External gives the chunks of a plan.External, nil at the end.
	External func() *chunk.Chunk
	// Stats, where not nil, collects EXPLAIN ANALYZE counters.
	Stats *Stats

	subplans *SubplanSet
	subs     map[*expr.Subquery]*subplan
	ctes     map[int]*cteState
	redis    *keyspace.Tx
	// touched are the storage keys of rows that the statement changed; kept only
	// where several parts of it modify data.
	touched map[string]struct{}
	// before reads what there was before the statement; nil where only one part
	// of it modifies data, which reads before it writes.
	before txn.Reader
	depth  int // of foreign key actions
}

// Reset makes r ready for another execution; what the fields point at stays.
func (r *Run) Reset() {
	r.redis, r.depth, r.touched, r.before = nil, 0, nil, nil
	for _, s := range r.subs {
		s.rows, s.done, s.memo = nil, false, nil
	}
	clear(r.ctes)
	if r.Mem != nil {
		r.Mem.Reset() // rows of subqueries are held to the end of the statement
	}
}

// reader reads the tables as the statement sees them.
func (r *Run) reader() txn.Reader {
	if r.before != nil {
		return r.before
	}
	return r.Txn
}

func (r *Run) rows() int {
	if r.ChunkRows > 0 {
		return r.ChunkRows
	}
	return chunk.RowsMax
}

// redisTx is the statement's view of the Redis keyspace.
func (r *Run) redisTx() (*keyspace.Tx, error) {
	if r.redis == nil {
		if r.Keys == nil {
			return nil, pgerr.NotSupported("reading a key pattern here")
		}
		r.redis = r.Keys.NewTx(r.Txn, keyspace.TxOptions{DB: r.KeysDB, Ctx: r.Eval.Context, Changed: r.KeysChanged})
	}
	return r.redis, nil
}

// wrapTxn words the errors of the transaction layer as PostgreSQL does.
// relation is named in lock errors; "" for none.
func wrapTxn(err error, relation string) error {
	var dead *txn.DeadlockError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &dead):
		return pgerr.New(pgerr.DeadlockDetected, "deadlock detected").WithDetail(dead.Detail).
			WithHint("See server log for query details.").WithCause(err)
	case errors.Is(err, txn.ErrDeadlock):
		return pgerr.New(pgerr.DeadlockDetected, "deadlock detected").WithCause(err)
	case errors.Is(err, txn.ErrSerialization), errors.Is(err, txn.ErrSerializationDependency):
		return pgerr.New(pgerr.SerializationFailure, err.Error()).WithCause(err)
	case errors.Is(err, txn.ErrLockNotAvailable):
		msg := "could not obtain lock on row"
		if relation != "" {
			msg = "could not obtain lock on row in relation \"" + relation + "\""
		}
		return pgerr.New(pgerr.LockNotAvailable, msg).WithCause(err)
	case errors.Is(err, txn.ErrLockTimeout):
		return pgerr.New(pgerr.LockNotAvailable, "canceling statement due to lock timeout").WithCause(err)
	case errors.Is(err, txn.ErrReadOnly):
		return pgerr.New(pgerr.ReadOnlySQLTransaction, err.Error()).WithCause(err)
	case errors.Is(err, txn.ErrTxnTooLarge):
		return pgerr.New(pgerr.ProgramLimitExceeded, err.Error()).WithCause(err)
	case errors.Is(err, txn.ErrHistoryGone):
		return pgerr.New(pgerr.SnapshotTooOld, err.Error()).WithCause(err)
	}
	return err
}
