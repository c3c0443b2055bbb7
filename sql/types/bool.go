package types

import "strings"

// boolWords are the spellings of boolean input; any prefix in the range of
// lengths is taken.
var boolWords = []struct {
	word  string
	min   int
	value bool
}{
	{"true", 1, true}, {"false", 1, false}, {"yes", 1, true}, {"no", 1, false},
	{"on", 2, true}, {"off", 2, false}, {"1", 1, true}, {"0", 1, false},
}

// ParseBool reads PostgreSQL's spellings of booleans.
func ParseBool(s string) (v, ok bool) {
	w := strings.ToLower(trimSpace(s))
	for _, b := range boolWords {
		if len(w) >= b.min && strings.HasPrefix(b.word, w) {
			return b.value, true
		}
	}
	return false, false
}

func parseBool(_ *T, _ int32, s string, _ *IOContext) (Datum, error) {
	v, ok := ParseBool(s)
	if !ok {
		return Null, errSyntax("boolean", s)
	}
	return MakeBool(v), nil
}

func textBool(dst []byte, d Datum, _ *T, _ *IOContext) []byte {
	if d.Bool() {
		return append(dst, 't')
	}
	return append(dst, 'f')
}

func decodeBool(_ *T, b []byte) (Datum, error) {
	if len(b) != 1 {
		return Null, errBinaryLength()
	}
	return MakeBool(b[0] != 0), nil
}

func encodeBool(dst []byte, d Datum, _ *T) []byte {
	if d.Bool() {
		return append(dst, 1)
	}
	return append(dst, 0)
}

// trimSpace cuts the characters of C's isspace from both ends.
func trimSpace(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
