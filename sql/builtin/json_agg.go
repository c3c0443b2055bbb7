package builtin

import (
	"slices"
	"strings"

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
	vals   []string // jsonb texts
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
		g.buf, err = appendJSON(ctx, g.buf, a[1], g.call.Args[1].Type(), false)
		return err
	}
	t := g.call.Args[0].Type()
	if g.rows > 1 {
		g.buf = append(g.buf, ", "...)
		if c := classify(t); c == jsonArray || c == jsonRecord {
			g.buf = append(g.buf, "\n "...)
		}
	}
	var err error
	g.buf, err = appendJSON(ctx, g.buf, a[0], t, false)
	return err
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
		g.bytes += len(k)
		i = 1
	}
	text, err := appendJSON(ctx, nil, a[i], g.call.Args[i].Type(), false)
	if err != nil {
		return err
	}
	d, err := types.Parse(types.JSONB, -1, string(text), ctx.IO())
	if err != nil {
		return err
	}
	g.vals = append(g.vals, d.Str())
	g.bytes += len(d.Str()) + 2*datumSlot
	return ctx.Budget.Fits(int64(g.Bytes()))
}

// Result implements expr.Agg.
func (g *jsonAgg) Result(ctx *expr.Ctx) (types.Datum, error) {
	switch {
	case g.rows == 0:
		return types.Null, nil
	case g.jsonb:
		return g.jsonbResult(ctx)
	case g.object:
		return types.MakeStr("{ " + string(g.buf) + " }"), nil
	}
	return types.MakeStr("[" + string(g.buf) + "]"), nil
}

// jsonbResult joins the values, of an object those that came last of each key.
func (g *jsonAgg) jsonbResult(ctx *expr.Ctx) (types.Datum, error) {
	if err := enlarge(ctx, 0, g.bytes); err != nil {
		return types.Null, err
	}
	if !g.object {
		return types.MakeStr("[" + strings.Join(g.vals, ", ") + "]"), nil
	}
	order := make([]int, len(g.keys))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return types.CompareJSONKeys(g.keys[a], g.keys[b]) })
	dst := []byte{'{'}
	for n, i := range order {
		if n+1 < len(order) && g.keys[order[n+1]] == g.keys[i] {
			continue
		}
		if len(dst) > 1 {
			dst = append(dst, ", "...)
		}
		dst = append(append(types.AppendJSONString(dst, g.keys[i]), ": "...), g.vals[i]...)
	}
	return types.MakeStr(string(append(dst, '}'))), nil
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
