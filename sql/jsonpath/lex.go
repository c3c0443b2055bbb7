package jsonpath

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// token is a lexeme: kind 'e' end, 's' string, 'n' number, 'v' variable, 'w'
// word, 'o' operator.
type token struct {
	kind byte
	text string // the value of a string, variable or word; else as written
	at   int
	end  int
}

const special = "?%$.[]{}()|&!=<>@#,*:-+/"

func (p *parser) fail(t token) error {
	if t.kind == 'e' {
		return pgerr.New(pgerr.SyntaxError, "syntax error at end of jsonpath input")
	}
	return p.errorAt("syntax error", t)
}

func (p *parser) errorAt(what string, t token) error {
	return pgerr.Newf(pgerr.SyntaxError, "%s at or near \"%s\" of jsonpath input", what, p.s[t.at:max(t.end, t.at)])
}

// operators of two and three bytes; single ones are any of special.
var operators = []string{"**", "&&", "||", "==", "!=", "<>", "<=", ">="}

// lex reads the token at p.i.
func (p *parser) lex() (token, error) {
	if err := p.blanks(); err != nil {
		return token{}, err
	}
	t := token{at: p.i, end: p.i}
	if p.i >= len(p.s) {
		t.kind = 'e'
		return t, nil
	}
	switch c := p.s[p.i]; {
	case c == '"':
		return p.quoted('s', p.i)
	case c == '$' && p.i+1 < len(p.s) && p.s[p.i+1] == '"':
		p.i++
		return p.quoted('v', t.at)
	case c == '$' && p.i+1 < len(p.s) && wordByte(p.s[p.i+1]):
		p.i++
		t, err := p.word(t.at)
		t.kind = 'v'
		return t, err
	case c >= '0' && c <= '9', c == '.' && p.i+1 < len(p.s) && digit(p.s[p.i+1]):
		return p.number()
	case strings.IndexByte(special, c) < 0:
		return p.word(p.i)
	}
	t.kind, t.end = 'o', p.i+1
	for _, o := range operators {
		if strings.HasPrefix(p.s[p.i:], o) {
			t.end = p.i + len(o)
		}
	}
	t.text = p.s[t.at:t.end]
	p.i = t.end
	return t, nil
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func wordByte(c byte) bool {
	return strings.IndexByte(special, c) < 0 && strings.IndexByte(" \t\n\r\f\"\\", c) < 0
}

// blanks passes over white space and comments.
func (p *parser) blanks() error {
	for p.i < len(p.s) {
		switch {
		case strings.IndexByte(" \t\n\r\f", p.s[p.i]) >= 0:
			p.i++
		case strings.HasPrefix(p.s[p.i:], "/*"):
			n := strings.Index(p.s[p.i+2:], "*/")
			if n < 0 {
				return pgerr.New(pgerr.SyntaxError, "unexpected end of comment at end of jsonpath input")
			}
			p.i += n + 4
		default:
			return nil
		}
	}
	return nil
}

// number reads an integer or decimal with an exponent; nothing may stick to it.
func (p *parser) number() (token, error) {
	t := token{kind: 'n', at: p.i}
	digits := func() {
		for p.i < len(p.s) && digit(p.s[p.i]) {
			p.i++
		}
	}
	digits()
	leading := p.i-t.at > 1 && p.s[t.at] == '0'
	if p.i < len(p.s) && p.s[p.i] == '.' {
		p.i++
		digits()
	}
	if p.i < len(p.s) && p.s[p.i]|0x20 == 'e' {
		j := p.i + 1
		if j < len(p.s) && (p.s[j] == '+' || p.s[j] == '-') {
			j++
		}
		if j < len(p.s) && digit(p.s[j]) {
			p.i = j
			digits()
		}
	}
	t.end = p.i
	if leading || p.i < len(p.s) && (wordByte(p.s[p.i]) || p.s[p.i] == '\\') {
		_, w := utf8.DecodeRuneInString(p.s[p.i:])
		t.end = min(p.i+w, len(p.s))
		return t, p.errorAt("trailing junk after numeric literal", t)
	}
	t.text = p.s[t.at:t.end]
	return t, nil
}

// quoted reads a string in double quotes that starts at p.i.
func (p *parser) quoted(kind byte, at int) (token, error) {
	t := token{kind: kind, at: at}
	p.i++
	var b strings.Builder
	for p.i < len(p.s) {
		switch c := p.s[p.i]; c {
		case '"':
			p.i++
			t.text, t.end = b.String(), p.i
			return t, nil
		case '\\':
			if err := p.escape(&b); err != nil {
				return t, err
			}
		default:
			b.WriteByte(c)
			p.i++
		}
	}
	return t, pgerr.New(pgerr.SyntaxError, "unterminated quoted string at end of jsonpath input")
}

// word reads a name without quotes, which may have escapes.
func (p *parser) word(at int) (token, error) {
	t := token{kind: 'w', at: at}
	var b strings.Builder
	for p.i < len(p.s) {
		c := p.s[p.i]
		if c == '\\' {
			if err := p.escape(&b); err != nil {
				return t, err
			}
			continue
		}
		if !wordByte(c) {
			break
		}
		b.WriteByte(c)
		p.i++
	}
	t.text, t.end = b.String(), p.i
	return t, nil
}

var simpleEscapes = map[byte]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

// escape reads a backslash and what it stands for.
func (p *parser) escape(b *strings.Builder) error {
	at := p.i
	if p.i++; p.i >= len(p.s) {
		return pgerr.New(pgerr.SyntaxError, "unexpected end after backslash at end of jsonpath input")
	}
	c := p.s[p.i]
	p.i++
	if e, ok := simpleEscapes[c]; ok {
		b.WriteByte(e)
		return nil
	}
	if c != 'x' && c != 'u' {
		b.WriteByte(c)
		return nil
	}
	r, ok := p.hex(c)
	if ok && utf16.IsSurrogate(r) {
		low := rune(-1)
		if r < 0xdc00 && strings.HasPrefix(p.s[p.i:], `\u`) {
			p.i += 2
			low, ok = p.hex('u')
		}
		r = utf16.DecodeRune(r, low)
		ok = ok && r != utf8.RuneError
	}
	if !ok || !utf8.ValidRune(r) {
		what := map[byte]string{'x': "invalid hexadecimal character sequence", 'u': "invalid unicode sequence"}[c]
		return p.errorAt(what, token{at: at, end: min(p.i, len(p.s))})
	}
	if r == 0 {
		return pgerr.New(pgerr.UntranslatableCharacter, "unsupported Unicode escape sequence").
			WithDetail("\\u0000 cannot be converted to text.")
	}
	b.WriteRune(r)
	return nil
}

// hex reads the digits behind \x or \u, or \u{…}.
func (p *parser) hex(c byte) (rune, bool) {
	n := map[byte]int{'x': 2, 'u': 4}[c]
	text := p.s[p.i:]
	if c == 'u' && strings.HasPrefix(text, "{") {
		end := strings.IndexByte(text, '}')
		if end < 2 || end > 7 {
			return 0, false
		}
		p.i += end + 1
		v, err := strconv.ParseUint(text[1:end], 16, 32)
		return rune(v), err == nil
	}
	if len(text) < n {
		return 0, false
	}
	p.i += n
	v, err := strconv.ParseUint(text[:n], 16, 32)
	return rune(v), err == nil
}
