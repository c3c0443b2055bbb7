package keyspace

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/txn"
)

// TxOptions of a Tx.
type TxOptions struct {
	DB uint16
	// Wait is what Lock does where another transaction holds the key.
	Wait txn.Wait
	// Ctx ends a wait for a lock; nil: context.Background().
	Ctx context.Context
	// Changed, where set, is called for every key that Save or Delete writes.
	// key is valid during the call.
	Changed func(db uint16, key []byte)
}

// Tx is one transaction's view of one database. Not safe for concurrent use.
// What its methods return is valid until the next call on the Tx, unless said
// otherwise.
type Tx struct {
	ks    *Keyspace
	t     txn.Txn
	db    uint16
	wait  txn.Wait
	ctx   context.Context
	share bool // readers of spread collections lock them shared
	nowMs int64

	changed  func(db uint16, key []byte)
	observer Observer // nil: nobody is told

	main, other Entry // the entries that Lock, Read, LockOther and ReadOther return

	// ForceShare has every Read lock its key shared: the mode of commands that
	// must see several keys at one instant.
	ForceShare bool
	// Locked is set when a lock was taken; whoever ends the transaction clears it.
	Locked bool
	// Written counts the bytes of records and parts written; whoever ends the
	// transaction clears it.
	Written int64
	// Hits and Misses count the keys that Read found and did not.
	Hits, Misses int64

	conflict         []byte // storage key that a lock was refused on
	partKey, partEnd []byte // scratch of part operations
	partVal, scratch []byte
	fields           FieldIter
	z                zbuffers
}

// NewTx makes a Tx over t.
func (ks *Keyspace) NewTx(t txn.Txn, o TxOptions) *Tx {
	tx := &Tx{ks: ks, db: o.DB, wait: o.Wait, ctx: o.Ctx, changed: o.Changed}
	if tx.ctx == nil {
		tx.ctx = context.Background()
	}
	if t != nil {
		tx.Bind(t, ks.NowMs())
	}
	return tx
}

// Bind moves the Tx, with its buffers, to another transaction. nowMs is the time
// that expiries are compared with.
func (tx *Tx) Bind(t txn.Txn, nowMs int64) {
	tx.t = t
	tx.SetNowMs(nowMs)
	tx.share = t.Options().Latest
	tx.observer = nil
	if o := tx.ks.observer.Load(); o != nil {
		tx.observer = *o
	}
}

// Txn is the transaction below.
func (tx *Tx) Txn() txn.Txn { return tx.t }

// Keyspace that the Tx belongs to.
func (tx *Tx) Keyspace() *Keyspace { return tx.ks }

// DB is the database in use.
func (tx *Tx) DB() uint16 { return tx.db }

// SetDB changes the database in use.
func (tx *Tx) SetDB(db uint16) { tx.db = db }

// SetWait changes what Lock does on a conflict.
func (tx *Tx) SetWait(w txn.Wait) { tx.wait = w }

// SetContext changes what ends a wait for a lock.
func (tx *Tx) SetContext(ctx context.Context) { tx.ctx = ctx }

// NowMs is the Tx's time in Unix milliseconds.
func (tx *Tx) NowMs() int64 { return tx.nowMs }

// SetNowMs sets the Tx's time, and where it reads the present that at which the
// transaction judges expiries.
func (tx *Tx) SetNowMs(ms int64) {
	tx.nowMs = ms
	tx.t.SetNow(ms)
}

// ConflictKey is the storage key on which the last txn.ErrLockNotAvailable came.
func (tx *Tx) ConflictKey() []byte { return tx.conflict }

// Entry is one key in hand: locked for writing, or only read. Its buffers belong
// to the Tx. Collections are changed through the methods in the files of their
// types; nothing is written to the record before Save.
type Entry struct {
	tx     *Tx
	skey   []byte // storage key
	val    []byte // the record: header and body; body is rewritten in place
	exists bool
	locked bool

	ts     txn.Timestamp
	expire int64 // as it shall be, Unix ms, 0 none

	// what the store has, for the expiry index
	oldExpire int64
	oldID     uint64

	// of a spread collection
	id         uint64
	count      int64 // of a string: its bytes
	head, tail int64 // list chunks
	patch      dirtyPart

	watch watch
}

// Read reads a key; absent where Exists is false.
func (tx *Tx) Read(key []byte) (*Entry, error) { return tx.read(&tx.main, key) }

// ReadOther is Read into the second entry, so that two keys can be in hand.
func (tx *Tx) ReadOther(key []byte) (*Entry, error) { return tx.read(&tx.other, key) }

func (tx *Tx) read(e *Entry, key []byte) (*Entry, error) {
	e.tx = tx
	e.locked, e.watch.on = false, false
	e.skey = keys.AppendRedis(e.skey[:0], tx.db, key)
	if tx.ForceShare {
		return e, tx.lockEntry(e, txn.ForShare)
	}
	rec, ok, err := tx.t.Get(e.val[:0], e.skey)
	if err != nil {
		return e, err
	}
	if err := e.decode(rec, ok); err != nil {
		return e, err
	}
	if ok {
		tx.Hits++
		if tx.share && inPartsRecord(e.val) {
			return e, tx.lockEntry(e, txn.ForShare)
		}
	} else {
		tx.Misses++
	}
	return e, nil
}

// Lock locks a key for writing and reads its newest record.
func (tx *Tx) Lock(key []byte) (*Entry, error) {
	return tx.lock(&tx.main, key)
}

// LockOther is Lock into the second entry.
func (tx *Tx) LockOther(key []byte) (*Entry, error) {
	return tx.lock(&tx.other, key)
}

func (tx *Tx) lock(e *Entry, key []byte) (*Entry, error) {
	e.tx = tx
	e.locked, e.watch.on = true, false
	e.skey = keys.AppendRedis(e.skey[:0], tx.db, key)
	if err := tx.lockEntry(e, txn.ForUpdate); err != nil || tx.observer == nil {
		return e, err
	}
	return e, e.beginWatch()
}

// lockEntry locks e.skey and decodes its newest record into e.
func (tx *Tx) lockEntry(e *Entry, mode txn.RowMode) error {
	rec, out, err := tx.t.LockRow(tx.ctx, e.val[:0], e.skey, txn.LockOptions{Mode: mode, Wait: tx.wait, Insert: true})
	if err != nil {
		if errors.Is(err, txn.ErrLockNotAvailable) {
			tx.conflict = append(tx.conflict[:0], e.skey...)
		}
		return err
	}
	tx.Locked = true
	return e.decode(rec, out != txn.Absent && out != txn.Gone)
}

// decode takes over rec, whose value lies in e's own buffer.
func (e *Entry) decode(rec txn.Record, ok bool) error {
	e.exists = ok
	e.ts, e.expire, e.oldExpire, e.oldID, e.id, e.count = 0, 0, 0, 0, 0, 0
	e.patch.dirty = false
	if !ok {
		e.val = e.val[:0]
		return nil
	}
	e.val = rec.Value
	e.ts = rec.TS
	e.expire, e.oldExpire = rec.ExpireAtMs, rec.ExpireAtMs
	if len(e.val) < headerBytes || e.val[0] == 0 || int(e.val[0]) >= len(typeNames) {
		return ErrCorrupt
	}
	if inPartsRecord(e.val) {
		return e.decodeSpread()
	}
	return nil
}

// inPartsRecord tells whether a record is a header only and its value lies in parts.
func inPartsRecord(rec []byte) bool {
	if rec[0] == byte(TypeString) {
		return rec[1] == encParts
	}
	return rec[1] == encSpread
}

// decodeSpread reads the header of a spread collection.
func (e *Entry) decodeSpread() error {
	b := e.val[headerBytes:]
	if len(b) < idBytes+1 {
		return ErrCorrupt
	}
	e.id = binary.BigEndian.Uint64(b)
	b = b[idBytes:]
	count, n := binary.Uvarint(b)
	if n <= 0 {
		return ErrCorrupt
	}
	e.count = int64(count)
	e.oldID = e.id
	if Type(e.val[0]) != TypeList {
		return nil
	}
	b = b[n:]
	if e.head, n = binary.Varint(b); n <= 0 {
		return ErrCorrupt
	}
	if e.tail, n = binary.Varint(b[n:]); n <= 0 {
		return ErrCorrupt
	}
	return nil
}

// Exists tells whether the key holds anything.
func (e *Entry) Exists() bool { return e.exists }

// Type of the key; TypeNone where it does not exist.
func (e *Entry) Type() Type {
	if !e.exists {
		return TypeNone
	}
	return Type(e.val[0])
}

// Is gives ErrWrongType where the key exists with another type.
func (e *Entry) Is(t Type) error {
	if e.exists && Type(e.val[0]) != t {
		return ErrWrongType
	}
	return nil
}

// Key is the user's key.
func (e *Entry) Key() []byte { return e.skey[3:] }

// TS is the commit timestamp of the record, 0 where absent or written by this
// transaction.
func (e *Entry) TS() txn.Timestamp { return e.ts }

// ExpireAtMs is the expiry in Unix milliseconds, 0 for none.
func (e *Entry) ExpireAtMs() int64 { return e.expire }

// SetExpireAtMs sets the expiry that Save writes; 0 removes it.
func (e *Entry) SetExpireAtMs(ms int64) { e.expire = ms }

func (e *Entry) spread() bool { return e.id != 0 }

func (e *Entry) body() []byte { return e.val[headerBytes:] }

// start makes e a new empty packed value of type t, without expiry.
func (e *Entry) start(t Type, enc byte) {
	e.val = append(e.val[:0], byte(t), enc)
	e.exists = true
	e.expire = 0
	e.id, e.count = 0, 0
}

// Save writes the record and its expiry entry. The parts of a spread collection
// have been written already.
func (e *Entry) Save() error {
	if e.spread() {
		if err := e.flushPart(); err != nil {
			return err
		}
		e.encodeSpread()
	}
	e.tx.Written += int64(len(e.val))
	if err := e.tx.t.Put(e.skey, e.val, txn.PutOptions{ExpireAtMs: e.expire}); err != nil {
		return err
	}
	return e.wrote()
}

func spreadEncoding(t Type) byte {
	if t == TypeString {
		return encParts
	}
	return encSpread
}

func (e *Entry) encodeSpread() {
	t := e.val[0]
	e.val = append(e.val[:0], t, spreadEncoding(Type(t)))
	e.val = binary.BigEndian.AppendUint64(e.val, e.id)
	e.val = binary.AppendUvarint(e.val, uint64(e.count))
	if Type(t) == TypeList {
		e.val = binary.AppendVarint(e.val, e.head)
		e.val = binary.AppendVarint(e.val, e.tail)
	}
}

// wrote brings the expiry index in line and reports the change.
func (e *Entry) wrote() error {
	if e.oldExpire != 0 || e.expire != 0 {
		if err := e.indexExpiry(); err != nil {
			return err
		}
	}
	e.oldExpire, e.oldID = e.expire, e.id
	if e.tx.changed != nil {
		e.tx.changed(e.tx.db, e.Key())
	}
	if e.watch.on {
		return e.report()
	}
	return nil
}

// Delete removes the key with all its parts. It does nothing where the key is absent.
func (e *Entry) Delete() error {
	if !e.exists {
		return nil
	}
	if err := e.dropParts(); err != nil {
		return err
	}
	if err := e.tx.t.Delete(e.skey, txn.PutOptions{}); err != nil {
		return err
	}
	e.exists = false
	e.expire, e.id, e.count = 0, 0, 0
	e.val = e.val[:0]
	return e.wrote()
}

// dropParts deletes the parts that the stored record has.
func (e *Entry) dropParts() error {
	if e.oldID == 0 {
		return nil
	}
	if e.watch.on {
		e.watch.drops = append(e.watch.drops, e.oldID) // its observer may read them
		return nil
	}
	return e.tx.dropCollection(e.oldID)
}

func (tx *Tx) dropCollection(id uint64) error {
	tx.partKey = appendCollection(tx.partKey[:0], id)
	tx.partEnd = keys.PrefixEnd(tx.partEnd[:0], tx.partKey)
	return tx.t.DeleteRange(tx.partKey, tx.partEnd)
}

func appendCollection(dst []byte, id uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, keys.RedisPart), id)
}

// part builds the storage key of a part in scratch, valid until the next call.
func (e *Entry) part(kind byte, name []byte) []byte {
	tx := e.tx
	tx.partKey = append(appendCollection(tx.partKey[:0], e.id), kind)
	tx.partKey = append(tx.partKey, name...)
	return tx.partKey
}

// getPart reads a part's newest value; the caller holds the record's lock, or
// reads in a snapshot.
func (e *Entry) getPart(kind byte, name []byte) ([]byte, bool, error) {
	tx := e.tx
	k := e.part(kind, name)
	get := tx.t.Get
	if e.locked {
		get = tx.t.GetNewest
	}
	rec, ok, err := get(tx.partVal[:0], k)
	if ok {
		tx.partVal = rec.Value
	}
	return rec.Value, ok, err
}

func (e *Entry) putPart(kind byte, name, value []byte) error {
	if e.watch.on && kind == partField && e.id == e.watch.oldID {
		if err := e.noteField(name); err != nil {
			return err
		}
	}
	e.tx.Written += int64(len(value))
	return e.tx.t.Put(e.part(kind, name), value, txn.PutOptions{})
}

func (e *Entry) deletePart(kind byte, name []byte) error {
	if e.watch.on && kind == partField && e.id == e.watch.oldID {
		if err := e.noteField(name); err != nil {
			return err
		}
	}
	return e.tx.t.Delete(e.part(kind, name), txn.PutOptions{})
}

// partPrefixBytes is the length of a part key before the part's own name.
const partPrefixBytes = 1 + idBytes + 1

// scanParts iterates the parts of one kind, from and to (nil: all) in names.
func (e *Entry) scanParts(kind byte, from, to []byte, o txn.ScanOptions) (txn.Iterator, error) {
	tx := e.tx
	lower := append(appendCollection(tx.partKey[:0], e.id), kind)
	upper := append(appendCollection(tx.partEnd[:0], e.id), kind)
	lower = append(lower, from...)
	if to == nil {
		upper[len(upper)-1]++
	} else {
		upper = append(upper, to...)
	}
	tx.partKey, tx.partEnd = lower, upper
	return tx.t.Scan(lower, upper, o)
}

// becomeSpread turns e into an empty spread collection of the same type; the
// caller then writes the parts.
func (e *Entry) becomeSpread() {
	e.id = e.tx.ks.nextCollectionID()
	e.count = 0
	e.val[1] = encSpread
}
