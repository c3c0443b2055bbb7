package pgcatalog

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// relkind is pg_class.relkind of a descriptor.
func relkind(t *catalog.Table) byte {
	if t.Kind != catalog.KindVirtual {
		return byte(t.Kind)
	}
	if isView(t) {
		return 'v'
	}
	return 'r'
}

func persistence(t *catalog.Table) byte {
	switch {
	case t.Temporary:
		return 't'
	case t.Unlogged:
		return 'u'
	}
	return 'p'
}

func genClass(e *env) error {
	if oid, ok := e.wantsOID("oid"); ok {
		if t, ix, err := e.cat.IndexByOID(oid); err != nil || ix != nil {
			if err != nil {
				return err
			}
			return e.indexClass(t, ix)
		}
	}
	if err := e.compositeClasses(); err != nil {
		return err
	}
	return e.eachTable("oid", func(t *catalog.Table) error {
		if err := e.tableClass(t); err != nil {
			return err
		}
		for _, ix := range t.Indexes {
			if err := e.indexClass(t, ix); err != nil {
				return err
			}
		}
		return nil
	})
}

// compositeClasses are the relations behind composite types: they share the
// type's OID.
func (e *env) compositeClasses() error {
	ts, err := e.cat.Types()
	if err != nil {
		return err
	}
	want, ok := e.wantsOID("oid")
	for _, d := range ts {
		rel := typeRelation(d.T)
		if rel == 0 || ok && want != rel {
			continue
		}
		if err := e.row(rel, d.T.Name, d.Schema, d.T.OID, 0, d.Owner, 0, 0, 0, 0, 0.0, 0, 0,
			false, false, byte('p'), byte('c'), len(d.T.Fields), 0, false,
			false, false, false, false, true, byte('n'), false, 0, 0, 0, nil, nil, nil); err != nil {
			return err
		}
	}
	return nil
}

const pageBytes = 8192

func (e *env) tableClass(t *catalog.Table) error {
	kind := relkind(t)
	var am types.OID
	if kind == 'r' || kind == 'm' {
		am = catalog.AccessMethodHeap
	}
	rows, pages := -1.0, 0
	if t.Stats != nil {
		rows, pages = t.Stats.Rows, int(t.Stats.Bytes/pageBytes)
	}
	ident := byte('d')
	if t.Kind == catalog.KindVirtual || kind != 'r' {
		ident = 'n'
	}
	return e.row(t.OID, t.Name, t.Schema, t.RowType, 0, t.Owner, am, fileNode(t), 0, pages, rows, 0, 0,
		len(t.Indexes) > 0, false, persistence(t), kind, len(t.Columns), len(t.Checks), kind == 'v',
		len(t.ForeignKeys)+len(t.ReferredBy) > 0, false, false, false, true, ident, false, 0, 0, 0,
		e.acl(e.user().OfTable(t).ACL), relOptions(t), nil)
}

func relOptions(t *catalog.Table) any {
	if t.Kind == catalog.KindVirtual {
		return nil
	}
	return optionsOrNull(t.Options)
}

func fileNode(t *catalog.Table) types.OID {
	switch t.Kind {
	case catalog.KindTable, catalog.KindMatView, catalog.KindSequence:
		return types.OID(t.Storage)
	}
	return 0
}

func (e *env) indexClass(t *catalog.Table, ix *catalog.Index) error {
	am := catalog.AccessMethodBtree
	if ix.Method == "hash" {
		am = 405
	}
	rows := 0.0
	if t.Stats != nil {
		rows = t.Stats.Rows
	}
	return e.row(ix.OID, ix.Name, t.Schema, 0, 0, t.Owner, am, ix.OID, 0, 1, rows, 0, 0,
		false, false, persistence(t), byte('i'), len(ix.Keys)+len(ix.Include), 0, false,
		false, false, false, false, true, byte('n'), false, 0, 0, 0, nil, nil, nil)
}

func genAttribute(e *env) error {
	if oid, ok := e.wantsOID("attrelid"); ok {
		if t, ix, err := e.cat.IndexByOID(oid); err != nil || ix != nil {
			if err != nil {
				return err
			}
			return e.indexAttributes(t, ix)
		}
	}
	if err := e.eachTable("attrelid", e.tableAttributes); err != nil {
		return err
	}
	if _, ok := e.wantsOID("attrelid"); ok {
		return e.typeAttributes()
	}
	if err := e.eachTable("", func(t *catalog.Table) error {
		for _, ix := range t.Indexes {
			if err := e.indexAttributes(t, ix); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return e.typeAttributes()
}

// systemAttributes of every table (PostgreSQL section 5.5).
var systemAttributes = []struct {
	name string
	t    *types.T
	num  int
}{{"tableoid", types.Oid, -6}, {"cmax", types.Cid, -5}, {"xmax", types.Xid, -4},
	{"cmin", types.Cid, -3}, {"xmin", types.Xid, -2}, {"ctid", types.Tid, -1}}

func (e *env) tableAttributes(t *catalog.Table) error {
	if k := relkind(t); k == 'r' || k == 'm' {
		for _, s := range systemAttributes {
			c := catalog.Column{Name: s.name, Attnum: int16(s.num), Type: s.t, Mod: -1, NotNull: true}
			if err := e.attribute(t.OID, c); err != nil {
				return err
			}
		}
	}
	for _, c := range t.Columns {
		if err := e.attribute(t.OID, c); err != nil {
			return err
		}
	}
	return nil
}

func (e *env) attribute(rel types.OID, c catalog.Column) error {
	t := c.Type
	catalogTable := rel < catalog.SchemaInformation
	oid, dims := t.WireOID(), 0
	if t.IsArray() {
		dims = 1
	}
	if c.Dropped {
		oid = 0
	}
	coll := c.Collation
	if coll == 0 && collatable(t) {
		coll = collationOf(t)
		if catalogTable && coll != 0 {
			coll = catalog.CollationC
		}
	}
	storage := storageOf(t)
	target := -1
	if c.Attnum < 0 {
		target = 0
	}
	return e.row(rel, c.Name, oid, target, t.Len, c.Attnum, dims, -1, c.Mod, byVal(t), align(t), storage, byte(0),
		c.NotNull, c.Default != "", c.HasMissing, c.Identity, c.Generated, c.Dropped, true, 0, coll, e.acl(c.ACL), nil, nil, nil)
}

func collatable(t *types.T) bool {
	if t.Elem != nil && t.IsArray() {
		t = t.Elem
	}
	return t.Category == 'S' && t.Typtype != 'p'
}

// storageOf is pg_type.typstorage.
func storageOf(t *types.T) byte {
	switch {
	case t.Len >= 0:
		return 'p'
	case t.Is(types.Numeric) || t.Is(types.Inet) || t.Is(types.Cidr):
		return 'm'
	}
	return 'x'
}

// collationOf is pg_type.typcollation.
func collationOf(t *types.T) types.OID {
	switch {
	case t.Is(types.Name) || t.Is(types.NameArray):
		return catalog.CollationC
	case collatable(t):
		return catalog.CollationDefault
	}
	return 0
}

func byVal(t *types.T) bool { return t.Len == 1 || t.Len == 2 || t.Len == 4 || t.Len == 8 }

func align(t *types.T) byte {
	switch t.Len {
	case 1:
		return 'c'
	case 2:
		return 's'
	case 8:
		return 'd'
	case 64, 16:
		return 'c'
	}
	return 'i'
}

func (e *env) indexAttributes(t *catalog.Table, ix *catalog.Index) error {
	n := int16(0)
	add := func(name string, typ *types.T, mod int32) error {
		n++
		return e.attribute(ix.OID, catalog.Column{Name: name, Attnum: n, Type: typ, Mod: mod})
	}
	for _, k := range ix.Keys {
		name, mod := "expr", int32(-1)
		if c := t.ColumnByNum(k.Attnum); k.Attnum != 0 && c != nil {
			name, mod = c.Name, c.Mod
		} else if f, _, ok := strings.Cut(k.Expr, "("); ok && f != "" && !strings.ContainsAny(f, " '\"") {
			name = f
		}
		if err := add(name, k.Type, mod); err != nil {
			return err
		}
	}
	for _, num := range ix.Include {
		if c := t.ColumnByNum(num); c != nil {
			if err := add(c.Name, c.Type, c.Mod); err != nil {
				return err
			}
		}
	}
	return nil
}

// typeAttributes are the fields of composite types.
func (e *env) typeAttributes() error {
	ts, err := e.cat.Types()
	if err != nil {
		return err
	}
	want, ok := e.wantsOID("attrelid")
	for _, d := range ts {
		rel := typeRelation(d.T)
		if rel == 0 || ok && want != rel {
			continue
		}
		for i, f := range d.T.Fields {
			if err := e.attribute(rel, catalog.Column{Name: f.Name, Attnum: int16(i + 1), Type: f.Type, Mod: f.Mod}); err != nil {
				return err
			}
		}
	}
	return nil
}

// typeRelation is pg_type.typrelid of a composite type: its own OID serves.
func typeRelation(t *types.T) types.OID {
	if t.Typtype == 'c' {
		return t.OID
	}
	return 0
}

func genAttrdef(e *env) error {
	return e.eachTable("adrelid", func(t *catalog.Table) error {
		for _, c := range t.Columns {
			if c.Default == "" || c.Dropped {
				continue
			}
			if err := e.row(attrdefOID(t, c), t.OID, c.Attnum, c.Default); err != nil {
				return err
			}
		}
		return nil
	})
}

// attrdefOID makes a stable OID for a default out of its table and column: high
// numbers, which the catalog does not give out.
func attrdefOID(t *catalog.Table, c catalog.Column) types.OID {
	return 0xc0000000 | (t.OID&0xfffff)<<10 | types.OID(c.Attnum&0x3ff)
}

func genPgTables(e *env) error {
	return e.eachTable("", func(t *catalog.Table) error {
		if relkind(t) != 'r' {
			return nil
		}
		return e.row(e.schema(t.Schema), t.Name, e.role(t.Owner), nil, len(t.Indexes) > 0, false,
			len(t.ForeignKeys)+len(t.ReferredBy) > 0, false)
	})
}

func genPgViews(e *env) error {
	return e.eachTable("", func(t *catalog.Table) error {
		if t.Kind != catalog.KindView {
			return nil
		}
		return e.row(e.schema(t.Schema), t.Name, e.role(t.Owner), viewText(e.ctx, t))
	})
}

func genMatviews(e *env) error {
	return e.eachTable("", func(t *catalog.Table) error {
		if t.Kind != catalog.KindMatView {
			return nil
		}
		return e.row(e.schema(t.Schema), t.Name, e.role(t.Owner), nil, len(t.Indexes) > 0, true, viewText(e.ctx, t))
	})
}

// viewText is the definition as pg_get_viewdef shows it.
func viewText(ctx *expr.Ctx, t *catalog.Table) string { return queryText(ctx, t.ViewSQL, false) + ";" }

func genRewrite(e *env) error {
	return e.eachTable("ev_class", func(t *catalog.Table) error {
		if t.Kind != catalog.KindView {
			return nil
		}
		return e.row(ruleOID(t), "_RETURN", t.OID, byte('1'), byte('O'), true, "<>", t.ViewSQL)
	})
}

func ruleOID(t *catalog.Table) types.OID { return 0xa0000000 | t.OID&0xfffffff }
