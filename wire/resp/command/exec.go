package command

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/keyspace"
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
}

// shared is what the executors of a server have in common.
type shared struct {
	cfg      Config
	ks       *keyspace.Keyspace
	rand     clock.Rand
	calls    []atomic.Int64 // by Command.index
	failed   []atomic.Int64
	cursors  cursorTable
	counts   keyCounts
	scripts  scriptTable
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
	s := &shared{cfg: c, ks: c.Keyspace, rand: c.Rand}
	s.calls = make([]atomic.Int64, len(counted))
	s.failed = make([]atomic.Int64, len(counted))
	s.lastSave.Store(c.Clock.Now().Unix())
	s.expire = s.ks.NewTx(nil, keyspace.TxOptions{Wait: txn.SkipLocked})
	return resp.NewServer(resp.Options{
		Store: c.Store, Clock: c.Clock, Durability: c.Durability, Password: c.Password, Port: c.Port,
		NewExecutor: func(srv *resp.Server, sh *resp.Shard) resp.Executor { return newExec(s, srv, sh) },
		Background:  s.expireCycle,
	})
}

// Exec runs the commands of one shard. Handlers use its fields; they are valid
// during one command.
type Exec struct {
	*shared
	srv *resp.Server
	sh  *resp.Shard
	tx  *keyspace.Tx
	t   txn.Txn

	c    *resp.Client
	w    *resp.Writer
	args [][]byte
	cmd  *Command

	used     bool // the transaction has writes or locks
	detached bool
	inExec   bool

	// calls of one command are counted in a run and published when it ends
	runCmd *Command
	runLen int64

	num     []byte // scratch
	names   nameCache
	lua     *script
	members [][]byte
}

func newExec(s *shared, srv *resp.Server, sh *resp.Shard) *Exec {
	x := &Exec{shared: s, srv: srv, sh: sh}
	x.tx = s.ks.NewTx(nil, keyspace.TxOptions{Wait: txn.NoWait, Changed: sh.Changed})
	return x
}

// Bind implements resp.Executor.
func (x *Exec) Bind(t txn.Txn, nowMs int64) {
	if x.t != t {
		x.used = false
		x.tx.Locked = false
	}
	x.t = t
	x.tx.Bind(t, nowMs)
}

// Used implements resp.Executor.
func (x *Exec) Used() bool { return x.used || x.tx.Locked }

// ConflictKey implements resp.Executor.
func (x *Exec) ConflictKey() []byte { return x.tx.ConflictKey() }

// SetDetached implements resp.Executor.
func (x *Exec) SetDetached(v bool) { x.detached = v }

// DropClient implements resp.Executor.
func (x *Exec) DropClient(c *resp.Client) {
	c.Session.Queue = nil
}

// EndTurn implements resp.Executor.
func (x *Exec) EndTurn() {
	x.used = false
	x.tx.Locked = false
	x.publishRun()
	if x.tx.Hits != 0 {
		x.srv.Stats.KeyspaceHits.Add(x.tx.Hits)
		x.tx.Hits = 0
	}
	if x.tx.Misses != 0 {
		x.srv.Stats.KeyspaceMisses.Add(x.tx.Misses)
		x.tx.Misses = 0
	}
}

func (x *Exec) publishRun() {
	if x.runLen > 0 {
		x.calls[x.runCmd.index].Add(x.runLen)
		x.runLen = 0
	}
}

// Execute implements resp.Executor.
func (x *Exec) Execute(c *resp.Client, w *resp.Writer, args [][]byte) resp.Verdict {
	x.c, x.w, x.args = c, w, args
	s := &c.Session
	mark := len(w.B)
	cmd := x.names.lookup(args[0])
	if cmd != nil && cmd.Sub != nil && len(args) > 1 {
		if sub := cmd.sub(args[1]); sub != nil {
			cmd = sub
		} else if cmd.Run == nil {
			x.refuse(Err(fmt.Sprintf("ERR unknown subcommand '%.128s'. Try %s HELP.", args[1], strings.ToUpper(cmd.Name))))
			return x.finish(mark)
		}
	}
	if err := x.admit(cmd); err != nil {
		x.refuse(err)
		return x.finish(mark)
	}
	if x.srv.Paused(cmd.Flags&(fWrite|fBlocking) != 0 || cmd.Name == "publish") && cmd.Flags&fNoPause == 0 && !x.detached {
		return resp.Paused
	}
	x.cmd = cmd
	if s.Multi && cmd.Flags&fControl == 0 {
		x.queue(cmd)
		return x.finish(mark)
	}
	if cmd.Flags&fDetach != 0 && !x.detached {
		return resp.Detach
	}
	x.tx.SetDB(s.DB)
	if v := x.call(cmd); v != resp.Done {
		return v
	}
	return x.finish(mark)
}

// admit checks what holds before a command runs or is queued.
func (x *Exec) admit(cmd *Command) error {
	args := x.args
	if cmd == nil {
		return unknownCommand(args)
	}
	if !cmd.arityOK(len(args)) {
		return Err("ERR wrong number of arguments for '" + cmd.full + "' command")
	}
	if !x.c.Session.Authed && cmd.Flags&fNoAuth == 0 && x.srv.Settings.PasswordSet() {
		return Err("NOAUTH Authentication required.")
	}
	if cmd.Flags&fSubscribed == 0 && !x.w.RESP3 && x.c.Subscribed() {
		return Err("ERR Can't execute '" + cmd.full + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context")
	}
	if x.c.Session.Multi && cmd.Flags&fNoMulti != 0 {
		return Err("ERR Command not allowed inside a transaction")
	}
	return nil
}

// unknownArgsBytesMax bounds what an unknown command's error repeats.
const unknownArgsBytesMax = 128

func unknownCommand(args [][]byte) error {
	var b strings.Builder
	for _, a := range args[1:] {
		left := unknownArgsBytesMax - b.Len()
		if left <= 0 {
			break
		}
		fmt.Fprintf(&b, "'%.*s' ", left, a)
	}
	return Err(fmt.Sprintf("ERR unknown command '%.128s', with args beginning with: %s", args[0], b.String()))
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
	var user Err
	if !errors.As(err, &user) && !errors.Is(err, keyspace.ErrWrongType) {
		msg = "ERR " + msg
	}
	x.w.Error(msg)
}

// finish applies CLIENT REPLY to what was written since mark.
func (x *Exec) finish(mark int) resp.Verdict {
	s := &x.c.Session
	switch s.Reply {
	case resp.ReplyOn:
	case resp.ReplyOff:
		x.w.B = x.w.B[:mark]
	case resp.ReplySkipNext:
		s.Reply = resp.ReplySkip
	case resp.ReplySkip:
		x.w.B = x.w.B[:mark]
		s.Reply = resp.ReplyOn
	}
	return resp.Done
}

// call runs one command in the turn's transaction.
func (x *Exec) call(cmd *Command) resp.Verdict {
	if cmd != x.runCmd {
		x.publishRun()
		x.runCmd = cmd
	}
	mark := len(x.w.B)
	var sp txn.Savepoint
	if cmd.Flags&fWrite != 0 {
		if !x.detached {
			sp = x.t.Savepoint()
		}
	}
	share := x.tx.ForceShare
	if cmd.Flags&fMultiRead != 0 && !x.detached {
		x.tx.ForceShare = true
	}
	var err error
	if cmd.Flags&fFast != 0 {
		err = cmd.Run(x)
	} else {
		err = x.timed(cmd)
	}
	x.tx.ForceShare = share
	if err == nil {
		x.runLen++
		if cmd.Flags&fWrite != 0 {
			x.used = true
		}
		return resp.Done
	}
	return x.settle(cmd, err, mark, sp)
}

// settle undoes a command and says what its error means.
func (x *Exec) settle(cmd *Command, err error, mark int, sp txn.Savepoint) resp.Verdict {
	x.w.B = x.w.B[:mark]
	switch {
	case errors.Is(err, errBlocked):
		return resp.Blocked
	case errors.Is(err, errDetach):
		return resp.Detach
	case errors.Is(err, errCommitFirst):
		return resp.CommitFirst
	case errors.Is(err, errPaused):
		return resp.Paused
	}
	if cmd.Flags&fWrite != 0 {
		x.t.RollbackTo(sp)
	}
	switch {
	case errors.Is(err, txn.ErrLockNotAvailable):
		return resp.Conflict
	case errors.Is(err, txn.ErrTxnTooLarge) && x.used && !x.inExec:
		return resp.CommitFirst
	}
	x.runLen++
	x.failed[cmd.index].Add(1)
	x.fail(err)
	return resp.Done
}

// timed runs a command that may be slow, for SLOWLOG.
func (x *Exec) timed(cmd *Command) error {
	limit := x.srv.Settings.SlowlogMicros.Load()
	if limit < 0 {
		return cmd.Run(x)
	}
	clk := x.srv.Clock()
	from := clk.Now()
	err := cmd.Run(x)
	if us := clk.Now().Sub(from).Microseconds(); us >= limit && err == nil {
		e := resp.SlowEntry{Unix: from.Unix(), Micros: us, Addr: x.c.Addr, Name: x.c.Info.Snapshot().Name}
		x.srv.Slowlog.Add(e, x.args, x.srv.Settings.SlowlogMax.Load())
	}
	return err
}
