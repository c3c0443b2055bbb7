package local

import (
	"bytes"
	"hash/maphash"
	"math"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/txn"
)

type opKind uint8

const (
	opPut opKind = iota + 1
	opDelete
	opRange // key is the lower bound, val the upper
)

// oldKnown says what the write set knows of the version that an op replaces.
type oldKnown uint8

const (
	oldUnknown oldKnown = iota
	oldAbsent
	oldPresent
)

// op is one write. Its bytes lie in the arena.
type op struct {
	key, val []byte
	old      []byte // raw replaced version, where oldPresent
	expire   int64
	// prev is the place in ops of the op of the same key that this one replaced,
	// or -1; for opRange the place in writeSet.removed where its list begins.
	prev        int32
	kind        opKind
	known       oldKnown
	keepHistory bool
}

const (
	// opBytes is what an op costs beside its key and value.
	opBytes = 112
	// writeBytesMaxDefault bounds a write set, on disk or not, where nobody says
	// otherwise.
	writeBytesMaxDefault = 64 << 30
	// writeMemoryMaxDefault is the part of it in memory past which it goes to disk.
	writeMemoryMaxDefault = 32 << 20
	// writeOpsMax bounds the number of ops.
	writeOpsMax = math.MaxInt32 - 1
	// writeOpsKeep is the largest list of ops kept for the next user.
	writeOpsKeep = 4096
)

// writeSet is the writes of a transaction: a list of ops in the order they were
// made, for undo, and an index of the newest op of each key, in key order.
//
// Past memoryMax what is in memory becomes a run on disk (spill.go). Ops have
// numbers, in the order they were made; those of the runs come before those in
// memory. What a run has of a key is in force where nothing newer has the key and
// no range delete with a higher number covers it.
type writeSet struct {
	ops     []op // from number base on
	index   wsIndex
	ranges  []rangeOp // in force, oldest first
	removed []int32   // ops taken out of the index by opRange ops
	arena   arena
	bytes   int64
	max     int64
	base    int32

	runs      []spillCursor // oldest first
	runGen    uint64        // changes with runs
	memory    int64         // bytes in memory
	memoryMax int64         // 0: no runs
	dir       string        // of runs
	seed      maphash.Seed
	found     op // given by find

	// frozen is the number of ops before the newest savepoint: they are kept as
	// they are, later ones may be changed in place.
	frozen int
	// pinned counts open iterators: ops are not changed in place while there are any.
	pinned int
	// gen changes whenever the index does.
	gen uint64
}

// rangeOp is a range delete and its number.
type rangeOp struct {
	op
	num int32
}

// wsMark is a point to roll back to.
type wsMark struct {
	ops, removed  int
	bytes, memory int64
	arena         arenaMark
	runGen        uint64
}

func (w *writeSet) empty() bool { return w.count() == 0 }

// count is the number of ops made.
func (w *writeSet) count() int { return int(w.base) + len(w.ops) }

func (w *writeSet) reset() {
	if cap(w.ops) > writeOpsKeep {
		w.ops = nil
	}
	clear(w.ops)
	clear(w.ranges)
	w.ops, w.ranges, w.removed = w.ops[:0], w.ranges[:0], w.removed[:0]
	w.index.reset()
	w.arena.reset()
	w.bytes, w.memory, w.base, w.frozen, w.pinned = 0, 0, 0, 0, 0
	if len(w.runs) > 0 {
		w.dropRuns(0)
	}
	w.gen++
}

// find returns the op that says what key is, nil where the write set has none.
// Valid until the next call of the write set.
func (w *writeSet) find(key []byte) (*op, error) {
	if len(w.ops) == 0 && len(w.runs) == 0 {
		return nil, nil
	}
	if at, ok := w.index.seek(w.ops, key); ok {
		return &w.ops[w.index.at(at)], nil
	}
	return w.findBelow(key, writeOpsMax)
}

// findBelow looks for key in the runs and the range deletes, as of n ops.
func (w *writeSet) findBelow(key []byte, n int32) (*op, error) {
	o, num, err := w.findSpilled(key, n)
	if err != nil {
		return nil, err
	}
	if r := w.covering(key, n); r != nil && (o == nil || r.num > num) {
		return &r.op, nil
	}
	return o, nil
}

// asOf is the version of op i's key when the write set had n ops; nil without one
// in memory.
func (w *writeSet) asOf(i, n int32) *op {
	for i >= 0 && w.base+i >= n {
		i = w.ops[i].prev
	}
	if i < 0 {
		return nil
	}
	return &w.ops[i]
}

// findBefore is find when the write set had n ops.
func (w *writeSet) findBefore(key []byte, n int32) (*op, error) {
	if at, ok := w.index.seek(w.ops, key); ok {
		if o := w.asOf(w.index.at(at), n); o != nil {
			return o, nil
		}
	}
	return w.findBelow(key, n)
}

// covering is the newest range delete over key among the first n ops, nil
// without one.
func (w *writeSet) covering(key []byte, n int32) *rangeOp {
	for i := len(w.ranges) - 1; i >= 0; i-- {
		r := &w.ranges[i]
		if r.num < n && bytes.Compare(r.key, key) <= 0 && bytes.Compare(key, r.val) < 0 {
			return r
		}
	}
	return nil
}

func checkSizes(key, value []byte) error {
	switch {
	case len(key) > kv.KeyBytesMax:
		return kv.ErrKeyTooLarge
	case len(value) > kv.ValueBytesMax-recordHeaderBytesMax:
		return kv.ErrValueTooLarge
	}
	return nil
}

func (w *writeSet) charge(n int) error {
	if w.bytes+int64(n) > w.max {
		return txn.ErrTxnTooLarge
	}
	w.bytes += int64(n)
	w.memory += int64(n)
	return nil
}

// write sets or deletes key and returns the op, for the caller to note the
// replaced version in.
func (w *writeSet) write(kind opKind, key, value []byte, o txn.PutOptions) (*op, error) {
	if err := w.makeRoom(); err != nil {
		return nil, err
	}
	at, found := w.index.seek(w.ops, key)
	if found {
		if i := int(w.index.at(at)); int(w.base)+i >= w.frozen && w.pinned == 0 {
			return w.overwrite(&w.ops[i], kind, value, o)
		}
	}
	if err := w.charge(opBytes + len(key) + len(value)); err != nil {
		return nil, err
	}
	n := op{kind: kind, expire: o.ExpireAtMs, keepHistory: o.KeepHistory, prev: -1, val: w.arena.copyOf(value)}
	if found {
		n.prev = w.index.at(at)
		p := &w.ops[n.prev]
		n.key, n.old, n.known = p.key, p.old, p.known
		n.keepHistory = n.keepHistory || p.keepHistory
	} else {
		n.key = w.arena.copyOf(key)
		if len(w.runs) > 0 {
			if err := w.carryOld(&n); err != nil {
				return nil, err
			}
		}
	}
	w.ops = append(w.ops, n)
	last := int32(len(w.ops) - 1)
	if found {
		w.index.set(at, last)
	} else {
		w.index.insert(w.ops, at, last)
	}
	w.gen++
	return &w.ops[last], nil
}

// overwrite changes an op that no savepoint and no open iterator needs as it was.
func (w *writeSet) overwrite(p *op, kind opKind, value []byte, o txn.PutOptions) (*op, error) {
	if len(value) <= cap(p.val) {
		p.val = p.val[:len(value)]
		copy(p.val, value)
	} else {
		if err := w.charge(len(value)); err != nil {
			return nil, err
		}
		p.val = w.arena.copyOf(value)
	}
	p.kind, p.expire = kind, o.ExpireAtMs
	p.keepHistory = p.keepHistory || o.KeepHistory
	return p, nil
}

func (w *writeSet) deleteRange(lower, upper []byte) error {
	if err := w.makeRoom(); err != nil {
		return err
	}
	if err := w.charge(opBytes + len(lower) + len(upper)); err != nil {
		return err
	}
	n := op{kind: opRange, key: w.arena.copyOf(lower), val: w.arena.copyOf(upper), prev: int32(len(w.removed))}
	w.ranges = append(w.ranges, rangeOp{n, int32(w.count())})
	w.ops = append(w.ops, n)
	w.removed = w.index.cut(w.ops, lower, upper, w.removed)
	w.gen++
	return nil
}

func (w *writeSet) mark() wsMark {
	w.frozen = w.count()
	return wsMark{ops: w.count(), removed: len(w.removed), bytes: w.bytes, memory: w.memory, arena: w.arena.mark(), runGen: w.runGen}
}

// rollback undoes the ops since m.
func (w *writeSet) rollback(m wsMark) {
	if m.runGen != w.runGen {
		w.rollbackSpilled(m)
		return
	}
	from := m.ops - int(w.base)
	for i := len(w.ops) - 1; i >= from; i-- {
		w.undo(i)
		w.ops[i] = op{}
	}
	w.ops, w.removed = w.ops[:from], w.removed[:m.removed]
	w.bytes, w.memory = m.bytes, m.memory
	w.frozen = m.ops
	w.arena.rewind(m.arena)
	w.gen++
}

func (w *writeSet) undo(i int) {
	o := &w.ops[i]
	if o.kind == opRange {
		w.ranges = w.ranges[:len(w.ranges)-1]
		for _, r := range w.removed[o.prev:] {
			at, _ := w.index.seek(w.ops, w.ops[r].key)
			w.index.insert(w.ops, at, r)
		}
		w.removed = w.removed[:o.prev]
		return
	}
	at, _ := w.index.seek(w.ops, o.key)
	if o.prev >= 0 {
		w.index.set(at, o.prev)
	} else {
		w.index.remove(w.ops, at)
	}
}
