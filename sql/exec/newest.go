package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// newestRow is a row locked in its newest version.
type newestRow struct {
	key   []byte // storage key: not the one asked for where the row moved
	value []byte
	next  []byte // scratch
}

// lock locks the row under key, which may be n.key. Where a transaction that was
// waited for moved the row to another key, it is locked there; the outcome is
// Changed then. key and value are valid until the next call.
func (n *newestRow) lock(ctx context.Context, run *Run, key []byte, o txn.LockOptions) (txn.LockOutcome, error) {
	n.key = append(n.key[:0], key...)
	since := txn.Timestamp(0)
	for {
		rec, out, err := run.Txn.LockRow(ctx, n.value[:0], n.key, o)
		if err != nil {
			return 0, err
		}
		n.value = rec.Value
		moved := since > 0
		if out == txn.Changed || out == txn.Gone || moved && out == txn.Absent {
			if f, ok := run.Txn.(txn.Follower); ok {
				var ts txn.Timestamp
				if n.next, ts, err = f.WentTo(n.next[:0], n.key, since); err != nil {
					return 0, err
				}
				if ts > 0 {
					n.key, n.next, since = n.next, n.key, ts
					continue
				}
			}
		}
		if moved && out == txn.Same {
			out = txn.Changed
		}
		return out, nil
	}
}

// rowIdentity are the columns of a table's unique indexes: what a foreign key may
// refer to, and FOR KEY SHARE protects.
type rowIdentity struct {
	decoder  *rowcodec.Decoder
	types    []*types.T
	old, now chunk.Chunk
	value    []byte
	arena    rowcodec.Arena
}

func newRowIdentity(t *rowcodec.Table) *rowIdentity {
	var attnums []int16
	k := &rowIdentity{}
	var kinds Kinds
	seen := map[int16]bool{}
	for _, ix := range t.Desc().Indexes {
		if !ix.Unique || ix.Where != "" {
			continue
		}
		for _, c := range ix.Keys {
			if c.Attnum != 0 && !seen[c.Attnum] {
				seen[c.Attnum] = true
				typ := t.Desc().ColumnByNum(c.Attnum).Type
				attnums, k.types, kinds = append(attnums, c.Attnum), append(k.types, typ), append(kinds, typ.Kind)
			}
		}
	}
	k.decoder = t.NewDecoder(attnums)
	k.old.Cols, k.now.Cols = newCols(kinds), newCols(kinds)
	return k
}

// same tells whether the row that the statement's snapshot shows under key has
// the key columns of its newest version.
func (k *rowIdentity) same(run *Run, key []byte, newest []byte) (bool, error) {
	rec, ok, err := run.Txn.Get(k.value[:0], key)
	if err != nil || !ok {
		return false, err
	}
	k.value = rec.Value
	k.old.Reset()
	k.now.Reset()
	if err := k.decoder.Decode(k.old.Cols, key, rec.Value, &k.arena); err != nil {
		return false, err
	}
	if err := k.decoder.Decode(k.now.Cols, key, newest, &k.arena); err != nil {
		return false, err
	}
	for j, t := range k.types {
		a, b := k.old.Cols[j].Datum(0), k.now.Cols[j].Datum(0)
		if a.IsNull() != b.IsNull() || !a.IsNull() && types.Compare(t, a, b) != 0 {
			return false, nil
		}
	}
	return true, nil
}
