package pgcatalog

import (
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/types"
)

func genType(e *env) error {
	want, only := e.wantsOID("oid")
	emit := func(t *types.T, d *catalog.TypeDesc) error {
		if only && t.OID != want {
			return nil
		}
		return e.typ(t, d)
	}
	for _, t := range types.All() {
		if t.OID > 0xf0000000 {
			continue // shown to clients as text
		}
		if err := emit(t, nil); err != nil {
			return err
		}
	}
	ds, err := e.cat.Types()
	if err != nil {
		return err
	}
	for _, d := range ds {
		if err := emit(d.T, d); err != nil {
			return err
		}
		if d.T.Array != 0 {
			if err := emit(types.ArrayOf(d.T), &catalog.TypeDesc{Schema: d.Schema, Owner: d.Owner}); err != nil {
				return err
			}
		}
	}
	return e.eachTable("", func(t *catalog.Table) error {
		if t.RowType == 0 || t.Kind == catalog.KindSequence || only && t.RowType != want {
			return nil
		}
		return e.rowType(t)
	})
}

func (e *env) typ(t *types.T, d *catalog.TypeDesc) error {
	schema, owner := catalog.SchemaPgCatalog, catalog.RoleSuperuser
	var list []catalog.ACLItem
	if a := e.cat.Access(catalog.AccessKey{Class: catalog.AccessType, Object: t.OID}); a != nil {
		list = a.ACL
	}
	var base types.OID
	notNull, mod, deflt := false, int32(-1), ""
	if d != nil {
		schema, owner, notNull, deflt, list = d.Schema, d.Owner, d.NotNull, d.Default, d.ACL
	}
	if t.Base != nil {
		base, mod = t.Base.OID, t.BaseMod
	}
	var elem types.OID
	if t.Elem != nil && t.Typtype != 'r' && t.Typtype != 'm' {
		elem = t.Elem.OID
	}
	io := ioOf(t)
	storage := storageOf(t.Underlying())
	coll := collationOf(t)
	return e.row(t.OID, t.Name, schema, owner, t.Len, byVal(t), t.Typtype, t.Category, t.Preferred, true, t.Delim(),
		typeRelation(t), subscriptOf(t), elem, t.Array, io.in, io.out, io.recv, io.send, io.modIn, io.modOut, 0, align(t), storage, notNull, base, mod, 0, coll, textOrNull(deflt), textOrNull(deflt), e.acl(list))
}

// subscriptOf is array_subscript_handler for arrays.
func subscriptOf(t *types.T) types.OID {
	if t.IsArray() {
		return 6179
	}
	return 0
}

// rowType is the composite type every table has.
func (e *env) rowType(t *catalog.Table) error {
	return e.row(t.RowType, t.Name, t.Schema, t.Owner, -1, false, byte('c'), byte('C'), false, true, byte(','),
		t.OID, 0, 0, 0, rowIO.in, rowIO.out, rowIO.recv, rowIO.send,
		0, 0, 0, byte('d'), byte('x'), false, 0, -1, 0, 0, nil, nil, nil)
}

func genEnum(e *env) error {
	ds, err := e.cat.Types()
	if err != nil {
		return err
	}
	for _, d := range ds {
		for i, l := range d.T.Labels {
			if err := e.row(0xb0000000|(d.T.OID&0xfffff)<<8|types.OID(i), d.T.OID, float64(i+1), l); err != nil {
				return err
			}
		}
	}
	return nil
}

func genRange(e *env) error {
	for _, t := range types.All() {
		if !t.IsRange() {
			continue
		}
		multi := types.OID(0)
		if m := types.MultirangeOf(t); m != nil {
			multi = m.OID
		}
		if err := e.row(t.OID, t.Elem.OID, multi, 0, 0, 0, 0); err != nil {
			return err
		}
	}
	return nil
}
