package ddl

import (
	"context"
	"strings"

	"github.com/ferritedb/ferrite/sql/acl"
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
	give, err := c.givable(ctx, s)
	if err != nil {
		return err
	}
	if s.Action != ast.AlterObjectOwner {
		if err := c.Auth.RequireOwner(&give.object); err != nil {
			return err
		}
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
	return c.give(give, to)
}

// gift is an object that can have another owner.
type gift struct {
	object acl.Object
	// schema the object is in; 0 for schemas and databases.
	schema types.OID
	// to writes the object with another owner.
	to func(owner types.OID) error
}

// give changes an owner: the user must own the object and be a member of the new
// owner, who must be allowed to create such a thing where it is.
func (c *Context) give(g *gift, to *catalog.Role) error {
	if g.object.Owner == to.OID {
		return nil
	}
	if err := c.Auth.RequireOwner(&g.object); err != nil {
		return err
	}
	if err := c.mayBeOwner(to, g.schema); err != nil {
		return err
	}
	switch g.object.Kind {
	case acl.Schema:
		if err := c.requireDatabase(c.Auth, acl.Create); err != nil {
			return err
		}
	case acl.Database:
		if !c.Auth.CreateDB() {
			return denied("permission denied to change owner of database")
		}
	}
	return g.to(to.OID)
}

// givable finds the object that ALTER … OWNER TO names.
func (c *Context) givable(ctx context.Context, s *ast.AlterObject) (*gift, error) {
	name := strings.Join(s.Name.Parts(), ".")
	switch s.Kind {
	case ast.ObjectSchema:
		o, err := c.schemaNamed(s.Name.Name)
		if err != nil {
			return nil, err
		}
		return c.giftSchema(ctx, o), nil
	case ast.ObjectDatabase:
		o, err := c.databaseNamed(s.Name.Name)
		if err != nil {
			return nil, err
		}
		return c.giftDatabase(ctx, o), nil
	case ast.ObjectType, ast.ObjectDomain:
		o, err := c.userType(s.Name)
		if err == nil && o == nil {
			err = pgerr.Newf(pgerr.UndefinedObject, "type %q does not exist", name)
		}
		if err != nil {
			return nil, err
		}
		return c.giftType(ctx, o), nil
	case ast.ObjectFunction, ast.ObjectRoutine:
		o, err := c.findFunction(s.Function)
		if err != nil {
			return nil, err
		}
		return c.giftFunction(ctx, o), nil
	}
	return nil, unsupported("ALTER " + s.Kind.String() + " … OWNER TO")
}

func (c *Context) giftSchema(ctx context.Context, o *catalog.Schema) *gift {
	return &gift{acl.OfSchema(o), 0, func(to types.OID) error {
		n := *o
		n.Owner, n.ACL = to, acl.Reown(o.ACL, o.Owner, to)
		return c.Catalog.PutSchema(ctx, &n)
	}}
}

func (c *Context) giftDatabase(ctx context.Context, o *catalog.Database) *gift {
	return &gift{acl.OfDatabase(o), 0, func(to types.OID) error {
		n := *o
		n.Owner, n.ACL = to, acl.Reown(o.ACL, o.Owner, to)
		return c.Catalog.PutDatabase(ctx, &n)
	}}
}

func (c *Context) giftType(ctx context.Context, o *catalog.TypeDesc) *gift {
	return &gift{acl.OfType(o), o.Schema, func(to types.OID) error {
		n := *o
		n.Owner, n.ACL = to, acl.Reown(o.ACL, o.Owner, to)
		return c.Catalog.PutType(ctx, &n)
	}}
}

func (c *Context) giftFunction(ctx context.Context, o *catalog.Function) *gift {
	return &gift{acl.OfFunction(o), o.Schema, func(to types.OID) error {
		n := *o
		n.Owner, n.ACL = to, acl.Reown(o.ACL, o.Owner, to)
		return c.Catalog.PutFunction(ctx, &n)
	}}
}

// giveTable changes the owner of a copy of a relation; its lists follow, and so
// do the sequences that its columns own, which are written.
func (c *Context) giveTable(ctx context.Context, t *catalog.Table, to types.OID) error {
	from := t.Owner
	t.Owner, t.ACL = to, acl.Reown(t.ACL, from, to)
	for i := range t.Columns {
		col := &t.Columns[i]
		col.ACL = acl.Reown(col.ACL, from, to)
		if col.OwnedSeq == 0 || col.Dropped {
			continue
		}
		seq, err := c.Catalog.TableByOID(col.OwnedSeq)
		if err != nil {
			return err
		}
		if seq == nil {
			continue
		}
		seq = copyTable(seq)
		seq.ACL, seq.Owner = acl.Reown(seq.ACL, seq.Owner, to), to
		if err := c.Catalog.PutTable(ctx, seq); err != nil {
			return err
		}
	}
	return nil
}
