package keyspace

import (
	"bytes"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/txn"
)

// Observer sees every change of the keys it wants, in the transaction that makes
// it, whoever makes it: a command, a script, SQL through a key pattern, FLUSHALL,
// the removal of what has expired. It may write to that transaction, but not to
// the keys it is told of. Safe for concurrent use: every Tx calls it.
type Observer interface {
	// Wants tells whether changes of a key are to be reported. It is asked each time
	// the key is locked for writing, and must not wait.
	Wants(db uint16, key []byte) bool
	// Changed is called once for each key that a command changes, after the write (a
	// command that names a key several times may write it as often). An error is the
	// command's, or the statement's: REQUIRES of its caller that it is undone, with
	// what Changed wrote.
	Changed(c *Change) error
}

// Observe has o see the changes of all transactions that are bound from now on;
// nil: nobody.
func (ks *Keyspace) Observe(o Observer) {
	if o == nil {
		ks.observer.Store(nil)
		return
	}
	ks.observer.Store(&o)
}

// Version is one state of a key.
type Version struct {
	Exists bool
	// Record is what is stored at the key; of a spread collection that is its
	// header only. ExpireAtMs is 0 for never.
	Record     []byte
	ExpireAtMs int64
}

// Type of the value; TypeNone where the key is absent.
func (v *Version) Type() Type {
	if !v.Exists || len(v.Record) < headerBytes {
		return TypeNone
	}
	return Type(v.Record[0])
}

// collection is the id of a spread collection, 0 where the record holds all.
func (v *Version) collection() uint64 {
	if v.Type() == TypeNone || !inPartsRecord(v.Record) {
		return 0
	}
	e := Entry{val: v.Record}
	if e.decodeSpread() != nil {
		return 0
	}
	return e.id
}

// Change is one write of a key, valid during the call of Changed. For each key
// the Old of a change is the New of the one before.
type Change struct {
	DB       uint16
	Key      []byte
	Old, New Version
	// Expired tells that the time of Old had passed before the write: it had not been
	// removed yet.
	Expired bool

	tx *Tx
	// fields are old values of the fields of a spread hash that were changed in
	// place, by name; absent where the field is new.
	fields map[string]oldPart
}

// oldPart is what a part held before a command.
type oldPart struct {
	value []byte
	had   bool
}

// Txn is the transaction that makes the change.
func (c *Change) Txn() txn.Txn { return c.tx.t }

// OldField and NewField read a field of a hash; ok is false where it is absent or
// the key is no hash. The value is valid until the next call.
func (c *Change) OldField(name []byte) (value []byte, ok bool, err error) {
	if p, changed := c.fields[string(name)]; changed {
		return p.value, p.had, nil
	}
	return c.field(&c.Old, name)
}

// NewField is OldField after the write.
func (c *Change) NewField(name []byte) (value []byte, ok bool, err error) {
	return c.field(&c.New, name)
}

func (c *Change) field(v *Version, name []byte) ([]byte, bool, error) {
	if v.Type() != TypeHash {
		return nil, false, nil
	}
	if id := v.collection(); id != 0 {
		key := append(append(appendCollection(nil, id), partField), name...)
		rec, ok, err := c.tx.t.GetNewest(nil, key)
		return rec.Value, ok, err
	}
	for it := (HashIter{rest: v.Record[headerBytes:]}); it.Next(); {
		if bytes.Equal(it.Field, name) {
			return it.Value, true, nil
		}
	}
	return nil, false, nil
}

// ChangedFields calls fn with each field of a hash whose value the write changed;
// a value is nil where the field is absent. The slices are valid during the call.
func (c *Change) ChangedFields(fn func(name, old, now []byte) error) error {
	if id := c.Old.collection(); id != 0 && id == c.New.collection() {
		for name := range c.fields {
			if err := c.compareField([]byte(name), fn); err != nil {
				return err
			}
		}
		return nil
	}
	for name := range c.fields { // gone from the old collection, or new in it
		if err := c.compareField([]byte(name), fn); err != nil {
			return err
		}
	}
	err := c.eachField(&c.Old, func(name []byte) error {
		if _, noted := c.fields[string(name)]; noted {
			return nil
		}
		return c.compareField(name, fn)
	})
	if err != nil {
		return err
	}
	return c.eachField(&c.New, func(name []byte) error {
		if _, noted := c.fields[string(name)]; noted {
			return nil
		}
		if _, had, err := c.OldField(name); err != nil || had {
			return err
		}
		return c.compareField(name, fn)
	})
}

func (c *Change) compareField(name []byte, fn func(name, old, now []byte) error) error {
	old, had, err := c.OldField(name)
	if err != nil {
		return err
	}
	now, has, err := c.NewField(name)
	if err != nil || had == has && bytes.Equal(old, now) {
		return err
	}
	return fn(name, present(old, had), present(now, has))
}

// present is v, or nil where there is none.
func present(v []byte, ok bool) []byte {
	switch {
	case !ok:
		return nil
	case v == nil:
		return []byte{}
	}
	return v
}

// eachField calls fn with the name of each field of a hash. A spread hash is read
// as it is stored now: what was changed in place is in c.fields.
func (c *Change) eachField(v *Version, fn func(name []byte) error) error {
	if v.Type() != TypeHash {
		return nil
	}
	id := v.collection()
	if id == 0 {
		for it := (HashIter{rest: v.Record[headerBytes:]}); it.Next(); {
			if err := fn(it.Field); err != nil {
				return err
			}
		}
		return nil
	}
	lower := append(appendCollection(nil, id), partField)
	it, err := c.tx.t.Scan(lower, keys.PrefixEnd(nil, lower), txn.ScanOptions{})
	if err != nil {
		return err
	}
	defer it.Close()
	for it.Next() {
		if err := fn(it.Key()[partPrefixBytes:]); err != nil {
			return err
		}
	}
	return it.Err()
}

// watch is what an Entry keeps for the Observer; on is false where it does not
// want the key, or there is none.
type watch struct {
	on      bool
	db      uint16
	old     Version // Record is a buffer of its own
	oldID   uint64  // the collection of old
	expired bool
	fields  map[string]oldPart
	drops   []uint64 // collections to be dropped once the change is reported
}

// beginWatch notes the state before the write of a key that was locked.
func (e *Entry) beginWatch() error {
	tx, w := e.tx, &e.watch
	w.on = tx.observer.Wants(tx.db, e.Key())
	if !w.on {
		return nil
	}
	w.db, w.expired = tx.db, false
	w.drops = w.drops[:0]
	clear(w.fields)
	if e.exists {
		w.old = Version{Exists: true, Record: append(w.old.Record[:0], e.val...), ExpireAtMs: e.expire}
		w.oldID, w.expired = e.id, e.expire != 0 && e.expire <= tx.nowMs
		return nil
	}
	rec, ok, err := tx.t.GetExpired(w.old.Record[:0], e.skey)
	w.old = Version{Exists: ok, Record: rec.Value, ExpireAtMs: rec.ExpireAtMs}
	w.oldID, w.expired = w.old.collection(), ok
	return err
}

// noteField keeps what a field of a spread hash held before the command.
func (e *Entry) noteField(name []byte) error {
	w := &e.watch
	if _, noted := w.fields[string(name)]; noted {
		return nil
	}
	rec, ok, err := e.tx.t.GetNewest(nil, e.part(partField, name))
	if err != nil {
		return err
	}
	if w.fields == nil {
		w.fields = map[string]oldPart{}
	}
	w.fields[string(name)] = oldPart{rec.Value, ok}
	return nil
}

// report tells the observer of the write that brought the key to what e holds,
// and drops the collections that it replaced.
func (e *Entry) report() error {
	w := &e.watch
	c := Change{DB: w.db, Key: e.Key(), Old: w.old, Expired: w.expired, tx: e.tx}
	if e.exists {
		c.New = Version{Exists: true, Record: e.val, ExpireAtMs: e.expire}
	}
	if w.oldID != 0 {
		c.fields = w.fields
	}
	if c.Old.Exists || c.New.Exists {
		if err := e.tx.observer.Changed(&c); err != nil {
			return err
		}
	}
	for _, id := range w.drops {
		if err := e.tx.dropCollection(id); err != nil {
			return err
		}
	}
	w.drops = w.drops[:0]
	clear(w.fields)
	w.expired, w.oldID = false, e.id
	w.old = Version{Exists: e.exists, Record: append(w.old.Record[:0], e.val...), ExpireAtMs: e.expire}
	return nil
}
