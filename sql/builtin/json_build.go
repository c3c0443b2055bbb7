package builtin

import (
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// jsonClass says how a value of a type is written in JSON.
type jsonClass uint8

const (
	jsonText jsonClass = iota
	jsonBool
	jsonNumber
	jsonStamp
	jsonRaw
	jsonArray
	jsonRecord
)

func classify(t *types.T) jsonClass {
	t = t.Underlying()
	switch t.OID {
	case types.Bool.OID:
		return jsonBool
	case types.Int2.OID, types.Int4.OID, types.Int8.OID, types.Float4.OID, types.Float8.OID, types.Numeric.OID:
		return jsonNumber
	case types.Date.OID, types.Timestamp.OID, types.Timestamptz.OID:
		return jsonStamp
	case types.JSON.OID, types.JSONB.OID:
		return jsonRaw
	}
	switch {
	case t.IsArray():
		return jsonArray
	case t.IsComposite():
		return jsonRecord
	}
	return jsonText
}

// stampText is a moment in the XML Schema form that JSON uses.
func stampText(ctx *expr.Ctx, d types.Datum, t *types.T) string {
	io := &types.IOContext{Location: ctx.IO().Location}
	s := string(types.AppendText(nil, d, t, io))
	s = strings.Replace(s, " ", "T", 1)
	if i := strings.LastIndexAny(s, "+-"); t.Is(types.Timestamptz) && i > 0 && len(s)-i == 3 {
		s += ":00"
	}
	return s
}

// appendJSON writes a value as to_json does; pretty puts line feeds between the
// fields of records and the elements of arrays.
func appendJSON(ctx *expr.Ctx, dst []byte, d types.Datum, t *types.T, pretty bool) ([]byte, error) {
	if d.IsNull() {
		return append(dst, "null"...), nil
	}
	switch classify(t) {
	case jsonArray:
		a := d.Array()
		if len(a.Elems) == 0 {
			return append(dst, "[]"...), nil
		}
		dst, _, err := appendJSONArray(ctx, dst, a.Elems, a.Dims, a.Elem, pretty)
		return dst, err
	case jsonRecord:
		return appendJSONRecord(ctx, dst, d, t.Underlying(), pretty)
	}
	if n := len(dst); n > concatChecked {
		if err := enlarge(ctx, n, n/4); err != nil { // how a slice grows
			return dst, err
		}
	}
	if d.Kind() == types.KindStr {
		if err := enlarge(ctx, len(dst), len(d.Str())); err != nil {
			return dst, err
		}
	}
	return appendJSONScalar(ctx, dst, d, t), ctx.Budget.Step(1)
}

func appendJSONScalar(ctx *expr.Ctx, dst []byte, d types.Datum, t *types.T) []byte {
	switch classify(t) {
	case jsonBool:
		if d.Bool() {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case jsonNumber:
		start := len(dst)
		dst = types.AppendText(dst, d, t, ctx.IO())
		if c := dst[len(dst)-1]; c < '0' || c > '9' {
			return types.AppendJSONString(dst[:start], string(dst[start:]))
		}
		return dst
	case jsonStamp:
		return types.AppendJSONString(dst, stampText(ctx, d, t.Underlying()))
	case jsonRaw:
		return append(dst, d.Str()...)
	}
	return types.AppendJSONString(dst, castText(ctx, d, t))
}

func appendJSONArray(ctx *expr.Ctx, dst []byte, elems []types.Datum, dims []int32, t *types.T, pretty bool) (out []byte, rest []types.Datum, err error) {
	dst = append(dst, '[')
	for i := range dims[0] {
		if i > 0 {
			dst = append(dst, ',')
			if pretty && len(dims) == 1 {
				dst = append(dst, "\n "...)
			}
		}
		if len(dims) > 1 {
			if dst, elems, err = appendJSONArray(ctx, dst, elems, dims[1:], t, pretty); err != nil {
				return dst, nil, err
			}
			continue
		}
		if dst, err = appendJSON(ctx, dst, elems[0], t, false); err != nil {
			return dst, nil, err
		}
		elems = elems[1:]
	}
	return append(dst, ']'), elems, nil
}

func fieldOf(t *types.T, r *types.Record, i int) (name string, typ *types.T) {
	if i < len(t.Fields) {
		return t.Fields[i].Name, t.Fields[i].Type
	}
	return "f" + strconv.Itoa(i+1), r.Types[i]
}

func appendJSONRecord(ctx *expr.Ctx, dst []byte, d types.Datum, t *types.T, pretty bool) ([]byte, error) {
	r := d.Record()
	if err := ctx.Budget.Enter(); err != nil {
		return dst, err
	}
	defer ctx.Budget.Leave()
	dst = append(dst, '{')
	for i, f := range r.Fields {
		if i > 0 {
			dst = append(dst, ',')
			if pretty {
				dst = append(dst, "\n "...)
			}
		}
		name, typ := fieldOf(t, r, i)
		dst = append(types.AppendJSONString(dst, name), ':')
		var err error
		if dst, err = appendJSON(ctx, dst, f, typ, false); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// jsonbOf is a value as to_jsonb makes it.
func jsonbOf(ctx *expr.Ctx, d types.Datum, t *types.T) (*types.JSONValue, error) {
	text, err := appendJSON(ctx, nil, d, t, false)
	if err != nil {
		return nil, err
	}
	v, err := types.ParseJSONIn(ctx.Budget, string(text))
	if err != nil {
		return nil, err
	}
	return types.CanonJSON(v)
}

func makeJSON(b []byte, err error) (types.Datum, error) { return types.MakeStr(string(b)), err }

// jsonKey is the text of a key; composites, arrays and json are refused.
func jsonKey(ctx *expr.Ctx, d types.Datum, t *types.T) (string, error) {
	switch classify(t) {
	case jsonArray, jsonRecord, jsonRaw:
		return "", pgerr.New(pgerr.InvalidParameterValue, "key value must be scalar, not array, composite, or json")
	}
	if classify(t) == jsonStamp {
		return stampText(ctx, d, t.Underlying()), nil
	}
	return castText(ctx, d, t), nil
}

func registerJSONBuild() {
	fnTyped("to_json", "anyelement", func(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		return makeJSON(appendJSON(ctx, nil, a[0], f.Args[0].Type(), false))
	})
	fnTyped("to_jsonb", "anyelement", func(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		text, err := appendJSON(ctx, nil, a[0], f.Args[0].Type(), false)
		if err != nil {
			return types.Null, err
		}
		return types.Parse(types.JSONB, -1, string(text), ctx.IO())
	})
	for _, n := range []string{"row_to_json", "array_to_json"} {
		arg := map[string]string{"row_to_json": "record", "array_to_json": "anyarray"}[n]
		eval := func(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
			pretty := len(a) == 2 && a[1].Bool()
			return makeJSON(appendJSON(ctx, nil, a[0], namedType(f.Args[0]), pretty))
		}
		fnTyped(n, arg, eval)
		fnTyped(n, arg+",bool", eval)
	}
	for _, args := range []string{"", "any"} {
		fnTyped("json_build_array", args, func(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
			dst := []byte{'['}
			for i, d := range a {
				if i > 0 {
					dst = append(dst, ", "...)
				}
				var err error
				if dst, err = appendJSON(ctx, dst, d, f.Args[i].Type(), false); err != nil {
					return types.Null, err
				}
			}
			return makeJSON(append(dst, ']'), nil)
		})
		fnTyped("jsonb_build_array", args, func(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
			out := &types.JSONValue{Kind: types.JSONArray}
			for i, d := range a {
				v, err := jsonbOf(ctx, d, f.Args[i].Type())
				if err != nil {
					return types.Null, err
				}
				out.Elems = append(out.Elems, v)
			}
			return makeJSONB(ctx, out)
		})
		fnTyped("json_build_object", args, jsonBuildObject)
		fnTyped("jsonb_build_object", args, jsonbBuildObject)
	}
	registerJSONObject()
}

func errOddArgs(fn string) error {
	return pgerr.New(pgerr.InvalidParameterValue, "argument list must have even number of elements").
		WithHintf("The arguments of %s() must consist of alternating keys and values.", fn)
}

func jsonBuildObject(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
	if len(a)%2 != 0 {
		return types.Null, errOddArgs("json_build_object")
	}
	dst := []byte{'{'}
	for i := 0; i < len(a); i += 2 {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if a[i].IsNull() {
			return types.Null, pgerr.Newf(pgerr.InvalidParameterValue, "argument %d cannot be null", i+1).
				WithHint("Object keys should be text.")
		}
		k, err := jsonKey(ctx, a[i], f.Args[i].Type())
		if err != nil {
			return types.Null, err
		}
		dst = append(types.AppendJSONString(dst, k), " : "...)
		if dst, err = appendJSON(ctx, dst, a[i+1], f.Args[i+1].Type(), false); err != nil {
			return types.Null, err
		}
	}
	return makeJSON(append(dst, '}'), nil)
}

func jsonbBuildObject(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
	if len(a)%2 != 0 {
		return types.Null, errOddArgs("jsonb_build_object")
	}
	var keys []string
	var vals []*types.JSONValue
	for i := 0; i < len(a); i += 2 {
		if a[i].IsNull() {
			return types.Null, pgerr.Newf(pgerr.InvalidParameterValue, "argument %d: key must not be null", i+1)
		}
		k, err := jsonKey(ctx, a[i], f.Args[i].Type())
		if err != nil {
			return types.Null, err
		}
		v, err := jsonbOf(ctx, a[i+1], f.Args[i+1].Type())
		if err != nil {
			return types.Null, err
		}
		keys, vals = append(keys, k), append(vals, v)
	}
	return makeJSONB(ctx, types.SortedObject(keys, vals))
}

// registerJSONObject registers json_object(text[]) and (keys, values).
func registerJSONObject() {
	for _, name := range []string{"json_object", "jsonb_object"} {
		build := func(ctx *expr.Ctx, keys, vals []types.Datum) (types.Datum, error) {
			dst := []byte{'{'}
			for i, k := range keys {
				if i > 0 {
					dst = append(dst, ", "...)
				}
				if k.IsNull() {
					return types.Null, pgerr.New(pgerr.NullValueNotAllowed, "null value not allowed for object key")
				}
				if err := enlarge(ctx, len(dst), len(k.Str())); err != nil {
					return types.Null, err
				}
				dst = append(types.AppendJSONString(dst, k.Str()), " : "...)
				if vals[i].IsNull() {
					dst = append(dst, "null"...)
				} else {
					dst = types.AppendJSONString(dst, vals[i].Str())
				}
			}
			dst = append(dst, '}')
			if name == "jsonb_object" {
				return types.Parse(types.JSONB, -1, string(dst), ctx.IO())
			}
			return makeJSON(dst, nil)
		}
		fn(name, "_text", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
			arr := a[0].Array()
			switch {
			case len(arr.Dims) > 2 || len(arr.Dims) == 2 && arr.Dims[1] != 2:
				return types.Null, pgerr.New(pgerr.ArraySubscriptError, "array must have two columns")
			case len(arr.Elems)%2 != 0:
				return types.Null, pgerr.New(pgerr.ArraySubscriptError, "array must have even number of elements")
			}
			var keys, vals []types.Datum
			for i := 0; i < len(arr.Elems); i += 2 {
				keys, vals = append(keys, arr.Elems[i]), append(vals, arr.Elems[i+1])
			}
			return build(ctx, keys, vals)
		})
		fn(name, "_text,_text", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
			if len(a[0].Array().Elems) != len(a[1].Array().Elems) {
				return types.Null, pgerr.New(pgerr.ArraySubscriptError, "mismatched array dimensions")
			}
			return build(ctx, a[0].Array().Elems, a[1].Array().Elems)
		})
	}
}

// namedType is the type of an argument with the names of its fields, which a
// cast to record would hide.
func namedType(e expr.Expr) *types.T {
	if c, ok := e.(*expr.Cast); ok && c.T.Is(types.RecordT) {
		return namedType(c.Arg)
	}
	return e.Type()
}
