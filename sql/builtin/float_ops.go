package builtin

import (
	"math"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

func errFloat(what string) error {
	return pgerr.Newf(pgerr.NumericValueOutOfRange, "value out of range: %s", what)
}

// fitFloat reports an overflow or underflow that the operands do not explain,
// and rounds to float4 where that is the type.
func fitFloat(t *types.T, v float64, infinite, zero bool) (types.Datum, error) {
	if t.Is(types.Float4) {
		v = float64(float32(v))
	}
	if math.IsInf(v, 0) && !infinite {
		return types.Null, errFloat("overflow")
	}
	if v == 0 && !zero {
		return types.Null, errFloat("underflow")
	}
	return types.MakeFloat(v), nil
}

func infinite(a, b float64) bool { return math.IsInf(a, 0) || math.IsInf(b, 0) }

func registerFloats() {
	forms := map[string]func(t *types.T, a, b float64) (types.Datum, error){
		"+": func(t *types.T, a, b float64) (types.Datum, error) { return fitFloat(t, a+b, infinite(a, b), true) },
		"-": func(t *types.T, a, b float64) (types.Datum, error) { return fitFloat(t, a-b, infinite(a, b), true) },
		"*": func(t *types.T, a, b float64) (types.Datum, error) {
			return fitFloat(t, a*b, infinite(a, b), a == 0 || b == 0)
		},
		"/": func(t *types.T, a, b float64) (types.Datum, error) {
			if b == 0 && !math.IsNaN(a) {
				return types.Null, errDivisionByZero()
			}
			return fitFloat(t, a/b, infinite(a, b), a == 0 || math.IsInf(b, 0))
		},
	}
	for name, f := range forms {
		for _, fact := range opFacts[name] {
			if fact.left == nil || !isFloat(fact.left) || !isFloat(fact.right) {
				continue
			}
			ret := fact.result
			op(name, fact.left.Name, fact.right.Name, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
				return f(ret, a[0].Float(), a[1].Float())
			})
		}
	}
	for _, t := range []string{"float4", "float8"} {
		op("-", "", t, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return types.MakeFloat(-a[0].Float()), nil })
		op("+", "", t, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return a[0], nil })
		abs := func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			return types.MakeFloat(math.Abs(a[0].Float())), nil
		}
		op("@", "", t, abs)
		fn("abs", t, abs)
	}
}
