package command

import (
	"math"

	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/txn/redis"
)

var zsetCommands = []Command{
	{Name: "zadd", Arity: -4, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write sortedset fast", Group: "sorted-set", Since: "1.2.0", Summary: "Add one or more members to a sorted set, or update its score if it already exists", Run: cmdZAdd},
	{Name: "zincrby", Arity: 4, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write sortedset fast", Group: "sorted-set", Since: "1.2.0", Summary: "Increment the score of a member in a sorted set", Run: cmdZIncrBy},
	{Name: "zrem", Arity: -3, Flags: Write | Fast, First: 1, Last: 1, Step: 1, Cats: "write sortedset fast", Group: "sorted-set", Since: "1.2.0", Summary: "Remove one or more members from a sorted set", Run: cmdZRem},
	{Name: "zcard", Arity: 2, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "read sortedset fast", Group: "sorted-set", Since: "1.2.0", Summary: "Get the number of members in a sorted set", Run: cmdZCard},
	{Name: "zscore", Arity: 3, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "read sortedset fast", Group: "sorted-set", Since: "1.2.0", Summary: "Get the score associated with the given member in a sorted set", Run: cmdZScore},
	{Name: "zmscore", Arity: -3, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "read sortedset fast", Group: "sorted-set", Since: "6.2.0", Summary: "Get the score associated with the given members in a sorted set", Run: cmdZMScore},
	{Name: "zrank", Arity: 3, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "read sortedset fast", Group: "sorted-set", Since: "2.0.0", Summary: "Determine the index of a member in a sorted set", Run: func(x *Exec) error { return x.zrank(false) }},
	{Name: "zrevrank", Arity: 3, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "read sortedset fast", Group: "sorted-set", Since: "2.0.0", Summary: "Determine the index of a member in a sorted set, with scores ordered from high to low", Run: func(x *Exec) error { return x.zrank(true) }},
	{Name: "zcount", Arity: 4, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "read sortedset fast", Group: "sorted-set", Since: "2.0.0", Summary: "Count the members in a sorted set with scores within the given values", Run: func(x *Exec) error { return x.zcount(byScore) }},
	{Name: "zlexcount", Arity: 4, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "read sortedset fast", Group: "sorted-set", Since: "2.8.9", Summary: "Count the number of members in a sorted set between a given lexicographical range", Run: func(x *Exec) error { return x.zcount(byLex) }},
	{Name: "zrange", Arity: -4, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read sortedset slow", Group: "sorted-set", Since: "1.2.0", Summary: "Return a range of members in a sorted set", Run: func(x *Exec) error { return x.zrange(zrangeForm{options: true}) }},
	{Name: "zrevrange", Arity: -4, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read sortedset slow", Group: "sorted-set", Since: "1.2.0", Summary: "Return a range of members in a sorted set, by index, with scores ordered from high to low", Run: func(x *Exec) error { return x.zrange(zrangeForm{rev: true}) }},
	{Name: "zrangebyscore", Arity: -4, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read sortedset slow", Group: "sorted-set", Since: "1.0.5", Summary: "Return a range of members in a sorted set, by score", Run: func(x *Exec) error { return x.zrange(zrangeForm{by: byScore}) }},
	{Name: "zrevrangebyscore", Arity: -4, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read sortedset slow", Group: "sorted-set", Since: "2.2.0", Summary: "Return a range of members in a sorted set, by score, with scores ordered from high to low", Run: func(x *Exec) error { return x.zrange(zrangeForm{by: byScore, rev: true}) }},
	{Name: "zrangebylex", Arity: -4, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read sortedset slow", Group: "sorted-set", Since: "2.8.9", Summary: "Return a range of members in a sorted set, by lexicographical range", Run: func(x *Exec) error { return x.zrange(zrangeForm{by: byLex}) }},
	{Name: "zrevrangebylex", Arity: -4, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read sortedset slow", Group: "sorted-set", Since: "2.8.9", Summary: "Return a range of members in a sorted set, by lexicographical range, ordered from higher to lower strings.", Run: func(x *Exec) error { return x.zrange(zrangeForm{by: byLex, rev: true}) }},
	{Name: "zrangestore", Arity: -5, Flags: Write | DenyOOM, First: 1, Last: 2, Step: 1, Cats: "write sortedset slow", Group: "sorted-set", Since: "6.2.0", Summary: "Store a range of members from sorted set into another key", Run: func(x *Exec) error { return x.zrange(zrangeForm{options: true, store: true}) }},
	{Name: "zremrangebyrank", Arity: 4, Flags: Write, First: 1, Last: 1, Step: 1, Cats: "write sortedset slow", Group: "sorted-set", Since: "2.0.0", Summary: "Remove all members in a sorted set within the given indexes", Run: func(x *Exec) error { return x.zremrange(byRank) }},
	{Name: "zremrangebyscore", Arity: 4, Flags: Write, First: 1, Last: 1, Step: 1, Cats: "write sortedset slow", Group: "sorted-set", Since: "1.2.0", Summary: "Remove all members in a sorted set within the given scores", Run: func(x *Exec) error { return x.zremrange(byScore) }},
	{Name: "zremrangebylex", Arity: 4, Flags: Write, First: 1, Last: 1, Step: 1, Cats: "write sortedset slow", Group: "sorted-set", Since: "2.8.9", Summary: "Remove all members in a sorted set between the given lexicographical range", Run: func(x *Exec) error { return x.zremrange(byLex) }},
	{Name: "zpopmin", Arity: -2, Flags: Write | Fast, First: 1, Last: 1, Step: 1, Cats: "write sortedset fast", Group: "sorted-set", Since: "5.0.0", Summary: "Remove and return members with the lowest scores in a sorted set", Run: func(x *Exec) error { return x.zpop(false) }},
	{Name: "zpopmax", Arity: -2, Flags: Write | Fast, First: 1, Last: 1, Step: 1, Cats: "write sortedset fast", Group: "sorted-set", Since: "5.0.0", Summary: "Remove and return members with the highest scores in a sorted set", Run: func(x *Exec) error { return x.zpop(true) }},
	{Name: "bzpopmin", Arity: -3, Flags: Write | Fast | NoScript | Blocking, First: 1, Last: -2, Step: 1, Cats: "write sortedset fast blocking", Group: "sorted-set", Since: "5.0.0", Summary: "Remove and return the member with the lowest score from one or more sorted sets, or block until one is available", Run: func(x *Exec) error { return x.bzpop(false) }},
	{Name: "bzpopmax", Arity: -3, Flags: Write | Fast | NoScript | Blocking, First: 1, Last: -2, Step: 1, Cats: "write sortedset fast blocking", Group: "sorted-set", Since: "5.0.0", Summary: "Remove and return the member with the highest score from one or more sorted sets, or block until one is available", Run: func(x *Exec) error { return x.bzpop(true) }},
	{Name: "zmpop", Arity: -4, Flags: Write | Movable, Cats: "write sortedset slow", Group: "sorted-set", Since: "7.0.0", Summary: "Remove and return members with scores in a sorted set", Run: func(x *Exec) error { return x.zmpop(1) }, Keys: NumkeysAt(1)},
	{Name: "bzmpop", Arity: -5, Flags: Write | Movable | Blocking, Cats: "write sortedset slow blocking", Group: "sorted-set", Since: "7.0.0", Summary: "Remove and return members with scores in a sorted set or block until one is available", Run: func(x *Exec) error { return x.zmpop(2) }, Keys: NumkeysAt(2)},
	{Name: "zrandmember", Arity: -2, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read sortedset slow", Group: "sorted-set", Since: "6.2.0", Summary: "Get one or multiple random elements from a sorted set", Run: cmdZRandMember},
	{Name: "zscan", Arity: -3, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read sortedset slow", Group: "sorted-set", Since: "2.8.0", Summary: "Incrementally iterate sorted sets elements and associated scores", Run: cmdZScan},
	{Name: "zunion", Arity: -3, Flags: Read | Movable | MultiRead, Cats: "read sortedset slow", Group: "sorted-set", Since: "6.2.0", Summary: "Add multiple sorted sets", Run: func(x *Exec) error { return x.zcombine(setUnion, 1) }, Keys: NumkeysAt(1)},
	{Name: "zinter", Arity: -3, Flags: Read | Movable | MultiRead, Cats: "read sortedset slow", Group: "sorted-set", Since: "6.2.0", Summary: "Intersect multiple sorted sets", Run: func(x *Exec) error { return x.zcombine(setInter, 1) }, Keys: NumkeysAt(1)},
	{Name: "zdiff", Arity: -3, Flags: Read | Movable | MultiRead, Cats: "read sortedset slow", Group: "sorted-set", Since: "6.2.0", Summary: "Subtract multiple sorted sets", Run: func(x *Exec) error { return x.zcombine(setDiff, 1) }, Keys: NumkeysAt(1)},
	{Name: "zunionstore", Arity: -4, Flags: Write | DenyOOM | Movable, First: 1, Last: 1, Step: 1, Cats: "write sortedset slow", Group: "sorted-set", Since: "2.0.0", Summary: "Add multiple sorted sets and store the resulting sorted set in a new key", Run: func(x *Exec) error { return x.zcombine(setUnion, 2) }, Keys: storeKeys},
	{Name: "zinterstore", Arity: -4, Flags: Write | DenyOOM | Movable, First: 1, Last: 1, Step: 1, Cats: "write sortedset slow", Group: "sorted-set", Since: "2.0.0", Summary: "Intersect multiple sorted sets and store the resulting sorted set in a new key", Run: func(x *Exec) error { return x.zcombine(setInter, 2) }, Keys: storeKeys},
	{Name: "zdiffstore", Arity: -4, Flags: Write | DenyOOM | Movable, First: 1, Last: 1, Step: 1, Cats: "write sortedset slow", Group: "sorted-set", Since: "6.2.0", Summary: "Subtract multiple sorted sets and store the resulting sorted set in a new key", Run: func(x *Exec) error { return x.zcombine(setDiff, 2) }, Keys: storeKeys},
	{Name: "zintercard", Arity: -3, Flags: Read | Movable | MultiRead, Cats: "read sortedset slow", Group: "sorted-set", Since: "7.0.0", Summary: "Intersect multiple sorted sets and return the cardinality of the result", Run: cmdZInterCard, Keys: NumkeysAt(1)},
}

// storeKeys finds the destination and the counted sources of Z…STORE.
func storeKeys(args [][]byte) [][]byte {
	src := NumkeysAt(2)(args)
	return append([][]byte{args[1]}, src...)
}

// zaddOptions are the options of ZADD.
type zaddOptions struct {
	nx, xx, gt, lt, ch, incr bool
	at                       int // the first score
}

func (x *Exec) zaddOptions() (o zaddOptions, err error) {
	o.at = 2
	for option := true; option && o.at < len(x.Args); {
		switch {
		case x.Is(o.at, "nx"):
			o.nx = true
		case x.Is(o.at, "xx"):
			o.xx = true
		case x.Is(o.at, "gt"):
			o.gt = true
		case x.Is(o.at, "lt"):
			o.lt = true
		case x.Is(o.at, "ch"):
			o.ch = true
		case x.Is(o.at, "incr"):
			o.incr = true
		default:
			option = false
		}
		if option {
			o.at++
		}
	}
	n := len(x.Args) - o.at
	switch {
	case n == 0 || n%2 != 0:
		return o, ErrSyntax
	case o.nx && o.xx:
		return o, Err("ERR XX and NX options at the same time are not compatible")
	case o.gt && o.nx || o.lt && o.nx || o.gt && o.lt:
		return o, Err("ERR GT, LT, and/or NX options at the same time are not compatible")
	case o.incr && n > 2:
		return o, Err("ERR INCR option supports a single increment-element pair")
	}
	return o, nil
}

// errScoreNaN is the error of an increment from one infinity to the other.
const errScoreNaN Err = "ERR resulting score is not a number (NaN)"

func cmdZAdd(x *Exec) error {
	o, err := x.zaddOptions()
	if err != nil {
		return err
	}
	for i := o.at; i < len(x.Args); i += 2 {
		if _, err := x.float(i); err != nil {
			return err
		}
	}
	e, err := x.lock(x.Args[1], keyspace.TypeZSet)
	if err != nil {
		return err
	}
	if !e.Exists() {
		if o.xx {
			if o.incr {
				x.W.Null()
			} else {
				x.W.Int(0)
			}
			return nil
		}
		if err := e.Replace(keyspace.TypeZSet); err != nil {
			return err
		}
	}
	added, updated := int64(0), int64(0)
	for i := o.at; i < len(x.Args); i += 2 {
		score, err := x.float(i)
		if err != nil {
			return err
		}
		r, err := o.apply(e, x.Args[i+1], score)
		if err != nil {
			return err
		}
		if o.incr {
			if !r.done {
				x.W.Null()
			} else {
				x.W.Double(r.score)
			}
		}
		added += int64(btoi(r.added))
		updated += int64(btoi(r.changed))
	}
	if !o.incr {
		if o.ch {
			x.W.Int(added + updated)
		} else {
			x.W.Int(added)
		}
	}
	if added+updated == 0 {
		return nil
	}
	return e.Save()
}

// zaddResult is what became of one member.
type zaddResult struct {
	done, added, changed bool
	score                float64
}

func (o zaddOptions) apply(e *keyspace.Entry, m []byte, score float64) (r zaddResult, err error) {
	old, had, err := e.ZScore(m)
	if err != nil || had && o.nx || !had && o.xx {
		return r, err
	}
	if had && o.incr {
		score += old
		if math.IsNaN(score) {
			return r, errScoreNaN
		}
	}
	if had && (o.gt && score <= old || o.lt && score >= old) {
		return r, nil
	}
	r = zaddResult{done: true, added: !had, changed: had && score != old, score: score}
	return r, e.ZMove(m, score, old, had)
}

func cmdZIncrBy(x *Exec) error {
	by, err := x.float(2)
	if err != nil {
		return err
	}
	e, err := x.Tx.LockZSet(x.Args[1])
	if err != nil {
		return err
	}
	r, err := zaddOptions{incr: true}.apply(e, x.Args[3], by)
	if err != nil {
		return err
	}
	x.W.Double(r.score)
	return e.Save()
}

func cmdZRem(x *Exec) error {
	e, err := x.lock(x.Args[1], keyspace.TypeZSet)
	if err != nil {
		return err
	}
	n := int64(0)
	for _, m := range x.Args[2:] {
		ok, err := e.ZRemove(m)
		if err != nil {
			return err
		}
		n += int64(btoi(ok))
	}
	x.W.Int(n)
	if n == 0 {
		return nil
	}
	return e.SaveOrDelete()
}

func (x *Exec) readZSet() (*keyspace.Entry, error) { return x.read(x.Args[1], keyspace.TypeZSet) }

func cmdZCard(x *Exec) error {
	e, err := x.readZSet()
	if err != nil {
		return err
	}
	x.W.Int(e.ZLen())
	return nil
}

func cmdZScore(x *Exec) error {
	e, err := x.readZSet()
	if err != nil {
		return err
	}
	s, ok, err := e.ZScore(x.Args[2])
	if err != nil {
		return err
	}
	if ok {
		x.W.Double(s)
	} else {
		x.W.Null()
	}
	return nil
}

func cmdZMScore(x *Exec) error {
	e, err := x.readZSet()
	if err != nil {
		return err
	}
	x.W.Array(len(x.Args) - 2)
	for _, m := range x.Args[2:] {
		s, ok, err := e.ZScore(m)
		if err != nil {
			return err
		}
		if ok {
			x.W.Double(s)
		} else {
			x.W.Null()
		}
	}
	return nil
}

func (x *Exec) zrank(rev bool) error {
	e, err := x.readZSet()
	if err != nil {
		return err
	}
	s, ok, err := e.ZScore(x.Args[2])
	if err != nil {
		return err
	}
	if !ok {
		x.W.Null()
		return nil
	}
	n, err := e.ZRank(append(keyspace.AppendScore(nil, s), x.Args[2]...))
	if err != nil {
		return err
	}
	if rev {
		n = e.ZLen() - 1 - n
	}
	x.W.Int(n)
	return nil
}

func cmdZRandMember(x *Exec) error {
	withScores := false
	if len(x.Args) > 2 {
		if len(x.Args) > 4 || len(x.Args) == 4 && !x.Is(3, "withscores") {
			return ErrSyntax
		}
		withScores = len(x.Args) == 4
	}
	count, err := x.randCount(2, withScores)
	if err != nil {
		return err
	}
	e, err := x.readZSet()
	if err != nil {
		return err
	}
	n := e.ZLen()
	if len(x.Args) == 2 {
		if n == 0 {
			x.W.Null()
			return nil
		}
		at := int64(x.Rand.Uint64() % uint64(n))
		return e.ZEachRank(at, at+1, false, func(m []byte, _ float64) bool {
			x.W.Bulk(m)
			return false
		})
	}
	var all []zmember
	if err := e.ZEachRank(0, n, false, x.collect(&all)); err != nil {
		return err
	}
	members, picks, err := x.pick(len(all), count)
	if err != nil {
		return err
	}
	x.pairsHeader(members, withScores)
	for i := range picks {
		x.pairStart(withScores)
		x.W.Bulk(all[i].member)
		if withScores {
			x.W.Double(all[i].score)
		}
	}
	return nil
}

// itemBytes is what one of many things gathered takes beside its own bytes.
const itemBytes = 64

// zmember is a copied member.
type zmember struct {
	member []byte
	score  float64
}

// collect gathers copies of members.
func (x *Exec) collect(dst *[]zmember) func(m []byte, s float64) bool {
	return func(m []byte, s float64) bool {
		if !x.Hold(itemBytes + len(m)) {
			return false
		}
		*dst = append(*dst, zmember{append([]byte{}, m...), s})
		return true
	}
}

func cmdZScan(x *Exec) error {
	o, err := x.scanOptions(2, false)
	if err != nil {
		return err
	}
	e, err := x.readZSet()
	if err != nil {
		return err
	}
	var items [][]byte
	cursor, n := uint64(0), 0
	err = e.ZEach(keyspace.ZRange{Lo: o.from}, false, func(m []byte, s float64) bool {
		if n == o.count && e.Spread() {
			cursor = x.cursors.put(append(keyspace.AppendScore(nil, s), m...))
			return false
		}
		n++
		if o.matches(m) {
			items = append(items, append([]byte{}, m...), redis.AppendDouble(nil, s))
		}
		return true
	})
	if err != nil {
		return err
	}
	x.scanReply(cursor, items)
	return nil
}
