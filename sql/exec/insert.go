package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
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
	Target    *Target
	Defaults  []*Expr
	Generated []*Expr // by live column, over row chunks
	Checks    []Check
	Conflict  *OnConflict // nil: none
	Outgoing  []*ForeignKey
	// Returning is over row chunks; nil: none.
	Returning []*Expr
}

// New implements Spec.
func (s *Insert) New() Operator {
	op := &insertOp{spec: s, in: s.Source.New(), writer: newRowWriter(s.Target), defaults: states(s.Defaults),
		generated: states(s.Generated), checks: newRowChecks(s.Target, s.Checks), returning: states(s.Returning)}
	op.rows.Cols = make([]chunk.Vec, len(s.Target.Live))
	op.kept = s.Target.newRows()
	op.nulls = make([]chunk.Vec, len(s.Target.Live))
	op.out.Cols = make([]chunk.Vec, len(s.Returning))
	op.fks = newOutgoing(s.Outgoing, s.Target)
	if s.Conflict != nil {
		op.conflict = s.Conflict.newState(s)
	}
	return op
}

type insertOp struct {
	spec      *Insert
	in        Operator
	run       *Run
	writer    *rowWriter
	defaults  []evalState
	generated []evalState
	checks    rowChecks
	returning []evalState
	conflict  *conflictState
	fks       []*outgoingKey
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
	op.writer.open(run)
	resetAll(op.defaults)
	resetAll(op.generated)
	resetAll(op.checks.conds)
	resetAll(op.returning)
	for _, k := range op.fks {
		k.open()
	}
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

// finish runs the checks that wait for the statement's end.
func (op *insertOp) finish(ctx context.Context) error {
	for _, k := range op.fks {
		if err := k.check(ctx, op.run); err != nil {
			return err
		}
	}
	return nil
}

// write inserts the rows of one source chunk and gives those written, as they
// now stand.
func (op *insertOp) write(ctx context.Context, c *chunk.Chunk) (*chunk.Chunk, error) {
	if err := op.makeRows(c); err != nil {
		return nil, err
	}
	rows := &op.rows
	if err := op.checks.verify(op.run, rows); err != nil {
		return nil, err
	}
	if err := op.writer.load(rows); err != nil {
		return nil, err
	}
	if op.conflict != nil {
		op.kept.Reset()
		if err := op.writeConflicting(ctx, rows); err != nil {
			return nil, err
		}
		rows = &op.kept
	} else {
		for i := range rows.Rows {
			if err := op.writer.insert(ctx, rows, i); err != nil {
				return nil, err
			}
		}
	}
	for _, k := range op.fks {
		if err := k.note(op.run, rows); err != nil {
			return nil, err
		}
	}
	return rows, nil
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
