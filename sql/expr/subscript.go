package expr

import (
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

func evalSubscript(ctx *Ctx, e *Subscript, lookup Lookup) (types.Datum, error) {
	arg, err := EvalOne(ctx, e.Arg, lookup)
	if err != nil || arg.IsNull() {
		return types.Null, err
	}
	if arg.Kind() != types.KindArray {
		return subscriptJSON(ctx, e, arg, lookup)
	}
	lower, ok, err := subscripts(ctx, e.Lower, lookup)
	if err != nil || !ok {
		return types.Null, err
	}
	a := arg.Array()
	if !e.Slice {
		return ArrayElement(a, lower), nil
	}
	upper, ok, err := subscripts(ctx, e.Upper, lookup)
	if err != nil || !ok {
		return types.Null, err
	}
	return arraySlice(a, e, lower, upper), nil
}

// subscripts computes a list of subscripts; ok is false where one is NULL.
func subscripts(ctx *Ctx, list []Expr, lookup Lookup) ([]int64, bool, error) {
	out := make([]int64, len(list))
	for i, x := range list {
		if x == nil {
			continue
		}
		d, err := EvalOne(ctx, x, lookup)
		if err != nil || d.IsNull() {
			return nil, false, err
		}
		out[i] = d.Int()
	}
	return out, true, nil
}

// ArrayElement is the element at a full list of subscripts, NULL outside.
func ArrayElement(a *types.Array, index []int64) types.Datum {
	if len(index) != len(a.Dims) {
		return types.Null
	}
	at := int64(0)
	for i, n := range index {
		n -= int64(a.Lower[i])
		if n < 0 || n >= int64(a.Dims[i]) {
			return types.Null
		}
		at = at*int64(a.Dims[i]) + n
	}
	return a.Elems[at]
}

// arraySlice cuts a[l:u]…; open bounds take the array's, missing dimensions are
// whole. The result's lower bounds are 1.
func arraySlice(a *types.Array, e *Subscript, lower, upper []int64) types.Datum {
	out := &types.Array{Elem: a.Elem}
	if len(lower) > len(a.Dims) || len(a.Dims) == 0 {
		return types.MakeArray(out)
	}
	lo, hi := make([]int64, len(a.Dims)), make([]int64, len(a.Dims))
	for i := range a.Dims {
		first, last := int64(a.Lower[i]), int64(a.Lower[i])+int64(a.Dims[i])-1
		lo[i], hi[i] = first, last
		if i < len(lower) {
			if e.Lower[i] != nil {
				lo[i] = max(lower[i], first)
			}
			if i < len(e.Upper) && e.Upper[i] != nil {
				hi[i] = min(upper[i], last)
			}
		}
		if lo[i] > hi[i] {
			return types.MakeArray(out)
		}
		out.Dims = append(out.Dims, int32(hi[i]-lo[i]+1))
		out.Lower = append(out.Lower, 1)
	}
	index := append([]int64(nil), lo...)
	for {
		out.Elems = append(out.Elems, ArrayElement(a, index))
		i := len(index) - 1
		for ; i >= 0; i-- {
			if index[i]++; index[i] <= hi[i] {
				break
			}
			index[i] = lo[i]
		}
		if i < 0 {
			return types.MakeArray(out)
		}
	}
}

// subscriptJSON is jsonb['key'][0].
func subscriptJSON(ctx *Ctx, e *Subscript, arg types.Datum, lookup Lookup) (types.Datum, error) {
	if e.Slice {
		return types.Null, pgerr.New(pgerr.DatatypeMismatch, "jsonb subscript does not support slices")
	}
	v := types.JSONBTree(arg)
	for _, x := range e.Lower {
		d, err := EvalOne(ctx, x, lookup)
		if err != nil || d.IsNull() {
			return types.Null, err
		}
		if d.Kind() == types.KindInt {
			v = v.Index(int(d.Int()))
		} else if v.Kind == types.JSONArray {
			n, ok, _ := types.ParseInt(d.Str())
			if !ok {
				return types.Null, nil
			}
			v = v.Index(int(n))
		} else {
			v = v.Get(d.Str())
		}
		if v == nil {
			return types.Null, nil
		}
	}
	return types.MakeJSONB(v), nil
}
