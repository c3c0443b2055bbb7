package types

import (
	"math"
	"math/big"

	"github.com/cockroachdb/apd/v3"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// Scales of results, as in PostgreSQL's numeric.c.
const (
	numericSigDigitsMin = 16
	displayScaleMax     = 1000
	// exponentMax bounds x in e^x, powerExponentMax y ln x in x^y where y is not a
	// whole number of 32 bits.
	exponentMax      = 6000
	powerExponentMax = 6020
)

// NewNumeric is coeff × 10^-scale.
func NewNumeric(coeff int64, scale int) *Decimal { return apd.New(coeff, int32(-scale)) }

// NaNNumeric is NaN.
func NaNNumeric() *Decimal { return &Decimal{Form: apd.NaN} }

// InfNumeric is an infinity.
func InfNumeric(negative bool) *Decimal { return &Decimal{Form: apd.Infinite, Negative: negative} }

// IsNaN tells NaN.
func IsNaN(v *Decimal) bool { return v.Form == apd.NaN || v.Form == apd.NaNSignaling }

// IsFinite tells a number that is neither NaN nor an infinity.
func IsFinite(v *Decimal) bool { return v.Form == apd.Finite }

// ReduceNumeric cuts the trailing zeros of the fraction.
func ReduceNumeric(v *Decimal) *Decimal {
	if v.Form != apd.Finite {
		return v
	}
	return CanonNumeric(reduced(v))
}

// FactorialNumeric is n!, for n up to 32177.
func FactorialNumeric(n int64) *Decimal {
	v := new(apd.Decimal)
	v.Coeff.SetMathBigInt(new(big.Int).MulRange(1, n))
	return v
}

func errInput() error { return pgerr.New(pgerr.NumericValueOutOfRange, "input is out of range") }

func errLogarithm(zero bool) error {
	if zero {
		return pgerr.New(pgerr.InvalidArgumentForLogarithm, "cannot take logarithm of zero")
	}
	return pgerr.New(pgerr.InvalidArgumentForLogarithm, "cannot take logarithm of a negative number")
}

// CopyNumeric is a copy that may be changed.
func CopyNumeric(v *Decimal) *Decimal { return new(Decimal).Set(v) }

// weight10 is the power of ten of v's first digit; 0 for 0.
func weight10(v *Decimal) int {
	if v.Sign() == 0 {
		return 0
	}
	return int(v.NumDigits()) + int(v.Exponent) - 1
}

// clampScale bounds a result's scale from below by those of the arguments.
func clampScale(rscale int, args ...*Decimal) int {
	for _, a := range args {
		rscale = max(rscale, NumericScale(a))
	}
	return min(max(rscale, 0), displayScaleMax)
}

// RoundTowards rounds to a whole number up (dir 1) or down (dir -1).
func RoundTowards(v *Decimal, dir int) *Decimal {
	out := TruncNumeric(CopyNumeric(v), 0)
	if v.Form == apd.Finite && v.Cmp(out) == dir {
		return AddNumeric(out, apd.New(int64(dir), 0))
	}
	return out
}

// GcdNumeric is the greatest common divisor.
func GcdNumeric(a, b *Decimal) *Decimal {
	if a.Form != apd.Finite || b.Form != apd.Finite {
		return &Decimal{Form: apd.NaN}
	}
	scale := max(NumericScale(a), NumericScale(b))
	x, y := RoundNumeric(CopyNumeric(a), scale), RoundNumeric(CopyNumeric(b), scale)
	out := &Decimal{Exponent: int32(-scale)}
	out.Coeff.SetMathBigInt(new(big.Int).GCD(nil, nil, x.Coeff.MathBigInt(), y.Coeff.MathBigInt()))
	return out
}

// SqrtNumeric is the square root; 2201F for negative values.
func SqrtNumeric(v *Decimal) (*Decimal, error) {
	switch {
	case v.Form == apd.NaN:
		return v, nil
	case v.Sign() < 0 || v.Form == apd.Infinite && v.Negative:
		return nil, pgerr.New(pgerr.InvalidArgumentForPowerFunction, "cannot take square root of a negative number")
	case v.Form == apd.Infinite:
		return v, nil
	}
	w := int(math.Floor(float64(weight10(v)) / 4)) // base 10000 weight
	rscale := clampScale(numericSigDigitsMin-((w+1)*4/2-1), v)
	return SqrtNumericScale(v, rscale), nil
}

// ExpNumeric is e to the power of v.
func ExpNumeric(b *budget.Run, v *Decimal) (*Decimal, error) {
	switch {
	case v.Form == apd.NaN:
		return v, nil
	case v.Form == apd.Infinite && v.Negative:
		return apd.New(0, 0), nil
	case v.Form == apd.Infinite:
		return v, nil
	}
	f, _ := v.Float64()
	digits := f * 0.434294481903252
	if f >= exponentMax {
		return nil, errNumericFormat()
	}
	digits = max(digits, -displayScaleMax-20)
	rscale := clampScale(numericSigDigitsMin-int(digits), v)
	if digits < -displayScaleMax {
		return RoundNumeric(new(Decimal), rscale), nil
	}
	c := fixed{b, digitBits(int(max(digits, 0)) + rscale)}
	x, err := c.of(v)
	if err != nil {
		return nil, err
	}
	return c.expDecimal(x, rscale)
}

// digitBits is the bits of so many digits, with some to spare.
func digitBits(digits int) uint { return uint(float64(digits+8)*bitsPerDigit) + guardBits }

func (f fixed) expDecimal(x *big.Int, scale int) (*Decimal, error) {
	m, k, err := f.exp(x)
	if err != nil {
		return nil, err
	}
	return f.decimal(m, k, scale)
}

// lnWeight estimates the decimal weight of ln(v).
func lnWeight(v *Decimal) int {
	x, _ := v.Float64()
	if x >= 0.9 && x <= 1.1 {
		d := SubNumeric(v, apd.New(1, 0))
		if d.Sign() == 0 {
			return 0
		}
		return weight10(d)
	}
	digits := weight10(v)
	m := CopyNumeric(v)
	m.Exponent -= int32(digits)
	mf, _ := m.Float64()
	ln := math.Log(mf) + float64(digits)*math.Ln10
	return int(math.Log10(math.Abs(ln)))
}

func checkLog(v *Decimal) error {
	if v.Sign() <= 0 && v.Form == apd.Finite || v.Form == apd.Infinite && v.Negative {
		return errLogarithm(v.Form == apd.Finite && v.Sign() == 0)
	}
	return nil
}

// LnNumeric is the natural logarithm; 2201E outside its domain.
func LnNumeric(b *budget.Run, v *Decimal) (*Decimal, error) {
	if err := checkLog(v); err != nil {
		return nil, err
	}
	if v.Form != apd.Finite {
		return v, nil
	}
	w := lnWeight(v)
	rscale := clampScale(numericSigDigitsMin-w, v)
	c := fixed{b, digitBits(rscale + max(w, 0))}
	x, err := c.lnOf(v)
	if err != nil {
		return nil, err
	}
	return c.decimal(x, 0, rscale)
}

// lnOf is the logarithm of v > 0. A number far from 1 is scaled by a power of ten
// first, so that its fixed point keeps all digits.
func (f fixed) lnOf(v *Decimal) (*big.Int, error) {
	weight := weight10(v)
	m := CopyNumeric(v)
	m.Exponent -= int32(weight)
	x, err := f.of(m)
	if err != nil {
		return nil, err
	}
	if x, err = f.ln(x); err != nil || weight == 0 {
		return x, err
	}
	ten, err := f.of(apd.New(10, 0))
	if err != nil {
		return nil, err
	}
	if ten, err = f.ln(ten); err != nil {
		return nil, err
	}
	return x.Add(x, ten.Mul(ten, big.NewInt(int64(weight)))), nil
}

// LogNumeric is the logarithm of v to a base.
func LogNumeric(b *budget.Run, base, v *Decimal) (*Decimal, error) {
	if base.Form == apd.NaN || v.Form == apd.NaN {
		return &Decimal{Form: apd.NaN}, nil
	}
	for _, x := range []*Decimal{base, v} {
		if err := checkLog(x); err != nil {
			return nil, err
		}
	}
	if v.Form == apd.Infinite || base.Form == apd.Infinite {
		if base.Form == apd.Infinite {
			return apd.New(0, 0), nil
		}
		return v, nil
	}
	w := lnWeight(v) - lnWeight(base)
	rscale := clampScale(numericSigDigitsMin-w, base, v)
	small := max(-lnWeight(base), 0) // the divisor may be near 0
	c := fixed{b, digitBits(rscale + 2*max(w, 0) + 2*small)}
	num, err := c.lnOf(v)
	if err != nil {
		return nil, err
	}
	den, err := c.lnOf(base)
	if err != nil {
		return nil, err
	}
	if den.Sign() == 0 {
		return nil, pgerr.New(pgerr.DivisionByZero, "division by zero")
	}
	q, err := c.div(num, den)
	if err != nil {
		return nil, err
	}
	return c.decimal(q, 0, rscale)
}

// PowerNumeric is x to the power of y; 2201F outside its domain.
func PowerNumeric(b *budget.Run, x, y *Decimal) (*Decimal, error) {
	one := apd.New(1, 0)
	switch {
	case x.Form == apd.Finite && x.Cmp(one) == 0 && y.Form != apd.Finite, y.Form == apd.Finite && y.Sign() == 0 && x.Form != apd.Finite:
		return one, nil
	case x.Form == apd.NaN || y.Form == apd.NaN:
		return &Decimal{Form: apd.NaN}, nil
	case x.Form == apd.Finite && x.Sign() == 0 && y.Negative:
		return nil, pgerr.New(pgerr.InvalidArgumentForPowerFunction, "zero raised to a negative power is undefined")
	}
	if x.Form != apd.Finite || y.Form != apd.Finite {
		xf, _ := NumericToFloat(x)
		yf, _ := NumericToFloat(y)
		v, err := FloatToNumeric(math.Pow(xf, yf), 15)
		return v.Decimal(), err
	}
	t := TruncNumeric(CopyNumeric(y), 0)
	whole := y.Cmp(t) == 0
	if x.Negative && !whole {
		return nil, pgerr.New(pgerr.InvalidArgumentForPowerFunction, "a negative number raised to a non-integer power yields a complex result")
	}
	out, err := finitePower(b, x, y, whole)
	if err == nil {
		out.Negative = x.Negative && t.Coeff.Bit(0) == 1 && out.Sign() != 0
	}
	return out, err
}

// finitePower is |x|^y; whole tells that y is a whole number.
func finitePower(b *budget.Run, x, y *Decimal, whole bool) (*Decimal, error) {
	abs := CopyNumeric(x)
	abs.Negative = false
	digits := 0.0
	if abs.Sign() != 0 {
		xf, _ := abs.Float64()
		yf, _ := y.Float64()
		log := math.Log10(xf)
		if xf > 0.99 && xf < 1.01 { // a float does not tell how near 1 it is
			d, _ := SubNumeric(abs, apd.New(1, 0)).Float64()
			log = math.Log1p(d) / math.Ln10
		}
		digits = yf * log
		if log == 0 { // and y may be beyond all floats
			digits = 0
		}
		if math.IsInf(xf, 0) || xf == 0 {
			digits = yf * float64(weight10(abs))
		}
	}
	n, err := y.Int64()
	whole = whole && err == nil && n == int64(int32(n))
	if digits > numericDigitsBeforeMax || !whole && digits > powerExponentMax/math.Ln10 {
		return nil, errNumericFormat()
	}
	rscale := clampScale(numericSigDigitsMin-int(max(digits, -2*displayScaleMax)), x, y)
	if whole {
		rscale = clampScale(numericSigDigitsMin, x)
	}
	switch {
	case abs.Cmp(apd.New(1, 0)) == 0:
		return RoundNumeric(apd.New(1, 0), rscale), nil
	case x.Sign() == 0 && y.Sign() != 0:
		return RoundNumeric(new(Decimal), clampScale(numericSigDigitsMin, x, y)), nil
	case digits < -displayScaleMax-20:
		return RoundNumeric(new(Decimal), rscale), nil
	}
	return powerOf(b, abs, y, n, whole, rscale, int(max(digits, 0)))
}

// exactDigitsMax is how long the exact value of a whole power may be; longer ones
// are e^(y ln x).
const exactDigitsMax = 20_000

// powerOf is x^y for x > 0, rounded to a scale; digits is how many stand before
// the point.
func powerOf(b *budget.Run, x, y *Decimal, n int64, whole bool, scale, digits int) (*Decimal, error) {
	if size := math.Abs(float64(n)) * float64(x.NumDigits()); whole && size < exactDigitsMax && math.Abs(float64(n))*float64(NumericScale(x)) < exactDigitsMax {
		m := n
		if m < 0 {
			m = -m
		}
		p := &Decimal{Exponent: x.Exponent * int32(m)}
		p.Coeff.Exp(&x.Coeff, apd.NewBigInt(m), nil)
		if n < 0 {
			return quotient(apd.New(1, 0), p, int32(scale)), nil
		}
		return RoundNumeric(CanonNumeric(p), scale), nil
	}
	c := fixed{b, digitBits(digits+scale) + uint(y.Coeff.BitLen())}
	l, err := c.lnOf(x)
	if err != nil {
		return nil, err
	}
	yf, err := c.of(y)
	if err != nil {
		return nil, err
	}
	if l, err = c.mul(l, yf); err != nil {
		return nil, err
	}
	return c.expDecimal(l, scale)
}

// SqrtNumericScale is the square root of v ≥ 0 with a given scale.
func SqrtNumericScale(v *Decimal, scale int) *Decimal {
	// floor(sqrt(v × 10^(2 scale + 2))): one digit more, which rounds. The digits
	// cut off do not matter: a root with a 5 there and zeros behind is exact.
	n := CopyNumeric(v)
	n.Exponent += int32(2*scale + 2)
	if n.Exponent >= 0 {
		n = CanonNumeric(n)
	} else {
		n = TruncNumeric(n, 0)
	}
	r := &Decimal{Exponent: int32(-scale - 1)}
	r.Coeff.SetMathBigInt(new(big.Int).Sqrt(n.Coeff.MathBigInt()))
	return RoundNumeric(r, scale)
}
