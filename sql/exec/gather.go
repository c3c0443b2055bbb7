package exec

import (
	"unsafe"

	"github.com/ferritedb/ferrite/sql/chunk"
)

// noRow in a list of row numbers stands for a row of NULLs.
const noRow = chunk.NoRow

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
		dst.Cols[at+j].Gather(&src.Cols[j], idx)
	}
}

// appendNulls appends n NULLs.
func appendNulls(v *chunk.Vec, n int) {
	for range n {
		v.AppendNull()
	}
}

// appendRows appends the rows [from, to) of src to dst; the columns match.
func appendRows(dst, src *chunk.Chunk, from, to int) {
	for j := range src.Cols {
		dst.Cols[j].AppendRange(&src.Cols[j], from, to)
	}
	dst.Rows += to - from
}

// clearDatums drops what c holds on to in its unused and used datums, so that
// memory kept for reuse keeps no values alive. c is empty afterwards.
func clearDatums(c *chunk.Chunk) {
	for j := range c.Cols {
		v := &c.Cols[j]
		clear(v.Datums[:cap(v.Datums)])
	}
	c.Reset()
}

// stringBytes are the bytes of s, which must not be changed.
func stringBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
