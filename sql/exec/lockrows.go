package exec

import (
	"bytes"
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// LockRows locks the rows of its input for FOR UPDATE and its kin. A row that
// changed since the snapshot goes out in its newest version where it still
// passes Recheck; one that is gone is passed over.
type LockRows struct {
	In      Spec
	Kinds   Kinds
	Targets []LockTarget
	Recheck *Recheck
}

// LockTarget is one relation to lock.
type LockTarget struct {
	Table *rowcodec.Table
	RowID int // input column of storage keys
	// Attnums and At: the table's columns among the input's.
	Attnums []int16
	At      []int
	Mode    txn.RowMode
	Wait    txn.Wait
}

// New implements Spec.
func (s *LockRows) New() Operator {
	op := &lockRowsOp{spec: s, keys: make([]*rowIdentity, len(s.Targets)), in: s.In.New(), recheck: newRecheck(s.Recheck)}
	op.out.Cols = newCols(s.Kinds)
	op.one.Cols = newCols(s.Kinds)
	for i := range s.Targets {
		t := &s.Targets[i]
		op.decoders = append(op.decoders, t.Table.NewDecoder(t.Attnums))
		var kinds Kinds
		for _, at := range t.At {
			kinds = append(kinds, s.Kinds[at])
		}
		op.fresh = append(op.fresh, chunk.Chunk{Cols: newCols(kinds)})
	}
	return op
}

type lockRowsOp struct {
	spec     *LockRows
	in       Operator
	run      *Run
	recheck  recheckState
	decoders []*rowcodec.Decoder
	fresh    []chunk.Chunk
	one, out chunk.Chunk
	newest   newestRow
	keys     []*rowIdentity // by target, of FOR KEY SHARE
	arena    rowcodec.Arena
	// chunk is the input at hand, at its row to lock next.
	chunk *chunk.Chunk
	at    int
}

func (op *lockRowsOp) Open(run *Run) error {
	op.run, op.chunk = run, nil
	return op.in.Open(run)
}

func (op *lockRowsOp) Close() {
	op.recheck.close()
	op.in.Close()
}

// Next gives one row at a time: a LIMIT or FETCH above locks no row that it does
// not pass on.
func (op *lockRowsOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	op.out.Reset()
	for op.out.Rows == 0 {
		if op.chunk == nil || op.at == op.chunk.Rows {
			var err error
			op.at = 0
			if op.chunk, err = op.in.Next(ctx); err != nil || op.chunk == nil {
				return nil, err
			}
			continue
		}
		op.at++
		if err := op.lockRow(ctx, op.chunk, op.at-1); err != nil {
			return nil, err
		}
	}
	return &op.out, nil
}

// lockRow locks row i in all targets and appends it to out where it stays.
func (op *lockRowsOp) lockRow(ctx context.Context, c *chunk.Chunk, i int) error {
	op.one.Reset()
	appendRows(&op.one, c, i, i+1)
	changed := false
	for k := range op.spec.Targets {
		t := &op.spec.Targets[k]
		if op.one.Cols[t.RowID].Null(0) {
			continue // the nullable side of an outer join
		}
		out, err := op.lockTarget(ctx, k)
		if err != nil {
			return wrapTxn(err, t.Table.Desc().Name)
		}
		switch out {
		case txn.Gone, txn.Absent, txn.Skipped:
			return nil
		case txn.Changed:
			f := &op.fresh[k]
			f.Reset()
			if err := op.decoders[k].Decode(f.Cols, op.newest.key, op.newest.value, &op.arena); err != nil {
				return err
			}
			for j, at := range t.At {
				op.one.Cols[at].Set(0, f.Cols[j].Datum(0))
			}
			op.one.Cols[t.RowID].Set(0, types.MakeBytes(bytes.Clone(op.newest.key)))
			changed = true
		}
	}
	if changed {
		if ok, err := op.recheck.holds(ctx, op.run, &op.one); err != nil || !ok {
			return err
		}
	}
	appendRows(&op.out, &op.one, 0, 1)
	return nil
}

// lockTarget locks the row of target k. FOR KEY SHARE goes by the key alone: the
// row of the snapshot stays where a change left its key as it was.
func (op *lockRowsOp) lockTarget(ctx context.Context, k int) (txn.LockOutcome, error) {
	t := &op.spec.Targets[k]
	key := op.one.Cols[t.RowID].Raw(0)
	keyShare := t.Mode == txn.ForKeyShare
	out, err := op.newest.lock(ctx, op.run, key, txn.LockOptions{Mode: t.Mode, Wait: t.Wait, Insert: keyShare})
	if err != nil || !keyShare || out != txn.Changed && out != txn.Gone {
		return out, err
	}
	if out == txn.Changed && bytes.Equal(op.newest.key, key) {
		if op.keys[k] == nil {
			op.keys[k] = newRowIdentity(t.Table)
		}
		if same, err := op.keys[k].same(op.run, key, op.newest.value); err != nil || same {
			return txn.Same, err
		}
	}
	if op.run.Txn.Options().Isolation == txn.ReadCommitted {
		return out, nil
	}
	if out == txn.Gone {
		return 0, txn.ErrSerializationDelete
	}
	return 0, txn.ErrSerialization
}
