package ddl

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// may checks a user's right to what a statement does to a relation. It is asked
// before the lock is waited for, and again of the newest descriptor under it.
type may func(t *catalog.Table) error

// owns is the right of owners.
func (c *Context) owns(t *catalog.Table) error {
	o := acl.OfTable(t)
	return c.Auth.RequireOwner(&o)
}

// ownsRelation is owns where a part of the relation is named.
func (c *Context) ownsRelation(t *catalog.Table) error {
	return c.Auth.RequireOwner(&acl.Object{Kind: acl.Column, Name: t.Name, Owner: t.Owner})
}

// mayDrop is the right of owners of the relation or of its schema.
func (c *Context) mayDrop(t *catalog.Table) error {
	o := acl.OfTable(t)
	return c.ownsOrSchema(&o, t.Schema)
}

// holds is the right of those who hold a privilege.
func (c *Context) holds(p acl.Privs) may {
	return func(t *catalog.Table) error {
		o := acl.OfTable(t)
		return c.Auth.Require(&o, p)
	}
}

// ownsOrSchema is 42501 unless the user owns an object or the schema that it is in.
func (c *Context) ownsOrSchema(o *acl.Object, schema types.OID) error {
	if s := c.Catalog.SchemaByOID(schema); s != nil && c.Auth.OwnsSchema(s) {
		return nil
	}
	return c.Auth.RequireOwner(o)
}

// ownsFunction checks a function to be replaced.
func (c *Context) ownsFunction(f *catalog.Function) error {
	o := acl.OfFunction(f)
	return c.Auth.RequireOwner(&o)
}

// mayDropFunction checks a function to be dropped, which errors name as written.
func (c *Context) mayDropFunction(f *catalog.Function, written ast.ObjectName) error {
	o := acl.OfFunction(f)
	o.Name = strings.Join(written.Parts(), ".")
	return c.ownsOrSchema(&o, f.Schema)
}

// ownsType checks a type.
func (c *Context) ownsType(d *catalog.TypeDesc, orSchema bool) error {
	o := acl.OfType(d)
	if orSchema {
		return c.ownsOrSchema(&o, d.Schema)
	}
	return c.Auth.RequireOwner(&o)
}

// ownsSchema checks a schema.
func (c *Context) ownsSchema(s *catalog.Schema) error {
	o := acl.OfSchema(s)
	return c.Auth.RequireOwner(&o)
}

// usableType resolves a type and checks that the user may make things of it; an
// array is as usable as its elements.
func (c *Context) usableType(n *ast.TypeName) (*types.T, int32, error) {
	t, mod, err := c.Internal.ResolveType(n)
	if err != nil {
		return nil, 0, err
	}
	return t, mod, c.mayUseType(t)
}

func (c *Context) mayUseType(t *types.T) error {
	if t.Elem != nil && t.IsArray() {
		t = t.Elem
	}
	o := acl.Object{Kind: acl.Type, Name: types.FormatType(t, -1), Owner: catalog.RoleSuperuser}
	d, err := c.Catalog.TypeByOID(t.OID)
	switch {
	case err != nil:
		return err
	case d != nil:
		o = acl.OfType(d)
	default:
		if a := c.Catalog.Access(catalog.AccessKey{Class: catalog.AccessType, Object: t.OID}); a != nil {
			o.ACL = a.ACL
		}
	}
	return c.Auth.Require(&o, acl.Usage)
}

// mayUseLanguage checks the language of a function.
func (c *Context) mayUseLanguage(name string) error {
	o := acl.Object{Kind: acl.Language, Name: name, Owner: catalog.RoleSuperuser}
	if a := c.Catalog.Access(catalog.AccessKey{Class: catalog.AccessLanguage, Name: name}); a != nil {
		o.ACL = a.ACL
	}
	return c.Auth.Require(&o, acl.Usage)
}

// database is the one that statements check privileges on: all share one
// keyspace, and its rules are those of the first.
func (c *Context) database() (*catalog.Database, error) {
	all, err := c.Catalog.Databases()
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		if d.OID == catalog.DatabaseDefault {
			return d, nil
		}
	}
	return nil, pgerr.New(pgerr.InvalidCatalogName, "there is no database")
}

// databaseNamed finds a database by name.
func (c *Context) databaseNamed(name string) (*catalog.Database, error) {
	all, err := c.Catalog.Databases()
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		if d.Name == name {
			return d, nil
		}
	}
	return nil, pgerr.Newf(pgerr.InvalidCatalogName, "database %q does not exist", name)
}

// requireDatabase is 42501 unless the user holds a privilege on the database.
func (c *Context) requireDatabase(u *acl.User, p acl.Privs) error {
	d, err := c.database()
	if err != nil {
		return err
	}
	o := acl.OfDatabase(d)
	if p == acl.Temporary && !u.Holds(&o, p) {
		return pgerr.Newf(pgerr.InsufficientPrivilege, "permission denied to create temporary tables in database %q", d.Name)
	}
	return u.Require(&o, p)
}

// lookupSchema finds a schema that a statement looks into: USAGE is needed.
func (c *Context) lookupSchema(name string) (*catalog.Schema, error) {
	s, err := c.schemaNamed(name)
	if err != nil {
		return nil, err
	}
	return s, c.Auth.RequireSchema(s, acl.Usage)
}

// mayBeOwner checks that the user may make a role the owner of an object: the
// user must be a member of it, and it must be allowed to create in the schema
// (0: none).
func (c *Context) mayBeOwner(to *catalog.Role, schema types.OID) error {
	if c.Auth.Superuser() {
		return nil
	}
	if err := c.Auth.CanGiveTo(to); err != nil {
		return err
	}
	if s := c.Catalog.SchemaByOID(schema); s != nil {
		return c.Auth.As(to.OID).RequireSchema(s, acl.Create)
	}
	return nil
}
