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
	return st.get(dst, key, st.ws.find(key))
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
		return st.store.read(st.store.engine, dst, key)
	}
	snap := st.snapshot()
	if st.opts.Isolation == txn.Serializable && !st.opts.ReadOnly {
		st.reads.addPoint(maphash.Bytes(st.store.seed, key), key, snap.ts)
	}
	return st.store.read(snap, dst, key)
}

// GetNewest reads the latest committed record, own writes first.
func (t *Txn) GetNewest(dst, key []byte) (txn.Record, bool, error) {
	st := t.s
	if st == nil {
		return txn.Record{}, false, txn.ErrTxnDone
	}
	if o := st.ws.find(key); o != nil {
		rec, ok := st.ownRecord(dst, o)
		return rec, ok, nil
	}
	return st.store.read(st.store.engine, dst, key)
}

// ownRecord is the record that an own write makes; ok is false for a delete.
func (st *state) ownRecord(dst []byte, o *op) (rec txn.Record, ok bool) {
	if o.kind != opPut || st.store.expired(o.expire) {
		return txn.Record{}, false
	}
	return txn.Record{Value: append(dst, o.val...), ExpireAtMs: o.expire}, true
}

// expired tells whether an expiry has passed.
func (s *Store) expired(expireAtMs int64) bool {
	return expireAtMs != 0 && expireAtMs <= s.hlc.nowMs()
}

// read reads one record. The engine's bytes go straight into dst.
func (s *Store) read(r kv.Reader, dst, key []byte) (txn.Record, bool, error) {
	raw, err := r.Get(dst, key)
	if err != nil {
		if errors.Is(err, kv.ErrNotFound) {
			err = nil
		}
		return txn.Record{}, false, err
	}
	rec, err := takeRecord(raw, len(dst))
	if err != nil || s.expired(rec.ExpireAtMs) {
		return txn.Record{}, false, err
	}
	return rec, true, nil
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
