package builtin

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// fromJSON is a JSON value as a value of type t.
func fromJSON(ctx *expr.Ctx, v *types.JSONValue, t *types.T, mod int32) (types.Datum, error) {
	if v == nil || v.Kind == types.JSONNull && !t.Is(types.JSON) && !t.Is(types.JSONB) {
		return types.Null, nil
	}
	base := t.Underlying()
	switch {
	case base.Is(types.JSON):
		return types.MakeStr(v.Raw), nil
	case base.Is(types.JSONB):
		return types.Parse(types.JSONB, -1, v.Raw, nil)
	case base.IsArray() && v.Kind == types.JSONArray:
		arr := &types.Array{Elem: base.Elem}
		if err := arrayFromJSON(ctx, arr, v, 0, mod); err != nil {
			return types.Null, err
		}
		if len(arr.Elems) == 0 {
			arr.Dims, arr.Lower = nil, nil
		}
		return types.MakeArray(arr), nil
	case base.IsArray() && v.Kind != types.JSONString:
		return types.Null, pgerr.New(pgerr.InvalidTextRepresentation, "expected JSON array")
	case base.IsComposite() && v.Kind == types.JSONObject:
		return recordFromJSON(ctx, v, base, base.Fields, nil)
	}
	text := v.Raw
	if v.Kind == types.JSONString {
		text = v.Str
	}
	return types.Parse(t, mod, text, ctx.IO())
}

func arrayFromJSON(ctx *expr.Ctx, arr *types.Array, v *types.JSONValue, depth int, mod int32) error {
	if len(arr.Dims) == depth {
		arr.Dims, arr.Lower = append(arr.Dims, int32(len(v.Elems))), append(arr.Lower, 1)
	} else if int(arr.Dims[depth]) != len(v.Elems) {
		return pgerr.New(pgerr.InvalidTextRepresentation, "malformed JSON array").
			WithDetail("Multidimensional arrays must have sub-arrays with matching dimensions.")
	}
	for _, e := range v.Elems {
		if e.Kind == types.JSONArray && !arr.Elem.Is(types.JSON) && !arr.Elem.Is(types.JSONB) {
			if err := arrayFromJSON(ctx, arr, e, depth+1, mod); err != nil {
				return err
			}
			continue
		}
		d, err := fromJSON(ctx, e, arr.Elem, mod)
		if err != nil {
			return err
		}
		arr.Elems = append(arr.Elems, d)
	}
	return nil
}

// recordFromJSON fills fields by name; what the object lacks comes from base.
func recordFromJSON(ctx *expr.Ctx, v *types.JSONValue, _ *types.T, fields []types.Field, base *types.Record) (types.Datum, error) {
	r := &types.Record{Types: make([]*types.T, len(fields)), Fields: make([]types.Datum, len(fields))}
	for i, f := range fields {
		r.Types[i] = f.Type
		x := v.Get(f.Name)
		if x == nil {
			if base != nil && i < len(base.Fields) {
				r.Fields[i] = base.Fields[i]
			}
			continue
		}
		d, err := fromJSON(ctx, x, f.Type, f.Mod)
		if err != nil {
			return types.Null, err
		}
		r.Fields[i] = d
	}
	return types.MakeRecord(r), nil
}

// recordRows are the rows of to_recordset and populate_recordset.
func recordRows(ctx *expr.Ctx, name string, v *types.JSONValue, fields []types.Field, base *types.Record) (Rows, error) {
	list := []*types.JSONValue{v}
	if v.Kind == types.JSONArray {
		list = v.Elems
	} else if v.Kind != types.JSONObject {
		return nil, errJSON("cannot call " + name + " on a scalar")
	} else {
		return nil, errJSON("cannot call " + name + " on an object")
	}
	var rows [][]types.Datum
	for _, e := range list {
		if e.Kind != types.JSONObject {
			return nil, errJSON("argument of " + name + " must be an array of objects")
		}
		d, err := recordFromJSON(ctx, e, nil, fields, base)
		if err != nil {
			return nil, err
		}
		rows = append(rows, d.Record().Fields)
	}
	return MakeRows(rows), nil
}

func errColumnList() error {
	return pgerr.New(pgerr.FeatureNotSupported, "function returning record called in context that cannot accept type record").
		WithHint("Try calling the function in the FROM clause using a column definition list.")
}

func registerJSONRecords() {
	for _, t := range []string{"json", "jsonb"} {
		srf(t+"_to_recordset", t, func(ctx *expr.Ctx, a []types.Datum, call SRFTypes) (Rows, error) {
			if len(call.Columns) == 0 {
				return nil, errColumnList()
			}
			if a[0].IsNull() {
				return valueRows(nil), nil
			}
			v, err := jsonTree(a[0])
			if err != nil {
				return nil, err
			}
			return recordRows(ctx, t+"_to_recordset", v, call.Columns, nil)
		})
		registerToRecord(t)
		args := "anyelement," + t
		if t == "json" {
			args += ",bool"
		}
		d := fnTyped(t+"_populate_record", args, func(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
			var base *types.Record
			if !a[0].IsNull() {
				base = a[0].Record()
			}
			if a[1].IsNull() {
				return a[0], nil
			}
			v, err := jsonTree(a[1])
			if err != nil {
				return types.Null, err
			}
			if v.Kind != types.JSONObject {
				return types.Null, errJSON("cannot call " + t + "_populate_record on " + map[bool]string{true: "a scalar", false: "an array"}[isScalar(v)])
			}
			return recordFromJSON(ctx, v, f.T, f.T.Underlying().Fields, base)
		})
		s := srf(t+"_populate_recordset", args, func(ctx *expr.Ctx, a []types.Datum, call SRFTypes) (Rows, error) {
			if a[1].IsNull() {
				return valueRows(nil), nil
			}
			v, err := jsonTree(a[1])
			if err != nil {
				return nil, err
			}
			var base *types.Record
			if !a[0].IsNull() {
				base = a[0].Record()
			}
			fields := call.Columns
			if len(fields) == 0 {
				fields = call.Ret.Underlying().Fields
			}
			return recordRows(ctx, t+"_populate_recordset", v, fields, base)
		})
		if t == "json" {
			d.Defaults, s.Defaults = []types.Datum{types.MakeBool(false)}, []types.Datum{types.MakeBool(false)}
		}
	}
}

// registerToRecord registers json_to_record among the functions of FROM: it
// gives one row whose columns a definition list names.
func registerToRecord(t string) {
	d := define(t+"_to_record", t)
	RegisterSRF(&SRF{OID: d.OID, Name: d.Name, Args: d.Args, Ret: d.Ret, Strict: true, Volatility: d.Volatility,
		Open: func(ctx *expr.Ctx, a []types.Datum, call SRFTypes) (Rows, error) {
			if len(call.Columns) == 0 {
				return nil, errColumnList()
			}
			v, err := jsonTree(a[0])
			if err != nil {
				return nil, err
			}
			if v.Kind != types.JSONObject {
				return nil, errJSON("cannot call " + t + "_to_record on " + map[bool]string{true: "a scalar", false: "an array"}[isScalar(v)])
			}
			r, err := recordFromJSON(ctx, v, nil, call.Columns, nil)
			if err != nil {
				return nil, err
			}
			return MakeRows([][]types.Datum{r.Record().Fields}), nil
		}})
}
