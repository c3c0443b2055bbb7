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
	at, shift := off>>3, 7-uint(off&7)
	b, err := x.stringByte(e, at)
	if err != nil {
		return err
	}
	x.W.Int(int64(b >> shift & 1))
	x.num = append(x.num[:0], b&^(1<<shift)|byte(on)<<shift)
	if err := e.SetRange(at, x.num); err != nil {
		return err
	}
	return e.Save()
}

// stringByte is the byte of a string at a place; 0 past its end.
func (x *Exec) stringByte(e *keyspace.Entry, at int64) (byte, error) {
	if at >= e.StringLen() {
		return 0, nil
	}
	var room [1]byte
	b, err := e.StringRange(room[:0], at, at+1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

func cmdGetBit(x *Exec) error {
	off, err := x.bitOffset(2)
	if err != nil {
		return err
	}
	e, err := x.read(x.Args[1], keyspace.TypeString)
	if err != nil {
		return err
	}
	b, err := x.stringByte(e, off>>3)
	if err != nil {
		return err
	}
	x.W.Int(int64(b >> (7 - uint(off&7)) & 1))
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
	e, err := x.read(x.Args[1], keyspace.TypeString)
	if err != nil {
		return err
	}
	from, to := int64(0), e.StringLen()*8
	if len(x.Args) > 2 {
		if from, to, _, err = x.bitSpan(2, e.StringLen()); err != nil {
			return err
		}
		// Both negative and crossed is nothing here, unlike in BITPOS.
		if start, end, _ := x.twoInts(2); start < 0 && end < 0 && start > end {
			to = from
		}
	}
	n := int64(0)
	err = e.EachPart(from>>3, (to+7)>>3, func(off int64, b []byte) bool {
		n += countBits(b, max(from-off*8, 0), min(to-off*8, int64(len(b))*8))
		return true
	})
	x.W.Int(n)
	return err
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
	e, err := x.read(x.Args[1], keyspace.TypeString)
	if err != nil {
		return err
	}
	from, to, endGiven := int64(0), e.StringLen()*8, false
	if len(x.Args) > 3 {
		if from, to, endGiven, err = x.bitSpan(3, e.StringLen()); err != nil {
			return err
		}
	}
	if !e.Exists() {
		x.W.Int(-want)
		return nil
	}
	at, err := findInString(e, byte(want), from, to, endGiven)
	x.W.Int(at)
	return err
}

// findInString is findBit over a string's pieces, between which all bits are zero.
func findInString(e *keyspace.Entry, want byte, from, to int64, endGiven bool) (int64, error) {
	if from >= to {
		return -1, nil
	}
	at, next := int64(-1), from
	err := e.EachPart(from>>3, (to+7)>>3, func(off int64, b []byte) bool {
		if want == 0 && off*8 > next {
			at = next
			return false
		}
		end := min(to-off*8, int64(len(b))*8)
		if i := findBit(b, want, max(from-off*8, 0), end, true); i >= 0 {
			at = off*8 + i
			return false
		}
		next = off*8 + end
		return true
	})
	switch {
	case err != nil || at >= 0 || want == 1:
		return at, err
	case next < to:
		return next, nil
	case !endGiven:
		return to, nil
	}
	return -1, nil
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
		if !x.Hold(int(e.StringLen())) {
			return nil
		}
		if i == 0 {
			if out, err = e.AppendString(nil); err != nil {
				return err
			}
			continue
		}
		if x.num, err = e.AppendString(x.num[:0]); err != nil {
			return err
		}
		out = bitOp(op, out, x.num)
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
