package write

import (
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// IndexBuild writes the entries of a new index for the rows there are. REQUIRES
// of its user: a lock that keeps writers off the table, and rows read in their
// newest versions.
type IndexBuild struct {
	env   *Env
	index *rowcodec.Index
	entry indexEntry
}

// NewIndexBuild begins to build index.
func NewIndexBuild(env *Env, index *rowcodec.Index) *IndexBuild {
	return &IndexBuild{env: env, index: index}
}

// Add writes the entry of a row: keys are the index's key values, row the datums
// by attnum-1, storageKey where the row stands. A key that is not unique is
// SQLSTATE 23505.
func (b *IndexBuild) Add(keys, row []types.Datum, storageKey []byte) error {
	var err error
	b.entry.key, b.entry.val, err = b.index.AppendEntry(b.entry.key[:0], b.entry.val[:0], keys, row, storageKey)
	if err != nil {
		return err
	}
	if b.index.UniqueKey(keys) {
		_, taken, err := b.env.Txn.GetNewest(nil, b.entry.key)
		if err != nil {
			return TxnError(err, "")
		}
		if taken {
			return b.env.notUnique(b.index.Table().Desc(), b.index.Desc(), keys)
		}
	}
	return TxnError(b.env.Txn.Put(b.entry.key, b.entry.val, txn.PutOptions{}), "")
}

// Rewrite writes the rows of a table to new storage that nobody else sees yet.
type Rewrite struct {
	env      *Env
	t        *rowcodec.Table
	key, val []byte
}

// NewRewrite begins to fill the storage of t.
func NewRewrite(env *Env, t *rowcodec.Table) *Rewrite { return &Rewrite{env: env, t: t} }

// Add writes a row, by attnum-1. A primary key that is not unique is SQLSTATE
// 23505.
func (r *Rewrite) Add(row []types.Datum) error {
	var err error
	if r.t.HasRowID() {
		id, err := r.env.RowIDs.RowIDs(r.env.Eval.Context, 1)
		if err != nil {
			return err
		}
		r.key = r.t.AppendRowIDKey(r.key[:0], id)
	} else {
		if r.key, err = r.t.AppendKey(r.key[:0], row); err != nil {
			return err
		}
		_, taken, err := r.env.Txn.GetNewest(nil, r.key)
		if err != nil {
			return TxnError(err, "")
		}
		if taken {
			ix := r.t.Desc().PrimaryIndex()
			var keys []types.Datum
			for _, k := range ix.Keys {
				keys = append(keys, row[k.Attnum-1])
			}
			return r.env.notUnique(r.t.Desc(), ix, keys)
		}
	}
	if r.val, err = r.t.AppendValue(r.val[:0], row); err != nil {
		return err
	}
	return TxnError(r.env.Txn.Put(r.key, r.val, txn.PutOptions{}), "")
}

// notUnique is what a duplicate found while an index is built is called.
func (e *Env) notUnique(t *catalog.Table, ix *catalog.Index, keys []types.Datum) error {
	return pgerr.Newf(pgerr.UniqueViolation, "could not create unique index \"%s\"", ix.Name).
		WithDetailf("Key %s is duplicated.", e.keyText(indexNames(t, ix), indexTypes(t, ix), keys)).
		WithTable(e.schemaName(t), t.Name).WithConstraint(ix.Name)
}
