package pgcatalog

import (
	"strings"
	"sync"

	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

var registerOnce sync.Once

// RegisterFunctions adds the catalog functions to the registry. Call at start,
// before any session runs; further calls do nothing.
func RegisterFunctions() {
	registerOnce.Do(func() {
		registerVisibility()
		registerDefinitions()
		registerDescriptions()
		registerPrivileges()
		registerSizes()
		registerSchemas()
		registerSets()
		loadProcs()
	})
}

// reader is the catalog of the call; functions give NULL without one.
func reader(ctx *expr.Ctx) catalog.Reader {
	r, _ := readerOf(ctx)
	return r
}

// textFunc makes a function of an OID that gives text, NULL for "".
func textFunc(f func(cat catalog.Reader, ctx *expr.Ctx, oid types.OID) (string, error)) builtin.EvalFunc {
	return func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		cat := reader(ctx)
		if cat == nil {
			return types.Null, nil
		}
		s, err := f(cat, ctx, types.OID(a[0].Int()))
		if err != nil || s == "" {
			return types.Null, err
		}
		return types.MakeStr(s), nil
	}
}

// every registers the same evaluation for all overloads of a name.
func every(name string, eval builtin.EvalFunc) {
	for _, args := range builtin.Overloads(name) {
		builtin.Fn(name, args, eval)
	}
}

func quoteIdent(s string) string { return types.QuoteIdent(s) }

// path is the schemas of the search path that exist, in order, pg_catalog first
// unless named.
func path(cat catalog.Reader, ctx *expr.Ctx, implicit bool) []*catalog.Schema {
	var out []*catalog.Schema
	if ctx.Session == nil {
		return nil
	}
	names := ctx.Session.SearchPath()
	named := false
	for _, n := range names {
		named = named || n == "pg_catalog"
	}
	if !implicit {
		names = explicitPath(ctx, names)
	}
	if implicit && !named {
		names = append([]string{"pg_catalog"}, names...)
	}
	for _, n := range names {
		if n == "$user" {
			n = ctx.Session.SessionUser()
		}
		if s := cat.SchemaByName(n); s != nil {
			out = append(out, s)
		}
	}
	return out
}

// explicitPath leaves out what the session adds to the setting: pg_catalog and
// its schema of temporary objects.
func explicitPath(ctx *expr.Ctx, names []string) []string {
	set, _ := ctx.Session.Setting("search_path")
	var out []string
	for _, n := range names {
		if (n == "pg_catalog" || strings.HasPrefix(n, "pg_temp_")) && !strings.Contains(set, n) {
			continue
		}
		out = append(out, n)
	}
	return out
}

// tableVisible tells whether the unqualified name finds this relation.
func tableVisible(cat catalog.Reader, ctx *expr.Ctx, schema types.OID, name string) bool {
	for _, s := range path(cat, ctx, true) {
		if s.OID == schema {
			return true
		}
		if t, err := cat.Table(s.OID, name); err == nil && t != nil {
			return false
		}
		if _, ix, err := cat.Index(s.OID, name); err == nil && ix != nil {
			return false
		}
	}
	return false
}

// visibleName is the relation's name, with its schema where the path of the
// given schemas does not find it. A nil path qualifies always.
func visibleName(cat catalog.Reader, schemas []string, t *catalog.Table) string {
	s := cat.SchemaByOID(t.Schema)
	if s == nil {
		return quoteIdent(t.Name)
	}
	for _, n := range schemas {
		o := cat.SchemaByName(n)
		if o == nil {
			continue
		}
		if o.OID == t.Schema {
			return quoteIdent(t.Name)
		}
		if x, err := cat.Table(o.OID, t.Name); err == nil && x != nil {
			break
		}
	}
	return quoteIdent(s.Name) + "." + quoteIdent(t.Name)
}
