package lock

import (
	"slices"
	"unsafe"
)

// An owner of many row locks has no entries for the later ones: what nobody else
// wants is a thin lock, 12 bytes in a table of the shard by hash, and its key in a
// list of the owner's. Who else asks for a row with that hash makes an entry of it
// first. So a hash that two keys share can make somebody wait who need not, and no
// more.
//
// Memory of both lies outside of the collector's heap where it is much: a
// transaction's millions of locks would have the heap grow by a multiple of them.
//
// Thin locks are not listed by Table.Locks.

// thinAfter is the number of locks from which an owner's row locks are thin.
const thinAfter = 4096

const (
	thinSlotsMin     = 64
	thinChunkBytes   = 256 << 10
	thinMapBytesMin  = 64 << 10 // what is smaller is the collector's
	thinHeaderBytes  = 3        // mode, length of the key
	thinModeBits     = 8
	thinHashFallback = 1 // in the place of 0, which is an empty slot
)

// thinTable has the thin locks of a shard: open addressing, linear probing, at
// most three slots in four taken. Guarded by the shard's mu.
type thinTable struct {
	hashes []uint64 // 0 empty; length a power of two
	vals   []uint32 // number of the owner, then the modes
	count  int
	mem    []byte // what they lie in, where that is mapped
}

func thinHash(h uint64) uint64 {
	if h == 0 {
		return thinHashFallback
	}
	return h
}

// find gives the slot of a hash, -1 where there is none.
func (t *thinTable) find(h uint64) int {
	if t.count == 0 {
		return -1
	}
	h = thinHash(h)
	mask := len(t.hashes) - 1
	for i := int(h) & mask; t.hashes[i] != 0; i = (i + 1) & mask {
		if t.hashes[i] == h {
			return i
		}
	}
	return -1
}

func (t *thinTable) owner(i int) uint32  { return t.vals[i] >> thinModeBits }
func (t *thinTable) modes(i int) modeSet { return modeSet(t.vals[i] & (1<<thinModeBits - 1)) }

func (t *thinTable) setModes(i int, m modeSet) {
	t.vals[i] = t.owner(i)<<thinModeBits | uint32(m)
}

// add puts in a hash that is not there.
func (t *thinTable) add(h uint64, owner uint32, m modeSet) {
	if 4*(t.count+1) > 3*len(t.hashes) {
		t.resize(max(thinSlotsMin, 2*len(t.hashes)))
	}
	t.put(thinHash(h), owner<<thinModeBits|uint32(m))
	t.count++
}

func (t *thinTable) put(h uint64, val uint32) {
	mask := len(t.hashes) - 1
	i := int(h) & mask
	for t.hashes[i] != 0 {
		i = (i + 1) & mask
	}
	t.hashes[i], t.vals[i] = h, val
}

func (t *thinTable) resize(n int) {
	old := *t
	defer old.free()
	t.alloc(n)
	for i, h := range old.hashes {
		if h != 0 {
			t.put(h, old.vals[i])
		}
	}
}

func (t *thinTable) alloc(n int) {
	const slotBytes = 8 + 4
	t.mem = mapThin(n * slotBytes)
	if t.mem == nil {
		t.hashes, t.vals = make([]uint64, n), make([]uint32, n)
		return
	}
	t.hashes = unsafe.Slice((*uint64)(unsafe.Pointer(&t.mem[0])), n)
	t.vals = unsafe.Slice((*uint32)(unsafe.Pointer(&t.mem[8*n])), n)
}

// free gives back mapped memory; the table is of no use then.
func (t *thinTable) free() { unmapThin(t.mem) }

// mapThin gives n bytes of zeros outside of the collector's heap, nil where that
// is not worth it, or not to be had.
func mapThin(n int) []byte {
	if n < thinMapBytesMin {
		return nil
	}
	mem, err := mapMemory(n)
	if err != nil {
		return nil
	}
	return mem
}

func unmapThin(mem []byte) {
	if mem != nil {
		_ = unmapMemory(mem) // it was mapped: nothing can be wrong with it
	}
}

// remove empties slot i, and moves those behind it that could not be found else.
func (t *thinTable) remove(i int) {
	mask := len(t.hashes) - 1
	for j := (i + 1) & mask; t.hashes[j] != 0; j = (j + 1) & mask {
		if home := int(t.hashes[j]) & mask; (j-home)&mask >= (j-i)&mask {
			t.hashes[i], t.vals[i] = t.hashes[j], t.vals[j]
			i = j
		}
	}
	t.hashes[i] = 0
	if t.count--; t.count == 0 && len(t.hashes) > thinSlotsMin {
		t.free()
		*t = thinTable{}
	}
}

// thinList is the keys of an owner's thin locks, one after the other in chunks:
// mode, length of the key in two bytes, key.
type thinList struct {
	chunks [][]byte
	mapped []bool // of each chunk
	count  int
}

// thinMark is a place in a thinList.
type thinMark struct{ chunks, bytes, count int }

func (l *thinList) mark() thinMark {
	n := len(l.chunks)
	if n == 0 {
		return thinMark{}
	}
	return thinMark{n, len(l.chunks[n-1]), l.count}
}

func (l *thinList) add(m mode, key []byte) {
	size := thinHeaderBytes + len(key)
	n := len(l.chunks)
	if n == 0 || cap(l.chunks[n-1])-len(l.chunks[n-1]) < size {
		l.grow(max(size, thinChunkBytes))
		n++
	}
	c := append(l.chunks[n-1], uint8(m), uint8(len(key)), uint8(len(key)>>8))
	l.chunks[n-1] = append(c, key...)
	l.count++
}

func (l *thinList) grow(size int) {
	mem := mapThin(size)
	l.mapped = append(l.mapped, mem != nil)
	if mem == nil {
		mem = make([]byte, size)
	}
	l.chunks = append(l.chunks, mem[:0])
}

// each calls fn with the locks since a mark.
func (l *thinList) each(since thinMark, fn func(m mode, key []byte)) {
	for i := max(0, since.chunks-1); i < len(l.chunks); i++ {
		c := l.chunks[i]
		if i == since.chunks-1 {
			c = c[since.bytes:]
		}
		for len(c) > 0 {
			end := thinHeaderBytes + int(c[1]) + int(c[2])<<8
			fn(mode(c[0]), c[thinHeaderBytes:end])
			c = c[end:]
		}
	}
}

func (l *thinList) cut(to thinMark) {
	for i := to.chunks; i < len(l.chunks); i++ {
		if c := l.chunks[i]; l.mapped[i] {
			unmapThin(c[:cap(c)])
		}
	}
	if to.chunks == 0 {
		*l = thinList{}
		return
	}
	clear(l.chunks[to.chunks:])
	l.chunks, l.mapped = l.chunks[:to.chunks], l.mapped[:to.chunks]
	l.chunks[to.chunks-1] = l.chunks[to.chunks-1][:to.bytes]
	l.count = to.count
}

// thinKeyMax: the length of a key in a thinList has two bytes.
const thinKeyMax = 1<<16 - 1

// lockThin locks a row without an entry; the shard is locked. done is false where
// the request goes on to the row's entry: the one given, or if that is nil a new one.
func (t *Table) lockThin(s *shard, o *Owner, h uint64, key []byte, m mode) (e *entry, done bool) {
	i := s.thin.find(h)
	if i < 0 {
		if len(o.held) < t.thinAfter || len(key) > thinKeyMax {
			return nil, false
		}
		s.thin.add(h, o.number, m.bit())
		o.thin.add(m, key)
		return nil, true
	}
	if s.thin.owner(i) != o.number || len(key) > thinKeyMax {
		return t.inflateLocked(s, i, h, key), false
	}
	if held := s.thin.modes(i); !covers(kindRow, held, m) {
		s.thin.setModes(i, held|m.bit())
		o.thin.add(m, key)
	}
	return nil, true
}

// inflateLocked makes an entry of the thin lock in slot i.
func (t *Table) inflateLocked(s *shard, i int, h uint64, key []byte) *entry {
	holder := holder{owner: t.ownerOf(s.thin.owner(i)), modes: s.thin.modes(i)}
	s.thin.remove(i)
	e := s.insertLocked(h, kindRow, key)
	e.holders = append(e.holders, holder)
	return e
}

func (t *Table) ownerOf(number uint32) *Owner {
	t.ownersMu.Lock()
	defer t.ownersMu.Unlock()
	return t.owners[number]
}

// releaseThin gives up the thin locks since a mark, and those that were thin.
func (t *Table) releaseThin(o *Owner, since thinMark) {
	o.thin.each(since, func(m mode, key []byte) {
		h := t.hash(kindRow, key)
		s := t.shardOf(h)
		s.mu.Lock()
		if i := s.thin.find(h); i >= 0 && s.thin.owner(i) == o.number {
			if left := s.thin.modes(i) &^ m.bit(); left != 0 {
				s.thin.setModes(i, left)
			} else {
				s.thin.remove(i)
			}
		} else if e := s.inflatedLocked(o, h, key); e != nil {
			t.releaseLocked(s, o, e, m)
		}
		s.mu.Unlock()
	})
	o.thin.cut(since)
}

// inflatedLocked is the entry that was made of o's thin lock: by another key, if
// that has the same hash.
func (s *shard) inflatedLocked(o *Owner, h uint64, key []byte) *entry {
	if e := s.findLocked(h, kindRow, key); e != nil && e.holderOf(o) >= 0 {
		return e
	}
	for e := s.buckets[h&uint64(len(s.buckets)-1)]; e != nil; e = e.next {
		if e.hash == h && e.kind == kindRow && e.holderOf(o) >= 0 {
			return e
		}
	}
	return nil
}

// thinHeld appends the thin locks of o.
func (o *Owner) thinHeld(out []Held) []Held {
	out = slices.Grow(out, o.thin.count)
	o.thin.each(thinMark{}, func(m mode, key []byte) {
		out = append(out, Held{Kind: uint8(kindRow), Mode: uint8(m), Key: key})
	})
	return out
}
