package ddl

import (
	"context"
	"strings"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

func createSchema(ctx context.Context, c *Context, s *ast.CreateSchema) error {
	owner := c.Auth.OID
	name := s.Name
	if s.Authorization != nil {
		r, err := c.role(*s.Authorization)
		if err != nil {
			return err
		}
		owner = r.OID
		if name == "" {
			name = r.Name
		}
	}
	if err := c.requireDatabase(c.Auth, acl.Create); err != nil {
		return err
	}
	if !c.Auth.MemberOf(owner) {
		r, err := c.roleByOID(owner)
		if err != nil {
			return err
		}
		return c.Auth.CanGiveTo(r)
	}
	if strings.HasPrefix(name, "pg_") {
		return pgerr.Newf(pgerr.ReservedName, "unacceptable schema name %q", name).
			WithDetail("The prefix \"pg_\" is reserved for system schemas.")
	}
	if c.Catalog.SchemaByName(name) != nil {
		if !s.IfNotExists {
			return pgerr.Newf(pgerr.DuplicateSchema, "schema %q already exists", name)
		}
		c.notice("NOTICE", pgerr.DuplicateSchema, "schema %q already exists, skipping", name)
		return nil
	}
	oid, err := c.Store.NewOID(ctx)
	if err != nil {
		return err
	}
	list, err := acl.ForNew(c.Catalog, acl.Schema, owner, 0)
	if err != nil {
		return err
	}
	if err := c.Catalog.PutSchema(ctx, &catalog.Schema{OID: oid, Name: name, Owner: owner, ACL: list}); err != nil {
		return err
	}
	inner := *c
	inner.Auth = c.Auth.As(owner)
	inner.SearchPath = append([]string{name}, c.SearchPath...)
	for _, el := range s.Elements {
		if _, _, err := Execute(ctx, &inner, el); err != nil {
			return err
		}
	}
	return nil
}

func createDatabase(ctx context.Context, c *Context, s *ast.CreateDatabase) error {
	if !c.Auth.CreateDB() {
		return denied("permission denied to create database")
	}
	return unsupported("CREATE DATABASE (all databases of a server are one keyspace; use a schema)")
}

func (c *Context) dropDatabase(_ context.Context, s *ast.Drop) error {
	for _, n := range s.Names {
		dbs, err := c.Catalog.Databases()
		if err != nil {
			return err
		}
		for _, d := range dbs {
			if d.Name == n.Name {
				o := acl.OfDatabase(d)
				if err := c.Auth.RequireOwner(&o); err != nil {
					return err
				}
				return unsupported("DROP DATABASE")
			}
		}
		if !s.IfExists {
			return pgerr.Newf(pgerr.InvalidCatalogName, "database %q does not exist", n.Name)
		}
		c.notice("NOTICE", pgerr.UndefinedObject, "database %q does not exist, skipping", n.Name)
	}
	return nil
}
