package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

func grantTag(revoke bool) string {
	if revoke {
		return "REVOKE"
	}
	return "GRANT"
}

// privilegeLetters as an aclitem shows them (PostgreSQL section 5.7).
var privilegeLetters = map[string]string{
	"select": "r", "insert": "a", "update": "w", "delete": "d", "truncate": "D", "references": "x",
	"trigger": "t", "usage": "U", "create": "C", "connect": "c", "temporary": "T", "temp": "T", "execute": "X",
}

var allPrivileges = map[ast.ObjectKind]string{
	ast.ObjectTable: "arwdDxt", ast.ObjectSequence: "rwU", ast.ObjectSchema: "UC", ast.ObjectDatabase: "CTc",
	ast.ObjectFunction: "X", ast.ObjectType: "U",
}

func grant(ctx context.Context, c *Context, s *ast.Grant) error {
	letters, err := grantLetters(s)
	if err != nil {
		return err
	}
	grantees := make([]types.OID, len(s.Grantees))
	for i, g := range s.Grantees {
		if g.Kind == ast.RolePublic {
			continue
		}
		r, err := c.role(g)
		if err != nil {
			return err
		}
		grantees[i] = r.OID
	}
	change := func(acl []catalog.ACLItem, owner types.OID, all string) []catalog.ACLItem {
		if acl == nil {
			acl = []catalog.ACLItem{{Grantee: owner, Grantor: owner, Privs: all}}
		}
		acl = slices.Clone(acl)
		for _, g := range grantees {
			acl = changeACL(acl, g, owner, letters, s)
		}
		return acl
	}
	switch s.Kind {
	case ast.ObjectTable, ast.ObjectSequence:
		return c.grantRelations(ctx, s, change)
	case ast.ObjectSchema:
		return c.grantSchemas(ctx, s, change)
	case ast.ObjectDatabase:
		return c.grantDatabases(ctx, s, change)
	}
	return unsupported("GRANT on " + s.Kind.String())
}

func grantLetters(s *ast.Grant) (string, error) {
	all := allPrivileges[s.Kind]
	out := ""
	for _, p := range s.Privileges {
		if len(p.Columns) > 0 {
			return "", unsupported("a column privilege")
		}
		if p.Name == "all" {
			return all, nil
		}
		l := privilegeLetters[p.Name]
		if l == "" {
			return "", pgerr.Newf(pgerr.SyntaxError, "unrecognized privilege type %q", p.Name)
		}
		if !strings.Contains(all, l) {
			return "", pgerr.Newf(pgerr.InvalidGrantOperation, "invalid privilege type %s for %s", strings.ToUpper(p.Name), strings.ToLower(s.Kind.String()))
		}
		out += l
	}
	return out, nil
}

func changeACL(acl []catalog.ACLItem, grantee, grantor types.OID, letters string, s *ast.Grant) []catalog.ACLItem {
	i := slices.IndexFunc(acl, func(a catalog.ACLItem) bool { return a.Grantee == grantee })
	if s.Revoke {
		if i < 0 {
			return acl
		}
		if !s.GrantOptionFor {
			acl[i].Privs = without(acl[i].Privs, letters)
		}
		acl[i].GrantOption = without(acl[i].GrantOption, letters)
		if acl[i].Privs == "" {
			acl = slices.Delete(acl, i, i+1)
		}
		return acl
	}
	if i < 0 {
		acl = append(acl, catalog.ACLItem{Grantee: grantee, Grantor: grantor})
		i = len(acl) - 1
	}
	acl[i].Privs = without(acl[i].Privs, letters) + letters
	if s.GrantOption {
		acl[i].GrantOption = without(acl[i].GrantOption, letters) + letters
	}
	return acl
}

func without(s, letters string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(letters, r) {
			return -1
		}
		return r
	}, s)
}

type aclChange func(acl []catalog.ACLItem, owner types.OID, all string) []catalog.ACLItem

func (c *Context) grantRelations(ctx context.Context, s *ast.Grant, change aclChange) error {
	var tables []*catalog.Table
	if s.Scope == ast.GrantOnAllInSchema {
		all, err := c.Catalog.Tables()
		if err != nil {
			return err
		}
		for _, n := range s.Objects {
			schema, err := c.schemaNamed(n.Name)
			if err != nil {
				return err
			}
			for _, t := range all {
				if t.Schema == schema.OID && (t.Kind == catalog.KindSequence) == (s.Kind == ast.ObjectSequence) && t.Kind != catalog.KindVirtual {
					tables = append(tables, t)
				}
			}
		}
	} else {
		for _, n := range s.Objects {
			t, err := c.relation(n)
			if err == nil && t == nil {
				err = errNoRelation(n)
			}
			if err != nil {
				return err
			}
			tables = append(tables, t)
		}
	}
	for _, t := range tables {
		t, err := c.lockTable(ctx, t, txn.ShareUpdateExclusive)
		if err != nil {
			return err
		}
		kind := ast.ObjectTable
		if t.Kind == catalog.KindSequence {
			kind = ast.ObjectSequence
		}
		t.ACL = change(t.ACL, t.Owner, allPrivileges[kind])
		if err := c.Catalog.PutTable(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (c *Context) grantSchemas(ctx context.Context, s *ast.Grant, change aclChange) error {
	for _, n := range s.Objects {
		schema, err := c.schemaNamed(n.Name)
		if err != nil {
			return err
		}
		o := *schema
		o.ACL = change(o.ACL, o.Owner, allPrivileges[ast.ObjectSchema])
		if err := c.Catalog.PutSchema(ctx, &o); err != nil {
			return err
		}
	}
	return nil
}

func (c *Context) grantDatabases(ctx context.Context, s *ast.Grant, change aclChange) error {
	dbs, err := c.Catalog.Databases()
	if err != nil {
		return err
	}
	for _, n := range s.Objects {
		i := slices.IndexFunc(dbs, func(d *catalog.Database) bool { return d.Name == n.Name })
		if i < 0 {
			return pgerr.Newf(pgerr.InvalidCatalogName, "database %q does not exist", n.Name)
		}
		o := *dbs[i]
		o.ACL = change(o.ACL, o.Owner, allPrivileges[ast.ObjectDatabase])
		if err := c.Catalog.PutDatabase(ctx, &o); err != nil {
			return err
		}
	}
	return nil
}
