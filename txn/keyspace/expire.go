package keyspace

import (
	"encoding/binary"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/txn"
)

// expiryKeyBytes is the length of an expiry entry's key before the user key.
const expiryKeyBytes = 1 + 8 + 2

func appendExpiry(dst []byte, ms int64, db uint16, key []byte) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, keys.RedisExpiry), uint64(ms))
	dst = binary.BigEndian.AppendUint16(dst, db)
	return append(dst, key...)
}

// indexExpiry moves the key's expiry entry from what was stored to what is.
func (e *Entry) indexExpiry() error {
	tx := e.tx
	if e.oldExpire == e.expire && e.oldID == e.id {
		return nil
	}
	if e.oldExpire != 0 && e.oldExpire != e.expire {
		tx.partKey = appendExpiry(tx.partKey[:0], e.oldExpire, tx.db, e.Key())
		if err := tx.t.Delete(tx.partKey, txn.PutOptions{}); err != nil {
			return err
		}
	}
	if e.expire == 0 {
		return nil
	}
	tx.partKey = appendExpiry(tx.partKey[:0], e.expire, tx.db, e.Key())
	var id []byte
	if e.id != 0 {
		tx.partVal = binary.BigEndian.AppendUint64(tx.partVal[:0], e.id)
		id = tx.partVal
	}
	return tx.t.Put(tx.partKey, id, txn.PutOptions{})
}

// ExpireCycle removes up to max keys whose expiry has passed, with their parts
// and expiry entries, and returns how many entries it dealt with: less than max
// means that none is left. Keys that others have locked are left for the next
// cycle. The caller commits.
func (tx *Tx) ExpireCycle(max int) (int, error) {
	lower := []byte{keys.RedisExpiry}
	upper := binary.BigEndian.AppendUint64([]byte{keys.RedisExpiry}, uint64(tx.nowMs)+1)
	it, err := tx.t.Scan(lower, upper, txn.ScanOptions{LimitHint: max})
	if err != nil {
		return 0, err
	}
	type due struct {
		index, id []byte
	}
	var dues []due
	for len(dues) < max && it.Next() {
		k := it.Key()
		if len(k) < expiryKeyBytes {
			it.Close()
			return 0, ErrCorrupt
		}
		dues = append(dues, due{append([]byte(nil), k...), append([]byte(nil), it.Record().Value...)})
	}
	err = it.Err()
	it.Close()
	if err != nil {
		return 0, err
	}
	for _, d := range dues {
		if err := tx.expireOne(d.index, d.id); err != nil {
			return 0, err
		}
	}
	return len(dues), nil
}

// expireOne removes what one expiry entry points at. The record itself reads as
// absent already; a record that is present belongs to a later life of the key.
func (tx *Tx) expireOne(index, id []byte) error {
	tx.SetDB(binary.BigEndian.Uint16(index[9:]))
	wait := tx.wait
	tx.wait = txn.SkipLocked
	defer func() { tx.wait = wait }()
	e := &tx.main
	e.tx, e.locked = tx, true
	e.skey = keys.AppendRedis(e.skey[:0], tx.db, index[expiryKeyBytes:])
	e.watch.on = false
	rec, out, err := tx.t.LockRow(tx.ctx, e.val[:0], e.skey, txn.LockOptions{Mode: txn.ForUpdate, Wait: txn.SkipLocked, Insert: true})
	if err != nil || out == txn.Skipped {
		return err
	}
	if err := e.decode(rec, out != txn.Absent && out != txn.Gone); err != nil {
		return err
	}
	ms := int64(binary.BigEndian.Uint64(index[1:]))
	if e.exists && e.expire == ms {
		return nil // the store's clock is behind ours: still alive for readers
	}
	if tx.observer != nil {
		if err := e.beginWatch(); err != nil {
			return err
		}
		if e.watch.expired {
			if err := e.report(); err != nil {
				return err
			}
		}
	}
	if len(id) == idBytes {
		if dead := binary.BigEndian.Uint64(id); dead != e.oldID {
			if err := tx.dropCollection(dead); err != nil {
				return err
			}
		}
	}
	if !e.exists {
		if err := tx.t.Delete(e.skey, txn.PutOptions{}); err != nil {
			return err
		}
		if tx.changed != nil {
			tx.changed(tx.db, e.Key())
		}
	}
	return tx.t.Delete(index, txn.PutOptions{})
}
