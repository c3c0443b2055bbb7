package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/txn"
)

// Update changes the rows of a stored table that Source gives.
type Update struct {
	Source      Spec
	SourceKinds Kinds
	// RowID is the source column of storage keys, Old[i] that of live column i.
	RowID int
	Old   []int
	// Point: the source is one point read; it needs no spool, and may have locked
	// the row already.
	Point bool
	// Once: the source may give a row several times (a join); the first counts.
	Once      bool
	Target    *Target
	Set       []*Expr // by live column, over the source; nil: unchanged
	Generated []*Expr // by live column, over row chunks
	Checks    []Check
	// Recheck, over the source's columns, must still hold on the newest version
	// of a row that changed since the snapshot; nil: nothing to check.
	Recheck *Expr
	// Changed marks the indexes in Target.Indexes that Set may change.
	Changed    []bool
	KeyChanges bool
	LockMode   txn.RowMode
	Outgoing   []*ForeignKey
	Incoming   []*ForeignKey
	// Returning is over the source's columns, then those of the new row.
	Returning []*Expr
}

// New implements Spec.
func (s *Update) New() Operator {
	op := &updateOp{spec: s, writer: newRowWriter(s.Target), old: newRowWriter(s.Target), set: states(s.Set),
		generated: states(s.Generated), checks: newRowChecks(s.Target, s.Checks), returning: states(s.Returning)}
	op.rowSource = newRowSource(s.Source, s.SourceKinds, s.RowID, s.Old, s.Target, s.Recheck.state())
	op.point, op.once, op.mode = s.Point, s.Once, s.LockMode
	op.oldRows.Cols = make([]chunk.Vec, len(s.Old))
	op.newRows.Cols = make([]chunk.Vec, len(s.Old))
	op.both.Cols = make([]chunk.Vec, len(s.SourceKinds)+len(s.Old))
	op.out.Cols = make([]chunk.Vec, len(s.Returning))
	op.fks = newOutgoing(s.Outgoing, s.Target)
	op.refs = newIncoming(s.Incoming, s.Target)
	return op
}

type updateOp struct {
	rowSource
	spec             *Update
	writer, old      *rowWriter
	set, generated   []evalState
	checks           rowChecks
	returning        []evalState
	fks              []*outgoingKey
	refs             []*incomingKey
	affected         int64
	finished         bool
	oldRows, newRows chunk.Chunk
	both, out        chunk.Chunk
}

// RowsAffected implements Affected.
func (op *updateOp) RowsAffected() int64 { return op.affected }

func (op *updateOp) Open(run *Run) error {
	op.affected, op.finished = 0, false
	op.writer.open(run)
	op.old.open(run)
	resetAll(op.set)
	resetAll(op.generated)
	resetAll(op.checks.conds)
	resetAll(op.returning)
	for _, k := range op.fks {
		k.open()
	}
	for _, k := range op.refs {
		k.open()
	}
	return op.rowSource.open(run)
}

func (op *updateOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	for !op.finished {
		c, err := op.rowSource.next(ctx)
		if err != nil {
			return nil, err
		}
		if c == nil {
			op.finished = true
			return nil, op.finish(ctx)
		}
		if c.Rows == 0 {
			continue
		}
		if err := op.write(ctx, c); err != nil {
			return nil, err
		}
		op.affected += int64(c.Rows)
		if len(op.returning) > 0 {
			n := copy(op.both.Cols, c.Cols)
			copy(op.both.Cols[n:], op.newRows.Cols)
			op.both.Rows = c.Rows
			if err := projectInto(op.run, op.returning, &op.both, &op.out); err != nil {
				return nil, err
			}
			return &op.out, nil
		}
	}
	return nil, nil
}

func (op *updateOp) finish(ctx context.Context) error {
	for _, k := range op.refs {
		if err := k.act(ctx, op.run); err != nil {
			return err
		}
	}
	for _, k := range op.fks {
		if err := k.check(ctx, op.run); err != nil {
			return err
		}
	}
	return nil
}

// write updates locked rows.
func (op *updateOp) write(ctx context.Context, c *chunk.Chunk) error {
	for j, at := range op.spec.Old {
		op.oldRows.Cols[j] = c.Cols[at]
	}
	op.oldRows.Rows = c.Rows
	if err := assign(op.run, op.set, op.generated, c, op.oldRows.Cols, &op.newRows); err != nil {
		return err
	}
	if err := op.checks.verify(op.run, &op.newRows); err != nil {
		return err
	}
	if len(op.writer.indexes) > 0 {
		if err := op.old.load(&op.oldRows); err != nil {
			return err
		}
		if err := op.writer.load(&op.newRows); err != nil {
			return err
		}
	}
	keys := &c.Cols[op.spec.RowID]
	for i := range c.Rows {
		err := op.writer.update(ctx, op.old, &op.oldRows, &op.newRows, i, keys.Datums[i].Bytes(), op.spec.KeyChanges, op.spec.Changed)
		if err != nil {
			return err
		}
	}
	for _, k := range op.refs {
		if err := k.note(op.run, &op.oldRows, &op.newRows); err != nil {
			return err
		}
	}
	for _, k := range op.fks {
		if err := k.note(op.run, &op.newRows); err != nil {
			return err
		}
	}
	return nil
}
