package command

import (
	"bytes"
	"sort"

	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/txn/redis"
)

var setCommands = []Command{
	{Name: "sadd", Arity: -3, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write set fast", Group: "set", Since: "1.0.0", Summary: "Add one or more members to a set", Run: cmdSAdd},
	{Name: "srem", Arity: -3, Flags: Write | Fast, First: 1, Last: 1, Step: 1, Cats: "write set fast", Group: "set", Since: "1.0.0", Summary: "Remove one or more members from a set", Run: cmdSRem},
	{Name: "scard", Arity: 2, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "read set fast", Group: "set", Since: "1.0.0", Summary: "Get the number of members in a set", Run: cmdSCard},
	{Name: "sismember", Arity: 3, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "read set fast", Group: "set", Since: "1.0.0", Summary: "Determine if a given value is a member of a set", Run: cmdSIsMember},
	{Name: "smismember", Arity: -3, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "read set fast", Group: "set", Since: "6.2.0", Summary: "Returns the membership associated with the given elements for a set", Run: cmdSMIsMember},
	{Name: "smembers", Arity: 2, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read set slow", Group: "set", Since: "1.0.0", Summary: "Get all the members in a set", Run: cmdSMembers},
	{Name: "smove", Arity: 4, Flags: Write | Fast, First: 1, Last: 2, Step: 1, Cats: "write set fast", Group: "set", Since: "1.0.0", Summary: "Move a member from one set to another", Run: cmdSMove},
	{Name: "spop", Arity: -2, Flags: Write | Fast, First: 1, Last: 1, Step: 1, Cats: "write set fast", Group: "set", Since: "1.0.0", Summary: "Remove and return one or multiple random members from a set", Run: cmdSPop},
	{Name: "srandmember", Arity: -2, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read set slow", Group: "set", Since: "1.0.0", Summary: "Get one or multiple random members from a set", Run: cmdSRandMember},
	{Name: "sscan", Arity: -3, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read set slow", Group: "set", Since: "2.8.0", Summary: "Incrementally iterate Set elements", Run: cmdSScan},
	{Name: "sinter", Arity: -2, Flags: Read | MultiRead, First: 1, Last: -1, Step: 1, Cats: "read set slow", Group: "set", Since: "1.0.0", Summary: "Intersect multiple sets", Run: func(x *Exec) error { return x.setRead(setInter) }},
	{Name: "sunion", Arity: -2, Flags: Read | MultiRead, First: 1, Last: -1, Step: 1, Cats: "read set slow", Group: "set", Since: "1.0.0", Summary: "Add multiple sets", Run: func(x *Exec) error { return x.setRead(setUnion) }},
	{Name: "sdiff", Arity: -2, Flags: Read | MultiRead, First: 1, Last: -1, Step: 1, Cats: "read set slow", Group: "set", Since: "1.0.0", Summary: "Subtract multiple sets", Run: func(x *Exec) error { return x.setRead(setDiff) }},
	{Name: "sinterstore", Arity: -3, Flags: Write | DenyOOM, First: 1, Last: -1, Step: 1, Cats: "write set slow", Group: "set", Since: "1.0.0", Summary: "Intersect multiple sets and store the resulting set in a key", Run: func(x *Exec) error { return x.setStore(setInter) }},
	{Name: "sunionstore", Arity: -3, Flags: Write | DenyOOM, First: 1, Last: -1, Step: 1, Cats: "write set slow", Group: "set", Since: "1.0.0", Summary: "Add multiple sets and store the resulting set in a key", Run: func(x *Exec) error { return x.setStore(setUnion) }},
	{Name: "sdiffstore", Arity: -3, Flags: Write | DenyOOM, First: 1, Last: -1, Step: 1, Cats: "write set slow", Group: "set", Since: "1.0.0", Summary: "Subtract multiple sets and store the resulting set in a key", Run: func(x *Exec) error { return x.setStore(setDiff) }},
	{Name: "sintercard", Arity: -3, Flags: Read | Movable | MultiRead, Cats: "read set slow", Group: "set", Since: "7.0.0", Summary: "Intersect multiple sets and return the cardinality of the result", Run: cmdSInterCard, Keys: NumkeysAt(1)},
}

func cmdSAdd(x *Exec) error {
	e, err := x.Tx.LockSet(x.Args[1])
	if err != nil {
		return err
	}
	n := int64(0)
	for _, m := range x.Args[2:] {
		added, err := e.SetAdd(m)
		if err != nil {
			return err
		}
		n += int64(btoi(added))
	}
	x.W.Int(n)
	if n == 0 {
		return nil
	}
	return e.Save()
}

func cmdSRem(x *Exec) error {
	e, err := x.lock(x.Args[1], keyspace.TypeSet)
	if err != nil {
		return err
	}
	n := int64(0)
	for _, m := range x.Args[2:] {
		gone, err := e.SetRemove(m)
		if err != nil {
			return err
		}
		n += int64(btoi(gone))
	}
	x.W.Int(n)
	if n == 0 {
		return nil
	}
	return e.SaveOrDelete()
}

func (x *Exec) readSet() (*keyspace.Entry, error) { return x.read(x.Args[1], keyspace.TypeSet) }

func cmdSCard(x *Exec) error {
	e, err := x.readSet()
	if err != nil {
		return err
	}
	x.W.Int(e.SetLen())
	return nil
}

func cmdSIsMember(x *Exec) error {
	e, err := x.readSet()
	if err != nil {
		return err
	}
	ok, err := e.SetHas(x.Args[2])
	x.W.Int(int64(btoi(ok)))
	return err
}

func cmdSMIsMember(x *Exec) error {
	e, err := x.readSet()
	if err != nil {
		return err
	}
	x.W.Array(len(x.Args) - 2)
	for _, m := range x.Args[2:] {
		ok, err := e.SetHas(m)
		if err != nil {
			return err
		}
		x.W.Int(int64(btoi(ok)))
	}
	return nil
}

func cmdSMembers(x *Exec) error {
	e, err := x.readSet()
	if err != nil {
		return err
	}
	x.W.Set(int(e.SetLen()))
	return e.SetEach(nil, func(m, _ []byte) bool {
		x.W.Bulk(m)
		return true
	})
}

func cmdSMove(x *Exec) error {
	src, err := x.lock(x.Args[1], keyspace.TypeSet)
	if err != nil {
		return err
	}
	if !src.Exists() {
		x.W.Int(0)
		return nil
	}
	if bytes.Equal(x.Args[1], x.Args[2]) {
		ok, err := src.SetHas(x.Args[3])
		x.W.Int(int64(btoi(ok)))
		return err
	}
	dst, err := x.Tx.LockOther(x.Args[2])
	if err != nil {
		return err
	}
	if err := dst.Is(keyspace.TypeSet); err != nil {
		return err
	}
	ok, err := src.SetRemove(x.Args[3])
	if err != nil {
		return err
	}
	x.W.Int(int64(btoi(ok)))
	if !ok {
		return nil
	}
	if err := src.SaveOrDelete(); err != nil {
		return err
	}
	if !dst.Exists() {
		if err := dst.Replace(keyspace.TypeSet); err != nil {
			return err
		}
	}
	if _, err := dst.SetAdd(x.Args[3]); err != nil {
		return err
	}
	return dst.Save()
}

func cmdSPop(x *Exec) error {
	count := int64(-1)
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
	e, err := x.lock(x.Args[1], keyspace.TypeSet)
	if err != nil {
		return err
	}
	if count < 0 {
		m, err := e.SetRandom(x.Rand.Uint64())
		if err != nil {
			return err
		}
		if m == nil {
			x.W.Null()
			return nil
		}
		x.W.Bulk(m)
		if _, err := e.SetRemove(m); err != nil {
			return err
		}
		return e.SaveOrDelete()
	}
	picked, err := x.sampleSet(e, count)
	if err != nil {
		return err
	}
	x.W.Set(len(picked))
	for _, m := range picked {
		x.W.Bulk(m)
		if _, err := e.SetRemove(m); err != nil {
			return err
		}
	}
	if len(picked) == 0 {
		return nil
	}
	return e.SaveOrDelete()
}

// sampleShare: a sample of less than one part in so many is drawn member by member.
const sampleShare = 3

// sampleSet copies count distinct members.
func (x *Exec) sampleSet(e *keyspace.Entry, count int64) ([][]byte, error) {
	n := e.SetLen()
	if n == 0 || count == 0 {
		return nil, nil
	}
	if e.Spread() && count < n/sampleShare {
		seen := map[string]bool{}
		var out [][]byte
		for int64(len(out)) < count {
			m, err := e.SetRandom(x.Rand.Uint64())
			if err != nil {
				return nil, err
			}
			if !seen[string(m)] {
				seen[string(m)] = true
				out = append(out, m)
			}
		}
		return out, nil
	}
	all, err := x.membersOf(e)
	if err != nil {
		return nil, err
	}
	_, picks, err := x.pick(len(all), count)
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for i := range picks {
		out = append(out, all[i])
	}
	return out, nil
}

// repeatMembers replies n members, each drawn from all.
func (x *Exec) repeatMembers(e *keyspace.Entry, n int64) error {
	all, err := x.membersOf(e)
	if err != nil {
		return err
	}
	count, picks, err := x.pick(len(all), -n)
	if err != nil {
		return err
	}
	x.W.Array(count)
	for i := range picks {
		x.W.Bulk(all[i])
	}
	return nil
}

// membersOf copies all members of a set.
func (x *Exec) membersOf(e *keyspace.Entry) ([][]byte, error) {
	var out [][]byte
	err := e.SetEach(nil, func(m, _ []byte) bool {
		if !x.Hold(itemBytes + len(m)) {
			return false
		}
		out = append(out, append([]byte{}, m...))
		return true
	})
	return out, err
}

func cmdSRandMember(x *Exec) error {
	if len(x.Args) > 3 {
		return ErrSyntax
	}
	count, err := x.randCount(2, false)
	if err != nil {
		return err
	}
	e, err := x.readSet()
	if err != nil {
		return err
	}
	if len(x.Args) == 2 {
		m, err := e.SetRandom(x.Rand.Uint64())
		if err != nil {
			return err
		}
		if m == nil {
			x.W.Null()
		} else {
			x.W.Bulk(m)
		}
		return nil
	}
	if count < 0 {
		return x.repeatMembers(e, -count)
	}
	picked, err := x.sampleSet(e, count)
	if err != nil {
		return err
	}
	x.W.Array(len(picked))
	for _, m := range picked {
		x.W.Bulk(m)
	}
	return nil
}

func cmdSScan(x *Exec) error {
	o, err := x.scanOptions(2, false)
	if err != nil {
		return err
	}
	e, err := x.readSet()
	if err != nil {
		return err
	}
	var items [][]byte
	cursor, n := uint64(0), 0
	err = e.SetEach(o.from, func(m, place []byte) bool {
		if n == o.count && place != nil {
			cursor = x.cursors.put(place)
			return false
		}
		n++
		if o.matches(m) {
			items = append(items, append([]byte{}, m...))
		}
		return true
	})
	if err != nil {
		return err
	}
	x.scanReply(cursor, items)
	return nil
}

// setOp is how several sets become one.
type setOp byte

const (
	setUnion setOp = iota
	setInter
	setDiff
)

// combine computes an operation over the sets at keys; limit (0: none) stops an
// intersection early. The result is sorted by bytes for unions of several sets.
func (x *Exec) combine(op setOp, keys [][]byte, limit int) ([][]byte, error) {
	sets := make([][][]byte, len(keys))
	empty := false
	for i, k := range keys {
		e, err := x.read(k, keyspace.TypeSet)
		if err != nil {
			return nil, err
		}
		if sets[i], err = x.membersOf(e); err != nil {
			return nil, err
		}
		empty = empty || len(sets[i]) == 0
	}
	switch op {
	case setUnion:
		seen := map[string]bool{}
		var out [][]byte
		for _, s := range sets {
			for _, m := range s {
				if !seen[string(m)] {
					seen[string(m)] = true
					out = append(out, m)
				}
			}
		}
		return out, nil
	case setInter:
		if empty {
			return nil, nil
		}
		sort.SliceStable(sets, func(i, j int) bool { return len(sets[i]) < len(sets[j]) })
	}
	return filterSets(op, sets, limit), nil
}

// filterSets keeps the members of the first set that are in all others, or in none.
func filterSets(op setOp, sets [][][]byte, limit int) (out [][]byte) {
	in := map[string]int{}
	for _, s := range sets[1:] {
		for _, m := range s {
			in[string(m)]++
		}
	}
	want := 0
	if op == setInter {
		want = len(sets) - 1
	}
	for _, m := range sets[0] {
		if in[string(m)] == want {
			out = append(out, m)
			if limit > 0 && len(out) == limit {
				break
			}
		}
	}
	return out
}

func (x *Exec) setRead(op setOp) error {
	out, err := x.combine(op, x.Args[1:], 0)
	if err != nil {
		return err
	}
	x.W.Set(len(out))
	for _, m := range out {
		x.W.Bulk(m)
	}
	return nil
}

func (x *Exec) setStore(op setOp) error {
	share := x.Tx.ForceShare
	x.Tx.ForceShare = true
	out, err := x.combine(op, x.Args[2:], 0)
	x.Tx.ForceShare = share
	if err != nil {
		return err
	}
	e, err := x.Tx.Lock(x.Args[1])
	if err != nil {
		return err
	}
	x.W.Int(int64(len(out)))
	if len(out) == 0 {
		return e.Delete()
	}
	if err := e.Replace(keyspace.TypeSet); err != nil {
		return err
	}
	for _, m := range out {
		if _, err := e.SetAdd(m); err != nil {
			return err
		}
	}
	return e.Save()
}

func cmdSInterCard(x *Exec) error {
	keys, rest, err := x.numkeysOr(1, Err("ERR Number of keys can't be greater than number of args"))
	if err != nil {
		return err
	}
	limit, err := x.cardLimit(rest)
	if err != nil {
		return err
	}
	out, err := x.combine(setInter, keys, int(limit))
	if err != nil {
		return err
	}
	x.W.Int(int64(len(out)))
	return nil
}

// numkeysOr is numkeys with the error for too few arguments.
func (x *Exec) numkeysOr(i int, few error) ([][]byte, int, error) {
	keys, rest, err := x.numkeys(i)
	if err == ErrSyntax {
		err = few
	}
	return keys, rest, err
}

// cardLimit reads the optional "LIMIT n" at argument i.
func (x *Exec) cardLimit(i int) (int64, error) {
	if i == len(x.Args) {
		return 0, nil
	}
	if i+2 != len(x.Args) || !x.Is(i, "limit") {
		return 0, ErrSyntax
	}
	n, ok := redis.ParseInt(x.Args[i+1])
	if !ok || n < 0 {
		return 0, Err("ERR LIMIT can't be negative")
	}
	return n, nil
}
