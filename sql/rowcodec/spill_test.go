package rowcodec_test

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
)

// spillDatum is a random value of any kind.
func spillDatum(r *rand.Rand, depth int) types.Datum {
	scalar := func() types.Datum {
		switch r.IntN(8) {
		case 0:
			return types.MakeBool(r.IntN(2) == 0)
		case 1:
			return types.MakeInt(int64(r.Uint64()))
		case 2:
			return types.MakeFloat(r.NormFloat64())
		case 3:
			return types.MakeStr(strings.Repeat("é", r.IntN(50)))
		case 4:
			return types.MakeBytes([]byte(strings.Repeat("\x00\xff", r.IntN(50))))
		case 5:
			d, err := types.Parse(types.Numeric, -1, strings.Repeat("9", 1+r.IntN(60))+"."+strings.Repeat("1", r.IntN(30)), nil)
			if err != nil {
				panic(err)
			}
			return d
		case 6:
			return types.MakeInterval(types.Interval{Micros: int64(r.Uint64()), Days: int32(r.Uint32()), Months: int32(r.Uint32())})
		}
		return types.Null
	}
	if depth > 3 {
		return scalar()
	}
	rng := func() *types.Range {
		if r.IntN(4) == 0 {
			return types.EmptyRange
		}
		return &types.Range{Lower: scalar(), Upper: scalar(), LowerInc: r.IntN(2) == 0, UpperInf: r.IntN(2) == 0}
	}
	list := func() []types.Datum {
		var out []types.Datum
		for range r.IntN(4) {
			out = append(out, spillDatum(r, depth+1))
		}
		return out
	}
	switch r.IntN(10) {
	case 0:
		e := list()
		return types.MakeArray(&types.Array{Elem: types.Text, Dims: []int32{int32(len(e))}, Lower: []int32{int32(r.IntN(9)) - 4}, Elems: e})
	case 1:
		rec := &types.Record{Fields: list()}
		for range rec.Fields {
			rec.Types = append(rec.Types, []*types.T{types.Int4, types.Text, types.Numeric}[r.IntN(3)])
		}
		return types.MakeRecord(rec)
	case 2:
		switch r.IntN(5) {
		case 0:
			return types.MakeOther(types.TimeTZ{Micros: r.Int64(), West: -5})
		case 1:
			return types.MakeOther(types.BitString(strings.Repeat("01", r.IntN(80))))
		case 2:
			return types.MakeShape([]float64{1, r.Float64()}, r.IntN(2) == 0)
		case 3:
			return types.MakeOther(rng())
		}
		m := make(types.Multirange, 0)
		for range r.IntN(4) {
			m = append(m, rng())
		}
		return types.MakeOther(m)
	}
	return scalar()
}

// plain takes a datum apart for comparison.
func plain(d types.Datum) any {
	all := func(ds []types.Datum) []any {
		out := []any{}
		for _, e := range ds {
			out = append(out, plain(e))
		}
		return out
	}
	ranges := func(r *types.Range) []any {
		return []any{plain(r.Lower), plain(r.Upper), r.LowerInc, r.UpperInc, r.LowerInf, r.UpperInf, r.Empty}
	}
	switch d.Kind() {
	case types.KindStr:
		return d.Str()
	case types.KindBytes:
		return string(d.Bytes())
	case types.KindDecimal:
		return d.Decimal().String()
	case types.KindInterval:
		return d.Interval()
	case types.KindArray:
		a := d.Array()
		return []any{a.Elem, a.Dims, a.Lower, all(a.Elems)}
	case types.KindRecord:
		ts := append([]*types.T{}, d.Record().Types...)
		return []any{ts, all(d.Record().Fields)}
	case types.KindOther:
		switch v := d.Other().(type) {
		case *types.Range:
			return ranges(v)
		case types.Multirange:
			out := []any{}
			for _, r := range v {
				out = append(out, ranges(r))
			}
			return out
		default:
			return v
		}
	case types.KindFloat:
		return d.Float()
	}
	return []any{d.Kind(), d.Int()}
}

// TestSpillCodec: what is written comes back the same, values of all kinds mixed;
// bytes cut short or changed are an error or a value, never a panic.
func TestSpillCodec(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 2))
		var c rowcodec.SpillCodec
		var want []types.Datum
		var b []byte
		for range 20 {
			d := spillDatum(r, 0)
			want = append(want, d)
			var err error
			if b, err = c.Append(b, d); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		var a rowcodec.Arena
		rest := b
		for i, d := range want {
			var got types.Datum
			var err error
			if got, rest, err = c.Read(rest, &a); err != nil || !reflect.DeepEqual(plain(got), plain(d)) {
				t.Fatalf("seed %d value %d: got %v, %v; want %v", seed, i, plain(got), err, plain(d))
			}
		}
		if len(rest) != 0 {
			t.Fatalf("seed %d: %d bytes left", seed, len(rest))
		}
		for range 50 {
			broken := append([]byte(nil), b[:r.IntN(len(b)+1)]...)
			if len(broken) > 0 {
				broken[r.IntN(len(broken))] ^= byte(1 + r.IntN(255))
			}
			for rest, err := broken, error(nil); len(rest) > 0 && err == nil; {
				_, rest, err = c.Read(rest, &a)
			}
		}
	}
}

// TestSpillNesting: a value that nests without end is refused, and the codec
// serves others afterwards.
func TestSpillNesting(t *testing.T) {
	d := types.MakeInt(1)
	for range 2000 {
		d = types.MakeRecord(&types.Record{Types: []*types.T{types.RecordT}, Fields: []types.Datum{d}})
	}
	var c rowcodec.SpillCodec
	if _, err := c.Append(nil, d); pgerr.Code(err) != pgerr.StatementTooComplex {
		t.Fatalf("got %v", err)
	}
	if _, err := c.Append(nil, types.MakeArray(&types.Array{Elem: types.Int4})); err != nil {
		t.Fatal(err)
	}
}
