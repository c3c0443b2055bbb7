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

// referringRowsMax bounds the rows that an action changes at a time.
const referringRowsMax = 1024

// foundRows are rows of the referring table with their storage keys.
type foundRows struct {
	chunk.Chunk
	keys chunk.Vec
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

// eachReferring locks the rows that hold values (of Key.Columns) and calls change
// with their newest versions, some at a time, so that what many rows refer to needs
// no memory for all. change makes them refer to something else, or goes without
// effect: a row may come twice.
func (fk *ForeignKey) eachReferring(ctx context.Context, env *Env, t *Target, values []types.Datum, mode txn.RowMode, change func(*foundRows) error) error {
	s := fk.search(env, t, values)
	s.change, s.mode = change, mode
	if err := s.run(ctx); err != nil {
		return err
	}
	return s.flush()
}

// referringSearch collects referring rows.
type referringSearch struct {
	fk     *ForeignKey
	t      *Target
	env    *Env
	values []types.Datum
	one    bool                   // one row is enough
	change func(*foundRows) error // takes the rows, locked with mode; nil: they are only looked for
	mode   txn.RowMode

	x     *rowcodec.Index // nil: the rows themselves are searched
	out   foundRows
	row   chunk.Chunk
	value []byte
	arena rowcodec.Arena
}

func (fk *ForeignKey) search(env *Env, t *Target, values []types.Datum) *referringSearch {
	return &referringSearch{fk: fk, t: t, env: env, values: values, row: t.NewRows(),
		out: foundRows{Chunk: t.NewRows(), keys: chunk.Vec{Kind: types.KindBytes}}}
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
	// The snapshot is an old one: look at rows committed since, too. Those that both
	// show must be changed before they are met again.
	if err := s.flush(); err != nil {
		return err
	}
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

// take adds the newest version of the row at key where it matches; locked where it
// is to be changed.
func (s *referringSearch) take(ctx context.Context, key []byte) error {
	rec, ok, err := s.env.Txn.GetNewest(s.value[:0], key)
	if err != nil || !ok {
		return TxnError(err, "")
	}
	s.value = rec.Value
	if ok, err := s.matches(key); err != nil || !ok {
		return err
	}
	if s.change != nil {
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
	s.out.AppendFrom(&s.row, firstRow)
	s.out.keys.Append(types.MakeBytes(bytes.Clone(key)))
	if s.change != nil && s.out.Rows == referringRowsMax {
		return s.flush()
	}
	return nil
}

// flush has the rows found changed. (The iterators that are open go on as before.)
func (s *referringSearch) flush() error {
	if s.change == nil || s.out.Rows == 0 {
		return nil
	}
	err := s.change(&s.out)
	s.out.Reset()
	s.out.keys.Init(types.KindBytes)
	return err
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
