package regex

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// Translate rewrites an ARE under these flags in Go's syntax. lazy tells that a
// quantifier is not greedy.
func Translate(pattern, flags string) (text string, lazy bool, err error) {
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
	fold, dotNL, lines, expanded := modes(flags)
	text = regexp.QuoteMeta(pattern)
	if !literal {
		if text, lazy, err = translate(pattern, expanded, !dotNL); err != nil {
			return "", false, err
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
	return text, lazy, nil
}

// modes reads the flag letters; later ones win.
func modes(flags string) (fold, dotNL, lines, expanded bool) {
	dotNL = true
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
	return fold, dotNL, lines, expanded
}

// translator rewrites an ARE in Go's syntax.
type translator struct {
	s        string
	i        int
	b        strings.Builder
	lazy     bool
	expanded bool
	newlines bool // [^…] must not match a newline
}

func translate(p string, expanded, newlines bool) (string, bool, error) {
	t := &translator{s: p, expanded: expanded, newlines: newlines}
	for t.i < len(p) {
		if err := t.atom(); err != nil {
			return "", false, err
		}
	}
	return t.b.String(), t.lazy, nil
}

func (t *translator) atom() error {
	c := t.s[t.i]
	switch {
	case c == '\\':
		return t.escape()
	case c == '[':
		return t.bracket()
	case c == '{':
		return t.bound()
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

// boundMax is the largest count of a bound, as in PostgreSQL.
const boundMax = 255

// bound copies {m}, {m,} or {m,n}; a brace before anything else is a plain one.
func (t *translator) bound() error {
	rest := t.s[t.i+1:]
	if rest == "" || rest[0] < '0' || rest[0] > '9' {
		t.b.WriteString(`\{`)
		t.i++
		return nil
	}
	end := strings.IndexByte(rest, '}')
	if end < 0 {
		return errRegex("braces {} not balanced")
	}
	least, most, _ := strings.Cut(rest[:end], ",")
	low := 0
	for i, n := range []string{least, most} {
		if n == "" && i == 1 {
			break
		}
		v, err := strconv.ParseUint(n, 10, 16)
		if err != nil || v > boundMax || int(v) < low {
			return errRegex("invalid repetition count(s)")
		}
		low = int(v)
	}
	t.b.WriteString(t.s[t.i : t.i+end+2])
	t.i += end + 2
	return nil
}

var escapes = map[byte]string{
	'm': `\b`, 'M': `\b`, 'y': `\b`, 'Y': `\B`, 'A': `\A`, 'Z': `\z`, 'e': `\x1b`, 'B': `\\`, 'b': `\x08`,
	'd': `\d`, 'D': `\D`, 's': `\s`, 'S': `\S`, 'w': `\w`, 'W': `\W`,
	'n': `\n`, 't': `\t`, 'r': `\r`, 'f': `\f`, 'v': `\v`, 'a': `\a`,
}

func (t *translator) escape() error {
	if t.i+1 >= len(t.s) {
		return errRegex("invalid escape \\ sequence")
	}
	c := t.s[t.i+1]
	t.i += 2
	if e, ok := escapes[c]; ok {
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
func (t *translator) bracket() error {
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

// Similar turns a SIMILAR TO pattern into an ARE (manual section 9.7.2).
// escape is "" for none.
func Similar(p, escape string) (string, error) {
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
