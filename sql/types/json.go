package types

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

func parseJSON(_ *T, _ int32, s string, _ *IOContext) (Datum, error) {
	if _, err := ParseJSON(s); err != nil {
		// json keeps \u0000 escapes as they are.
		if pgerr.Code(err) != pgerr.UntranslatableCharacter {
			return Null, err
		}
	}
	return MakeStr(s), nil
}

func parseJSONB(_ *T, _ int32, s string, _ *IOContext) (Datum, error) {
	v, err := ParseJSON(s)
	if err != nil {
		return Null, err
	}
	if v, err = CanonJSON(v); err != nil {
		return Null, err
	}
	return MakeJSONB(v), nil
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

func parseJSONPathText(_ *T, _ int32, s string, _ *IOContext) (Datum, error) {
	if trimSpace(s) == "" {
		return Null, errSyntax("jsonpath", s)
	}
	return MakeStr(s), nil
}

func decodeJSONPath(_ *T, b []byte) (Datum, error) {
	if len(b) == 0 || b[0] != jsonbVersion {
		return Null, errBinary("unsupported jsonpath version number")
	}
	return MakeStr(string(b[1:])), nil
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
	x, y := JSONBTree(a), JSONBTree(b)
	ex, ey := emptyArray(x), emptyArray(y)
	switch {
	case ex && ey:
		return 0
	case ex:
		return -1
	case ey:
		return 1
	}
	return CompareJSON(x, y)
}

func emptyArray(v *JSONValue) bool { return v.Kind == JSONArray && len(v.Elems) == 0 }

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
