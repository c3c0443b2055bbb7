package types

import (
	"math"
	"math/big"
	"sync"

	"github.com/cockroachdb/apd/v3"

	"github.com/ferritedb/ferrite/kv/budget"
)

// Exponentials and logarithms of any number of digits, in fixed point: a real r
// is the integer r × 2^p. Products of long integers are what they cost; each one
// counts its words as steps.

const (
	bitsPerDigit = 3.3219280948873626
	// guardBits are beyond the bits that a result is asked for.
	guardBits = 64
)

// fixed calculates with p bits behind the point.
type fixed struct {
	b *budget.Run
	p uint
}

func (f fixed) step(words int) error {
	n := float64(words)
	return f.b.Step(1 + int(math.Pow(n, 1.6)/64)) // Karatsuba's exponent
}

func (f fixed) mul(x, y *big.Int) (*big.Int, error) {
	if err := f.step(min(len(x.Bits()), len(y.Bits()))); err != nil {
		return nil, err
	}
	z := new(big.Int).Mul(x, y)
	return z.Rsh(z, f.p), nil
}

func (f fixed) div(x, y *big.Int) (*big.Int, error) {
	if err := f.step(2 * len(y.Bits())); err != nil {
		return nil, err
	}
	z := new(big.Int).Lsh(x, f.p)
	return z.Quo(z, y), nil
}

// of is v in fixed point.
func (f fixed) of(v *apd.Decimal) (*big.Int, error) {
	z := new(big.Int).Lsh(v.Coeff.MathBigInt(), f.p)
	if err := f.step(len(z.Bits())); err != nil {
		return nil, err
	}
	if v.Exponent < 0 {
		z.Quo(z, pow10(-int(v.Exponent)).MathBigInt())
	} else {
		z.Mul(z, pow10(int(v.Exponent)).MathBigInt())
	}
	if v.Negative {
		z.Neg(z)
	}
	return z, nil
}

// decimal is x × 2^shift rounded to a scale.
func (f fixed) decimal(x *big.Int, shift, scale int) (*apd.Decimal, error) {
	z := new(big.Int).Mul(x, pow10(scale).MathBigInt())
	if err := f.step(len(z.Bits())); err != nil {
		return nil, err
	}
	if down := int(f.p) - shift; down > 0 {
		half := new(big.Int).Lsh(big.NewInt(1), uint(down-1))
		neg := z.Sign() < 0
		z.Abs(z).Add(z, half).Rsh(z, uint(down))
		if neg {
			z.Neg(z)
		}
	} else {
		z.Lsh(z, uint(-down))
	}
	r := &apd.Decimal{Exponent: int32(-scale), Negative: z.Sign() < 0}
	r.Coeff.SetMathBigInt(z.Abs(z))
	return r, nil
}

var ln2Cache struct {
	sync.Mutex
	p uint
	v *big.Int
}

// ln2 is 18 artanh(1/26) - 2 artanh(1/4801) + 8 artanh(1/8749).
func (f fixed) ln2() (*big.Int, error) {
	ln2Cache.Lock()
	p, v := ln2Cache.p, ln2Cache.v
	ln2Cache.Unlock()
	if v != nil && p >= f.p {
		return new(big.Int).Rsh(v, p-f.p), nil
	}
	g := fixed{f.b, f.p + guardBits}
	sum := new(big.Int)
	for _, t := range []struct{ times, n int64 }{{18, 26}, {-2, 4801}, {8, 8749}} {
		a, err := g.artanh(t.n)
		if err != nil {
			return nil, err
		}
		sum.Add(sum, a.Mul(a, big.NewInt(t.times)))
	}
	ln2Cache.Lock()
	if ln2Cache.p < g.p {
		ln2Cache.p, ln2Cache.v = g.p, sum
	}
	ln2Cache.Unlock()
	return new(big.Int).Rsh(sum, guardBits), nil
}

// artanh is artanh(1/n).
func (f fixed) artanh(n int64) (*big.Int, error) {
	power := new(big.Int).Lsh(big.NewInt(1), f.p)
	power.Quo(power, big.NewInt(n))
	sum, square, term := new(big.Int).Set(power), big.NewInt(n*n), new(big.Int)
	for k := int64(3); ; k += 2 {
		if err := f.b.Step(1 + len(power.Bits())/16); err != nil {
			return nil, err
		}
		if power.Quo(power, square); power.Sign() == 0 {
			return sum, nil
		}
		sum.Add(sum, term.Quo(power, big.NewInt(k)))
	}
}

// exp is e^x: m × 2^k with m in [1, 2).
func (f fixed) exp(x *big.Int) (m *big.Int, k int, err error) {
	ln2, err := f.ln2()
	if err != nil {
		return nil, 0, err
	}
	q, r := new(big.Int).DivMod(x, ln2, new(big.Int))
	m, err = f.expSmall(r)
	return m, int(q.Int64()), err
}

// expSmall is e^x for x in [0, 1): the argument is halved, its series summed, and
// the sum squared as often.
func (f fixed) expSmall(x *big.Int) (*big.Int, error) {
	halvings := uint(math.Sqrt(float64(f.p))) + 1
	g := fixed{f.b, f.p + 2*halvings + guardBits}
	t := new(big.Int).Lsh(x, g.p-f.p)
	t.Rsh(t, halvings)
	one := new(big.Int).Lsh(big.NewInt(1), g.p)
	sum, term := new(big.Int).Add(one, t), new(big.Int).Set(t)
	for n := int64(2); ; n++ {
		var err error
		if term, err = g.mul(term, t); err != nil {
			return nil, err
		}
		if term.Quo(term, big.NewInt(n)); term.Sign() == 0 {
			break
		}
		sum.Add(sum, term)
	}
	for range halvings {
		var err error
		if sum, err = g.mul(sum, sum); err != nil {
			return nil, err
		}
	}
	return sum.Rsh(sum, g.p-f.p), nil
}

// ln is the natural logarithm of x > 0: that of its mantissa in [1/2, 1), by
// Halley's iteration over exp in growing precision, and a multiple of ln 2.
func (f fixed) ln(x *big.Int) (*big.Int, error) {
	k := x.BitLen() - int(f.p)
	mantissa, _ := new(big.Float).SetMantExp(new(big.Float).SetInt(x), -x.BitLen()).Float64()
	const startBits = 50
	z := new(big.Int)
	new(big.Float).SetMantExp(big.NewFloat(-math.Log(mantissa)), int(f.p)).Int(z) // of 1/mantissa, above 0
	var stages []uint
	for p := f.p; p > startBits; p = p/3 + 8 {
		stages = append(stages, p)
		if p < 3*startBits {
			break
		}
	}
	for i := len(stages) - 1; i >= 0; i-- {
		var err error
		if z, err = f.halley(z, x, stages[i]); err != nil {
			return nil, err
		}
	}
	ln2, err := f.ln2()
	if err != nil {
		return nil, err
	}
	return ln2.Mul(ln2, big.NewInt(int64(k))).Sub(ln2, z), nil
}

// halley improves z, about -ln of x's mantissa, to p bits: with w = 1/mantissa,
// z + 2 (w - e^z) / (w + e^z), both sides times the mantissa.
func (f fixed) halley(z, x *big.Int, p uint) (*big.Int, error) {
	g := fixed{f.b, p + guardBits}
	scale := func(v *big.Int, from, to uint) *big.Int {
		if from > to {
			return new(big.Int).Rsh(v, from-to)
		}
		return new(big.Int).Lsh(v, to-from)
	}
	m := scale(x, uint(x.BitLen()), g.p) // the mantissa
	zg := scale(z, f.p, g.p)
	e, err := g.expSmall(zg)
	if err != nil {
		return nil, err
	}
	if e, err = g.mul(e, m); err != nil {
		return nil, err
	}
	one := new(big.Int).Lsh(big.NewInt(1), g.p)
	d, err := g.div(new(big.Int).Sub(one, e), new(big.Int).Add(one, e))
	if err != nil {
		return nil, err
	}
	zg.Add(zg, d.Lsh(d, 1))
	return scale(zg, g.p, f.p), nil
}
