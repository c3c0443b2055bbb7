package command

import (
	"math/bits"

	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/txn/redis"
)

var bitCommands = []Command{
	{Name: "setbit", Arity: 4, Flags: Write | DenyOOM, First: 1, Last: 1, Step: 1, Cats: "write bitmap slow", Group: "bitmap", Since: "2.2.0", Summary: "Sets or clears the bit at offset in the string value stored at key", Run: cmdSetBit},
	{Name: "getbit", Arity: 3, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "read bitmap fast", Group: "bitmap", Since: "2.2.0", Summary: "Returns the bit value at offset in the string value stored at key", Run: cmdGetBit},
	{Name: "bitcount", Arity: -2, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read bitmap slow", Group: "bitmap", Since: "2.6.0", Summary: "Count set bits in a string", Run: cmdBitCount},
	{Name: "bitpos", Arity: -3, Flags: Read, First: 1, Last: 1, Step: 1, Cats: "read bitmap slow", Group: "bitmap", Since: "2.8.7", Summary: "Find first bit set or clear in a string", Run: cmdBitPos},
	{Name: "bitop", Arity: -4, Flags: Write | DenyOOM, First: 2, Last: -1, Step: 1, Cats: "write bitmap slow", Group: "bitmap", Since: "2.6.0", Summary: "Perform bitwise operations between strings", Run: cmdBitOp},
	{Name: "bitfield", Arity: -2, Flags: Write | DenyOOM, First: 1, Last: 1, Step: 1, Cats: "write bitmap slow", Group: "bitmap", Since: "3.2.0", Summary: "Perform arbitrary bitfield integer operations on strings", Run: func(x *Exec) error { return x.bitfield(false) }},
	{Name: "bitfield_ro", Arity: -2, Flags: Read | Fast, First: 1, Last: 1, Step: 1, Cats: "read bitmap fast", Group: "bitmap", Since: "6.0.0", Summary: "Perform arbitrary bitfield integer operations on strings. Read-only variant of BITFIELD", Run: func(x *Exec) error { return x.bitfield(true) }},
}

const errBitOffset Err = "ERR bit offset is not an integer or out of range"

// bitOffset reads argument i as a bit's place, within proto-max-bulk-len.
func (x *Exec) bitOffset(i int) (int64, error) {
	n, ok := redis.ParseInt(x.Args[i])
	if !ok || n < 0 || n>>3 >= x.StringBytesMax.Load() {
		return 0, errBitOffset
	}
	return n, nil
}

func cmdSetBit(x *Exec) error {
	off, err := x.bitOffset(2)
	if err != nil {
		return err
	}
	on, ok := redis.ParseInt(x.Args[3])
	if !ok || on&^1 != 0 {
		return Err("ERR bit is not an integer or out of range")
	}
	e, err := x.lockString(x.Args[1])
	if err != nil {
		return err
	}
	at := int(off >> 3)
	x.num = padded(x.num, e.Bytes(), max(at+1, len(e.Bytes())))
	shift := 7 - uint(off&7)
	old := x.num[at] >> shift & 1
	x.num[at] = x.num[at]&^(1<<shift) | byte(on)<<shift
	x.W.Int(int64(old))
	return e.PutStringRaw(x.num, e.ExpireAtMs())
}

func cmdGetBit(x *Exec) error {
	off, err := x.bitOffset(2)
	if err != nil {
		return err
	}
	v, _, err := x.Tx.GetString(x.Args[1])
	if err != nil {
		return err
	}
	bit := byte(0)
	if at := off >> 3; at < int64(len(v)) {
		bit = v[at] >> (7 - uint(off&7)) & 1
	}
	x.W.Int(int64(bit))
	return nil
}

// bitSpan reads "start end [BYTE|BIT]" at argument i and returns the span in
// bits of a string of n bytes. endGiven is false where end is left out.
func (x *Exec) bitSpan(i int, n int64) (from, to int64, endGiven bool, err error) {
	start, err := x.Int(i)
	if err != nil {
		return 0, 0, false, err
	}
	end, unit := n-1, int64(8)
	if i+2 < len(x.Args) {
		switch {
		case x.Is(i+2, "bit"):
			unit = 1
		case !x.Is(i+2, "byte"):
			return 0, 0, false, ErrSyntax
		}
	}
	total := n
	if unit == 1 {
		total = n * 8
	}
	if i+1 < len(x.Args) {
		if end, err = x.Int(i + 1); err != nil {
			return 0, 0, false, err
		}
		endGiven = true
	}
	if end < 0 {
		end = max(end+total, 0)
	}
	from, to = span(start, end, total)
	return from * unit, to * unit, endGiven, nil
}

func cmdBitCount(x *Exec) error {
	if len(x.Args) == 3 || len(x.Args) > 5 {
		return ErrSyntax
	}
	v, _, err := x.Tx.GetString(x.Args[1])
	if err != nil {
		return err
	}
	from, to := int64(0), int64(len(v))*8
	if len(x.Args) > 2 {
		if from, to, _, err = x.bitSpan(2, int64(len(v))); err != nil {
			return err
		}
		// Both negative and crossed is nothing here, unlike in BITPOS.
		if start, end, _ := x.twoInts(2); start < 0 && end < 0 && start > end {
			to = from
		}
	}
	x.W.Int(countBits(v, from, to))
	return nil
}

// countBits counts the ones among bits [from, to).
func countBits(v []byte, from, to int64) (n int64) {
	for from < to && from&7 != 0 {
		n += int64(bitAt(v, from))
		from++
	}
	for ; from+8 <= to; from += 8 {
		n += int64(bits.OnesCount8(v[from>>3]))
	}
	for ; from < to; from++ {
		n += int64(bitAt(v, from))
	}
	return n
}

func bitAt(v []byte, i int64) byte { return v[i>>3] >> (7 - uint(i&7)) & 1 }

func cmdBitPos(x *Exec) error {
	want, err := x.Int(2)
	if err != nil {
		return err
	}
	if want != 0 && want != 1 {
		return Err("ERR The bit argument must be 1 or 0.")
	}
	if len(x.Args) > 6 {
		return ErrSyntax
	}
	v, ok, err := x.Tx.GetString(x.Args[1])
	if err != nil {
		return err
	}
	from, to, endGiven := int64(0), int64(len(v))*8, false
	if len(x.Args) > 3 {
		if from, to, endGiven, err = x.bitSpan(3, int64(len(v))); err != nil {
			return err
		}
	}
	if !ok {
		x.W.Int(-want)
		return nil
	}
	x.W.Int(findBit(v, byte(want), from, to, endGiven))
	return nil
}

// findBit is the place of the first bit in [from, to), -1 for none; a zero that
// is not there stands right after the string, unless its end was given.
func findBit(v []byte, want byte, from, to int64, endGiven bool) int64 {
	if from >= to {
		return -1
	}
	skip := byte(0)
	if want == 0 {
		skip = 0xff
	}
	for i := from; i < to; i++ {
		if i&7 == 0 && i+8 <= to && v[i>>3] == skip {
			i += 7
			continue
		}
		if bitAt(v, i) == want {
			return i
		}
	}
	if want == 0 && !endGiven {
		return to
	}
	return -1
}

func cmdBitOp(x *Exec) error {
	op := byte(0)
	switch {
	case x.Is(1, "and"):
		op = '&'
	case x.Is(1, "or"):
		op = '|'
	case x.Is(1, "xor"):
		op = '^'
	case x.Is(1, "not"):
		op = '~'
		if len(x.Args) != 4 {
			return Err("ERR BITOP NOT must be called with a single source key.")
		}
	default:
		return ErrSyntax
	}
	var out []byte
	for i, k := range x.Args[3:] {
		e, err := x.Tx.Lock(k)
		if err != nil {
			return err
		}
		if err := e.Is(keyspace.TypeString); err != nil {
			return err
		}
		v := e.Bytes()
		if i == 0 {
			out = append([]byte(nil), v...)
			continue
		}
		out = bitOp(op, out, v)
	}
	if op == '~' {
		for i := range out {
			out[i] = ^out[i]
		}
	}
	dst, err := x.Tx.Lock(x.Args[2])
	if err != nil {
		return err
	}
	x.W.Int(int64(len(out)))
	if len(out) == 0 {
		return dst.Delete()
	}
	return dst.PutStringRaw(out, 0)
}

// bitOp combines b into a, the shorter one continued with zeros.
func bitOp(op byte, a, b []byte) []byte {
	if len(a) < len(b) {
		a = append(a, make([]byte, len(b)-len(a))...)
	}
	for i := range a {
		c := byte(0)
		if i < len(b) {
			c = b[i]
		}
		switch op {
		case '&':
			a[i] &= c
		case '|':
			a[i] |= c
		case '^':
			a[i] ^= c
		}
	}
	return a
}
