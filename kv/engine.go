package kv

import "errors"

// Limits of every engine.
const (
	KeyBytesMax   = 64 << 10
	ValueBytesMax = 512 << 20
)

var (
	// ErrNotFound is returned by Get for an absent key.
	ErrNotFound = errors.New("kv: not found")
	// ErrClosed is returned by every call on a closed engine.
	ErrClosed = errors.New("kv: closed")
	// ErrCorruption marks errors that mean the stored bytes are not what was written.
	ErrCorruption = errors.New("kv: corruption")
	// ErrKeyEmpty is returned where a key to write, or a bound to delete, is empty.
	ErrKeyEmpty = errors.New("kv: empty key")
	// ErrKeyTooLarge and ErrValueTooLarge are returned where a named limit is passed.
	ErrKeyTooLarge   = errors.New("kv: key exceeds KeyBytesMax")
	ErrValueTooLarge = errors.New("kv: value exceeds ValueBytesMax")
	// ErrOrder is returned where the keys of a Bulk are not in order.
	ErrOrder = errors.New("kv: keys out of order")
	// ErrDiskFull marks errors that come from a full disk: the call did nothing,
	// and may succeed later.
	ErrDiskFull = errors.New("disk is full")
	// ErrFormat is returned at open for a store of an unknown or newer format version.
	ErrFormat = errors.New("kv: unknown format version")
)

// Reader reads one consistent or current state. An Engine as a Reader shows the
// current state: each Get, and each iterator as a whole, is consistent in itself.
// Safe for concurrent use; an Iterator is not.
type Reader interface {
	// Get appends the value of key to dst and returns the extended slice. The
	// bytes belong to the caller. Returns ErrNotFound (and dst unchanged) where
	// the key is absent.
	Get(dst, key []byte) ([]byte, error)
	// NewIter opens an unpositioned iterator. The caller closes it before the
	// Reader it came from.
	NewIter(o IterOptions) (Iterator, error)
}

// IterOptions bounds an iterator to [Lower, Upper). A nil bound is open. The
// engine copies neither: both must stay unchanged until Close.
type IterOptions struct {
	Lower, Upper []byte
	// DurableOnly shows only what a crash right now would keep. Valid on Engine
	// only, not on a Snapshot.
	DurableOnly bool
}

// Iterator walks keys in order. Every positioning call returns whether the
// iterator is at an entry. An iterator that ran off one end comes back with a
// step the other way (Next after Prev, Last or SeekLT gave false is First; Prev
// after Next, First or SeekGE gave false is Last). A step needs a positioning
// call before it. Key and Value are valid until the next positioning
// call or Close. An error ends the iteration: the positioning call returns
// false and Error tells why.
type Iterator interface {
	First() bool
	Last() bool
	// SeekGE moves to the first key >= key within bounds.
	SeekGE(key []byte) bool
	// SeekLT moves to the last key < key within bounds.
	SeekLT(key []byte) bool
	Next() bool
	Prev() bool
	Valid() bool
	Key() []byte
	Value() ([]byte, error)
	Error() error
	Close() error
}

// Snapshot is an unchanging view of all batches applied before it was taken.
type Snapshot interface {
	Reader
	Close() error
}

// Batch collects writes in order; a later write of a key replaces an earlier
// one. Not safe for concurrent use. The batch copies keys and values.
type Batch interface {
	Set(key, value []byte) error
	Delete(key []byte) error
	// DeleteRange deletes [lower, upper).
	DeleteRange(lower, upper []byte) error
	// Amend calls fn with the key and the value of each Set, in order. fn may change
	// bytes of both in place, but not the first of the key: what is known only
	// shortly before the batch is applied.
	Amend(fn func(key, value []byte))
	// Count is the number of operations, Bytes about their size.
	Count() int
	Bytes() int
	// Reset empties the batch for reuse. Close returns its memory.
	Reset()
	Close() error
}

// Bulk is a batch that need not fit in memory. Not safe for concurrent use. It
// copies keys and values.
type Bulk interface {
	// DeleteRange deletes [lower, upper), but nothing that the bulk itself sets.
	// To be called before Set and Delete.
	DeleteRange(lower, upper []byte) error
	// Set and Delete come in ascending order among the keys of one first byte,
	// each key once. ErrOrder otherwise.
	Set(key, value []byte) error
	Delete(key []byte) error
	// Close returns what the bulk takes, whether it was applied or not.
	Close() error
}

// Engine is an ordered store. All methods are safe for concurrent use.
type Engine interface {
	Reader
	NewBatch() Batch
	NewSnapshot() Snapshot
	// Apply makes the whole batch visible at once. It is not durable yet. The
	// batch may be Reset or Closed afterwards. Apply calls serialise: the order
	// in which they return is the order a crash keeps a prefix of.
	Apply(b Batch) error
	// NewBulk begins a bulk.
	NewBulk() (Bulk, error)
	// ApplyBulk is Apply of a bulk: it becomes visible at once. It is durable when
	// the call returns, and so is all that was applied before.
	ApplyBulk(b Bulk) error
	// Flush returns when everything applied before the call is durable.
	Flush() error
	// BeforeFlush registers fn to be called before anything applied becomes
	// durable; an error of it keeps that from happening. It may block, is called
	// from any goroutine, and must not call the engine. So a log that describes
	// the batches is always at least as durable as they are.
	BeforeFlush(fn func() error)
	// Health is nil, or why what is applied cannot be made durable at this time; it
	// is tried again by and by. ErrDiskFull where that is the reason. Who can should
	// apply nothing more meanwhile: Apply would wait in the end.
	Health() error
	// OnFlush registers fn to be called (from an engine goroutine; it must neither
	// block nor call the engine) after some applied state became durable.
	OnFlush(fn func())
	// Compact rewrites [lower, upper) so that deleted data gives back its space.
	Compact(lower, upper []byte) error
	// EstimateBytes is about how many bytes of storage [lower, upper) takes.
	EstimateBytes(lower, upper []byte) (uint64, error)
	// Metrics is a flat list of named figures of the engine.
	Metrics() []Metric
	// Checkpoint writes an openable copy of the durable state into dir (which
	// must not exist) after flushing.
	Checkpoint(dir string) error
	// Close flushes, then closes. Iterators and snapshots must be closed before.
	Close() error
}

// Metric is one figure of an engine, named in the Prometheus style with unit
// last (block_cache_bytes).
type Metric struct {
	Name  string
	Help  string
	Value float64
	// Counter is true for a figure that only grows.
	Counter bool
}
