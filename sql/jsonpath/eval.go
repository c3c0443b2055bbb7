package jsonpath

import (
	"math"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// itemBytes is about what an item holds in a sequence; one that is made here has
// madeBytes too.
const (
	itemBytes = 16
	madeBytes = 112
)

// eval is one evaluation.
type eval struct {
	b          *budget.Run
	root, vars *types.JSONValue
	strict     bool
	// lenient passes over missing members and elements even in strict mode: within .**.
	lenient bool
	current *types.JSONValue // @
	last    int              // index of the last element of the array being subscripted
	objects int              // numbers the objects of keyvalue()
	taken   int64
}

type items = []*types.JSONValue

// Query evaluates p over a document. vars is the object of its variables.
func (p *Path) Query(b *budget.Run, doc, vars *types.JSONValue) ([]*types.JSONValue, error) {
	e := &eval{b: b, root: doc, vars: vars, strict: p.strict}
	defer func() { e.release(0) }()
	return e.node(p.root)
}

// hold counts n bytes until release.
func (e *eval) hold(n int64) error {
	err := e.b.Take(n)
	if err == nil {
		e.taken += n
	}
	return err
}

// release gives back what was taken since mark.
func (e *eval) release(mark int64) {
	e.b.Give(e.taken - mark)
	e.taken = mark
}

// put appends items to a sequence.
func (e *eval) put(out items, v ...*types.JSONValue) (items, error) {
	if err := e.b.Step(len(v)); err != nil {
		return nil, err
	}
	if err := e.hold(int64(len(v)) * itemBytes); err != nil {
		return nil, err
	}
	return append(out, v...), nil
}

// made is a sequence of one new item.
func (e *eval) made(v *types.JSONValue) (items, error) {
	if err := e.hold(madeBytes + int64(len(v.Str))); err != nil {
		return nil, err
	}
	return items{v}, nil
}

func number(d *types.Decimal) *types.JSONValue {
	return &types.JSONValue{Kind: types.JSONNumber, Str: string(types.AppendNumeric(nil, d))}
}

func (e *eval) node(n *node) (items, error) {
	if err := e.b.Enter(); err != nil {
		return nil, err
	}
	defer e.b.Leave()
	out, err := e.bare(n)
	for _, a := range n.next {
		if err != nil {
			return nil, err
		}
		out, err = e.accessor(a, out)
	}
	return out, err
}

// bare evaluates a node without its accessors.
func (e *eval) bare(n *node) (items, error) {
	if n.kind.predicate() {
		t, err := e.test(n)
		if err != nil {
			return nil, err
		}
		v := &types.JSONValue{Kind: types.JSONBool, Bool: t == truthTrue}
		if t == truthUnknown {
			v.Kind = types.JSONNull
		}
		return e.made(v)
	}
	switch n.kind {
	case kRoot:
		return e.put(nil, e.root)
	case kCurrent:
		return e.put(nil, e.current)
	case kConst:
		return e.put(nil, n.value)
	case kLast:
		return e.made(number(types.NumericFromInt(int64(e.last))))
	case kVariable:
		if v := e.vars.Get(n.text); v != nil {
			return e.put(nil, v)
		}
		return nil, pgerr.Newf(pgerr.UndefinedObject, "could not find jsonpath variable \"%s\"", n.text)
	case kPlus, kMinus:
		return e.signed(n)
	}
	return e.arithmetic(n)
}

// accessor applies an accessor to each item.
func (e *eval) accessor(a *node, in items) (items, error) {
	if a.kind == kAny { // structural errors behind it are passed over
		e.lenient = true
	}
	var out items
	for _, v := range in {
		if err := e.b.Step(1); err != nil {
			return nil, err
		}
		var err error
		if out, err = e.access(out, a, v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// unwraps tells the accessors that take arrays apart in lax mode.
func unwraps(a *node) bool {
	switch a.kind {
	case kKey, kAnyKey, kFilter:
		return true
	case kMethod:
		return a.text != "size" && a.text != "type"
	}
	return false
}

func (e *eval) access(out items, a *node, v *types.JSONValue) (items, error) {
	if e.strict || v.Kind != types.JSONArray || !unwraps(a) {
		return e.accessOne(out, a, v)
	}
	for _, x := range v.Elems {
		var err error
		if out, err = e.accessOne(out, a, x); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// missing is the error of strict mode; lax mode passes over what is missing.
func (e *eval) missing(out items, code, text string) (items, error) {
	if e.strict && !e.lenient {
		return nil, pgerr.New(code, text)
	}
	return out, nil
}

func (e *eval) accessOne(out items, a *node, v *types.JSONValue) (items, error) {
	switch a.kind {
	case kKey:
		if v.Kind != types.JSONObject {
			return e.missing(out, pgerr.SQLJSONMemberNotFound, "jsonpath member accessor can only be applied to an object")
		}
		if x := v.Get(a.text); x != nil {
			return e.put(out, x)
		}
		return e.missing(out, pgerr.SQLJSONMemberNotFound, "JSON object does not contain key \""+a.text+"\"")
	case kAnyKey:
		if v.Kind != types.JSONObject {
			return e.missing(out, pgerr.SQLJSONObjectNotFound, "jsonpath wildcard member accessor can only be applied to an object")
		}
		return e.put(out, v.Elems...)
	case kAnyArray:
		switch {
		case v.Kind == types.JSONArray:
			return e.put(out, v.Elems...)
		case !e.strict:
			return e.put(out, v)
		}
		return e.missing(out, pgerr.SQLJSONArrayNotFound, "jsonpath wildcard array accessor can only be applied to an array")
	case kAny:
		return e.anyLevel(out, v, a, 0)
	case kIndex:
		return e.index(out, a, v)
	case kFilter:
		saved, mark := e.current, e.taken
		e.current = v
		t, err := e.test(a.args[0])
		e.current = saved
		e.release(mark)
		if err != nil || t != truthTrue {
			return out, err
		}
		return e.put(out, v)
	}
	return e.method(out, a, v)
}

// anyLevel adds the values from level first to last below v, v being level.
func (e *eval) anyLevel(out items, v *types.JSONValue, a *node, level int) (items, error) {
	if err := e.b.Enter(); err != nil {
		return nil, err
	}
	defer e.b.Leave()
	leaf := v.Kind != types.JSONArray && v.Kind != types.JSONObject
	from := a.first
	if level >= from && from != levelLast || from == levelLast && leaf {
		var err error
		if out, err = e.put(out, v); err != nil {
			return nil, err
		}
	}
	if leaf || a.last != levelLast && level >= a.last {
		return out, nil
	}
	for _, x := range v.Elems {
		var err error
		if out, err = e.anyLevel(out, x, a, level+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (e *eval) index(out items, a *node, v *types.JSONValue) (items, error) {
	list := items{v}
	if v.Kind == types.JSONArray {
		list = v.Elems
	} else if e.strict {
		return e.missing(out, pgerr.SQLJSONArrayNotFound, "jsonpath array accessor can only be applied to an array")
	}
	saved := e.last
	e.last = len(list) - 1
	defer func() { e.last = saved }()
	for _, r := range a.ranges {
		from, err := e.subscript(r[0])
		to := from
		if err == nil && r[1] != nil {
			to, err = e.subscript(r[1])
		}
		if err != nil {
			return nil, err
		}
		if (from < 0 || from > to || to >= len(list)) && e.strict && !e.lenient {
			return nil, pgerr.New(pgerr.InvalidSQLJSONSubscript, "jsonpath array subscript is out of bounds")
		}
		if from, to = max(from, 0), min(to, len(list)-1); from <= to {
			if out, err = e.put(out, list[from:to+1]...); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (e *eval) subscript(n *node) (int, error) {
	mark := e.taken
	got, err := e.node(n)
	e.release(mark)
	if err != nil {
		return 0, err
	}
	if len(got) != 1 || got[0].Kind != types.JSONNumber {
		return 0, pgerr.New(pgerr.InvalidSQLJSONSubscript, "jsonpath array subscript is not a single numeric value")
	}
	d, err := types.ParseNumeric(got[0].Str)
	if err != nil {
		return 0, err
	}
	i, err := types.TruncNumeric(types.CopyNumeric(d), 0).Int64()
	if err != nil || i > math.MaxInt32 || i < math.MinInt32 {
		return 0, pgerr.New(pgerr.InvalidSQLJSONSubscript, "jsonpath array subscript is out of integer range")
	}
	return int(i), nil
}

// unwrapped evaluates an operand; in lax mode arrays stand for their elements.
func (e *eval) unwrapped(n *node) (items, error) {
	in, err := e.node(n)
	if err != nil || e.strict {
		return in, err
	}
	arrays := false
	for _, v := range in {
		arrays = arrays || v.Kind == types.JSONArray
	}
	if !arrays {
		return in, nil
	}
	var out items
	for _, v := range in {
		if v.Kind == types.JSONArray {
			out, err = e.put(out, v.Elems...)
		} else {
			out, err = e.put(out, v)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// signed is the sign of each item.
func (e *eval) signed(n *node) (items, error) {
	in, err := e.unwrapped(n.args[0])
	if err != nil {
		return nil, err
	}
	var out items
	for _, v := range in {
		if v.Kind != types.JSONNumber {
			return nil, pgerr.Newf(pgerr.SQLJSONNumberNotFound, "operand of unary jsonpath operator %s is not a numeric value", words[n.kind])
		}
		if n.kind == kMinus {
			v = negated(v)
		}
		if err := e.hold(madeBytes + int64(len(v.Str))); err != nil {
			return nil, err
		}
		if out, err = e.put(out, v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (e *eval) single(n *node, side int) (*types.Decimal, error) {
	got, err := e.unwrapped(n.args[side])
	if err != nil {
		return nil, err
	}
	if len(got) != 1 || got[0].Kind != types.JSONNumber {
		return nil, pgerr.Newf(pgerr.SingletonSQLJSONItemRequired, "%s operand of jsonpath operator %s is not a single numeric value",
			[]string{"left", "right"}[side], words[n.kind])
	}
	return types.ParseNumeric(got[0].Str)
}

func (e *eval) arithmetic(n *node) (items, error) {
	mark := e.taken
	a, err := e.single(n, 0)
	if err != nil {
		return nil, err
	}
	b, err := e.single(n, 1)
	if err != nil {
		return nil, err
	}
	e.release(mark)
	ok := true
	switch n.kind {
	case kAdd:
		a = types.AddNumeric(a, b)
	case kSub:
		a = types.SubNumeric(a, b)
	case kMul:
		a = types.MulNumeric(a, b)
	case kDiv:
		a, ok = types.DivNumeric(a, b)
	default:
		a, ok = types.ModNumeric(a, b)
	}
	if !ok {
		return nil, pgerr.New(pgerr.DivisionByZero, "division by zero")
	}
	return e.made(number(a))
}
