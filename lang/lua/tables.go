package lua

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// unpackMax is Lua's bound of what unpack returns.
const unpackMax = 4000

// openTables puts functions that charge for what they take in the place of the
// library's.
func (s *State) openTables(t *lua.LTable) {
	s.l.SetFuncs(t, map[string]lua.LGFunction{"concat": s.tableConcat, "insert": s.tableInsert})
}

// openHidden makes the functions that rewritten scripts call.
func (s *State) openHidden() {
	s.hidden = map[string]*lua.LFunction{
		concatName: s.l.NewFunction(s.concat),
		assignName: s.l.NewFunction(s.assign),
		indexName:  s.l.NewFunction(s.indexKey),
	}
}

// concat is a .. b .. c.
func (s *State) concat(l *lua.LState) int {
	n := int64(0)
	top := l.GetTop()
	for i := 1; i <= top; i++ {
		switch v := l.Get(i).(type) {
		case lua.LString:
			n += int64(len(v))
		case lua.LNumber:
			n += numberTextBytes
		default:
			return s.concatMeta(l, top)
		}
	}
	s.made(n)
	var b strings.Builder
	b.Grow(int(n))
	for i := 1; i <= top; i++ {
		b.WriteString(lua.LVAsString(l.Get(i)))
	}
	return s.push(b.String())
}

// numberTextBytes is about what a number takes as text.
const numberTextBytes = 24

// concatMeta joins from the right, by __concat where an operand is neither text
// nor a number.
func (s *State) concatMeta(l *lua.LState, top int) int {
	right := l.Get(top)
	for i := top - 1; i >= 1; i-- {
		left := l.Get(i)
		if lua.LVCanConvToString(left) && lua.LVCanConvToString(right) {
			a, b := lua.LVAsString(left), lua.LVAsString(right)
			s.made(int64(len(a) + len(b)))
			right = lua.LString(a + b)
			continue
		}
		op := l.GetMetaField(left, "__concat")
		if op == lua.LNil {
			op = l.GetMetaField(right, "__concat")
		}
		if op == lua.LNil {
			l.RaiseError("attempt to concatenate a %s value", s.notText(left, right).Type().String())
		}
		l.Push(op)
		l.Push(left)
		l.Push(right)
		l.Call(2, 1)
		right = l.Get(-1)
		l.Pop(1)
	}
	l.Push(right)
	return 1
}

func (s *State) notText(left, right lua.LValue) lua.LValue {
	if lua.LVCanConvToString(right) {
		return left
	}
	return right
}

// assign is t[k] = v.
func (s *State) assign(l *lua.LState) int {
	key, v := l.Get(2), l.Get(3)
	if t, ok := l.Get(1).(*lua.LTable); ok {
		s.chargeKey(t, key, v)
	}
	l.SetTable(l.Get(1), key, v)
	return 0
}

// chargeKey charges for what a key adds to a table: a number far past the end
// makes all the places before it.
func (s *State) chargeKey(t *lua.LTable, key, v lua.LValue) {
	if n, ok := key.(lua.LNumber); ok {
		if i := int64(n); lua.LNumber(i) == n && i > 0 && i < int64(lua.MaxArrayIndex) {
			s.chargeHole(t, i)
			return
		}
	}
	if v != lua.LNil {
		s.m.charged += fieldBytes
	} else if t.RawGetH(key) != lua.LNil {
		s.m.lost += fieldBytes // the library keeps what it knew of the key
	}
}

func (s *State) chargeHole(t *lua.LTable, i int64) {
	if end := int64(t.MaxN()); i > end+1 {
		s.m.step(int((i - end) >> 3))
		s.m.charge(slotBytes * (i - end))
	}
}

// indexKey is the key of a table's constructor: it charges as if the table had
// nothing before it.
func (s *State) indexKey(l *lua.LState) int {
	if n, ok := l.Get(1).(lua.LNumber); ok && n > unpackMax && n < lua.LNumber(lua.MaxArrayIndex) {
		s.m.charge(slotBytes * int64(n))
	}
	l.SetTop(1)
	return 1
}

func (s *State) tableInsert(l *lua.LState) int {
	t := l.CheckTable(1)
	switch l.GetTop() {
	case 2:
		t.Append(l.Get(2))
	case 3:
		i := l.CheckInt64(2)
		if i < int64(lua.MaxArrayIndex) {
			s.chargeHole(t, i)
		}
		s.m.step(t.MaxN() >> 6)
		t.Insert(int(i), l.Get(3))
	default:
		l.RaiseError("wrong number of arguments to 'insert'")
	}
	return 0
}

func (s *State) tableConcat(l *lua.LState) int {
	t, sep := l.CheckTable(1), l.OptString(2, "")
	from, to := l.OptInt64(3, 1), l.OptInt64(4, int64(t.Len()))
	if from > to {
		return s.push("")
	}
	n := int64(0)
	for i := from; ; i++ {
		v := s.element(t, i)
		if !lua.LVCanConvToString(v) {
			l.RaiseError("invalid value (%s) at index %d in table for 'concat'", v.Type().String(), i)
		}
		n += int64(len(lua.LVAsString(v)) + len(sep))
		if n > s.o.StringBytesMax.Load() {
			l.RaiseError("resulting string too large")
		}
		s.m.step(1)
		if i == to {
			break
		}
	}
	s.made(n)
	var b strings.Builder
	b.Grow(int(n))
	for i := from; ; i++ {
		b.WriteString(lua.LVAsString(s.element(t, i)))
		if i == to {
			break
		}
		b.WriteString(sep)
	}
	return s.push(b.String())
}

func (s *State) element(t *lua.LTable, i int64) lua.LValue { return t.RawGet(lua.LNumber(i)) }

// unpack is Lua's, within unpackMax.
func (s *State) unpack(l *lua.LState) int {
	t := l.CheckTable(1)
	from, to := l.OptInt64(2, 1), l.OptInt64(3, int64(t.Len()))
	if from > to {
		return 0
	}
	if n := uint64(to) - uint64(from); n >= unpackMax {
		l.RaiseError("too many results to unpack")
	}
	n := to - from + 1
	for i := range n {
		l.Push(s.element(t, from+i))
	}
	return int(n)
}
