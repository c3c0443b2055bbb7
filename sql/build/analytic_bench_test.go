package build

import (
	"context"
	"testing"

	"github.com/cockroachdb/apd/v3"

	"github.com/ferritedb/ferrite/kv/pebblekv"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/local"
)

// linesRows is the size of the table of the analytic benchmarks.
const linesRows = 100_000

// lines is a table like TPC-H's lineitem, on Pebble and flushed, so that a scan
// reads sorted tables as it does on a server.
func lines(b *testing.B) (*fixture, *catalog.Table) {
	e, err := pebblekv.Open("db", pebblekv.Options{FS: pebblekv.NewMemFS()})
	if err != nil {
		b.Fatal(err)
	}
	s, err := local.Open(local.Options{Engine: e})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	f := &fixture{t: b, store: s}
	f.begin(txn.ReadCommitted)
	b.Cleanup(func() { f.tx.Rollback() })
	money, err := types.EncodeTypmod(types.Numeric, []int64{12, 2})
	if err != nil {
		b.Fatal(err)
	}
	t := f.table("lines", 1, "id", types.Int8, "qty", types.Numeric, "price", types.Numeric, "discount", types.Numeric,
		"flag", types.Text, "part", types.Int4, "shipped", types.Date)
	for _, c := range []int{1, 2, 3} {
		t.Columns[c].Mod = money
	}
	dec := func(n, scale int) types.Datum { return types.MakeNumeric(apd.New(int64(n), int32(-scale))) }
	for from := 0; from < linesRows; from += 1000 {
		var rows [][]types.Datum
		for i := from; i < from+1000; i++ {
			rows = append(rows, []types.Datum{types.MakeInt(int64(i)), dec(i%50*100, 2), dec(90000+i*7919%1000000, 2), dec(i%11, 2),
				types.MakeStr([]string{"A", "N", "R"}[i%3]), types.MakeInt(int64(i * 31 % 2000)), types.MakeInt(int64(i % 2500))})
		}
		f.must(f.insert(t, rows...))
		f.commit()
	}
	if err := s.Flush(); err != nil {
		b.Fatal(err)
	}
	f.tx.BeginStatement()
	return f, t
}

// perRow runs the plan again and again and reports the time for a row of lines.
func perRow(b *testing.B, f *fixture, n plan.Node) {
	p, err := Build(n, Options{})
	if err != nil {
		b.Fatal(err)
	}
	op := p.New()
	b.ReportAllocs()
	for b.Loop() {
		run := f.run()
		p.Bind(run)
		if err := op.Open(run); err != nil {
			b.Fatal(err)
		}
		for {
			c, err := op.Next(context.Background())
			if err != nil {
				b.Fatal(err)
			}
			if c == nil {
				break
			}
		}
		op.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/linesRows, "ns/row")
}

func grouped(f *fixture, in plan.Node, keys []expr.Expr, calls ...*expr.AggCall) *plan.Aggregate {
	a := &plan.Aggregate{In: in, Keys: keys, Calls: calls}
	for _, k := range keys {
		a.Cols = append(a.Cols, plan.Col{ID: f.id(), T: k.Type()})
	}
	for _, c := range calls {
		a.Cols = append(a.Cols, plan.Col{ID: f.id(), T: c.T})
	}
	return a
}

// columns is a scan of these columns.
func (f *fixture) columns(t *catalog.Table, attnums ...int16) *plan.Scan {
	s := &plan.Scan{Table: t}
	for _, a := range attnums {
		c := t.Columns[a-1]
		s.Cols = append(s.Cols, plan.Col{ID: f.id(), Name: c.Name, T: c.Type, Mod: c.Mod, Attnum: a})
	}
	return s
}

// BenchmarkGroupInt: SELECT part % 2000, sum(part), count(*) FROM lines GROUP BY 1.
func BenchmarkGroupInt(b *testing.B) {
	f, t := lines(b)
	s := f.columns(t, 6)
	perRow(b, f, grouped(f, s, []expr.Expr{col(s, 0)}, f.agg("sum", col(s, 0)), f.agg("count")))
}

// BenchmarkGroupNumeric is TPC-H's Q1 in small: sums of products by flag.
func BenchmarkGroupNumeric(b *testing.B) {
	f, t := lines(b)
	s := f.columns(t, 5, 2, 3, 4, 7)
	s.Filter = f.op("<=", col(s, 4), &expr.Const{Value: types.MakeInt(2400), T: types.Date})
	one := &expr.Const{Value: types.MakeNumeric(apd.New(1, 0)), T: types.Numeric}
	net := f.op("*", col(s, 2), f.op("-", one, col(s, 3)))
	perRow(b, f, grouped(f, s, []expr.Expr{col(s, 0)}, f.agg("sum", col(s, 1)), f.agg("sum", col(s, 2)), f.agg("sum", net),
		f.agg("avg", col(s, 1)), f.agg("count")))
}

// BenchmarkFilterNumeric is TPC-H's Q6 in small.
func BenchmarkFilterNumeric(b *testing.B) {
	f, t := lines(b)
	s := f.columns(t, 7, 4, 2, 3)
	num := func(n int64, scale int32) expr.Expr {
		return &expr.Const{Value: types.MakeNumeric(apd.New(n, -scale)), T: types.Numeric}
	}
	s.Filter = &expr.And{Args: []expr.Expr{
		f.op(">=", col(s, 0), &expr.Const{Value: types.MakeInt(500), T: types.Date}),
		f.op(">=", col(s, 1), num(5, 2)), f.op("<=", col(s, 1), num(7, 2)), f.op("<", col(s, 2), num(24, 0))}}
	perRow(b, f, grouped(f, s, nil, f.agg("sum", f.op("*", col(s, 3), col(s, 1)))))
}

// BenchmarkFilterText: SELECT count(*) FROM lines WHERE flag = 'A'.
func BenchmarkFilterText(b *testing.B) {
	f, t := lines(b)
	s := f.columns(t, 5)
	s.Filter = f.op("=", col(s, 0), str("A"))
	perRow(b, f, grouped(f, s, nil, f.agg("count")))
}
