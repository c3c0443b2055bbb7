package command

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"

	"github.com/ferritedb/ferrite/wire/resp"
)

const errFunctions Err = "ERR functions are not supported: use EVAL or EVALSHA"

var scriptCommands = []Command{
	{Name: "eval", Arity: -3, Flags: fWrite | fNoScript | fStale | fMovable, Cats: "slow scripting", Group: "scripting", Since: "2.6.0", Summary: "Execute a Lua script server side", Run: func(x *Exec) error { return x.eval(false, false) }, Keys: numkeysAt(2)},
	{Name: "evalsha", Arity: -3, Flags: fWrite | fNoScript | fStale | fMovable, Cats: "slow scripting", Group: "scripting", Since: "2.6.0", Summary: "Execute a Lua script server side", Run: func(x *Exec) error { return x.eval(true, false) }, Keys: numkeysAt(2)},
	{Name: "eval_ro", Arity: -3, Flags: fRead | fNoScript | fStale | fMovable, Cats: "slow scripting", Group: "scripting", Since: "7.0.0", Summary: "Execute a read-only Lua script server side", Run: func(x *Exec) error { return x.eval(false, true) }, Keys: numkeysAt(2)},
	{Name: "evalsha_ro", Arity: -3, Flags: fRead | fNoScript | fStale | fMovable, Cats: "slow scripting", Group: "scripting", Since: "7.0.0", Summary: "Execute a read-only Lua script server side", Run: func(x *Exec) error { return x.eval(true, true) }, Keys: numkeysAt(2)},
	{Name: "script", Arity: -2, Cats: "slow", Group: "scripting", Since: "2.6.0", Summary: "A container for Lua scripts management commands", Sub: []Command{
		{Name: "load", Arity: 3, Flags: fNoScript | fStale, Cats: "slow scripting", Since: "2.6.0", Summary: "Load the specified Lua script into the script cache.", Run: cmdScriptLoad},
		{Name: "exists", Arity: -3, Flags: fNoScript, Cats: "slow scripting", Since: "2.6.0", Summary: "Check existence of scripts in the script cache.", Run: cmdScriptExists},
		{Name: "flush", Arity: -2, Flags: fNoScript, Cats: "slow scripting", Since: "2.6.0", Summary: "Remove all the scripts from the script cache.", Run: cmdScriptFlush},
		{Name: "kill", Arity: 2, Flags: fNoScript, Cats: "slow scripting", Since: "2.6.0", Summary: "Kill the script currently in execution.", Run: refuseWith("NOTBUSY No scripts in execution right now.")},
	}},
	{Name: "function", Arity: -2, Flags: fNoScript, Cats: "slow scripting", Group: "scripting", Since: "7.0.0", Summary: "A container for function commands (not supported)", Run: func(*Exec) error { return errFunctions }},
	{Name: "fcall", Arity: -3, Flags: fNoScript, Cats: "slow scripting", Group: "scripting", Since: "7.0.0", Summary: "Invoke a function (not supported)", Run: func(*Exec) error { return errFunctions }},
}

// scriptsMax bounds the scripts that the server keeps compiled; one more empties
// the cache, and clients send EVAL again.
const scriptsMax = 4096

// scriptTable keeps compiled scripts by the SHA-1 of their text. Safe for
// concurrent use: compiled scripts are not changed by running.
type scriptTable struct {
	mu    sync.Mutex
	bySHA map[string]*lua.FunctionProto
}

func (t *scriptTable) get(sha string) *lua.FunctionProto {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.bySHA[sha]
}

func shaOf(src []byte) string {
	sum := sha1.Sum(src)
	return hex.EncodeToString(sum[:])
}

// load compiles a script, unless it is there already.
func (t *scriptTable) load(src []byte) (sha string, p *lua.FunctionProto, err error) {
	sha = shaOf(src)
	if p := t.get(sha); p != nil {
		return sha, p, nil
	}
	chunk, err := parse.Parse(strings.NewReader(string(src)), scriptName)
	if err == nil {
		p, err = lua.Compile(chunk, scriptName)
	}
	if err != nil {
		var pe *parse.Error
		msg := strings.TrimSpace(err.Error())
		if errors.As(err, &pe) {
			msg = fmt.Sprintf("%s:%d: %s near '%s'", scriptName, max(pe.Pos.Line, 1), pe.Message, pe.Token)
		}
		return "", nil, Err("ERR Error compiling script (new function): " + msg)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bySHA == nil || len(t.bySHA) >= scriptsMax {
		t.bySHA = map[string]*lua.FunctionProto{}
	}
	t.bySHA[sha] = p
	return sha, p, nil
}

func cmdScriptLoad(x *Exec) error {
	sha, _, err := x.scripts.load(x.args[2])
	if err != nil {
		return err
	}
	x.w.BulkString(sha)
	return nil
}

func cmdScriptExists(x *Exec) error {
	x.w.Array(len(x.args) - 2)
	for _, a := range x.args[2:] {
		x.w.Int(int64(btoi(x.scripts.get(strings.ToLower(string(a))) != nil)))
	}
	return nil
}

func cmdScriptFlush(x *Exec) error {
	if len(x.args) > 3 || len(x.args) == 3 && !x.is(2, "async") && !x.is(2, "sync") {
		return Err("ERR SCRIPT FLUSH only support SYNC|ASYNC option")
	}
	x.scripts.mu.Lock()
	x.scripts.bySHA = nil
	x.scripts.mu.Unlock()
	x.w.OK()
	return nil
}

// eval runs EVAL and its kind. A script is one command: where it fails, nothing
// of it remains.
func (x *Exec) eval(bySHA, readOnly bool) error {
	n, err := x.int(2)
	if err != nil {
		return err
	}
	if n < 0 {
		return Err("ERR Number of keys can't be negative")
	}
	if n > int64(len(x.args)-3) {
		return Err("ERR Number of keys can't be greater than number of args")
	}
	var proto *lua.FunctionProto
	sha := strings.ToLower(string(x.args[1]))
	if bySHA {
		if proto = x.scripts.get(sha); proto == nil {
			return Err("NOSCRIPT No matching script. Please use EVAL.")
		}
	} else if sha, proto, err = x.scripts.load(x.args[1]); err != nil {
		return err
	}
	keys, argv := x.args[3:3+n], x.args[3+n:]
	share, inExec, db := x.tx.ForceShare, x.inExec, x.c.Session.DB
	x.tx.ForceShare, x.inExec = true, true
	defer func() {
		x.tx.ForceShare, x.inExec = share, inExec
		x.setDB(db)
	}()
	// With its keys locked a script seldom meets a conflict halfway.
	for _, k := range keys {
		if readOnly {
			_, err = x.tx.Read(k)
		} else {
			_, err = x.tx.Lock(k)
		}
		if err != nil {
			return err
		}
	}
	s := x.script()
	s.sha, s.readOnly, s.abort = sha, readOnly, nil
	return s.run(proto, keys, argv)
}

// script is the executor's Lua state, made at its first script.
func (x *Exec) script() *script {
	if x.lua == nil {
		x.lua = newScript(x)
	}
	return x.lua
}

// replyLua replies what a script returned.
func replyLua(w *resp.Writer, v lua.LValue, depth int) {
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

func replyTable(w *resp.Writer, t *lua.LTable, depth int) {
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

// where names the script and line for an error.
func (s *script) where(line int) string {
	return fmt.Sprintf(" script: %s, on @%s:%d.", s.sha, scriptName, line)
}
