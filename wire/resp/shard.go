package resp

import (
	"sync"
	"sync/atomic"

	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/redis"
)

// Verdict is what became of a command that an Executor was given.
type Verdict uint8

const (
	// Done: the reply (an error included) is written.
	Done Verdict = iota
	// Conflict: a lock is held by another transaction; nothing was written.
	Conflict
	// Blocked: the client waits for keys; the executor called Shard.Block.
	Blocked
	// Paused: CLIENT PAUSE holds the command back.
	Paused
	// CommitFirst: the turn must be committed before the command runs.
	CommitFirst
	// Detach: the command reads much and runs outside the loop, over a snapshot.
	Detach
	// Delayed: the executor called Shard.Delay; the command runs again afterwards.
	Delayed
	// Outside: the command may take long and may write; it runs outside the loop
	// in a transaction of its own. What it did so far was undone.
	Outside
)

// Executor runs commands for one shard (or for one detached command). It is made
// by Server's factory and used by one goroutine at a time.
type Executor interface {
	// Bind gives the transaction that the next commands run in.
	Bind(t txn.Txn, nowMs int64)
	// Execute runs one command of c and appends its reply to w. args are valid
	// during the call. wrote tells whether the transaction now has writes or locks.
	Execute(c *Client, w *redis.Writer, args [][]byte) Verdict
	// Used tells whether commands since Bind wrote or locked anything, so that
	// the transaction must be ended.
	Used() bool
	// Written is about how many bytes the transaction has written since Bind.
	Written() int64
	// ConflictKey is the storage key of the last Conflict.
	ConflictKey() []byte
	// EndTurn is called after the turn's commit: counters are published.
	EndTurn()
	// DropClient forgets what the executor keeps about a closing client.
	DropClient(c *Client)
	// Recover is called after a panic of Execute, on the same goroutine: what the
	// command wrote is undone, and nothing of its state is used again.
	Recover(c *Client)
	// SetDetached has Execute run commands to their end wherever it would
	// otherwise return Detach; with writes also where it would return Outside.
	// Locks are then waited for, and what the shard has to hear of after the
	// commit is kept for TakeEffects.
	SetDetached(writes bool)
	// TakeEffects hands over what is to run on the shard after the commit.
	TakeEffects() []func()
}

// Shard is the clients of one loop. Only Post is safe to call from other
// goroutines; the loop calls the rest from one at a time.
type Shard struct {
	srv  *Server
	exec Executor
	wake func()

	mu     sync.Mutex
	mail   []func() // guarded by mu
	posted atomic.Bool

	t     txn.Txn
	began bool // t is open; one that wrote and locked nothing stays so over turns
	bound bool // exec has t and the turn's time
	nowMs int64
	cmds  int // commands in the open turn

	turn   []*Client // clients with replies made since the last commit
	dirty  []*Client // clients with output that may be sent
	after  []func()  // to run after the commit
	doomed []*Client // to be closed when the turn ends; see doom
	held   holdQueue
	ready  readyKeys
	args   [][]byte

	buffers      bufferPool
	parserLimits ParserLimits
}

// NewShard makes a shard. wake is called, from any goroutine, when mail has
// arrived: the loop then calls Deliver soon.
func (s *Server) NewShard(wake func()) *Shard {
	sh := &Shard{srv: s, wake: wake}
	sh.exec = s.opts.NewExecutor(s, sh)
	sh.ready.seen = map[string]struct{}{}
	return sh
}

// Server that the shard belongs to.
func (sh *Shard) Server() *Server { return sh.srv }

// Post has the shard's goroutine run f. It never waits.
func (sh *Shard) Post(f func()) {
	sh.mu.Lock()
	sh.mail = append(sh.mail, f)
	sh.mu.Unlock()
	if sh.posted.CompareAndSwap(false, true) {
		sh.wake()
	}
}

// Deliver runs the mail that arrived. The loop ends the turn afterwards.
func (sh *Shard) Deliver() {
	sh.posted.Store(false)
	sh.mu.Lock()
	mail := sh.mail
	sh.mail = nil
	sh.mu.Unlock()
	for _, f := range mail {
		sh.run("mail", f)
	}
}

// run calls f; a panic in it ends only f.
func (sh *Shard) run(where string, f func()) {
	defer sh.recovered(where, nil)
	f()
}

// AfterCommit runs f when the turn is committed; not at all where that fails.
func (sh *Shard) AfterCommit(f func()) { sh.after = append(sh.after, f) }

// Input takes bytes that arrived for c and runs the commands in them. data may
// be reused after the call.
func (sh *Shard) Input(c *Client, data []byte) {
	if c.closed || c.closing {
		return
	}
	defer sh.recovered("input", c)
	c.Info.Interaction.Store(sh.now())
	if len(c.in) == 0 && c.parked == running && !c.stalled {
		n := sh.process(c, data)
		if !c.closed && !c.closing && n < len(data) {
			sh.keepInput(c, data[n:])
		}
		return
	}
	if sh.keepInput(c, data) {
		sh.Resume(c)
	}
}

// Resume runs commands that wait in c's input, if it is neither parked nor stalled.
func (sh *Shard) Resume(c *Client) {
	if c.closed || c.processes {
		return
	}
	defer sh.recovered("resume", c)
	if c.stalled {
		if c.unsent() >= outputStallBytes {
			return
		}
		c.stalled = false
	}
	if c.parked == running && len(c.in) > 0 && len(c.in) >= c.parser.Need() {
		sh.processInput(c)
	}
	if c.inputOver() {
		c.closing = true
		sh.markDirty(c)
	}
}

func (sh *Shard) processInput(c *Client) {
	n := sh.process(c, c.in)
	if c.closed {
		sh.dropInput(c)
		return
	}
	switch {
	case n == len(c.in):
		sh.dropInput(c)
	case n > 0:
		c.in = append(c.in[:0], c.in[n:]...)
	}
}

// process runs the commands at the front of buf and returns how much it consumed.
func (sh *Shard) process(c *Client, buf []byte) (pos int) {
	c.processes = true
	sh.giveOutput(c)
	lim := &sh.parserLimits
	lim.BulkBytesMax = sh.srv.Settings.BulkBytesMax.Load()
	for pos < len(buf) && !c.closing && !c.closed && c.parked == running {
		lim.Unauth = !c.Session.Authed && sh.srv.Settings.PasswordSet()
		n, args, err := c.parser.Next(buf[pos:], sh.args[:0], lim)
		sh.args = args
		if err != nil {
			c.W.Error("ERR " + err.Error())
			sh.replied(c)
			c.closing = true
			break
		}
		if n == 0 {
			break
		}
		if len(args) > 0 && !sh.runOne(c, args) {
			break
		}
		pos += n
		if c.unsent() > outputStallBytes {
			c.stalled = true
			if n := int64(c.unsent()); n > sh.srv.Stats.OutputBytesMax.Load() {
				sh.srv.Stats.OutputBytesMax.Store(n)
			}
			break
		}
	}
	c.processes = false
	sh.serveReady()
	return pos
}

// runOne runs one command; false where it parked the client and stays in its input.
func (sh *Shard) runOne(c *Client, args [][]byte) bool {
	for try := 0; ; try++ {
		if !sh.bound {
			if err := sh.begin(); err != nil {
				c.W.Error("ERR " + err.Error())
				sh.replied(c)
				return true
			}
		}
		switch v := sh.execute(c, args); v {
		case Done:
			sh.replied(c)
			c.lockKeys, c.retries = c.lockKeys[:0], 0
			sh.stopWaiting(c)
			c.block.Timeout, c.block.Unblocked = false, false
			sh.cmds++
			if len(sh.ready.keys) > 0 {
				sh.serveReady()
			}
			if sh.cmds >= turnCommandsMax || sh.cmds%writtenEvery == 0 && sh.exec.Written() > turnBytesMax {
				sh.commit()
			}
			return true
		case CommitFirst:
			sh.commit()
			if try > 0 {
				c.W.Error("ERR internal error: the command asked for a commit twice")
				sh.replied(c)
				return true
			}
		case Conflict:
			key := append([]byte(nil), sh.exec.ConflictKey()...)
			sh.commit()
			sh.waitLock(c, key)
			return false
		case Blocked:
			c.parked = parkedBlocked
			return false
		case Delayed:
			c.parked = parkedDelay
			return false
		case Paused:
			c.parked = parkedPause
			sh.srv.pause.park(c)
			return false
		case Detach:
			sh.commit()
			sh.detach(c, args)
			return false
		case Outside:
			sh.commit()
			sh.outside(c, args)
			return false
		}
	}
}

// replied notes that c has output of this turn.
func (sh *Shard) replied(c *Client) {
	if c.unsent() > outputCheckBytes {
		sh.checkOutput(c)
	}
	if cap(c.W.B) > keepBytes {
		sh.reserveOutput(c)
	}
	if !c.inTurn {
		c.inTurn = true
		sh.turn = append(sh.turn, c)
	}
}

func (sh *Shard) now() int64 {
	if sh.nowMs == 0 {
		sh.nowMs = sh.srv.clk.Now().UnixMilli()
	}
	return sh.nowMs
}

// Dirty hands over the clients whose output may be sent; the slice is valid
// until the next turn.
func (sh *Shard) Dirty() []*Client {
	d := sh.dirty
	for _, c := range d {
		c.dirty = false
	}
	sh.dirty = sh.dirty[:0]
	return d
}

func (sh *Shard) markDirty(c *Client) {
	if !c.dirty && !c.closed {
		c.dirty = true
		sh.dirty = append(sh.dirty, c)
	}
}

// Release ends the shard's open transaction. The loop calls it last.
func (sh *Shard) Release() { sh.endIdle() }
