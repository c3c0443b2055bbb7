package local

import (
	"context"
	"fmt"

	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/lock"
)

// Txn is the handle of a transaction. Its state is pooled and may serve another
// transaction once this one is over; the handle forgets it then, so that late
// calls do nothing.
type Txn struct {
	s     *state // nil once over
	store *Store
	id    uint64
	opts  txn.Options
}

var _ txn.Txn = (*Txn)(nil)

// state is the inside of a transaction.
type state struct {
	store *Store
	id    uint64
	opts  txn.Options
	owner *lock.Owner // nil until the first lock
	ws    writeSet
	// snap is the snapshot in force; nil until a read needs it.
	snap   *snapshot
	snapMs int64 // clock at which snap was taken, Unix milliseconds
	now    int64 // as SetNow said
	marks  []mark
	hooks  []func(txn.Commit)
	// seen is a position that nothing in the snapshots so far lies behind.
	seen  txn.Position
	moves []move

	reads *readSet     // of SERIALIZABLE and optimistic transactions
	track *tracker     // where reads are validated
	walk  *commitNode  // validated up to here; nil before
	deps  dependencies // found up to walk
	node  *commitNode  // of the writes, once they are complete; nil until it is needed
	// backward has the commit fail where anything that was read has changed:
	// of optimistic transactions and of those that are prepared.
	backward bool

	// Of the transaction that writes or ends a prepared one (prepared.go): whose
	// reads to validate besides, and the guard to set up or to take away.
	validates        *state
	guards, unguards *readGuard
	finishes         *readGuard // of the prepared transaction that this one commits

	locked lockedRow
	// lockMark is what MarkLocks made.
	lockMark lock.Mark
	frame    []byte // log record
	out      output // the engine's batch
	raw      []byte // scratch for raw values
	past     []byte // scratch for history keys
}

// lockedRow is the newest version of the row locked last, kept so that writing
// it need not read what it replaces.
type lockedRow struct {
	key, raw []byte
	known    oldKnown
}

type mark struct {
	ws    wsMark
	held  lock.Mark
	hooks int
	moves int
}

// hooksKeep and marksKeep bound what a state keeps for its next user.
const (
	hooksKeep = 256
	marksKeep = 256
)

func newState(s *Store) *state {
	return &state{
		store: s, reads: newReadSet(),
		ws: writeSet{memoryMax: s.opts.WriteMemoryMax, dir: s.opts.TempDir, seed: s.seed},
	}
}

// Begin starts a transaction.
func (s *Store) Begin(o txn.Options) (txn.Txn, error) {
	if s.closed.Load() {
		return nil, txn.ErrClosed
	}
	if o.Latest && (o.Isolation != txn.ReadCommitted || o.AsOf != 0) {
		return nil, fmt.Errorf("a transaction without a snapshot has to be READ COMMITTED and of the present")
	}
	var past *snapshot
	if o.AsOf != 0 {
		o.ReadOnly = true
		var err error
		if past, err = s.openAsOf(o.AsOf); err != nil {
			return nil, err
		}
	}
	st := s.states.Get().(*state)
	st.id, st.opts = s.lastID.Add(1), o
	st.ws.max = o.WriteBytesMax
	if st.ws.max == 0 || st.ws.max > s.opts.WriteBytesMax {
		st.ws.max = s.opts.WriteBytesMax
	}
	st.snap, st.now = past, 0
	st.seen = 0
	if past != nil {
		st.seen = s.WrittenPosition()
		st.snapMs = o.AsOf.Time().UnixMilli()
	}
	st.backward = o.Optimistic && !o.ReadOnly
	if !o.ReadOnly && (o.Isolation == txn.Serializable || o.Optimistic) {
		s.track(st)
	}
	return &Txn{s: st, store: s, id: st.id, opts: o}, nil
}

// ID is unique in the life of the process.
func (t *Txn) ID() uint64 { return t.id }

// Options that the transaction was begun with.
func (t *Txn) Options() txn.Options { return t.opts }

// SnapshotTS is the timestamp of the snapshot in force; of what is visible now
// where there is none.
func (t *Txn) SnapshotTS() txn.Timestamp {
	if t.s == nil {
		return 0
	}
	return t.s.snapshotTS()
}

func (st *state) snapshotTS() txn.Timestamp {
	switch {
	case st.opts.AsOf != 0:
		return st.opts.AsOf
	case st.snap != nil:
		return st.snap.ts
	}
	return st.store.visibleTS()
}

// snapshot is the snapshot in force, taken now where there is none yet.
func (st *state) snapshot() *snapshot {
	if st.snap == nil {
		if st.opts.ReadOnly && st.opts.Isolation == txn.Serializable {
			st.snap = st.store.trackReader(st)
		} else {
			st.snap = st.store.acquireSnapshot()
		}
		st.seen = txn.Position(st.store.written.Load())
		st.snapMs = st.store.hlc.nowMs()
	}
	return st.snap
}

// tracksReads tells whether reads have to be remembered.
func (st *state) tracksReads() bool {
	return st.opts.Isolation == txn.Serializable && st.track != nil && !st.track.safe.Load()
}

func (st *state) dropSnapshot() {
	if st.snap != nil {
		st.snap.release()
		st.snap = nil
	}
}

// SetNow sets the time of a transaction that reads the present.
func (t *Txn) SetNow(unixMs int64) {
	if t.s != nil && t.opts.Latest {
		t.s.now = unixMs
	}
}

// BeginStatement lets READ COMMITTED see what was committed meanwhile.
func (t *Txn) BeginStatement() {
	if t.s != nil && t.opts.Isolation == txn.ReadCommitted && t.opts.AsOf == 0 {
		t.s.dropSnapshot()
	}
}

// Savepoint marks the write set.
func (t *Txn) Savepoint() txn.Savepoint {
	st := t.s
	if st == nil {
		return 0
	}
	m := mark{ws: st.ws.mark(), hooks: len(st.hooks), moves: len(st.moves)}
	if st.owner != nil {
		m.held = st.owner.Mark()
	}
	st.marks = append(st.marks, m)
	return txn.Savepoint(len(st.marks) - 1)
}

// RollbackTo undoes what was done since the savepoint.
func (t *Txn) RollbackTo(sp txn.Savepoint) {
	st := t.s
	if st == nil || int(sp) >= len(st.marks) || sp < 0 {
		return
	}
	m := st.marks[sp]
	st.marks = st.marks[:sp+1]
	st.ws.rollback(m.ws)
	clear(st.hooks[m.hooks:])
	st.hooks = st.hooks[:m.hooks]
	st.moves = st.moves[:m.moves]
	st.locked.known = oldUnknown
	if st.owner != nil {
		st.store.locks.ReleaseTo(st.owner, m.held)
	}
}

// OnCommit registers fn to run in the commit section.
func (t *Txn) OnCommit(fn func(txn.Commit)) {
	if t.s != nil {
		t.s.hooks = append(t.s.hooks, fn)
	}
}

// Rollback ends the transaction without effect.
func (t *Txn) Rollback() {
	if t.s != nil {
		t.end()
	}
}

// end gives everything back: locks, snapshot, state.
func (t *Txn) end() {
	st := t.s
	t.s = nil
	s := st.store
	if st.track != nil {
		s.untrack(st)
	}
	if st.owner != nil {
		s.locks.Release(st.owner)
		st.owner = nil
	}
	st.dropSnapshot()
	st.moves = nil
	st.walk, st.node, st.deps, st.backward = nil, nil, dependencies{}, false
	st.validates, st.guards, st.unguards, st.finishes = nil, nil, nil, nil
	if st.reads.used() {
		st.reads.reset()
	}
	st.ws.reset()
	st.marks = st.marks[:0]
	if cap(st.marks) > marksKeep {
		st.marks = nil
	}
	clear(st.hooks)
	st.hooks = st.hooks[:0]
	if cap(st.hooks) > hooksKeep {
		st.hooks = nil
	}
	st.out.drop()
	if cap(st.frame) > frameBytesKeep {
		st.frame = nil
	}
	if cap(st.raw) > frameBytesKeep {
		st.raw = nil
	}
	if cap(st.locked.raw) > frameBytesKeep {
		st.locked.raw = nil
	}
	st.locked.known = oldUnknown
	s.states.Put(st)
}

// LockTable locks a table by id until the transaction ends.
func (t *Txn) LockTable(ctx context.Context, id uint64, mode txn.TableMode, wait txn.Wait) error {
	if t.s == nil {
		return txn.ErrTxnDone
	}
	if t.opts.Latest && mode == txn.AccessShare && !t.store.locks.Contended(id) {
		return nil
	}
	ok, err := t.store.locks.LockTable(ctx, t.s.lockOwner(), id, mode, wait, t.opts.LockTimeout)
	return notSkipped(ok, err)
}

// LockAdvisory takes an advisory lock for the transaction or its session.
func (t *Txn) LockAdvisory(ctx context.Context, key txn.AdvisoryKey, shared bool, wait txn.Wait, session uint64) error {
	if t.s == nil {
		return txn.ErrTxnDone
	}
	ok, err := t.store.locks.LockAdvisory(ctx, t.s.lockOwner(), key, shared, wait, session, t.opts.LockTimeout)
	return notSkipped(ok, err)
}

// notSkipped: there is nothing to skip to but a row.
func notSkipped(ok bool, err error) error {
	if err == nil && !ok {
		return txn.ErrLockNotAvailable
	}
	return err
}

func (st *state) lockOwner() *lock.Owner {
	if st.owner == nil {
		st.owner = st.store.locks.NewOwner(st.id, st.opts.Session)
	}
	return st.owner
}
