package keyspace

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"github.com/ferritedb/ferrite/txn"
)

const (
	// partMember is the part kind of a member of a set or sorted set.
	partMember = 'm'
	// setPackedEntriesMax: a set of more members, not all integers, is spread.
	setPackedEntriesMax = 128
	// memberHashBytes stand before a set's member in its part's name, so that a
	// random place in the order of names is a random member.
	memberHashBytes = 4
)

// LockSet locks a key that shall be a set, and makes an empty one in hand where
// it is absent.
func (tx *Tx) LockSet(key []byte) (*Entry, error) {
	e, err := tx.Lock(key)
	if err != nil {
		return nil, err
	}
	if !e.exists {
		e.start(TypeSet, encPacked)
		return e, nil
	}
	return e, e.Is(TypeSet)
}

// memberName appends the name of a member's part: FNV-1a of the member, then it.
func memberName(dst, member []byte) []byte {
	h := uint32(2166136261)
	for _, c := range member {
		h = (h ^ uint32(c)) * 16777619
	}
	return append(binary.BigEndian.AppendUint32(dst, h), member...)
}

// canonicalInt is the integer that b spells in the only way Redis' intset has.
func canonicalInt(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 20 || b[0] == '+' || b[0] == '-' && len(b) > 1 && b[1] == '0' {
		return 0, false
	}
	if b[0] == '0' && len(b) > 1 {
		return 0, false
	}
	for i, c := range b {
		if (c < '0' || c > '9') && !(i == 0 && c == '-') {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	return n, err == nil
}

// SetLen is the number of members.
func (e *Entry) SetLen() int64 {
	switch {
	case !e.exists:
		return 0
	case e.spread():
		return e.count
	}
	return countElements(e.body())
}

// SetHas tells whether a member is there.
func (e *Entry) SetHas(m []byte) (bool, error) {
	if !e.exists {
		return false, nil
	}
	if e.spread() {
		e.tx.scratch = memberName(e.tx.scratch[:0], m)
		_, ok, err := e.getPart(partMember, e.tx.scratch)
		return ok, err
	}
	_, _, ok := findElement(e.body(), m)
	return ok, nil
}

// findElement says where an element lies in a body.
func findElement(b, m []byte) (from, to int, ok bool) {
	for rest := b; ; {
		el, after, ok := element(rest)
		if !ok {
			return 0, 0, false
		}
		if bytes.Equal(el, m) {
			return len(b) - len(rest), len(b) - len(after), true
		}
		rest = after
	}
}

// SetAdd adds a member in hand; false where it is there already.
func (e *Entry) SetAdd(m []byte) (bool, error) {
	if e.spread() {
		had, err := e.SetHas(m)
		if err != nil || had {
			return false, err
		}
		e.count++
		e.tx.scratch = memberName(e.tx.scratch[:0], m)
		return true, e.putPart(partMember, e.tx.scratch, nil)
	}
	if e.val[1] == encPacked {
		if n, ok := canonicalInt(m); ok {
			return e.addInt(m, n)
		}
		e.val[1] = encVariant
	}
	if _, _, had := findElement(e.body(), m); had {
		return false, nil
	}
	e.val = appendElement(e.val, m)
	return true, e.spreadSetIfLarge(setPackedEntriesMax)
}

// addInt adds an integer to a packed set of integers, in its place.
func (e *Entry) addInt(m []byte, n int64) (bool, error) {
	b := e.body()
	rest := b
	for {
		el, after, ok := element(rest)
		if !ok {
			break
		}
		if v, _ := canonicalInt(el); v == n {
			return false, nil
		} else if v > n {
			break
		}
		rest = after
	}
	at := headerBytes + len(b) - len(rest)
	e.tx.partVal = appendElement(e.tx.partVal[:0], m)
	e.val = splice(e.val, at, at, e.tx.partVal)
	return true, e.spreadSetIfLarge(e.tx.ks.Limits.SetIntsetMax.Load())
}

func (e *Entry) spreadSetIfLarge(entriesMax int64) error {
	if int64(len(e.val)) <= e.tx.ks.Limits.PackedBytesMax.Load() && countElements(e.body()) <= entriesMax {
		return nil
	}
	body := append([]byte(nil), e.body()...)
	e.becomeSpread()
	for _, m := range elementsOf(nil, body) {
		e.count++
		e.tx.scratch = memberName(e.tx.scratch[:0], m)
		if err := e.putPart(partMember, e.tx.scratch, nil); err != nil {
			return err
		}
	}
	return nil
}

// SetRemove removes a member in hand; false where it is not there.
func (e *Entry) SetRemove(m []byte) (bool, error) {
	if !e.exists {
		return false, nil
	}
	if e.spread() {
		had, err := e.SetHas(m)
		if err != nil || !had {
			return false, err
		}
		e.count--
		e.tx.scratch = memberName(e.tx.scratch[:0], m)
		return true, e.deletePart(partMember, e.tx.scratch)
	}
	from, to, ok := findElement(e.body(), m)
	if ok {
		e.val = splice(e.val, headerBytes+from, headerBytes+to, nil)
	}
	return ok, nil
}

// SetEach calls f for the members until it returns false: of a spread set from
// the place `from` on, a part's name as f is given it. Both slices are valid
// during the call.
func (e *Entry) SetEach(from []byte, f func(member, place []byte) bool) error {
	if !e.exists {
		return nil
	}
	if !e.spread() {
		for rest := e.body(); ; {
			el, after, ok := element(rest)
			if !ok || !f(el, nil) {
				return nil
			}
			rest = after
		}
	}
	it, err := e.scanParts(partMember, from, nil, txn.ScanOptions{})
	if err != nil {
		return err
	}
	defer it.Close()
	for it.Next() {
		name := it.Key()[partPrefixBytes:]
		if !f(name[memberHashBytes:], name) {
			return nil
		}
	}
	return it.Err()
}

// SetRandom copies one member chosen by the random number r; nil where there is none.
func (e *Entry) SetRandom(r uint64) (m []byte, err error) {
	n := e.SetLen()
	if n == 0 {
		return nil, nil
	}
	take := func(member, _ []byte) bool {
		m = append([]byte{}, member...)
		return false
	}
	if e.spread() {
		from := binary.BigEndian.AppendUint32(nil, uint32(r))
		if err := e.SetEach(from, take); err != nil || m != nil {
			return m, err
		}
		return m, e.SetEach(nil, take)
	}
	skip := int64(r % uint64(n))
	err = e.SetEach(nil, func(member, place []byte) bool {
		skip--
		return skip >= 0 || take(member, place)
	})
	return m, err
}
