// Package chunk holds column batches: what flows between operators.
//
// A Chunk is up to RowsMax rows of typed columns. A column (Vec) keeps its values
// in the layout of its kind: int64s for KindBool and KindInt, float64s for
// KindFloat, datums for all else, with one null flag a row. Hot expression
// kernels take the slices; everything else goes through Datum and Set.
//
// Lifetime: a Chunk given by an operator is valid until the next call of that
// operator's Next or Close; whoever keeps rows longer copies them (datums may be
// kept for ever: they are immutable).
package chunk

import "github.com/ferritedb/ferrite/sql/types"

// RowsMax is the number of rows of a full chunk.
const RowsMax = 1024

// Vec is one column of a chunk. Exactly one of the value slices is in use, and
// Nulls; all in use have the same length.
type Vec struct {
	Kind   types.Kind
	Ints   []int64
	Floats []float64
	Datums []types.Datum
	// Nulls[i] tells that row i is NULL (its value slot is then meaningless).
	// HasNulls is false only where no entry is true.
	Nulls    []bool
	HasNulls bool
}

// Init empties v and sets its kind; memory is kept for reuse.
func (v *Vec) Init(k types.Kind) {
	v.Kind = k
	v.Ints, v.Floats, v.Datums = v.Ints[:0], v.Floats[:0], v.Datums[:0]
	v.Nulls, v.HasNulls = v.Nulls[:0], false
}

// Len is the number of rows.
func (v *Vec) Len() int { return len(v.Nulls) }

// Append adds one value, NULL included.
func (v *Vec) Append(d types.Datum) {
	null := d.IsNull()
	v.Nulls = append(v.Nulls, null)
	v.HasNulls = v.HasNulls || null
	switch v.Kind {
	case types.KindInt, types.KindBool:
		v.Ints = append(v.Ints, d.Int())
	case types.KindFloat:
		var f float64
		if !null {
			f = d.Float()
		}
		v.Floats = append(v.Floats, f)
	default:
		v.Datums = append(v.Datums, d)
	}
}

// AppendNull adds a NULL.
func (v *Vec) AppendNull() { v.Append(types.Null) }

// AppendInt adds a value to a vector of KindInt or KindBool.
func (v *Vec) AppendInt(n int64) {
	v.Ints = append(v.Ints, n)
	v.Nulls = append(v.Nulls, false)
}

// Datum is the value of row i.
func (v *Vec) Datum(i int) types.Datum {
	if v.Nulls[i] {
		return types.Null
	}
	switch v.Kind {
	case types.KindInt:
		return types.MakeInt(v.Ints[i])
	case types.KindBool:
		return types.MakeBool(v.Ints[i] != 0)
	case types.KindFloat:
		return types.MakeFloat(v.Floats[i])
	default:
		return v.Datums[i]
	}
}

// Grow makes v n rows long with unset values and no nulls; for kernels that
// fill the slices themselves.
func (v *Vec) Grow(k types.Kind, n int) {
	v.Init(k)
	switch k {
	case types.KindInt, types.KindBool:
		v.Ints = resize(v.Ints, n)
	case types.KindFloat:
		v.Floats = resize(v.Floats, n)
	default:
		v.Datums = resize(v.Datums, n)
	}
	v.Nulls = resize(v.Nulls, n)
	clear(v.Nulls)
}

// SetNull makes row i NULL.
func (v *Vec) SetNull(i int) {
	v.Nulls[i], v.HasNulls = true, true
	if v.Kind > types.KindFloat {
		v.Datums[i] = types.Null
	}
}

// Set replaces the value of row i.
func (v *Vec) Set(i int, d types.Datum) {
	if d.IsNull() {
		v.SetNull(i)
		return
	}
	v.Nulls[i] = false
	switch v.Kind {
	case types.KindInt, types.KindBool:
		v.Ints[i] = d.Int()
	case types.KindFloat:
		v.Floats[i] = d.Float()
	default:
		v.Datums[i] = d
	}
}

// AppendVec adds the rows sel of o (all rows where sel is nil).
func (v *Vec) AppendVec(o *Vec, sel []int32) {
	if sel == nil {
		v.Ints = append(v.Ints, o.Ints...)
		v.Floats = append(v.Floats, o.Floats...)
		v.Datums = append(v.Datums, o.Datums...)
		v.Nulls = append(v.Nulls, o.Nulls...)
		v.HasNulls = v.HasNulls || o.HasNulls
		return
	}
	for _, i := range sel {
		v.Append(o.Datum(int(i)))
	}
}

func resize[E any](s []E, n int) []E {
	if cap(s) < n {
		return make([]E, n)
	}
	return s[:n]
}

// Chunk is a batch of rows. Rows counts them (Cols may be empty: SELECT with no
// columns still has rows).
type Chunk struct {
	Cols []Vec
	Rows int
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
