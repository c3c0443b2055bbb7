package catstore

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"maps"
	"slices"

	"github.com/ferritedb/ferrite/kv/must"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// Txn is the catalog of one transaction: what is committed now, overlaid by the
// transaction's own changes. Used by one goroutine, like the txn.Txn it writes to.
type Txn struct {
	store *Store
	tx    txn.Txn
	// Sample lists the hash fields under a key pattern; nil: none are known.
	Sample func(tx txn.Txn, pattern string) ([]string, error)

	// past is what a reader of the past sees, fixed; nil for the present.
	past    *snapshot
	changes []change
	// own is base with changes applied, nil while there are none.
	base, own *snapshot
}

// Begin gives the catalog as tx sees it. tx may be nil for reading only.
func (s *Store) Begin(tx txn.Txn) *Txn { return &Txn{store: s, tx: tx} }

// view is the snapshot to read: current, or the own changes over current.
func (t *Txn) view() *snapshot {
	if t.past != nil {
		return t.past
	}
	cur := t.store.current.Load()
	if len(t.changes) == 0 {
		return cur
	}
	if t.base != cur || t.own == nil {
		t.base, t.own = cur, cur.clone()
		for _, c := range t.changes {
			t.own.apply(c)
		}
		t.own.version = t.store.nextVersion()
	}
	return t.own
}

// Changed tells whether the transaction has changed the catalog.
func (t *Txn) Changed() bool { return len(t.changes) > 0 }

// Mark names the present point of the changes; RollbackTo undoes those after it,
// together with the transaction's savepoint.
func (t *Txn) Mark() int { return len(t.changes) }

// RollbackTo undoes all changes after the mark.
func (t *Txn) RollbackTo(mark int) {
	t.changes, t.own = t.changes[:mark], nil
}

// BeforeCommit must be called right before the transaction's commit: it
// registers the publication of the changes.
func (t *Txn) BeforeCommit() {
	if len(t.changes) == 0 {
		return
	}
	changes := t.changes
	t.tx.OnCommit(func(c txn.Commit) { t.store.publish(c.TS, changes) })
}

func (t *Txn) note(c change) {
	t.changes = append(t.changes, c)
	if t.own != nil {
		// The own snapshot is private to this transaction, but readers of it may
		// hold its version: change a clone.
		t.own = t.own.clone()
		t.own.apply(c)
		t.own.version = t.store.nextVersion()
	}
}

// write locks the descriptor's key and writes or deletes it.
func (t *Txn) write(ctx context.Context, c change, encoded []byte) error {
	key := objectKey(c.kind, c.oid)
	if _, _, err := t.tx.LockRow(ctx, nil, key, txn.LockOptions{Mode: txn.ForUpdate, Insert: true}); err != nil {
		return err
	}
	var err error
	if c.object == nil {
		err = t.tx.Delete(key, t.historyOf(c))
	} else {
		err = t.tx.Put(key, encoded, t.historyOf(c))
	}
	if err == nil {
		t.note(c)
	}
	return err
}

// claim takes a name for oid, or reports whom it belongs to.
func (t *Txn) claim(ctx context.Context, n name, oid types.OID) (taken bool, err error) {
	key := nameKey(n.schema, n.space, n.name)
	if _, _, err := t.tx.LockRow(ctx, nil, key, txn.LockOptions{Mode: txn.ForUpdate, Insert: true}); err != nil {
		return false, err
	}
	rec, ok, err := t.tx.GetNewest(nil, key)
	if err != nil {
		return false, err
	}
	if ok && len(rec.Value) == 4 && types.OID(binary.BigEndian.Uint32(rec.Value)) != oid {
		return true, nil
	}
	return false, t.tx.Put(key, binary.BigEndian.AppendUint32(nil, uint32(oid)), txn.PutOptions{})
}

func (t *Txn) release(ctx context.Context, n name) error {
	key := nameKey(n.schema, n.space, n.name)
	if _, _, err := t.tx.LockRow(ctx, nil, key, txn.LockOptions{Mode: txn.ForUpdate, Insert: true}); err != nil {
		return err
	}
	return t.tx.Delete(key, txn.PutOptions{})
}

// rename moves the claim on a name; old is the zero name for a new object, next
// for a dropped one.
func (t *Txn) rename(ctx context.Context, old, next name, oid types.OID, duplicate func() *pgerr.Error) error {
	if old == next {
		return nil
	}
	if next != (name{}) {
		taken, err := t.claim(ctx, next, oid)
		if err != nil {
			return err
		}
		if taken {
			return duplicate()
		}
	}
	if old == (name{}) {
		return nil
	}
	return t.release(ctx, old)
}

// errConcurrent is what PostgreSQL says where a descriptor changed between
// being read and being locked.
func errConcurrent() error {
	return pgerr.New(pgerr.InternalError, "tuple concurrently updated")
}

// PutTable creates the relation (its OID is new) or replaces it. Its Version
// must be the one read; the stored copy gets the next. The names of its indexes
// are claimed with it.
func (t *Txn) PutTable(ctx context.Context, tab *catalog.Table) error {
	old := t.view().tables[tab.OID]
	if old != nil && old.Version != tab.Version {
		return errConcurrent()
	}
	if err := t.claimTableNames(ctx, old, tab); err != nil {
		return err
	}
	if now := t.view().tables[tab.OID]; now != nil && old != nil && now.Version != old.Version {
		return errConcurrent()
	}
	tab.Version = t.store.nextVersion()
	b, err := encodeTable(tab)
	if err != nil {
		return must.Failed("encode table %s: %v", tab.Name, err)
	}
	return t.write(ctx, change{kindRelation, tab.OID, tab}, b)
}

// DropTable removes the relation's descriptor and frees its names. What depends
// on it is the caller's business.
func (t *Txn) DropTable(ctx context.Context, tab *catalog.Table) error {
	if err := t.claimTableNames(ctx, tab, nil); err != nil {
		return err
	}
	if tab.Kind == catalog.KindSequence {
		if err := t.tx.Delete(sequenceKey(tab.OID), txn.PutOptions{}); err != nil {
			return err
		}
	}
	return t.write(ctx, change{kindRelation, tab.OID, nil}, nil)
}

// tableNames lists the names a table holds, by the OID that holds each.
func tableNames(tab *catalog.Table) map[types.OID]name {
	m := map[types.OID]name{}
	if tab != nil {
		m[tab.OID] = name{tab.Schema, spaceRelation, tab.Name}
		for _, ix := range tab.Indexes {
			m[ix.OID] = name{tab.Schema, spaceRelation, ix.Name}
		}
	}
	return m
}

func (t *Txn) claimTableNames(ctx context.Context, old, tab *catalog.Table) error {
	was, is := tableNames(old), tableNames(tab)
	// Names are locked in the order of OIDs: two transactions never wait for each
	// other over the names of one table.
	for _, oid := range slices.Sorted(maps.Keys(was)) {
		if _, ok := is[oid]; !ok {
			if err := t.release(ctx, was[oid]); err != nil {
				return err
			}
		}
	}
	for _, oid := range slices.Sorted(maps.Keys(is)) {
		n := is[oid]
		err := t.rename(ctx, was[oid], n, oid, func() *pgerr.Error {
			return pgerr.Newf(pgerr.DuplicateTable, "relation %q already exists", n.name)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// PutSchema creates or replaces a schema.
func (t *Txn) PutSchema(ctx context.Context, o *catalog.Schema) error {
	return put(ctx, t, kindSchema, o.OID, o, nameIf(t.view().schemas[o.OID], schemaName), schemaName(o),
		pgerr.Newf(pgerr.DuplicateSchema, "schema %q already exists", o.Name))
}

// DropSchema removes a schema.
func (t *Txn) DropSchema(ctx context.Context, o *catalog.Schema) error {
	return t.drop(ctx, kindSchema, o.OID, schemaName(o))
}

// PutType creates or replaces a type.
func (t *Txn) PutType(ctx context.Context, o *catalog.TypeDesc) error {
	if err := t.fresh(ctx, kindType, o.T.OID, o); err != nil {
		return err
	}
	b, err := encodeType(o)
	if err != nil {
		return must.Failed("encode type %s: %v", o.T.Name, err)
	}
	old := nameIf(t.view().types[o.T.OID], typeName)
	err = t.rename(ctx, old, typeName(o), o.T.OID, func() *pgerr.Error {
		return pgerr.Newf(pgerr.DuplicateObject, "type %q already exists", o.T.Name)
	})
	if err != nil {
		return err
	}
	return t.write(ctx, change{kindType, o.T.OID, o}, b)
}

// DropType removes a type.
func (t *Txn) DropType(ctx context.Context, o *catalog.TypeDesc) error {
	return t.drop(ctx, kindType, o.T.OID, typeName(o))
}

// PutFunction creates or replaces a function; the caller has looked for one of
// the same name and arguments.
func (t *Txn) PutFunction(ctx context.Context, o *catalog.Function) error {
	return put(ctx, t, kindFunction, o.OID, o, name{}, name{}, nil)
}

// DropFunction removes a function.
func (t *Txn) DropFunction(ctx context.Context, o *catalog.Function) error {
	return t.write(ctx, change{kindFunction, o.OID, nil}, nil)
}

// PutRole creates or replaces a role.
func (t *Txn) PutRole(ctx context.Context, o *catalog.Role) error {
	return put(ctx, t, kindRole, o.OID, o, nameIf(t.view().roles[o.OID], roleName), roleName(o),
		pgerr.Newf(pgerr.DuplicateObject, "role %q already exists", o.Name))
}

// DropRole removes a role.
func (t *Txn) DropRole(ctx context.Context, o *catalog.Role) error {
	return t.drop(ctx, kindRole, o.OID, roleName(o))
}

// PutDatabase creates or replaces a database entry.
func (t *Txn) PutDatabase(ctx context.Context, o *catalog.Database) error {
	return put(ctx, t, kindDatabase, o.OID, o, nameIf(t.view().databases[o.OID], databaseName), databaseName(o),
		pgerr.Newf(pgerr.DuplicateDatabase, "database %q already exists", o.Name))
}

// DropDatabase removes a database entry.
func (t *Txn) DropDatabase(ctx context.Context, o *catalog.Database) error {
	return t.drop(ctx, kindDatabase, o.OID, databaseName(o))
}

// PutAccess creates or replaces an access list; two transactions that make one of
// the same key at once both lock the key's name.
func (t *Txn) PutAccess(ctx context.Context, o *catalog.AccessList) error {
	old := nameIf(t.view().access[o.OID], func(a *catalog.AccessList) name { return accessName(a.AccessKey) })
	return put(ctx, t, kindAccess, o.OID, o, old, accessName(o.AccessKey), pgerr.New(pgerr.InternalError, "tuple concurrently updated"))
}

// DropAccess removes an access list.
func (t *Txn) DropAccess(ctx context.Context, o *catalog.AccessList) error {
	return t.drop(ctx, kindAccess, o.OID, accessName(o.AccessKey))
}

// accessName is the key of an access list as a name.
func accessName(k catalog.AccessKey) name {
	b := []byte{byte(k.Class)}
	b = binary.BigEndian.AppendUint32(b, uint32(k.Role))
	b = binary.BigEndian.AppendUint32(b, uint32(k.Object))
	return name{k.Schema, spaceAccess, string(append(b, k.Name...))}
}

// versioned is a descriptor that is no table.
type versioned interface{ At() *uint64 }

// fresh locks a descriptor and verifies that o is a copy of the newest, or new;
// then it gets the next version.
func (t *Txn) fresh(ctx context.Context, kind byte, oid types.OID, o versioned) error {
	if _, _, err := t.tx.LockRow(ctx, nil, objectKey(kind, oid), txn.LockOptions{Mode: txn.ForUpdate, Insert: true}); err != nil {
		return err
	}
	var now uint64
	if old := t.view().object(kind, oid); old != nil {
		now = *old.At()
	}
	if now != *o.At() {
		return errConcurrent()
	}
	*o.At() = t.store.nextVersion()
	return nil
}

func put(ctx context.Context, t *Txn, kind byte, oid types.OID, o versioned, old, next name, duplicate *pgerr.Error) error {
	if err := t.fresh(ctx, kind, oid, o); err != nil {
		return err
	}
	b, err := json.Marshal(o)
	if err != nil {
		return must.Failed("encode catalog object %d: %v", oid, err)
	}
	if err := t.rename(ctx, old, next, oid, func() *pgerr.Error { return duplicate }); err != nil {
		return err
	}
	return t.write(ctx, change{kind, oid, o}, b)
}

func (t *Txn) drop(ctx context.Context, kind byte, oid types.OID, n name) error {
	if err := t.release(ctx, n); err != nil {
		return err
	}
	return t.write(ctx, change{kind, oid, nil}, nil)
}

func schemaName(o *catalog.Schema) name     { return name{space: spaceSchema, name: o.Name} }
func roleName(o *catalog.Role) name         { return name{space: spaceRole, name: o.Name} }
func databaseName(o *catalog.Database) name { return name{space: spaceDatabase, name: o.Name} }
func typeName(o *catalog.TypeDesc) name     { return name{o.Schema, spaceType, o.T.Name} }

func nameIf[O any](o *O, f func(*O) name) name {
	if o == nil {
		return name{}
	}
	return f(o)
}
