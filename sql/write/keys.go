package write

import (
	"errors"

	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn/keyspace"
)

// KeyWriter changes hashes of the Redis keyspace as rows of a key pattern. Zero
// value ready for Open. Not safe for concurrent use.
type KeyWriter struct {
	tx *keyspace.Tx
}

// FieldValue assigns a hash field; NULL removes it.
type FieldValue struct {
	Field string
	Value types.Datum
}

// TTLField is the pseudo-column that is the time to live in milliseconds; NULL:
// for ever.
const TTLField = "_ttl"

// Open begins a statement.
func (w *KeyWriter) Open(env *Env) error {
	var err error
	w.tx, err = env.KeysTx()
	return err
}

// Insert makes the hash key of fields and values in turns; ttl may be NULL. A key
// that is there already is SQLSTATE 23505.
func (w *KeyWriter) Insert(pattern string, key []byte, pairs [][]byte, ttl types.Datum) error {
	var expire int64
	if !ttl.IsNull() {
		expire = w.tx.NowMs() + ttl.Int()
	}
	ok, err := w.tx.InsertHash(key, pairs, expire)
	if err != nil {
		return KeysError(err)
	}
	if !ok {
		return pgerr.Newf(pgerr.UniqueViolation, "duplicate key value violates unique constraint \"%s\"", pattern).
			WithDetailf("Key (_key)=(%s) already exists.", key).WithConstraint(pattern)
	}
	return nil
}

// Delete removes key, whose lock is held.
func (w *KeyWriter) Delete(key []byte) error {
	e, err := w.tx.Lock(key)
	if err == nil {
		err = e.Delete()
	}
	return KeysError(err)
}

// Update assigns fields of the hash key, whose lock is held; one that keeps no
// field goes.
func (w *KeyWriter) Update(key []byte, set []FieldValue) error {
	e, err := w.tx.LockHash(key)
	if err != nil {
		return KeysError(err)
	}
	for _, f := range set {
		switch {
		case f.Field == TTLField && f.Value.IsNull():
			e.SetExpireAtMs(0)
		case f.Field == TTLField:
			e.SetExpireAtMs(w.tx.NowMs() + f.Value.Int())
		case f.Value.IsNull():
			_, err = e.HashDel([]byte(f.Field))
		default:
			_, err = e.HashSet([]byte(f.Field), []byte(f.Value.Str()))
		}
		if err != nil {
			return KeysError(err)
		}
	}
	return KeysError(e.SaveOrDelete())
}

// KeysError words errors of the keyspace for SQL.
func KeysError(err error) error {
	if errors.Is(err, keyspace.ErrCorrupt) {
		return pgerr.New(pgerr.DataCorrupted, err.Error()).WithCause(err)
	}
	if errors.Is(err, keyspace.ErrWrongType) {
		return pgerr.New(pgerr.WrongObjectType, "key holds another type than a hash").WithCause(err)
	}
	return TxnError(err, "")
}
