package builtin

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// registerText registers concatenation; the other text functions are in files of
// their families.
func registerText() {
	op("||", "text", "text", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeStr(a[0].Str() + a[1].Str()), nil
	})
	opTyped("||", "text", "anynonarray", func(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		return types.MakeStr(a[0].Str() + types.Format(a[1], f.Args[1].Type(), ctx.IO())), nil
	})
	opTyped("||", "anynonarray", "text", func(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		return types.MakeStr(types.Format(a[0], f.Args[0].Type(), ctx.IO()) + a[1].Str()), nil
	})
	op("||", "bytea", "bytea", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeBytes(append(append([]byte(nil), a[0].Bytes()...), a[1].Bytes()...)), nil
	})
}
