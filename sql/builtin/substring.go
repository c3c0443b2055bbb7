package builtin

import (
	"strings"
	"unicode/utf8"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

func errSubstring() error {
	return pgerr.New(pgerr.SubstringError, "negative substring length not allowed")
}

// substringBounds turns SQL's start (from 1, may be below) and length into
// offsets [lo, hi) of something n long; length < 0 of the call is an error.
func substringBounds(n, start int64, length *int64) (lo, hi int64, err error) {
	lo, hi = start-1, n
	if length != nil {
		if *length < 0 {
			return 0, 0, errSubstring()
		}
		hi = min(lo+*length, n)
		if lo+*length < lo { // overflow
			hi = n
		}
	}
	lo = max(lo, 0)
	return min(lo, n), max(min(lo, n), hi), nil
}

func substringText(s string, start int64, length *int64) (string, error) {
	n := int64(utf8.RuneCountInString(s))
	lo, hi, err := substringBounds(n, start, length)
	if err != nil {
		return "", err
	}
	if n == int64(len(s)) {
		return s[lo:hi], nil
	}
	s = s[len(runePrefix(s, lo)):]
	return runePrefix(s, hi-lo), nil
}

func evalSubstring(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
	var length *int64
	if len(a) == 3 {
		n := a[2].Int()
		length = &n
	}
	switch a[0].Kind() {
	case types.KindStr:
		s, err := substringText(a[0].Str(), a[1].Int(), length)
		return types.MakeStr(s), err
	case types.KindBytes:
		b := a[0].Bytes()
		lo, hi, err := substringBounds(int64(len(b)), a[1].Int(), length)
		if err != nil {
			return types.Null, err
		}
		return types.MakeBytes(b[lo:hi]), nil
	}
	b := a[0].Other().(types.BitString)
	lo, hi, err := substringBounds(int64(len(b)), a[1].Int(), length)
	if err != nil {
		return types.Null, err
	}
	return types.MakeOther(b[lo:hi]), nil
}

func registerSubstrings() {
	for _, t := range []string{"text", "bytea", "bit"} {
		for _, n := range []string{"substring", "substr"} {
			if t == "bit" && n == "substr" {
				continue
			}
			fn(n, t+",int4", evalSubstring)
			fn(n, t+",int4,int4", evalSubstring)
		}
		fn("overlay", t+","+t+",int4", overlay)
		fn("overlay", t+","+t+",int4,int4", overlay)
	}
	fn("left", "text,int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		s, n := a[0].Str(), a[1].Int()
		if n < 0 {
			n = max(int64(utf8.RuneCountInString(s))+n, 0)
		}
		return types.MakeStr(runePrefix(s, n)), nil
	})
	fn("right", "text,int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		s, n := a[0].Str(), a[1].Int()
		skip := -n
		if n >= 0 {
			skip = int64(utf8.RuneCountInString(s)) - n
		}
		if skip <= 0 {
			return a[0], nil
		}
		return types.MakeStr(s[len(runePrefix(s, skip)):]), nil
	})
}

// overlay replaces part of a[0] by a[1], from a[2] (from 1), a[3] or the length
// of a[1] long.
func overlay(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	start := a[2].Int()
	if start <= 0 {
		return types.Null, errSubstring()
	}
	n := datumLen(a[1])
	if len(a) == 4 {
		n = a[3].Int()
	}
	head, err := evalSubstring(ctx, []types.Datum{a[0], types.MakeInt(1), types.MakeInt(start - 1)})
	if err != nil {
		return types.Null, err
	}
	tail, err := evalSubstring(ctx, []types.Datum{a[0], types.MakeInt(start + n)})
	if err != nil {
		return types.Null, err
	}
	switch a[0].Kind() {
	case types.KindStr:
		return types.MakeStr(head.Str() + a[1].Str() + tail.Str()), nil
	case types.KindBytes:
		out := append(append(append([]byte(nil), head.Bytes()...), a[1].Bytes()...), tail.Bytes()...)
		return types.MakeBytes(out), nil
	}
	return types.MakeOther(head.Other().(types.BitString) + a[1].Other().(types.BitString) + tail.Other().(types.BitString)), nil
}

func datumLen(d types.Datum) int64 {
	switch d.Kind() {
	case types.KindStr:
		return int64(utf8.RuneCountInString(d.Str()))
	case types.KindBytes:
		return int64(len(d.Bytes()))
	}
	return int64(len(d.Other().(types.BitString)))
}

func registerTrims() {
	for n, f := range map[string]func(s, cut string) string{"btrim": strings.Trim, "ltrim": strings.TrimLeft, "rtrim": strings.TrimRight} {
		fn(n, "text", text1(func(s string) string { return f(s, " ") }))
		fn(n, "text,text", text2(f))
		fn(n, "bytea,bytea", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			b := a[0].Bytes()
			var cut [256]bool
			for _, c := range a[1].Bytes() {
				cut[c] = true
			}
			lo, hi := 0, len(b)
			for n != "rtrim" && lo < hi && cut[b[lo]] {
				lo++
			}
			for n != "ltrim" && lo < hi && cut[b[hi-1]] {
				hi--
			}
			return types.MakeBytes(b[lo:hi]), nil
		})
	}
}
