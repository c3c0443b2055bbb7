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

func grantTag(revoke bool) string {
	if revoke {
		return "REVOKE"
	}
	return "GRANT"
}

// granting is one GRANT or REVOKE of privileges under way.
type granting struct {
	c        *Context
	s        *ast.Grant
	grantees []types.OID
	// list holds the privileges written for whole objects; every tells that ALL
	// was. columns are those written for columns.
	list    acl.Privs
	every   bool
	columns []*ast.Privilege
}

// grantKind is what GRANT's words for an object mean: the kind, and what an
// error about a privilege calls it.
func grantKind(k ast.ObjectKind) (kind acl.Kind, word string) {
	switch k {
	case ast.ObjectTable:
		return acl.Table, "relation"
	case ast.ObjectSequence:
		return acl.Sequence, "sequence"
	case ast.ObjectSchema:
		return acl.Schema, "schema"
	case ast.ObjectDatabase:
		return acl.Database, "database"
	case ast.ObjectFunction, ast.ObjectRoutine:
		return acl.Function, "function"
	case ast.ObjectProcedure:
		return acl.Procedure, "procedure"
	case ast.ObjectType:
		return acl.Type, "type"
	case ast.ObjectDomain:
		return acl.Domain, "domain"
	case ast.ObjectLanguage:
		return acl.Language, "language"
	case ast.ObjectParameter:
		return acl.Parameter, "parameter"
	case ast.ObjectKeys:
		return acl.KeyPattern, "key pattern"
	}
	return acl.Tablespace, "tablespace"
}

func grant(ctx context.Context, c *Context, s *ast.Grant) error {
	g := &granting{c: c, s: s}
	if s.GrantedBy != nil {
		r, err := c.role(*s.GrantedBy)
		if err != nil {
			return err
		}
		if r.OID != c.Auth.OID {
			return pgerr.New(pgerr.FeatureNotSupported, "grantor must be current user")
		}
	}
	targets, err := g.targets(ctx)
	if err != nil {
		return err
	}
	if g.grantees, err = c.grantees(s.Grantees); err != nil {
		return err
	}
	if err := g.privileges(); err != nil {
		return err
	}
	for _, t := range targets {
		if err := t(); err != nil {
			return err
		}
	}
	return nil
}

// grantees are the roles that a GRANT names; 0 is PUBLIC.
func (c *Context) grantees(specs []ast.RoleSpec) ([]types.OID, error) {
	out := make([]types.OID, len(specs))
	for i, g := range specs {
		if g.Kind == ast.RolePublic {
			continue
		}
		r, err := c.role(g)
		if err != nil {
			return nil, err
		}
		out[i] = r.OID
	}
	return out, nil
}

// privileges reads the list of privileges.
func (g *granting) privileges() error {
	kind, word := grantKind(g.s.Kind)
	all := kind.All()
	if g.s.Kind == ast.ObjectTable {
		all |= acl.Sequence.All() // GRANT … ON TABLE takes a sequence
	}
	for _, p := range g.s.Privileges {
		if len(p.Columns) > 0 {
			if g.s.Kind != ast.ObjectTable || g.s.Scope == ast.GrantOnDefaults {
				return pgerr.New(pgerr.InvalidGrantOperation, "column privileges are only valid for relations")
			}
			g.columns = append(g.columns, p)
			continue
		}
		if p.Name == "all" {
			g.every = true
			continue
		}
		v, ok := acl.ByWord(p.Name)
		if !ok {
			return pgerr.Newf(pgerr.SyntaxError, "unrecognized privilege type %q", p.Name)
		}
		if all&v == 0 {
			return pgerr.Newf(pgerr.InvalidGrantOperation, "invalid privilege type %s for %s", v.Word(), word)
		}
		g.list |= v
	}
	return nil
}

// wanted are the privileges to grant on a whole object of a kind.
func (g *granting) wanted(k acl.Kind) acl.Privs {
	if g.every {
		return k.All()
	}
	return g.list
}

// change is the access list of an object after the statement.
func (g *granting) change(o *acl.Object) ([]catalog.ACLItem, error) {
	return g.changeList(o, o.Items(), g.wanted(o.Kind), g.every, "")
}

// changeList grants or revokes what the user can of what is wanted. merged is
// the list that tells what the user may grant; column names a column of o.
func (g *granting) changeList(o *acl.Object, merged []catalog.ACLItem, want acl.Privs, every bool, column string) ([]catalog.ACLItem, error) {
	grantor, can := g.c.Auth.Grantor(merged, o.Owner, want)
	if can == 0 && want != 0 {
		who := g.c.Auth.As(grantor)
		on := *o
		on.ACL = merged
		if who.Mask(&on, o.Kind.All()) == 0 && who.MaskGrant(&on, o.Kind.All()) == 0 {
			if column != "" {
				return nil, pgerr.Newf(pgerr.InsufficientPrivilege, "permission denied for column %q of relation %q", column, o.Name)
			}
			return nil, o.Denied()
		}
	}
	g.warn(o, want, can, every, column)
	ch := acl.Change{Revoke: g.s.Revoke, Option: g.s.GrantOption || g.s.GrantOptionFor, Cascade: g.s.Behavior == ast.DropCascade,
		Grantees: g.grantees, Privs: want & can, Grantor: grantor}
	return ch.Apply(g.c.Catalog, o.Items(), o.Owner)
}

// warn says that less was granted or revoked than asked for.
func (g *granting) warn(o *acl.Object, want, can acl.Privs, every bool, column string) {
	code, none, some := pgerr.WarningPrivilegeNotGranted, "no privileges were granted for", "not all privileges were granted for"
	if g.s.Revoke {
		code, none, some = pgerr.WarningPrivilegeNotRevoked, "no privileges could be revoked for", "not all privileges could be revoked for"
	}
	text := ""
	switch {
	case want&can == 0 && want != 0:
		text = none
	case want&can != want && !every:
		text = some
	default:
		return
	}
	if column != "" {
		g.c.notice("WARNING", code, "%s column %q of relation %q", text, column, o.Name)
		return
	}
	g.c.notice("WARNING", code, "%s %q", text, o.Name)
}

// targets resolves the objects; each target changes one of them.
func (g *granting) targets(ctx context.Context) ([]func() error, error) {
	s := g.s
	switch s.Kind {
	case ast.ObjectTable, ast.ObjectSequence:
		return g.relations(ctx)
	case ast.ObjectFunction, ast.ObjectProcedure, ast.ObjectRoutine:
		return g.functions(ctx)
	}
	var out []func() error
	for _, n := range s.Objects {
		t, err := g.target(ctx, n)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func (g *granting) target(ctx context.Context, n ast.ObjectName) (func() error, error) {
	c := g.c
	switch g.s.Kind {
	case ast.ObjectSchema:
		_, err := c.schemaNamed(n.Name)
		return func() error {
			o := *c.Catalog.SchemaByName(n.Name)
			return g.put(acl.OfSchema(&o), &o.ACL, func() error { return c.Catalog.PutSchema(ctx, &o) })
		}, err
	case ast.ObjectDatabase:
		d, err := c.databaseNamed(n.Name)
		if err != nil {
			return nil, err
		}
		o := *d
		return func() error {
			return g.put(acl.OfDatabase(&o), &o.ACL, func() error { return c.Catalog.PutDatabase(ctx, &o) })
		}, nil
	case ast.ObjectType, ast.ObjectDomain:
		return g.typeTarget(ctx, n)
	case ast.ObjectLanguage:
		return g.languageTarget(ctx, n.Name)
	case ast.ObjectParameter:
		name := strings.ToLower(strings.Join(n.Parts(), "."))
		return g.besides(ctx, acl.Parameter, name, catalog.AccessKey{Class: catalog.AccessSetting, Name: name}), nil
	case ast.ObjectKeys:
		return g.besides(ctx, acl.KeyPattern, n.Name, catalog.AccessKey{Class: catalog.AccessKeys, Name: n.Name}), nil
	}
	return nil, unsupported("GRANT on " + g.s.Kind.String())
}

// put changes the list of an object in place and has it written.
func (g *granting) put(o acl.Object, list *[]catalog.ACLItem, write func() error) error {
	changed, err := g.change(&o)
	if err != nil {
		return err
	}
	*list = changed
	return write()
}

func (g *granting) typeTarget(ctx context.Context, n ast.ObjectName) (func() error, error) {
	c := g.c
	t, _, err := c.Internal.ResolveType(&ast.TypeName{At: n.At, Name: n})
	if err != nil {
		return nil, err
	}
	if t.IsArray() {
		return nil, pgerr.New(pgerr.InvalidGrantOperation, "cannot set privileges of array types").
			WithHint("Set the privileges of the element type instead.")
	}
	if g.s.Kind == ast.ObjectDomain && t.Typtype != 'd' {
		return nil, pgerr.Newf(pgerr.WrongObjectType, "%q is not a domain", n.Name)
	}
	d, err := c.Catalog.TypeByOID(t.OID)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return g.besides(ctx, acl.Type, t.Name, catalog.AccessKey{Class: catalog.AccessType, Object: t.OID}), nil
	}
	o := *d
	return func() error {
		of := acl.OfType(&o)
		of.Name = o.T.Name
		return g.put(of, &o.ACL, func() error { return c.Catalog.PutType(ctx, &o) })
	}, nil
}

// languages that functions may be written in, and whether users may be trusted
// with them.
var languages = map[string]bool{"sql": true, "internal": false, "c": false}

func (g *granting) languageTarget(ctx context.Context, name string) (func() error, error) {
	trusted, ok := languages[name]
	if !ok {
		return nil, pgerr.Newf(pgerr.UndefinedObject, "language %q does not exist", name)
	}
	if !trusted {
		return nil, pgerr.Newf(pgerr.WrongObjectType, "language %q is not trusted", name).
			WithDetail("GRANT and REVOKE are not allowed on untrusted languages, because only superusers can use untrusted languages.")
	}
	return g.besides(ctx, acl.Language, name, catalog.AccessKey{Class: catalog.AccessLanguage, Name: name}), nil
}

// besides changes a list that stands beside its object. One that says what the
// defaults say is not kept.
func (g *granting) besides(ctx context.Context, k acl.Kind, name string, key catalog.AccessKey) func() error {
	c := g.c
	return func() error {
		o := acl.Object{Kind: k, Name: name, Owner: catalog.RoleSuperuser}
		if a := c.Catalog.Access(key); a != nil {
			o.ACL = a.ACL
		}
		changed, err := g.change(&o)
		if err != nil {
			return err
		}
		return c.putAccess(ctx, key, changed, acl.Defaults(k, o.Owner))
	}
}

// putAccess stores a list under its key; one equal to the defaults is dropped.
func (c *Context) putAccess(ctx context.Context, key catalog.AccessKey, list, defaults []catalog.ACLItem) error {
	old := c.Catalog.Access(key)
	if acl.Equal(list, defaults) {
		if old == nil {
			return nil
		}
		return c.Catalog.DropAccess(ctx, old)
	}
	n := &catalog.AccessList{AccessKey: key, ACL: list}
	if old != nil {
		n.OID, n.Versioned = old.OID, old.Versioned
	} else {
		var err error
		if n.OID, err = c.Store.NewOID(ctx); err != nil {
			return err
		}
	}
	return c.Catalog.PutAccess(ctx, n)
}

// functions are the targets of GRANT … ON FUNCTION.
func (g *granting) functions(ctx context.Context) ([]func() error, error) {
	c := g.c
	var found []*catalog.Function
	if g.s.Scope == ast.GrantOnAllInSchema {
		for _, n := range g.s.Objects {
			s, err := c.lookupSchema(n.Name)
			if err != nil {
				return nil, err
			}
			all, err := c.Catalog.AllFunctions()
			if err != nil {
				return nil, err
			}
			for _, f := range all {
				if f.Schema == s.OID && (g.s.Kind == ast.ObjectRoutine || (f.Kind == 'p') == (g.s.Kind == ast.ObjectProcedure)) {
					found = append(found, f)
				}
			}
		}
	}
	for _, sig := range g.s.Functions {
		f, err := c.findFunction(sig)
		if err != nil {
			return nil, err
		}
		found = append(found, f)
	}
	var out []func() error
	for _, f := range found {
		o := *f
		out = append(out, func() error {
			return g.put(acl.OfFunction(&o), &o.ACL, func() error { return c.Catalog.PutFunction(ctx, &o) })
		})
	}
	return out, nil
}
