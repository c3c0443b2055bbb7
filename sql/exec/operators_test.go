package exec

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// Each operator is compared with the plainest thing that does the same over
// slices of rows.

func sortKeys(t *table, r *rand.Rand) []SortKey {
	var ks []SortKey
	for _, i := range r.Perm(len(t.types))[:1+r.IntN(3)] {
		ks = append(ks, SortKey{Expr: t.col(i), T: t.types[i], Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0})
	}
	if r.IntN(3) == 0 { // a key that is no column
		e := operator("+", t.ref(0, 1), &expr.Const{Value: types.MakeInt(1), T: types.Int8, Mod: -1})
		ks[0] = SortKey{Expr: compiled(e, t.layout(1)), T: types.Int8}
	}
	return ks
}

// keyOf is the value of a key of sortKeys.
func keyOf(k SortKey, row []Datum) Datum {
	if c := k.Expr.Col(); c >= 0 {
		return row[c]
	}
	if row[0].IsNull() {
		return row[0]
	}
	return types.MakeInt(row[0].Int() + 1)
}

func compareSlow(ks []SortKey, a, b []Datum) int {
	for _, k := range ks {
		x, y := keyOf(k, a), keyOf(k, b)
		c := 0
		switch {
		case x.IsNull() && y.IsNull():
			continue
		case x.IsNull() || y.IsNull():
			if x.IsNull() == k.NullsFirst {
				return -1
			}
			return 1
		default:
			c = types.Compare(k.T, x, y)
		}
		if c != 0 && k.Desc {
			return -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func sortSlow(rows [][]Datum, ks []SortKey) [][]Datum {
	out := slices.Clone(rows)
	slices.SortStableFunc(out, func(a, b []Datum) int { return compareSlow(ks, a, b) })
	return out
}

func TestSort(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, rn *runner) {
		for range 4 {
			tab := randomTable(r, r.IntN(700))
			if len(tab.rows) == 0 {
				rn.noSpill = true
			}
			ks := sortKeys(tab, r)
			want := sortSlow(tab.rows, ks)
			s := &Sort{In: rn.source(tab), Keys: ks, Kinds: tab.kinds()}
			rn.same("sort", rn.rows(s, tab.types), texts(want, tab.types), true)
			n := r.IntN(len(want) + 2)
			s.Top = Constant(types.MakeInt(int64(n)), types.Int8)
			rn.same(fmt.Sprint("top ", n), rn.rows(s, tab.types), texts(want[:min(n, len(want))], tab.types), true)
		}
	})
}

func distinctSlow(rows []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, r := range rows {
		if !seen[r] {
			seen[r] = true
			out = append(out, r)
		}
	}
	return out
}

func TestDistinct(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, rn *runner) {
		for _, col := range []int{0, 1, 2, 3} {
			tab := randomTable(r, 600)
			one := &table{types: tab.types[col : col+1]}
			for _, row := range tab.rows {
				one.rows = append(one.rows, row[col:col+1])
			}
			s := &Distinct{In: rn.source(one), Keys: []*Expr{one.col(0)}, KeyTypes: one.types, Kinds: one.kinds()}
			rn.same(fmt.Sprint("column ", col), rn.rows(s, one.types), distinctSlow(texts(one.rows, one.types)), false)
		}
	})
}

func setOpSlow(kind plan.SetOpKind, all bool, l, r []string) []string {
	count := map[string]int{}
	for _, x := range r {
		count[x]++
	}
	var out []string
	if !all {
		l = distinctSlow(l)
	}
	for _, x := range l {
		had := count[x] > 0
		if all {
			count[x]--
		}
		if had == (kind == plan.Intersect) {
			out = append(out, x)
		}
	}
	return out
}

func TestSetOps(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, rn *runner) {
		for _, n := range [][2]int{{500, 400}, {0, 100}, {100, 0}} {
			l, rt := narrow(randomTable(r, n[0])), narrow(randomTable(r, n[1]))
			for _, kind := range []plan.SetOpKind{plan.Intersect, plan.Except} {
				for _, all := range []bool{false, true} {
					s := &SetOp{Kind: kind, All: all, L: rn.source(l), R: rn.source(rt), Types: l.types, Kinds: l.kinds()}
					want := setOpSlow(kind, all, texts(l.rows, l.types), texts(rt.rows, rt.types))
					rn.same(fmt.Sprint("kind ", kind, " all ", all), rn.rows(s, l.types), want, false)
				}
			}
		}
	})
}

// narrow leaves the first two columns.
func narrow(t *table) *table {
	out := &table{types: t.types[:2]}
	for _, r := range t.rows {
		out.rows = append(out.rows, r[:2])
	}
	return out
}

var joinKinds = []plan.JoinKind{plan.Inner, plan.Left, plan.Full, plan.Semi, plan.Anti}

// joinSlow looks at every pair.
func joinSlow(kind plan.JoinKind, l, r *table, match func(a, b []Datum) bool) [][]Datum {
	var out [][]Datum
	hitR := make([]bool, len(r.rows))
	nulls := func(n int) []Datum { return make([]Datum, n) }
	for _, a := range l.rows {
		hit := false
		for j, b := range r.rows {
			if match(a, b) {
				hit, hitR[j] = true, true
				if kind != plan.Semi && kind != plan.Anti {
					out = append(out, slices.Concat(a, b))
				}
			}
		}
		switch {
		case kind == plan.Semi && hit, kind == plan.Anti && !hit:
			out = append(out, a)
		case !hit && (kind == plan.Left || kind == plan.Full):
			out = append(out, slices.Concat(a, nulls(len(r.types))))
		}
	}
	for j, b := range r.rows {
		if kind == plan.Full && !hitR[j] {
			out = append(out, slices.Concat(nulls(len(l.types)), b))
		}
	}
	return out
}

func TestJoins(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, rn *runner) {
		for _, n := range [][2]int{{90, 70}, {0, 40}, {40, 0}, {3, 150}} {
			l, rt := randomTable(r, n[0]), randomTable(r, n[1])
			both := append(l.layout(1), rt.layout(11)...)
			outTypes := slices.Concat(l.types, rt.types)
			for _, key := range []int{0, 1, 2} {
				for _, rest := range []bool{false, true} {
					match := func(a, b []Datum) bool {
						return !a[key].IsNull() && !b[key].IsNull() && types.Compare(l.types[key], a[key], b[key]) == 0 &&
							(!rest || !a[1].IsNull() && !b[1].IsNull() && a[1].Str() < b[1].Str())
					}
					var on expr.Expr
					if rest {
						on = operator("<", l.ref(1, 1), rt.ref(1, 11))
					}
					for _, kind := range joinKinds {
						ts := outTypes
						if kind == plan.Semi || kind == plan.Anti {
							ts = l.types
						}
						want := texts(joinSlow(kind, l, rt, match), ts)
						for _, left := range []bool{false, true} {
							h := &HashJoin{Kind: kind, L: rn.source(l), R: rn.source(rt), LKeys: []*Expr{l.col(key)}, RKeys: []*Expr{rt.col(key)},
								KeyTypes: l.types[key : key+1], On: compiled(on, both), BuildLeft: left, LKinds: l.kinds(), RKinds: rt.kinds()}
							rn.same(fmt.Sprintf("hash join: kind %d key %d rest %v build left %v", kind, key, rest, left), rn.rows(h, ts), want, false)
						}
						eq := operator("=", l.ref(key, 1), rt.ref(key, 11))
						if rest {
							eq = &expr.And{Args: []expr.Expr{eq, on}}
						}
						nl := &NestedLoop{Kind: kind, L: rn.source(l), R: rn.source(rt), On: compiled(eq, both), LKinds: l.kinds(), RKinds: rt.kinds()}
						rn.same(fmt.Sprintf("nested loop: kind %d key %d rest %v", kind, key, rest), rn.rows(nl, ts), want, false)
					}
				}
			}
		}
	})
}

// TestNotIn: NOT IN over a right side that does not fit, with and without NULLs.
func TestNotIn(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, rn *runner) {
		for _, nulls := range []bool{false, true} {
			for _, n := range []int{0, 1, 300} {
				l, rt := narrow(randomTable(r, 200)), narrow(randomTable(r, n))
				if !nulls {
					rt.rows = slices.DeleteFunc(rt.rows, func(row []Datum) bool { return row[0].IsNull() })
				}
				var want [][]Datum
				for _, a := range l.rows {
					pass := true
					for _, b := range rt.rows {
						pass = pass && !a[0].IsNull() && !b[0].IsNull() && a[0].Int() != b[0].Int()
					}
					if pass {
						want = append(want, a)
					}
				}
				h := &HashJoin{Kind: plan.Anti, NullAware: true, L: rn.source(l), R: rn.source(rt), LKeys: []*Expr{l.col(0)}, RKeys: []*Expr{rt.col(0)},
					KeyTypes: l.types[:1], LKinds: l.kinds(), RKinds: rt.kinds()}
				rn.same(fmt.Sprintf("nulls %v, %d rows", nulls, n), rn.rows(h, l.types), texts(want, l.types), false)
			}
		}
	})
}

// TestJoinOfOneKey: a key with more rows than fit is not divided for ever.
func TestJoinOfOneKey(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, rn *runner) {
		l, rt := narrow(randomTable(r, 20)), narrow(randomTable(r, 400))
		for _, row := range rt.rows {
			row[0] = types.MakeInt(3)
		}
		match := func(a, b []Datum) bool { return !a[0].IsNull() && a[0].Int() == b[0].Int() }
		ts := slices.Concat(l.types, rt.types)
		h := &HashJoin{Kind: plan.Left, L: rn.source(l), R: rn.source(rt), LKeys: []*Expr{l.col(0)}, RKeys: []*Expr{rt.col(0)},
			KeyTypes: l.types[:1], LKinds: l.kinds(), RKinds: rt.kinds()}
		rn.same("one key", rn.rows(h, ts), texts(joinSlow(plan.Left, l, rt, match), ts), false)
		if rn.files.made > 1000 {
			t.Errorf("%d temporary files", rn.files.made)
		}
	})
}

// aggregateCalls are calls of every way that a group takes its rows.
func aggregateCalls(t *table) []*AggCall {
	call := func(c *expr.AggCall, order ...int) *AggCall {
		out := &AggCall{Call: c}
		for _, a := range c.Args {
			out.Args, out.ArgTypes = append(out.Args, compiled(a, t.layout(1))), append(out.ArgTypes, a.Type())
		}
		for _, i := range order {
			out.OrderBy = append(out.OrderBy, SortKey{Expr: t.col(i), T: t.types[i]})
		}
		return out
	}
	distinct := func(c *expr.AggCall) *expr.AggCall { c.Distinct = true; return c }
	sep := &expr.Const{Value: types.MakeStr(","), T: types.Text, Mod: -1}
	half := &expr.Const{Value: types.MakeFloat(0.5), T: types.Float8, Mod: -1}
	disc := aggregate("percentile_disc", half, t.ref(0, 1))
	disc.Args = disc.Args[1:]
	median := call(disc, 0)
	median.Direct = []*Expr{compiled(half, nil)}
	return []*AggCall{
		call(aggregate("count")),
		call(aggregate("sum", t.ref(0, 1))),
		call(aggregate("min", t.ref(1, 1))),
		call(distinct(aggregate("count", t.ref(1, 1)))),
		call(distinct(aggregate("sum", t.ref(2, 1)))),
		call(aggregate("string_agg", t.ref(1, 1), sep), 2, 1),
		call(distinct(aggregate("array_agg", t.ref(1, 1)))),
		median,
	}
}

// aggregateSlow computes aggregateCalls over the rows of a group.
func aggregateSlow(rows [][]Datum) []Datum {
	min, median := types.Null, types.Null
	var sum int64
	var ints []int64
	strs := map[string]bool{}
	nums := map[string]Datum{}
	hasNull := false
	for _, r := range rows {
		if !r[0].IsNull() {
			ints = append(ints, r[0].Int())
			sum += r[0].Int()
		}
		if r[1].IsNull() {
			hasNull = true
		} else {
			strs[r[1].Str()] = true
			if min.IsNull() || r[1].Str() < min.Str() {
				min = r[1]
			}
		}
		if !r[2].IsNull() {
			nums[types.Format(r[2], types.Numeric, nil)] = r[2]
		}
	}
	sumOf := types.Null
	if len(ints) > 0 {
		sumOf = numeric(fmt.Sprint(sum))
		slices.Sort(ints)
		median = types.MakeInt(ints[(len(ints)+1)/2-1])
	}
	total, seen := 0.0, false
	for s := range nums {
		var f float64
		fmt.Sscan(s, &f)
		total, seen = total+f, true
	}
	distinctSum := types.Null
	if seen {
		distinctSum = numeric(fmt.Sprintf("%.1f", total))
	}
	joined := types.Null
	var parts []string
	for _, r := range sortSlow(rows, []SortKey{{Expr: columnTwo, T: types.Numeric}, {Expr: columnOne, T: types.Text}}) {
		if !r[1].IsNull() {
			parts = append(parts, r[1].Str())
		}
	}
	if len(parts) > 0 {
		joined = types.MakeStr(strings.Join(parts, ","))
	}
	array := &types.Array{Elem: types.Text, Lower: []int32{1}}
	for _, s := range slices.Sorted(func(yield func(string) bool) {
		for s := range strs {
			if !yield(s) {
				return
			}
		}
	}) {
		array.Elems = append(array.Elems, types.MakeStr(s))
	}
	if hasNull {
		array.Elems = append(array.Elems, types.Null)
	}
	array.Dims = []int32{int32(len(array.Elems))}
	agg := types.MakeArray(array)
	if len(rows) == 0 {
		agg = types.Null
	}
	return []Datum{types.MakeInt(int64(len(rows))), sumOf, min, types.MakeInt(int64(len(strs))), distinctSum, joined, agg, median}
}

func numeric(s string) Datum {
	d, err := types.Parse(types.Numeric, -1, s, nil)
	if err != nil {
		panic(err)
	}
	return d
}

var (
	columnOne = (&table{types: randomTypes}).col(1)
	columnTwo = (&table{types: randomTypes}).col(2)
)

func TestAggregate(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, rn *runner) {
		for _, sets := range [][][]int{nil, {{0, 1}, {0}, {}}, {{1}, {0}}} {
			tab := randomTable(r, 500)
			keys := []int{0, 1}
			s := &Aggregate{In: rn.source(tab), Keys: []*Expr{tab.col(0), tab.col(1)}, KeyTypes: tab.types[:2], Calls: aggregateCalls(tab),
				Sets: sets, GroupingID: true, InKinds: tab.kinds()}
			ts := append([]*types.T(nil), tab.types[:2]...)
			for _, c := range s.Calls {
				ts = append(ts, c.Call.T)
			}
			ts = append(ts, types.Int8)
			for _, x := range ts {
				s.Kinds = append(s.Kinds, x.Kind)
			}
			if sets == nil {
				sets = [][]int{keys}
			}
			var want []string
			for _, set := range sets {
				want = append(want, groupSlow(tab, set, ts)...)
			}
			rn.same(fmt.Sprint("sets ", sets), rn.rows(s, ts), want, false)
		}
	})
}

func groupSlow(tab *table, set []int, ts []*types.T) []string {
	groups := map[string][][]Datum{}
	var order []string
	mask := int64(3)
	for _, k := range set {
		mask &^= 1 << k
	}
	keyOf := func(row []Datum) []Datum {
		key := []Datum{types.Null, types.Null}
		for _, k := range set {
			key[k] = row[k]
		}
		return key
	}
	for _, row := range tab.rows {
		k := text(keyOf(row), ts)
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], row)
	}
	var out []string
	for _, k := range order {
		g := groups[k]
		row := append(append(keyOf(g[0]), aggregateSlow(g)...), types.MakeInt(mask))
		out = append(out, text(row, ts))
	}
	return out
}

// TestAggregateWithoutGroups: one row, even for no input, whatever the budget.
func TestAggregateWithoutGroups(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, rn *runner) {
		for _, n := range []int{0, 900} {
			rn.noSpill = n == 0
			tab := randomTable(r, n)
			s := &Aggregate{In: rn.source(tab), Calls: aggregateCalls(tab), Scalar: true, InKinds: tab.kinds()}
			var ts []*types.T
			for _, c := range s.Calls {
				ts = append(ts, c.Call.T)
				s.Kinds = append(s.Kinds, c.Call.T.Kind)
			}
			rn.same(fmt.Sprint(n, " rows"), rn.rows(s, ts), []string{text(aggregateSlow(tab.rows), ts)}, true)
		}
	})
}

func TestWindow(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, rn *runner) {
		for _, part := range [][]int{nil, {1}} {
			tab := randomTable(r, 300)
			order := []SortKey{{Expr: tab.col(0), T: types.Int8}}
			s := &Window{In: rn.source(tab), Order: order, InKinds: tab.kinds()}
			all := order
			for i := len(part) - 1; i >= 0; i-- {
				k := part[i]
				s.Partition, s.PartitionTypes = append(s.Partition, tab.col(k)), append(s.PartitionTypes, tab.types[k])
				all = append([]SortKey{{Expr: tab.col(k), T: tab.types[k]}}, all...)
			}
			moving := plan.Frame{Mode: plan.Rows, StartKind: plan.Preceding, EndKind: plan.CurrentRow}
			two := compiled(&expr.Const{Value: types.MakeInt(2), T: types.Int8, Mod: -1}, nil)
			win := func(c *expr.AggCall, f plan.Frame, start *Expr) *WindowCall {
				w := &WindowCall{Call: c, Frame: f, Start: start}
				for _, a := range c.Args {
					w.Args = append(w.Args, compiled(a, tab.layout(1)))
				}
				return w
			}
			s.Calls = []*WindowCall{
				win(aggregate("dense_rank"), plan.Frame{}, nil),
				win(aggregate("count", tab.ref(0, 1)), plan.Frame{}, nil),
				win(aggregate("array_agg", tab.ref(2, 1)), moving, two),
				win(aggregate("lag", tab.ref(2, 1)), plan.Frame{}, nil),
			}
			ts := append([]*types.T(nil), tab.types...)
			for _, c := range s.Calls {
				ts = append(ts, c.Call.T)
			}
			ts[len(ts)-1], ts[len(ts)-2] = types.Numeric, types.ArrayOf(types.Numeric)
			for _, x := range ts {
				s.Kinds = append(s.Kinds, x.Kind)
			}
			rn.same(fmt.Sprint("partition by ", part), rn.rows(s, ts), windowSlow(sortSlow(tab.rows, all), part, order, ts), true)
		}
	})
}

func windowSlow(rows [][]Datum, part []int, order []SortKey, ts []*types.T) []string {
	var out []string
	samePart := func(a, b []Datum) bool {
		for _, k := range part {
			if text(a[k:k+1], randomTypes[k:]) != text(b[k:k+1], randomTypes[k:]) {
				return false
			}
		}
		return true
	}
	for i, row := range rows {
		first := i
		for first > 0 && samePart(rows[first-1], row) {
			first--
		}
		rank, count := 1, 0
		for j := first; j < len(rows) && samePart(rows[j], row); j++ {
			if compareSlow(order, rows[j], row) > 0 {
				break
			}
			if j > first && j <= i && compareSlow(order, rows[j-1], rows[j]) != 0 {
				rank++
			}
			if !rows[j][0].IsNull() {
				count++
			}
		}
		frame := &types.Array{Elem: types.Numeric, Lower: []int32{1}}
		for j := max(first, i-2); j <= i; j++ {
			frame.Elems = append(frame.Elems, rows[j][2])
		}
		frame.Dims = []int32{int32(len(frame.Elems))}
		lag := types.Null
		if i > first {
			lag = rows[i-1][2]
		}
		out = append(out, text(append(slices.Clone(row), types.MakeInt(int64(rank)), types.MakeInt(int64(count)), types.MakeArray(frame), lag), ts))
	}
	return out
}

// TestWith: a common table expression that several read at once, each from the
// start, while it is computed.
func TestWith(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, rn *runner) {
		tab := randomTable(r, 400)
		eq := operator("=", tab.ref(0, 1), tab.ref(0, 11))
		both := append(tab.layout(1), tab.layout(11)...)
		s := &With{CTEs: []*CTE{{ID: 7, Plan: rn.source(tab), Kinds: tab.kinds(), Types: tab.types}},
			In: &Append{Inputs: []Spec{&CTEScan{ID: 7}, &NestedLoop{Kind: plan.Semi, L: &CTEScan{ID: 7}, R: &CTEScan{ID: 7}, On: compiled(eq, both), LKinds: tab.kinds(), RKinds: tab.kinds()}}}}
		want := texts(tab.rows, tab.types)
		for _, row := range tab.rows {
			if !row[0].IsNull() {
				want = append(want, text(row, tab.types))
			}
		}
		rn.same("read three times", rn.rows(s, tab.types), want, true)
	})
}

// TestRecursive: numbers up to a bound, each from the one before, several times
// over where duplicates stay.
func TestRecursive(t *testing.T) {
	each(t, func(t *testing.T, r *rand.Rand, rn *runner) {
		first := &table{types: []*types.T{types.Int8}, rows: [][]Datum{{types.MakeInt(1)}, {types.MakeInt(1)}, {types.MakeInt(50)}}}
		layout := first.layout(1)
		next := operator("+", first.ref(0, 1), &expr.Const{Value: types.MakeInt(1), T: types.Int8, Mod: -1})
		below := operator("<", first.ref(0, 1), &expr.Const{Value: types.MakeInt(100), T: types.Int8, Mod: -1})
		for _, all := range []bool{false, true} {
			s := &With{CTEs: []*CTE{{ID: 1, Plan: rn.source(first), Kinds: first.kinds(), Types: first.types, All: all,
				Recursive: &Project{In: &Filter{In: &CTEScan{ID: 1, Working: true}, Cond: compiled(below, layout), Kinds: first.kinds()}, Out: []*Expr{compiled(next, layout)}}}},
				In: &CTEScan{ID: 1}}
			var want []string
			for i := 1; i <= 100; i++ {
				want = append(want, fmt.Sprint(i))
				if all {
					want = append(want, fmt.Sprint(i))
					if i >= 50 {
						want = append(want, fmt.Sprint(i))
					}
				}
			}
			rn.same(fmt.Sprint("all ", all), rn.rows(s, first.types), want, false)
		}
	})
}

// spillingSpecs are one of each operator that spills.
func spillingSpecs(rn *runner, r *rand.Rand) map[string]Spec {
	tab := randomTable(r, 300)
	src := rn.source(tab)
	keys := []*Expr{tab.col(0)}
	one := tab.types[:1]
	agg := &Aggregate{In: src, Keys: keys, KeyTypes: one, Calls: aggregateCalls(tab), InKinds: tab.kinds(), Kinds: Kinds{types.KindInt}}
	for _, c := range agg.Calls {
		agg.Kinds = append(agg.Kinds, c.Call.T.Kind)
	}
	sum := aggregate("sum", tab.ref(0, 1))
	return map[string]Spec{
		"sort":      &Sort{In: src, Keys: sortKeys(tab, r), Kinds: tab.kinds()},
		"distinct":  &Distinct{In: src, Keys: keys, KeyTypes: one, Kinds: tab.kinds()},
		"set":       &SetOp{Kind: plan.Except, L: src, R: rn.source(randomTable(r, 200)), Types: tab.types, Kinds: tab.kinds()},
		"hash join": &HashJoin{Kind: plan.Full, L: src, R: rn.source(tab), LKeys: keys, RKeys: keys, KeyTypes: one, LKinds: tab.kinds(), RKinds: tab.kinds()},
		"loop":      &NestedLoop{Kind: plan.Semi, L: src, R: rn.source(tab), LKinds: tab.kinds(), RKinds: tab.kinds()},
		"aggregate": agg,
		"window": &Window{In: src, Order: []SortKey{{Expr: tab.col(0), T: types.Int8}}, InKinds: tab.kinds(), Kinds: append(tab.kinds(), sum.T.Kind),
			Calls: []*WindowCall{{Call: sum, Args: keys}}},
		"with": &With{CTEs: []*CTE{{ID: 1, Plan: src, Kinds: tab.kinds(), Types: tab.types}}, In: &CTEScan{ID: 1}},
	}
}

// TestTempFilesFail: whichever call on a temporary file fails, the statement ends
// with the error of the disk, and nothing is left open or taken.
func TestTempFilesFail(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	rn := &runner{t: t, work: 1, chunkRows: 11}
	for name, spec := range spillingSpecs(rn, r) {
		rn.files = &tempFiles{err: errDisk}
		if _, err := rn.collect(spec.New(), nil); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		calls := rn.files.calls
		if calls == 0 {
			t.Fatalf("%s does not spill", name)
		}
		for at := 1; at <= calls; at += 1 + calls/40 {
			rn.files = &tempFiles{err: errDisk, failAt: at}
			_, err := rn.collect(spec.New(), nil)
			if pgerr.Code(err) != pgerr.DiskFull || !errors.Is(err, errDisk) {
				t.Fatalf("%s: call %d of %d fails: got %v", name, at, calls, err)
			}
		}
	}
}

// TestOpenTemp: a temporary file has no name, and reads what was written.
func TestOpenTemp(t *testing.T) {
	dir := t.TempDir()
	f, err := OpenTemp(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write([]byte("rows")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 3)
	if _, err := f.ReadAt(b, 1); err != nil || string(b) != "ows" {
		t.Fatalf("%q, %v", b, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Fatalf("%v, %v", left, err)
	}
	if _, err := OpenTemp(dir + "/absent"); err == nil {
		t.Fatal("a file in no directory")
	}
}

// TestInputFails: an error of the input is the operator's, and nothing is left.
func TestInputFails(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for _, work := range []int64{0, 1} {
		rn := &runner{t: t, work: work, chunkRows: 11, files: &tempFiles{}}
		broken := errors.New("input is broken")
		for name, spec := range spillingSpecs(rn, r) {
			breakSource(spec, broken)
			if _, err := rn.collect(spec.New(), nil); !errors.Is(err, broken) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
}

// breakSource makes the first source under spec fail after its rows.
func breakSource(spec Spec, err error) {
	switch s := spec.(type) {
	case *source:
		s.fail = err
	case *Sort:
		breakSource(s.In, err)
	case *Distinct:
		breakSource(s.In, err)
	case *SetOp:
		breakSource(s.L, err)
	case *HashJoin:
		breakSource(s.L, err)
	case *NestedLoop:
		breakSource(s.L, err)
	case *Aggregate:
		breakSource(s.In, err)
	case *Window:
		breakSource(s.In, err)
	case *With:
		breakSource(s.CTEs[0].Plan, err)
	}
}

// TestTempLimit: temp_file_limit ends a statement, with PostgreSQL's words.
func TestTempLimit(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	rn := &runner{t: t, work: 1, chunkRows: 11, files: &tempFiles{}}
	for name, spec := range spillingSpecs(rn, r) {
		op, run := spec.New(), rn.run()
		run.TempBytesMax = 2048
		err := op.Open(run)
		for c := new(chunk.Chunk); err == nil && c != nil; {
			c, err = op.Next(t.Context())
		}
		op.Close()
		if pgerr.Code(err) != pgerr.ConfigurationLimitExceeded || !strings.Contains(err.Error(), "temporary file size exceeds temp_file_limit (2kB)") {
			t.Errorf("%s: got %v", name, err)
		}
		if rn.files.open != 0 || run.temp.used.Load() != 0 {
			t.Errorf("%s: %d files open, %d bytes counted", name, rn.files.open, run.temp.used.Load())
		}
	}
}

// TestOperatorsAreCancelled: a cancelled statement ends at the next chunk.
func TestOperatorsAreCancelled(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for _, work := range []int64{0, 1} {
		ctx, cancel := context.WithCancel(t.Context())
		rn := &runner{t: t, work: work, chunkRows: 5, files: &tempFiles{}, ctx: ctx}
		for name, spec := range spillingSpecs(rn, r) {
			op, run := spec.New(), rn.run()
			if err := op.Open(run); err != nil {
				t.Fatal(err)
			}
			if _, err := op.Next(ctx); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			gone, stop := context.WithCancel(ctx)
			stop()
			var err error
			for range 3 { // a chunk may be ready
				if _, err = op.Next(gone); err != nil {
					break
				}
			}
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: work %d: got %v", name, work, err)
			}
			op.Close()
			run.Reset()
		}
		cancel()
		if rn.files.open != 0 {
			t.Errorf("%d files open", rn.files.open)
		}
	}
}

// TestKeySet: it knows its keys, counts what they take, and is refused where the
// statement's budget does not hold them.
func TestKeySet(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	run := &Run{Mem: NewMemory(0)}
	run.Mem.Bind(budget.New(t.Context(), nil, budget.Limits{Bytes: 1 << 20}))
	var s keySet
	s.open(run)
	want := map[string]bool{}
	for range 5000 {
		k := fmt.Appendf(nil, "key %d", r.IntN(3000))
		fresh, err := s.add(k)
		if err != nil || fresh == want[string(k)] || !s.has(k) {
			t.Fatalf("%s: fresh %v, %v", k, fresh, err)
		}
		want[string(k)] = true
	}
	if s.has([]byte("another")) || run.Mem.Used() < 3000*5 {
		t.Fatalf("%d bytes are counted", run.Mem.Used())
	}
	var err error
	for i := 0; err == nil; i++ {
		if i > 100_000 {
			t.Fatal("a megabyte holds 100,000 keys")
		}
		_, err = s.add(fmt.Appendf(nil, "more %d", i))
	}
	if !errors.Is(err, budget.ErrMemory) {
		t.Fatalf("got %v", err)
	}
	s.close()
	if run.Mem.Used() != 0 {
		t.Fatalf("%d bytes are left", run.Mem.Used())
	}
	s.open(run)
	if s.has([]byte("key 1")) {
		t.Fatal("a closed set is not empty")
	}
}

// TestStarvedOperator: beside one that holds all of work_mem, another one still
// has a part of it, and does not divide its rows down to single keys.
func TestStarvedOperator(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 10))
	l := narrow(randomTable(r, 9000))
	rn := &runner{t: t, work: 256 << 10, files: &tempFiles{}}
	run := rn.run()
	if err := run.Mem.Take(256 << 10); err != nil {
		t.Fatal(err)
	}
	op := (&HashJoin{Kind: plan.Semi, L: rn.source(l), R: rn.source(l), LKeys: []*Expr{l.col(0)}, RKeys: []*Expr{l.col(0)},
		KeyTypes: l.types[:1], LKinds: l.kinds(), RKinds: l.kinds()}).New()
	defer op.Close()
	err := op.Open(run)
	for c := new(chunk.Chunk); err == nil && c != nil; {
		c, err = op.Next(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	if n := rn.files.made; n == 0 || n > 4*spillPartitions*spillPartitions {
		t.Errorf("%d temporary files for 9,000 rows", n)
	}
}
