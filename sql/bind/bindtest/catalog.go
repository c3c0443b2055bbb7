// Package bindtest is a catalog made from a few lines of DDL, for the tests of
// sql/bind and sql/opt. Nothing but tests imports it.
package bindtest

import (
	"fmt"
	"strings"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/bind"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/parse"
	"github.com/ferritedb/ferrite/sql/types"
)

// Catalog is a catalog.Reader made from a few lines of DDL: CREATE TABLE, INDEX,
// VIEW, FUNCTION, TYPE AS ENUM, DOMAIN, and "pattern users:* name status".
type Catalog struct {
	tables   map[string]*catalog.Table
	types    map[string]*catalog.TypeDesc
	funcs    map[string][]*catalog.Function
	patterns map[string]*catalog.KeyPattern
	next     types.OID
}

func New() *Catalog {
	return &Catalog{tables: map[string]*catalog.Table{}, types: map[string]*catalog.TypeDesc{},
		funcs: map[string][]*catalog.Function{}, patterns: map[string]*catalog.KeyPattern{}, next: catalog.FirstUserOID}
}

func (c *Catalog) oid() types.OID { c.next++; return c.next }

var schemas = []*catalog.Schema{{OID: catalog.SchemaPgCatalog, Name: "pg_catalog"}, {OID: catalog.SchemaPublic, Name: "public"}}

func (c *Catalog) Version() uint64            { return 1 }
func (c *Catalog) Schemas() []*catalog.Schema { return schemas }
func (c *Catalog) SchemaByName(name string) *catalog.Schema {
	for _, s := range schemas {
		if s.Name == name {
			return s
		}
	}
	return nil
}
func (c *Catalog) SchemaByOID(oid types.OID) *catalog.Schema {
	for _, s := range schemas {
		if s.OID == oid {
			return s
		}
	}
	return nil
}
func (c *Catalog) Table(schema types.OID, name string) (*catalog.Table, error) {
	if t := c.tables[name]; t != nil && t.Schema == schema {
		return t, nil
	}
	return nil, nil
}
func (c *Catalog) TableByOID(oid types.OID) (*catalog.Table, error) {
	for _, t := range c.tables {
		if t.OID == oid {
			return t, nil
		}
	}
	return nil, nil
}
func (c *Catalog) Index(types.OID, string) (*catalog.Table, *catalog.Index, error) {
	return nil, nil, nil
}
func (c *Catalog) IndexByOID(types.OID) (*catalog.Table, *catalog.Index, error) {
	return nil, nil, nil
}
func (c *Catalog) Tables() ([]*catalog.Table, error) { return nil, nil }
func (c *Catalog) Type(schema types.OID, name string) (*catalog.TypeDesc, error) {
	if schema != catalog.SchemaPublic {
		return nil, nil
	}
	return c.types[name], nil
}
func (c *Catalog) TypeByOID(oid types.OID) (*catalog.TypeDesc, error) {
	for _, t := range c.types {
		if t.T.OID == oid {
			return t, nil
		}
	}
	return nil, nil
}
func (c *Catalog) Types() ([]*catalog.TypeDesc, error) { return nil, nil }
func (c *Catalog) Functions(schema types.OID, name string) ([]*catalog.Function, error) {
	if schema != catalog.SchemaPublic {
		return nil, nil
	}
	return c.funcs[name], nil
}
func (c *Catalog) AllFunctions() ([]*catalog.Function, error)   { return nil, nil }
func (c *Catalog) Role(string) (*catalog.Role, error)           { return nil, nil }
func (c *Catalog) RoleByOID(types.OID) (*catalog.Role, error)   { return nil, nil }
func (c *Catalog) Roles() ([]*catalog.Role, error)              { return nil, nil }
func (c *Catalog) Databases() ([]*catalog.Database, error)      { return nil, nil }
func (c *Catalog) Access(catalog.AccessKey) *catalog.AccessList { return nil }
func (c *Catalog) AccessLists() []*catalog.AccessList           { return nil }
func (c *Catalog) KeyPattern(p string) (*catalog.KeyPattern, error) {
	if k := c.patterns[p]; k != nil {
		return k, nil
	}
	return &catalog.KeyPattern{Pattern: p}, nil
}

// Define runs lines of DDL.
func (c *Catalog) Define(ddl string) error {
	for _, line := range strings.Split(ddl, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if rest, ok := strings.CutPrefix(line, "pattern "); ok {
			f := strings.Fields(rest)
			c.patterns[f[0]] = &catalog.KeyPattern{Pattern: f[0], Fields: f[1:]}
			continue
		}
		stmt, err := parse.One(line)
		if err != nil {
			return fmt.Errorf("%s: %w", line, err)
		}
		if err := c.apply(stmt); err != nil {
			return fmt.Errorf("%s: %w", line, err)
		}
	}
	return nil
}

// Config is a binder configuration over c.
func (c *Catalog) Config(sql string) *bind.Config {
	return &bind.Config{Catalog: c, SearchPath: []string{"public"}, SQL: sql, User: "ada"}
}

func (c *Catalog) apply(stmt ast.Statement) error {
	switch s := stmt.(type) {
	case *ast.CreateTable:
		return c.createTable(s)
	case *ast.CreateIndex:
		return c.createIndex(s)
	case *ast.CreateView:
		sql := ast.Print(s.Query)
		res, err := bind.Statement(c.Config(sql), s.Query)
		if err != nil {
			return err
		}
		t := &catalog.Table{OID: c.oid(), Name: s.Name.Name, Schema: catalog.SchemaPublic, Kind: catalog.KindView, ViewSQL: sql, Primary: -1}
		for i, col := range res.Columns {
			name := col.Name
			if i < len(s.Columns) {
				name = s.Columns[i]
			}
			t.Columns = append(t.Columns, catalog.Column{Name: name, Attnum: int16(i + 1), Type: col.T, Mod: col.Mod})
		}
		c.tables[t.Name] = t
	case *ast.CreateEnum:
		t := &types.T{OID: c.oid(), Name: s.Name.Name, SchemaName: "public", Kind: types.KindStr, Typtype: 'e', Category: 'E', Len: 4, BaseMod: -1, Labels: s.Labels, Array: c.oid()}
		c.types[t.Name] = &catalog.TypeDesc{T: t, Schema: catalog.SchemaPublic}
	case *ast.CreateComposite:
		t := &types.T{OID: c.oid(), Name: s.Name.Name, SchemaName: "public", Kind: types.KindRecord, Typtype: 'c', Category: 'C', Len: -1, BaseMod: -1, Array: c.oid()}
		for _, f := range s.Attributes {
			ft, mod, err := bind.ResolveType(c.Config(""), f.Type)
			if err != nil {
				return err
			}
			t.Fields = append(t.Fields, types.Field{Name: f.Name, Type: ft, Mod: mod})
		}
		c.types[t.Name] = &catalog.TypeDesc{T: t, Schema: catalog.SchemaPublic}
	case *ast.CreateDomain:
		base, mod, err := bind.ResolveType(c.Config(""), s.Type)
		if err != nil {
			return err
		}
		t := *base
		t.OID, t.Name, t.Typtype, t.Base, t.BaseMod, t.SchemaName = c.oid(), s.Name.Name, 'd', base, mod, "public"
		d := &catalog.TypeDesc{T: &t, Schema: catalog.SchemaPublic}
		for _, k := range s.Constraints {
			if k.Kind == ast.ConstraintCheck {
				d.Checks = append(d.Checks, catalog.Check{Name: t.Name + "_check", Expr: ast.Print(k.Expr)})
			}
		}
		c.types[t.Name] = d
	case *ast.CreateFunction:
		f := &catalog.Function{OID: c.oid(), Name: s.Name.Name, Schema: catalog.SchemaPublic, Language: s.Language, Volatility: 'v', Kind: 'f',
			Strict: s.NullInput == ast.ReturnsNullOnNullInput}
		if len(s.Body) > 0 {
			f.Body = s.Body[0]
		}
		for _, p := range s.Params {
			t, _, err := bind.ResolveType(c.Config(""), p.Type)
			if err != nil {
				return err
			}
			f.ArgNames, f.ArgTypes, f.ArgModes = append(f.ArgNames, p.Name), append(f.ArgTypes, t), append(f.ArgModes, 'i')
		}
		if s.Returns != nil {
			t, _, err := bind.ResolveType(c.Config(""), s.Returns)
			if err != nil {
				return err
			}
			f.Ret, f.RetSet = t, s.Returns.Setof
		}
		c.funcs[f.Name] = append(c.funcs[f.Name], f)
	default:
		return fmt.Errorf("unexpected %T", stmt)
	}
	return nil
}

func (c *Catalog) createTable(s *ast.CreateTable) error {
	t := &catalog.Table{OID: c.oid(), Name: s.Name.Name, Schema: catalog.SchemaPublic, Kind: catalog.KindTable, Primary: -1, Storage: uint32(c.next)}
	t.RowType = c.oid()
	for _, el := range s.Elements {
		d, ok := el.(*ast.ColumnDef)
		if !ok {
			continue
		}
		typ, mod, err := bind.ResolveType(c.Config(""), d.Type)
		if err != nil {
			return err
		}
		col := catalog.Column{Name: d.Name, Attnum: int16(len(t.Columns) + 1), Type: typ, Mod: mod}
		for _, k := range d.Constraints {
			switch k.Kind {
			case ast.ConstraintNotNull:
				col.NotNull = true
			case ast.ConstraintDefault:
				col.Default = ast.Print(k.Expr)
			case ast.ConstraintGenerated:
				col.Default, col.Generated = ast.Print(k.Expr), 's'
			case ast.ConstraintIdentity:
				col.Identity, col.OwnedSeq = 'd', c.oid()
				if k.Identity == ast.IdentityAlways {
					col.Identity = 'a'
				}
			case ast.ConstraintCheck:
				t.Checks = append(t.Checks, catalog.Check{Name: t.Name + "_" + d.Name + "_check", Expr: ast.Print(k.Expr)})
			case ast.ConstraintPrimaryKey:
				col.NotNull = true
				c.addKey(t, t.Name+"_pkey", true, col)
			case ast.ConstraintUnique:
				c.addKey(t, t.Name+"_"+d.Name+"_key", false, col)
			}
		}
		t.Columns = append(t.Columns, col)
	}
	for _, el := range s.Elements {
		k, ok := el.(*ast.TableConstraint)
		if !ok {
			continue
		}
		var cols []catalog.Column
		for _, n := range k.Columns {
			cols = append(cols, *t.Column(n))
		}
		switch k.Kind {
		case ast.ConstraintPrimaryKey:
			c.addKey(t, t.Name+"_pkey", true, cols...)
		case ast.ConstraintUnique:
			c.addKey(t, t.Name+"_"+strings.Join(k.Columns, "_")+"_key", false, cols...)
		}
	}
	c.tables[t.Name] = t
	return nil
}

func (c *Catalog) addKey(t *catalog.Table, name string, primary bool, cols ...catalog.Column) {
	x := &catalog.Index{OID: c.oid(), ID: uint32(len(t.Indexes) + 1), Name: name, Unique: true, Primary: primary, Constraint: true}
	for _, col := range cols {
		x.Keys = append(x.Keys, catalog.IndexKey{Attnum: col.Attnum, Type: col.Type})
	}
	if primary {
		t.Primary = len(t.Indexes)
	}
	t.Indexes = append(t.Indexes, x)
}

func (c *Catalog) createIndex(s *ast.CreateIndex) error {
	if p, ok := s.Table.(*ast.KeyPattern); ok {
		k := c.patterns[p.Pattern]
		x := &catalog.Index{OID: c.oid(), ID: uint32(len(k.Indexes) + 1), Name: s.Name}
		for _, e := range s.Elements {
			x.Keys = append(x.Keys, catalog.IndexKey{Expr: e.Column, Type: types.Text})
		}
		k.Indexes = append(k.Indexes, x)
		return nil
	}
	t := c.tables[s.Table.(*ast.TableName).Name.Name]
	x := &catalog.Index{OID: c.oid(), ID: uint32(len(t.Indexes) + 2), Name: s.Name, Unique: s.Unique}
	if s.Where != nil {
		x.Where = ast.Print(s.Where)
	}
	for _, e := range s.Elements {
		k := catalog.IndexKey{Desc: e.Direction == ast.SortDescending}
		k.NullsFirst = k.Desc
		if e.Column != "" {
			col := t.Column(e.Column)
			k.Attnum, k.Type = col.Attnum, col.Type
		} else {
			k.Expr, k.Type = ast.Print(e.Expr), types.Text
		}
		x.Keys = append(x.Keys, k)
	}
	t.Indexes = append(t.Indexes, x)
	return nil
}
