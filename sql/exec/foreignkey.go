package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/chunk"
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
func (fk *ForeignKey) refers(run *Run, dst []byte, values []Datum) ([]byte, error) {
	dst = append(dst, fk.refIndex.Prefix()...)
	for i, j := range fk.at {
		d := values[j]
		from := fk.Table.Desc().ColumnByNum(fk.Key.Columns[j]).Type
		to := fk.refIndex.KeyType(i)
		if from.Underlying().Kind != to.Kind {
			var err error
			if d, err = types.CastTo(d, from, to, -1, false, run.Eval.IO()); err != nil {
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
func (fk *ForeignKey) present(ctx context.Context, run *Run, key []byte) (bool, error) {
	rowKey := key
	if !fk.refIndex.IsPrimary() {
		rec, ok, err := run.Txn.GetNewest(nil, key)
		if err != nil || !ok {
			return false, wrapTxn(err, "")
		}
		if rowKey, err = fk.refIndex.RowKey(nil, key, rec.Value); err != nil {
			return false, err
		}
	}
	_, out, err := run.Txn.LockRow(ctx, nil, rowKey, txn.LockOptions{Mode: txn.ForKeyShare, Insert: true})
	if err != nil {
		return false, wrapTxn(err, fk.Ref.Desc().Name)
	}
	if out != txn.Same && out != txn.Changed {
		return false, nil
	}
	if fk.refIndex.IsPrimary() {
		return true, nil
	}
	_, ok, err := run.Txn.GetNewest(nil, key) // the key may have changed while we waited
	return ok, wrapTxn(err, "")
}

// outgoingKey gathers the distinct values that written rows refer to, to be
// verified at the end of the statement (or of the transaction).
type outgoingKey struct {
	fk     *ForeignKey
	at     []int // positions in row chunks
	table  *keyTable
	values chunk.Chunk
	vecs   []*chunk.Vec
	ids    []int32
}

func newOutgoing(fks []*ForeignKey, t *Target) []*outgoingKey {
	var out []*outgoingKey
	for _, fk := range fks {
		k := &outgoingKey{fk: fk, table: newKeyTable(columnTypes(t.Desc, fk.Key.Columns), true)}
		var kinds Kinds
		for _, a := range fk.Key.Columns {
			at := t.Position(a)
			k.at = append(k.at, at)
			kinds = append(kinds, t.Kinds[at])
		}
		k.values.Cols = newCols(kinds)
		out = append(out, k)
	}
	return out
}

func (k *outgoingKey) open() {
	k.table.reset()
	k.values.Reset()
}

// note takes the rows of a row chunk.
func (k *outgoingKey) note(run *Run, rows *chunk.Chunk) error {
	k.vecs = k.vecs[:0]
	for _, at := range k.at {
		k.vecs = append(k.vecs, &rows.Cols[at])
	}
	k.ids = growSlice(k.ids[:0], rows.Rows)
	next := int32(k.table.len())
	if err := k.table.lookup(k.vecs, rows.Rows, k.ids, true); err != nil {
		return err
	}
	for i, id := range k.ids {
		if id != next {
			continue
		}
		next++
		for j, v := range k.vecs {
			appendRange(&k.values.Cols[j], v, i, i+1)
		}
		k.values.Rows++
	}
	return nil
}

// check verifies what was noted, or defers it to commit.
func (k *outgoingKey) check(ctx context.Context, run *Run) error {
	if k.values.Rows == 0 {
		return nil
	}
	var rows [][]Datum
	rows = appendDatumRows(rows, &k.values)
	fk := k.fk
	if run.Deferral != nil && fk.Key.Deferrable && run.Deferral.Deferred(*fk.Key) {
		run.Deferral.Defer(*fk.Key, func(ctx context.Context, run *Run) error { return fk.verify(ctx, run, rows, true) })
		return nil
	}
	return fk.verify(ctx, run, rows, false)
}

// verify checks that each of the values is present. recheck: rows that held them
// may be gone by now; a value is then wrong only where a row still holds it.
func (fk *ForeignKey) verify(ctx context.Context, run *Run, rows [][]Datum, recheck bool) error {
	var key []byte
	for _, values := range rows {
		nulls := 0
		for _, v := range values {
			if v.IsNull() {
				nulls++
			}
		}
		if nulls > 0 {
			if fk.Key.MatchFull && nulls < len(values) {
				return fk.violation(run).WithDetail("MATCH FULL does not allow mixing of null and nonnull key values.")
			}
			continue
		}
		var err error
		if key, err = fk.refers(run, key[:0], values); err != nil {
			return err
		}
		ok, err := fk.present(ctx, run, key)
		if err != nil {
			return err
		}
		if ok {
			continue
		}
		if recheck {
			held, err := fk.referring(ctx, run, values, 1)
			if err != nil {
				return err
			}
			if held.Rows == 0 {
				continue
			}
		}
		desc := fk.Table.Desc()
		return fk.violation(run).WithDetailf("Key %s is not present in table \"%s\".",
			run.keyText(desc, columnNames(desc, fk.Key.Columns), columnTypes(desc, fk.Key.Columns), values), fk.Ref.Desc().Name)
	}
	return nil
}

func (fk *ForeignKey) violation(run *Run) *pgerr.Error {
	t := fk.Table.Desc()
	return pgerr.Newf(pgerr.ForeignKeyViolation, "insert or update on table \"%s\" violates foreign key constraint \"%s\"", t.Name, fk.Key.Name).
		WithTable(run.schemaName(t), t.Name).WithConstraint(fk.Key.Name)
}
