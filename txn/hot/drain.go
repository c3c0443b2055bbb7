package hot

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/ferritedb/ferrite/kv"
)

// Drain makes the inner engine have all that was applied before the call.
func (e *Engine) Drain() error {
	if e.closed.Load() {
		return kv.ErrClosed
	}
	return e.drain()
}

func (e *Engine) drain() error {
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
	if err := e.collect(); err != nil {
		return err
	}
	if err := e.inner.Apply(e.out); err != nil {
		e.out.Reset()
		return err
	}
	e.clean()
	return nil
}

// freeze takes over the dirty list. writeMu and drainMu are held. What an
// earlier drain failed to write is still in front.
func (e *Engine) freeze() {
	if len(e.frozen) == 0 {
		e.frozen, e.dirty = e.dirty, e.frozen
	} else {
		e.frozen = append(e.frozen, e.dirty...)
		e.dirty = e.dirty[:0]
	}
	e.dirtyBytes = 0
	e.epoch++
}

func entry(v uint64) (shard, off int) { return int(v >> tagShift), int(v & offsetMask) }

// collect puts the frozen records into the batch, in key order. drainMu is held.
// A key that was frozen twice, after a drain that failed, is in the batch twice,
// in the order of its epochs; of one epoch, all but one record of a key are dead.
func (e *Engine) collect() error {
	e.out.Reset()
	e.sortFrozen()
	for _, o := range e.order {
		n, off := entry(o.entry)
		if err := e.collectOne(&e.shards[n], off); err != nil {
			e.out.Reset()
			return err
		}
	}
	e.figures.drains.Add(1)
	e.figures.drained.Add(uint64(len(e.frozen)))
	return nil
}

// prefixSortMin is the number of entries from which finding what keys have in
// common pays.
const prefixSortMin = 32

// ordered is an entry with the part of its key that orders it among most others.
type ordered struct {
	prefix uint64
	entry  uint64
}

// frozenRecord is for what of a frozen record does not change, so no lock.
func (e *Engine) frozenRecord(v uint64) record {
	n, off := entry(v)
	return e.shards[n].record(off)
}

// sortFrozen makes e.order the frozen entries in key order. Keys of one class
// begin alike, so the prefix is the first byte and seven from where they begin
// to differ: few comparisons have to look at the keys, which are anywhere.
func (e *Engine) sortFrozen() {
	e.order = e.order[:0]
	if len(e.frozen) < prefixSortMin {
		for _, v := range e.frozen {
			e.order = append(e.order, ordered{entry: v})
		}
		e.sortOrder()
		return
	}
	var common [256][]byte
	for _, v := range e.frozen {
		key := e.frozenRecord(v).key()
		c := &common[key[0]]
		if *c == nil {
			*c = key
			continue
		}
		n := 0
		for n < len(*c) && n < len(key) && (*c)[n] == key[n] {
			n++
		}
		*c = (*c)[:n]
	}
	for _, v := range e.frozen {
		key := e.frozenRecord(v).key()
		var tail [8]byte
		tail[0] = key[0]
		copy(tail[1:], key[len(common[key[0]]):])
		e.order = append(e.order, ordered{binary.BigEndian.Uint64(tail[:]), v})
	}
	e.sortOrder()
}

// sortOrder sorts by prefix, then by key, then by epoch.
func (e *Engine) sortOrder() {
	slices.SortFunc(e.order, func(a, b ordered) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		ra, rb := e.frozenRecord(a.entry), e.frozenRecord(b.entry)
		if c := bytes.Compare(ra.key(), rb.key()); c != 0 {
			return c
		}
		return cmp.Compare(ra.epoch(), rb.epoch())
	})
}

func (e *Engine) collectOne(s *shard, off int) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r := s.record(off)
	switch f := r.flags(); {
	case f&flagDead != 0:
		return nil
	case f&flagTombstone != 0:
		return e.out.Delete(r.key())
	}
	return e.out.Set(r.key(), r.value())
}

// clean notes that the inner engine has what was frozen. drainMu is held.
func (e *Engine) clean() {
	for _, v := range e.frozen {
		n, off := entry(v)
		s := &e.shards[n]
		first := s.record(off).key()[0]
		s.drained(off, e.classes[first] == Cached)
		e.unclean[first].Add(-1)
	}
	e.frozen = e.frozen[:0]
	e.out.Reset()
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
		err := e.drain()
		if err == nil && kind == workFlush {
			err = e.inner.Flush()
		}
		if err != nil {
			e.opts.Report("hot tier could not be drained", err)
		}
	}
}
