package builtin

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// registerText registers the concatenation operators.
func registerText() {
	op("||", "text", "text", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return concatText(ctx, a[0].Str(), a[1].Str())
	})
	opTyped("||", "text", "anynonarray", func(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		return concatText(ctx, a[0].Str(), castText(ctx, a[1], f.Args[1].Type()))
	})
	opTyped("||", "anynonarray", "text", func(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		return concatText(ctx, castText(ctx, a[0], f.Args[0].Type()), a[1].Str())
	})
	op("||", "bytea", "bytea", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		if err := fits(ctx, int64(len(a[0].Bytes())+len(a[1].Bytes()))); err != nil {
			return types.Null, err
		}
		return types.MakeBytes(append(append([]byte(nil), a[0].Bytes()...), a[1].Bytes()...)), nil
	})
	op("||", "varbit", "varbit", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		l, r := a[0].Other().(types.BitString), a[1].Other().(types.BitString)
		if err := fits(ctx, int64(len(l)+len(r))); err != nil {
			return types.Null, err
		}
		return types.MakeOther(l + r), nil
	})
}
