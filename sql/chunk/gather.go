package chunk

import "github.com/ferritedb/ferrite/sql/types"

// NoRow in a list of row numbers stands for a row of NULLs.
const NoRow = -1

// slices names the slice that the plain form of a kind uses.
func slices(k types.Kind) byte {
	switch k {
	case types.KindInt, types.KindBool:
		return 'i'
	case types.KindFloat:
		return 'f'
	}
	return 'd'
}

// adopt tells whether src's values can be added to v slice by slice, and gives v
// the form of src where it is empty and that form is of numbers.
func (v *Vec) adopt(src *Vec) bool {
	if slices(v.Kind) != slices(src.Kind) || src.Const || v.Const {
		return false
	}
	if v.rows == 0 && (src.Form == Scaled || src.Form == Wide) && v.Form == Plain {
		v.Form, v.Scale = src.Form, src.Scale
	}
	switch src.Form {
	case Plain:
		return v.Form == Plain
	case Packed:
		return false
	}
	if v.Form == Scaled && src.Form == Wide && v.Scale == src.Scale {
		v.widen()
	}
	return v.Form == src.Form && v.Scale == src.Scale
}

// Gather appends the rows idx of src; NoRow appends NULL.
func (v *Vec) Gather(src *Vec, idx []int32) {
	if !v.adopt(src) {
		for _, i := range idx {
			if i < 0 {
				v.AppendNull()
			} else {
				v.Append(src.Datum(int(i)))
			}
		}
		return
	}
	switch {
	case v.Form == Wide:
		v.Ints, v.Highs = gatherSlice(v.Ints, src.Ints, idx), gatherSlice(v.Highs, src.Highs, idx)
	case v.Form == Scaled, v.Kind == types.KindInt, v.Kind == types.KindBool:
		v.Ints = gatherSlice(v.Ints, src.Ints, idx)
	case v.Kind == types.KindFloat:
		v.Floats = gatherSlice(v.Floats, src.Floats, idx)
	default:
		v.Datums = gatherSlice(v.Datums, src.Datums, idx)
	}
	nulls := src.HasNulls()
	for j, i := range idx {
		if i < 0 || nulls && src.Nulls.Has(int(i)) {
			v.Nulls.Add(v.rows + j)
		}
	}
	v.rows += len(idx)
}

func gatherSlice[E any](dst, src []E, idx []int32) []E {
	n := len(dst)
	dst = grow(dst, len(idx))
	out := dst[n:]
	for j, i := range idx {
		if i >= 0 {
			out[j] = src[i]
		} else {
			var zero E
			out[j] = zero
		}
	}
	return dst
}

// grow is s longer by n elements of any content.
func grow[E any](s []E, n int) []E {
	if cap(s)-len(s) >= n {
		return s[:len(s)+n]
	}
	out := make([]E, len(s)+n, max(2*cap(s), len(s)+n))
	copy(out, s)
	return out
}

// AppendRange appends the rows [from, to) of src.
func (v *Vec) AppendRange(src *Vec, from, to int) {
	if !v.adopt(src) {
		for i := from; i < to; i++ {
			v.Append(src.Datum(i))
		}
		return
	}
	switch {
	case v.Form == Wide:
		v.Ints, v.Highs = append(v.Ints, src.Ints[from:to]...), append(v.Highs, src.Highs[from:to]...)
	case v.Form == Scaled, v.Kind == types.KindInt, v.Kind == types.KindBool:
		v.Ints = append(v.Ints, src.Ints[from:to]...)
	case v.Kind == types.KindFloat:
		v.Floats = append(v.Floats, src.Floats[from:to]...)
	default:
		v.Datums = append(v.Datums, src.Datums[from:to]...)
	}
	v.Nulls.Copy(src.Nulls, from, to, v.rows)
	v.rows += to - from
}

// AppendVec adds the rows sel of o (all rows where sel is nil).
func (v *Vec) AppendVec(o *Vec, sel []int32) {
	if sel == nil {
		v.AppendRange(o, 0, o.rows)
		return
	}
	v.Gather(o, sel)
}

// View makes v show the rows [from, to) of src without copying their values.
// v is not to be changed, and is valid as long as src is not.
func (v *Vec) View(src *Vec, from, to int) {
	nulls := v.Nulls[:0]
	*v = Vec{Kind: src.Kind, Form: src.Form, Const: src.Const, Scale: src.Scale, Nulls: nulls, rows: to - from}
	if src.Const {
		v.Ints, v.Highs, v.Floats, v.Datums, v.Bytes, v.Ends, v.first =
			src.Ints, src.Highs, src.Floats, src.Datums, src.Bytes, src.Ends, src.first
		v.Nulls.Copy(src.Nulls, 0, 1, 0)
		return
	}
	v.Nulls.Copy(src.Nulls, from, to, 0)
	switch {
	case src.Form == Packed:
		v.Bytes, v.Ends, v.first = src.Bytes, src.Ends[from:to:to], src.first
		if from > 0 {
			v.first = src.Ends[from-1]
		}
	case src.Form == Wide:
		v.Ints, v.Highs = src.Ints[from:to:to], src.Highs[from:to:to]
	case src.Form == Scaled, src.Kind == types.KindInt, src.Kind == types.KindBool:
		v.Ints = src.Ints[from:to:to]
	case src.Kind == types.KindFloat:
		v.Floats = src.Floats[from:to:to]
	default:
		v.Datums = src.Datums[from:to:to]
	}
}
