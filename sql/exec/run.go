package exec

import (
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/write"
	"github.com/ferritedb/ferrite/txn"
)

// VirtualTables computes the rows of tables that are not stored (pg_catalog,
// information_schema).
type VirtualTables interface {
	// Generate calls emit with each row of t: one datum for each entry of attnums,
	// in that order. row is reused by the caller after emit returns. eq holds
	// equalities by attnum that the generator may use to make fewer rows.
	// An error from emit ends it and is returned.
	Generate(ctx *expr.Ctx, t *catalog.Table, attnums []int16, eq map[int16]Datum, emit func(row []Datum) error) error
}

// Run is one execution of a statement, or one worker's part of it: Worker makes
// more of them. What they share is safe for concurrent use and belongs to the
// first: its memory (Mem), the bytes in temporary files, and what is not written
// during a run. All else is a worker's own. Not safe for concurrent use itself.
type Run struct {
	// Env is what writes need: the transaction first of all.
	write.Env
	Mem     *Memory
	Virtual VirtualTables
	// TempDir is where spilled rows go; "": the system's.
	TempDir string
	// TempBytesMax bounds what is spilled at one time; 0: no bound.
	TempBytesMax int64
	// OpenTemp makes a file in TempDir; nil: OpenTemp of this package.
	OpenTemp func(dir string) (TempFile, error)
	// ChunkRows bounds the rows of a chunk; 0: chunk.RowsMax.
	ChunkRows int
	// External gives the chunks of a plan.External, nil at the end.
	External func() *chunk.Chunk
	// Stats, where not nil, collects EXPLAIN ANALYZE counters.
	Stats *Stats

	subplans *SubplanSet
	subs     map[*expr.Subquery]*subplan
	ctes     map[int]*cteState
	// touched are the storage keys of rows that the statement changed; kept only
	// where several parts of it modify data.
	touched *keySet
	// pinned is the row that is being checked again; see Recheck.
	pinned *chunk.Chunk
	// before reads what there was before the statement; nil where only one part
	// of it modifies data, which reads before it writes.
	before txn.Reader
	temp   temp
	first  *Run // of the workers; nil for the first
}

// Worker makes the Run of another worker of the execution, to be used by one
// goroutine while r lives: with expressions, a transaction or a reader of it, and
// counters of its own. The caller adds up the counters. It has no write access of
// its own making: env says what it may do.
func (r *Run) Worker(env write.Env, stats *Stats) *Run {
	return &Run{Env: env, Mem: r.Mem.Worker(), Virtual: r.Virtual, TempDir: r.TempDir, TempBytesMax: r.TempBytesMax,
		OpenTemp: r.OpenTemp, ChunkRows: r.ChunkRows, Stats: stats, subplans: r.subplans, first: r.lead(),
		temp: temp{buffer: r.temp.buffer}}
}

// lead is the first of the workers.
func (r *Run) lead() *Run {
	if r.first != nil {
		return r.first
	}
	return r
}

// Reset makes r ready for another execution; what the fields point at stays.
func (r *Run) Reset() {
	r.Env.Reset()
	r.touched, r.before = nil, nil
	for _, s := range r.subs { // few statements have any
		s.rows, s.done, s.memo = nil, false, nil
		s.acct.open(r.Mem)
	}
	if len(r.ctes) > 0 {
		clear(r.ctes)
	}
	r.temp.used.Store(0)
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

// wrapTxn words the errors of the transaction layer as PostgreSQL does.
// relation is named in lock errors; "" for none.
func wrapTxn(err error, relation string) error { return write.TxnError(err, relation) }
