package command

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/lang/lua"
	"github.com/ferritedb/ferrite/txn/command"
	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/txn/redis"
)

const errFunctions command.Err = "ERR functions are not supported: use EVAL or EVALSHA"

var scriptCommands = []command.Command{
	{Name: "eval", Arity: -3, Flags: command.Write | command.NoScript | command.Stale | command.Movable, Cats: "slow scripting", Group: "scripting", Since: "2.6.0", Summary: "Execute a Lua script server side", Run: door(func(x *Exec) error { return x.eval(false, false) }), Keys: command.NumkeysAt(2)},
	{Name: "evalsha", Arity: -3, Flags: command.Write | command.NoScript | command.Stale | command.Movable, Cats: "slow scripting", Group: "scripting", Since: "2.6.0", Summary: "Execute a Lua script server side", Run: door(func(x *Exec) error { return x.eval(true, false) }), Keys: command.NumkeysAt(2)},
	{Name: "eval_ro", Arity: -3, Flags: command.Read | command.NoScript | command.Stale | command.Movable, Cats: "slow scripting", Group: "scripting", Since: "7.0.0", Summary: "Execute a read-only Lua script server side", Run: door(func(x *Exec) error { return x.eval(false, true) }), Keys: command.NumkeysAt(2)},
	{Name: "evalsha_ro", Arity: -3, Flags: command.Read | command.NoScript | command.Stale | command.Movable, Cats: "slow scripting", Group: "scripting", Since: "7.0.0", Summary: "Execute a read-only Lua script server side", Run: door(func(x *Exec) error { return x.eval(true, true) }), Keys: command.NumkeysAt(2)},
	{Name: "script", Arity: -2, Cats: "slow", Group: "scripting", Since: "2.6.0", Summary: "A container for Lua scripts management commands", Sub: []command.Command{
		{Name: "load", Arity: 3, Flags: command.NoScript | command.Stale, Cats: "slow scripting", Since: "2.6.0", Summary: "Load the specified Lua script into the script cache.", Run: door(cmdScriptLoad)},
		{Name: "exists", Arity: -3, Flags: command.NoScript, Cats: "slow scripting", Since: "2.6.0", Summary: "Check existence of scripts in the script cache.", Run: door(cmdScriptExists)},
		{Name: "flush", Arity: -2, Flags: command.NoScript, Cats: "slow scripting", Since: "2.6.0", Summary: "Remove all the scripts from the script cache.", Run: door(cmdScriptFlush)},
		{Name: "kill", Arity: 2, Flags: command.AllowBusy | command.NoScript, Cats: "slow scripting", Since: "2.6.0", Summary: "Kill the script currently in execution.", Run: door(cmdScriptKill)},
	}},
	{Name: "function", Arity: -2, Flags: command.NoScript, Cats: "slow scripting", Group: "scripting", Since: "7.0.0", Summary: "A container for function commands (not supported)", Run: door(func(*Exec) error { return errFunctions })},
	{Name: "fcall", Arity: -3, Flags: command.NoScript, Cats: "slow scripting", Group: "scripting", Since: "7.0.0", Summary: "Invoke a function (not supported)", Run: door(func(*Exec) error { return errFunctions })},
}

// scriptsMax bounds the scripts that the server keeps compiled; one more empties
// the cache, and clients send EVAL again.
const scriptsMax = 4096

// scriptTable keeps compiled scripts by the SHA-1 of their text. Safe for
// concurrent use: compiled scripts are not changed by running.
type scriptTable struct {
	mu    sync.Mutex
	bySHA map[string]*lua.Script
}

func (t *scriptTable) get(sha string) *lua.Script {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.bySHA[sha]
}

// load compiles a script, unless it is there already.
func (t *scriptTable) load(src []byte) (sha string, p *lua.Script, err error) {
	sha = lua.SHA(src)
	if p := t.get(sha); p != nil {
		return sha, p, nil
	}
	if p, err = lua.Compile(src); err != nil {
		return "", nil, command.Err(err.Error())
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bySHA == nil || len(t.bySHA) >= scriptsMax {
		t.bySHA = map[string]*lua.Script{}
	}
	t.bySHA[sha] = p
	return sha, p, nil
}

// inlineCompileBytes: a longer script is compiled outside the loop.
const inlineCompileBytes = 8 << 10

func cmdScriptLoad(x *Exec) error {
	if len(x.Args[2]) > inlineCompileBytes && x.detached == attached {
		return errDetach
	}
	sha, _, err := x.scripts.load(x.Args[2])
	if err != nil {
		return err
	}
	x.W.BulkString(sha)
	return nil
}

func cmdScriptExists(x *Exec) error {
	x.W.Array(len(x.Args) - 2)
	for _, a := range x.Args[2:] {
		x.W.Int(int64(btoi(x.scripts.get(strings.ToLower(string(a))) != nil)))
	}
	return nil
}

func cmdScriptFlush(x *Exec) error {
	if len(x.Args) > 3 || len(x.Args) == 3 && !x.Is(2, "async") && !x.Is(2, "sync") {
		return command.Err("ERR SCRIPT FLUSH only support SYNC|ASYNC option")
	}
	x.scripts.mu.Lock()
	x.scripts.bySHA = nil
	x.scripts.mu.Unlock()
	x.W.OK()
	return nil
}

// eval runs EVAL and its kind. A script is one command: where it fails, nothing
// of it remains.
func (x *Exec) eval(bySHA, readOnly bool) error {
	n, err := x.Int(2)
	if err != nil {
		return err
	}
	if n < 0 {
		return command.Err("ERR Number of keys can't be negative")
	}
	if n > int64(len(x.Args)-3) {
		return command.Err("ERR Number of keys can't be greater than number of args")
	}
	var proto *lua.Script
	if bySHA {
		if proto = x.scripts.get(strings.ToLower(string(x.Args[1]))); proto == nil {
			return command.Err("NOSCRIPT No matching script. Please use EVAL.")
		}
	} else if proto, err = x.compiled(x.Args[1]); err != nil {
		return err
	}
	keys, argv := x.Args[3:3+n], x.Args[3+n:]
	share, inExec, db := x.Tx.ForceShare, x.inExec, x.c.Session.DB
	x.Tx.ForceShare, x.inExec = true, true
	defer func() {
		x.Tx.ForceShare, x.inExec = share, inExec
		x.setDB(db)
	}()
	// With its keys locked a script seldom meets a conflict halfway.
	for _, k := range keys {
		if readOnly {
			_, err = x.Tx.Read(k)
		} else {
			_, err = x.Tx.Lock(k)
		}
		if err != nil {
			return err
		}
	}
	return x.runScript(proto, readOnly, keys, argv)
}

// compiled is a script of EVAL.
func (x *Exec) compiled(src []byte) (*lua.Script, error) {
	if len(src) > inlineCompileBytes && x.detached == attached && x.scripts.get(lua.SHA(src)) == nil {
		return nil, errOutside
	}
	_, p, err := x.scripts.load(src)
	return p, err
}

// scriptHost is the executor as its scripts see it.
type scriptHost struct {
	x        *Exec
	readOnly bool
	run      *runningScript // nil inside the loop
	w        redis.Writer
}

// runScript runs a script in the executor's Lua state, made at its first script.
// Inside the loop it has a small share; past that it runs again outside.
func (x *Exec) runScript(p *lua.Script, readOnly bool, keys, argv [][]byte) error {
	if x.lua == nil {
		x.host = &scriptHost{x: x}
		x.lua = lua.New(lua.Options{Host: x.host, Rand: x.Rand, StringBytesMax: x.StringBytesMax})
	}
	x.host.readOnly = readOnly
	r := lua.Run{Script: p, Keys: keys, Argv: argv, Inline: x.detached == attached}
	effects := len(x.effects)
	var err error
	if r.Inline {
		err = x.lua.Run(r, x.W)
	} else {
		err = x.runOutside(r)
	}
	if err != nil {
		x.effects = x.effects[:effects]
	}
	return scriptError(err, p.SHA)
}

// scriptError words what ended a script.
func scriptError(err error, sha string) error {
	var own lua.Error
	switch {
	case errors.As(err, &own):
		return command.Err(own)
	case errors.Is(err, lua.ErrOutgrown):
		return errOutside
	case errors.Is(err, errScriptKilled):
		return command.Err("ERR " + errScriptKilled.Error() + lua.Where(sha))
	case errors.Is(err, budget.ErrMemory):
		return command.Err("ERR not enough memory: " + err.Error() + lua.Where(sha))
	}
	return err
}

// scriptBytesMax bounds the memory of one script.
const scriptBytesMax = 64 << 20

// runOutside runs a script under a budget, as one of those that SCRIPT KILL ends.
func (x *Exec) runOutside(r lua.Run) error {
	ctx, cancel := context.WithCancelCause(x.c.Context())
	defer cancel(nil)
	k := x.running.begin(x.srv, cancel)
	defer x.running.end(k)
	x.host.run = k
	defer func() { x.host.run = nil }()
	x.Tx.SetContext(ctx)
	r.Budget = budget.New(ctx, x.cfg.Memory, budget.Limits{Bytes: scriptBytesMax})
	defer r.Budget.Close()
	err := x.lua.Run(r, x.W)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause
	}
	return err
}

// Call implements lua.Host.
func (h *scriptHost) Call(args [][]byte) ([]byte, error) {
	x := h.x
	h.w.B = h.w.B[:0]
	h.w.Limit = int(x.StringBytesMax.Load()) + replySlackBytes
	cmd, err := h.admit(args)
	if err == nil {
		x.Tx.SetDB(x.c.Session.DB)
		err = x.Do(cmd, args, &h.w)
		if err == nil && h.run != nil && cmd.Flags&command.Write != 0 {
			h.run.wrote.Store(true)
		}
	}
	if err != nil {
		var user command.Err
		if !errors.As(err, &user) && !errors.Is(err, keyspace.ErrWrongType) {
			return nil, err
		}
		h.w.Error(err.Error())
	}
	return h.w.B, nil
}

// admit finds the command that a script calls.
func (h *scriptHost) admit(args [][]byte) (*command.Command, error) {
	cmd := h.x.Table.Resolve(args)
	switch {
	case cmd == nil || cmd.Run == nil:
		return nil, command.Err("ERR Unknown Redis command called from script")
	case !cmd.ArityOK(len(args)):
		return nil, command.Err("ERR Wrong number of args calling Redis command from script")
	case cmd.Flags&(command.NoScript|command.Control) != 0:
		return nil, command.Err("ERR This Redis command is not allowed from script")
	case h.readOnly && cmd.Flags&command.Write != 0:
		return nil, command.Err("ERR Write commands are not allowed from read-only scripts.")
	}
	return cmd, h.x.refuseWrite(cmd)
}
