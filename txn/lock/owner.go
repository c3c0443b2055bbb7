package lock

import "sync"

// Owner is who holds locks. Got from Table.NewOwner, given back by Release.
type Owner struct {
	id    uint64
	group uint64 // session; 0: none
	// number is the owner's place in Table.owners.
	number uint32

	// held is what to release, in the order it was taken.
	held []held
	thin thinList // row locks past Table.thinAfter

	// waiting is the request the owner is blocked in; guarded by the mu of that
	// request's shard (the search for deadlocks has them all).
	waiting *waiter

	fastMu sync.Mutex
	fast   [fastSlotCount]fastSlot // guarded by fastMu
	fastN  int                     // slots in use are fast[:fastN]; guarded by fastMu
}

// held is one acquisition: a mode of an entry, or a mode in a fast slot (entry nil).
type held struct {
	entry *entry
	mode  mode
	slot  uint8
}

// heldKeepMax is the largest held slice kept for the owner's next user.
const heldKeepMax = 4096

// NewOwner returns an owner without locks. id is what it is called in messages
// and in Locks, 0 for a session's own; group is its session, 0 for none.
func (t *Table) NewOwner(id, group uint64) *Owner {
	t.ownersMu.Lock()
	var o *Owner
	if n := len(t.free); n > 0 {
		o = t.free[n-1]
		t.free = t.free[:n-1]
	} else {
		o = &Owner{number: uint32(len(t.owners))}
		t.owners = append(t.owners, o)
	}
	o.id, o.group = id, group
	t.ownersMu.Unlock()
	return o
}

// Release gives up all locks of o; o must not be used afterwards.
func (t *Table) Release(o *Owner) {
	t.ReleaseTo(o, Mark{})
	t.ownersMu.Lock()
	if cap(o.held) > heldKeepMax {
		o.held = nil
	}
	t.free = append(t.free, o)
	t.ownersMu.Unlock()
}

// Mark is a place in the order of acquisitions; the zero value is the first.
type Mark struct {
	held int
	thin thinMark
}

// Mark is where the next acquisition goes.
func (o *Owner) Mark() Mark { return Mark{len(o.held), o.thin.mark()} }

// ReleaseTo gives up the locks taken since Mark returned mark.
func (t *Table) ReleaseTo(o *Owner, mark Mark) {
	if o.thin.count > mark.thin.count {
		t.releaseThin(o, mark.thin)
	}
	for i := len(o.held) - 1; i >= mark.held; i-- {
		h := o.held[i]
		o.held[i] = held{}
		if h.entry == nil {
			t.fastRelease(o, h)
		} else {
			t.releaseEntry(o, h.entry, h.mode)
		}
	}
	o.held = o.held[:min(mark.held, len(o.held))]
}

func (t *Table) releaseEntry(o *Owner, e *entry, m mode) {
	s := t.shardOf(e.hash)
	s.mu.Lock()
	t.releaseLocked(s, o, e, m)
	s.mu.Unlock()
}

func (t *Table) releaseLocked(s *shard, o *Owner, e *entry, m mode) {
	if e.kind == kindTable && strongTable(tableMode(m)) {
		t.strong.leave(e.key)
	}
	e.drop(o, m.bit())
	if e.head != nil {
		t.grantLocked(e)
	}
	s.removeIfIdleLocked(e)
}

func (o *Owner) note(e *entry, m mode) { o.held = append(o.held, held{entry: e, mode: m}) }

func (o *Owner) sameGroup(p *Owner) bool {
	return o == p || o.group != 0 && o.group == p.group
}

// name is what messages call the owner: its session, as PostgreSQL names the
// backend process, or where there is none the owner itself.
func (o *Owner) name() uint64 {
	if o.group != 0 {
		return o.group
	}
	return o.id
}
