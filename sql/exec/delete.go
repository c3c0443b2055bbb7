package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/write"
	"github.com/ferritedb/ferrite/txn"
)

// Delete removes the rows of a stored table that Source gives.
type Delete struct {
	Source      Spec
	SourceKinds Kinds
	RowID       int
	Old         []int // the source column of each live column
	Point       bool
	Once        bool
	Target      *write.Table
	Recheck     *Expr
	// Again, where not nil, is the whole condition, and counts instead.
	Again     *Recheck
	Returning []*Expr // over the source's columns
}

// New implements Spec.
func (s *Delete) New() Operator {
	op := &deleteOp{spec: s, writer: s.Target.Deleter(), returning: states(s.Returning)}
	op.rowSource = newRowSource(s.Source, s.SourceKinds, s.RowID, s.Old, s.Target.Target, stateOf(s.Recheck), s.Again)
	op.point, op.once, op.mode = s.Point, s.Once, txn.ForUpdate
	op.rows.Cols = make([]chunk.Vec, len(s.Old))
	op.out.Cols = make([]chunk.Vec, len(s.Returning))
	return op
}

type deleteOp struct {
	rowSource
	spec      *Delete
	writer    *write.Writer
	returning []evalState
	affected  int64
	finished  bool
	rows, out chunk.Chunk
}

// RowsAffected implements Affected.
func (op *deleteOp) RowsAffected() int64 { return op.affected }

func (op *deleteOp) Open(run *Run) error {
	op.affected, op.finished = 0, false
	op.writer.Open(&run.Env)
	resetAll(op.returning)
	return op.rowSource.open(run)
}

func (op *deleteOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	for !op.finished {
		c, err := op.rowSource.next(ctx)
		if err != nil {
			return nil, err
		}
		if c == nil {
			op.finished = true
			return nil, op.writer.End(ctx)
		}
		if c.Rows == 0 {
			continue
		}
		if err := op.remove(ctx, c); err != nil {
			return nil, err
		}
		op.affected += int64(c.Rows)
		if len(op.returning) > 0 {
			if err := projectInto(op.run, op.returning, c, &op.out); err != nil {
				return nil, err
			}
			return &op.out, nil
		}
	}
	return nil, nil
}

func (op *deleteOp) remove(ctx context.Context, c *chunk.Chunk) error {
	for j, at := range op.spec.Old {
		op.rows.Cols[j] = c.Cols[at]
	}
	op.rows.Rows = c.Rows
	return op.writer.Delete(ctx, &op.rows, &c.Cols[op.spec.RowID])
}
