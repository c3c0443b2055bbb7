package write

import (
	"bytes"
	"context"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// foundRows are rows of the referring table with their storage keys.
type foundRows struct {
	chunk.Chunk
	keys   chunk.Vec
	memory holding
}

// referringValues turns referred values (in the order of Key.RefColumns) into
// those of the referring columns; false where these cannot hold them, so that no
// row refers to them.
func (fk *ForeignKey) referringValues(env *Env, values []types.Datum) ([]types.Datum, bool) {
	out := make([]types.Datum, len(values))
	for i, v := range values {
		to := fk.Table.Desc().ColumnByNum(fk.Key.Columns[i]).Type
		from := fk.Ref.Desc().ColumnByNum(fk.Key.RefColumns[i]).Type
		out[i] = v
		if from.Underlying().Kind != to.Underlying().Kind {
			d, err := types.CastTo(v, from, to, -1, false, env.Eval.IO())
			if err != nil {
				return nil, false
			}
			out[i] = d
		}
	}
	return out, true
}

// held tells whether the newest version of some row holds values (of
// Key.Columns).
func (fk *ForeignKey) held(ctx context.Context, env *Env, values []types.Datum) (bool, error) {
	s := fk.search(env, NewTarget(fk.Table), values)
	s.one = true
	err := s.run(ctx)
	return s.out.Rows > 0, err
}

// lockReferring locks the rows that hold values (of Key.Columns) and gives their
// newest versions.
func (fk *ForeignKey) lockReferring(ctx context.Context, env *Env, t *Target, values []types.Datum, mode txn.RowMode) (*foundRows, error) {
	s := fk.search(env, t, values)
	s.lock, s.mode = true, mode
	err := s.run(ctx)
	return &s.out, err
}

// referringSearch collects referring rows.
type referringSearch struct {
	fk     *ForeignKey
	t      *Target
	env    *Env
	values []types.Datum
	one    bool // one row is enough
	lock   bool
	mode   txn.RowMode

	x     *rowcodec.Index // nil: the rows themselves are searched
	out   foundRows
	row   chunk.Chunk
	value []byte
	arena rowcodec.Arena
	seen  map[string]struct{}
}

func (fk *ForeignKey) search(env *Env, t *Target, values []types.Datum) *referringSearch {
	return &referringSearch{fk: fk, t: t, env: env, values: values, row: t.NewRows(),
		out: foundRows{Chunk: t.NewRows(), keys: chunk.Vec{Kind: types.KindBytes}, memory: holding{env: env}}}
}

func (s *referringSearch) run(ctx context.Context) error {
	lo, err := s.start()
	if err != nil {
		return err
	}
	if err := s.scan(ctx, s.env.Txn, lo); err != nil {
		return err
	}
	if s.env.Store == nil || s.env.Txn.Options().Isolation == txn.ReadCommitted || s.enough() {
		return nil
	}
	// The snapshot is an old one: look at rows committed since, too.
	latest, err := s.env.Store.Begin(txn.Options{Latest: true, ReadOnly: true})
	if err != nil {
		return TxnError(err, "")
	}
	defer latest.Rollback()
	return s.scan(ctx, latest, lo)
}

func (s *referringSearch) enough() bool { return s.one && s.out.Rows > 0 }

// start is the key prefix to search: the longest prefix of an index of the
// referring table that the columns make, else all rows.
func (s *referringSearch) start() (lo []byte, err error) {
	t, columns := s.fk.Table.Desc(), s.fk.Key.Columns
	best, bestLen := (*catalog.Index)(nil), 0
	for _, ix := range t.Indexes {
		if ix.Where != "" {
			continue
		}
		n := 0
		for n < len(ix.Keys) && position(columns, ix.Keys[n].Attnum) >= 0 {
			n++
		}
		if n > bestLen {
			best, bestLen = ix, n
		}
	}
	if best == nil {
		return s.fk.Table.Prefix(), nil
	}
	x := s.fk.Table.NewIndex(best)
	lo = append(lo, x.Prefix()...)
	for i := range bestLen {
		if lo, err = x.AppendKeyColumn(lo, i, s.values[position(columns, best.Keys[i].Attnum)]); err != nil {
			return nil, err
		}
	}
	if !x.IsPrimary() {
		s.x = x
	}
	return lo, nil
}

func position(list []int16, a int16) int {
	for i, x := range list {
		if x == a {
			return i
		}
	}
	return -1
}

func (s *referringSearch) scan(ctx context.Context, tx txn.Txn, lo []byte) error {
	hint := 0
	if s.one {
		hint = 1
	}
	it, err := tx.Scan(lo, keys.PrefixEnd(nil, lo), txn.ScanOptions{LimitHint: hint})
	if err != nil {
		return TxnError(err, "")
	}
	defer it.Close()
	for !s.enough() && it.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		key := it.Key()
		if s.x != nil {
			if key, err = s.x.RowKey(nil, key, it.Record().Value); err != nil {
				return err
			}
		}
		if err := s.take(ctx, key); err != nil {
			return err
		}
	}
	return TxnError(it.Err(), "")
}

// take adds the newest version of the row at key where it matches; locked where
// the search locks.
func (s *referringSearch) take(ctx context.Context, key []byte) error {
	if _, again := s.seen[string(key)]; again {
		return nil
	}
	rec, ok, err := s.env.Txn.GetNewest(s.value[:0], key)
	if err != nil || !ok {
		return TxnError(err, "")
	}
	s.value = rec.Value
	if ok, err := s.matches(key); err != nil || !ok {
		return err
	}
	if s.lock {
		rec, out, err := s.env.Txn.LockRow(ctx, s.value[:0], key, txn.LockOptions{Mode: s.mode})
		if err != nil {
			return TxnError(err, s.t.Desc.Name)
		}
		if out != txn.Same && out != txn.Changed {
			return nil
		}
		s.value = rec.Value
		if ok, err := s.matches(key); err != nil || !ok {
			return err // it changed while we waited
		}
	}
	if !s.one {
		n := int64(2*len(key)+len(s.value)) + valuesBytes(len(s.t.Live))
		if err := s.out.memory.take(n); err != nil {
			return err
		}
	}
	if s.seen == nil {
		s.seen = map[string]struct{}{}
	}
	s.seen[string(key)] = struct{}{}
	s.out.AppendFrom(&s.row, firstRow)
	s.out.keys.Append(types.MakeBytes(bytes.Clone(key)))
	return nil
}

var firstRow = []int32{0}

// matches decodes the row in value and tells whether it holds the values.
func (s *referringSearch) matches(key []byte) (bool, error) {
	s.row.Reset()
	if err := s.t.Decode(&s.row, key, s.value, &s.arena); err != nil {
		return false, err
	}
	for i, a := range s.fk.Key.Columns {
		d := s.row.Cols[s.t.Position(a)].Datum(0)
		if d.IsNull() || types.Compare(s.t.Desc.ColumnByNum(a).Type, d, s.values[i]) != 0 {
			return false, nil
		}
	}
	return true, nil
}
