package types

import (
	"strings"

	"github.com/ferritedb/ferrite/kv/budget"
)

func parseJSON(_ *T, _ int32, s string, c *IOContext) (Datum, error) {
	if err := CheckJSON(c.orDefault().Budget, s); err != nil {
		return Null, err
	}
	return MakeStr(s), nil
}

func parseJSONB(_ *T, _ int32, s string, c *IOContext) (Datum, error) {
	p := &jsonParser{s: s, b: c.orDefault().Budget}
	var out []byte
	err := p.whole(func() (err error) {
		out, err = p.canon(make([]byte, 0, len(s)), 0)
		return err
	})
	if err != nil {
		return Null, err
	}
	return MakeStr(string(out)), nil
}

func decodeJSON(t *T, b []byte) (Datum, error) {
	if err := checkText(string(b)); err != nil {
		return Null, err
	}
	return parseJSON(t, -1, string(b), nil)
}

// jsonbVersion is the first byte of jsonb's and jsonpath's binary form.
const jsonbVersion = 1

func decodeJSONB(t *T, b []byte) (Datum, error) {
	if len(b) == 0 || b[0] != jsonbVersion {
		return Null, errBinary("unsupported jsonb version number")
	}
	if err := checkText(string(b[1:])); err != nil {
		return Null, err
	}
	return parseJSONB(t, -1, string(b[1:]), nil)
}

func encodeJSONB(dst []byte, d Datum, _ *T) []byte {
	return append(append(dst, jsonbVersion), d.Str()...)
}

// JSONPathInput reads a path and gives its canonical text. Set before any
// session runs, by whoever knows the grammar (sql/jsonpath stands above).
var JSONPathInput = func(_ *budget.Run, s string) (string, error) { return s, nil }

func parseJSONPathText(_ *T, _ int32, s string, c *IOContext) (Datum, error) {
	text, err := JSONPathInput(c.orDefault().Budget, s)
	return MakeStr(text), err
}

func decodeJSONPath(_ *T, b []byte) (Datum, error) {
	if len(b) == 0 || b[0] != jsonbVersion {
		return Null, errBinary("unsupported jsonpath version number")
	}
	if err := checkText(string(b[1:])); err != nil {
		return Null, err
	}
	return parseJSONPathText(nil, -1, string(b[1:]), nil)
}

func encodeJSONPath(dst []byte, d Datum, _ *T) []byte {
	return append(append(dst, jsonbVersion), d.Str()...)
}

// compareJSONB orders Object > Array > Boolean > Number > String > Null, with
// the quirk that an empty array at the top is below all.
func compareJSONB(_ *T, a, b Datum) int {
	if a.Str() == b.Str() {
		return 0
	}
	ra, rb := jsonbTextRank(a.Str()), jsonbTextRank(b.Str())
	if ra != rb {
		return ra - rb
	}
	return CompareJSON(JSONBTree(a), JSONBTree(b))
}

// jsonbTextRank is the rank of a jsonb's kind, from its first bytes: what differs
// in kind is not parsed. An empty array is -1.
func jsonbTextRank(s string) int {
	if s == "[]" {
		return -1
	}
	switch c := s[0]; c {
	case 'n':
		return jsonRank(JSONNull)
	case '"':
		return jsonRank(JSONString)
	case 't', 'f':
		return jsonRank(JSONBool)
	case '[':
		return jsonRank(JSONArray)
	case '{':
		return jsonRank(JSONObject)
	}
	return jsonRank(JSONNumber)
}

func jsonRank(k JSONKind) int { return strings.IndexByte("ns#bao", byte(k)) }

// CompareJSON orders canonical values as jsonb does.
func CompareJSON(x, y *JSONValue) int {
	if c := jsonRank(x.Kind) - jsonRank(y.Kind); c != 0 {
		return c
	}
	switch x.Kind {
	case JSONString:
		return strings.Compare(x.Str, y.Str)
	case JSONNumber:
		a, _ := ParseNumeric(x.Str)
		b, _ := ParseNumeric(y.Str)
		return CompareNumericValues(a, b)
	case JSONBool:
		switch {
		case x.Bool == y.Bool:
			return 0
		case y.Bool:
			return -1
		}
		return 1
	}
	if c := cmpInt(int64(len(x.Elems)), int64(len(y.Elems))); c != 0 {
		return c
	}
	for i := range x.Elems {
		if x.Kind == JSONObject {
			if c := strings.Compare(x.Keys[i], y.Keys[i]); c != 0 {
				return c
			}
		}
		if c := CompareJSON(x.Elems[i], y.Elems[i]); c != 0 {
			return c
		}
	}
	return 0
}
