package types

import (
	"strings"
	"unicode/utf8"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// nameBytesMax is NAMEDATALEN - 1.
const nameBytesMax = 63

func checkText(s string) error {
	if i := strings.IndexByte(s, 0); i >= 0 {
		return pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x00")
	}
	if !utf8.ValidString(s) {
		return errUTF8(s)
	}
	return nil
}

func errUTF8(s string) error {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r != utf8.RuneError || n > 1 {
			i += n
			continue
		}
		want := 1
		switch c := s[i]; {
		case c >= 0xf0 && c < 0xf8:
			want = 4
		case c >= 0xe0 && c < 0xf0:
			want = 3
		case c >= 0xc0 && c < 0xe0:
			want = 2
		}
		msg := ""
		for _, c := range []byte(s[i:min(len(s), i+want)]) {
			msg += " 0x" + string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15])
		}
		return pgerr.Newf(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\":%s", msg)
	}
	return nil
}

func parseText(_ *T, _ int32, s string, _ *IOContext) (Datum, error) { return MakeStr(s), nil }

func parseVoid(*T, int32, string, *IOContext) (Datum, error) { return MakeStr(""), nil }

func parseName(_ *T, _ int32, s string, _ *IOContext) (Datum, error) {
	return MakeStr(TruncateName(s)), nil
}

// TruncateName cuts an identifier to 63 bytes, at a character boundary.
func TruncateName(s string) string {
	if len(s) <= nameBytesMax {
		return s
	}
	n := nameBytesMax
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func parseVarchar(t *T, mod int32, s string, _ *IOContext) (Datum, error) {
	out, err := fitVarchar(t, mod, s, false)
	return MakeStr(out), err
}

func parseBpchar(t *T, mod int32, s string, _ *IOContext) (Datum, error) {
	out, err := fitVarchar(t, mod, s, false)
	return MakeStr(out), err
}

// fitVarchar applies the length of varchar(n) or char(n). Excess spaces are cut
// always, other characters only where explicit.
func fitVarchar(t *T, mod int32, s string, explicit bool) (string, error) {
	if mod < varHeader {
		return s, nil
	}
	n := int(mod - varHeader)
	if len(s) > n || t.OID == 1042 {
		chars := utf8.RuneCountInString(s)
		if chars > n {
			cut := charOffset(s, n)
			if !explicit && strings.Trim(s[cut:], " ") != "" {
				return "", pgerr.Newf(pgerr.StringDataRightTruncation, "value too long for type %s(%d)", FormatType(t, -1), n)
			}
			return s[:cut], nil
		}
		if t.OID == 1042 && chars < n {
			return s + strings.Repeat(" ", n-chars), nil
		}
	}
	return s, nil
}

// charOffset is the byte offset of character n of s.
func charOffset(s string, n int) int {
	i := 0
	for ; n > 0 && i < len(s); n-- {
		_, w := utf8.DecodeRuneInString(s[i:])
		i += w
	}
	return i
}

func textStr(dst []byte, d Datum, _ *T, _ *IOContext) []byte { return append(dst, d.Str()...) }

func decodeText(_ *T, b []byte) (Datum, error) {
	s := string(b)
	if err := checkText(s); err != nil {
		return Null, err
	}
	return MakeStr(s), nil
}

func encodeStr(dst []byte, d Datum, _ *T) []byte { return append(dst, d.Str()...) }

func compareStr(_ *T, a, b Datum) int { return strings.Compare(a.Str(), b.Str()) }

func compareBpchar(_ *T, a, b Datum) int {
	return strings.Compare(strings.TrimRight(a.Str(), " "), strings.TrimRight(b.Str(), " "))
}

// ParseCharByte reads "char" input: the first byte, or \ooo.
func ParseCharByte(s string) byte {
	if len(s) == 4 && s[0] == '\\' && isOctal(s[1]) && isOctal(s[2]) && isOctal(s[3]) {
		return (s[1]-'0')<<6 | (s[2]-'0')<<3 | (s[3] - '0')
	}
	if s == "" {
		return 0
	}
	return s[0]
}

func isOctal(c byte) bool { return c >= '0' && c <= '7' }

func parseChar(_ *T, _ int32, s string, _ *IOContext) (Datum, error) {
	return MakeInt(int64(ParseCharByte(s))), nil
}

func textChar(dst []byte, d Datum, _ *T, _ *IOContext) []byte {
	c := byte(d.Int())
	switch {
	case c == 0:
		return dst
	case c >= 0x80:
		return append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
	}
	return append(dst, c)
}

func decodeChar(_ *T, b []byte) (Datum, error) {
	if len(b) != 1 {
		return Null, errBinaryLength()
	}
	return MakeInt(int64(b[0])), nil
}

func encodeChar(dst []byte, d Datum, _ *T) []byte { return append(dst, byte(d.Int())) }
