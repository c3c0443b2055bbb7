package builtin

import (
	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

func numericFn(name string, f func(v *types.Decimal) (*types.Decimal, error)) {
	budgetedFn(name, func(_ *budget.Run, v *types.Decimal) (*types.Decimal, error) { return f(v) })
}

func budgetedFn(name string, f func(b *budget.Run, v *types.Decimal) (*types.Decimal, error)) {
	fn(name, "numeric", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		v, err := f(ctx.Budget, a[0].Decimal())
		if err != nil {
			return types.Null, err
		}
		return types.MakeDecimal(v), nil
	})
}

func registerNumericFuncs() {
	for _, n := range []string{"ceil", "ceiling"} {
		numericFn(n, func(v *types.Decimal) (*types.Decimal, error) { return types.RoundTowards(v, 1), nil })
	}
	numericFn("floor", func(v *types.Decimal) (*types.Decimal, error) { return types.RoundTowards(v, -1), nil })
	numericFn("round", func(v *types.Decimal) (*types.Decimal, error) {
		return types.RoundNumeric(types.CopyNumeric(v), 0), nil
	})
	numericFn("trunc", func(v *types.Decimal) (*types.Decimal, error) {
		return types.TruncNumeric(types.CopyNumeric(v), 0), nil
	})
	fn("round", "numeric,int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeDecimal(types.RoundNumeric(types.CopyNumeric(a[0].Decimal()), clampDigits(a[1]))), nil
	})
	fn("trunc", "numeric,int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeDecimal(types.TruncNumeric(types.CopyNumeric(a[0].Decimal()), clampDigits(a[1]))), nil
	})
	numericFn("sign", func(v *types.Decimal) (*types.Decimal, error) {
		if types.IsNaN(v) {
			return v, nil
		}
		if !types.IsFinite(v) && v.Negative {
			return types.NumericFromInt(-1), nil
		}
		return types.NumericFromInt(int64(v.Sign())), nil
	})
	numericFn("sqrt", types.SqrtNumeric)
	budgetedFn("exp", types.ExpNumeric)
	budgetedFn("ln", types.LnNumeric)
	log10 := func(b *budget.Run, v *types.Decimal) (*types.Decimal, error) {
		return types.LogNumeric(b, types.NumericFromInt(10), v)
	}
	budgetedFn("log", log10)
	budgetedFn("log10", log10)
	fn("log", "numeric,numeric", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		v, err := types.LogNumeric(ctx.Budget, a[0].Decimal(), a[1].Decimal())
		if err != nil {
			return types.Null, err
		}
		return types.MakeDecimal(v), nil
	})
	power := func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		v, err := types.PowerNumeric(ctx.Budget, a[0].Decimal(), a[1].Decimal())
		if err != nil {
			return types.Null, err
		}
		return types.MakeDecimal(v), nil
	}
	fn("power", "numeric,numeric", power)
	fn("pow", "numeric,numeric", power)
	op("^", "numeric", "numeric", power)
	registerNumericParts()
}

func clampDigits(d types.Datum) int { return int(min(max(d.Int(), -2000), 2000)) }

func registerNumericParts() {
	fn("div", "numeric,numeric", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		q, ok := types.DivTruncNumeric(a[0].Decimal(), a[1].Decimal())
		if !ok {
			return types.Null, errDivisionByZero()
		}
		return types.MakeDecimal(q), nil
	})
	fn("gcd", "numeric,numeric", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeDecimal(types.GcdNumeric(a[0].Decimal(), a[1].Decimal())), nil
	})
	fn("lcm", "numeric,numeric", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		x, y := a[0].Decimal(), a[1].Decimal()
		g := types.GcdNumeric(x, y)
		if !types.IsFinite(g) || g.Sign() == 0 {
			return types.MakeDecimal(g), nil
		}
		q, _ := types.DivTruncNumeric(x, g)
		v := types.MulNumeric(q, y)
		v.Negative = false
		return types.MakeDecimal(types.RoundNumeric(v, max(types.NumericScale(x), types.NumericScale(y)))), nil
	})
	scaleFn := func(name string, f func(*types.Decimal) *types.Decimal) {
		fn(name, "numeric", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			if !types.IsFinite(a[0].Decimal()) {
				return types.Null, nil
			}
			return types.MakeInt(int64(types.NumericScale(f(a[0].Decimal())))), nil
		})
	}
	scaleFn("scale", func(v *types.Decimal) *types.Decimal { return v })
	scaleFn("min_scale", types.ReduceNumeric)
	numericFn("trim_scale", func(v *types.Decimal) (*types.Decimal, error) {
		if !types.IsFinite(v) {
			return v, nil
		}
		return types.ReduceNumeric(v), nil
	})
}
