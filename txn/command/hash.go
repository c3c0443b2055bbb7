package command

import (
	"iter"
	"math"
	"slices"

	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/txn/redis"
)

var hashCommands = []Command{
	{Name: "hset", Arity: -4, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write hash fast", Group: "hash", Since: "2.0.0", Summary: "Set the string value of a hash field", Run: func(x *Exec) error { return x.hset(false) }},
	{Name: "hmset", Arity: -4, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write hash fast", Group: "hash", Since: "2.0.0", Summary: "Set multiple hash fields to multiple values", Run: func(x *Exec) error { return x.hset(true) }},
	{Name: "hsetnx", Arity: 4, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write hash fast", Group: "hash", Since: "2.0.0", Summary: "Set the value of a hash field, only if the field does not exist", Run: cmdHSetNX},
	{Name: "hget", Arity: 3, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "read hash fast", Group: "hash", Since: "2.0.0", Summary: "Get the value of a hash field", Run: cmdHGet},
	{Name: "hmget", Arity: -3, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "read hash fast", Group: "hash", Since: "2.0.0", Summary: "Get the values of all the given hash fields", Run: cmdHMGet},
	{Name: "hgetall", Arity: 2, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read hash slow", Group: "hash", Since: "2.0.0", Summary: "Get all the fields and values in a hash", Run: func(x *Exec) error { return x.hashAll(true, true) }},
	{Name: "hkeys", Arity: 2, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read hash slow", Group: "hash", Since: "2.0.0", Summary: "Get all the fields in a hash", Run: func(x *Exec) error { return x.hashAll(true, false) }},
	{Name: "hvals", Arity: 2, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read hash slow", Group: "hash", Since: "2.0.0", Summary: "Get all the values in a hash", Run: func(x *Exec) error { return x.hashAll(false, true) }},
	{Name: "hlen", Arity: 2, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "read hash fast", Group: "hash", Since: "2.0.0", Summary: "Get the number of fields in a hash", Run: cmdHLen},
	{Name: "hstrlen", Arity: 3, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "read hash fast", Group: "hash", Since: "3.2.0", Summary: "Get the length of the value of a hash field", Run: cmdHStrlen},
	{Name: "hexists", Arity: 3, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "read hash fast", Group: "hash", Since: "2.0.0", Summary: "Determine if a hash field exists", Run: cmdHExists},
	{Name: "hdel", Arity: -3, Flags: Write | Fast, First: 1, Last: 1, Step: 1, Cats: "write hash fast", Group: "hash", Since: "2.0.0", Summary: "Delete one or more hash fields", Run: cmdHDel},
	{Name: "hincrby", Arity: 4, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write hash fast", Group: "hash", Since: "2.0.0", Summary: "Increment the integer value of a hash field by the given number", Run: cmdHIncrBy},
	{Name: "hincrbyfloat", Arity: 4, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write hash fast", Group: "hash", Since: "2.6.0", Summary: "Increment the float value of a hash field by the given amount", Run: cmdHIncrByFloat},
	{Name: "hrandfield", Arity: -2, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read hash slow", Group: "hash", Since: "6.2.0", Summary: "Get one or multiple random fields from a hash", Run: cmdHRandField},
	{Name: "hscan", Arity: -3, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read hash slow", Group: "hash", Since: "2.8.0", Summary: "Incrementally iterate hash fields and associated values", Run: cmdHScan},
}

func (x *Exec) hset(ok bool) error {
	if len(x.Args)%2 != 0 {
		return Err("ERR wrong number of arguments for '" + x.Cmd.full + "' command")
	}
	e, err := x.Tx.LockHash(x.Args[1])
	if err != nil {
		return err
	}
	n := int64(0)
	for i := 2; i < len(x.Args); i += 2 {
		created, err := e.HashSet(x.Args[i], x.Args[i+1])
		if err != nil {
			return err
		}
		if created {
			n++
		}
	}
	if ok {
		x.W.OK()
	} else {
		x.W.Int(n)
	}
	return e.Save()
}

func cmdHSetNX(x *Exec) error {
	e, err := x.Tx.LockHash(x.Args[1])
	if err != nil {
		return err
	}
	_, had, err := e.HashGet(x.Args[2])
	if err != nil {
		return err
	}
	if had {
		x.W.Int(0)
		return nil
	}
	x.W.Int(1)
	if _, err := e.HashSet(x.Args[2], x.Args[3]); err != nil {
		return err
	}
	return e.Save()
}

// read reads a key that must hold type t or nothing.
func (x *Exec) read(key []byte, t keyspace.Type) (*keyspace.Entry, error) {
	e, err := x.Tx.Read(key)
	if err != nil {
		return nil, err
	}
	return e, e.Is(t)
}

// lock locks a key that must hold type t or nothing.
func (x *Exec) lock(key []byte, t keyspace.Type) (*keyspace.Entry, error) {
	e, err := x.Tx.Lock(key)
	if err != nil {
		return nil, err
	}
	return e, e.Is(t)
}

func (x *Exec) readHash() (*keyspace.Entry, error) { return x.read(x.Args[1], keyspace.TypeHash) }

func cmdHGet(x *Exec) error {
	e, err := x.readHash()
	if err != nil {
		return err
	}
	v, ok, err := e.HashGet(x.Args[2])
	if err != nil {
		return err
	}
	if ok {
		x.W.Bulk(v)
	} else {
		x.W.Null()
	}
	return nil
}

func cmdHMGet(x *Exec) error {
	e, err := x.readHash()
	if err != nil {
		return err
	}
	x.W.Array(len(x.Args) - 2)
	for _, f := range x.Args[2:] {
		v, ok, err := e.HashGet(f)
		if err != nil {
			return err
		}
		if ok {
			x.W.Bulk(v)
		} else {
			x.W.Null()
		}
	}
	return nil
}

func (x *Exec) hashAll(fields, values bool) error {
	e, err := x.readHash()
	if err != nil {
		return err
	}
	n := int(e.HashLen())
	switch {
	case fields && values:
		x.W.Map(n)
	default:
		x.W.Array(n)
	}
	it := e.HashEach(nil)
	for it.Next() {
		if fields {
			x.W.Bulk(it.Field)
		}
		if values {
			x.W.Bulk(it.Value)
		}
	}
	return it.Close()
}

func cmdHLen(x *Exec) error {
	e, err := x.readHash()
	if err != nil {
		return err
	}
	x.W.Int(e.HashLen())
	return nil
}

func cmdHStrlen(x *Exec) error {
	e, err := x.readHash()
	if err != nil {
		return err
	}
	v, _, err := e.HashGet(x.Args[2])
	x.W.Int(int64(len(v)))
	return err
}

func cmdHExists(x *Exec) error {
	e, err := x.readHash()
	if err != nil {
		return err
	}
	_, ok, err := e.HashGet(x.Args[2])
	x.W.Int(int64(btoi(ok)))
	return err
}

func cmdHDel(x *Exec) error {
	e, err := x.lock(x.Args[1], keyspace.TypeHash)
	if err != nil {
		return err
	}
	n := int64(0)
	for _, f := range x.Args[2:] {
		ok, err := e.HashDel(f)
		if err != nil {
			return err
		}
		if ok {
			n++
		}
	}
	x.W.Int(n)
	if n == 0 {
		return nil
	}
	return e.SaveOrDelete()
}

func cmdHIncrBy(x *Exec) error {
	by, err := x.Int(3)
	if err != nil {
		return err
	}
	e, err := x.Tx.LockHash(x.Args[1])
	if err != nil {
		return err
	}
	v, ok, err := e.HashGet(x.Args[2])
	if err != nil {
		return err
	}
	n := int64(0)
	if ok {
		if n, ok = redis.ParseInt(v); !ok {
			return Err("ERR hash value is not an integer")
		}
	}
	if by > 0 && n > math.MaxInt64-by || by < 0 && n < math.MinInt64-by {
		return errOverflow
	}
	if _, err := e.HashSet(x.Args[2], x.itoa(n+by)); err != nil {
		return err
	}
	x.W.Int(n + by)
	return e.Save()
}

func cmdHIncrByFloat(x *Exec) error {
	if f, ok := parseFloat(x.Args[3]); !ok {
		return errNotFloat
	} else if math.IsInf(f, 0) {
		return Err("ERR value is NaN or Infinity")
	}
	e, err := x.Tx.LockHash(x.Args[1])
	if err != nil {
		return err
	}
	v, ok, err := e.HashGet(x.Args[2])
	if err != nil {
		return err
	}
	if ok && len(v) == 0 {
		return Err("ERR hash value is not a float")
	}
	s, err := addLong(v, x.Args[3], Err("ERR hash value is not a float"))
	if err != nil {
		return err
	}
	if _, err := e.HashSet(x.Args[2], []byte(s)); err != nil {
		return err
	}
	x.W.BulkString(s)
	return e.Save()
}

// pair is a member with what stands beside it.
type pair struct{ name, value []byte }

func cmdHRandField(x *Exec) error {
	withValues := false
	if len(x.Args) > 2 {
		if len(x.Args) > 4 || len(x.Args) == 4 && !x.Is(3, "withvalues") {
			return ErrSyntax
		}
		withValues = len(x.Args) == 4
	}
	count, err := x.randCount(2, withValues)
	if err != nil {
		return err
	}
	e, err := x.readHash()
	if err != nil {
		return err
	}
	var all []pair
	it := e.HashEach(nil)
	for it.Next() && x.Hold(itemBytes+len(it.Field)+len(it.Value)) {
		all = append(all, pair{append([]byte(nil), it.Field...), append([]byte(nil), it.Value...)})
	}
	if err := it.Close(); err != nil {
		return err
	}
	if len(x.Args) == 2 {
		if len(all) == 0 {
			x.W.Null()
		} else {
			x.W.Bulk(all[x.randN(len(all))].name)
		}
		return nil
	}
	n, picks, err := x.pick(len(all), count)
	if err != nil {
		return err
	}
	x.pairsHeader(n, withValues)
	for i := range picks {
		x.pairStart(withValues)
		x.W.Bulk(all[i].name)
		if withValues {
			x.W.Bulk(all[i].value)
		}
	}
	return nil
}

// randCount reads the optional count of a RAND command at argument i.
func (x *Exec) randCount(i int, paired bool) (int64, error) {
	if i >= len(x.Args) {
		return 1, nil
	}
	n, err := x.Int(i)
	if err != nil {
		return 0, err
	}
	if n < -math.MaxInt64 || paired && (n < -math.MaxInt64/2 || n > math.MaxInt64/2) {
		return 0, Err("ERR value is out of range")
	}
	return n, nil
}

// pairsHeader opens a reply of n members, alone or with a value each: RESP3
// nests the pairs, RESP2 lays them flat.
func (x *Exec) pairsHeader(n int, paired bool) {
	if paired && !x.W.RESP3 {
		n *= 2
	}
	x.W.Array(n)
}

func (x *Exec) pairStart(paired bool) {
	if paired && x.W.RESP3 {
		x.W.Array(2)
	}
}

// randN is a random number in [0, n).
func (x *Exec) randN(n int) int { return int(x.Rand.Uint64() % uint64(n)) }

// leastBulkBytes is what the shortest bulk string takes in a reply.
const leastBulkBytes = 6

// pick chooses places among n: count distinct ones, or -count with repetition. It
// gives how many there are and the places one by one; what does not fit in a reply
// is an error.
func (x *Exec) pick(n int, count int64) (int, iter.Seq[int], error) {
	if n == 0 {
		count = 0
	}
	if count < 0 {
		if x.W.Limit > 0 && -count > int64(x.W.Limit/leastBulkBytes) {
			return 0, nil, ErrReplyTooLarge
		}
		return int(-count), func(yield func(int) bool) {
			for range -count {
				if x.W.Over || !yield(x.randN(n)) {
					return
				}
			}
		}, nil
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	if count < int64(n) {
		for i := range int(count) {
			j := i + x.randN(n-i)
			all[i], all[j] = all[j], all[i]
		}
		all = all[:count]
	}
	return len(all), slices.Values(all), nil
}
