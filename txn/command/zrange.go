package command

import (
	"bytes"

	"github.com/ferritedb/ferrite/txn/keyspace"
)

// rangeBy is what a range of a sorted set is measured in.
type rangeBy byte

const (
	byRank rangeBy = iota
	byScore
	byLex
)

// scoreRange reads arguments lo and lo+1 as scores, "(" for exclusive bounds.
func (x *Exec) scoreRange(min, max int) (r keyspace.ZRange, err error) {
	lo, loEx, err := x.scoreBound(min)
	if err != nil {
		return r, err
	}
	hi, hiEx, err := x.scoreBound(max)
	if err != nil {
		return r, err
	}
	if lo > hi || lo == hi && (loEx || hiEx) {
		return keyspace.ZRange{Lo: []byte{0}, Hi: []byte{0}}, nil
	}
	if loEx {
		r.Lo = keyspace.AfterScore(lo)
	} else {
		r.Lo = keyspace.AppendScore(nil, lo)
	}
	if hiEx {
		r.Hi = keyspace.AppendScore(nil, hi)
	} else {
		r.Hi = keyspace.AfterScore(hi)
	}
	return r, nil
}

func (x *Exec) scoreBound(i int) (f float64, exclusive bool, err error) {
	b := x.Args[i]
	if len(b) > 0 && b[0] == '(' {
		b, exclusive = b[1:], true
	}
	// A bound is read as strtod does: spaces in front, and nothing is 0.
	b = bytes.TrimLeft(b, " \t\n\v\f\r")
	f, ok := parseFloat(b)
	if !ok && len(b) > 0 {
		return 0, false, errMinMax
	}
	return f, exclusive, nil
}

// lexBound is one end of a range of members: "-", "+", "[member" or "(member".
type lexBound struct {
	inf       int // -1, 0, 1
	member    []byte
	exclusive bool
}

func (x *Exec) lexBound(i int) (b lexBound, err error) {
	a := x.Args[i]
	switch {
	case len(a) == 1 && a[0] == '-':
		return lexBound{inf: -1}, nil
	case len(a) == 1 && a[0] == '+':
		return lexBound{inf: 1}, nil
	case len(a) > 0 && (a[0] == '[' || a[0] == '('):
		return lexBound{member: a[1:], exclusive: a[0] == '('}, nil
	}
	return b, errMinMaxLex
}

// lexRange reads two bounds; as a set ordered by members has one score for all,
// that of its first member stands for it.
func (x *Exec) lexRange(e *keyspace.Entry, lo, hi lexBound) (r keyspace.ZRange, err error) {
	none := keyspace.ZRange{Lo: []byte{0}, Hi: []byte{0}}
	if lo.inf == 1 || hi.inf == -1 {
		return none, nil
	}
	if lo.inf == 0 && hi.inf == 0 {
		c := string(lo.member)
		if c > string(hi.member) || c == string(hi.member) && (lo.exclusive || hi.exclusive) {
			return none, nil
		}
	}
	var score []byte
	err = e.ZEachRank(0, 1, false, func(_ []byte, s float64) bool {
		score = keyspace.AppendScore(nil, s)
		return false
	})
	if err != nil || score == nil {
		return none, err
	}
	name := func(b lexBound, after bool) []byte {
		out := append(append([]byte(nil), score...), b.member...)
		if after {
			out = append(out, 0)
		}
		return out
	}
	if lo.inf == 0 {
		r.Lo = name(lo, lo.exclusive)
	}
	if hi.inf == 0 {
		r.Hi = name(hi, !hi.exclusive)
	}
	return r, nil
}

func (x *Exec) zcount(by rangeBy) error {
	var r keyspace.ZRange
	var lo, hi lexBound
	var err error
	if by == byScore {
		r, err = x.scoreRange(2, 3)
	} else if lo, err = x.lexBound(2); err == nil {
		hi, err = x.lexBound(3)
	}
	if err != nil {
		return err
	}
	e, err := x.readZSet()
	if err != nil {
		return err
	}
	if by == byLex {
		if r, err = x.lexRange(e, lo, hi); err != nil {
			return err
		}
	}
	n, err := e.ZCount(r)
	if err != nil {
		return err
	}
	x.W.Int(n)
	return nil
}

// zrangeForm is what a command of the ZRANGE family fixes.
type zrangeForm struct {
	by      rangeBy
	rev     bool
	options bool // BYSCORE, BYLEX and REV may be given
	store   bool
}

// zrangeSpec is a whole range request.
type zrangeSpec struct {
	zrangeForm
	start, end    int64 // ranks
	scores        keyspace.ZRange
	lo, hi        lexBound
	offset, limit int64 // limit < 0: none
	limited       bool
	withScores    bool
}

func (x *Exec) zrangeSpec(f zrangeForm) (s zrangeSpec, err error) {
	s = zrangeSpec{zrangeForm: f, limit: -1}
	at := 2
	if f.store {
		at = 3
	}
	for i := at + 2; i < len(x.Args); i++ {
		left := len(x.Args) - i - 1
		switch {
		case x.Is(i, "withscores") && !f.store:
			s.withScores = true
		case x.Is(i, "limit") && left >= 2:
			if s.offset, s.limit, err = x.twoInts(i + 1); err != nil {
				return s, err
			}
			s.limited = true
			i += 2
		case x.Is(i, "rev") && f.options:
			s.rev = true
		case x.Is(i, "byscore") && f.options && s.by == byRank:
			s.by = byScore
		case x.Is(i, "bylex") && f.options && s.by == byRank:
			s.by = byLex
		default:
			return s, ErrSyntax
		}
	}
	if s.limited && s.limit != -1 && s.by == byRank {
		return s, Err("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
	}
	if s.withScores && s.by == byLex {
		return s, Err("ERR syntax error, WITHSCORES not supported in combination with BYLEX")
	}
	lo, hi := at, at+1
	if s.rev && s.by != byRank {
		lo, hi = hi, lo
	}
	switch s.by {
	case byRank:
		s.start, s.end, err = x.twoInts(at)
	case byScore:
		s.scores, err = x.scoreRange(lo, hi)
	case byLex:
		if s.lo, err = x.lexBound(lo); err == nil {
			s.hi, err = x.lexBound(hi)
		}
	}
	return s, err
}

// zcollect gathers the members of a range.
func (x *Exec) zcollect(e *keyspace.Entry, s zrangeSpec) (out []zmember, err error) {
	if s.by == byRank {
		from, to := span(s.start, s.end, e.ZLen())
		return out, e.ZEachRank(from, to, s.rev, x.collect(&out))
	}
	r := s.scores
	if s.by == byLex {
		if r, err = x.lexRange(e, s.lo, s.hi); err != nil {
			return nil, err
		}
	}
	if s.limited && (s.offset < 0 || s.limit == 0) {
		return nil, nil
	}
	skip, add := s.offset, x.collect(&out)
	err = e.ZEach(r, s.rev, func(m []byte, sc float64) bool {
		if skip > 0 {
			skip--
			return true
		}
		add(m, sc)
		return s.limit < 0 || int64(len(out)) < s.limit
	})
	return out, err
}

func (x *Exec) zrange(f zrangeForm) error {
	s, err := x.zrangeSpec(f)
	if err != nil {
		return err
	}
	if f.store {
		return x.zrangeStore(s)
	}
	e, err := x.readZSet()
	if err != nil {
		return err
	}
	out, err := x.zcollect(e, s)
	if err != nil {
		return err
	}
	x.zreply(out, s.withScores)
	return nil
}

// zreply replies members, with their scores where asked.
func (x *Exec) zreply(out []zmember, withScores bool) {
	x.pairsHeader(len(out), withScores)
	for _, m := range out {
		x.pairStart(withScores)
		x.W.Bulk(m.member)
		if withScores {
			x.W.Double(m.score)
		}
	}
}

func (x *Exec) zrangeStore(s zrangeSpec) error {
	src, err := x.lock(x.Args[2], keyspace.TypeZSet)
	if err != nil {
		return err
	}
	out, err := x.zcollect(src, s)
	if err != nil {
		return err
	}
	return x.zstore(x.Args[1], out)
}

// zstore makes key a sorted set of these members and replies how many they are.
func (x *Exec) zstore(key []byte, members []zmember) error {
	e, err := x.Tx.Lock(key)
	if err != nil {
		return err
	}
	x.W.Int(int64(len(members)))
	if len(members) == 0 {
		return e.Delete()
	}
	if err := e.Replace(keyspace.TypeZSet); err != nil {
		return err
	}
	for _, m := range members {
		if _, err := e.ZSet(m.member, m.score); err != nil {
			return err
		}
	}
	return e.Save()
}

func (x *Exec) zremrange(by rangeBy) error {
	s := zrangeSpec{zrangeForm: zrangeForm{by: by}, limit: -1}
	var err error
	switch by {
	case byRank:
		s.start, s.end, err = x.twoInts(2)
	case byScore:
		s.scores, err = x.scoreRange(2, 3)
	case byLex:
		if s.lo, err = x.lexBound(2); err == nil {
			s.hi, err = x.lexBound(3)
		}
	}
	if err != nil {
		return err
	}
	e, err := x.lock(x.Args[1], keyspace.TypeZSet)
	if err != nil {
		return err
	}
	out, err := x.zcollect(e, s)
	if err != nil {
		return err
	}
	for _, m := range out {
		if _, err := e.ZRemove(m.member); err != nil {
			return err
		}
	}
	x.W.Int(int64(len(out)))
	if len(out) == 0 {
		return nil
	}
	return e.SaveOrDelete()
}
