package command

import (
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/txn/redis"
)

var keyCommands = []Command{
	{Name: "del", Arity: -2, Flags: Write, First: 1, Last: -1, Step: 1, Cats: "keyspace write slow", Group: "generic", Since: "1.0.0", Summary: "Delete a key", Run: cmdDel},
	{Name: "unlink", Arity: -2, Flags: Write | Fast, First: 1, Last: -1, Step: 1, Cats: "keyspace write fast", Group: "generic", Since: "4.0.0", Summary: "Delete a key asynchronously in another thread. Otherwise it is just as DEL, but non blocking.", Run: cmdDel},
	{Name: "exists", Arity: -2, Flags: Read | Fast | MultiRead, First: 1, Last: -1, Step: 1, Cats: "keyspace read fast", Group: "generic", Since: "1.0.0", Summary: "Determine if a key exists", Run: cmdExists},
	{Name: "touch", Arity: -2, Flags: Read | Fast, First: 1, Last: -1, Step: 1, Cats: "keyspace read fast", Group: "generic", Since: "3.2.1", Summary: "Alters the last access time of a key(s). Returns the number of existing keys specified.", Run: cmdExists},
	{Name: "type", Arity: 2, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "keyspace read fast", Group: "generic", Since: "1.0.0", Summary: "Determine the type stored at key", Run: cmdType},
	{Name: "rename", Arity: 3, Flags: Write, First: 1, Last: 2, Step: 1, Cats: "keyspace write slow", Group: "generic", Since: "1.0.0", Summary: "Rename a key", Run: func(x *Exec) error { return x.rename(false) }},
	{Name: "renamenx", Arity: 3, Flags: Write | Fast, First: 1, Last: 2, Step: 1, Cats: "keyspace write fast", Group: "generic", Since: "1.0.0", Summary: "Rename a key, only if the new key does not exist", Run: func(x *Exec) error { return x.rename(true) }},
	{Name: "copy", Arity: -3, Flags: Write | DenyOOM, First: 1, Last: 2, Step: 1, Cats: "keyspace write slow", Group: "generic", Since: "6.2.0", Summary: "Copy a key", Run: cmdCopy},
	{Name: "move", Arity: 3, Flags: Write | Fast, First: 1, Last: 1, Step: 1, Cats: "keyspace write fast", Group: "generic", Since: "1.0.0", Summary: "Move a key to another database", Run: cmdMove},
	{Name: "keys", Arity: 2, Flags: Read | Detach, Cats: "keyspace read slow dangerous", Group: "generic", Since: "1.0.0", Summary: "Find all keys matching the given pattern", Run: cmdKeys},
	{Name: "scan", Arity: -2, Flags: Read, Cats: "keyspace read slow", Group: "generic", Since: "2.8.0", Summary: "Incrementally iterate the keys space", Run: cmdScan},
	{Name: "randomkey", Arity: 1, Flags: Read, Cats: "keyspace read slow", Group: "generic", Since: "1.0.0", Summary: "Return a random key from the keyspace", Run: cmdRandomKey},
	{Name: "dbsize", Arity: 1, Flags: Read | Detach, Cats: "keyspace read fast", Group: "server", Since: "1.0.0", Summary: "Return the number of keys in the selected database", Run: cmdDBSize},
	{Name: "expire", Arity: -3, Flags: Write | Fast, First: 1, Last: 1, Step: 1, Cats: "keyspace write fast", Group: "generic", Since: "1.0.0", Summary: "Set a key's time to live in seconds", Run: func(x *Exec) error { return x.expire(expireUnit{}) }},
	{Name: "pexpire", Arity: -3, Flags: Write | Fast, First: 1, Last: 1, Step: 1, Cats: "keyspace write fast", Group: "generic", Since: "2.6.0", Summary: "Set a key's time to live in milliseconds", Run: func(x *Exec) error { return x.expire(expireUnit{ms: true}) }},
	{Name: "expireat", Arity: -3, Flags: Write | Fast, First: 1, Last: 1, Step: 1, Cats: "keyspace write fast", Group: "generic", Since: "1.2.0", Summary: "Set the expiration for a key as a UNIX timestamp", Run: func(x *Exec) error { return x.expire(expireUnit{absolute: true}) }},
	{Name: "pexpireat", Arity: -3, Flags: Write | Fast, First: 1, Last: 1, Step: 1, Cats: "keyspace write fast", Group: "generic", Since: "2.6.0", Summary: "Set the expiration for a key as a UNIX timestamp specified in milliseconds", Run: func(x *Exec) error { return x.expire(expireUnit{ms: true, absolute: true}) }},
	{Name: "persist", Arity: 2, Flags: Write | Fast, First: 1, Last: 1, Step: 1, Cats: "keyspace write fast", Group: "generic", Since: "2.2.0", Summary: "Remove the expiration from a key", Run: cmdPersist},
	{Name: "ttl", Arity: 2, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "keyspace read fast", Group: "generic", Since: "1.0.0", Summary: "Get the time to live for a key in seconds", Run: func(x *Exec) error { return x.ttl(expireUnit{}) }},
	{Name: "pttl", Arity: 2, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "keyspace read fast", Group: "generic", Since: "2.6.0", Summary: "Get the time to live for a key in milliseconds", Run: func(x *Exec) error { return x.ttl(expireUnit{ms: true}) }},
	{Name: "expiretime", Arity: 2, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "keyspace read fast", Group: "generic", Since: "7.0.0", Summary: "Get the expiration Unix timestamp for a key", Run: func(x *Exec) error { return x.ttl(expireUnit{absolute: true}) }},
	{Name: "pexpiretime", Arity: 2, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "keyspace read fast", Group: "generic", Since: "7.0.0", Summary: "Get the expiration Unix timestamp for a key in milliseconds", Run: func(x *Exec) error { return x.ttl(expireUnit{ms: true, absolute: true}) }},
	{Name: "sort", Arity: -2, Flags: Write | DenyOOM | Movable, Cats: "write set sortedset list slow dangerous", Group: "generic", Since: "1.0.0", Summary: "Sort the elements in a list, set or sorted set", Run: func(x *Exec) error { return x.sort(false) }, Keys: sortKeys},
	{Name: "sort_ro", Arity: -2, Flags: Read | Movable, First: 1, Last: 1, Step: 1, Cats: "read set sortedset list slow dangerous", Group: "generic", Since: "7.0.0", Summary: "Sort the elements in a list, set or sorted set. Read-only variant of SORT.", Run: func(x *Exec) error { return x.sort(true) }},
	{Name: "object", Arity: -2, Cats: "slow", Group: "generic", Since: "2.2.3", Summary: "A container for object introspection commands", Sub: []Command{
		{Name: "encoding", Arity: 3, Flags: Read, First: 2, Last: 2, Step: 1, Cats: "keyspace read slow", Since: "2.2.3", Summary: "Inspect the internal encoding of a Redis object", Run: cmdObjectEncoding},
		{Name: "refcount", Arity: 3, Flags: Read, First: 2, Last: 2, Step: 1, Cats: "keyspace read slow", Since: "2.2.3", Summary: "Get the number of references to the value of the key", Run: func(x *Exec) error { return x.objectInt(1) }},
		{Name: "idletime", Arity: 3, Flags: Read, First: 2, Last: 2, Step: 1, Cats: "keyspace read slow", Since: "2.2.3", Summary: "Get the time since a Redis object was last accessed", Run: func(x *Exec) error { return x.objectInt(0) }},
		{Name: "freq", Arity: 3, Flags: Read, First: 2, Last: 2, Step: 1, Cats: "keyspace read slow", Since: "4.0.0", Summary: "Get the logarithmic access frequency counter of a Redis object", Run: cmdObjectFreq},
	}},
}

func cmdDel(x *Exec) error {
	n := int64(0)
	for _, k := range x.Args[1:] {
		ok, err := x.Tx.DeleteKey(k)
		if err != nil {
			return err
		}
		n += int64(btoi(ok))
	}
	x.W.Int(n)
	return nil
}

func cmdExists(x *Exec) error {
	n := int64(0)
	for _, k := range x.Args[1:] {
		ok, err := x.Tx.Exists(k)
		if err != nil {
			return err
		}
		n += int64(btoi(ok))
	}
	x.W.Int(n)
	return nil
}

func cmdType(x *Exec) error {
	e, err := x.Tx.Read(x.Args[1])
	if err != nil {
		return err
	}
	x.W.Simple(e.Type().String())
	return nil
}

func (x *Exec) rename(nx bool) error {
	src, err := x.Tx.Lock(x.Args[1])
	if err != nil {
		return err
	}
	if !src.Exists() {
		return errNoKey
	}
	if string(x.Args[1]) == string(x.Args[2]) {
		if nx {
			x.W.Int(0)
		} else {
			x.W.OK()
		}
		return nil
	}
	dst, err := x.Tx.LockOther(x.Args[2])
	if err != nil {
		return err
	}
	if nx {
		if dst.Exists() {
			x.W.Int(0)
			return nil
		}
		x.W.Int(1)
	} else {
		x.W.OK()
	}
	return src.MoveTo(dst, x.Tx.DB())
}

// DBArg reads argument i as a database number.
func (x *Exec) DBArg(i int) (uint16, error) {
	n, err := x.Int(i)
	if err != nil {
		return 0, err
	}
	if n != int64(int32(n)) {
		return 0, errIntRange
	}
	if n < 0 || n >= keyspace.DatabasesMax {
		return 0, errDBRange
	}
	return uint16(n), nil
}

func cmdCopy(x *Exec) error {
	db, replace := x.Tx.DB(), false
	for i := 3; i < len(x.Args); i++ {
		switch {
		case x.Is(i, "replace"):
			replace = true
		case x.Is(i, "db") && i+1 < len(x.Args):
			i++
			var err error
			if db, err = x.DBArg(i); err != nil {
				return err
			}
		default:
			return ErrSyntax
		}
	}
	if db == x.Tx.DB() && string(x.Args[1]) == string(x.Args[2]) {
		return errSameObject
	}
	src, dst, err := x.lockTwo(x.Args[1], x.Args[2], db)
	if err != nil {
		return err
	}
	if !src.Exists() || dst.Exists() && !replace {
		x.W.Int(0)
		return nil
	}
	x.W.Int(1)
	return src.CopyTo(dst, db)
}

// lockTwo locks a key of the current database and one of database db.
func (x *Exec) lockTwo(a, b []byte, db uint16) (src, dst *keyspace.Entry, err error) {
	if src, err = x.Tx.Lock(a); err != nil {
		return nil, nil, err
	}
	own := x.Tx.DB()
	x.Tx.SetDB(db)
	defer x.Tx.SetDB(own)
	dst, err = x.Tx.LockOther(b)
	return src, dst, err
}

func cmdMove(x *Exec) error {
	db, err := x.DBArg(2)
	if err != nil {
		return err
	}
	if db == x.Tx.DB() {
		return errSameObject
	}
	src, dst, err := x.lockTwo(x.Args[1], x.Args[1], db)
	if err != nil {
		return err
	}
	if !src.Exists() || dst.Exists() {
		x.W.Int(0)
		return nil
	}
	x.W.Int(1)
	return src.MoveTo(dst, db)
}

func cmdKeys(x *Exec) error {
	pattern := x.Args[1]
	it, err := x.scanKeys(pattern, nil, 0)
	if err != nil {
		return err
	}
	defer it.Close()
	var names [][]byte
	for it.Next() {
		if redis.Match(pattern, it.Key()) {
			if !x.Hold(itemBytes + len(it.Key())) {
				return nil
			}
			names = append(names, append([]byte(nil), it.Key()...))
		}
	}
	x.W.Array(len(names))
	for _, n := range names {
		x.W.Bulk(n)
	}
	return it.Err()
}

// randomKeyTries bounds the random places that RANDOMKEY looks at.
const randomKeyTries = 4

// cmdRandomKey goes to a random place between the first and the last key and
// takes the key there: keys after a wide gap come up more often.
func cmdRandomKey(x *Exec) error {
	first, ok, err := x.edgeKey(nil, false)
	if err != nil {
		return err
	}
	if !ok {
		x.W.Null()
		return nil
	}
	last, _, err := x.edgeKey(nil, true)
	if err != nil {
		return err
	}
	for range randomKeyTries {
		at := x.between(first, last)
		k, ok, err := x.edgeKey(at, false)
		if err != nil {
			return err
		}
		if ok {
			x.W.Bulk(k)
			return nil
		}
	}
	x.W.Bulk(first)
	return nil
}

// edgeKey is the first key from a place on, or the last of all.
func (x *Exec) edgeKey(from []byte, last bool) ([]byte, bool, error) {
	it, err := x.Tx.ScanFrom(from, txn.ScanOptions{Reverse: last, LimitHint: 1})
	if err != nil {
		return nil, false, err
	}
	defer it.Close()
	if !it.Next() {
		return nil, false, it.Err()
	}
	return append([]byte(nil), it.Key()...), true, nil
}

// between makes a random key between two, from the first byte where they part.
func (x *Exec) between(lo, hi []byte) []byte {
	n := 0
	for n < len(lo) && n < len(hi) && lo[n] == hi[n] {
		n++
	}
	out := append([]byte(nil), lo[:n]...)
	from, to := byte(0), byte(0)
	if n < len(lo) {
		from = lo[n]
	}
	if n < len(hi) {
		to = hi[n]
	}
	out = append(out, from+byte(x.randN(int(to-from)+1)))
	if out[n] == from && n < len(lo) {
		for _, c := range lo[n+1:] {
			out = append(out, c)
			if len(out) > n+2 {
				break
			}
		}
	}
	r := x.Rand.Uint64()
	for range 3 {
		out = append(out, byte(r))
		r >>= 8
	}
	return out
}

func cmdDBSize(x *Exec) error {
	it, err := x.Tx.ScanFrom(nil, txn.ScanOptions{})
	if err != nil {
		return err
	}
	defer it.Close()
	n := int64(0)
	for it.Next() {
		n++
	}
	x.W.Int(n)
	return it.Err()
}

func cmdObjectEncoding(x *Exec) error {
	e, err := x.Tx.Read(x.Args[2])
	if err != nil {
		return err
	}
	if !e.Exists() {
		x.W.Null()
		return nil
	}
	x.W.BulkString(e.Encoding())
	return nil
}

func (x *Exec) objectInt(n int64) error {
	e, err := x.Tx.Read(x.Args[2])
	if err != nil {
		return err
	}
	if !e.Exists() {
		x.W.Null()
		return nil
	}
	x.W.Int(n)
	return nil
}

func cmdObjectFreq(*Exec) error {
	return Err("ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.")
}
