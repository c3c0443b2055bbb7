package opt

import (
	"math"
	"strings"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// spansMax bounds how many spans the IN lists of a scan multiply to.
const spansMax = 1000

// sarg is a condition on one expression of a scan that a span can answer.
type sarg struct {
	key    expr.Expr // the column, or the expression of an expression index
	op     string    // = < <= > >= in null
	value  expr.Expr
	list   []expr.Expr // of in
	source expr.Expr   // the conjunct
	// exact: a span answers the whole conjunct; otherwise it stays in the filter.
	exact bool
	// pair: the conjunct made two bounds.
	pair bool
}

func (s *sarg) values() []expr.Expr {
	if s.op == "in" {
		return s.list
	}
	return []expr.Expr{s.value}
}

// sargs finds the conditions of a scan that an index could answer.
func sargs(conds []expr.Expr, s *plan.Scan) []sarg {
	var out []sarg
	own := colsOf(s)
	for _, c := range conds {
		out = appendSargs(out, c, own)
	}
	return out
}

func appendSargs(out []sarg, c expr.Expr, own cols) []sarg {
	fixed := func(e expr.Expr) bool { return !own.reads(e) && !volatile(e) && !perRow(e) }
	switch e := c.(type) {
	case *expr.Func:
		if len(e.Args) != 2 {
			return out
		}
		l, r := e.Args[0], e.Args[1]
		switch e.Op {
		case "=", "<", "<=", ">", ">=":
			if own.reads(l) && fixed(r) {
				return append(out, sarg{key: bare(l), op: e.Op, value: r, source: c, exact: true})
			}
			if own.reads(r) && fixed(l) {
				return append(out, sarg{key: bare(r), op: mirrored[e.Op], value: l, source: c, exact: true})
			}
		case "~~":
			return appendPrefix(out, e, own)
		}
	case *expr.InList:
		if e.Not || !own.reads(e.Arg) {
			return out
		}
		for _, v := range e.List {
			if !fixed(v) {
				return out
			}
		}
		return append(out, sarg{key: bare(e.Arg), op: "in", list: e.List, source: c, exact: true})
	case *expr.AnyAll:
		return appendAny(out, e, own, fixed)
	case *expr.NullTest:
		if !e.Not && own.reads(e.Arg) {
			return append(out, sarg{key: e.Arg, op: "null", source: c, exact: true})
		}
	case *expr.Col:
		if own[e.ID] && e.T.Is(types.Bool) {
			return append(out, sarg{key: e, op: "=", value: boolean(true), source: c, exact: true})
		}
	case *expr.Not:
		if col, ok := e.Arg.(*expr.Col); ok && own[col.ID] {
			return append(out, sarg{key: col, op: "=", value: boolean(false), source: c, exact: true})
		}
	case *expr.Or:
		return appendRowBound(out, e, own, fixed)
	}
	return out
}

// perRow tells that e holds a subquery that is not run just once.
func perRow(e expr.Expr) bool {
	bad := false
	expr.Walk(e, func(x expr.Expr) bool {
		if q, ok := x.(*expr.Subquery); ok {
			bad = bad || q.Kind != expr.SubScalar || len(q.Outer) > 0
		}
		return !bad
	})
	return bad
}

func boolean(v bool) expr.Expr {
	return &expr.Const{Value: types.MakeBool(v), T: types.Bool, Mod: -1}
}

// bare takes away casts between string types, which change no byte and no order:
// the operators of varchar are those of text.
func bare(e expr.Expr) expr.Expr {
	c, ok := e.(*expr.Cast)
	if !ok || !c.T.Is(types.Text) {
		return e
	}
	switch t := c.Arg.Type().Underlying(); {
	case t.Is(types.Varchar), t.Is(types.Dyn), t.Is(types.Name):
		return c.Arg
	}
	return e
}

// appendAny takes = ANY (array of known elements).
func appendAny(out []sarg, e *expr.AnyAll, own cols, fixed func(expr.Expr) bool) []sarg {
	if e.All || e.Name != "=" || !own.reads(e.Arg) {
		return out
	}
	var list []expr.Expr
	switch a := e.Array.(type) {
	case *expr.ArrayCtor:
		for _, x := range a.Elems {
			if !fixed(x) || x.Type().IsArray() {
				return out
			}
			list = append(list, x)
		}
	case *expr.Const:
		if a.Value.IsNull() || a.Value.Kind() != types.KindArray || a.T.Elem == nil {
			return out
		}
		for _, d := range a.Value.Array().Elems {
			if !d.IsNull() {
				list = append(list, &expr.Const{Value: d, T: a.T.Elem, Mod: -1})
			}
		}
	default:
		return out
	}
	return append(out, sarg{key: bare(e.Arg), op: "in", list: list, source: e, exact: true})
}

// appendPrefix takes LIKE 'abc%': abc <= x < abd. The filter keeps the pattern
// unless it is a prefix and nothing else.
func appendPrefix(out []sarg, e *expr.Func, own cols) []sarg {
	c, ok := e.Args[1].(*expr.Const)
	if !ok || !own.reads(e.Args[0]) || c.Value.IsNull() || !c.T.Is(types.Text) || !e.Args[0].Type().Underlying().Is(types.Text) {
		return out
	}
	pattern := c.Value.Str()
	n := strings.IndexAny(pattern, `%_\`)
	if n < 0 {
		return append(out, sarg{key: bare(e.Args[0]), op: "=", value: c, source: e, exact: true})
	}
	if n == 0 {
		return out
	}
	prefix := pattern[:n]
	exact := pattern[n:] == "%"
	text := func(s string) expr.Expr {
		return &expr.Const{Value: types.MakeStr(s), T: types.Text, Mod: -1}
	}
	out = append(out, sarg{key: bare(e.Args[0]), op: ">=", value: text(prefix), source: e, exact: exact, pair: true})
	if next, ok := prefixEnd(prefix); ok {
		return append(out, sarg{key: bare(e.Args[0]), op: "<", value: text(next), source: e, exact: exact, pair: true})
	}
	out[len(out)-1].exact = false
	return out
}

// prefixEnd is the least string greater than all that start with p.
func prefixEnd(p string) (string, bool) {
	b := []byte(p)
	for len(b) > 0 {
		if b[len(b)-1] < 0xff {
			b[len(b)-1]++
			return string(b), true
		}
		b = b[:len(b)-1]
	}
	return "", false
}

// appendRowBound takes what the binder makes of (a, b) > (x, y):
// a > x OR (a = x AND …). It implies a >= x; the filter keeps the whole.
func appendRowBound(out []sarg, e *expr.Or, own cols, fixed func(expr.Expr) bool) []sarg {
	if len(e.Args) != 2 {
		return out
	}
	first, ok1 := e.Args[0].(*expr.Func)
	rest, ok2 := e.Args[1].(*expr.And)
	if !ok1 || !ok2 || len(first.Args) != 2 || len(rest.Args) == 0 {
		return out
	}
	same, ok := rest.Args[0].(*expr.Func)
	if !ok || same.Op != "=" || len(same.Args) != 2 || !expr.Equal(same.Args[0], first.Args[0]) || !expr.Equal(same.Args[1], first.Args[1]) {
		return out
	}
	if !own.reads(first.Args[0]) || !fixed(first.Args[1]) {
		return out
	}
	switch first.Op {
	case ">", "<":
		return append(out, sarg{key: bare(first.Args[0]), op: first.Op + "=", value: first.Args[1], source: e})
	}
	return out
}

// keySargs are the conditions on key i of an index, their values of its type.
func (o *optimizer) keySargs(s *plan.Scan, x *catalog.Index, i int, preds []sarg) []sarg {
	k := x.Keys[i]
	var out []sarg
	for _, p := range preds {
		if !o.isKey(s, x, i, p.key) {
			continue
		}
		if converted, ok := convert(p, k.Type); ok {
			out = append(out, converted)
		}
	}
	return out
}

func (o *optimizer) isKey(s *plan.Scan, x *catalog.Index, i int, key expr.Expr) bool {
	k := x.Keys[i]
	if k.Attnum != 0 {
		c, ok := key.(*expr.Col)
		if !ok {
			return false
		}
		for _, sc := range s.Cols {
			if sc.ID == c.ID {
				return sc.Attnum == k.Attnum
			}
		}
		return false
	}
	bound := s.IndexExprs[x.OID].Keys
	return i < len(bound) && bound[i] != nil && (expr.Equal(bound[i], key) || expr.Equal(bare(bound[i]), key))
}

// convert gives the values of a condition the key's type where that loses
// nothing.
func convert(p sarg, t *types.T) (sarg, bool) {
	if p.op == "null" {
		return p, true
	}
	if p.op != "in" {
		v, ok := as(p.value, t)
		p.value = v
		return p, ok
	}
	list := make([]expr.Expr, 0, len(p.list))
	for _, v := range p.list {
		c, ok := as(v, t)
		if !ok {
			return p, false
		}
		list = append(list, c)
	}
	p.list = list
	return p, true
}

// as converts a value to the type of a key: the same type, a narrower integer, a
// constant integer that fits, a string for a string.
func as(v expr.Expr, t *types.T) (expr.Expr, bool) {
	from, to := v.Type().Underlying(), t.Underlying()
	if from.Is(to) && (!to.Is(types.RecordT) && !to.IsComposite()) {
		return v, true
	}
	c, isConst := v.(*expr.Const)
	switch {
	case from.IsInteger() && to.IsInteger():
		if isConst {
			if c.Value.IsNull() {
				return &expr.Const{T: t, Mod: -1}, true
			}
			n := c.Value.Int()
			fits := to.Is(types.Int8) || to.Is(types.Int4) && n >= math.MinInt32 && n <= math.MaxInt32 ||
				to.Is(types.Int2) && n >= math.MinInt16 && n <= math.MaxInt16
			return &expr.Const{Value: c.Value, T: t, Mod: -1}, fits
		}
		if from.Len <= to.Len {
			return &expr.Cast{Arg: v, T: t, Mod: -1}, true
		}
	case from.Is(types.Text) && (to.Is(types.Varchar) || to.Is(types.Dyn)), from.Is(types.Varchar) && to.Is(types.Text):
		if isConst {
			return &expr.Const{Value: c.Value, T: t, Mod: -1}, true
		}
		return &expr.Cast{Arg: v, T: t, Mod: -1}, true
	}
	return v, false
}

// equalities picks the condition that fixes a key: = before IN before IS NULL.
func equalities(ps []sarg) (*sarg, bool) {
	for _, op := range []string{"=", "in", "null"} {
		for i := range ps {
			if ps[i].op == op {
				return &ps[i], true
			}
		}
	}
	return nil, false
}

// bounds picks the first lower and the first upper bound.
func bounds(ps []sarg) (lo, hi *sarg) {
	for i := range ps {
		switch ps[i].op {
		case ">", ">=":
			if lo == nil {
				lo = &ps[i]
			}
		case "<", "<=":
			if hi == nil {
				hi = &ps[i]
			}
		}
	}
	return lo, hi
}

// extend adds an equality to every span, once for each of its values.
func extend(spans []plan.Span, eq *sarg) []plan.Span {
	var out []plan.Span
	vals := eq.values()
	for _, s := range spans {
		for _, v := range vals {
			n := plan.Span{Eq: append(append([]expr.Expr(nil), s.Eq...), v), NullEq: s.NullEq}
			if eq.op == "null" || s.NullEq != nil {
				n.NullEq = append(append(make([]bool, 0, len(n.Eq)), s.NullEq...), make([]bool, len(s.Eq)-len(s.NullEq))...)
				n.NullEq = append(n.NullEq, eq.op == "null")
			}
			out = append(out, n)
		}
	}
	return out
}

func bound(s *plan.Span, lo, hi *sarg) {
	if lo != nil {
		s.Lower, s.LowerIncl = lo.value, lo.op == ">="
	}
	if hi != nil {
		s.Upper, s.UpperIncl = hi.value, hi.op == "<="
	}
}
