package local

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/log"
)

const (
	// batchBytesKeep is the largest batch kept with a state.
	batchBytesKeep = 64 << 10
	// frameBytesKeep is the largest encoding buffer kept with a state.
	frameBytesKeep = 256 << 10
)

// output is a batch of the engine and what it takes to fill it.
type output struct {
	batch kv.Batch // nil until it is needed
	key   []byte
	val   []byte
	pos   []byte

	ts     txn.Timestamp           // of stamp
	bucket uint64                  // of history at ts
	amend  func(key, value []byte) // amendOne, once it is needed
}

func historyBucket(ts txn.Timestamp) uint64 {
	return keys.HistoryBucket(uint64(ts >> txn.TimestampLogicalBits))
}

// begin makes an empty batch.
func (c *output) begin(e kv.Engine) {
	if c.batch == nil {
		c.batch = e.NewBatch()
	} else {
		c.batch.Reset()
	}
}

// add puts an op, stamped ts, into the batch.
func (c *output) add(o *op, ts txn.Timestamp) error {
	if o.keepHistory && o.known == oldPresent {
		c.key = keys.AppendHistory(c.key[:0], historyBucket(ts), o.key, uint64(ts))
		if err := c.batch.Set(c.key, o.old); err != nil {
			return err
		}
	}
	switch o.kind {
	case opPut:
		c.val = appendRaw(c.val[:0], ts, o.expire, o.val)
		return c.batch.Set(o.key, c.val)
	case opDelete:
		return c.batch.Delete(o.key)
	default:
		return c.batch.DeleteRange(o.key, o.val)
	}
}

// stamp gives what add has put in another timestamp: a history entry has it in its
// key, a record in its header.
func (c *output) stamp(ts txn.Timestamp) {
	if c.amend == nil {
		c.amend = c.amendOne
	}
	c.ts, c.bucket = ts, historyBucket(ts)
	c.batch.Amend(c.amend)
}

func (c *output) amendOne(key, value []byte) {
	if key[0] == keys.History {
		keys.StampHistory(key, c.bucket, uint64(c.ts))
	} else {
		binary.BigEndian.PutUint64(value, uint64(c.ts))
	}
}

func (c *output) addPosition(pos uint64, ts txn.Timestamp) error {
	c.pos = appendPosition(c.pos[:0], pos, ts)
	return c.batch.Set(positionKey, c.pos)
}

// drop empties the batch; a large one is given back.
func (c *output) drop() {
	if c.batch == nil {
		return
	}
	if c.batch.Bytes() <= batchBytesKeep {
		c.batch.Reset()
		return
	}
	_ = c.batch.Close()
	c.batch, c.val = nil, nil
}

// each calls fn with the ops in force: range deletes first, then the newest op
// of each key, in key order.
func (w *writeSet) each(fn func(*op) error) error {
	for i := range w.ranges {
		if err := fn(&w.ranges[i].op); err != nil {
			return err
		}
	}
	if w.spilled() {
		return w.eachSpilled(fn)
	}
	for _, chunk := range w.index.chunks {
		for _, i := range chunk.ops {
			if err := fn(&w.ops[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// Commit commits and waits as the durability asks.
func (t *Txn) Commit(ctx context.Context) (txn.Commit, error) {
	s, durability := t.store, t.opts.Durability
	c, err := t.commit(ctx)
	if err != nil || durability != txn.Fsync {
		return c, err
	}
	err = s.WaitSync(ctx, c.Pos)
	if err != nil && !c.ReadOnly && !errors.Is(err, txn.ErrDurabilityUnknown) {
		err = fmt.Errorf("%w: %v", txn.ErrDurabilityUnknown, err) // not a cancelled statement: it happened
	}
	return c, err
}

// CommitNoWait commits without waiting for durability.
func (t *Txn) CommitNoWait() (txn.Commit, error) { return t.commit(context.Background()) }

// commit commits; ctx ends what it waits for before the commit section.
func (t *Txn) commit(ctx context.Context) (txn.Commit, error) {
	st := t.s
	if st == nil {
		return txn.Commit{}, txn.ErrTxnDone
	}
	defer t.end()
	if st.ws.empty() {
		return st.commitReadOnly()
	}
	if err := st.prepare(); err != nil {
		return txn.Commit{}, err
	}
	payload := len(st.frame)
	if st.ws.spilled() {
		payload = st.ws.payload()
	}
	if err := st.store.admit(payload); err != nil {
		return txn.Commit{}, err
	}
	if err := st.admit(ctx); err != nil {
		return txn.Commit{}, err
	}
	if st.ws.spilled() {
		return st.store.commitBulk(st)
	}
	return st.store.commit(st)
}

func (st *state) commitReadOnly() (txn.Commit, error) {
	s := st.store
	c := txn.Commit{TS: st.snapshotTS(), Pos: st.seen, ReadOnly: true}
	if st.opts.Latest || st.owner != nil || st.opts.Optimistic {
		c.Pos = s.WrittenPosition() // it may have read the newest state at any time
	}
	if st.track != nil && st.reads.used() {
		if err := st.commitReads(); err != nil {
			return txn.Commit{}, err
		}
	}
	if len(st.hooks) > 0 {
		s.commitMu.Lock()
		st.runHooks(txn.Commit{TS: s.visibleTS(), Pos: txn.Position(s.written.Load()), ReadOnly: true})
		s.commitMu.Unlock()
	}
	return c, nil
}

// commitReads validates a transaction that wrote nothing, and remembers its reads
// for those beside it.
func (st *state) commitReads() error {
	s := st.store
	if err := st.prevalidate(); err != nil {
		return err
	}
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	if err := s.recent.validate(s, st); err != nil {
		return err
	}
	if st.opts.Isolation == txn.Serializable && !st.track.safe.Load() {
		s.recent.add(s, st, s.visibleTS())
	}
	return nil
}

func (st *state) runHooks(c txn.Commit) {
	for _, fn := range st.hooks {
		fn(c)
	}
}

// prepare does what a commit can do before the commit section: the locks of an
// optimistic transaction, the versions to be replaced, the log record, the batch,
// and most of the validation.
func (st *state) prepare() error {
	if st.opts.Optimistic {
		if err := st.lockWrites(); err != nil {
			return err
		}
	}
	if st.ws.spilled() {
		return st.prevalidate()
	}
	if err := st.makeFrame(); err != nil {
		return err
	}
	if err := st.makeBatch(); err != nil {
		return err
	}
	return st.prevalidate()
}

func (st *state) prevalidate() error {
	if st.track == nil {
		return nil
	}
	return st.store.recent.prevalidate(st.store, st)
}

// makeFrame makes the log record, and reads the versions to be replaced.
func (st *state) makeFrame() error {
	// The write set's count of bytes is above the frame's: growing step by step
	// would copy a large transaction several times over.
	st.frame = append(slices.Grow(st.frame[:0], log.HeaderBytes+int(st.ws.bytes)), make([]byte, log.HeaderBytes)...)
	return st.ws.each(func(o *op) error {
		if o.keepHistory && o.known == oldUnknown {
			if err := st.readOld(o); err != nil {
				return err
			}
		}
		st.frame = appendFrameOp(st.frame, o)
		return nil
	})
}

// makeBatch makes the engine's batch, all but the timestamp and the position.
func (st *state) makeBatch() error {
	st.out.begin(st.store.engine)
	return st.ws.each(func(o *op) error { return st.out.add(o, 0) })
}

// admitter is an engine that has batches wait before they are applied; a bulk is
// asked for with nil.
type admitter interface {
	Admit(ctx context.Context, b kv.Batch) error
}

// admit waits for the engine, so that nobody waits for it in the commit section.
func (st *state) admit(ctx context.Context) error {
	a, ok := st.store.engine.(admitter)
	if !ok {
		return nil
	}
	if st.ws.spilled() {
		return a.Admit(ctx, nil)
	}
	return a.Admit(ctx, st.out.batch)
}

// readOld reads the version that o will replace. Its lock is held.
func (st *state) readOld(o *op) error {
	var err error
	st.raw, err = st.store.engine.Get(st.raw[:0], o.key)
	switch {
	case err == nil:
		o.known, o.old = oldPresent, st.ws.arena.copyOf(st.raw)
	case errors.Is(err, kv.ErrNotFound):
		o.known = oldAbsent
	default:
		return err
	}
	return nil
}

// commit is the commit section.
func (s *Store) commit(st *state) (txn.Commit, error) {
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	if err := s.ready(); err != nil {
		return txn.Commit{}, err
	}
	if err := s.validate(st); err != nil {
		return txn.Commit{}, err
	}
	ts := s.hlc.next()
	pos, err := s.appendLog(st.frame, ts)
	if err != nil {
		return txn.Commit{}, err
	}
	st.out.stamp(ts)
	if err = st.out.addPosition(pos, ts); err != nil { // the log has what the engine will not: only a restart mends that
		return txn.Commit{}, s.fail(err)
	}
	s.seq.Add(1)
	if err = s.engine.Apply(st.out.batch); err == nil {
		s.published(st, ts, pos)
	}
	s.seq.Add(1)
	s.dropStaleSnapshot()
	if err != nil {
		return txn.Commit{}, s.fail(err)
	}
	return txn.Commit{TS: ts, Pos: txn.Position(pos)}, nil
}

// ready tells why there can be no commit. REQUIRES: commitMu.
func (s *Store) ready() error {
	if s.closed.Load() {
		return txn.ErrClosed
	}
	if s.failed.Load() != nil {
		return s.Writable()
	}
	return nil
}

// published makes a commit that the engine has visible. REQUIRES: commitMu.
func (s *Store) published(st *state, ts txn.Timestamp, pos uint64) {
	s.visible.Store(uint64(ts))
	s.written.Store(pos)
	s.recent.add(s, st, ts)
	if len(st.moves) > 0 {
		s.moves.add(st.moves, ts)
	}
	s.changeGuards(st)
	st.runHooks(txn.Commit{TS: ts, Pos: txn.Position(pos)})
}

// validate checks all reads that the commit of st depends on, and that a
// SERIALIZABLE one does not overwrite what a prepared transaction read.
// REQUIRES: commitMu.
func (s *Store) validate(st *state) error {
	if st.track != nil {
		if err := s.recent.validate(s, st); err != nil {
			return err
		}
	}
	subject := st // whose writes may be guarded against
	if st.validates != nil {
		subject = st.validates
		if err := s.recent.validate(s, subject); err != nil {
			return err
		}
	}
	return s.checkGuards(st, subject)
}

// appendLog writes the record and returns the position after it.
func (s *Store) appendLog(frame []byte, ts txn.Timestamp) (uint64, error) {
	if s.log == nil {
		return s.written.Load() + uint64(len(frame)), nil
	}
	_, end, err := s.log.Append(frame, uint64(ts), frameCommit)
	if err != nil {
		return 0, s.appendError(err)
	}
	return end, nil
}

// appendError words why a commit is not in the log. Where nothing of it can be,
// the store goes on.
func (s *Store) appendError(err error) error {
	switch {
	case errors.Is(err, log.ErrRecordTooLarge):
		return txn.ErrTxnTooLarge
	case errors.Is(err, log.ErrNoSpace), errors.Is(err, txn.ErrDiskFull):
		return notWritable(err)
	case errors.Is(err, log.ErrFailed), errors.Is(err, log.ErrClosed):
		return s.fail(err)
	}
	return err
}
