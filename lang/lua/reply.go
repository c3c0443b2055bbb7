package lua

import (
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/ferritedb/ferrite/txn/redis"
)

// replyLua replies what a script returned.
func (s *State) replyLua(w *redis.Writer, v lua.LValue, depth int) error {
	if s.m.work(1); s.m.stop != nil {
		return s.m.stop // tables that hold each other many times over
	}
	switch v := v.(type) {
	case lua.LString:
		w.BulkString(string(v))
	case lua.LNumber:
		w.Int(int64(v))
	case lua.LBool:
		if v {
			w.Int(1)
		} else {
			w.Null()
		}
	case *lua.LTable:
		return s.replyTable(w, v, depth)
	default:
		w.Null()
	}
	return nil
}

// depthMax bounds how deep the tables of a reply, and of cjson, may nest.
const depthMax = 128

func (s *State) replyTable(w *redis.Writer, t *lua.LTable, depth int) error {
	if msg, ok := t.RawGetString("err").(lua.LString); ok {
		w.Error(strings.TrimSpace(string(msg)))
		return nil
	}
	if msg, ok := t.RawGetString("ok").(lua.LString); ok {
		w.Simple(strings.NewReplacer("\r", " ", "\n", " ").Replace(string(msg)))
		return nil
	}
	if depth >= depthMax {
		w.Error("ERR reached lua stack limit")
		return nil
	}
	n := 0
	for t.RawGetInt(n+1) != lua.LNil {
		n++
	}
	w.Array(n)
	for i := range n {
		if w.Over {
			return nil
		}
		if err := s.replyLua(w, t.RawGetInt(i+1), depth+1); err != nil {
			return err
		}
	}
	return nil
}
