package exec

import (
	"bytes"
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/txn"
)

// rowWriter writes rows of one Target with their index entries.
type rowWriter struct {
	t       *Target
	run     *Run
	indexes []indexWriter

	row, oldRow      []Datum
	key, val, oldKey []byte
	entryKey         []byte
	entryVal         []byte
	oldEntry, oldVal []byte
	lockBuf          []byte
	nextID, lastID   uint64 // hidden row ids reserved: [nextID, lastID)
}

// indexWriter is the run state of a TargetIndex.
type indexWriter struct {
	x     *TargetIndex
	keys  []evalState
	where evalState
	// of the row chunk at hand
	vecs   []*chunk.Vec
	in     []bool // rows that the predicate takes
	values []Datum
}

func newRowWriter(t *Target) *rowWriter {
	w := &rowWriter{t: t}
	for _, x := range t.Indexes {
		w.indexes = append(w.indexes, newIndexWriter(x))
	}
	return w
}

func newIndexWriter(x *TargetIndex) indexWriter {
	return indexWriter{x: x, keys: states(x.Keys), where: x.Where.state(), values: make([]Datum, len(x.Keys)), vecs: make([]*chunk.Vec, len(x.Keys))}
}

func (w *rowWriter) open(run *Run) {
	w.run, w.nextID, w.lastID = run, 0, 0
}

// load evaluates the keys and the predicate over a row chunk.
func (x *indexWriter) load(run *Run, c *chunk.Chunk) error {
	for i := range x.keys {
		if x.x.Keys[i] == nil {
			x.vecs[i] = &c.Cols[x.x.At[i]]
			continue
		}
		v, err := x.keys[i].vec(run, c)
		if err != nil {
			return err
		}
		x.vecs[i] = v
	}
	if x.where.expr == nil {
		return nil
	}
	x.in = growSlice(x.in[:0], c.Rows)
	clear(x.in)
	sel, err := x.where.truths(run, c, nil)
	for _, i := range sel {
		x.in[i] = true
	}
	return err
}

// holds tells whether row i has an entry.
func (x *indexWriter) holds(i int) bool { return x.where.expr == nil || x.in[i] }

func (x *indexWriter) valuesOf(i int) []Datum {
	for j, v := range x.vecs {
		x.values[j] = v.Datum(i)
	}
	return x.values
}

// load prepares for a chunk of rows to insert.
func (w *rowWriter) load(c *chunk.Chunk) error {
	for k := range w.indexes {
		if err := w.indexes[k].load(w.run, c); err != nil {
			return err
		}
	}
	return nil
}

// setKey makes the storage key of the row in w.row: a new row id where the table
// has no primary key.
func (w *rowWriter) setKey(ctx context.Context, rowsLeft int) error {
	var err error
	if !w.t.Codec.HasRowID() {
		w.key, err = w.t.Codec.AppendKey(w.key[:0], w.row)
		return err
	}
	if w.nextID == w.lastID {
		if w.run.RowIDs == nil {
			return pgerr.New(pgerr.InternalError, "no source of row ids")
		}
		n := max(rowsLeft, 1)
		id, err := w.run.RowIDs.RowIDs(ctx, n)
		if err != nil {
			return err
		}
		w.nextID, w.lastID = id, id+uint64(n)
	}
	w.key = w.t.Codec.AppendRowIDKey(w.key[:0], w.nextID)
	w.nextID++
	return nil
}

// insert writes row i of the loaded chunk c. A key that is there already is
// SQLSTATE 23505.
func (w *rowWriter) insert(ctx context.Context, c *chunk.Chunk, i int) error {
	w.row = w.t.slots(w.row, c, i)
	if err := w.setKey(ctx, c.Rows-i); err != nil {
		return err
	}
	if !w.t.Codec.HasRowID() {
		taken, err := w.claim(ctx, w.key)
		if err != nil {
			return err
		}
		if taken {
			return w.duplicate(w.t.Desc.PrimaryIndex(), nil)
		}
	}
	// The key is absent: there is no version to keep. (One that the transaction
	// itself deleted before is remembered by its write set.)
	return w.put(ctx, i, txn.PutOptions{})
}

// claim locks a key that is to be created; true where it exists.
func (w *rowWriter) claim(ctx context.Context, key []byte) (bool, error) {
	rec, out, err := w.run.Txn.LockRow(ctx, w.lockBuf[:0], key, txn.LockOptions{Mode: txn.ForUpdate, Insert: true})
	if err != nil {
		return false, wrapTxn(err, w.t.Desc.Name)
	}
	if out == txn.Same || out == txn.Changed {
		w.lockBuf = rec.Value
		return true, nil
	}
	return false, nil
}

// put writes the row in w.row under w.key and its index entries.
func (w *rowWriter) put(ctx context.Context, i int, o txn.PutOptions) error {
	var err error
	if w.val, err = w.t.Codec.AppendValue(w.val[:0], w.row); err != nil {
		return err
	}
	if err := w.run.Txn.Put(w.key, w.val, o); err != nil {
		return wrapTxn(err, "")
	}
	for k := range w.indexes {
		x := &w.indexes[k]
		if !x.holds(i) {
			continue
		}
		if err := w.putEntry(ctx, x, x.valuesOf(i)); err != nil {
			return err
		}
	}
	return nil
}

// putEntry writes the entry of the row in w.row; 23505 where a unique key is taken.
func (w *rowWriter) putEntry(ctx context.Context, x *indexWriter, values []Datum) error {
	var err error
	w.entryKey, w.entryVal, err = x.x.Codec.AppendEntry(w.entryKey[:0], w.entryVal[:0], values, w.row, w.key)
	if err != nil {
		return err
	}
	if x.x.Codec.UniqueKey(values) {
		taken, err := w.claim(ctx, w.entryKey)
		if err != nil {
			return err
		}
		if taken {
			return w.duplicate(x.x.Codec.Desc(), values)
		}
	}
	return wrapTxn(w.run.Txn.Put(w.entryKey, w.entryVal, txn.PutOptions{}), "")
}

// remove deletes the row in w.row, stored under w.key, whose place in the loaded
// chunk is i.
func (w *rowWriter) remove(i int, o txn.PutOptions) error {
	if err := w.run.Txn.Delete(w.key, o); err != nil {
		return wrapTxn(err, "")
	}
	for k := range w.indexes {
		x := &w.indexes[k]
		if !x.holds(i) {
			continue
		}
		var err error
		w.entryKey, w.entryVal, err = x.x.Codec.AppendEntry(w.entryKey[:0], w.entryVal[:0], x.valuesOf(i), w.row, w.key)
		if err != nil {
			return err
		}
		if err := w.deleteEntry(w.entryKey, x.x.Codec.Desc().Unique); err != nil {
			return err
		}
	}
	return nil
}

func (w *rowWriter) deleteEntry(key []byte, _ bool) error {
	return wrapTxn(w.run.Txn.Delete(key, txn.PutOptions{}), "")
}

// update replaces a row: row i of the chunks that old and w were loaded with.
// storageKey is where it stands; both hold the same target. changed marks the
// secondary indexes that may change.
func (w *rowWriter) update(ctx context.Context, old *rowWriter, oldRows, newRows *chunk.Chunk, i int, storageKey []byte, keyChanges bool, changed []bool) error {
	w.row = w.t.slots(w.row, newRows, i)
	w.key = append(w.key[:0], storageKey...)
	o := w.t.putOptions()
	moved := false
	if keyChanges && !w.t.Codec.HasRowID() {
		if err := w.setKey(ctx, 1); err != nil {
			return err
		}
		moved = !bytes.Equal(w.key, storageKey)
	}
	if moved {
		taken, err := w.claim(ctx, w.key)
		if err != nil {
			return err
		}
		if taken {
			return w.duplicate(w.t.Desc.PrimaryIndex(), nil)
		}
		if err := w.run.Txn.Delete(storageKey, o); err != nil {
			return wrapTxn(err, "")
		}
	}
	var err error
	if w.val, err = w.t.Codec.AppendValue(w.val[:0], w.row); err != nil {
		return err
	}
	if err := w.run.Txn.Put(w.key, w.val, o); err != nil {
		return wrapTxn(err, "")
	}
	if len(w.indexes) == 0 {
		return nil
	}
	w.oldRow = w.t.slots(w.oldRow, oldRows, i)
	for k := range w.indexes {
		if !moved && !changed[k] {
			continue
		}
		if err := w.moveEntry(ctx, &old.indexes[k], &w.indexes[k], i, storageKey); err != nil {
			return err
		}
	}
	return nil
}

// moveEntry replaces the index entry of a row by that of its new version.
func (w *rowWriter) moveEntry(ctx context.Context, old, x *indexWriter, i int, storageKey []byte) error {
	had, has := old.holds(i), x.holds(i)
	var err error
	if had {
		w.oldEntry, w.oldVal, err = x.x.Codec.AppendEntry(w.oldEntry[:0], w.oldVal[:0], old.valuesOf(i), w.oldRow, storageKey)
		if err != nil {
			return err
		}
	}
	if has {
		w.entryKey, w.entryVal, err = x.x.Codec.AppendEntry(w.entryKey[:0], w.entryVal[:0], x.valuesOf(i), w.row, w.key)
		if err != nil {
			return err
		}
	}
	sameKey := had && has && bytes.Equal(w.oldEntry, w.entryKey)
	if sameKey {
		if bytes.Equal(w.oldVal, w.entryVal) {
			return nil
		}
		return wrapTxn(w.run.Txn.Put(w.entryKey, w.entryVal, txn.PutOptions{}), "")
	}
	if had {
		if err := w.deleteEntry(w.oldEntry, x.x.Codec.Desc().Unique); err != nil {
			return err
		}
	}
	if has {
		return w.putEntry(ctx, x, x.valuesOf(i))
	}
	return nil
}
