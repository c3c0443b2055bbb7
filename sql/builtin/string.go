package builtin

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// text1 and its kin adapt plain Go functions.
func text1(f func(string) string) EvalFunc {
	return func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return types.MakeStr(f(a[0].Str())), nil }
}

func text2(f func(s, t string) string) EvalFunc {
	return func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeStr(f(a[0].Str(), a[1].Str())), nil
	}
}

func textInt1(f func(string) int) EvalFunc {
	return func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeInt(int64(f(a[0].Str()))), nil
	}
}

func bpcharLen(s string) int { return utf8.RuneCountInString(strings.TrimRight(s, " ")) }

func registerStrings() {
	for _, n := range []string{"length", "char_length", "character_length"} {
		fn(n, "text", textInt1(utf8.RuneCountInString))
		fn(n, "bpchar", textInt1(bpcharLen))
	}
	fn("octet_length", "text", textInt1(func(s string) int { return len(s) }))
	fn("octet_length", "bpchar", textInt1(func(s string) int { return len(s) }))
	fn("bit_length", "text", textInt1(func(s string) int { return 8 * len(s) }))
	fn("lower", "text", text1(strings.ToLower))
	fn("upper", "text", text1(strings.ToUpper))
	fn("initcap", "text", text1(initcap))
	fn("reverse", "text", text1(reverse))
	fn("ascii", "text", textInt1(func(s string) int {
		if s == "" {
			return 0
		}
		r, _ := utf8.DecodeRuneInString(s)
		return int(r)
	}))
	fn("chr", "int4", chr)
	registerSubstrings()
	registerTrims()
	for _, n := range []string{"strpos", "position"} {
		fn(n, "text,text", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			return types.MakeInt(int64(position(a[0].Str(), a[1].Str()))), nil
		})
	}
	fn("replace", "text,text,text", replaceText)
	fn("translate", "text,text,text", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		s, from, to := a[0].Str(), a[1].Str(), a[2].Str()
		longest := 1
		if utf8.RuneCountInString(to) < len(to) {
			longest = utf8.UTFMax
		}
		if err := enlarge(ctx, 0, longest*len(s)); err != nil {
			return types.Null, err
		}
		return types.MakeStr(translate(s, from, to)), nil
	})
	fn("repeat", "text,int4", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		n := max(a[1].Int(), 0)
		if err := fitsLength(ctx, n*int64(len(a[0].Str()))); err != nil { // below 2^61
			return types.Null, err
		}
		return types.MakeStr(strings.Repeat(a[0].Str(), int(n))), nil
	})
	fn("split_part", "text,text,int4", splitPart)
	fn("starts_with", "text,text", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeBool(strings.HasPrefix(a[0].Str(), a[1].Str())), nil
	})
	op("^@", "text", "text", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeBool(strings.HasPrefix(a[0].Str(), a[1].Str())), nil
	})
	registerPads()
	registerQuoting()
	registerConcat()
}

func replaceText(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	s, from, to := a[0].Str(), a[1].Str(), a[2].Str()
	if from == "" {
		return a[0], nil
	}
	n := strings.Count(s, from)
	if n == 0 {
		return a[0], nil
	}
	if err := enlarge(ctx, len(s)-n*len(from), n*len(to)); err != nil {
		return types.Null, err
	}
	return types.MakeStr(strings.ReplaceAll(s, from, to)), nil
}

func registerPads() {
	fn("lpad", "text,int4", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return pad(ctx, a[0].Str(), a[1].Int(), " ", true)
	})
	fn("lpad", "text,int4,text", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return pad(ctx, a[0].Str(), a[1].Int(), a[2].Str(), true)
	})
	fn("rpad", "text,int4", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return pad(ctx, a[0].Str(), a[1].Int(), " ", false)
	})
	fn("rpad", "text,int4,text", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return pad(ctx, a[0].Str(), a[1].Int(), a[2].Str(), false)
	})
}

// pad brings s to n characters; left tells on which side the fill goes.
func pad(ctx *expr.Ctx, s string, n int64, fill string, left bool) (types.Datum, error) {
	n = max(n, 0)
	if n > valueBytesMax/utf8.UTFMax {
		return types.Null, errTooLong()
	}
	have := int64(utf8.RuneCountInString(s))
	if have >= n || fill == "" {
		return types.MakeStr(runePrefix(s, min(n, have))), nil
	}
	need := n - have
	per := int64(utf8.RuneCountInString(fill))
	if err := fitsLength(ctx, int64(len(s))+(need/per+1)*int64(len(fill))); err != nil {
		return types.Null, err
	}
	p := strings.Repeat(fill, int(need/per)) + runePrefix(fill, need%per)
	if left {
		return types.MakeStr(p + s), nil
	}
	return types.MakeStr(s + p), nil
}

// runePrefix is the first n characters of s.
func runePrefix(s string, n int64) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

func initcap(s string) string {
	word := false
	return strings.Map(func(r rune) rune {
		alnum := unicode.IsLetter(r) || unicode.IsDigit(r)
		defer func() { word = alnum }()
		switch {
		case !alnum:
			return r
		case word:
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

func reverse(s string) string {
	b := make([]byte, 0, len(s))
	for i := len(s); i > 0; {
		_, n := utf8.DecodeLastRuneInString(s[:i])
		b = append(b, s[i-n:i]...)
		i -= n
	}
	return string(b)
}

func chr(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
	n := a[0].Int()
	switch {
	case n == 0:
		return types.Null, pgerr.New(pgerr.ProgramLimitExceeded, "null character not permitted")
	case n < 0:
		return types.Null, pgerr.New(pgerr.InvalidParameterValue, "character number must be positive")
	case n > unicode.MaxRune:
		return types.Null, pgerr.Newf(pgerr.ProgramLimitExceeded, "requested character too large for encoding: %d", n)
	case !utf8.ValidRune(rune(n)):
		return types.Null, pgerr.Newf(pgerr.ProgramLimitExceeded, "requested character not valid for encoding: %d", n)
	}
	return types.MakeStr(string(rune(n))), nil
}

// position is the character position of sub in s, from 1; 0 where absent.
func position(s, sub string) int {
	i := strings.Index(s, sub)
	if i < 0 {
		return 0
	}
	return utf8.RuneCountInString(s[:i]) + 1
}

func translate(s, from, to string) string {
	m := map[rune]rune{}
	target := []rune(to)
	for i, r := range []rune(from) {
		if _, dup := m[r]; dup {
			continue
		}
		if i < len(target) {
			m[r] = target[i]
		} else {
			m[r] = -1
		}
	}
	return strings.Map(func(r rune) rune {
		if t, ok := m[r]; ok {
			return t
		}
		return r
	}, s)
}

func splitPart(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
	s, sep, n := a[0].Str(), a[1].Str(), int(a[2].Int())
	if n == 0 {
		return types.Null, pgerr.New(pgerr.InvalidParameterValue, "field position must not be zero")
	}
	parts := 1
	if sep != "" {
		parts += strings.Count(s, sep)
	}
	if n < 0 {
		n += parts + 1
	}
	if n < 1 || n > parts {
		return types.MakeStr(""), nil
	}
	for range n - 1 {
		s = s[strings.Index(s, sep)+len(sep):]
	}
	if sep != "" {
		s, _, _ = strings.Cut(s, sep)
	}
	return types.MakeStr(s), nil
}
