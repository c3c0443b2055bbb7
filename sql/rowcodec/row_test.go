package rowcodec

import (
	"bytes"
	"fmt"
	"math"
	"math/rand"
	"testing"

	"github.com/ferritedb/ferrite/kv/enc"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
)

var (
	tBool     = &types.T{OID: 16, Name: "bool", Kind: types.KindBool}
	tInt      = &types.T{OID: 20, Name: "int8", Kind: types.KindInt}
	tFloat    = &types.T{OID: 701, Name: "float8", Kind: types.KindFloat}
	tText     = &types.T{OID: 25, Name: "text", Kind: types.KindStr}
	tBytea    = &types.T{OID: 17, Name: "bytea", Kind: types.KindBytes}
	tNumeric  = &types.T{OID: 1700, Name: "numeric", Kind: types.KindDecimal}
	tInterval = &types.T{OID: 1186, Name: "interval", Kind: types.KindInterval}
	tIntArray = &types.T{OID: 1016, Name: "_int8", Kind: types.KindArray, Elem: tInt}
	tPair     = &types.T{OID: 20000, Name: "pair", Kind: types.KindRecord, Typtype: 'c', Fields: []types.Field{{Name: "a", Type: tInt}, {Name: "b", Type: tText}}}
	tEnum     = &types.T{OID: 20001, Name: "mood", Kind: types.KindStr, Typtype: 'e', Labels: []string{"sad", "ok", "happy"}}
)

var allTypes = []*types.T{tBool, tInt, tFloat, tText, tBytea, tNumeric, tInterval, tIntArray, tPair, tEnum}

func newRand(t testing.TB) *rand.Rand {
	seed := rand.Int63()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewSource(seed))
}

func randomText(r *rand.Rand) []byte {
	b := make([]byte, r.Intn(6))
	for i := range b {
		b[i] = []byte{0, 1, 'a', 'b', 0xfe, 0xff}[r.Intn(6)]
	}
	return b
}

func randomInt(r *rand.Rand) int64 {
	switch r.Intn(4) {
	case 0:
		return int64(r.Intn(5) - 2)
	case 1:
		return []int64{math.MinInt64, math.MaxInt64, 0, -1}[r.Intn(4)]
	}
	return int64(r.Uint64() >> r.Intn(64))
}

func randomDecimal(r *rand.Rand) types.Datum {
	v := newOf(types.Null.Decimal())
	switch r.Intn(12) {
	case 0:
		setForm(&v.Form, 2)
	case 1:
		setForm(&v.Form, 1)
		v.Negative = r.Intn(2) == 0
	default:
		v.Coeff.SetInt64(int64(r.Intn(2000)))
		v.Negative = r.Intn(2) == 0 && v.Coeff.Sign() != 0
		v.Exponent = int32(r.Intn(7) - 3)
	}
	return types.MakeDecimal(v)
}

func randomDatum(r *rand.Rand, t *types.T) types.Datum {
	switch t {
	case tBool:
		return types.MakeBool(r.Intn(2) == 0)
	case tInt:
		return types.MakeInt(randomInt(r))
	case tFloat:
		return types.MakeFloat([]float64{0, -1.5, math.Inf(1), math.Inf(-1), math.NaN(), 0.1, 1e300, r.NormFloat64()}[r.Intn(8)])
	case tText:
		return types.MakeStr(string(randomText(r)))
	case tBytea:
		return types.MakeBytes(randomText(r))
	case tNumeric:
		return randomDecimal(r)
	case tInterval:
		return types.MakeInterval(types.Interval{Micros: int64(r.Intn(3)-1) * 43200000000, Days: int32(r.Intn(5) - 2), Months: int32(r.Intn(3) - 1)})
	case tIntArray:
		a := &types.Array{Elem: tInt}
		for range r.Intn(4) {
			a.Elems = append(a.Elems, maybeNull(r, randomDatum(r, tInt)))
		}
		if len(a.Elems) > 0 {
			a.Dims, a.Lower = []int32{int32(len(a.Elems))}, []int32{1}
		}
		return types.MakeArray(a)
	case tPair:
		return types.MakeRecord(&types.Record{Types: []*types.T{tInt, tText}, Fields: []types.Datum{maybeNull(r, randomDatum(r, tInt)), maybeNull(r, randomDatum(r, tText))}})
	}
	return types.MakeStr(t.Labels[r.Intn(len(t.Labels))])
}

func maybeNull(r *rand.Rand, d types.Datum) types.Datum {
	if r.Intn(5) == 0 {
		return types.Null
	}
	return d
}

// show prints a datum so that equal values print equal.
func show(d types.Datum) string {
	switch d.Kind() {
	case types.KindNull:
		return "NULL"
	case types.KindBool, types.KindInt:
		return fmt.Sprint(d.Int())
	case types.KindFloat:
		return fmt.Sprint(math.Float64bits(d.Float()))
	case types.KindStr:
		return fmt.Sprintf("%q", d.Str())
	case types.KindBytes:
		return fmt.Sprintf("%q", d.Bytes())
	case types.KindDecimal:
		v := d.Decimal()
		return fmt.Sprint(v.Form, v.Negative, v.Coeff.String(), v.Exponent)
	case types.KindInterval:
		return fmt.Sprint(d.Interval())
	case types.KindArray:
		s := fmt.Sprint(d.Array().Dims, d.Array().Lower)
		for _, e := range d.Array().Elems {
			s += " " + show(e)
		}
		return s
	case types.KindRecord:
		s := "("
		for _, e := range d.Record().Fields {
			s += " " + show(e)
		}
		return s
	}
	return "?"
}

// compareSlow is the reference order: by value, without the key bytes.
func compareSlow(t *types.T, a, b types.Datum) int {
	switch {
	case a.IsNull() && b.IsNull():
		return 0
	case a.IsNull():
		return 1
	case b.IsNull():
		return -1
	}
	switch t {
	case tBool, tInt:
		return cmp(a.Int(), b.Int())
	case tFloat:
		return compareFloat(a.Float(), b.Float())
	case tText:
		return bytes.Compare([]byte(a.Str()), []byte(b.Str()))
	case tBytea:
		return bytes.Compare(a.Bytes(), b.Bytes())
	case tNumeric:
		return compareFloat(approx(a), approx(b))
	case tInterval:
		span := func(v types.Interval) int64 { return (int64(v.Months)*30+int64(v.Days))*86400000000 + v.Micros }
		return cmp(span(a.Interval()), span(b.Interval()))
	case tIntArray:
		return compareLists(a.Array().Elems, b.Array().Elems, func(int) *types.T { return tInt })
	case tPair:
		return compareLists(a.Record().Fields, b.Record().Fields, func(i int) *types.T { return t.Fields[i].Type })
	}
	rank := func(s string) int64 {
		for i, l := range t.Labels {
			if l == s {
				return int64(i)
			}
		}
		return -1
	}
	return cmp(rank(a.Str()), rank(b.Str()))
}

func approx(d types.Datum) float64 {
	v := d.Decimal()
	switch v.Form {
	case 2:
		return math.NaN()
	case 1:
		return math.Inf(map[bool]int{true: -1, false: 1}[v.Negative])
	}
	f := float64(v.Coeff.Int64()) * math.Pow(10, float64(v.Exponent+3))
	if v.Negative {
		f = -f
	}
	return math.Round(f)
}

func compareLists(a, b []types.Datum, typeOf func(int) *types.T) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if c := compareSlow(typeOf(i), a[i], b[i]); c != 0 {
			return c
		}
	}
	return cmp(int64(len(a)), int64(len(b)))
}

func cmp(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func compareFloat(a, b float64) int {
	switch {
	case a != a && b != b:
		return 0
	case a != a:
		return 1
	case b != b:
		return -1
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func TestOrderedBytesOrderAsValues(t *testing.T) {
	r := newRand(t)
	for _, typ := range allTypes {
		for range 4000 {
			a, b := randomDatum(r, typ), randomDatum(r, typ)
			ka, err := AppendOrdered(nil, a, typ)
			if err != nil {
				t.Fatal(err)
			}
			kb, _ := AppendOrdered(nil, b, typ)
			if got, want := bytes.Compare(ka, kb), compareSlow(typ, a, b); got != want {
				t.Fatalf("%s: %s and %s: bytes order %d, values %d\n%x\n%x", typ.Name, show(a), show(b), got, want, ka, kb)
			}
			for _, dir := range []enc.Direction{enc.Ascending, enc.Descending} {
				k, _ := appendOrdered(nil, a, typ, dir, catalog.KeyFormat)
				if kd, _ := appendOrdered(nil, b, typ, dir, catalog.KeyFormat); dir == enc.Descending && bytes.Compare(k, kd) != -compareSlow(typ, a, b) {
					t.Fatalf("%s: %s and %s are not in descending order", typ.Name, show(a), show(b))
				}
				rest, err := skipOrdered(append(k, "tail"...), typ, dir)
				if err != nil || string(rest) != "tail" {
					t.Fatalf("%s: skip of %x: %q, %v", typ.Name, k, rest, err)
				}
			}
		}
	}
}

func testTable() *catalog.Table {
	t := &catalog.Table{Name: "t", Storage: 7, Primary: 0}
	for i, typ := range allTypes {
		t.Columns = append(t.Columns, catalog.Column{Name: typ.Name, Attnum: int16(i*3 + 1), Type: typ})
	}
	t.Indexes = []*catalog.Index{
		{ID: 1, Name: "t_pkey", Unique: true, Primary: true, Keys: []catalog.IndexKey{
			{Attnum: 10, Type: tText}, {Attnum: 4, Type: tInt, Desc: true}, {Attnum: 16, Type: tNumeric}, {Attnum: 28, Type: tEnum}}},
		{ID: 2, Name: "t_i", Keys: []catalog.IndexKey{{Attnum: 7, Type: tFloat, NullsFirst: true}, {Attnum: 13, Type: tBytea, Desc: true}}, Include: []int16{22, 1}},
		{ID: 3, Name: "t_u", Unique: true, Keys: []catalog.IndexKey{{Attnum: 13, Type: tBytea}, {Attnum: 1, Type: tBool}}},
	}
	return t
}

func randomRow(r *rand.Rand, t *catalog.Table, width int) []types.Datum {
	row := make([]types.Datum, width)
	for _, c := range t.Columns {
		row[c.Attnum-1] = randomDatum(r, c.Type)
		notNull := false
		for _, k := range t.Indexes[0].Keys {
			notNull = notNull || k.Attnum == c.Attnum
		}
		if !notNull {
			row[c.Attnum-1] = maybeNull(r, row[c.Attnum-1])
		}
	}
	return row
}

func TestRowRoundTrip(t *testing.T) {
	r := newRand(t)
	desc := testTable()
	codec := NewTable(desc)
	var a Arena
	for range 3000 {
		row := randomRow(r, desc, codec.Width())
		key, err := codec.AppendKey(nil, row)
		if err != nil {
			t.Fatal(err)
		}
		val, err := codec.AppendValue(nil, row)
		if err != nil {
			t.Fatal(err)
		}
		var att []int16
		for _, i := range r.Perm(len(desc.Columns))[:r.Intn(len(desc.Columns)+1)] {
			att = append(att, desc.Columns[i].Attnum)
		}
		cols := make([]chunk.Vec, len(att))
		for i, n := range att {
			cols[i].Kind = codec.columns[n-1].Type.Kind
		}
		dec := codec.NewDecoder(att)
		for n := range 2 {
			if err := dec.Decode(cols, key, val, &a); err != nil {
				t.Fatal(err)
			}
			for i, at := range att {
				if got, want := show(cols[i].Datum(n)), show(row[at-1]); got != want {
					t.Fatalf("column %d: got %s want %s", at, got, want)
				}
			}
		}
		checkEntries(t, r, codec, row, key, &a)
	}
}

func checkEntries(t *testing.T, r *rand.Rand, codec *Table, row []types.Datum, storageKey []byte, a *Arena) {
	t.Helper()
	for _, desc := range codec.desc.Indexes[1:] {
		x := codec.NewIndex(desc)
		var values []types.Datum
		for _, k := range desc.Keys {
			values = append(values, row[k.Attnum-1])
		}
		key, val, err := x.AppendEntry(nil, nil, values, row, storageKey)
		if err != nil {
			t.Fatal(err)
		}
		back, err := x.RowKey(nil, key, val)
		if err != nil || !bytes.Equal(back, storageKey) {
			t.Fatalf("%s: row key %x, want %x, %v", desc.Name, back, storageKey, err)
		}
		att := []int16{10, 13, 1, 4}
		dec, covers := x.NewDecoder(att)
		if !covers {
			t.Fatalf("%s does not cover", desc.Name)
		}
		cols := make([]chunk.Vec, len(att))
		for i, n := range att {
			cols[i].Kind = codec.columns[n-1].Type.Kind
		}
		if err := dec.Decode(cols, key, val, a); err != nil {
			t.Fatal(err)
		}
		for i, at := range att {
			if got, want := show(cols[i].Datum(0)), show(row[at-1]); got != want {
				t.Fatalf("%s column %d: got %s want %s", desc.Name, at, got, want)
			}
		}
		if _, covers := x.NewDecoder([]int16{16}); covers {
			t.Fatalf("%s covers a numeric that it cannot give back", desc.Name)
		}
	}
}

func TestColumnsAddedAndDropped(t *testing.T) {
	old := &catalog.Table{Storage: 7, Primary: -1, Columns: []catalog.Column{{Attnum: 1, Type: tInt}, {Attnum: 2, Type: tText}}}
	val, err := NewTable(old).AppendValue(nil, []types.Datum{types.MakeInt(5), types.MakeStr("x")})
	if err != nil {
		t.Fatal(err)
	}
	now := &catalog.Table{Storage: 7, Primary: -1, Columns: []catalog.Column{
		{Attnum: 1, Type: tInt}, {Attnum: 2, Type: tText, Dropped: true},
		{Attnum: 3, Type: tInt, HasMissing: true, Missing: types.MakeInt(9)}, {Attnum: 4, Type: tText}}}
	codec := NewTable(now)
	cols := []chunk.Vec{{Kind: types.KindStr}, {Kind: types.KindInt}, {Kind: types.KindInt}}
	if err := codec.NewDecoder([]int16{4, 3, 1}).Decode(cols, codec.AppendRowIDKey(nil, 1), val, &Arena{}); err != nil {
		t.Fatal(err)
	}
	if got := show(cols[0].Datum(0)) + show(cols[1].Datum(0)) + show(cols[2].Datum(0)); got != "NULL95" {
		t.Fatal(got)
	}
	// A row written since with the column NULL keeps NULL.
	val, _ = codec.AppendValue(nil, make([]types.Datum, 4))
	one := []chunk.Vec{{Kind: types.KindInt}}
	if err := codec.NewDecoder([]int16{3}).Decode(one, codec.AppendRowIDKey(nil, 1), val, &Arena{}); err != nil {
		t.Fatal(err)
	}
	if !one[0].Datum(0).IsNull() {
		t.Fatal("NULL became the missing value")
	}
}

func FuzzDecode(f *testing.F) {
	desc := testTable()
	codec := NewTable(desc)
	r := rand.New(rand.NewSource(1))
	for range 20 {
		row := randomRow(r, desc, codec.Width())
		key, _ := codec.AppendKey(nil, row)
		val, _ := codec.AppendValue(nil, row)
		f.Add(key, val)
	}
	var att []int16
	for _, c := range desc.Columns {
		att = append(att, c.Attnum)
	}
	dec := codec.NewDecoder(att)
	f.Fuzz(func(t *testing.T, key, val []byte) {
		cols := make([]chunk.Vec, len(att))
		for i, n := range att {
			cols[i].Kind = codec.columns[n-1].Type.Kind
		}
		if err := dec.Decode(cols, key, val, &Arena{}); err == nil {
			for i := range cols {
				if cols[i].Len() != 1 {
					t.Fatalf("column %d has %d rows", att[i], cols[i].Len())
				}
			}
		}
		for _, ix := range desc.Indexes[1:] {
			x := codec.NewIndex(ix)
			x.RowKey(nil, key, val)
			d, _ := x.NewDecoder([]int16{10, 13, 1, 4})
			four := []chunk.Vec{{Kind: types.KindStr}, {Kind: types.KindBytes}, {Kind: types.KindBool}, {Kind: types.KindInt}}
			d.Decode(four, key, val, &Arena{})
		}
	})
}

func BenchmarkDecodeThreeColumns(b *testing.B) {
	desc := &catalog.Table{Storage: 7, Primary: 0, Columns: []catalog.Column{{Attnum: 1, Type: tInt}, {Attnum: 2, Type: tInt}, {Attnum: 3, Type: tInt}, {Attnum: 4, Type: tText}},
		Indexes: []*catalog.Index{{ID: 1, Primary: true, Unique: true, Keys: []catalog.IndexKey{{Attnum: 1, Type: tInt}}}}}
	codec := NewTable(desc)
	row := []types.Datum{types.MakeInt(12345), types.MakeInt(1), types.MakeInt(0), types.MakeStr("                                                    ")}
	key, _ := codec.AppendKey(nil, row)
	val, _ := codec.AppendValue(nil, row)
	dec := codec.NewDecoder([]int16{1, 2, 3})
	cols := []chunk.Vec{{Kind: types.KindInt}, {Kind: types.KindInt}, {Kind: types.KindInt}}
	var a Arena
	b.ReportAllocs()
	for b.Loop() {
		for i := range cols {
			cols[i].Init(types.KindInt)
		}
		if err := dec.Decode(cols, key, val, &a); err != nil {
			b.Fatal(err)
		}
	}
}
