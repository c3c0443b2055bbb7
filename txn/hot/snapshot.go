package hot

import (
	"slices"
	"sync"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/must"
)

// snapshot is the state after batch seq: what is shown of the lists, over a
// snapshot of the inner engine that has all batches before the lists, and
// perhaps some of those in them.
type snapshot struct {
	e    *Engine
	seq  uint64
	mu   sync.RWMutex
	lead *innerSnapshot // nil when closed; guarded by mu
	// parts are held, until a drain rebases the snapshot. Guarded by mu.
	parts []part
}

// innerSnapshot is closed by the last who holds it: iterators outlive a rebase.
type innerSnapshot struct {
	kv.Snapshot
	refs int // guarded by Engine.snapMu
}

func (e *Engine) releaseInner(i *innerSnapshot) error {
	e.snapMu.Lock()
	i.refs--
	last := i.refs == 0
	e.snapMu.Unlock()
	if last {
		return i.Close()
	}
	return nil
}

// reader is an open snapshot, or an iterator over the present. Engine.readers has
// those that hold lists, by seq: what they are shown is not changed in place.
type reader struct {
	seq  uint64
	snap *snapshot // nil for an iterator
}

func (e *Engine) enterLocked(r *reader) {
	e.readers = append(e.readers, r) // seq grows: writeMu is held
	e.newestReader.Store(r.seq)
}

func (e *Engine) leave(is func(*reader) bool) {
	e.snapMu.Lock()
	defer e.snapMu.Unlock()
	e.readers = slices.DeleteFunc(e.readers, is)
	var newest uint64
	if n := len(e.readers); n > 0 {
		newest = e.readers[n-1].seq
	}
	e.newestReader.Store(newest)
}

// NewSnapshot is a view of the current state. It waits for a batch that is being
// applied, and drains nothing.
func (e *Engine) NewSnapshot() kv.Snapshot {
	if e.closed.Load() {
		return failedSnapshot{kv.ErrClosed}
	}
	if !e.overlaps(nil, nil) {
		return e.inner.NewSnapshot()
	}
	e.writeMu.Lock()
	defer e.writeMu.Unlock()
	e.snapMu.Lock()
	defer e.snapMu.Unlock()
	s := &snapshot{e: e, seq: e.seq.Load(), parts: e.listsLocked()}
	s.lead = &innerSnapshot{e.inner.NewSnapshot(), 1} // after the lists: a drain may end meanwhile
	if len(s.parts) == 0 {
		return s.lead.Snapshot
	}
	e.enterLocked(&reader{s.seq, s})
	return s
}

type failedSnapshot struct{ err error }

func (f failedSnapshot) Get(dst, _ []byte) ([]byte, error)           { return dst, f.err }
func (f failedSnapshot) NewIter(kv.IterOptions) (kv.Iterator, error) { return nil, f.err }
func (f failedSnapshot) Close() error                                { return nil }

// Get reads the table where that has the version of the snapshot, then the
// lists, then the inner snapshot.
func (s *snapshot) Get(dst, key []byte) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.lead == nil {
		return dst, kv.ErrClosed
	}
	e := s.e
	if len(s.parts) == 0 || len(key) == 0 || e.classes[key[0]] == Through {
		return s.lead.Get(dst, key)
	}
	hash := e.hash(key)
	dst, tombstone, known, older := e.shardOf(hash).getAt(dst, hash, key, s.seq)
	if older {
		var r record
		if r, tombstone, known = e.find(s.parts, key, s.seq); known && !tombstone {
			dst = append(dst, r.value()...)
		}
	}
	switch {
	case tombstone:
		return dst, kv.ErrNotFound
	case known:
		return dst, nil
	}
	return s.lead.Get(dst, key)
}

// find looks for the version of key at seq in lists that the caller holds.
func (e *Engine) find(parts []part, key []byte, seq uint64) (r record, tombstone, ok bool) {
	g := int(e.groupOf[key[0]])
	for i := len(parts) - 1; i >= 0 && !ok; i-- {
		var newest uint64
		for _, run := range e.runsOf(&parts[i], g) {
			for at := e.seek(run, key); at < len(run.order) && string(e.keyAt(run, at)) == string(key); at++ {
				n, off := entry(run.order[at].entry)
				if v, dead, shown := e.shards[n].shown(off, seq); shown && v >= newest {
					newest, tombstone, ok = v, dead, true
					r = e.shards[n].record(off)
				}
			}
		}
	}
	return r, tombstone, ok
}

// NewIter iterates over the state of the snapshot.
func (s *snapshot) NewIter(o kv.IterOptions) (kv.Iterator, error) {
	if o.DurableOnly {
		return nil, must.Failed("hot: DurableOnly on a snapshot")
	}
	inner, lead, parts, err := s.hold(o)
	if err != nil {
		return nil, err
	}
	// Lists may have to be sorted: not under mu, for which a drain waits.
	return s.e.newIterator(inner, o, s.seq, parts, func() error { return s.e.releaseInner(lead) }), nil
}

// hold takes for an iterator what the snapshot has now.
func (s *snapshot) hold(o kv.IterOptions) (kv.Iterator, *innerSnapshot, []part, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.lead == nil {
		return nil, nil, nil, kv.ErrClosed
	}
	inner, err := s.lead.NewIter(o)
	if err != nil {
		return nil, nil, nil, err
	}
	s.e.snapMu.Lock()
	defer s.e.snapMu.Unlock()
	s.lead.refs++
	for i := range s.parts {
		s.parts[i].l.pins++
	}
	return inner, s.lead, s.parts, nil
}

// Close lets go of what the snapshot holds.
func (s *snapshot) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lead == nil {
		return nil
	}
	lead := s.lead
	s.lead = nil
	s.letGo()
	return s.e.releaseInner(lead)
}

// letGo drops all lists. mu is held.
func (s *snapshot) letGo() {
	if len(s.parts) > 0 {
		s.e.leave(func(r *reader) bool { return r.snap == s })
		s.e.unpin(s.parts)
		s.parts = nil
	}
}

// rebase puts the snapshot over the present state of the inner engine, which is
// the snapshot's up to what it has of lists other than these. drainMu is held.
func (s *snapshot) rebase(lists []*list) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lead == nil || len(s.parts) == 0 {
		return
	}
	old := s.lead
	s.lead = &innerSnapshot{s.e.inner.NewSnapshot(), 1}
	_ = s.e.releaseInner(old)
	drained := func(p part) bool { return slices.Contains(lists, p.l) }
	if !slices.ContainsFunc(s.parts, func(p part) bool { return !drained(p) }) {
		s.letGo()
		return
	}
	var kept []part // iterators may have the old slice
	for _, p := range s.parts {
		if drained(p) {
			s.e.unpinList(p.l)
		} else {
			kept = append(kept, p)
		}
	}
	s.parts = kept
}

// rebase puts the snapshots of a state that the inner engine has come to over it.
// drainMu is held.
func (e *Engine) rebase(seq uint64, lists []*list) {
	e.snapMu.Lock()
	var of []*snapshot
	for _, r := range e.readers {
		if r.snap != nil && r.seq == seq {
			of = append(of, r.snap)
		}
	}
	e.snapMu.Unlock()
	for _, s := range of {
		s.rebase(lists)
	}
}

// stopsLocked are the states that snapshots before the end of the frozen lists
// show, in order. snapMu and drainMu are held.
func (e *Engine) stopsLocked() []uint64 {
	var stops []uint64
	for _, r := range e.readers {
		if r.snap != nil && r.seq < e.frozenSeq && (len(stops) == 0 || stops[len(stops)-1] != r.seq) {
			stops = append(stops, r.seq)
		}
	}
	return stops
}

// snapshotsLocked are the snapshots that hold lists. snapMu is held.
func (e *Engine) snapshotsLocked() []*snapshot {
	var all []*snapshot
	for _, r := range e.readers {
		if r.snap != nil {
			all = append(all, r.snap)
		}
	}
	return all
}
