package typetest

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/types"
)

// hugeBytes is the size of the large values.
const hugeBytes = 1 << 20

// Huge are large values of t: a megabyte of text, deep documents, many elements.
// nil: t has none.
func Huge(t *types.T) []types.Datum {
	parse := func(list ...string) (out []types.Datum) {
		for _, s := range list {
			d, err := types.Parse(t, -1, s, nil)
			if err != nil {
				panic("typetest: huge " + t.Name + ": " + err.Error())
			}
			out = append(out, d)
		}
		return out
	}
	many := func(s string) string { return strings.Repeat(s, hugeBytes/len(s)) }
	nested := func(open, end string, n int) string { return strings.Repeat(open, n) + "1" + strings.Repeat(end, n) }
	switch t {
	case types.Text, types.Varchar, types.Bpchar, types.Unknown, types.Cstring:
		return []types.Datum{types.MakeStr(many("a")), types.MakeStr(many("%a")), types.MakeStr(many("(")), types.MakeStr(many(`\`)),
			types.MakeStr(many("é")), types.MakeStr(many("9")), types.MakeStr(many("day ")), types.MakeStr(nested("[", "]", 5000)),
			types.MakeStr("(" + many("a|") + ")*b"), types.MakeStr(many("Y,")), types.MakeStr(many("{")), types.MakeStr("((a{0,30}){0,30}){0,30}")}
	case types.Bytea:
		return []types.Datum{types.MakeBytes([]byte(many("\x00"))), types.MakeBytes([]byte(many("a")))}
	case types.Numeric:
		return parse(strings.Repeat("9", 131072), "1e-16383", strings.Repeat("9", 20000)+"."+strings.Repeat("3", 16000), "0."+strings.Repeat("7", 1000))
	case types.JSON, types.JSONB:
		return parse("["+strings.TrimSuffix(many("1,"), ",")+"]", nested("[", "]", 5000), nested(`{"a":`, "}", 5000), `"`+many("x")+`"`,
			"1"+strings.Repeat("0", 100000))
	case types.JSONPath:
		return parse("$"+strings.Repeat("[*]", 1000), "$"+strings.Repeat(".a", 10000), strings.Repeat("-", 2000)+"$", "1"+strings.Repeat(" + 1", 5000),
			"$ ? ("+strings.Repeat("!(", 500)+"@ == 1"+strings.Repeat(")", 500)+")")
	case types.Varbit, types.Bit:
		return parse(many("10"))
	case types.Tsvector:
		return parse(many("word "))
	}
	if t.IsArray() && len(Values(t.Elem)) > 0 && !t.Is(types.Int2vector) && !t.Is(types.Oidvector) {
		elems := make([]types.Datum, hugeBytes/24)
		vals := append([]types.Datum{types.Null}, Values(t.Elem)...)
		for i := range elems {
			elems[i] = vals[i%min(len(vals), 8)]
		}
		return []types.Datum{types.MakeArray(&types.Array{Elem: t.Elem, Dims: []int32{int32(len(elems))}, Lower: []int32{1}, Elems: elems})}
	}
	return nil
}
