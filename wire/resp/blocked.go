package resp

import (
	"bytes"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
)

// Blocking is what a client parked by BLPOP and its kind waits for.
type Blocking struct {
	// Timeout: the wait is over; the command runs once more and replies that it
	// found nothing. Unblocked: CLIENT UNBLOCK … ERROR ended it.
	Timeout, Unblocked bool

	waiting atomic.Bool // keys is set; for other goroutines
	keys    []string
	timer   clock.Timer
	seq     uint64 // which wait a timer belongs to
	walks   []walk // go on when the client no longer waits for a lock
}

// walk is where Shard.serveKey stopped.
type walk struct {
	key    string
	above  uint64
	failed []byte
}

// Waiting tells whether the client waits for keys already.
func (b *Blocking) Waiting() bool { return b.keys != nil }

// waiters knows which clients wait for which keys, in order of arrival.
type waiters struct {
	n     atomic.Int64 // clients waiting
	mu    sync.Mutex
	byKey map[string][]waiter // guarded by mu; key: db as two bytes, then the key
	last  uint64              // guarded by mu: the last ticket
}

// waiter is one client's place in a queue. Tickets grow with arrival.
type waiter struct {
	c      *Client
	kind   byte
	ticket uint64
}

func waitKey(db uint16, key []byte) string {
	return string(append([]byte{byte(db >> 8), byte(db)}, key...))
}

// Block has c wait for keys. kind groups commands that the same element can
// serve: once one of a kind found nothing, those behind it are not tried. d is
// the timeout, 0 for none. Called by an executor that then returns Blocked; a
// second call for the same wait changes nothing.
func (sh *Shard) Block(c *Client, kind byte, keys [][]byte, d time.Duration) {
	b := &c.block
	if b.Waiting() {
		return
	}
	w := &sh.srv.waiters
	seen := map[string]bool{}
	for _, k := range keys {
		wk := waitKey(c.Session.DB, k)
		if !seen[wk] {
			seen[wk] = true
			b.keys = append(b.keys, wk)
		}
	}
	if b.keys == nil {
		b.keys = []string{}
	}
	w.mu.Lock()
	w.last++
	for _, k := range b.keys {
		w.byKey[k] = append(w.byKey[k], waiter{c, kind, w.last})
	}
	w.mu.Unlock()
	w.n.Add(1)
	b.waiting.Store(true)
	b.seq++
	if d > 0 {
		seq := b.seq
		b.timer = sh.srv.clk.AfterFunc(d, func() {
			sh.Post(func() {
				if c.parked == parkedBlocked && b.Waiting() && b.seq == seq {
					b.Timeout = true
					sh.unblock(c)
				}
			})
		})
	}
}

// stopWaiting takes c out of the queues.
func (sh *Shard) stopWaiting(c *Client) {
	b := &c.block
	if !b.Waiting() {
		return
	}
	w := &sh.srv.waiters
	w.mu.Lock()
	for _, k := range b.keys {
		q := w.byKey[k]
		for i, x := range q {
			if x.c == c {
				q = append(q[:i:i], q[i+1:]...)
				break
			}
		}
		if len(q) == 0 {
			delete(w.byKey, k)
		} else {
			w.byKey[k] = q
		}
	}
	w.mu.Unlock()
	w.n.Add(-1)
	b.keys = nil
	b.waiting.Store(false)
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
}

// unblock runs a parked client's command for the last time.
func (sh *Shard) unblock(c *Client) {
	sh.stopWaiting(c)
	c.parked = running
	sh.Resume(c)
}

// Unblock ends a client's wait from outside, as CLIENT UNBLOCK; false where the
// client does not wait. Called on the client's own shard.
func (sh *Shard) Unblock(c *Client, asError bool) bool {
	if c.closed || c.parked != parkedBlocked {
		return false
	}
	c.block.Timeout, c.block.Unblocked = true, asError
	sh.unblock(c)
	return true
}

// readyKeys are keys that were written in this turn while clients wait for them.
type readyKeys struct {
	keys    []string
	seen    map[string]struct{}
	serving bool
}

func (r *readyKeys) reset() {
	r.keys = r.keys[:0]
	clear(r.seen)
}

// Changed notes that a key was written: for clients that wait for it, and for
// those but one that watch it. key is valid during the call.
func (sh *Shard) Changed(db uint16, key []byte, except *Client) {
	sh.Touch(db, key, except)
	w := &sh.srv.waiters
	if w.n.Load() == 0 {
		return
	}
	var tmp [128]byte
	k := append(tmp[:0], byte(db>>8), byte(db))
	k = append(k, key...)
	w.mu.Lock()
	_, ok := w.byKey[string(k)]
	w.mu.Unlock()
	if !ok {
		return
	}
	if _, dup := sh.ready.seen[string(k)]; !dup {
		s := string(k)
		sh.ready.seen[s] = struct{}{}
		sh.ready.keys = append(sh.ready.keys, s)
	}
}

// Touch marks those who watch a key, but one. Safe to call from any goroutine.
func (sh *Shard) Touch(db uint16, key []byte, except *Client) {
	if sh.srv.watched.n.Load() > 0 {
		sh.srv.watched.touch(except, db, key)
	}
}

// serveReady tries the clients that wait for the keys just written: those of this
// shard now, within the turn, and those of others after its commit.
func (sh *Shard) serveReady() {
	r := &sh.ready
	if r.serving || len(r.keys) == 0 {
		return
	}
	r.serving = true
	for len(r.keys) > 0 {
		key := r.keys[0]
		r.keys = append(r.keys[:0], r.keys[1:]...)
		delete(r.seen, key)
		sh.serveKey(key, 0, nil)
	}
	r.serving = false
}

// serveKey tries the waiters of a key whose tickets are above one, in order of
// arrival over all shards: at the first that belongs to another shard the rest of
// the walk is handed to that shard, to go on after this turn's commit. One whose
// command waits for a lock holds the walk up, or those behind it would overtake.
// failed are the kinds that found nothing on the way.
func (sh *Shard) serveKey(key string, above uint64, failed []byte) {
	w := &sh.srv.waiters
	w.mu.Lock()
	queue := append([]waiter(nil), w.byKey[key]...)
	w.mu.Unlock()
	for _, x := range queue {
		if x.ticket <= above || bytes.IndexByte(failed, x.kind) >= 0 {
			continue
		}
		if x.c.shard != sh {
			to, from := x.c.shard, x.ticket-1
			sh.AfterCommit(func() { to.Post(func() { to.serveKey(key, from, failed) }) })
			return
		}
		if x.c.parked == parkedBlocked && !sh.retry(x.c) {
			failed = append(failed, x.kind)
		}
		if x.c.parked == parkedLock && !x.c.closed {
			x.c.block.walks = append(x.c.block.walks, walk{key, x.ticket, failed})
			return
		}
	}
}

// goOn takes up the walks that c's wait for a lock held up.
func (sh *Shard) goOn(c *Client) {
	if c.parked == parkedLock && !c.closed {
		return
	}
	walks := c.block.walks
	c.block.walks = nil
	for _, w := range walks {
		sh.serveKey(w.key, w.above, w.failed)
	}
}

// retry runs a blocked client's command again; false where it still blocks.
func (sh *Shard) retry(c *Client) bool {
	if c.processes {
		return true
	}
	c.parked = running
	seq := c.block.seq
	sh.Resume(c)
	if c.parked == parkedBlocked && c.block.seq == seq {
		return false
	}
	return true
}

// RetryBlocked runs the command of a client that is still blocked once more.
// Called on the client's own shard.
func (sh *Shard) RetryBlocked(c *Client) {
	if !c.closed && c.parked == parkedBlocked {
		sh.retry(c)
	}
}

// TimedOut tells a blocking command that its wait is over.
func (c *Client) TimedOut() bool { return c.block.Timeout }

// UnblockedByError tells a command that timed out that CLIENT UNBLOCK … ERROR did it.
func (c *Client) UnblockedByError() bool { return c.block.Unblocked }

// WaitsForKeys tells whether the client is blocked. Callable from any goroutine.
func (c *Client) WaitsForKeys() bool { return c.block.waiting.Load() }
