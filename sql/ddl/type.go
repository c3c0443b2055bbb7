package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// newType makes the frame of a user type in the schema its name asks for.
func (c *Context) newType(ctx context.Context, n ast.ObjectName, typtype byte) (*catalog.TypeDesc, error) {
	schema, err := c.creationSchema(ctx, n, ast.Permanent)
	if err != nil {
		return nil, err
	}
	if old, err := c.Catalog.Type(schema.OID, n.Name); err != nil {
		return nil, err
	} else if old != nil {
		return nil, pgerr.Newf(pgerr.DuplicateObject, "type %q already exists", n.Name)
	}
	oid, err := c.Store.NewOID(ctx)
	if err != nil {
		return nil, err
	}
	array, err := c.Store.NewOID(ctx)
	if err != nil {
		return nil, err
	}
	t := &types.T{OID: oid, Array: array, Name: n.Name, Typtype: typtype, Len: -1, BaseMod: -1, SchemaName: schema.Name}
	list, err := acl.ForNew(c.Catalog, acl.Type, c.Auth.OID, schema.OID)
	return &catalog.TypeDesc{T: t, Schema: schema.OID, Owner: c.Auth.OID, ACL: list}, err
}

func createEnum(ctx context.Context, c *Context, s *ast.CreateEnum) error {
	d, err := c.newType(ctx, s.Name, 'e')
	if err != nil {
		return err
	}
	for i, l := range s.Labels {
		if slices.Contains(s.Labels[:i], l) {
			return pgerr.Newf(pgerr.UniqueViolation, "enum label %q used more than once", l)
		}
		if err := checkLabel(l); err != nil {
			return err
		}
	}
	d.T.Kind, d.T.Category, d.T.Len, d.T.Labels = types.KindStr, 'E', 4, s.Labels
	return c.Catalog.PutType(ctx, d)
}

func checkLabel(l string) error {
	if len(l) > catalog.IdentifierBytesMax {
		return pgerr.Newf(pgerr.InvalidName, "invalid enum label %q", l).
			WithDetailf("Labels must be %d bytes or less.", catalog.IdentifierBytesMax)
	}
	return nil
}

func createComposite(ctx context.Context, c *Context, s *ast.CreateComposite) error {
	d, err := c.newType(ctx, s.Name, 'c')
	if err != nil {
		return err
	}
	d.T.Kind, d.T.Category = types.KindRecord, 'C'
	for _, a := range s.Attributes {
		t, mod, err := c.usableType(a.Type)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(d.T.Fields, func(f types.Field) bool { return f.Name == a.Name }) {
			return pgerr.Newf(pgerr.DuplicateColumn, "attribute %q specified more than once", a.Name)
		}
		d.T.Fields = append(d.T.Fields, types.Field{Name: a.Name, Type: t, Mod: mod})
	}
	return c.Catalog.PutType(ctx, d)
}

func createDomain(ctx context.Context, c *Context, s *ast.CreateDomain) error {
	base, mod, err := c.Internal.ResolveType(s.Type)
	if err != nil {
		return err
	}
	d, err := c.newType(ctx, s.Name, 'd')
	if err != nil {
		return err
	}
	if err := c.mayUseType(base); err != nil {
		return err
	}
	u := base.Underlying()
	d.T.Base, d.T.BaseMod = base, mod
	d.T.Kind, d.T.Category, d.T.Len, d.T.Elem = u.Kind, u.Category, u.Len, u.Elem
	for _, k := range s.Constraints {
		switch k.Kind {
		case ast.ConstraintNotNull:
			d.NotNull = true
		case ast.ConstraintNull:
		case ast.ConstraintDefault:
			_, text, err := c.Internal.CheckRowExpr(k.Expr, nil, base, "DEFAULT expressions")
			if err != nil {
				return err
			}
			d.Default = text
		case ast.ConstraintCheck:
			if err := c.domainCheck(ctx, d, k); err != nil {
				return err
			}
		default:
			return pgerr.New(pgerr.SyntaxError, "constraint not possible for domains")
		}
	}
	return c.Catalog.PutType(ctx, d)
}

func (c *Context) domainCheck(ctx context.Context, d *catalog.TypeDesc, k *ast.ColumnConstraint) error {
	row := &catalog.Table{Name: d.T.Name, Columns: []catalog.Column{{Name: "value", Attnum: 1, Type: d.T.Base, Mod: d.T.BaseMod}}}
	_, text, err := c.Internal.CheckRowExpr(k.Expr, row, types.Bool, "domain constraints")
	if err != nil {
		return err
	}
	oid, err := c.Store.NewOID(ctx)
	if err != nil {
		return err
	}
	name := k.Name
	if name == "" {
		name = freeName(d.T.Name, "", "check", func(n string) bool {
			return slices.ContainsFunc(d.Checks, func(x catalog.Check) bool { return x.Name == n })
		})
	}
	d.Checks = append(d.Checks, catalog.Check{OID: oid, Name: name, Expr: text})
	return nil
}

// userType finds a user-made type by name; nil where there is none.
func (c *Context) userType(n ast.ObjectName) (*catalog.TypeDesc, error) {
	for _, s := range c.path() {
		if n.Schema != "" && s.Name != n.Schema {
			continue
		}
		d, err := c.Catalog.Type(s.OID, n.Name)
		if d != nil || err != nil {
			return d, err
		}
	}
	if s := c.Catalog.SchemaByName(n.Schema); n.Schema != "" && s != nil {
		if err := c.Auth.RequireSchema(s, acl.Usage); err != nil {
			return nil, err
		}
		return c.Catalog.Type(s.OID, n.Name)
	}
	return nil, nil
}

func alterEnum(ctx context.Context, c *Context, s *ast.AlterEnum) error {
	d, err := c.userType(s.Name)
	if err != nil {
		return err
	}
	if d == nil {
		return pgerr.Newf(pgerr.UndefinedObject, "type %q does not exist", strings.Join(s.Name.Parts(), "."))
	}
	if err := c.ownsType(d, false); err != nil {
		return err
	}
	if !d.T.IsEnum() {
		return pgerr.Newf(pgerr.WrongObjectType, "%s is not an enum", d.T.Name)
	}
	if s.OldLabel != "" {
		return unsupported("ALTER TYPE … RENAME VALUE")
	}
	if err := checkLabel(s.Label); err != nil {
		return err
	}
	if slices.Contains(d.T.Labels, s.Label) {
		if !s.IfNotExists {
			return pgerr.Newf(pgerr.DuplicateObject, "enum label %q already exists", s.Label)
		}
		c.notice("NOTICE", pgerr.DuplicateObject, "enum label %q already exists, skipping", s.Label)
		return nil
	}
	at := len(d.T.Labels)
	if s.Neighbor != "" {
		if at = slices.Index(d.T.Labels, s.Neighbor); at < 0 {
			return pgerr.Newf(pgerr.InvalidParameterValue, "%q is not an existing enum label", s.Neighbor)
		}
		if s.After {
			at++
		}
	}
	if at < len(d.T.Labels) {
		if used, err := c.typeUsers(d.T.OID); err != nil || len(used) > 0 {
			return unsupported("adding an enum label before others while columns use the type")
		}
	}
	n, t := *d, *d.T
	t.Labels = slices.Insert(slices.Clone(t.Labels), at, s.Label)
	n.T = &t
	return c.Catalog.PutType(ctx, &n)
}

// typeUsers lists the relations with a column of the type or its array.
func (c *Context) typeUsers(oid types.OID) ([]*catalog.Table, error) {
	all, err := c.Catalog.Tables()
	if err != nil {
		return nil, err
	}
	var out []*catalog.Table
	for _, t := range all {
		for _, col := range t.Columns {
			if !col.Dropped && (col.Type.OID == oid || col.Type.Elem != nil && col.Type.Elem.OID == oid) {
				out = append(out, t)
				break
			}
		}
	}
	return out, nil
}

func (c *Context) dropTypes(ctx context.Context, s *ast.Drop) error {
	for _, n := range s.Names {
		d, err := c.userType(n)
		if err != nil {
			return err
		}
		name := strings.Join(n.Parts(), ".")
		if d == nil {
			if !s.IfExists {
				return pgerr.Newf(pgerr.UndefinedObject, "type %q does not exist", name)
			}
			c.notice("NOTICE", pgerr.SuccessfulCompletion, "type %q does not exist, skipping", name)
			continue
		}
		if err := c.ownsType(d, true); err != nil {
			return err
		}
		if err := c.dropType(ctx, d, s.Behavior == ast.DropCascade); err != nil {
			return err
		}
	}
	return nil
}

// dropType drops a type that nothing uses.
func (c *Context) dropType(ctx context.Context, d *catalog.TypeDesc, cascade bool) error {
	users, err := c.typeUsers(d.T.OID)
	if err != nil {
		return err
	}
	if len(users) > 0 {
		if cascade {
			return unsupported("DROP TYPE … CASCADE of a type that columns use")
		}
		name := c.prefix(d.Schema) + types.QuoteIdent(d.T.Name)
		return pgerr.Newf(pgerr.DependentObjectsStillExist, "cannot drop type %s because other objects depend on it", name).
			WithDetailf("table %s depends on type %s", users[0].Name, name).
			WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
	}
	return c.Catalog.DropType(ctx, d)
}
