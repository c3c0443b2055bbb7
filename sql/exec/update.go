package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/sql/write"
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
	Target    *write.Table
	Set       []*Expr // by live column, over the source; nil: unchanged
	Generated []*Expr // by live column, over row chunks
	// Recheck, over the source's columns, must still hold on the newest version
	// of a row that changed since the snapshot; nil: nothing to check.
	Recheck *Expr
	// Again, where not nil, is the whole condition, and counts instead.
	Again *Recheck
	// Changed marks the live columns that Set and Generated may change.
	Changed []bool
	// Keys are the positions of key columns that Set may change: a row whose key
	// does change is locked against FOR KEY SHARE, too.
	Keys []int
	// Returning is over the source's columns, then those of the new row.
	Returning []*Expr
}

// New implements Spec.
func (s *Update) New() Operator {
	op := &updateOp{spec: s, writer: s.Target.Updater(s.Changed), set: states(s.Set),
		generated: states(s.Generated), returning: states(s.Returning)}
	op.rowSource = newRowSource(s.Source, s.SourceKinds, s.RowID, s.Old, s.Target.Target, stateOf(s.Recheck), s.Again)
	op.point, op.once, op.mode = s.Point, s.Once, txn.ForNoKeyUpdate
	op.oldRows.Cols = make([]chunk.Vec, len(s.Old))
	op.newRows.Cols = make([]chunk.Vec, len(s.Old))
	op.both.Cols = make([]chunk.Vec, len(s.SourceKinds)+len(s.Old))
	op.out.Cols = make([]chunk.Vec, len(s.Returning))
	return op
}

type updateOp struct {
	rowSource
	spec             *Update
	writer           *write.Writer
	set, generated   []evalState
	returning        []evalState
	affected         int64
	finished         bool
	oldRows, newRows chunk.Chunk
	both, out        chunk.Chunk
}

// RowsAffected implements Affected.
func (op *updateOp) RowsAffected() int64 { return op.affected }

func (op *updateOp) Open(run *Run) error {
	op.affected, op.finished = 0, false
	op.writer.Open(&run.Env)
	resetAll(op.set)
	resetAll(op.generated)
	resetAll(op.returning)
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
			return nil, op.writer.End(ctx)
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

// write updates locked rows.
func (op *updateOp) write(ctx context.Context, c *chunk.Chunk) error {
	for j, at := range op.spec.Old {
		op.oldRows.Cols[j] = c.Cols[at]
	}
	op.oldRows.Rows = c.Rows
	if err := assign(op.run, op.set, op.generated, c, op.oldRows.Cols, &op.newRows); err != nil {
		return err
	}
	keys := &c.Cols[op.spec.RowID]
	if len(op.spec.Keys) > 0 {
		if err := op.lockKeys(ctx, keys); err != nil {
			return err
		}
	}
	return op.writer.Update(ctx, &op.oldRows, &op.newRows, keys)
}

// lockKeys takes the strongest lock of the rows whose key changes.
func (op *updateOp) lockKeys(ctx context.Context, keys *chunk.Vec) error {
	desc := op.target.Desc
	for i := range op.newRows.Rows {
		for _, at := range op.spec.Keys {
			a, b := op.oldRows.Cols[at].Datum(i), op.newRows.Cols[at].Datum(i)
			t := desc.ColumnByNum(op.target.Live[at]).Type
			if a.IsNull() && b.IsNull() || !a.IsNull() && !b.IsNull() && types.Compare(t, a, b) == 0 {
				continue
			}
			// The lock that is held keeps the row as it is.
			rec, _, err := op.run.Txn.LockRow(ctx, op.row.value[:0], keys.Raw(i), txn.LockOptions{Mode: txn.ForUpdate})
			if err != nil {
				return wrapTxn(err, desc.Name)
			}
			op.row.value = rec.Value
			break
		}
	}
	return nil
}
