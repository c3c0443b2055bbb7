package keyspace

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/ferritedb/ferrite/txn"
)

const (
	// partScore is the part kind of a sorted set's order.
	partScore = 's'
	// scoreBytes is the width of a score in a name.
	scoreBytes = 8
)

// A sorted set's order is that of names: the score in ordered bytes, then the
// member. Ranges of scores and of members become ranges of names.

// AppendScore appends a score so that byte order is numeric order.
func AppendScore(dst []byte, f float64) []byte {
	if f == 0 {
		f = 0 // -0 and 0 are one score
	}
	b := math.Float64bits(f)
	if b>>63 == 1 {
		b = ^b
	} else {
		b |= 1 << 63
	}
	return binary.BigEndian.AppendUint64(dst, b)
}

// ScoreOf reads the score at the front of a name.
func ScoreOf(name []byte) float64 {
	b := binary.BigEndian.Uint64(name)
	if b>>63 == 1 {
		b &^= 1 << 63
	} else {
		b = ^b
	}
	return math.Float64frombits(b)
}

// AfterScore is the least name above all names with this score; nil for none.
func AfterScore(f float64) []byte {
	n := binary.BigEndian.Uint64(AppendScore(nil, f)) + 1
	if n == 0 {
		return nil
	}
	return binary.BigEndian.AppendUint64(nil, n)
}

// LockZSet locks a key that shall be a sorted set, and makes an empty one in hand
// where it is absent.
func (tx *Tx) LockZSet(key []byte) (*Entry, error) {
	e, err := tx.Lock(key)
	if err != nil {
		return nil, err
	}
	if !e.exists {
		e.start(TypeZSet, encPacked)
		return e, nil
	}
	return e, e.Is(TypeZSet)
}

// zent splits the first entry off a packed body.
func zent(b []byte) (member, score, rest []byte, ok bool) {
	member, rest, ok = element(b)
	if !ok || len(rest) < scoreBytes {
		return nil, nil, nil, false
	}
	return member, rest[:scoreBytes], rest[scoreBytes:], true
}

// cmpName compares the name score+member with another name.
func cmpName(score, member, name []byte) int {
	n := min(len(name), scoreBytes)
	if c := bytes.Compare(score, name[:n]); c != 0 {
		return c
	}
	return bytes.Compare(member, name[n:])
}

// ZLen is the number of members.
func (e *Entry) ZLen() int64 {
	switch {
	case !e.exists:
		return 0
	case e.spread():
		return e.count
	}
	n := int64(0)
	for b := e.body(); ; n++ {
		_, _, rest, ok := zent(b)
		if !ok {
			return n
		}
		b = rest
	}
}

// ZScore is the score of a member.
func (e *Entry) ZScore(m []byte) (score float64, ok bool, err error) {
	if !e.exists {
		return 0, false, nil
	}
	if e.spread() {
		v, ok, err := e.getPart(partMember, m)
		if err != nil || !ok {
			return 0, false, err
		}
		if len(v) != scoreBytes {
			return 0, false, ErrCorrupt
		}
		return ScoreOf(v), true, nil
	}
	for b := e.body(); ; {
		member, sc, rest, ok := zent(b)
		if !ok {
			return 0, false, nil
		}
		if bytes.Equal(member, m) {
			return ScoreOf(sc), true, nil
		}
		b = rest
	}
}

// ZSet gives a member a score in hand. had tells whether it was there.
func (e *Entry) ZSet(m []byte, score float64) (had bool, err error) {
	old, had, err := e.ZScore(m)
	if err != nil {
		return false, err
	}
	return had, e.ZMove(m, score, old, had)
}

// ZMove is ZSet where the caller has just read the member's old score, if it had one.
func (e *Entry) ZMove(m []byte, score, old float64, had bool) error {
	if had && old == score {
		return nil
	}
	if e.spread() {
		return e.zsetPart(m, old, score, had)
	}
	if had {
		e.zcut(m)
	}
	if int64(len(m)) > e.tx.ks.Limits.ZSetValueMax.Load() {
		e.val[1] = encVariant
	}
	name := append(AppendScore(nil, score), m...)
	b := e.body()
	rest := b
	n := int64(0)
	at := -1
	for {
		member, sc, after, ok := zent(rest)
		if !ok {
			break
		}
		if at < 0 && cmpName(sc, member, name) > 0 {
			at = len(b) - len(rest)
		}
		n++
		rest = after
	}
	if at < 0 {
		at = len(b)
	}
	ins := append(appendElement(e.tx.partVal[:0], m), name[:scoreBytes]...)
	e.tx.partVal = ins
	e.val = splice(e.val, headerBytes+at, headerBytes+at, ins)
	l := &e.tx.ks.Limits
	if n+1 > l.ZSetEntriesMax.Load() || int64(len(e.val)) > l.PackedBytesMax.Load() {
		return e.spreadZSet()
	}
	return nil
}

// zcut removes a member from a packed sorted set; false where it is not there.
func (e *Entry) zcut(m []byte) bool {
	for b := e.body(); ; {
		member, _, rest, ok := zent(b)
		if !ok {
			return false
		}
		if bytes.Equal(member, m) {
			e.val = splice(e.val, len(e.val)-len(b), len(e.val)-len(rest), nil)
			return true
		}
		b = rest
	}
}

// ZRemove removes a member in hand; false where it is not there.
func (e *Entry) ZRemove(m []byte) (bool, error) {
	if !e.exists {
		return false, nil
	}
	if !e.spread() {
		return e.zcut(m), nil
	}
	score, had, err := e.ZScore(m)
	if err != nil || !had {
		return false, err
	}
	e.count--
	if err := e.deletePart(partMember, m); err != nil {
		return false, err
	}
	name := append(AppendScore(nil, score), m...)
	if err := e.deletePart(partScore, name); err != nil {
		return false, err
	}
	return true, e.countName(name, -1)
}

// zsetPart writes one member of a spread sorted set.
func (e *Entry) zsetPart(m []byte, old, score float64, had bool) error {
	if had {
		name := append(AppendScore(nil, old), m...)
		if err := e.deletePart(partScore, name); err != nil {
			return err
		}
		if err := e.countName(name, -1); err != nil {
			return err
		}
	} else {
		e.count++
	}
	name := append(AppendScore(nil, score), m...)
	if err := e.putPart(partMember, m, name[:scoreBytes]); err != nil {
		return err
	}
	if err := e.putPart(partScore, name, nil); err != nil {
		return err
	}
	return e.countName(name, 1)
}

// spreadZSet moves a packed sorted set into parts.
func (e *Entry) spreadZSet() error {
	body := append([]byte(nil), e.body()...)
	e.becomeSpread()
	if err := e.makeRoot(); err != nil {
		return err
	}
	for {
		member, sc, rest, ok := zent(body)
		if !ok {
			return nil
		}
		if err := e.zsetPart(member, 0, ScoreOf(sc), false); err != nil {
			return err
		}
		body = rest
	}
}

// ZRange is a range of names [Lo, Hi); a nil Hi is the end.
type ZRange struct{ Lo, Hi []byte }

// ZEach calls f for the members in a range of names, from the last where reverse,
// until f returns false. member is valid during the call.
func (e *Entry) ZEach(r ZRange, reverse bool, f func(member []byte, score float64) bool) error {
	if !e.exists {
		return nil
	}
	if e.spread() {
		it, err := e.scanParts(partScore, r.Lo, r.Hi, txn.ScanOptions{Reverse: reverse})
		if err != nil {
			return err
		}
		defer it.Close()
		for it.Next() {
			name := it.Key()[partPrefixBytes:]
			if !f(name[scoreBytes:], ScoreOf(name)) {
				return nil
			}
		}
		return it.Err()
	}
	type ent struct{ member, score []byte }
	var in []ent
	for b := e.body(); ; {
		member, sc, rest, ok := zent(b)
		if !ok {
			break
		}
		if cmpName(sc, member, r.Lo) >= 0 && (r.Hi == nil || cmpName(sc, member, r.Hi) < 0) {
			in = append(in, ent{member, sc})
		}
		b = rest
	}
	for i := range in {
		if reverse {
			i = len(in) - 1 - i
		}
		if !f(in[i].member, ScoreOf(in[i].score)) {
			return nil
		}
	}
	return nil
}

// ZRank is the number of members whose names are below name.
func (e *Entry) ZRank(name []byte) (n int64, err error) {
	switch {
	case !e.exists || len(name) == 0:
		return 0, nil
	case e.spread():
		return e.rankOf(name)
	}
	for b := e.body(); ; n++ {
		member, sc, rest, ok := zent(b)
		if !ok || cmpName(sc, member, name) >= 0 {
			return n, nil
		}
		b = rest
	}
}

// ZCount is the number of members in a range.
func (e *Entry) ZCount(r ZRange) (int64, error) {
	lo, err := e.ZRank(r.Lo)
	if err != nil {
		return 0, err
	}
	hi := e.ZLen()
	if r.Hi != nil {
		if hi, err = e.ZRank(r.Hi); err != nil {
			return 0, err
		}
	}
	return max(hi-lo, 0), nil
}

// ZEachRank calls f for the members of ranks [from, to), counted from the last
// where reverse.
func (e *Entry) ZEachRank(from, to int64, reverse bool, f func(member []byte, score float64) bool) error {
	if !e.exists || from >= to {
		return nil
	}
	n := e.ZLen()
	left := to - from
	take := func(m []byte, s float64) bool {
		left--
		return f(m, s) && left > 0
	}
	skip := from
	r := ZRange{}
	if e.spread() && from > 0 {
		at := from
		if reverse {
			at = n - from
		}
		name, err := e.nameAt(at)
		if err != nil {
			return err
		}
		skip = 0
		if reverse {
			r.Hi = name
		} else {
			r.Lo = name
		}
	}
	return e.ZEach(r, reverse, func(m []byte, s float64) bool {
		if skip > 0 {
			skip--
			return true
		}
		return take(m, s)
	})
}

// zsetEncoding is what OBJECT ENCODING says.
func (e *Entry) zsetEncoding() string {
	if e.val[1] == encPacked {
		return "listpack"
	}
	return "skiplist"
}
