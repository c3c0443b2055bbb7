package command

import (
	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/txn/redis"
)

// bitOverflow is what BITFIELD does with a value that does not fit.
type bitOverflow byte

const (
	overflowWrap bitOverflow = iota
	overflowSat
	overflowFail
)

// fieldOp is one operation of BITFIELD.
type fieldOp struct {
	op       byte // g, s, i
	signed   bool
	bits     uint
	off      int64
	value    int64
	overflow bitOverflow
}

const errFieldType Err = "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."

// fieldType reads "i16" or "u8".
func fieldType(b []byte) (signed bool, bits uint, err error) {
	if len(b) < 2 || b[0] != 'i' && b[0] != 'u' {
		return false, 0, errFieldType
	}
	n, ok := redis.ParseInt(b[1:])
	signed = b[0] == 'i'
	if !ok || n < 1 || signed && n > 64 || !signed && n > 63 {
		return false, 0, errFieldType
	}
	return signed, uint(n), nil
}

// fieldOffset reads "100" or "#3", the latter in units of the type's width.
func (x *Exec) fieldOffset(b []byte, bits uint) (int64, error) {
	unit := int64(1)
	if len(b) > 0 && b[0] == '#' {
		b, unit = b[1:], int64(bits)
	}
	n, ok := redis.ParseInt(b)
	max := x.StringBytesMax.Load() * 8
	if !ok || n < 0 || n > max/unit || n*unit+int64(bits) > max {
		return 0, errBitOffset
	}
	return n * unit, nil
}

func (x *Exec) fieldOps(readOnly bool) (ops []fieldOp, writes bool, err error) {
	overflow := overflowWrap
	for i := 2; i < len(x.Args); {
		left := len(x.Args) - i - 1
		op := fieldOp{overflow: overflow}
		switch {
		case x.Is(i, "overflow") && left >= 1:
			switch {
			case x.Is(i+1, "wrap"):
				overflow = overflowWrap
			case x.Is(i+1, "sat"):
				overflow = overflowSat
			case x.Is(i+1, "fail"):
				overflow = overflowFail
			default:
				return nil, false, Err("ERR Invalid OVERFLOW type specified")
			}
			i += 2
			continue
		case x.Is(i, "get") && left >= 2:
			op.op = 'g'
		case x.Is(i, "set") && left >= 3:
			op.op = 's'
		case x.Is(i, "incrby") && left >= 3:
			op.op = 'i'
		default:
			return nil, false, ErrSyntax
		}
		if op.signed, op.bits, err = fieldType(x.Args[i+1]); err != nil {
			return nil, false, err
		}
		if op.off, err = x.fieldOffset(x.Args[i+2], op.bits); err != nil {
			return nil, false, err
		}
		i += 3
		if op.op != 'g' {
			if readOnly {
				return nil, false, Err("ERR BITFIELD_RO only supports the GET subcommand")
			}
			if op.value, err = x.Int(i); err != nil {
				return nil, false, err
			}
			writes = true
			i++
		}
		ops = append(ops, op)
	}
	return ops, writes, nil
}

func (x *Exec) bitfield(readOnly bool) error {
	ops, writes, err := x.fieldOps(readOnly)
	if err != nil {
		return err
	}
	var e *keyspace.Entry
	if writes {
		e, err = x.lockString(x.Args[1])
	} else {
		e, err = x.read(x.Args[1], keyspace.TypeString)
	}
	if err != nil {
		return err
	}
	x.W.Array(len(ops))
	if writes {
		if err := growForFields(e, ops); err != nil {
			return err
		}
	}
	for _, o := range ops {
		if err := x.fieldRun(o, e); err != nil {
			return err
		}
	}
	if !writes {
		return nil
	}
	return e.Save()
}

// growForFields makes a string long enough for all that is written to it, whether
// or not it comes to be written.
func growForFields(e *keyspace.Entry, ops []fieldOp) error {
	need := int64(0)
	for _, o := range ops {
		if o.op != 'g' {
			need = max(need, (o.off+int64(o.bits)-1)>>3+1)
		}
	}
	if need <= e.StringLen() {
		return nil
	}
	return e.SetRange(need-1, []byte{0})
}

func (x *Exec) fieldRun(o fieldOp, e *keyspace.Entry) error {
	// The bytes that hold the field: at most nine.
	first, last := o.off>>3, (o.off+int64(o.bits)-1)>>3
	var room [9]byte
	n := e.StringLen()
	v, err := e.StringRange(room[:0], min(first, n), min(last+1, n))
	if err != nil {
		return err
	}
	v = room[:last+1-first] // what lies past the end is zero
	at := o
	at.off -= first * 8
	old := at.get(v)
	if o.op == 'g' {
		x.W.Int(old)
		return nil
	}
	now, over := o.fit(o.value, 0)
	reply := old
	if o.op == 'i' {
		now, over = o.fit(old, o.value)
		reply = now
	}
	if over && o.overflow == overflowFail {
		x.W.Null()
		return nil
	}
	at.put(v, now)
	x.W.Int(reply)
	return e.SetRange(first, v)
}

// get reads the field; bits beyond the string are zero.
func (o fieldOp) get(v []byte) int64 {
	var u uint64
	for i := range int64(o.bits) {
		u <<= 1
		if at := o.off + i; at>>3 < int64(len(v)) {
			u |= uint64(bitAt(v, at))
		}
	}
	return o.extend(u)
}

// extend gives u's low bits the sign they have.
func (o fieldOp) extend(u uint64) int64 {
	if o.bits == 64 {
		return int64(u)
	}
	u &= 1<<o.bits - 1
	if o.signed && u>>(o.bits-1) == 1 {
		u |= ^uint64(0) << o.bits
	}
	return int64(u)
}

func (o fieldOp) put(v []byte, n int64) {
	for i := range int64(o.bits) {
		at := o.off + i
		shift := 7 - uint(at&7)
		bit := byte(uint64(n) >> (int64(o.bits) - 1 - i) & 1)
		v[at>>3] = v[at>>3]&^(1<<shift) | bit<<shift
	}
}

// fit adds incr to value within the field's range and tells whether it overflowed.
func (o fieldOp) fit(value, incr int64) (int64, bool) {
	if !o.signed {
		return o.fitUnsigned(uint64(value), incr)
	}
	hi := int64(1)<<(o.bits-1) - 1
	lo := -hi - 1
	sum := int64(uint64(value) + uint64(incr))
	switch {
	case value > hi || overHigh(value, incr, hi):
		if o.overflow == overflowSat {
			return hi, true
		}
		return o.extend(uint64(sum)), true
	case value < lo || overLow(value, incr, lo):
		if o.overflow == overflowSat {
			return lo, true
		}
		return o.extend(uint64(sum)), true
	}
	return sum, false
}

func overHigh(value, incr, hi int64) bool {
	sum := value + incr
	return incr > 0 && (sum < value || sum > hi)
}

func overLow(value, incr, lo int64) bool {
	sum := value + incr
	return incr < 0 && (sum > value || sum < lo)
}

func (o fieldOp) fitUnsigned(value uint64, incr int64) (int64, bool) {
	hi := uint64(1)<<o.bits - 1
	sum := value + uint64(incr)
	switch {
	case value > hi || incr > 0 && sum > hi:
		if o.overflow == overflowSat {
			return int64(hi), true
		}
		return int64(sum & hi), true
	case incr < 0 && uint64(-incr) > value:
		if o.overflow == overflowSat {
			return 0, true
		}
		return int64(sum & hi), true
	}
	return int64(sum), false
}
