package builtin

import (
	"errors"
	"math"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// kernelScaleMax is the scale up to which a product is exact.
const kernelScaleMax = 1000

var errNotWide = errors.New("does not fit 128 bits")

// numbers reads a vector of decimals as integers at one scale. A plain vector
// has one where it is constant; its number is taken out once.
type numbers struct {
	v     *chunk.Vec
	scale int
	konst bool
	value types.Int128
}

// numbersOf is false where the vector is not of one scale, or is NULL throughout.
func numbersOf(v *chunk.Vec) (numbers, bool) {
	switch {
	case v.Const && v.Null(0):
		return numbers{}, false
	case v.Const && v.Form == chunk.Plain:
		n, scale, ok := types.Int128OfNumeric(v.Datums[0].Decimal())
		return numbers{v: v, scale: scale, konst: true, value: n}, ok
	case v.Form == chunk.Scaled || v.Form == chunk.Wide:
		return numbers{v: v, scale: int(v.Scale)}, true
	}
	return numbers{}, false
}

func (x *numbers) at(i int) types.Int128 {
	if x.konst {
		return x.value
	}
	return x.v.Number(i)
}

// narrow gives the numbers as int64s times 10^by: a column, or a constant in
// value. ok is false where they may not fit.
func (x *numbers) narrow(by, n int) (col []int64, value, factor int64, ok bool) {
	if by > types.Pow10Max || !x.konst && (x.v.Form != chunk.Scaled || x.v.Const) {
		return nil, 0, 0, false
	}
	factor = types.Pow10(by)
	if !x.konst {
		return x.v.Ints[:n], 0, factor, true
	}
	wide, ok := x.value.Mul(factor)
	if !ok {
		return nil, 0, 0, false
	}
	value, ok = wide.Int64()
	return nil, value, factor, ok
}

// numericCompareKernel compares columns of one scale as integers; what may not
// fit goes row by row.
func numericCompareKernel(name string) expr.Kernel {
	loop, swapped, holds := intCompare[name], intCompare[mirrored[name]], comparisons[name]
	return func(_ *expr.Ctx, args []*chunk.Vec, n int, sel []int32, out *chunk.Vec) error {
		if nullConst(args, n, out) {
			return nil
		}
		a, aok := numbersOf(args[0])
		b, bok := numbersOf(args[1])
		if !aok || !bok {
			boolRows(args, n, sel, out, func(i int) bool {
				return holds(types.CompareNumericValues(args[0].Datum(i).Decimal(), args[1].Datum(i).Decimal()))
			})
			return nil
		}
		scale := max(a.scale, b.scale)
		ac, av, af, aok := a.narrow(scale-a.scale, n)
		bc, bv, bf, bok := b.narrow(scale-b.scale, n)
		if aok && bok && (a.konst || af == 1) && (b.konst || bf == 1) && !(a.konst && b.konst) {
			out.Grow(types.KindBool, n)
			switch {
			case b.konst:
				loop.konst(ac, bv, out.Ints)
			case a.konst:
				swapped.konst(bc, av, out.Ints)
			default:
				loop.cols(ac, bc, out.Ints)
			}
			mergeNulls(args, out)
			return nil
		}
		boolRows(args, n, sel, out, func(i int) bool {
			x, xok := a.at(i).Rescale(scale - a.scale)
			y, yok := b.at(i).Rescale(scale - b.scale)
			if xok && yok {
				return holds(x.Cmp(y))
			}
			return holds(types.CompareNumericValues(args[0].Datum(i).Decimal(), args[1].Datum(i).Decimal()))
		})
		return nil
	}
}

// numericKernel adds, subtracts or multiplies columns of one scale as integers of
// 64, then of 128 bits. What does not fit even those is done row by row.
func numericKernel(name string) expr.Kernel {
	row := map[string]func(a, b *types.Decimal) *types.Decimal{
		"+": types.AddNumeric, "-": types.SubNumeric, "*": types.MulNumeric}[name]
	return func(_ *expr.Ctx, args []*chunk.Vec, n int, sel []int32, out *chunk.Vec) error {
		a, aok := numbersOf(args[0])
		b, bok := numbersOf(args[1])
		if aok && bok && !(args[0].Const && args[1].Const) {
			if numericNarrow(name, a, b, args, n, out) || numericWide(name, a, b, args, n, sel, out) {
				return nil
			}
		}
		out.Grow(types.KindDecimal, n)
		return eachRow(n, sel, func(i int) error {
			if args[0].Null(i) || args[1].Null(i) {
				out.SetNull(i)
				return nil
			}
			out.Datums[i] = types.MakeDecimal(row(args[0].Datum(i).Decimal(), args[1].Datum(i).Decimal()))
			return nil
		})
	}
}

// scales gives the scale of the result and by which powers of ten the arguments
// are multiplied first; ok is false where PostgreSQL would round.
func scales(name string, a, b int) (result, aby, bby int, ok bool) {
	if name == "*" {
		return a + b, 0, 0, a+b <= kernelScaleMax
	}
	result = max(a, b)
	return result, result - a, result - b, true
}

// numericNarrow works on all rows, selected or not: it fails where one of them
// does not fit 64 bits. The rows not selected may hold anything, and then the
// wide form, which reads only what is selected, is tried.
func numericNarrow(name string, a, b numbers, args []*chunk.Vec, n int, out *chunk.Vec) bool {
	result, aby, bby, ok := scales(name, a.scale, b.scale)
	if !ok {
		return false
	}
	ac, av, af, aok := a.narrow(aby, n)
	bc, bv, bf, bok := b.narrow(bby, n)
	if !aok || !bok {
		return false
	}
	out.GrowNumbers(int32(result), n)
	x, y := av, bv
	var over uint64
	for i := range out.Ints {
		if ac != nil {
			x = ac[i]
			if af != 1 {
				x, over = mulCheck(x, af, over)
			}
		}
		if bc != nil {
			y = bc[i]
			if bf != 1 {
				y, over = mulCheck(y, bf, over)
			}
		}
		var r int64
		switch name {
		case "+":
			r = x + y
			over |= uint64((x^r)&(y^r)) >> 63
		case "-":
			r = x - y
			over |= uint64((x^y)&(x^r)) >> 63
		default:
			r, over = mulCheck(x, y, over)
		}
		out.Ints[i] = r
	}
	if over != 0 {
		return false
	}
	mergeNulls(args, out)
	return true
}

// mulCheck is x · y; over becomes other than 0 where that does not fit.
func mulCheck(x, y int64, over uint64) (int64, uint64) {
	if uint64(x+math.MaxInt32+1)|uint64(y+math.MaxInt32+1) <= math.MaxUint32 {
		return x * y, over // both have 32 bits
	}
	p := types.Mul64(x, y)
	return int64(p.Lo), over | uint64(p.Hi^int64(p.Lo)>>63)
}

func numericWide(name string, a, b numbers, args []*chunk.Vec, n int, sel []int32, out *chunk.Vec) bool {
	result, aby, bby, ok := scales(name, a.scale, b.scale)
	if !ok {
		return false
	}
	out.GrowNumbers(int32(result), n)
	return eachRow(n, sel, func(i int) error {
		if args[0].Null(i) || args[1].Null(i) {
			out.SetNull(i)
			return nil
		}
		x, xok := a.at(i).Rescale(aby)
		y, yok := b.at(i).Rescale(bby)
		var r types.Int128
		ok := false
		switch name {
		case "+":
			r, ok = x.Add(y)
		case "-":
			r, ok = x.Sub(y)
		default:
			if small, fits := y.Int64(); fits {
				r, ok = x.Mul(small)
			} else if small, fits := x.Int64(); fits {
				r, ok = y.Mul(small)
			}
		}
		if !xok || !yok || !ok {
			return errNotWide
		}
		out.SetNumber(i, r)
		return nil
	}) == nil
}
