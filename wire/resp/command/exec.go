package command

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/lang/lua"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/command"
	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/txn/redis"
	"github.com/ferritedb/ferrite/wire/auth"
	"github.com/ferritedb/ferrite/wire/resp"
)

// Config of a RESP server.
type Config struct {
	Store txn.Store
	Clock clock.Clock
	// Rand drives what Redis leaves to chance; nil: clock.Entropy.
	Rand clock.Rand
	// Keyspace shared with SQL; nil: one of its own.
	Keyspace *keyspace.Keyspace
	// Durability of the RESP port.
	Durability txn.Durability
	// Password as requirepass; empty for none.
	Password string
	// Port that INFO shows.
	Port int
	// Version of Ferrite, for INFO.
	Version string
	// Shutdown asks the process to end; nil: SHUTDOWN is refused. It does not wait.
	Shutdown func()
	// Throttle slows down who guesses the password; nil: nobody.
	Throttle *auth.Throttle
	// Memory of the server, which scripts take of; nil: nothing bounds them together.
	Memory *budget.Server
	// Log hears of defects; nil: nobody does.
	Log *slog.Logger
}

// table is every command: those of a keyspace and those of a connection.
var table = sync.OnceValue(func() *command.Table {
	return command.NewTable(append(command.Families(),
		multiCommands, pubsubCommands, connectionCommands, serverCommands, scriptCommands)...)
})

// shared is what the executors of a server have in common.
type shared struct {
	data     *command.Shared
	cfg      Config
	counts   keyCounts
	scripts  scriptTable
	running  runningScripts
	lastSave atomic.Int64 // Unix seconds
	expire   *keyspace.Tx // of the background cycle, which one goroutine runs at a time
}

// NewServer builds a RESP server over a store: give it to a loop (wire/epoll,
// wire/netpoll) with a listener, and Stop it after the loop's Shutdown.
func NewServer(c Config) *resp.Server {
	if c.Clock == nil {
		c.Clock = clock.Real
	}
	if c.Rand == nil {
		c.Rand = clock.Entropy
	}
	if c.Keyspace == nil {
		c.Keyspace = keyspace.New(c.Store, c.Clock, c.Rand)
	}
	s := &shared{cfg: c}
	s.lastSave.Store(c.Clock.Now().Unix())
	s.expire = c.Keyspace.NewTx(nil, keyspace.TxOptions{Wait: txn.SkipLocked})
	srv := resp.NewServer(resp.Options{
		Store: c.Store, Clock: c.Clock, Durability: c.Durability, Password: c.Password, Port: c.Port, Log: c.Log, Memory: c.Memory,
		NewExecutor: func(srv *resp.Server, sh *resp.Shard) resp.Executor { return newExec(s, srv, sh) },
		Background:  s.expireCycle,
	})
	s.data = command.NewShared(c.Keyspace, c.Rand, table(), &srv.Settings.BulkBytesMax)
	return srv
}

// Exec runs the commands of one shard: those of txn/command, and those of a
// connection, which are handlers of its own. Its fields are valid during one
// command.
type Exec struct {
	command.Exec
	*shared
	srv *resp.Server
	sh  *resp.Shard
	t   txn.Txn
	c   *resp.Client

	sp       txn.Savepoint // before the command at hand, where undoable
	undoable bool
	top      *command.Command // the command that the client sent, Cmd perhaps one inside it
	used     bool             // the transaction has writes or locks
	detached detachment
	inExec   bool
	replyMax int      // bytes of one reply
	effects  []func() // of commands inside EXEC or a script: for the shard, after the commit
	changed  map[string]struct{}
	refusal  string // of commands that write, once asked for in this turn
	asked    bool

	// calls of one command are counted in a run and published when it ends
	runCmd *command.Command
	runLen int64

	names command.NameCache
	lua   *lua.State
	host  *scriptHost
}

// detachment is how an executor runs outside the loop.
type detachment byte

const (
	attached detachment = iota
	detachedRead
	detachedWrite
)

func newExec(s *shared, srv *resp.Server, sh *resp.Shard) *Exec {
	x := &Exec{shared: s, srv: srv, sh: sh}
	x.Shared, x.Door = s.data, x
	x.Memory = budget.New(context.Background(), s.cfg.Memory, budget.Limits{Bytes: commandBytesMax})
	x.newTx()
	return x
}

// commandBytesMax bounds what one command holds beside its reply.
const commandBytesMax = 256 << 20

func (x *Exec) newTx() {
	x.Tx = x.Keyspace.NewTx(nil, keyspace.TxOptions{Wait: txn.NoWait, Changed: x.keyChanged})
	if x.detached == detachedWrite {
		x.Tx = x.Keyspace.NewTx(nil, keyspace.TxOptions{Wait: txn.Block, Ctx: x.c.Context(), Changed: x.keyChangedOutside})
	}
}

// Bind implements resp.Executor.
func (x *Exec) Bind(t txn.Txn, nowMs int64) {
	if x.t != t {
		x.used = false
		x.Tx.Locked = false
	}
	x.t, x.asked = t, false
	x.replyMax = int(x.StringBytesMax.Load()) + replySlackBytes
	x.Tx.Bind(t, nowMs)
}

// Used implements resp.Executor.
func (x *Exec) Used() bool { return x.used || x.Tx.Locked }

// Written implements resp.Executor.
func (x *Exec) Written() int64 { return x.Tx.Written }

// ConflictKey implements resp.Executor.
func (x *Exec) ConflictKey() []byte { return x.Tx.ConflictKey() }

// SetDetached implements resp.Executor.
func (x *Exec) SetDetached(writes bool) {
	x.detached = detachedRead
	if writes {
		x.detached = detachedWrite
	}
}

// TakeEffects implements resp.Executor.
func (x *Exec) TakeEffects() []func() {
	out := x.effects
	x.effects = nil
	return out
}

// keyChanged tells the shard of a key written. What EXEC writes is no change to
// those that its own client watches: EXEC may have to run again.
func (x *Exec) keyChanged(db uint16, key []byte) { x.sh.Changed(db, key, x.execClient()) }

func (x *Exec) execClient() *resp.Client {
	if x.inExec && x.c.Session.Multi {
		return x.c
	}
	return nil
}

// keyChangedOutside keeps a key written outside the loop for the shard.
func (x *Exec) keyChangedOutside(db uint16, key []byte) {
	x.sh.Touch(db, key, x.execClient())
	name := string(append([]byte{byte(db >> 8), byte(db)}, key...))
	if _, ok := x.changed[name]; ok {
		return
	}
	if x.changed == nil {
		x.changed = map[string]struct{}{}
	}
	x.changed[name] = struct{}{}
	sh := x.sh
	x.effects = append(x.effects, func() { sh.Changed(db, []byte(name[2:]), nil) })
}

// Recover implements resp.Executor: the buffers of the command that panicked, and
// its Lua state, are left to the collector.
func (x *Exec) Recover(c *resp.Client) {
	now := x.Tx.NowMs()
	x.newTx()
	x.Tx.Bind(x.t, now)
	x.used = true // it may have taken locks
	if x.c == c && c.Session.Multi && x.top != nil && x.top.Flags&command.Control != 0 {
		x.endMulti()
	}
	x.lua, x.host, x.inExec = nil, nil, false
	x.Memory.Close()
	x.runLen = 0
	if x.undoable {
		x.t.RollbackTo(x.sp)
	}
}

// DropClient implements resp.Executor.
func (x *Exec) DropClient(c *resp.Client) {
	c.Session.Queue = nil
}

// EndTurn implements resp.Executor.
func (x *Exec) EndTurn() {
	x.used = false
	x.Tx.Locked, x.Tx.Written = false, 0
	x.publishRun()
	if x.Tx.Hits != 0 {
		x.srv.Stats.KeyspaceHits.Add(x.Tx.Hits)
		x.Tx.Hits = 0
	}
	if x.Tx.Misses != 0 {
		x.srv.Stats.KeyspaceMisses.Add(x.Tx.Misses)
		x.Tx.Misses = 0
	}
}

func (x *Exec) publishRun() {
	if x.runLen > 0 {
		x.Calls[x.runCmd.Index()].Add(x.runLen)
		x.runLen = 0
	}
}

// door makes a handler of a connection one of the table. Handlers run for doors of
// this package only, as the table is its own.
func door(f func(*Exec) error) func(*command.Exec) error {
	return func(x *command.Exec) error { return f(x.Door.(*Exec)) }
}

// Execute implements resp.Executor.
func (x *Exec) Execute(c *resp.Client, w *redis.Writer, args [][]byte) resp.Verdict {
	x.c, x.W, x.Args = c, w, args
	if x.detached == detachedWrite {
		x.waitForLocks()
	}
	s := &c.Session
	mark := len(w.B)
	cmd := x.names.Lookup(x.Table, args[0])
	if cmd == nil || cmd.Sub != nil || !cmd.ArityOK(len(args)) {
		var err error
		if cmd, err = x.Table.Admit(args); err != nil {
			if cmd == nil && isHTTP(args[0]) {
				x.endHTTP()
				return resp.Done
			}
			x.refuse(err)
			return x.finish(mark)
		}
	}
	if err := x.admit(cmd); err != nil {
		x.refuse(err)
		return x.finish(mark)
	}
	if x.srv.Paused(cmd.Flags&(command.Write|command.Blocking) != 0 || cmd.Name == "publish") && cmd.Flags&command.NoPause == 0 && x.detached == attached {
		return resp.Paused
	}
	x.Cmd, x.top = cmd, cmd
	if s.Multi && cmd.Flags&command.Control == 0 {
		x.queue(cmd)
		return x.finish(mark)
	}
	if cmd.Flags&command.Detach != 0 && x.detached == attached {
		return resp.Detach
	}
	x.Tx.SetDB(s.DB)
	if v := x.call(cmd); v != resp.Done {
		return v
	}
	return x.finish(mark)
}

// waitForLocks makes the executor's Tx one that waits, as long as its client is there.
func (x *Exec) waitForLocks() {
	now := x.Tx.NowMs()
	x.newTx()
	x.Tx.Bind(x.t, now)
}

// isHTTP tells that a command is a line of HTTP: somebody has a browser, or a
// server that follows addresses, send it.
func isHTTP(name []byte) bool {
	return command.EqualFold(name, "post") || command.EqualFold(name, "host:")
}

// endHTTP closes such a connection; nothing that follows is run.
func (x *Exec) endHTTP() {
	if x.srv.Stats.HTTPAttacks.Add(1) == 1 && x.cfg.Log != nil {
		x.cfg.Log.Warn("Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis. "+
			"This is likely due to an attacker attempting to use Cross Protocol Scripting to compromise your Redis instance. "+
			"Connection aborted.", "client", x.c.Addr)
	}
	x.sh.Doom(x.c)
}

// admit checks what holds for a client before a command runs or is queued.
func (x *Exec) admit(cmd *command.Command) error {
	if x.running.busy.Load() > 0 && cmd.Flags&command.AllowBusy == 0 && x.detached == attached {
		return errBusy
	}
	if !x.c.Session.Authed && cmd.Flags&command.NoAuth == 0 && x.srv.Settings.PasswordSet() {
		return command.Err("NOAUTH Authentication required.")
	}
	if cmd.Flags&command.Subscribed == 0 && !x.W.RESP3 && x.c.Subscribed() {
		return command.Err("ERR Can't execute '" + cmd.FullName() + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context")
	}
	if x.c.Session.Multi && cmd.Flags&command.NoMulti != 0 {
		return command.Err("ERR Command not allowed inside a transaction")
	}
	if cmd.Flags&(command.Write|command.Read) == 0 || cmd.Flags&command.Control != 0 {
		x.c.ChangedSession = true
	}
	return x.refuseWrite(cmd)
}

// refuseWrite refuses a command that writes while the store takes no writes. The
// commands inside EXEC and of scripts are looked at one by one.
func (x *Exec) refuseWrite(cmd *command.Command) error {
	if cmd.Flags&(command.Write|command.Control) != command.Write || cmd.Group == "scripting" {
		return nil
	}
	if !x.asked {
		x.asked, x.refusal = true, x.srv.Refusal()
	}
	if x.refusal != "" {
		return command.Err(x.refusal)
	}
	return nil
}

// Block implements command.Door.
func (x *Exec) Block(kind byte, keys [][]byte, d time.Duration) (bool, error) {
	if x.inExec || x.c.TimedOut() {
		if x.c.UnblockedByError() {
			return false, command.Err("UNBLOCKED client unblocked via CLIENT UNBLOCK")
		}
		return false, nil
	}
	x.sh.Block(x.c, kind, keys, d)
	return true, nil
}

// refuse replies an error that came before the command ran; inside MULTI it
// spoils the EXEC.
func (x *Exec) refuse(err error) {
	if x.c.Session.Multi {
		x.c.Session.MultiError = true
	}
	x.fail(err)
}

func (x *Exec) fail(err error) {
	x.srv.Stats.Errors.Add(1)
	msg := err.Error()
	var user command.Err
	if !errors.As(err, &user) && !errors.Is(err, keyspace.ErrWrongType) {
		msg = "ERR " + msg
	}
	x.W.Error(msg)
}

// finish applies CLIENT REPLY to what was written since mark.
func (x *Exec) finish(mark int) resp.Verdict {
	s := &x.c.Session
	switch s.Reply {
	case resp.ReplyOn:
	case resp.ReplyOff:
		x.W.B = x.W.B[:mark]
	case resp.ReplySkipNext:
		s.Reply = resp.ReplySkip
	case resp.ReplySkip:
		x.W.B = x.W.B[:mark]
		s.Reply = resp.ReplyOn
	}
	return resp.Done
}

// replySlackBytes is how much longer a reply may be than the longest string.
const replySlackBytes = 1 << 20

// call runs one command in the turn's transaction.
func (x *Exec) call(cmd *command.Command) resp.Verdict {
	if cmd != x.runCmd {
		x.publishRun()
		x.runCmd = cmd
	}
	w := x.W
	mark := len(w.B)
	w.Limit = mark + x.replyMax
	if x.undoable = cmd.Flags&command.Write != 0 && x.detached != detachedRead; x.undoable {
		x.sp = x.t.Savepoint()
	}
	share := x.Tx.ForceShare
	if cmd.Flags&command.MultiRead != 0 && x.detached != detachedRead {
		x.Tx.ForceShare = true
	}
	var err error
	if cmd.Flags&command.Fast != 0 {
		err = cmd.Run(&x.Exec)
	} else {
		err = x.timed(cmd)
	}
	x.Tx.ForceShare = share
	if x.Unfit() {
		err = x.CheckReply(err)
	}
	if x.Memory.Held() > 0 {
		x.Memory.Close()
	}
	if err == nil {
		x.runLen++
		if cmd.Flags&command.Write != 0 {
			x.used = true
		}
		if len(x.effects) > 0 && x.detached == attached {
			x.sh.AfterCommit(x.runEffects())
		}
		return resp.Done
	}
	return x.settle(cmd, err, mark)
}

// runEffects gives a function that runs what was kept so far.
func (x *Exec) runEffects() func() {
	todo, sh := x.TakeEffects(), x.sh
	return func() {
		sh.Post(func() {
			for _, f := range todo {
				f()
			}
		})
	}
}

// settle undoes a command and says what its error means.
func (x *Exec) settle(cmd *command.Command, err error, mark int) resp.Verdict {
	x.W.B = x.W.B[:mark]
	x.effects, x.changed = nil, nil
	switch {
	case errors.Is(err, command.ErrBlocked):
		return resp.Blocked
	case errors.Is(err, errCommitFirst):
		return resp.CommitFirst
	case errors.Is(err, errPaused):
		return resp.Paused
	case errors.Is(err, errDelayed):
		return resp.Delayed
	}
	if x.undoable {
		x.t.RollbackTo(x.sp)
	}
	switch {
	case errors.Is(err, txn.ErrLockNotAvailable), errors.Is(err, txn.ErrDeadlock) && x.detached == detachedWrite:
		return resp.Conflict
	case errors.Is(err, errOutside):
		return resp.Outside
	case errors.Is(err, errDetach):
		return resp.Detach
	case errors.Is(err, txn.ErrTxnTooLarge) && x.used && !x.inExec:
		return resp.CommitFirst
	}
	x.runLen++
	x.Failed[cmd.Index()].Add(1)
	x.fail(err)
	return resp.Done
}

// timed runs a command that may be slow, for SLOWLOG.
func (x *Exec) timed(cmd *command.Command) error {
	limit := x.srv.Settings.SlowlogMicros.Load()
	if limit < 0 {
		return cmd.Run(&x.Exec)
	}
	clk := x.srv.Clock()
	from := clk.Now()
	err := cmd.Run(&x.Exec)
	if us := clk.Now().Sub(from).Microseconds(); us >= limit && err == nil {
		e := resp.SlowEntry{Unix: from.Unix(), Micros: us, Addr: x.c.Addr, Name: x.c.Info.Snapshot().Name}
		x.srv.Slowlog.Add(e, x.Args, x.srv.Settings.SlowlogMax.Load())
	}
	return err
}

// Verdicts that travel as errors from a handler to Execute.
var (
	errCommitFirst = errors.New("commit first")
	errPaused      = errors.New("paused")
	errDelayed     = errors.New("delayed")
	errOutside     = errors.New("outside")
	errDetach      = errors.New("detach")
)
