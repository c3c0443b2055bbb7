package lua

import (
	"errors"

	lua "github.com/yuin/gopher-lua"

	"github.com/ferritedb/ferrite/txn/redis"
)

// call is redis.call and redis.pcall.
func (s *State) call(raise bool) int {
	l := s.l
	if s.ended() != nil {
		l.RaiseError("script aborted")
	}
	args, ok := luaArgs(l)
	reply := redis.Reply{Kind: '-', Text: []byte("ERR Lua redis lib command arguments must be strings or integers")}
	if ok {
		b, err := s.hostCall(args)
		if err == nil {
			reply, _, _, err = redis.Read(b)
		}
		if err != nil {
			s.abort, s.m.stop, s.m.left = err, err, 0
			l.RaiseError("script aborted")
		}
	}
	s.m.step(commandSteps)
	held := s.m.held
	v := s.value(reply)
	s.m.held = held
	if t, ok := v.(*lua.LTable); ok && reply.Kind == '-' && raise {
		if dbg, ok := l.GetStack(1); ok {
			if _, gerr := l.GetInfo("l", dbg, lua.LNil); gerr == nil {
				t.RawSetString("line", lua.LNumber(dbg.CurrentLine))
			}
		}
		l.Error(t, 0)
	}
	l.Push(v)
	return 1
}

// commandSteps is what a command counts for, in instructions.
const commandSteps = 100

// hostCall calls the host. Lua would make an error of a panic, which the script
// could catch: it is kept, and raised again when Lua is left.
func (s *State) hostCall(args [][]byte) (b []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.panic, err = p, errHost
		}
	}()
	return s.o.Host.Call(args)
}

var errHost = errors.New("the host panicked")

// luaArgs reads the arguments of redis.call; false where there are none or one is
// neither text nor a number.
func luaArgs(l *lua.LState) ([][]byte, bool) {
	n := l.GetTop()
	args := make([][]byte, 0, n)
	for i := 1; i <= n; i++ {
		switch v := l.Get(i).(type) {
		case lua.LString:
			args = append(args, []byte(v))
		case lua.LNumber:
			args = append(args, redis.AppendDouble(nil, float64(v)))
		default:
			return nil, false
		}
	}
	return args, n > 0
}

// value turns a reply into Lua's value.
func (s *State) value(r redis.Reply) lua.LValue {
	switch r.Kind {
	case ':':
		return lua.LNumber(r.Int)
	case '$':
		s.m.hold(int64(len(r.Text)))
		return lua.LString(r.Text)
	case '_':
		return lua.LFalse
	case '*':
		s.m.hold(tableBytes + slotBytes*int64(len(r.Items)))
		t := s.l.NewTable()
		for _, item := range r.Items {
			t.Append(s.value(item))
		}
		return t
	}
	t := s.l.NewTable()
	field := "ok"
	if r.Kind == '-' {
		field = "err"
	}
	t.RawSetString(field, lua.LString(r.Text))
	return t
}
