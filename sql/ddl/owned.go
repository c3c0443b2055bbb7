package ddl

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// usesShownMax is how many dependent objects an error names, as PostgreSQL.
const usesShownMax = 100

// use is one object that names a role as its owner or in its access list.
type use struct {
	oid    types.OID
	column int16
	owner  bool
	what   string
}

// uses collects what names a role.
type uses struct {
	c    *Context
	role types.OID
	list []use
}

func (u *uses) note(oid types.OID, owner types.OID, list []catalog.ACLItem, what string) {
	switch {
	case owner == u.role:
		u.list = append(u.list, use{oid: oid, owner: true, what: "owner of " + what})
	case acl.Mentions(list, u.role):
		u.list = append(u.list, use{oid: oid, what: "privileges for " + what})
	}
}

// usesOf words the objects that keep a role from being dropped, in the order of
// their OIDs.
func (c *Context) usesOf(r *catalog.Role) ([]string, error) {
	u := &uses{c: c, role: r.OID}
	if err := u.collect(); err != nil {
		return nil, err
	}
	slices.SortStableFunc(u.list, func(a, b use) int {
		return cmp.Or(cmp.Compare(a.oid, b.oid), cmp.Compare(a.column, b.column))
	})
	var out []string
	for i, x := range u.list {
		if i == usesShownMax {
			return append(out, fmt.Sprintf("and %d other objects (see server log for list)", len(u.list)-i)), nil
		}
		out = append(out, x.what)
	}
	return out, nil
}

func (u *uses) collect() error {
	c := u.c
	tables, err := c.Catalog.Tables()
	if err != nil {
		return err
	}
	for _, t := range tables {
		if t.Kind == catalog.KindVirtual {
			continue
		}
		what := c.describeRelation(t)
		u.note(t.OID, t.Owner, t.ACL, what)
		for _, col := range t.Columns {
			if t.Owner != u.role && acl.Mentions(col.ACL, u.role) {
				u.list = append(u.list, use{oid: t.OID, column: col.Attnum, what: "privileges for column " + types.QuoteIdent(col.Name) + " of " + what})
			}
		}
	}
	for _, s := range c.Catalog.Schemas() {
		u.note(s.OID, s.Owner, s.ACL, "schema "+types.QuoteIdent(s.Name))
	}
	fs, err := c.Catalog.AllFunctions()
	if err != nil {
		return err
	}
	for _, f := range fs {
		u.note(f.OID, f.Owner, f.ACL, c.describeFunctionName(f))
	}
	ts, err := c.Catalog.Types()
	if err != nil {
		return err
	}
	for _, t := range ts {
		u.note(t.T.OID, t.Owner, t.ACL, "type "+c.prefix(t.Schema)+types.QuoteIdent(t.T.Name))
	}
	ds, err := c.Catalog.Databases()
	if err != nil {
		return err
	}
	for _, d := range ds {
		u.note(d.OID, d.Owner, d.ACL, "database "+types.QuoteIdent(d.Name))
	}
	for _, a := range c.Catalog.AccessLists() {
		u.note(a.OID, a.Owner(), a.ACL, c.describeAccess(a))
	}
	return nil
}

// prefix is a schema's name with a dot where the search path does not reach it.
func (c *Context) prefix(schema types.OID) string {
	s := c.Catalog.SchemaByOID(schema)
	if s == nil || slices.Contains(c.path(), s) {
		return ""
	}
	return types.QuoteIdent(s.Name) + "."
}

func (c *Context) describeRelation(t *catalog.Table) string {
	return kindWord(t.Kind) + " " + c.prefix(t.Schema) + types.QuoteIdent(t.Name)
}

func (c *Context) describeFunctionName(f *catalog.Function) string {
	args := make([]string, len(f.ArgTypes))
	for i, t := range f.ArgTypes {
		args[i] = types.FormatType(t, -1)
	}
	return "function " + c.prefix(f.Schema) + types.QuoteIdent(f.Name) + "(" + strings.Join(args, ",") + ")"
}

// describeAccess words what an access list is of.
func (c *Context) describeAccess(a *catalog.AccessList) string {
	switch a.Class {
	case catalog.AccessDefaults:
		words := map[types.OID]string{'r': "relations", 'S': "sequences", 'f': "functions", 'T': "types", 'n': "schemas"}
		who, where := "", ""
		if r, err := c.Catalog.RoleByOID(a.Role); err == nil && r != nil {
			who = r.Name
		}
		if s := c.Catalog.SchemaByOID(a.Schema); s != nil {
			where = " in schema " + s.Name
		}
		return "default privileges on new " + words[a.Object] + " belonging to role " + who + where
	case catalog.AccessKeys:
		return "keys " + a.Name
	case catalog.AccessLanguage:
		return "language " + a.Name
	case catalog.AccessSetting:
		return "parameter " + a.Name
	case catalog.AccessRelation:
		if t, err := c.Catalog.TableByOID(a.Object); err == nil && t != nil {
			return "table " + t.Name
		}
	}
	return fmt.Sprintf("system object %d", a.Object)
}

// rolesOwned finds the roles of DROP OWNED and REASSIGN OWNED.
func (c *Context) rolesOwned(specs []ast.RoleSpec, refusal, verb string) ([]*catalog.Role, error) {
	var out []*catalog.Role
	for _, spec := range specs {
		r, err := c.role(spec)
		if err != nil {
			return nil, err
		}
		if !c.Auth.HasPrivsOf(r.OID) {
			return nil, denied(refusal)
		}
		out = append(out, r)
	}
	for _, r := range out {
		if r.OID < catalog.FirstUserOID {
			return nil, pgerr.Newf(pgerr.DependentObjectsStillExist, "cannot %s role %s because they are required by the database system", verb, r.Name)
		}
	}
	return out, nil
}

// reassignOwned is REASSIGN OWNED BY … TO.
func reassignOwned(ctx context.Context, c *Context, s *ast.ReassignOwned) error {
	from, err := c.rolesOwned(s.From, "permission denied to reassign objects", "reassign ownership of objects owned by")
	if err != nil {
		return err
	}
	to, err := c.role(s.To)
	if err != nil {
		return err
	}
	if !c.Auth.HasPrivsOf(to.OID) {
		return denied("permission denied to reassign objects")
	}
	for _, r := range from {
		if r.OID == to.OID {
			continue
		}
		if err := c.reassign(ctx, r.OID, to); err != nil {
			return err
		}
	}
	return nil
}

func (c *Context) reassign(ctx context.Context, from types.OID, to *catalog.Role) error {
	tables, err := c.Catalog.Tables()
	if err != nil {
		return err
	}
	for _, t := range tables {
		if t, err = c.Catalog.TableByOID(t.OID); err != nil { // giveTable may have changed it
			return err
		}
		if t == nil || t.Owner != from || t.Kind == catalog.KindVirtual {
			continue
		}
		if t, err = c.lockTable(ctx, t, txn.AccessExclusive, nil); err != nil {
			return err
		}
		if err := c.giveTable(ctx, t, to.OID); err != nil {
			return err
		}
		if err := c.Catalog.PutTable(ctx, t); err != nil {
			return err
		}
	}
	gifts, err := c.giftsOf(ctx, from)
	if err != nil {
		return err
	}
	for _, g := range gifts {
		if err := c.give(g, to); err != nil {
			return err
		}
	}
	return nil
}

// giftsOf are the objects of a role that are no relations.
func (c *Context) giftsOf(ctx context.Context, owner types.OID) ([]*gift, error) {
	var all []*gift
	fs, err := c.Catalog.AllFunctions()
	if err != nil {
		return nil, err
	}
	for _, f := range fs {
		all = append(all, c.giftFunction(ctx, f))
	}
	ts, err := c.Catalog.Types()
	if err != nil {
		return nil, err
	}
	for _, t := range ts {
		all = append(all, c.giftType(ctx, t))
	}
	for _, s := range c.Catalog.Schemas() {
		all = append(all, c.giftSchema(ctx, s))
	}
	ds, err := c.Catalog.Databases()
	if err != nil {
		return nil, err
	}
	for _, d := range ds {
		all = append(all, c.giftDatabase(ctx, d))
	}
	return slices.DeleteFunc(all, func(g *gift) bool { return g.object.Owner != owner }), nil
}

// dropOwned is DROP OWNED BY: what the roles own goes, and what they were granted
// is revoked.
func dropOwned(ctx context.Context, c *Context, s *ast.DropOwned) error {
	roles, err := c.rolesOwned(s.Roles, "permission denied to drop objects", "drop objects owned by")
	if err != nil {
		return err
	}
	for _, r := range roles {
		if err := c.revokeAll(ctx, r.OID); err != nil {
			return err
		}
	}
	for _, r := range roles {
		if err := c.dropAllOf(ctx, r.OID, s.Behavior == ast.DropCascade); err != nil {
			return err
		}
	}
	return nil
}

// revokeAll takes a role out of the lists of all objects.
func (c *Context) revokeAll(ctx context.Context, role types.OID) error {
	g := &granting{c: c, grantees: []types.OID{role}, every: true,
		s: &ast.Grant{Revoke: true, Kind: ast.ObjectTable, Behavior: ast.DropCascade}}
	tables, err := c.Catalog.Tables()
	if err != nil {
		return err
	}
	for _, t := range tables {
		named := acl.Mentions(t.ACL, role) || slices.ContainsFunc(t.Columns, func(col catalog.Column) bool { return acl.Mentions(col.ACL, role) })
		if named && t.Owner != role && t.Kind != catalog.KindVirtual {
			if err := g.relation(ctx, t); err != nil {
				return err
			}
		}
	}
	if err := g.revokeObjects(ctx, role); err != nil {
		return err
	}
	for _, a := range c.Catalog.AccessLists() {
		if !acl.Mentions(a.ACL, role) || a.Class == catalog.AccessDefaults && a.Role == role {
			continue
		}
		if err := g.revokeBeside(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// revokeObjects is revokeAll for what has descriptors and is no relation.
func (g *granting) revokeObjects(ctx context.Context, role types.OID) error {
	c := g.c
	fs, err := c.Catalog.AllFunctions()
	if err != nil {
		return err
	}
	for _, f := range fs {
		if o := *f; acl.Mentions(o.ACL, role) && o.Owner != role {
			if err := g.put(acl.OfFunction(&o), &o.ACL, func() error { return c.Catalog.PutFunction(ctx, &o) }); err != nil {
				return err
			}
		}
	}
	ts, err := c.Catalog.Types()
	if err != nil {
		return err
	}
	for _, t := range ts {
		if o := *t; acl.Mentions(o.ACL, role) && o.Owner != role {
			if err := g.put(acl.OfType(&o), &o.ACL, func() error { return c.Catalog.PutType(ctx, &o) }); err != nil {
				return err
			}
		}
	}
	for _, s := range c.Catalog.Schemas() {
		if o := *s; acl.Mentions(o.ACL, role) && o.Owner != role {
			if err := g.put(acl.OfSchema(&o), &o.ACL, func() error { return c.Catalog.PutSchema(ctx, &o) }); err != nil {
				return err
			}
		}
	}
	ds, err := c.Catalog.Databases()
	if err != nil {
		return err
	}
	for _, d := range ds {
		if o := *d; acl.Mentions(o.ACL, role) && o.Owner != role {
			if err := g.put(acl.OfDatabase(&o), &o.ACL, func() error { return c.Catalog.PutDatabase(ctx, &o) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// revokeBeside is revokeAll for a list that stands beside its object.
func (g *granting) revokeBeside(ctx context.Context, a *catalog.AccessList) error {
	switch a.Class {
	case catalog.AccessDefaults:
		k, _ := acl.ByLetter(byte(a.Object))
		if a.Object == 'S' {
			k = acl.Sequence
		}
		return g.defaults(ctx, k, a.Role, a.Schema)
	case catalog.AccessRelation:
		t, err := g.c.Catalog.TableByOID(a.Object)
		if err != nil || t == nil {
			return err
		}
		return g.systemRelation(ctx, t)
	}
	kind := map[catalog.AccessClass]acl.Kind{catalog.AccessKeys: acl.KeyPattern, catalog.AccessLanguage: acl.Language,
		catalog.AccessSetting: acl.Parameter, catalog.AccessFunction: acl.Function, catalog.AccessType: acl.Type}[a.Class]
	return g.besides(ctx, kind, a.Name, a.AccessKey)()
}

// dropAllOf drops what a role owns.
func (c *Context) dropAllOf(ctx context.Context, role types.OID, cascade bool) error {
	d := dropper{c: c, cascade: cascade, unchecked: true}
	tables, err := c.Catalog.Tables()
	if err != nil {
		return err
	}
	for _, t := range tables {
		if t.Owner == role && t.Kind != catalog.KindVirtual && (t.Kind != catalog.KindSequence || t.Seq.OwnerTable == 0) {
			d.named = append(d.named, t.OID)
		}
	}
	for _, oid := range d.named {
		if err := d.relation(ctx, oid); err != nil {
			return err
		}
	}
	if err := d.report(); err != nil {
		return err
	}
	fs, err := c.Catalog.AllFunctions()
	if err != nil {
		return err
	}
	for _, f := range fs {
		if f.Owner != role {
			continue
		}
		if err := c.functionUsers(ctx, f, cascade); err != nil {
			return err
		}
		if err := c.Catalog.DropFunction(ctx, f); err != nil {
			return err
		}
	}
	ts, err := c.Catalog.Types()
	if err != nil {
		return err
	}
	for _, t := range ts {
		if t.Owner == role {
			if err := c.dropType(ctx, t, cascade); err != nil {
				return err
			}
		}
	}
	for _, s := range c.Catalog.Schemas() {
		if s.Owner == role {
			if err := c.dropSchema(ctx, s, cascade); err != nil {
				return err
			}
		}
	}
	for _, a := range c.Catalog.AccessLists() {
		if a.Class == catalog.AccessDefaults && a.Role == role {
			if err := c.Catalog.DropAccess(ctx, a); err != nil {
				return err
			}
		}
	}
	return nil
}
