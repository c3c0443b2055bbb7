package local

import (
	"bytes"
	"math"
	"slices"
	"sync"

	"github.com/ferritedb/ferrite/txn"
)

const (
	// readPointsMax and readRangesMax bound a read set; past them it becomes one
	// range over all that was read.
	readPointsMax = 1 << 20
	readRangesMax = 1 << 16
	// readBytesMax bounds the bytes of its ranges, those given up included.
	readBytesMax = 16 << 20
	// readSetBytes and readPointBytes are about what a set and a point in it take.
	readSetBytes   = 256
	readPointBytes = 48
)

// readSet is what a transaction read: hashes of keys (a collision is a needless
// failure, no more) and ranges. Its owner changes it under mu, and reads it without;
// others read it under mu while its tracker is listed.
type readSet struct {
	mu        sync.Mutex
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

func newReadSet() *readSet { return &readSet{pointsMax: readPointsMax, bytesMax: readBytesMax} }

func (r *readSet) copyOf(b []byte) []byte {
	r.bytes += len(b)
	return r.arena.copyOf(b)
}

func (r *readSet) used() bool { return len(r.points) > 0 || len(r.ranges) > 0 }

func (r *readSet) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
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
	r.mu.Lock()
	defer r.mu.Unlock()
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
		r.appendRange(r.minPoint, append(r.maxPoint, 0))
		r.points = nil
	}
}

// addRange notes a range read and returns its place, for shrink.
func (r *readSet) addRange(lower, upper []byte) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.appendRange(lower, upper)
}

// appendRange is addRange. REQUIRES: mu.
func (r *readSet) appendRange(lower, upper []byte) int {
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
	r.merge()
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
	r.mu.Lock()
	defer r.mu.Unlock()
	r.merge()
}

// merge is settle. REQUIRES: mu.
func (r *readSet) merge() {
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
	r.mu.Lock()
	defer r.mu.Unlock()
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

// inRange tells whether a range read holds key.
func (r *readSet) inRange(key []byte) bool {
	if !r.settled {
		return slices.ContainsFunc(r.ranges, func(k keyRange) bool { return k.contains(key) })
	}
	if len(r.ranges) == 0 {
		return false
	}
	i, found := slices.BinarySearchFunc(r.ranges, key, func(k keyRange, key []byte) int { return bytes.Compare(k.lower, key) })
	return found || i > 0 && r.ranges[i-1].contains(key)
}

// conflicts tells whether commit n changed what was read. Ranges were read as of
// snapshot.
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

// overlaps tells whether n wrote what was read, whenever it was read. REQUIRES: the
// set is settled for good.
func (r *readSet) overlaps(n *commitNode) bool {
	if n.ts == math.MaxUint64 {
		return r.conflicts(n, 0)
	}
	later := commitNode{ts: math.MaxUint64, hashes: n.hashes, keys: n.keys, ends: n.ends, ranges: n.ranges}
	return r.conflicts(&later, 0)
}

// overlapsNow is overlaps for who is not the owner.
func (r *readSet) overlapsNow(n *commitNode) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.overlaps(n)
}

// pack gives back the room that a settled set has for more.
func (r *readSet) pack() {
	r.mu.Lock()
	defer r.mu.Unlock()
	total := 0
	for _, k := range r.ranges {
		total += len(k.lower) + len(k.upper)
	}
	r.arena, r.bytes = arena{cur: make([]byte, 0, total)}, 0
	ranges := make([]keyRange, len(r.ranges))
	for i, k := range r.ranges {
		ranges[i] = keyRange{r.copyOf(k.lower), r.copyOf(k.upper)}
	}
	r.ranges = ranges
	r.epoch++
}

// retained is about the bytes that a settled set takes.
func (r *readSet) retained() int64 {
	n := readSetBytes + readPointBytes*len(r.points) + len(r.minPoint) + len(r.maxPoint) + 2*24*cap(r.ranges) + cap(r.arena.cur)
	for _, chunk := range r.arena.full {
		n += cap(chunk)
	}
	return int64(n)
}
