package rowcodec

import (
	"encoding/binary"

	"github.com/ferritedb/ferrite/sql/types"
)

// Class bytes of an ordered numeric. Between them, a positive value is its
// decimal exponent (4 bytes, sign flipped) and its digits without trailing
// zeros, one byte each as digit+1, then 00; a negative one is the same inverted.
const (
	decNegInf  = 0x00
	decNeg     = 0x01
	decZero    = 0x02
	decPos     = 0x03
	decPosInf  = 0x04
	decNaN     = 0x05
	decFormFin = 0 // apd.Finite
	decFormInf = 1 // apd.Infinite
)

func appendOrderedDecimal(dst []byte, d types.Datum) []byte {
	v := d.Decimal()
	switch {
	case v.Form > decFormInf:
		return append(dst, decNaN)
	case v.Form == decFormInf && v.Negative:
		return append(dst, decNegInf)
	case v.Form == decFormInf:
		return append(dst, decPosInf)
	case v.Coeff.Sign() == 0:
		return append(dst, decZero)
	}
	class := byte(decPos)
	if v.Negative {
		class = decNeg
	}
	dst = append(dst, class)
	n := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	digits := len(dst)
	dst = v.Coeff.Append(dst, 10)
	exp := int64(v.Exponent) + int64(len(dst)-digits)
	binary.BigEndian.PutUint32(dst[n:], uint32(int32(exp))^1<<31)
	for len(dst) > digits && dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	for i := digits; i < len(dst); i++ {
		dst[i] -= '0' - 1
	}
	dst = append(dst, 0)
	if v.Negative {
		invert(dst[n:])
	}
	return dst
}
