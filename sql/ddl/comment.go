package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/txn"
)

func comment(ctx context.Context, c *Context, s *ast.Comment) error {
	text := s.Text
	if s.Null {
		text = ""
	}
	switch s.Kind {
	case ast.ObjectTable, ast.ObjectView, ast.ObjectMaterializedView, ast.ObjectSequence:
		t, err := c.lock(ctx, objectName(s.Path), txn.ShareUpdateExclusive, c.owns)
		if err != nil {
			return err
		}
		t.Comment = text
		return c.Catalog.PutTable(ctx, t)
	case ast.ObjectColumn:
		return c.commentColumn(ctx, s.Path, text)
	case ast.ObjectIndex:
		return c.commentIndex(ctx, objectName(s.Path), text)
	case ast.ObjectSchema:
		schema, err := c.schemaNamed(s.Path[len(s.Path)-1])
		if err != nil {
			return err
		}
		if err := c.ownsSchema(schema); err != nil {
			return err
		}
		o := *schema
		o.Comment = text
		return c.Catalog.PutSchema(ctx, &o)
	case ast.ObjectDatabase:
		return c.commentDatabase(ctx, s.Path[len(s.Path)-1], text)
	case ast.ObjectType, ast.ObjectDomain:
		return c.commentType(ctx, objectName(s.Path), text)
	case ast.ObjectFunction, ast.ObjectRoutine:
		f, err := c.findFunction(s.Function)
		if err != nil {
			return err
		}
		on := acl.OfFunction(f)
		on.Name = strings.Join(s.Function.Name.Parts(), ".")
		if err := c.Auth.RequireOwner(&on); err != nil {
			return err
		}
		o := *f
		o.Comment = text
		return c.Catalog.PutFunction(ctx, &o)
	case ast.ObjectRole:
		r, err := c.role(ast.RoleSpec{Name: s.Path[len(s.Path)-1]})
		if err != nil {
			return err
		}
		switch {
		case r.Superuser && !c.Auth.Superuser():
			return denied("must be superuser")
		case !c.Auth.CreateRole():
			return denied("must have CREATEROLE privilege")
		}
		o := *r
		o.Comment = text
		return c.Catalog.PutRole(ctx, &o)
	case ast.ObjectExtension:
		return nil
	}
	return unsupported("COMMENT ON " + s.Kind.String())
}

func objectName(path []string) ast.ObjectName {
	n := ast.ObjectName{Name: path[len(path)-1]}
	if len(path) > 1 {
		n.Schema = path[len(path)-2]
	}
	return n
}

func (c *Context) commentColumn(ctx context.Context, path []string, text string) error {
	if len(path) < 2 {
		return pgerr.New(pgerr.SyntaxError, "column name must be qualified")
	}
	t, err := c.lock(ctx, objectName(path[:len(path)-1]), txn.ShareUpdateExclusive, c.ownsRelation)
	if err != nil {
		return err
	}
	col := t.Column(path[len(path)-1])
	if col == nil {
		return pgerr.Newf(pgerr.UndefinedColumn, "column %q of relation %q does not exist", path[len(path)-1], t.Name)
	}
	col.Comment = text
	return c.Catalog.PutTable(ctx, t)
}

func (c *Context) commentIndex(ctx context.Context, n ast.ObjectName, text string) error {
	t, ix, err := c.index(n)
	if err != nil {
		return err
	}
	if ix == nil {
		return errNoRelation(n)
	}
	on := acl.OfIndex(t, ix)
	if err := c.Auth.RequireOwner(&on); err != nil {
		return err
	}
	t = copyTable(t)
	i := slices.IndexFunc(t.Indexes, func(x *catalog.Index) bool { return x.OID == ix.OID })
	o := *ix
	o.Comment = text
	t.Indexes[i] = &o
	return c.Catalog.PutTable(ctx, t)
}

func (c *Context) commentDatabase(ctx context.Context, n, text string) error {
	dbs, err := c.Catalog.Databases()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(dbs, func(d *catalog.Database) bool { return d.Name == n })
	if i < 0 {
		return pgerr.Newf(pgerr.InvalidCatalogName, "database %q does not exist", n)
	}
	on := acl.OfDatabase(dbs[i])
	if err := c.Auth.RequireOwner(&on); err != nil {
		return err
	}
	o := *dbs[i]
	o.Comment = text
	return c.Catalog.PutDatabase(ctx, &o)
}

func (c *Context) commentType(ctx context.Context, n ast.ObjectName, text string) error {
	d, err := c.userType(n)
	if err != nil {
		return err
	}
	if d == nil {
		return pgerr.Newf(pgerr.UndefinedObject, "type %q does not exist", n.Name)
	}
	if err := c.ownsType(d, false); err != nil {
		return err
	}
	o := *d
	o.Comment = text
	return c.Catalog.PutType(ctx, &o)
}
