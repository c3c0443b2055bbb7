package pgcatalog

import (
	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

func errNoColumn(column, table string) error {
	return pgerr.Newf(pgerr.UndefinedColumn, "column %q of relation %q does not exist", column, table)
}

func registerDescriptions() {
	builtin.Fn("obj_description", "oid,name", textFunc(objectComment))
	builtin.Fn("obj_description", "oid", textFunc(objectComment))
	every("shobj_description", textFunc(sharedComment))
	every("col_description", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		cat := reader(ctx)
		if cat == nil {
			return types.Null, nil
		}
		t, err := cat.TableByOID(types.OID(a[0].Int()))
		if err != nil || t == nil {
			return types.Null, err
		}
		if c := t.ColumnByNum(int16(a[1].Int())); c != nil && c.Comment != "" {
			return types.MakeStr(c.Comment), nil
		}
		return types.Null, nil
	})
}

func objectComment(cat catalog.Reader, ctx *expr.Ctx, oid types.OID) (string, error) {
	if t, err := cat.TableByOID(oid); err != nil || t != nil {
		if err != nil {
			return "", err
		}
		return t.Comment, nil
	}
	if _, ix, err := cat.IndexByOID(oid); err != nil || ix != nil {
		if err != nil {
			return "", err
		}
		return ix.Comment, nil
	}
	if s := cat.SchemaByOID(oid); s != nil {
		return s.Comment, nil
	}
	if d, err := cat.TypeByOID(oid); err != nil || d != nil {
		if err != nil {
			return "", err
		}
		return d.Comment, nil
	}
	if f, err := userFunction(ctx, oid); err != nil || f != nil {
		if err != nil {
			return "", err
		}
		return f.Comment, nil
	}
	return "", nil
}

func sharedComment(cat catalog.Reader, _ *expr.Ctx, oid types.OID) (string, error) {
	dbs, err := cat.Databases()
	if err != nil {
		return "", err
	}
	for _, d := range dbs {
		if d.OID == oid {
			return d.Comment, nil
		}
	}
	r, err := cat.RoleByOID(oid)
	if err != nil || r == nil {
		return "", err
	}
	return r.Comment, nil
}
