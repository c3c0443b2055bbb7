package write

import (
	"bytes"
	"context"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// Table is a stored table with what its writes must keep true. Immutable.
type Table struct {
	*Target
	Checks   []Check
	Outgoing []*ForeignKey
	Incoming []*ForeignKey
	// Also makes further maintainers of a Writer, after those above; nil ones are
	// left out.
	Also []func(op Op) Maintainer
}

// Writer changes rows of one table in one way. It serves one statement after the
// other: Open, batches, End. Not safe for concurrent use.
type Writer struct {
	t           *Target
	op          Op
	keyMoves    bool // the update may change the primary key
	env         *Env
	indexes     []*indexMaintainer // among the maintainers, by position in Target.Indexes; nil: unaffected
	maintainers []Maintainer

	batch          Batch
	change         Change
	key, val       []byte
	lockBuf        []byte
	nextID, lastID uint64 // hidden row ids reserved: [nextID, lastID)
}

// Inserter makes a Writer of new rows.
func (t *Table) Inserter() *Writer { return t.newWriter(Insert, nil) }

// Deleter makes a Writer that removes rows.
func (t *Table) Deleter() *Writer { return t.newWriter(Delete, nil) }

// Updater makes a Writer that changes at most the live columns at set.
func (t *Table) Updater(set []bool) *Writer { return t.newWriter(Update, set) }

func (t *Table) newWriter(op Op, set []bool) *Writer {
	w := &Writer{t: t.Target, op: op, indexes: make([]*indexMaintainer, len(t.Indexes))}
	w.batch.Op = op
	w.change.Batch = &w.batch
	w.keyMoves = op == Update && t.movesKey(set)
	if op != Delete && (len(t.NotNull) > 0 || len(t.Checks) > 0) {
		w.add(newRowChecks(t.Target, t.Checks))
	}
	for i, x := range t.Indexes {
		if op != Update || w.keyMoves || x.reads(t.Target, set) {
			w.indexes[i] = newIndexMaintainer(w, x)
			w.add(w.indexes[i])
		}
	}
	for _, fk := range t.Incoming {
		if op == Delete || op == Update && fk.refColumnsIn(t.Target, set) {
			w.add(newIncoming(fk))
		}
	}
	for _, fk := range t.Outgoing {
		if op == Insert || op == Update && fk.columnsIn(t.Target, set) {
			w.add(newOutgoing(fk))
		}
	}
	for _, also := range t.Also {
		if m := also(op); m != nil {
			w.add(m)
		}
	}
	return w
}

func (w *Writer) add(m Maintainer) { w.maintainers = append(w.maintainers, m) }

// Open begins a statement.
func (w *Writer) Open(env *Env) {
	w.env, w.nextID, w.lastID = env, 0, 0
	for _, m := range w.maintainers {
		m.Open(env)
	}
}

// End runs what waited for the statement's end: referential actions and checks.
func (w *Writer) End(ctx context.Context) error {
	for _, m := range w.maintainers {
		if err := m.End(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (w *Writer) before(ctx context.Context, old, now *chunk.Chunk) error {
	w.batch.Old, w.batch.New = old, now
	for _, m := range w.maintainers {
		if err := m.Before(ctx, &w.batch); err != nil {
			return err
		}
	}
	return nil
}

// written tells the maintainers that the change at hand is made.
func (w *Writer) written(ctx context.Context) error {
	for _, m := range w.maintainers {
		if err := m.Row(ctx, &w.change); err != nil {
			return err
		}
	}
	return nil
}

// Insert writes new rows. A key that is there already is SQLSTATE 23505.
func (w *Writer) Insert(ctx context.Context, rows *chunk.Chunk) error {
	if err := w.before(ctx, nil, rows); err != nil {
		return err
	}
	for i := range rows.Rows {
		if err := w.propose(ctx, i); err != nil {
			return err
		}
		if err := w.InsertProposed(ctx, false); err != nil {
			return err
		}
	}
	return nil
}

// Propose begins a batch of new rows that are written one by one, each after
// Conflicting.
func (w *Writer) Propose(ctx context.Context, rows *chunk.Chunk) error {
	return w.before(ctx, nil, rows)
}

// propose takes row i of the batch in hand and makes its storage key.
func (w *Writer) propose(ctx context.Context, i int) error {
	w.change.I = i
	w.change.NewRow = w.t.slots(w.change.NewRow, w.batch.New, i)
	return w.setKey(ctx, w.batch.New.Rows-i)
}

// Conflicting takes row i of the batch in hand and looks for a row that has its
// key in an arbiter: the primary key, or the indexes marked, by position in
// Target.Indexes. The storage key found is appended to dst. Keys that are free are
// locked.
func (w *Writer) Conflicting(ctx context.Context, i int, dst []byte, primary bool, indexes []bool) (rowKey []byte, taken bool, err error) {
	if err := w.propose(ctx, i); err != nil {
		return dst, false, err
	}
	if primary && !w.t.Codec.HasRowID() {
		taken, err := w.claim(ctx, w.key)
		if err != nil || taken {
			return append(dst, w.key...), taken, err
		}
	}
	for k, x := range w.indexes {
		if !indexes[k] {
			continue
		}
		taken, err := x.conflicts(ctx, &w.change)
		if err != nil {
			return dst, false, err
		}
		if taken {
			dst, err = x.x.Codec.RowKey(dst, x.entry.key, w.lockBuf)
			return dst, true, err
		}
	}
	return dst, false, nil
}

// InsertProposed writes the row that Conflicting took. claimed: the primary key
// was an arbiter, and is locked.
func (w *Writer) InsertProposed(ctx context.Context, claimed bool) error {
	if !w.t.Codec.HasRowID() && !claimed {
		if err := w.claimPrimary(ctx); err != nil {
			return err
		}
	}
	// The key is absent: there is no version to keep. (One that the transaction
	// itself deleted before is remembered by its write set.)
	if err := w.put(txn.PutOptions{}); err != nil {
		return err
	}
	return w.written(ctx)
}

// Key is the storage key of the row written last; valid until the next.
func (w *Writer) Key() []byte { return w.key }

// Update replaces the rows olds, stored under keys (a vector of bytes), by news.
func (w *Writer) Update(ctx context.Context, olds, news *chunk.Chunk, keys *chunk.Vec) error {
	if err := w.before(ctx, olds, news); err != nil {
		return err
	}
	for i := range news.Rows {
		if err := w.update(ctx, i, keys.Raw(i)); err != nil {
			return err
		}
	}
	return nil
}

func (w *Writer) update(ctx context.Context, i int, storageKey []byte) error {
	c := &w.change
	c.I, c.OldKey = i, storageKey
	c.NewRow = w.t.slots(c.NewRow, w.batch.New, i)
	w.key = append(w.key[:0], storageKey...)
	c.NewKey = w.key
	if w.keyMoves {
		if err := w.moveKey(ctx, storageKey); err != nil {
			return err
		}
	}
	if err := w.put(w.t.putOptions()); err != nil {
		return err
	}
	if len(w.maintainers) == 0 {
		return nil
	}
	c.OldRow = w.t.slots(c.OldRow, w.batch.Old, i)
	return w.written(ctx)
}

// moveKey makes the new storage key of a row and removes it from the old one
// where they differ.
func (w *Writer) moveKey(ctx context.Context, storageKey []byte) error {
	if err := w.setKey(ctx, 1); err != nil || bytes.Equal(w.key, storageKey) {
		return err
	}
	if err := w.claimPrimary(ctx); err != nil {
		return err
	}
	if f, ok := w.env.Txn.(txn.Follower); ok {
		f.Moved(storageKey, w.key)
	}
	return TxnError(w.env.Txn.Delete(storageKey, w.t.putOptions()), "")
}

// Delete removes the rows olds, stored under keys (a vector of bytes).
func (w *Writer) Delete(ctx context.Context, olds *chunk.Chunk, keys *chunk.Vec) error {
	if err := w.before(ctx, olds, nil); err != nil {
		return err
	}
	o := w.t.putOptions()
	c := &w.change
	for i := range olds.Rows {
		c.I, c.OldKey = i, keys.Raw(i)
		if err := w.env.Txn.Delete(c.OldKey, o); err != nil {
			return TxnError(err, "")
		}
		if len(w.maintainers) == 0 {
			continue
		}
		c.OldRow = w.t.slots(c.OldRow, olds, i)
		if err := w.written(ctx); err != nil {
			return err
		}
	}
	return nil
}

// setKey makes the storage key of the new row: a new row id where the table has
// no primary key; then rowsLeft is how many ids may be needed.
func (w *Writer) setKey(ctx context.Context, rowsLeft int) error {
	var err error
	if !w.t.Codec.HasRowID() {
		w.key, err = w.t.Codec.AppendKey(w.key[:0], w.change.NewRow)
		w.change.NewKey = w.key
		return err
	}
	if w.nextID == w.lastID {
		if w.env.RowIDs == nil {
			return pgerr.New(pgerr.InternalError, "no source of row ids")
		}
		n := max(rowsLeft, 1)
		id, err := w.env.RowIDs.RowIDs(ctx, n)
		if err != nil {
			return err
		}
		w.nextID, w.lastID = id, id+uint64(n)
	}
	w.key = w.t.Codec.AppendRowIDKey(w.key[:0], w.nextID)
	w.change.NewKey = w.key
	w.nextID++
	return nil
}

// put writes the new row under its storage key.
func (w *Writer) put(o txn.PutOptions) error {
	var err error
	if w.val, err = w.t.Codec.AppendValue(w.val[:0], w.change.NewRow); err != nil {
		return err
	}
	return TxnError(w.env.Txn.Put(w.key, w.val, o), "")
}

// claimPrimary locks the new storage key; 23505 where it is taken.
func (w *Writer) claimPrimary(ctx context.Context) error {
	taken, err := w.claim(ctx, w.key)
	if err != nil || !taken {
		return err
	}
	return w.duplicate(w.t.Desc.PrimaryIndex(), nil)
}

// claim locks a key that is to be created; true where it exists, its value then
// stands in lockBuf.
func (w *Writer) claim(ctx context.Context, key []byte) (bool, error) {
	rec, out, err := w.env.Txn.LockRow(ctx, w.lockBuf[:0], key, txn.LockOptions{Mode: txn.ForUpdate, Insert: true})
	if err != nil {
		return false, TxnError(err, w.t.Desc.Name)
	}
	if out == txn.Same || out == txn.Changed {
		w.lockBuf = rec.Value
		return true, nil
	}
	return false, nil
}

func (w *Writer) duplicate(ix *catalog.Index, values []types.Datum) error {
	return w.env.duplicate(w.t.Desc, ix, w.change.NewRow, values)
}
