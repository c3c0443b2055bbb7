package builtin

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// Relations of ranges. elem is the subtype; none of them holds for empty ranges
// unless said.

// lowerUpper compares a's lower bound with b's upper bound: > 0 where all of a
// is after b.
func lowerUpper(elem *types.T, a, b *types.Range) int {
	if a.LowerInf || b.UpperInf {
		return -1
	}
	c := types.Compare(elem, a.Lower, b.Upper)
	if c == 0 && !(a.LowerInc && b.UpperInc) {
		return 1
	}
	return c
}

func rangeBefore(elem *types.T, a, b *types.Range) bool {
	return !a.Empty && !b.Empty && lowerUpper(elem, b, a) > 0
}

func rangesOverlap(elem *types.T, a, b *types.Range) bool {
	return !a.Empty && !b.Empty && lowerUpper(elem, a, b) <= 0 && lowerUpper(elem, b, a) <= 0
}

func rangeContains(elem *types.T, a, b *types.Range) bool {
	if b.Empty || a.Empty {
		return b.Empty
	}
	return types.CompareLower(elem, a, b) <= 0 && types.CompareUpper(elem, a, b) >= 0
}

// rangesTouch: the end of one is the start of the other, with one of the two
// bounds inclusive.
func rangesTouch(elem *types.T, a, b *types.Range) bool {
	if a.Empty || b.Empty {
		return false
	}
	next := func(x, y *types.Range) bool {
		return !x.UpperInf && !y.LowerInf && types.Compare(elem, x.Upper, y.Lower) == 0 && x.UpperInc != y.LowerInc
	}
	return next(a, b) || next(b, a)
}

func point(d types.Datum) *types.Range {
	return &types.Range{Lower: d, Upper: d, LowerInc: true, UpperInc: true}
}

func intersect(elem *types.T, a, b *types.Range) *types.Range {
	if !rangesOverlap(elem, a, b) {
		return types.EmptyRange
	}
	out := *a
	if types.CompareLower(elem, b, a) > 0 {
		out.Lower, out.LowerInc, out.LowerInf = b.Lower, b.LowerInc, b.LowerInf
	}
	if types.CompareUpper(elem, b, a) < 0 {
		out.Upper, out.UpperInc, out.UpperInf = b.Upper, b.UpperInc, b.UpperInf
	}
	return &out
}

// span is the smallest range over both.
func span(elem *types.T, a, b *types.Range) *types.Range {
	switch {
	case a.Empty:
		return b
	case b.Empty:
		return a
	}
	out := *a
	if types.CompareLower(elem, b, a) < 0 {
		out.Lower, out.LowerInc, out.LowerInf = b.Lower, b.LowerInc, b.LowerInf
	}
	if types.CompareUpper(elem, b, a) > 0 {
		out.Upper, out.UpperInc, out.UpperInf = b.Upper, b.UpperInc, b.UpperInf
	}
	return &out
}

// subtract is a less b as a list of zero to two ranges.
func subtract(elem *types.T, a, b *types.Range) []*types.Range {
	if !rangesOverlap(elem, a, b) {
		return []*types.Range{a}
	}
	var out []*types.Range
	if types.CompareLower(elem, a, b) < 0 {
		l := *a
		l.Upper, l.UpperInc, l.UpperInf = b.Lower, !b.LowerInc, false
		out = append(out, &l)
	}
	if types.CompareUpper(elem, a, b) > 0 {
		u := *a
		u.Lower, u.LowerInc, u.LowerInf = b.Upper, !b.UpperInc, false
		out = append(out, &u)
	}
	return out
}

// rangeOp registers a relation of two ranges.
func rangeOp(name string, holds func(elem *types.T, a, b *types.Range) bool) {
	opTyped(name, "anyrange", "anyrange", func(_ *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		elem := f.Args[0].Type().Underlying().Elem
		return types.MakeBool(holds(elem, types.RangeOf(a[0]), types.RangeOf(a[1]))), nil
	})
}

func registerRanges() {
	rangeOp("&&", rangesOverlap)
	rangeOp("@>", rangeContains)
	rangeOp("<@", func(e *types.T, a, b *types.Range) bool { return rangeContains(e, b, a) })
	rangeOp("<<", rangeBefore)
	rangeOp(">>", func(e *types.T, a, b *types.Range) bool { return rangeBefore(e, b, a) })
	rangeOp("-|-", rangesTouch)
	rangeOp("&<", func(e *types.T, a, b *types.Range) bool {
		return !a.Empty && !b.Empty && types.CompareUpper(e, a, b) <= 0
	})
	rangeOp("&>", func(e *types.T, a, b *types.Range) bool {
		return !a.Empty && !b.Empty && types.CompareLower(e, a, b) >= 0
	})
	opTyped("@>", "anyrange", "anyelement", func(_ *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		return types.MakeBool(rangeContains(f.Args[0].Type().Underlying().Elem, types.RangeOf(a[0]), point(a[1]))), nil
	})
	opTyped("<@", "anyelement", "anyrange", func(_ *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		return types.MakeBool(rangeContains(f.Args[1].Type().Underlying().Elem, types.RangeOf(a[1]), point(a[0]))), nil
	})
	registerRangeSets()
	registerRangeParts()
	for _, t := range []*types.T{types.Int4range, types.Int8range, types.Numrange, types.Daterange, types.Tsrange, types.Tstzrange} {
		registerRangeMaker(t)
	}
	registerMultiranges()
}

func registerRangeSets() {
	set := func(name string, f func(t *types.T, a, b *types.Range) (types.Datum, error)) {
		opTyped(name, "anyrange", "anyrange", func(_ *expr.Ctx, a []types.Datum, c *expr.Func) (types.Datum, error) {
			return f(c.T.Underlying(), types.RangeOf(a[0]), types.RangeOf(a[1]))
		})
	}
	set("*", func(t *types.T, a, b *types.Range) (types.Datum, error) {
		return types.MakeRange(t, *intersect(t.Elem, a, b))
	})
	set("+", func(t *types.T, a, b *types.Range) (types.Datum, error) {
		if !a.Empty && !b.Empty && !rangesOverlap(t.Elem, a, b) && !rangesTouch(t.Elem, a, b) {
			return types.Null, pgerr.New(pgerr.DataException, "result of range union would not be contiguous")
		}
		return types.MakeRange(t, *span(t.Elem, a, b))
	})
	set("-", func(t *types.T, a, b *types.Range) (types.Datum, error) {
		parts := subtract(t.Elem, a, b)
		switch len(parts) {
		case 0:
			return types.MakeOther(types.EmptyRange), nil
		case 1:
			return types.MakeRange(t, *parts[0])
		}
		return types.Null, pgerr.New(pgerr.DataException, "result of range difference would not be contiguous")
	})
	fnTyped("range_merge", "anyrange,anyrange", func(_ *expr.Ctx, a []types.Datum, c *expr.Func) (types.Datum, error) {
		t := c.T.Underlying()
		return types.MakeRange(t, *span(t.Elem, types.RangeOf(a[0]), types.RangeOf(a[1])))
	})
}

func registerRangeParts() {
	part := func(name string, f func(r *types.Range) types.Datum) {
		fn(name, "anyrange", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return f(types.RangeOf(a[0])), nil })
		fn(name, "anymultirange", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			m := a[0].Other().(types.Multirange)
			if len(m) == 0 {
				return f(types.EmptyRange), nil
			}
			if name[0] == 'u' {
				return f(m[len(m)-1]), nil
			}
			return f(m[0]), nil
		})
	}
	part("lower", func(r *types.Range) types.Datum { return r.Lower })
	part("upper", func(r *types.Range) types.Datum { return r.Upper })
	part("lower_inc", func(r *types.Range) types.Datum { return types.MakeBool(r.LowerInc) })
	part("upper_inc", func(r *types.Range) types.Datum { return types.MakeBool(r.UpperInc) })
	part("lower_inf", func(r *types.Range) types.Datum { return types.MakeBool(r.LowerInf) })
	part("upper_inf", func(r *types.Range) types.Datum { return types.MakeBool(r.UpperInf) })
	part("isempty", func(r *types.Range) types.Datum { return types.MakeBool(r.Empty) })
}

// registerRangeMaker registers int4range(a, b[, bounds]) and its kin.
func registerRangeMaker(t *types.T) {
	build := func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		bounds := "[)"
		if len(a) == 3 {
			if a[2].IsNull() {
				return types.Null, pgerr.New(pgerr.DataException, "range constructor flags argument must not be null")
			}
			bounds = a[2].Str()
		}
		if len(bounds) != 2 || bounds[0] != '[' && bounds[0] != '(' || bounds[1] != ']' && bounds[1] != ')' {
			return types.Null, pgerr.New(pgerr.SyntaxError, "invalid range bound flags").
				WithHint("Valid values are \"[]\", \"[)\", \"(]\", and \"()\".")
		}
		return types.MakeRange(t, types.Range{Lower: a[0], Upper: a[1], LowerInc: bounds[0] == '[', UpperInc: bounds[1] == ']'})
	}
	e := t.Elem.Name
	fn(t.Name, e+","+e, build)
	fn(t.Name, e+","+e+",text", build)
}

// asMulti is a range or multirange argument as a list of ranges.
func asMulti(d types.Datum) types.Multirange {
	switch v := d.Other().(type) {
	case types.Multirange:
		return v
	case *types.Range:
		if !v.Empty {
			return types.Multirange{v}
		}
	}
	return nil
}

func registerMultiranges() {
	for _, pair := range [][2]string{{"anymultirange", "anymultirange"}, {"anymultirange", "anyrange"}, {"anyrange", "anymultirange"}} {
		rel := func(name string, holds func(elem *types.T, a, b types.Multirange) bool) {
			opTyped(name, pair[0], pair[1], func(_ *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
				t := f.Args[0].Type().Underlying().Elem
				if pair[0] == "anymultirange" {
					t = t.Elem
				}
				return types.MakeBool(holds(t, asMulti(a[0]), asMulti(a[1]))), nil
			})
		}
		rel("&&", multisOverlap)
		rel("@>", multiContains)
		rel("<@", func(e *types.T, a, b types.Multirange) bool { return multiContains(e, b, a) })
		rel("<<", multiBefore)
		rel(">>", func(e *types.T, a, b types.Multirange) bool { return multiBefore(e, b, a) })
	}
	opTyped("@>", "anymultirange", "anyelement", func(_ *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		return types.MakeBool(multiContains(f.Args[0].Type().Underlying().Elem.Elem, asMulti(a[0]), types.Multirange{point(a[1])})), nil
	})
	opTyped("<@", "anyelement", "anymultirange", func(_ *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		return types.MakeBool(multiContains(f.Args[1].Type().Underlying().Elem.Elem, asMulti(a[1]), types.Multirange{point(a[0])})), nil
	})
	set := func(name string, f func(elem *types.T, a, b types.Multirange) []*types.Range) {
		opTyped(name, "anymultirange", "anymultirange", func(_ *expr.Ctx, a []types.Datum, c *expr.Func) (types.Datum, error) {
			t := c.T.Underlying()
			return types.MakeMultirange(t, f(t.Elem.Elem, asMulti(a[0]), asMulti(a[1]))), nil
		})
	}
	set("+", func(_ *types.T, a, b types.Multirange) []*types.Range {
		return append(append([]*types.Range(nil), a...), b...)
	})
	set("*", func(e *types.T, a, b types.Multirange) (out []*types.Range) {
		for _, x := range a {
			for _, y := range b {
				out = append(out, intersect(e, x, y))
			}
		}
		return out
	})
	set("-", func(e *types.T, a, b types.Multirange) []*types.Range {
		left := []*types.Range(a)
		for _, y := range b {
			var next []*types.Range
			for _, x := range left {
				next = append(next, subtract(e, x, y)...)
			}
			left = next
		}
		return left
	})
}

func multisOverlap(elem *types.T, a, b types.Multirange) bool {
	for _, x := range a {
		for _, y := range b {
			if rangesOverlap(elem, x, y) {
				return true
			}
		}
	}
	return false
}

func multiContains(elem *types.T, a, b types.Multirange) bool {
	for _, y := range b {
		found := false
		for _, x := range a {
			found = found || rangeContains(elem, x, y)
		}
		if !found {
			return false
		}
	}
	return true
}

func multiBefore(elem *types.T, a, b types.Multirange) bool {
	return len(a) > 0 && len(b) > 0 && rangeBefore(elem, a[len(a)-1], b[0])
}
