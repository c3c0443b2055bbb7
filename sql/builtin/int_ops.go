package builtin

import (
	"math"
	"math/bits"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

func errDivisionByZero() error { return pgerr.New(pgerr.DivisionByZero, "division by zero") }

func errOutOfRange(t *types.T) error {
	return pgerr.Newf(pgerr.NumericValueOutOfRange, "%s out of range", types.FormatType(t, -1))
}

// fitInt checks that v fits the integer type.
func fitInt(t *types.T, v int64) (types.Datum, error) {
	switch t.Len {
	case 2:
		if v != int64(int16(v)) {
			return types.Null, errOutOfRange(t)
		}
	case 4:
		if v != int64(int32(v)) {
			return types.Null, errOutOfRange(t)
		}
	}
	return types.MakeInt(v), nil
}

// AddInt64, SubInt64 and MulInt64 tell overflow.
func AddInt64(a, b int64) (int64, bool) {
	c := a + b
	return c, (c > a) == (b > 0)
}

// SubInt64 is a - b.
func SubInt64(a, b int64) (int64, bool) {
	c := a - b
	return c, (c < a) == (b > 0)
}

// MulInt64 is a * b.
func MulInt64(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	c := a * b
	return c, c/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64)
}

var intTypes = []string{"int2", "int4", "int8"}

// registerIntegers registers arithmetic and bit operators over all pairs of
// integer widths; the result has the wider type.
func registerIntegers() {
	exact := map[string]func(a, b int64) (int64, bool){"+": AddInt64, "-": SubInt64, "*": MulInt64}
	for name, f := range exact {
		for _, fact := range intPairs(name) {
			ret := fact.result
			op(name, fact.left.Name, fact.right.Name, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
				v, ok := f(a[0].Int(), a[1].Int())
				if !ok {
					return types.Null, errOutOfRange(ret)
				}
				return fitInt(ret, v)
			})
		}
	}
	for _, name := range []string{"/", "%"} {
		for _, fact := range intPairs(name) {
			ret, mod := fact.result, name == "%"
			op(name, fact.left.Name, fact.right.Name, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
				return divideInt(ret, a[0].Int(), a[1].Int(), mod)
			})
		}
	}
	registerBits()
	for _, t := range intTypes {
		typ := mustType(t)
		op("-", "", t, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			if a[0].Int() == math.MinInt64 {
				return types.Null, errOutOfRange(typ)
			}
			return fitInt(typ, -a[0].Int())
		})
		op("+", "", t, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return a[0], nil })
		op("@", "", t, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return absInt(typ, a[0].Int()) })
		fn("abs", t, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return absInt(typ, a[0].Int()) })
		fn("mod", t+","+t, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			return divideInt(typ, a[0].Int(), a[1].Int(), true)
		})
	}
}

func intPairs(name string) []opFact {
	var out []opFact
	for _, f := range opFacts[name] {
		if f.left != nil && f.left.IsInteger() && f.right.IsInteger() && f.result.IsInteger() {
			out = append(out, f)
		}
	}
	return out
}

func divideInt(t *types.T, a, b int64, mod bool) (types.Datum, error) {
	if b == 0 {
		return types.Null, errDivisionByZero()
	}
	if b == -1 {
		if mod {
			return types.MakeInt(0), nil
		}
		if a == math.MinInt64 {
			return types.Null, errOutOfRange(t)
		}
		return fitInt(t, -a)
	}
	if mod {
		return types.MakeInt(a % b), nil
	}
	return types.MakeInt(a / b), nil
}

func absInt(t *types.T, v int64) (types.Datum, error) {
	if v == math.MinInt64 {
		return types.Null, errOutOfRange(t)
	}
	if v < 0 {
		v = -v
	}
	return fitInt(t, v)
}

func registerBits() {
	forms := map[string]func(a, b int64) int64{
		"&": func(a, b int64) int64 { return a & b },
		"|": func(a, b int64) int64 { return a | b },
		"#": func(a, b int64) int64 { return a ^ b },
	}
	for _, t := range intTypes {
		typ := mustType(t)
		for name, f := range forms {
			op(name, t, t, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
				return types.MakeInt(f(a[0].Int(), a[1].Int())), nil
			})
		}
		op("~", "", t, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return types.MakeInt(^a[0].Int()), nil })
		op("<<", t, "int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			return types.MakeInt(wrapInt(typ, a[0].Int()<<shiftCount(typ, a[1].Int()))), nil
		})
		op(">>", t, "int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			return types.MakeInt(a[0].Int() >> shiftCount(typ, a[1].Int())), nil
		})
	}
	fn("bit_count", "bytea", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		n := 0
		for _, b := range a[0].Bytes() {
			n += bits.OnesCount8(b)
		}
		return types.MakeInt(int64(n)), nil
	})
}

// shiftCount takes a shift distance modulo the width, as the machine does for C.
func shiftCount(t *types.T, n int64) uint {
	if t.Len == 8 {
		return uint(n & 63)
	}
	return uint(n & 31)
}

func wrapInt(t *types.T, v int64) int64 {
	switch t.Len {
	case 2:
		return int64(int16(v))
	case 4:
		return int64(int32(v))
	}
	return v
}
