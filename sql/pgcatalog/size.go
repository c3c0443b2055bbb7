package pgcatalog

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

func registerSizes() {
	every("pg_tablespace_size", func(ctx *expr.Ctx, _ []types.Datum) (types.Datum, error) {
		n, err := ctx.Session.RelationBytes(0, "total")
		return types.MakeInt(n), err
	})
	every("pg_relation_filenode", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		cat := reader(ctx)
		if cat == nil {
			return types.Null, nil
		}
		t, err := cat.TableByOID(types.OID(a[0].Int()))
		if err != nil || t == nil || fileNode(t) == 0 {
			return types.Null, err
		}
		return types.MakeInt(int64(fileNode(t))), nil
	})
	every("pg_tablespace_location", func(*expr.Ctx, []types.Datum) (types.Datum, error) { return types.MakeStr(""), nil })
	every("pg_relation_is_updatable", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		if tableAt(ctx, a[0]) {
			return types.MakeInt(28), nil // INSERT, UPDATE and DELETE
		}
		return types.MakeInt(0), nil
	})
	every("pg_column_is_updatable", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeBool(tableAt(ctx, a[0])), nil
	})
	every("pg_relation_is_publishable", func(*expr.Ctx, []types.Datum) (types.Datum, error) { return types.MakeBool(false), nil })
}

func registerSchemas() {
	builtin.Fn("current_schema", "", func(ctx *expr.Ctx, _ []types.Datum) (types.Datum, error) {
		if cat := reader(ctx); cat != nil {
			if p := writtenPath(cat, ctx); len(p) > 0 {
				return types.MakeStr(p[0].Name), nil
			}
		}
		return types.Null, nil
	})
	builtin.Fn("current_schemas", "bool", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		var names []types.Datum
		if cat := reader(ctx); cat != nil {
			list := writtenPath(cat, ctx)
			if a[0].Bool() {
				list = path(cat, ctx, true)
			}
			for _, s := range list {
				names = append(names, types.MakeStr(s.Name))
			}
		}
		return array(types.NameArray, len(names), func(i int) types.Datum { return names[i] }), nil
	})
	every("pg_sequence_parameters", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		cat := reader(ctx)
		if cat == nil {
			return types.Null, nil
		}
		t, err := cat.TableByOID(types.OID(a[0].Int()))
		if err != nil || t == nil || t.Kind != catalog.KindSequence {
			return types.Null, err
		}
		q := t.Seq
		i8 := types.Int8
		return types.MakeRecord(&types.Record{Types: []*types.T{i8, i8, i8, i8, types.Bool, i8, types.Oid},
			Fields: []types.Datum{types.MakeInt(q.Start), types.MakeInt(q.Min), types.MakeInt(q.Max), types.MakeInt(q.Increment),
				types.MakeBool(q.Cycle), types.MakeInt(q.Cache), types.MakeInt(int64(q.Type.OID))}}), nil
	})
}

// writtenPath is the schemas of search_path as it is set, without those that are
// searched although they are not named.
func writtenPath(cat catalog.Reader, ctx *expr.Ctx) []*catalog.Schema {
	text, _ := ctx.Session.Setting("search_path")
	named := func(n string) bool {
		for _, w := range strings.Split(text, ",") {
			w = strings.TrimSpace(w)
			if q, ok := strings.CutPrefix(w, `"`); ok {
				w = strings.ReplaceAll(strings.TrimSuffix(q, `"`), `""`, `"`)
			}
			if w == "$user" {
				w = ctx.Session.SessionUser()
			}
			if w == n {
				return true
			}
		}
		return false
	}
	var out []*catalog.Schema
	for _, s := range path(cat, ctx, false) {
		if named(s.Name) {
			out = append(out, s)
		}
	}
	return out
}

// tableAt tells whether the OID is that of a stored table.
func tableAt(ctx *expr.Ctx, oid types.Datum) bool {
	cat := reader(ctx)
	if cat == nil {
		return false
	}
	t, err := cat.TableByOID(types.OID(oid.Int()))
	return err == nil && t != nil && t.Kind == catalog.KindTable
}
