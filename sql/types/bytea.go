package types

import (
	"bytes"
	"encoding/hex"
	"strings"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

func parseBytea(_ *T, _ int32, s string, _ *IOContext) (Datum, error) {
	if strings.HasPrefix(s, `\x`) {
		b, err := DecodeHex(s[2:])
		return MakeBytes(b), err
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\':
			out = append(out, s[i])
		case i+1 < len(s) && s[i+1] == '\\':
			out = append(out, '\\')
			i++
		case i+3 < len(s) && s[i+1] <= '3' && isOctal(s[i+1]) && isOctal(s[i+2]) && isOctal(s[i+3]):
			out = append(out, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 3
		default:
			return Null, pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type bytea")
		}
	}
	return MakeBytes(out), nil
}

// DecodeHex reads hexadecimal digits with optional white space between bytes.
func DecodeHex(s string) ([]byte, error) {
	out := make([]byte, 0, len(s)/2)
	for i := 0; i < len(s); {
		if isSpace(s[i]) {
			i++
			continue
		}
		hi, ok := hexDigit(s[i])
		if !ok {
			return nil, pgerr.Newf(pgerr.InvalidParameterValue, "invalid hexadecimal digit: \"%s\"", firstChar(s[i:]))
		}
		if i+1 == len(s) {
			return nil, pgerr.New(pgerr.InvalidParameterValue, "invalid hexadecimal data: odd number of digits")
		}
		lo, ok := hexDigit(s[i+1])
		if !ok {
			return nil, pgerr.Newf(pgerr.InvalidParameterValue, "invalid hexadecimal digit: \"%s\"", firstChar(s[i+1:]))
		}
		out = append(out, hi<<4|lo)
		i += 2
	}
	return out, nil
}

func firstChar(s string) string { return s[:charOffset(s, 1)] }

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func textBytea(dst []byte, d Datum, _ *T, c *IOContext) []byte {
	if c.ByteaEscape {
		return AppendEscape(dst, d.Bytes())
	}
	dst = append(dst, `\x`...)
	return hex.AppendEncode(dst, d.Bytes())
}

// AppendEscape writes bytes in the escape form of bytea.
func AppendEscape(dst, b []byte) []byte {
	for _, c := range b {
		switch {
		case c == '\\':
			dst = append(dst, `\\`...)
		case c < 0x20 || c > 0x7e:
			dst = append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func decodeBytea(_ *T, b []byte) (Datum, error) { return MakeBytes(bytes.Clone(b)), nil }

func encodeBytea(dst []byte, d Datum, _ *T) []byte { return append(dst, d.Bytes()...) }

func compareBytes(_ *T, a, b Datum) int { return bytes.Compare(a.Bytes(), b.Bytes()) }
