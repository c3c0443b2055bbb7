package memkv

import (
	"bytes"
	"sync"

	"github.com/tidwall/btree"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/must"
)

type entry struct{ key, val []byte }

type tree = btree.BTreeG[entry]

func newTree() *tree {
	less := func(a, b entry) bool { return bytes.Compare(a.key, b.key) < 0 }
	return btree.NewBTreeGOptions(less, btree.Options{NoLocks: true})
}

// Options of an engine.
type Options struct {
	// FlushEvery has the engine flush by itself after each so many batches; 0
	// only when asked.
	FlushEvery int
}

// Engine is a kv.Engine in memory.
type Engine struct {
	disk *Disk
	dir  string
	opts Options

	mu       sync.RWMutex
	live     *tree // guarded by mu
	frozen   *tree // copy of live that readers share; nil after a write; guarded by mu
	durable  *tree // as on the disk; guarded by mu
	unsaved  int   // batches applied since the last flush; guarded by mu
	applied  uint64
	flushes  uint64
	open     int // iterators and snapshots; guarded by mu
	onFlush  []func()
	isClosed bool

	beforeFlush []func() error // guarded by mu
	flushMu     sync.Mutex     // held over a flush, before mu
}

var _ kv.Engine = (*Engine)(nil)

// New opens an empty engine on a disk of its own.
func New() *Engine { return Open(NewDisk(), "db", Options{}) }

// Open opens the engine of a directory, with what was durable there.
func Open(d *Disk, dir string, o Options) *Engine {
	stored := d.load(dir)
	if stored == nil {
		stored = newTree()
		d.store(dir, stored)
	}
	// Copying marks both trees as shared, so a stored tree (which other engines
	// may be copying too) is copied under the disk's lock.
	d.mu.Lock()
	live := stored.Copy()
	d.mu.Unlock()
	return &Engine{disk: d, dir: dir, opts: o, live: live, durable: stored}
}

// view is a tree that does not change any more.
func (e *Engine) view() *tree {
	e.mu.RLock()
	t := e.frozen
	e.mu.RUnlock()
	if t != nil {
		return t
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.freezeLocked()
}

func (e *Engine) freezeLocked() *tree {
	if e.frozen == nil {
		e.frozen = e.live.Copy()
	}
	return e.frozen
}

func get(t *tree, dst, key []byte) ([]byte, error) {
	it, ok := t.Get(entry{key: key})
	if !ok {
		return dst, kv.ErrNotFound
	}
	return append(dst, it.val...), nil
}

// Get reads the current state.
func (e *Engine) Get(dst, key []byte) ([]byte, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.isClosed {
		return dst, kv.ErrClosed
	}
	return get(e.live, dst, key)
}

// hold counts an open reader; ErrClosed on a closed engine.
func (e *Engine) hold(n int) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n > 0 && e.isClosed {
		return kv.ErrClosed
	}
	e.open += n
	return nil
}

func (e *Engine) release() { _ = e.hold(-1) }

// NewIter iterates over the current state, or the durable one.
func (e *Engine) NewIter(o kv.IterOptions) (kv.Iterator, error) {
	if err := e.hold(1); err != nil {
		return nil, err
	}
	if o.DurableOnly {
		e.mu.RLock()
		t := e.durable
		e.mu.RUnlock()
		return newIterator(t, o, e.release), nil
	}
	return newIterator(e.view(), o, e.release), nil
}

// NewBatch is an empty batch.
func (e *Engine) NewBatch() kv.Batch { return &batch{} }

// NewSnapshot copies the tree lazily: O(1).
func (e *Engine) NewSnapshot() kv.Snapshot {
	if e.hold(1) != nil {
		return &snapshot{e: e}
	}
	return &snapshot{e: e, t: e.view()}
}

// Apply applies the batch under the lock.
func (e *Engine) Apply(b kv.Batch) error {
	mb, ok := b.(*batch)
	if !ok {
		return must.Failed("memkv: batch of another engine: %T", b)
	}
	e.mu.Lock()
	if e.isClosed {
		e.mu.Unlock()
		return kv.ErrClosed
	}
	e.frozen = nil
	for _, o := range mb.ops {
		applyOp(e.live, o)
	}
	e.applied++
	e.unsaved++
	full := e.opts.FlushEvery > 0 && e.unsaved >= e.opts.FlushEvery
	e.mu.Unlock()
	if full {
		_ = e.Flush() // as in the background of a real engine: the next one may succeed
	}
	return nil
}

func applyOp(t *tree, o op) {
	switch o.kind {
	case opSet:
		t.Set(entry{o.key, o.val})
	case opDelete:
		t.Delete(entry{key: o.key})
	case opDeleteRange:
		var doomed []entry
		t.Ascend(entry{key: o.key}, func(en entry) bool {
			if bytes.Compare(en.key, o.val) >= 0 {
				return false
			}
			doomed = append(doomed, en)
			return true
		})
		for _, en := range doomed {
			t.Delete(en)
		}
	}
}

func call(fns []func()) {
	for _, fn := range fns {
		fn()
	}
}

// flushLocked saves the state and returns whom to tell once mu is free.
// Flush saves the state on the disk.
func (e *Engine) Flush() error {
	e.flushMu.Lock()
	defer e.flushMu.Unlock()
	e.mu.Lock()
	if e.isClosed {
		e.mu.Unlock()
		return kv.ErrClosed
	}
	state := e.freezeLocked()
	e.unsaved = 0
	before := e.beforeFlush
	e.mu.Unlock()
	for _, fn := range before {
		if err := fn(); err != nil {
			return err
		}
	}
	e.mu.Lock()
	e.durable = state
	e.flushes++
	e.disk.store(e.dir, state)
	notify := e.onFlush
	e.mu.Unlock()
	call(notify)
	return nil
}

// BeforeFlush registers fn; it runs on the goroutine of the flush.
func (e *Engine) BeforeFlush(fn func() error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.beforeFlush = append(e.beforeFlush[:len(e.beforeFlush):len(e.beforeFlush)], fn)
}

// Health is always good.
func (e *Engine) Health() error { return nil }

// OnFlush registers fn; it runs on the goroutine of the flush.
func (e *Engine) OnFlush(fn func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.onFlush = append(e.onFlush[:len(e.onFlush):len(e.onFlush)], fn)
}

// Compact has nothing to do: deletion gives memory back.
func (e *Engine) Compact(lower, upper []byte) error {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.isClosed {
		return kv.ErrClosed
	}
	return nil
}

// EstimateBytes is exact: keys and values.
func (e *Engine) EstimateBytes(lower, upper []byte) (uint64, error) {
	it, err := e.NewIter(kv.IterOptions{Lower: lower, Upper: upper})
	if err != nil {
		return 0, err
	}
	var n uint64
	for ok := it.First(); ok; ok = it.Next() {
		v, err := it.Value()
		if err != nil {
			return 0, err
		}
		n += uint64(len(it.Key()) + len(v))
	}
	return n, it.Close()
}

// Metrics of the tree.
func (e *Engine) Metrics() []kv.Metric {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return []kv.Metric{
		{Name: "engine_keys", Help: "Keys in the tree.", Value: float64(e.live.Len())},
		{Name: "engine_batches_applied_total", Help: "Batches applied.", Value: float64(e.applied), Counter: true},
		{Name: "engine_flushes_total", Help: "Flushes.", Value: float64(e.flushes), Counter: true},
	}
}

// Checkpoint stores the state under another directory of the same Disk.
func (e *Engine) Checkpoint(dir string) error {
	if err := e.Flush(); err != nil {
		return err
	}
	e.mu.RLock()
	t := e.durable
	e.mu.RUnlock()
	return e.disk.storeNew(dir, t)
}

// Close flushes and closes.
func (e *Engine) Close() error {
	if err := e.Flush(); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.isClosed = true
	return must.True(e.open == 0, "memkv: closed with %d iterators or snapshots open", e.open)
}

type snapshot struct {
	e *Engine
	t *tree // nil when closed
}

func (s *snapshot) Get(dst, key []byte) ([]byte, error) {
	if s.t == nil {
		return dst, kv.ErrClosed
	}
	return get(s.t, dst, key)
}

func (s *snapshot) NewIter(o kv.IterOptions) (kv.Iterator, error) {
	if s.t == nil {
		return nil, kv.ErrClosed
	}
	if o.DurableOnly {
		return nil, must.Failed("memkv: DurableOnly on a snapshot")
	}
	if err := s.e.hold(1); err != nil {
		return nil, err
	}
	return newIterator(s.t, o, s.e.release), nil
}

func (s *snapshot) Close() error {
	if s.t != nil {
		s.t = nil
		s.e.release()
	}
	return nil
}
