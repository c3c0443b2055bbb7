package keyspace

import (
	"encoding/binary"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/txn"
)

// Replace makes e a new empty packed value of type t without expiry, dropping
// whatever the key held.
func (e *Entry) Replace(t Type) error {
	if e.exists {
		if err := e.dropParts(); err != nil {
			return err
		}
	}
	e.start(t, encPacked)
	return nil
}

// SaveOrDelete saves, or deletes the key where the collection has become empty.
func (e *Entry) SaveOrDelete() error {
	if e.exists && (e.spread() && e.count == 0 || !e.spread() && len(e.val) == headerBytes) {
		return e.Delete()
	}
	return e.Save()
}

// DeleteKey deletes a key of any type; false where it is absent.
func (tx *Tx) DeleteKey(key []byte) (bool, error) {
	e, err := tx.Lock(key)
	if err != nil || !e.exists {
		return false, err
	}
	return true, e.Delete()
}

// Exists tells whether a key is there.
func (tx *Tx) Exists(key []byte) (bool, error) {
	e, err := tx.Read(key)
	return e.exists, err
}

// Expire sets a key's expiry (0: none); false where the key is absent. A time
// that has passed deletes the key.
func (tx *Tx) Expire(key []byte, expireAtMs int64) (bool, error) {
	e, err := tx.Lock(key)
	if err != nil || !e.exists {
		return false, err
	}
	if expireAtMs != 0 && expireAtMs <= tx.nowMs {
		return true, e.Delete()
	}
	e.expire = expireAtMs
	return true, e.Save()
}

// CopyTo writes what e holds, expiry included, to the locked entry dst, which may
// be in another database. Neither entry is valid afterwards.
func (e *Entry) CopyTo(dst *Entry, db uint16) error {
	tx := e.tx
	src := tx.db
	tx.db = db
	defer func() { tx.db = src }()
	if dst.exists {
		if err := dst.dropParts(); err != nil {
			return err
		}
	}
	dst.exists = true
	dst.val = append(dst.val[:0], e.val...)
	dst.expire, dst.id, dst.count, dst.head, dst.tail = e.expire, 0, e.count, e.head, e.tail
	if e.spread() {
		dst.id = tx.ks.nextCollectionID()
		if err := e.copyParts(dst.id); err != nil {
			return err
		}
	}
	return dst.Save()
}

// MoveTo is CopyTo that takes the parts along instead of copying them, and
// deletes e.
func (e *Entry) MoveTo(dst *Entry, db uint16) error {
	tx := e.tx
	src := tx.db
	if dst.exists {
		if err := dst.dropParts(); err != nil {
			return err
		}
	}
	dst.exists = true
	dst.val = append(dst.val[:0], e.val...)
	dst.expire, dst.id, dst.count, dst.head, dst.tail = e.expire, e.id, e.count, e.head, e.tail
	e.oldID, e.id = 0, 0 // the parts now belong to dst
	if err := e.Delete(); err != nil {
		return err
	}
	tx.db = db
	defer func() { tx.db = src }()
	return dst.Save()
}

// copyHintMax bounds what a scan of parts is told to read ahead.
const copyHintMax = 1 << 10

func (e *Entry) copyParts(id uint64) error {
	tx := e.tx
	lower := appendCollection(nil, e.id)
	upper := keys.PrefixEnd(nil, lower)
	it, err := tx.t.Scan(lower, upper, txn.ScanOptions{LimitHint: int(min(e.count, copyHintMax))})
	if err != nil {
		return err
	}
	defer it.Close()
	to := appendCollection(nil, id)
	for it.Next() {
		to = append(to[:1+idBytes], it.Key()[1+idBytes:]...)
		if err := tx.t.Put(to, it.Record().Value, txn.PutOptions{}); err != nil {
			return err
		}
	}
	return it.Err()
}

// FlushAll deletes every key of every database, without looking at them where
// there is no observer: nobody else is told of a change, but the timestamps that
// WATCH compares tell.
func (tx *Tx) FlushAll() error {
	if tx.observer != nil {
		lower := []byte{keys.Redis}
		err := tx.eachRecord(lower, keys.PrefixEnd(nil, lower), (*Entry).reportFlushed)
		if err != nil {
			return err
		}
	}
	for _, prefix := range []byte{keys.Redis, keys.RedisPart, keys.RedisExpiry} {
		if err := tx.t.DeleteRange([]byte{prefix}, []byte{prefix + 1}); err != nil {
			return err
		}
	}
	return nil
}

// FlushDB deletes every key of a database. Records, parts and expiries go by
// range deletes; only spread collections are looked up.
func (tx *Tx) FlushDB(db uint16) error {
	lower := keys.AppendRedis(nil, db, nil)
	upper := keys.PrefixEnd(nil, lower)
	err := tx.eachRecord(lower, upper, func(e *Entry) error { return e.flush(db) })
	if err != nil {
		return err
	}
	return tx.t.DeleteRange(lower, upper)
}

// eachRecord calls fn with each key that is there; the Entry is valid during the
// call.
func (tx *Tx) eachRecord(lower, upper []byte, fn func(*Entry) error) error {
	if tx.observer != nil { // is told of what has expired, too
		tx.t.SetNow(1)
		defer tx.t.SetNow(tx.nowMs)
	}
	it, err := tx.t.Scan(lower, upper, txn.ScanOptions{})
	if err != nil {
		return err
	}
	defer it.Close()
	e := Entry{tx: tx}
	for it.Next() {
		rec := it.Record()
		e.skey = append(e.skey[:0], it.Key()...)
		rec.Value = append(e.val[:0], rec.Value...)
		if err := e.decode(rec, true); err != nil {
			return err
		}
		if err := fn(&e); err != nil {
			return err
		}
	}
	return it.Err()
}

// reportFlushed tells the observer of a key that is about to go.
func (e *Entry) reportFlushed() error {
	tx, db := e.tx, e.tx.db
	tx.db = binary.BigEndian.Uint16(e.skey[1:])
	defer func() { tx.db = db }()
	if err := e.beginWatch(); err != nil || !e.watch.on {
		return err
	}
	gone := Entry{tx: tx, skey: e.skey, watch: e.watch}
	err := gone.report()
	e.watch = gone.watch
	return err
}

// flush removes what stands beside the record, and reports the change.
func (e *Entry) flush(db uint16) error {
	tx := e.tx
	if tx.observer != nil {
		if err := e.reportFlushed(); err != nil {
			return err
		}
		e.watch.on = false
	}
	if err := e.dropParts(); err != nil {
		return err
	}
	if e.oldExpire != 0 {
		tx.partKey = appendExpiry(tx.partKey[:0], e.oldExpire, db, e.Key())
		if err := tx.t.Delete(tx.partKey, txn.PutOptions{}); err != nil {
			return err
		}
	}
	if tx.changed != nil {
		tx.changed(db, e.Key())
	}
	return nil
}
