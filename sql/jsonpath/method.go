package jsonpath

import (
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

var kindNames = map[types.JSONKind]string{types.JSONNull: "null", types.JSONBool: "boolean", types.JSONNumber: "number",
	types.JSONString: "string", types.JSONArray: "array", types.JSONObject: "object"}

func (e *eval) method(out items, a *node, v *types.JSONValue) (items, error) {
	one := func(x *types.JSONValue) (items, error) {
		if err := e.hold(madeBytes + int64(len(x.Str))); err != nil {
			return nil, err
		}
		return e.put(out, x)
	}
	switch a.text {
	case "type":
		return one(&types.JSONValue{Kind: types.JSONString, Str: kindNames[v.Kind]})
	case "size":
		n := 1
		if v.Kind == types.JSONArray {
			n = len(v.Elems)
		} else if e.strict && !e.lenient {
			return nil, pgerr.New(pgerr.SQLJSONArrayNotFound, "jsonpath item method .size() can only be applied to an array")
		}
		return one(number(types.NumericFromInt(int64(n))))
	case "keyvalue":
		return e.keyvalue(out, v)
	case "datetime":
		return nil, pgerr.NotSupported("the jsonpath method .datetime()")
	}
	d, err := e.numeric(a, v)
	if err != nil {
		return nil, err
	}
	switch {
	case a.text == "floor":
		d = types.RoundTowards(d, -1)
	case a.text == "ceiling":
		d = types.RoundTowards(d, 1)
	case a.text == "abs" && d.Negative:
		d = types.NegNumeric(d)
	}
	return one(number(d))
}

// numeric is the number that a method works on; double() takes strings, too.
func (e *eval) numeric(a *node, v *types.JSONValue) (*types.Decimal, error) {
	if a.text != "double" {
		if v.Kind != types.JSONNumber {
			return nil, pgerr.Newf(pgerr.NonNumericSQLJSONItem, "jsonpath item method .%s() can only be applied to a numeric value", a.text)
		}
		return types.ParseNumeric(v.Str)
	}
	if v.Kind != types.JSONNumber && v.Kind != types.JSONString {
		return nil, pgerr.New(pgerr.NonNumericSQLJSONItem, "jsonpath item method .double() can only be applied to a string or numeric value")
	}
	f, err := types.Parse(types.Float8, -1, v.Str, nil)
	if err != nil {
		what := "numeric"
		if v.Kind == types.JSONString {
			what = "string"
		}
		return nil, pgerr.Newf(pgerr.NonNumericSQLJSONItem, "%s argument of jsonpath item method .double() is out of range for type double precision", what)
	}
	d, err := types.FloatToNumeric(f.Float(), 15)
	if err != nil || !types.IsFinite(d.Decimal()) {
		return nil, pgerr.New(pgerr.NonNumericSQLJSONItem, "string argument of jsonpath item method .double() is not a valid representation of a double precision number")
	}
	if v.Kind == types.JSONNumber { // as it is written
		return types.ParseNumeric(v.Str)
	}
	return d.Decimal(), nil
}

// keyvalue gives an object for each member: key, value, and an id that is the same
// for members of one object.
func (e *eval) keyvalue(out items, v *types.JSONValue) (items, error) {
	if v.Kind != types.JSONObject {
		return nil, pgerr.New(pgerr.SQLJSONObjectNotFound, "jsonpath item method .keyvalue() can only be applied to an object")
	}
	id := number(types.NumericFromInt(int64(e.objects)))
	e.objects++
	for i, k := range v.Keys {
		if err := e.hold(4 * madeBytes); err != nil {
			return nil, err
		}
		key := &types.JSONValue{Kind: types.JSONString, Str: k}
		var err error
		if out, err = e.put(out, &types.JSONValue{Kind: types.JSONObject, Keys: []string{"id", "key", "value"}, Elems: items{id, key, v.Elems[i]}}); err != nil {
			return nil, err
		}
	}
	return out, nil
}
