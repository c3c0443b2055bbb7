package lua

import "strings"

// Lua's patterns, matched by backtracking as the language defines them. The
// library's matcher cannot be interrupted; this one counts its steps.

const (
	// capturesMax is Lua's LUA_MAXCAPTURES.
	capturesMax = 32
	// matchDepthMax bounds how deep a match recurses: the items of a pattern that
	// may match in several ways.
	matchDepthMax = 200
	// stepsPerTick is how many steps of a match are counted at a time.
	stepsPerTick = 256
)

// Lengths of captures that are none yet.
const (
	captureOpen     = -1
	capturePosition = -2
)

type capture struct{ start, len int }

// matcher matches one pattern at places of one string. A pattern that is not well
// formed ends it through fail, which does not return; nor does tick where the
// script has to end.
type matcher struct {
	src, pat string
	level    int
	captures [capturesMax]capture
	depth    int
	steps    int
	tick     func(steps int)
	fail     func(msg string)
}

// at matches the pattern from p on at place s and gives the end of the match, -1
// for none.
func (m *matcher) at(s, p int) int {
	if m.depth++; m.depth > matchDepthMax {
		m.fail("pattern too complex")
	}
	defer func() { m.depth-- }()
	for p < len(m.pat) {
		m.count()
		switch m.pat[p] {
		case '(':
			if p+1 < len(m.pat) && m.pat[p+1] == ')' {
				return m.open(s, p+2, capturePosition)
			}
			return m.open(s, p+1, captureOpen)
		case ')':
			return m.close(s, p+1)
		case '$':
			if p+1 == len(m.pat) {
				if s == len(m.src) {
					return s
				}
				return -1
			}
		case '%':
			if p+1 < len(m.pat) {
				end, next, special := m.escaped(s, p)
				if special {
					if end < 0 {
						return -1
					}
					s, p = end, next
					continue
				}
			}
		}
		ep := m.classEnd(p)
		op := byte(0)
		if ep < len(m.pat) {
			op = m.pat[ep]
		}
		switch op {
		case '?':
			if m.one(s, p, ep) {
				if end := m.at(s+1, ep+1); end >= 0 {
					return end
				}
			}
			p = ep + 1
		case '*':
			return m.expandMax(s, p, ep, 0)
		case '+':
			return m.expandMax(s, p, ep, 1)
		case '-':
			return m.expandMin(s, p, ep)
		default:
			if !m.one(s, p, ep) {
				return -1
			}
			s, p = s+1, ep
		}
	}
	return s
}

// count counts a step.
func (m *matcher) count() {
	if m.steps++; m.steps >= stepsPerTick {
		m.tick(m.steps)
		m.steps = 0
	}
}

// escaped matches %b, %f and back references; special is false for other escapes.
func (m *matcher) escaped(s, p int) (end, next int, special bool) {
	switch c := m.pat[p+1]; {
	case c == 'b':
		return m.balance(s, p+2), p + 4, true
	case c == 'f':
		p += 2
		if p >= len(m.pat) || m.pat[p] != '[' {
			m.fail("missing '[' after '%f' in pattern")
		}
		ep := m.classEnd(p)
		prev, cur := byte(0), byte(0)
		if s > 0 {
			prev = m.src[s-1]
		}
		if s < len(m.src) {
			cur = m.src[s]
		}
		if !m.set(prev, p, ep-1) && m.set(cur, p, ep-1) {
			return s, ep, true
		}
		return -1, 0, true
	case c >= '0' && c <= '9':
		return m.back(s, c), p + 2, true
	}
	return 0, 0, false
}

func (m *matcher) open(s, p, what int) int {
	if m.level >= capturesMax {
		m.fail("too many captures")
	}
	m.captures[m.level] = capture{s, what}
	m.level++
	end := m.at(s, p)
	if end < 0 {
		m.level--
	}
	return end
}

func (m *matcher) close(s, p int) int {
	l := -1
	for i := m.level - 1; i >= 0 && l < 0; i-- {
		if m.captures[i].len == captureOpen {
			l = i
		}
	}
	if l < 0 {
		m.fail("invalid pattern capture")
	}
	m.captures[l].len = s - m.captures[l].start
	end := m.at(s, p)
	if end < 0 {
		m.captures[l].len = captureOpen
	}
	return end
}

func (m *matcher) back(s int, c byte) int {
	l := int(c) - '1'
	if l < 0 || l >= m.level || m.captures[l].len == captureOpen {
		m.fail("invalid capture index")
	}
	k := m.captures[l]
	if k.len == capturePosition {
		return -1
	}
	text := m.src[k.start : k.start+k.len]
	m.steps += len(text) >> 4
	if strings.HasPrefix(m.src[s:], text) {
		return s + len(text)
	}
	return -1
}

func (m *matcher) balance(s, p int) int {
	if p+1 >= len(m.pat) {
		m.fail("unbalanced pattern")
	}
	if s >= len(m.src) || m.src[s] != m.pat[p] {
		return -1
	}
	begin, end, open := m.pat[p], m.pat[p+1], 1
	for i := s + 1; i < len(m.src); i++ {
		m.count()
		switch m.src[i] {
		case end:
			if open--; open == 0 {
				return i + 1
			}
		case begin:
			open++
		}
	}
	return -1
}

func (m *matcher) expandMax(s, p, ep, least int) int {
	n := 0
	for m.one(s+n, p, ep) {
		m.count()
		n++
	}
	for ; n >= least; n-- {
		m.count()
		if end := m.at(s+n, ep+1); end >= 0 {
			return end
		}
	}
	return -1
}

func (m *matcher) expandMin(s, p, ep int) int {
	for {
		m.count()
		if end := m.at(s, ep+1); end >= 0 {
			return end
		}
		if !m.one(s, p, ep) {
			return -1
		}
		s++
	}
}

// classEnd is the place after the single-character item at p.
func (m *matcher) classEnd(p int) int {
	c := m.pat[p]
	p++
	if c == '%' {
		if p >= len(m.pat) {
			m.fail("malformed pattern (ends with '%')")
		}
		return p + 1
	}
	if c != '[' {
		return p
	}
	if p < len(m.pat) && m.pat[p] == '^' {
		p++
	}
	for first := true; first || p < len(m.pat) && m.pat[p] != ']'; first = false {
		if p >= len(m.pat) {
			m.fail("malformed pattern (missing ']')")
		}
		c := m.pat[p]
		p++
		if c == '%' {
			p++
		}
	}
	if p >= len(m.pat) {
		m.fail("malformed pattern (missing ']')")
	}
	return p + 1
}

// one matches one character with the item at [p, ep).
func (m *matcher) one(s, p, ep int) bool {
	if s >= len(m.src) {
		return false
	}
	c := m.src[s]
	switch m.pat[p] {
	case '.':
		return true
	case '%':
		return class(c, m.pat[p+1])
	case '[':
		m.steps += (ep - p) >> 4
		return m.set(c, p, ep-1)
	}
	return m.pat[p] == c
}

// set matches one character with the set at [p, end], end being its ']'.
func (m *matcher) set(c byte, p, end int) bool {
	p++
	found := true
	if m.pat[p] == '^' {
		found = false
		p++
	}
	for ; p < end; p++ {
		switch {
		case m.pat[p] == '%':
			p++
			if class(c, m.pat[p]) {
				return found
			}
		case p+2 < end && m.pat[p+1] == '-':
			if m.pat[p] <= c && c <= m.pat[p+2] {
				return found
			}
			p += 2
		case m.pat[p] == c:
			return found
		}
	}
	return !found
}

// class tells whether c is of a class: %a and its kind, anything else is itself.
func class(c, name byte) bool {
	var in bool
	switch name | 0x20 {
	case 'a':
		in = isAlpha(c)
	case 'c':
		in = c < ' ' || c == 0x7f
	case 'd':
		in = isDigit(c)
	case 'l':
		in = c >= 'a' && c <= 'z'
	case 'p':
		in = c > ' ' && c < 0x7f && !isAlpha(c) && !isDigit(c)
	case 's':
		in = c == ' ' || c >= '\t' && c <= '\r'
	case 'u':
		in = c >= 'A' && c <= 'Z'
	case 'w':
		in = isAlpha(c) || isDigit(c)
	case 'x':
		in = isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f'
	case 'z':
		in = c == 0
	default:
		return name == c
	}
	if !isAlpha(name) {
		return name == c
	}
	return in == (name >= 'a')
}

func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
