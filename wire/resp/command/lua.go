package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/wire/resp"
)

// scriptName is what Lua's messages call a script.
const scriptName = "user_script"

// scriptTimeMax ends a script: it runs inside the event loop.
const scriptTimeMax = 5 * time.Second

// script runs Lua for one executor. The state is kept between scripts; each
// script has an environment of its own, so that none leaves globals behind.
type script struct {
	x        *Exec
	l        *lua.LState
	globals  *lua.LTable
	sha      string
	readOnly bool
	abort    error // what ends the whole command (a lock conflict), whatever Lua catches
}

func newScript(x *Exec) *script {
	s := &script{x: x, l: lua.NewState(lua.Options{SkipOpenLibs: true})}
	l := s.l
	for _, lib := range []struct {
		name string
		open lua.LGFunction
	}{{lua.BaseLibName, lua.OpenBase}, {lua.TabLibName, lua.OpenTable}, {lua.StringLibName, lua.OpenString}, {lua.MathLibName, lua.OpenMath}} {
		l.Push(l.NewFunction(lib.open))
		l.Push(lua.LString(lib.name))
		l.Call(1, 0)
	}
	s.globals = l.G.Global
	for _, name := range []string{"dofile", "loadfile", "print", "module", "require", "newproxy", "collectgarbage", "_printregs", "getfenv", "setfenv", "load", "loadstring", "_G", "rawset"} {
		s.globals.RawSetString(name, lua.LNil)
	}
	if m, ok := s.globals.RawGetString("math").(*lua.LTable); ok {
		m.RawSetString("random", l.NewFunction(s.random))
		m.RawSetString("randomseed", l.NewFunction(func(*lua.LState) int { return 0 }))
	}
	r := l.SetFuncs(l.NewTable(), map[string]lua.LGFunction{
		"call":         func(l *lua.LState) int { return s.call(true) },
		"pcall":        func(l *lua.LState) int { return s.call(false) },
		"error_reply":  func(l *lua.LState) int { return s.reply("err") },
		"status_reply": func(l *lua.LState) int { return s.reply("ok") },
		"sha1hex":      func(l *lua.LState) int { l.Push(lua.LString(shaOf([]byte(l.CheckString(1))))); return 1 },
		"log":          func(*lua.LState) int { return 0 },
		"setresp":      func(*lua.LState) int { return 0 },
	})
	for i, name := range []string{"LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE", "LOG_WARNING"} {
		r.RawSetString(name, lua.LNumber(i))
	}
	s.globals.RawSetString("redis", r)
	s.globals.RawSetString("server", r)
	s.globals.RawSetString("cjson", newCJSON(l))
	s.freeze()
	return s
}

// freeze keeps scripts from changing the libraries: each is seen through a table
// that cannot be written, and rawset is left out.
func (s *script) freeze() {
	l := s.l
	if str, ok := s.globals.RawGetString("string").(*lua.LTable); ok {
		str.RawSetString("rep", l.NewFunction(s.rep))
		if meta, ok := l.GetMetatable(lua.LString("")).(*lua.LTable); ok {
			meta.RawSetString("__metatable", lua.LFalse)
		}
	}
	for _, name := range []string{"string", "table", "math", "redis", "server", "cjson"} {
		meta := l.NewTable()
		meta.RawSetString("__index", s.globals.RawGetString(name))
		meta.RawSetString("__newindex", l.NewFunction(readOnlyTable))
		meta.RawSetString("__metatable", lua.LFalse)
		front := l.NewTable()
		front.Metatable = meta
		s.globals.RawSetString(name, front)
	}
}

func readOnlyTable(l *lua.LState) int {
	l.RaiseError("Attempt to modify a readonly table")
	return 0
}

// rep is string.rep within proto-max-bulk-len.
func (s *script) rep(l *lua.LState) int {
	text, n := l.CheckString(1), max(l.CheckInt(2), 0)
	if limit := s.x.srv.Settings.BulkBytesMax.Load(); len(text) > 0 && int64(n) > limit/int64(len(text)) {
		l.RaiseError("resulting string too large")
	}
	l.Push(lua.LString(strings.Repeat(text, n)))
	return 1
}

// random is math.random over the server's source.
func (s *script) random(l *lua.LState) int {
	f := float64(s.x.rand.Uint64()>>11) / (1 << 53)
	lo, hi := 1, 0
	switch l.GetTop() {
	case 0:
		l.Push(lua.LNumber(f))
		return 1
	case 1:
		hi = l.CheckInt(1)
	default:
		lo, hi = l.CheckInt(1), l.CheckInt(2)
	}
	if lo > hi {
		l.ArgError(l.GetTop(), "interval is empty")
	}
	l.Push(lua.LNumber(float64(lo) + math.Floor(f*float64(hi-lo+1))))
	return 1
}

// reply makes the table of redis.error_reply and status_reply.
func (s *script) reply(field string) int {
	t := s.l.NewTable()
	msg := s.l.CheckString(1)
	if field == "err" {
		msg = strings.TrimPrefix(msg, "-")
	}
	t.RawSetString(field, lua.LString(msg))
	s.l.Push(t)
	return 1
}

// environment is a script's own globals over the shared, unchangeable ones.
func (s *script) environment(keys, argv [][]byte) *lua.LTable {
	l := s.l
	env := l.NewTable()
	list := func(bs [][]byte) *lua.LTable {
		t := l.NewTable()
		for _, b := range bs {
			t.Append(lua.LString(b))
		}
		return t
	}
	env.RawSetString("KEYS", list(keys))
	env.RawSetString("ARGV", list(argv))
	meta := l.NewTable()
	meta.RawSetString("__index", l.NewFunction(func(l *lua.LState) int {
		v := s.globals.RawGet(l.Get(2))
		if v == lua.LNil {
			l.RaiseError("Script attempted to access nonexistent global variable '%s'", l.Get(2).String())
		}
		l.Push(v)
		return 1
	}))
	meta.RawSetString("__newindex", l.NewFunction(readOnlyTable))
	meta.RawSetString("__metatable", lua.LFalse)
	env.Metatable = meta
	return env
}

// run runs a compiled script and replies what it returned.
func (s *script) run(p *lua.FunctionProto, keys, argv [][]byte) error {
	l := s.l
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	timer := s.x.srv.Clock().AfterFunc(scriptTimeMax, cancel)
	defer timer.Stop()
	l.SetContext(ctx)
	fn := l.NewFunctionFromProto(p)
	fn.Env = s.environment(keys, argv)
	l.Push(fn)
	err := l.PCall(0, 1, nil)
	if s.abort != nil {
		l.SetTop(0)
		return s.abort
	}
	if err != nil {
		l.SetTop(0)
		if ctx.Err() != nil {
			return Err(fmt.Sprintf("ERR the script ran for more than %s", scriptTimeMax))
		}
		return s.failure(err)
	}
	v := l.Get(-1)
	l.SetTop(0)
	replyLua(s.x.w, v, 0)
	return nil
}

// failure words the error that ended a script.
func (s *script) failure(err error) error {
	var ae *lua.ApiError
	if !errors.As(err, &ae) {
		return Err("ERR " + err.Error())
	}
	if t, ok := ae.Object.(*lua.LTable); ok {
		if msg, ok := t.RawGetString("err").(lua.LString); ok {
			line, _ := t.RawGetString("line").(lua.LNumber)
			return Err(string(msg) + s.where(max(int(line), 1)))
		}
	}
	msg := ae.Object.String()
	line := 1
	if rest, ok := strings.CutPrefix(msg, scriptName+":"); ok {
		if n, err := strconv.Atoi(rest[:max(strings.IndexByte(rest, ':'), 0)]); err == nil {
			line = n
		}
	}
	return Err("ERR " + msg + s.where(line))
}

// call is redis.call and redis.pcall.
func (s *script) call(raise bool) int {
	l := s.l
	if s.abort != nil {
		l.RaiseError("script aborted")
	}
	args, ok := luaArgs(l)
	var reply []byte
	err := error(Err("ERR Lua redis lib command arguments must be strings or integers"))
	if ok {
		reply, err = s.command(args)
	}
	var user Err
	switch {
	case err == nil:
		v, _ := s.value(reply)
		l.Push(v)
		return 1
	case !errors.As(err, &user) && !errors.Is(err, keyspace.ErrWrongType):
		s.abort = err
		l.RaiseError("script aborted")
	}
	t := l.NewTable()
	t.RawSetString("err", lua.LString(err.Error()))
	if raise {
		if dbg, ok := l.GetStack(1); ok {
			if _, gerr := l.GetInfo("l", dbg, lua.LNil); gerr == nil {
				t.RawSetString("line", lua.LNumber(dbg.CurrentLine))
			}
		}
		l.Error(t, 0)
	}
	l.Push(t)
	return 1
}

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
			args = append(args, resp.AppendDouble(nil, float64(v)))
		default:
			return nil, false
		}
	}
	return args, n > 0
}

// command runs one command of a script and returns its reply in RESP2.
func (s *script) command(args [][]byte) ([]byte, error) {
	x := s.x
	cmd := resolve(args)
	switch {
	case cmd == nil || cmd.Run == nil:
		return nil, Err("ERR Unknown Redis command called from script")
	case !cmd.arityOK(len(args)):
		return nil, Err("ERR Wrong number of args calling Redis command from script")
	case cmd.Flags&(fNoScript|fControl) != 0:
		return nil, Err("ERR This Redis command is not allowed from script")
	case s.readOnly && cmd.Flags&fWrite != 0:
		return nil, Err("ERR Write commands are not allowed from read-only scripts.")
	}
	outerCmd, outerArgs, outerW := x.cmd, x.args, x.w
	w := &resp.Writer{}
	x.cmd, x.args, x.w = cmd, args, w
	x.tx.SetDB(x.c.Session.DB)
	sp := x.t.Savepoint()
	err := cmd.Run(x)
	x.calls[cmd.index].Add(1)
	x.cmd, x.args, x.w = outerCmd, outerArgs, outerW
	if err != nil {
		x.t.RollbackTo(sp)
		return nil, err
	}
	return w.B, nil
}

// value turns one RESP2 reply into Lua's value and returns the bytes after it.
func (s *script) value(b []byte) (lua.LValue, []byte) {
	nl := bytes.IndexByte(b, '\r')
	if nl < 0 {
		return lua.LFalse, nil
	}
	text, rest := string(b[1:nl]), b[nl+2:]
	n, _ := strconv.Atoi(text)
	switch b[0] {
	case ':':
		return lua.LNumber(n), rest
	case '$':
		if n < 0 {
			return lua.LFalse, rest
		}
		return lua.LString(rest[:n]), rest[n+2:]
	case '*':
		if n < 0 {
			return lua.LFalse, rest
		}
		t := s.l.NewTable()
		for range n {
			var v lua.LValue
			v, rest = s.value(rest)
			t.Append(v)
		}
		return t, rest
	}
	t := s.l.NewTable()
	field := "ok"
	if b[0] == '-' {
		field = "err"
	}
	t.RawSetString(field, lua.LString(text))
	return t, rest
}
