package bind

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// eachSchema visits the schemas of the search path in order, pg_catalog first
// where the path does not name it, until visit gives true.
func (b *binder) eachSchema(visit func(*catalog.Schema) bool) {
	named := false
	for _, n := range b.cfg.SearchPath {
		named = named || n == "pg_catalog"
	}
	if !named {
		if s := b.cat.SchemaByName("pg_catalog"); s != nil && b.sees(s) && visit(s) {
			return
		}
	}
	for _, n := range b.cfg.SearchPath {
		if n == "$user" {
			n = b.cfg.User
		}
		if s := b.cat.SchemaByName(n); s != nil && b.sees(s) && visit(s) {
			return
		}
	}
}

// table finds a relation; a missing one is 42P01 at the name.
func (b *binder) table(name ast.ObjectName) *catalog.Table {
	if t := b.tableOrNil(name); t != nil {
		return t
	}
	b.failf(name.At, pgerr.UndefinedTable, "relation %q does not exist", strings.Join(name.Parts(), "."))
	return nil
}

func (b *binder) tableOrNil(name ast.ObjectName) *catalog.Table {
	if name.Schema != "" {
		s := b.schemaNamed(name.Schema, name.At)
		if s == nil {
			return nil
		}
		t, err := b.cat.Table(s.OID, name.Name)
		b.must(name.At, err)
		return t
	}
	var t *catalog.Table
	b.eachSchema(func(s *catalog.Schema) bool {
		var err error
		t, err = b.cat.Table(s.OID, name.Name)
		b.must(name.At, err)
		return t != nil
	})
	return t
}

// typeName resolves a written type to its descriptor and typmod.
func (b *binder) typeName(n *ast.TypeName) (*types.T, int32) {
	if n.PercentType {
		return b.percentType(n)
	}
	t := b.findType(n)
	if t == nil {
		b.failf(n.At, pgerr.UndefinedObject, "type %q does not exist", strings.Join(n.Name.Parts(), "."))
	}
	mod := b.typmod(n, t)
	if len(n.ArrayBounds) > 0 {
		a := types.ArrayOf(t)
		if a == nil {
			b.failf(n.At, pgerr.UndefinedObject, "could not find array type for data type %s", types.FormatType(t, -1))
		}
		t = a
	}
	return t, mod
}

// ResolveType resolves a written type for other users of the catalog.
func ResolveType(cfg *Config, n *ast.TypeName) (t *types.T, mod int32, err error) {
	b := newBinder(cfg)
	defer b.recovered(&err)
	t, mod = b.typeName(n)
	return t, mod, nil
}

func (b *binder) findType(n *ast.TypeName) *types.T {
	name := n.Name.Name
	inSchema := func(s *catalog.Schema) *types.T {
		if s == nil {
			return nil
		}
		if s.OID == catalog.SchemaPgCatalog {
			if t, ok := types.ByName(name); ok {
				return t
			}
		}
		d, err := b.cat.Type(s.OID, name)
		b.must(n.At, err)
		if d != nil {
			return d.T
		}
		return b.rowTypeByName(s, name)
	}
	if n.Name.Schema != "" {
		s := b.schemaNamed(n.Name.Schema, n.At)
		if s == nil {
			if n.Name.Schema == "pg_catalog" {
				if t, ok := types.ByName(name); ok {
					return t
				}
			}
			b.failf(n.At, pgerr.InvalidSchemaName, "schema %q does not exist", n.Name.Schema)
		}
		return inSchema(s)
	}
	if t, ok := types.ByName(name); ok {
		return t
	}
	var t *types.T
	b.eachSchema(func(s *catalog.Schema) bool {
		t = inSchema(s)
		return t != nil
	})
	return t
}

// rowTypeByName gives the row type of a table of that name.
func (b *binder) rowTypeByName(s *catalog.Schema, name string) *types.T {
	if strings.HasPrefix(name, "_") {
		if t := b.rowTypeByName(s, name[1:]); t != nil {
			return types.ArrayOf(t)
		}
	}
	t, err := b.cat.Table(s.OID, name)
	b.must(ast.NoPosition, err)
	if t == nil || t.Kind == catalog.KindSequence || t.Kind == catalog.KindIndex || t.Kind == catalog.KindVirtual {
		return nil
	}
	return b.rowType(t)
}

// rowType is the composite type of a table's rows.
func (b *binder) rowType(t *catalog.Table) *types.T {
	if t.RowType != 0 {
		d, err := b.cat.TypeByOID(t.RowType)
		b.must(ast.NoPosition, err)
		if d != nil {
			return d.T
		}
	}
	r := &types.T{OID: t.RowType, Name: t.Name, Kind: types.KindRecord, Typtype: 'c', Category: 'C', Len: -1, BaseMod: -1}
	if r.OID == 0 {
		r.OID = types.RecordT.OID
	}
	if s := b.cat.SchemaByOID(t.Schema); s != nil {
		r.SchemaName = s.Name
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		if !c.Dropped {
			r.Fields = append(r.Fields, types.Field{Name: c.Name, Type: c.Type, Mod: c.Mod})
		}
	}
	return r
}

// percentType is table.column%TYPE.
func (b *binder) percentType(n *ast.TypeName) (*types.T, int32) {
	rel := ast.ObjectName{At: n.At, Schema: n.Name.Catalog, Name: n.Name.Schema}
	t := b.table(rel)
	c := t.Column(n.Name.Name)
	if c == nil {
		b.failf(n.At, pgerr.UndefinedColumn, "column %q of relation %q does not exist", n.Name.Name, t.Name)
	}
	return c.Type, c.Mod
}

func (b *binder) typmod(n *ast.TypeName, t *types.T) int32 {
	if n.Interval != ast.IntervalAny {
		precision := -1
		if len(n.Typmods) > 0 {
			if l, ok := n.Typmods[0].(*ast.Literal); ok {
				if v, ok := l.Int64(); ok {
					precision = int(v)
				}
			}
		}
		mod, err := types.IntervalTypmod(n.Interval.String(), precision)
		b.must(n.At, err)
		return mod
	}
	if len(n.Typmods) == 0 {
		return -1
	}
	args := make([]int64, len(n.Typmods))
	for i, e := range n.Typmods {
		l, ok := e.(*ast.Literal)
		if !ok {
			b.failf(n.At, pgerr.SyntaxError, "type modifiers must be simple constants or identifiers")
		}
		v, ok := l.Int64()
		if !ok {
			b.failf(n.At, pgerr.InvalidTextRepresentation, "invalid input syntax for type integer: %q", l.Text)
		}
		args[i] = v
	}
	mod, err := types.EncodeTypmod(t, args)
	b.must(n.At, err)
	return mod
}
