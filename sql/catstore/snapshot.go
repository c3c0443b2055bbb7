package catstore

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

type name struct {
	schema types.OID
	space  byte
	name   string
}

// snapshot is one state of the catalog. Immutable once it is shared; apply
// makes changes on a clone.
type snapshot struct {
	version   uint64
	from      txn.Timestamp // the commit that made it, or later
	schemas   map[types.OID]*catalog.Schema
	tables    map[types.OID]*catalog.Table
	types     map[types.OID]*catalog.TypeDesc
	functions map[types.OID]*catalog.Function
	roles     map[types.OID]*catalog.Role
	databases map[types.OID]*catalog.Database
	access    map[types.OID]*catalog.AccessList

	// Derived.
	names   map[name]types.OID      // relations, types, schemas, roles, databases
	indexes map[types.OID]types.OID // index OID to table OID
	arrays  map[types.OID]*types.T  // array OID to array type of a user type
	byName  map[name][]types.OID    // functions by schema and name
	byKey   map[catalog.AccessKey]*catalog.AccessList
}

func newSnapshot() *snapshot {
	return &snapshot{
		schemas: map[types.OID]*catalog.Schema{}, tables: map[types.OID]*catalog.Table{},
		types: map[types.OID]*catalog.TypeDesc{}, functions: map[types.OID]*catalog.Function{},
		roles: map[types.OID]*catalog.Role{}, databases: map[types.OID]*catalog.Database{},
		access: map[types.OID]*catalog.AccessList{}, byKey: map[catalog.AccessKey]*catalog.AccessList{},
		names: map[name]types.OID{}, indexes: map[types.OID]types.OID{},
		arrays: map[types.OID]*types.T{}, byName: map[name][]types.OID{},
	}
}

func (s *snapshot) clone() *snapshot {
	return &snapshot{
		version: s.version, from: s.from,
		schemas: maps.Clone(s.schemas), tables: maps.Clone(s.tables), types: maps.Clone(s.types),
		functions: maps.Clone(s.functions), roles: maps.Clone(s.roles), databases: maps.Clone(s.databases),
		names: maps.Clone(s.names), indexes: maps.Clone(s.indexes), arrays: maps.Clone(s.arrays),
		byName: maps.Clone(s.byName), access: maps.Clone(s.access), byKey: maps.Clone(s.byKey),
	}
}

// change puts or drops one descriptor.
type change struct {
	kind byte
	oid  types.OID
	// object is a *catalog.X by kind; nil for a drop.
	object any
}

// object finds a descriptor that is no table; nil where there is none.
func (s *snapshot) object(kind byte, oid types.OID) versioned {
	switch kind {
	case kindSchema:
		return found(s.schemas, oid)
	case kindRole:
		return found(s.roles, oid)
	case kindDatabase:
		return found(s.databases, oid)
	case kindType:
		return found(s.types, oid)
	case kindFunction:
		return found(s.functions, oid)
	case kindAccess:
		return found(s.access, oid)
	}
	return nil
}

// found keeps a nil pointer from becoming an interface that is not nil.
func found[O any, P interface {
	*O
	versioned
}](m map[types.OID]*O, oid types.OID) versioned {
	if o := m[oid]; o != nil {
		return P(o)
	}
	return nil
}

// apply makes one change. Only on a clone that is not shared yet.
func (s *snapshot) apply(c change) {
	switch c.kind {
	case kindSchema:
		applyTo(s, s.schemas, c, spaceSchema, func(o *catalog.Schema) name { return name{space: spaceSchema, name: o.Name} })
	case kindRole:
		applyTo(s, s.roles, c, spaceRole, func(o *catalog.Role) name { return name{space: spaceRole, name: o.Name} })
	case kindDatabase:
		applyTo(s, s.databases, c, spaceDatabase, func(o *catalog.Database) name { return name{space: spaceDatabase, name: o.Name} })
	case kindType:
		if old := s.types[c.oid]; old != nil {
			delete(s.arrays, old.T.Array)
		}
		applyTo(s, s.types, c, spaceType, func(o *catalog.TypeDesc) name { return name{o.Schema, spaceType, o.T.Name} })
		if d := s.types[c.oid]; d != nil && d.T.Array != 0 {
			s.arrays[d.T.Array] = types.ArrayOf(d.T)
		}
	case kindRelation:
		s.applyTable(c)
	case kindFunction:
		s.applyFunction(c)
	case kindAccess:
		if old := s.access[c.oid]; old != nil {
			delete(s.byKey, old.AccessKey)
			delete(s.access, c.oid)
		}
		if a, ok := c.object.(*catalog.AccessList); ok {
			s.access[c.oid], s.byKey[a.AccessKey] = a, a
		}
	}
}

func applyTo[O any](s *snapshot, m map[types.OID]*O, c change, space byte, nameOf func(*O) name) {
	if old, ok := m[c.oid]; ok {
		delete(s.names, nameOf(old))
		delete(m, c.oid)
	}
	if o, ok := c.object.(*O); ok {
		m[c.oid] = o
		s.names[nameOf(o)] = c.oid
	}
}

func (s *snapshot) applyTable(c change) {
	if old := s.tables[c.oid]; old != nil {
		for _, ix := range old.Indexes {
			delete(s.names, name{old.Schema, spaceRelation, ix.Name})
			delete(s.indexes, ix.OID)
		}
	}
	applyTo(s, s.tables, c, spaceRelation, func(o *catalog.Table) name { return name{o.Schema, spaceRelation, o.Name} })
	if t := s.tables[c.oid]; t != nil {
		for _, ix := range t.Indexes {
			s.names[name{t.Schema, spaceRelation, ix.Name}] = ix.OID
			s.indexes[ix.OID] = t.OID
		}
	}
}

func (s *snapshot) applyFunction(c change) {
	if old := s.functions[c.oid]; old != nil {
		n := name{schema: old.Schema, name: old.Name}
		kept := slices.DeleteFunc(slices.Clone(s.byName[n]), func(o types.OID) bool { return o == c.oid })
		s.byName[n] = kept
		delete(s.functions, c.oid)
	}
	if f, ok := c.object.(*catalog.Function); ok {
		n := name{schema: f.Schema, name: f.Name}
		s.functions[c.oid] = f
		s.byName[n] = append(slices.Clone(s.byName[n]), c.oid)
	}
}

// resolve finds a type by OID: built in, user-made, or the array of one.
func (s *snapshot) resolve(oid types.OID) (*types.T, error) {
	if t, ok := types.ByOID(oid); ok {
		return t, nil
	}
	if d := s.types[oid]; d != nil {
		return d.T, nil
	}
	if t := s.arrays[oid]; t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("type with OID %d does not exist", oid)
}

func (s *snapshot) table(schema types.OID, n string) *catalog.Table {
	return s.tables[s.names[name{schema, spaceRelation, n}]]
}

func (s *snapshot) index(oid types.OID) (*catalog.Table, *catalog.Index) {
	t := s.tables[s.indexes[oid]]
	if t == nil {
		return nil, nil
	}
	for _, ix := range t.Indexes {
		if ix.OID == oid {
			return t, ix
		}
	}
	return nil, nil
}

// sorted lists a map's values by OID, so that listings are stable.
func sorted[O any](m map[types.OID]*O) []*O {
	ids := slices.SortedFunc(maps.Keys(m), cmp.Compare[types.OID])
	out := make([]*O, len(ids))
	for i, id := range ids {
		out[i] = m[id]
	}
	return out
}
