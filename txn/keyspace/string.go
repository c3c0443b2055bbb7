package keyspace

import (
	"encoding/binary"

	"github.com/ferritedb/ferrite/txn"
)

const (
	// stringPackedMax is the longest string that lies in its record; a longer one
	// lies in parts, so that a change rewrites only those that it touches.
	stringPackedMax = 64 << 10
	// stringPartBytes is the bytes of a string that one part stands for. Bytes past
	// what the part holds, and parts that are absent, are zero.
	stringPartBytes = 16 << 10
	// stringScanParts: more parts than these are read by a scan.
	stringScanParts = 4
	// partString is the kind of a string's parts.
	partString = 'd'
)

// inParts tells whether the entry is a string that lies in parts; its length is
// then e.count.
func (e *Entry) inParts() bool { return e.id != 0 && Type(e.val[0]) == TypeString }

// GetString reads a string; ok is false where the key is absent. The bytes are
// valid until the next call on the Tx.
func (tx *Tx) GetString(key []byte) (value []byte, ok bool, err error) {
	e, err := tx.Read(key)
	if err != nil || !e.exists {
		return nil, false, err
	}
	if Type(e.val[0]) != TypeString {
		return nil, false, ErrWrongType
	}
	if e.inParts() {
		value, err = e.AppendString(nil)
		return value, err == nil, err
	}
	return e.val[headerBytes:], true, nil
}

// Bytes is the value of a string that lies in its record; nil where the key is
// absent, and where the string lies in parts (StringRange reads those). Valid
// until the entry is changed or reused.
func (e *Entry) Bytes() []byte {
	if !e.exists || e.inParts() {
		return nil
	}
	return e.val[headerBytes:]
}

// StringLen is the length of a string entry, 0 where the key is absent.
func (e *Entry) StringLen() int64 {
	switch {
	case !e.exists:
		return 0
	case e.inParts():
		return e.count
	}
	return int64(len(e.val) - headerBytes)
}

// AppendString appends the whole value of a string entry.
func (e *Entry) AppendString(dst []byte) ([]byte, error) {
	return e.StringRange(dst, 0, e.StringLen())
}

// StringRange appends bytes [from, to) of a string entry. REQUIRES: 0 <= from <=
// to <= StringLen().
func (e *Entry) StringRange(dst []byte, from, to int64) ([]byte, error) {
	at := from
	fill := func(end int64) {
		start := len(dst)
		dst = append(dst, make([]byte, end-at)...)
		clear(dst[start:])
		at = end
	}
	err := e.EachPart(from, to, func(off int64, b []byte) bool {
		if off > at {
			fill(off)
		}
		dst = append(dst, b...)
		at = off + int64(len(b))
		return true
	})
	if err == nil && at < to {
		fill(to)
	}
	return dst, err
}

// EachPart calls f with the stored pieces of bytes [from, to) of a string entry, in
// order, until it gives false; what lies between them is zero. b is valid during
// the call.
func (e *Entry) EachPart(from, to int64, f func(off int64, b []byte) bool) error {
	if from >= to {
		return nil
	}
	if !e.inParts() {
		f(from, e.val[headerBytes+from:headerBytes+to])
		return nil
	}
	if to-from > stringScanParts*stringPartBytes {
		return e.scanString(from, to, f)
	}
	for n := from / stringPartBytes; n*stringPartBytes < to; n++ {
		b, ok, err := e.stringPart(n)
		if err != nil {
			return err
		}
		start := n * stringPartBytes
		lo, hi := max(from-start, 0), min(to-start, int64(len(b)))
		if ok && lo < hi && !f(start+lo, b[lo:hi]) {
			return nil
		}
	}
	return nil
}

// scanString is EachPart for many parts, of which few may be there.
func (e *Entry) scanString(from, to int64, f func(off int64, b []byte) bool) error {
	if err := e.flushPart(); err != nil {
		return err
	}
	first, last := partName(from/stringPartBytes), partName((to-1)/stringPartBytes+1)
	it, err := e.scanParts(partString, first[:], last[:], txn.ScanOptions{})
	if err != nil {
		return err
	}
	defer it.Close()
	for it.Next() {
		name := it.Key()[partPrefixBytes:]
		if len(name) != len(first) {
			return ErrCorrupt
		}
		start, b := int64(binary.BigEndian.Uint32(name))*stringPartBytes, it.Record().Value
		lo, hi := max(from-start, 0), min(to-start, int64(len(b)))
		if lo < hi && !f(start+lo, b[lo:hi]) {
			break
		}
	}
	return it.Err()
}

// partName is the name of the n-th part of a string.
func partName(n int64) (name [4]byte) {
	binary.BigEndian.PutUint32(name[:], uint32(n))
	return name
}

func (e *Entry) stringPart(n int64) ([]byte, bool, error) {
	if e.patch.dirty && e.patch.n == n {
		return e.patch.b, true, nil
	}
	name := partName(n)
	return e.getPart(partString, name[:])
}

// dirtyPart is the part of a string that was changed last and is not written yet.
type dirtyPart struct {
	n     int64
	b     []byte
	dirty bool
}

// flushPart writes the part that was changed last.
func (e *Entry) flushPart() error {
	if !e.patch.dirty {
		return nil
	}
	e.patch.dirty = false
	name := partName(e.patch.n)
	return e.putPart(partString, name[:], e.patch.b)
}

// SetRange makes a string entry, which may be absent, hold b at off; what comes to
// lie between its end and off is zero. Save writes it; the expiry stays. REQUIRES:
// the entry is locked and no other type.
func (e *Entry) SetRange(off int64, b []byte) error {
	if !e.exists {
		e.start(TypeString, encVariant)
	}
	n := max(e.StringLen(), off+int64(len(b)))
	if !e.inParts() {
		if n <= stringPackedMax {
			e.val[1] = encVariant
			e.val = append(e.val, make([]byte, headerBytes+n-int64(len(e.val)))...)
			copy(e.val[headerBytes+off:], b)
			return nil
		}
		if err := e.splitString(); err != nil {
			return err
		}
	}
	for len(b) > 0 {
		part, at := off/stringPartBytes, off%stringPartBytes
		w := min(int64(len(b)), stringPartBytes-at)
		if err := e.patchPart(part, at, b[:w]); err != nil {
			return err
		}
		off, b = off+w, b[w:]
	}
	e.count = n
	return nil
}

// splitString moves a string from its record to parts.
func (e *Entry) splitString() error {
	value := append(e.tx.scratch[:0], e.val[headerBytes:]...)
	e.tx.scratch = value
	e.newParts()
	return e.writeParts(value)
}

// newParts makes the entry an empty string in parts.
func (e *Entry) newParts() {
	e.id, e.count = e.tx.ks.nextCollectionID(), 0
	e.val = append(e.val[:0], byte(TypeString), encParts)
	e.patch.dirty = false
}

func (e *Entry) writeParts(value []byte) error {
	e.count = int64(len(value))
	for n := int64(0); len(value) > 0; n++ {
		w := min(len(value), stringPartBytes)
		name := partName(n)
		if err := e.putPart(partString, name[:], value[:w]); err != nil {
			return err
		}
		value = value[w:]
	}
	return nil
}

// patchPart changes a part in hand; the one before is written.
func (e *Entry) patchPart(n, at int64, b []byte) error {
	p := &e.patch
	if !p.dirty || p.n != n {
		if err := e.flushPart(); err != nil {
			return err
		}
		old, _, err := e.stringPart(n)
		if err != nil {
			return err
		}
		p.n, p.b, p.dirty = n, append(p.b[:0], old...), true
	}
	if need := at + int64(len(b)); need > int64(len(p.b)) {
		start := len(p.b)
		p.b = append(p.b, make([]byte, need-int64(start))...)
	}
	copy(p.b[at:], b)
	return nil
}

// PutString makes the entry a string with this value and expiry (0: none),
// whatever it held, and saves it. value may alias e.Bytes().
func (e *Entry) PutString(value []byte, expireAtMs int64) error {
	return e.putString(value, expireAtMs, encPacked)
}

// PutStringRaw is PutString for a value built by APPEND, SETRANGE and the bit
// commands, which OBJECT ENCODING calls raw.
func (e *Entry) PutStringRaw(value []byte, expireAtMs int64) error {
	return e.putString(value, expireAtMs, encVariant)
}

// PutStringText is PutString for a value built by INCRBYFLOAT, which OBJECT
// ENCODING never calls int.
func (e *Entry) PutStringText(value []byte, expireAtMs int64) error {
	return e.putString(value, expireAtMs, encText)
}

func (e *Entry) putString(value []byte, expireAtMs int64, enc byte) error {
	if e.exists {
		if err := e.dropParts(); err != nil {
			return err
		}
	}
	if len(value) > stringPackedMax {
		value = append([]byte(nil), value...) // it may lie in e.val
		e.newParts()
		e.exists, e.expire = true, expireAtMs
		if err := e.writeParts(value); err != nil {
			return err
		}
		return e.Save()
	}
	buf := append(e.tx.scratch[:0], byte(TypeString), enc)
	buf = append(buf, value...)
	e.tx.scratch, e.val = e.val, buf
	e.exists = true
	e.expire = expireAtMs
	e.id, e.count = 0, 0
	return e.Save()
}

// StringRecord is the record of a string as it would be if it lay whole in it:
// two bytes and the value. Valid until the entry is changed or reused.
func (e *Entry) StringRecord() ([]byte, error) {
	if !e.inParts() {
		return e.val, nil
	}
	return e.AppendString([]byte{byte(TypeString), encVariant})
}

// SetString is Lock and PutString.
func (tx *Tx) SetString(key, value []byte, expireAtMs int64) error {
	e, err := tx.Lock(key)
	if err != nil {
		return err
	}
	return e.PutString(value, expireAtMs)
}
