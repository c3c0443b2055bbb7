package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/rowcodec"
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
	// Changed marks the secondary indexes that Set may change; KeyChanges that it
	// may change the primary key. Incoming keys act on the changed row.
	Changed    []bool
	KeyChanges bool
}

// conflictState is the run state of an OnConflict.
type conflictState struct {
	spec    *OnConflict
	set     []evalState
	where   evalState
	old     *rowWriter
	oldRows chunk.Chunk // the existing row
	newRows chunk.Chunk
	both    chunk.Chunk
	rowKey  []byte
	value   []byte
	arena   rowcodec.Arena
	// touched are the storage keys of rows that this statement wrote.
	touched map[string]struct{}
}

func (s *OnConflict) newState(in *Insert) *conflictState {
	st := &conflictState{spec: s, set: states(s.Set), where: s.Where.state(), old: newRowWriter(in.Target)}
	st.oldRows, st.newRows = in.Target.newRows(), in.Target.newRows()
	st.both.Cols = make([]chunk.Vec, 2*len(in.Target.Live))
	return st
}

func (st *conflictState) open(run *Run) {
	st.old.open(run)
	resetAll(st.set)
	st.where.reset()
	clear(st.touched)
	if st.spec.DoUpdate && st.touched == nil {
		st.touched = map[string]struct{}{}
	}
}

// writeConflicting inserts the loaded rows one by one; kept receives those
// inserted or updated.
func (op *insertOp) writeConflicting(ctx context.Context, rows *chunk.Chunk) error {
	st := op.conflict
	w := op.writer
	for i := range rows.Rows {
		w.row = w.t.slots(w.row, rows, i)
		if err := w.setKey(ctx, rows.Rows-i); err != nil {
			return err
		}
		found, err := st.find(ctx, w, i)
		if err != nil {
			return err
		}
		if found {
			if st.spec.DoUpdate {
				if err := op.updateExisting(ctx, rows, i); err != nil {
					return err
				}
			}
			continue
		}
		if !w.t.Codec.HasRowID() && !st.spec.Primary {
			taken, err := w.claim(ctx, w.key)
			if err != nil {
				return err
			}
			if taken {
				return w.duplicate(w.t.Desc.PrimaryIndex(), nil)
			}
		}
		if err := w.put(ctx, i, w.t.putOptions()); err != nil {
			return err
		}
		if st.touched != nil {
			st.touched[string(w.key)] = struct{}{}
		}
		appendRows(&op.kept, rows, i, i+1)
	}
	return nil
}

// find looks for a row that has an arbiter's key of row i; its storage key is
// then in rowKey. Keys that are free are locked.
func (st *conflictState) find(ctx context.Context, w *rowWriter, i int) (bool, error) {
	if st.spec.Primary && !w.t.Codec.HasRowID() {
		taken, err := w.claim(ctx, w.key)
		if err != nil || taken {
			st.rowKey = append(st.rowKey[:0], w.key...)
			return taken, err
		}
	}
	for k := range w.indexes {
		x := &w.indexes[k]
		if !st.spec.Indexes[k] || !x.holds(i) {
			continue
		}
		values := x.valuesOf(i)
		if !x.x.Codec.UniqueKey(values) {
			continue
		}
		var err error
		w.entryKey, w.entryVal, err = x.x.Codec.AppendEntry(w.entryKey[:0], w.entryVal[:0], values, w.row, w.key)
		if err != nil {
			return false, err
		}
		taken, err := w.claim(ctx, w.entryKey)
		if err != nil {
			return false, err
		}
		if taken {
			st.rowKey, err = x.x.Codec.RowKey(st.rowKey[:0], w.entryKey, w.lockBuf)
			return true, err
		}
	}
	return false, nil
}

// updateExisting is DO UPDATE of the row at rowKey for the proposed row i.
func (op *insertOp) updateExisting(ctx context.Context, rows *chunk.Chunk, i int) error {
	st, w := op.conflict, op.writer
	if _, again := st.touched[string(st.rowKey)]; again {
		return pgerr.New(pgerr.CardinalityViolation, "ON CONFLICT DO UPDATE command cannot affect row a second time").
			WithHint("Ensure that no rows proposed for insertion within the same command have duplicate constrained values.")
	}
	rec, out, err := op.run.Txn.LockRow(ctx, st.value[:0], st.rowKey, txn.LockOptions{Mode: txn.ForUpdate})
	if err != nil {
		return wrapTxn(err, w.t.Desc.Name)
	}
	if out == txn.Absent || out == txn.Gone {
		return nil
	}
	st.value = rec.Value
	st.oldRows.Reset()
	if err := w.t.decoder.Decode(st.oldRows.Cols, st.rowKey, rec.Value, &st.arena); err != nil {
		return err
	}
	st.oldRows.Rows = 1
	n := len(w.t.Live)
	copy(st.both.Cols, st.oldRows.Cols)
	var proposed chunk.Chunk
	view(&proposed, rows, i, i+1)
	copy(st.both.Cols[n:], proposed.Cols)
	st.both.Rows = 1
	if st.where.expr != nil {
		sel, err := st.where.truths(op.run, &st.both, nil)
		if err != nil || len(sel) == 0 {
			return err
		}
	}
	if err := assign(op.run, st.set, op.generated, &st.both, st.oldRows.Cols, &st.newRows); err != nil {
		return err
	}
	if err := op.checks.verify(op.run, &st.newRows); err != nil {
		return err
	}
	return op.replaceExisting(ctx, rows)
}

// replaceExisting writes newRows over oldRows and loads the writer again for the
// rows that are still to come.
func (op *insertOp) replaceExisting(ctx context.Context, rows *chunk.Chunk) error {
	st, w := op.conflict, op.writer
	if err := st.old.load(&st.oldRows); err != nil {
		return err
	}
	if err := w.load(&st.newRows); err != nil {
		return err
	}
	if err := w.update(ctx, st.old, &st.oldRows, &st.newRows, 0, st.rowKey, st.spec.KeyChanges, st.spec.Changed); err != nil {
		return err
	}
	st.touched[string(w.key)] = struct{}{}
	appendRows(&op.kept, &st.newRows, 0, 1)
	return w.load(rows)
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
