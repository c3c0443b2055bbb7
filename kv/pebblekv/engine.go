package pebblekv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/must"
)

// Engine is a kv.Engine on Pebble.
type Engine struct {
	db     *pebble.DB
	dir    string
	opts   Options
	closed atomic.Bool
	stalls atomic.Uint64
	tables *pebble.Options // as tables are written

	bulkFiles      atomic.Uint64 // names of the tables of bulks
	bulkTableBytes uint64        // defaultBulkTableBytes but in tests

	// applyMu makes the order in which Apply calls return the order of batches.
	applyMu sync.Mutex

	mu      sync.Mutex
	onFlush []func() // guarded by mu
}

var _ kv.Engine = (*Engine)(nil)

// Open opens the store in dir, which it creates where it is absent. kv.ErrFormat
// where another version of the format, or another program, made it.
func Open(dir string, o Options) (*Engine, error) {
	o.fill()
	e := &Engine{dir: dir, opts: o, bulkTableBytes: defaultBulkTableBytes}
	f := o.FS.vfs()
	if !o.ReadOnly {
		if err := f.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	if err := checkFormat(f, dir, o.ReadOnly); err != nil {
		return nil, err
	}
	if !o.ReadOnly {
		if err := clearBulks(f, dir); err != nil {
			return nil, err
		}
	}
	e.tables = e.pebbleOptions()
	e.tables.EnsureDefaults()
	db, err := pebble.Open(dir, e.pebbleOptions())
	if err != nil {
		return nil, mark(err)
	}
	e.db = db
	return e, nil
}

// mark makes an error about damaged bytes recognisable.
func mark(err error) error {
	if err == nil {
		return nil
	}
	if pebble.IsCorruptionError(err) {
		return fmt.Errorf("%w: %w", kv.ErrCorruption, err)
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
// flushed, or L0 compacted, fast enough.
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
	return mark(e.db.Apply(pb.b, pebble.NoSync))
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
	var err error
	if !e.opts.ReadOnly {
		err = e.Flush()
	}
	if !e.closed.CompareAndSwap(false, true) {
		return kv.ErrClosed
	}
	if cerr := mark(e.db.Close()); err == nil {
		err = cerr
	}
	return err
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
