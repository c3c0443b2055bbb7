package hot

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// ordered is an entry with the part of its key that orders it among most others.
type ordered struct {
	prefix uint64
	entry  uint64
}

// run is entries in the order of their keys. It does not change.
type run struct {
	order []ordered
	skip  []byte // what all keys begin with; prefixes are of what follows
}

// listedKey is the key of a listed record: it does not change, so no lock.
func (e *Engine) listedKey(v uint64) []byte {
	n, off := entry(v)
	return e.shards[n].record(off).key()
}

// prefixOf is the eight bytes of a key after the first skip.
func prefixOf(key []byte, skip int) uint64 {
	if len(key) >= skip+8 {
		return binary.BigEndian.Uint64(key[skip:])
	}
	var b [8]byte
	copy(b[:], key[skip:])
	return binary.BigEndian.Uint64(b[:])
}

func shared(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// appendOrdered puts entries, one or more, into key order, behind dst, which is empty. Keys of
// one class begin alike, so that prefixes from where they begin to differ decide
// nearly all comparisons, and few have to look at the keys, which are anywhere.
func (e *Engine) appendOrdered(dst []ordered, entries []uint64) ([]ordered, []byte) {
	common := e.listedKey(entries[0])
	for _, v := range entries[1:] {
		common = common[:shared(common, e.listedKey(v))]
	}
	for _, v := range entries {
		dst = append(dst, ordered{prefixOf(e.listedKey(v), len(common)), v})
	}
	slices.SortFunc(dst, func(a, b ordered) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		return bytes.Compare(e.listedKey(a.entry), e.listedKey(b.entry))
	})
	return dst, common
}

func (e *Engine) newRun(entries []uint64) *run {
	order, common := e.appendOrdered(make([]ordered, 0, len(entries)), entries)
	return &run{order, bytes.Clone(common)}
}

// mergeRuns makes one run of two.
func (e *Engine) mergeRuns(a, b *run) *run {
	skip := a.skip[:shared(a.skip, b.skip)]
	m := &run{make([]ordered, 0, len(a.order)+len(b.order)), skip}
	add := func(v uint64, key []byte) { m.order = append(m.order, ordered{prefixOf(key, len(skip)), v}) }
	i, j := 0, 0
	ka, kb := e.keyAt(a, 0), e.keyAt(b, 0)
	for ka != nil && kb != nil {
		if bytes.Compare(ka, kb) <= 0 {
			add(a.order[i].entry, ka)
			i++
			ka = e.keyAt(a, i)
		} else {
			add(b.order[j].entry, kb)
			j++
			kb = e.keyAt(b, j)
		}
	}
	for ; ka != nil; ka = e.keyAt(a, i) {
		add(a.order[i].entry, ka)
		i++
	}
	for ; kb != nil; kb = e.keyAt(b, j) {
		add(b.order[j].entry, kb)
		j++
	}
	return m
}

func (e *Engine) keyAt(r *run, i int) []byte {
	if i >= len(r.order) {
		return nil
	}
	return e.listedKey(r.order[i].entry)
}

// seek is the number of entries below key; nil is below all.
func (e *Engine) seek(r *run, key []byte) int {
	n := len(r.skip)
	if len(key) < n || !bytes.Equal(key[:n], r.skip) {
		if bytes.Compare(key, r.skip) < 0 {
			return 0
		}
		return len(r.order)
	}
	p := prefixOf(key, n)
	at, _ := slices.BinarySearchFunc(r.order, p, func(o ordered, p uint64) int {
		if o.prefix != p {
			return cmp.Compare(o.prefix, p)
		}
		if bytes.Compare(e.listedKey(o.entry), key) < 0 {
			return -1
		}
		return 1
	})
	return at
}

// Runs of a group are merged so that each is more than runsGrowth times the size
// of the next: there are few of them, and an entry is moved a few times only.
const runsGrowth = 2

// runsOf are sorted runs with all entries of a part's group, and perhaps later
// ones. What readers of the same list need is sorted once.
func (e *Engine) runsOf(p *part, g int) []*run {
	gr := &p.l.groups[g]
	gr.mu.Lock()
	defer gr.mu.Unlock()
	if n := len(p.entries[g]); n > gr.sorted {
		gr.runs = append(gr.runs, e.newRun(p.entries[g][gr.sorted:n]))
		gr.sorted = n
		for k := len(gr.runs); k > 1 && len(gr.runs[k-2].order) <= runsGrowth*len(gr.runs[k-1].order); k-- {
			gr.runs[k-2] = e.mergeRuns(gr.runs[k-2], gr.runs[k-1])
			gr.runs = gr.runs[:k-1]
		}
	}
	return slices.Clone(gr.runs)
}
