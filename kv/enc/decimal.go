package enc

import "math"

// DecimalForm tells numbers from the rest.
type DecimalForm uint8

const (
	Finite DecimalForm = iota
	Infinite
	NaN
)

// Decimal is sign, digits and exponent: (-1)^Negative × Digits × 10^Exponent.
// The digits are ASCII, most significant first; leading and trailing zeros make
// no difference, no digits are zero. Sign, digits and exponent of a NaN, and
// digits and exponent of an infinity, have no meaning.
type Decimal struct {
	Form     DecimalForm
	Negative bool
	Digits   []byte
	Exponent int64
}

const (
	classNegInf byte = 1 + iota
	classNegative
	classZero
	classPositive
	classPosInf
	classNaN
)

// exponentMax bounds what an encoded exponent decodes to, so that sums of it
// with a number of digits cannot overflow.
const exponentMax = math.MaxInt64 / 4

// trim drops zeros at both ends; exp10 is the E of 0.d1d2... × 10^E.
func (d *Decimal) trim() (digits []byte, exp10 int64) {
	digits = d.Digits
	for len(digits) > 0 && digits[0] == '0' {
		digits = digits[1:]
	}
	exp10 = d.Exponent + int64(len(digits))
	for len(digits) > 0 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return digits, exp10
}

// AppendDecimal appends a decimal in the order of PostgreSQL section 8.1.2:
// -Infinity, numbers, Infinity, NaN. Equal numbers of different scale have the
// same encoding.
func AppendDecimal(dst []byte, d Decimal, dir Direction) []byte {
	n := len(dst)
	digits, exp10 := d.trim()
	switch {
	case d.Form == NaN:
		dst = append(dst, classNaN)
	case d.Form == Infinite && d.Negative:
		dst = append(dst, classNegInf)
	case d.Form == Infinite:
		dst = append(dst, classPosInf)
	case len(digits) == 0:
		dst = append(dst, classZero)
	case d.Negative:
		dst = append(dst, classNegative)
		dst = appendMagnitude(dst, digits, exp10, Descending)
	default:
		dst = append(dst, classPositive)
		dst = appendMagnitude(dst, digits, exp10, Ascending)
	}
	invert(dst[n:], dir)
	return dst
}

func appendMagnitude(dst, digits []byte, exp10 int64, dir Direction) []byte {
	n := len(dst)
	dst = AppendInt(dst, exp10, Ascending)
	for ; len(digits) > 1; digits = digits[2:] {
		dst = append(dst, 1+10*(digits[0]-'0')+digits[1]-'0')
	}
	if len(digits) == 1 {
		dst = append(dst, 1+10*(digits[0]-'0'))
	}
	dst = append(dst, 0)
	invert(dst[n:], dir)
	return dst
}

// DecodeDecimal reads what AppendDecimal wrote; the digits are appended to dst,
// without zeros at either end.
func DecodeDecimal(dst, b []byte, dir Direction) (d Decimal, rest []byte, err error) {
	if len(b) == 0 {
		return Decimal{}, b, ErrMalformed
	}
	switch b[0] ^ dir.mask() {
	case classNegInf:
		return Decimal{Form: Infinite, Negative: true, Digits: dst}, b[1:], nil
	case classPosInf:
		return Decimal{Form: Infinite, Digits: dst}, b[1:], nil
	case classNaN:
		return Decimal{Form: NaN, Digits: dst}, b[1:], nil
	case classZero:
		return Decimal{Digits: dst}, b[1:], nil
	case classNegative:
		d.Negative = true
		dir ^= Descending
	case classPositive:
	default:
		return Decimal{}, b, ErrMalformed
	}
	exp10, at, err := DecodeInt(b[1:], dir)
	if err != nil || exp10 > exponentMax || exp10 < -exponentMax {
		return Decimal{}, b, ErrMalformed
	}
	m := dir.mask()
	n := len(dst)
	for i, c := range at {
		pair := c ^ m
		switch {
		case pair == 0:
			if len(dst) > n && dst[len(dst)-1] == '0' {
				dst = dst[:len(dst)-1]
			}
			if len(dst) == n || dst[n] == '0' || dst[len(dst)-1] == '0' {
				return Decimal{}, b, ErrMalformed
			}
			d.Digits = dst
			d.Exponent = exp10 - int64(len(dst)-n)
			return d, at[i+1:], nil
		case pair > 100:
			return Decimal{}, b, ErrMalformed
		}
		dst = append(dst, '0'+(pair-1)/10, '0'+(pair-1)%10)
	}
	return Decimal{}, b, ErrMalformed
}
