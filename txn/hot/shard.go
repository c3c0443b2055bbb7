package hot

import (
	"bytes"
	"math"
	"sync"
	"sync/atomic"
	"unsafe"
)

const (
	slotEmpty   uint64 = 0
	slotDeleted uint64 = 1
	tagShift           = 48
	offsetMask         = 1<<tagShift - 1

	slotsMin = 64

	// versionFull stands for a miss in a table that has all there is.
	versionFull = math.MaxUint64
)

// segment is a part of a shard's memory. Guarded by the shard's lock.
type segment struct {
	fill   int // bytes of records from its start
	listed int // records of lists in it: it is not emptied
}

// shard is one part of the table.
type shard struct {
	mu       sync.RWMutex
	mem      []byte
	segBytes int
	segs     []segment
	cur      int // segment being filled
	hand     int // segment to be looked at next
	slots    []uint64
	slotMem  []byte // what slots lies in
	live     int    // slots with a record
	taken    int    // slots that are not empty
	// version counts writes, so that a reader of the inner engine knows whether
	// what it found may be older than the table.
	version uint64
	evicted uint64
	// full is the engine's; it ends before a record leaves the table.
	full *atomic.Bool

	hits, misses atomic.Uint64
}

func (s *shard) init(mem []byte, segBytes int, full *atomic.Bool) error {
	s.mem, s.segBytes, s.full = mem, segBytes, full
	s.segs = make([]segment, len(mem)/segBytes)
	return s.setSlots(slotsMin)
}

func (s *shard) setSlots(n int) error {
	mem, err := mapMemory(n * 8)
	if err != nil {
		return err
	}
	s.slotMem = mem
	s.slots = unsafe.Slice((*uint64)(unsafe.Pointer(&mem[0])), n)
	return nil
}

func (s *shard) close() error { return unmapMemory(s.slotMem) }

func (s *shard) record(off int) record { return s.mem[off:] }

func tagOf(hash uint64) uint64 { return hash >> tagShift << tagShift }

func slotOf(hash uint64, off int) uint64 {
	return tagOf(hash) | uint64(off/recordAlign+2) // 0 and 1 have meanings
}

func slotOffset(slot uint64) int { return int(slot&offsetMask-2) * recordAlign }

// find gives the slot number and the offset of key's record; at is the place
// for a new slot where there is none.
func (s *shard) find(hash uint64, key []byte) (at, off int, ok bool) {
	mask := len(s.slots) - 1
	tag := tagOf(hash)
	free := -1
	for i := int(hash) & mask; ; i = (i + 1) & mask {
		slot := s.slots[i]
		switch {
		case slot == slotEmpty:
			if free < 0 {
				free = i
			}
			return free, 0, false
		case slot == slotDeleted:
			if free < 0 {
				free = i
			}
		case slot&^offsetMask == tag:
			off := slotOffset(slot)
			if r := s.record(off); r.hash() == hash && bytes.Equal(r.key(), key) {
				return i, off, true
			}
		}
	}
}

// slotAt gives the slot number of the record at off, -1 where no slot points there.
func (s *shard) slotAt(hash uint64, off int) int {
	mask := len(s.slots) - 1
	want := slotOf(hash, off)
	for i := int(hash) & mask; s.slots[i] != slotEmpty; i = (i + 1) & mask {
		if s.slots[i] == want {
			return i
		}
	}
	return -1
}

func (s *shard) setSlot(at int, slot uint64) {
	switch s.slots[at] {
	case slotEmpty:
		s.taken++
		s.live++
	case slotDeleted:
		s.live++
	}
	s.slots[at] = slot
}

func (s *shard) clearSlot(at int) {
	s.slots[at] = slotDeleted
	s.live--
}

// reserve makes sure that a slot can be added: at most three in four are taken.
func (s *shard) reserve() error {
	if 4*(s.taken+1) <= 3*len(s.slots) {
		return nil
	}
	n := len(s.slots)
	if 2*s.live >= n {
		n *= 2
	}
	old, oldMem := s.slots, s.slotMem
	if err := s.setSlots(n); err != nil {
		s.slots, s.slotMem = old, oldMem
		return err
	}
	s.taken = s.live
	mask := n - 1
	for _, slot := range old {
		if slot == slotEmpty || slot == slotDeleted {
			continue
		}
		i := int(s.record(slotOffset(slot)).hash()) & mask
		for s.slots[i] != slotEmpty {
			i = (i + 1) & mask
		}
		s.slots[i] = slot
	}
	return unmapMemory(oldMem)
}

// alloc gives the offset of size bytes, -1 where no segment can be emptied.
func (s *shard) alloc(size int) int {
	if s.segBytes-s.segs[s.cur].fill < size && !s.nextSegment(size) {
		return -1
	}
	seg := &s.segs[s.cur]
	off := s.cur*s.segBytes + seg.fill
	seg.fill += size
	return off
}

// nextSegment finds another segment with room for size bytes.
func (s *shard) nextSegment(size int) bool {
	for range s.segs {
		i := s.hand
		s.hand = (s.hand + 1) % len(s.segs)
		if seg := &s.segs[i]; i != s.cur && seg.listed == 0 {
			s.evict(i)
			if s.segBytes-seg.fill >= size {
				s.cur = i
				return true
			}
		}
	}
	return false
}

// evict keeps what was used, to half of the segment, and forgets the rest.
func (s *shard) evict(i int) {
	seg := &s.segs[i]
	base := i * s.segBytes
	kept := 0
	for at := 0; at < seg.fill; {
		r := s.record(base + at)
		size := r.size()
		if slot := s.slotAt(r.hash(), base+at); slot >= 0 {
			if atomic.LoadUint32(r.used()) != 0 && kept+size <= s.segBytes/2 {
				atomic.StoreUint32(r.used(), 0)
				s.slots[slot] = slotOf(r.hash(), base+kept)
				copy(s.mem[base+kept:], r[:size])
				kept += size
			} else {
				s.full.Store(false)
				s.clearSlot(slot)
				s.evicted++
			}
		}
		at += size
	}
	seg.fill = kept
}

// get appends the value of key to dst.
func (s *shard) get(dst []byte, hash uint64, key []byte) (value []byte, tombstone, ok bool, version uint64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, off, ok := s.find(hash, key)
	if !ok {
		if s.full.Load() {
			return dst, false, false, versionFull
		}
		s.misses.Add(1)
		return dst, false, false, s.version
	}
	s.hits.Add(1)
	r := s.record(off)
	if r.flags()&flagTombstone != 0 {
		return dst, true, true, 0
	}
	r.markUsed()
	return append(dst, r.value()...), false, true, 0
}

// getAt is get of the state at seq. Where older is true that may be an older
// dirty record of the key, and where known is false the inner engine has it.
func (s *shard) getAt(dst []byte, hash uint64, key []byte, seq uint64) (value []byte, tombstone, known, older bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, off, ok := s.find(hash, key)
	if !ok {
		return dst, false, false, false
	}
	r := s.record(off)
	f := r.flags()
	if r.seq() > seq {
		return dst, false, false, f&flagDirty != 0 && f&flagOlder != 0
	}
	if f&flagTombstone != 0 {
		return dst, true, true, false
	}
	r.markUsed()
	return append(dst, r.value()...), false, true, false
}

// shown tells whether the listed record at off is part of the state at seq.
// While a reader holds that state and the list, what is shown does not change,
// and its key and value may be read without the lock.
func (s *shard) shown(off int, seq uint64) (at uint64, tombstone, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r := s.record(off)
	at = r.seq()
	return at, r.flags()&flagTombstone != 0, at <= seq
}

// cache takes a value that the inner engine has, unless the shard saw a write
// since version, or has no room. It tells whether the table has the key now. The
// value is at most as new as seq.
func (s *shard) cache(hash uint64, key, value []byte, version, seq uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.version != version || s.reserve() != nil {
		return false
	}
	if _, _, ok := s.find(hash, key); ok {
		return true
	}
	off := s.alloc(recordSize(len(key), len(value)))
	if off < 0 {
		return false
	}
	s.record(off).fill(hash, key, value, 0, seq)
	at, _, _ := s.find(hash, key)
	s.setSlot(at, slotOf(hash, off))
	return true
}

// put is the outcome of writing one key.
type put struct {
	off    int
	listed bool // an entry for off has to go to the list
	full   bool // no room: nothing was written
}

// stamp is when a write happens: seq is the batch's; records up to keep are not
// changed in place, for a drain or a snapshot needs them as they are.
type stamp struct{ seq, keep uint64 }

// write sets key, or deletes it where flags say tombstone.
func (s *shard) write(hash uint64, key, value []byte, flags uint8, t stamp) put {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	if _, off, ok := s.find(hash, key); ok {
		r := s.record(off)
		f := r.flags()
		listed := f&flagListed != 0
		if len(value) <= r.valCap() && (!listed || f&flagDirty != 0 && r.seq() > t.keep) {
			r.setValue(value)
			r.setFlags(f&flagOlder | flags | flagDirty | flagListed)
			r.setSeq(t.seq)
			if !listed {
				r.setFlags(flags | flagDirty | flagListed)
				s.segs[off/s.segBytes].listed++
			}
			return put{off: off, listed: !listed}
		}
	}
	if s.reserve() != nil {
		return put{full: true}
	}
	off := s.alloc(recordSize(len(key), len(value)))
	if off < 0 {
		return put{full: true}
	}
	at, old, ok := s.find(hash, key) // after alloc, which may have moved it
	if ok {
		switch r := s.record(old); {
		case r.flags()&flagDirty == 0:
		case r.seq() > t.keep: // nobody needs it any more
			flags |= r.flags() & flagOlder
			r.setSeq(seqDead)
		default:
			flags |= flagOlder
		}
	}
	s.record(off).fill(hash, key, value, flags|flagDirty|flagListed, t.seq)
	s.segs[off/s.segBytes].listed++
	s.setSlot(at, slotOf(hash, off))
	return put{off: off, listed: true}
}

// drained notes that the inner engine has the record. Where unlist is false a
// reader holds the list yet.
func (s *shard) drained(off int, keep, unlist bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.record(off)
	f := r.flags() &^ flagDirty
	if unlist {
		f &^= flagListed
		s.segs[off/s.segBytes].listed--
	}
	r.setFlags(f)
	if keep && f&flagTombstone == 0 {
		return // a record that was replaced has no slot, and goes with its segment
	}
	if at := s.slotAt(r.hash(), off); at >= 0 {
		s.clearSlot(at)
	}
}

// unlist takes a drained record off its list.
func (s *shard) unlist(off int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.record(off)
	r.setFlags(r.flags() &^ flagListed)
	s.segs[off/s.segBytes].listed--
}

// forget removes key, where it is clean.
func (s *shard) forget(hash uint64, key []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	s.full.Store(false) // the inner engine may have it
	if at, off, ok := s.find(hash, key); ok && s.record(off).flags()&flagDirty == 0 {
		s.clearSlot(at)
	}
}

// clear removes everything. Nothing is dirty; what readers hold stays in its place.
func (s *shard) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	clear(s.slots)
	s.live, s.taken = 0, 0
	for i := range s.segs {
		if s.segs[i].listed == 0 {
			s.segs[i] = segment{}
		}
	}
}
