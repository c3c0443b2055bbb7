package lua

import (
	"crypto/sha1"
	"encoding/hex"
	"math"
	"strings"
	"sync/atomic"

	lua "github.com/yuin/gopher-lua"

	"github.com/ferritedb/ferrite/kv/clock"
)

// Host is what a script reaches outside of itself.
type Host interface {
	// Call runs a command for redis.call and gives its reply in RESP2, a user's
	// error included. An error ends the script, whatever Lua catches, and is what
	// Run returns. The bytes are valid until the next call.
	Call(args [][]byte) (reply []byte, err error)
}

// Options of a State.
type Options struct {
	Host Host
	// Rand drives math.random.
	Rand clock.Rand
	// StringBytesMax bounds a string that a script makes.
	StringBytesMax *atomic.Int64
}

// State runs scripts, one at a time. It is kept between scripts; each script has
// an environment of its own, so that none leaves globals behind.
type State struct {
	o       Options
	l       *lua.LState
	globals *lua.LTable
	hidden  map[string]*lua.LFunction // functions that rewritten scripts call
	m       meter
	sha     string
	abort   error // what ends the whole script (a lock conflict), whatever Lua catches
	panic   any   // of the host: to be raised again outside of Lua
}

// Bounds of a State's stacks.
const (
	callsMax      = 2000    // calls that wait for their return
	registersMin  = 1 << 10 // values that they hold
	registersMax  = 1 << 15
	registersStep = 1 << 10
)

// New makes a State.
func New(o Options) *State {
	s := &State{o: o, l: lua.NewState(lua.Options{SkipOpenLibs: true, CallStackSize: callsMax, MinimizeStackMemory: true,
		RegistrySize: registersMin, RegistryMaxSize: registersMax, RegistryGrowStep: registersStep})}
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
		"sha1hex":      func(l *lua.LState) int { l.Push(lua.LString(SHA([]byte(l.CheckString(1))))); return 1 },
		"log":          func(*lua.LState) int { return 0 },
		"setresp":      func(*lua.LState) int { return 0 },
	})
	for i, name := range []string{"LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE", "LOG_WARNING"} {
		r.RawSetString(name, lua.LNumber(i))
	}
	s.globals.RawSetString("redis", r)
	s.globals.RawSetString("server", r)
	s.globals.RawSetString("cjson", s.newCJSON())
	s.globals.RawSetString("unpack", l.NewFunction(s.unpack))
	s.openHidden()
	s.freeze()
	return s
}

// freeze keeps scripts from changing the libraries: each is seen through a table
// that cannot be written, and rawset is left out.
func (s *State) freeze() {
	l := s.l
	if str, ok := s.globals.RawGetString("string").(*lua.LTable); ok {
		s.openStrings(str)
		if meta, ok := l.GetMetatable(lua.LString("")).(*lua.LTable); ok {
			meta.RawSetString("__metatable", lua.LFalse)
		}
	}
	if t, ok := s.globals.RawGetString("table").(*lua.LTable); ok {
		s.openTables(t)
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

// random is math.random over the server's source.
func (s *State) random(l *lua.LState) int {
	f := float64(s.o.Rand.Uint64()>>11) / (1 << 53)
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
func (s *State) reply(field string) int {
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
func (s *State) environment(keys, argv [][]byte) *lua.LTable {
	l := s.l
	env := l.NewTable()
	list := func(bs [][]byte) *lua.LTable {
		t := l.NewTable()
		for _, b := range bs {
			t.Append(lua.LString(b))
		}
		return t
	}
	for name, f := range s.hidden {
		env.RawSetString(name, f)
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

// SHA names a script: the SHA-1 of its text in hexadecimal.
func SHA(src []byte) string {
	sum := sha1.Sum(src)
	return hex.EncodeToString(sum[:])
}
