package enc

import "errors"

// ErrMalformed is returned for bytes that are no encoding of what was asked for.
var ErrMalformed = errors.New("enc: malformed bytes")

// Direction is the sort order of an encoding.
type Direction uint8

const (
	Ascending Direction = iota
	Descending
)

// mask is what each byte of an encoding is xored with.
func (d Direction) mask() byte {
	if d == Descending {
		return 0xff
	}
	return 0
}

// mask64 is mask for eight bytes at once.
func (d Direction) mask64() uint64 {
	if d == Descending {
		return ^uint64(0)
	}
	return 0
}

// invert turns the ascending encoding b into that of dir.
func invert(b []byte, dir Direction) {
	if dir == Descending {
		for i := range b {
			b[i] = ^b[i]
		}
	}
}

// Markers before a payload; no Direction applies to them.
const (
	markEnd       byte = 0x00
	markNullFirst byte = 0x01
	markValue     byte = 0x08
	markNullLast  byte = 0xfe
)

// Marker is what stands before a column's payload.
type Marker uint8

const (
	// Value: a payload follows.
	Value Marker = iota
	// Null: the column is NULL, no payload follows.
	Null
	// End: the array or row is over.
	End
)

// AppendNull marks a NULL that sorts before or after all values, whatever the
// direction of the column. PostgreSQL's default is first for descending columns.
func AppendNull(dst []byte, first bool) []byte {
	if first {
		return append(dst, markNullFirst)
	}
	return append(dst, markNullLast)
}

// AppendNotNull marks that a payload follows.
func AppendNotNull(dst []byte) []byte { return append(dst, markValue) }

// AppendEnd marks the end of a sequence of marked elements; it sorts before
// every element, so that a prefix sorts before what it begins.
func AppendEnd(dst []byte) []byte { return append(dst, markEnd) }

// DecodeMarker reads one marker.
func DecodeMarker(b []byte) (Marker, []byte, error) {
	if len(b) == 0 {
		return 0, b, ErrMalformed
	}
	switch b[0] {
	case markValue:
		return Value, b[1:], nil
	case markNullFirst, markNullLast:
		return Null, b[1:], nil
	case markEnd:
		return End, b[1:], nil
	}
	return 0, b, ErrMalformed
}
