package local

import (
	"bytes"
	"hash/maphash"
	"math"
	"sync/atomic"

	"github.com/ferritedb/ferrite/txn"
)

const (
	// recentBytesMax bounds what is remembered of commits for the oldest tracker;
	// one that would need more fails its validation.
	recentBytesMax = 256 << 20
	// nodeSpans is the number of spans that stand for a write set on disk.
	nodeSpans = 1024
)

// commitNode is what a commit wrote, and where it was SERIALIZABLE what it read. It
// does not change once it is linked; the nodes before the oldest tracker's are
// unreachable.
type commitNode struct {
	ts txn.Timestamp // of a commit without writes: of the last one before it
	// Of a SERIALIZABLE transaction: what it read, settled (nil on other levels), as
	// of snapshot; the first commit that overwrote some of it before ts (0: none);
	// and whether it wrote nothing.
	reads    *readSet
	snapshot txn.Timestamp
	firstOut txn.Timestamp
	readOnly bool

	hashes []uint64
	keys   []byte   // of all writes, one after the other
	ends   []uint32 // where each key ends in keys
	ranges []keyRange
	total  int64 // bytes of all nodes up to this one
	next   atomic.Pointer[commitNode]
}

type keyRange struct{ lower, upper []byte }

func (r keyRange) contains(key []byte) bool {
	return bytes.Compare(r.lower, key) <= 0 && bytes.Compare(key, r.upper) < 0
}

// recent is the list of commits since the oldest tracker. Nodes are linked under
// Store.commitMu, which guards all else here too, and may be walked without it.
type recent struct {
	max     int64 // recentBytesMax but in tests
	tail    *commitNode
	oldest  *tracker
	newest  *tracker
	writers int // trackers that are not readOnly
}

// tracker is a transaction's place in the list: all commits after it may matter
// to its validation. Those of read-only transactions begin with their snapshot,
// the others before it.
type tracker struct {
	st *state // its reads may be looked at under commitMu while the tracker is listed
	// after is the last commit before it; nil once it is lost or safe.
	after    atomic.Pointer[commitNode]
	readOnly bool
	snapshot txn.Timestamp // where it is readOnly
	lost     bool          // the list was cut: guarded by commitMu
	// unsafe: a commit was a pivot for this snapshot of a read-only transaction.
	// Guarded by commitMu.
	unsafe bool
	// safe: no pivot can come any more; nothing need be tracked.
	safe       atomic.Bool
	prev, next *tracker
}

func (r *recent) init() { r.max, r.tail = recentBytesMax, &commitNode{} }

// track begins to remember commits for st; to be called before its first read.
func (s *Store) track(st *state) {
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	s.recent.link(&tracker{st: st})
}

// trackReader begins to remember commits for a read-only transaction and gives it
// its snapshot. Where no transaction is under way that could still be a pivot the
// snapshot is safe, and there is no tracker.
func (s *Store) trackReader(st *state) *snapshot {
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	snap := s.cachedSnapshot(s.seq.Load())
	if snap == nil {
		snap = s.newSnapshot()
	}
	if s.recent.writers > 0 {
		s.recent.link(&tracker{st: st, readOnly: true, snapshot: snap.ts})
	}
	return snap
}

func (r *recent) link(t *tracker) {
	t.prev = r.newest
	t.after.Store(r.tail)
	if r.newest != nil {
		r.newest.next = t
	} else {
		r.oldest = t
	}
	r.newest = t
	if !t.readOnly {
		r.writers++
	}
	t.st.track = t
}

func (s *Store) untrack(st *state) {
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	r, t := &s.recent, st.track
	st.track = nil
	if t.lost || t.safe.Load() {
		return
	}
	r.unlink(t)
	r.release()
}

func (r *recent) unlink(t *tracker) {
	if t.prev != nil {
		t.prev.next = t.next
	} else {
		r.oldest = t.next
	}
	if t.next != nil {
		t.next.prev = t.prev
	} else {
		r.newest = t.prev
	}
	if !t.readOnly {
		r.writers--
	}
	t.after.Store(nil)
}

// release lets go of those readers before which no writer is left, so that none
// can become a pivot for their snapshots, and of the last node where nobody needs it.
func (r *recent) release() {
	for t := r.oldest; t != nil && t.readOnly; t = t.next {
		if !t.unsafe {
			r.unlink(t)
			t.safe.Store(true)
		}
	}
	if r.oldest == nil {
		r.tail = &commitNode{ts: r.tail.ts, total: r.tail.total}
	}
}

// alone tells whether no other transaction tracks commits beside st.
func (r *recent) alone(st *state) bool {
	return r.oldest == nil || r.oldest.next == nil && r.oldest == st.track
}

// add remembers a commit where somebody may need it.
func (r *recent) add(s *Store, st *state, ts txn.Timestamp) {
	if r.alone(st) {
		return
	}
	n := st.written(s)
	st.node = nil
	n.ts = ts
	r.addReads(n, st)
	n.total += r.tail.total
	r.tail.next.Store(n)
	r.tail = n
	for t := r.oldest; t != nil && n.total-t.after.Load().total > r.max; t = r.oldest {
		r.unlink(t)
		t.lost = true
	}
	r.release()
}

// addReads moves the reads of st, SERIALIZABLE, or of the prepared transaction that
// it commits, to their node.
func (r *recent) addReads(n *commitNode, st *state) {
	switch {
	case st.finishes != nil:
		n.reads, n.snapshot = st.finishes.reads, st.finishes.snapshot
	case st.track != nil && st.opts.Isolation == txn.Serializable:
		st.reads.settle()
		st.reads.pack()
		n.reads, n.snapshot = st.reads, st.snapshotTS()
		n.firstOut, n.readOnly = st.deps.firstOut, st.ws.empty()
		st.reads = newReadSet()
	default:
		return
	}
	n.total += n.reads.retained()
	if n.firstOut == 0 {
		return
	}
	for t := r.oldest; t != nil; t = t.next {
		if t.readOnly && n.firstOut <= t.snapshot {
			t.unsafe = true
		}
	}
}

// written is the node of the writes of st, which are complete; its bytes are its
// total.
func (st *state) written(s *Store) *commitNode {
	if st.node == nil {
		st.node = s.nodeOf(st, math.MaxUint64, 0)
	}
	return st.node
}

// nodeOf describes the writes of st; total is the bytes of the nodes before it.
func (s *Store) nodeOf(st *state, ts txn.Timestamp, total int64) *commitNode {
	n := &commitNode{ts: ts, total: total}
	if st.ws.spilled() {
		s.spanNode(n, st)
		return n
	}
	bytesWritten := 0
	for i := range st.ws.ops {
		bytesWritten += len(st.ws.ops[i].key)
	}
	n.keys = make([]byte, 0, bytesWritten)
	_ = st.ws.each(func(o *op) error {
		if o.kind == opRange {
			n.ranges = append(n.ranges, keyRange{bytes.Clone(o.key), bytes.Clone(o.val)})
			return nil
		}
		n.hashes = append(n.hashes, maphash.Bytes(s.seed, o.key))
		n.keys = append(n.keys, o.key...)
		n.ends = append(n.ends, uint32(len(n.keys)))
		return nil
	})
	n.total += int64(cap(n.keys) + 12*len(n.ends) + 128*(1+len(n.ranges)))
	return n
}

// spanNode describes many writes by spans that hold their keys, and so perhaps by
// more than was written: a needless failure of who read between them, no more.
func (s *Store) spanNode(n *commitNode, st *state) {
	each := max(1, st.ws.count()/nodeSpans)
	in := 0 // keys in the last span
	err := st.ws.each(func(o *op) error {
		switch {
		case o.kind == opRange:
			n.ranges = append(n.ranges, keyRange{bytes.Clone(o.key), bytes.Clone(o.val)})
		case in == 0:
			n.ranges = append(n.ranges, keyRange{bytes.Clone(o.key), append(bytes.Clone(o.key), 0)})
			in = 1
		default:
			last := &n.ranges[len(n.ranges)-1]
			last.upper = append(append(last.upper[:0], o.key...), 0)
			in = (in + 1) % each
		}
		return nil
	})
	if err != nil { // not to be read: all of it, then
		n.ranges = []keyRange{{nil, openUpper}}
	}
	n.total += int64(128 * (1 + len(n.ranges)))
}
