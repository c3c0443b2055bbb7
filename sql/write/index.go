package write

import (
	"bytes"
	"context"
	"slices"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// indexMaintainer keeps the entries of a secondary index, and its keys unique.
type indexMaintainer struct {
	nothing
	w        *Writer
	x        *TargetIndex
	old, new indexSide
	entry    indexEntry // of the new row
	was      indexEntry // of the old one
	row, now []byte     // storage keys of the row that has a key
}

// indexEntry is an entry as it is stored.
type indexEntry struct{ key, val []byte }

func newIndexMaintainer(w *Writer, x *TargetIndex) *indexMaintainer {
	m := &indexMaintainer{w: w, x: x}
	if w.op != Insert {
		m.old = newIndexSide(x)
	}
	if w.op != Delete {
		m.new = newIndexSide(x)
	}
	return m
}

func (m *indexMaintainer) Open(*Env) {
	m.old.reset()
	m.new.reset()
}

func (m *indexMaintainer) Before(_ context.Context, b *Batch) error {
	if b.Old != nil {
		if err := m.old.load(m.w.env, m.x, b.Old); err != nil {
			return err
		}
	}
	if b.New != nil {
		return m.new.load(m.w.env, m.x, b.New)
	}
	return nil
}

func (m *indexMaintainer) Row(ctx context.Context, c *Change) error {
	switch c.Op {
	case Insert:
		if !m.new.holds(c.I) {
			return nil
		}
		return m.insert(ctx, c)
	case Delete:
		if !m.old.holds(c.I) {
			return nil
		}
		if err := m.was.make(m.x, m.old.valuesOf(c.I), c.OldRow, c.OldKey); err != nil {
			return err
		}
		return m.remove()
	}
	return m.move(ctx, c)
}

// move replaces the entry of a row by that of its new version.
func (m *indexMaintainer) move(ctx context.Context, c *Change) error {
	had, has := m.old.holds(c.I), m.new.holds(c.I)
	if had {
		if err := m.was.make(m.x, m.old.valuesOf(c.I), c.OldRow, c.OldKey); err != nil {
			return err
		}
	}
	if !has {
		if !had {
			return nil
		}
		return m.remove()
	}
	if err := m.entry.make(m.x, m.new.valuesOf(c.I), c.NewRow, c.NewKey); err != nil {
		return err
	}
	if had && bytes.Equal(m.was.key, m.entry.key) {
		if bytes.Equal(m.was.val, m.entry.val) {
			return nil
		}
		return TxnError(m.w.env.Txn.Put(m.entry.key, m.entry.val, m.w.t.putOptions()), "")
	}
	if had {
		if err := m.remove(); err != nil {
			return err
		}
	}
	return m.put(ctx, m.new.values)
}

func (m *indexMaintainer) insert(ctx context.Context, c *Change) error {
	values := m.new.valuesOf(c.I)
	if err := m.entry.make(m.x, values, c.NewRow, c.NewKey); err != nil {
		return err
	}
	return m.put(ctx, values)
}

// put writes the new row's entry; 23505 where a unique key is taken.
func (m *indexMaintainer) put(ctx context.Context, values []types.Datum) error {
	if m.x.Codec.UniqueKey(values) {
		taken, err := m.claim(ctx)
		if err != nil {
			return err
		}
		if taken {
			return m.w.duplicate(m.x.Codec.Desc(), values)
		}
	}
	return TxnError(m.w.env.Txn.Put(m.entry.key, m.entry.val, txn.PutOptions{}), "")
}

func (m *indexMaintainer) remove() error {
	return TxnError(m.w.env.Txn.Delete(m.was.key, m.w.t.putOptions()), "")
}

// conflicts tells whether the key of a row to insert is taken in a unique index;
// it is locked otherwise.
func (m *indexMaintainer) conflicts(ctx context.Context, c *Change) (bool, error) {
	if !m.new.holds(c.I) {
		return false, nil
	}
	values := m.new.valuesOf(c.I)
	if !m.x.Codec.UniqueKey(values) {
		return false, nil
	}
	if err := m.entry.make(m.x, values, c.NewRow, c.NewKey); err != nil {
		return false, err
	}
	return m.claim(ctx)
}

// claim locks the new entry's key; true where a row has it, whose entry's value
// then stands in lockBuf. An entry counts when nobody is about to take it from its
// row: who deletes that or changes its key is waited for, without a lock on the
// entry, which they may want to make anew.
func (m *indexMaintainer) claim(ctx context.Context) (bool, error) {
	tx := m.w.env.Txn
	marker, _ := tx.(txn.LockMarker)
	if marker != nil {
		marker.MarkLocks()
	}
	for {
		taken, err := m.w.claim(ctx, m.entry.key)
		if err != nil || !taken {
			return false, err
		}
		if m.row, err = m.x.Codec.RowKey(m.row[:0], m.entry.key, m.w.lockBuf); err != nil {
			return false, err
		}
		o := txn.LockOptions{Mode: txn.ForKeyShare, Wait: txn.SkipLocked, Insert: true}
		_, out, err := tx.LockRow(ctx, nil, m.row, o)
		if err == nil && out == txn.Skipped {
			if marker != nil {
				marker.ReleaseLocks()
			}
			o.Wait = txn.Block
			if _, _, err = tx.LockRow(ctx, nil, m.row, o); err == nil {
				continue
			}
		}
		if err != nil {
			return false, TxnError(err, m.w.t.Desc.Name)
		}
		rec, ok, err := tx.GetNewest(m.w.lockBuf[:0], m.entry.key)
		if err != nil || !ok {
			return false, TxnError(err, m.w.t.Desc.Name)
		}
		m.w.lockBuf = rec.Value
		if m.now, err = m.x.Codec.RowKey(m.now[:0], m.entry.key, m.w.lockBuf); err != nil || bytes.Equal(m.row, m.now) {
			return err == nil, err
		}
	}
}

func (e *indexEntry) make(x *TargetIndex, values, row []types.Datum, storageKey []byte) error {
	var err error
	e.key, e.val, err = x.Codec.AppendEntry(e.key[:0], e.val[:0], values, row, storageKey)
	return err
}

// indexSide is the key values and the predicate of an index over the old or the
// new rows of a batch.
type indexSide struct {
	keys   []expr.State
	where  expr.State
	vecs   []*chunk.Vec
	in     []bool // rows that the predicate takes
	sel    []int32
	values []types.Datum
}

func newIndexSide(x *TargetIndex) indexSide {
	s := indexSide{where: x.Where.NewState(), values: make([]types.Datum, len(x.Keys)), vecs: make([]*chunk.Vec, len(x.Keys))}
	for _, k := range x.Keys {
		s.keys = append(s.keys, k.NewState())
	}
	return s
}

func (s *indexSide) reset() {
	for i := range s.keys {
		s.keys[i].Reset()
	}
	s.where.Reset()
}

// load evaluates the keys and the predicate over a row chunk.
func (s *indexSide) load(env *Env, x *TargetIndex, rows *chunk.Chunk) error {
	for i := range s.keys {
		if x.Keys[i] == nil {
			s.vecs[i] = &rows.Cols[x.At[i]]
			continue
		}
		v, err := s.keys[i].Vec(env.Eval, rows)
		if err != nil {
			return err
		}
		s.vecs[i] = v
	}
	if !s.where.Present() {
		return nil
	}
	s.in = slices.Grow(s.in[:0], rows.Rows)[:rows.Rows]
	clear(s.in)
	var err error
	s.sel, err = s.where.Truths(env.Eval, rows, s.sel[:0])
	for _, i := range s.sel {
		s.in[i] = true
	}
	return err
}

// holds tells whether row i has an entry.
func (s *indexSide) holds(i int) bool { return !s.where.Present() || s.in[i] }

// valuesOf gives the key values of row i, valid until the next call.
func (s *indexSide) valuesOf(i int) []types.Datum {
	for j, v := range s.vecs {
		s.values[j] = v.Datum(i)
	}
	return s.values
}
