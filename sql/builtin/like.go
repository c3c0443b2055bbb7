package builtin

import (
	"strings"
	"unicode/utf8"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

func errEscapeEnd() error {
	return pgerr.New(pgerr.InvalidEscapeSequence, "LIKE pattern must not end with escape character")
}

// MatchLike is s LIKE pattern with backslash as the escape character.
func MatchLike(s, pattern string) (bool, error) {
	for pattern != "" {
		switch pattern[0] {
		case '\\':
			if len(pattern) == 1 {
				return false, errEscapeEnd()
			}
			pattern = pattern[1:]
			if s == "" || s[0] != pattern[0] {
				return false, nil
			}
		case '%':
			return likeRest(s, pattern)
		case '_':
			if s == "" {
				return false, nil
			}
			_, n := utf8.DecodeRuneInString(s)
			s, pattern = s[n:], pattern[1:]
			continue
		default:
			if s == "" || s[0] != pattern[0] {
				return false, nil
			}
		}
		s, pattern = s[1:], pattern[1:]
	}
	return s == "", nil
}

// likeRest matches a pattern that starts with %: some suffix of s must match
// what follows it.
func likeRest(s, pattern string) (bool, error) {
	for pattern != "" && (pattern[0] == '%' || pattern[0] == '_') {
		if pattern[0] == '_' {
			if s == "" {
				return false, nil
			}
			_, n := utf8.DecodeRuneInString(s)
			s = s[n:]
		}
		pattern = pattern[1:]
	}
	if pattern == "" {
		return true, nil
	}
	first := pattern[0]
	if first == '\\' {
		if len(pattern) == 1 {
			return false, errEscapeEnd()
		}
		first = pattern[1]
	}
	for {
		i := strings.IndexByte(s, first)
		if i < 0 {
			return false, nil
		}
		if ok, err := MatchLike(s[i:], pattern); ok || err != nil {
			return ok, err
		}
		s = s[i+1:]
	}
}

// likeForm is a pattern that needs no matching of its own: kind 'p' prefix, 's'
// suffix, 'c' contains, '=' equal, 0 any other.
func likeForm(pattern string) (kind byte, text string) {
	inner := strings.Trim(pattern, "%")
	if strings.ContainsAny(inner, "%_\\") {
		return 0, ""
	}
	starts, ends := strings.HasPrefix(pattern, "%"), strings.HasSuffix(pattern, "%")
	switch {
	case starts && ends:
		return 'c', inner
	case starts:
		return 's', inner
	case ends:
		return 'p', inner
	}
	return '=', inner
}

// likeKernel matches a column; equal patterns of neighbouring rows are looked at
// once.
func likeKernel(not bool) expr.Kernel {
	return func(_ *expr.Ctx, args []*chunk.Vec, n int, sel []int32, out *chunk.Vec) error {
		out.Grow(types.KindBool, n)
		last, kind, text, first := "", byte(0), "", true
		one := func(i int) error {
			if args[0].Null(i) || args[1].Null(i) {
				out.SetNull(i)
				return nil
			}
			s, pattern := args[0].Str(i), args[1].Str(i)
			if first || pattern != last {
				first, last = false, pattern
				kind, text = likeForm(pattern)
			}
			var ok bool
			var err error
			switch kind {
			case 'p':
				ok = strings.HasPrefix(s, text)
			case 's':
				ok = strings.HasSuffix(s, text)
			case 'c':
				ok = strings.Contains(s, text)
			case '=':
				ok = s == text
			default:
				ok, err = MatchLike(s, pattern)
			}
			out.Ints[i] = 0
			if ok != not {
				out.Ints[i] = 1
			}
			return err
		}
		return eachRow(n, sel, one)
	}
}

// eachRow calls f for the selected rows.
func eachRow(n int, sel []int32, f func(i int) error) error {
	if sel == nil {
		for i := range n {
			if err := f(i); err != nil {
				return err
			}
		}
		return nil
	}
	for _, i := range sel {
		if err := f(int(i)); err != nil {
			return err
		}
	}
	return nil
}

// likeEscape rewrites a pattern from another escape character to backslash; an
// empty one turns escaping off.
func likeEscape(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
	p, esc := a[0].Str(), a[1].Str()
	if utf8.RuneCountInString(esc) > 1 {
		return types.Null, pgerr.New(pgerr.InvalidEscapeSequence, "invalid escape string").
			WithHint("Escape string must be empty or one character.")
	}
	if esc == "" {
		return types.MakeStr(strings.ReplaceAll(p, `\`, `\\`)), nil
	}
	if esc == `\` {
		return a[0], nil
	}
	var b strings.Builder
	for p != "" {
		r, n := utf8.DecodeRuneInString(p)
		switch c := p[:n]; {
		case c == esc:
			b.WriteByte('\\')
			p = p[n:]
			if p != "" {
				_, n = utf8.DecodeRuneInString(p)
				b.WriteString(p[:n])
			} else {
				n = 0
			}
		case r == '\\':
			b.WriteString(`\\`)
		default:
			b.WriteString(c)
		}
		p = p[n:]
	}
	return types.MakeStr(b.String()), nil
}

func registerLike() {
	match := func(fold, not bool, trim bool) EvalFunc {
		return func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			s, p := a[0].Str(), a[1].Str()
			if fold {
				s, p = strings.ToLower(s), strings.ToLower(p)
			}
			ok, err := MatchLike(s, p)
			return types.MakeBool(ok != not), err
		}
	}
	for _, t := range []string{"text", "name", "bpchar"} {
		op("~~", t, "text", match(false, false, t == "bpchar")).Fn.Batch = likeKernel(false)
		op("!~~", t, "text", match(false, true, t == "bpchar")).Fn.Batch = likeKernel(true)
		op("~~*", t, "text", match(true, false, t == "bpchar"))
		op("!~~*", t, "text", match(true, true, t == "bpchar"))
	}
	bytesLike := func(not bool) EvalFunc {
		return func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			ok, err := MatchLike(string(a[0].Bytes()), string(a[1].Bytes()))
			return types.MakeBool(ok != not), err
		}
	}
	op("~~", "bytea", "bytea", bytesLike(false))
	op("!~~", "bytea", "bytea", bytesLike(true))
	fn("like", "text,text", match(false, false, false))
	fn("notlike", "text,text", match(false, true, false))
	fn("like_escape", "text,text", likeEscape)
}
