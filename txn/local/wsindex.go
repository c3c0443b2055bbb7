package local

import (
	"bytes"
	"encoding/binary"
	"slices"
)

const (
	// wsChunkMax is the number of entries at which a chunk is split.
	wsChunkMax = 512
	// wsHintsMin is the number of entries from which a chunk has hints.
	wsHintsMin = 32
)

// wsIndex is op numbers in the order of their keys: a list of sorted chunks. For
// a few keys it is one small array; with millions an insert moves at most a chunk
// and, once per half a chunk, the list.
type wsIndex struct {
	chunks []wsChunk // none empty, but for the only one
}

// wsChunk is a run of entries. A large one has a hint for each: the eight bytes
// of the key after the skip bytes that all its keys share, big-endian and padded
// with zeros. A search then stays in one array but for keys of equal hints.
type wsChunk struct {
	ops   []int32
	hints []uint64 // empty, or as long as ops
	skip  int
	first []byte // key of the first entry
}

// wsPos is a place in the index: between entries after a failed seek.
type wsPos struct{ chunk, i int }

func (x *wsIndex) reset() {
	if len(x.chunks) == 0 {
		return
	}
	keep := wsChunk{ops: x.chunks[0].ops[:0], hints: x.chunks[0].hints[:0]}
	clear(x.chunks)
	x.chunks = append(x.chunks[:0], keep)
}

func (x *wsIndex) at(p wsPos) int32 { return x.chunks[p.chunk].ops[p.i] }

func (x *wsIndex) set(p wsPos, op int32) { x.chunks[p.chunk].ops[p.i] = op }

// valid tells whether p is at an entry.
func (x *wsIndex) valid(p wsPos) bool {
	return p.chunk >= 0 && p.chunk < len(x.chunks) && p.i >= 0 && p.i < len(x.chunks[p.chunk].ops)
}

// seek finds key, or the place where it belongs.
func (x *wsIndex) seek(ops []op, key []byte) (wsPos, bool) {
	c := 0
	switch n := len(x.chunks); n {
	case 0:
		return wsPos{}, false
	case 1:
	default:
		// The last chunk whose first key is not above key.
		lo, hi := 0, n
		for lo+1 < hi {
			mid := (lo + hi) / 2
			if bytes.Compare(x.chunks[mid].first, key) <= 0 {
				lo = mid
			} else {
				hi = mid
			}
		}
		c = lo
	}
	i, found := x.chunks[c].seek(ops, key)
	return wsPos{c, i}, found
}

func (c *wsChunk) seek(ops []op, key []byte) (int, bool) {
	lo, hi := 0, len(c.ops)
	if hi == 0 {
		return 0, false
	}
	switch cmp := bytes.Compare(ops[c.ops[hi-1]].key, key); { // keys often come in order
	case cmp < 0:
		return hi, false
	case cmp == 0:
		return hi - 1, true
	}
	if len(c.hints) > 0 {
		if len(key) < c.skip || !bytes.Equal(key[:c.skip], c.first[:c.skip]) {
			return 0, false // below the last key and without the shared prefix: below all
		}
		h := hintOf(key, c.skip)
		lo, _ = slices.BinarySearch(c.hints, h)
		for hi = lo; hi < len(c.hints) && c.hints[hi] == h; {
			hi++
		}
	}
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		switch cmp := bytes.Compare(ops[c.ops[mid]].key, key); {
		case cmp == 0:
			return mid, true
		case cmp < 0:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return lo, false
}

func hintOf(key []byte, skip int) uint64 {
	if len(key) >= skip+8 {
		return binary.BigEndian.Uint64(key[skip:])
	}
	var b [8]byte
	copy(b[:], key[skip:])
	return binary.BigEndian.Uint64(b[:])
}

func sharedPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// insert puts op where a seek of its key pointed.
func (x *wsIndex) insert(ops []op, p wsPos, op int32) {
	if len(x.chunks) == 0 {
		x.chunks = append(x.chunks, wsChunk{ops: make([]int32, 0, 16)})
	}
	c := &x.chunks[p.chunk]
	key := ops[op].key
	c.ops = slices.Insert(c.ops, p.i, op)
	if p.i == 0 {
		c.first = key
	}
	other := c.ops[0] // an entry of before
	if p.i == 0 {
		other = c.ops[len(c.ops)-1]
	}
	switch {
	case len(c.hints) == 0:
		if len(c.ops) >= wsHintsMin {
			c.makeHints(ops)
		}
	case len(key) < c.skip || !bytes.Equal(key[:c.skip], ops[other].key[:c.skip]):
		c.makeHints(ops)
	default:
		c.hints = slices.Insert(c.hints, p.i, hintOf(key, c.skip))
	}
	if len(c.ops) >= wsChunkMax {
		x.split(ops, p)
	}
}

// makeHints computes the shared prefix and the hints anew.
func (c *wsChunk) makeHints(ops []op) {
	c.hints = c.hints[:0]
	if len(c.ops) < wsHintsMin {
		return
	}
	c.skip = sharedPrefix(c.first, ops[c.ops[len(c.ops)-1]].key)
	for _, op := range c.ops {
		c.hints = append(c.hints, hintOf(ops[op].key, c.skip))
	}
}

// split makes two of the full chunk that an entry was put into at p.
func (x *wsIndex) split(ops []op, p wsPos) {
	c := &x.chunks[p.chunk]
	half := wsChunkMax / 2
	if p.i == len(c.ops)-1 {
		half = p.i // in-order inserts leave full chunks behind
	}
	rest := wsChunk{ops: append(make([]int32, 0, wsChunkMax), c.ops[half:]...), first: ops[c.ops[half]].key}
	rest.hints = make([]uint64, 0, wsChunkMax)
	rest.makeHints(ops)
	c.ops = c.ops[:half]
	c.makeHints(ops)
	x.chunks = slices.Insert(x.chunks, p.chunk+1, rest)
}

func (x *wsIndex) remove(ops []op, p wsPos) {
	if c := &x.chunks[p.chunk]; !c.cut(ops, p.i, 1) && len(x.chunks) > 1 {
		x.chunks = slices.Delete(x.chunks, p.chunk, p.chunk+1)
	}
}

// cut removes n entries from i on; false where none is left.
func (c *wsChunk) cut(ops []op, i, n int) bool {
	c.ops = slices.Delete(c.ops, i, i+n)
	if len(c.hints) > 0 {
		c.hints = slices.Delete(c.hints, i, i+n)
	}
	if len(c.ops) == 0 {
		c.first = nil
		return false
	}
	c.first = ops[c.ops[0]].key
	return true
}

// cut removes the entries of [lower, upper) and appends them to out.
func (x *wsIndex) cut(ops []op, lower, upper []byte, out []int32) []int32 {
	from := len(out)
	p, _ := x.seek(ops, lower)
	first := p.chunk
	for p = x.settle(p); x.valid(p) && bytes.Compare(ops[x.at(p)].key, upper) < 0; p = x.next(p) {
		out = append(out, x.at(p))
	}
	if gone := out[from:]; len(gone) > 0 {
		x.drop(ops, first, gone)
	}
	return out
}

// drop removes entries that follow each other, the first of them in chunk i or
// at the start of the one after.
func (x *wsIndex) drop(ops []op, i int, gone []int32) {
	kept := x.chunks[:i]
	for ; len(gone) > 0; i++ {
		c := x.chunks[i]
		from := slices.Index(c.ops, gone[0])
		if from < 0 {
			kept = append(kept, c)
			continue
		}
		n := min(len(c.ops)-from, len(gone))
		gone = gone[n:]
		if c.cut(ops, from, n) {
			kept = append(kept, c)
		}
	}
	kept = append(kept, x.chunks[i:]...)
	clear(x.chunks[len(kept):])
	x.chunks = kept
}

// settle moves a place at the end of a chunk to the next entry.
func (x *wsIndex) settle(p wsPos) wsPos {
	if p.chunk < len(x.chunks) && p.i >= len(x.chunks[p.chunk].ops) {
		return wsPos{p.chunk + 1, 0}
	}
	return p
}

func (x *wsIndex) next(p wsPos) wsPos { return x.settle(wsPos{p.chunk, p.i + 1}) }

func (x *wsIndex) prev(p wsPos) wsPos {
	if p.i > 0 {
		return wsPos{p.chunk, p.i - 1}
	}
	if p.chunk == 0 {
		return wsPos{-1, 0}
	}
	return wsPos{p.chunk - 1, len(x.chunks[p.chunk-1].ops) - 1}
}
