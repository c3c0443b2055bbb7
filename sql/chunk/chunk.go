package chunk

import "github.com/ferritedb/ferrite/sql/types"

// RowsMax is the number of rows of a full chunk.
const RowsMax = 1024

// Chunk is a batch of rows. Rows counts them (Cols may be empty: SELECT with no
// columns still has rows).
type Chunk struct {
	Cols []Vec
	Rows int
	// Sel are the rows that count, by number, ascending; nil: all. Never empty.
	Sel []int32
}

// New makes an empty chunk with columns of these kinds.
func New(kinds []types.Kind) *Chunk {
	c := &Chunk{Cols: make([]Vec, len(kinds))}
	for i, k := range kinds {
		c.Cols[i].Kind = k
	}
	return c
}

// Reset empties the chunk and keeps its memory and kinds.
func (c *Chunk) Reset() {
	for i := range c.Cols {
		c.Cols[i].Init(c.Cols[i].Kind)
	}
	c.Rows = 0
}

// Full tells that the chunk holds RowsMax rows.
func (c *Chunk) Full() bool { return c.Rows >= RowsMax }

// AppendRow adds one row, one datum a column.
func (c *Chunk) AppendRow(row []types.Datum) {
	for i := range c.Cols {
		c.Cols[i].Append(row[i])
	}
	c.Rows++
}

// Row appends the datums of row i to dst.
func (c *Chunk) Row(dst []types.Datum, i int) []types.Datum {
	for j := range c.Cols {
		dst = append(dst, c.Cols[j].Datum(i))
	}
	return dst
}

// AppendFrom adds the rows sel of o (all rows where sel is nil); the columns match.
func (c *Chunk) AppendFrom(o *Chunk, sel []int32) {
	for j := range c.Cols {
		c.Cols[j].AppendVec(&o.Cols[j], sel)
	}
	if sel == nil {
		c.Rows += o.Rows
	} else {
		c.Rows += len(sel)
	}
}

// View makes c show the rows [from, to) of src without copying their values.
func (c *Chunk) View(src *Chunk, from, to int) {
	if len(c.Cols) != len(src.Cols) {
		c.Cols = make([]Vec, len(src.Cols))
	}
	for j := range src.Cols {
		c.Cols[j].View(&src.Cols[j], from, to)
	}
	c.Rows = to - from
}
