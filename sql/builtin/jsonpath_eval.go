package builtin

import (
	"math"
	"strings"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// pathEval evaluates a jsonpath over one document.
type pathEval struct {
	root, vars *types.JSONValue
	strict     bool
	current    *types.JSONValue // @
	last       int              // of the array being subscripted
}

func errPath(code, msg string) error { return pgerr.New(code, "jsonpath "+msg) }

// tri is a truth value with unknown.
type tri int8

const (
	triFalse tri = iota
	triTrue
	triUnknown
)

func isPredicate(n *pathNode) bool {
	switch n.op {
	case "||", "&&", "!", "==", "!=", "<", "<=", ">", ">=", "exists", "starts with", "like_regex", "is unknown":
		return true
	}
	return false
}

func jsonNumberOf(v *types.Decimal) *types.JSONValue {
	return &types.JSONValue{Kind: types.JSONNumber, Str: string(types.AppendNumeric(nil, v))}
}

func (e *pathEval) items(n *pathNode) ([]*types.JSONValue, error) {
	if isPredicate(n) {
		switch e.test(n) {
		case triTrue:
			return []*types.JSONValue{{Kind: types.JSONBool, Bool: true}}, nil
		case triFalse:
			return []*types.JSONValue{{Kind: types.JSONBool}}, nil
		}
		return []*types.JSONValue{{Kind: types.JSONNull}}, nil
	}
	switch n.op {
	case "$":
		return []*types.JSONValue{e.root}, nil
	case "@":
		return []*types.JSONValue{e.current}, nil
	case "const":
		return []*types.JSONValue{n.value}, nil
	case "last":
		return []*types.JSONValue{jsonNumberOf(types.NumericFromInt(int64(e.last)))}, nil
	case "var":
		if v := e.vars.Get(n.text); v != nil {
			return []*types.JSONValue{v}, nil
		}
		return nil, pgerr.Newf(pgerr.UndefinedObject, "could not find jsonpath variable \"%s\"", n.text)
	case "+", "-", "*", "/", "%", "unary-", "unary+":
		return e.arithmetic(n)
	}
	in, err := e.items(n.args[0])
	if err != nil {
		return nil, err
	}
	var out []*types.JSONValue
	for _, v := range in {
		got, err := e.access(n, v)
		if err != nil {
			return nil, err
		}
		out = append(out, got...)
	}
	return out, nil
}

// access applies one accessor to one item. In lax mode arrays are unwrapped
// where an object is asked for, and other items wrapped where an array is.
func (e *pathEval) access(n *pathNode, v *types.JSONValue) ([]*types.JSONValue, error) {
	unwrap := !e.strict && v.Kind == types.JSONArray
	if unwrap && (n.op == "key" || n.op == ".*" || n.op == "filter" || n.op == "method" && n.text != "size" && n.text != "type") {
		var out []*types.JSONValue
		for _, x := range v.Elems {
			if x.Kind == types.JSONArray && n.op != "filter" {
				continue
			}
			got, err := e.accessOne(n, x)
			if err != nil {
				return nil, err
			}
			out = append(out, got...)
		}
		return out, nil
	}
	return e.accessOne(n, v)
}

func (e *pathEval) accessOne(n *pathNode, v *types.JSONValue) ([]*types.JSONValue, error) {
	switch n.op {
	case "key":
		if v.Kind == types.JSONObject {
			if x := v.Get(n.text); x != nil {
				return []*types.JSONValue{x}, nil
			}
			if e.strict {
				return nil, pgerr.Newf(pgerr.SQLJSONMemberNotFound, "JSON object does not contain key \"%s\"", n.text)
			}
		} else if e.strict {
			return nil, errPath(pgerr.SQLJSONMemberNotFound, "member accessor can only be applied to an object")
		}
		return nil, nil
	case ".*":
		if v.Kind == types.JSONObject {
			return v.Elems, nil
		}
		if e.strict {
			return nil, errPath(pgerr.SQLJSONObjectNotFound, "wildcard member accessor can only be applied to an object")
		}
		return nil, nil
	case "[*]":
		if v.Kind == types.JSONArray {
			return v.Elems, nil
		}
		if e.strict {
			return nil, errPath(pgerr.SQLJSONArrayNotFound, "wildcard array accessor can only be applied to an array")
		}
		return []*types.JSONValue{v}, nil
	case "index":
		return e.index(n, v)
	case "filter":
		saved := e.current
		e.current = v
		ok := e.test(n.args[1])
		e.current = saved
		if ok == triTrue {
			return []*types.JSONValue{v}, nil
		}
		return nil, nil
	}
	return e.method(n, v)
}

func (e *pathEval) index(n *pathNode, v *types.JSONValue) ([]*types.JSONValue, error) {
	list := []*types.JSONValue{v}
	if v.Kind == types.JSONArray {
		list = v.Elems
	} else if e.strict {
		return nil, errPath(pgerr.SQLJSONArrayNotFound, "array accessor can only be applied to an array")
	}
	saved := e.last
	e.last = len(list) - 1
	defer func() { e.last = saved }()
	var out []*types.JSONValue
	for _, r := range n.ranges {
		from, err := e.subscript(r[0])
		to := from
		if err == nil && r[1] != nil {
			to, err = e.subscript(r[1])
		}
		if err != nil {
			return nil, err
		}
		if e.strict && (from < 0 || to >= len(list) || from > to) {
			return nil, errPath(pgerr.InvalidSQLJSONSubscript, "array subscript is out of bounds")
		}
		for i := max(from, 0); i <= to && i < len(list); i++ {
			out = append(out, list[i])
		}
	}
	return out, nil
}

func (e *pathEval) subscript(n *pathNode) (int, error) {
	v, err := e.number(n)
	if err != nil {
		return 0, errPath(pgerr.InvalidSQLJSONSubscript, "array subscript is not a single numeric value")
	}
	i, err := types.TruncNumeric(types.CopyNumeric(v), 0).Int64()
	if err != nil || i > math.MaxInt32 || i < math.MinInt32 {
		return 0, errPath(pgerr.InvalidSQLJSONSubscript, "array subscript is out of integer range")
	}
	return int(i), nil
}

// number evaluates to a single number.
func (e *pathEval) number(n *pathNode) (*types.Decimal, error) {
	items, err := e.operand(n)
	if err != nil {
		return nil, err
	}
	if len(items) != 1 || items[0].Kind != types.JSONNumber {
		return nil, pgerr.New(pgerr.SingletonSQLJSONItemRequired, "operand of jsonpath operator is not a single numeric value")
	}
	return types.ParseNumeric(items[0].Str)
}

// operand evaluates an operand; in lax mode arrays stand for their elements.
func (e *pathEval) operand(n *pathNode) ([]*types.JSONValue, error) {
	items, err := e.items(n)
	if err != nil || e.strict {
		return items, err
	}
	var out []*types.JSONValue
	for _, v := range items {
		if v.Kind == types.JSONArray {
			out = append(out, v.Elems...)
		} else {
			out = append(out, v)
		}
	}
	return out, nil
}

func (e *pathEval) arithmetic(n *pathNode) ([]*types.JSONValue, error) {
	single := func(i int) (*types.Decimal, error) {
		v, err := e.number(n.args[i])
		if err != nil && pgerr.Code(err) == pgerr.SingletonSQLJSONItemRequired {
			side := []string{"left", "right"}[i]
			err = pgerr.Newf(pgerr.SingletonSQLJSONItemRequired, "%s operand of jsonpath operator %s is not a single numeric value", side, n.op)
		}
		return v, err
	}
	a, err := single(0)
	if err != nil {
		return nil, err
	}
	if len(n.args) == 1 {
		if n.op == "unary-" {
			a = types.NegNumeric(a)
		}
		return []*types.JSONValue{jsonNumberOf(a)}, nil
	}
	b, err := single(1)
	if err != nil {
		return nil, err
	}
	ok := true
	switch n.op {
	case "+":
		a = types.AddNumeric(a, b)
	case "-":
		a = types.SubNumeric(a, b)
	case "*":
		a = types.MulNumeric(a, b)
	case "/":
		a, ok = types.DivNumeric(a, b)
	default:
		a, ok = types.ModNumeric(a, b)
	}
	if !ok {
		return nil, errDivisionByZero()
	}
	return []*types.JSONValue{jsonNumberOf(a)}, nil
}

func (e *pathEval) method(n *pathNode, v *types.JSONValue) ([]*types.JSONValue, error) {
	one := func(d *types.Decimal) ([]*types.JSONValue, error) { return []*types.JSONValue{jsonNumberOf(d)}, nil }
	switch n.text {
	case "type":
		return []*types.JSONValue{{Kind: types.JSONString, Str: kindName(v)}}, nil
	case "size":
		if v.Kind == types.JSONArray {
			return one(types.NumericFromInt(int64(len(v.Elems))))
		}
		if e.strict {
			return nil, errPath(pgerr.SQLJSONArrayNotFound, "item method .size() can only be applied to an array")
		}
		return one(types.NumericFromInt(1))
	case "abs", "floor", "ceiling", "double":
	default:
		return nil, pgerr.NotSupported("the jsonpath method ." + n.text + "()")
	}
	if v.Kind != types.JSONNumber && !(n.text == "double" && v.Kind == types.JSONString) {
		return nil, errPath(pgerr.NonNumericSQLJSONItem, "item method ."+n.text+"() can only be applied to a numeric value")
	}
	d, err := types.ParseNumeric(v.Str)
	if err != nil || !types.IsFinite(d) {
		return nil, errPath(pgerr.NonNumericSQLJSONItem, "item method .double() can only be applied to a string or numeric value")
	}
	switch {
	case n.text == "floor":
		d = types.RoundTowards(d, -1)
	case n.text == "ceiling":
		d = types.RoundTowards(d, 1)
	case n.text == "abs" && d.Negative:
		d = types.NegNumeric(d)
	}
	return one(d)
}

// test evaluates a predicate; errors within it make it unknown.
func (e *pathEval) test(n *pathNode) tri {
	switch n.op {
	case "||", "&&":
		a, b := e.test(n.args[0]), e.test(n.args[1])
		decides := map[string]tri{"||": triTrue, "&&": triFalse}[n.op]
		switch {
		case a == decides || b == decides:
			return decides
		case a == triUnknown || b == triUnknown:
			return triUnknown
		}
		return a
	case "!":
		switch e.test(n.args[0]) {
		case triTrue:
			return triFalse
		case triFalse:
			return triTrue
		}
		return triUnknown
	case "is unknown":
		if e.test(n.args[0]) == triUnknown {
			return triTrue
		}
		return triFalse
	case "exists":
		items, err := e.items(n.args[0])
		switch {
		case err != nil:
			return triUnknown
		case len(items) > 0:
			return triTrue
		}
		return triFalse
	}
	return e.compareItems(n)
}

// compareItems is true where some pair of items compares so.
func (e *pathEval) compareItems(n *pathNode) tri {
	left, err := e.operand(n.args[0])
	if err != nil {
		return triUnknown
	}
	right := []*types.JSONValue{nil}
	if len(n.args) == 2 {
		if right, err = e.operand(n.args[1]); err != nil {
			return triUnknown
		}
	}
	found, unknown := false, false
	for _, l := range left {
		for _, r := range right {
			switch comparePair(n, l, r) {
			case triTrue:
				found = true
			case triUnknown:
				unknown = true
			}
		}
	}
	switch {
	case unknown && e.strict:
		return triUnknown
	case found:
		return triTrue
	case unknown:
		return triUnknown
	}
	return triFalse
}

func truthOf(b bool) tri {
	if b {
		return triTrue
	}
	return triFalse
}

func comparePair(n *pathNode, l, r *types.JSONValue) tri {
	switch n.op {
	case "starts with":
		if l.Kind != types.JSONString || r.Kind != types.JSONString {
			return triUnknown
		}
		return truthOf(strings.HasPrefix(l.Str, r.Str))
	case "like_regex":
		if l.Kind != types.JSONString {
			return triUnknown
		}
		re, err := compileRegex(n.text, n.value.Str)
		if err != nil {
			return triUnknown
		}
		return truthOf(re.MatchString(l.Str))
	}
	if l.Kind != r.Kind {
		if l.Kind == types.JSONNull || r.Kind == types.JSONNull {
			return truthOf(n.op == "!=")
		}
		return triUnknown
	}
	if !isScalar(l) {
		return triUnknown
	}
	name := map[string]string{"==": "=", "!=": "<>"}[n.op]
	if name == "" {
		name = n.op
	}
	return truthOf(comparisons[name](types.CompareJSON(l, r)))
}

// queryPath runs a jsonpath over a document. silent turns the errors of the
// path into an empty result, ok = false.
func queryPath(doc, path types.Datum, vars types.Datum, silent bool) (items []*types.JSONValue, ok bool, err error) {
	n, strict, err := parsePath(path.Str())
	if err != nil {
		return nil, false, err
	}
	e := &pathEval{root: types.JSONBTree(doc), vars: types.JSONBTree(vars), strict: strict}
	if e.vars.Kind != types.JSONObject {
		return nil, false, pgerr.New(pgerr.InvalidParameterValue, "\"vars\" argument is not an object").
			WithDetail("Jsonpath parameters should be encoded as key-value pairs of \"vars\" object.")
	}
	items, err = e.items(n)
	if err != nil && silent && strings.HasPrefix(pgerr.Code(err), "22") {
		return nil, false, nil
	}
	return items, true, err
}

func registerJSONPath() {
	empty := types.MakeStr("{}")
	defaults := []types.Datum{empty, types.MakeBool(false)}
	const args = "jsonb,jsonpath,jsonb,bool"
	one := func(name string, f func(items []*types.JSONValue, ok, silent bool) (types.Datum, error)) {
		fn(name, args, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			items, ok, err := queryPath(a[0], a[1], a[2], a[3].Bool())
			if err != nil {
				return types.Null, err
			}
			return f(items, ok, a[3].Bool())
		}).Defaults = defaults
	}
	exists := func(items []*types.JSONValue, ok, _ bool) (types.Datum, error) {
		if !ok {
			return types.Null, nil
		}
		return types.MakeBool(len(items) > 0), nil
	}
	match := func(items []*types.JSONValue, ok, silent bool) (types.Datum, error) {
		switch {
		case ok && len(items) == 1 && items[0].Kind == types.JSONBool:
			return types.MakeBool(items[0].Bool), nil
		case !ok || silent || len(items) == 1 && items[0].Kind == types.JSONNull:
			return types.Null, nil
		}
		return types.Null, pgerr.New(pgerr.SingletonSQLJSONItemRequired, "single boolean result is expected")
	}
	one("jsonb_path_exists", exists)
	one("jsonb_path_match", match)
	one("jsonb_path_query_first", func(items []*types.JSONValue, _, _ bool) (types.Datum, error) {
		if len(items) == 0 {
			return types.Null, nil
		}
		return types.MakeJSONB(items[0]), nil
	})
	one("jsonb_path_query_array", func(items []*types.JSONValue, _, _ bool) (types.Datum, error) {
		return types.MakeJSONB(&types.JSONValue{Kind: types.JSONArray, Elems: items}), nil
	})
	srf("jsonb_path_query", args, func(_ *expr.Ctx, a []types.Datum, _ SRFTypes) (Rows, error) {
		items, _, err := queryPath(a[0], a[1], a[2], a[3].Bool())
		var out []types.Datum
		for _, v := range items {
			out = append(out, types.MakeJSONB(v))
		}
		return valueRows(out), err
	}).Defaults = defaults
	for name, f := range map[string]func([]*types.JSONValue, bool, bool) (types.Datum, error){"@?": exists, "@@": match} {
		op(name, "jsonb", "jsonpath", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			items, ok, err := queryPath(a[0], a[1], empty, true)
			if err != nil {
				return types.Null, err
			}
			return f(items, ok, true)
		})
	}
}
