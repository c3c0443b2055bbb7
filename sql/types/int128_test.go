package types

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/apd/v3"
)

func (a Int128) big() *big.Int {
	v := new(big.Int).Lsh(big.NewInt(a.Hi), 64)
	return v.Add(v, new(big.Int).SetUint64(a.Lo))
}

func fits(v *big.Int) bool {
	limit := new(big.Int).Lsh(big.NewInt(1), 127)
	return v.Cmp(limit) < 0 && v.Cmp(new(big.Int).Neg(limit)) >= 0
}

// TestInt128 compares with math/big, at random and around the limits.
func TestInt128(t *testing.T) {
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 1))
	edges := []int64{0, 1, -1, 10, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, math.MinInt64 + 1, 1 << 32}
	word := func() int64 {
		if rnd.IntN(2) == 0 {
			return edges[rnd.IntN(len(edges))]
		}
		return int64(rnd.Uint64()) >> rnd.IntN(64)
	}
	wide := func() Int128 {
		if rnd.IntN(2) == 0 {
			return Int128Of(word())
		}
		return Int128{word(), uint64(word())}
	}
	check := func(what string, got Int128, ok bool, want *big.Int) {
		t.Helper()
		if ok != fits(want) || ok && got.big().Cmp(want) != 0 {
			t.Fatalf("%s: got %v %v, want %v; seed %d", what, got.big(), ok, want, seed)
		}
	}
	for range 20000 {
		a, b, n := wide(), wide(), word()
		sum, ok := a.Add(b)
		check("add", sum, ok, new(big.Int).Add(a.big(), b.big()))
		diff, ok := a.Sub(b)
		check("sub", diff, ok, new(big.Int).Sub(a.big(), b.big()))
		neg, ok := a.Neg()
		check("neg", neg, ok, new(big.Int).Neg(a.big()))
		m := word()
		check("mul64", Mul64(n, m), true, new(big.Int).Mul(big.NewInt(n), big.NewInt(m)))
		want := new(big.Int).Mul(a.big(), big.NewInt(n))
		least := new(big.Int).Lsh(big.NewInt(-1), 127)
		if prod, ok := a.Mul(n); ok || a.big().Cmp(least) != 0 && want.Cmp(least) != 0 {
			check("mul", prod, ok, want)
		}
		if c := a.Cmp(b); c != a.big().Cmp(b.big()) {
			t.Fatalf("cmp %v %v: %d; seed %d", a.big(), b.big(), c, seed)
		}
		if v, ok := a.Int64(); ok != a.big().IsInt64() || ok && v != a.big().Int64() {
			t.Fatalf("int64 of %v: %d %v; seed %d", a.big(), v, ok, seed)
		}
		scale := rnd.IntN(20)
		d := a.Numeric(scale)
		if want := apd.NewWithBigInt(new(apd.BigInt).SetMathBigInt(a.big()), int32(-scale)); d.Cmp(want) != 0 || d.Exponent != want.Exponent {
			t.Fatalf("numeric of %v: %v, want %v; seed %d", a.big(), d, want, seed)
		}
		if a.Hi != math.MinInt64 || a.Lo != 0 {
			if back, s, ok := Int128OfNumeric(d); !ok || back != a || s != scale {
				t.Fatalf("of numeric %v: %v %d %v; seed %d", d, back.big(), s, ok, seed)
			}
		}
	}
}
