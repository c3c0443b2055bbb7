package typetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"github.com/ferritedb/ferrite/sql/types"
)

// Types of the catalog's kinds, which no built-in stands for.
var (
	Enum = &types.T{OID: 900001, Name: "mood", Kind: types.KindStr, Typtype: 'e', Category: 'E', Len: 4,
		Labels: []string{"sad", "ok", "happy", "a"}, BaseMod: -1}
	Composite = &types.T{OID: 900002, Name: "pair", Kind: types.KindRecord, Typtype: 'c', Category: 'C', Len: -1, BaseMod: -1,
		Fields: []types.Field{{Name: "n", Type: types.Numeric, Mod: -1}, {Name: "s", Type: types.Text, Mod: -1}, {Name: "j", Type: types.JSONB, Mod: -1}}}
	Domain = &types.T{OID: 900003, Name: "label", Kind: types.KindStr, Typtype: 'd', Category: 'S', Len: -1, Base: types.Varchar, BaseMod: -1}
)

// texts are the values of the types that are not made of others, NULL aside.
var texts = map[*types.T][]string{
	types.Bool:   {"t", "f"},
	types.Bytea:  {`\x`, `\x00`, `\x0000`, `\x0001`, `\x01`, `\xff`, `\xff00`, `\x61`},
	types.Char:   {"", "a", "A", `\377`, "\x01"},
	types.Name:   {"", "a", "A", "ab", strings.Repeat("n", 63)},
	types.Int2:   {"0", "1", "-1", "32767", "-32768"},
	types.Int4:   {"0", "1", "-1", "2", "100", "2147483647", "-2147483648"},
	types.Int8:   {"0", "1", "-1", "109", "110", "9223372036854775807", "-9223372036854775808"},
	types.Float4: {"0", "-0", "1", "-1", "NaN", "Infinity", "-Infinity", "1e-45", "3.4028235e38", "0.1"},
	types.Float8: {"0", "-0", "1", "-1", "NaN", "Infinity", "-Infinity", "5e-324", "1.7976931348623157e308", "0.1", "1e15", "0.5", "1000000000"},
	types.Numeric: {"0", "0.0", "0.000", "1", "1.0", "1.000", "-1", "-1.0", "10", "10.0", "100", "0.1", "0.10", "0.01", "-0.00001", "9.99999", "30000.5",
		"NaN", "Infinity", "-Infinity", "99999999999999999999", "1e1000", "1.0e1000", "1e-1000", "-1e1000", "1e131071", "1e-16383", "18446744073709551616", "2147483647"},
	types.Money:       {"0", "1", "-1", "92233720368547758.07", "-92233720368547758.08"},
	types.Text:        {"", " ", "a", "a ", "A", "aa", "ab", "b", "%", "_", `\`, "%a%", "é", "😀", "0", "1", "-1.5", "\x01", "\t", "{}", "[1]", "2020-01-01", "[", "(", "a|b", "YYYY-MM-DD", "999.99", "utf8", "hex", "day", "UTC"},
	types.Varchar:     {"", "a", "a ", "b"},
	types.Bpchar:      {"", " ", "a", "a ", "a  ", "b", "a\x01"},
	types.Date:        {"infinity", "-infinity", "4714-11-24 BC", "5874897-12-31", "2000-01-01", "2000-02-29", "1999-12-31", "0001-01-01 BC", "1970-01-01"},
	types.Time:        {"00:00", "24:00:00", "12:34:56.789", "23:59:59.999999", "00:00:00.000001"},
	types.Timetz:      {"00:00+00", "01:00+01", "00:00-15:59", "24:00:00+15:59", "12:00+00", "13:00+01", "11:00-01", "12:00:00.5+00"},
	types.Timestamp:   {"infinity", "-infinity", "4714-11-24 00:00:00 BC", "294276-12-31 23:59:59.999999", "2000-01-01", "1999-12-31 23:59:59.999999", "1970-01-01", "2024-02-29 12:00"},
	types.Timestamptz: {"infinity", "-infinity", "4714-11-24 00:00:00+00 BC", "294276-12-31 23:59:59.999999+00", "2000-01-01+00", "2000-01-01 01:00+01", "2024-03-10 02:30+00"},
	types.IntervalT: {"0", "1 month", "30 days", "720 hours", "1 mon -30 days", "-1 mon 30 days", "1 day", "24 hours", "-1 day", "1 microsecond", "178000000 years", "-178000000 years",
		"2147483647 days", "-2147483648 days", "2147483647 hours", "1 year 2 months 3 days 4:05:06.789"},
	types.UUID: {"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
	types.Inet: {"0.0.0.0", "0.0.0.0/0", "10.0.0.0/8", "10.0.0.1/8", "10.0.0.0/16", "10.0.0.1", "10.255.255.255/8", "11.0.0.0/8", "192.168.1.5/24", "192.168.1.5/25", "192.168.1.0/24", "255.255.255.255", "::", "::/0", "::1", "::ffff:1.2.3.4", "fe80::1/64", "fe80::/64",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "128.0.0.0/1", "0.0.0.0/1"},
	types.Cidr:     {"0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "10.1.0.0/16", "192.168.1.0/24", "192.168.1.5/32", "::/0", "::1/128", "fe80::/64", "128.0.0.0/1"},
	types.Macaddr:  {"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "08:00:2b:01:02:03"},
	types.Macaddr8: {"00:00:00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff:ff:ff", "08:00:2b:01:02:03:04:05"},
	types.Bit:      {"", "0", "1", "00", "01", "10", "11", "0000000", "00000000", "000000000", "00000001", "10000000", "111111111", "1111111100000000"},
	types.Varbit:   {"", "0", "1", "00", "01", "10", "11", "0000000", "00000000", "000000000", "00000001", "10000000", "111111111", "1111111100000000"},
	types.Oid:      {"0", "1", "25", "4294967295", "2147483648"},
	types.Xid:      {"0", "3", "4294967295"},
	types.Cid:      {"0", "4294967295"},
	types.Xid8:     {"0", "1", "9223372036854775807", "9223372036854775808", "18446744073709551615"},
	types.Tid:      {"(0,0)", "(0,1)", "(4294967295,65535)", "(1,0)"},
	types.PgLSN:    {"0/0", "0/1", "FFFFFFFF/FFFFFFFF", "7FFFFFFF/FFFFFFFF", "80000000/0"},
	types.Regtype:  {"0", "25", "integer"},
	types.Regclass: {"0"},
	types.Regproc:  {"0"},
	types.JSON:     {"null", "true", "1", "1.0", `"a"`, "[]", "{}", `[1, 2, "x", null]`, `{"a": 1, "a": 2}`, `{"a": {"b": [1, {"c": null}]}}`, `"\u0000"`, `[[1,2],[3,4]]`},
	types.JSONB: {"null", "true", "false", "0", "0.0", "-0", "1", "1.0", "1.00", "1e2", "100", "-1", "1e1000", `""`, `"a"`, `"a\u0001"`, `"aa"`, `"b"`, "[]", "[[]]", "[null]", "[1]", "[1.0]", "[1, 2]", `["a", 1]`, "{}",
		`{"a": 1}`, `{"a": 1.0}`, `{"a": 2}`, `{"b": 1}`, `{"aa": 1}`, `{"a": 1, "b": 2}`, `{"b": 1, "aa": 2}`, `{"a": {"b": [1, {"c": null}]}}`, `[{"a": 1.0}, []]`, `[{"a": 1}, []]`, "[[1,2],[3,4]]"},
	types.JSONPath: {"$", "$.a", "strict $.a", "$[*]", "$[0 to 1]", "$.a ? (@ > 1)", "$.*", "1 + 1", `$ ? (@ like_regex "^a")`, "-$", "$.size()", "$[last]", "$.keyvalue()", "$.datetime()"},
	types.Point:    {"(0,0)", "(-0,0)", "(1e308,-1e308)", "(NaN,Infinity)"},
	types.Lseg:     {"[(0,0),(1,1)]"},
	types.Path:     {"[(0,0),(1,1)]", "((0,0),(1,1),(2,0))"},
	types.Box:      {"(1,1),(0,0)"},
	types.Polygon:  {"((0,0),(1,1),(2,0))"},
	types.Line:     {"{1,-1,0}"},
	types.Circle:   {"<(0,0),1>", "<(0,0),0>"},
	types.Tsvector: {"", "a", "a b"},
	types.Tsquery:  {"a", "a & b"},
	Enum:           {"sad", "ok", "happy", "a"},
	Domain:         {"", "a", "b"},
}

// List is every type that there are values of, arrays aside.
func List() []*types.T {
	out := []*types.T{Composite}
	for t := range texts {
		out = append(out, t)
	}
	for _, r := range ranges {
		out = append(out, r, multirangeOf(r))
	}
	slices.SortFunc(out, func(a, b *types.T) int { return int(int64(a.OID) - int64(b.OID)) })
	return out
}

var ranges = []*types.T{types.Int4range, types.Int8range, types.Numrange, types.Daterange, types.Tsrange, types.Tstzrange}

func multirangeOf(r *types.T) *types.T { return types.MultirangeOf(r) }

var (
	cacheMu sync.Mutex
	cache   = map[types.OID][]types.Datum{}
)

func cached(t *types.T) []types.Datum {
	cacheMu.Lock()
	defer cacheMu.Unlock()
	if _, ok := cache[t.OID]; !ok {
		cache[t.OID] = Values(t)
	}
	return cache[t.OID]
}

// Values are the extremes of t in their order of writing; no NULL. nil: there
// are none of that type.
func Values(t *types.T) []types.Datum {
	if list, ok := texts[t]; ok {
		var out []types.Datum
		for _, s := range list {
			d, err := types.Parse(t, -1, s, nil)
			if err != nil {
				panic(fmt.Sprintf("typetest: %s %q: %v", t.Name, s, err))
			}
			out = append(out, d)
		}
		return out
	}
	switch {
	case t.Typtype == 'r':
		return rangeValues(t)
	case t.Typtype == 'm':
		return multirangeValues(t)
	case t.IsArray():
		return arrayValues(t)
	case t.Kind == types.KindRecord:
		return recordValues(t)
	}
	return nil
}

func rangeValues(t *types.T) []types.Datum {
	out := []types.Datum{types.MakeOther(types.EmptyRange)}
	bounds := append([]types.Datum{types.Null}, Values(t.Elem)...)
	if len(bounds) > 7 {
		bounds = bounds[:7]
	}
	for _, lo := range bounds {
		for _, hi := range bounds {
			for inc := range 4 {
				if d, err := types.MakeRange(t, types.Range{Lower: lo, Upper: hi, LowerInc: inc&1 != 0, UpperInc: inc&2 != 0}); err == nil {
					out = append(out, d)
				}
			}
		}
	}
	return out
}

func multirangeValues(t *types.T) []types.Datum {
	out := []types.Datum{types.MakeMultirange(t, nil)}
	rs := rangeValues(t.Elem)
	for i, r := range rs {
		out = append(out, types.MakeMultirange(t, []*types.Range{types.RangeOf(r)}))
		if i%3 == 0 {
			other := rs[(i*7+5)%len(rs)]
			out = append(out, types.MakeMultirange(t, []*types.Range{types.RangeOf(r), types.RangeOf(other)}))
		}
	}
	return out
}

func arrayValues(t *types.T) []types.Datum {
	elems := Values(t.Elem)
	if len(elems) == 0 {
		return nil
	}
	elems = append(elems[:min(len(elems), 6):min(len(elems), 6)], types.Null)
	array := func(dims, lower []int32, e ...types.Datum) types.Datum {
		return types.MakeArray(&types.Array{Elem: t.Elem, Dims: dims, Lower: lower, Elems: e})
	}
	if t.Is(types.Int2vector) || t.Is(types.Oidvector) {
		return []types.Datum{types.MakeArray(types.VectorOf(t, nil)), types.MakeArray(types.VectorOf(t, elems[:1]))}
	}
	out := []types.Datum{types.MakeArray(&types.Array{Elem: t.Elem})}
	for i, e := range elems {
		f := elems[(i+1)%len(elems)]
		out = append(out, array([]int32{1}, []int32{1}, e), array([]int32{1}, []int32{0}, e), array([]int32{2}, []int32{1}, e, f),
			array([]int32{1, 2}, []int32{1, 1}, e, f), array([]int32{2, 1}, []int32{1, 1}, e, f), array([]int32{2, 1}, []int32{-5, 2147483640}, e, f))
	}
	e := elems[0]
	return append(out, array([]int32{2, 1, 3}, []int32{1, 0, 1}, e, e, e, e, e, e), array([]int32{2, 3, 1}, []int32{0, 1, 1}, e, e, e, e, e, e),
		array([]int32{1, 1, 1, 1, 1, 1}, []int32{1, 1, 1, 1, 1, 1}, e))
}

func recordValues(t *types.T) []types.Datum {
	cols := make([][]types.Datum, len(t.Fields))
	n := 0
	ts := make([]*types.T, len(t.Fields))
	for i, f := range t.Fields {
		cols[i] = append([]types.Datum{types.Null}, Values(f.Type)...)
		n = max(n, len(cols[i]))
		ts[i] = f.Type
	}
	var out []types.Datum
	for k := range n {
		for shift := range 2 {
			r := &types.Record{Types: ts}
			for i := range cols {
				r.Fields = append(r.Fields, cols[i][(k+i*shift)%len(cols[i])])
			}
			out = append(out, types.MakeRecord(r))
		}
	}
	return out
}

// Random is one of Values, or a random array, record or range made of such.
func Random(rnd *rand.Rand, t *types.T) types.Datum {
	switch {
	case t.IsArray() && !t.Is(types.Int2vector) && !t.Is(types.Oidvector):
		return randomArray(rnd, t)
	case t.Kind == types.KindRecord && len(t.Fields) > 0:
		r := &types.Record{}
		for _, f := range t.Fields {
			r.Types, r.Fields = append(r.Types, f.Type), append(r.Fields, orNull(rnd, f.Type))
		}
		return types.MakeRecord(r)
	case t.Typtype == 'r':
		if d, err := types.MakeRange(t, types.Range{Lower: orNull(rnd, t.Elem), Upper: orNull(rnd, t.Elem),
			LowerInc: rnd.IntN(2) == 0, UpperInc: rnd.IntN(2) == 0}); err == nil {
			return d
		}
	case t.Typtype == 'm':
		var rs []*types.Range
		for range rnd.IntN(4) {
			rs = append(rs, types.RangeOf(Random(rnd, t.Elem)))
		}
		return types.MakeMultirange(t, rs)
	}
	list := cached(t)
	return list[rnd.IntN(len(list))]
}

func orNull(rnd *rand.Rand, t *types.T) types.Datum {
	if rnd.IntN(8) == 0 {
		return types.Null
	}
	return Random(rnd, t)
}

func randomArray(rnd *rand.Rand, t *types.T) types.Datum {
	a := &types.Array{Elem: t.Elem}
	n := int32(1)
	for range rnd.IntN(4) {
		size := int32(1 + rnd.IntN(3))
		a.Dims, a.Lower = append(a.Dims, size), append(a.Lower, int32(rnd.IntN(3)))
		n *= size
	}
	if len(a.Dims) > 0 {
		for range n {
			a.Elems = append(a.Elems, orNull(rnd, t.Elem))
		}
	}
	return types.MakeArray(a)
}
