package types

import (
	"math"
	"math/bits"

	"github.com/cockroachdb/apd/v3"
)

// Int128 is a two's complement integer of 128 bits: Hi·2^64 + Lo.
type Int128 struct {
	Hi int64
	Lo uint64
}

// Int128Of is n.
func Int128Of(n int64) Int128 { return Int128{n >> 63, uint64(n)} }

// Int64 is the value; ok is false where 64 bits do not hold it.
func (a Int128) Int64() (n int64, ok bool) { return int64(a.Lo), a.Hi == int64(a.Lo)>>63 }

// Neg is -a; ok is false for the least value.
func (a Int128) Neg() (Int128, bool) {
	lo, borrow := bits.Sub64(0, a.Lo, 0)
	hi, _ := bits.Sub64(0, uint64(a.Hi), borrow)
	return Int128{int64(hi), lo}, a.Hi != math.MinInt64 || a.Lo != 0
}

// Add is a + b; ok is false on overflow.
func (a Int128) Add(b Int128) (Int128, bool) {
	lo, carry := bits.Add64(a.Lo, b.Lo, 0)
	hi, _ := bits.Add64(uint64(a.Hi), uint64(b.Hi), carry)
	return Int128{int64(hi), lo}, (a.Hi^int64(hi))&(b.Hi^int64(hi)) >= 0
}

// Sub is a - b; ok is false on overflow.
func (a Int128) Sub(b Int128) (Int128, bool) {
	lo, borrow := bits.Sub64(a.Lo, b.Lo, 0)
	hi, _ := bits.Sub64(uint64(a.Hi), uint64(b.Hi), borrow)
	return Int128{int64(hi), lo}, (a.Hi^b.Hi)&(a.Hi^int64(hi)) >= 0
}

// Cmp is -1, 0 or 1.
func (a Int128) Cmp(b Int128) int {
	switch {
	case a.Hi < b.Hi, a.Hi == b.Hi && a.Lo < b.Lo:
		return -1
	case a == b:
		return 0
	}
	return 1
}

// Mul64 is a · b, which always fits.
func Mul64(a, b int64) Int128 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	// The unsigned product counts a negative factor as 2^64 more than it is.
	hi -= uint64(a>>63)&uint64(b) + uint64(b>>63)&uint64(a)
	return Int128{int64(hi), lo}
}

// Mul is a · b; ok is false on overflow, and where a factor or the product is
// the least value.
func (a Int128) Mul(b int64) (Int128, bool) {
	if n, ok := a.Int64(); ok {
		return Mul64(n, b), true
	}
	neg := (a.Hi < 0) != (b < 0)
	u, ok := a.abs()
	if !ok {
		return Int128{}, false
	}
	m := uint64(b)
	if b < 0 {
		m = -m
	}
	hi, lo := bits.Mul64(u.Lo, m)
	over, top := bits.Mul64(uint64(u.Hi), m)
	top, carry := bits.Add64(top, hi, 0)
	if over != 0 || carry != 0 || top > math.MaxInt64 {
		return Int128{}, false
	}
	r := Int128{int64(top), lo}
	if neg {
		return r.Neg()
	}
	return r, true
}

func (a Int128) abs() (Int128, bool) {
	if a.Hi < 0 {
		return a.Neg()
	}
	return a, true
}

// Pow10Max is the greatest power of ten that an int64 holds.
const Pow10Max = 18

var pow10s = func() (p [Pow10Max + 1]int64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// Pow10 is 10^n for n in [0, Pow10Max].
func Pow10(n int) int64 { return pow10s[n] }

// Rescale is a · 10^by; ok is false where by is below 0, or the result may not fit.
func (a Int128) Rescale(by int) (Int128, bool) {
	ok := by >= 0
	for ok && by > 0 {
		step := min(by, Pow10Max)
		a, ok = a.Mul(pow10s[step])
		by -= step
	}
	return a, ok
}

// Numeric is a · 10^-scale as a numeric of that display scale.
func (a Int128) Numeric(scale int) *apd.Decimal {
	d := &apd.Decimal{Exponent: int32(-scale)}
	if n, ok := a.Int64(); ok && n != math.MinInt64 {
		d.SetFinite(n, int32(-scale))
		return d
	}
	d.Negative = a.Hi < 0
	u, _ := a.abs() // the least value is its own magnitude, unsigned
	d.Coeff.SetUint64(uint64(u.Hi))
	d.Coeff.Lsh(&d.Coeff, 64)
	var low apd.BigInt
	d.Coeff.Add(&d.Coeff, low.SetUint64(u.Lo))
	return d
}

// Int128OfNumeric is the coefficient of v with its sign; the value is
// a · 10^-scale. ok is false for NaN, infinities and what does not fit.
func Int128OfNumeric(v *apd.Decimal) (a Int128, scale int, ok bool) {
	if v.Form != apd.Finite {
		return a, 0, false
	}
	scale = -int(v.Exponent)
	switch n := v.Coeff.BitLen(); {
	case n < 64:
		a.Lo = v.Coeff.Uint64()
	case n < 128:
		var t apd.BigInt
		a.Hi = int64(t.Rsh(&v.Coeff, 64).Uint64())
		var low [16]byte
		v.Coeff.FillBytes(low[:])
		for _, c := range low[8:] {
			a.Lo = a.Lo<<8 | uint64(c)
		}
	default:
		return a, scale, false
	}
	if v.Negative {
		a, ok = a.Neg()
		return a, scale, ok
	}
	return a, scale, true
}
