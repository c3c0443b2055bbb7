package local

import (
	"context"
	"errors"
	"hash/maphash"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/lock"
)

// LockRow locks key and compares its newest record with the snapshot's. Where
// READ COMMITTED has no snapshot in force yet, the newest record is what a
// snapshot taken now would show, so the outcome is Same or Absent.
func (t *Txn) LockRow(ctx context.Context, dst, key []byte, o txn.LockOptions) (txn.Record, txn.LockOutcome, error) {
	st := t.s
	if st == nil {
		return txn.Record{}, 0, txn.ErrTxnDone
	}
	if st.opts.ReadOnly {
		return txn.Record{}, 0, txn.ErrReadOnly
	}
	if st.opts.Isolation != txn.ReadCommitted {
		st.snapshot() // as of before the wait
	}
	seen := st.store.visibleTS()
	if !st.opts.Optimistic {
		ok, err := st.store.locks.LockRow(ctx, st.lockOwner(), key, o.Mode, o.Wait, st.opts.LockTimeout)
		if err != nil || !ok {
			return txn.Record{}, txn.Skipped, err
		}
	}
	w, err := st.ws.find(key)
	if err != nil {
		return txn.Record{}, 0, err
	}
	if w != nil {
		if rec, ok := st.ownRecord(dst, w); ok {
			return rec, txn.Same, nil
		}
		return txn.Record{}, txn.Absent, nil
	}
	rec, ok, err := st.readLocked(dst, key, o.Mode)
	if err != nil {
		return txn.Record{}, 0, err
	}
	st.noteLocked(key, seen)
	return st.outcome(dst, key, rec, ok, o)
}

// MarkLocks implements txn.LockMarker.
func (t *Txn) MarkLocks() {
	if t.s == nil {
		return
	}
	t.s.lockMark = lock.Mark{}
	if t.s.owner != nil {
		t.s.lockMark = t.s.owner.Mark()
	}
}

// ReleaseLocks implements txn.LockMarker.
func (t *Txn) ReleaseLocks() {
	if st := t.s; st != nil && st.owner != nil {
		st.locked.known = oldUnknown
		st.store.locks.ReleaseTo(st.owner, st.lockMark)
	}
}

// readLocked reads the newest record and keeps its raw value for a write of it.
func (st *state) readLocked(dst, key []byte, mode txn.RowMode) (txn.Record, bool, error) {
	l := &st.locked
	l.known = oldUnknown
	var err error
	if l.raw, err = st.store.engine.Get(l.raw[:0], key); err != nil {
		if !errors.Is(err, kv.ErrNotFound) {
			return txn.Record{}, false, err
		}
		st.keepLocked(key, mode, oldAbsent)
		return txn.Record{}, false, nil
	}
	h, err := decodeHeader(l.raw)
	if err != nil {
		return txn.Record{}, false, err
	}
	st.keepLocked(key, mode, oldPresent)
	if h.expire != 0 && expired(h.expire, st.nowMs()) {
		return txn.Record{}, false, nil
	}
	return txn.Record{Value: append(dst, l.raw[h.bytes:]...), TS: h.ts, ExpireAtMs: h.expire}, true, nil
}

// keepLocked holds only under a lock that keeps other writers out.
func (st *state) keepLocked(key []byte, mode txn.RowMode, known oldKnown) {
	if mode >= txn.ForNoKeyUpdate && !st.opts.Optimistic {
		st.locked.key = append(st.locked.key[:0], key...)
		st.locked.known = known
	}
}

// noteLocked adds key to what is validated.
func (st *state) noteLocked(key []byte, seen txn.Timestamp) {
	if st.track == nil {
		return
	}
	if st.snap != nil && st.opts.Isolation != txn.ReadCommitted {
		seen = st.snap.ts
	}
	st.reads.addPoint(maphash.Bytes(st.store.seed, key), key, seen)
}

// outcome compares the newest record with the snapshot's.
func (st *state) outcome(dst, key []byte, rec txn.Record, ok bool, o txn.LockOptions) (txn.Record, txn.LockOutcome, error) {
	same := txn.Same
	if !ok {
		same = txn.Absent
	}
	if st.opts.Latest || st.snap == nil || ok && rec.TS <= st.snap.ts {
		return rec, same, nil
	}
	mayChange := st.opts.Isolation == txn.ReadCommitted || o.Insert
	if ok {
		if !mayChange {
			return txn.Record{}, 0, txn.ErrSerialization
		}
		return rec, txn.Changed, nil
	}
	_, shown, err := st.readSnapshot(dst, key)
	switch {
	case err != nil:
		return txn.Record{}, 0, err
	case !shown:
		return txn.Record{}, txn.Absent, nil
	case !mayChange:
		if _, moved, _ := st.store.moves.after(key, st.snap.ts); moved {
			return txn.Record{}, 0, txn.ErrSerialization
		}
		return txn.Record{}, 0, txn.ErrSerializationDelete
	}
	return txn.Record{}, txn.Gone, nil
}

// lockWrites takes the locks of an optimistic transaction's writes, so that it
// does not write under somebody's feet.
func (st *state) lockWrites() error {
	owner := st.lockOwner()
	return st.ws.each(func(o *op) error {
		if o.kind == opRange {
			return nil
		}
		_, err := st.store.locks.LockRow(context.Background(), owner, o.key, txn.ForUpdate, txn.NoWait, 0)
		if errors.Is(err, txn.ErrLockNotAvailable) {
			return txn.ErrSerialization
		}
		return err
	})
}
