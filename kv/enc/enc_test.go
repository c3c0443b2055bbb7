package enc

import (
	"bytes"
	"cmp"
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var directions = []Direction{Ascending, Descending}

// checkOrder tests that encodings compare as values do, in both directions and
// with bytes behind them, and that none is a prefix of another.
func checkOrder[T any](t *rapid.T, a, b T, want int, appendTo func([]byte, T, Direction) []byte) {
	t.Helper()
	for _, dir := range directions {
		ea, eb := appendTo([]byte{7}, a, dir), appendTo([]byte{7}, b, dir)
		w := want
		if dir == Descending {
			w = -want
		}
		if got := bytes.Compare(ea, eb); got != w {
			t.Fatalf("direction %d: %v %x and %v %x compare as %d, want %d", dir, a, ea, b, eb, got, w)
		}
		if want != 0 && (bytes.HasPrefix(ea, eb) || bytes.HasPrefix(eb, ea)) {
			t.Fatalf("direction %d: %x and %x: one is a prefix of the other", dir, ea, eb)
		}
	}
}

// checkBack tests that a decoder gives value and rest, and takes no shorter bytes.
func checkBack[T any](t *rapid.T, v T, same func(a, b T) bool, appendTo func([]byte, T, Direction) []byte, decode func([]byte, Direction) (T, []byte, error)) {
	t.Helper()
	for _, dir := range directions {
		e := appendTo(nil, v, dir)
		got, rest, err := decode(append(slices.Clone(e), 1, 2, 3), dir)
		if err != nil || !same(got, v) || !bytes.Equal(rest, []byte{1, 2, 3}) {
			t.Fatalf("direction %d: %v came back as %v, %v, rest %v", dir, v, got, err, rest)
		}
		for i := range e {
			if _, _, err := decode(e[:i:i], dir); err == nil {
				t.Fatalf("direction %d: %d bytes of %x decode", dir, i, e)
			}
		}
	}
}

func equal[T comparable](a, b T) bool { return a == b }

func edgeInt() *rapid.Generator[int64] {
	return rapid.OneOf(rapid.Int64(), rapid.Int64Range(-300, 300), rapid.Custom(func(t *rapid.T) int64 {
		v := int64(1) << rapid.IntRange(0, 63).Draw(t, "bit")
		v += int64(rapid.IntRange(-2, 2).Draw(t, "off"))
		if rapid.Bool().Draw(t, "neg") {
			v = -v
		}
		return v
	}))
}

func TestInt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := edgeInt().Draw(t, "a"), edgeInt().Draw(t, "b")
		checkOrder(t, a, b, cmp.Compare(a, b), AppendInt)
		checkOrder(t, a, b, cmp.Compare(a, b), AppendFixed64)
		checkBack(t, a, equal, AppendInt, DecodeInt)
		checkBack(t, a, equal, AppendFixed64, DecodeFixed64)
	})
}

func TestInt128(t *testing.T) {
	type wide struct {
		hi int64
		lo uint64
	}
	app := func(dst []byte, v wide, dir Direction) []byte { return AppendInt128(dst, v.hi, v.lo, dir) }
	dec := func(b []byte, dir Direction) (wide, []byte, error) {
		hi, lo, rest, err := DecodeInt128(b, dir)
		return wide{hi, lo}, rest, err
	}
	rapid.Check(t, func(t *rapid.T) {
		a := wide{rapid.Int64Range(-2, 2).Draw(t, "ahi"), rapid.Uint64().Draw(t, "alo")}
		b := wide{rapid.Int64Range(-2, 2).Draw(t, "bhi"), rapid.Uint64().Draw(t, "blo")}
		checkOrder(t, a, b, cmp.Or(cmp.Compare(a.hi, b.hi), cmp.Compare(a.lo, b.lo)), app)
		checkBack(t, a, equal, app, dec)
	})
}

func TestBool(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkOrder(t, false, true, -1, AppendBool)
		checkBack(t, rapid.Bool().Draw(t, "v"), equal, AppendBool, DecodeBool)
	})
}

// compareFloat is PostgreSQL's order: NaN equals NaN and is above all.
func compareFloat(a, b float64) int {
	switch {
	case a != a && b != b:
		return 0
	case a != a:
		return 1
	case b != b:
		return -1
	}
	return cmp.Compare(a, b)
}

func sameFloat(a, b float64) bool { return compareFloat(a, b) == 0 }

func TestFloat(t *testing.T) {
	gen := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{
		math.Copysign(0, -1), 0, math.Inf(1), math.Inf(-1), math.NaN(), math.Copysign(math.NaN(), -1),
		math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, math.MaxFloat64, 1, -1,
	}))
	app32 := func(dst []byte, v float64, dir Direction) []byte { return AppendFloat32(dst, float32(v), dir) }
	dec32 := func(b []byte, dir Direction) (float64, []byte, error) {
		v, rest, err := DecodeFloat32(b, dir)
		return float64(v), rest, err
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := gen.Draw(t, "a"), gen.Draw(t, "b")
		checkOrder(t, a, b, compareFloat(a, b), AppendFloat64)
		checkBack(t, a, sameFloat, AppendFloat64, DecodeFloat64)
		a, b = float64(float32(a)), float64(float32(b))
		checkOrder(t, a, b, compareFloat(a, b), app32)
		checkBack(t, a, sameFloat, app32, dec32)
	})
}

func someBytes() *rapid.Generator[[]byte] {
	return rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 0, 40),
		rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0xfe, 0xff, 'a'}), 0, 6))
}

func TestBytes(t *testing.T) {
	dec := func(b []byte, dir Direction) ([]byte, []byte, error) { return DecodeBytes(nil, b, dir) }
	rapid.Check(t, func(t *rapid.T) {
		a, b := someBytes().Draw(t, "a"), someBytes().Draw(t, "b")
		checkOrder(t, a, b, bytes.Compare(a, b), AppendBytes)
		checkBack(t, a, bytes.Equal, AppendBytes, dec)
		for _, dir := range directions {
			e := AppendBytes(nil, a, dir)
			if s := AppendString(nil, string(a), dir); !bytes.Equal(s, e) {
				t.Fatalf("string %x, bytes %x", s, e)
			}
			rest, err := SkipBytes(append(slices.Clone(e), 9), dir)
			if err != nil || !bytes.Equal(rest, []byte{9}) {
				t.Fatalf("skip: %v, %v", rest, err)
			}
			if got := bytes.HasPrefix(e, AppendBytesPrefix(nil, b, dir)); got != bytes.HasPrefix(a, b) {
				t.Fatalf("prefix of %x by %x: %v", a, b, got)
			}
		}
	})
}

func TestUUID(t *testing.T) {
	gen := rapid.Custom(func(t *rapid.T) (u [UUIDBytes]byte) {
		copy(u[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "u"))
		return u
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := gen.Draw(t, "a"), gen.Draw(t, "b")
		checkOrder(t, a, b, bytes.Compare(a[:], b[:]), AppendUUID)
		checkBack(t, a, equal, AppendUUID, DecodeUUID)
	})
}

func someDecimal() *rapid.Generator[Decimal] {
	return rapid.Custom(func(t *rapid.T) Decimal {
		d := Decimal{
			Form:     rapid.SampledFrom([]DecimalForm{Finite, Finite, Finite, Finite, Infinite, NaN}).Draw(t, "form"),
			Negative: rapid.Bool().Draw(t, "negative"),
			Exponent: rapid.Int64Range(-20, 20).Draw(t, "exponent"),
			Digits:   rapid.SliceOfN(rapid.SampledFrom([]byte("00123456789")), 0, 20).Draw(t, "digits"),
		}
		return d
	})
}

func rank(d Decimal) int {
	switch {
	case d.Form == NaN:
		return 2
	case d.Form == Infinite && d.Negative:
		return -1
	case d.Form == Infinite:
		return 1
	}
	return 0
}

func rational(d Decimal) *big.Rat {
	i, _ := new(big.Int).SetString("0"+string(d.Digits), 10)
	r := new(big.Rat).SetInt(i)
	p := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(max(d.Exponent, -d.Exponent)), nil))
	if d.Exponent < 0 {
		r.Quo(r, p)
	} else {
		r.Mul(r, p)
	}
	if d.Negative {
		r.Neg(r)
	}
	return r
}

func compareDecimal(a, b Decimal) int {
	if c := cmp.Compare(rank(a), rank(b)); c != 0 || rank(a) != 0 {
		return c
	}
	return rational(a).Cmp(rational(b))
}

func TestDecimal(t *testing.T) {
	dec := func(b []byte, dir Direction) (Decimal, []byte, error) { return DecodeDecimal(nil, b, dir) }
	same := func(a, b Decimal) bool { return compareDecimal(a, b) == 0 }
	rapid.Check(t, func(t *rapid.T) {
		a, b := someDecimal().Draw(t, "a"), someDecimal().Draw(t, "b")
		checkOrder(t, a, b, compareDecimal(a, b), AppendDecimal)
		checkBack(t, a, same, AppendDecimal, dec)
	})
}

// TestColumns: rows of nullable columns compare column by column.
func TestColumns(t *testing.T) {
	type column struct {
		null bool
		v    []byte
	}
	gen := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) column {
		return column{rapid.Bool().Draw(t, "null"), someBytes().Draw(t, "v")}
	}), 3, 3)
	rapid.Check(t, func(t *rapid.T) {
		a, b := gen.Draw(t, "a"), gen.Draw(t, "b")
		dirs := rapid.SliceOfN(rapid.SampledFrom(directions), 3, 3).Draw(t, "dirs")
		firsts := rapid.SliceOfN(rapid.Bool(), 3, 3).Draw(t, "nulls first")
		var ea, eb []byte
		want := 0
		for i, dir := range dirs {
			for _, side := range []struct {
				e *[]byte
				c column
			}{{&ea, a[i]}, {&eb, b[i]}} {
				if side.c.null {
					*side.e = AppendNull(*side.e, firsts[i])
				} else {
					*side.e = AppendBytes(AppendNotNull(*side.e), side.c.v, dir)
				}
			}
			if want != 0 {
				continue
			}
			switch {
			case a[i].null && b[i].null:
			case a[i].null == b[i].null:
				want = bytes.Compare(a[i].v, b[i].v)
				if dir == Descending {
					want = -want
				}
			case a[i].null == firsts[i]:
				want = -1
			default:
				want = 1
			}
		}
		if got := bytes.Compare(ea, eb); got != want {
			t.Fatalf("%v, %v: %x and %x compare as %d, want %d", a, b, ea, eb, got, want)
		}
	})
}

// TestArrays: a prefix sorts before what it begins, and markers decode.
func TestArrays(t *testing.T) {
	app := func(dst []byte, v [][]byte, dir Direction) []byte {
		n := len(dst)
		for _, e := range v {
			dst = AppendBytes(AppendNotNull(dst), e, Ascending)
		}
		dst = AppendEnd(dst)
		invert(dst[n:], dir)
		return dst
	}
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOfN(someBytes(), 0, 3).Draw(t, "a")
		b := rapid.SliceOfN(someBytes(), 0, 3).Draw(t, "b")
		checkOrder(t, a, b, slices.CompareFunc(a, b, bytes.Compare), app)
	})
	for i, b := range [][]byte{AppendNotNull(nil), AppendNull(nil, true), AppendEnd(nil)} {
		if m, rest, err := DecodeMarker(b); int(m) != i || len(rest) != 0 || err != nil {
			t.Fatalf("marker %x came back as %v, %v", b, m, err)
		}
	}
	if _, _, err := DecodeMarker([]byte{3}); err == nil {
		t.Fatal("an unknown marker decodes")
	}
}

func TestFraming(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u, i, v := rapid.Uint64().Draw(t, "u"), edgeInt().Draw(t, "i"), someBytes().Draw(t, "v")
		b := AppendFramed(AppendVarint(AppendUvarint(nil, u), i), v)
		gu, rest, err := DecodeUvarint(b)
		if err != nil || gu != u {
			t.Fatalf("uvarint %d: %d, %v", u, gu, err)
		}
		gi, rest, err := DecodeVarint(rest)
		if err != nil || gi != i {
			t.Fatalf("varint %d: %d, %v", i, gi, err)
		}
		gv, left, err := DecodeFramed(rest)
		if err != nil || !bytes.Equal(gv, v) || len(left) != 0 {
			t.Fatalf("framed %x: %x, %v", v, gv, err)
		}
		for n := range rest {
			if _, _, err := DecodeFramed(rest[:n]); err == nil {
				t.Fatalf("%d bytes of a frame decode", n)
			}
		}
	})
	if got := Checksum([]byte("123456789")); got != 0xe3069283 { // RFC 3720, appendix B.4's polynomial
		t.Fatalf("checksum %x", got)
	}
}

// FuzzDecode: no bytes break a decoder, and what decodes encodes to the value again.
func FuzzDecode(f *testing.F) {
	f.Add(AppendDecimal(nil, Decimal{Digits: []byte("12345"), Exponent: -2}, Ascending))
	f.Add(AppendBytes(nil, []byte("a\x00b"), Descending))
	f.Add(AppendInt(nil, -1000, Ascending))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, dir := range directions {
			if v, rest, err := DecodeInt(b, dir); err == nil {
				if w, _, err := DecodeInt(AppendInt(nil, v, dir), dir); err != nil || w != v || len(rest) >= len(b) {
					t.Fatalf("int %d came back as %d, %v", v, w, err)
				}
			}
			if v, _, err := DecodeDecimal(nil, b, dir); err == nil {
				w, _, err := DecodeDecimal(nil, AppendDecimal(nil, v, dir), dir)
				if err != nil || !bytes.Equal(w.Digits, v.Digits) || w.Exponent != v.Exponent || w.Form != v.Form || w.Negative != v.Negative {
					t.Fatalf("decimal %v came back as %v, %v", v, w, err)
				}
			}
			if v, rest, err := DecodeBytes(nil, b, dir); err == nil {
				if e := AppendBytes(nil, v, dir); !bytes.Equal(append(e, rest...), b) {
					t.Fatalf("bytes %x encode to %x, not to %x", v, e, b)
				}
			}
			_, _, _ = DecodeBool(b, dir)
			_, _, _ = DecodeFixed64(b, dir)
			_, _, _ = DecodeFloat64(b, dir)
			_, _, _ = DecodeFloat32(b, dir)
			_, _, _ = DecodeUUID(b, dir)
			_, _, _, _ = DecodeInt128(b, dir)
			_, _ = SkipBytes(b, dir)
		}
		_, _, _ = DecodeFramed(b)
		_, _, _ = DecodeVarint(b)
		_, _, _ = DecodeMarker(b)
	})
}

func BenchmarkAppendInt(b *testing.B) {
	var buf [16]byte
	for i := range b.N {
		AppendInt(buf[:0], int64(i), Ascending)
	}
}

func BenchmarkAppendBytes(b *testing.B) {
	buf := make([]byte, 0, 64)
	v := []byte("a customary name of some length")
	for range b.N {
		AppendBytes(buf, v, Ascending)
	}
}
