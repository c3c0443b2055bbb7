package builtin

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// jsonAgg builds the text of a json or jsonb aggregate as rows come.
type jsonAgg struct {
	call   *expr.AggCall
	object bool
	jsonb  bool
	buf    []byte
	rows   int
	keys   []string
	vals   []*types.JSONValue
	bytes  int
}

// Add implements expr.Agg.
func (g *jsonAgg) Add(ctx *expr.Ctx, a []types.Datum) error {
	g.rows++
	if g.jsonb {
		return g.addJSONB(ctx, a)
	}
	if g.object {
		if a[0].IsNull() {
			return pgerr.New(pgerr.InvalidParameterValue, "field name must not be null")
		}
		k, err := jsonKey(ctx, a[0], g.call.Args[0].Type())
		if err != nil {
			return err
		}
		if g.rows > 1 {
			g.buf = append(g.buf, ", "...)
		}
		g.buf = append(types.AppendJSONString(g.buf, k), " : "...)
		g.buf = appendJSON(ctx, g.buf, a[1], g.call.Args[1].Type(), false)
		return nil
	}
	t := g.call.Args[0].Type()
	if g.rows > 1 {
		g.buf = append(g.buf, ", "...)
		if c := classify(t); c == jsonArray || c == jsonRecord {
			g.buf = append(g.buf, "\n "...)
		}
	}
	g.buf = appendJSON(ctx, g.buf, a[0], t, false)
	return nil
}

func (g *jsonAgg) addJSONB(ctx *expr.Ctx, a []types.Datum) error {
	i := 0
	if g.object {
		if a[0].IsNull() {
			return pgerr.New(pgerr.InvalidParameterValue, "field name must not be null")
		}
		k, err := jsonKey(ctx, a[0], g.call.Args[0].Type())
		if err != nil {
			return err
		}
		g.keys = append(g.keys, k)
		i = 1
	}
	v, err := jsonbOf(ctx, a[i], g.call.Args[i].Type())
	g.vals = append(g.vals, v)
	g.bytes += 128
	return err
}

// Result implements expr.Agg.
func (g *jsonAgg) Result(*expr.Ctx) (types.Datum, error) {
	switch {
	case g.rows == 0:
		return types.Null, nil
	case g.jsonb && g.object:
		return types.MakeJSONB(types.SortedObject(g.keys, g.vals)), nil
	case g.jsonb:
		return types.MakeJSONB(&types.JSONValue{Kind: types.JSONArray, Elems: g.vals}), nil
	case g.object:
		return types.MakeStr("{ " + string(g.buf) + " }"), nil
	}
	return types.MakeStr("[" + string(g.buf) + "]"), nil
}

// Bytes implements expr.Agg.
func (g *jsonAgg) Bytes() int { return len(g.buf) + g.bytes }

func registerJSONAggs() {
	for _, t := range []string{"json", "jsonb"} {
		agg(t+"_agg", "anyelement", func(call *expr.AggCall) (expr.Agg, error) {
			return &jsonAgg{call: call, jsonb: t == "jsonb"}, nil
		})
		agg(t+"_object_agg", "any,any", func(call *expr.AggCall) (expr.Agg, error) {
			return &jsonAgg{call: call, jsonb: t == "jsonb", object: true}, nil
		})
	}
}

// registerJSON registers the json and jsonb family (manual section 9.16).
func registerJSON() {
	registerJSONBuild()
	registerJSONAccess()
	registerJSONBOps()
	registerJSONRecords()
	registerJSONAggs()
	registerJSONPath()
}
