package builtin

import (
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

func registerJSONBOps() {
	op("@>", "jsonb", "jsonb", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return containment(ctx, a[0], a[1])
	})
	op("<@", "jsonb", "jsonb", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return containment(ctx, a[1], a[0])
	})
	op("?", "jsonb", "text", onTree(func(_ *expr.Ctx, v *types.JSONValue, a []types.Datum) (types.Datum, error) {
		return types.MakeBool(jsonbExists(v, a[1].Str())), nil
	}))
	for _, name := range []string{"?|", "?&"} {
		all := name == "?&"
		op(name, "jsonb", "_text", onTree(func(ctx *expr.Ctx, v *types.JSONValue, a []types.Datum) (types.Datum, error) {
			for _, k := range a[1].Array().Elems {
				if err := ctx.Budget.Step(1 + len(v.Elems)); err != nil {
					return types.Null, err
				}
				if !k.IsNull() && jsonbExists(v, k.Str()) != all {
					return types.MakeBool(!all), nil
				}
			}
			return types.MakeBool(all), nil
		}))
	}
	op("||", "jsonb", "jsonb", onTree(func(ctx *expr.Ctx, v *types.JSONValue, a []types.Datum) (types.Datum, error) {
		other, err := jsonTree(ctx, a[1])
		if err != nil {
			return types.Null, err
		}
		return makeJSONB(ctx, jsonbConcat(v, other))
	}))
	registerJSONBDelete()
	registerJSONBSet()
	fn("jsonb_pretty", "jsonb", onTree(func(ctx *expr.Ctx, v *types.JSONValue, _ []types.Datum) (types.Datum, error) {
		var b strings.Builder
		err := jsonbPretty(ctx, &b, v, 0)
		return types.MakeStr(b.String()), err
	}))
	// The functions behind the operators have names of their own in SQL.
	for _, t := range []string{"json", "jsonb"} {
		for _, asText := range []bool{false, true} {
			name := t + "_extract_path"
			if asText {
				name += "_text"
			}
			if len(functions[name]) > 0 {
				functions[name][0].Variadic = true
			}
		}
	}
}

// onTree calls f with the tree of the first argument.
func onTree(f func(ctx *expr.Ctx, v *types.JSONValue, a []types.Datum) (types.Datum, error)) EvalFunc {
	return func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		v, err := jsonTree(ctx, a[0])
		if err != nil {
			return types.Null, err
		}
		return f(ctx, v, a)
	}
}

func containment(ctx *expr.Ctx, whole, part types.Datum) (types.Datum, error) {
	a, err := jsonTree(ctx, whole)
	if err != nil {
		return types.Null, err
	}
	b, err := jsonTree(ctx, part)
	if err != nil {
		return types.Null, err
	}
	ok, err := jsonbContains(ctx, a, b, true)
	return types.MakeBool(ok), err
}

func jsonbContains(ctx *expr.Ctx, a, b *types.JSONValue, top bool) (bool, error) {
	if a.Kind == types.JSONArray && isScalar(b) && top {
		b = &types.JSONValue{Kind: types.JSONArray, Elems: []*types.JSONValue{b}}
	}
	if a.Kind != b.Kind {
		return false, nil
	}
	if isScalar(a) {
		return types.CompareJSON(a, b) == 0, nil
	}
	if err := ctx.Budget.Enter(); err != nil {
		return false, err
	}
	defer ctx.Budget.Leave()
	for i, want := range b.Elems {
		if err := ctx.Budget.Step(1 + len(a.Elems)/4); err != nil {
			return false, err
		}
		if a.Kind == types.JSONObject {
			v := a.Get(b.Keys[i])
			if v == nil {
				return false, nil
			}
			if ok, err := jsonbContains(ctx, v, want, false); !ok || err != nil {
				return false, err
			}
			continue
		}
		found := false
		for _, have := range a.Elems {
			ok, err := jsonbContains(ctx, have, want, false)
			if err != nil {
				return false, err
			}
			if found = ok; found {
				break
			}
		}
		if !found {
			return false, nil
		}
	}
	return true, nil
}

func jsonbExists(v *types.JSONValue, key string) bool {
	switch v.Kind {
	case types.JSONObject:
		return v.Get(key) != nil
	case types.JSONArray:
		for _, e := range v.Elems {
			if e.Kind == types.JSONString && e.Str == key {
				return true
			}
		}
	case types.JSONString:
		return v.Str == key
	}
	return false
}

func jsonbConcat(a, b *types.JSONValue) *types.JSONValue {
	if a.Kind == types.JSONObject && b.Kind == types.JSONObject {
		return types.SortedObject(append(append([]string(nil), a.Keys...), b.Keys...),
			append(append([]*types.JSONValue(nil), a.Elems...), b.Elems...))
	}
	list := func(v *types.JSONValue) []*types.JSONValue {
		if v.Kind == types.JSONArray {
			return v.Elems
		}
		return []*types.JSONValue{v}
	}
	return &types.JSONValue{Kind: types.JSONArray, Elems: append(append([]*types.JSONValue(nil), list(a)...), list(b)...)}
}

// without is v less the entries that drop names.
func without(v *types.JSONValue, drop func(i int) bool) *types.JSONValue {
	out := &types.JSONValue{Kind: v.Kind}
	for i, e := range v.Elems {
		if drop(i) {
			continue
		}
		if v.Kind == types.JSONObject {
			out.Keys = append(out.Keys, v.Keys[i])
		}
		out.Elems = append(out.Elems, e)
	}
	return out
}

func deleteKeys(ctx *expr.Ctx, v *types.JSONValue, keys ...types.Datum) (types.Datum, error) {
	if isScalar(v) {
		return types.Null, errJSON("cannot delete from scalar")
	}
	gone := map[string]bool{}
	for _, k := range keys {
		if !k.IsNull() {
			gone[k.Str()] = true
		}
	}
	return makeJSONB(ctx, without(v, func(i int) bool {
		if v.Kind == types.JSONObject {
			return gone[v.Keys[i]]
		}
		return v.Elems[i].Kind == types.JSONString && gone[v.Elems[i].Str]
	}))
}

func registerJSONBDelete() {
	op("-", "jsonb", "text", onTree(func(ctx *expr.Ctx, v *types.JSONValue, a []types.Datum) (types.Datum, error) {
		return deleteKeys(ctx, v, a[1])
	}))
	op("-", "jsonb", "_text", onTree(func(ctx *expr.Ctx, v *types.JSONValue, a []types.Datum) (types.Datum, error) {
		return deleteKeys(ctx, v, a[1].Array().Elems...)
	}))
	op("-", "jsonb", "int4", onTree(func(ctx *expr.Ctx, v *types.JSONValue, a []types.Datum) (types.Datum, error) {
		n := int(a[1].Int())
		switch {
		case isScalar(v):
			return types.Null, errJSON("cannot delete from scalar")
		case v.Kind == types.JSONObject:
			return types.Null, errJSON("cannot delete from object using integer index")
		}
		if n < 0 {
			n += len(v.Elems)
		}
		return makeJSONB(ctx, without(v, func(i int) bool { return i == n }))
	}))
	op("#-", "jsonb", "_text", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		e := jsonbEditor{op: editDelete, path: a[1].Array().Elems}
		return e.run(ctx, a[0], types.Null)
	})
}

func registerJSONBSet() {
	fn("jsonb_set", "jsonb,_text,jsonb,bool", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		e := jsonbEditor{op: editSet, path: a[1].Array().Elems, create: a[3].Bool()}
		return e.run(ctx, a[0], a[2])
	}).Defaults = []types.Datum{types.MakeBool(true)}
	fn("jsonb_insert", "jsonb,_text,jsonb,bool", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		e := jsonbEditor{op: editInsert, path: a[1].Array().Elems, after: a[3].Bool()}
		return e.run(ctx, a[0], a[2])
	}).Defaults = []types.Datum{types.MakeBool(false)}
	fn("jsonb_set_lax", "jsonb,_text,jsonb,bool,text", jsonbSetLax).Defaults =
		[]types.Datum{types.MakeBool(true), types.MakeStr("use_json_null")}
}

func jsonbSetLax(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() || a[1].IsNull() || a[3].IsNull() {
		return types.Null, nil
	}
	if a[4].IsNull() {
		return types.Null, errJSON("null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or \"raise_exception\"")
	}
	e := jsonbEditor{op: editSet, path: a[1].Array().Elems, create: a[3].Bool()}
	if !a[2].IsNull() {
		return e.run(ctx, a[0], a[2])
	}
	switch a[4].Str() {
	case "raise_exception":
		return types.Null, pgerr.New(pgerr.NullValueNotAllowed, "JSON value must not be null").
			WithDetail("Exception was raised because null_value_treatment is \"raise_exception\".").
			WithHint("To avoid, either change the null_value_treatment argument or ensure that an SQL NULL is not passed.")
	case "use_json_null":
		e.value = &types.JSONValue{Kind: types.JSONNull}
	case "delete_key":
		e.op = editDelete
	case "return_target":
		return a[0], nil
	default:
		return types.Null, errJSON("null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or \"raise_exception\"")
	}
	return e.run(ctx, a[0], a[2])
}

// What a jsonbEditor does at the end of its path.
const (
	editSet = iota
	editInsert
	editDelete
)

type jsonbEditor struct {
	op            int
	path          []types.Datum
	value         *types.JSONValue
	create, after bool
}

// run edits a document; value, where not NULL, is what is put in.
func (e *jsonbEditor) run(ctx *expr.Ctx, doc, value types.Datum) (types.Datum, error) {
	v, err := jsonTree(ctx, doc)
	if err != nil {
		return types.Null, err
	}
	if !value.IsNull() {
		if e.value, err = jsonTree(ctx, value); err != nil {
			return types.Null, err
		}
	}
	if isScalar(v) {
		if e.op == editDelete {
			return types.Null, errJSON("cannot delete path in scalar")
		}
		return types.Null, errJSON("cannot set path in scalar")
	}
	if len(e.path) == 0 || len(v.Elems) == 0 && !(e.create || e.op == editInsert) {
		return doc, nil
	}
	out, err := e.edit(v, 0)
	if err != nil {
		return types.Null, err
	}
	return makeJSONB(ctx, out)
}

func (e *jsonbEditor) edit(v *types.JSONValue, level int) (*types.JSONValue, error) {
	p := e.path[level]
	if p.IsNull() {
		return nil, pgerr.Newf(pgerr.NullValueNotAllowed, "path element at position %d is null", level+1)
	}
	last := level == len(e.path)-1
	switch v.Kind {
	case types.JSONObject:
		return e.editObject(v, p.Str(), level, last)
	case types.JSONArray:
		n, err := strconv.ParseInt(p.Str(), 10, 32)
		if err != nil {
			return nil, pgerr.Newf(pgerr.InvalidTextRepresentation, "path element at position %d is not an integer: \"%s\"", level+1, p.Str())
		}
		return e.editArray(v, int(n), level, last)
	}
	return v, nil
}

func (e *jsonbEditor) editObject(v *types.JSONValue, key string, level int, last bool) (*types.JSONValue, error) {
	for i, k := range v.Keys {
		if k != key {
			continue
		}
		if last && e.op == editDelete {
			return without(v, func(j int) bool { return j == i }), nil
		}
		if last && e.op == editInsert {
			return nil, pgerr.New(pgerr.InvalidParameterValue, "cannot replace existing key").
				WithHint("Try using the function jsonb_set to replace key value.")
		}
		n, err := e.value, error(nil)
		if !last {
			n, err = e.edit(v.Elems[i], level+1)
		}
		out := &types.JSONValue{Kind: v.Kind, Keys: v.Keys, Elems: append([]*types.JSONValue(nil), v.Elems...)}
		out.Elems[i] = n
		return out, err
	}
	if !last || e.op == editDelete || e.op == editSet && !e.create {
		return v, nil
	}
	return types.SortedObject(append(append([]string(nil), v.Keys...), key), append(append([]*types.JSONValue(nil), v.Elems...), e.value)), nil
}

func (e *jsonbEditor) editArray(v *types.JSONValue, n, level int, last bool) (*types.JSONValue, error) {
	size := len(v.Elems)
	at := n
	if at < 0 {
		at += size
	}
	found := at >= 0 && at < size
	insert := func(i int) *types.JSONValue {
		out := &types.JSONValue{Kind: v.Kind, Elems: append([]*types.JSONValue(nil), v.Elems[:i]...)}
		out.Elems = append(append(out.Elems, e.value), v.Elems[i:]...)
		return out
	}
	switch {
	case !last && !found, !found && e.op == editDelete, !found && e.op == editSet && !e.create:
		return v, nil
	case !found && at < 0:
		return insert(0), nil
	case !found:
		return insert(size), nil
	case last && e.op == editDelete:
		return without(v, func(i int) bool { return i == at }), nil
	case last && e.op == editInsert && e.after:
		return insert(at + 1), nil
	case last && e.op == editInsert:
		return insert(at), nil
	}
	x, err := e.value, error(nil)
	if !last {
		x, err = e.edit(v.Elems[at], level+1)
	}
	out := &types.JSONValue{Kind: v.Kind, Elems: append([]*types.JSONValue(nil), v.Elems...)}
	out.Elems[at] = x
	return out, err
}

func jsonbPretty(ctx *expr.Ctx, b *strings.Builder, v *types.JSONValue, depth int) error {
	if isScalar(v) {
		b.Write(types.AppendJSONB(nil, v))
		return nil
	}
	open, end := "[", "]"
	if v.Kind == types.JSONObject {
		open, end = "{", "}"
	}
	indent := "\n" + strings.Repeat("    ", depth)
	b.WriteString(open)
	for i, e := range v.Elems {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := enlarge(ctx, b.Len(), 2*len(indent)); err != nil { // deep documents are mostly blanks
			return err
		}
		b.WriteString(indent + "    ")
		if v.Kind == types.JSONObject {
			b.Write(types.AppendJSONString(nil, v.Keys[i]))
			b.WriteString(": ")
		}
		if err := jsonbPretty(ctx, b, e, depth+1); err != nil {
			return err
		}
	}
	b.WriteString(indent + end)
	return stepBytes(ctx, len(indent))
}
