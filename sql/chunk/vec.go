package chunk

import (
	"unsafe"

	"github.com/ferritedb/ferrite/sql/types"
)

// Form is how a vector lays out the values of its kind; see the package.
type Form uint8

const (
	Plain Form = iota
	Packed
	Scaled
	Wide
)

// Vec is one column of a chunk.
type Vec struct {
	Kind types.Kind
	Form Form
	// Const: there is one value, at place 0, for all rows.
	Const bool
	// Scale of Scaled and Wide.
	Scale  int32
	Ints   []int64
	Highs  []int64
	Floats []float64
	Datums []types.Datum
	Bytes  []byte
	Ends   []uint32
	// Nulls are the rows that are NULL; of a constant vector row 0 speaks for all.
	Nulls Bits

	first uint32 // where the first packed value begins
	block uint32 // size of the last block of packed bytes
	rows  int
}

// Init empties v and sets its kind, in plain form; memory is kept for reuse,
// but for packed bytes that were handed out.
func (v *Vec) Init(k types.Kind) {
	if v.Form != Plain {
		v.Form, v.Highs, v.Ends, v.first = Plain, v.Highs[:0], v.Ends[:0], 0
		v.Bytes = v.Bytes[len(v.Bytes):]
	}
	v.Kind, v.Const, v.rows = k, false, 0
	v.Ints, v.Floats, v.Datums, v.Nulls = v.Ints[:0], v.Floats[:0], v.Datums[:0], v.Nulls[:0]
}

// Len is the number of rows.
func (v *Vec) Len() int { return v.rows }

// at is the place of row i's value.
func (v *Vec) at(i int) int {
	if v.Const {
		return 0
	}
	return i
}

// HasNulls is false only where no row is NULL.
func (v *Vec) HasNulls() bool { return len(v.Nulls) > 0 }

// Null tells whether row i is NULL.
func (v *Vec) Null(i int) bool { return len(v.Nulls) > 0 && v.Nulls.Has(v.at(i)) }

// Int is the value of row i, of a plain vector of integers or booleans.
func (v *Vec) Int(i int) int64 { return v.Ints[v.at(i)] }

// Float is the value of row i, of a vector of floats.
func (v *Vec) Float(i int) float64 { return v.Floats[v.at(i)] }

// Str is the value of row i, not NULL, of a vector of strings.
func (v *Vec) Str(i int) string {
	i = v.at(i)
	if v.Form == Plain {
		return v.Datums[i].Str()
	}
	b := v.packed(i)
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// Raw is the value of row i, not NULL, of a vector of bytes; nobody changes it.
func (v *Vec) Raw(i int) []byte {
	i = v.at(i)
	if v.Form == Plain {
		return v.Datums[i].Bytes()
	}
	return v.packed(i)
}

func (v *Vec) packed(i int) []byte {
	from := v.first
	if i > 0 {
		from = v.Ends[i-1]
	}
	return v.Bytes[from:v.Ends[i]:v.Ends[i]]
}

// Datum is the value of row i.
func (v *Vec) Datum(i int) types.Datum {
	i = v.at(i)
	if len(v.Nulls) > 0 && v.Nulls.Has(i) {
		return types.Null
	}
	switch v.Kind {
	case types.KindInt:
		return types.MakeInt(v.Ints[i])
	case types.KindBool:
		return types.MakeBool(v.Ints[i] != 0)
	case types.KindFloat:
		return types.MakeFloat(v.Floats[i])
	}
	switch v.Form {
	case Packed:
		if v.Kind == types.KindBytes {
			return types.MakeBytes(v.packed(i))
		}
		return types.MakeStr(v.Str(i))
	case Scaled, Wide:
		return types.MakeDecimal(v.number(i).Numeric(int(v.Scale)))
	}
	return v.Datums[i]
}

// Append adds one value, NULL included.
func (v *Vec) Append(d types.Datum) {
	if d.IsNull() {
		v.AppendNull()
		return
	}
	if v.Form != Plain || v.Const {
		if !v.Const && v.appendForm(d) {
			v.rows++
			return
		}
		v.Flatten()
	}
	switch {
	case v.Kind == types.KindInt || v.Kind == types.KindBool:
		v.Ints = append(v.Ints, d.Int())
	case v.Kind == types.KindFloat:
		v.Floats = append(v.Floats, d.Float())
	default:
		v.Datums = append(v.Datums, d)
	}
	v.rows++
}

// AppendNull adds a NULL.
func (v *Vec) AppendNull() {
	if v.Const {
		v.Flatten()
	}
	v.Nulls.Add(v.rows)
	v.rows++
	switch {
	case v.Form == Packed:
		v.Ends = append(v.Ends, v.end())
	case v.Form == Wide:
		v.Ints, v.Highs = append(v.Ints, 0), append(v.Highs, 0)
	case v.Form == Scaled, v.Kind == types.KindInt, v.Kind == types.KindBool:
		v.Ints = append(v.Ints, 0)
	case v.Kind == types.KindFloat:
		v.Floats = append(v.Floats, 0)
	default:
		v.Datums = append(v.Datums, types.Null)
	}
}

// AppendInt adds a value to a plain vector of integers or booleans that is not
// constant.
func (v *Vec) AppendInt(n int64) {
	v.Ints = append(v.Ints, n)
	v.rows++
}

// Grow makes v n rows long, plain, with unset values and no NULLs; for kernels
// that fill the slices themselves.
func (v *Vec) Grow(k types.Kind, n int) {
	v.Init(k)
	v.rows = n
	switch k {
	case types.KindInt, types.KindBool:
		v.Ints = resize(v.Ints, n)
	case types.KindFloat:
		v.Floats = resize(v.Floats, n)
	default:
		v.Datums = resize(v.Datums, n)
	}
}

// Fill makes v a constant of n rows.
func (v *Vec) Fill(k types.Kind, d types.Datum, n int) {
	v.Init(k)
	v.Append(d)
	v.Const, v.rows = true, n
}

// SetNull makes row i of a vector that is not constant NULL.
func (v *Vec) SetNull(i int) {
	v.Nulls.Add(i)
	if v.Form == Plain && v.Kind > types.KindFloat {
		v.Datums[i] = types.Null
	}
}

// Set replaces the value of row i.
func (v *Vec) Set(i int, d types.Datum) {
	if v.Form != Plain || v.Const {
		v.Flatten()
	}
	if d.IsNull() {
		v.SetNull(i)
		return
	}
	if len(v.Nulls) > 0 {
		v.Nulls.Remove(i)
	}
	switch v.Kind {
	case types.KindInt, types.KindBool:
		v.Ints[i] = d.Int()
	case types.KindFloat:
		v.Floats[i] = d.Float()
	default:
		v.Datums[i] = d
	}
}

func resize[E any](s []E, n int) []E {
	if cap(s) < n {
		return make([]E, n)
	}
	return s[:n]
}
