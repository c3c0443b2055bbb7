package types

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

func parseLSN(_ *T, _ int32, s string, _ *IOContext) (Datum, error) {
	hi, lo, ok := strings.Cut(s, "/")
	h, err1 := strconv.ParseUint(hi, 16, 32)
	l, err2 := strconv.ParseUint(lo, 16, 32)
	if !ok || err1 != nil || err2 != nil {
		return Null, errSyntax("pg_lsn", s)
	}
	return MakeInt(int64(h<<32 | l)), nil
}

func textLSN(dst []byte, d Datum, _ *T, _ *IOContext) []byte {
	u := uint64(d.Int())
	return fmt.Appendf(dst, "%X/%X", u>>32, uint32(u))
}

// A tid is block<<16 | offset.
func parseTid(_ *T, _ int32, s string, _ *IOContext) (Datum, error) {
	w := trimSpace(s)
	if len(w) < 5 || w[0] != '(' || w[len(w)-1] != ')' {
		return Null, errSyntax("tid", s)
	}
	b, o, ok := strings.Cut(w[1:len(w)-1], ",")
	block, err1 := strconv.ParseUint(b, 10, 32)
	off, err2 := strconv.ParseUint(o, 10, 16)
	if !ok || err1 != nil || err2 != nil {
		return Null, errSyntax("tid", s)
	}
	return MakeInt(int64(block<<16 | off)), nil
}

func textTid(dst []byte, d Datum, _ *T, _ *IOContext) []byte {
	return fmt.Appendf(dst, "(%d,%d)", d.Int()>>16, d.Int()&math.MaxUint16)
}

func decodeTid(_ *T, b []byte) (Datum, error) {
	if len(b) != 6 {
		return Null, errBinaryLength()
	}
	return MakeInt(int64(binary.BigEndian.Uint32(b))<<16 | int64(binary.BigEndian.Uint16(b[4:]))), nil
}

func encodeTid(dst []byte, d Datum, _ *T) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(d.Int()>>16))
	return binary.BigEndian.AppendUint16(dst, uint16(d.Int()))
}
