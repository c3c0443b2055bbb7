package types

import (
	"math"

	"github.com/cockroachdb/apd/v3"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// Scales of results, as in PostgreSQL's numeric.c.
const (
	numericSigDigitsMin = 16
	displayScaleMax     = 1000
	guardDigits         = 12 // extra precision of intermediate results
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
	v := apd.NewBigInt(1)
	for i := int64(2); i <= n; i++ {
		v.Mul(v, apd.NewBigInt(i))
	}
	return apd.NewWithBigInt(v, 0)
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

func precise(digits int) *apd.Context {
	c := apd.BaseContext.WithPrecision(uint32(max(digits, numericSigDigitsMin) + guardDigits))
	c.MaxExponent, c.MinExponent = apd.MaxExponent, apd.MinExponent
	return c
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
	for b.Sign() != 0 {
		m, _ := ModNumeric(a, b)
		a, b = b, m
	}
	a = RoundNumeric(CopyNumeric(a), scale)
	a.Negative = false
	return a
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
	out := new(Decimal)
	if _, err := precise(rscale+weight10(v)).Sqrt(out, v); err != nil {
		return nil, errInput()
	}
	return RoundNumeric(out, rscale), nil
}

// ExpNumeric is e to the power of v.
func ExpNumeric(v *Decimal) (*Decimal, error) {
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
	if digits > 131072 {
		return nil, pgerr.New(pgerr.NumericValueOutOfRange, "value overflows numeric format")
	}
	digits = max(digits, -displayScaleMax-20)
	rscale := clampScale(numericSigDigitsMin-int(digits), v)
	out := new(Decimal)
	if digits < -displayScaleMax {
		return RoundNumeric(out, rscale), nil
	}
	if _, err := precise(rscale+int(digits)+2).Exp(out, v); err != nil {
		return nil, errInput()
	}
	return RoundNumeric(out, rscale), nil
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
func LnNumeric(v *Decimal) (*Decimal, error) {
	if err := checkLog(v); err != nil {
		return nil, err
	}
	if v.Form != apd.Finite {
		return v, nil
	}
	w := lnWeight(v)
	rscale := clampScale(numericSigDigitsMin-w, v)
	out := new(Decimal)
	if _, err := precise(rscale+w+2).Ln(out, v); err != nil {
		return nil, errInput()
	}
	return RoundNumeric(out, rscale), nil
}

// LogNumeric is the logarithm of v to a base.
func LogNumeric(base, v *Decimal) (*Decimal, error) {
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
	c := precise(rscale + max(w, 0) + 8)
	ln, lnBase, out := new(Decimal), new(Decimal), new(Decimal)
	if _, err := c.Ln(ln, v); err != nil {
		return nil, errInput()
	}
	if _, err := c.Ln(lnBase, base); err != nil {
		return nil, errInput()
	}
	if lnBase.Sign() == 0 {
		return nil, pgerr.New(pgerr.DivisionByZero, "division by zero")
	}
	if _, err := c.Quo(out, ln, lnBase); err != nil {
		return nil, errInput()
	}
	return RoundNumeric(out, rscale), nil
}

// PowerNumeric is x to the power of y; 2201F outside its domain.
func PowerNumeric(x, y *Decimal) (*Decimal, error) {
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
	n, errInt := y.Int64()
	whole := errInt == nil
	if !whole {
		whole = y.Cmp(TruncNumeric(CopyNumeric(y), 0)) == 0
		if t := TruncNumeric(CopyNumeric(y), 0); whole {
			n, _ = t.Int64()
		}
	}
	if x.Negative && !whole {
		return nil, pgerr.New(pgerr.InvalidArgumentForPowerFunction, "a negative number raised to a non-integer power yields a complex result")
	}
	return finitePower(x, y, n, whole)
}

func finitePower(x, y *Decimal, n int64, whole bool) (*Decimal, error) {
	abs := CopyNumeric(x)
	abs.Negative = false
	digits := 0.0
	if abs.Sign() != 0 {
		xf, _ := abs.Float64()
		yf, _ := y.Float64()
		digits = yf * math.Log10(xf)
		if math.IsInf(xf, 0) || xf == 0 {
			digits = yf * float64(weight10(abs))
		}
	}
	if digits > 131072 {
		return nil, pgerr.New(pgerr.NumericValueOutOfRange, "value overflows numeric format")
	}
	rscale := clampScale(numericSigDigitsMin-int(max(digits, -2*displayScaleMax)), x, y)
	if whole {
		rscale = clampScale(numericSigDigitsMin, x)
	}
	out := new(Decimal)
	switch {
	case x.Sign() == 0 && y.Sign() != 0:
		return RoundNumeric(out, clampScale(numericSigDigitsMin, x, y)), nil
	case digits < -displayScaleMax-20:
		return RoundNumeric(out, rscale), nil
	}
	if _, err := precise(rscale+int(math.Abs(digits))+8).Pow(out, abs, y); err != nil {
		return nil, errInput()
	}
	out.Negative = x.Negative && whole && n%2 != 0
	return RoundNumeric(out, rscale), nil
}

// SqrtNumericScale is the square root of v ≥ 0 with a given scale.
func SqrtNumericScale(v *Decimal, scale int) *Decimal {
	out := new(Decimal)
	if _, err := precise(scale+weight10(v)).Sqrt(out, v); err != nil {
		return NaNNumeric()
	}
	return RoundNumeric(out, scale)
}
