package lock

import (
	"context"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/txn"
)

// waiter is one blocked request. owner, by, shard, entry, mode and done never
// change; the rest is guarded by shard.mu until done is signalled. The entry may
// be used for something else once queued is false.
type waiter struct {
	owner *Owner // who will hold the lock
	by    *Owner // whose goroutine is blocked
	shard *shard
	entry *entry
	mode  mode
	// done gets one value when the wait is over, one way or another.
	done chan struct{}

	prev, next *waiter
	queued     bool
	err        error
}

// place finds where a request of o for m belongs: before the returned waiter
// (nil: at the end), and whether no waiter ahead of that place conflicts.
func (e *entry) place(o *Owner, held modeSet, m mode) (before *waiter, clear bool) {
	clear = true
	mask := conflictsOf[e.kind][m]
	for w := e.head; w != nil; w = w.next {
		if held != 0 && conflictsOf[e.kind][w.mode]&held != 0 {
			return w, clear
		}
		if mask&w.mode.bit() != 0 && !o.sameGroup(w.owner) {
			clear = false
		}
	}
	return nil, clear
}

func (t *Table) enqueueLocked(w *waiter, before *waiter) {
	e := w.entry
	w.queued = true
	w.next = before
	if before != nil {
		w.prev, before.prev = before.prev, w
	} else {
		w.prev, e.tail = e.tail, w
	}
	if w.prev != nil {
		w.prev.next = w
	} else {
		e.head = w
	}
	e.waiters++
	t.waiting.Add(1)
	w.owner.waiting, w.by.waiting = w, w
	if g := w.by.group; g != 0 {
		t.groupMu.Lock()
		t.groupWait[g] = w
		t.groupMu.Unlock()
	}
}

// moveBefore changes the place of w in its queue; before nil: to the end.
func (e *entry) moveBefore(w, before *waiter) {
	if w.prev != nil {
		w.prev.next = w.next
	} else {
		e.head = w.next
	}
	if w.next != nil {
		w.next.prev = w.prev
	} else {
		e.tail = w.prev
	}
	w.next, w.prev = before, e.tail
	if before != nil {
		w.prev, before.prev = before.prev, w
	} else {
		e.tail = w
	}
	if w.prev != nil {
		w.prev.next = w
	} else {
		e.head = w
	}
}

// finishLocked takes w out of the queue and wakes its goroutine.
func (t *Table) finishLocked(w *waiter, err error) {
	e := w.entry
	if w.prev != nil {
		w.prev.next = w.next
	} else {
		e.head = w.next
	}
	if w.next != nil {
		w.next.prev = w.prev
	} else {
		e.tail = w.prev
	}
	w.prev, w.next, w.queued, w.err = nil, nil, false, err
	e.waiters--
	t.waiting.Add(-1)
	w.owner.waiting, w.by.waiting = nil, nil
	if g := w.by.group; g != 0 {
		t.groupMu.Lock()
		delete(t.groupWait, g)
		t.groupMu.Unlock()
	}
	w.done <- struct{}{}
}

// grantLocked grants what can be granted, in the order of the queue.
func (t *Table) grantLocked(e *entry) {
	var ahead modeSet // wanted by those passed over
	for w := e.head; w != nil; {
		next := w.next
		if conflictsOf[e.kind][w.mode]&ahead == 0 && !e.heldConflict(w.owner, w.mode) {
			e.grantTo(w.owner, w.mode)
			t.finishLocked(w, nil)
		} else {
			ahead |= w.mode.bit()
		}
		w = next
	}
}

// giveUp ends a wait with err, unless it has ended.
func (t *Table) giveUp(w *waiter, err error) {
	w.shard.mu.Lock()
	defer w.shard.mu.Unlock()
	t.giveUpLocked(w, err)
}

func (t *Table) giveUpLocked(w *waiter, err error) {
	if !w.queued {
		return
	}
	t.finishLocked(w, err)
	t.grantLocked(w.entry)
	w.shard.removeIfIdleLocked(w.entry)
}

// await blocks until w is granted or gives up. A grant that races with the end
// of ctx counts.
func (t *Table) await(ctx context.Context, w *waiter, timeout time.Duration) error {
	var timer clock.Timer
	if timeout > 0 {
		timer = t.clock.AfterFunc(timeout, func() { t.giveUp(w, txn.ErrLockTimeout) })
	}
	if t.onWait != nil {
		t.onWait(w.by.id)
	}
	select {
	case <-w.done:
	case <-ctx.Done():
		t.giveUp(w, ctx.Err())
		<-w.done
	}
	if timer != nil {
		timer.Stop()
	}
	return w.err
}
