package builtin

import (
	"strconv"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// jsonTree parses a json or jsonb datum.
func jsonTree(ctx *expr.Ctx, d types.Datum) (*types.JSONValue, error) {
	return types.ParseJSONIn(ctx.Budget, d.Str())
}

func makeJSONB(ctx *expr.Ctx, v *types.JSONValue) (types.Datum, error) {
	return types.MakeJSONBIn(ctx.Budget, v)
}

// jsonResult is a part of a json (its own text) or jsonb value; as text where
// asText, NULL then for a JSON null.
func jsonResult(v *types.JSONValue, asText bool) types.Datum {
	switch {
	case v == nil:
		return types.Null
	case !asText:
		return types.MakeStr(v.Raw)
	case v.Kind == types.JSONNull:
		return types.Null
	case v.Kind == types.JSONString:
		return types.MakeStr(v.Str)
	}
	return types.MakeStr(v.Raw)
}

// jsonPath follows a path of keys and array positions.
func jsonPath(v *types.JSONValue, path []types.Datum) *types.JSONValue {
	for _, p := range path {
		if p.IsNull() || v == nil {
			return nil
		}
		switch v.Kind {
		case types.JSONObject:
			v = v.Get(p.Str())
		case types.JSONArray:
			n, err := strconv.ParseInt(p.Str(), 10, 32)
			if err != nil {
				return nil
			}
			v = v.Index(int(n))
		default:
			return nil
		}
	}
	return v
}

func registerJSONAccess() {
	for _, t := range []string{"json", "jsonb"} {
		for _, form := range []struct {
			key, path string
			text      bool
		}{{"->", "#>", false}, {"->>", "#>>", true}} {
			op(form.key, t, "text", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
				v, err := jsonTree(ctx, a[0])
				if err != nil {
					return types.Null, err
				}
				return jsonResult(v.Get(a[1].Str()), form.text), nil
			})
			op(form.key, t, "int4", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
				v, err := jsonTree(ctx, a[0])
				if err != nil {
					return types.Null, err
				}
				return jsonResult(v.Index(int(a[1].Int())), form.text), nil
			})
			op(form.path, t, "_text", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
				v, err := jsonTree(ctx, a[0])
				if err != nil {
					return types.Null, err
				}
				for _, p := range a[1].Array().Elems {
					if p.IsNull() {
						return types.Null, nil
					}
				}
				return jsonResult(jsonPath(v, a[1].Array().Elems), form.text), nil
			})
		}
		registerJSONInspect(t)
		registerJSONRows(t)
	}
}

func kindName(v *types.JSONValue) string {
	return map[types.JSONKind]string{types.JSONNull: "null", types.JSONBool: "boolean", types.JSONNumber: "number",
		types.JSONString: "string", types.JSONArray: "array", types.JSONObject: "object"}[v.Kind]
}

func isScalar(v *types.JSONValue) bool {
	return v.Kind != types.JSONArray && v.Kind != types.JSONObject
}

func errJSON(msg string) error { return pgerr.New(pgerr.InvalidParameterValue, msg) }

func registerJSONInspect(t string) {
	fn(t+"_typeof", t, func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		v, err := jsonTree(ctx, a[0])
		if err != nil {
			return types.Null, err
		}
		return types.MakeStr(kindName(v)), nil
	})
	fn(t+"_array_length", t, func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		v, err := jsonTree(ctx, a[0])
		switch {
		case err != nil:
			return types.Null, err
		case isScalar(v):
			return types.Null, errJSON("cannot get array length of a scalar")
		case v.Kind != types.JSONArray:
			return types.Null, errJSON("cannot get array length of a non-array")
		}
		return types.MakeInt(int64(len(v.Elems))), nil
	})
	fn(t+"_strip_nulls", t, func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		v, err := jsonTree(ctx, a[0])
		if err != nil {
			return types.Null, err
		}
		v = stripNulls(v)
		if t == "jsonb" {
			return makeJSONB(ctx, v)
		}
		return makeJSON(appendCompact(nil, v), nil)
	})
}

func stripNulls(v *types.JSONValue) *types.JSONValue {
	if isScalar(v) {
		return v
	}
	out := &types.JSONValue{Kind: v.Kind}
	for i, e := range v.Elems {
		if v.Kind == types.JSONObject {
			if e.Kind == types.JSONNull {
				continue
			}
			out.Keys = append(out.Keys, v.Keys[i])
		}
		out.Elems = append(out.Elems, stripNulls(e))
	}
	return out
}

// appendCompact writes JSON without spaces; scalars keep their text.
func appendCompact(dst []byte, v *types.JSONValue) []byte {
	if isScalar(v) {
		return append(dst, v.Raw...)
	}
	open, end := byte('['), byte(']')
	if v.Kind == types.JSONObject {
		open, end = '{', '}'
	}
	dst = append(dst, open)
	for i, e := range v.Elems {
		if i > 0 {
			dst = append(dst, ',')
		}
		if v.Kind == types.JSONObject {
			dst = append(types.AppendJSONString(dst, v.Keys[i]), ':')
		}
		dst = appendCompact(dst, e)
	}
	return append(dst, end)
}

// registerJSONRows registers the functions that part a value into rows.
func registerJSONRows(t string) {
	elements := func(name string, asText bool) {
		srf(name, t, func(ctx *expr.Ctx, a []types.Datum, _ SRFTypes) (Rows, error) {
			v, err := jsonTree(ctx, a[0])
			switch {
			case err != nil:
				return nil, err
			case t == "json" && v.Kind == types.JSONObject:
				return nil, errJSON("cannot call " + name + " on a non-array")
			case t == "json" && isScalar(v):
				return nil, errJSON("cannot call " + name + " on a scalar")
			case v.Kind == types.JSONObject:
				return nil, errJSON("cannot extract elements from an object")
			case isScalar(v):
				return nil, errJSON("cannot extract elements from a scalar")
			}
			if err := arrayFits(ctx, len(v.Elems)); err != nil {
				return nil, err
			}
			out := make([]types.Datum, len(v.Elems))
			for i, e := range v.Elems {
				out[i] = jsonResult(e, asText)
			}
			return valueRows(out), nil
		})
	}
	elements(t+"_array_elements", false)
	elements(t+"_array_elements_text", true)
	pairs := func(name string, asText bool) {
		srf(name, t, func(ctx *expr.Ctx, a []types.Datum, _ SRFTypes) (Rows, error) {
			v, err := jsonTree(ctx, a[0])
			switch {
			case err != nil:
				return nil, err
			case t == "json" && v.Kind == types.JSONArray:
				return nil, errJSON("cannot deconstruct an array as an object")
			case t == "json" && isScalar(v):
				return nil, errJSON("cannot deconstruct a scalar")
			case v.Kind != types.JSONObject:
				return nil, errJSON("cannot call " + name + " on a non-object")
			}
			if err := arrayFits(ctx, 4*len(v.Elems)); err != nil {
				return nil, err
			}
			out := make([][]types.Datum, len(v.Elems))
			for i, e := range v.Elems {
				out[i] = []types.Datum{types.MakeStr(v.Keys[i]), jsonResult(e, asText)}
			}
			return MakeRows(out), nil
		})
	}
	pairs(t+"_each", false)
	pairs(t+"_each_text", true)
	srf(t+"_object_keys", t, func(ctx *expr.Ctx, a []types.Datum, _ SRFTypes) (Rows, error) {
		v, err := jsonTree(ctx, a[0])
		switch {
		case err != nil:
			return nil, err
		case v.Kind == types.JSONArray:
			return nil, errJSON("cannot call " + t + "_object_keys on an array")
		case isScalar(v):
			return nil, errJSON("cannot call " + t + "_object_keys on a scalar")
		}
		if err := arrayFits(ctx, len(v.Keys)); err != nil {
			return nil, err
		}
		out := make([]types.Datum, len(v.Keys))
		for i, k := range v.Keys {
			out[i] = types.MakeStr(k)
		}
		return valueRows(out), nil
	})
}
