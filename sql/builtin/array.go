package builtin

import (
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// arrayOf is the array of a datum, empty for NULL.
func arrayOf(d types.Datum, elem *types.T) *types.Array {
	if d.IsNull() {
		return &types.Array{Elem: elem}
	}
	return d.Array()
}

func arrayFn(name string, f func(a *types.Array) types.Datum) {
	fn(name, "anyarray", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return f(a[0].Array()), nil })
}

func arrayDimFn(name string, f func(a *types.Array, dim int) int64) {
	fn(name, "anyarray,int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		arr, dim := a[0].Array(), int(a[1].Int())-1
		if dim < 0 || dim >= len(arr.Dims) {
			return types.Null, nil
		}
		return types.MakeInt(f(arr, dim)), nil
	})
}

func registerArrays() {
	arrayDimFn("array_length", func(a *types.Array, d int) int64 { return int64(a.Dims[d]) })
	arrayDimFn("array_lower", func(a *types.Array, d int) int64 { return int64(a.Lower[d]) })
	arrayDimFn("array_upper", func(a *types.Array, d int) int64 { return int64(a.Lower[d]) + int64(a.Dims[d]) - 1 })
	arrayFn("cardinality", func(a *types.Array) types.Datum { return types.MakeInt(int64(len(a.Elems))) })
	arrayFn("array_ndims", func(a *types.Array) types.Datum {
		if len(a.Dims) == 0 {
			return types.Null
		}
		return types.MakeInt(int64(len(a.Dims)))
	})
	arrayFn("array_dims", func(a *types.Array) types.Datum {
		var b strings.Builder
		for i, n := range a.Dims {
			b.WriteString("[" + strconv.Itoa(int(a.Lower[i])) + ":" + strconv.Itoa(int(a.Lower[i]+n-1)) + "]")
		}
		if b.Len() == 0 {
			return types.Null
		}
		return types.MakeStr(b.String())
	})
	opTyped("||", "anycompatiblearray", "anycompatible", arrayAppend)
	opTyped("||", "anycompatible", "anycompatiblearray", arrayPrepend)
	opTyped("||", "anycompatiblearray", "anycompatiblearray", arrayCat)
	registerArraySearch()
	registerArrayEdit()
	registerArrayText()
	opTyped("@>", "anyarray", "anyarray", func(_ *expr.Ctx, a []types.Datum, _ *expr.Func) (types.Datum, error) {
		return types.MakeBool(arrayContains(a[0].Array(), a[1].Array())), nil
	})
	opTyped("<@", "anyarray", "anyarray", func(_ *expr.Ctx, a []types.Datum, _ *expr.Func) (types.Datum, error) {
		return types.MakeBool(arrayContains(a[1].Array(), a[0].Array())), nil
	})
	opTyped("&&", "anyarray", "anyarray", func(_ *expr.Ctx, a []types.Datum, _ *expr.Func) (types.Datum, error) {
		set := newDatumSet(a[1].Array())
		for _, e := range a[0].Array().Elems {
			if set.has(e) {
				return types.MakeBool(true), nil
			}
		}
		return types.MakeBool(false), nil
	})
}

// datumSet finds elements by hash; NULLs are never found.
type datumSet struct {
	t *types.T
	m map[uint64][]types.Datum
}

func newDatumSet(a *types.Array) *datumSet {
	s := &datumSet{t: a.Elem, m: make(map[uint64][]types.Datum, len(a.Elems))}
	for _, e := range a.Elems {
		if !e.IsNull() {
			h := types.Hash(a.Elem, 0, e)
			s.m[h] = append(s.m[h], e)
		}
	}
	return s
}

func (s *datumSet) has(d types.Datum) bool {
	if d.IsNull() {
		return false
	}
	for _, e := range s.m[types.Hash(s.t, 0, d)] {
		if types.Compare(s.t, e, d) == 0 {
			return true
		}
	}
	return false
}

func arrayContains(a, b *types.Array) bool {
	set := newDatumSet(a)
	for _, e := range b.Elems {
		if !set.has(e) {
			return false
		}
	}
	return true
}

func arrayAppend(_ *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
	return addElement(arrayOf(a[0], f.T.Elem), a[1], false)
}

func arrayPrepend(_ *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
	return addElement(arrayOf(a[1], f.T.Elem), a[0], true)
}

func addElement(in *types.Array, d types.Datum, front bool) (types.Datum, error) {
	if len(in.Dims) > 1 {
		return types.Null, pgerr.New(pgerr.DataException, "argument must be empty or one-dimensional array")
	}
	elems := make([]types.Datum, 0, len(in.Elems)+1)
	if front {
		elems = append(append(elems, d), in.Elems...)
	} else {
		elems = append(append(elems, in.Elems...), d)
	}
	out := types.NewArray(in.Elem, elems)
	if len(in.Lower) == 1 {
		out.Lower = in.Lower
	}
	return types.MakeArray(out), nil
}

func errDims(detail string) error {
	return pgerr.New(pgerr.ArraySubscriptError, "cannot concatenate incompatible arrays").WithDetail(detail)
}

func arrayCat(_ *expr.Ctx, d []types.Datum, _ *expr.Func) (types.Datum, error) {
	switch {
	case d[0].IsNull():
		return d[1], nil
	case d[1].IsNull():
		return d[0], nil
	}
	a, b := d[0].Array(), d[1].Array()
	switch {
	case len(b.Elems) == 0:
		return d[0], nil
	case len(a.Elems) == 0:
		return d[1], nil
	}
	out := &types.Array{Elem: a.Elem, Elems: append(append([]types.Datum(nil), a.Elems...), b.Elems...)}
	big, small := a, b
	if len(b.Dims) > len(a.Dims) {
		big, small = b, a
	}
	switch len(big.Dims) - len(small.Dims) {
	case 0:
		for i := 1; i < len(a.Dims); i++ {
			if a.Dims[i] != b.Dims[i] {
				return types.Null, errDims("Arrays with differing element dimensions are not compatible for concatenation.")
			}
		}
		out.Dims = append([]int32{a.Dims[0] + b.Dims[0]}, a.Dims[1:]...)
	case 1:
		for i := range small.Dims {
			if big.Dims[i+1] != small.Dims[i] {
				return types.Null, errDims("Arrays with differing dimensions are not compatible for concatenation.")
			}
		}
		out.Dims = append([]int32{big.Dims[0] + 1}, big.Dims[1:]...)
	default:
		return types.Null, errDims("Arrays of " + strconv.Itoa(len(a.Dims)) + " and " + strconv.Itoa(len(b.Dims)) + " dimensions are not compatible for concatenation.")
	}
	out.Lower = big.Lower
	return types.MakeArray(out), nil
}

func errOneDim(what string) error {
	return pgerr.New(pgerr.FeatureNotSupported, what+" multidimensional arrays is not supported")
}

func sameElement(t *types.T, a, b types.Datum) bool {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() && b.IsNull()
	}
	return types.Compare(t, a, b) == 0
}

func registerArraySearch() {
	position := func(_ *expr.Ctx, a []types.Datum, _ *expr.Func) (types.Datum, error) {
		if a[0].IsNull() {
			return types.Null, nil
		}
		arr := a[0].Array()
		if len(arr.Dims) > 1 {
			return types.Null, pgerr.New(pgerr.FeatureNotSupported, "searching for elements in multidimensional arrays is not supported")
		}
		from := int64(0)
		if len(a) == 3 {
			if a[2].IsNull() {
				return types.Null, pgerr.New(pgerr.NullValueNotAllowed, "initial position must not be null")
			}
			from = a[2].Int()
		}
		for i, e := range arr.Elems {
			at := int64(arr.Lower[0]) + int64(i)
			if (len(a) < 3 || at >= from) && sameElement(arr.Elem, e, a[1]) {
				return types.MakeInt(at), nil
			}
		}
		return types.Null, nil
	}
	fnTyped("array_position", "anycompatiblearray,anycompatible", position)
	fnTyped("array_position", "anycompatiblearray,anycompatible,int4", position)
	fnTyped("array_positions", "anycompatiblearray,anycompatible", func(_ *expr.Ctx, a []types.Datum, _ *expr.Func) (types.Datum, error) {
		if a[0].IsNull() {
			return types.Null, nil
		}
		arr := a[0].Array()
		if len(arr.Dims) > 1 {
			return types.Null, pgerr.New(pgerr.FeatureNotSupported, "searching for elements in multidimensional arrays is not supported")
		}
		var out []types.Datum
		for i, e := range arr.Elems {
			if sameElement(arr.Elem, e, a[1]) {
				out = append(out, types.MakeInt(int64(arr.Lower[0])+int64(i)))
			}
		}
		return types.MakeArray(types.NewArray(types.Int4, out)), nil
	})
}

func registerArrayEdit() {
	fnTyped("array_remove", "anycompatiblearray,anycompatible", func(_ *expr.Ctx, a []types.Datum, _ *expr.Func) (types.Datum, error) {
		if a[0].IsNull() {
			return types.Null, nil
		}
		arr := a[0].Array()
		if len(arr.Dims) > 1 {
			return types.Null, errOneDim("removing elements from")
		}
		var out []types.Datum
		for _, e := range arr.Elems {
			if !sameElement(arr.Elem, e, a[1]) {
				out = append(out, e)
			}
		}
		res := types.NewArray(arr.Elem, out)
		if len(out) > 0 {
			res.Lower = arr.Lower
		}
		return types.MakeArray(res), nil
	})
	fnTyped("array_replace", "anycompatiblearray,anycompatible,anycompatible", func(_ *expr.Ctx, a []types.Datum, _ *expr.Func) (types.Datum, error) {
		if a[0].IsNull() {
			return types.Null, nil
		}
		out := *a[0].Array()
		out.Elems = append([]types.Datum(nil), out.Elems...)
		for i, e := range out.Elems {
			if sameElement(out.Elem, e, a[1]) {
				out.Elems[i] = a[2]
			}
		}
		return types.MakeArray(&out), nil
	})
	fnTyped("trim_array", "anyarray,int4", func(_ *expr.Ctx, a []types.Datum, _ *expr.Func) (types.Datum, error) {
		arr, n := a[0].Array(), a[1].Int()
		have := int64(0)
		if len(arr.Dims) > 0 {
			have = int64(arr.Dims[0])
		}
		if n < 0 || n > have {
			return types.Null, pgerr.Newf(pgerr.ArraySubscriptError, "number of elements to trim must be between 0 and %d", have)
		}
		if n == have {
			return types.MakeArray(&types.Array{Elem: arr.Elem}), nil
		}
		per := int64(len(arr.Elems)) / have
		out := &types.Array{Elem: arr.Elem, Dims: append([]int32{int32(have - n)}, arr.Dims[1:]...), Elems: arr.Elems[:(have-n)*per]}
		for range out.Dims {
			out.Lower = append(out.Lower, 1)
		}
		return types.MakeArray(out), nil
	})
	fnTyped("array_fill", "anyelement,_int4", arrayFill)
	fnTyped("array_fill", "anyelement,_int4,_int4", arrayFill)
	fnTyped("array_larger", "anyarray,anyarray", func(_ *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		if types.Compare(f.T, a[0], a[1]) >= 0 {
			return a[0], nil
		}
		return a[1], nil
	})
}

// arrayFillMax bounds the elements of array_fill.
const arrayFillMax = 1 << 24

func arrayFill(_ *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
	if a[1].IsNull() || len(a) == 3 && a[2].IsNull() {
		return types.Null, pgerr.New(pgerr.NullValueNotAllowed, "dimension array or low bound array cannot be null")
	}
	out := &types.Array{Elem: f.T.Elem}
	total := int64(1)
	for i, d := range a[1].Array().Elems {
		if d.IsNull() {
			return types.Null, pgerr.New(pgerr.NullValueNotAllowed, "dimension values cannot be null")
		}
		low := int32(1)
		if len(a) == 3 {
			if len(a[2].Array().Elems) != len(a[1].Array().Elems) {
				return types.Null, pgerr.New(pgerr.ArraySubscriptError, "wrong number of array subscripts").
					WithDetail("Low bound array has different size than dimensions array.")
			}
			low = int32(a[2].Array().Elems[i].Int())
		}
		if total *= d.Int(); d.Int() < 0 || total > arrayFillMax {
			return types.Null, pgerr.Newf(pgerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", arrayFillMax)
		}
		out.Dims, out.Lower = append(out.Dims, int32(d.Int())), append(out.Lower, low)
	}
	if total == 0 || len(out.Dims) == 0 {
		return types.MakeArray(&types.Array{Elem: f.T.Elem}), nil
	}
	out.Elems = make([]types.Datum, total)
	for i := range out.Elems {
		out.Elems[i] = a[0]
	}
	return types.MakeArray(out), nil
}

// splitText is string_to_array and string_to_table: a NULL separator parts into
// characters; parts equal to a[2] are NULL.
func splitText(a []types.Datum) []types.Datum {
	if a[0].IsNull() || a[0].Str() == "" {
		return nil
	}
	var parts []string
	switch s := a[0].Str(); {
	case a[1].IsNull():
		parts = strings.Split(s, "")
	case a[1].Str() == "":
		parts = []string{s}
	default:
		parts = strings.Split(s, a[1].Str())
	}
	out := make([]types.Datum, len(parts))
	for i, p := range parts {
		if len(a) == 3 && !a[2].IsNull() && p == a[2].Str() {
			continue
		}
		out[i] = types.MakeStr(p)
	}
	return out
}

func registerArrayText() {
	split := func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		if a[0].IsNull() {
			return types.Null, nil
		}
		return types.MakeArray(types.NewArray(types.Text, splitText(a))), nil
	}
	fn("string_to_array", "text,text", split)
	fn("string_to_array", "text,text,text", split)
	join := func(ctx *expr.Ctx, a []types.Datum, _ *expr.Func) (types.Datum, error) {
		if a[0].IsNull() || a[1].IsNull() {
			return types.Null, nil
		}
		var parts []string
		arr := a[0].Array()
		for _, e := range arr.Elems {
			switch {
			case !e.IsNull():
				parts = append(parts, outText(ctx, e, arr.Elem))
			case len(a) == 3 && !a[2].IsNull():
				parts = append(parts, a[2].Str())
			}
		}
		return types.MakeStr(strings.Join(parts, a[1].Str())), nil
	}
	fnTyped("array_to_string", "anyarray,text", join)
	fnTyped("array_to_string", "anyarray,text,text", join)
}
