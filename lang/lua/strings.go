package lua

import (
	"fmt"
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// openStrings puts functions that charge for what they take, and count what they
// do, in the place of the library's.
func (s *State) openStrings(t *lua.LTable) {
	s.l.SetFuncs(t, map[string]lua.LGFunction{
		"rep": s.rep, "sub": s.sub, "lower": s.lower, "upper": s.upper, "reverse": s.reverse, "format": s.format,
		"find": func(l *lua.LState) int { return s.find(true) }, "match": func(l *lua.LState) int { return s.find(false) },
		"gmatch": s.gmatch, "gfind": s.gmatch, "gsub": s.gsub,
	})
}

// made charges for a string of n bytes that is about to be made.
func (s *State) made(n int64) {
	if n > s.o.StringBytesMax.Load() {
		s.l.RaiseError("resulting string too large")
	}
	s.m.step(int(n >> 6))
	s.m.charge(n)
}

func (s *State) push(v string) int {
	s.l.Push(lua.LString(v))
	return 1
}

func (s *State) rep(l *lua.LState) int {
	text, n := l.CheckString(1), max(l.CheckInt64(2), 0)
	if len(text) == 0 || n == 0 {
		return s.push("")
	}
	if n > math.MaxInt64/int64(len(text)) {
		l.RaiseError("resulting string too large")
	}
	s.made(n * int64(len(text)))
	return s.push(strings.Repeat(text, int(n)))
}

// index is an argument that counts from 1, or back from -1, as a place of n bytes.
func index(i int64, n int) int64 {
	if i < 0 {
		return max(i+int64(n)+1, 0)
	}
	return i
}

func (s *State) sub(l *lua.LState) int {
	text := l.CheckString(1)
	from := max(index(l.CheckInt64(2), len(text)), 1)
	to := min(index(l.OptInt64(3, -1), len(text)), int64(len(text)))
	if from > to {
		return s.push("")
	}
	return s.push(s.part(text, int(from-1), int(to)))
}

// part cuts a string. One that is much shorter is copied, so that it does not keep
// the whole alive.
func (s *State) part(text string, from, to int) string {
	out := text[from:to]
	if len(out) < len(text)/2 {
		s.made(int64(len(out)))
		return strings.Clone(out)
	}
	return out
}

func (s *State) each(l *lua.LState, f func(src, dst []byte)) int {
	text := l.CheckString(1)
	s.made(int64(len(text)))
	dst := make([]byte, len(text))
	f([]byte(text), dst)
	return s.push(string(dst))
}

func (s *State) lower(l *lua.LState) int {
	return s.each(l, func(src, dst []byte) {
		for i, c := range src {
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst[i] = c
		}
	})
}

func (s *State) upper(l *lua.LState) int {
	return s.each(l, func(src, dst []byte) {
		for i, c := range src {
			if c >= 'a' && c <= 'z' {
				c -= 'a' - 'A'
			}
			dst[i] = c
		}
	})
}

func (s *State) reverse(l *lua.LState) int {
	return s.each(l, func(src, dst []byte) {
		for i, c := range src {
			dst[len(dst)-1-i] = c
		}
	})
}

func (s *State) matcher(src, pat string) *matcher {
	return &matcher{src: src, pat: pat, tick: s.m.step, fail: func(msg string) { s.l.RaiseError("%s", msg) }}
}

// captured pushes the captures of a match from start to end; the whole match where
// there are none and whole is set. It gives their number.
func (s *State) captured(m *matcher, start, end int, whole bool) int {
	if m.level == 0 && whole {
		return s.push(s.part(m.src, start, end))
	}
	for i := range m.level {
		s.l.Push(s.captureAt(m, i))
	}
	return m.level
}

func (s *State) captureAt(m *matcher, i int) lua.LValue {
	c := m.captures[i]
	switch c.len {
	case capturePosition:
		return lua.LNumber(c.start + 1)
	case captureOpen:
		s.l.RaiseError("unfinished capture")
	}
	return lua.LString(s.part(m.src, c.start, c.start+c.len))
}

const patternSpecials = "^$*+?.([%-"

// find is string.find, and string.match where places is false.
func (s *State) find(places bool) int {
	l := s.l
	src, pat := l.CheckString(1), l.CheckString(2)
	init := int(min(max(index(l.OptInt64(3, 1), len(src)), 1)-1, int64(len(src))))
	if places && (lua.LVAsBool(l.Get(4)) || !strings.ContainsAny(pat, patternSpecials)) {
		s.m.step(len(src) >> 6)
		at := strings.Index(src[init:], pat)
		if at < 0 {
			l.Push(lua.LNil)
			return 1
		}
		l.Push(lua.LNumber(init + at + 1))
		l.Push(lua.LNumber(init + at + len(pat)))
		return 2
	}
	m := s.matcher(src, pat)
	start, end := m.search(init)
	switch {
	case end < 0:
		l.Push(lua.LNil)
		return 1
	case places:
		l.Push(lua.LNumber(start + 1))
		l.Push(lua.LNumber(end))
		return 2 + s.captured(m, start, end, false)
	}
	return s.captured(m, start, end, true)
}

// search finds the first match from a place on; end is -1 for none.
func (m *matcher) search(from int) (start, end int) {
	p, anchored := 0, false
	if strings.HasPrefix(m.pat, "^") {
		p, anchored = 1, true
	}
	for start = from; start <= len(m.src); start++ {
		m.count()
		m.level = 0
		if end = m.at(start, p); end >= 0 || anchored {
			return start, end
		}
	}
	return 0, -1
}

func (s *State) gmatch(l *lua.LState) int {
	m := s.matcher(l.CheckString(1), l.CheckString(2))
	from := 0
	l.Push(l.NewFunction(func(l *lua.LState) int {
		for ; from <= len(m.src); from++ {
			m.count()
			m.level = 0
			if end := m.at(from, 0); end >= 0 {
				start := from
				if from = end; end == start {
					from++
				}
				return s.captured(m, start, end, true)
			}
		}
		return 0
	}))
	return 1
}

func (s *State) gsub(l *lua.LState) int {
	src, pat := l.CheckString(1), l.CheckString(2)
	l.CheckTypes(3, lua.LTString, lua.LTNumber, lua.LTTable, lua.LTFunction)
	repl := l.Get(3)
	limit := l.OptInt64(4, math.MaxInt64)
	m := s.matcher(src, pat)
	p, anchored := 0, false
	if strings.HasPrefix(pat, "^") {
		p, anchored = 1, true
	}
	var out []byte
	held := s.m.held
	defer func() { s.m.held = held }()
	add := func(b string) {
		s.made(int64(len(b)))
		if int64(len(out)+len(b)) > s.o.StringBytesMax.Load() {
			l.RaiseError("resulting string too large")
		}
		out = append(out, b...)
		s.m.held = held + int64(cap(out))
	}
	n, at, copied := int64(0), 0, 0
	for n < limit {
		m.count()
		m.level = 0
		end := m.at(at, p)
		if end >= 0 {
			n++
			add(src[copied:at])
			add(s.replacement(m, repl, at, end))
			copied = end
		}
		switch {
		case end > at:
			at = end
		case at < len(src):
			at++
		default:
			anchored = true // the end
		}
		if anchored {
			break
		}
	}
	add(src[copied:])
	l.Push(lua.LString(out))
	l.Push(lua.LNumber(n))
	return 2
}

// replacement is what gsub puts in the place of a match.
func (s *State) replacement(m *matcher, repl lua.LValue, start, end int) string {
	l := s.l
	var v lua.LValue
	switch r := repl.(type) {
	case *lua.LFunction:
		l.Push(r)
		l.Call(s.captured(m, start, end, true), 1)
		v = l.Get(-1)
		l.Pop(1)
	case *lua.LTable:
		s.capturedFirst(m, start, end)
		v = l.GetTable(r, l.Get(-1))
		l.Pop(1)
	default:
		return s.template(m, lua.LVAsString(repl), start, end)
	}
	switch v.(type) {
	case lua.LString, lua.LNumber:
		return lua.LVAsString(v)
	}
	if lua.LVAsBool(v) {
		l.RaiseError("invalid replacement value (a %s)", v.Type().String())
	}
	return m.src[start:end]
}

// capturedFirst pushes the first capture, or the whole match.
func (s *State) capturedFirst(m *matcher, start, end int) {
	if m.level == 0 {
		s.push(s.part(m.src, start, end))
		return
	}
	s.l.Push(s.captureAt(m, 0))
}

// template is a replacement with its %0 to %9 filled in.
func (s *State) template(m *matcher, repl string, start, end int) string {
	if strings.IndexByte(repl, '%') < 0 {
		return repl
	}
	var b strings.Builder
	for i := 0; i < len(repl); i++ {
		c := repl[i]
		if c != '%' || i+1 == len(repl) {
			b.WriteByte(c)
			continue
		}
		i++
		part := repl[i : i+1]
		switch {
		case repl[i] == '0' || repl[i] == '1' && m.level == 0:
			part = m.src[start:end]
		case isDigit(repl[i]):
			k := int(repl[i] - '1')
			if k >= m.level {
				s.l.RaiseError("invalid capture index")
			}
			part = lua.LVAsString(s.captureAt(m, k))
		}
		s.made(int64(len(part)))
		b.WriteString(part)
	}
	return b.String()
}

// formatDigitsMax bounds a width and a precision of string.format, as in Lua.
const formatDigitsMax = 2

func (s *State) format(l *lua.LState) int {
	f := l.CheckString(1)
	var b strings.Builder
	held := s.m.held
	defer func() { s.m.held = held }()
	arg := 1
	for i := 0; i < len(f); i++ {
		if f[i] != '%' {
			b.WriteByte(f[i])
			continue
		}
		if i++; i < len(f) && f[i] == '%' {
			b.WriteByte('%')
			continue
		}
		from := i
		i = formatSpecEnd(l, f, i)
		arg++
		s.formatOne(&b, "%"+f[from:i], f[i], arg)
		s.m.held = held + int64(b.Cap())
	}
	return s.push(b.String())
}

// formatSpecEnd checks flags, width and precision and gives the place of the verb.
func formatSpecEnd(l *lua.LState, f string, i int) int {
	digits := func() {
		from := i
		for i < len(f) && isDigit(f[i]) {
			i++
		}
		if i-from > formatDigitsMax {
			l.RaiseError("invalid format (width or precision too long)")
		}
	}
	for i < len(f) && strings.IndexByte("-+ #0", f[i]) >= 0 {
		i++
	}
	digits()
	if i < len(f) && f[i] == '.' {
		i++
		digits()
	}
	if i >= len(f) || strings.IndexByte("cdiouxXeEfgGqs", f[i]) < 0 {
		l.RaiseError("invalid option '%%%s' to 'format'", f[i:min(i+1, len(f))])
	}
	return i
}

// formatOne appends one argument by a specification that was checked.
func (s *State) formatOne(b *strings.Builder, spec string, verb byte, arg int) {
	l := s.l
	switch verb {
	case 'c':
		b.WriteByte(byte(l.CheckInt64(arg)))
	case 'd', 'i':
		fmt.Fprintf(b, spec+"d", int64(l.CheckNumber(arg)))
	case 'u':
		fmt.Fprintf(b, spec+"d", uint64(int64(l.CheckNumber(arg))))
	case 'o', 'x', 'X':
		fmt.Fprintf(b, spec+string(verb), uint64(int64(l.CheckNumber(arg))))
	case 'e', 'E', 'f', 'g', 'G':
		fmt.Fprintf(b, spec+string(verb), float64(l.CheckNumber(arg)))
	case 'q':
		text := l.CheckString(arg)
		s.made(2 * int64(len(text)))
		quote(b, text)
	case 's':
		text := l.CheckString(arg)
		s.made(int64(len(text)))
		fmt.Fprintf(b, spec+"s", text)
	}
}

// quote writes a string so that Lua reads it back.
func quote(b *strings.Builder, text string) {
	b.WriteByte('"')
	for i := range len(text) {
		switch c := text[i]; c {
		case '"', '\\', '\n':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\r':
			b.WriteString("\\r")
		case 0:
			b.WriteString("\\000")
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
}
