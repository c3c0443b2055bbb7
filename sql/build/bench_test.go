package build

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/keyspace"
)

// accounts is a table like pgbench_accounts with n rows.
func (f *fixture) accounts(n int) *catalog.Table {
	t := f.table("accounts", 1, "aid", types.Int4, "bid", types.Int4, "abalance", types.Int4, "filler", types.Text)
	filler := strings.Repeat(" ", 84)
	for from := 0; from < n; from += 1000 {
		var rows [][]types.Datum
		for i := range 1000 {
			rows = append(rows, row(from+i+1, 1, 0, filler))
		}
		f.must(f.insert(t, rows...))
		f.commit()
	}
	return t
}

// reuse runs one operator again and again, each time in a transaction of its own.
func (f *fixture) reuse(b *testing.B, n plan.Node, o txn.Options, params func(i int) []types.Datum) {
	p, err := Build(n, Options{})
	if err != nil {
		b.Fatal(err)
	}
	op := p.New()
	run := f.run()
	ctx := context.Background()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		tx, err := f.store.Begin(o)
		if err != nil {
			b.Fatal(err)
		}
		run.Txn, run.Eval.Params = tx, params(i)
		i++
		p.Bind(run)
		if err := op.Open(run); err != nil {
			b.Fatal(err)
		}
		for {
			c, err := op.Next(ctx)
			if err != nil {
				b.Fatal(err)
			}
			if c == nil {
				break
			}
		}
		op.Close()
		run.Reset()
		if _, err := tx.Commit(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPointSelect(b *testing.B) {
	f := newFixture(b)
	t := f.accounts(20000)
	s := &plan.Scan{Table: t, Base: plan.Base{Cols: []plan.Col{{ID: f.id(), T: types.Int4, Attnum: 3}}}}
	point(s, param(1, types.Int4))
	p := make([]types.Datum, 1)
	f.reuse(b, s, txn.Options{Latest: true, ReadOnly: true}, func(i int) []types.Datum {
		p[0] = types.MakeInt(int64(i%20000 + 1))
		return p
	})
}

func BenchmarkPointUpdate(b *testing.B) {
	f := newFixture(b)
	t := f.accounts(20000)
	src := point(f.scan(t, true), param(2, types.Int4))
	up := f.updatePlan(src, map[int16]expr.Expr{3: f.op("+", col(src, 2), param(1, types.Int4))})
	p := make([]types.Datum, 2)
	f.reuse(b, up, txn.Options{Durability: txn.None}, func(i int) []types.Datum {
		p[0], p[1] = types.MakeInt(1), types.MakeInt(int64(i%20000+1))
		return p
	})
}

func BenchmarkInsert(b *testing.B) {
	f := newFixture(b)
	t := f.table("history", 0, "tid", types.Int4, "bid", types.Int4, "aid", types.Int4, "delta", types.Int4)
	in := f.insert(t, row(1, 2, 3, 4))
	f.reuse(b, in, txn.Options{Durability: txn.None}, func(int) []types.Datum { return nil })
}

// patterns fills users:* and orders:* with n hashes each.
func (f *fixture) patterns(n int) *keyspace.Keyspace {
	ks := keyspace.New(f.store, clock.Real, nil)
	for from := 0; from < n; from += 1000 {
		tx := ks.NewTx(f.tx, keyspace.TxOptions{})
		for i := from; i < from+1000; i++ {
			b := func(s string) []byte { return []byte(s) }
			if err := tx.WriteHash(fmt.Appendf(nil, "users:%d", i), [][]byte{b("name"), fmt.Appendf(nil, "user %d", i),
				b("status"), b([]string{"active", "idle"}[i%2]), b("age"), fmt.Appendf(nil, "%d", i%80)}, 0); err != nil {
				f.t.Fatal(err)
			}
			if err := tx.WriteHash(fmt.Appendf(nil, "orders:%d", i), [][]byte{b("user"), fmt.Appendf(nil, "%d", i%n),
				b("total"), fmt.Appendf(nil, "%d", i%1000)}, 0); err != nil {
				f.t.Fatal(err)
			}
		}
		f.commit()
	}
	return ks
}

func (f *fixture) patternScan(pattern string, fields ...string) *plan.PatternScan {
	n := &plan.PatternScan{Pattern: &catalog.KeyPattern{Pattern: pattern}}
	for _, name := range fields {
		t := types.Dyn
		if name[0] == '_' {
			t = types.Text
		}
		n.Cols = append(n.Cols, plan.Col{ID: f.id(), Name: name, T: t, Mod: -1})
	}
	return n
}

// BenchmarkPatternJoin: SELECT status, count(*) FROM orders:* o JOIN users:* u
// ON o.user = u._id WHERE u.status = 'active' GROUP BY 1.
func BenchmarkPatternJoin(b *testing.B) {
	f := newFixture(b)
	ks := f.patterns(100000)
	u := f.patternScan("users:*", "_id", "status")
	u.Filter = f.op("=", &expr.Cast{Arg: col(u, 1), T: types.Text, Mod: -1}, str("active"))
	o := f.patternScan("orders:*", "user", "total")
	j := &plan.Join{Kind: plan.Inner, Algo: plan.Hash, L: o, R: u}
	j.Cols = append(append(j.Cols, o.Cols...), u.Cols...)
	uid := &expr.Cast{Arg: col(o, 0), T: types.Text, Mod: -1}
	j.LeftKeys, j.RightKeys = []expr.Expr{uid}, []expr.Expr{col(u, 0)}
	j.Eqs = []*expr.FuncDef{f.op("=", uid, col(u, 0)).Def}
	status := &expr.Cast{Arg: col(u, 1), T: types.Text, Mod: -1}
	a := &plan.Aggregate{In: j, Keys: []expr.Expr{status}, Calls: []*expr.AggCall{f.agg("count")}}
	a.Cols = []plan.Col{{ID: f.id(), T: types.Text}, {ID: f.id(), T: types.Int8}}
	p, err := Build(a, Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		f.tx.BeginStatement()
		run := f.run()
		run.Keys = ks
		op, err := p.Open(run)
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for {
			c, err := op.Next(context.Background())
			if err != nil {
				b.Fatal(err)
			}
			if c == nil {
				break
			}
			n += c.Rows
		}
		op.Close()
		if n != 1 {
			b.Fatal(n)
		}
	}
}
