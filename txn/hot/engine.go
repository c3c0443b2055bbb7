package hot

import (
	"errors"
	"hash/maphash"
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/must"
)

// Engine is a kv.Engine that keeps recent and hot records of another one, which
// it owns.
type Engine struct {
	inner   kv.Engine
	opts    Options
	classes *Classes
	groupOf [256]uint8 // the group of a list that keys of a first byte are in
	seed    maphash.Seed
	mem     []byte
	shards  []shard
	shift   uint // of a hash, to the number of its shard
	sizeMax int  // of a record
	closed  atomic.Bool

	// writeMu serialises batches, and the freezing of what they wrote.
	writeMu    sync.Mutex
	seq        atomic.Uint64 // of the last batch; written under writeMu
	frozenSeq  uint64        // of the last batch in a frozen list; written under writeMu and drainMu
	dirtyBytes int64         // in cur; guarded by writeMu
	dirtyNow   atomic.Int64  // dirtyBytes after the last batch
	applied    int64         // bytes since the last flush asked for; guarded by writeMu

	// drainMu is held over a drain; it guards what follows.
	drainMu sync.Mutex
	order   []version
	sorted  []ordered
	out     kv.Batch

	// snapMu guards who holds what; taken after all others but a shard's.
	snapMu  sync.Mutex
	cur     *list     // of new dirty records; set under writeMu too
	frozen  []*list   // being drained; set under drainMu too
	spare   *list     // an empty one, or nil
	readers []*reader // by seq
	// newestReader is the last reader's seq, 0 without one.
	newestReader atomic.Uint64
	drainEnd     chan struct{} // closed at the end of the next drain; nil where nobody waits

	// full: the table has every key of a Cached class that there is, so a miss
	// needs no look at the inner engine. True until a record is evicted or refused.
	full atomic.Bool

	// unclean counts the dirty records of each first byte, frozen ones too.
	unclean [256]atomic.Int64
	figures figures

	work chan int64 // background work: flush where not 0, else drain
	done sync.WaitGroup
}

var _ kv.Engine = (*Engine)(nil)

// figures are counted without locks.
type figures struct {
	drains, drained atomic.Uint64
}

// Kinds of background work.
const (
	workDrain int64 = iota
	workFlush
)

// New puts a hot tier before inner, which it owns from then on.
func New(inner kv.Engine, o Options) (*Engine, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	e := &Engine{
		inner: inner, opts: o, classes: o.Classes, seed: maphash.MakeSeed(), cur: newList(),
		shards: make([]shard, o.shards()), sizeMax: o.SegmentBytes / recordPartOfSegment,
		out: inner.NewBatch(), work: make(chan int64, 2),
	}
	e.setGroups()
	e.shift = uint(64 - bits.Len(uint(len(e.shards)-1)))
	per := int(o.MemoryBytes) / len(e.shards) / o.SegmentBytes * o.SegmentBytes
	var err error
	if e.mem, err = mapMemory(per * len(e.shards)); err != nil {
		return nil, err
	}
	for i := range e.shards {
		if err := e.shards[i].init(e.mem[i*per:(i+1)*per], o.SegmentBytes, &e.full); err != nil {
			return nil, err
		}
	}
	if err := e.load(); err != nil {
		return nil, err
	}
	e.done.Add(1)
	go e.background()
	return e, nil
}

// setGroups gives each first byte that the table takes a group, while there are any.
func (e *Engine) setGroups() {
	next := uint8(0)
	for c, class := range e.classes {
		if class != Through {
			e.groupOf[c] = next
			next = min(next+1, groupsMax-1)
		}
	}
}

// groupMeets tells whether a group may have keys in a range.
func (e *Engine) groupMeets(g int, lower, upper []byte) bool {
	from, to := firstBytes(lower, upper)
	for c := from; c <= to; c++ {
		if e.classes[c] != Through && int(e.groupOf[c]) == g {
			return true
		}
	}
	return false
}

// firstBytes are the first bytes that keys of a range may have.
func firstBytes(lower, upper []byte) (from, to int) {
	to = 255
	if len(lower) > 0 {
		from = int(lower[0])
	}
	if len(upper) > 0 {
		to = int(upper[0])
	}
	return from, to
}

// takes tells whether the table takes a record of this size.
func (e *Engine) takes(key []byte, valueBytes int) bool {
	return e.classes[key[0]] != Through && len(key) <= keyBytesMax && recordSize(len(key), valueBytes) <= e.sizeMax
}

// hash mixes in what find needs beside the shard: the shard is the top bits, the
// slot the low ones, the tag those between.
func (e *Engine) hash(key []byte) uint64 { return maphash.Bytes(e.seed, key) }

func (e *Engine) shardOf(hash uint64) *shard {
	return &e.shards[bits.RotateLeft64(hash, 32)>>e.shift]
}

// Get reads the table, then the inner engine.
func (e *Engine) Get(dst, key []byte) ([]byte, error) {
	if e.closed.Load() {
		return dst, kv.ErrClosed
	}
	if len(key) == 0 || e.classes[key[0]] == Through {
		return e.inner.Get(dst, key)
	}
	hash := e.hash(key)
	s := e.shardOf(hash)
	dst, tombstone, ok, version := s.get(dst, hash, key)
	if tombstone {
		return dst, kv.ErrNotFound
	}
	if ok {
		return dst, nil
	}
	if version == versionFull && e.classes[key[0]] == Cached {
		return dst, kv.ErrNotFound
	}
	n := len(dst)
	dst, err := e.inner.Get(dst, key)
	if err == nil && e.classes[key[0]] == Cached && e.takes(key, len(dst)-n) {
		s.cache(hash, key, dst[n:], version, e.seq.Load())
	}
	return dst, err
}

// Touch brings what Get of these keys will need into the processor's caches:
// their loads overlap here and would not there.
func (e *Engine) Touch(keys [][]byte) {
	var sum uint64
	for _, key := range keys {
		hash := e.hash(key)
		s := e.shardOf(hash)
		s.mu.RLock()
		slot := s.slots[int(hash)&(len(s.slots)-1)]
		if slot > slotDeleted {
			sum += uint64(s.mem[slotOffset(slot)])
		}
		s.mu.RUnlock()
	}
	touched.Store(sum != 0)
}

// touched keeps the loads of Touch from being left out.
var touched atomic.Bool

// NewBatch is an empty batch.
func (e *Engine) NewBatch() kv.Batch { return &batch{e: e} }

// Apply writes the batch to the table, or together with all that is dirty to the
// inner engine.
func (e *Engine) Apply(b kv.Batch) error {
	hb, ok := b.(*batch)
	if !ok || hb.e != e {
		return must.Failed("hot: batch of another engine: %T", b)
	}
	e.writeMu.Lock()
	defer e.writeMu.Unlock()
	if e.closed.Load() {
		return kv.ErrClosed
	}
	e.applied += int64(len(hb.buf))
	if e.applied > e.opts.FlushBytes {
		e.applied = 0
		e.ask(workFlush)
	}
	if hb.through || e.dirtyBytes+int64(len(hb.buf)) > e.opts.DirtyBytesMax {
		return e.applyThrough(hb)
	}
	full := false
	t := e.nextStamp()
	_ = hb.each(func(kind uint8, key, value []byte) error {
		full = full || !e.put(kind, key, value, t)
		return nil
	})
	if full {
		return e.applyThrough(hb)
	}
	e.dirtyNow.Store(e.dirtyBytes)
	if e.dirtyBytes > e.opts.DirtyBytesMax/2 {
		e.ask(workDrain)
	}
	return nil
}

// nextStamp begins a batch. writeMu is held.
func (e *Engine) nextStamp() stamp {
	return stamp{seq: e.seq.Add(1), keep: max(e.frozenSeq, e.newestReader.Load())}
}

// put writes one key to the table; false where there is no room.
func (e *Engine) put(kind uint8, key, value []byte, t stamp) bool {
	hash := e.hash(key)
	n := int(bits.RotateLeft64(hash, 32) >> e.shift)
	var flags uint8
	if kind == opDelete {
		flags = flagTombstone
	}
	p := e.shards[n].write(hash, key, value, flags, t)
	if p.listed {
		g := &e.cur.groups[e.groupOf[key[0]]]
		g.entries = append(g.entries, uint64(n)<<tagShift|uint64(p.off))
		e.dirtyBytes += int64(recordSize(len(key), len(value)))
		e.unclean[key[0]].Add(1)
	}
	return !p.full
}

// applyThrough puts what is dirty and then the whole batch into one inner batch.
// writeMu is held.
func (e *Engine) applyThrough(hb *batch) error {
	e.drainMu.Lock()
	defer e.drainMu.Unlock()
	// The keys that the table takes go there and are drained with the rest, in
	// any order: a key has one value. Not so with range deletes, with records too
	// large, or without room.
	ordered := hb.ordered
	t := e.nextStamp()
	if !ordered {
		_ = hb.each(func(kind uint8, key, value []byte) error {
			ordered = e.takes(key, len(value)) && !e.put(kind, key, value, t) || ordered
			return nil
		})
	}
	e.freeze()
	err := e.drainFrozen(func(out kv.Batch) error {
		return hb.each(func(kind uint8, key, value []byte) error {
			switch {
			case !ordered && e.takes(key, len(value)):
				return nil // among what was collected
			case kind == opSet:
				return out.Set(key, value)
			case kind == opDelete:
				return out.Delete(key)
			}
			return out.DeleteRange(key, value)
		})
	})
	if err != nil {
		return err
	}
	return hb.each(func(kind uint8, key, value []byte) error {
		if kind == opDeleteRange {
			return e.forgetRange(key, value)
		}
		if e.classes[key[0]] != Through && (ordered) {
			hash := e.hash(key)
			e.shardOf(hash).forget(hash, key)
		}
		return nil
	})
}

// forgetRange removes clean records of a range: all there are, since the table
// has no order. Nothing is dirty, and writeMu is held. What is left is loaded.
func (e *Engine) forgetRange(lower, upper []byte) error {
	for c := int(lower[0]); c <= int(upper[0]); c++ {
		if e.classes[c] == Cached && (c < int(upper[0]) || len(upper) > 1) {
			e.full.Store(false)
			for i := range e.shards {
				e.shards[i].clear()
			}
			return e.load()
		}
	}
	return nil
}

// overlaps tells whether a range has keys that are dirty.
func (e *Engine) overlaps(lower, upper []byte) bool {
	from, to := firstBytes(lower, upper)
	for c := from; c <= to; c++ {
		if e.unclean[c].Load() != 0 {
			return true
		}
	}
	return false
}

// NewIter iterates over the current state, or the durable one of the inner engine.
func (e *Engine) NewIter(o kv.IterOptions) (kv.Iterator, error) {
	if e.closed.Load() {
		return nil, kv.ErrClosed
	}
	if o.DurableOnly || !e.overlaps(o.Lower, o.Upper) {
		return e.inner.NewIter(o)
	}
	r, inner, parts, err := e.read(o)
	if err != nil {
		return nil, err
	}
	return e.newIterator(inner, o, r.seq, parts, func() error {
		e.leave(func(x *reader) bool { return x == r })
		return nil
	}), nil
}

// read begins an iteration over the present.
func (e *Engine) read(o kv.IterOptions) (*reader, kv.Iterator, []part, error) {
	e.writeMu.Lock()
	defer e.writeMu.Unlock()
	e.snapMu.Lock()
	defer e.snapMu.Unlock()
	parts := e.listsLocked()
	inner, err := e.inner.NewIter(o) // after the lists: a drain may end meanwhile
	if err != nil {
		for i := range parts {
			parts[i].l.pins--
		}
		return nil, nil, nil, err
	}
	r := &reader{seq: e.seq.Load()}
	e.enterLocked(r)
	return r, inner, parts, nil
}

// Flush drains and flushes the inner engine.
func (e *Engine) Flush() error {
	if e.closed.Load() {
		return kv.ErrClosed
	}
	if err := e.Drain(); err != nil {
		return err
	}
	return e.inner.Flush()
}

// BeforeFlush of the inner engine.
func (e *Engine) BeforeFlush(fn func() error) { e.inner.BeforeFlush(fn) }

// Health of the inner engine.
func (e *Engine) Health() error { return e.inner.Health() }

// OnFlush of the inner engine.
func (e *Engine) OnFlush(fn func()) { e.inner.OnFlush(fn) }

// Compact of the inner engine.
func (e *Engine) Compact(lower, upper []byte) error {
	if e.closed.Load() {
		return kv.ErrClosed
	}
	return e.inner.Compact(lower, upper)
}

// EstimateBytes of the inner engine.
func (e *Engine) EstimateBytes(lower, upper []byte) (uint64, error) {
	if e.closed.Load() {
		return 0, kv.ErrClosed
	}
	return e.inner.EstimateBytes(lower, upper)
}

// Checkpoint drains, then has the inner engine write one.
func (e *Engine) Checkpoint(dir string) error {
	if err := e.Flush(); err != nil {
		return err
	}
	return e.inner.Checkpoint(dir)
}

// Close drains, and closes the inner engine.
func (e *Engine) Close() error {
	err := e.Drain()
	if e.closed.Swap(true) {
		return kv.ErrClosed
	}
	e.writeMu.Lock()
	close(e.work)
	e.writeMu.Unlock()
	e.done.Wait()
	// A batch that was applied after the drain above.
	err = errors.Join(err, e.drain())
	err = errors.Join(err, e.out.Close(), e.inner.Close())
	for i := range e.shards {
		s := &e.shards[i]
		s.mu.Lock()
		err = errors.Join(err, s.close())
		s.slots, s.slotMem, s.mem = make([]uint64, slotsMin), nil, nil
		s.version++ // nothing is cached any more
		s.mu.Unlock()
	}
	return errors.Join(err, unmapMemory(e.mem))
}
