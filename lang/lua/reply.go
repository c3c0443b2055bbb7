package lua

import (
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/ferritedb/ferrite/txn/redis"
)

// replyLua replies what a script returned.
func replyLua(w *redis.Writer, v lua.LValue, depth int) {
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
		replyTable(w, v, depth)
	default:
		w.Null()
	}
}

// luaDepthMax bounds how deep the tables of a reply may nest.
const luaDepthMax = 128

func replyTable(w *redis.Writer, t *lua.LTable, depth int) {
	if msg, ok := t.RawGetString("err").(lua.LString); ok {
		w.Error(strings.TrimSpace(string(msg)))
		return
	}
	if msg, ok := t.RawGetString("ok").(lua.LString); ok {
		w.Simple(strings.NewReplacer("\r", " ", "\n", " ").Replace(string(msg)))
		return
	}
	if depth >= luaDepthMax {
		w.Error("ERR reached lua stack limit")
		return
	}
	n := 0
	for t.RawGetInt(n+1) != lua.LNil {
		n++
	}
	w.Array(n)
	for i := range n {
		replyLua(w, t.RawGetInt(i+1), depth+1)
	}
}
