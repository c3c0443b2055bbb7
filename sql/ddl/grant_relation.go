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

// kindOrder is the order in which ALL TABLES takes the kinds: tables first.
const kindOrder = "rvm"

// relations are the targets of GRANT … ON TABLE and SEQUENCE.
func (g *granting) relations(ctx context.Context) ([]func() error, error) {
	c := g.c
	var found []*catalog.Table
	if g.s.Scope == ast.GrantOnAllInSchema {
		for _, n := range g.s.Objects {
			s, err := c.lookupSchema(n.Name)
			if err != nil {
				return nil, err
			}
			all, err := c.Catalog.Tables()
			if err != nil {
				return nil, err
			}
			slices.SortStableFunc(all, func(a, b *catalog.Table) int {
				return strings.IndexByte(kindOrder, byte(a.Kind)) - strings.IndexByte(kindOrder, byte(b.Kind))
			})
			for _, t := range all {
				if t.Schema == s.OID && (t.Kind == catalog.KindSequence) == (g.s.Kind == ast.ObjectSequence) && t.Kind != catalog.KindType {
					found = append(found, t)
				}
			}
		}
	} else {
		for _, n := range g.s.Objects {
			t, err := c.Relation(n)
			if err != nil {
				if _, ix, _ := c.index(n); ix != nil {
					return nil, pgerr.Newf(pgerr.WrongObjectType, "%q is an index", ix.Name)
				}
				return nil, err
			}
			found = append(found, t)
		}
	}
	var out []func() error
	for _, t := range found {
		out = append(out, func() error { return g.relation(ctx, t) })
	}
	return out, nil
}

// relation changes the lists of a relation and of its columns.
func (g *granting) relation(ctx context.Context, t *catalog.Table) error {
	if g.s.Kind == ast.ObjectSequence && t.Kind != catalog.KindSequence {
		return pgerr.Newf(pgerr.WrongObjectType, "%q is not a sequence", t.Name)
	}
	if t.Kind == catalog.KindVirtual {
		return g.systemRelation(ctx, t)
	}
	t, err := g.c.lockTable(ctx, t, txn.ShareUpdateExclusive, nil)
	if err != nil {
		return err
	}
	o := g.object(t)
	want, err := g.wantedOf(t, &o)
	if err != nil {
		return err
	}
	before := o.Items()
	if want != 0 {
		if t.ACL, err = g.changeList(&o, before, want, g.every, ""); err != nil {
			return err
		}
	}
	if err := g.columnLists(t, &o, before, want); err != nil {
		return err
	}
	return g.c.Catalog.PutTable(ctx, t)
}

// object is a relation as GRANT's errors name it: a view is a table there.
func (g *granting) object(t *catalog.Table) acl.Object {
	o := acl.OfTable(t)
	if o.Kind != acl.Sequence {
		o.Kind = acl.Table
	}
	return o
}

// wantedOf are the privileges for the whole of a relation. Those that only
// tables have are left out of a sequence with a warning.
func (g *granting) wantedOf(t *catalog.Table, o *acl.Object) (acl.Privs, error) {
	want := g.wanted(o.Kind)
	over := want &^ o.Kind.All()
	switch {
	case over == 0:
	case t.Kind == catalog.KindSequence:
		g.c.notice("WARNING", pgerr.InvalidGrantOperation, "sequence %q only supports USAGE, SELECT, and UPDATE privileges", t.Name)
		want &= o.Kind.All()
	default:
		return 0, pgerr.New(pgerr.InvalidGrantOperation, "invalid privilege type USAGE for table")
	}
	return want, nil
}

// columnLists changes the lists of the columns: of those named, and where
// privileges on the whole are revoked, of all.
func (g *granting) columnLists(t *catalog.Table, o *acl.Object, whole []catalog.ACLItem, want acl.Privs) error {
	wants := map[int16]acl.Privs{}
	if g.s.Revoke {
		for i := range t.Columns {
			if p := want & acl.Column.All(); p != 0 && !t.Columns[i].Dropped {
				wants[t.Columns[i].Attnum] = p
			}
		}
	}
	for _, p := range g.columns {
		privs := acl.Column.All()
		if p.Name != "all" {
			var ok bool
			if privs, ok = acl.ByWord(p.Name); !ok {
				return pgerr.Newf(pgerr.SyntaxError, "unrecognized privilege type %q", p.Name)
			}
			if privs&acl.Column.All() == 0 {
				return pgerr.Newf(pgerr.InvalidGrantOperation, "invalid privilege type %s for column", privs.Word())
			}
		}
		if t.Kind == catalog.KindSequence && privs&^acl.Select != 0 {
			g.c.notice("WARNING", pgerr.InvalidGrantOperation, "sequence %q only supports SELECT column privileges", t.Name)
			privs &= acl.Select
		}
		for _, n := range p.Columns {
			c := t.Column(n)
			if c == nil {
				return pgerr.Newf(pgerr.UndefinedColumn, "column %q of relation %q does not exist", n, t.Name)
			}
			wants[c.Attnum] |= privs
		}
	}
	if p := want & acl.Column.All(); g.s.Revoke && p != 0 && t.Kind != catalog.KindView {
		for _, name := range systemColumnOrder {
			if _, err := g.columnList(o, whole, p, &catalog.Column{Name: name}); err != nil {
				return err
			}
		}
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		p := wants[c.Attnum]
		if p == 0 {
			continue
		}
		list, err := g.columnList(o, whole, p, c)
		if err != nil {
			return err
		}
		if c.ACL = list; len(list) == 0 {
			c.ACL = nil
		}
	}
	return nil
}

// systemColumnOrder is the order in which PostgreSQL goes through the columns
// that every table has. None has a list, but they are warned about like others.
var systemColumnOrder = []string{"tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"}

// columnList is the list of a column after the statement. What may be granted on
// a column is what its list and its table's (whole) say together.
func (g *granting) columnList(o *acl.Object, whole []catalog.ACLItem, p acl.Privs, c *catalog.Column) ([]catalog.ACLItem, error) {
	co := acl.Object{Kind: acl.Column, Name: o.Name, Owner: o.Owner, ACL: c.ACL}
	merged, err := acl.Merge(g.c.Catalog, whole, co.Items(), o.Owner)
	if err != nil {
		return nil, err
	}
	return g.changeList(&co, merged, p, p == acl.Column.All(), c.Name)
}

// systemRelation changes the list of a relation of the system, which has no
// descriptor to keep it in.
func (g *granting) systemRelation(ctx context.Context, t *catalog.Table) error {
	o := g.object(t)
	key := catalog.AccessKey{Class: catalog.AccessRelation, Object: t.OID}
	defaults := o.Items()
	if a := g.c.Catalog.Access(key); a != nil {
		o.ACL = a.ACL
	}
	want, err := g.wantedOf(t, &o)
	if err != nil {
		return err
	}
	if len(g.columns) > 0 {
		return unsupported("a privilege on a column of a system catalog")
	}
	list, err := g.changeList(&o, o.Items(), want, g.every, "")
	if err != nil {
		return err
	}
	return g.c.putAccess(ctx, key, list, defaults)
}
