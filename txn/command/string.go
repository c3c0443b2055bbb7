package command

import (
	"math"
	"math/big"
	"strings"

	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/txn/redis"
)

var stringCommands = []Command{
	{Name: "get", Arity: 2, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "read string fast", Group: "string", Since: "1.0.0", Summary: "Get the value of a key", Run: cmdGet},
	{Name: "set", Arity: -3, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write string slow", Group: "string", Since: "1.0.0", Summary: "Set the string value of a key", Run: cmdSet},
	{Name: "setnx", Arity: 3, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write string fast", Group: "string", Since: "1.0.0", Summary: "Set the value of a key, only if the key does not exist", Run: cmdSetNX},
	{Name: "setex", Arity: 4, Flags: Write | DenyOOM, First: 1, Last: 1, Step: 1, Cats: "write string slow", Group: "string", Since: "2.0.0", Summary: "Set the value and expiration of a key", Run: func(x *Exec) error { return x.setEx(expireUnit{}) }},
	{Name: "psetex", Arity: 4, Flags: Write | DenyOOM, First: 1, Last: 1, Step: 1, Cats: "write string slow", Group: "string", Since: "2.6.0", Summary: "Set the value and expiration in milliseconds of a key", Run: func(x *Exec) error { return x.setEx(expireUnit{ms: true}) }},
	{Name: "getset", Arity: 3, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write string fast", Group: "string", Since: "1.0.0", Summary: "Set the string value of a key and return its old value", Run: cmdGetSet},
	{Name: "getdel", Arity: 2, Flags: Write | Fast, First: 1, Last: 1, Step: 1, Cats: "write string fast", Group: "string", Since: "6.2.0", Summary: "Get the value of a key and delete the key", Run: cmdGetDel},
	{Name: "getex", Arity: -2, Flags: Write | Fast, First: 1, Last: 1, Step: 1, Cats: "write string fast", Group: "string", Since: "6.2.0", Summary: "Get the value of a key and optionally set its expiration", Run: cmdGetEx},
	{Name: "append", Arity: 3, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write string fast", Group: "string", Since: "2.0.0", Summary: "Append a value to a key", Run: cmdAppend},
	{Name: "strlen", Arity: 2, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "read string fast", Group: "string", Since: "2.2.0", Summary: "Get the length of the value stored in a key", Run: cmdStrlen},
	{Name: "getrange", Arity: 4, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read string slow", Group: "string", Since: "2.4.0", Summary: "Get a substring of the string stored at a key", Run: cmdGetRange},
	{Name: "substr", Arity: 4, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read string slow", Group: "string", Since: "1.0.0", Summary: "Get a substring of the string stored at a key", Run: cmdGetRange},
	{Name: "setrange", Arity: 4, Flags: Write | DenyOOM, First: 1, Last: 1, Step: 1, Cats: "write string slow", Group: "string", Since: "2.2.0", Summary: "Overwrite part of a string at key starting at the specified offset", Run: cmdSetRange},
	{Name: "incr", Arity: 2, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write string fast", Group: "string", Since: "1.0.0", Summary: "Increment the integer value of a key by one", Run: func(x *Exec) error { return x.incrBy(1) }},
	{Name: "decr", Arity: 2, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write string fast", Group: "string", Since: "1.0.0", Summary: "Decrement the integer value of a key by one", Run: func(x *Exec) error { return x.incrBy(-1) }},
	{Name: "incrby", Arity: 3, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write string fast", Group: "string", Since: "1.0.0", Summary: "Increment the integer value of a key by the given amount", Run: cmdIncrBy},
	{Name: "decrby", Arity: 3, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write string fast", Group: "string", Since: "1.0.0", Summary: "Decrement the integer value of a key by the given number", Run: cmdDecrBy},
	{Name: "incrbyfloat", Arity: 3, Flags: Write | DenyOOM | Fast, First: 1, Last: 1, Step: 1, Cats: "write string fast", Group: "string", Since: "2.6.0", Summary: "Increment the float value of a key by the given amount", Run: cmdIncrByFloat},
	{Name: "mget", Arity: -2, Flags: Read | Fast | MultiRead, First: 1, Last: -1, Step: 1, Cats: "read string fast", Group: "string", Since: "1.0.0", Summary: "Get the values of all the given keys", Run: cmdMGet},
	{Name: "mset", Arity: -3, Flags: Write | DenyOOM, First: 1, Last: -1, Step: 2, Cats: "write string slow", Group: "string", Since: "1.0.1", Summary: "Set multiple keys to multiple values", Run: cmdMSet},
	{Name: "msetnx", Arity: -3, Flags: Write | DenyOOM, First: 1, Last: -1, Step: 2, Cats: "write string slow", Group: "string", Since: "1.0.1", Summary: "Set multiple keys to multiple values, only if none of the keys exist", Run: cmdMSetNX},
	{Name: "lcs", Arity: -3, Flags: Read | MultiRead, First: 1, Last: 2, Step: 1, Cats: "read string slow", Group: "string", Since: "7.0.0", Summary: "Find longest common substring", Run: cmdLCS},
}

func cmdGet(x *Exec) error {
	e, err := x.read(x.Args[1], keyspace.TypeString)
	if err != nil {
		return err
	}
	return x.bulkOrNull(e)
}

// setOptions are the options of SET.
type setOptions struct {
	nx, xx, get, keepTTL bool
	expire               int64
}

func (x *Exec) setOptions() (o setOptions, err error) {
	for i := 3; i < len(x.Args); i++ {
		more := i+1 < len(x.Args)
		var u expireUnit
		switch {
		case x.Is(i, "nx") && !o.xx:
			o.nx = true
			continue
		case x.Is(i, "xx") && !o.nx:
			o.xx = true
			continue
		case x.Is(i, "get"):
			o.get = true
			continue
		case x.Is(i, "keepttl") && o.expire == 0:
			o.keepTTL = true
			continue
		case x.Is(i, "ex"):
		case x.Is(i, "px"):
			u.ms = true
		case x.Is(i, "exat"):
			u.absolute = true
		case x.Is(i, "pxat"):
			u = expireUnit{ms: true, absolute: true}
		default:
			return o, ErrSyntax
		}
		if !more || o.expire != 0 || o.keepTTL {
			return o, ErrSyntax
		}
		i++
		if o.expire, err = x.expireAt(i, u, true); err != nil {
			return o, err
		}
	}
	return o, nil
}

func cmdSet(x *Exec) error {
	if len(x.Args) == 3 {
		if err := x.Tx.SetString(x.Args[1], x.Args[2], 0); err != nil {
			return err
		}
		x.W.OK()
		return nil
	}
	o, err := x.setOptions()
	if err != nil {
		return err
	}
	e, err := x.Tx.Lock(x.Args[1])
	if err != nil {
		return err
	}
	if o.get {
		if err := e.Is(keyspace.TypeString); err != nil {
			return err
		}
		if err := x.bulkOrNull(e); err != nil {
			return err
		}
	}
	if o.nx && e.Exists() || o.xx && !e.Exists() {
		if !o.get {
			x.W.Null()
		}
		return nil
	}
	if o.keepTTL {
		o.expire = e.ExpireAtMs()
	}
	if !o.get {
		x.W.OK()
	}
	return x.putExpiring(e, x.Args[2], o.expire)
}

// putExpiring stores a string; one that would expire at once deletes the key.
func (x *Exec) putExpiring(e *keyspace.Entry, v []byte, expire int64) error {
	if expire != 0 && expire <= x.Tx.NowMs() {
		return e.Delete()
	}
	return e.PutString(v, expire)
}

// bulkOrNull replies a string, or null where the key is absent.
func (x *Exec) bulkOrNull(e *keyspace.Entry) error {
	switch b := e.Bytes(); {
	case b != nil:
		x.W.Bulk(b)
	case !e.Exists():
		x.W.Null()
	default:
		return x.bulkRange(e, 0, e.StringLen())
	}
	return nil
}

// bulkRange replies bytes [from, to) of a string.
func (x *Exec) bulkRange(e *keyspace.Entry, from, to int64) error {
	if !x.W.BulkParts(int(to - from)) {
		return nil
	}
	at := from
	err := e.EachPart(from, to, func(off int64, b []byte) bool {
		x.W.Zeros(int(off - at))
		x.W.Raw(b)
		at = off + int64(len(b))
		return true
	})
	x.W.Zeros(int(to - at))
	x.W.BulkEnd()
	return err
}

func cmdSetNX(x *Exec) error {
	e, err := x.Tx.Lock(x.Args[1])
	if err != nil {
		return err
	}
	if e.Exists() {
		x.W.Int(0)
		return nil
	}
	x.W.Int(1)
	return e.PutString(x.Args[2], 0)
}

func (x *Exec) setEx(u expireUnit) error {
	at, err := x.expireAt(2, u, true)
	if err != nil {
		return err
	}
	x.W.OK()
	return x.Tx.SetString(x.Args[1], x.Args[3], at)
}

// lockString locks a key that must hold a string or nothing.
func (x *Exec) lockString(key []byte) (*keyspace.Entry, error) {
	e, err := x.Tx.Lock(key)
	if err != nil {
		return nil, err
	}
	return e, e.Is(keyspace.TypeString)
}

func cmdGetSet(x *Exec) error {
	e, err := x.lockString(x.Args[1])
	if err != nil {
		return err
	}
	if err := x.bulkOrNull(e); err != nil {
		return err
	}
	return e.PutString(x.Args[2], 0)
}

func cmdGetDel(x *Exec) error {
	e, err := x.lockString(x.Args[1])
	if err != nil {
		return err
	}
	if err := x.bulkOrNull(e); err != nil {
		return err
	}
	return e.Delete()
}

func cmdGetEx(x *Exec) error {
	var expire int64
	var u expireUnit
	change, persist, timeAt := false, false, 0
	for i := 2; i < len(x.Args); i++ {
		switch {
		case x.Is(i, "persist") && !change && !persist:
			persist = true
			continue
		case x.Is(i, "ex"):
		case x.Is(i, "px"):
			u.ms = true
		case x.Is(i, "exat"):
			u.absolute = true
		case x.Is(i, "pxat"):
			u = expireUnit{ms: true, absolute: true}
		default:
			return ErrSyntax
		}
		if i+1 >= len(x.Args) || change || persist {
			return ErrSyntax
		}
		i++
		timeAt, change = i, true
	}
	e, err := x.lockString(x.Args[1])
	if err != nil {
		return err
	}
	if err := x.bulkOrNull(e); err != nil {
		return err
	}
	if !e.Exists() || !change && (!persist || e.ExpireAtMs() == 0) {
		return nil
	}
	if change {
		if expire, err = x.expireAt(timeAt, u, true); err != nil {
			return err
		}
	}
	if change && expire <= x.Tx.NowMs() {
		return e.Delete()
	}
	e.SetExpireAtMs(expire)
	return e.Save()
}

// checkLen refuses strings above proto-max-bulk-len.
func (x *Exec) checkLen(n int64) error {
	if n > x.StringBytesMax.Load() {
		return errStringMax
	}
	return nil
}

func cmdAppend(x *Exec) error {
	e, err := x.lockString(x.Args[1])
	if err != nil {
		return err
	}
	old := e.StringLen()
	n := old + int64(len(x.Args[2]))
	if err := x.checkLen(n); err != nil {
		return err
	}
	x.W.Int(n)
	if !e.Exists() {
		return e.PutString(x.Args[2], 0)
	}
	if err := e.SetRange(old, x.Args[2]); err != nil {
		return err
	}
	return e.Save()
}

func cmdStrlen(x *Exec) error {
	e, err := x.read(x.Args[1], keyspace.TypeString)
	if err != nil {
		return err
	}
	x.W.Int(e.StringLen())
	return nil
}

func cmdGetRange(x *Exec) error {
	start, err := x.Int(2)
	if err != nil {
		return err
	}
	end, err := x.Int(3)
	if err != nil {
		return err
	}
	e, err := x.read(x.Args[1], keyspace.TypeString)
	if err != nil {
		return err
	}
	n := e.StringLen()
	if start < 0 && end < 0 && start > end {
		n = 0
	}
	if end < 0 {
		end = max(end+n, 0)
	}
	from, to := span(start, end, n)
	return x.bulkRange(e, from, to)
}

func cmdSetRange(x *Exec) error {
	off, err := x.Int(2)
	if err != nil {
		return err
	}
	if off < 0 {
		return Err("ERR offset is out of range")
	}
	v := x.Args[3]
	e, err := x.lockString(x.Args[1])
	if err != nil {
		return err
	}
	old := e.StringLen()
	if len(v) == 0 {
		x.W.Int(old)
		return nil
	}
	if off > math.MaxInt64-int64(len(v)) {
		return errStringMax
	}
	if err := x.checkLen(off + int64(len(v))); err != nil {
		return err
	}
	x.W.Int(max(old, off+int64(len(v))))
	if err := e.SetRange(off, v); err != nil {
		return err
	}
	return e.Save()
}

func (x *Exec) incrBy(by int64) error {
	e, err := x.lockString(x.Args[1])
	if err != nil {
		return err
	}
	n := int64(0)
	if e.Exists() {
		var ok bool
		if n, ok = redis.ParseInt(e.Bytes()); !ok { // one in parts is no integer
			return ErrNotInt
		}
	}
	if by > 0 && n > math.MaxInt64-by || by < 0 && n < math.MinInt64-by {
		return errOverflow
	}
	n += by
	x.W.Int(n)
	return e.PutString(x.itoa(n), e.ExpireAtMs())
}

func cmdIncrBy(x *Exec) error {
	by, err := x.Int(2)
	if err != nil {
		return err
	}
	return x.incrBy(by)
}

func cmdDecrBy(x *Exec) error {
	by, err := x.Int(2)
	if err != nil {
		return err
	}
	if by == math.MinInt64 {
		return Err("ERR decrement would overflow")
	}
	return x.incrBy(-by)
}

// longDoubleBits is the mantissa of x86's long double, which Redis adds floats in.
const longDoubleBits = 64

// parseLong reads a float with the precision of a long double.
func parseLong(b []byte) (*big.Float, bool) {
	if f, ok := parseFloat(b); !ok || math.IsInf(f, 0) {
		return nil, false
	}
	f, _, err := big.ParseFloat(floatText(b), 0, longDoubleBits, big.ToNearestEven)
	return f, err == nil
}

// formatLong spells a float as Redis' LD_STR_HUMAN: 17 decimals without trailing zeros.
func formatLong(f *big.Float) string {
	s := f.Text('f', 17)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}

// addLong adds two floats given as text; old may be empty for 0.
func addLong(old, by []byte, oldErr error) (string, error) {
	sum := new(big.Float).SetPrec(longDoubleBits)
	if len(old) > 0 {
		f, ok := parseLong(old)
		if !ok {
			return "", oldErr
		}
		sum.Set(f)
	}
	f, ok := parseFloat(by)
	if !ok {
		return "", errNotFloat
	}
	if math.IsInf(f, 0) {
		return "", errNaN
	}
	inc, ok := parseLong(by)
	if !ok {
		return "", errNotFloat
	}
	return formatLong(sum.Add(sum, inc)), nil
}

func cmdIncrByFloat(x *Exec) error {
	e, err := x.lockString(x.Args[1])
	if err != nil {
		return err
	}
	old := e.Bytes()
	if e.Exists() && len(old) == 0 {
		return errNotFloat
	}
	s, err := addLong(old, x.Args[2], errNotFloat)
	if err != nil {
		return err
	}
	x.W.BulkString(s)
	return e.PutStringText([]byte(s), e.ExpireAtMs())
}

func cmdMGet(x *Exec) error {
	x.W.Array(len(x.Args) - 1)
	for _, k := range x.Args[1:] {
		e, err := x.Tx.Read(k)
		if err != nil {
			return err
		}
		if e.Type() != keyspace.TypeString {
			x.W.Null()
			continue
		}
		if err := x.bulkOrNull(e); err != nil {
			return err
		}
	}
	return nil
}

func cmdMSet(x *Exec) error {
	if len(x.Args)%2 == 0 {
		return Err("ERR wrong number of arguments for '" + x.Cmd.full + "' command")
	}
	for i := 1; i < len(x.Args); i += 2 {
		if err := x.Tx.SetString(x.Args[i], x.Args[i+1], 0); err != nil {
			return err
		}
	}
	x.W.OK()
	return nil
}

func cmdMSetNX(x *Exec) error {
	if len(x.Args)%2 == 0 {
		return Err("ERR wrong number of arguments for '" + x.Cmd.full + "' command")
	}
	for i := 1; i < len(x.Args); i += 2 {
		e, err := x.Tx.Lock(x.Args[i])
		if err != nil {
			return err
		}
		if e.Exists() {
			x.W.Int(0)
			return nil
		}
	}
	for i := 1; i < len(x.Args); i += 2 {
		if err := x.Tx.SetString(x.Args[i], x.Args[i+1], 0); err != nil {
			return err
		}
	}
	x.W.Int(1)
	return nil
}
