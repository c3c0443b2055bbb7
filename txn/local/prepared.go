package local

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/lock"
	"github.com/ferritedb/ferrite/txn/log"
)

// A prepared transaction is a record at keys.Prepared and its identifier:
//
//	8        when it was prepared, microseconds since 1970, little-endian
//	uvarint  length of the owner's name, then the name; the database likewise
//	uvarint  number of locks, each: kind, mode (a byte each), uvarint length, key
//	rest     its ops, as in the commit log (frame.go)
//
// It is written by a transaction of its own, and deleted by the one that commits
// its ops, or that rolls it back.
//
// A SERIALIZABLE transaction was validated when it was prepared, and will commit
// later: until then its reads are guarded, and a transaction that wrote what it
// read, and is SERIALIZABLE too, fails instead; so does one that is to be prepared
// and read what it will write. The guard does not outlive the process.

// preparedMax bounds the prepared transactions.
const preparedMax = 1000

// prepared is the prepared transactions of a store.
type prepared struct {
	mu   sync.Mutex
	byID map[string]*preparedTxn // guarded by mu
}

// preparedTxn is one of them. All but info is guarded by prepared.mu until busy is
// set, and then belongs to who set it.
type preparedTxn struct {
	info  txn.Prepared
	owner *lock.Owner
	hooks []func(txn.Commit)
	guard *readGuard
	busy  bool
}

// readGuard is what a prepared SERIALIZABLE transaction read and will write.
// Listed in Store.guards; all of it is guarded by commitMu.
type readGuard struct {
	reads    *readSet // settled
	writes   *commitNode
	snapshot txn.Timestamp
}

// checkGuards fails a SERIALIZABLE transaction, about to commit or to be prepared
// by st, that would make a pivot of a prepared one, which cannot fail any more. So
// nobody writes what it read; and who is prepared beside it must not have read what
// it will write, since it would be before it whichever of the two is finished first.
// REQUIRES: commitMu.
func (s *Store) checkGuards(st, subject *state) error {
	if len(s.guards) == 0 && st.guards == nil || subject.opts.Isolation != txn.Serializable {
		return nil
	}
	n := s.nodeOf(subject, math.MaxUint64, 0) // later than whatever was read
	for _, g := range s.guards {
		if g.reads.conflicts(n, g.snapshot) {
			return txn.ErrSerializationDependency
		}
		if st.guards != nil && subject.reads.conflicts(g.writes, st.guards.snapshot) {
			return txn.ErrSerializationDependency
		}
	}
	if st.guards != nil {
		st.guards.writes = n
	}
	return nil
}

// changeGuards sets up or takes away the guard of a prepared transaction. Its
// reads leave the state, which will serve another. REQUIRES: commitMu.
func (s *Store) changeGuards(st *state) {
	if g := st.guards; g != nil {
		g.reads = st.validates.reads
		g.reads.settle()
		st.validates.reads = newReadSet()
		s.guards = append(s.guards, g)
	}
	if st.unguards != nil {
		s.guards = slices.DeleteFunc(s.guards, func(g *readGuard) bool { return g == st.unguards })
	}
}

var (
	_ txn.Preparer      = (*Txn)(nil)
	_ txn.PreparedStore = (*Store)(nil)
)

func preparedKey(id string) []byte { return append([]byte{keys.Prepared}, id...) }

// Prepare makes the writes durable and leaves them and the locks to FinishPrepared.
func (t *Txn) Prepare(ctx context.Context, p txn.Prepared) error {
	st := t.s
	if st == nil {
		return txn.ErrTxnDone
	}
	defer t.end()
	s := st.store
	s.commitMu.Lock() // others look at it with the tracker
	st.backward = true
	s.commitMu.Unlock()
	p.At, p.Txn = s.clock.Now().UTC(), t.id
	if len(p.ID) == 0 || len(p.ID) > txn.PreparedIDBytesMax {
		return txn.ErrPreparedID
	}
	e := &preparedTxn{info: p, busy: true}
	if err := s.prepared.reserve(e); err != nil {
		return err
	}
	c, err := s.writePrepared(st, e)
	if err != nil {
		s.prepared.forget(p.ID)
		return err
	}
	owner := st.lockOwner()
	st.owner = nil
	s.locks.Detach(owner)
	s.prepared.mu.Lock()
	e.owner, e.hooks, e.busy = owner, slices.Clone(st.hooks), false
	s.prepared.mu.Unlock()
	if err := s.WaitSync(ctx, c.Pos); err != nil {
		return fmt.Errorf("%w: %v", txn.ErrDurabilityUnknown, err)
	}
	return nil
}

func (p *prepared) reserve(e *preparedTxn) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.byID[e.info.ID] != nil:
		return txn.ErrPreparedExists
	case len(p.byID) >= preparedMax:
		return txn.ErrPreparedLimit
	}
	p.byID[e.info.ID] = e
	return nil
}

func (p *prepared) forget(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.byID, id)
}

// writePrepared validates st and commits its record.
func (s *Store) writePrepared(st *state, e *preparedTxn) (txn.Commit, error) {
	if err := st.prepare(); err != nil {
		return txn.Commit{}, err
	}
	if st.ws.spilled() {
		if st.ws.bytes > kv.ValueBytesMax {
			return txn.Commit{}, txn.ErrTxnTooLarge
		}
		if err := st.makeFrame(); err != nil {
			return txn.Commit{}, err
		}
	}
	value := binary.LittleEndian.AppendUint64(nil, uint64(e.info.At.UnixMicro()))
	value = appendBytes(value, []byte(e.info.Owner))
	value = appendBytes(value, []byte(e.info.Database))
	held := s.locks.HeldBy(st.lockOwner())
	value = binary.AppendUvarint(value, uint64(len(held)))
	for _, h := range held {
		value = appendBytes(append(value, h.Kind, h.Mode), h.Key)
	}
	value = append(value, st.frame[log.HeaderBytes:]...)

	if len(value) > kv.ValueBytesMax-recordHeaderBytesMax {
		return txn.Commit{}, txn.ErrTxnTooLarge
	}
	x, err := s.Begin(txn.Options{WriteBytesMax: s.opts.WriteBytesMax})
	if err != nil {
		return txn.Commit{}, err
	}
	defer x.Rollback()
	if err := x.Put(preparedKey(e.info.ID), value, txn.PutOptions{}); err != nil {
		return txn.Commit{}, err
	}
	inner := x.(*Txn)
	if st.track != nil {
		inner.s.validates = st
		if st.opts.Isolation == txn.Serializable {
			e.guard = &readGuard{snapshot: st.snapshotTS()}
			inner.s.guards = e.guard
		}
	}
	return inner.CommitNoWait()
}

func appendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// FinishPrepared ends a prepared transaction.
func (s *Store) FinishPrepared(ctx context.Context, id string, commit bool) (txn.Commit, error) {
	e, err := s.prepared.claim(id)
	if err != nil {
		return txn.Commit{}, err
	}
	c, err := s.finish(e, commit)
	if err != nil {
		s.prepared.mu.Lock()
		e.busy = false
		s.prepared.mu.Unlock()
		return txn.Commit{}, err
	}
	s.prepared.forget(id)
	s.locks.Release(e.owner)
	if err := s.WaitSync(ctx, c.Pos); err != nil {
		return c, fmt.Errorf("%w: %v", txn.ErrDurabilityUnknown, err)
	}
	return c, nil
}

func (p *prepared) claim(id string) (*preparedTxn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.byID[id]
	switch {
	case e == nil:
		return nil, txn.ErrPreparedUnknown
	case e.busy:
		return nil, txn.ErrPreparedBusy
	}
	e.busy = true
	return e, nil
}

// finish commits the ops of e, where commit is set, and the deletion of its record.
func (s *Store) finish(e *preparedTxn, commit bool) (txn.Commit, error) {
	x, err := s.Begin(txn.Options{WriteBytesMax: s.opts.WriteBytesMax})
	if err != nil {
		return txn.Commit{}, err
	}
	defer x.Rollback()
	key := preparedKey(e.info.ID)
	if commit {
		rec, ok, err := x.GetNewest(nil, key)
		if err != nil {
			return txn.Commit{}, err
		}
		if !ok {
			return txn.Commit{}, fmt.Errorf("%w: record of prepared transaction %q", kv.ErrCorruption, e.info.ID)
		}
		_, ops, err := decodePrepared(e.info.ID, rec.Value, nil)
		if err == nil {
			err = decodeFrame(ops, func(o op) error { return redoOp(x, o) })
		}
		if err != nil {
			return txn.Commit{}, err
		}
		for _, fn := range e.hooks {
			x.OnCommit(fn)
		}
	}
	if err := x.Delete(key, txn.PutOptions{}); err != nil {
		return txn.Commit{}, err
	}
	inner := x.(*Txn)
	inner.s.unguards = e.guard
	if commit {
		inner.s.finishes = e.guard
	}
	return x.CommitNoWait()
}

// redoOp makes an op of a log payload again.
func redoOp(x txn.Txn, o op) error {
	opts := txn.PutOptions{ExpireAtMs: o.expire, KeepHistory: o.keepHistory}
	switch o.kind {
	case opPut:
		return x.Put(o.key, o.val, opts)
	case opDelete:
		return x.Delete(o.key, opts)
	}
	return x.DeleteRange(o.key, o.val)
}

// decodePrepared reads a record, calls locked (where it is not nil) with each of
// its locks, and gives its ops.
func decodePrepared(id string, v []byte, locked func(lock.Held) error) (info txn.Prepared, ops []byte, err error) {
	bad := fmt.Errorf("%w: record of prepared transaction %q", kv.ErrCorruption, id)
	if len(v) < 8 {
		return info, nil, bad
	}
	info.ID, info.At = id, time.UnixMicro(int64(binary.LittleEndian.Uint64(v))).UTC()
	owner, v, ok := cutBytes(v[8:])
	if !ok {
		return info, nil, bad
	}
	database, v, ok := cutBytes(v)
	if !ok {
		return info, nil, bad
	}
	info.Owner, info.Database = string(owner), string(database)
	n, used := binary.Uvarint(v)
	if used <= 0 {
		return info, nil, bad
	}
	for v = v[used:]; n > 0; n-- {
		if len(v) < 2 {
			return info, nil, bad
		}
		h := lock.Held{Kind: v[0], Mode: v[1]}
		if h.Key, v, ok = cutBytes(v[2:]); !ok {
			return info, nil, bad
		}
		if locked != nil {
			if err := locked(h); err != nil {
				return info, nil, fmt.Errorf("%w: %w", bad, err)
			}
		}
	}
	return info, v, nil
}

// Prepared lists the prepared transactions.
func (s *Store) Prepared() []txn.Prepared {
	s.prepared.mu.Lock()
	defer s.prepared.mu.Unlock()
	var all []txn.Prepared
	for _, e := range s.prepared.byID {
		if e.owner != nil { // else it is only on its way
			all = append(all, e.info)
		}
	}
	slices.SortFunc(all, func(a, b txn.Prepared) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// recoverPrepared takes the locks of the transactions that are prepared.
func (s *Store) recoverPrepared() error {
	it, err := s.engine.NewIter(kv.IterOptions{Lower: []byte{keys.Prepared}, Upper: []byte{keys.Prepared + 1}})
	if err != nil {
		return err
	}
	defer it.Close()
	for ok := it.First(); ok; ok = it.Next() {
		raw, err := it.Value()
		if err != nil {
			return err
		}
		h, err := decodeHeader(raw)
		if err != nil {
			return err
		}
		id := s.lastID.Add(1)
		e := &preparedTxn{owner: s.locks.NewOwner(id, 0)}
		value := bytes.Clone(raw[h.bytes:])
		if e.info, _, err = decodePrepared(string(it.Key()[1:]), value, func(l lock.Held) error { return s.locks.Take(e.owner, l) }); err != nil {
			return err
		}
		e.info.Txn = id
		s.prepared.byID[e.info.ID] = e
	}
	return it.Error()
}
