package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/txn"
)

// Delete removes the rows of a stored table that Source gives.
type Delete struct {
	Source      Spec
	SourceKinds Kinds
	RowID       int
	// Old[i] is the source column of live column i, -1 where it is not given
	// because nothing needs it.
	Old       []int
	Point     bool
	Once      bool
	Target    *Target
	Recheck   *Expr
	Incoming  []*ForeignKey
	Returning []*Expr // over the source's columns
}

// New implements Spec.
func (s *Delete) New() Operator {
	op := &deleteOp{spec: s, writer: newRowWriter(s.Target), returning: states(s.Returning)}
	op.rowSource = newRowSource(s.Source, s.SourceKinds, s.RowID, s.Old, s.Target, s.Recheck.state())
	op.point, op.once, op.mode = s.Point, s.Once, txn.ForUpdate
	op.rows.Cols = make([]chunk.Vec, len(s.Old))
	op.out.Cols = make([]chunk.Vec, len(s.Returning))
	op.refs = newIncoming(s.Incoming, s.Target)
	return op
}

type deleteOp struct {
	rowSource
	spec      *Delete
	writer    *rowWriter
	returning []evalState
	refs      []*incomingKey
	affected  int64
	finished  bool
	rows, out chunk.Chunk
}

// RowsAffected implements Affected.
func (op *deleteOp) RowsAffected() int64 { return op.affected }

func (op *deleteOp) Open(run *Run) error {
	op.affected, op.finished = 0, false
	op.writer.open(run)
	resetAll(op.returning)
	for _, k := range op.refs {
		k.open()
	}
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
			for _, k := range op.refs {
				if err := k.act(ctx, op.run); err != nil {
					return nil, err
				}
			}
			return nil, nil
		}
		if c.Rows == 0 {
			continue
		}
		if err := op.remove(c); err != nil {
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

func (op *deleteOp) remove(c *chunk.Chunk) error {
	for j, at := range op.spec.Old {
		op.rows.Cols[j] = c.Cols[at]
	}
	op.rows.Rows = c.Rows
	if err := op.writer.load(&op.rows); err != nil {
		return err
	}
	o := op.spec.Target.putOptions()
	keys := &c.Cols[op.spec.RowID]
	for i := range c.Rows {
		op.writer.row = op.writer.t.slots(op.writer.row, &op.rows, i)
		op.writer.key = append(op.writer.key[:0], keys.Datums[i].Bytes()...)
		if err := op.writer.remove(i, o); err != nil {
			return err
		}
	}
	for _, k := range op.refs {
		if err := k.note(op.run, &op.rows, nil); err != nil {
			return err
		}
	}
	return nil
}
