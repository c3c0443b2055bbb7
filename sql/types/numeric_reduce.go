package types

import "github.com/cockroachdb/apd/v3"

// reduced is v without trailing zeros, those before the point included: the form
// in which equal numbers are the same. v is finite.
func reduced(v *apd.Decimal) *apd.Decimal {
	r := &apd.Decimal{Negative: v.Negative, Exponent: v.Exponent}
	switch {
	case v.Coeff.Sign() == 0:
		r.Negative, r.Exponent = false, 0
	case v.Coeff.IsUint64():
		u := v.Coeff.Uint64()
		for u%10 == 0 {
			u /= 10
			r.Exponent++
		}
		r.Coeff.SetUint64(u)
	case v.Coeff.Bit(0) == 1: // odd
		r.Coeff.Set(&v.Coeff)
	default:
		// By the digits at once: dividing by ten a zero at a time is quadratic.
		digits := v.Coeff.Append(nil, 10)
		n := 0
		for digits[len(digits)-1-n] == '0' {
			n++
		}
		if n == 0 {
			r.Coeff.Set(&v.Coeff)
			break
		}
		r.Coeff.Quo(&v.Coeff, pow10(n))
		r.Exponent += int32(n)
	}
	return r
}
