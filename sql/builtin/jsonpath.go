package builtin

import (
	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/jsonpath"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// jsonpath's input checks the path and keeps its canonical text.
func init() {
	types.JSONPathInput = func(b *budget.Run, s string) (string, error) {
		p, err := jsonpath.Parse(b, s)
		if err != nil {
			return "", err
		}
		return p.String(), nil
	}
}

// queryPath runs a jsonpath over a document. silent turns the errors of the
// path into an empty result, ok = false.
func queryPath(ctx *expr.Ctx, doc, path, vars types.Datum, silent bool) (items []*types.JSONValue, ok bool, err error) {
	p, err := jsonpath.Cached(ctx.Budget, path.Str())
	if err != nil {
		return nil, false, err
	}
	root, err := types.JSONBTreeIn(ctx.Budget, doc)
	if err != nil {
		return nil, false, err
	}
	v, err := types.JSONBTreeIn(ctx.Budget, vars)
	if err != nil {
		return nil, false, err
	}
	if v.Kind != types.JSONObject {
		return nil, false, pgerr.New(pgerr.InvalidParameterValue, "\"vars\" argument is not an object").
			WithDetail("Jsonpath parameters should be encoded as key-value pairs of \"vars\" object.")
	}
	items, err = p.Query(ctx.Budget, root, v)
	if err != nil && silent && jsonpath.Suppressible(err) {
		return nil, false, nil
	}
	return items, true, err
}

func pathExists(items []*types.JSONValue, ok, _ bool) (types.Datum, error) {
	if !ok {
		return types.Null, nil
	}
	return types.MakeBool(len(items) > 0), nil
}

func pathMatch(items []*types.JSONValue, ok, silent bool) (types.Datum, error) {
	switch {
	case ok && len(items) == 1 && items[0].Kind == types.JSONBool:
		return types.MakeBool(items[0].Bool), nil
	case !ok || silent || len(items) == 1 && items[0].Kind == types.JSONNull:
		return types.Null, nil
	}
	return types.Null, pgerr.New(pgerr.SingletonSQLJSONItemRequired, "single boolean result is expected")
}

func registerJSONPath() {
	empty := types.MakeStr("{}")
	defaults := []types.Datum{empty, types.MakeBool(false)}
	const args = "jsonb,jsonpath,jsonb,bool"
	one := func(name string, f func(ctx *expr.Ctx, items []*types.JSONValue, ok, silent bool) (types.Datum, error)) {
		fn(name, args, func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
			items, ok, err := queryPath(ctx, a[0], a[1], a[2], a[3].Bool())
			if err != nil {
				return types.Null, err
			}
			return f(ctx, items, ok, a[3].Bool())
		}).Defaults = defaults
	}
	one("jsonb_path_exists", func(_ *expr.Ctx, items []*types.JSONValue, ok, silent bool) (types.Datum, error) {
		return pathExists(items, ok, silent)
	})
	one("jsonb_path_match", func(_ *expr.Ctx, items []*types.JSONValue, ok, silent bool) (types.Datum, error) {
		return pathMatch(items, ok, silent)
	})
	one("jsonb_path_query_first", func(ctx *expr.Ctx, items []*types.JSONValue, _, _ bool) (types.Datum, error) {
		if len(items) == 0 {
			return types.Null, nil
		}
		return makeJSONB(ctx, items[0])
	})
	one("jsonb_path_query_array", func(ctx *expr.Ctx, items []*types.JSONValue, _, _ bool) (types.Datum, error) {
		return makeJSONB(ctx, &types.JSONValue{Kind: types.JSONArray, Elems: items})
	})
	srf("jsonb_path_query", args, func(ctx *expr.Ctx, a []types.Datum, _ SRFTypes) (Rows, error) {
		items, _, err := queryPath(ctx, a[0], a[1], a[2], a[3].Bool())
		if err != nil {
			return nil, err
		}
		var row [1]types.Datum
		return funcRows(func(ctx *expr.Ctx) ([]types.Datum, bool, error) {
			if len(items) == 0 {
				return nil, false, nil
			}
			v := items[0]
			items = items[1:]
			var err error
			row[0], err = makeJSONB(ctx, v)
			return row[:], err == nil, err
		}), nil
	}).Defaults = defaults
	for name, f := range map[string]func([]*types.JSONValue, bool, bool) (types.Datum, error){"@?": pathExists, "@@": pathMatch} {
		op(name, "jsonb", "jsonpath", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
			items, ok, err := queryPath(ctx, a[0], a[1], empty, true)
			if err != nil {
				return types.Null, err
			}
			return f(items, ok, true)
		})
	}
}
