package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/sql/write"
)

// Insert writes the rows of Source into a stored table.
type Insert struct {
	Source Spec
	// SourceAt[i] is the source column for live column i, -1 where it is not
	// targeted: then Defaults[i], or NULL.
	SourceAt    []int
	SourceKinds Kinds
	// Spool: the source may read the table, and is read to its end first.
	Spool     bool
	Target    *write.Table
	Defaults  []*Expr
	Generated []*Expr     // by live column, over row chunks
	Conflict  *OnConflict // nil: none
	// Returning is over row chunks; nil: none.
	Returning []*Expr
}

// New implements Spec.
func (s *Insert) New() Operator {
	op := &insertOp{spec: s, in: s.Source.New(), writer: s.Target.Inserter(), defaults: states(s.Defaults),
		generated: states(s.Generated), returning: states(s.Returning)}
	op.rows.Cols = make([]chunk.Vec, len(s.Target.Live))
	op.kept = s.Target.NewRows()
	op.nulls = make([]chunk.Vec, len(s.Target.Live))
	op.out.Cols = make([]chunk.Vec, len(s.Returning))
	if s.Conflict != nil {
		op.conflict = s.Conflict.newState(s)
	}
	return op
}

type insertOp struct {
	spec      *Insert
	in        Operator
	run       *Run
	writer    *write.Writer
	defaults  []evalState
	generated []evalState
	returning []evalState
	conflict  *conflictState
	spool     spool
	loaded    bool
	finished  bool
	affected  int64
	rows      chunk.Chunk // vectors alias the source and evaluators
	nulls     []chunk.Vec
	kept      chunk.Chunk // rows for RETURNING where some were passed over or changed
	out       chunk.Chunk
}

// RowsAffected implements Affected.
func (op *insertOp) RowsAffected() int64 { return op.affected }

func (op *insertOp) Open(run *Run) error {
	op.run, op.loaded, op.finished, op.affected = run, false, false, 0
	op.writer.Open(&run.Env)
	resetAll(op.defaults)
	resetAll(op.generated)
	resetAll(op.returning)
	if op.conflict != nil {
		op.conflict.open(run)
	}
	if op.spec.Spool {
		op.spool.open(run, op.spec.SourceKinds)
	}
	return op.in.Open(run)
}

func (op *insertOp) Close() {
	op.in.Close()
	if op.spec.Spool {
		op.spool.close()
	}
	if op.conflict != nil {
		op.conflict.touched.close()
	}
}

func (op *insertOp) source(ctx context.Context) (*chunk.Chunk, error) {
	if !op.spec.Spool {
		return op.in.Next(ctx)
	}
	if !op.loaded {
		op.loaded = true
		if err := op.spool.load(ctx, op.in); err != nil {
			return nil, err
		}
	}
	return op.spool.next()
}

func (op *insertOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	for !op.finished {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c, err := op.source(ctx)
		if err != nil {
			return nil, err
		}
		if c == nil {
			op.finished = true
			return nil, op.finish(ctx)
		}
		given, err := op.write(ctx, c)
		if err != nil {
			return nil, err
		}
		op.affected += int64(given.Rows)
		if len(op.returning) > 0 && given.Rows > 0 {
			if err := projectInto(op.run, op.returning, given, &op.out); err != nil {
				return nil, err
			}
			return &op.out, nil
		}
	}
	return nil, nil
}

// finish runs what waits for the statement's end.
func (op *insertOp) finish(ctx context.Context) error {
	if op.conflict != nil && op.conflict.updater != nil {
		if err := op.conflict.updater.End(ctx); err != nil {
			return err
		}
	}
	return op.writer.End(ctx)
}

// write inserts the rows of one source chunk and gives those written, as they
// now stand.
func (op *insertOp) write(ctx context.Context, c *chunk.Chunk) (*chunk.Chunk, error) {
	if err := op.makeRows(c); err != nil {
		return nil, err
	}
	if op.conflict == nil {
		return &op.rows, op.writer.Insert(ctx, &op.rows)
	}
	op.kept.Reset()
	return &op.kept, op.writeConflicting(ctx, &op.rows)
}

// makeRows fills rows from a source chunk, defaults and generated columns.
func (op *insertOp) makeRows(c *chunk.Chunk) error {
	op.rows.Rows = c.Rows
	for j, at := range op.spec.SourceAt {
		switch {
		case at >= 0:
			op.rows.Cols[j] = c.Cols[at]
		case op.defaults[j].expr != nil:
			v, err := op.defaults[j].vec(op.run, c)
			if err != nil {
				return err
			}
			op.rows.Cols[j] = *v
		default:
			op.rows.Cols[j] = *nullVec(&op.nulls[j], op.spec.Target.Kinds[j], c.Rows)
		}
	}
	return generate(op.run, op.generated, &op.rows)
}

// nullVec gives n NULLs of kind k in v.
func nullVec(v *chunk.Vec, k types.Kind, n int) *chunk.Vec {
	if v.Kind == k && v.Len() >= n {
		return v
	}
	v.Grow(k, n)
	for i := range n {
		v.SetNull(i)
	}
	return v
}

// generate computes the generated columns of a row chunk.
func generate(run *Run, generated []evalState, rows *chunk.Chunk) error {
	for j := range generated {
		if generated[j].expr == nil {
			continue
		}
		v, err := generated[j].vec(run, rows)
		if err != nil {
			return err
		}
		rows.Cols[j] = *v
	}
	return nil
}
