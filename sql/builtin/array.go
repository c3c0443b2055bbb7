package builtin

import (
	"strconv"
	"strings"
	"unicode/utf8"

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
	opTyped("@>", "anyarray", "anyarray", func(ctx *expr.Ctx, a []types.Datum, _ *expr.Func) (types.Datum, error) {
		return arrayContains(ctx, a[0].Array(), a[1].Array())
	})
	opTyped("<@", "anyarray", "anyarray", func(ctx *expr.Ctx, a []types.Datum, _ *expr.Func) (types.Datum, error) {
		return arrayContains(ctx, a[1].Array(), a[0].Array())
	})
	opTyped("&&", "anyarray", "anyarray", func(ctx *expr.Ctx, a []types.Datum, _ *expr.Func) (types.Datum, error) {
		set, err := newDatumSet(ctx, a[1].Array())
		if err != nil {
			return types.Null, err
		}
		for _, e := range a[0].Array().Elems {
			if ok, err := set.has(ctx, e); ok || err != nil {
				return types.MakeBool(ok), err
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

// datumSetSlot is about what an element holds in a datumSet.
const datumSetSlot = 80

func newDatumSet(ctx *expr.Ctx, a *types.Array) (*datumSet, error) {
	if err := ctx.Budget.Fits(int64(len(a.Elems)) * datumSetSlot); err != nil {
		return nil, err
	}
	s := &datumSet{t: a.Elem, m: make(map[uint64][]types.Datum, len(a.Elems))}
	for _, e := range a.Elems {
		if e.IsNull() {
			continue
		}
		if err := stepDatum(ctx, e); err != nil {
			return nil, err
		}
		h := types.Hash(a.Elem, 0, e)
		s.m[h] = append(s.m[h], e)
	}
	return s, nil
}

func (s *datumSet) has(ctx *expr.Ctx, d types.Datum) (bool, error) {
	if d.IsNull() {
		return false, nil
	}
	if err := stepDatum(ctx, d); err != nil {
		return false, err
	}
	for _, e := range s.m[types.Hash(s.t, 0, d)] {
		if types.Compare(s.t, e, d) == 0 {
			return true, nil
		}
	}
	return false, nil
}

func arrayContains(ctx *expr.Ctx, a, b *types.Array) (types.Datum, error) {
	set, err := newDatumSet(ctx, a)
	if err != nil {
		return types.Null, err
	}
	for _, e := range b.Elems {
		if ok, err := set.has(ctx, e); !ok || err != nil {
			return types.MakeBool(ok), err
		}
	}
	return types.MakeBool(true), nil
}

func arrayAppend(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
	return addElement(ctx, arrayOf(a[0], f.T.Elem), a[1], false)
}

func arrayPrepend(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
	return addElement(ctx, arrayOf(a[1], f.T.Elem), a[0], true)
}

// arrayFits asks for an array of n elements.
func arrayFits(ctx *expr.Ctx, n int) error {
	if n > arrayElementsMax {
		return errArraySize()
	}
	if err := ctx.Budget.Step(1 + n/8); err != nil {
		return err
	}
	return ctx.Budget.Fits(int64(n) * datumSlot)
}

// makeArray asks for an array with what its elements hold: they may be one value
// many times, and PostgreSQL's arrays, and every text form, hold them each.
func makeArray(ctx *expr.Ctx, a *types.Array) (types.Datum, error) {
	if len(a.Elems) > arrayElementsMax {
		return types.Null, errArraySize()
	}
	n := int64(len(a.Elems)) * datumSlot
	for i := range a.Elems {
		n += int64(a.Elems[i].Weight())
	}
	return types.MakeArray(a), fits(ctx, n)
}

func addElement(ctx *expr.Ctx, in *types.Array, d types.Datum, front bool) (types.Datum, error) {
	if len(in.Dims) > 1 {
		return types.Null, pgerr.New(pgerr.DataException, "argument must be empty or one-dimensional array")
	}
	if err := arrayFits(ctx, len(in.Elems)+1); err != nil {
		return types.Null, err
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
	return makeArray(ctx, out)
}

func errDims(detail string) error {
	return pgerr.New(pgerr.ArraySubscriptError, "cannot concatenate incompatible arrays").WithDetail(detail)
}

func arrayCat(ctx *expr.Ctx, d []types.Datum, _ *expr.Func) (types.Datum, error) {
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
	if err := arrayFits(ctx, len(a.Elems)+len(b.Elems)); err != nil {
		return types.Null, err
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
	return makeArray(ctx, out)
}

func errOneDim(what string) error {
	return pgerr.New(pgerr.FeatureNotSupported, what+" multidimensional arrays is not supported")
}

func sameElement(ctx *expr.Ctx, t *types.T, a, b types.Datum) (bool, error) {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() && b.IsNull(), nil
	}
	if err := stepDatum(ctx, a); err != nil {
		return false, err
	}
	if err := stepDatum(ctx, b); err != nil {
		return false, err
	}
	return types.Equal(t, a, b), nil
}

// stepDatum counts work over a value.
func stepDatum(ctx *expr.Ctx, d types.Datum) error {
	n := 0
	switch d.Kind() {
	case types.KindStr:
		n = len(d.Str())
	case types.KindBytes:
		n = len(d.Bytes())
	case types.KindArray:
		n = datumSlot * len(d.Array().Elems)
	}
	return stepBytes(ctx, n)
}

func registerArraySearch() {
	position := func(ctx *expr.Ctx, a []types.Datum, _ *expr.Func) (types.Datum, error) {
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
			if len(a) == 3 && at < from {
				continue
			}
			if ok, err := sameElement(ctx, arr.Elem, e, a[1]); ok || err != nil {
				return types.MakeInt(at), err
			}
		}
		return types.Null, nil
	}
	fnTyped("array_position", "anycompatiblearray,anycompatible", position)
	fnTyped("array_position", "anycompatiblearray,anycompatible,int4", position)
	fnTyped("array_positions", "anycompatiblearray,anycompatible", func(ctx *expr.Ctx, a []types.Datum, _ *expr.Func) (types.Datum, error) {
		if a[0].IsNull() {
			return types.Null, nil
		}
		arr := a[0].Array()
		if len(arr.Dims) > 1 {
			return types.Null, pgerr.New(pgerr.FeatureNotSupported, "searching for elements in multidimensional arrays is not supported")
		}
		var out []types.Datum
		for i, e := range arr.Elems {
			ok, err := sameElement(ctx, arr.Elem, e, a[1])
			if err != nil {
				return types.Null, err
			}
			if ok {
				out = append(out, types.MakeInt(int64(arr.Lower[0])+int64(i)))
			}
		}
		return types.MakeArray(types.NewArray(types.Int4, out)), nil
	})
}

func registerArrayEdit() {
	fnTyped("array_remove", "anycompatiblearray,anycompatible", func(ctx *expr.Ctx, a []types.Datum, _ *expr.Func) (types.Datum, error) {
		if a[0].IsNull() {
			return types.Null, nil
		}
		arr := a[0].Array()
		if len(arr.Dims) > 1 {
			return types.Null, errOneDim("removing elements from")
		}
		var out []types.Datum
		for _, e := range arr.Elems {
			ok, err := sameElement(ctx, arr.Elem, e, a[1])
			if err != nil {
				return types.Null, err
			}
			if !ok {
				out = append(out, e)
			}
		}
		res := types.NewArray(arr.Elem, out)
		if len(out) > 0 {
			res.Lower = arr.Lower
		}
		return types.MakeArray(res), nil
	})
	fnTyped("array_replace", "anycompatiblearray,anycompatible,anycompatible", func(ctx *expr.Ctx, a []types.Datum, _ *expr.Func) (types.Datum, error) {
		if a[0].IsNull() {
			return types.Null, nil
		}
		out := *a[0].Array()
		out.Elems = append([]types.Datum(nil), out.Elems...)
		for i, e := range out.Elems {
			ok, err := sameElement(ctx, out.Elem, e, a[1])
			if err != nil {
				return types.Null, err
			}
			if ok {
				out.Elems[i] = a[2]
			}
		}
		return makeArray(ctx, &out)
	})
	fnTyped("trim_array", "anyarray,int4", func(ctx *expr.Ctx, a []types.Datum, _ *expr.Func) (types.Datum, error) {
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

func arrayFill(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
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
		if total *= d.Int(); d.Int() < 0 || total > arrayElementsMax {
			return types.Null, errArraySize()
		}
		out.Dims, out.Lower = append(out.Dims, int32(d.Int())), append(out.Lower, low)
	}
	if total == 0 || len(out.Dims) == 0 {
		return types.MakeArray(&types.Array{Elem: f.T.Elem}), nil
	}
	if err := arrayFits(ctx, int(total)); err != nil {
		return types.Null, err
	}
	out.Elems = make([]types.Datum, total)
	for i := range out.Elems {
		out.Elems[i] = a[0]
	}
	return makeArray(ctx, out)
}

// splitText is string_to_array and string_to_table: a NULL separator parts into
// characters; parts equal to a[2] are NULL.
func splitText(ctx *expr.Ctx, a []types.Datum) ([]types.Datum, error) {
	if a[0].IsNull() || a[0].Str() == "" {
		return nil, nil
	}
	s := a[0].Str()
	n := 1
	switch {
	case a[1].IsNull():
		n = utf8.RuneCountInString(s)
	case a[1].Str() != "":
		n += strings.Count(s, a[1].Str())
	}
	if err := arrayFits(ctx, n); err != nil {
		return nil, err
	}
	out := make([]types.Datum, n)
	for i := range out {
		part := s
		switch {
		case a[1].IsNull():
			part = runePrefix(s, 1)
			s = s[len(part):]
		case i < n-1:
			part, s, _ = strings.Cut(s, a[1].Str())
		}
		if len(a) < 3 || a[2].IsNull() || part != a[2].Str() {
			out[i] = types.MakeStr(part)
		}
	}
	return out, nil
}

func registerArrayText() {
	split := func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		if a[0].IsNull() {
			return types.Null, nil
		}
		parts, err := splitText(ctx, a)
		return types.MakeArray(types.NewArray(types.Text, parts)), err
	}
	fn("string_to_array", "text,text", split)
	fn("string_to_array", "text,text,text", split)
	join := func(ctx *expr.Ctx, a []types.Datum, _ *expr.Func) (types.Datum, error) {
		if a[0].IsNull() || a[1].IsNull() {
			return types.Null, nil
		}
		j := joiner{ctx: ctx, sep: a[1].Str()}
		arr := a[0].Array()
		for _, e := range arr.Elems {
			text := ""
			switch {
			case !e.IsNull():
				text = outText(ctx, e, arr.Elem)
			case len(a) == 3 && !a[2].IsNull():
				text = a[2].Str()
			default:
				continue
			}
			if err := j.add(text); err != nil {
				return types.Null, err
			}
		}
		return types.MakeStr(j.String()), nil
	}
	fnTyped("array_to_string", "anyarray,text", join)
	fnTyped("array_to_string", "anyarray,text,text", join)
}
