package enc

import (
	"encoding/binary"
	"math"
	"math/bits"
)

const (
	intZero     = 0x88
	intSmallMax = 109 // the largest value in the tag itself
	intPositive = 0xf5
	signBit     = 1 << 63
)

// AppendBool appends false before true.
func AppendBool(dst []byte, v bool, dir Direction) []byte {
	var b byte
	if v {
		b = 1
	}
	return append(dst, b^dir.mask())
}

// DecodeBool reads what AppendBool wrote.
func DecodeBool(b []byte, dir Direction) (bool, []byte, error) {
	if len(b) == 0 || b[0]^dir.mask() > 1 {
		return false, b, ErrMalformed
	}
	return b[0]^dir.mask() == 1, b[1:], nil
}

// AppendInt appends an integer of any width in 1 to 9 bytes, short near zero.
func AppendInt(dst []byte, v int64, dir Direction) []byte {
	m := dir.mask()
	if 0 <= v && v <= intSmallMax {
		return append(dst, byte(intZero+v)^m)
	}
	var tag byte
	var n int
	if v > 0 {
		n = (bits.Len64(uint64(v)) + 7) / 8
		tag = byte(intPositive + n)
	} else {
		// The fewest bytes n with v >= -(2^8n).
		n = max(1, (bits.Len64(uint64(-(v+1)))+7)/8)
		tag = byte(intZero - n)
	}
	var be [9]byte
	binary.BigEndian.PutUint64(be[1:], uint64(v)^dir.mask64())
	be[8-n] = tag ^ m
	return append(dst, be[8-n:]...)
}

// DecodeInt reads what AppendInt wrote.
func DecodeInt(b []byte, dir Direction) (int64, []byte, error) {
	if len(b) == 0 {
		return 0, b, ErrMalformed
	}
	tag := int(b[0] ^ dir.mask())
	var n int
	var fill uint64
	switch {
	case tag >= intZero && tag <= intZero+intSmallMax:
		return int64(tag - intZero), b[1:], nil
	case tag > intPositive && tag <= intPositive+8:
		n = tag - intPositive
	case tag < intZero && tag >= intZero-8:
		n = intZero - tag
		fill = ^uint64(0)
	default:
		return 0, b, ErrMalformed
	}
	if len(b) < 1+n {
		return 0, b, ErrMalformed
	}
	v := fill
	m := dir.mask()
	for _, c := range b[1 : 1+n] {
		v = v<<8 | uint64(c^m)
	}
	if (int64(v) < 0) != (fill != 0) {
		return 0, b, ErrMalformed
	}
	return int64(v), b[1+n:], nil
}

// AppendFixed64 appends an integer in 8 bytes: for values that are seldom small,
// such as times in microseconds.
func AppendFixed64(dst []byte, v int64, dir Direction) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(v)^signBit^dir.mask64())
}

// DecodeFixed64 reads what AppendFixed64 wrote.
func DecodeFixed64(b []byte, dir Direction) (int64, []byte, error) {
	if len(b) < 8 {
		return 0, b, ErrMalformed
	}
	return int64(binary.BigEndian.Uint64(b) ^ signBit ^ dir.mask64()), b[8:], nil
}

// AppendInt128 appends hi × 2^64 + lo in 16 bytes.
func AppendInt128(dst []byte, hi int64, lo uint64, dir Direction) []byte {
	dst = AppendFixed64(dst, hi, dir)
	return binary.BigEndian.AppendUint64(dst, lo^dir.mask64())
}

// DecodeInt128 reads what AppendInt128 wrote.
func DecodeInt128(b []byte, dir Direction) (hi int64, lo uint64, rest []byte, err error) {
	if len(b) < 16 {
		return 0, 0, b, ErrMalformed
	}
	hi, rest, _ = DecodeFixed64(b, dir)
	return hi, binary.BigEndian.Uint64(rest) ^ dir.mask64(), rest[8:], nil
}

// AppendFloat64 appends a float. -0 equals 0; all NaNs are equal and above +Inf.
func AppendFloat64(dst []byte, v float64, dir Direction) []byte {
	u := math.Float64bits(v)
	switch {
	case v != v:
		u = math.Float64bits(math.NaN()) &^ signBit
	case v == 0:
		u = 0
	}
	if u&signBit != 0 {
		u = ^u
	} else {
		u |= signBit
	}
	return binary.BigEndian.AppendUint64(dst, u^dir.mask64())
}

// DecodeFloat64 reads what AppendFloat64 wrote.
func DecodeFloat64(b []byte, dir Direction) (float64, []byte, error) {
	if len(b) < 8 {
		return 0, b, ErrMalformed
	}
	u := binary.BigEndian.Uint64(b) ^ dir.mask64()
	if u&signBit != 0 {
		u &^= signBit
	} else {
		u = ^u
	}
	return math.Float64frombits(u), b[8:], nil
}

// AppendFloat32 is AppendFloat64 in 4 bytes.
func AppendFloat32(dst []byte, v float32, dir Direction) []byte {
	u := math.Float32bits(v)
	switch {
	case v != v:
		u = math.Float32bits(float32(math.NaN())) &^ (1 << 31)
	case v == 0:
		u = 0
	}
	if u&(1<<31) != 0 {
		u = ^u
	} else {
		u |= 1 << 31
	}
	return binary.BigEndian.AppendUint32(dst, u^uint32(dir.mask64()))
}

// DecodeFloat32 reads what AppendFloat32 wrote.
func DecodeFloat32(b []byte, dir Direction) (float32, []byte, error) {
	if len(b) < 4 {
		return 0, b, ErrMalformed
	}
	u := binary.BigEndian.Uint32(b) ^ uint32(dir.mask64())
	if u&(1<<31) != 0 {
		u &^= 1 << 31
	} else {
		u = ^u
	}
	return math.Float32frombits(u), b[4:], nil
}
