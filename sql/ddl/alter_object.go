package ddl

import (
	"context"
	"strings"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// alterObject is ALTER … OWNER TO of what is no relation, and ALTER ROLE …
// RENAME TO. Names of schemas, types and functions stand in the text of views
// and defaults, so these are not renamed.
func alterObject(ctx context.Context, c *Context, s *ast.AlterObject) error {
	if s.Kind == ast.ObjectRole && s.Action == ast.AlterObjectRename {
		return renameRole(ctx, c, s)
	}
	if s.Action != ast.AlterObjectOwner {
		word := "RENAME TO"
		if s.Action == ast.AlterObjectSetSchema {
			word = "SET SCHEMA"
		}
		return unsupported("ALTER " + s.Kind.String() + " … " + word)
	}
	to, err := c.role(*s.Owner)
	if err != nil {
		return err
	}
	name := strings.Join(s.Name.Parts(), ".")
	switch s.Kind {
	case ast.ObjectSchema:
		o := c.Catalog.SchemaByName(s.Name.Name)
		if o == nil {
			return pgerr.Newf(pgerr.InvalidSchemaName, "schema %q does not exist", name)
		}
		n := *o
		n.Owner = to.OID
		return c.reown(o.Owner, to, "schema "+name, func() error { return c.Catalog.PutSchema(ctx, &n) })
	case ast.ObjectType, ast.ObjectDomain:
		o, err := c.userType(s.Name)
		if err != nil {
			return err
		}
		if o == nil {
			return pgerr.Newf(pgerr.UndefinedObject, "type %q does not exist", name)
		}
		n := *o
		n.Owner = to.OID
		return c.reown(o.Owner, to, "type "+name, func() error { return c.Catalog.PutType(ctx, &n) })
	case ast.ObjectFunction, ast.ObjectRoutine:
		o, err := c.findFunction(s.Function)
		if err != nil {
			return err
		}
		n := *o
		n.Owner = to.OID
		return c.reown(o.Owner, to, "function "+name, func() error { return c.Catalog.PutFunction(ctx, &n) })
	}
	return unsupported("ALTER " + s.Kind.String() + " … OWNER TO")
}

// reown checks that the user may give an object away, and has put write it.
func (c *Context) reown(owner types.OID, to *catalog.Role, what string, put func() error) error {
	if c.User != nil && !c.User.Superuser {
		if c.User.OID != owner {
			return pgerr.Newf(pgerr.InsufficientPrivilege, "must be owner of %s", what)
		}
		if c.User.OID != to.OID {
			return pgerr.Newf(pgerr.InsufficientPrivilege, "must be member of role %q", to.Name)
		}
	}
	return put()
}

func renameRole(ctx context.Context, c *Context, s *ast.AlterObject) error {
	r, err := c.role(ast.RoleSpec{Name: s.Name.Name})
	if err != nil {
		return err
	}
	if err := c.mayManageRoles(); err != nil {
		return err
	}
	if c.User != nil && (r.OID == c.User.OID || c.SessionUser != nil && r.OID == c.SessionUser.OID) {
		return pgerr.New(pgerr.FeatureNotSupported, "current user cannot be renamed")
	}
	if r.Superuser && c.User != nil && !c.User.Superuser {
		return pgerr.New(pgerr.InsufficientPrivilege, "must be superuser to rename superusers")
	}
	if strings.HasPrefix(r.Name, "pg_") || strings.HasPrefix(s.NewName, "pg_") {
		return pgerr.Newf(pgerr.ReservedName, "role name %q is reserved", s.NewName).
			WithDetail("Role names starting with \"pg_\" are reserved.")
	}
	n := *r
	n.Name = s.NewName
	return c.Catalog.PutRole(ctx, &n)
}
