package catstore

import (
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/types"
)

var _ catalog.Reader = (*Txn)(nil)

// Version implements catalog.Reader. A transaction with changes of its own has
// versions that no other has.
func (t *Txn) Version() uint64 { return t.view().version }

// Schemas implements catalog.Reader.
func (t *Txn) Schemas() []*catalog.Schema { return sorted(t.view().schemas) }

// SchemaByName implements catalog.Reader.
func (t *Txn) SchemaByName(n string) *catalog.Schema {
	s := t.view()
	return s.schemas[s.names[name{space: spaceSchema, name: n}]]
}

// SchemaByOID implements catalog.Reader.
func (t *Txn) SchemaByOID(oid types.OID) *catalog.Schema { return t.view().schemas[oid] }

// Table implements catalog.Reader.
func (t *Txn) Table(schema types.OID, n string) (*catalog.Table, error) {
	if v := t.store.virtual[name{schema, spaceRelation, n}]; v != nil {
		return v, nil
	}
	return t.view().table(schema, n), nil
}

// TableByOID implements catalog.Reader.
func (t *Txn) TableByOID(oid types.OID) (*catalog.Table, error) {
	if v := t.store.virtualByOID[oid]; v != nil {
		return v, nil
	}
	return t.view().tables[oid], nil
}

// Index implements catalog.Reader.
func (t *Txn) Index(schema types.OID, n string) (*catalog.Table, *catalog.Index, error) {
	s := t.view()
	tab, ix := s.index(s.names[name{schema, spaceRelation, n}])
	return tab, ix, nil
}

// IndexByOID implements catalog.Reader.
func (t *Txn) IndexByOID(oid types.OID) (*catalog.Table, *catalog.Index, error) {
	tab, ix := t.view().index(oid)
	return tab, ix, nil
}

// Tables implements catalog.Reader; virtual tables come first.
func (t *Txn) Tables() ([]*catalog.Table, error) {
	return append(sorted(t.store.virtualByOID), sorted(t.view().tables)...), nil
}

// Type implements catalog.Reader.
func (t *Txn) Type(schema types.OID, n string) (*catalog.TypeDesc, error) {
	s := t.view()
	if d := s.types[s.names[name{schema, spaceType, n}]]; d != nil {
		return d, nil
	}
	if len(n) > 1 && n[0] == '_' {
		if d := s.types[s.names[name{schema, spaceType, n[1:]}]]; d != nil && d.T.Array != 0 {
			return arrayDesc(s, d), nil
		}
	}
	return nil, nil
}

// TypeByOID implements catalog.Reader.
func (t *Txn) TypeByOID(oid types.OID) (*catalog.TypeDesc, error) {
	s := t.view()
	if d := s.types[oid]; d != nil {
		return d, nil
	}
	if a := s.arrays[oid]; a != nil {
		return arrayDesc(s, s.types[a.Elem.OID]), nil
	}
	return nil, nil
}

func arrayDesc(s *snapshot, d *catalog.TypeDesc) *catalog.TypeDesc {
	return &catalog.TypeDesc{T: s.arrays[d.T.Array], Schema: d.Schema, Owner: d.Owner}
}

// Types implements catalog.Reader.
func (t *Txn) Types() ([]*catalog.TypeDesc, error) { return sorted(t.view().types), nil }

// Functions implements catalog.Reader.
func (t *Txn) Functions(schema types.OID, n string) ([]*catalog.Function, error) {
	s := t.view()
	var out []*catalog.Function
	for _, oid := range s.byName[name{schema: schema, name: n}] {
		out = append(out, s.functions[oid])
	}
	return out, nil
}

// AllFunctions implements catalog.Reader.
func (t *Txn) AllFunctions() ([]*catalog.Function, error) { return sorted(t.view().functions), nil }

// Role implements catalog.Reader.
func (t *Txn) Role(n string) (*catalog.Role, error) {
	s := t.view()
	return s.roles[s.names[name{space: spaceRole, name: n}]], nil
}

// RoleByOID implements catalog.Reader.
func (t *Txn) RoleByOID(oid types.OID) (*catalog.Role, error) { return t.view().roles[oid], nil }

// Roles implements catalog.Reader.
func (t *Txn) Roles() ([]*catalog.Role, error) { return sorted(t.view().roles), nil }

// Databases implements catalog.Reader.
func (t *Txn) Databases() ([]*catalog.Database, error) { return sorted(t.view().databases), nil }

// Access implements catalog.Reader.
func (t *Txn) Access(k catalog.AccessKey) *catalog.AccessList { return t.view().byKey[k] }

// AccessLists implements catalog.Reader.
func (t *Txn) AccessLists() []*catalog.AccessList { return sorted(t.view().access) }

// KeyPattern implements catalog.Reader: the fields are those of a sample of the
// hashes there now.
func (t *Txn) KeyPattern(pattern string) (*catalog.KeyPattern, error) {
	p := &catalog.KeyPattern{Pattern: pattern}
	if t.Sample == nil {
		return p, nil
	}
	var err error
	p.Fields, err = t.Sample(t.tx, pattern)
	return p, err
}
