package parse

import (
	"strings"
	"unicode/utf8"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// lexer reads tokens one after the other. It holds no token itself.
type lexer struct {
	sql string
	pos int // of the next unread byte
}

// bailout carries an error from where it is found to the entry point.
type bailout struct{ err *pgerr.Error }

// failAt stops parsing with an error at a byte offset.
func (l *lexer) failAt(offset int, err *pgerr.Error) {
	panic(&bailout{err.At(pgerr.Position(l.sql, offset))})
}

// failNear reports message the way PostgreSQL's scanner does: with the text
// from start to end, or "end of input".
func (l *lexer) failNear(message string, start, end int) {
	l.failAt(start, l.nearError(message, start, end))
}

func (l *lexer) nearError(message string, start, end int) *pgerr.Error {
	if start >= len(l.sql) {
		return pgerr.New(pgerr.SyntaxError, message+" at end of input")
	}
	return pgerr.New(pgerr.SyntaxError, message+` at or near "`+l.sql[start:end]+`"`)
}

// Classes of bytes.
const (
	classSpace = 1 << iota
	classIdentStart
	classIdentPart
	classDigit
	classSelf
	classOperator
	classHex
	classKeyPart
)

var byteClass = func() (class [256]uint8) {
	set := func(chars string, bit uint8) {
		for i := 0; i < len(chars); i++ {
			class[chars[i]] |= bit
		}
	}
	for c := 0; c < 256; c++ {
		if c >= 0x80 || c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
			class[c] |= classIdentStart | classIdentPart | classKeyPart
		}
		if '0' <= c && c <= '9' {
			class[c] |= classDigit | classIdentPart | classHex | classKeyPart
		}
	}
	set("$", classIdentPart)
	set(" \t\n\r\f\v", classSpace)
	set(",()[].;:+-*/%^<>=", classSelf)
	set("~!@#^&|`?+-*/%<>=", classOperator)
	set("abcdefABCDEF", classHex)
	set("$*?:-.{}", classKeyPart)
	return class
}()

func is(c byte, class uint8) bool { return byteClass[c]&class != 0 }

// at returns the byte i places ahead, 0 beyond the end.
func (l *lexer) at(i int) byte {
	if l.pos+i < len(l.sql) {
		return l.sql[l.pos+i]
	}
	return 0
}

// skipBlank skips white space and comments.
func (l *lexer) skipBlank() {
	for l.pos < len(l.sql) {
		c := l.sql[l.pos]
		switch {
		case is(c, classSpace):
			l.pos++
		case c == '-' && l.at(1) == '-':
			l.skipLineComment()
		case c == '/' && l.at(1) == '*':
			l.skipBlockComment()
		default:
			return
		}
	}
}

// skipLineComment skips to the end of the line, which stays unread.
func (l *lexer) skipLineComment() {
	if i := strings.IndexAny(l.sql[l.pos:], "\r\n"); i >= 0 {
		l.pos += i
	} else {
		l.pos = len(l.sql)
	}
}

func (l *lexer) skipBlockComment() {
	start, depth := l.pos, 0
	for l.pos < len(l.sql) {
		switch {
		case l.sql[l.pos] == '/' && l.at(1) == '*':
			depth++
			l.pos += 2
		case l.sql[l.pos] == '*' && l.at(1) == '/':
			depth--
			l.pos += 2
			if depth == 0 {
				return
			}
		default:
			l.pos++
		}
	}
	l.failNear("unterminated /* comment", start, len(l.sql))
}

// next reads one token into t.
func (l *lexer) next(t *token) {
	l.skipBlank()
	t.keyword, t.quoted, t.text = 0, false, ""
	t.pos = int32(l.pos)
	if l.pos >= len(l.sql) {
		t.kind, t.end = tokenEOF, t.pos
		return
	}
	c := l.sql[l.pos]
	switch {
	case is(c, classIdentStart):
		l.word(t, c)
	case is(c, classDigit) || c == '.' && is(l.at(1), classDigit):
		l.number(t)
	case c == '\'':
		l.pos++
		t.kind, t.text = tokenString, l.standardString(int(t.pos))
	case c == '"':
		l.pos++
		t.kind, t.quoted, t.text = tokenIdent, true, truncateIdentifier(l.quotedIdentifier(int(t.pos)))
	case c == '$':
		l.dollar(t)
	default:
		l.symbol(t, c)
	}
	t.end = int32(l.pos)
}

// word reads an identifier or key word, or a constant with a letter prefix.
func (l *lexer) word(t *token, c byte) {
	switch c {
	case 'e', 'E', 'b', 'B', 'x', 'X', 'n', 'N', 'u', 'U':
		if l.prefixed(t, c|0x20) {
			return
		}
	}
	start, upper := l.pos, false
	i := start + 1
	for i < len(l.sql) && is(l.sql[i], classIdentPart) {
		i++
	}
	raw := l.sql[start:i]
	l.pos = i
	if k := ast.LookupKeyword(raw); k != ast.NoKeyword {
		t.kind, t.keyword, t.text = tokenKeyword, k, k.String()
		return
	}
	for j := 0; j < len(raw); j++ {
		if 'A' <= raw[j] && raw[j] <= 'Z' {
			upper = true
			break
		}
	}
	if upper {
		raw = lowerASCII(raw)
	}
	t.kind, t.text = tokenIdent, truncateIdentifier(raw)
}

// prefixed reads E”, B”, X”, N”, U&” and U&"" if that is what stands here.
func (l *lexer) prefixed(t *token, c byte) bool {
	start := l.pos
	switch {
	case c == 'u' && l.at(1) == '&' && (l.at(2) == '\'' || l.at(2) == '"'):
		quote := l.at(2)
		l.pos += 3
		if quote == '"' {
			raw := l.quotedIdentifier(start)
			t.kind, t.quoted, t.text = tokenIdent, true, truncateIdentifier(l.unicodeEscapes(raw, start))
		} else {
			raw := l.standardString(start)
			t.kind, t.text = tokenString, l.unicodeEscapes(raw, start)
		}
	case l.at(1) != '\'':
		return false
	case c == 'e':
		l.pos += 2
		t.kind, t.text = tokenString, l.escapeString(start)
	case c == 'b' || c == 'x':
		l.pos += 2
		t.kind = tokenBits
		if c == 'x' {
			t.kind = tokenHexBits
		}
		t.text = l.bitString(start, c)
	case c == 'n':
		// N'…' is the type NCHAR before an ordinary string.
		l.pos++
		t.kind, t.keyword, t.text = tokenKeyword, ast.KwNchar, "nchar"
	default:
		return false
	}
	return true
}

func lowerASCII(s string) string {
	b := make([]byte, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		b[i] = c
	}
	return string(b)
}

// truncateIdentifier cuts at identifierBytesMax, never within a character.
func truncateIdentifier(s string) string {
	if len(s) <= identifierBytesMax {
		return s
	}
	cut := identifierBytesMax
	for cut > identifierBytesMax-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut]
}

// symbol reads punctuation or an operator.
func (l *lexer) symbol(t *token, c byte) {
	switch {
	case c == ':' && l.at(1) == ':':
		t.kind = tokenTypecast
		l.pos += 2
	case c == ':' && l.at(1) == '=':
		t.kind = tokenColonEq
		l.pos += 2
	case c == '.' && l.at(1) == '.':
		t.kind = tokenDotDot
		l.pos += 2
	case is(c, classOperator):
		l.operator(t)
	case is(c, classSelf):
		t.kind = tokenKind(c)
		l.pos++
	default:
		t.kind = tokenOther
		_, size := utf8.DecodeRuneInString(l.sql[l.pos:])
		l.pos += size
	}
}

// operator reads the longest operator that PostgreSQL's rules allow (manual,
// section 4.1.3): it stops before a comment, and a trailing + or - belongs to
// it only if it also holds one of ~ ! @ # % ^ & | ` ?.
func (l *lexer) operator(t *token) {
	start, i := l.pos, l.pos
	for i < len(l.sql) && is(l.sql[i], classOperator) {
		if i+1 < len(l.sql) && (l.sql[i:i+2] == "--" || l.sql[i:i+2] == "/*") {
			break
		}
		i++
	}
	op := l.sql[start:i]
	if last := op[len(op)-1]; len(op) > 1 && (last == '+' || last == '-') &&
		!strings.ContainsAny(op[:len(op)-1], "~!@#^&|`?%") {
		op = strings.TrimRight(op, "+-")
		if op == "" {
			op = l.sql[start : start+1]
		}
	}
	l.pos = start + len(op)
	if len(op) == 1 && is(op[0], classSelf) {
		t.kind = tokenKind(op[0])
		return
	}
	t.text = op
	switch op {
	case "=>":
		t.kind = tokenArrow
	case "<=":
		t.kind = tokenLessEq
	case ">=":
		t.kind = tokenGreaterEq
	case "<>", "!=":
		t.kind, t.text = tokenNotEq, "<>"
	default:
		t.kind = tokenOp
		if len(op) > operatorBytesMax {
			l.failNear("operator too long", start, l.pos)
		}
	}
}

// dollar reads $n or a dollar-quoted string.
func (l *lexer) dollar(t *token) {
	start := l.pos
	if is(l.at(1), classDigit) {
		i := start + 1
		for i < len(l.sql) && is(l.sql[i], classDigit) {
			i++
		}
		l.pos = i
		if i < len(l.sql) && is(l.sql[i], classIdentStart) {
			l.failJunk("trailing junk after parameter", start)
		}
		t.kind, t.text = tokenParam, l.sql[start+1:i]
		return
	}
	i := start + 1
	if i < len(l.sql) && is(l.sql[i], classIdentStart) {
		for i < len(l.sql) && is(l.sql[i], classIdentPart) && l.sql[i] != '$' {
			i++
		}
	}
	if i >= len(l.sql) || l.sql[i] != '$' {
		t.kind = tokenOther
		l.pos++
		return
	}
	tag := l.sql[start : i+1]
	n := strings.Index(l.sql[i+1:], tag)
	if n < 0 {
		l.failNear("unterminated dollar-quoted string", start, len(l.sql))
	}
	t.kind, t.text = tokenString, l.sql[i+1:i+1+n]
	l.pos = i + 1 + n + len(tag)
}

// failJunk reports the token at start together with the word that sticks to it.
func (l *lexer) failJunk(message string, start int) {
	end := l.pos
	for end < len(l.sql) && is(l.sql[end], classIdentPart) {
		end++
	}
	l.failNear(message, start, end)
}
