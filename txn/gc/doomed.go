package gc

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/txn"
)

// doomedPerPassMax bounds the ranges that one pass deletes.
const doomedPerPassMax = 1024

// DropDoomed deletes the keys that were given up before a time, and the records
// that say so.
func DropDoomed(e kv.Engine, before time.Time) error {
	it, err := e.NewIter(kv.IterOptions{Lower: []byte{keys.Doomed}, Upper: []byte{keys.Doomed + 1}})
	if err != nil {
		return err
	}
	defer it.Close()
	b := e.NewBatch()
	defer b.Close()
	n := 0
	for ok := it.First(); ok && n < doomedPerPassMax; ok = it.Next() {
		raw, err := it.Value()
		if err != nil {
			return err
		}
		since, err := commitTime(raw)
		if err != nil {
			return err
		}
		if since >= txn.TimestampOf(before) {
			continue
		}
		n++
		key := bytes.Clone(it.Key())
		prefix := key[1:]
		if err := b.DeleteRange(prefix, keys.PrefixEnd(nil, prefix)); err != nil {
			return err
		}
		if err := b.Delete(key); err != nil {
			return err
		}
	}
	if err := it.Error(); err != nil || n == 0 {
		return err
	}
	return e.Apply(b)
}

// commitTime reads the commit timestamp at the front of a record's header.
func commitTime(raw []byte) (txn.Timestamp, error) {
	if len(raw) < 8 {
		return 0, fmt.Errorf("%w: doomed record of %d bytes", kv.ErrCorruption, len(raw))
	}
	return txn.Timestamp(binary.BigEndian.Uint64(raw)), nil
}
