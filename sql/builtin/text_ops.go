package builtin

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// registerText registers the concatenation operators.
func registerText() {
	op("||", "text", "text", text2(func(a, b string) string { return a + b }))
	opTyped("||", "text", "anynonarray", func(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		return types.MakeStr(a[0].Str() + castText(ctx, a[1], f.Args[1].Type())), nil
	})
	opTyped("||", "anynonarray", "text", func(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		return types.MakeStr(castText(ctx, a[0], f.Args[0].Type()) + a[1].Str()), nil
	})
	op("||", "bytea", "bytea", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeBytes(append(append([]byte(nil), a[0].Bytes()...), a[1].Bytes()...)), nil
	})
	op("||", "varbit", "varbit", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeOther(a[0].Other().(types.BitString) + a[1].Other().(types.BitString)), nil
	})
}
