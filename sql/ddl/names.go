package ddl

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// path lists the schemas an unqualified name is looked up in.
func (c *Context) path() []*catalog.Schema {
	var out []*catalog.Schema
	names := c.SearchPath
	if !slices.Contains(names, "pg_catalog") {
		names = append([]string{"pg_catalog"}, names...)
	}
	if c.TempSchema != "" {
		names = append([]string{c.TempSchema}, names...)
	}
	for _, n := range names {
		if n == "$user" {
			n = c.Auth.Name()
		}
		if s := c.Catalog.SchemaByName(n); s != nil && c.Auth.SeesSchema(s) {
			out = append(out, s)
		}
	}
	return out
}

func (c *Context) schemaNamed(n string) (*catalog.Schema, error) {
	if s := c.Catalog.SchemaByName(n); s != nil {
		return s, nil
	}
	return nil, pgerr.Newf(pgerr.InvalidSchemaName, "schema %q does not exist", n)
}

// creationSchema is where a new object of this name goes.
func (c *Context) creationSchema(ctx context.Context, n ast.ObjectName, p ast.Persistence) (*catalog.Schema, error) {
	if p == ast.Temporary {
		if n.Schema != "" && n.Schema != "pg_temp" && n.Schema != c.TempSchema {
			return nil, pgerr.New(pgerr.InvalidTableDefinition, "cannot create temporary relation in non-temporary schema")
		}
		if err := c.requireDatabase(c.Auth, acl.Temporary); err != nil {
			return nil, err
		}
		return c.tempSchema(ctx)
	}
	if n.Schema != "" {
		s, err := c.schemaNamed(n.Schema)
		if err == nil && s.OID == catalog.SchemaPgCatalog && c.Auth.Superuser() {
			return nil, pgerr.Newf(pgerr.InsufficientPrivilege, "permission denied to create \"%s.%s\"", n.Schema, n.Name).
				WithDetail("System catalog modifications are currently disallowed.")
		}
		if err != nil {
			return nil, err
		}
		return s, c.Auth.RequireSchema(s, acl.Create)
	}
	for _, s := range c.path() {
		if s.OID != catalog.SchemaPgCatalog && s.Name != c.TempSchema {
			return s, c.Auth.RequireSchema(s, acl.Create)
		}
	}
	return nil, pgerr.New(pgerr.InvalidSchemaName, "no schema has been selected to create in")
}

func (c *Context) tempSchema(ctx context.Context) (*catalog.Schema, error) {
	if s := c.Catalog.SchemaByName(c.TempSchema); s != nil {
		return s, nil
	}
	oid, err := c.Store.NewOID(ctx)
	if err != nil {
		return nil, err
	}
	s := &catalog.Schema{OID: oid, Name: c.TempSchema, Owner: catalog.RoleSuperuser}
	return s, c.Catalog.PutSchema(ctx, s)
}

// relation finds a relation by name; nil where there is none.
func (c *Context) relation(n ast.ObjectName) (*catalog.Table, error) {
	if n.Schema != "" {
		schema := n.Schema
		if schema == "pg_temp" {
			schema = c.TempSchema
		}
		s := c.Catalog.SchemaByName(schema)
		if s == nil {
			return nil, nil
		}
		if err := c.Auth.RequireSchema(s, acl.Usage); err != nil {
			return nil, err
		}
		return c.Catalog.Table(s.OID, n.Name)
	}
	for _, s := range c.path() {
		t, err := c.Catalog.Table(s.OID, n.Name)
		if t != nil || err != nil {
			return t, err
		}
	}
	return nil, nil
}

// Relation finds a relation by name; 42P01 where there is none.
func (c *Context) Relation(n ast.ObjectName) (*catalog.Table, error) {
	t, err := c.relation(n)
	if err == nil && t == nil {
		err = errNoRelation(n)
	}
	return t, err
}

// index finds an index by name.
func (c *Context) index(n ast.ObjectName) (*catalog.Table, *catalog.Index, error) {
	for _, s := range c.path() {
		if n.Schema != "" && s.Name != n.Schema {
			continue
		}
		t, ix, err := c.Catalog.Index(s.OID, n.Name)
		if ix != nil || err != nil {
			return t, ix, err
		}
	}
	if n.Schema != "" {
		if s := c.Catalog.SchemaByName(n.Schema); s != nil {
			if err := c.Auth.RequireSchema(s, acl.Usage); err != nil {
				return nil, nil, err
			}
			return c.Catalog.Index(s.OID, n.Name)
		}
	}
	return nil, nil, nil
}

func errNoRelation(n ast.ObjectName) error {
	return pgerr.Newf(pgerr.UndefinedTable, "relation %q does not exist", strings.Join(n.Parts(), "."))
}

// lock locks the relation of that name and returns a copy of its newest
// descriptor for the caller to change. 42P01 where there is none, what allowed
// gives where the user may not (nil: whoever may).
func (c *Context) lock(ctx context.Context, n ast.ObjectName, mode txn.TableMode, allowed may) (*catalog.Table, error) {
	t, err := c.relation(n)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, errNoRelation(n)
	}
	return c.lockTable(ctx, t, mode, allowed)
}

// lockTable is lock of a relation found already. The right is checked before the
// lock is waited for, so that nobody holds up a table that is not his.
func (c *Context) lockTable(ctx context.Context, t *catalog.Table, mode txn.TableMode, allowed may) (*catalog.Table, error) {
	if allowed != nil {
		if err := allowed(t); err != nil {
			return nil, err
		}
	}
	if t.Kind == catalog.KindVirtual {
		return nil, pgerr.Newf(pgerr.InsufficientPrivilege, "permission denied: %q is a system catalog", t.Name)
	}
	if err := c.Tx.LockTable(ctx, uint64(t.OID), mode, txn.Block); err != nil {
		return nil, err
	}
	newest, err := c.Catalog.TableByOID(t.OID)
	if err != nil {
		return nil, err
	}
	if newest == nil {
		return nil, pgerr.Newf(pgerr.UndefinedTable, "relation with OID %d does not exist", t.OID)
	}
	if allowed != nil {
		if err := allowed(newest); err != nil {
			return nil, err
		}
	}
	return copyTable(newest), nil
}

// copyTable is deep enough for every change made here: descriptors are shared.
func copyTable(t *catalog.Table) *catalog.Table {
	c := *t
	c.Columns = slices.Clone(t.Columns)
	c.Indexes = slices.Clone(t.Indexes)
	c.Checks = slices.Clone(t.Checks)
	c.ForeignKeys = slices.Clone(t.ForeignKeys)
	c.ReferredBy = slices.Clone(t.ReferredBy)
	c.ACL = slices.Clone(t.ACL)
	if t.Seq != nil {
		seq := *t.Seq
		c.Seq = &seq
	}
	return &c
}

func kindWord(k catalog.RelKind) string {
	switch k {
	case catalog.KindView:
		return "view"
	case catalog.KindMatView:
		return "materialized view"
	case catalog.KindSequence:
		return "sequence"
	case catalog.KindIndex:
		return "index"
	}
	return "table"
}

// freeName makes a name as PostgreSQL's ChooseRelationName does: parts joined by
// underscores, cut to fit, numbered until taken says it is free.
func freeName(table, column, label string, taken func(string) bool) string {
	for n := 0; ; n++ {
		suffix := label
		if n > 0 {
			suffix += strconv.Itoa(n)
		}
		name := makeName(table, column, suffix)
		if !taken(name) {
			return name
		}
	}
}

func makeName(a, b, label string) string {
	overhead := 0
	if b != "" {
		overhead++
	}
	if label != "" {
		overhead += len(label) + 1
	}
	room := catalog.IdentifierBytesMax - overhead
	for len(a)+len(b) > room {
		if len(a) > len(b) {
			a = a[:len(a)-1]
		} else {
			b = b[:len(b)-1]
		}
	}
	for _, part := range []string{b, label} {
		if part != "" {
			a += "_" + part
		}
	}
	return a
}

// relationTaken tells whether a relation or index of that name is in the schema,
// or among the names taken by the statement itself.
func (c *Context) relationTaken(schema types.OID, own []*catalog.Index) func(string) bool {
	return func(n string) bool {
		for _, ix := range own {
			if ix.Name == n {
				return true
			}
		}
		if t, _ := c.Catalog.Table(schema, n); t != nil {
			return true
		}
		_, ix, _ := c.Catalog.Index(schema, n)
		return ix != nil
	}
}

func constraintTaken(t *catalog.Table) func(string) bool {
	return func(n string) bool {
		return slices.ContainsFunc(t.Checks, func(x catalog.Check) bool { return x.Name == n }) ||
			slices.ContainsFunc(t.ForeignKeys, func(x *catalog.ForeignKey) bool { return x.Name == n }) ||
			slices.ContainsFunc(t.Indexes, func(x *catalog.Index) bool { return x.Constraint && x.Name == n })
	}
}
