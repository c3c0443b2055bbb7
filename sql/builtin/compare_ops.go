package builtin

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// comparisons maps an operator to what it says of an order.
var comparisons = map[string]func(c int) bool{
	"=":  func(c int) bool { return c == 0 },
	"<>": func(c int) bool { return c != 0 },
	"<":  func(c int) bool { return c < 0 },
	"<=": func(c int) bool { return c <= 0 },
	">":  func(c int) bool { return c > 0 },
	">=": func(c int) bool { return c >= 0 },
}

// registerCompare registers the comparisons of all types that types.Compare can
// order, within a type and across the pairs PostgreSQL has operators for.
func registerCompare() {
	for name, holds := range comparisons {
		for _, f := range opFacts[name] {
			if f.left == nil || !comparablePair(f.left, f.right) {
				continue
			}
			registerComparison(f, holds)
		}
	}
}

// comparablePair tells whether the pair can be compared by one of orderOf's ways.
func comparablePair(l, r *types.T) bool {
	if l.Is(r) {
		return true
	}
	return l.IsInteger() && r.IsInteger() || isFloat(l) && isFloat(r) || isStamp(l) && isStamp(r) ||
		l.IsString() && r.IsString() || l.Is(types.Xid) && r.IsInteger()
}

func isFloat(t *types.T) bool { return t.Is(types.Float4) || t.Is(types.Float8) }
func isStamp(t *types.T) bool {
	return t.Is(types.Date) || t.Is(types.Timestamp) || t.Is(types.Timestamptz)
}

func registerComparison(f opFact, holds func(int) bool) {
	l, r := f.left.Name, f.right.Name
	switch {
	case l != r && isStamp(f.left) && isStamp(f.right):
		op(f.name, l, r, func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
			return types.MakeBool(holds(compareStamps(ctx, f.left, f.right, a[0], a[1]))), nil
		})
	case f.left.IsPolymorphic() || f.left.Is(types.RecordT):
		opTyped(f.name, l, r, func(_ *expr.Ctx, a []types.Datum, call *expr.Func) (types.Datum, error) {
			return types.MakeBool(holds(types.Compare(call.Args[0].Type(), a[0], a[1]))), nil
		})
	default:
		t := f.left
		if !t.Is(f.right) && t.IsString() {
			t = types.Text
		}
		op(f.name, l, r, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			return types.MakeBool(holds(types.Compare(t, a[0], a[1]))), nil
		})
	}
}

// compareStamps compares moments of different types: a date or timestamp is
// taken in the session's time zone against a timestamptz.
func compareStamps(ctx *expr.Ctx, l, r *types.T, a, b types.Datum) int {
	to := types.Timestamp
	if l.Is(types.Timestamptz) || r.Is(types.Timestamptz) {
		to = types.Timestamptz
	}
	x, errX := types.CastTo(a, l, to, -1, false, ctx.IO())
	y, errY := types.CastTo(b, r, to, -1, false, ctx.IO())
	// A date beyond the range of timestamps is greater or less than all of them.
	switch {
	case errX != nil:
		return sign(a.Int())
	case errY != nil:
		return -sign(b.Int())
	}
	return types.Compare(to, x, y)
}

func sign(n int64) int {
	if n < 0 {
		return -1
	}
	return 1
}
