package lock

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/ferritedb/ferrite/txn"
)

// heldScanMax is how many held locks are looked at for waiters before the
// search for a cycle is simply made.
const heldScanMax = 256

// databaseOID stands in messages where PostgreSQL puts the database's OID.
const databaseOID = 5

// checkDeadlock looks for a cycle through w, which is queued. Where there is
// one that another order of a queue does not break, w gives up and the error names
// it. Whoever comes last into a cycle finds it: the others are queued already.
func (t *Table) checkDeadlock(w *waiter) error {
	if t.waiting.Load() < 2 {
		return nil
	}
	t.lockAll()
	defer t.unlockAll()
	if !w.queued || !t.blocksSomeone(w) {
		return nil
	}
	s := search{t: t, start: w, seen: map[*Owner]bool{}}
	if !s.visit(w) {
		return nil
	}
	if t.reorder(w, s.path) {
		return nil
	}
	err := &txn.DeadlockError{Detail: s.detail()}
	t.giveUpLocked(w, err)
	<-w.done
	return err
}

// reorder breaks the cycle of path by letting one that waits behind another's
// request, not for what that holds, go first. False: no such change leaves
// everybody without a cycle. REQUIRES: all shards locked.
func (t *Table) reorder(start *waiter, path []edge) bool {
	for i := len(path) - 1; i >= 0; i-- {
		a := path[i].a
		p := t.waitOf(path[i].b)
		if p == nil || p.entry != a.entry || a.entry.holds(p.owner, conflictsOf[a.entry.kind][a.mode]) {
			continue
		}
		back := a.next
		a.entry.moveBefore(a, p)
		if !t.inCycle(start) && !t.inCycle(a) && !t.inCycle(p) {
			t.grantLocked(a.entry)
			return true
		}
		a.entry.moveBefore(a, back)
	}
	return false
}

func (t *Table) inCycle(w *waiter) bool {
	s := search{t: t, start: w, seen: map[*Owner]bool{}}
	return s.visit(w)
}

func (t *Table) lockAll() {
	for i := range t.shards {
		t.shards[i].mu.Lock()
	}
}

func (t *Table) unlockAll() {
	for i := range t.shards {
		t.shards[i].mu.Unlock()
	}
}

// blocksSomeone is a cheap necessary condition for a cycle through w.
// REQUIRES: all shards locked.
func (t *Table) blocksSomeone(w *waiter) bool {
	if w.next != nil || w.by.group != 0 || w.owner != w.by || len(w.by.held) > heldScanMax || w.by.thin.count > 0 {
		return true
	}
	for _, h := range w.by.held {
		if h.entry == nil {
			// Nobody can wait behind a weak lock but one who asked for a strong one.
			if t.strong.of(w.by.fast[h.slot].id).Load() != 0 {
				return true
			}
		} else if h.entry.head != nil {
			return true
		}
	}
	return false
}

// edge says that a waits for b.
type edge struct {
	a *waiter
	b *Owner
}

// search is a depth-first search of the waits-for graph. REQUIRES: all shards locked.
type search struct {
	t     *Table
	start *waiter
	seen  map[*Owner]bool
	path  []edge
}

// visit tells whether the start is reached from w; path is then the cycle.
func (s *search) visit(w *waiter) bool {
	e, mask := w.entry, conflictsOf[w.entry.kind][w.mode]
	for i := range e.holders {
		if h := &e.holders[i]; h.modes&mask != 0 && s.follow(w, h.owner) {
			return true
		}
	}
	for p := e.head; p != nil && p != w; p = p.next {
		if mask&p.mode.bit() != 0 && s.follow(w, p.owner) {
			return true
		}
	}
	return false
}

func (s *search) follow(w *waiter, b *Owner) bool {
	if w.owner.sameGroup(b) {
		return false
	}
	s.path = append(s.path, edge{a: w, b: b})
	if b.sameGroup(s.start.by) || b == s.start.owner {
		return true
	}
	if !s.seen[b] {
		s.seen[b] = true
		if next := s.t.waitOf(b); next != nil && s.visit(next) {
			return true
		}
	}
	s.path = s.path[:len(s.path)-1]
	return false
}

// waitOf is the request that keeps b from going on; nil where b runs.
func (t *Table) waitOf(b *Owner) *waiter {
	if b.waiting != nil || b.group == 0 {
		return b.waiting
	}
	t.groupMu.Lock()
	defer t.groupMu.Unlock()
	return t.groupWait[b.group]
}

// detail is worded as PostgreSQL's DeadLockReport.
func (s *search) detail() string {
	var b strings.Builder
	for i, e := range s.path {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "Process %d waits for %s; blocked by process %d.", e.a.by.name(), describe(e), e.b.name())
	}
	return b.String()
}

func describe(e edge) string {
	key := e.a.entry.key
	switch e.a.entry.kind {
	case kindRow:
		return fmt.Sprintf("ShareLock on transaction %d", e.b.id)
	case kindTable:
		return fmt.Sprintf("%s on relation %d of database %d",
			modeNames[kindTable][e.a.mode], binary.BigEndian.Uint64(key), databaseOID)
	default:
		hi, lo := binary.BigEndian.Uint32(key), binary.BigEndian.Uint32(key[4:])
		return fmt.Sprintf("%s on advisory lock [%d,%d,%d,%d]",
			modeNames[kindAdvisory][e.a.mode], databaseOID, hi, lo, 1+key[8])
	}
}
