package lock

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/txn"
)

// Limits.
const (
	// entryWaitersMax bounds the queue of one lock.
	entryWaitersMax = 10_000
	// ownerLocksMax bounds what one owner holds: past thinAfter, about 40 bytes a row.
	ownerLocksMax = 32 << 20
)

// Options of a Table.
type Options struct {
	// Clock drives lock timeouts. nil: the system's.
	Clock clock.Clock
	// OnWait is called with the id of an owner that has begun to wait, after the
	// search for a deadlock; it must not call the table. For tests.
	OnWait func(owner uint64)
}

// Table is a lock table. All methods are safe for concurrent use; an Owner is
// used by one goroutine at a time.
type Table struct {
	clock  clock.Clock
	onWait func(uint64)
	seed   maphash.Seed
	shards [shardCount]shard
	strong strongCounts
	// thinAfter is thinAfter but in tests.
	thinAfter int

	ownersMu sync.Mutex
	owners   []*Owner // every Owner ever made: the fast slots to visit; guarded by ownersMu
	free     []*Owner // those not in use; guarded by ownersMu

	// groupMu guards what knows of sessions. Taken after any shard.mu.
	groupMu   sync.Mutex
	groupWait map[uint64]*waiter   // the one wait of a session's owners
	sessions  map[uint64]*advisory // sessions that hold advisory locks

	waiting atomic.Int64 // waiters in all queues
}

// New returns an empty table.
func New(o Options) *Table {
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	t := &Table{
		clock: o.Clock, onWait: o.OnWait, seed: maphash.MakeSeed(), thinAfter: thinAfter,
		groupWait: map[uint64]*waiter{}, sessions: map[uint64]*advisory{},
	}
	for i := range t.shards {
		t.shards[i].buckets = make([]*entry, shardBucketsMin)
	}
	return t
}

func (t *Table) shardOf(h uint64) *shard { return &t.shards[h>>(64-shardCountLog2)] }

func (t *Table) hash(k kind, key []byte) uint64 {
	return maphash.Bytes(t.seed, key) + uint64(k)*0x9e3779b97f4a7c15
}

// LockRow locks key for o. ok is false where it is held by another under
// SkipLocked. Errors: txn.ErrLockNotAvailable, txn.ErrLockTimeout,
// *txn.DeadlockError, ctx.Err(); after an error nothing more is held than before.
func (t *Table) LockRow(ctx context.Context, o *Owner, key []byte, m txn.RowMode, wait txn.Wait, timeout time.Duration) (ok bool, err error) {
	return t.acquire(ctx, o, o, kindRow, key, mode(m), wait, timeout)
}

// LockTable locks a table by id for o, as LockRow.
func (t *Table) LockTable(ctx context.Context, o *Owner, id uint64, m txn.TableMode, wait txn.Wait, timeout time.Duration) (ok bool, err error) {
	if weakTable(m) {
		if t.fastLock(o, id, m) {
			return true, nil
		}
	} else if strongTable(m) {
		return t.lockStrong(ctx, o, id, m, wait, timeout)
	}
	var key [8]byte
	binary.BigEndian.PutUint64(key[:], id)
	return t.acquire(ctx, o, o, kindTable, key[:], mode(m), wait, timeout)
}

// acquire locks for forOwner; by is the owner whose goroutine waits
// (it differs from forOwner where a transaction takes a lock of its session).
func (t *Table) acquire(ctx context.Context, by, forOwner *Owner, k kind, key []byte, m mode, wait txn.Wait, timeout time.Duration) (bool, error) {
	w, granted, err := t.request(by, forOwner, k, key, m, wait)
	if err != nil || w == nil {
		return granted, err
	}
	if err := t.await(ctx, w, timeout); err != nil {
		return false, err
	}
	forOwner.note(w.entry, m)
	return true, nil
}

// request grants the lock (nil, true), refuses it, or queues a waiter for it.
func (t *Table) request(by, o *Owner, k kind, key []byte, m mode, wait txn.Wait) (*waiter, bool, error) {
	if len(o.held)+o.thin.count >= ownerLocksMax {
		return nil, false, txn.ErrTxnTooLarge
	}
	h := t.hash(k, key)
	s := t.shardOf(h)
	s.mu.Lock()
	e := s.findLocked(h, k, key)
	if e == nil && k == kindRow {
		var done bool
		if e, done = t.lockThin(s, o, h, key, m); done {
			s.mu.Unlock()
			return nil, true, nil
		}
	}
	if e == nil {
		e = s.insertLocked(h, k, key)
		e.holders = append(e.holders, holder{owner: o, modes: m.bit()})
		s.mu.Unlock()
		o.note(e, m)
		return nil, true, nil
	}
	var held modeSet
	if i := e.holderOf(o); i >= 0 {
		if held = e.holders[i].modes; covers(k, held, m) {
			s.mu.Unlock()
			return nil, true, nil
		}
	}
	before, clear := e.place(o, held, m)
	// Rows are as in PostgreSQL: who gets along with the holders does not wait for
	// those who do not.
	if (clear || k == kindRow) && !e.heldConflict(o, m) {
		e.grantTo(o, m)
		s.mu.Unlock()
		o.note(e, m)
		return nil, true, nil
	}
	if wait != txn.Block {
		s.mu.Unlock()
		if wait == txn.SkipLocked {
			return nil, false, nil
		}
		return nil, false, txn.ErrLockNotAvailable
	}
	if e.waiters >= entryWaitersMax {
		s.mu.Unlock()
		return nil, false, fmt.Errorf("%w: %d transactions wait for it already", txn.ErrLockNotAvailable, entryWaitersMax)
	}
	w := &waiter{owner: o, by: by, shard: s, entry: e, mode: m, done: make(chan struct{}, 1)}
	t.enqueueLocked(w, before)
	s.mu.Unlock()
	if err := t.checkDeadlock(w); err != nil {
		return nil, false, err
	}
	return w, false, nil
}
