package lock

import (
	"bytes"
	"sync"
)

const (
	shardCountLog2   = 6
	shardCount       = 1 << shardCountLog2
	shardBucketsMin  = 64
	shardFreeMax     = 512
	entryKeyBytesMax = 512 // a longer key's buffer is not kept for reuse
)

// entry is one locked thing. It is in its shard's table while it has a holder
// or a waiter. All fields are guarded by the shard's mu, except that hash, kind
// and key do not change while an owner holds the entry.
type entry struct {
	hash    uint64
	next    *entry // in its bucket, or in the free list
	key     []byte
	holders []holder
	// head and tail of the queue, in the order of granting.
	head, tail *waiter
	waiters    int
	kind       kind
}

type holder struct {
	owner *Owner
	modes modeSet
}

func (e *entry) holderOf(o *Owner) int {
	for i := range e.holders {
		if e.holders[i].owner == o {
			return i
		}
	}
	return -1
}

// heldConflict tells whether a holder other than o's group blocks m.
func (e *entry) heldConflict(o *Owner, m mode) bool {
	mask := conflictsOf[e.kind][m]
	for i := range e.holders {
		if h := &e.holders[i]; h.modes&mask != 0 && !o.sameGroup(h.owner) {
			return true
		}
	}
	return false
}

// holds tells whether o holds one of the modes.
func (e *entry) holds(o *Owner, modes modeSet) bool {
	i := e.holderOf(o)
	return i >= 0 && e.holders[i].modes&modes != 0
}

// grantTo makes o a holder.
func (e *entry) grantTo(o *Owner, m mode) {
	if i := e.holderOf(o); i >= 0 {
		e.holders[i].modes |= m.bit()
		return
	}
	e.holders = append(e.holders, holder{owner: o, modes: m.bit()})
}

// drop takes modes away from o; entries without holders stay for the caller to remove.
func (e *entry) drop(o *Owner, modes modeSet) {
	i := e.holderOf(o)
	if i < 0 {
		return
	}
	e.holders[i].modes &^= modes
	if e.holders[i].modes == 0 {
		last := len(e.holders) - 1
		e.holders[i] = e.holders[last]
		e.holders[last] = holder{}
		e.holders = e.holders[:last]
	}
}

// shard is a part of the table, by hash.
type shard struct {
	mu      sync.Mutex
	buckets []*entry // length a power of two
	count   int
	thin    thinTable
	free    *entry
	freeLen int
	_       [64]byte // keeps neighbours off this cache line
}

func (s *shard) findLocked(h uint64, k kind, key []byte) *entry {
	for e := s.buckets[h&uint64(len(s.buckets)-1)]; e != nil; e = e.next {
		if e.hash == h && e.kind == k && bytes.Equal(e.key, key) {
			return e
		}
	}
	return nil
}

func (s *shard) insertLocked(h uint64, k kind, key []byte) *entry {
	if s.count >= len(s.buckets) {
		s.growLocked()
	}
	e := s.free
	if e != nil {
		s.free, s.freeLen = e.next, s.freeLen-1
	} else {
		e = &entry{holders: make([]holder, 0, 1)}
	}
	e.hash, e.kind = h, k
	e.key = append(e.key[:0], key...)
	b := &s.buckets[h&uint64(len(s.buckets)-1)]
	e.next, *b = *b, e
	s.count++
	return e
}

func (s *shard) growLocked() {
	old := s.buckets
	s.buckets = make([]*entry, 2*len(old))
	for _, e := range old {
		for e != nil {
			next := e.next
			b := &s.buckets[e.hash&uint64(len(s.buckets)-1)]
			e.next, *b = *b, e
			e = next
		}
	}
}

// removeIfIdleLocked takes an entry without holders and waiters out of the table.
func (s *shard) removeIfIdleLocked(e *entry) {
	if len(e.holders) != 0 || e.head != nil {
		return
	}
	at := &s.buckets[e.hash&uint64(len(s.buckets)-1)]
	for *at != e {
		at = &(*at).next
	}
	*at = e.next
	e.next = nil
	s.count--
	if s.freeLen < shardFreeMax && cap(e.key) <= entryKeyBytesMax {
		e.next, s.free = s.free, e
		s.freeLen++
	}
}
