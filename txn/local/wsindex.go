package local

import (
	"bytes"
	"slices"
)

// wsChunkMax is the number of entries at which a chunk is split.
const wsChunkMax = 512

// wsIndex is op numbers in the order of their keys: a list of sorted chunks. For
// a few keys it is one small array; with millions an insert moves at most a chunk
// and, once per half a chunk, the list.
type wsIndex struct {
	chunks [][]int32 // none empty
}

// wsPos is a place in the index: between entries after a failed seek.
type wsPos struct{ chunk, i int }

func (x *wsIndex) reset() {
	if len(x.chunks) > 0 {
		first := x.chunks[0][:0]
		clear(x.chunks)
		x.chunks = append(x.chunks[:0], first)
	}
}

func (x *wsIndex) at(p wsPos) int32 { return x.chunks[p.chunk][p.i] }

func (x *wsIndex) set(p wsPos, op int32) { x.chunks[p.chunk][p.i] = op }

// valid tells whether p is at an entry.
func (x *wsIndex) valid(p wsPos) bool {
	return p.chunk >= 0 && p.chunk < len(x.chunks) && p.i >= 0 && p.i < len(x.chunks[p.chunk])
}

// seek finds key, or the place where it belongs.
func (x *wsIndex) seek(ops []op, key []byte) (wsPos, bool) {
	c := 0
	if n := len(x.chunks); n > 1 {
		// The last chunk whose first key is not above key.
		lo, hi := 0, n
		for lo+1 < hi {
			mid := (lo + hi) / 2
			if bytes.Compare(ops[x.chunks[mid][0]].key, key) <= 0 {
				lo = mid
			} else {
				hi = mid
			}
		}
		c = lo
	} else if n == 0 {
		return wsPos{}, false
	}
	chunk := x.chunks[c]
	lo, hi := 0, len(chunk)
	if hi > 0 { // keys often come in order
		switch cmp := bytes.Compare(ops[chunk[hi-1]].key, key); {
		case cmp < 0:
			return wsPos{c, hi}, false
		case cmp == 0:
			return wsPos{c, hi - 1}, true
		}
	}
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		switch cmp := bytes.Compare(ops[chunk[mid]].key, key); {
		case cmp == 0:
			return wsPos{c, mid}, true
		case cmp < 0:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return wsPos{c, lo}, false
}

// insert puts op where a seek of its key pointed.
func (x *wsIndex) insert(p wsPos, op int32) {
	if len(x.chunks) == 0 {
		x.chunks = append(x.chunks, make([]int32, 0, 16))
	}
	chunk := slices.Insert(x.chunks[p.chunk], p.i, op)
	x.chunks[p.chunk] = chunk
	if len(chunk) < wsChunkMax {
		return
	}
	half := wsChunkMax / 2
	if p.i == len(chunk)-1 {
		half = len(chunk) - 1 // in-order inserts leave full chunks behind
	}
	rest := append(make([]int32, 0, wsChunkMax), chunk[half:]...)
	x.chunks[p.chunk] = chunk[:half]
	x.chunks = slices.Insert(x.chunks, p.chunk+1, rest)
}

func (x *wsIndex) remove(p wsPos) {
	chunk := slices.Delete(x.chunks[p.chunk], p.i, p.i+1)
	x.chunks[p.chunk] = chunk
	if len(chunk) == 0 && len(x.chunks) > 1 {
		x.chunks = slices.Delete(x.chunks, p.chunk, p.chunk+1)
	}
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
		x.drop(first, gone)
	}
	return out
}

// drop removes entries that follow each other, the first of them in chunk c.
func (x *wsIndex) drop(c int, gone []int32) {
	kept := x.chunks[:c]
	for ; len(gone) > 0; c++ {
		chunk := x.chunks[c]
		from := slices.Index(chunk, gone[0])
		if from < 0 { // the range begins with the next chunk
			kept = append(kept, chunk)
			continue
		}
		n := min(len(chunk)-from, len(gone))
		gone = gone[n:]
		if chunk = slices.Delete(chunk, from, from+n); len(chunk) > 0 {
			kept = append(kept, chunk)
		}
	}
	kept = append(kept, x.chunks[c:]...)
	clear(x.chunks[len(kept):])
	x.chunks = kept
}

// settle moves a place at the end of a chunk to the next entry.
func (x *wsIndex) settle(p wsPos) wsPos {
	if p.chunk < len(x.chunks) && p.i >= len(x.chunks[p.chunk]) {
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
	return wsPos{p.chunk - 1, len(x.chunks[p.chunk-1]) - 1}
}
