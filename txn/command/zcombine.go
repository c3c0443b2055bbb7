package command

import (
	"bytes"
	"math"
	"sort"

	"github.com/ferritedb/ferrite/txn/keyspace"
)

// aggregate is how scores of one member in several sets become one.
type aggregate byte

const (
	aggSum aggregate = iota
	aggMin
	aggMax
)

func (a aggregate) of(x, y float64) float64 {
	switch a {
	case aggMin:
		return math.Min(x, y)
	case aggMax:
		return math.Max(x, y)
	}
	if s := x + y; !math.IsNaN(s) {
		return s
	}
	return 0 // inf + -inf, as Redis has it
}

// zcombineSpec is a request of ZUNION and its kind.
type zcombineSpec struct {
	keys       [][]byte
	weights    []float64
	agg        aggregate
	withScores bool
}

// inputKeys reads a count of keys at argument at and the keys; rest is the argument
// that follows.
func (x *Exec) inputKeys(at int) (keys [][]byte, rest int, err error) {
	n, err := x.Int(at)
	if err != nil {
		return nil, 0, err
	}
	if n < 1 {
		return nil, 0, Err("ERR at least 1 input key is needed for '" + x.Cmd.full + "' command")
	}
	if n > int64(len(x.Args)-at-1) {
		return nil, 0, ErrSyntax
	}
	rest = at + 1 + int(n)
	return x.Args[at+1 : rest], rest, nil
}

func (x *Exec) zcombineSpec(op setOp, at int) (s zcombineSpec, err error) {
	keys, i, err := x.inputKeys(at)
	if err != nil {
		return s, err
	}
	n := len(keys)
	s.keys, s.weights = keys, make([]float64, n)
	for k := range s.weights {
		s.weights[k] = 1
	}
	for i < len(x.Args) {
		left := len(x.Args) - i - 1
		switch {
		case x.Is(i, "weights") && op != setDiff && left >= n:
			for k := range s.weights {
				f, ok := parseFloat(x.Args[i+1+k])
				if !ok {
					return s, Err("ERR weight value is not a float")
				}
				s.weights[k] = f
			}
			i += 1 + n
		case x.Is(i, "aggregate") && op != setDiff && left >= 1:
			switch {
			case x.Is(i+1, "sum"):
				s.agg = aggSum
			case x.Is(i+1, "min"):
				s.agg = aggMin
			case x.Is(i+1, "max"):
				s.agg = aggMax
			default:
				return s, ErrSyntax
			}
			i += 2
		case x.Is(i, "withscores") && at == 1:
			s.withScores = true
			i++
		default:
			return s, ErrSyntax
		}
	}
	return s, nil
}

// zinput reads a sorted set, or a set whose members all score 1.
func (x *Exec) zinput(key []byte) (out []zmember, err error) {
	e, err := x.Tx.Read(key)
	if err != nil {
		return nil, err
	}
	switch e.Type() {
	case keyspace.TypeNone:
		return nil, nil
	case keyspace.TypeZSet:
		return out, e.ZEachRank(0, e.ZLen(), false, x.collect(&out))
	case keyspace.TypeSet:
		members, err := x.membersOf(e)
		for _, m := range members {
			out = append(out, zmember{m, 1})
		}
		return out, err
	}
	return nil, keyspace.ErrWrongType
}

// weighted is score times weight, 0 for infinity times nothing.
func weighted(score, weight float64) float64 {
	if v := score * weight; !math.IsNaN(v) {
		return v
	}
	return 0
}

// zcombine is ZUNION, ZINTER, ZDIFF (numkeys at 1) and their STORE forms (at 2).
func (x *Exec) zcombine(op setOp, at int) error {
	s, err := x.zcombineSpec(op, at)
	if err != nil {
		return err
	}
	share := x.Tx.ForceShare
	x.Tx.ForceShare = true
	out, err := x.zresult(op, s)
	x.Tx.ForceShare = share
	if err != nil {
		return err
	}
	if at == 2 {
		return x.zstore(x.Args[1], out)
	}
	x.zreply(out, s.withScores)
	return nil
}

// zresult computes the combination, in order of score and member.
func (x *Exec) zresult(op setOp, s zcombineSpec) ([]zmember, error) {
	type acc struct {
		score float64
		sets  int
		first bool // in the first set
	}
	accs := map[string]*acc{}
	for i, k := range s.keys {
		in, err := x.zinput(k)
		if err != nil {
			return nil, err
		}
		for _, m := range in {
			v := weighted(m.score, s.weights[i])
			a := accs[string(m.member)]
			if a == nil {
				accs[string(m.member)] = &acc{score: v, sets: 1, first: i == 0}
				continue
			}
			a.sets++
			if op != setDiff {
				a.score = s.agg.of(a.score, v)
			}
		}
	}
	var out []zmember
	for m, a := range accs {
		if op == setInter && a.sets != len(s.keys) || op == setDiff && (!a.first || a.sets > 1) {
			continue
		}
		out = append(out, zmember{[]byte(m), a.score})
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].score != out[j].score {
			return out[i].score < out[j].score
		}
		return bytes.Compare(out[i].member, out[j].member) < 0
	})
	return out, nil
}

func cmdZInterCard(x *Exec) error {
	keys, rest, err := x.inputKeys(1)
	if err != nil {
		return err
	}
	limit, err := x.cardLimit(rest)
	if err != nil {
		return err
	}
	weights := make([]float64, len(keys))
	out, err := x.zresult(setInter, zcombineSpec{keys: keys, weights: weights})
	if err != nil {
		return err
	}
	n := int64(len(out))
	if limit > 0 {
		n = min(n, limit)
	}
	x.W.Int(n)
	return nil
}
