package builtin

import (
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

func registerJSONBOps() {
	op("@>", "jsonb", "jsonb", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeBool(jsonbContains(types.JSONBTree(a[0]), types.JSONBTree(a[1]), true)), nil
	})
	op("<@", "jsonb", "jsonb", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeBool(jsonbContains(types.JSONBTree(a[1]), types.JSONBTree(a[0]), true)), nil
	})
	op("?", "jsonb", "text", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeBool(jsonbExists(types.JSONBTree(a[0]), a[1].Str())), nil
	})
	for _, name := range []string{"?|", "?&"} {
		all := name == "?&"
		op(name, "jsonb", "_text", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			v := types.JSONBTree(a[0])
			for _, k := range a[1].Array().Elems {
				if !k.IsNull() && jsonbExists(v, k.Str()) != all {
					return types.MakeBool(!all), nil
				}
			}
			return types.MakeBool(all), nil
		})
	}
	op("||", "jsonb", "jsonb", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeJSONB(jsonbConcat(types.JSONBTree(a[0]), types.JSONBTree(a[1]))), nil
	})
	registerJSONBDelete()
	registerJSONBSet()
	fn("jsonb_pretty", "jsonb", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		var b strings.Builder
		jsonbPretty(&b, types.JSONBTree(a[0]), 0)
		return types.MakeStr(b.String()), nil
	})
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

func jsonbContains(a, b *types.JSONValue, top bool) bool {
	if a.Kind == types.JSONArray && isScalar(b) && top {
		b = &types.JSONValue{Kind: types.JSONArray, Elems: []*types.JSONValue{b}}
	}
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case types.JSONObject:
		for i, k := range b.Keys {
			v := a.Get(k)
			if v == nil || !jsonbContains(v, b.Elems[i], false) {
				return false
			}
		}
		return true
	case types.JSONArray:
		for _, want := range b.Elems {
			found := false
			for _, have := range a.Elems {
				if found = jsonbContains(have, want, false); found {
					break
				}
			}
			if !found {
				return false
			}
		}
		return true
	}
	return types.CompareJSON(a, b) == 0
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

func deleteKeys(v *types.JSONValue, keys ...types.Datum) (types.Datum, error) {
	if isScalar(v) {
		return types.Null, errJSON("cannot delete from scalar")
	}
	return types.MakeJSONB(without(v, func(i int) bool {
		for _, k := range keys {
			switch {
			case k.IsNull():
			case v.Kind == types.JSONObject && v.Keys[i] == k.Str(),
				v.Kind == types.JSONArray && v.Elems[i].Kind == types.JSONString && v.Elems[i].Str == k.Str():
				return true
			}
		}
		return false
	})), nil
}

func registerJSONBDelete() {
	op("-", "jsonb", "text", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return deleteKeys(types.JSONBTree(a[0]), a[1])
	})
	op("-", "jsonb", "_text", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return deleteKeys(types.JSONBTree(a[0]), a[1].Array().Elems...)
	})
	op("-", "jsonb", "int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		v, n := types.JSONBTree(a[0]), int(a[1].Int())
		switch {
		case isScalar(v):
			return types.Null, errJSON("cannot delete from scalar")
		case v.Kind == types.JSONObject:
			return types.Null, errJSON("cannot delete from object using integer index")
		}
		if n < 0 {
			n += len(v.Elems)
		}
		return types.MakeJSONB(without(v, func(i int) bool { return i == n })), nil
	})
	op("#-", "jsonb", "_text", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		e := jsonbEditor{op: editDelete, path: a[1].Array().Elems}
		return e.run(types.JSONBTree(a[0]))
	})
}

func registerJSONBSet() {
	fn("jsonb_set", "jsonb,_text,jsonb,bool", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		e := jsonbEditor{op: editSet, path: a[1].Array().Elems, value: types.JSONBTree(a[2]), create: a[3].Bool()}
		return e.run(types.JSONBTree(a[0]))
	}).Defaults = []types.Datum{types.MakeBool(true)}
	fn("jsonb_insert", "jsonb,_text,jsonb,bool", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		e := jsonbEditor{op: editInsert, path: a[1].Array().Elems, value: types.JSONBTree(a[2]), after: a[3].Bool()}
		return e.run(types.JSONBTree(a[0]))
	}).Defaults = []types.Datum{types.MakeBool(false)}
	fn("jsonb_set_lax", "jsonb,_text,jsonb,bool,text", jsonbSetLax).Defaults =
		[]types.Datum{types.MakeBool(true), types.MakeStr("use_json_null")}
}

func jsonbSetLax(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() || a[1].IsNull() || a[3].IsNull() {
		return types.Null, nil
	}
	if a[4].IsNull() {
		return types.Null, errJSON("null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or \"raise_exception\"")
	}
	e := jsonbEditor{op: editSet, path: a[1].Array().Elems, create: a[3].Bool()}
	if !a[2].IsNull() {
		e.value = types.JSONBTree(a[2])
		return e.run(types.JSONBTree(a[0]))
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
	return e.run(types.JSONBTree(a[0]))
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

func (e *jsonbEditor) run(v *types.JSONValue) (types.Datum, error) {
	if isScalar(v) {
		if e.op == editDelete {
			return types.Null, errJSON("cannot delete path in scalar")
		}
		return types.Null, errJSON("cannot set path in scalar")
	}
	if len(e.path) == 0 || len(v.Elems) == 0 && !(e.create || e.op == editInsert) {
		return types.MakeJSONB(v), nil
	}
	out, err := e.edit(v, 0)
	if err != nil {
		return types.Null, err
	}
	return types.MakeJSONB(out), nil
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

func jsonbPretty(b *strings.Builder, v *types.JSONValue, depth int) {
	if isScalar(v) {
		b.Write(types.AppendJSONB(nil, v))
		return
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
		b.WriteString(indent + "    ")
		if v.Kind == types.JSONObject {
			b.Write(types.AppendJSONString(nil, v.Keys[i]))
			b.WriteString(": ")
		}
		jsonbPretty(b, e, depth+1)
	}
	b.WriteString(indent + end)
}
