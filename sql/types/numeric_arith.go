package types

import (
	"github.com/cockroachdb/apd/v3"
)

// Digits PostgreSQL's numeric keeps (numeric.c): at least NumericSigDigitsMin
// significant ones in a quotient, at most numericResultScaleMax behind the point.
const (
	NumericSigDigitsMin   = 16
	numericResultScaleMax = 1000
	numericBaseDigits     = 4
)

func numericScale(v *apd.Decimal) int32 { return -v.Exponent }

// exactContext rounds nothing within the limits of numeric.
var exactContext = apd.Context{Precision: 0, MaxExponent: apd.MaxExponent, MinExponent: apd.MinExponent,
	Traps: 0, Rounding: apd.RoundHalfUp}

func notFinite(a, b *apd.Decimal) bool { return a.Form != apd.Finite || b.Form != apd.Finite }

// AddNumeric and SubNumeric are exact; the scale is the larger one.
func AddNumeric(a, b *apd.Decimal) *apd.Decimal {
	if a.Form == apd.NaN || b.Form == apd.NaN || a.Form == apd.Infinite && b.Form == apd.Infinite && a.Negative != b.Negative {
		return &apd.Decimal{Form: apd.NaN}
	}
	r := &apd.Decimal{}
	_, _ = exactContext.Add(r, a, b)
	return CanonNumeric(r)
}

// SubNumeric is a - b.
func SubNumeric(a, b *apd.Decimal) *apd.Decimal { return AddNumeric(a, NegNumeric(b)) }

// NegNumeric is -a; zero has no sign.
func NegNumeric(a *apd.Decimal) *apd.Decimal {
	r := new(apd.Decimal).Set(a)
	if a.Form != apd.NaN {
		r.Negative = !a.Negative
	}
	if a.Form == apd.Finite && a.Coeff.Sign() == 0 {
		r.Negative = false
	}
	return r
}

// MulNumeric is exact; the scale is the sum of the scales, at most
// numericResultScaleMax.
func MulNumeric(a, b *apd.Decimal) *apd.Decimal {
	if a.Form == apd.NaN || b.Form == apd.NaN {
		return &apd.Decimal{Form: apd.NaN}
	}
	if notFinite(a, b) {
		if a.Form == apd.Finite && a.IsZero() || b.Form == apd.Finite && b.IsZero() {
			return &apd.Decimal{Form: apd.NaN}
		}
		return &apd.Decimal{Form: apd.Infinite, Negative: a.Negative != b.Negative}
	}
	r := &apd.Decimal{}
	_, _ = exactContext.Mul(r, a, b)
	if numericScale(r) > numericResultScaleMax {
		r = RoundNumeric(r, numericResultScaleMax)
	}
	if r.Coeff.Sign() == 0 {
		r.Negative = false
	}
	return r
}

// weightAndFirst are the exponent in base 10000 of the first digit and its value.
func weightAndFirst(v *apd.Decimal) (weight, first int) {
	if v.Coeff.Sign() == 0 {
		return 0, 0
	}
	digits := v.Coeff.String()
	// Decimal exponent of the first decimal digit.
	top := len(digits) + int(v.Exponent) - 1
	weight = top / numericBaseDigits
	if top < 0 && top%numericBaseDigits != 0 {
		weight--
	}
	n := top - weight*numericBaseDigits + 1
	for i := range n {
		d := 0
		if i < len(digits) {
			d = int(digits[i] - '0')
		}
		first = first*10 + d
	}
	return weight, first
}

// divScale chooses the scale of a quotient as select_div_scale in numeric.c.
func divScale(a, b *apd.Decimal) int32 {
	wa, fa := weightAndFirst(a)
	wb, fb := weightAndFirst(b)
	q := wa - wb
	if fa <= fb {
		q--
	}
	scale := int32(NumericSigDigitsMin - q*numericBaseDigits)
	return min(max(scale, numericScale(a), numericScale(b), 0), numericResultScaleMax)
}

// DivNumeric divides to PostgreSQL's scale; ok is false for a zero divisor.
func DivNumeric(a, b *apd.Decimal) (r *apd.Decimal, ok bool) {
	switch {
	case a.Form == apd.NaN || b.Form == apd.NaN:
		return &apd.Decimal{Form: apd.NaN}, true
	case b.Form == apd.Finite && b.IsZero():
		return nil, false
	case a.Form == apd.Infinite && b.Form == apd.Infinite:
		return &apd.Decimal{Form: apd.NaN}, true
	case a.Form == apd.Infinite:
		return &apd.Decimal{Form: apd.Infinite, Negative: a.Negative != b.Negative}, true
	case b.Form == apd.Infinite:
		return apd.New(0, 0), true
	}
	return quotient(a, b, divScale(a, b)), true
}

// quotient is a / b rounded half away from zero at scale.
func quotient(a, b *apd.Decimal, scale int32) *apd.Decimal {
	// a/b = (ca * 10^(ea-eb+scale)) / cb * 10^-scale
	num, den := new(apd.BigInt).Set(&a.Coeff), new(apd.BigInt).Set(&b.Coeff)
	if shift := int(a.Exponent-b.Exponent) + int(scale); shift >= 0 {
		num.Mul(num, pow10(shift))
	} else {
		den.Mul(den, pow10(-shift))
	}
	q, rem := new(apd.BigInt), new(apd.BigInt)
	q.QuoRem(num, den, rem)
	if rem.Mul(rem, apd.NewBigInt(2)).CmpAbs(den) >= 0 {
		q.Add(q, apd.NewBigInt(1))
	}
	r := &apd.Decimal{Exponent: -scale, Negative: a.Negative != b.Negative && q.Sign() != 0}
	r.Coeff.Set(q)
	return r
}

// ModNumeric is the remainder with the sign of a; ok is false for a zero divisor.
func ModNumeric(a, b *apd.Decimal) (r *apd.Decimal, ok bool) {
	switch {
	case a.Form == apd.NaN || b.Form == apd.NaN:
		return &apd.Decimal{Form: apd.NaN}, true
	case b.Form == apd.Finite && b.IsZero():
		return nil, false
	case a.Form == apd.Infinite:
		return &apd.Decimal{Form: apd.NaN}, true
	case b.Form == apd.Infinite:
		return a, true
	}
	return SubNumeric(a, MulNumeric(b, truncQuotient(a, b))), true
}

// truncQuotient is a / b cut to an integer.
func truncQuotient(a, b *apd.Decimal) *apd.Decimal {
	num, den := new(apd.BigInt).Set(&a.Coeff), new(apd.BigInt).Set(&b.Coeff)
	if shift := int(a.Exponent - b.Exponent); shift >= 0 {
		num.Mul(num, pow10(shift))
	} else {
		den.Mul(den, pow10(-shift))
	}
	r := &apd.Decimal{}
	r.Coeff.Quo(num, den)
	r.Negative = a.Negative != b.Negative && r.Coeff.Sign() != 0
	return r
}

// DivTruncNumeric is div(a, b): the quotient cut to an integer.
func DivTruncNumeric(a, b *apd.Decimal) (r *apd.Decimal, ok bool) {
	switch {
	case a.Form == apd.NaN || b.Form == apd.NaN:
		return &apd.Decimal{Form: apd.NaN}, true
	case b.Form == apd.Finite && b.IsZero():
		return nil, false
	case notFinite(a, b):
		return DivNumeric(a, b)
	}
	return truncQuotient(a, b), true
}
