package command

import (
	"bytes"

	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/txn/redis"
)

var listCommands = []Command{
	{Name: "lpush", Arity: -3, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write list fast", Group: "list", Since: "1.0.0", Summary: "Prepend one or multiple elements to a list", Run: func(x *Exec) error { return x.push(true, false) }},
	{Name: "rpush", Arity: -3, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write list fast", Group: "list", Since: "1.0.0", Summary: "Append one or multiple elements to a list", Run: func(x *Exec) error { return x.push(false, false) }},
	{Name: "lpushx", Arity: -3, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write list fast", Group: "list", Since: "2.2.0", Summary: "Prepend an element to a list, only if the list exists", Run: func(x *Exec) error { return x.push(true, true) }},
	{Name: "rpushx", Arity: -3, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write list fast", Group: "list", Since: "2.2.0", Summary: "Append an element to a list, only if the list exists", Run: func(x *Exec) error { return x.push(false, true) }},
	{Name: "lpop", Arity: -2, Flags: Write | Fast, First: 1, Last: 1, Step: 1, Cats: "write list fast", Group: "list", Since: "1.0.0", Summary: "Remove and get the first elements in a list", Run: func(x *Exec) error { return x.pop(true) }},
	{Name: "rpop", Arity: -2, Flags: Write | Fast, First: 1, Last: 1, Step: 1, Cats: "write list fast", Group: "list", Since: "1.0.0", Summary: "Remove and get the last elements in a list", Run: func(x *Exec) error { return x.pop(false) }},
	{Name: "llen", Arity: 2, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "read list fast", Group: "list", Since: "1.0.0", Summary: "Get the length of a list", Run: cmdLLen},
	{Name: "lindex", Arity: 3, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read list slow", Group: "list", Since: "1.0.0", Summary: "Get an element from a list by its index", Run: cmdLIndex},
	{Name: "lrange", Arity: 4, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read list slow", Group: "list", Since: "1.0.0", Summary: "Get a range of elements from a list", Run: cmdLRange},
	{Name: "lset", Arity: 4, Flags: Write | DenyOOM, First: 1, Last: 1, Step: 1, Cats: "write list slow", Group: "list", Since: "1.0.0", Summary: "Set the value of an element in a list by its index", Run: cmdLSet},
	{Name: "linsert", Arity: 5, Flags: Write | DenyOOM, First: 1, Last: 1, Step: 1, Cats: "write list slow", Group: "list", Since: "2.2.0", Summary: "Insert an element before or after another element in a list", Run: cmdLInsert},
	{Name: "lrem", Arity: 4, Flags: Write, First: 1, Last: 1, Step: 1, Cats: "write list slow", Group: "list", Since: "1.0.0", Summary: "Remove elements from a list", Run: cmdLRem},
	{Name: "ltrim", Arity: 4, Flags: Write, First: 1, Last: 1, Step: 1, Cats: "write list slow", Group: "list", Since: "1.0.0", Summary: "Trim a list to the specified range", Run: cmdLTrim},
	{Name: "lpos", Arity: -3, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read list slow", Group: "list", Since: "6.0.6", Summary: "Return the index of matching elements on a list", Run: cmdLPos},
	{Name: "rpoplpush", Arity: 3, Flags: Write | DenyOOM, First: 1, Last: 2, Step: 1, Cats: "write list slow", Group: "list", Since: "1.2.0", Summary: "Remove the last element in a list, prepend it to another list and return it", Run: func(x *Exec) error { return x.moveOrNull(false, true) }},
	{Name: "lmove", Arity: 5, Flags: Write | DenyOOM, First: 1, Last: 2, Step: 1, Cats: "write list slow", Group: "list", Since: "6.2.0", Summary: "Pop an element from a list, push it to another list and return it", Run: cmdLMove},
	{Name: "lmpop", Arity: -4, Flags: Write | Movable, Cats: "write list slow", Group: "list", Since: "7.0.0", Summary: "Pop elements from a list", Run: func(x *Exec) error { return x.lmpop(1) }, Keys: NumkeysAt(1)},
	{Name: "blpop", Arity: -3, Flags: Write | NoScript | Blocking, First: 1, Last: -2, Step: 1, Cats: "write list slow blocking", Group: "list", Since: "2.0.0", Summary: "Remove and get the first element in a list, or block until one is available", Run: func(x *Exec) error { return x.bpop(true) }},
	{Name: "brpop", Arity: -3, Flags: Write | NoScript | Blocking, First: 1, Last: -2, Step: 1, Cats: "write list slow blocking", Group: "list", Since: "2.0.0", Summary: "Remove and get the last element in a list, or block until one is available", Run: func(x *Exec) error { return x.bpop(false) }},
	{Name: "brpoplpush", Arity: 4, Flags: Write | DenyOOM | NoScript | Blocking, First: 1, Last: 2, Step: 1, Cats: "write list slow blocking", Group: "list", Since: "2.2.0", Summary: "Pop an element from a list, push it to another list and return it; or block until one is available", Run: func(x *Exec) error { return x.bmove(false, true, 3) }},
	{Name: "blmove", Arity: 6, Flags: Write | DenyOOM | NoScript | Blocking, First: 1, Last: 2, Step: 1, Cats: "write list slow blocking", Group: "list", Since: "6.2.0", Summary: "Pop an element from a list, push it to another list and return it; or block until one is available", Run: cmdBLMove},
	{Name: "blmpop", Arity: -5, Flags: Write | Movable | Blocking, Cats: "write list slow blocking", Group: "list", Since: "7.0.0", Summary: "Pop elements from a list, or block until one is available", Run: func(x *Exec) error { return x.lmpop(2) }, Keys: NumkeysAt(2)},
}

// Kinds of blocking commands: an element serves any command of a kind.
const (
	blockList byte = 'l'
	blockZSet byte = 'z'
	BlockWait byte = 'w'
)

// NumkeysAt finds the keys of commands that count them in argument i.
func NumkeysAt(i int) func(args [][]byte) [][]byte {
	return func(args [][]byte) [][]byte {
		if i >= len(args) {
			return nil
		}
		n, ok := redis.ParseInt(args[i])
		if !ok || n < 1 || n > int64(len(args)-i-1) {
			return nil
		}
		return args[i+1 : i+1+int(n)]
	}
}

func (x *Exec) push(front, mustExist bool) error {
	if mustExist {
		e, err := x.lock(x.Args[1], keyspace.TypeList)
		if err != nil {
			return err
		}
		if !e.Exists() {
			x.W.Int(0)
			return nil
		}
		return x.pushAll(e, front)
	}
	e, err := x.Tx.LockList(x.Args[1])
	if err != nil {
		return err
	}
	return x.pushAll(e, front)
}

func (x *Exec) pushAll(e *keyspace.Entry, front bool) error {
	for _, v := range x.Args[2:] {
		if err := e.ListPush(front, v); err != nil {
			return err
		}
	}
	x.W.Int(e.ListLen())
	return e.Save()
}

func (x *Exec) pop(front bool) error {
	count := int64(-1)
	if len(x.Args) > 3 {
		return Err("ERR wrong number of arguments for '" + x.Cmd.full + "' command")
	}
	if len(x.Args) == 3 {
		n, ok := redis.ParseInt(x.Args[2])
		if !ok || n < 0 {
			return ErrNotPositive
		}
		count = n
	}
	e, err := x.lock(x.Args[1], keyspace.TypeList)
	if err != nil {
		return err
	}
	switch {
	case !e.Exists() && count >= 0:
		x.W.NullArray()
		return nil
	case !e.Exists():
		x.W.Null()
		return nil
	case count == 0:
		x.W.Array(0)
		return nil
	case count < 0:
		v, _, err := e.ListPop(front)
		if err != nil {
			return err
		}
		x.W.Bulk(v)
		return e.SaveOrDelete()
	}
	return x.popMany(e, front, count)
}

// popMany replies an array of up to count elements, which it removes.
func (x *Exec) popMany(e *keyspace.Entry, front bool, count int64) error {
	n := min(count, e.ListLen())
	x.W.Array(int(n))
	for range n {
		v, _, err := e.ListPop(front)
		if err != nil {
			return err
		}
		x.W.Bulk(v)
	}
	return e.SaveOrDelete()
}

func (x *Exec) readList() (*keyspace.Entry, error) { return x.read(x.Args[1], keyspace.TypeList) }

func cmdLLen(x *Exec) error {
	e, err := x.readList()
	if err != nil {
		return err
	}
	x.W.Int(e.ListLen())
	return nil
}

func cmdLIndex(x *Exec) error {
	e, err := x.readList()
	if err != nil {
		return err
	}
	if !e.Exists() {
		x.W.Null()
		return nil
	}
	i, err := x.Int(2)
	if err != nil {
		return err
	}
	v, ok, err := e.ListIndex(i)
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

func (x *Exec) twoInts(i int) (a, b int64, err error) {
	if a, err = x.Int(i); err != nil {
		return 0, 0, err
	}
	b, err = x.Int(i + 1)
	return a, b, err
}

func cmdLRange(x *Exec) error {
	start, end, err := x.twoInts(2)
	if err != nil {
		return err
	}
	e, err := x.readList()
	if err != nil {
		return err
	}
	from, to := span(start, end, e.ListLen())
	x.W.Array(int(to - from))
	if from == to {
		return nil
	}
	return e.ListEach(from, func(i int64, v []byte) bool {
		x.W.Bulk(v)
		return i+1 < to
	})
}

func cmdLSet(x *Exec) error {
	e, err := x.lock(x.Args[1], keyspace.TypeList)
	if err != nil {
		return err
	}
	if !e.Exists() {
		return errNoKey
	}
	i, err := x.Int(2)
	if err != nil {
		return err
	}
	ok, err := e.ListSet(i, x.Args[3])
	if err != nil {
		return err
	}
	if !ok {
		return errIndexRange
	}
	x.W.OK()
	return e.Save()
}

func cmdLInsert(x *Exec) error {
	after := x.Is(2, "after")
	if !after && !x.Is(2, "before") {
		return ErrSyntax
	}
	e, err := x.lock(x.Args[1], keyspace.TypeList)
	if err != nil {
		return err
	}
	if !e.Exists() {
		x.W.Int(0)
		return nil
	}
	ok, err := e.ListInsert(x.Args[3], x.Args[4], after)
	if err != nil {
		return err
	}
	if !ok {
		x.W.Int(-1)
		return nil
	}
	x.W.Int(e.ListLen())
	return e.Save()
}

func cmdLRem(x *Exec) error {
	count, err := x.Int(2)
	if err != nil {
		return err
	}
	e, err := x.lock(x.Args[1], keyspace.TypeList)
	if err != nil {
		return err
	}
	if !e.Exists() {
		x.W.Int(0)
		return nil
	}
	limit := count
	if limit < 0 {
		limit = -limit
	}
	n, err := e.ListRemove(x.Args[3], limit, count < 0)
	if err != nil {
		return err
	}
	x.W.Int(n)
	if n == 0 {
		return nil
	}
	return e.SaveOrDelete()
}

func cmdLTrim(x *Exec) error {
	start, end, err := x.twoInts(2)
	if err != nil {
		return err
	}
	e, err := x.lock(x.Args[1], keyspace.TypeList)
	if err != nil {
		return err
	}
	x.W.OK()
	if !e.Exists() {
		return nil
	}
	n := e.ListLen()
	from, to := span(start, end, n)
	if from == to {
		return e.Delete()
	}
	if err := e.ListDrop(false, n-to); err != nil {
		return err
	}
	if err := e.ListDrop(true, from); err != nil {
		return err
	}
	return e.Save()
}

// lposOptions reads RANK, COUNT (-1: one place, alone) and MAXLEN (0: none).
func (x *Exec) lposOptions() (rank, count, maxlen int64, err error) {
	rank, count = 1, -1
	for i := 3; i < len(x.Args); i += 2 {
		if i+1 >= len(x.Args) {
			return 0, 0, 0, ErrSyntax
		}
		var n int64
		switch {
		case x.Is(i, "rank"):
			if n, err = x.Int(i + 1); err != nil {
				return 0, 0, 0, err
			}
			if n == 0 {
				return 0, 0, 0, Err("ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list")
			}
			rank = n
		case x.Is(i, "count"):
			if n, err = x.Int(i + 1); err != nil || n < 0 {
				return 0, 0, 0, Err("ERR COUNT can't be negative")
			}
			count = n
		case x.Is(i, "maxlen"):
			if n, err = x.Int(i + 1); err != nil || n < 0 {
				return 0, 0, 0, Err("ERR MAXLEN can't be negative")
			}
			maxlen = n
		default:
			return 0, 0, 0, ErrSyntax
		}
	}
	return rank, count, maxlen, nil
}

func cmdLPos(x *Exec) error {
	rank, count, maxlen, err := x.lposOptions()
	if err != nil {
		return err
	}
	e, err := x.readList()
	if err != nil {
		return err
	}
	var found []int64
	skip := rank - 1
	if rank < 0 {
		skip = -1 - rank // the least int64 has no opposite
	}
	seen := int64(0)
	look := func(i int64, v []byte) bool {
		if bytes.Equal(v, x.Args[2]) {
			if skip > 0 {
				skip--
			} else {
				found = append(found, i)
				if count < 0 || count > 0 && int64(len(found)) == count {
					return false
				}
			}
		}
		seen++
		return maxlen == 0 || seen < maxlen
	}
	if rank < 0 {
		err = e.ListEachBack(look)
	} else {
		err = e.ListEach(0, look)
	}
	if err != nil {
		return err
	}
	if count >= 0 {
		x.W.Array(len(found))
		for _, i := range found {
			x.W.Int(i)
		}
	} else if len(found) > 0 {
		x.W.Int(found[0])
	} else {
		x.W.Null()
	}
	return nil
}

// moveElement moves one element between the lists of arguments 1 and 2; ok is
// false where the source is absent.
func (x *Exec) moveElement(fromFront, toFront bool) (ok bool, err error) {
	src, err := x.lock(x.Args[1], keyspace.TypeList)
	if err != nil || !src.Exists() {
		return false, err
	}
	if bytes.Equal(x.Args[1], x.Args[2]) {
		v, _, err := src.ListPop(fromFront)
		if err != nil {
			return false, err
		}
		if src.ListLen() == 0 {
			// An emptied spread list has no chunk to push to.
			expire := src.ExpireAtMs()
			if err := src.Replace(keyspace.TypeList); err != nil {
				return false, err
			}
			src.SetExpireAtMs(expire)
		}
		if err := src.ListPush(toFront, v); err != nil {
			return false, err
		}
		x.W.Bulk(v)
		return true, src.Save()
	}
	dst, err := x.Tx.LockOther(x.Args[2])
	if err != nil {
		return false, err
	}
	if err := dst.Is(keyspace.TypeList); err != nil {
		return false, err
	}
	if !dst.Exists() {
		if err := dst.Replace(keyspace.TypeList); err != nil {
			return false, err
		}
	}
	v, _, err := src.ListPop(fromFront)
	if err != nil {
		return false, err
	}
	if err := dst.ListPush(toFront, v); err != nil {
		return false, err
	}
	x.W.Bulk(v)
	if err := src.SaveOrDelete(); err != nil {
		return false, err
	}
	return true, dst.Save()
}

func (x *Exec) moveOrNull(fromFront, toFront bool) error {
	ok, err := x.moveElement(fromFront, toFront)
	if err == nil && !ok {
		x.W.Null()
	}
	return err
}

// side reads argument i: LEFT is the front.
func (x *Exec) side(i int) (front bool, err error) {
	switch {
	case x.Is(i, "left"):
		return true, nil
	case x.Is(i, "right"):
		return false, nil
	}
	return false, ErrSyntax
}

func (x *Exec) sides(i int) (from, to bool, err error) {
	if from, err = x.side(i); err != nil {
		return false, false, err
	}
	to, err = x.side(i + 1)
	return from, to, err
}

func cmdLMove(x *Exec) error {
	from, to, err := x.sides(3)
	if err != nil {
		return err
	}
	return x.moveOrNull(from, to)
}

func cmdBLMove(x *Exec) error {
	from, to, err := x.sides(3)
	if err != nil {
		return err
	}
	return x.bmove(from, to, 5)
}

func (x *Exec) bmove(fromFront, toFront bool, timeoutAt int) error {
	d, err := x.timeout(timeoutAt)
	if err != nil {
		return err
	}
	ok, err := x.moveElement(fromFront, toFront)
	if err != nil || ok {
		return err
	}
	wait, err := x.block(blockList, x.Args[1:2], d)
	if err != nil {
		return err
	}
	if wait {
		return ErrBlocked
	}
	x.W.Null()
	return nil
}

func (x *Exec) bpop(front bool) error {
	last := len(x.Args) - 1
	d, err := x.timeout(last)
	if err != nil {
		return err
	}
	for _, k := range x.Args[1:last] {
		e, err := x.lock(k, keyspace.TypeList)
		if err != nil {
			return err
		}
		if !e.Exists() {
			continue
		}
		v, _, err := e.ListPop(front)
		if err != nil {
			return err
		}
		x.W.Array(2)
		x.W.Bulk(k)
		x.W.Bulk(v)
		return e.SaveOrDelete()
	}
	return x.blockOrNull(blockList, x.Args[1:last], d)
}

// lmpop is LMPOP (numkeys at 1) and BLMPOP (timeout, numkeys at 2).
func (x *Exec) lmpop(at int) error {
	keys, rest, err := x.numkeys(at)
	if err != nil {
		return err
	}
	if rest >= len(x.Args) {
		return ErrSyntax
	}
	front, err := x.side(rest)
	if err != nil {
		return err
	}
	count, err := x.popCount(rest + 1)
	if err != nil {
		return err
	}
	for _, k := range keys {
		e, err := x.lock(k, keyspace.TypeList)
		if err != nil {
			return err
		}
		if e.Exists() {
			x.W.Array(2)
			x.W.Bulk(k)
			return x.popMany(e, front, count)
		}
	}
	if at == 1 {
		x.W.NullArray()
		return nil
	}
	d, err := x.timeout(1)
	if err != nil {
		return err
	}
	return x.blockOrNull(blockList, keys, d)
}
