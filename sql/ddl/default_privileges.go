package ddl

import (
	"context"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// alterDefaultPrivileges changes what new objects of a role give to whom.
func alterDefaultPrivileges(ctx context.Context, c *Context, s *ast.AlterDefaultPrivileges) error {
	g := &granting{c: c, s: s.Grant}
	var err error
	if g.grantees, err = c.grantees(s.Grant.Grantees); err != nil {
		return err
	}
	if err := g.privileges(); err != nil {
		return err
	}
	kind, _ := grantKind(s.Grant.Kind)
	if kind == acl.Procedure {
		kind = acl.Function
	}
	schemas := []types.OID{0}
	if len(s.InSchemas) > 0 {
		if kind == acl.Schema {
			return pgerr.New(pgerr.InvalidGrantOperation, "cannot use IN SCHEMA clause when using GRANT/REVOKE ON SCHEMAS")
		}
		schemas = nil
		for _, n := range s.InSchemas {
			sc, err := c.schemaNamed(n)
			if err != nil {
				return err
			}
			schemas = append(schemas, sc.OID)
		}
	}
	roles := []types.OID{c.Auth.OID}
	if len(s.ForRoles) > 0 {
		roles = nil
		for _, spec := range s.ForRoles {
			r, err := c.role(spec)
			if err != nil {
				return err
			}
			if err := c.Auth.CanGiveTo(r); err != nil {
				return err
			}
			roles = append(roles, r.OID)
		}
	}
	for _, r := range roles {
		for _, sc := range schemas {
			if err := g.defaults(ctx, kind, r, sc); err != nil {
				return err
			}
		}
	}
	return nil
}

// defaults changes the list for the objects of one kind that one role makes, in
// one schema or anywhere.
func (g *granting) defaults(ctx context.Context, k acl.Kind, role, schema types.OID) error {
	c := g.c
	base := acl.DefaultsBase(k, role, schema)
	key := catalog.AccessKey{Class: catalog.AccessDefaults, Role: role, Schema: schema, Object: k.DefaultsLetter()}
	list := base
	if a := c.Catalog.Access(key); a != nil {
		list = a.ACL
	}
	ch := acl.Change{Revoke: g.s.Revoke, Option: g.s.GrantOption || g.s.GrantOptionFor, Cascade: g.s.Behavior == ast.DropCascade,
		Grantees: g.grantees, Privs: g.wanted(k), Grantor: role}
	changed, err := ch.Apply(c.Catalog, list, role)
	if err != nil {
		return err
	}
	return c.putAccess(ctx, key, acl.Sorted(changed), base)
}
