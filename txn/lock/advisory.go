package lock

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/ferritedb/ferrite/txn"
)

// advisory is the advisory locks that belong to a session rather than to one of
// its transactions. Guarded by Table.groupMu, but the owner's held list only by
// the rule that a session does one thing at a time.
type advisory struct {
	owner *Owner
	// counts of how often each lock was taken.
	counts map[advisoryHold]int
}

type advisoryHold struct {
	key    txn.AdvisoryKey
	shared bool
}

// sessionHoldsMax bounds the different advisory locks of a session.
const sessionHoldsMax = 1 << 20

func (h advisoryHold) mode() mode {
	if h.shared {
		return advisoryShare
	}
	return advisoryExclusive
}

// advisoryKey is the entry key: the 8 bytes of the key, then its form.
func advisoryKey(k txn.AdvisoryKey) (b [9]byte) {
	binary.BigEndian.PutUint64(b[:], uint64(k.Key))
	if k.Two {
		b[8] = 1
	}
	return b
}

// LockAdvisory takes an advisory lock for o, or for its session where session
// is not 0; a session's locks count how often they were taken.
func (t *Table) LockAdvisory(ctx context.Context, o *Owner, key txn.AdvisoryKey, shared bool, wait txn.Wait, session uint64, timeout time.Duration) (bool, error) {
	hold := advisoryHold{key: key, shared: shared}
	kb := advisoryKey(key)
	if session == 0 {
		return t.acquire(ctx, o, o, kindAdvisory, kb[:], hold.mode(), wait, timeout)
	}
	if o.group == 0 {
		t.lockAll() // others read the group of a holder
		o.group = session
		t.unlockAll()
	}
	a, held := t.sessionOf(session, hold)
	if held {
		return true, nil
	}
	if len(a.counts) >= sessionHoldsMax {
		return false, txn.ErrTxnTooLarge
	}
	ok, err := t.acquire(ctx, o, a.owner, kindAdvisory, kb[:], hold.mode(), wait, timeout)
	if ok && err == nil {
		t.groupMu.Lock()
		a.counts[hold] = 1
		t.groupMu.Unlock()
	}
	return ok, err
}

// sessionOf returns the session, and whether it held the lock and holds it once
// more now.
func (t *Table) sessionOf(session uint64, hold advisoryHold) (*advisory, bool) {
	t.groupMu.Lock()
	a := t.sessions[session]
	if a == nil {
		t.groupMu.Unlock()
		owner := t.NewOwner(0, session)
		t.groupMu.Lock()
		a = &advisory{owner: owner, counts: map[advisoryHold]int{}}
		t.sessions[session] = a
	}
	held := a.counts[hold] > 0
	if held {
		a.counts[hold]++
	}
	t.groupMu.Unlock()
	return a, held
}

// ReleaseAdvisory gives up one hold of a session's lock; false where the
// session did not hold it.
func (t *Table) ReleaseAdvisory(key txn.AdvisoryKey, shared bool, session uint64) bool {
	hold := advisoryHold{key: key, shared: shared}
	t.groupMu.Lock()
	a := t.sessions[session]
	if a == nil || a.counts[hold] == 0 {
		t.groupMu.Unlock()
		return false
	}
	a.counts[hold]--
	last := a.counts[hold] == 0
	if last {
		delete(a.counts, hold)
	}
	t.groupMu.Unlock()
	if last {
		kb := advisoryKey(key)
		t.releaseOne(a.owner, kb[:], hold.mode())
	}
	return true
}

// releaseOne gives up one advisory lock out of order.
func (t *Table) releaseOne(o *Owner, key []byte, m mode) {
	for i := len(o.held) - 1; i >= 0; i-- {
		h := o.held[i]
		if h.mode == m && string(h.entry.key) == string(key) {
			o.held = append(o.held[:i], o.held[i+1:]...)
			t.releaseEntry(o, h.entry, m)
			return
		}
	}
}

// ReleaseSession gives up all advisory locks of a session.
func (t *Table) ReleaseSession(session uint64) {
	t.groupMu.Lock()
	a := t.sessions[session]
	delete(t.sessions, session)
	t.groupMu.Unlock()
	if a != nil {
		t.Release(a.owner)
	}
}
