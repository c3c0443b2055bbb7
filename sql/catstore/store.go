package catstore

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// Options of Open.
type Options struct {
	// Virtual are the computed tables of pg_catalog and information_schema.
	Virtual []*catalog.Table
	// Superusers and Databases are made in a new store; the first of each has
	// the built-in OID.
	Superusers, Databases []string
}

// Store is the catalog of one keyspace. Safe for concurrent use.
type Store struct {
	st           txn.Store
	current      atomic.Pointer[snapshot]
	version      atomic.Uint64
	virtual      map[name]*catalog.Table
	virtualByOID map[types.OID]*catalog.Table
	oids         allocator
	rows         allocator
	sequences    sequences
	past         pasts
}

// Open loads the catalog, making the initial objects in a new store.
func Open(ctx context.Context, st txn.Store, o Options) (*Store, error) {
	s := &Store{st: st, virtual: map[name]*catalog.Table{}, virtualByOID: map[types.OID]*catalog.Table{}}
	for _, v := range o.Virtual {
		s.virtual[name{v.Schema, spaceRelation, v.Name}] = v
		s.virtualByOID[v.OID] = v
	}
	s.oids.init(st, 'o', uint64(catalog.FirstUserOID), oidBlock)
	s.rows.init(st, 'r', 1, rowBlock)
	s.sequences.init(st)
	tx, err := st.Begin(txn.Options{ReadOnly: true, Isolation: txn.RepeatableRead})
	if err != nil {
		return nil, err
	}
	snap, err := s.load(tx)
	tx.Rollback()
	if err != nil {
		return nil, fmt.Errorf("load catalog: %w", err)
	}
	s.current.Store(snap)
	if len(snap.roles) == 0 {
		if err := s.bootstrap(ctx, o); err != nil {
			return nil, fmt.Errorf("create catalog: %w", err)
		}
	}
	if err := s.complete(ctx); err != nil {
		return nil, fmt.Errorf("complete catalog: %w", err)
	}
	if err := s.beginHistory(ctx, len(snap.roles) == 0); err != nil {
		return nil, fmt.Errorf("begin the history of the catalog: %w", err)
	}
	return s, nil
}

func (s *Store) nextVersion() uint64 { return s.version.Add(1) }

// publish applies the changes of a commit. Runs inside the commit's critical
// section, so never twice at once.
func (s *Store) publish(ts txn.Timestamp, changes []change) {
	cur := s.current.Load()
	next := cur.clone()
	for _, c := range changes {
		next.apply(dated(c, cur, ts))
	}
	next.version, next.from = s.nextVersion(), ts
	s.current.Store(next)
	s.past.keep(cur)
}

// dated marks what of a table is new at ts: its storage, its indexes.
func dated(c change, cur *snapshot, ts txn.Timestamp) change {
	t, ok := c.object.(*catalog.Table)
	was := cur.tables[c.oid]
	if !ok || was == nil {
		return c
	}
	now := *t
	now.Indexes = slices.Clone(t.Indexes)
	now.StorageSince = was.StorageSince
	if now.Storage != was.Storage {
		now.StorageSince = uint64(ts)
	}
	for i, x := range now.Indexes {
		since := uint64(ts)
		if j := slices.IndexFunc(was.Indexes, func(o *catalog.Index) bool { return o.OID == x.OID }); j >= 0 {
			since = was.Indexes[j].Since
		}
		if x.Since != since {
			dated := *x
			dated.Since = since
			now.Indexes[i] = &dated
		}
	}
	c.object = &now
	return c
}

// load reads the catalog as tx sees it.
func (s *Store) load(tx txn.Txn) (*snapshot, error) {
	snap := newSnapshot()
	snap.from = tx.SnapshotTS()
	// Types first: tables and functions refer to them.
	for _, kind := range []byte{kindSchema, kindRole, kindDatabase, kindType, kindFunction, kindRelation, kindAccess} {
		if err := s.loadKind(tx, snap, kind); err != nil {
			return nil, err
		}
		if kind != kindType {
			continue
		}
		for _, d := range sorted(snap.types) {
			if err := completeType(d, snap.resolve); err != nil {
				return nil, err
			}
		}
	}
	snap.version = s.nextVersion()
	return snap, nil
}

func (s *Store) loadKind(tx txn.Txn, snap *snapshot, kind byte) error {
	lower := []byte{keys.Catalog, kind}
	it, err := tx.Scan(lower, keys.PrefixEnd(nil, lower), txn.ScanOptions{})
	if err != nil {
		return err
	}
	defer it.Close()
	for it.Next() {
		oid := types.OID(binary.BigEndian.Uint32(it.Key()[2:]))
		o, err := decode(kind, it.Record().Value, snap.resolve)
		if err != nil {
			return fmt.Errorf("catalog object %c %d: %w", kind, oid, err)
		}
		snap.apply(change{kind, oid, o})
		at := uint64(0)
		switch o := o.(type) {
		case *catalog.Table:
			at = o.Version
		case versioned:
			at = *o.At()
		}
		s.version.Store(max(at, s.version.Load()))
	}
	return it.Err()
}

func decode(kind byte, b []byte, resolve func(types.OID) (*types.T, error)) (any, error) {
	switch kind {
	case kindRelation:
		return decodeTable(b, resolve)
	case kindType:
		return decodeType(b)
	case kindFunction:
		f := &catalog.Function{}
		if err := json.Unmarshal(b, f); err != nil {
			return nil, err
		}
		return f, resolveFunction(f, resolve)
	case kindSchema:
		return unmarshal(b, &catalog.Schema{})
	case kindRole:
		return unmarshal(b, &catalog.Role{})
	case kindAccess:
		return unmarshal(b, &catalog.AccessList{})
	default:
		return unmarshal(b, &catalog.Database{})
	}
}

func unmarshal[O any](b []byte, o *O) (any, error) {
	return o, json.Unmarshal(b, o)
}
