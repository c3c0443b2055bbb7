package types

import (
	"encoding/binary"
	"math"
	"strconv"
)

// ParseInt reads a decimal integer as PostgreSQL's integer types do: spaces
// around, one sign. syntax is false where s is no integer; inRange is false
// where it does not fit 64 bits.
func ParseInt(s string) (n int64, syntax, inRange bool) {
	i, end := 0, len(s)
	for i < end && isSpace(s[i]) {
		i++
	}
	for end > i && isSpace(s[end-1]) {
		end--
	}
	neg := false
	if i < end && (s[i] == '-' || s[i] == '+') {
		neg = s[i] == '-'
		i++
	}
	if i == end {
		return 0, false, false
	}
	inRange = true
	var u uint64
	for ; i < end; i++ {
		c := s[i] - '0'
		if c > 9 {
			return 0, false, false
		}
		if u > (math.MaxUint64-9)/10 {
			inRange = false
		}
		u = u*10 + uint64(c)
	}
	switch {
	case !inRange:
		return 0, true, false
	case neg:
		return -int64(u), true, u <= 1<<63
	default:
		return int64(u), true, u <= math.MaxInt64
	}
}

func parseIntRange(s string, lo, hi int64, name string) (Datum, error) {
	n, syntax, ok := ParseInt(s)
	if !syntax {
		return Null, errSyntax(name, s)
	}
	if !ok || n < lo || n > hi {
		return Null, errRange(name, s)
	}
	return MakeInt(n), nil
}

func parseInt2(_ *T, _ int32, s string, _ *IOContext) (Datum, error) {
	return parseIntRange(s, math.MinInt16, math.MaxInt16, "smallint")
}

func parseInt4(_ *T, _ int32, s string, _ *IOContext) (Datum, error) {
	return parseIntRange(s, math.MinInt32, math.MaxInt32, "integer")
}

func parseInt8(_ *T, _ int32, s string, _ *IOContext) (Datum, error) {
	return parseIntRange(s, math.MinInt64, math.MaxInt64, "bigint")
}

// parseOid also reads negative numbers, which wrap around as in PostgreSQL.
func parseOid(t *T, _ int32, s string, _ *IOContext) (Datum, error) {
	n, syntax, ok := ParseInt(s)
	if !syntax {
		return Null, errSyntax(t.Name, s)
	}
	if !ok || n < math.MinInt32 || n > math.MaxUint32 {
		return Null, errRange(t.Name, s)
	}
	return MakeInt(int64(uint32(n))), nil
}

func parseXid8(_ *T, _ int32, s string, _ *IOContext) (Datum, error) {
	u, err := strconv.ParseUint(trimSpace(s), 10, 64)
	if err != nil {
		return Null, errSyntax("xid8", s)
	}
	return MakeInt(int64(u)), nil
}

func textInt(dst []byte, d Datum, _ *T, _ *IOContext) []byte {
	return strconv.AppendInt(dst, d.Int(), 10)
}

func textUint8(dst []byte, d Datum, _ *T, _ *IOContext) []byte {
	return strconv.AppendUint(dst, uint64(d.Int()), 10)
}

func decodeInt2(_ *T, b []byte) (Datum, error) {
	if len(b) != 2 {
		return Null, errBinaryLength()
	}
	return MakeInt(int64(int16(binary.BigEndian.Uint16(b)))), nil
}

func decodeInt4(_ *T, b []byte) (Datum, error) {
	if len(b) != 4 {
		return Null, errBinaryLength()
	}
	return MakeInt(int64(int32(binary.BigEndian.Uint32(b)))), nil
}

func decodeUint4(_ *T, b []byte) (Datum, error) {
	if len(b) != 4 {
		return Null, errBinaryLength()
	}
	return MakeInt(int64(binary.BigEndian.Uint32(b))), nil
}

func decodeInt8(_ *T, b []byte) (Datum, error) {
	if len(b) != 8 {
		return Null, errBinaryLength()
	}
	return MakeInt(int64(binary.BigEndian.Uint64(b))), nil
}

func encodeInt2(dst []byte, d Datum, _ *T) []byte {
	return binary.BigEndian.AppendUint16(dst, uint16(d.Int()))
}

func encodeInt4(dst []byte, d Datum, _ *T) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(d.Int()))
}

func encodeInt8(dst []byte, d Datum, _ *T) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(d.Int()))
}

func compareInt(_ *T, a, b Datum) int {
	switch {
	case a.n < b.n:
		return -1
	case a.n > b.n:
		return 1
	}
	return 0
}

func compareUint(_ *T, a, b Datum) int {
	switch x, y := uint64(a.n), uint64(b.n); {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
