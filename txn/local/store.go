package local

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/lock"
	"github.com/ferritedb/ferrite/txn/log"
)

// Defaults of Options.
const (
	defaultHistoryRetention = time.Hour
	defaultSyncInterval     = time.Second
)

// Options of a Store. The store owns Engine and Log and closes them.
type Options struct {
	Engine kv.Engine
	// Log is opened but not replayed. nil: commits are as durable as the engine
	// makes them, and every position counts as synced.
	Log   *log.Log
	Clock clock.Clock
	// HistoryRetention is how far back AS OF reads may go; default one hour.
	HistoryRetention time.Duration
	// SyncInterval of commits that ask for txn.EverySec; default one second.
	SyncInterval time.Duration
	// WriteBytesMax bounds a transaction's write set; default 64 GiB.
	WriteBytesMax int64
	// WriteMemoryMax is the part of a write set in memory past which it goes to
	// disk; default 32 MiB.
	WriteMemoryMax int64
	// TempDir is where write sets go; "": the system's.
	TempDir string
	// AcceptLostLog has the store open where the log has lost commits
	// (LostLogError), with the state before the first of them.
	AcceptLostLog bool
	// OnLockWait is called with the id of a transaction that begins to wait for a
	// lock; it must not call the store. For tests.
	OnLockWait func(id uint64)
}

func (o *Options) fill() {
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	if o.HistoryRetention == 0 {
		o.HistoryRetention = defaultHistoryRetention
	}
	if o.SyncInterval == 0 {
		o.SyncInterval = defaultSyncInterval
	}
	if o.WriteBytesMax == 0 {
		o.WriteBytesMax = writeBytesMaxDefault
	}
	if o.WriteMemoryMax == 0 {
		o.WriteMemoryMax = writeMemoryMaxDefault
	}
}

// Store is a txn.Store over one engine.
type Store struct {
	opts   Options
	engine kv.Engine
	log    *log.Log // nil without one
	id     log.ID   // of the store, where there is a log
	clock  clock.Clock
	locks  *lock.Table
	seed   maphash.Seed
	hlc    hlc

	lastID atomic.Uint64
	states sync.Pool // of *state
	closed atomic.Bool
	failed atomic.Pointer[error] // why the store takes no more commits

	// visible is the timestamp of the last published commit, written its log
	// position. seq is odd between a commit's apply and its publish. All three
	// are written under commitMu only.
	visible atomic.Uint64
	written atomic.Uint64
	seq     atomic.Uint64

	commitMu sync.Mutex
	recent   recent // guarded by commitMu, as it says
	moves    moves
	guards   []*readGuard // of prepared transactions; guarded by commitMu

	prepared prepared

	// snapMu guards shared and sharing; taken alone.
	snapMu  sync.Mutex
	shared  *snapshot
	sharing bool

	maintain chan struct{} // asks for the log before the durable position to be dropped
	quit     chan struct{}
	done     sync.WaitGroup
}

var _ txn.Store = (*Store)(nil)

// OpenMemory opens an empty store without a log on an engine in memory.
func OpenMemory() *Store {
	s, err := Open(Options{Engine: memkv.New()})
	if err != nil {
		panic(err) // an empty engine in memory has nothing that could be wrong
	}
	return s
}

// Open recovers the store: it replays what the log has and the engine lost.
// Errors wrap kv.ErrCorruption where the two do not fit together.
func Open(o Options) (*Store, error) {
	o.fill()
	s := &Store{
		opts: o, engine: o.Engine, log: o.Log, clock: o.Clock, sharing: true,
		locks:    lock.New(lock.Options{Clock: o.Clock, OnWait: o.OnLockWait}),
		seed:     maphash.MakeSeed(),
		maintain: make(chan struct{}, 1), quit: make(chan struct{}),
	}
	s.hlc.clock = o.Clock
	s.states.New = func() any { return newState(s) }
	s.recent.init()
	s.moves.max = movesMax
	s.prepared.byID = map[string]*preparedTxn{}
	if s.log != nil {
		s.engine.BeforeFlush(s.syncBeforeFlush)
	}
	err := s.recover()
	if err == nil {
		err = s.recoverPrepared()
	}
	if err != nil {
		return nil, fmt.Errorf("recovery: %w", err)
	}
	if s.log != nil {
		s.log.SyncEvery(o.SyncInterval)
		s.engine.OnFlush(s.kickMaintain)
		s.done.Add(1)
		go s.maintainLog()
	}
	return s, nil
}

func (s *Store) visibleTS() txn.Timestamp { return txn.Timestamp(s.visible.Load()) }

// Now is the timestamp of the last visible commit.
func (s *Store) Now() txn.Timestamp { return s.visibleTS() }

// WaitSync returns when the log is synced past pos.
func (s *Store) WaitSync(ctx context.Context, pos txn.Position) error {
	if s.log == nil {
		return nil
	}
	return s.syncError(s.log.WaitSync(ctx, uint64(pos)))
}

// OnSync calls fn when the log is synced past pos.
func (s *Store) OnSync(pos txn.Position, fn func(error)) {
	if s.log == nil {
		fn(nil)
		return
	}
	s.log.OnSync(uint64(pos), func(err error) { fn(s.syncError(err)) })
}

// syncBeforeFlush keeps the engine from being durable before the log, from which
// it would follow that an end of the log before it need not mean a loss. While
// the log is replayed there is nothing unsynced in it.
func (s *Store) syncBeforeFlush() error {
	return s.log.WaitSync(context.Background(), s.log.Written())
}

// syncError words the log's errors as the contract's.
func (s *Store) syncError(err error) error {
	switch {
	case err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, log.ErrClosed):
		return txn.ErrClosed
	}
	return s.fail(err)
}

// fail makes the store refuse commits from now on.
func (s *Store) fail(cause error) error {
	err := fmt.Errorf("%w: %w", txn.ErrDurabilityUnknown, cause)
	s.failed.CompareAndSwap(nil, &err)
	return *s.failed.Load()
}

// SyncedPosition of the log.
func (s *Store) SyncedPosition() txn.Position {
	if s.log == nil {
		return s.WrittenPosition()
	}
	return txn.Position(s.log.Synced())
}

// WrittenPosition of the log. No commit that anybody can have seen lies behind it:
// it is written before it is applied.
func (s *Store) WrittenPosition() txn.Position {
	if s.log == nil {
		return txn.Position(s.written.Load())
	}
	return txn.Position(s.log.Written())
}

// Hold keeps the log from pos on. Without a log there is nothing to keep.
func (s *Store) Hold(pos txn.Position) (txn.Hold, error) {
	if s.log == nil {
		return logHold{}, nil
	}
	h, err := s.log.Hold(uint64(pos))
	if errors.Is(err, log.ErrFellBehind) {
		err = txn.ErrLogGone
	}
	if err != nil {
		return nil, err
	}
	return logHold{h}, nil
}

// logHold is a log.Hold with the contract's types; nil inside where there is no log.
type logHold struct{ h *log.Hold }

// Advance gives up what is before pos.
func (h logHold) Advance(pos txn.Position) {
	if h.h != nil {
		h.h.Advance(uint64(pos))
	}
}

// Release gives up everything.
func (h logHold) Release() {
	if h.h != nil {
		h.h.Release()
	}
}

// ReleaseAdvisory releases one hold of a session's advisory lock.
func (s *Store) ReleaseAdvisory(key txn.AdvisoryKey, shared bool, session uint64) bool {
	return s.locks.ReleaseAdvisory(key, shared, session)
}

// ReleaseSession releases all advisory locks of a session.
func (s *Store) ReleaseSession(session uint64) { s.locks.ReleaseSession(session) }

// EstimateBytes is about the storage that [lower, upper) takes.
func (s *Store) EstimateBytes(lower, upper []byte) (uint64, error) {
	return s.engine.EstimateBytes(lower, upper)
}

// Locks lists the locks held and waited for.
func (s *Store) Locks() []txn.LockInfo { return s.locks.Locks() }

// Blockers lists the sessions (or, without one, the transactions) that the
// transaction id waits for.
func (s *Store) Blockers(id uint64) []uint64 { return s.locks.Blockers(id) }

// Engine is what the store lies on, for whoever drops history and shows figures.
// Records are to be written through the store only.
func (s *Store) Engine() kv.Engine { return s.engine }

// Flush makes everything applied durable in the engine and drops the log before it.
func (s *Store) Flush() error {
	if err := s.engine.Flush(); err != nil {
		return err
	}
	return s.dropLog()
}

// Close flushes and closes engine and log. Transactions must be over.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	s.commitMu.Lock() // a commit under way comes first, later ones see closed
	s.commitMu.Unlock()
	s.snapMu.Lock()
	snap := s.shared
	s.shared, s.sharing = nil, false
	s.snapMu.Unlock()
	if snap != nil {
		snap.release()
	}
	close(s.quit)
	s.done.Wait()
	err := s.engine.Close()
	if s.log != nil {
		err = errors.Join(err, s.log.Close())
	}
	return err
}
