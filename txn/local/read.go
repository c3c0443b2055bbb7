package local

import (
	"errors"
	"hash/maphash"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/txn"
)

// Get reads key in the snapshot in force, own writes first.
func (t *Txn) Get(dst, key []byte) (txn.Record, bool, error) {
	st := t.s
	if st == nil {
		return txn.Record{}, false, txn.ErrTxnDone
	}
	own, err := st.ws.find(key)
	if err != nil {
		return txn.Record{}, false, err
	}
	return st.get(dst, key, own)
}

// get reads key where own is what the write set says of it.
func (st *state) get(dst, key []byte, own *op) (txn.Record, bool, error) {
	if own != nil {
		rec, ok := st.ownRecord(dst, own)
		return rec, ok, nil
	}
	if st.opts.AsOf != 0 {
		return st.getAsOf(dst, key)
	}
	if st.opts.Latest {
		return st.readNewest(dst, key)
	}
	snap := st.snapshot()
	if st.tracksReads() {
		st.reads.addPoint(maphash.Bytes(st.store.seed, key), key, snap.ts)
	}
	return st.readSnapshot(dst, key)
}

// GetNewest reads the latest committed record, own writes first.
func (t *Txn) GetNewest(dst, key []byte) (txn.Record, bool, error) {
	st := t.s
	if st == nil {
		return txn.Record{}, false, txn.ErrTxnDone
	}
	o, err := st.ws.find(key)
	if err != nil {
		return txn.Record{}, false, err
	}
	if o != nil {
		rec, ok := st.ownRecord(dst, o)
		return rec, ok, nil
	}
	return st.readNewest(dst, key)
}

// GetExpired reads what has expired at key.
func (t *Txn) GetExpired(dst, key []byte) (txn.Record, bool, error) {
	st := t.s
	if st == nil {
		return txn.Record{}, false, txn.ErrTxnDone
	}
	o, err := st.ws.find(key)
	if err != nil {
		return txn.Record{}, false, err
	}
	if o != nil {
		if o.kind != opPut || !expired(o.expire, st.readMs()) {
			return txn.Record{}, false, nil
		}
		return txn.Record{Value: append(dst, o.val...), ExpireAtMs: o.expire}, true, nil
	}
	rec, ok, err := read(st.store.engine, dst, key)
	if !ok || err != nil || !expired(rec.ExpireAtMs, st.nowMs()) {
		return txn.Record{}, false, err
	}
	return rec, true, nil
}

// ownRecord is the record that an own write makes; ok is false for a delete.
func (st *state) ownRecord(dst []byte, o *op) (rec txn.Record, ok bool) {
	if o.kind != opPut || o.expire != 0 && expired(o.expire, st.readMs()) {
		return txn.Record{}, false
	}
	return txn.Record{Value: append(dst, o.val...), ExpireAtMs: o.expire}, true
}

// expired tells whether an expiry has passed at nowMs.
func expired(expireAtMs, nowMs int64) bool { return expireAtMs != 0 && expireAtMs <= nowMs }

// nowMs is the time at which the newest state is judged.
func (st *state) nowMs() int64 {
	if st.now != 0 {
		return st.now
	}
	return st.store.hlc.nowMs()
}

// readMs is the time at which what Get and Scan see is judged: that of the
// snapshot in force where there is one.
func (st *state) readMs() int64 {
	if st.snap != nil {
		return st.snapMs
	}
	return st.nowMs()
}

// readNewest reads the newest committed record.
func (st *state) readNewest(dst, key []byte) (txn.Record, bool, error) {
	rec, ok, err := read(st.store.engine, dst, key)
	if rec.ExpireAtMs != 0 && expired(rec.ExpireAtMs, st.nowMs()) {
		return txn.Record{}, false, nil
	}
	return rec, ok, err
}

// readSnapshot reads in the snapshot in force. REQUIRES: there is one.
func (st *state) readSnapshot(dst, key []byte) (txn.Record, bool, error) {
	rec, ok, err := read(st.snap, dst, key)
	if expired(rec.ExpireAtMs, st.snapMs) {
		return txn.Record{}, false, nil
	}
	return rec, ok, err
}

// read reads one record, expired or not. The engine's bytes go straight into dst.
func read(r kv.Reader, dst, key []byte) (txn.Record, bool, error) {
	raw, err := r.Get(dst, key)
	if err != nil {
		if errors.Is(err, kv.ErrNotFound) {
			err = nil
		}
		return txn.Record{}, false, err
	}
	rec, err := takeRecord(raw, len(dst))
	return rec, err == nil, err
}

// Put writes key.
func (t *Txn) Put(key, value []byte, o txn.PutOptions) error {
	return t.write(opPut, key, value, o)
}

// Delete deletes key.
func (t *Txn) Delete(key []byte, o txn.PutOptions) error {
	o.ExpireAtMs = 0
	return t.write(opDelete, key, nil, o)
}

func (t *Txn) write(kind opKind, key, value []byte, o txn.PutOptions) error {
	st := t.s
	if st == nil {
		return txn.ErrTxnDone
	}
	if st.opts.ReadOnly {
		return txn.ErrReadOnly
	}
	if err := checkSizes(key, value); err != nil {
		return err
	}
	w, err := st.ws.write(kind, key, value, o)
	if err != nil {
		return err
	}
	if w.keepHistory && w.known == oldUnknown && st.locked.known != oldUnknown && string(st.locked.key) == string(key) {
		if err := st.ws.charge(len(st.locked.raw)); err != nil {
			return err
		}
		w.known = st.locked.known
		if w.known == oldPresent {
			w.old = st.ws.arena.copyOf(st.locked.raw)
		}
	}
	return nil
}

// openUpper stands for an open upper bound: above every key (kv/keys).
var openUpper = []byte{0xff}

// DeleteRange deletes [lower, upper).
func (t *Txn) DeleteRange(lower, upper []byte) error {
	st := t.s
	if st == nil {
		return txn.ErrTxnDone
	}
	if st.opts.ReadOnly {
		return txn.ErrReadOnly
	}
	if len(upper) == 0 {
		upper = openUpper
	}
	if string(lower) >= string(upper) {
		return nil
	}
	return st.ws.deleteRange(lower, upper)
}
