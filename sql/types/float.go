package types

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// ParseFloat reads a float as float4in and float8in do; bits is 32 or 64.
func ParseFloat(s string, bits int) (float64, error) {
	name := "double precision"
	if bits == 32 {
		name = "real"
	}
	w := trimSpace(s)
	if w == "" || strings.ContainsRune(w, '_') {
		return 0, errSyntax(name, s)
	}
	f, err := strconv.ParseFloat(w, bits)
	if err != nil {
		if ne, ok := err.(*strconv.NumError); ok && ne.Err == strconv.ErrRange {
			return 0, pgerr.Newf(pgerr.NumericValueOutOfRange, "\"%s\" is out of range for type %s", w, name)
		}
		return 0, errSyntax(name, s)
	}
	if f == 0 && strings.ContainsAny(mantissa(w), "123456789") {
		return 0, pgerr.Newf(pgerr.NumericValueOutOfRange, "\"%s\" is out of range for type %s", w, name)
	}
	return f, nil
}

func mantissa(s string) string {
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		return s[:i]
	}
	return s
}

func parseFloat4(_ *T, _ int32, s string, _ *IOContext) (Datum, error) {
	f, err := ParseFloat(s, 32)
	return MakeFloat(f), err
}

func parseFloat8(_ *T, _ int32, s string, _ *IOContext) (Datum, error) {
	f, err := ParseFloat(s, 64)
	return MakeFloat(f), err
}

func textFloat4(dst []byte, d Datum, _ *T, c *IOContext) []byte {
	return appendFloat(dst, d.Float(), 32, c.FloatDigits+1)
}

func textFloat8(dst []byte, d Datum, _ *T, c *IOContext) []byte {
	return appendFloat(dst, d.Float(), 64, c.FloatDigits+1)
}

// appendFloat writes the shortest form that reads back (extra > 0), or 6+extra
// or 15+extra digits. The exponent form starts where the shortest-decimal code
// of PostgreSQL starts it: 10^15, 10^6 for float4.
func appendFloat(dst []byte, f float64, bits, extra int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	digits := 15
	if bits == 32 {
		digits = 6
	}
	if extra <= 0 {
		return appendG(dst, f, max(digits+extra, 1), bits)
	}
	if f == 0 {
		if math.Signbit(f) {
			dst = append(dst, '-')
		}
		return append(dst, '0')
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'e', -1, bits)
	e := start + strings.LastIndexByte(string(dst[start:]), 'e')
	exp, _ := strconv.Atoi(string(dst[e+1:]))
	if exp < -4 || exp >= digits {
		return dst
	}
	return strconv.AppendFloat(dst[:start], f, 'f', -1, bits)
}

// appendG is C's %.{prec}g.
func appendG(dst []byte, f float64, prec, bits int) []byte {
	s := strconv.FormatFloat(f, 'e', prec-1, bits)
	mant, es, _ := strings.Cut(s, "e")
	exp, _ := strconv.Atoi(es)
	if exp < -4 || exp >= prec {
		if strings.Contains(mant, ".") {
			mant = strings.TrimRight(strings.TrimRight(mant, "0"), ".")
		}
		return append(append(append(dst, mant...), 'e'), es...)
	}
	s = strconv.FormatFloat(f, 'f', prec-1-exp, bits)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return append(dst, s...)
}

func decodeFloat4(_ *T, b []byte) (Datum, error) {
	if len(b) != 4 {
		return Null, errBinaryLength()
	}
	return MakeFloat(float64(math.Float32frombits(binary.BigEndian.Uint32(b)))), nil
}

func decodeFloat8(_ *T, b []byte) (Datum, error) {
	if len(b) != 8 {
		return Null, errBinaryLength()
	}
	return MakeFloat(math.Float64frombits(binary.BigEndian.Uint64(b))), nil
}

func encodeFloat4(dst []byte, d Datum, _ *T) []byte {
	if math.IsNaN(d.Float()) {
		return binary.BigEndian.AppendUint32(dst, 0x7fc00000)
	}
	return binary.BigEndian.AppendUint32(dst, math.Float32bits(float32(d.Float())))
}

func encodeFloat8(dst []byte, d Datum, _ *T) []byte {
	if math.IsNaN(d.Float()) { // Go's NaN has a low bit set
		return binary.BigEndian.AppendUint64(dst, 0x7ff8000000000000)
	}
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(d.Float()))
}

// CompareFloat orders NaN above all and equal to itself; -0 equals 0.
func CompareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	case math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a):
		return 1
	}
	return -1
}

func compareFloat(_ *T, a, b Datum) int { return CompareFloat(a.Float(), b.Float()) }
