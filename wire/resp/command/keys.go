package command

import (
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/wire/resp"
)

var keyCommands = []Command{
	{Name: "del", Arity: -2, Flags: fWrite, First: 1, Last: -1, Step: 1, Cats: "keyspace write slow", Group: "generic", Since: "1.0.0", Summary: "Delete a key", Run: cmdDel},
	{Name: "unlink", Arity: -2, Flags: fWrite | fFast, First: 1, Last: -1, Step: 1, Cats: "keyspace write fast", Group: "generic", Since: "4.0.0", Summary: "Delete a key asynchronously in another thread. Otherwise it is just as DEL, but non blocking.", Run: cmdDel},
	{Name: "exists", Arity: -2, Flags: fRead | fFast | fMultiRead, First: 1, Last: -1, Step: 1, Cats: "keyspace read fast", Group: "generic", Since: "1.0.0", Summary: "Determine if a key exists", Run: cmdExists},
	{Name: "touch", Arity: -2, Flags: fRead | fFast, First: 1, Last: -1, Step: 1, Cats: "keyspace read fast", Group: "generic", Since: "3.2.1", Summary: "Alters the last access time of a key(s). Returns the number of existing keys specified.", Run: cmdExists},
	{Name: "type", Arity: 2, Flags: fRead | fFast, First: 1, Last: 1, Step: 1, Cats: "keyspace read fast", Group: "generic", Since: "1.0.0", Summary: "Determine the type stored at key", Run: cmdType},
	{Name: "rename", Arity: 3, Flags: fWrite, First: 1, Last: 2, Step: 1, Cats: "keyspace write slow", Group: "generic", Since: "1.0.0", Summary: "Rename a key", Run: func(x *Exec) error { return x.rename(false) }},
	{Name: "renamenx", Arity: 3, Flags: fWrite | fFast, First: 1, Last: 2, Step: 1, Cats: "keyspace write fast", Group: "generic", Since: "1.0.0", Summary: "Rename a key, only if the new key does not exist", Run: func(x *Exec) error { return x.rename(true) }},
	{Name: "copy", Arity: -3, Flags: fWrite | fDenyOOM, First: 1, Last: 2, Step: 1, Cats: "keyspace write slow", Group: "generic", Since: "6.2.0", Summary: "Copy a key", Run: cmdCopy},
	{Name: "move", Arity: 3, Flags: fWrite | fFast, First: 1, Last: 1, Step: 1, Cats: "keyspace write fast", Group: "generic", Since: "1.0.0", Summary: "Move a key to another database", Run: cmdMove},
	{Name: "keys", Arity: 2, Flags: fRead | fDetach, Cats: "keyspace read slow dangerous", Group: "generic", Since: "1.0.0", Summary: "Find all keys matching the given pattern", Run: cmdKeys},
	{Name: "scan", Arity: -2, Flags: fRead, Cats: "keyspace read slow", Group: "generic", Since: "2.8.0", Summary: "Incrementally iterate the keys space", Run: cmdScan},
	{Name: "randomkey", Arity: 1, Flags: fRead, Cats: "keyspace read slow", Group: "generic", Since: "1.0.0", Summary: "Return a random key from the keyspace", Run: cmdRandomKey},
	{Name: "dbsize", Arity: 1, Flags: fRead | fDetach, Cats: "keyspace read fast", Group: "server", Since: "1.0.0", Summary: "Return the number of keys in the selected database", Run: cmdDBSize},
	{Name: "expire", Arity: -3, Flags: fWrite | fFast, First: 1, Last: 1, Step: 1, Cats: "keyspace write fast", Group: "generic", Since: "1.0.0", Summary: "Set a key's time to live in seconds", Run: func(x *Exec) error { return x.expire(expireUnit{}) }},
	{Name: "pexpire", Arity: -3, Flags: fWrite | fFast, First: 1, Last: 1, Step: 1, Cats: "keyspace write fast", Group: "generic", Since: "2.6.0", Summary: "Set a key's time to live in milliseconds", Run: func(x *Exec) error { return x.expire(expireUnit{ms: true}) }},
	{Name: "expireat", Arity: -3, Flags: fWrite | fFast, First: 1, Last: 1, Step: 1, Cats: "keyspace write fast", Group: "generic", Since: "1.2.0", Summary: "Set the expiration for a key as a UNIX timestamp", Run: func(x *Exec) error { return x.expire(expireUnit{absolute: true}) }},
	{Name: "pexpireat", Arity: -3, Flags: fWrite | fFast, First: 1, Last: 1, Step: 1, Cats: "keyspace write fast", Group: "generic", Since: "2.6.0", Summary: "Set the expiration for a key as a UNIX timestamp specified in milliseconds", Run: func(x *Exec) error { return x.expire(expireUnit{ms: true, absolute: true}) }},
	{Name: "persist", Arity: 2, Flags: fWrite | fFast, First: 1, Last: 1, Step: 1, Cats: "keyspace write fast", Group: "generic", Since: "2.2.0", Summary: "Remove the expiration from a key", Run: cmdPersist},
	{Name: "ttl", Arity: 2, Flags: fRead | fFast, First: 1, Last: 1, Step: 1, Cats: "keyspace read fast", Group: "generic", Since: "1.0.0", Summary: "Get the time to live for a key in seconds", Run: func(x *Exec) error { return x.ttl(expireUnit{}) }},
	{Name: "pttl", Arity: 2, Flags: fRead | fFast, First: 1, Last: 1, Step: 1, Cats: "keyspace read fast", Group: "generic", Since: "2.6.0", Summary: "Get the time to live for a key in milliseconds", Run: func(x *Exec) error { return x.ttl(expireUnit{ms: true}) }},
	{Name: "expiretime", Arity: 2, Flags: fRead | fFast, First: 1, Last: 1, Step: 1, Cats: "keyspace read fast", Group: "generic", Since: "7.0.0", Summary: "Get the expiration Unix timestamp for a key", Run: func(x *Exec) error { return x.ttl(expireUnit{absolute: true}) }},
	{Name: "pexpiretime", Arity: 2, Flags: fRead | fFast, First: 1, Last: 1, Step: 1, Cats: "keyspace read fast", Group: "generic", Since: "7.0.0", Summary: "Get the expiration Unix timestamp for a key in milliseconds", Run: func(x *Exec) error { return x.ttl(expireUnit{ms: true, absolute: true}) }},
	{Name: "sort", Arity: -2, Flags: fWrite | fDenyOOM | fMovable, Cats: "write set sortedset list slow dangerous", Group: "generic", Since: "1.0.0", Summary: "Sort the elements in a list, set or sorted set", Run: func(x *Exec) error { return x.sort(false) }, Keys: sortKeys},
	{Name: "sort_ro", Arity: -2, Flags: fRead | fMovable, First: 1, Last: 1, Step: 1, Cats: "read set sortedset list slow dangerous", Group: "generic", Since: "7.0.0", Summary: "Sort the elements in a list, set or sorted set. Read-only variant of SORT.", Run: func(x *Exec) error { return x.sort(true) }},
	{Name: "object", Arity: -2, Cats: "slow", Group: "generic", Since: "2.2.3", Summary: "A container for object introspection commands", Sub: []Command{
		{Name: "encoding", Arity: 3, Flags: fRead, First: 2, Last: 2, Step: 1, Cats: "keyspace read slow", Since: "2.2.3", Summary: "Inspect the internal encoding of a Redis object", Run: cmdObjectEncoding},
		{Name: "refcount", Arity: 3, Flags: fRead, First: 2, Last: 2, Step: 1, Cats: "keyspace read slow", Since: "2.2.3", Summary: "Get the number of references to the value of the key", Run: func(x *Exec) error { return x.objectInt(1) }},
		{Name: "idletime", Arity: 3, Flags: fRead, First: 2, Last: 2, Step: 1, Cats: "keyspace read slow", Since: "2.2.3", Summary: "Get the time since a Redis object was last accessed", Run: func(x *Exec) error { return x.objectInt(0) }},
		{Name: "freq", Arity: 3, Flags: fRead, First: 2, Last: 2, Step: 1, Cats: "keyspace read slow", Since: "4.0.0", Summary: "Get the logarithmic access frequency counter of a Redis object", Run: cmdObjectFreq},
	}},
}

func cmdDel(x *Exec) error {
	n := int64(0)
	for _, k := range x.args[1:] {
		ok, err := x.tx.DeleteKey(k)
		if err != nil {
			return err
		}
		n += int64(btoi(ok))
	}
	x.w.Int(n)
	return nil
}

func cmdExists(x *Exec) error {
	n := int64(0)
	for _, k := range x.args[1:] {
		ok, err := x.tx.Exists(k)
		if err != nil {
			return err
		}
		n += int64(btoi(ok))
	}
	x.w.Int(n)
	return nil
}

func cmdType(x *Exec) error {
	e, err := x.tx.Read(x.args[1])
	if err != nil {
		return err
	}
	x.w.Simple(e.Type().String())
	return nil
}

func (x *Exec) rename(nx bool) error {
	src, err := x.tx.Lock(x.args[1])
	if err != nil {
		return err
	}
	if !src.Exists() {
		return errNoKey
	}
	if string(x.args[1]) == string(x.args[2]) {
		if nx {
			x.w.Int(0)
		} else {
			x.w.OK()
		}
		return nil
	}
	dst, err := x.tx.LockOther(x.args[2])
	if err != nil {
		return err
	}
	if nx {
		if dst.Exists() {
			x.w.Int(0)
			return nil
		}
		x.w.Int(1)
	} else {
		x.w.OK()
	}
	return src.MoveTo(dst, x.tx.DB())
}

// dbArg reads argument i as a database number.
func (x *Exec) dbArg(i int) (uint16, error) {
	n, err := x.int(i)
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
	db, replace := x.tx.DB(), false
	for i := 3; i < len(x.args); i++ {
		switch {
		case x.is(i, "replace"):
			replace = true
		case x.is(i, "db") && i+1 < len(x.args):
			i++
			var err error
			if db, err = x.dbArg(i); err != nil {
				return err
			}
		default:
			return errSyntax
		}
	}
	if db == x.tx.DB() && string(x.args[1]) == string(x.args[2]) {
		return errSameObject
	}
	src, dst, err := x.lockTwo(x.args[1], x.args[2], db)
	if err != nil {
		return err
	}
	if !src.Exists() || dst.Exists() && !replace {
		x.w.Int(0)
		return nil
	}
	x.w.Int(1)
	return src.CopyTo(dst, db)
}

// lockTwo locks a key of the current database and one of database db.
func (x *Exec) lockTwo(a, b []byte, db uint16) (src, dst *keyspace.Entry, err error) {
	if src, err = x.tx.Lock(a); err != nil {
		return nil, nil, err
	}
	own := x.tx.DB()
	x.tx.SetDB(db)
	defer x.tx.SetDB(own)
	dst, err = x.tx.LockOther(b)
	return src, dst, err
}

func cmdMove(x *Exec) error {
	db, err := x.dbArg(2)
	if err != nil {
		return err
	}
	if db == x.tx.DB() {
		return errSameObject
	}
	src, dst, err := x.lockTwo(x.args[1], x.args[1], db)
	if err != nil {
		return err
	}
	if !src.Exists() || dst.Exists() {
		x.w.Int(0)
		return nil
	}
	x.w.Int(1)
	return src.MoveTo(dst, db)
}

func cmdKeys(x *Exec) error {
	pattern := x.args[1]
	it, err := x.scanKeys(pattern, nil, 0)
	if err != nil {
		return err
	}
	defer it.Close()
	var names [][]byte
	for it.Next() {
		if resp.Match(pattern, it.Key()) {
			names = append(names, append([]byte(nil), it.Key()...))
		}
	}
	x.w.Array(len(names))
	for _, n := range names {
		x.w.Bulk(n)
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
		x.w.Null()
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
			x.w.Bulk(k)
			return nil
		}
	}
	x.w.Bulk(first)
	return nil
}

// edgeKey is the first key from a place on, or the last of all.
func (x *Exec) edgeKey(from []byte, last bool) ([]byte, bool, error) {
	it, err := x.tx.ScanFrom(from, txn.ScanOptions{Reverse: last, LimitHint: 1})
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
	r := x.rand.Uint64()
	for range 3 {
		out = append(out, byte(r))
		r >>= 8
	}
	return out
}

func cmdDBSize(x *Exec) error {
	it, err := x.tx.ScanFrom(nil, txn.ScanOptions{})
	if err != nil {
		return err
	}
	defer it.Close()
	n := int64(0)
	for it.Next() {
		n++
	}
	x.w.Int(n)
	return it.Err()
}

func cmdObjectEncoding(x *Exec) error {
	e, err := x.tx.Read(x.args[2])
	if err != nil {
		return err
	}
	if !e.Exists() {
		x.w.Null()
		return nil
	}
	x.w.BulkString(e.Encoding())
	return nil
}

func (x *Exec) objectInt(n int64) error {
	e, err := x.tx.Read(x.args[2])
	if err != nil {
		return err
	}
	if !e.Exists() {
		x.w.Null()
		return nil
	}
	x.w.Int(n)
	return nil
}

func cmdObjectFreq(*Exec) error {
	return Err("ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.")
}
