package session

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgcatalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// names resolves the reg… types in the session's catalog and search path.
type names struct{ s *Session }

var _ types.Names = names{}

// RegName is the name that a reg… type shows for an OID, qualified where the
// search path would not find it.
func (v names) RegName(kind *types.T, oid types.OID) (string, bool) {
	if v.s.cat == nil {
		return "", false
	}
	switch kind.OID {
	case types.Regclass.OID:
		return v.className(oid)
	case types.Regtype.OID:
		if d, err := v.s.cat.TypeByOID(oid); err == nil && d != nil {
			return v.qualified(d.Schema, d.T.Name), true
		}
	case types.Regnamespace.OID:
		if n := v.s.cat.SchemaByOID(oid); n != nil {
			return types.QuoteIdent(n.Name), true
		}
	case types.Regrole.OID:
		if r, err := v.s.cat.RoleByOID(oid); err == nil && r != nil {
			return types.QuoteIdent(r.Name), true
		}
	case types.Regproc.OID, types.Regprocedure.OID:
		return v.procName(oid, kind.OID == types.Regprocedure.OID)
	case types.Regcollation.OID:
		for _, c := range collations {
			if c.oid == oid {
				return c.text, true
			}
		}
	}
	return "", false
}

// collations that exist, as regcollation shows them.
var collations = []struct {
	oid        types.OID
	name, text string
}{{catalog.CollationDefault, "default", `"default"`}, {catalog.CollationC, "C", `"C"`}, {951, "POSIX", `"POSIX"`}}

func (v names) className(oid types.OID) (string, bool) {
	if t, err := v.s.cat.TableByOID(oid); err == nil && t != nil {
		return v.relationName(t.Schema, t.Name), true
	}
	if t, ix, err := v.s.cat.IndexByOID(oid); err == nil && ix != nil {
		return v.relationName(t.Schema, ix.Name), true
	}
	return "", false
}

// relationName qualifies a relation's name unless it is the first of its name
// on the search path.
func (v names) relationName(schema types.OID, name string) string {
	for _, n := range v.s.SearchPath() {
		sc := v.s.cat.SchemaByName(n)
		if sc == nil {
			continue
		}
		if sc.OID == schema {
			return types.QuoteIdent(name)
		}
		if t, err := v.s.cat.Table(sc.OID, name); err == nil && t != nil {
			break
		}
	}
	return v.withSchema(schema, name)
}

func (v names) qualified(schema types.OID, name string) string {
	for _, n := range v.s.SearchPath() {
		if sc := v.s.cat.SchemaByName(n); sc != nil && sc.OID == schema {
			return types.QuoteIdent(name)
		}
	}
	return v.withSchema(schema, name)
}

func (v names) withSchema(schema types.OID, name string) string {
	if sc := v.s.cat.SchemaByOID(schema); sc != nil {
		return types.QuoteIdent(sc.Name) + "." + types.QuoteIdent(name)
	}
	return types.QuoteIdent(name)
}

func (v names) procName(oid types.OID, signature bool) (string, bool) {
	name, args, ok := "", []*types.T(nil), false
	if def, found := builtin.ByOID(oid); found {
		switch d := def.(type) {
		case *expr.FuncDef:
			name, args, ok = d.Name, d.Args, true
		case *expr.AggDef:
			name, args, ok = d.Name, d.Args, true
		case *builtin.SRF:
			name, args, ok = d.Name, d.Args, true
		}
		name = types.QuoteIdent(name)
	} else if word, found := pgcatalog.IOFunctionName(oid); found {
		name, ok = types.QuoteIdent(word), true
	} else if all, err := v.s.cat.AllFunctions(); err == nil {
		for _, f := range all {
			if f.OID == oid {
				name, args, ok = v.qualified(f.Schema, f.Name), f.ArgTypes, true
			}
		}
	}
	if ok && signature {
		list := make([]string, len(args))
		for i, a := range args {
			list[i] = types.FormatType(a, -1)
		}
		name += "(" + strings.Join(list, ",") + ")"
	}
	return name, ok
}

// RegOID finds what a name typed for a reg… type means.
func (v names) RegOID(kind *types.T, text string, stored bool) (types.OID, error) {
	if v.s.cat == nil {
		return 0, pgerr.Newf(pgerr.UndefinedObject, "\"%s\" does not exist", text)
	}
	parts, ok := splitQualified(text)
	if !ok || len(parts) == 0 || len(parts) > 3 {
		return 0, pgerr.New(pgerr.InvalidName, "invalid name syntax")
	}
	name := parts[len(parts)-1]
	var schemas []*catalog.Schema
	if len(parts) > 1 {
		sc := v.s.cat.SchemaByName(parts[len(parts)-2])
		if sc == nil {
			if kind.OID == types.Regclass.OID {
				return 0, pgerr.Newf(pgerr.UndefinedTable, "relation \"%s\" does not exist", text)
			}
			return 0, pgerr.Newf(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", parts[len(parts)-2])
		}
		if !stored {
			if err := v.s.actor(v.s.cat, 0).RequireSchema(sc, acl.Usage); err != nil {
				return 0, err
			}
		}
		schemas = append(schemas, sc)
	} else {
		u := v.s.actor(v.s.cat, 0)
		for _, n := range v.s.SearchPath() {
			if sc := v.s.cat.SchemaByName(n); sc != nil && (stored || u.SeesSchema(sc)) {
				schemas = append(schemas, sc)
			}
		}
	}
	switch kind.OID {
	case types.Regclass.OID:
		return v.classOID(schemas, name, text)
	case types.Regtype.OID:
		return v.typeOID(schemas, name, text)
	case types.Regproc.OID, types.Regprocedure.OID:
		return v.procOID(schemas, name, text)
	case types.Regnamespace.OID:
		if sc := v.s.cat.SchemaByName(name); sc != nil {
			return sc.OID, nil
		}
		return 0, pgerr.Newf(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", name)
	case types.Regrole.OID:
		r, err := v.s.cat.Role(name)
		if err != nil {
			return 0, err
		}
		if r != nil {
			return r.OID, nil
		}
		return 0, pgerr.Newf(pgerr.UndefinedObject, "role \"%s\" does not exist", name)
	case types.Regcollation.OID:
		for _, c := range collations {
			if c.name == name {
				return c.oid, nil
			}
		}
		return 0, pgerr.Newf(pgerr.UndefinedObject, "collation \"%s\" for encoding \"UTF8\" does not exist", name)
	}
	return 0, pgerr.Newf(pgerr.UndefinedObject, "%s \"%s\" does not exist", strings.TrimPrefix(kind.Name, "reg"), text)
}

func (v names) classOID(schemas []*catalog.Schema, name, text string) (types.OID, error) {
	for _, sc := range schemas {
		t, err := v.s.cat.Table(sc.OID, name)
		if err != nil {
			return 0, err
		}
		if t != nil {
			return t.OID, nil
		}
		_, ix, err := v.s.cat.Index(sc.OID, name)
		if err != nil {
			return 0, err
		}
		if ix != nil {
			return ix.OID, nil
		}
	}
	return 0, pgerr.Newf(pgerr.UndefinedTable, "relation \"%s\" does not exist", text)
}

func (v names) typeOID(schemas []*catalog.Schema, name, text string) (types.OID, error) {
	for _, sc := range schemas {
		d, err := v.s.cat.Type(sc.OID, name)
		if err != nil {
			return 0, err
		}
		if d != nil {
			return d.T.OID, nil
		}
	}
	return 0, pgerr.Newf(pgerr.UndefinedObject, "type \"%s\" does not exist", text)
}

func (v names) procOID(schemas []*catalog.Schema, name, text string) (types.OID, error) {
	base, _, _ := strings.Cut(name, "(")
	var found []types.OID
	for _, sc := range schemas {
		if sc.OID == catalog.SchemaPgCatalog {
			for _, d := range builtin.Functions("", base) {
				found = append(found, d.OID)
			}
			if oid, ok := pgcatalog.IOFunction(base); ok && len(found) == 0 {
				found = append(found, oid)
			}
		}
		fs, err := v.s.cat.Functions(sc.OID, base)
		if err != nil {
			return 0, err
		}
		for _, f := range fs {
			found = append(found, f.OID)
		}
		if len(found) > 0 {
			break
		}
	}
	switch {
	case len(found) == 0:
		return 0, pgerr.Newf(pgerr.UndefinedFunction, "function \"%s\" does not exist", text)
	case len(found) > 1 && base == name:
		return 0, pgerr.Newf(pgerr.AmbiguousFunction, "more than one function named \"%s\"", text)
	}
	return found[0], nil
}

// splitQualified reads a.b.c with quoting.
func splitQualified(text string) ([]string, bool) {
	var out []string
	rest := strings.TrimSpace(text)
	for {
		if strings.HasPrefix(rest, `"`) {
			var b strings.Builder
			i := 1
			for {
				j := strings.IndexByte(rest[i:], '"')
				if j < 0 {
					return nil, false
				}
				b.WriteString(rest[i : i+j])
				i += j + 1
				if i < len(rest) && rest[i] == '"' {
					b.WriteByte('"')
					i++
					continue
				}
				break
			}
			out, rest = append(out, b.String()), rest[i:]
		} else {
			i := strings.IndexByte(rest, '.')
			if p := strings.IndexByte(rest, '('); p >= 0 && (i < 0 || p < i) {
				i = -1
			}
			if i < 0 {
				i = len(rest)
			}
			out, rest = append(out, strings.ToLower(strings.TrimSpace(rest[:i]))), rest[i:]
		}
		if out[len(out)-1] == "" {
			return nil, false
		}
		if rest == "" {
			return out, true
		}
		if rest[0] != '.' {
			return nil, false
		}
		rest = rest[1:]
	}
}
