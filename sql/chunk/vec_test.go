package chunk

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ferritedb/ferrite/sql/types"
)

// model is a vector as a plain list.
type model []types.Datum

func show(d types.Datum, k types.Kind) string {
	if d.IsNull() {
		return "NULL"
	}
	t := map[types.Kind]*types.T{types.KindInt: types.Int8, types.KindBool: types.Bool, types.KindFloat: types.Float8,
		types.KindStr: types.Text, types.KindBytes: types.Bytea, types.KindDecimal: types.Numeric}[k]
	return types.Format(d, t, nil)
}

func (m model) check(t *testing.T, what string, v *Vec, seed uint64) {
	t.Helper()
	if v.Len() != len(m) {
		t.Fatalf("%s: %d rows, want %d; seed %d", what, v.Len(), len(m), seed)
	}
	for i, d := range m {
		if got := v.Datum(i); show(got, v.Kind) != show(d, v.Kind) || v.Null(i) != d.IsNull() || d.IsNull() && !v.HasNulls() {
			t.Fatalf("%s: row %d of form %d is %s, want %s; seed %d", what, i, v.Form, show(got, v.Kind), show(d, v.Kind), seed)
		}
	}
}

func randomDatum(rnd *rand.Rand, k types.Kind) types.Datum {
	if rnd.IntN(5) == 0 {
		return types.Null
	}
	text := []string{"", "a", "longer than eight bytes", "ü"}[rnd.IntN(4)]
	switch k {
	case types.KindBool:
		return types.MakeBool(rnd.IntN(2) == 0)
	case types.KindInt:
		return types.MakeInt(rnd.Int64() - rnd.Int64())
	case types.KindFloat:
		return types.MakeFloat(rnd.NormFloat64())
	case types.KindStr:
		return types.MakeStr(text)
	case types.KindBytes:
		return types.MakeBytes([]byte(text))
	}
	scale := 2
	if rnd.IntN(60) == 0 {
		scale = 3
	}
	n := types.Int128Of(rnd.Int64N(2000) - 1000)
	if rnd.IntN(30) == 0 {
		n = types.Int128{Hi: math.MaxInt64 >> rnd.IntN(64), Lo: rnd.Uint64()}
	}
	return types.MakeDecimal(n.Numeric(scale))
}

// randomVec fills v, in a random form, and gives its model.
func randomVec(rnd *rand.Rand, v *Vec, k types.Kind) model {
	v.Init(k)
	switch {
	case rnd.IntN(3) == 0:
	case k == types.KindStr || k == types.KindBytes:
		v.Pack()
	case k == types.KindDecimal:
		v.Scale64(2)
	}
	var m model
	for range rnd.IntN(150) {
		d := randomDatum(rnd, k)
		m = append(m, d)
		v.Append(d)
	}
	if len(m) > 0 && rnd.IntN(6) == 0 {
		v.Fill(k, m[0], len(m))
		for i := range m {
			m[i] = m[0]
		}
	}
	return m
}

// TestVec compares vectors of all kinds and forms with plain lists under random
// operations. What a reused vector handed out before keeps its value.
func TestVec(t *testing.T) {
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 1))
	kinds := []types.Kind{types.KindBool, types.KindInt, types.KindFloat, types.KindStr, types.KindBytes, types.KindDecimal}
	vecs := map[types.Kind]*[2]Vec{}
	for _, k := range kinds {
		vecs[k] = &[2]Vec{}
	}
	for range 3000 {
		k := kinds[rnd.IntN(len(kinds))]
		v, src := &vecs[k][0], &vecs[k][1]
		kept := make([]types.Datum, v.Len())
		was := make([]string, v.Len())
		for i := range kept {
			kept[i] = v.Datum(i)
			was[i] = show(kept[i], k)
		}
		m := randomVec(rnd, v, k)
		m.check(t, "append", v, seed)
		for i, d := range kept {
			if show(d, k) != was[i] {
				t.Fatalf("a value handed out changed from %s to %s; seed %d", was[i], show(d, k), seed)
			}
		}
		from := randomVec(rnd, src, k)
		if len(from) > 0 {
			a := rnd.IntN(len(from))
			b := a + rnd.IntN(len(from)-a+1)
			var w Vec
			w.View(src, a, b)
			from[a:b].check(t, "view", &w, seed)
			v.AppendRange(src, a, b)
			m = append(m, from[a:b]...)
			m.check(t, "append range", v, seed)
			var idx []int32
			for range rnd.IntN(20) {
				i := rnd.IntN(len(from)+1) - 1
				idx = append(idx, int32(i))
				if i < 0 {
					m = append(m, types.Null)
				} else {
					m = append(m, from[i])
				}
			}
			v.Gather(src, idx)
			m.check(t, "gather", v, seed)
			from.check(t, "source", src, seed)
		}
		for range min(len(m), 3) {
			i, d := rnd.IntN(len(m)), randomDatum(rnd, k)
			v.Set(i, d)
			m[i] = d
		}
		m.check(t, "set", v, seed)
		v.Flatten()
		m.check(t, "flatten", v, seed)
	}
}

// TestBits compares with a list of booleans.
func TestBits(t *testing.T) {
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 2))
	random := func() (b Bits, m [300]bool) {
		for range rnd.IntN(40) {
			i := rnd.IntN(len(m))
			switch rnd.IntN(4) {
			case 0:
				b.Remove(i)
				m[i] = false
			case 1:
				to := i + rnd.IntN(len(m)-i+1)
				b.AddRange(i, to)
				for ; i < to; i++ {
					m[i] = true
				}
			default:
				b.Add(i)
				m[i] = true
			}
		}
		return b, m
	}
	for range 2000 {
		a, am := random()
		b, bm := random()
		from := rnd.IntN(len(bm))
		to := from + rnd.IntN(len(bm)-from+1)
		at := rnd.IntN(len(am) - (to - from) + 1)
		a.Copy(b, from, to, at)
		for i := from; i < to; i++ {
			am[at+i-from] = am[at+i-from] || bm[i]
		}
		if rnd.IntN(2) == 0 {
			a.Or(b)
			for i := range am {
				am[i] = am[i] || bm[i]
			}
		}
		count, upto := 0, rnd.IntN(len(am))
		for i, in := range am {
			if a.Has(i) != in {
				t.Fatalf("row %d: %v, want %v; seed %d", i, !in, in, seed)
			}
			if in && i < upto {
				count++
			}
		}
		if got := a.Count(upto); got != count {
			t.Fatalf("count of %d rows: %d, want %d; seed %d", upto, got, count, seed)
		}
	}
}
