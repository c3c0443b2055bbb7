package types

import (
	"encoding/binary"
	"strings"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

func parseRecord(t *T, _ int32, s string, c *IOContext) (Datum, error) {
	if t.OID == RecordT.OID {
		return Null, pgerr.New(pgerr.FeatureNotSupported, "input of anonymous composite types is not implemented")
	}
	bad := func(detail string) error {
		return pgerr.Newf(pgerr.InvalidTextRepresentation, "malformed record literal: \"%s\"", s).WithDetail(detail)
	}
	w := trimSpace(s)
	if !strings.HasPrefix(w, "(") {
		return Null, bad("Missing left parenthesis.")
	}
	r := &Record{}
	i := 1
	for n, f := range t.Fields {
		if n > 0 {
			if i >= len(w) || w[i] != ',' {
				return Null, bad("Too few columns.")
			}
			i++
		}
		text, null, end, ok := recordField(w, i)
		if !ok {
			return Null, bad("Unexpected end of input.")
		}
		i = end
		d := Null
		if !null {
			var err error
			if d, err = Parse(f.Type, f.Mod, text, c); err != nil {
				return Null, err
			}
		}
		r.Types, r.Fields = append(r.Types, f.Type), append(r.Fields, d)
	}
	switch {
	case i < len(w) && w[i] == ',':
		return Null, bad("Too many columns.")
	case i >= len(w) || w[i] != ')':
		return Null, bad("Unexpected end of input.")
	case i+1 < len(w):
		return Null, bad("Junk after right parenthesis.")
	}
	return MakeRecord(r), nil
}

// recordField reads one field from i; null where nothing at all is written.
func recordField(s string, i int) (text string, null bool, end int, ok bool) {
	if i < len(s) && (s[i] == ',' || s[i] == ')') {
		return "", true, i, true
	}
	var b []byte
	inQuotes := false
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s):
			i++
			b = append(b, s[i])
		case c == '"' && inQuotes && i+1 < len(s) && s[i+1] == '"':
			i++
			b = append(b, '"')
		case c == '"':
			inQuotes = !inQuotes
		case !inQuotes && (c == ',' || c == ')'):
			return string(b), false, i, true
		default:
			b = append(b, c)
		}
	}
	return "", false, i, false
}

// fieldType is the type of field i: the composite's own, or the record's.
func fieldType(t *T, r *Record, i int) *T {
	if i < len(t.Fields) {
		return t.Fields[i].Type
	}
	if i < len(r.Types) {
		return r.Types[i]
	}
	return Text
}

func textRecord(dst []byte, d Datum, t *T, c *IOContext) []byte {
	r := d.Record()
	dst = append(dst, '(')
	for i, f := range r.Fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		if f.IsNull() {
			continue
		}
		start := len(dst)
		dst = AppendText(dst, f, fieldType(t, r, i), c)
		text := dst[start:]
		quote := len(text) == 0
		for _, b := range text {
			if b == '"' || b == '\\' || b == '(' || b == ')' || b == ',' || isSpace(b) {
				quote = true
				break
			}
		}
		if quote {
			dst = appendQuoted(dst[:start], string(text), '"')
		}
	}
	return append(dst, ')')
}

// encodeRecord writes the number of fields, then OID, length and value of each.
func encodeRecord(dst []byte, d Datum, t *T) []byte {
	r := d.Record()
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(r.Fields)))
	for i, f := range r.Fields {
		ft := fieldType(t, r, i)
		dst = appendField(binary.BigEndian.AppendUint32(dst, uint32(ft.WireOID())), f, ft)
	}
	return dst
}

func decodeRecord(t *T, b []byte) (Datum, error) {
	if t.OID == RecordT.OID {
		return Null, pgerr.New(pgerr.FeatureNotSupported, "input of anonymous composite types is not implemented")
	}
	if len(b) < 4 {
		return Null, errBinaryLength()
	}
	n := int(binary.BigEndian.Uint32(b))
	b = b[4:]
	if n != len(t.Fields) {
		return Null, pgerr.Newf(pgerr.DatatypeMismatch, "wrong number of columns: %d, expected %d", n, len(t.Fields))
	}
	r := &Record{}
	for i, f := range t.Fields {
		if len(b) < 4 {
			return Null, errBinaryLength()
		}
		if oid := OID(binary.BigEndian.Uint32(b)); oid != f.Type.OID && oid != f.Type.WireOID() {
			return Null, pgerr.Newf(pgerr.DatatypeMismatch, "binary data has type %d (%s) instead of expected %d (%s) in record column %d",
				oid, oidName(oid), f.Type.OID, FormatType(f.Type, -1), i+1)
		}
		d, rest, err := takeField(b[4:], f.Type)
		if err != nil {
			return Null, err
		}
		r.Types, r.Fields, b = append(r.Types, f.Type), append(r.Fields, d), rest
	}
	return MakeRecord(r), nil
}

func compareRecord(t *T, x, y Datum) int {
	a, b := x.Record(), y.Record()
	for i := range min(len(a.Fields), len(b.Fields)) {
		if c := Compare(fieldType(t, a, i), a.Fields[i], b.Fields[i]); c != 0 {
			return c
		}
	}
	return cmpInt(int64(len(a.Fields)), int64(len(b.Fields)))
}
