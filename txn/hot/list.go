package hot

import "sync"

// groupsMax is the number of parts that a list has at most; see Engine.groupOf.
const groupsMax = 8

// list is the records that became dirty between two freezes, in that order, a
// group for each first byte (the last one for all others). A key may have
// several, the newest last.
type list struct {
	groups [groupsMax]group
	// pins counts who needs the records to stay: the engine until they are
	// drained, snapshots until they are rebased, iterators. Guarded by
	// Engine.snapMu.
	pins int
}

// group is a part of a list. Entries are appended under writeMu; who learned a
// prefix of them under writeMu may read it for as long as the list is pinned.
type group struct {
	entries []uint64

	mu     sync.Mutex
	runs   []*run // the first sorted entries, each run a part of them; guarded by mu
	sorted int    // guarded by mu
}

// entry of a list: the number of the shard, and the offset of the record in it.
func entry(v uint64) (shard, off int) { return int(v >> tagShift), int(v & offsetMask) }

func newList() *list { return &list{pins: 1} }

func (l *list) empty() bool {
	for g := range l.groups {
		if len(l.groups[g].entries) > 0 {
			return false
		}
	}
	return true
}

func (l *list) each(fn func(v uint64)) {
	for g := range l.groups {
		for _, v := range l.groups[g].entries {
			fn(v)
		}
	}
}

// part is what a reader has of a list: what was in it when the reader came.
type part struct {
	l       *list
	entries [groupsMax][]uint64
}

// listsLocked are the lists that the inner engine does not have. writeMu and
// snapMu are held.
func (e *Engine) listsLocked() []part {
	var parts []part
	for i := 0; i <= len(e.frozen); i++ {
		l := e.cur
		if i < len(e.frozen) {
			l = e.frozen[i]
		}
		if l.empty() {
			continue
		}
		p := part{l: l}
		for g := range l.groups {
			p.entries[g] = l.groups[g].entries
		}
		l.pins++
		parts = append(parts, p)
	}
	return parts
}

// unpin lets go of lists, and of the records of those that nobody else holds.
func (e *Engine) unpin(parts []part) {
	for i := range parts {
		e.unpinList(parts[i].l)
	}
}

func (e *Engine) unpinList(l *list) {
	e.snapMu.Lock()
	l.pins--
	last := l.pins == 0
	e.snapMu.Unlock()
	if last { // drained: the engine has let go of it too
		l.each(func(v uint64) {
			n, off := entry(v)
			e.shards[n].unlist(off)
		})
		e.reuse(l)
	}
}

// entriesKeep bounds the group that is kept for the next list.
const entriesKeep = 1 << 20

// reuse keeps an empty list for the next freeze.
func (e *Engine) reuse(l *list) {
	for g := range l.groups {
		gr := &l.groups[g]
		gr.mu.Lock()
		gr.entries, gr.runs, gr.sorted = gr.entries[:0], nil, 0
		if cap(gr.entries) > entriesKeep {
			gr.entries = nil
		}
		gr.mu.Unlock()
	}
	e.snapMu.Lock()
	l.pins = 1
	e.spare = l
	e.snapMu.Unlock()
}

// freeze takes over the current list. writeMu and drainMu are held. What an
// earlier drain failed to write is still in front.
func (e *Engine) freeze() {
	if e.cur.empty() {
		return
	}
	e.snapMu.Lock()
	defer e.snapMu.Unlock()
	e.frozen = append(e.frozen, e.cur)
	if e.cur = e.spare; e.cur == nil {
		e.cur = newList()
	}
	e.spare = nil
	e.frozenSeq = e.seq.Load()
	e.dirtyBytes = 0
	e.dirtyNow.Store(0)
}
