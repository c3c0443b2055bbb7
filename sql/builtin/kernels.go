package builtin

import (
	"cmp"
	"strings"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// registerKernels gives the hot operators their form over whole columns. The
// row form stays the reference.
func registerKernels() {
	for name := range comparisons {
		for _, o := range operators[name] {
			if o.Fn.Batch == nil && o.Left != nil {
				o.Fn.Batch = compareKernel(name, o.Left, o.Right)
			}
		}
	}
	for _, name := range []string{"+", "-", "*"} {
		for _, o := range operators[name] {
			switch {
			case o.Left == nil || o.Fn.Batch != nil:
			case o.Left.IsInteger() && o.Right.IsInteger():
				o.Fn.Batch = intKernel(name, o.Fn.Ret)
			case o.Left.Is(types.Numeric) && o.Right.Is(types.Numeric):
				o.Fn.Batch = numericKernel(name)
			case o.Left.Is(types.Float8) && o.Right.Is(types.Float8):
				o.Fn.Batch = floatKernel(name)
			}
		}
	}
	for _, o := range operators["||"] {
		if o.Left.Is(types.Text) && o.Right.Is(types.Text) {
			o.Fn.Batch = concatKernel
		}
	}
}

// plainInt tells types whose datums compare as their signed integers.
func plainInt(t *types.T) bool {
	switch t.OID {
	case types.Int2.OID, types.Int4.OID, types.Int8.OID, types.Bool.OID, types.Oid.OID, types.Date.OID,
		types.Time.OID, types.Timestamp.OID, types.Timestamptz.OID, types.Money.OID, types.Char.OID, types.Regclass.OID:
		return true
	}
	return false
}

func compareKernel(name string, l, r *types.T) expr.Kernel {
	switch {
	case plainInt(l) && (l.Is(r) || l.IsInteger() && r.IsInteger()):
		return intCompareKernel(name)
	case isFloat(l) && isFloat(r):
		holds := comparisons[name]
		return func(_ *expr.Ctx, args []*chunk.Vec, n int, sel []int32, out *chunk.Vec) error {
			a, b := args[0], args[1]
			boolRows(args, n, sel, out, func(i int) bool { return holds(types.CompareFloat(a.Float(i), b.Float(i))) })
			return nil
		}
	case l.Is(types.Numeric) && r.Is(types.Numeric):
		return numericCompareKernel(name)
	case l.IsString() && r.IsString() && l.OID != types.Bpchar.OID && r.OID != types.Bpchar.OID:
		return textCompareKernel(name)
	}
	return nil
}

// boolRows sets out to f(i) for the selected rows without NULL arguments.
func boolRows(args []*chunk.Vec, n int, sel []int32, out *chunk.Vec, f func(i int) bool) {
	out.Grow(types.KindBool, n)
	nulls := args[0].HasNulls() || args[1].HasNulls()
	one := func(i int) {
		if nulls && (args[0].Null(i) || args[1].Null(i)) {
			out.SetNull(i)
			return
		}
		out.Ints[i] = 0
		if f(i) {
			out.Ints[i] = 1
		}
	}
	if sel == nil {
		for i := range n {
			one(i)
		}
		return
	}
	for _, i := range sel {
		one(int(i))
	}
}

func textCompareKernel(name string) expr.Kernel {
	holds := comparisons[name]
	return func(_ *expr.Ctx, args []*chunk.Vec, n int, sel []int32, out *chunk.Vec) error {
		a, b := args[0], args[1]
		switch name {
		case "=":
			boolRows(args, n, sel, out, func(i int) bool { return a.Str(i) == b.Str(i) })
		case "<>":
			boolRows(args, n, sel, out, func(i int) bool { return a.Str(i) != b.Str(i) })
		default:
			boolRows(args, n, sel, out, func(i int) bool { return holds(strings.Compare(a.Str(i), b.Str(i))) })
		}
		return nil
	}
}

// intCompare has two loops for each operator, over a column and over a constant:
// three-way comparison by a function value would cost more than the comparison.
var intCompare = map[string]struct {
	cols  func(a, b, out []int64)
	konst func(a []int64, b int64, out []int64)
}{
	"=": {func(a, b, out []int64) {
		for i, x := range a {
			out[i] = truth(x == b[i])
		}
	}, func(a []int64, b int64, out []int64) {
		for i, x := range a {
			out[i] = truth(x == b)
		}
	}},
	"<>": {func(a, b, out []int64) {
		for i, x := range a {
			out[i] = truth(x != b[i])
		}
	}, func(a []int64, b int64, out []int64) {
		for i, x := range a {
			out[i] = truth(x != b)
		}
	}},
	"<": {func(a, b, out []int64) {
		for i, x := range a {
			out[i] = truth(x < b[i])
		}
	}, func(a []int64, b int64, out []int64) {
		for i, x := range a {
			out[i] = truth(x < b)
		}
	}},
	"<=": {func(a, b, out []int64) {
		for i, x := range a {
			out[i] = truth(x <= b[i])
		}
	}, func(a []int64, b int64, out []int64) {
		for i, x := range a {
			out[i] = truth(x <= b)
		}
	}},
	">": {func(a, b, out []int64) {
		for i, x := range a {
			out[i] = truth(x > b[i])
		}
	}, func(a []int64, b int64, out []int64) {
		for i, x := range a {
			out[i] = truth(x > b)
		}
	}},
	">=": {func(a, b, out []int64) {
		for i, x := range a {
			out[i] = truth(x >= b[i])
		}
	}, func(a []int64, b int64, out []int64) {
		for i, x := range a {
			out[i] = truth(x >= b)
		}
	}},
}

// mirrored is the operator with its arguments exchanged.
var mirrored = map[string]string{"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// intCompareKernel compares whole columns where all rows are asked for: a
// comparison cannot fail, so unselected rows do no harm.
func intCompareKernel(name string) expr.Kernel {
	loop, swapped, holds := intCompare[name], intCompare[mirrored[name]], comparisons[name]
	return func(_ *expr.Ctx, args []*chunk.Vec, n int, sel []int32, out *chunk.Vec) error {
		a, b := args[0], args[1]
		if nullConst(args, n, out) {
			return nil
		}
		if sel != nil && len(sel) < n/2 || a.Const && b.Const {
			boolRows(args, n, sel, out, func(i int) bool { return holds(cmp.Compare(a.Int(i), b.Int(i))) })
			return nil
		}
		out.Grow(types.KindBool, n)
		switch {
		case b.Const:
			loop.konst(a.Ints[:n], b.Ints[0], out.Ints)
		case a.Const:
			swapped.konst(b.Ints[:n], a.Ints[0], out.Ints)
		default:
			loop.cols(a.Ints[:n], b.Ints[:n], out.Ints)
		}
		mergeNulls(args, out)
		return nil
	}
}

// nullConst makes out all NULL where an argument is a constant NULL.
func nullConst(args []*chunk.Vec, n int, out *chunk.Vec) bool {
	for _, a := range args {
		if a.Const && a.Null(0) {
			out.Fill(types.KindBool, types.Null, n)
			return true
		}
	}
	return false
}

// mergeNulls makes out NULL where an argument is. Constants are not NULL.
func mergeNulls(args []*chunk.Vec, out *chunk.Vec) {
	for _, a := range args {
		if !a.Const {
			out.Nulls.Or(a.Nulls)
		}
	}
}

func intKernel(name string, ret *types.T) expr.Kernel {
	f := map[string]func(a, b int64) (int64, bool){"+": AddInt64, "-": SubInt64, "*": MulInt64}[name]
	return func(_ *expr.Ctx, args []*chunk.Vec, n int, sel []int32, out *chunk.Vec) error {
		a, b := args[0], args[1]
		out.Grow(types.KindInt, n)
		return eachRow(n, sel, func(i int) error {
			if a.Null(i) || b.Null(i) {
				out.SetNull(i)
				return nil
			}
			v, ok := f(a.Int(i), b.Int(i))
			if !ok || ret.Len == 4 && v != int64(int32(v)) || ret.Len == 2 && v != int64(int16(v)) {
				return errOutOfRange(ret)
			}
			out.Ints[i] = v
			return nil
		})
	}
}

func floatKernel(name string) expr.Kernel {
	return func(_ *expr.Ctx, args []*chunk.Vec, n int, sel []int32, out *chunk.Vec) error {
		a, b := args[0], args[1]
		out.Grow(types.KindFloat, n)
		return eachRow(n, sel, func(i int) error {
			if a.Null(i) || b.Null(i) {
				out.SetNull(i)
				return nil
			}
			x, y := a.Float(i), b.Float(i)
			var v float64
			zero := true
			switch name {
			case "+":
				v = x + y
			case "-":
				v = x - y
			default:
				v, zero = x*y, x == 0 || y == 0
			}
			d, err := fitFloat(types.Float8, v, infinite(x, y), zero)
			if err == nil {
				out.Floats[i] = d.Float()
			}
			return err
		})
	}
}
