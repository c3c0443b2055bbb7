package pebblekv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/must"
)

// Engine is a kv.Engine on Pebble.
type Engine struct {
	db     *pebble.DB
	dir    string
	opts   Options
	guard  *guard
	closed atomic.Bool
	stalls atomic.Uint64
	stall  stall
	tables *pebble.Options // as tables are written

	bulkFiles      atomic.Uint64 // names of the tables of bulks
	bulkTableBytes uint64        // defaultBulkTableBytes but in tests

	// stuck: the last flush failed. failing is the last error of background work
	// since some succeeded.
	stuck         atomic.Bool
	failing       atomic.Pointer[error]
	flushesFailed atomic.Uint64

	// applyMu makes the order in which Apply calls return the order of batches.
	applyMu sync.Mutex
	piled   int64         // about the bytes in memtables; guarded by applyMu
	recount atomic.Bool   // piled is to be counted anew
	ended   chan struct{} // capacity 1: a flush has ended

	mu          sync.Mutex
	onFlush     []func()       // guarded by mu
	beforeFlush []func() error // guarded by mu
}

// closeWait bounds the wait of Close for background work that cannot be ended
// because the disk is full.
const closeWait = 2 * time.Second

var _ kv.Engine = (*Engine)(nil)

// Open opens the store in dir, which it creates where it is absent. kv.ErrFormat
// where another version of the format, or another program, made it.
func Open(dir string, o Options) (*Engine, error) {
	o.fill()
	e := &Engine{dir: dir, opts: o, ended: make(chan struct{}, 1), bulkTableBytes: defaultBulkTableBytes}
	e.guard = newGuard(dir, &e.opts)
	e.guard.before = e.runBeforeFlush
	f := vfs.FS(e.guard)
	if !o.ReadOnly {
		if err := f.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	if err := checkFormat(f, dir, o.ReadOnly); err != nil {
		return nil, err
	}
	if !o.ReadOnly {
		if err := e.guard.open(); err != nil {
			return nil, mark(err)
		}
		if err := clearBulks(f, dir); err != nil {
			return nil, err
		}
	}
	e.tables = e.pebbleOptions()
	e.tables.EnsureDefaults()
	db, err := pebble.Open(dir, e.pebbleOptions())
	if err != nil {
		e.guard.close()
		return nil, mark(err)
	}
	e.db = db
	e.guard.opened.Store(true)
	return e, nil
}

// mark makes errors about damaged bytes and about a full disk recognisable.
func mark(err error) error {
	switch {
	case err == nil:
		return nil
	case pebble.IsCorruptionError(err):
		return fmt.Errorf("%w: %w", kv.ErrCorruption, err)
	case isFull(err) && !errors.Is(err, kv.ErrDiskFull):
		return fmt.Errorf("%w: %w", kv.ErrDiskFull, err)
	}
	return err
}

func get(r pebble.Reader, dst, key []byte) ([]byte, error) {
	v, closer, err := r.Get(key)
	if err != nil {
		if errors.Is(err, pebble.ErrNotFound) {
			return dst, kv.ErrNotFound
		}
		return dst, mark(err)
	}
	dst = append(dst, v...)
	return dst, mark(closer.Close())
}

func newIter(r pebble.Reader, o kv.IterOptions) (kv.Iterator, error) {
	if o.Lower != nil && o.Upper != nil && string(o.Lower) > string(o.Upper) {
		o.Upper = o.Lower // empty; Pebble takes bounds in order only
	}
	it, err := r.NewIter(&pebble.IterOptions{
		LowerBound: o.Lower, UpperBound: o.Upper, OnlyReadGuaranteedDurable: o.DurableOnly,
	})
	if err != nil {
		return nil, mark(err)
	}
	return (*iterator)(it), nil
}

// Get reads the current state; one copy.
func (e *Engine) Get(dst, key []byte) ([]byte, error) {
	if e.closed.Load() {
		return dst, kv.ErrClosed
	}
	return get(e.db, dst, key)
}

// NewIter iterates over the current or the durable state.
func (e *Engine) NewIter(o kv.IterOptions) (kv.Iterator, error) {
	if e.closed.Load() {
		return nil, kv.ErrClosed
	}
	return newIter(e.db, o)
}

// NewBatch is an empty batch.
func (e *Engine) NewBatch() kv.Batch {
	return &batch{e.db.NewBatch(pebble.WithMaxRetainedSizeBytes(batchRetainedBytes)), e}
}

// NewSnapshot is a view of the current state.
func (e *Engine) NewSnapshot() kv.Snapshot {
	if e.closed.Load() {
		return &snapshot{e: e}
	}
	return &snapshot{e: e, s: e.db.NewSnapshot()}
}

// Apply commits the batch to the memtable. It waits where memtables cannot be
// flushed, or L0 compacted, fast enough; where they cannot be flushed at all it
// fails before it would wait for ever.
func (e *Engine) Apply(b kv.Batch) error {
	pb, ok := b.(*batch)
	if !ok || pb.e != e {
		return must.Failed("pebblekv: batch of another engine: %T", b)
	}
	if e.closed.Load() {
		return kv.ErrClosed
	}
	e.applyMu.Lock()
	defer e.applyMu.Unlock()
	if err := e.room(int64(pb.b.Len()) + int64(pb.b.Count())*memTableEntryBytes); err != nil {
		return err
	}
	return mark(e.db.Apply(pb.b, pebble.NoSync))
}

// room waits until memtables take a batch of n bytes more, and fails where they
// cannot be flushed: Pebble itself would wait then for ever, which is why it is
// told not to wait at all. applyMu is held.
func (e *Engine) room(n int64) error {
	for waited := false; ; waited = true {
		if e.recount.Swap(false) || waited {
			e.piled = int64(e.db.Metrics().MemTable.Size)
		}
		if e.piled < int64(e.opts.MemTableBytes) || e.piled+n <= memTablesMax*int64(e.opts.MemTableBytes) {
			e.piled += n
			return nil
		}
		if err := e.Health(); err != nil {
			return err
		}
		if p := e.failing.Load(); p != nil && e.stuck.Load() {
			return *p
		}
		if !waited {
			e.stalls.Add(1)
		}
		t := time.NewTimer(retryMin)
		select {
		case <-e.ended:
		case <-t.C:
		}
		t.Stop()
	}
}

// flushEnded is told the outcome of each flush, under Pebble's mutex.
func (e *Engine) flushEnded(err error) {
	e.recount.Store(true)
	e.stuck.Store(err != nil)
	if err != nil {
		e.flushesFailed.Add(1)
	} else {
		e.succeeded()
		e.flushed()
	}
	select {
	case e.ended <- struct{}{}:
	default:
	}
}

// Health is why the engine cannot write at this time.
func (e *Engine) Health() error {
	if p := e.guard.health.Load(); p != nil {
		return *p
	}
	return nil
}

// BeforeFlush registers fn.
func (e *Engine) BeforeFlush(fn func() error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.beforeFlush = append(e.beforeFlush, fn)
}

func (e *Engine) runBeforeFlush() error {
	e.mu.Lock()
	fns := e.beforeFlush[:len(e.beforeFlush):len(e.beforeFlush)]
	e.mu.Unlock()
	for _, fn := range fns {
		if err := fn(); err != nil {
			return err
		}
	}
	return nil
}

// backgroundError reports the first error of background work since some succeeded:
// it is tried again by and by.
func (e *Engine) backgroundError(err error) {
	err = mark(err)
	if e.failing.Swap(&err) == nil {
		e.opts.Report("background work of the engine failed", err)
	}
}

// succeeded is told of each flush and compaction that was finished.
func (e *Engine) succeeded() {
	e.failing.Store(nil)
	e.guard.succeeded()
}

// Flush writes the memtables to tables and syncs them.
func (e *Engine) Flush() error {
	if e.closed.Load() {
		return kv.ErrClosed
	}
	return mark(e.db.Flush())
}

// OnFlush registers fn. It runs under Pebble's mutex.
func (e *Engine) OnFlush(fn func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.onFlush = append(e.onFlush, fn)
}

func (e *Engine) flushed() {
	e.mu.Lock()
	fns := e.onFlush[:len(e.onFlush):len(e.onFlush)]
	e.mu.Unlock()
	for _, fn := range fns {
		fn()
	}
}

// lastKey is above every key that anybody writes.
var lastKey = []byte("\xff\xff\xff\xff\xff\xff\xff\xff")

// bounds fills open ends in; ok is false where there is nothing between.
func bounds(lower, upper []byte) (lo, up []byte, ok bool) {
	if lower == nil {
		lower = []byte{0}
	}
	if upper == nil {
		upper = lastKey
	}
	return lower, upper, string(lower) < string(upper)
}

// Compact rewrites the range down to the bottom level.
func (e *Engine) Compact(lower, upper []byte) error {
	if e.closed.Load() {
		return kv.ErrClosed
	}
	lower, upper, ok := bounds(lower, upper)
	if !ok {
		return nil
	}
	return mark(e.db.Compact(context.Background(), lower, upper, true))
}

// EstimateBytes counts tables, not memtables.
func (e *Engine) EstimateBytes(lower, upper []byte) (uint64, error) {
	if e.closed.Load() {
		return 0, kv.ErrClosed
	}
	lower, upper, ok := bounds(lower, upper)
	if !ok {
		return 0, nil
	}
	n, err := e.db.EstimateDiskUsage(lower, upper)
	return n, mark(err)
}

// Checkpoint links or copies the files of the durable state into dir.
func (e *Engine) Checkpoint(dir string) error {
	if err := e.Flush(); err != nil {
		return err
	}
	if err := e.db.Checkpoint(dir); err != nil {
		return mark(err)
	}
	return writeFormat(e.opts.FS.vfs(), dir)
}

// Close flushes and closes.
func (e *Engine) Close() error {
	if e.closed.Load() {
		return kv.ErrClosed
	}
	err := e.Health() // what cannot be flushed is not waited for
	if err == nil && !e.opts.ReadOnly {
		err = e.flushOrFail()
	}
	if !e.closed.CompareAndSwap(false, true) {
		return kv.ErrClosed
	}
	e.guard.close()
	ended := make(chan error, 1)
	go func() { ended <- mark(e.db.Close()) }()
	if err == nil {
		return <-ended
	}
	err = fmt.Errorf("memtables were not flushed: %w", err)
	select {
	case <-ended: // the first error says what is wrong
	case <-time.After(closeWait):
	}
	return err
}

// flushOrFail is Flush that ends when flushing fails.
func (e *Engine) flushOrFail() error {
	done := make(chan error, 1)
	go func() { done <- e.Flush() }()
	t := time.NewTicker(retryMin)
	defer t.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-t.C:
			if err := e.Health(); err != nil {
				return err
			}
			if p := e.failing.Load(); p != nil && e.stuck.Load() {
				return *p
			}
		}
	}
}

type snapshot struct {
	e *Engine
	s *pebble.Snapshot // nil when closed
}

func (s *snapshot) Get(dst, key []byte) ([]byte, error) {
	if s.s == nil {
		return dst, kv.ErrClosed
	}
	return get(s.s, dst, key)
}

func (s *snapshot) NewIter(o kv.IterOptions) (kv.Iterator, error) {
	if s.s == nil {
		return nil, kv.ErrClosed
	}
	if o.DurableOnly {
		return nil, must.Failed("pebblekv: DurableOnly on a snapshot")
	}
	return newIter(s.s, o)
}

func (s *snapshot) Close() error {
	if s.s == nil {
		return nil
	}
	var c io.Closer = s.s
	s.s = nil
	return mark(c.Close())
}
