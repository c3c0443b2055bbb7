package keyspace

import (
	"bytes"

	"github.com/ferritedb/ferrite/txn"
)

// partField is the part kind of a hash field.
const partField = 'f'

// HashIter iterates the fields of a packed hash without copying. Field and Value
// alias the record.
//
//	for it := keyspace.HashFields(record); it.Next(); { use(it.Field, it.Value) }
type HashIter struct {
	Field, Value []byte
	rest         []byte
}

// HashFields iterates a hash record; ok is false where the record is no packed
// hash: then Tx.ReadHash or KeyScan.Fields must gather it.
func HashFields(record []byte) (it HashIter, ok bool) {
	if len(record) < headerBytes || record[0] != byte(TypeHash) || record[1] == encSpread {
		return HashIter{}, false
	}
	return HashIter{rest: record[headerBytes:]}, true
}

// Next moves to the next field.
func (it *HashIter) Next() bool {
	b := it.rest
	// Lengths under 128 are one byte: the common case, kept free of calls.
	if len(b) >= 2 && b[0] < 0x80 {
		f := 1 + int(b[0])
		if f < len(b) && b[f] < 0x80 {
			v := f + 1 + int(b[f])
			if v <= len(b) {
				it.Field = b[1:f:f]
				it.Value = b[f+1 : v : v]
				it.rest = b[v:]
				return true
			}
		}
	}
	return it.nextLong()
}

func (it *HashIter) nextLong() bool {
	f, rest, ok := element(it.rest)
	if !ok {
		return false
	}
	v, rest, ok := element(rest)
	if !ok {
		return false
	}
	it.Field, it.Value, it.rest = f, v, rest
	return true
}

// ReadHash reads a whole hash. ok is false where the key is absent; ErrWrongType
// where it holds something else. The iterator is valid until the next call on the Tx.
func (tx *Tx) ReadHash(key []byte) (it HashIter, ok bool, err error) {
	e, err := tx.Read(key)
	if err != nil || !e.exists {
		return HashIter{}, false, err
	}
	if err := e.Is(TypeHash); err != nil {
		return HashIter{}, false, err
	}
	if !e.spread() {
		return HashIter{rest: e.body()}, true, nil
	}
	body, err := e.gatherHash(tx.scratch[:0])
	tx.scratch = body
	return HashIter{rest: body}, true, err
}

// gatherHash appends a spread hash in packed form.
func (e *Entry) gatherHash(dst []byte) ([]byte, error) {
	it, err := e.scanParts(partField, nil, nil, txn.ScanOptions{LimitHint: int(e.count)})
	if err != nil {
		return dst, err
	}
	defer it.Close()
	for it.Next() {
		dst = appendElement(dst, it.Key()[partPrefixBytes:])
		dst = appendElement(dst, it.Record().Value)
	}
	return dst, it.Err()
}

// WriteHash makes key a hash of these fields (field, value, field, value …),
// whatever it held. No fields: the key is deleted.
func (tx *Tx) WriteHash(key []byte, pairs [][]byte, expireAtMs int64) error {
	e, err := tx.Lock(key)
	if err != nil {
		return err
	}
	return e.writeHash(pairs, expireAtMs)
}

// InsertHash is WriteHash for a key that must be absent: false, and nothing is
// written, where it exists.
func (tx *Tx) InsertHash(key []byte, pairs [][]byte, expireAtMs int64) (bool, error) {
	e, err := tx.Lock(key)
	if err != nil || e.exists {
		return false, err
	}
	return true, e.writeHash(pairs, expireAtMs)
}

func (e *Entry) writeHash(pairs [][]byte, expireAtMs int64) error {
	if len(pairs) == 0 {
		return e.Delete()
	}
	if err := e.Replace(TypeHash); err != nil {
		return err
	}
	e.expire = expireAtMs
	for i := 0; i+1 < len(pairs); i += 2 {
		if _, err := e.HashSet(pairs[i], pairs[i+1]); err != nil {
			return err
		}
	}
	return e.Save()
}

// SetField sets one field of a hash, which is made where it is absent.
func (tx *Tx) SetField(key, field, value []byte) (created bool, err error) {
	e, err := tx.LockHash(key)
	if err != nil {
		return false, err
	}
	if created, err = e.HashSet(field, value); err != nil {
		return false, err
	}
	return created, e.Save()
}

// DelField removes one field; the key goes with its last field.
func (tx *Tx) DelField(key, field []byte) (bool, error) {
	e, err := tx.Lock(key)
	if err != nil {
		return false, err
	}
	if err := e.Is(TypeHash); err != nil || !e.exists {
		return false, err
	}
	ok, err := e.HashDel(field)
	if err != nil || !ok {
		return false, err
	}
	return true, e.SaveOrDelete()
}

// LockHash locks a key that shall be a hash, and makes an empty one in hand where
// it is absent.
func (tx *Tx) LockHash(key []byte) (*Entry, error) {
	e, err := tx.Lock(key)
	if err != nil {
		return nil, err
	}
	if !e.exists {
		e.start(TypeHash, encPacked)
		return e, nil
	}
	return e, e.Is(TypeHash)
}

// HashGet reads one field.
func (e *Entry) HashGet(field []byte) (value []byte, ok bool, err error) {
	if !e.exists {
		return nil, false, nil
	}
	if e.spread() {
		return e.getPart(partField, field)
	}
	for it := (HashIter{rest: e.body()}); it.Next(); {
		if bytes.Equal(it.Field, field) {
			return it.Value, true, nil
		}
	}
	return nil, false, nil
}

// HashLen is the number of fields.
func (e *Entry) HashLen() int64 {
	if !e.exists {
		return 0
	}
	if e.spread() {
		return e.count
	}
	n := int64(0)
	for it := (HashIter{rest: e.body()}); it.Next(); {
		n++
	}
	return n
}

// HashSet sets one field in hand.
func (e *Entry) HashSet(field, value []byte) (created bool, err error) {
	if e.spread() {
		_, ok, err := e.getPart(partField, field)
		if err != nil {
			return false, err
		}
		if !ok {
			e.count++
		}
		return !ok, e.putPart(partField, field, value)
	}
	if valueMax := e.tx.ks.Limits.HashValueMax.Load(); int64(len(field)) > valueMax || int64(len(value)) > valueMax {
		e.val[1] = encVariant
	}
	n := int64(0)
	for it := (HashIter{rest: e.body()}); it.Next(); n++ {
		if !bytes.Equal(it.Field, field) {
			continue
		}
		to := len(e.val) - len(it.rest)
		from := to - elementBytes(it.Value)
		e.tx.partVal = appendElement(e.tx.partVal[:0], value)
		e.val = splice(e.val, from, to, e.tx.partVal)
		return false, e.spreadHashIfLarge(n)
	}
	e.val = appendElement(e.val, field)
	e.val = appendElement(e.val, value)
	return true, e.spreadHashIfLarge(n + 1)
}

// HashDel removes one field in hand; false where it is not there.
func (e *Entry) HashDel(field []byte) (bool, error) {
	if !e.exists {
		return false, nil
	}
	if e.spread() {
		_, ok, err := e.getPart(partField, field)
		if err != nil || !ok {
			return false, err
		}
		e.count--
		return true, e.deletePart(partField, field)
	}
	for it := (HashIter{rest: e.body()}); it.Next(); {
		if bytes.Equal(it.Field, field) {
			to := len(e.val) - len(it.rest)
			from := to - elementBytes(it.Value) - elementBytes(it.Field)
			e.val = splice(e.val, from, to, nil)
			return true, nil
		}
	}
	return false, nil
}

// spreadHashIfLarge turns a packed hash of n fields into parts where it passed a limit.
func (e *Entry) spreadHashIfLarge(n int64) error {
	l := &e.tx.ks.Limits
	if n <= l.HashEntriesMax.Load() && int64(len(e.val)) <= l.PackedBytesMax.Load() {
		return nil
	}
	body := append(e.tx.scratch[:0], e.body()...)
	e.tx.scratch = body
	e.becomeSpread()
	for it := (HashIter{rest: body}); it.Next(); {
		e.count++
		if err := e.putPart(partField, it.Field, it.Value); err != nil {
			return err
		}
	}
	return nil
}

// FieldIter iterates a hash, packed or spread: packed in order of insertion,
// spread in order of the field's bytes. Field and Value are valid until the next
// Next. Close it before the next call on the Tx.
type FieldIter struct {
	Field, Value []byte
	packed       HashIter
	it           txn.Iterator
	err          error
}

// HashEach iterates the fields, of a spread hash from the field `from` on.
func (e *Entry) HashEach(from []byte) *FieldIter {
	f := &e.tx.fields
	*f = FieldIter{}
	switch {
	case !e.exists:
	case e.spread():
		f.it, f.err = e.scanParts(partField, from, nil, txn.ScanOptions{})
	default:
		f.packed = HashIter{rest: e.body()}
	}
	return f
}

// Next moves to the next field.
func (f *FieldIter) Next() bool {
	if f.it == nil {
		if !f.packed.Next() {
			return false
		}
		f.Field, f.Value = f.packed.Field, f.packed.Value
		return true
	}
	if !f.it.Next() {
		return false
	}
	f.Field, f.Value = f.it.Key()[partPrefixBytes:], f.it.Record().Value
	return true
}

// Close ends the iteration and returns the error that cut it short, if any.
func (f *FieldIter) Close() error {
	if f.it == nil {
		return f.err
	}
	err := f.it.Err()
	f.it.Close()
	f.it = nil
	return err
}

// Spread tells whether the collection's elements are parts.
func (e *Entry) Spread() bool { return e.exists && e.spread() }

// hashEncoding is what OBJECT ENCODING says.
func (e *Entry) hashEncoding() string {
	if e.val[1] == encPacked {
		return "listpack"
	}
	return "hashtable"
}
