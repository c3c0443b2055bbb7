package resp

import (
	"bytes"
	"errors"
	"slices"

	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/redis"
)

// begin opens the turn's transaction, or goes on with one that did nothing yet.
func (sh *Shard) begin() error {
	if sh.began {
		sh.bind(sh.t)
		return nil
	}
	t, err := sh.srv.store.Begin(sh.txnOptions())
	if err != nil {
		return err
	}
	sh.bind(t)
	return nil
}

func (sh *Shard) txnOptions() txn.Options {
	return txn.Options{Latest: true, Durability: sh.srv.Settings.Durability()}
}

func (sh *Shard) bind(t txn.Txn) {
	sh.t, sh.began, sh.bound = t, true, true
	sh.exec.Bind(t, sh.now())
}

// EndTurn commits what ran since the last turn and lets the replies go. The loop
// then sends what Dirty gives.
func (sh *Shard) EndTurn() {
	sh.commit()
	sh.nowMs = 0
}

// commit ends the open transaction and releases its replies to the loop, or, under
// fsync durability, to the sync.
func (sh *Shard) commit() {
	var pos txn.Position
	if sh.bound {
		sh.bound = false
		used := sh.exec.Used()
		sh.srv.Stats.turn(sh.cmds, used)
		sh.cmds = 0
		if used {
			pos = sh.commitTxn()
		}
		sh.exec.EndTurn()
	}
	sh.closeDoomed()
	sh.release(pos)
	// What runs here may post to this very shard, never call it.
	after := sh.after
	sh.after = sh.after[len(sh.after):]
	for _, f := range after {
		sh.run("after commit", f)
	}
}

// commitTxn commits the turn's transaction; 0 where it wrote nothing or failed.
// Durability is waited for by held replies, not by the loop.
func (sh *Shard) commitTxn() (pos txn.Position) {
	defer func() {
		if p := recover(); p != nil {
			sh.srv.Fault("commit", p)
			sh.began = false
			sh.commitFailed(errInternal)
			pos = 0
		}
	}()
	c, err := sh.t.CommitNoWait()
	sh.began = false
	if err != nil {
		sh.commitFailed(err)
		return 0
	}
	if c.ReadOnly {
		return 0
	}
	return c.Pos
}

// errInternal is a defect of ours, worded for clients.
var errInternal = errors.New("internal error")

// commitFailed turns the replies of the turn into errors. Clients whose commands
// changed more than keys are closed, as what they were about to hear did not
// happen; so are all where it is not known what did.
func (sh *Shard) commitFailed(err error) {
	text := "ERR the commit failed, nothing of this pipeline was applied: " + err.Error()
	refused := misconf(err)
	if refused != "" {
		text = refused
	}
	for _, c := range sh.turn {
		from := max(c.allowed, c.sent)
		if n := len(sh.held.byClient(c)); n > 0 {
			from = sh.held.byClient(c)[n-1]
		}
		if refused == "" || c.ChangedSession || !failReplies(c, int(from-c.base), text) {
			c.W.B = c.W.B[:from-c.base]
			c.W.Error(text)
			c.closing = true
		}
	}
	sh.after = sh.after[:0]
	sh.ready.reset()
}

// failReplies puts an error in the place of each reply from an offset of the
// output on, pushed messages aside; false where there are not replies only.
func failReplies(c *Client, from int, text string) bool {
	rest := append([]byte(nil), c.W.B[from:]...)
	c.W.B = c.W.B[:from]
	for len(rest) > 0 {
		r, after, ok, err := redis.Read(rest)
		if !ok || err != nil {
			return false
		}
		if r.Kind == '>' {
			c.W.B = append(c.W.B, rest[:len(rest)-len(after)]...)
		} else {
			c.W.Error(text)
		}
		rest = after
	}
	return true
}

// misconf words an error of a store that takes no writes as Redis words that it
// cannot write to disk; empty for another error.
func misconf(err error) string {
	switch {
	case errors.Is(err, txn.ErrDiskFull):
		return "MISCONF Errors writing to the commit log: No space left on device"
	case errors.Is(err, txn.ErrNotWritable):
		return "MISCONF Errors writing to the commit log: " + err.Error()
	}
	return ""
}

// Refusal is what a command that writes is told while the store takes no writes;
// empty while it does.
func (s *Server) Refusal() string {
	if err := s.store.Writable(); err != nil {
		return misconf(err)
	}
	return ""
}

// release lets the replies of the turn go, at once or when the log is synced.
func (sh *Shard) release(pos txn.Position) {
	wait := sh.srv.Settings.Durability() == txn.Fsync
	if wait {
		if pos == 0 {
			pos = sh.srv.store.WrittenPosition() // of what it can have read
		}
		wait = pos != 0 && sh.srv.store.SyncedPosition() < pos
	}
	if wait && len(sh.turn) > 0 {
		sh.held.push(pos, sh.turn)
		sh.srv.store.OnSync(pos, func(err error) {
			sh.Post(func() { sh.synced(pos, err) })
		})
	}
	for _, c := range sh.turn {
		c.inTurn, c.ChangedSession = false, false
		if c.inputOver() {
			c.closing = true
		}
		if !wait && !sh.held.holds(c) {
			c.allowed = c.produced()
			sh.markDirty(c)
		} else if !wait {
			sh.held.extend(c)
		}
	}
	sh.turn = sh.turn[:0]
}

// synced releases what was held for positions up to pos.
func (sh *Shard) synced(pos txn.Position, err error) {
	sh.held.pop(pos, func(c *Client, upto int64) {
		if c.closed {
			return
		}
		if err != nil {
			c.W.B = c.W.B[:c.allowed-c.base]
			c.W.Error("ERR " + err.Error())
			c.closing = true
			upto = c.produced()
		}
		c.allowed = min(upto, c.produced())
		sh.markDirty(c)
	})
}

// waitLock parks c until its transaction holds key and every key it met before,
// then runs its command in that transaction.
func (sh *Shard) waitLock(c *Client, key []byte) {
	c.parked = parkedLock
	at, found := slices.BinarySearchFunc(c.lockKeys, key, bytes.Compare)
	if !found {
		c.lockKeys = slices.Insert(c.lockKeys, at, key)
	}
	locks := slices.Clone(c.lockKeys)
	sh.srv.Stats.LockWaits.Add(1)
	o := sh.txnOptions()
	sh.srv.Go("lock wait", func() {
		t, err := sh.srv.store.Begin(o)
		if err == nil {
			for _, k := range locks {
				if _, _, err = t.LockRow(c.ctx, nil, k, txn.LockOptions{Mode: txn.ForUpdate, Wait: txn.Block, Insert: true}); err != nil {
					t.Rollback()
					break
				}
			}
		}
		sh.Post(func() { sh.locked(c, t, err) })
	}, func() { sh.Post(func() { sh.locked(c, nil, errInternal) }) })
}

// locked resumes a client whose locks were waited for.
func (sh *Shard) locked(c *Client, t txn.Txn, err error) {
	defer sh.goOn(c)
	c.parked = running
	switch {
	case c.closed:
		if err == nil {
			t.Rollback()
		}
		return
	case errors.Is(err, txn.ErrDeadlock) && c.retries < lockRetriesMax:
		c.retries++
		sh.waitLock(c, c.lockKeys[0])
		return
	case err != nil:
		c.W.Error("ERR " + err.Error())
		sh.replied(c)
		sh.skipCommand(c)
		return
	}
	sh.commit()
	sh.endIdle()
	sh.bind(t)
	sh.Resume(c)
	if sh.began && sh.t == t {
		sh.commit()
		sh.endIdle() // where nothing was written the locks must go all the same
	}
}

// endIdle ends an open transaction that wrote nothing.
func (sh *Shard) endIdle() {
	if sh.began {
		sh.t.Rollback()
		sh.began, sh.bound = false, false
	}
}

// skipCommand drops the command at the front of c's input, after its error was
// replied, and goes on.
func (sh *Shard) skipCommand(c *Client) {
	var p Parser
	n, _, err := p.Next(c.in, nil, &sh.parserLimits)
	if err != nil || n == 0 {
		c.closing = true
		return
	}
	c.parser = Parser{}
	c.in = append(c.in[:0], c.in[n:]...)
	sh.Resume(c)
}
