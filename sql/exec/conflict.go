package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/sql/write"
	"github.com/ferritedb/ferrite/txn"
)

// OnConflict says what an Insert does with a row whose unique key is taken.
type OnConflict struct {
	// Primary and Indexes (by position in Target.Indexes) are the arbiters.
	Primary bool
	Indexes []bool
	// DoUpdate; otherwise the row is passed over.
	DoUpdate bool
	// Set by live column and Where are over the columns of the existing row, then
	// those of the row proposed.
	Set   []*Expr
	Where *Expr
	// Changed marks the live columns that Set and generated columns may change.
	Changed []bool
}

// conflictState is the run state of an OnConflict.
type conflictState struct {
	spec  *OnConflict
	set   []evalState
	where evalState
	// generated are evaluators of their own: vectors of the proposed rows still
	// point into the insert's.
	generated []evalState
	updater   *write.Writer // nil with DO NOTHING
	oldRows   chunk.Chunk   // the existing row
	newRows   chunk.Chunk
	both      chunk.Chunk
	rowKey    []byte
	rowKeys   chunk.Vec // rowKey as a vector
	value     []byte
	arena     rowcodec.Arena
	// touched are the storage keys of rows that this statement wrote.
	touched keySet // where DoUpdate
}

func (s *OnConflict) newState(in *Insert) *conflictState {
	st := &conflictState{spec: s, set: states(s.Set), where: stateOf(s.Where), generated: states(in.Generated)}
	if s.DoUpdate {
		st.updater = in.Target.Updater(s.Changed)
		st.rowKeys.Grow(types.KindBytes, 1)
	}
	st.oldRows, st.newRows = in.Target.NewRows(), in.Target.NewRows()
	st.both.Cols = make([]chunk.Vec, 2*len(in.Target.Live))
	return st
}

func (st *conflictState) open(run *Run) {
	if st.updater != nil {
		st.updater.Open(&run.Env)
	}
	resetAll(st.set)
	resetAll(st.generated)
	st.where.reset()
	if st.spec.DoUpdate {
		st.touched.open(run)
	}
}

// writeConflicting inserts rows one by one; kept receives those inserted or
// updated.
func (op *insertOp) writeConflicting(ctx context.Context, rows *chunk.Chunk) error {
	st, w := op.conflict, op.writer
	if err := w.Propose(ctx, rows); err != nil {
		return err
	}
	for i := range rows.Rows {
		var taken bool
		var err error
		st.rowKey, taken, err = w.Conflicting(ctx, i, st.rowKey[:0], st.spec.Primary, st.spec.Indexes)
		if err != nil {
			return err
		}
		if taken {
			if st.spec.DoUpdate {
				err = op.updateExisting(ctx, rows, i)
			} else {
				err = op.passOver()
			}
			if err != nil {
				return err
			}
			continue
		}
		if err := w.InsertProposed(ctx, st.spec.Primary); err != nil {
			return err
		}
		if st.spec.DoUpdate {
			if _, err := st.touched.add(w.Key()); err != nil {
				return err
			}
		}
		appendRows(&op.kept, rows, i, i+1)
	}
	return nil
}

// passOver is DO NOTHING for the row at rowKey: one that the transaction's snapshot
// does not show may not be the reason.
func (op *insertOp) passOver() error {
	st, tx := op.conflict, op.run.Txn
	if tx.Options().Isolation == txn.ReadCommitted {
		return nil
	}
	rec, ok, err := tx.GetNewest(st.value[:0], st.rowKey)
	if err != nil {
		return wrapTxn(err, op.spec.Target.Desc.Name)
	}
	st.value = rec.Value
	if ok && rec.TS > tx.SnapshotTS() {
		return wrapTxn(txn.ErrSerialization, op.spec.Target.Desc.Name)
	}
	return nil
}

// updateExisting is DO UPDATE of the row at rowKey for the proposed row i.
func (op *insertOp) updateExisting(ctx context.Context, rows *chunk.Chunk, i int) error {
	st, t := op.conflict, op.spec.Target
	if st.touched.has(st.rowKey) {
		return pgerr.New(pgerr.CardinalityViolation, "ON CONFLICT DO UPDATE command cannot affect row a second time").
			WithHint("Ensure that no rows proposed for insertion within the same command have duplicate constrained values.")
	}
	rec, out, err := op.run.Txn.LockRow(ctx, st.value[:0], st.rowKey, txn.LockOptions{Mode: txn.ForUpdate})
	if err != nil {
		return wrapTxn(err, t.Desc.Name)
	}
	if out == txn.Absent || out == txn.Gone {
		return nil
	}
	st.value = rec.Value
	st.oldRows.Reset()
	if err := t.Decode(&st.oldRows, st.rowKey, rec.Value, &st.arena); err != nil {
		return err
	}
	n := len(t.Live)
	copy(st.both.Cols, st.oldRows.Cols)
	var proposed chunk.Chunk
	proposed.View(rows, i, i+1)
	copy(st.both.Cols[n:], proposed.Cols)
	st.both.Rows = 1
	if st.where.expr != nil {
		sel, err := st.where.truths(op.run, &st.both, nil)
		if err != nil || len(sel) == 0 {
			return err
		}
	}
	if err := assign(op.run, st.set, st.generated, &st.both, st.oldRows.Cols, &st.newRows); err != nil {
		return err
	}
	st.rowKeys.Set(0, types.MakeBytes(st.rowKey))
	if err := st.updater.Update(ctx, &st.oldRows, &st.newRows, &st.rowKeys); err != nil {
		return err
	}
	if _, err := st.touched.add(st.updater.Key()); err != nil {
		return err
	}
	appendRows(&op.kept, &st.newRows, 0, 1)
	return nil
}

// assign makes out the new versions of rows: set (by live column, over in), else
// the old column, then the generated columns.
func assign(run *Run, set, generated []evalState, in *chunk.Chunk, old []chunk.Vec, out *chunk.Chunk) error {
	for j := range set {
		if set[j].expr == nil {
			out.Cols[j] = old[j]
			continue
		}
		v, err := set[j].vec(run, in)
		if err != nil {
			return err
		}
		out.Cols[j] = *v
	}
	out.Rows = in.Rows
	return generate(run, generated, out)
}
