package keyspace

import (
	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/txn"
)

// KeyScan iterates keys in byte order. What it gives is valid until the next
// Next; the Tx may be used meanwhile, except that Fields uses its scratch.
type KeyScan struct {
	tx   *Tx
	it   txn.Iterator
	e    Entry
	body []byte
	err  error
}

// ScanPrefix iterates the keys that start with prefix.
func (tx *Tx) ScanPrefix(prefix []byte, o txn.ScanOptions) (*KeyScan, error) {
	lower := keys.AppendRedis(nil, tx.db, prefix)
	return tx.scan(lower, keys.PrefixEnd(nil, lower), o)
}

// ScanFrom iterates the keys from a key on to the end of the database.
func (tx *Tx) ScanFrom(from []byte, o txn.ScanOptions) (*KeyScan, error) {
	return tx.ScanRange(from, nil, o)
}

// ScanRange iterates the keys in [from, to); a nil to is the end of the database.
func (tx *Tx) ScanRange(from, to []byte, o txn.ScanOptions) (*KeyScan, error) {
	lower := keys.AppendRedis(nil, tx.db, from)
	var upper []byte
	if to == nil {
		upper = keys.PrefixEnd(nil, keys.AppendRedis(nil, tx.db, nil))
	} else {
		upper = keys.AppendRedis(nil, tx.db, to)
	}
	return tx.scan(lower, upper, o)
}

func (tx *Tx) scan(lower, upper []byte, o txn.ScanOptions) (*KeyScan, error) {
	it, err := tx.t.Scan(lower, upper, o)
	if err != nil {
		return nil, err
	}
	return &KeyScan{tx: tx, it: it}, nil
}

// Next moves to the next key.
func (s *KeyScan) Next() bool { return s.it.Next() }

// Key is the user's key.
func (s *KeyScan) Key() []byte { return s.it.Key()[3:] }

// Record is the raw record: type byte, encoding byte, body.
func (s *KeyScan) Record() []byte { return s.it.Record().Value }

// Type of the key's value.
func (s *KeyScan) Type() Type {
	v := s.it.Record().Value
	if len(v) < headerBytes {
		return TypeNone
	}
	return Type(v[0])
}

// ExpireAtMs is the key's expiry in Unix milliseconds, 0 for none.
func (s *KeyScan) ExpireAtMs() int64 { return s.it.Record().ExpireAtMs }

// TS is the record's commit timestamp.
func (s *KeyScan) TS() txn.Timestamp { return s.it.Record().TS }

// Fields iterates the hash at hand: without copying where it is packed, else
// gathered from its parts. ErrNotHash where it is no hash.
func (s *KeyScan) Fields() (HashIter, error) {
	rec := s.it.Record()
	if it, ok := HashFields(rec.Value); ok {
		return it, nil
	}
	if s.Type() != TypeHash {
		return HashIter{}, ErrNotHash
	}
	s.e.tx = s.tx
	if err := s.e.decode(rec, true); err != nil {
		return HashIter{}, err
	}
	body, err := s.e.gatherHash(s.body[:0])
	s.body = body
	s.e.val = nil // it aliased the iterator's record
	return HashIter{rest: body}, err
}

// StringRecord is the record of the string at hand as it would be if it lay whole
// in it: two bytes and the value.
func (s *KeyScan) StringRecord() ([]byte, error) {
	rec := s.it.Record()
	if len(rec.Value) < headerBytes || !inPartsRecord(rec.Value) {
		return rec.Value, nil
	}
	s.e.tx = s.tx
	if err := s.e.decode(rec, true); err != nil {
		return nil, err
	}
	out, err := s.e.StringRecord()
	s.e.val = nil // it aliased the iterator's record
	return out, err
}

// Err is what ended the iteration before its end.
func (s *KeyScan) Err() error { return s.it.Err() }

// Close ends the iteration.
func (s *KeyScan) Close() { s.it.Close() }
