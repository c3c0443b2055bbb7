package builtin

import (
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
			a, b := args[0].Floats, args[1].Floats
			boolRows(args, n, sel, out, func(i int) bool { return holds(types.CompareFloat(a[i], b[i])) })
			return nil
		}
	case l.IsString() && r.IsString() && l.OID != types.Bpchar.OID && r.OID != types.Bpchar.OID:
		return textCompareKernel(name)
	}
	return nil
}

// boolRows sets out to f(i) for the selected rows without NULL arguments.
func boolRows(args []*chunk.Vec, n int, sel []int32, out *chunk.Vec, f func(i int) bool) {
	out.Grow(types.KindBool, n)
	nulls := args[0].HasNulls || args[1].HasNulls
	one := func(i int) {
		if nulls && (args[0].Nulls[i] || args[1].Nulls[i]) {
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
		a, b := args[0].Datums, args[1].Datums
		switch name {
		case "=":
			boolRows(args, n, sel, out, func(i int) bool { return a[i].Str() == b[i].Str() })
		case "<>":
			boolRows(args, n, sel, out, func(i int) bool { return a[i].Str() != b[i].Str() })
		default:
			boolRows(args, n, sel, out, func(i int) bool { return holds(strings.Compare(a[i].Str(), b[i].Str())) })
		}
		return nil
	}
}

// intCompare has one loop for each operator: three-way comparison by a function
// value would cost more than the comparison.
var intCompare = map[string]func(a, b, out []int64){
	"=": func(a, b, out []int64) {
		for i, x := range a {
			out[i] = truth(x == b[i])
		}
	},
	"<>": func(a, b, out []int64) {
		for i, x := range a {
			out[i] = truth(x != b[i])
		}
	},
	"<": func(a, b, out []int64) {
		for i, x := range a {
			out[i] = truth(x < b[i])
		}
	},
	"<=": func(a, b, out []int64) {
		for i, x := range a {
			out[i] = truth(x <= b[i])
		}
	},
	">": func(a, b, out []int64) {
		for i, x := range a {
			out[i] = truth(x > b[i])
		}
	},
	">=": func(a, b, out []int64) {
		for i, x := range a {
			out[i] = truth(x >= b[i])
		}
	},
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// intCompareKernel compares whole columns where all rows are asked for: a
// comparison cannot fail, so unselected rows do no harm.
func intCompareKernel(name string) expr.Kernel {
	loop, holds := intCompare[name], comparisons[name]
	return func(_ *expr.Ctx, args []*chunk.Vec, n int, sel []int32, out *chunk.Vec) error {
		a, b := args[0].Ints, args[1].Ints
		if sel != nil && len(sel) < n/2 {
			boolRows(args, n, sel, out, func(i int) bool {
				c := 0
				if a[i] < b[i] {
					c = -1
				} else if a[i] > b[i] {
					c = 1
				}
				return holds(c)
			})
			return nil
		}
		out.Grow(types.KindBool, n)
		loop(a[:n], b[:n], out.Ints[:n])
		mergeNulls(args, n, out)
		return nil
	}
}

// mergeNulls makes out NULL where an argument is.
func mergeNulls(args []*chunk.Vec, n int, out *chunk.Vec) {
	for _, a := range args {
		if !a.HasNulls {
			continue
		}
		for i := range n {
			if a.Nulls[i] {
				out.Nulls[i], out.HasNulls = true, true
			}
		}
	}
}

func intKernel(name string, ret *types.T) expr.Kernel {
	f := map[string]func(a, b int64) (int64, bool){"+": AddInt64, "-": SubInt64, "*": MulInt64}[name]
	return func(_ *expr.Ctx, args []*chunk.Vec, n int, sel []int32, out *chunk.Vec) error {
		a, b := args[0], args[1]
		out.Grow(types.KindInt, n)
		return eachRow(n, sel, func(i int) error {
			if a.Nulls[i] || b.Nulls[i] {
				out.SetNull(i)
				return nil
			}
			v, ok := f(a.Ints[i], b.Ints[i])
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
			if a.Nulls[i] || b.Nulls[i] {
				out.SetNull(i)
				return nil
			}
			x, y := a.Floats[i], b.Floats[i]
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
