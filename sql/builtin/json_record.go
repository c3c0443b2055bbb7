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
		return types.Parse(types.JSONB, -1, v.Raw, ctx.IO())
	case base.IsArray() && v.Kind == types.JSONArray:
		return arrayFromJSON(ctx, v, base.Elem, mod)
	case base.IsArray() && v.Kind != types.JSONString:
		return types.Null, errNoJSONArray()
	case base.IsComposite() && v.Kind == types.JSONObject:
		return recordFromJSON(ctx, v, base, base.Fields, nil)
	}
	text := v.Raw
	if v.Kind == types.JSONString {
		text = v.Str
	}
	return types.Parse(t, mod, text, ctx.IO())
}

// arrayReader reads a JSON array as an array of SQL. The first value that is no
// array tells how many dimensions there are; dims and elements agree then.
type arrayReader struct {
	ctx   *expr.Ctx
	arr   *types.Array
	mod   int32
	ndims int // 0: not known yet
}

func arrayFromJSON(ctx *expr.Ctx, v *types.JSONValue, elem *types.T, mod int32) (types.Datum, error) {
	r := &arrayReader{ctx: ctx, arr: &types.Array{Elem: elem}, mod: mod}
	if err := r.level(v, 0); err != nil {
		return types.Null, err
	}
	if len(r.arr.Elems) == 0 {
		return types.MakeArray(&types.Array{Elem: elem}), nil
	}
	for range r.arr.Dims {
		r.arr.Lower = append(r.arr.Lower, 1)
	}
	return types.MakeArray(r.arr), nil
}

func (r *arrayReader) level(v *types.JSONValue, depth int) error {
	if depth >= arrayDimsMax {
		return pgerr.Newf(pgerr.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", depth+1, arrayDimsMax)
	}
	if len(r.arr.Dims) == depth {
		r.arr.Dims = append(r.arr.Dims, int32(len(v.Elems)))
	} else if int(r.arr.Dims[depth]) != len(v.Elems) {
		return pgerr.New(pgerr.InvalidTextRepresentation, "malformed JSON array").
			WithDetail("Multidimensional arrays must have sub-arrays with matching dimensions.")
	}
	for _, e := range v.Elems {
		if e.Kind == types.JSONArray && (r.ndims == 0 || depth+1 < r.ndims) {
			if err := r.level(e, depth+1); err != nil {
				return err
			}
			continue
		}
		if r.ndims == 0 {
			if r.ndims = depth + 1; len(r.arr.Dims) > r.ndims { // empty arrays before it
				return errNoJSONArray()
			}
		}
		if depth+1 < r.ndims {
			return errNoJSONArray()
		}
		d, err := fromJSON(r.ctx, e, r.arr.Elem, r.mod)
		if err != nil {
			return err
		}
		r.arr.Elems = append(r.arr.Elems, d)
	}
	return nil
}

const arrayDimsMax = 6

func errNoJSONArray() error {
	return pgerr.New(pgerr.InvalidTextRepresentation, "expected JSON array")
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

func errNoRowType(name string) error {
	return pgerr.Newf(pgerr.DatatypeMismatch, "first argument of %s must be a row type", name)
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
			v, err := jsonTree(ctx, a[0])
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
			if !f.Args[0].Type().Underlying().IsComposite() {
				return types.Null, errNoRowType(t + "_populate_record")
			}
			var base *types.Record
			if !a[0].IsNull() {
				base = a[0].Record()
			}
			if a[1].IsNull() {
				return a[0], nil
			}
			v, err := jsonTree(ctx, a[1])
			if err != nil {
				return types.Null, err
			}
			if v.Kind != types.JSONObject {
				return types.Null, errJSON("cannot call " + t + "_populate_record on " + map[bool]string{true: "a scalar", false: "an array"}[isScalar(v)])
			}
			return recordFromJSON(ctx, v, f.T, f.T.Underlying().Fields, base)
		})
		s := srf(t+"_populate_recordset", args, func(ctx *expr.Ctx, a []types.Datum, call SRFTypes) (Rows, error) {
			if !call.Args[0].Underlying().IsComposite() {
				return nil, errNoRowType(t + "_populate_recordset")
			}
			if a[1].IsNull() {
				return valueRows(nil), nil
			}
			v, err := jsonTree(ctx, a[1])
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
			v, err := jsonTree(ctx, a[0])
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
