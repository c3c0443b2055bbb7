package write

import (
	"context"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// ForeignKey is a foreign key with what is needed to verify it from either side.
// Immutable.
type ForeignKey struct {
	Key *catalog.ForeignKey
	// Table refers to Ref.
	Table, Ref *rowcodec.Table
	// refIndex is the unique index of Ref on the referred columns; at[i] is the
	// place in Key.Columns of its key column i.
	refIndex *rowcodec.Index
	at       []int
}

// NewForeignKey prepares a foreign key.
func NewForeignKey(key *catalog.ForeignKey, table, ref *rowcodec.Table) (*ForeignKey, error) {
	fk := &ForeignKey{Key: key, Table: table, Ref: ref}
	for _, ix := range ref.Desc().Indexes {
		if !ix.Unique || ix.Where != "" || len(ix.Keys) != len(key.RefColumns) {
			continue
		}
		at := make([]int, len(ix.Keys))
		ok := true
		for i, k := range ix.Keys {
			at[i] = -1
			for j, c := range key.RefColumns {
				if c == k.Attnum {
					at[i] = j
				}
			}
			ok = ok && at[i] >= 0
		}
		if ok {
			fk.refIndex, fk.at = ref.NewIndex(ix), at
			return fk, nil
		}
	}
	return nil, pgerr.Newf(pgerr.InvalidForeignKey, "there is no unique constraint matching given keys for referenced table \"%s\"", ref.Desc().Name)
}

func columnNames(t *catalog.Table, attnums []int16) []string {
	var out []string
	for _, a := range attnums {
		out = append(out, t.ColumnByNum(a).Name)
	}
	return out
}

func columnTypes(t *catalog.Table, attnums []int16) []*types.T {
	var out []*types.T
	for _, a := range attnums {
		out = append(out, t.ColumnByNum(a).Type)
	}
	return out
}

// refers appends the key in refIndex that values (in the order of Key.Columns)
// refer to.
func (fk *ForeignKey) refers(env *Env, dst []byte, values []types.Datum) ([]byte, error) {
	dst = append(dst, fk.refIndex.Prefix()...)
	for i, j := range fk.at {
		d := values[j]
		from := fk.Table.Desc().ColumnByNum(fk.Key.Columns[j]).Type
		to := fk.refIndex.KeyType(i)
		if from.Underlying().Kind != to.Kind {
			var err error
			if d, err = types.CastTo(d, from, to, -1, false, env.Eval.IO()); err != nil {
				return dst, err
			}
		}
		var err error
		if dst, err = fk.refIndex.AppendKeyColumn(dst, i, d); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// present locks the referred row for key share and tells whether it is there.
func (fk *ForeignKey) present(ctx context.Context, env *Env, key []byte) (bool, error) {
	rowKey := key
	if !fk.refIndex.IsPrimary() {
		rec, ok, err := env.Txn.GetNewest(nil, key)
		if err != nil || !ok {
			return false, TxnError(err, "")
		}
		if rowKey, err = fk.refIndex.RowKey(nil, key, rec.Value); err != nil {
			return false, err
		}
	}
	out, err := lockReferred(ctx, env, rowKey)
	if err != nil {
		return false, TxnError(err, fk.Ref.Desc().Name)
	}
	if out != txn.Same && out != txn.Changed {
		return false, nil
	}
	if fk.refIndex.IsPrimary() {
		return true, nil
	}
	_, ok, err := env.Txn.GetNewest(nil, key) // the key may have changed while we waited
	return ok, TxnError(err, "")
}

// lockReferred locks a referred row by its key. From REPEATABLE READ on the
// snapshot must show the row: one that was deleted since is a serialization
// failure, one that came since is not there.
func lockReferred(ctx context.Context, env *Env, rowKey []byte) (txn.LockOutcome, error) {
	o := txn.LockOptions{Mode: txn.ForKeyShare, Wait: txn.SkipLocked, Insert: true}
	_, out, err := env.Txn.LockRow(ctx, nil, rowKey, o)
	if err == nil && out == txn.Skipped {
		// Somebody inserts, changes or deletes it. What is being inserted is not there.
		if _, ok, err := env.Txn.GetNewest(nil, rowKey); err != nil || !ok {
			return txn.Absent, err
		}
		o.Wait = txn.Block
		_, out, err = env.Txn.LockRow(ctx, nil, rowKey, o)
	}
	if err != nil || env.Txn.Options().Isolation == txn.ReadCommitted {
		return out, err
	}
	switch out {
	case txn.Gone:
		return out, txn.ErrSerialization
	case txn.Changed:
		if _, ok, err := env.Txn.Get(nil, rowKey); err != nil || !ok {
			return txn.Absent, err
		}
	}
	return out, nil
}

// columnsIn tells whether set marks one of the referring columns of t.
func (fk *ForeignKey) columnsIn(t *Target, set []bool) bool { return anyIn(t, fk.Key.Columns, set) }

// refColumnsIn tells whether set marks one of the referred columns of t.
func (fk *ForeignKey) refColumnsIn(t *Target, set []bool) bool {
	return anyIn(t, fk.Key.RefColumns, set)
}

func anyIn(t *Target, attnums []int16, set []bool) bool {
	for _, a := range attnums {
		if at := t.Position(a); at >= 0 && set[at] {
			return true
		}
	}
	return false
}
