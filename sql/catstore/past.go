package catstore

import (
	"context"
	"slices"
	"sync"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/txn"
)

const (
	// recentCatalogsMax bounds the replaced catalogs kept in memory; older ones
	// are read from the keyspace's history.
	recentCatalogsMax = 16
	// pastCatalogsMax bounds the catalogs kept as readers of the past see them.
	pastCatalogsMax = 16
)

// historyOf is how the record of a change is written: what readers of the past look
// up keeps its old versions. Roles, databases and grants are always those of now, and
// temporary tables, which come and go all the time, have no past.
func (t *Txn) historyOf(c change) txn.PutOptions {
	switch c.kind {
	case kindRole, kindDatabase, kindAccess:
		return txn.PutOptions{}
	case kindRelation:
		if tab := t.view().tables[c.oid]; tab != nil && tab.Temporary {
			return txn.PutOptions{}
		}
	}
	return txn.PutOptions{KeepHistory: true}
}

// beginHistory notes once that from now on the catalog keeps its history. whole:
// the store is new, there is nothing before.
func (s *Store) beginHistory(ctx context.Context, whole bool) error {
	key := []byte{keys.Catalog, kindHistory}
	tx, err := s.st.Begin(txn.Options{})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	_, have, err := tx.Get(nil, key)
	if err != nil || have {
		return err
	}
	value := []byte{0}
	if whole {
		value[0] = 1
	}
	if err := tx.Put(key, value, txn.PutOptions{}); err != nil {
		return err
	}
	_, err = tx.Commit(ctx)
	return err
}

// historyReaches verifies that the catalog of the time that tx reads is known.
func historyReaches(tx txn.Txn) error {
	rec, ok, err := tx.GetNewest(nil, []byte{keys.Catalog, kindHistory})
	if err != nil {
		return err
	}
	if ok && (len(rec.Value) == 1 && rec.Value[0] == 1 || rec.TS <= tx.Options().AsOf) {
		return nil
	}
	return txn.ErrHistoryGone
}

// pasts are catalogs that were. Safe for concurrent use.
type pasts struct {
	mu     sync.Mutex
	recent []*snapshot                 // oldest first; each was current until the next's from
	seen   map[pastKey]*snapshot       // as readers of the past see them
	loaded map[txn.Timestamp]*snapshot // read from history, by the time asked for
}

// pastKey names what a reader of the past sees: a catalog of then, with the roles
// and grants of now.
type pastKey struct{ then, now *snapshot }

// keep takes a catalog that has just been replaced.
func (p *pasts) keep(s *snapshot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.recent = append(p.recent, s)
	if len(p.recent) > recentCatalogsMax {
		p.recent[0] = nil
		p.recent = p.recent[1:]
	}
	p.seen = nil
}

// at finds the catalog that was current at ts; nil where it is older than what
// is in memory.
func (p *pasts) at(ts txn.Timestamp) *snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.recent) - 1; i >= 0; i-- {
		if p.recent[i].from <= ts {
			return p.recent[i]
		}
	}
	return p.loaded[ts]
}

func (p *pasts) note(ts txn.Timestamp, s *snapshot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.loaded == nil || len(p.loaded) >= pastCatalogsMax {
		p.loaded = map[txn.Timestamp]*snapshot{}
	}
	p.loaded[ts] = s
}

// BeginPast gives the catalog as tx, a reader of the past, sees it.
func (s *Store) BeginPast(tx txn.Txn) (*Txn, error) {
	view, err := s.viewOf(tx)
	if err != nil {
		return nil, err
	}
	return &Txn{store: s, tx: tx, past: view}, nil
}

// InPast tells whether t reads the past.
func (t *Txn) InPast() bool { return t.past != nil }

func (s *Store) viewOf(tx txn.Txn) (*snapshot, error) {
	ts := tx.Options().AsOf
	// The transaction's snapshot is older than this catalog: what the one lacks the
	// other does not show.
	now := s.current.Load()
	if now.from <= ts {
		return now, nil
	}
	then := s.past.at(ts)
	if then == nil {
		if err := historyReaches(tx); err != nil {
			return nil, err
		}
		var err error
		if then, err = s.load(tx); err != nil {
			return nil, err
		}
		s.past.note(ts, then)
	}
	return s.past.view(then, now, s.nextVersion), nil
}

// view makes the catalog of then for a reader of now.
func (p *pasts) view(then, now *snapshot, version func() uint64) *snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := pastKey{then, now}
	if v := p.seen[k]; v != nil {
		return v
	}
	v := then.clone()
	v.version = version()
	for n := range v.names {
		if n.space == spaceRole || n.space == spaceDatabase {
			delete(v.names, n)
		}
	}
	v.roles, v.databases, v.access, v.byKey = now.roles, now.databases, now.access, now.byKey
	for oid, r := range now.roles {
		v.names[roleName(r)] = oid
	}
	for oid, d := range now.databases {
		v.names[databaseName(d)] = oid
	}
	for oid, t := range v.tables {
		if cur := now.tables[oid]; cur != nil {
			v.tables[oid] = withGrantsOf(t, cur)
		}
	}
	for oid, s := range v.schemas {
		if cur := now.schemas[oid]; cur != nil {
			c := *s
			c.Owner, c.ACL = cur.Owner, cur.ACL
			v.schemas[oid] = &c
		}
	}
	for oid, f := range v.functions {
		if cur := now.functions[oid]; cur != nil {
			c := *f
			c.Owner, c.ACL = cur.Owner, cur.ACL
			v.functions[oid] = &c
		}
	}
	if p.seen == nil || len(p.seen) >= pastCatalogsMax {
		p.seen = map[pastKey]*snapshot{}
	}
	p.seen[k] = v
	return v
}

// withGrantsOf is the table as it was, belonging and open to whom it does now.
func withGrantsOf(t, now *catalog.Table) *catalog.Table {
	c := *t
	c.Owner, c.ACL = now.Owner, now.ACL
	c.Columns = slices.Clone(t.Columns)
	for i := range c.Columns {
		if col := now.ColumnByNum(c.Columns[i].Attnum); col != nil {
			c.Columns[i].ACL = col.ACL
		}
	}
	return &c
}
