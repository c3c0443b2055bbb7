package hot

import (
	"bytes"
	"slices"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/fault"
)

// Drain makes the inner engine have all that was applied before the call.
func (e *Engine) Drain() error {
	if e.closed.Load() {
		return kv.ErrClosed
	}
	return e.drain()
}

func (e *Engine) drain() error {
	defer e.drainEnded()
	for {
		e.writeMu.Lock()
		if e.drainMu.TryLock() {
			break
		}
		// Writers need not wait for the drain under way; this one does.
		e.writeMu.Unlock()
		e.drainMu.Lock()
		e.drainMu.Unlock()
	}
	defer e.drainMu.Unlock()
	e.freeze()
	e.writeMu.Unlock()
	if len(e.frozen) == 0 {
		return nil
	}
	return e.drainFrozen(nil)
}

// version is a record to be drained.
type version struct {
	ordered
	seq uint64
}

// drainFrozen has the inner engine take the frozen lists, and what more adds to
// the last batch. drainMu is held.
//
// Where a snapshot is open whose state lies in the middle of the lists, a batch
// ends there, and the snapshot goes on over one of the inner engine: so that it
// needs the lists no more.
func (e *Engine) drainFrozen(more func(kv.Batch) error) error {
	e.snapMu.Lock()
	lists := e.frozen
	stops := e.stopsLocked()
	e.snapMu.Unlock()
	e.sortFrozen(lists)
	for i := 0; i <= len(stops); i++ {
		e.out.Reset()
		err := e.collect(stops, i)
		if err == nil && i == len(stops) && more != nil {
			err = more(e.out)
		}
		if err == nil {
			err = e.inner.Apply(e.out)
		}
		if err != nil {
			e.out.Reset()
			return err
		}
		if i < len(stops) {
			e.rebase(stops[i], lists)
		}
	}
	e.out.Reset()
	e.forgetFrozen(lists)
	return nil
}

// sortFrozen makes e.order the frozen versions by key, the oldest first.
func (e *Engine) sortFrozen(lists []*list) {
	e.order = e.order[:0]
	for g := range groupsMax {
		from := len(e.order)
		var entries []uint64
		for _, l := range lists {
			if len(entries) == 0 {
				entries = l.groups[g].entries
			} else {
				entries = append(slices.Clip(entries), l.groups[g].entries...)
			}
		}
		if len(entries) == 0 {
			continue
		}
		e.sorted, _ = e.appendOrdered(e.sorted[:0], entries)
		for _, o := range e.sorted {
			n, off := entry(o.entry)
			if seq := e.shards[n].record(off).seq(); seq != seqDead {
				e.order = append(e.order, version{o, seq})
			}
		}
		// A key's versions are few and stand together.
		rest := e.order[from:]
		for i := 1; i < len(rest); i++ {
			for k := i; k > 0 && rest[k].seq < rest[k-1].seq && e.sameKey(rest[k], rest[k-1]); k-- {
				rest[k], rest[k-1] = rest[k-1], rest[k]
			}
		}
	}
	e.figures.drains.Add(1)
}

func (e *Engine) sameKey(a, b version) bool {
	return a.prefix == b.prefix && bytes.Equal(e.listedKey(a.entry), e.listedKey(b.entry))
}

// collect puts into the batch the versions that are first seen at stop i: the
// newest of each key in its state, unless an earlier stop has it.
func (e *Engine) collect(stops []uint64, i int) error {
	for k, v := range e.order {
		at := 0
		if len(stops) > 0 {
			at, _ = slices.BinarySearch(stops, v.seq)
		}
		if at != i {
			continue
		}
		if k+1 < len(e.order) {
			if next := e.order[k+1]; (i == len(stops) || next.seq <= stops[i]) && e.sameKey(v, next) {
				continue
			}
		}
		if err := e.collectOne(v.entry); err != nil {
			return err
		}
		e.figures.drained.Add(1)
	}
	return nil
}

func (e *Engine) collectOne(v uint64) error {
	n, off := entry(v)
	s := &e.shards[n]
	s.mu.RLock()
	defer s.mu.RUnlock()
	r := s.record(off)
	if r.flags()&flagTombstone != 0 {
		return e.out.Delete(r.key())
	}
	return e.out.Set(r.key(), r.value())
}

// forgetFrozen notes that the inner engine has the frozen lists. drainMu is held.
func (e *Engine) forgetFrozen(lists []*list) {
	e.snapMu.Lock()
	e.frozen = e.frozen[:0] // lists has them yet; only a freeze appends, and waits
	holders := e.snapshotsLocked()
	e.snapMu.Unlock()
	for _, s := range holders {
		s.rebase(lists)
	}
	for _, l := range lists {
		e.snapMu.Lock()
		last := l.pins == 1 // nobody takes a new hold of a list that is drained
		e.snapMu.Unlock()
		l.each(func(v uint64) {
			n, off := entry(v)
			first := e.listedKey(v)[0]
			e.shards[n].drained(off, e.classes[first] == Cached, last)
			e.unclean[first].Add(-1)
		})
		if last {
			e.reuse(l)
		} else {
			e.unpinList(l)
		}
	}
}

// ask has the background work; where it is behind, one more request says
// nothing new. writeMu is held.
func (e *Engine) ask(kind int64) {
	select {
	case e.work <- kind:
	default:
	}
}

func (e *Engine) background() {
	defer e.done.Done()
	for kind := range e.work {
		err := fault.Call("hot tier", func() error {
			err := e.drain()
			if err == nil && kind == workFlush {
				err = e.inner.Flush()
			}
			return err
		})
		if err != nil {
			e.opts.Report("hot tier could not be drained", err)
		}
	}
}
