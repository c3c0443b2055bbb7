package pgcatalog

import (
	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

func registerVisibility() {
	builtin.Fn("pg_table_is_visible", "oid", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		cat := reader(ctx)
		if cat == nil {
			return types.Null, nil
		}
		oid := types.OID(a[0].Int())
		if t, err := cat.TableByOID(oid); err != nil || t != nil {
			if err != nil {
				return types.Null, err
			}
			return types.MakeBool(tableVisible(cat, ctx, t.Schema, t.Name)), nil
		}
		t, ix, err := cat.IndexByOID(oid)
		if err != nil || ix == nil {
			return types.Null, err
		}
		return types.MakeBool(tableVisible(cat, ctx, t.Schema, ix.Name)), nil
	})
	builtin.Fn("pg_type_is_visible", "oid", typeVisible)
	builtin.Fn("pg_function_is_visible", "oid", functionVisible)
	for _, name := range []string{"pg_operator_is_visible", "pg_collation_is_visible", "pg_conversion_is_visible",
		"pg_opclass_is_visible", "pg_opfamily_is_visible", "pg_statistics_obj_is_visible", "pg_ts_config_is_visible",
		"pg_ts_dict_is_visible", "pg_ts_parser_is_visible", "pg_ts_template_is_visible"} {
		every(name, func(*expr.Ctx, []types.Datum) (types.Datum, error) { return types.MakeBool(true), nil })
	}
}

func inPath(cat catalog.Reader, ctx *expr.Ctx, schema types.OID) bool {
	for _, s := range path(cat, ctx, true) {
		if s.OID == schema {
			return true
		}
	}
	return false
}

func typeVisible(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	oid := types.OID(a[0].Int())
	if _, ok := types.ByOID(oid); ok {
		return types.MakeBool(true), nil
	}
	cat := reader(ctx)
	if cat == nil {
		return types.Null, nil
	}
	if d, err := cat.TypeByOID(oid); err != nil || d != nil {
		if err != nil {
			return types.Null, err
		}
		return types.MakeBool(inPath(cat, ctx, d.Schema)), nil
	}
	all, err := cat.Tables()
	if err != nil {
		return types.Null, err
	}
	for _, t := range all {
		if t.RowType == oid {
			return types.MakeBool(tableVisible(cat, ctx, t.Schema, t.Name)), nil
		}
	}
	return types.Null, nil
}

func functionVisible(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	oid := types.OID(a[0].Int())
	if _, ok := builtin.ByOID(oid); ok {
		return types.MakeBool(true), nil
	}
	f, err := userFunction(ctx, oid)
	if err != nil || f == nil {
		return types.Null, err
	}
	return types.MakeBool(inPath(reader(ctx), ctx, f.Schema)), nil
}

func userFunction(ctx *expr.Ctx, oid types.OID) (*catalog.Function, error) {
	cat := reader(ctx)
	if cat == nil {
		return nil, nil
	}
	fs, err := cat.AllFunctions()
	if err != nil {
		return nil, err
	}
	for _, f := range fs {
		if f.OID == oid {
			return f, nil
		}
	}
	return nil, nil
}
