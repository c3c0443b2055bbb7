package exec

import (
	"unsafe"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
)

const (
	datumBytes = types.DatumBytes
	// chunkBytesMax bounds the values of a chunk beside its rows: who makes chunks
	// ends one at the row with which it passes this.
	chunkBytesMax = 4 << 20
	// ownBytesMax is the longest string that is copied where rows are kept: longer
	// ones have memory of their own.
	ownBytesMax = 8 << 10
)

// slotBytes is what a kept row takes in a column of kind k beyond the value: the
// slot, and half as much again, since slices grow by doubling.
func slotBytes(k types.Kind) int64 {
	switch k {
	case types.KindInt, types.KindBool, types.KindFloat:
		return 8 * 3 / 2
	}
	return datumBytes * 3 / 2
}

// chunkSize is about how many bytes c takes where its rows are kept.
func chunkSize(c *chunk.Chunk) int64 {
	n := valueBytes(c)
	for i := range c.Cols {
		n += slotBytes(c.Cols[i].Kind) * int64(c.Rows)
	}
	return n
}

// valueBytes is what the values of c hold beyond their slots.
func valueBytes(c *chunk.Chunk) int64 {
	var n int64
	for i := range c.Cols {
		n += vecBytes(&c.Cols[i])
	}
	return n
}

func vecBytes(v *chunk.Vec) int64 { return v.ValueBytes(0, types.Size) }

// lastRowBytes is what the values of c's last row hold beyond their slots.
func lastRowBytes(c *chunk.Chunk) int64 {
	var n int64
	for i := range c.Cols {
		n += c.Cols[i].ValueBytes(c.Rows-1, types.Size)
	}
	return n
}

// own copies the strings of the rows [from, end) of v into a. Kept rows would
// otherwise keep the blocks that they were decoded into, with all rows that are
// not kept.
func own(v *chunk.Vec, from int, a *rowcodec.Arena) {
	if v.Form != chunk.Plain {
		return // numbers
	}
	var last, lastOwn Datum
	for i := from; i < len(v.Datums); i++ {
		d := v.Datums[i]
		if sameString(d, last) { // a constant
			v.Datums[i] = lastOwn
			continue
		}
		last = d
		lastOwn = ownDatum(d, a)
		v.Datums[i] = lastOwn
	}
}

// sameString tells whether two strings are in the same place.
func sameString(a, b Datum) bool {
	if a.Kind() != types.KindStr || b.Kind() != types.KindStr {
		return false
	}
	s, t := a.Str(), b.Str()
	return len(s) == len(t) && unsafe.StringData(s) == unsafe.StringData(t)
}

func ownDatum(d Datum, a *rowcodec.Arena) Datum {
	switch d.Kind() {
	case types.KindStr:
		if s := d.Str(); len(s) <= ownBytesMax && len(s) > 0 {
			return types.MakeStr(a.String(stringBytes(s)))
		}
	case types.KindBytes:
		if b := d.Bytes(); len(b) <= ownBytesMax && len(b) > 0 {
			return types.MakeBytes(a.Bytes(b))
		}
	}
	return d
}
