package exec

import (
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
)

// noRow in a list of row numbers stands for a row of NULLs.
const noRow = -1

// gather appends the rows idx of src to dst; noRow appends NULL.
func gather(dst, src *chunk.Vec, idx []int32) {
	if layoutOf(dst.Kind) != layoutOf(src.Kind) {
		gatherSlow(dst, src, idx)
		return
	}
	switch dst.Kind {
	case types.KindInt, types.KindBool:
		dst.Ints = gatherSlice(dst.Ints, src.Ints, idx)
	case types.KindFloat:
		dst.Floats = gatherSlice(dst.Floats, src.Floats, idx)
	default:
		dst.Datums = gatherSlice(dst.Datums, src.Datums, idx)
	}
	if !src.HasNulls {
		gatherNoNulls(dst, idx)
		return
	}
	for _, i := range idx {
		null := i < 0 || src.Nulls[i]
		dst.Nulls = append(dst.Nulls, null)
		dst.HasNulls = dst.HasNulls || null
	}
}

// layoutOf is which slice of a Vec a kind uses.
func layoutOf(k types.Kind) byte {
	switch k {
	case types.KindInt, types.KindBool:
		return 'i'
	case types.KindFloat:
		return 'f'
	}
	return 'd'
}

// gatherSlow is for vectors of different layouts: an untyped NULL beside a typed column.
func gatherSlow(dst, src *chunk.Vec, idx []int32) {
	for _, i := range idx {
		if i < 0 {
			dst.AppendNull()
		} else {
			dst.Append(src.Datum(int(i)))
		}
	}
}

func gatherNoNulls(dst *chunk.Vec, idx []int32) {
	n := len(dst.Nulls)
	dst.Nulls = growSlice(dst.Nulls, len(idx))
	out := dst.Nulls[n:]
	clear(out)
	for j, i := range idx {
		if i < 0 {
			out[j] = true
			dst.HasNulls = true
		}
	}
}

func gatherSlice[E any](dst, src []E, idx []int32) []E {
	n := len(dst)
	dst = growSlice(dst, len(idx))
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

// growSlice is s longer by n elements of any content.
func growSlice[E any](s []E, n int) []E {
	if cap(s)-len(s) >= n {
		return s[:len(s)+n]
	}
	out := make([]E, len(s)+n, max(2*cap(s), len(s)+n))
	copy(out, s)
	return out
}

// gatherChunk appends the rows idx of src to the first len(src.Cols) columns of
// dst from column at on.
func gatherChunk(dst *chunk.Chunk, at int, src *chunk.Chunk, idx []int32) {
	for j := range src.Cols {
		gather(&dst.Cols[at+j], &src.Cols[j], idx)
	}
}

// appendNulls appends n NULLs.
func appendNulls(v *chunk.Vec, n int) {
	for range n {
		v.AppendNull()
	}
}

// appendRange appends the rows [from, to) of src to dst.
func appendRange(dst, src *chunk.Vec, from, to int) {
	if layoutOf(dst.Kind) != layoutOf(src.Kind) {
		for i := from; i < to; i++ {
			dst.Append(src.Datum(i))
		}
		return
	}
	switch dst.Kind {
	case types.KindInt, types.KindBool:
		dst.Ints = append(dst.Ints, src.Ints[from:to]...)
	case types.KindFloat:
		dst.Floats = append(dst.Floats, src.Floats[from:to]...)
	default:
		dst.Datums = append(dst.Datums, src.Datums[from:to]...)
	}
	dst.Nulls = append(dst.Nulls, src.Nulls[from:to]...)
	if src.HasNulls && !dst.HasNulls {
		for _, n := range src.Nulls[from:to] {
			if n {
				dst.HasNulls = true
				break
			}
		}
	}
}

// appendRows appends the rows [from, to) of src to dst; the columns match.
func appendRows(dst, src *chunk.Chunk, from, to int) {
	for j := range src.Cols {
		appendRange(&dst.Cols[j], &src.Cols[j], from, to)
	}
	dst.Rows += to - from
}

// view makes dst show the rows [from, to) of src without copying.
func view(dst, src *chunk.Chunk, from, to int) {
	if len(dst.Cols) != len(src.Cols) {
		dst.Cols = make([]chunk.Vec, len(src.Cols))
	}
	for j := range src.Cols {
		s, d := &src.Cols[j], &dst.Cols[j]
		*d = chunk.Vec{Kind: s.Kind, Nulls: s.Nulls[from:to:to], HasNulls: s.HasNulls}
		switch s.Kind {
		case types.KindInt, types.KindBool:
			d.Ints = s.Ints[from:to:to]
		case types.KindFloat:
			d.Floats = s.Floats[from:to:to]
		default:
			d.Datums = s.Datums[from:to:to]
		}
	}
	dst.Rows = to - from
}
