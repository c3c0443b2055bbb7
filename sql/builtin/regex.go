package builtin

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// Regular expressions are PostgreSQL's AREs (manual section 9.7.3) on Go's
// engine, which runs in linear time: back references and lookaround are
// refused.

// regexCacheMax is the number of compiled expressions kept.
const regexCacheMax = 512

type regexKey struct{ pattern, flags string }

var regexCache = struct {
	sync.Mutex
	m map[regexKey]*regexp.Regexp
}{m: map[regexKey]*regexp.Regexp{}}

func errRegex(reason string) error {
	return pgerr.New(pgerr.InvalidRegularExpression, "invalid regular expression: "+reason)
}

// compileRegex compiles an ARE; flags are the letters of the regexp_ functions
// without g.
func compileRegex(pattern, flags string) (*regexp.Regexp, error) {
	key := regexKey{pattern, flags}
	regexCache.Lock()
	re := regexCache.m[key]
	regexCache.Unlock()
	if re != nil {
		return re, nil
	}
	re, err := buildRegex(pattern, flags)
	if err != nil {
		return nil, err
	}
	regexCache.Lock()
	if len(regexCache.m) >= regexCacheMax {
		clear(regexCache.m)
	}
	regexCache.m[regexKey{strings.Clone(pattern), flags}] = re
	regexCache.Unlock()
	return re, nil
}

func buildRegex(pattern, flags string) (*regexp.Regexp, error) {
	literal := strings.Contains(flags, "q")
	if rest, ok := strings.CutPrefix(pattern, "***="); ok {
		pattern, literal = rest, true
	}
	pattern = strings.TrimPrefix(pattern, "***:")
	for strings.HasPrefix(pattern, "(?") {
		end := strings.IndexByte(pattern, ')')
		if end < 0 || strings.Trim(pattern[2:end], "bceimnpqstwx") != "" {
			break
		}
		flags += pattern[2:end]
		pattern = pattern[end+1:]
	}
	fold, dotNL, lines, expanded := false, true, false, false
	for _, f := range flags {
		switch f {
		case 'i':
			fold = true
		case 'c':
			fold = false
		case 'n', 'm':
			dotNL, lines = false, true
		case 'p':
			dotNL = false
		case 'w':
			lines = true
		case 's':
			dotNL, lines = true, false
		case 'x':
			expanded = true
		}
	}
	text, lazy := regexp.QuoteMeta(pattern), false
	if !literal {
		var err error
		if text, lazy, err = translateRegex(pattern, expanded, !dotNL); err != nil {
			return nil, err
		}
	}
	opts := ""
	for _, o := range []struct {
		on     bool
		letter string
	}{{fold, "i"}, {dotNL, "s"}, {lines, "m"}} {
		if o.on {
			opts += o.letter
		}
	}
	if opts != "" {
		text = "(?" + opts + ")" + text
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, regexError(err)
	}
	if !lazy {
		re.Longest()
	}
	return re, nil
}

func regexError(err error) error {
	var se *syntax.Error
	if !errors.As(err, &se) {
		return errRegex(err.Error())
	}
	switch se.Code {
	case syntax.ErrMissingParen, syntax.ErrUnexpectedParen:
		return errRegex("parentheses () not balanced")
	case syntax.ErrMissingBracket:
		return errRegex("brackets [] not balanced")
	case syntax.ErrMissingRepeatArgument, syntax.ErrInvalidRepeatOp:
		return errRegex("quantifier operand invalid")
	case syntax.ErrInvalidRepeatSize:
		return errRegex("invalid repetition count(s)")
	case syntax.ErrInvalidCharRange, syntax.ErrInvalidCharClass:
		return errRegex("invalid character range")
	case syntax.ErrTrailingBackslash, syntax.ErrInvalidEscape:
		return errRegex("invalid escape \\ sequence")
	}
	return errRegex(string(se.Code))
}

// regexTranslator rewrites an ARE in Go's syntax.
type regexTranslator struct {
	s        string
	i        int
	b        strings.Builder
	lazy     bool
	expanded bool
	newlines bool // [^…] must not match a newline
}

func translateRegex(p string, expanded, newlines bool) (string, bool, error) {
	t := &regexTranslator{s: p, expanded: expanded, newlines: newlines}
	for t.i < len(p) {
		if err := t.atom(); err != nil {
			return "", false, err
		}
	}
	return t.b.String(), t.lazy, nil
}

func (t *regexTranslator) atom() error {
	c := t.s[t.i]
	switch {
	case c == '\\':
		return t.escape()
	case c == '[':
		return t.bracket()
	case t.expanded && (c == ' ' || c == '\t' || c == '\n' || c == '\r'):
		t.i++
	case t.expanded && c == '#':
		for t.i < len(t.s) && t.s[t.i] != '\n' {
			t.i++
		}
	case strings.HasPrefix(t.s[t.i:], "(?#"):
		end := strings.IndexByte(t.s[t.i:], ')')
		if end < 0 {
			return errRegex("parentheses () not balanced")
		}
		t.i += end + 1
	case strings.HasPrefix(t.s[t.i:], "(?=") || strings.HasPrefix(t.s[t.i:], "(?!") || strings.HasPrefix(t.s[t.i:], "(?<"):
		return pgerr.NotSupported("lookaround in a regular expression")
	case c == '?' && t.i > 0 && strings.IndexByte("*+?}", t.s[t.i-1]) >= 0 && (t.i < 2 || t.s[t.i-2] != '\\'):
		t.lazy = true
		t.b.WriteByte(c)
		t.i++
	default:
		t.b.WriteByte(c)
		t.i++
	}
	return nil
}

var regexEscapes = map[byte]string{
	'm': `\b`, 'M': `\b`, 'y': `\b`, 'Y': `\B`, 'A': `\A`, 'Z': `\z`, 'e': `\x1b`, 'B': `\\`, 'b': `\x08`,
	'd': `\d`, 'D': `\D`, 's': `\s`, 'S': `\S`, 'w': `\w`, 'W': `\W`,
	'n': `\n`, 't': `\t`, 'r': `\r`, 'f': `\f`, 'v': `\v`, 'a': `\a`,
}

func (t *regexTranslator) escape() error {
	if t.i+1 >= len(t.s) {
		return errRegex("invalid escape \\ sequence")
	}
	c := t.s[t.i+1]
	t.i += 2
	if e, ok := regexEscapes[c]; ok {
		t.b.WriteString(e)
		return nil
	}
	switch {
	case c == 'u' || c == 'U' || c == 'x':
		n := map[byte]int{'u': 4, 'U': 8, 'x': 8}[c]
		j := t.i
		for j < len(t.s) && j-t.i < n && strings.IndexByte("0123456789abcdefABCDEF", t.s[j]) >= 0 {
			j++
		}
		if j == t.i {
			return errRegex("invalid escape \\ sequence")
		}
		t.b.WriteString(`\x{` + strings.TrimLeft(t.s[t.i:j-1], "0") + t.s[j-1:j] + `}`)
		t.i = j
	case c >= '1' && c <= '9':
		return pgerr.NotSupported("a back reference in a regular expression")
	case c == '0':
		t.b.WriteString(`\x00`)
	case c >= utf8.RuneSelf:
		t.i--
	case c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z':
		return errRegex("invalid escape \\ sequence")
	default:
		t.b.WriteString(`\` + string(c))
	}
	return nil
}

// bracket copies a bracket expression; [[:<:]] and [[:>:]] are word boundaries.
func (t *regexTranslator) bracket() error {
	rest := t.s[t.i:]
	if strings.HasPrefix(rest, "[[:<:]]") || strings.HasPrefix(rest, "[[:>:]]") {
		t.b.WriteString(`\b`)
		t.i += 7
		return nil
	}
	j := 1
	if j < len(rest) && rest[j] == '^' {
		j++
	}
	if j < len(rest) && rest[j] == ']' {
		j++
	}
	for j < len(rest) && rest[j] != ']' {
		switch {
		case rest[j] == '\\':
			j += 2
		case strings.HasPrefix(rest[j:], "[:"):
			end := strings.Index(rest[j:], ":]")
			if end < 0 {
				return errRegex("brackets [] not balanced")
			}
			j += end + 2
		default:
			j++
		}
	}
	if j >= len(rest) {
		return errRegex("brackets [] not balanced")
	}
	class := rest[:j+1]
	if t.newlines && strings.HasPrefix(class, "[^") {
		class = class[:len(class)-1] + `\n]`
	}
	t.b.WriteString(class)
	t.i += j + 1
	return nil
}

// checkRegexFlags parts g from the other flags.
func checkRegexFlags(fn, flags string, allowGlobal bool) (rest string, global bool, err error) {
	for _, f := range flags {
		switch {
		case f == 'g' && !allowGlobal:
			e := pgerr.Newf(pgerr.InvalidParameterValue, "%s() does not support the \"global\" option", fn)
			if fn == "regexp_match" {
				e = e.WithHint("Use the regexp_matches function instead.")
			}
			return "", false, e
		case f == 'g':
			global = true
		case !strings.ContainsRune("bceimnpqstwx", f):
			return "", false, pgerr.Newf(pgerr.InvalidParameterValue, "invalid regular expression option: \"%c\"", f)
		default:
			rest += string(f)
		}
	}
	return rest, global, nil
}

func registerRegexOps() {
	match := func(flags string, not bool) EvalFunc {
		return func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			re, err := compileRegex(a[1].Str(), flags)
			if err != nil {
				return types.Null, err
			}
			return types.MakeBool(re.MatchString(a[0].Str()) != not), nil
		}
	}
	for _, t := range []string{"text", "name", "bpchar"} {
		op("~", t, "text", match("", false))
		op("~*", t, "text", match("i", false))
		op("!~", t, "text", match("", true))
		op("!~*", t, "text", match("i", true))
	}
}

// similarToRegex turns a SIMILAR TO pattern into an ARE (manual section 9.7.2).
// escape is "" for none.
func similarToRegex(p, escape string) (string, error) {
	if utf8.RuneCountInString(escape) > 1 {
		return "", pgerr.New(pgerr.InvalidEscapeSequence, "invalid escape string").
			WithHint("Escape string must be empty or one character.")
	}
	var b strings.Builder
	b.WriteString("^(?:")
	parts, inClass := 0, false
	for i := 0; i < len(p); {
		_, n := utf8.DecodeRuneInString(p[i:])
		c := p[i : i+n]
		i += n
		switch {
		case escape != "" && c == escape:
			if i >= len(p) {
				b.WriteString(`\\`)
				continue
			}
			_, n = utf8.DecodeRuneInString(p[i:])
			next := p[i : i+n]
			i += n
			if next == `"` && !inClass {
				// substring(… similar …): three parts, the middle one captured.
				if parts == 0 {
					b.WriteString("){1,1}?(")
				} else {
					b.WriteString("){1,1}(?:")
				}
				parts++
				continue
			}
			b.WriteString(`\` + next)
		case inClass:
			if c == "]" {
				inClass = false
			}
			if c == `\` {
				b.WriteString(`\`)
			}
			b.WriteString(c)
		case c == "[":
			inClass = true
			b.WriteString(c)
		case c == "%":
			b.WriteString(".*")
		case c == "_":
			b.WriteString(".")
		case c == "(":
			b.WriteString("(?:")
		case c == `\` || c == "." || c == "^" || c == "$":
			b.WriteString(`\` + c)
		default:
			b.WriteString(c)
		}
	}
	b.WriteString(")$")
	return b.String(), nil
}

func similarEscape(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	escape := `\`
	if len(a) == 2 && !a[1].IsNull() {
		escape = a[1].Str()
	}
	s, err := similarToRegex(a[0].Str(), escape)
	return types.MakeStr(s), err
}
