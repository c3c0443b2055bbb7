package builtin

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

func registerNumerics() {
	op("+", "numeric", "numeric", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeDecimal(types.AddNumeric(a[0].Decimal(), a[1].Decimal())), nil
	})
	op("-", "numeric", "numeric", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeDecimal(types.SubNumeric(a[0].Decimal(), a[1].Decimal())), nil
	})
	op("*", "numeric", "numeric", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeDecimal(types.MulNumeric(a[0].Decimal(), a[1].Decimal())), nil
	})
	op("/", "numeric", "numeric", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		v, ok := types.DivNumeric(a[0].Decimal(), a[1].Decimal())
		if !ok {
			return types.Null, errDivisionByZero()
		}
		return types.MakeDecimal(v), nil
	})
	mod := func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		v, ok := types.ModNumeric(a[0].Decimal(), a[1].Decimal())
		if !ok {
			return types.Null, errDivisionByZero()
		}
		return types.MakeDecimal(v), nil
	}
	op("%", "numeric", "numeric", mod)
	fn("mod", "numeric,numeric", mod)
	op("-", "", "numeric", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeDecimal(types.NegNumeric(a[0].Decimal())), nil
	})
	op("+", "", "numeric", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return a[0], nil })
	abs := func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		if v := a[0].Decimal(); v.Negative {
			return types.MakeDecimal(types.NegNumeric(v)), nil
		}
		return a[0], nil
	}
	op("@", "", "numeric", abs)
	fn("abs", "numeric", abs)
}
