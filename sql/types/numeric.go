package types

import (
	"encoding/binary"
	"math/big"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// Limits of numeric, as in PostgreSQL.
const (
	numericDigitsBeforeMax = 131072
	numericScaleDisplayMax = 16383 // digits after the decimal point
)

// A numeric is an apd.Decimal whose exponent is never above 0: -Exponent is
// PostgreSQL's display scale. There is no negative zero.

// MakeNumeric makes the datum of v in that canonical form. It may change v.
func MakeNumeric(v *apd.Decimal) Datum { return MakeDecimal(CanonNumeric(v)) }

// CanonNumeric brings v, in place, to an exponent of at most 0.
func CanonNumeric(v *apd.Decimal) *apd.Decimal {
	if v.Form == apd.NaNSignaling {
		v.Form = apd.NaN
	}
	if v.Form != apd.Finite {
		v.Exponent = 0
		return v
	}
	if v.Exponent > 0 {
		v.Coeff.Mul(&v.Coeff, pow10(int(v.Exponent)))
		v.Exponent = 0
	}
	if v.Coeff.Sign() == 0 {
		v.Negative = false
	}
	return v
}

func pow10(n int) *apd.BigInt {
	return new(apd.BigInt).Exp(apd.NewBigInt(10), apd.NewBigInt(int64(n)), nil)
}

// NumericFromInt is n as numeric.
func NumericFromInt(n int64) *apd.Decimal { return apd.New(n, 0) }

// ParseNumeric reads numeric's text form.
func ParseNumeric(s string) (*apd.Decimal, error) {
	w := trimSpace(s)
	body := strings.TrimLeft(w, "+-")
	if len(w)-len(body) > 1 {
		return nil, errSyntax("numeric", s)
	}
	neg := strings.HasPrefix(w, "-")
	switch strings.ToLower(body) {
	case "nan":
		if len(w) == len(body) {
			return &apd.Decimal{Form: apd.NaN}, nil
		}
	case "inf", "infinity":
		return &apd.Decimal{Form: apd.Infinite, Negative: neg}, nil
	}
	mant, expText, hasExp := body, "", false
	if i := strings.IndexAny(body, "eE"); i >= 0 {
		mant, expText, hasExp = body[:i], body[i+1:], true
	}
	before, after, _ := strings.Cut(mant, ".")
	digits := before + after
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return nil, errSyntax("numeric", s)
	}
	exp := 0
	if hasExp {
		n, syntax, ok := ParseInt(expText)
		if !syntax || expText[0] == ' ' {
			return nil, errSyntax("numeric", s)
		}
		if !ok || n > 1<<24 || n < -(1<<24) {
			return nil, errNumericFormat()
		}
		exp = int(n)
	}
	return buildNumeric(neg, digits, exp-len(after))
}

func errNumericFormat() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "value overflows numeric format")
}

// buildNumeric makes digits × 10^exp.
func buildNumeric(neg bool, digits string, exp int) (*apd.Decimal, error) {
	significant := strings.TrimLeft(digits, "0") // the conversion is not linear: the limit first
	if significant != "" && len(significant)+exp > numericDigitsBeforeMax {
		return nil, errNumericFormat()
	}
	if more := -exp - numericScaleDisplayMax; more > 1 && more < len(digits) { // rounded away but for one
		digits, exp = digits[:len(digits)-more+1], exp+more-1
	}
	d := &apd.Decimal{Negative: neg}
	if len(digits) <= 18 {
		var u int64
		for i := range len(digits) {
			u = u*10 + int64(digits[i]-'0')
		}
		d.Coeff.SetInt64(u)
	} else {
		d.Coeff.SetString(digits, 10)
	}
	if d.Coeff.Sign() == 0 && exp > 0 {
		exp = 0
	}
	d.Exponent = int32(exp)
	CanonNumeric(d)
	if -exp > numericScaleDisplayMax {
		RoundNumeric(d, numericScaleDisplayMax)
	}
	return d, nil
}

// RoundNumeric rounds v, in place, half away from zero to scale digits after
// the point; scale may be negative. It also pads: the exponent becomes -scale,
// 0 at most.
func RoundNumeric(v *apd.Decimal, scale int) *apd.Decimal {
	if v.Form != apd.Finite {
		return v
	}
	drop := -int(v.Exponent) - scale
	switch {
	case drop > 0:
		var q, r apd.BigInt
		div := pow10(drop)
		q.QuoRem(&v.Coeff, div, &r)
		r.Add(&r, &r)
		if r.Cmp(div) >= 0 {
			q.Add(&q, apd.NewBigInt(1))
		}
		v.Coeff.Set(&q)
		v.Exponent = int32(-scale)
	case drop < 0:
		v.Coeff.Mul(&v.Coeff, pow10(-drop))
		v.Exponent = int32(-scale)
	}
	return CanonNumeric(v)
}

// TruncNumeric is RoundNumeric towards zero.
func TruncNumeric(v *apd.Decimal, scale int) *apd.Decimal {
	if v.Form != apd.Finite {
		return v
	}
	if drop := -int(v.Exponent) - scale; drop > 0 {
		v.Coeff.Quo(&v.Coeff, pow10(drop))
		v.Exponent = int32(-scale)
		return CanonNumeric(v)
	}
	return RoundNumeric(v, scale)
}

// applyNumericMod rounds to the scale of mod and checks its precision.
func applyNumericMod(v *apd.Decimal, mod int32) (*apd.Decimal, error) {
	if mod < varHeader {
		return v, nil
	}
	p, s := NumericPrecScale(mod)
	if v.Form == apd.NaN {
		return v, nil
	}
	if v.Form == apd.Infinite {
		return nil, pgerr.New(pgerr.NumericValueOutOfRange, "numeric field overflow").
			WithDetailf("A field with precision %d, scale %d cannot hold an infinite value.", p, s)
	}
	out := RoundNumeric(new(apd.Decimal).Set(v), s)
	if digits := int(out.NumDigits()) + int(out.Exponent); out.Coeff.Sign() != 0 && digits > p-s {
		power := "1"
		if p-s > 0 {
			power = "10^" + itoa(p-s)
		} else if p-s < 0 {
			power = "10^" + itoa(p-s)
		}
		return nil, pgerr.New(pgerr.NumericValueOutOfRange, "numeric field overflow").
			WithDetailf("A field with precision %d, scale %d must round to an absolute value less than %s.", p, s, power)
	}
	return out, nil
}

func parseNumeric(_ *T, mod int32, s string, _ *IOContext) (Datum, error) {
	v, err := ParseNumeric(s)
	if err != nil {
		return Null, err
	}
	if v, err = applyNumericMod(v, mod); err != nil {
		return Null, err
	}
	return MakeDecimal(v), nil
}

func textNumeric(dst []byte, d Datum, _ *T, _ *IOContext) []byte {
	return AppendNumeric(dst, d.Decimal())
}

// AppendNumeric appends numeric's text form.
func AppendNumeric(dst []byte, v *apd.Decimal) []byte {
	switch v.Form {
	case apd.NaN, apd.NaNSignaling:
		return append(dst, "NaN"...)
	case apd.Infinite:
		if v.Negative {
			dst = append(dst, '-')
		}
		return append(dst, "Infinity"...)
	}
	if v.Negative {
		dst = append(dst, '-')
	}
	start := len(dst)
	dst = v.Coeff.Append(dst, 10)
	if v.Exponent >= 0 {
		if v.Coeff.Sign() != 0 {
			for range v.Exponent {
				dst = append(dst, '0')
			}
		}
		return dst
	}
	scale := -int(v.Exponent)
	if n := len(dst) - start; n <= scale {
		pad := scale - n + 1
		dst = append(dst, make([]byte, pad)...)
		copy(dst[start+pad:], dst[start:])
		for i := range pad {
			dst[start+i] = '0'
		}
	}
	dst = append(dst, 0)
	point := len(dst) - 1 - scale
	copy(dst[point+1:], dst[point:])
	dst[point] = '.'
	return dst
}

// NumericScale is the display scale: digits after the point.
func NumericScale(v *apd.Decimal) int { return -int(v.Exponent) }

// CompareNumericValues orders numerics: -Infinity, finite, Infinity, NaN.
func CompareNumericValues(a, b *apd.Decimal) int {
	an, bn := a.Form == apd.NaN, b.Form == apd.NaN
	switch {
	case an && bn:
		return 0
	case an:
		return 1
	case bn:
		return -1
	}
	return a.Cmp(b)
}

func compareNumeric(_ *T, a, b Datum) int { return CompareNumericValues(a.Decimal(), b.Decimal()) }

// Sign words of the binary form (utils/adt/numeric.c).
const (
	numericPos  = 0x0000
	numericNeg  = 0x4000
	numericNaN  = 0xC000
	numericPInf = 0xD000
	numericNInf = 0xF000
)

// encodeNumeric writes digits in base 10000: count, weight of the first, sign,
// display scale, digits; all 16-bit.
func encodeNumeric(dst []byte, d Datum, _ *T) []byte {
	v := d.Decimal()
	put := binary.BigEndian.AppendUint16
	if v.Form != apd.Finite {
		sign := uint16(numericNaN)
		if v.Form == apd.Infinite {
			sign = numericPInf
			if v.Negative {
				sign = numericNInf
			}
		}
		scale := uint16(0x20) // what PostgreSQL sends with infinities
		if v.Form != apd.Infinite {
			scale = 0
		}
		return put(put(put(put(dst, 0), 0), sign), scale)
	}
	scale := NumericScale(v)
	digits := v.Coeff.String()
	if len(digits) < scale {
		digits = strings.Repeat("0", scale-len(digits)) + digits
	}
	before, after := digits[:len(digits)-scale], digits[len(digits)-scale:]
	before = strings.Repeat("0", (4-len(before)%4)%4) + before
	after += strings.Repeat("0", (4-len(after)%4)%4)
	weight := len(before)/4 - 1
	all := before + after
	for strings.HasPrefix(all, "0000") {
		all = all[4:]
		weight--
	}
	for strings.HasSuffix(all, "0000") {
		all = all[:len(all)-4]
	}
	if all == "" {
		weight = 0
	}
	sign := uint16(numericPos)
	if v.Negative {
		sign = numericNeg
	}
	dst = put(put(put(put(dst, uint16(len(all)/4)), uint16(int16(weight))), sign), uint16(scale))
	for ; all != ""; all = all[4:] {
		n := uint16(all[0]-'0')*1000 + uint16(all[1]-'0')*100 + uint16(all[2]-'0')*10 + uint16(all[3]-'0')
		dst = put(dst, n)
	}
	return dst
}

func decodeNumeric(_ *T, b []byte) (Datum, error) {
	if len(b) < 8 {
		return Null, errBinaryLength()
	}
	get := binary.BigEndian.Uint16
	n, weight, sign, scale := int(get(b)), int(int16(get(b[2:]))), get(b[4:]), int(get(b[6:]))
	b = b[8:]
	if len(b) < 2*n {
		return Null, errBinaryLength()
	}
	switch sign {
	case numericNaN:
		return MakeDecimal(&apd.Decimal{Form: apd.NaN}), nil
	case numericPInf, numericNInf:
		return MakeDecimal(&apd.Decimal{Form: apd.Infinite, Negative: sign == numericNInf}), nil
	case numericPos, numericNeg:
	default:
		return Null, errBinary("invalid sign in external \"numeric\" value")
	}
	if scale > numericScaleDisplayMax {
		return Null, errBinary("invalid scale in external \"numeric\" value")
	}
	var c big.Int
	base := big.NewInt(10000)
	for i := range n {
		g := get(b[2*i:])
		if g > 9999 {
			return Null, errBinary("invalid digit in external \"numeric\" value")
		}
		c.Mul(&c, base)
		c.Add(&c, big.NewInt(int64(g)))
	}
	v := &apd.Decimal{Negative: sign == numericNeg, Exponent: int32(4 * (weight - n + 1))}
	v.Coeff.SetMathBigInt(&c)
	CanonNumeric(v)
	if -int(v.Exponent) > scale {
		TruncNumeric(v, scale)
	}
	return MakeDecimal(RoundNumeric(v, scale)), nil
}

// Decimal is the value of a numeric, for packages that only pass it on.
type Decimal = apd.Decimal
