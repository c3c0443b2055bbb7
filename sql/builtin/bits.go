package builtin

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

func bitsOf(d types.Datum) string { return string(d.Other().(types.BitString)) }

func makeBits(s string) types.Datum { return types.MakeOther(types.BitString(s)) }

func registerBitStrings() {
	for name, f := range map[string]func(a, b byte) bool{
		"&": func(a, b byte) bool { return a == '1' && b == '1' },
		"|": func(a, b byte) bool { return a == '1' || b == '1' },
		"#": func(a, b byte) bool { return a != b },
	} {
		word := map[string]string{"&": "AND", "|": "OR", "#": "XOR"}[name]
		op(name, "bit", "bit", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			x, y := bitsOf(a[0]), bitsOf(a[1])
			if len(x) != len(y) {
				return types.Null, pgerr.Newf(pgerr.StringDataLengthMismatch, "cannot %s bit strings of different sizes", word)
			}
			out := make([]byte, len(x))
			for i := range out {
				out[i] = '0'
				if f(x[i], y[i]) {
					out[i] = '1'
				}
			}
			return makeBits(string(out)), nil
		})
	}
	op("~", "", "bit", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return makeBits(strings.NewReplacer("0", "1", "1", "0").Replace(bitsOf(a[0]))), nil
	})
	shift := func(s string, n int64) types.Datum {
		size := int64(len(s))
		n = max(min(n, size), -size)
		if n >= 0 {
			return makeBits(s[n:] + strings.Repeat("0", int(n)))
		}
		return makeBits(strings.Repeat("0", int(-n)) + s[:size+n])
	}
	op("<<", "bit", "int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return shift(bitsOf(a[0]), a[1].Int()), nil })
	op(">>", "bit", "int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return shift(bitsOf(a[0]), -a[1].Int()), nil })
	for _, n := range []string{"length", "bit_length"} {
		fn(n, "bit", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			return types.MakeInt(int64(len(bitsOf(a[0])))), nil
		})
	}
	fn("octet_length", "bit", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeInt(int64(len(bitsOf(a[0]))+7) / 8), nil
	})
	fn("bit_count", "bit", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeInt(int64(strings.Count(bitsOf(a[0]), "1"))), nil
	})
	fn("position", "bit,bit", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeInt(int64(strings.Index(bitsOf(a[0]), bitsOf(a[1])) + 1)), nil
	})
	registerBitAccess()
}

func registerBitAccess() {
	at := func(d types.Datum, n int64) (string, error) {
		s := bitsOf(d)
		if n < 0 || n >= int64(len(s)) {
			return "", pgerr.Newf(pgerr.ArraySubscriptError, "bit index %d out of valid range (0..%d)", n, len(s)-1)
		}
		return s, nil
	}
	fn("get_bit", "bit,int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		s, err := at(a[0], a[1].Int())
		if err != nil {
			return types.Null, err
		}
		return types.MakeInt(int64(s[a[1].Int()] - '0')), nil
	})
	fn("set_bit", "bit,int4,int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		s, err := at(a[0], a[1].Int())
		if err != nil {
			return types.Null, err
		}
		if v := a[2].Int(); v != 0 && v != 1 {
			return types.Null, pgerr.New(pgerr.InvalidParameterValue, "new bit must be 0 or 1")
		}
		n := a[1].Int()
		return makeBits(s[:n] + string(rune('0'+a[2].Int())) + s[n+1:]), nil
	})
}
