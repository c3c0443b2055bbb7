package local

import (
	"bytes"
	"hash/maphash"
	"slices"
	"sync/atomic"

	"github.com/ferritedb/ferrite/txn"
)

const (
	// recentBytesMax bounds what is remembered of commits for the oldest tracker;
	// one that would need more fails its validation.
	recentBytesMax = 256 << 20
	// readPointsMax and readRangesMax bound a read set; past them it becomes one
	// range over all that was read.
	readPointsMax = 1 << 20
	readRangesMax = 1 << 16
	// readBytesMax bounds the bytes of its ranges, those given up included.
	readBytesMax = 16 << 20
	// nodeSpans is the number of spans that stand for a write set on disk.
	nodeSpans = 1024
)

// commitNode is what a commit wrote. It does not change once it is linked; the
// nodes before the oldest tracker's are unreachable.
type commitNode struct {
	ts     txn.Timestamp
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
	max    int64 // recentBytesMax but in tests
	tail   *commitNode
	oldest *tracker
	newest *tracker
}

// tracker is a transaction's place in the list: all commits after it may matter
// to its validation.
type tracker struct {
	after      *commitNode // the last commit before it
	lost       bool        // the list was cut: guarded by commitMu
	prev, next *tracker
}

func (r *recent) init() { r.max, r.tail = recentBytesMax, &commitNode{} }

// track begins to remember commits for st; to be called before its first read.
func (s *Store) track(st *state) {
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	r := &s.recent
	t := &tracker{after: r.tail, prev: r.newest}
	if r.newest != nil {
		r.newest.next = t
	} else {
		r.oldest = t
	}
	r.newest = t
	st.track, st.walk = t, t.after
}

func (s *Store) untrack(st *state) {
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	r, t := &s.recent, st.track
	st.track = nil
	if t.lost {
		return
	}
	r.unlink(t)
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
}

// add remembers a commit where somebody may need it.
func (r *recent) add(s *Store, st *state, ts txn.Timestamp) {
	if r.oldest == nil || r.oldest.next == nil && r.oldest == st.track {
		return
	}
	n := s.nodeOf(st, ts, r.tail.total)
	r.tail.next.Store(n)
	r.tail = n
	for t := r.oldest; t != nil && n.total-t.after.total > r.max; t = r.oldest {
		r.unlink(t)
		t.lost = true
	}
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

// prevalidate does without the commit lock what of validate it can.
func (r *recent) prevalidate(st *state) error {
	if st.opts.Isolation != txn.Serializable && !st.opts.Optimistic {
		return nil
	}
	st.reads.settle()
	for n := st.walk.next.Load(); n != nil; n = n.next.Load() {
		if st.reads.conflicts(n, st.snapshotTS()) {
			return st.conflictError()
		}
		st.walk = n
	}
	return nil
}

// validate fails where a commit since the snapshot wrote what st read.
// REQUIRES: Store.commitMu.
func (r *recent) validate(st *state) error {
	if st.track != nil && st.track.lost {
		return st.conflictError()
	}
	return r.prevalidate(st)
}

func (st *state) conflictError() error {
	if st.opts.Isolation == txn.Serializable {
		return txn.ErrSerializationDependency
	}
	return txn.ErrSerialization
}

// readSet is what a transaction read and has to be unchanged when it commits:
// hashes of keys (a collision is a needless failure, no more) and ranges.
type readSet struct {
	pointsMax int                      // readPointsMax but in tests
	bytesMax  int                      // readBytesMax but in tests
	points    map[uint64]txn.Timestamp // changed after which timestamp matters
	// minPoint and maxPoint bound the points, for range deletes.
	minPoint, maxPoint []byte
	ranges             []keyRange
	arena              arena
	bytes              int  // handed out by arena
	settled            bool // ranges are sorted and disjoint
	// epoch changes when the places that addRange returned no longer hold.
	epoch int
}

func newReadSet() readSet { return readSet{pointsMax: readPointsMax, bytesMax: readBytesMax} }

func (r *readSet) copyOf(b []byte) []byte {
	r.bytes += len(b)
	return r.arena.copyOf(b)
}

func (r *readSet) used() bool { return len(r.points) > 0 || len(r.ranges) > 0 }

func (r *readSet) reset() {
	if len(r.points) > writeOpsKeep {
		r.points = nil
	}
	clear(r.points)
	clear(r.ranges)
	r.ranges = r.ranges[:0]
	r.minPoint, r.maxPoint = r.minPoint[:0], r.maxPoint[:0]
	r.arena.reset()
	r.bytes = 0
	r.settled = false
	r.epoch++
}

// addPoint notes that key was read as of ts.
func (r *readSet) addPoint(hash uint64, key []byte, ts txn.Timestamp) {
	if r.points == nil {
		r.points = map[uint64]txn.Timestamp{}
	}
	if seen, ok := r.points[hash]; ok && seen <= ts {
		return
	}
	if len(r.points) == 0 || bytes.Compare(key, r.minPoint) < 0 {
		r.minPoint = append(r.minPoint[:0], key...)
	}
	if len(r.points) == 0 || bytes.Compare(key, r.maxPoint) > 0 {
		r.maxPoint = append(r.maxPoint[:0], key...)
	}
	r.points[hash] = ts
	if len(r.points) > r.pointsMax {
		r.addRange(r.minPoint, append(r.maxPoint, 0))
		r.points = nil
	}
}

// addRange notes a range read and returns its place, for shrink.
func (r *readSet) addRange(lower, upper []byte) int {
	if len(r.ranges) >= readRangesMax || r.bytes >= r.bytesMax {
		r.compact()
	}
	r.settled = false
	r.ranges = append(r.ranges, keyRange{r.copyOf(lower), r.copyOf(upper)})
	return len(r.ranges) - 1
}

// compact makes room: it merges what touches, and where that is not enough, all.
func (r *readSet) compact() {
	r.settled = false
	r.settle()
	bytes := 0
	for _, k := range r.ranges {
		bytes += len(k.lower) + len(k.upper)
	}
	if n := len(r.ranges); n > 1 && (n > readRangesMax/2 || bytes > r.bytesMax/2) {
		r.ranges = append(r.ranges[:0], keyRange{r.ranges[0].lower, r.ranges[n-1].upper})
	}
	r.arena, r.bytes = arena{}, 0
	for i, k := range r.ranges {
		r.ranges[i] = keyRange{r.copyOf(k.lower), r.copyOf(k.upper)}
	}
	r.epoch++
}

// settle sorts the ranges and merges those that touch.
func (r *readSet) settle() {
	if r.settled || len(r.ranges) == 0 {
		return
	}
	slices.SortFunc(r.ranges, func(a, b keyRange) int { return bytes.Compare(a.lower, b.lower) })
	out := r.ranges[:1]
	for _, next := range r.ranges[1:] {
		last := &out[len(out)-1]
		if bytes.Compare(next.lower, last.upper) > 0 {
			out = append(out, next)
		} else if bytes.Compare(next.upper, last.upper) > 0 {
			last.upper = next.upper
		}
	}
	r.ranges, r.settled = out, true
	r.epoch++
}

// shrink makes the range at place i smaller. Places are those of this epoch.
func (r *readSet) shrink(i, epoch int, lower, upper []byte) {
	if epoch != r.epoch {
		return
	}
	if lower != nil {
		r.ranges[i].lower = r.copyOf(lower)
	}
	if upper != nil {
		r.ranges[i].upper = r.copyOf(upper)
	}
}

// inRange tells whether a range read holds key. REQUIRES: settled.
func (r *readSet) inRange(key []byte) bool {
	if len(r.ranges) == 0 {
		return false
	}
	i, found := slices.BinarySearchFunc(r.ranges, key, func(k keyRange, key []byte) int { return bytes.Compare(k.lower, key) })
	return found || i > 0 && r.ranges[i-1].contains(key)
}

// conflicts tells whether commit n changed what was read. Ranges were read as of
// snapshot. REQUIRES: settled.
func (r *readSet) conflicts(n *commitNode, snapshot txn.Timestamp) bool {
	from := uint32(0)
	for i, h := range n.hashes {
		key := n.keys[from:n.ends[i]]
		from = n.ends[i]
		if ts, ok := r.points[h]; ok && n.ts > ts {
			return true
		}
		if n.ts > snapshot && r.inRange(key) {
			return true
		}
	}
	for _, d := range n.ranges {
		if len(r.points) > 0 && n.ts > snapshot && bytes.Compare(r.minPoint, d.upper) < 0 && bytes.Compare(d.lower, r.maxPoint) <= 0 {
			return true
		}
		for _, q := range r.ranges {
			if n.ts > snapshot && bytes.Compare(q.lower, d.upper) < 0 && bytes.Compare(d.lower, q.upper) < 0 {
				return true
			}
		}
	}
	return false
}

// checkNodesMax bounds how many commits CheckReads looks at.
const checkNodesMax = 256

// CheckReads implements txn.ReadChecker. A transaction that writes nothing cannot
// fail; where much was committed since its snapshot the question is left to
// Commit.
func (t *Txn) CheckReads(asWriter bool) error {
	st := t.s
	if st == nil {
		return txn.ErrTxnDone
	}
	if st.track == nil || st.opts.Isolation != txn.Serializable || !asWriter && st.ws.empty() {
		return nil
	}
	st.reads.settle()
	looked := 0
	for n := st.track.after.next.Load(); n != nil && looked < checkNodesMax; n = n.next.Load() {
		if st.reads.conflicts(n, st.snapshotTS()) {
			return st.conflictError()
		}
		looked++
	}
	return nil
}
