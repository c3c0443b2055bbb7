package builtin

import (
	"math"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

func floatFn(name string, f func(x float64) (float64, error)) {
	fn(name, "float8", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		v, err := f(a[0].Float())
		return types.MakeFloat(v), err
	})
}

// plain wraps a function that cannot fail.
func plain(f func(float64) float64) func(float64) (float64, error) {
	return func(x float64) (float64, error) { return f(x), nil }
}

func errInputRange() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "input is out of range")
}

// finiteOnly refuses infinities, as the trigonometric functions do.
func finiteOnly(f func(float64) float64) func(float64) (float64, error) {
	return func(x float64) (float64, error) {
		if math.IsInf(x, 0) {
			return 0, errInputRange()
		}
		return f(x), nil
	}
}

func unitRange(f func(float64) float64) func(float64) (float64, error) {
	return func(x float64) (float64, error) {
		if x < -1 || x > 1 {
			return 0, errInputRange()
		}
		return f(x), nil
	}
}

func registerMath() {
	for name, f := range map[string]func(float64) (float64, error){
		"ceil": plain(math.Ceil), "ceiling": plain(math.Ceil), "floor": plain(math.Floor),
		"round": plain(math.RoundToEven), "trunc": plain(math.Trunc), "cbrt": plain(math.Cbrt),
		"sin": finiteOnly(math.Sin), "cos": finiteOnly(math.Cos), "tan": finiteOnly(math.Tan),
		"cot":  finiteOnly(func(x float64) float64 { return 1 / math.Tan(x) }),
		"asin": unitRange(math.Asin), "acos": unitRange(math.Acos), "atan": plain(math.Atan),
		"sinh": plain(math.Sinh), "cosh": plain(math.Cosh), "tanh": plain(math.Tanh), "asinh": plain(math.Asinh),
		"radians": plain(func(x float64) float64 { return x / (180 / math.Pi) }),
		"degrees": plain(func(x float64) float64 { return x / (math.Pi / 180) }),
		"sign": plain(func(x float64) float64 {
			switch {
			case x > 0:
				return 1
			case x < 0:
				return -1
			}
			return 0
		}),
		"atanh": func(x float64) (float64, error) {
			if x < -1 || x > 1 {
				return 0, errInputRange()
			}
			return math.Atanh(x), nil
		},
		"acosh": func(x float64) (float64, error) {
			if x < 1 {
				return 0, errInputRange()
			}
			return math.Acosh(x), nil
		},
		"sqrt": floatSqrt, "dsqrt": floatSqrt,
		"exp":   floatExp,
		"ln":    func(x float64) (float64, error) { return floatLog(x, math.Log) },
		"log":   func(x float64) (float64, error) { return floatLog(x, math.Log10) },
		"log10": func(x float64) (float64, error) { return floatLog(x, math.Log10) },
		"sind":  finiteOnly(func(x float64) float64 { return degreesTrig(math.Sin, x) }),
		"cosd":  finiteOnly(func(x float64) float64 { return degreesTrig(math.Cos, x) }),
		"tand":  finiteOnly(func(x float64) float64 { return degreesTrig(math.Tan, x) }),
	} {
		floatFn(name, f)
	}
	op("|/", "", "float8", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		v, err := floatSqrt(a[0].Float())
		return types.MakeFloat(v), err
	})
	op("||/", "", "float8", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeFloat(math.Cbrt(a[0].Float())), nil
	})
	power := func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return floatPower(a[0].Float(), a[1].Float()) }
	fn("power", "float8,float8", power)
	fn("pow", "float8,float8", power)
	op("^", "float8", "float8", power)
	fn("atan2", "float8,float8", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeFloat(math.Atan2(a[0].Float(), a[1].Float())), nil
	})
	fn("pi", "", func(*expr.Ctx, []types.Datum) (types.Datum, error) { return types.MakeFloat(math.Pi), nil })
	fn("random", "", func(ctx *expr.Ctx, _ []types.Datum) (types.Datum, error) {
		return types.MakeFloat(float64(ctx.Session.Random()>>11) / (1 << 53)), nil
	})
	registerIntegerMath()
	registerWidthBucket()
}

// degreesTrig is exact at the multiples of 30 and 45 degrees where the plain
// function is off by rounding.
func degreesTrig(f func(float64) float64, x float64) float64 {
	v := f(math.Mod(x, 360) * (math.Pi / 180))
	for _, exact := range []float64{0, 0.5, -0.5, 1, -1} {
		if math.Abs(v-exact) < 1e-15 {
			return exact
		}
	}
	return v
}

func floatSqrt(x float64) (float64, error) {
	if x < 0 {
		return 0, pgerr.New(pgerr.InvalidArgumentForPowerFunction, "cannot take square root of a negative number")
	}
	return math.Sqrt(x), nil
}

func floatExp(x float64) (float64, error) {
	v := math.Exp(x)
	if math.IsInf(v, 0) && !math.IsInf(x, 0) {
		return 0, errFloat("overflow")
	}
	if v == 0 && !math.IsInf(x, -1) {
		return 0, errFloat("underflow")
	}
	return v, nil
}

func errLog(zero bool) error {
	if zero {
		return pgerr.New(pgerr.InvalidArgumentForLogarithm, "cannot take logarithm of zero")
	}
	return pgerr.New(pgerr.InvalidArgumentForLogarithm, "cannot take logarithm of a negative number")
}

func floatLog(x float64, f func(float64) float64) (float64, error) {
	if x <= 0 {
		return 0, errLog(x == 0)
	}
	return f(x), nil
}

func floatPower(x, y float64) (types.Datum, error) {
	if x == 0 && y < 0 {
		return types.Null, pgerr.New(pgerr.InvalidArgumentForPowerFunction, "zero raised to a negative power is undefined")
	}
	if x < 0 && y != math.Trunc(y) {
		return types.Null, pgerr.New(pgerr.InvalidArgumentForPowerFunction, "a negative number raised to a non-integer power yields a complex result")
	}
	return fitFloat(types.Float8, math.Pow(x, y), infinite(x, y), x == 0 || infinite(x, y))
}

func registerIntegerMath() {
	for _, t := range []string{"int4", "int8"} {
		typ := mustType(t)
		fn("gcd", t+","+t, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			return absInt(typ, gcd(a[0].Int(), a[1].Int()))
		})
		fn("lcm", t+","+t, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			x, y := a[0].Int(), a[1].Int()
			if x == 0 || y == 0 {
				return types.MakeInt(0), nil
			}
			v, ok := MulInt64(x/gcd(x, y), y)
			if !ok {
				return types.Null, errOutOfRange(typ)
			}
			return absInt(typ, v)
		})
	}
	fn("factorial", "int8", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		n := a[0].Int()
		if n < 0 {
			return types.Null, pgerr.New(pgerr.NumericValueOutOfRange, "factorial of a negative number is undefined")
		}
		if n > 32177 {
			return types.Null, pgerr.New(pgerr.NumericValueOutOfRange, "value overflows numeric format")
		}
		return types.MakeDecimal(types.FactorialNumeric(n)), nil
	})
}

func gcd(a, b int64) int64 {
	for b != 0 {
		if b == -1 {
			return 1
		}
		a, b = b, a%b
	}
	return a
}

func errBucket(msg string) error { return pgerr.New(pgerr.InvalidArgumentForWidthBucketFunction, msg) }

func registerWidthBucket() {
	check := func(n int64) error {
		if n <= 0 {
			return errBucket("count must be greater than zero")
		}
		return nil
	}
	fn("width_bucket", "float8,float8,float8,int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		x, lo, hi, n := a[0].Float(), a[1].Float(), a[2].Float(), a[3].Int()
		if err := check(n); err != nil {
			return types.Null, err
		}
		switch {
		case math.IsNaN(x) || math.IsNaN(lo) || math.IsNaN(hi):
			return types.Null, errBucket("operand, lower bound, and upper bound cannot be NaN")
		case math.IsInf(lo, 0) || math.IsInf(hi, 0):
			return types.Null, errBucket("lower and upper bounds must be finite")
		case lo == hi:
			return types.Null, errBucket("lower bound cannot equal upper bound")
		}
		if hi < lo {
			x, lo, hi = -x, -lo, -hi
		}
		return types.MakeInt(bucket(x < lo, x >= hi, n, func() int64 { return int64(float64(n) * ((x - lo) / (hi - lo))) })), nil
	})
	fn("width_bucket", "numeric,numeric,numeric,int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		x, lo, hi, n := a[0].Decimal(), a[1].Decimal(), a[2].Decimal(), a[3].Int()
		if err := check(n); err != nil {
			return types.Null, err
		}
		if types.IsNaN(x) || types.IsNaN(lo) || types.IsNaN(hi) {
			return types.Null, errBucket("operand, lower bound, and upper bound cannot be NaN")
		}
		c := types.CompareNumericValues(lo, hi)
		if c == 0 {
			return types.Null, errBucket("lower bound cannot equal upper bound")
		}
		if c > 0 {
			x, lo, hi = types.NegNumeric(x), types.NegNumeric(lo), types.NegNumeric(hi)
		}
		below, above := types.CompareNumericValues(x, lo) < 0, types.CompareNumericValues(x, hi) >= 0
		return types.MakeInt(bucket(below, above, n, func() int64 {
			num := types.MulNumeric(types.SubNumeric(x, lo), types.NumericFromInt(n))
			q, _ := types.DivTruncNumeric(num, types.SubNumeric(hi, lo))
			i, _ := q.Int64()
			return i
		})), nil
	})
	fnTyped("width_bucket", "anycompatible,anycompatiblearray", func(_ *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		n := int64(0)
		for _, e := range a[1].Array().Elems {
			if e.IsNull() {
				return types.Null, pgerr.New(pgerr.NullValueNotAllowed, "thresholds array must not contain NULLs")
			}
			if types.Compare(a[1].Array().Elem, a[0], e) >= 0 {
				n++
			}
		}
		return types.MakeInt(n), nil
	})
}

func bucket(below, above bool, n int64, inside func() int64) int64 {
	switch {
	case below:
		return 0
	case above:
		return n + 1
	}
	return min(inside()+1, n)
}
