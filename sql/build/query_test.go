package build

import (
	"fmt"
	"math/rand"
	"sort"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// settings are the ways each query test runs: ordinary, with tiny chunks, and
// with a budget that forces hash operators and sorts to spill.
var settings = []struct {
	name  string
	rows  int
	limit int64
}{
	{"ordinary", 0, 0},
	{"chunks of 3", 3, 0},
	{"spilling", 16, 6 << 10},
}

func eachSetting(t *testing.T, run func(t *testing.T, f *fixture, r *rand.Rand)) {
	for _, s := range settings {
		t.Run(s.name, func(t *testing.T) {
			seed := rand.Int63()
			t.Logf("seed %d", seed)
			f := newFixture(t)
			f.rows, f.limit = s.rows, s.limit
			run(t, f, rand.New(rand.NewSource(seed)))
		})
	}
}

// randomTable makes a table without primary key: a and b small integers, s a
// short text, all with NULLs.
func (f *fixture) randomTable(r *rand.Rand, n int) (*catalog.Table, [][]types.Datum) {
	t := f.table(fmt.Sprintf("t%d", f.next), 0, "a", types.Int4, "b", types.Int8, "s", types.Text)
	var rows [][]types.Datum
	for range n {
		d := row(r.Intn(n/3+1), r.Intn(50), fmt.Sprintf("s%d", r.Intn(40)))
		for i := range d {
			if r.Intn(12) == 0 {
				d[i] = types.Null
			}
		}
		rows = append(rows, d)
	}
	if n > 0 {
		f.must(f.insert(t, rows...))
	}
	return t, rows
}

func line(d []types.Datum) string {
	var s []string
	for _, v := range d {
		switch v.Kind() {
		case types.KindNull:
			s = append(s, "NULL")
		case types.KindStr:
			s = append(s, v.Str())
		default:
			s = append(s, fmt.Sprint(v.Int()))
		}
	}
	return strings.Join(s, "|")
}

func sameRows(t *testing.T, what string, got, want []string) {
	t.Helper()
	g, w := sorted(got), sorted(want)
	if len(g) == len(w) {
		same := true
		for i := range g {
			same = same && g[i] == w[i]
		}
		if same {
			return
		}
	}
	t.Fatalf("%s: %d rows, want %d\ngot  %.2000s\nwant %.2000s", what, len(g), len(w), strings.Join(g, "; "), strings.Join(w, "; "))
}

var joinKinds = []plan.JoinKind{plan.Inner, plan.Left, plan.Full, plan.Semi, plan.Anti}

// joinSlow is the reference: every pair is looked at.
func joinSlow(kind plan.JoinKind, l, r [][]types.Datum, match func(l, r []types.Datum) bool) []string {
	nulls := make([]types.Datum, 3)
	hitR := make([]bool, len(r))
	var out []string
	for _, x := range l {
		hit := false
		for j, y := range r {
			if !match(x, y) {
				continue
			}
			hit, hitR[j] = true, true
			if kind == plan.Inner || kind == plan.Left || kind == plan.Full {
				out = append(out, line(append(append([]types.Datum{}, x...), y...)))
			}
		}
		switch {
		case kind == plan.Semi && hit, kind == plan.Anti && !hit:
			out = append(out, line(x))
		case !hit && (kind == plan.Left || kind == plan.Full):
			out = append(out, line(append(append([]types.Datum{}, x...), nulls...)))
		}
	}
	for j, y := range r {
		if kind == plan.Full && !hitR[j] {
			out = append(out, line(append(append([]types.Datum{}, nulls...), y...)))
		}
	}
	return out
}

func TestJoins(t *testing.T) {
	eachSetting(t, func(t *testing.T, f *fixture, r *rand.Rand) {
		for _, n := range [][2]int{{120, 90}, {0, 40}, {40, 0}} {
			lt, lrows := f.randomTable(r, n[0])
			rt, rrows := f.randomTable(r, n[1])
			for _, key := range []int{0, 2} {
				for _, rest := range []bool{false, true} {
					match := func(x, y []types.Datum) bool {
						return !x[key].IsNull() && !y[key].IsNull() && types.Compare(lt.Columns[key].Type, x[key], y[key]) == 0 &&
							(!rest || !x[1].IsNull() && !y[1].IsNull() && x[1].Int() < y[1].Int())
					}
					for _, kind := range joinKinds {
						want := joinSlow(kind, lrows, rrows, match)
						for _, algo := range []plan.Algorithm{plan.Hash, plan.NestedLoop, plan.Lookup} {
							for _, buildLeft := range []bool{false, true} {
								j := f.joinPlan(kind, algo, lt, rt, key, rest)
								if j == nil || buildLeft && algo != plan.Hash || f.limit > 0 && algo == plan.NestedLoop {
									continue
								}
								j.BuildLeft = buildLeft
								what := fmt.Sprintf("kind %d algorithm %d key %d rest %v build left %v", kind, algo, key, rest, buildLeft)
								sameRows(t, what, f.must(j), want)
							}
						}
					}
				}
			}
		}
	})
}

func (f *fixture) joinPlan(kind plan.JoinKind, algo plan.Algorithm, lt, rt *catalog.Table, key int, rest bool) *plan.Join {
	l, r := f.scan(lt, false), f.scan(rt, false)
	j := &plan.Join{Kind: kind, L: l, R: r, Algo: algo}
	j.Cols = append(j.Cols, l.Cols...)
	if kind != plan.Semi && kind != plan.Anti {
		j.Cols = append(j.Cols, r.Cols...)
	}
	eq := f.op("=", col(l, key), col(r, key))
	if rest {
		j.On = f.op("<", col(l, 1), col(r, 1))
	}
	switch algo {
	case plan.Hash:
		j.LeftKeys, j.RightKeys, j.Eqs = []expr.Expr{col(l, key)}, []expr.Expr{col(r, key)}, []*expr.FuncDef{eq.Def}
	case plan.Lookup:
		if kind == plan.Full {
			return nil
		}
		r.Filter = eq // reads the left row as outer columns
		j.Lateral = true
	default:
		if j.On = eq; rest {
			j.On = &expr.And{Args: []expr.Expr{eq, f.op("<", col(l, 1), col(r, 1))}}
		}
	}
	return j
}

// TestNotIn: a NULL on the right leaves nothing, a NULL on the left is dropped,
// and an empty right side keeps all.
func TestNotIn(t *testing.T) {
	f := newFixture(t)
	l := f.table("l", 0, "a", types.Int4)
	f.must(f.insert(l, row(1), row(2), row(nil)))
	for _, c := range []struct {
		right [][]types.Datum
		want  string
	}{
		{nil, "1\n2\nNULL"},
		{[][]types.Datum{row(2)}, "1"},
		{[][]types.Datum{row(2), row(nil)}, ""},
	} {
		r := f.table("r", 0, "a", types.Int4)
		if c.right != nil {
			f.must(f.insert(r, c.right...))
		}
		ls, rs := f.scan(l, false), f.scan(r, false)
		j := &plan.Join{Kind: plan.Anti, L: ls, R: rs, Algo: plan.Hash, NullAware: true,
			LeftKeys: []expr.Expr{col(ls, 0)}, RightKeys: []expr.Expr{col(rs, 0)}, Eqs: []*expr.FuncDef{f.op("=", col(ls, 0), col(rs, 0)).Def}}
		j.Cols = ls.Cols
		want(t, f.must(j), c.want)
	}
}

func TestAggregates(t *testing.T) {
	eachSetting(t, func(t *testing.T, f *fixture, r *rand.Rand) {
		tab, rows := f.randomTable(r, 900)
		for _, key := range []int{0, 2} {
			s := f.scan(tab, false)
			n := &plan.Aggregate{In: s, Keys: []expr.Expr{col(s, key)}}
			distinct := f.agg("count", col(s, 1))
			distinct.Distinct = true
			ordered := f.agg("string_agg", col(s, 2), str(","))
			ordered.OrderBy = []expr.SortKey{{Expr: col(s, 2)}}
			filtered := f.agg("count", col(s, 0))
			filtered.Filter = f.op(">", col(s, 1), num(25))
			n.Calls = []*expr.AggCall{f.agg("count"), f.agg("sum", col(s, 0)), f.agg("max", col(s, 1)), f.agg("min", col(s, 2)), distinct, ordered, filtered}
			n.Cols = []plan.Col{{ID: f.id(), T: s.Cols[key].T}}
			for _, c := range n.Calls {
				n.Cols = append(n.Cols, plan.Col{ID: f.id(), T: c.T})
			}
			sameRows(t, fmt.Sprint("key ", key), f.must(n), aggregateSlow(rows, key))
			d := &plan.Distinct{In: &plan.Project{In: s, Out: []expr.Expr{col(s, key)}, Base: plan.Base{Cols: []plan.Col{{ID: f.id(), T: s.Cols[key].T}}}}}
			d.Cols = d.In.Columns()
			var keys []string
			for k := range groupBy(rows, key) {
				keys = append(keys, k)
			}
			sameRows(t, "distinct", f.must(d), keys)
		}
	})
}

func groupBy(rows [][]types.Datum, key int) map[string][][]types.Datum {
	groups := map[string][][]types.Datum{}
	for _, r := range rows {
		k := line(r[key : key+1])
		groups[k] = append(groups[k], r)
	}
	return groups
}

func aggregateSlow(rows [][]types.Datum, key int) []string {
	var out []string
	for k, g := range groupBy(rows, key) {
		sum, max, min, filtered := types.Null, types.Null, "", 0
		distinct := map[int64]bool{}
		var texts []string
		for _, r := range g {
			if !r[0].IsNull() {
				sum = types.MakeInt(sum.Int() + r[0].Int())
				if !r[1].IsNull() && r[1].Int() > 25 {
					filtered++
				}
			}
			if !r[1].IsNull() {
				distinct[r[1].Int()] = true
				if max.IsNull() || r[1].Int() > max.Int() {
					max = r[1]
				}
			}
			if !r[2].IsNull() {
				texts = append(texts, r[2].Str())
				if min == "" || r[2].Str() < min {
					min = r[2].Str()
				}
			}
		}
		sort.Strings(texts)
		joined := strings.Join(texts, ",")
		if joined == "" {
			joined, min = "NULL", "NULL"
		}
		out = append(out, fmt.Sprintf("%s|%d|%s|%s|%d|%s|%d", k, len(g), line([]types.Datum{sum, max}), min, len(distinct), joined, filtered))
	}
	return out
}

func TestGroupingSets(t *testing.T) {
	f := newFixture(t)
	tab := f.table("g", 0, "a", types.Int4, "b", types.Int4)
	f.must(f.insert(tab, row(1, 10), row(1, 20), row(2, 10)))
	s := f.scan(tab, false)
	n := &plan.Aggregate{In: s, Keys: []expr.Expr{col(s, 0), col(s, 1)}, Calls: []*expr.AggCall{f.agg("count")},
		Sets: [][]int{{0, 1}, {0}, {}}, GroupingID: f.id()}
	n.Cols = []plan.Col{{ID: f.id(), T: types.Int4}, {ID: f.id(), T: types.Int4}, {ID: f.id(), T: types.Int8}, {ID: n.GroupingID, T: types.Int8}}
	sameRows(t, "sets", f.must(n), []string{"1|10|1|0", "1|20|1|0", "2|10|1|0", "1|NULL|2|2", "2|NULL|1|2", "NULL|NULL|3|3"})
	s.Filter = &expr.Const{Value: types.MakeBool(false), T: types.Bool, Mod: -1}
	sameRows(t, "no input", f.must(n), []string{"NULL|NULL|0|3"})
}

func TestSortAndLimit(t *testing.T) {
	eachSetting(t, func(t *testing.T, f *fixture, r *rand.Rand) {
		tab, rows := f.randomTable(r, 1500)
		for trial := range 8 {
			s := f.scan(tab, false)
			keys := []expr.SortKey{{Expr: col(s, trial%3), Desc: trial&1 != 0, NullsFirst: trial&2 != 0}, {Expr: col(s, 1)}}
			n := &plan.Sort{In: s, Keys: keys}
			n.Cols = s.Cols
			want := append([][]types.Datum{}, rows...)
			sort.SliceStable(want, func(i, j int) bool { return lessSlow(keys, []int{trial % 3, 1}, want[i], want[j]) })
			got := f.must(n)
			for i := range want {
				if got[i] != line(want[i]) {
					t.Fatalf("trial %d row %d: got %s want %s", trial, i, got[i], line(want[i]))
				}
			}
			top := *n
			top.Top = num(25)
			l := &plan.Limit{In: &top, Count: num(20), Offset: num(5)}
			l.Cols = s.Cols
			got = f.must(l)
			for i := range got {
				if len(got) != 20 || got[i] != line(want[i+5]) {
					t.Fatalf("trial %d top row %d of %d: got %s want %s", trial, i, len(got), got[i], line(want[i+5]))
				}
			}
		}
	})
}

func lessSlow(keys []expr.SortKey, at []int, a, b []types.Datum) bool {
	for i, k := range keys {
		x, y := a[at[i]], b[at[i]]
		switch {
		case x.IsNull() && y.IsNull():
			continue
		case x.IsNull():
			return k.NullsFirst
		case y.IsNull():
			return !k.NullsFirst
		}
		if c := types.Compare(k.Expr.Type(), x, y); c != 0 {
			return c < 0 != k.Desc
		}
	}
	return false
}

func TestLimitWithTies(t *testing.T) {
	for _, rows := range []int{0, 1, 2} {
		f := newFixture(t)
		f.rows = rows
		tab := f.table("w", 1, "a", types.Int4, "b", types.Int4)
		f.must(f.insert(tab, row(1, 1), row(2, 1), row(3, 2), row(4, 2), row(5, 2), row(6, 3)))
		s := f.scan(tab, false)
		n := &plan.Limit{In: s, Count: num(3), WithTies: true, Ties: []expr.SortKey{{Expr: col(s, 1)}}}
		n.Cols = s.Cols
		want(t, f.must(n), "1|1\n2|1\n3|2\n4|2\n5|2")
	}
}

func TestSetOperations(t *testing.T) {
	eachSetting(t, func(t *testing.T, f *fixture, r *rand.Rand) {
		lt, l := f.randomTable(r, 60)
		rt, rr := f.randomTable(r, 80)
		project := func(tab *catalog.Table) plan.Node {
			s := f.scan(tab, false)
			return &plan.Project{In: s, Out: []expr.Expr{col(s, 1)}, Base: plan.Base{Cols: []plan.Col{{ID: f.id(), T: types.Int8}}}}
		}
		for _, kind := range []plan.SetOpKind{plan.Union, plan.Intersect, plan.Except} {
			for _, all := range []bool{false, true} {
				n := &plan.SetOp{Kind: kind, All: all, L: project(lt), R: project(rt)}
				n.Cols = []plan.Col{{ID: f.id(), T: types.Int8}}
				sameRows(t, fmt.Sprint(kind, all), f.must(n), setOpSlow(kind, all, l, rr))
			}
		}
	})
}

func setOpSlow(kind plan.SetOpKind, all bool, l, r [][]types.Datum) []string {
	nl, nr := map[string]int{}, map[string]int{}
	for _, x := range l {
		nl[line(x[1:2])]++
	}
	for _, x := range r {
		nr[line(x[1:2])]++
	}
	seen := map[string]bool{}
	var out []string
	for _, k := range append(keysOf(nl), keysOf(nr)...) {
		if seen[k] {
			continue
		}
		seen[k] = true
		n := 0
		switch {
		case kind == plan.Union:
			n = nl[k] + nr[k]
		case kind == plan.Intersect:
			n = min(nl[k], nr[k])
		case all:
			n = max(nl[k]-nr[k], 0)
		case nr[k] == 0:
			n = nl[k]
		}
		if !all {
			n = min(n, 1)
		}
		for range n {
			out = append(out, k)
		}
	}
	return out
}

func keysOf(m map[string]int) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}

func TestRecursion(t *testing.T) {
	f := newFixture(t)
	one := &plan.Values{Rows: [][]expr.Expr{{num(1)}}, Base: plan.Base{Cols: []plan.Col{{ID: f.id(), T: types.Int4}}}}
	cte := &plan.CTE{ID: 1, Name: "t", Plan: one, All: true}
	w := &plan.CTEScan{CTE: cte, Working: true, Base: plan.Base{Cols: []plan.Col{{ID: f.id(), T: types.Int4}}}}
	cte.Recursive = &plan.Project{In: w, Out: []expr.Expr{f.op("+", col(w, 0), num(1))}, Base: plan.Base{Cols: []plan.Col{{ID: f.id(), T: types.Int4}}}}
	read := &plan.CTEScan{CTE: cte, Base: plan.Base{Cols: []plan.Col{{ID: f.id(), T: types.Int4}}}}
	l := &plan.Limit{In: read, Count: num(5)}
	l.Cols = read.Cols
	n := &plan.With{CTEs: []*plan.CTE{cte}, In: l}
	n.Cols = read.Cols
	want(t, f.must(n), "1\n2\n3\n4\n5")
}
