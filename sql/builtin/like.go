package builtin

import (
	"strings"
	"unicode/utf8"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

func errEscapeEnd() error {
	return pgerr.New(pgerr.InvalidEscapeSequence, "LIKE pattern must not end with escape character")
}

// MatchLike is s LIKE pattern with backslash as the escape character. The parts
// between two % are found one after the other, each as early as it can be: what
// is behind finds most room then, so that nothing is tried twice.
func MatchLike(b *budget.Run, s, pattern string) (bool, error) {
	part, rest, more := cutLike(pattern)
	n, ok, err := likePrefix(part, s)
	if err != nil || !ok {
		return false, err
	}
	s = s[n:]
	for more {
		part, rest, more = cutLike(rest)
		switch {
		case !more:
			return likeSuffix(part, s)
		case part == "":
			continue
		}
		if n, err = likeIndex(b, part, s); n < 0 || err != nil {
			return false, err
		}
		s = s[n:]
	}
	return s == "", nil
}

// cutLike parts a pattern at its first % that is not escaped.
func cutLike(pattern string) (part, rest string, more bool) {
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case '%':
			return pattern[:i], pattern[i+1:], true
		}
	}
	return pattern, "", false
}

func plainLike(part string) bool { return !strings.ContainsAny(part, `_\`) }

// likePrefix tells whether s starts with what a part without % matches, and how
// many bytes that takes.
func likePrefix(part, s string) (n int, ok bool, err error) {
	for i := 0; i < len(part); i++ {
		if n == len(s) {
			return 0, false, nil
		}
		c := part[i]
		switch c {
		case '_':
			_, w := utf8.DecodeRuneInString(s[n:])
			n += w
			continue
		case '\\':
			if i++; i == len(part) {
				return 0, false, errEscapeEnd()
			}
			c = part[i]
		}
		if s[n] != c {
			return 0, false, nil
		}
		n++
	}
	return n, true, nil
}

// likeSuffix tells whether s ends with what the last part matches.
func likeSuffix(part, s string) (bool, error) {
	if plainLike(part) {
		return strings.HasSuffix(s, part), nil
	}
	runes := 0
	for i := 0; i < len(part); {
		if part[i] == '\\' {
			if i++; i == len(part) {
				return false, errEscapeEnd()
			}
		}
		_, w := utf8.DecodeRuneInString(part[i:])
		i += w
		runes++
	}
	at := len(s)
	for ; runes > 0; runes-- {
		if at == 0 {
			return false, nil
		}
		_, w := utf8.DecodeLastRuneInString(s[:at])
		at -= w
	}
	n, ok, err := likePrefix(part, s[at:])
	return ok && n == len(s)-at, err
}

// likeIndex finds the first place of a part in s and gives the end of it; -1 for
// none.
func likeIndex(b *budget.Run, part, s string) (int, error) {
	if err := b.Step(1 + len(s)/bytesPerStep); err != nil {
		return -1, err
	}
	if plainLike(part) {
		i := strings.Index(s, part)
		if i < 0 {
			return -1, nil
		}
		return i + len(part), nil
	}
	for at := 0; at < len(s); {
		if err := b.Step(1 + len(part)/bytesPerStep); err != nil {
			return -1, err
		}
		if n, ok, err := likePrefix(part, s[at:]); ok || err != nil {
			return at + n, err
		}
		_, w := utf8.DecodeRuneInString(s[at:])
		at += w
	}
	return -1, nil
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
	return func(ctx *expr.Ctx, args []*chunk.Vec, n int, sel []int32, out *chunk.Vec) error {
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
				ok, err = MatchLike(ctx.Budget, s, pattern)
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
func likeEscape(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	if err := enlarge(ctx, 0, 2*len(a[0].Str())); err != nil {
		return types.Null, err
	}
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
		return func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
			s, p := a[0].Str(), a[1].Str()
			if fold {
				s, p = strings.ToLower(s), strings.ToLower(p)
			}
			ok, err := MatchLike(ctx.Budget, s, p)
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
		return func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
			ok, err := MatchLike(ctx.Budget, string(a[0].Bytes()), string(a[1].Bytes()))
			return types.MakeBool(ok != not), err
		}
	}
	op("~~", "bytea", "bytea", bytesLike(false))
	op("!~~", "bytea", "bytea", bytesLike(true))
	fn("like", "text,text", match(false, false, false))
	fn("notlike", "text,text", match(false, true, false))
	fn("like_escape", "text,text", likeEscape)
}
