package build

import (
	"context"
	"testing"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// TestSubqueryRunsOnce: an uncorrelated subquery is run once in an execution and
// anew in the next one, and leaves nothing of the budget behind.
func TestSubqueryRunsOnce(t *testing.T) {
	f := newFixture(t)
	tab := f.table("t", 1, "a", types.Int4)
	f.must(f.insert(tab, row(1), row(2), row(3)))
	calls := 0
	tick := &expr.FuncDef{Name: "tick", Ret: types.Int4, Volatility: 'v', Eval: func(*expr.Ctx, []types.Datum) (types.Datum, error) {
		calls++
		return types.MakeInt(int64(calls)), nil
	}}
	one := &plan.Values{Rows: [][]expr.Expr{{&expr.Func{Def: tick, T: types.Int4}}}}
	one.Cols = []plan.Col{{ID: f.id(), T: types.Int4}}
	sub := &expr.Subquery{Kind: expr.SubScalar, Plan: one, T: types.Int4}
	s := f.scan(tab, false)
	n := &plan.Project{In: s, Out: []expr.Expr{f.op("+", col(s, 0), sub)}}
	n.Cols = []plan.Col{{ID: f.id(), T: types.Int4}}
	p, err := Build(n, Options{})
	if err != nil {
		t.Fatal(err)
	}
	op, run := p.New(), f.run()
	for i, w := range []string{"2\n3\n4", "3\n4\n5", "4\n5\n6"} {
		p.Bind(run)
		if err := op.Open(run); err != nil {
			t.Fatal(err)
		}
		var rows []string
		for {
			c, err := op.Next(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if c == nil {
				break
			}
			rows = appendText(rows, c, n.Cols)
		}
		op.Close()
		run.Reset()
		want(t, rows, w)
		if calls != i+1 || run.Mem.Used() != 0 {
			t.Fatalf("%d calls after %d executions, %d bytes held", calls, i+1, run.Mem.Used())
		}
	}
}

// TestCorrelatedSubquery: run for each outer value, from the memo where it came before.
func TestCorrelatedSubquery(t *testing.T) {
	f := newFixture(t)
	tab := f.table("t", 0, "a", types.Int4)
	f.must(f.insert(tab, row(1), row(2), row(2), row(nil), row(1)))
	in := f.scan(tab, false)
	out := f.scan(tab, false)
	in.Filter = f.op("=", col(in, 0), col(out, 0))
	count := &plan.Aggregate{In: in, Calls: []*expr.AggCall{f.agg("count")}, Scalar: true}
	count.Cols = []plan.Col{{ID: f.id(), T: types.Int8}}
	sub := &expr.Subquery{Kind: expr.SubScalar, Plan: count, T: types.Int8, Outer: plan.OuterCols(count)}
	n := &plan.Project{In: out, Out: []expr.Expr{col(out, 0), sub}}
	n.Cols = []plan.Col{{ID: f.id(), T: types.Int4}, {ID: f.id(), T: types.Int8}}
	want(t, f.must(n), "1|2\n2|2\n2|2\nNULL|0\n1|2")
}
