package command

import (
	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/txn/redis"
)

// takeEnd removes up to count members from the end with the lowest, or highest,
// scores, and saves.
func (x *Exec) takeEnd(e *keyspace.Entry, highest bool, count int64) ([]zmember, error) {
	var out []zmember
	if err := e.ZEachRank(0, min(count, e.ZLen()), highest, x.collect(&out)); err != nil {
		return nil, err
	}
	if x.Unfit() {
		return nil, errMemory
	}
	for _, m := range out {
		if _, err := e.ZRemove(m.member); err != nil {
			return nil, err
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, e.SaveOrDelete()
}

func (x *Exec) zpop(highest bool) error {
	count := int64(1)
	if len(x.Args) > 3 {
		return ErrSyntax
	}
	if len(x.Args) == 3 {
		n, ok := redis.ParseInt(x.Args[2])
		if !ok || n < 0 {
			return ErrNotPositive
		}
		count = n
	}
	e, err := x.lock(x.Args[1], keyspace.TypeZSet)
	if err != nil {
		return err
	}
	out, err := x.takeEnd(e, highest, count)
	if err != nil {
		return err
	}
	// RESP3 nests the pairs only where a count was given.
	nested := x.W.RESP3 && len(x.Args) == 3
	if nested {
		x.W.Array(len(out))
	} else {
		x.W.Array(2 * len(out))
	}
	for _, m := range out {
		if nested {
			x.W.Array(2)
		}
		x.W.Bulk(m.member)
		x.W.Double(m.score)
	}
	return nil
}

func (x *Exec) bzpop(highest bool) error {
	last := len(x.Args) - 1
	d, err := x.timeout(last)
	if err != nil {
		return err
	}
	for _, k := range x.Args[1:last] {
		e, err := x.lock(k, keyspace.TypeZSet)
		if err != nil {
			return err
		}
		if !e.Exists() {
			continue
		}
		out, err := x.takeEnd(e, highest, 1)
		if err != nil {
			return err
		}
		x.W.Array(3)
		x.W.Bulk(k)
		x.W.Bulk(out[0].member)
		x.W.Double(out[0].score)
		return nil
	}
	return x.blockOrNull(blockZSet, x.Args[1:last], d)
}

// zmpop is ZMPOP (numkeys at 1) and BZMPOP (timeout, numkeys at 2).
func (x *Exec) zmpop(at int) error {
	keys, rest, err := x.numkeys(at)
	if err != nil {
		return err
	}
	if rest >= len(x.Args) {
		return ErrSyntax
	}
	highest := x.Is(rest, "max")
	if !highest && !x.Is(rest, "min") {
		return ErrSyntax
	}
	count, err := x.popCount(rest + 1)
	if err != nil {
		return err
	}
	for _, k := range keys {
		e, err := x.lock(k, keyspace.TypeZSet)
		if err != nil {
			return err
		}
		if !e.Exists() {
			continue
		}
		out, err := x.takeEnd(e, highest, count)
		if err != nil {
			return err
		}
		x.W.Array(2)
		x.W.Bulk(k)
		x.W.Array(len(out))
		for _, m := range out {
			x.W.Array(2)
			x.W.Bulk(m.member)
			x.W.Double(m.score)
		}
		return nil
	}
	if at == 1 {
		x.W.NullArray()
		return nil
	}
	d, err := x.timeout(1)
	if err != nil {
		return err
	}
	return x.blockOrNull(blockZSet, keys, d)
}
