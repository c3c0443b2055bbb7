package build

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/exec"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/sql/write"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/local"
)

// fixture is a store with tables whose plans are built by hand.
type fixture struct {
	t     testing.TB
	store txn.Store
	tx    txn.Txn
	ids   rowIDs
	next  expr.ColID
	limit int64 // memory budget
	rows  int   // rows of a chunk
}

type rowIDs struct{ n atomic.Uint64 }

func (r *rowIDs) RowIDs(_ context.Context, n int) (uint64, error) {
	return r.n.Add(uint64(n)) - uint64(n) + 1, nil
}

func newFixture(t testing.TB) *fixture {
	s := local.OpenMemory()
	t.Cleanup(func() { s.Close() })
	f := &fixture{t: t, store: s}
	f.begin(txn.ReadCommitted)
	t.Cleanup(func() { f.tx.Rollback() })
	return f
}

func (f *fixture) begin(iso txn.Isolation) {
	tx, err := f.store.Begin(txn.Options{Isolation: iso})
	if err != nil {
		f.t.Fatal(err)
	}
	f.tx = tx
}

func (f *fixture) commit() {
	f.t.Helper()
	if _, err := f.tx.Commit(context.Background()); err != nil {
		f.t.Fatal(err)
	}
	f.begin(txn.ReadCommitted)
}

func (f *fixture) id() expr.ColID { f.next++; return f.next }

func (f *fixture) run(params ...types.Datum) *exec.Run {
	return &exec.Run{Env: write.Env{Txn: f.tx, Store: f.store, Eval: &expr.Ctx{Context: context.Background(), Params: params}, RowIDs: &f.ids},
		Mem: exec.NewMemory(f.limit), ChunkRows: f.rows}
}

// exec runs a plan and gives its rows as text and the rows affected.
func (f *fixture) exec(n plan.Node, params ...types.Datum) ([]string, int64, error) {
	f.t.Helper()
	if err := plan.Check(n); err != nil {
		f.t.Fatal(err)
	}
	p, err := Build(n, Options{})
	if err != nil {
		f.t.Fatal(err)
	}
	f.tx.BeginStatement()
	run := f.run(params...)
	op := p.New()
	var rows []string
	for range 2 { // operators are to be reusable
		rows = rows[:0]
		p.Bind(run)
		err = func() error {
			defer op.Close()
			if err := op.Open(run); err != nil {
				return err
			}
			for {
				c, err := op.Next(run.Eval.Context)
				if err != nil || c == nil {
					return err
				}
				rows = appendText(rows, c, n.Columns())
			}
		}()
		if _, writes := op.(exec.Affected); writes || err != nil {
			break
		}
		run.Reset()
	}
	var affected int64
	if a, ok := op.(exec.Affected); ok {
		affected = a.RowsAffected()
	}
	if used := run.Mem.Used(); used != 0 {
		f.t.Fatalf("%d bytes still taken from the budget", used)
	}
	return rows, affected, err
}

func appendText(rows []string, c *chunk.Chunk, cols []plan.Col) []string {
	for i := range c.Rows {
		s := ""
		for j := range cols {
			if j > 0 {
				s += "|"
			}
			if d := c.Cols[j].Datum(i); d.IsNull() {
				s += "NULL"
			} else {
				s += types.Format(d, cols[j].T, nil)
			}
		}
		rows = append(rows, s)
	}
	return rows
}

// must is exec that may not fail.
func (f *fixture) must(n plan.Node, params ...types.Datum) []string {
	f.t.Helper()
	rows, _, err := f.exec(n, params...)
	if err != nil {
		f.t.Fatalf("%+v", err)
	}
	return rows
}

// table makes a descriptor: columns as name, type pairs; the first npk are the
// primary key.
func (f *fixture) table(name string, npk int, cols ...any) *catalog.Table {
	f.next++
	t := &catalog.Table{OID: types.OID(f.next + 20000), Name: name, Storage: uint32(f.next), Primary: -1, Kind: catalog.KindTable}
	for i := 0; i < len(cols); i += 2 {
		t.Columns = append(t.Columns, catalog.Column{Name: cols[i].(string), Attnum: int16(i/2 + 1), Type: cols[i+1].(*types.T), Mod: -1, NotNull: i/2 < npk})
	}
	if npk > 0 {
		t.Primary = 0
		f.index(t, name+"_pkey", true, t.Columns[:npk]...)
		t.Indexes[0].Primary = true
	}
	return t
}

func (f *fixture) index(t *catalog.Table, name string, unique bool, cols ...catalog.Column) *catalog.Index {
	f.next++
	id := uint32(len(t.Indexes) + 1)
	if t.Primary < 0 {
		id++
	}
	ix := &catalog.Index{OID: types.OID(f.next + 20000), ID: id, Name: name, Unique: unique}
	for _, c := range cols {
		ix.Keys = append(ix.Keys, catalog.IndexKey{Attnum: c.Attnum, Type: c.Type})
	}
	t.Indexes = append(t.Indexes, ix)
	return ix
}

// scan reads all columns of t, with the row id where asked.
func (f *fixture) scan(t *catalog.Table, rowID bool) *plan.Scan {
	n := &plan.Scan{Table: t}
	for i := range t.Columns {
		c := &t.Columns[i]
		n.Cols = append(n.Cols, plan.Col{ID: f.id(), Name: c.Name, T: c.Type, Mod: -1, Table: t.OID, Attnum: c.Attnum})
	}
	if rowID {
		n.RowID = f.id()
		n.Cols = append(n.Cols, plan.Col{ID: n.RowID, Name: "rowid", T: types.Bytea, Mod: -1})
	}
	return n
}

func col(n plan.Node, i int) *expr.Col {
	c := n.Columns()[i]
	return &expr.Col{ID: c.ID, T: c.T, Mod: -1, Name: c.Name}
}

func ids(n plan.Node, count int) []expr.ColID {
	var out []expr.ColID
	for _, c := range n.Columns()[:count] {
		out = append(out, c.ID)
	}
	return out
}

func num(n int64) expr.Expr { return &expr.Const{Value: types.MakeInt(n), T: types.Int4, Mod: -1} }

func str(s string) expr.Expr { return &expr.Const{Value: types.MakeStr(s), T: types.Text, Mod: -1} }

func param(i int, t *types.T) expr.Expr { return &expr.Param{Index: i, T: t} }

// op resolves a binary operator.
func (f *fixture) op(name string, l, r expr.Expr) *expr.Func {
	f.t.Helper()
	o, err := builtin.ResolveOperator(name, l.Type(), r.Type())
	if err != nil {
		f.t.Fatal(err)
	}
	return &expr.Func{Def: o.Fn, Args: []expr.Expr{l, r}, T: o.Fn.Ret, Op: name}
}

func (f *fixture) agg(name string, args ...expr.Expr) *expr.AggCall {
	f.t.Helper()
	var ts []*types.T
	for _, a := range args {
		ts = append(ts, a.Type())
	}
	m, err := builtin.ResolveFunction("", name, ts, false)
	if err != nil {
		f.t.Fatal(err)
	}
	return &expr.AggCall{Def: m.Agg, Args: args, T: m.Ret}
}

// insert writes rows through an Insert of Values.
func (f *fixture) insert(t *catalog.Table, rows ...[]types.Datum) *plan.Insert {
	v := &plan.Values{}
	n := &plan.Insert{Source: v, Table: t}
	for i := range t.Columns {
		c := &t.Columns[i]
		v.Cols = append(v.Cols, plan.Col{ID: f.id(), Name: c.Name, T: c.Type, Mod: -1})
		n.Targets = append(n.Targets, c.Attnum)
		n.Row = append(n.Row, f.id())
	}
	for _, r := range rows {
		var es []expr.Expr
		for i, d := range r {
			es = append(es, &expr.Const{Value: d, T: t.Columns[i].Type, Mod: -1})
		}
		v.Rows = append(v.Rows, es)
	}
	return n
}

// row makes datums of Go values; nil is NULL.
func row(vals ...any) []types.Datum {
	var out []types.Datum
	for _, v := range vals {
		switch v := v.(type) {
		case nil:
			out = append(out, types.Null)
		case int:
			out = append(out, types.MakeInt(int64(v)))
		case string:
			out = append(out, types.MakeStr(v))
		default:
			panic(fmt.Sprintf("row: %T", v))
		}
	}
	return out
}
