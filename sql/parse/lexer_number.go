package parse

import (
	"math/big"
	"strings"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// number reads a numeric constant: decimal with point and exponent, or 0x, 0o,
// 0b; with single underscores between digits (as PostgreSQL 16 has them). The
// token's text is plain decimal.
func (l *lexer) number(t *token) {
	start := l.pos
	if l.sql[start] == '0' {
		switch l.at(1) {
		case 'x', 'X':
			l.radix(t, 16)
			return
		case 'o', 'O':
			l.radix(t, 8)
			return
		case 'b', 'B':
			l.radix(t, 2)
			return
		}
	}
	t.kind = tokenInteger
	l.digits()
	if l.at(0) == '.' && l.at(1) != '.' {
		t.kind = tokenNumeric
		l.pos++
		l.digits()
	}
	if c := l.at(0); c == 'e' || c == 'E' {
		sign := 1
		if s := l.at(1); s == '+' || s == '-' {
			sign = 2
		}
		if is(l.at(sign), classDigit) {
			t.kind = tokenNumeric
			l.pos += sign
			l.digits()
		}
	}
	if l.pos < len(l.sql) && is(l.sql[l.pos], classIdentStart) {
		l.failJunk("trailing junk after numeric literal", start)
	}
	t.text = strings.ReplaceAll(l.sql[start:l.pos], "_", "")
}

// digits skips decimal digits and the underscores between them.
func (l *lexer) digits() {
	for is(l.at(0), classDigit) || l.at(0) == '_' && is(l.at(1), classDigit) && l.pos > 0 && is(l.sql[l.pos-1], classDigit) {
		l.pos++
	}
}

// radix reads an integer with a two-character prefix.
func (l *lexer) radix(t *token, base int) {
	start := l.pos
	l.pos += 2
	valid := func(c byte) bool {
		switch base {
		case 16:
			return is(c, classHex)
		case 8:
			return '0' <= c && c <= '7'
		default:
			return c == '0' || c == '1'
		}
	}
	first := l.pos
	for valid(l.at(0)) || l.at(0) == '_' && valid(l.at(1)) {
		l.pos++
	}
	if l.pos == first {
		word := map[int]string{16: "hexadecimal", 8: "octal", 2: "binary"}[base]
		l.failNear("invalid "+word+" integer", start, l.pos)
	}
	if is(l.at(0), classIdentPart) {
		l.failJunk("trailing junk after numeric literal", start)
	}
	if l.pos-first > radixDigitsMax {
		l.failAt(start, pgerr.Newf(pgerr.ProgramLimitExceeded, "integer constant has more than %d digits", radixDigitsMax))
	}
	n, ok := new(big.Int).SetString(strings.ReplaceAll(l.sql[first:l.pos], "_", ""), base)
	if !ok {
		l.failNear("invalid integer", start, l.pos)
	}
	t.kind, t.text = tokenInteger, n.String()
}
