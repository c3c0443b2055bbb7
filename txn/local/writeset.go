package local

import (
	"bytes"

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
	// prev is the op of the same key that this one replaced, or -1; for opRange
	// the place in writeSet.removed where its list begins.
	prev        int32
	kind        opKind
	known       oldKnown
	keepHistory bool
}

const (
	// opBytes is what an op costs beside its key and value.
	opBytes = 112
	// writeBytesMaxDefault bounds a write set where nobody says otherwise. A
	// commit is one log record, which holds 2 GiB.
	writeBytesMaxDefault = 1 << 30
	// writeOpsKeep is the largest list of ops kept for the next user.
	writeOpsKeep = 4096
)

// writeSet is the writes of a transaction: a list of ops in the order they were
// made, for undo, and an index of the newest op of each key, in key order.
type writeSet struct {
	ops     []op
	index   wsIndex
	ranges  []int32 // opRange ops in force, oldest first
	removed []int32 // ops taken out of the index by opRange ops
	arena   arena
	bytes   int64
	max     int64
	// frozen is the number of ops before the newest savepoint: they are kept as
	// they are, later ones may be changed in place.
	frozen int
	// pinned counts open iterators: ops are not changed in place while there are any.
	pinned int
	// gen changes whenever the index does.
	gen uint64
}

// wsMark is a point to roll back to.
type wsMark struct {
	ops, removed int
	bytes        int64
	arena        arenaMark
}

func (w *writeSet) empty() bool { return len(w.ops) == 0 }

func (w *writeSet) reset() {
	if cap(w.ops) > writeOpsKeep {
		w.ops = nil
	}
	clear(w.ops)
	w.ops, w.ranges, w.removed = w.ops[:0], w.ranges[:0], w.removed[:0]
	w.index.reset()
	w.arena.reset()
	w.bytes, w.frozen, w.pinned = 0, 0, 0
	w.gen++
}

// find returns the op that says what key is, nil where the write set has none.
func (w *writeSet) find(key []byte) *op {
	if len(w.ops) == 0 {
		return nil
	}
	if at, ok := w.index.seek(w.ops, key); ok {
		return &w.ops[w.index.at(at)]
	}
	if i := w.covering(key, int32(len(w.ops))); i >= 0 {
		return &w.ops[i]
	}
	return nil
}

// asOf is the version of op i's key when the write set had n ops; nil without one.
func (w *writeSet) asOf(i, n int32) *op {
	for i >= n {
		i = w.ops[i].prev
	}
	if i < 0 {
		return nil
	}
	return &w.ops[i]
}

// findBefore is find when the write set had n ops.
func (w *writeSet) findBefore(key []byte, n int32) *op {
	if at, ok := w.index.seek(w.ops, key); ok {
		if o := w.asOf(w.index.at(at), n); o != nil {
			return o
		}
	}
	if i := w.covering(key, n); i >= 0 {
		return &w.ops[i]
	}
	return nil
}

// covering is the index of a range delete over key among the first n ops, -1
// without one.
func (w *writeSet) covering(key []byte, n int32) int32 {
	for _, i := range w.ranges {
		if i >= n {
			break
		}
		if o := &w.ops[i]; bytes.Compare(o.key, key) <= 0 && bytes.Compare(key, o.val) < 0 {
			return i
		}
	}
	return -1
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
	return nil
}

// write sets or deletes key and returns the op, for the caller to note the
// replaced version in.
func (w *writeSet) write(kind opKind, key, value []byte, o txn.PutOptions) (*op, error) {
	at, found := w.index.seek(w.ops, key)
	if found {
		if i := int(w.index.at(at)); i >= w.frozen && w.pinned == 0 {
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
	if err := w.charge(opBytes + len(lower) + len(upper)); err != nil {
		return err
	}
	n := op{kind: opRange, key: w.arena.copyOf(lower), val: w.arena.copyOf(upper), prev: int32(len(w.removed))}
	w.ops = append(w.ops, n)
	w.ranges = append(w.ranges, int32(len(w.ops)-1))
	w.removed = w.index.cut(w.ops, lower, upper, w.removed)
	w.gen++
	return nil
}

func (w *writeSet) mark() wsMark {
	w.frozen = len(w.ops)
	return wsMark{ops: len(w.ops), removed: len(w.removed), bytes: w.bytes, arena: w.arena.mark()}
}

// rollback undoes the ops since m.
func (w *writeSet) rollback(m wsMark) {
	for i := len(w.ops) - 1; i >= m.ops; i-- {
		w.undo(i)
		w.ops[i] = op{}
	}
	w.ops, w.removed = w.ops[:m.ops], w.removed[:m.removed]
	w.bytes = m.bytes
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
