package types

import (
	"bytes"
	"encoding/hex"
	"strings"
)

func parseMacaddr(t *T, _ int32, s string, _ *IOContext) (Datum, error) {
	w := trimSpace(s)
	digits := strings.NewReplacer(":", "", "-", "", ".", "").Replace(w)
	b, err := hex.DecodeString(digits)
	want := 6
	if t.OID == 774 {
		want = 8
	}
	if err == nil && want == 8 && len(b) == 6 {
		b = []byte{b[0], b[1], b[2], 0xff, 0xfe, b[3], b[4], b[5]}
	}
	if err != nil || len(b) != want || strings.Count(w, ":") > 0 && strings.Count(w, "-") > 0 {
		return Null, errSyntax(t.Name, s)
	}
	return MakeBytes(b), nil
}

func textMacaddr(dst []byte, d Datum, _ *T, _ *IOContext) []byte {
	for i, c := range d.Bytes() {
		if i > 0 {
			dst = append(dst, ':')
		}
		dst = hex.AppendEncode(dst, []byte{c})
	}
	return dst
}

func decodeMacaddr(t *T, b []byte) (Datum, error) {
	if len(b) != int(t.Len) {
		return Null, errBinaryLength()
	}
	return MakeBytes(bytes.Clone(b)), nil
}
