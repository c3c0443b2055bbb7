package chunk

import (
	"math"
	"unsafe"

	"github.com/ferritedb/ferrite/sql/types"
)

const (
	// packedBytesMax bounds the bytes of a packed vector, so that its ends fit.
	packedBytesMax = math.MaxUint32 / 2
	// Packed bytes come in blocks, each used by one vector after the other: the
	// first is small, for a few rows, the next ones grow.
	blockBytesFirst = 256
	blockBytesMax   = 32 << 10
)

// Pack gives an empty vector of strings or bytes the packed form.
func (v *Vec) Pack() { v.Form = Packed }

// end is where the next packed value begins.
func (v *Vec) end() uint32 { return uint32(len(v.Bytes)) }

// AppendPacked adds a copy of b to a packed vector; false, and nothing added,
// where the vector is full.
func (v *Vec) AppendPacked(b []byte) bool {
	if !v.pushPacked(b) {
		return false
	}
	v.rows++
	return true
}

func (v *Vec) pushPacked(b []byte) bool {
	n := len(v.Bytes) + len(b)
	if n > packedBytesMax {
		return false
	}
	if n > cap(v.Bytes) {
		v.block = min(max(4*v.block, blockBytesFirst), blockBytesMax)
		block := make([]byte, len(v.Bytes), max(int(v.block), 2*n))
		copy(block, v.Bytes)
		v.Bytes = block
	}
	v.Bytes = append(v.Bytes, b...)
	v.Ends = append(v.Ends, v.end())
	return true
}

// Scale64 gives an empty vector of decimals the scaled form.
func (v *Vec) Scale64(scale int32) { v.Form, v.Scale = Scaled, scale }

// number is the scaled value at place i.
func (v *Vec) number(i int) types.Int128 {
	if v.Form == Wide {
		return types.Int128{Hi: v.Highs[i], Lo: uint64(v.Ints[i])}
	}
	return types.Int128Of(v.Ints[i])
}

// Number is the value of row i times 10^Scale, of a scaled or wide vector.
func (v *Vec) Number(i int) types.Int128 { return v.number(v.at(i)) }

// AppendNumber adds a value, times 10^Scale, to a scaled or wide vector.
func (v *Vec) AppendNumber(n types.Int128) {
	v.pushNumber(n)
	v.rows++
}

func (v *Vec) pushNumber(n types.Int128) {
	low, ok := n.Int64()
	if v.Form == Scaled && !ok {
		v.widen()
	}
	v.Ints = append(v.Ints, low)
	if v.Form == Wide {
		v.Highs = append(v.Highs, n.Hi)
	}
}

// GrowNumbers makes v n rows long and scaled, with unset values and no NULLs.
func (v *Vec) GrowNumbers(scale int32, n int) {
	v.Init(types.KindDecimal)
	v.Form, v.Scale, v.rows = Scaled, scale, n
	v.Ints = resize(v.Ints, n)
}

// SetNumber sets row i of a scaled or wide vector.
func (v *Vec) SetNumber(i int, n types.Int128) {
	low, ok := n.Int64()
	if v.Form == Scaled && !ok {
		v.widen()
	}
	v.Ints[i] = low
	if v.Form == Wide {
		v.Highs[i] = n.Hi
	}
}

func (v *Vec) widen() {
	v.Highs = v.Highs[:0]
	for _, n := range v.Ints {
		v.Highs = append(v.Highs, n>>63)
	}
	v.Form = Wide
}

// appendForm puts d, not NULL, into the slices of the vector's form; false where
// that cannot hold it.
func (v *Vec) appendForm(d types.Datum) bool {
	if v.Form == Packed {
		var b []byte
		if v.Kind == types.KindBytes {
			b = d.Bytes()
		} else if s := d.Str(); len(s) > 0 {
			b = unsafe.Slice(unsafe.StringData(s), len(s))
		}
		return v.pushPacked(b)
	}
	n, scale, ok := types.Int128OfNumeric(d.Decimal())
	if ok = ok && int32(scale) == v.Scale; ok {
		v.pushNumber(n)
	}
	return ok
}

// Flatten makes v plain and not constant, in place.
func (v *Vec) Flatten() {
	n := v.rows
	if v.Const {
		d := v.Datum(0)
		v.Init(v.Kind)
		for range n {
			v.Append(d)
		}
		return
	}
	if v.Form == Plain {
		return
	}
	out := v.Datums[:0]
	for i := range n {
		out = append(out, v.Datum(i))
	}
	v.Form, v.Datums = Plain, out
	v.Ints, v.Highs, v.Ends, v.first = v.Ints[:0], v.Highs[:0], v.Ends[:0], 0
	v.Bytes = v.Bytes[len(v.Bytes):]
}

// Size is about how many bytes the values hold; of a datum, what size says it
// holds beyond its slot.
func (v *Vec) Size(datumBytes int64, size func(types.Datum) int64) int64 {
	n := int64(8*len(v.Ints)+8*len(v.Highs)+8*len(v.Floats)+4*len(v.Ends)+8*len(v.Nulls)) + int64(len(v.Bytes))
	for _, d := range v.Datums {
		n += datumBytes + size(d)
	}
	return n
}

// ValueBytes is about how many bytes the values of the rows from from on hold
// beyond their slots: the bytes of strings, what size says of datums. A constant
// counts once.
func (v *Vec) ValueBytes(from int, size func(types.Datum) int64) int64 {
	switch {
	case v.rows <= from:
		return 0
	case v.Const:
		return size(v.Datum(0))
	case v.Form == Packed && from == 0:
		return int64(v.Ends[v.rows-1] - v.first)
	case v.Form == Packed:
		return int64(v.Ends[v.rows-1] - v.Ends[from-1])
	case v.Form != Plain || slices(v.Kind) != 'd':
		return 0
	}
	var n int64
	for _, d := range v.Datums[from:v.rows] {
		n += size(d)
	}
	return n
}
