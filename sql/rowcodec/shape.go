package rowcodec

import (
	"encoding/binary"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
)

// shapePrecisionMax is the precision of the decimals that vectors hold as
// integers: as many digits as always fit 128 bits.
const shapePrecisionMax = 38

// shape is the form of a vector that suits a stored column.
type shape struct {
	form  chunk.Form
	scale int32
}

// shapeOf is plain for columns that the key holds: they are read as datums.
func (t *Table) shapeOf(attnum int16) shape {
	c := t.columns[attnum-1]
	switch {
	case t.inKey[attnum-1]:
	case c.Type.Kind == types.KindStr:
		return shape{form: chunk.Packed}
	case c.Type.Is(types.Numeric) && c.Mod >= 0:
		if p, s := types.NumericPrecScale(c.Mod); p <= shapePrecisionMax && s >= 0 {
			return shape{chunk.Scaled, int32(s)}
		}
	}
	return shape{}
}

// Shape gives the empty vectors that Decode is to fill the forms in which it
// fills them fastest. It pays for many rows; one row is best read plain.
func (d *Decoder) Shape(cols []chunk.Vec) {
	for i, s := range d.shapes {
		switch s.form {
		case chunk.Packed:
			cols[i].Pack()
		case chunk.Scaled:
			cols[i].Scale64(s.scale)
		}
	}
}

// appendShaped appends the payload at the start of b to a vector of another form
// than plain; false where the vector's form does not hold it.
func appendShaped(v *chunk.Vec, b []byte, code byte) (rest []byte, ok bool) {
	if code != codeBytes && code != codeDecimal {
		return nil, false
	}
	body, rest, err := takeLong(b, code)
	if err != nil {
		return nil, false
	}
	switch {
	case v.Form == chunk.Packed && code == codeBytes:
		return rest, v.AppendPacked(body)
	case v.Form != chunk.Packed && code == codeDecimal:
		n, ok := readNumber(body, v.Scale)
		if ok {
			v.AppendNumber(n)
		}
		return rest, ok
	}
	return nil, false
}

// readNumber reads a stored finite numeric of the given scale, times 10^scale.
func readNumber(b []byte, scale int32) (n types.Int128, ok bool) {
	const finite = 0
	if len(b) < 2 || b[0]>>1 != finite {
		return n, false
	}
	exp, w := binary.Varint(b[1:])
	if w <= 0 || exp != -int64(scale) {
		return n, false
	}
	coeff := b[1+w:]
	if len(coeff) > 15 {
		return n, false
	}
	for _, c := range coeff {
		n.Hi = n.Hi<<8 | int64(n.Lo>>56)
		n.Lo = n.Lo<<8 | uint64(c)
	}
	if b[0]&1 != 0 {
		return n.Neg()
	}
	return n, true
}
