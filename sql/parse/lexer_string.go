package parse

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// standardString reads to the closing quote; the opening one is read, start is
// the token's offset. Two quotes are one; a string goes on after white space
// that holds a newline. The result aliases the text where nothing was escaped.
func (l *lexer) standardString(start int) string {
	var parts []byte
	from := l.pos
	for {
		i := strings.IndexByte(l.sql[l.pos:], '\'')
		if i < 0 {
			l.failNear("unterminated quoted string", start, len(l.sql))
		}
		l.pos += i + 1
		end := l.pos - 1
		switch {
		case l.at(0) == '\'':
			parts = append(parts, l.sql[from:l.pos]...)
			l.pos++
			from = l.pos
		case l.continued():
			parts = append(parts, l.sql[from:end]...)
			from = l.pos
		default:
			if parts == nil {
				return l.sql[from:end]
			}
			return string(append(parts, l.sql[from:end]...))
		}
	}
}

// continued looks past a closing quote for white space with a newline and
// another quote, and if it is there moves behind that quote.
func (l *lexer) continued() bool {
	i, newline := l.pos, false
	for i < len(l.sql) {
		c := l.sql[i]
		switch {
		case c == '\n' || c == '\r':
			newline = true
			i++
		case is(c, classSpace):
			i++
		case c == '-' && i+1 < len(l.sql) && l.sql[i+1] == '-':
			j := strings.IndexAny(l.sql[i:], "\r\n")
			if j < 0 {
				return false
			}
			i += j
		case c == '\'' && newline:
			l.pos = i + 1
			return true
		default:
			return false
		}
	}
	return false
}

// quotedIdentifier reads to the closing double quote; the opening one is read.
// The result is not truncated.
func (l *lexer) quotedIdentifier(start int) string {
	var parts []byte
	from := l.pos
	for {
		i := strings.IndexByte(l.sql[l.pos:], '"')
		if i < 0 {
			l.failNear("unterminated quoted identifier", start, len(l.sql))
		}
		l.pos += i + 1
		if l.at(0) == '"' {
			parts = append(parts, l.sql[from:l.pos]...)
			l.pos++
			from = l.pos
			continue
		}
		name := l.sql[from : l.pos-1]
		if parts != nil {
			name = string(append(parts, name...))
		}
		if name == "" {
			l.failNear("zero-length delimited identifier", start, l.pos)
		}
		return name
	}
}

// escapeString reads the rest of E'…' (manual, section 4.1.2.2).
func (l *lexer) escapeString(start int) string {
	var out []byte
	checkUTF8 := false
	for {
		if l.pos >= len(l.sql) {
			l.failNear("unterminated quoted string", start, len(l.sql))
		}
		c := l.sql[l.pos]
		l.pos++
		switch c {
		case '\'':
			if l.at(0) == '\'' {
				l.pos++
				out = append(out, '\'')
				continue
			}
			if l.continued() {
				continue
			}
			if checkUTF8 {
				l.mustBeText(out, start)
			}
			return string(out)
		case '\\':
			var raw bool
			out, raw = l.escape(out, start)
			checkUTF8 = checkUTF8 || raw
		default:
			out = append(out, c)
		}
	}
}

// escape appends what the escape after a backslash means; raw reports that it
// was a byte given by number.
func (l *lexer) escape(out []byte, start int) (_ []byte, raw bool) {
	if l.pos >= len(l.sql) {
		l.failNear("unterminated quoted string", start, len(l.sql))
	}
	c := l.sql[l.pos]
	l.pos++
	switch c {
	case 'b':
		return append(out, '\b'), false
	case 'f':
		return append(out, '\f'), false
	case 'n':
		return append(out, '\n'), false
	case 'r':
		return append(out, '\r'), false
	case 't':
		return append(out, '\t'), false
	case 'v':
		return append(out, '\v'), false
	case 'u', 'U':
		size := 4
		if c == 'U' {
			size = 8
		}
		return l.unicodeEscape(out, size), false
	case 'x':
		if !is(l.at(0), classHex) {
			return append(out, c), false
		}
		n := 0
		for i := 0; i < 2 && is(l.at(0), classHex); i++ {
			n = n<<4 | int(hexValue(l.at(0)))
			l.pos++
		}
		return append(out, byte(n)), true
	}
	if c < '0' || c > '7' {
		return append(out, c), false
	}
	n := int(c - '0')
	for i := 0; i < 2 && '0' <= l.at(0) && l.at(0) <= '7'; i++ {
		n = n<<3 | int(l.at(0)-'0')
		l.pos++
	}
	return append(out, byte(n)), true
}

func hexValue(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	default:
		return c - 'a' + 10
	}
}

// hexRune reads size hexadecimal digits at offset at; ok is false if they are
// not there.
func hexRune(s string, at, size int) (r rune, ok bool) {
	if at+size > len(s) {
		return 0, false
	}
	for i := at; i < at+size; i++ {
		if !is(s[i], classHex) {
			return 0, false
		}
		if r > utf8.MaxRune {
			return r, true
		}
		r = r<<4 | rune(hexValue(s[i]))
	}
	return r, true
}

// unicodeEscape reads the digits of \uXXXX or \UXXXXXXXX, and a second such
// escape if the first is a high surrogate.
func (l *lexer) unicodeEscape(out []byte, size int) []byte {
	at := l.pos - 2
	r, ok := hexRune(l.sql, l.pos, size)
	if !ok {
		l.failAt(at, pgerr.New(pgerr.InvalidEscapeSequence, "invalid Unicode escape").
			WithHint(`Unicode escapes must be \uXXXX or \UXXXXXXXX.`))
	}
	l.pos += size
	if isHighSurrogate(r) {
		second := 0
		if l.at(0) == '\\' && l.at(1) == 'u' {
			second = 4
		} else if l.at(0) == '\\' && l.at(1) == 'U' {
			second = 8
		}
		low, ok := hexRune(l.sql, l.pos+2, second)
		if second == 0 || !ok || !isLowSurrogate(low) {
			l.failSurrogate(l.pos)
		}
		l.pos += 2 + second
		return utf8.AppendRune(out, joinSurrogates(r, low))
	}
	l.mustBeRune(r, at)
	return utf8.AppendRune(out, r)
}

func isHighSurrogate(r rune) bool { return 0xD800 <= r && r <= 0xDBFF }
func isLowSurrogate(r rune) bool  { return 0xDC00 <= r && r <= 0xDFFF }

func joinSurrogates(high, low rune) rune {
	return (high-0xD800)<<10 + (low - 0xDC00) + 0x10000
}

func (l *lexer) failSurrogate(offset int) {
	l.failEscape("invalid Unicode surrogate pair", offset)
}

// failEscape reports the escape or character at offset.
func (l *lexer) failEscape(message string, offset int) {
	end := min(offset+1, len(l.sql))
	if end < len(l.sql) && l.sql[offset] == '\\' {
		switch l.sql[end] {
		case 'u':
			end = min(offset+6, len(l.sql))
		case 'U':
			end = min(offset+10, len(l.sql))
		}
	}
	l.failNear(message, offset, end)
}

func (l *lexer) mustBeRune(r rune, offset int) {
	if isLowSurrogate(r) {
		l.failSurrogate(offset)
	}
	if r <= 0 || r > utf8.MaxRune {
		l.failEscape("invalid Unicode escape value", offset)
	}
}

// mustBeText refuses bytes that are no UTF-8 or hold a NUL.
func (l *lexer) mustBeText(b []byte, start int) {
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == 0 || r == utf8.RuneError && size == 1 {
			panic(&bailout{pgerr.New(pgerr.CharacterNotInRepertoire,
				fmt.Sprintf(`invalid byte sequence for encoding "UTF8": 0x%02x`, b[i]))})
		}
		i += size
	}
}

// unicodeEscapes resolves the escapes of U&'…' and U&"…", with the escape
// character of a following UESCAPE clause, which it reads.
func (l *lexer) unicodeEscapes(raw string, start int) string {
	escape := l.uescape()
	if strings.IndexByte(raw, escape) < 0 {
		return raw
	}
	var out []byte
	high := rune(0)
	for i := 0; i < len(raw); {
		if raw[i] != escape {
			if high != 0 {
				l.failUnicode("invalid Unicode surrogate pair", start, i)
			}
			out = append(out, raw[i])
			i++
			continue
		}
		if i+1 < len(raw) && raw[i+1] == escape {
			if high != 0 {
				l.failUnicode("invalid Unicode surrogate pair", start, i)
			}
			out = append(out, escape)
			i += 2
			continue
		}
		at, size := i+1, 4
		if at < len(raw) && raw[at] == '+' {
			at, size = at+1, 6
		}
		r, ok := hexRune(raw, at, size)
		if !ok {
			l.failAt(unicodeContent+start+i, pgerr.New(pgerr.SyntaxError, "invalid Unicode escape").
				WithHint(`Unicode escapes must be \XXXX or \+XXXXXX.`))
		}
		escapeAt := i
		i = at + size
		switch {
		case high != 0 && isLowSurrogate(r):
			out, high = utf8.AppendRune(out, joinSurrogates(high, r)), 0
		case high != 0:
			l.failUnicode("invalid Unicode surrogate pair", start, escapeAt)
		case isHighSurrogate(r):
			high = r
		default:
			if isLowSurrogate(r) {
				l.failUnicode("invalid Unicode surrogate pair", start, escapeAt)
			}
			if r <= 0 || r > utf8.MaxRune {
				l.failUnicode("invalid Unicode escape value", start, escapeAt)
			}
			out = utf8.AppendRune(out, r)
		}
	}
	if high != 0 {
		l.failUnicode("invalid Unicode surrogate pair", start, len(raw))
	}
	return string(out)
}

// unicodeContent is where the contents of a U& constant begin in its text.
const unicodeContent = 3

// failUnicode reports a place in the contents of the U& constant at start. It
// is exact unless quotes stand doubled before it.
func (l *lexer) failUnicode(message string, start, contentOffset int) {
	l.failAt(start+unicodeContent+contentOffset, pgerr.New(pgerr.SyntaxError, message))
}

// uescape reads UESCAPE 'c' if it stands next, and returns the escape
// character.
func (l *lexer) uescape() byte {
	saved := l.pos
	l.skipBlank()
	const word = "uescape"
	if l.pos+len(word) > len(l.sql) || lowerASCII(l.sql[l.pos:l.pos+len(word)]) != word || is(l.at(len(word)), classIdentPart) {
		l.pos = saved
		return '\\'
	}
	l.pos += len(word)
	l.skipBlank()
	start := l.pos
	if l.at(0) != '\'' {
		l.failNear("UESCAPE must be followed by a simple string literal", start, min(start+1, len(l.sql)))
	}
	l.pos++
	s := l.standardString(start)
	if len(s) != 1 || is(s[0], classHex|classSpace) || strings.Contains(`+'"`, s) {
		l.failNear("invalid Unicode escape character", start, l.pos)
	}
	return s[0]
}

// bitString reads the rest of B'…' or X'…' and checks its digits.
func (l *lexer) bitString(start int, prefix byte) string {
	s := l.standardString(start)
	for i := 0; i < len(s); i++ {
		switch {
		case prefix == 'b' && s[i] != '0' && s[i] != '1':
			l.failAt(start, pgerr.Newf(pgerr.InvalidTextRepresentation, `"%c" is not a valid binary digit`, rune(s[i])))
		case prefix == 'x' && !is(s[i], classHex):
			l.failAt(start, pgerr.Newf(pgerr.InvalidTextRepresentation, `"%c" is not a valid hexadecimal digit`, rune(s[i])))
		}
	}
	return s
}
