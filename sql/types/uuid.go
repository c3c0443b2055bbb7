package types

import (
	"bytes"
	"encoding/hex"
)

func parseUUID(_ *T, _ int32, s string, _ *IOContext) (Datum, error) {
	w := s
	if len(w) > 1 && w[0] == '{' && w[len(w)-1] == '}' {
		w = w[1 : len(w)-1]
	}
	out := make([]byte, 0, 16)
	for i := 0; i < len(w); {
		// A hyphen may stand after every four digits.
		if n := len(out); w[i] == '-' && n > 0 && n < 16 && n%2 == 0 && w[i-1] != '-' {
			i++
			continue
		}
		if i+1 == len(w) {
			return Null, errSyntax("uuid", s)
		}
		hi, ok1 := hexDigit(w[i])
		lo, ok2 := hexDigit(w[i+1])
		if !ok1 || !ok2 || len(out) == 16 {
			return Null, errSyntax("uuid", s)
		}
		out = append(out, hi<<4|lo)
		i += 2
	}
	if len(out) != 16 {
		return Null, errSyntax("uuid", s)
	}
	return MakeBytes(out), nil
}

func textUUID(dst []byte, d Datum, _ *T, _ *IOContext) []byte {
	b := d.Bytes()
	for i, n := range [...]int{4, 2, 2, 2, 6} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, b[:n])
		b = b[n:]
	}
	return dst
}

func decodeUUID(_ *T, b []byte) (Datum, error) {
	if len(b) != 16 {
		return Null, errBinary("incorrect binary data format")
	}
	return MakeBytes(bytes.Clone(b)), nil
}
