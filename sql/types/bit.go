package types

import (
	"encoding/binary"
	"strings"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// BitString is a bit or varbit: one byte, '0' or '1', per bit.
type BitString string

func parseBit(t *T, mod int32, s string, _ *IOContext) (Datum, error) {
	w := s
	hex := false
	if w != "" && (w[0] == 'b' || w[0] == 'B') {
		w = w[1:]
	} else if w != "" && (w[0] == 'x' || w[0] == 'X') {
		w, hex = w[1:], true
	}
	var b strings.Builder
	for i := range len(w) {
		if hex {
			d, ok := hexDigit(w[i])
			if !ok {
				return Null, pgerr.Newf(pgerr.InvalidTextRepresentation, "\"%s\" is not a valid hexadecimal digit", firstChar(w[i:]))
			}
			b.WriteString(bitsOf(uint64(d), 4))
			continue
		}
		if w[i] != '0' && w[i] != '1' {
			return Null, pgerr.Newf(pgerr.InvalidTextRepresentation, "\"%s\" is not a valid binary digit", firstChar(w[i:]))
		}
		b.WriteByte(w[i])
	}
	out, err := fitBits(t, mod, b.String(), false)
	return MakeOther(BitString(out)), err
}

// bitsOf is the low n bits of u as text.
func bitsOf(u uint64, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0'
		if shift := n - 1 - i; shift < 64 && u>>shift&1 == 1 {
			b[i] = '1'
		}
	}
	return string(b)
}

// fitBits applies the length of bit(n) or varbit(n); explicit casts cut or pad.
func fitBits(t *T, mod int32, s string, explicit bool) (string, error) {
	n := int(mod)
	switch {
	case n < 0 || len(s) == n || t.OID == 1562 && len(s) < n:
		return s, nil
	case explicit && len(s) > n:
		return s[:n], nil
	case explicit:
		return s + strings.Repeat("0", n-len(s)), nil
	case t.OID == 1562:
		return "", pgerr.Newf(pgerr.StringDataRightTruncation, "bit string too long for type bit varying(%d)", n)
	}
	return "", pgerr.Newf(pgerr.StringDataLengthMismatch, "bit string length %d does not match type bit(%d)", len(s), n)
}

func textBit(dst []byte, d Datum, _ *T, _ *IOContext) []byte {
	return append(dst, d.Other().(BitString)...)
}

func decodeBit(_ *T, b []byte) (Datum, error) {
	if len(b) < 4 {
		return Null, errBinaryLength()
	}
	n := int(int32(binary.BigEndian.Uint32(b)))
	b = b[4:]
	if n < 0 || len(b) != (n+7)/8 {
		return Null, errBinary("invalid length in external bit string")
	}
	out := make([]byte, n)
	for i := range out {
		out[i] = '0' + b[i/8]>>(7-i%8)&1
	}
	return MakeOther(BitString(out)), nil
}

func encodeBit(dst []byte, d Datum, _ *T) []byte {
	s := d.Other().(BitString)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(s)))
	for i := 0; i < len(s); i += 8 {
		var c byte
		for j := i; j < min(i+8, len(s)); j++ {
			c |= (s[j] - '0') << (7 - j%8)
		}
		dst = append(dst, c)
	}
	return dst
}

func compareBit(_ *T, a, b Datum) int {
	return strings.Compare(string(a.Other().(BitString)), string(b.Other().(BitString)))
}
