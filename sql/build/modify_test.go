package build

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

func want(t *testing.T, got []string, want string) {
	t.Helper()
	if g := strings.Join(got, "\n"); g != want {
		t.Fatalf("got:\n%s\nwant:\n%s", g, want)
	}
}

func wantError(t *testing.T, err error, code, message, detail string) {
	t.Helper()
	if err == nil {
		t.Fatalf("want %s: %s", code, message)
	}
	pe := pgerr.From(err)
	if pe.Code != code || pe.Message != message || pe.Detail != detail {
		t.Fatalf("got  %s: %s / %s\nwant %s: %s / %s", pe.Code, pe.Message, pe.Detail, code, message, detail)
	}
}

// point is the span of one primary key value.
func point(n *plan.Scan, key expr.Expr) *plan.Scan {
	n.Index = n.Table.PrimaryIndex()
	n.Spans = []plan.Span{{Eq: []expr.Expr{key}}}
	return n
}

func (f *fixture) updatePlan(src *plan.Scan, set map[int16]expr.Expr) *plan.Update {
	n := &plan.Update{Source: src, Table: src.Table, RowID: src.RowID, Set: set, Old: ids(src, len(src.Table.Columns))}
	for range src.Table.Columns {
		n.New = append(n.New, f.id())
	}
	return n
}

func (f *fixture) deletePlan(src *plan.Scan) *plan.Delete {
	return &plan.Delete{Source: src, Table: src.Table, RowID: src.RowID, Old: ids(src, len(src.Table.Columns))}
}

func TestInsertUpdateDelete(t *testing.T) {
	f := newFixture(t)
	acc := f.table("accounts", 1, "aid", types.Int4, "bal", types.Int4, "name", types.Text)
	byName := f.index(acc, "by_name", false, acc.Columns[2])
	f.must(f.insert(acc, row(1, 10, "a"), row(2, 20, "b"), row(3, 30, nil)))
	want(t, f.must(f.scan(acc, false)), "1|10|a\n2|20|b\n3|30|NULL")

	src := point(f.scan(acc, true), param(1, types.Int4))
	up := f.updatePlan(src, map[int16]expr.Expr{2: f.op("+", col(src, 1), param(2, types.Int4)), 3: str("z")})
	up.Returning = []expr.Expr{&expr.Col{ID: up.New[1], T: types.Int4}, col(src, 1)}
	up.Cols = []plan.Col{{ID: f.id(), T: types.Int4}, {ID: f.id(), T: types.Int4}}
	want(t, f.must(up, types.MakeInt(2), types.MakeInt(5)), "25|20")
	want(t, f.must(up, types.MakeInt(9), types.MakeInt(5)), "")

	ix := f.scan(acc, false)
	ix.Index, ix.Spans = byName, []plan.Span{{Eq: []expr.Expr{str("z")}}}
	want(t, f.must(ix), "2|25|z")
	ix.Spans = []plan.Span{{Eq: []expr.Expr{str("b")}}}
	want(t, f.must(ix), "")
	ix.Spans = []plan.Span{{Eq: []expr.Expr{nil}, NullEq: []bool{true}}}
	want(t, f.must(ix), "3|30|NULL")

	// Move a primary key over the rows: all rows, in one statement.
	src = f.scan(acc, true)
	src.Filter = f.op(">", col(src, 0), num(1))
	up = f.updatePlan(src, map[int16]expr.Expr{1: f.op("+", col(src, 0), num(10))})
	want(t, f.must(up), "")
	want(t, f.must(f.scan(acc, false)), "1|10|a\n12|25|z\n13|30|NULL")

	src = f.scan(acc, true)
	src.Filter = f.op("<", col(src, 0), num(13))
	del := f.deletePlan(src)
	_, n, err := f.exec(del)
	if err != nil || n != 2 {
		t.Fatal(n, err)
	}
	ix.Spans = nil
	want(t, f.must(ix), "13|30|NULL")
}

func TestUniqueAndNotNull(t *testing.T) {
	f := newFixture(t)
	u := f.table("u", 1, "a", types.Int4, "b", types.Text)
	f.index(u, "u_b_key", true, u.Columns[1])
	f.must(f.insert(u, row(1, "x"), row(2, nil), row(3, nil)))
	_, _, err := f.exec(f.insert(u, row(1, "y")))
	wantError(t, err, "23505", `duplicate key value violates unique constraint "u_pkey"`, "Key (a)=(1) already exists.")
	_, _, err = f.exec(f.insert(u, row(4, "x")))
	wantError(t, err, "23505", `duplicate key value violates unique constraint "u_b_key"`, "Key (b)=(x) already exists.")
	_, _, err = f.exec(f.insert(u, row(nil, strings.Repeat("v", 70))))
	wantError(t, err, "23502", `null value in column "a" of relation "u" violates not-null constraint`,
		"Failing row contains (null, "+strings.Repeat("v", 64)+"...).")
	in := f.insert(u, row(5, "bad"))
	in.Checks = []plan.CheckExpr{{Name: "u_check", Cond: f.op("<>", &expr.Col{ID: in.Row[1], T: types.Text}, str("bad"))}}
	_, _, err = f.exec(in)
	wantError(t, err, "23514", `new row for relation "u" violates check constraint "u_check"`, "Failing row contains (5, bad).")
}

func TestOnConflict(t *testing.T) {
	f := newFixture(t)
	u := f.table("u", 1, "a", types.Int4, "b", types.Text, "n", types.Int4)
	f.index(u, "u_b_key", true, u.Columns[1])
	f.must(f.insert(u, row(1, "x", 0), row(2, "y", 0)))
	in := f.insert(u, row(1, "q", 1), row(3, "x", 1), row(4, "new", 1))
	in.OnConflict = &plan.OnConflict{}
	_, n, err := f.exec(in)
	if err != nil || n != 1 {
		t.Fatal(n, err)
	}
	in = f.insert(u, row(1, "ignored", 7), row(9, "nine", 7))
	c := &plan.OnConflict{DoUpdate: true, Arbiters: u.Indexes[:1], Old: []expr.ColID{f.id(), f.id(), f.id()}}
	c.Set = map[int16]expr.Expr{3: f.op("+", &expr.Col{ID: c.Old[2], T: types.Int4}, &expr.Col{ID: in.Row[2], T: types.Int4})}
	in.OnConflict = c
	in.Returning = []expr.Expr{&expr.Col{ID: in.Row[0], T: types.Int4}, &expr.Col{ID: in.Row[1], T: types.Text}, &expr.Col{ID: in.Row[2], T: types.Int4}}
	in.Cols = []plan.Col{{ID: f.id(), T: types.Int4}, {ID: f.id(), T: types.Text}, {ID: f.id(), T: types.Int4}}
	want(t, f.must(in), "1|x|7\n9|nine|7")
	twice := f.insert(u, row(20, "t", 1), row(20, "t2", 1))
	twice.OnConflict = &plan.OnConflict{DoUpdate: true, Arbiters: u.Indexes[:1], Old: c.Old, Set: map[int16]expr.Expr{3: num(0)}}
	_, _, err = f.exec(twice)
	wantError(t, err, "21000", "ON CONFLICT DO UPDATE command cannot affect row a second time", "")
}

func TestInsertFromItself(t *testing.T) {
	f := newFixture(t)
	f.rows = 2
	h := f.table("h", 0, "a", types.Int4)
	f.must(f.insert(h, row(1), row(2), row(3), row(4), row(5)))
	n := &plan.Insert{Source: f.scan(h, false), Table: h, Targets: []int16{1}, Row: []expr.ColID{f.id()}}
	for want := int64(5); want <= 20; want *= 2 {
		if _, got, err := f.exec(n); err != nil || got != want {
			t.Fatal(got, want, err)
		}
	}
	if got := len(f.must(f.scan(h, false))); got != 40 {
		t.Fatal(got)
	}
}

func TestForeignKeys(t *testing.T) {
	for _, action := range []byte{'a', 'c', 'n'} {
		t.Run(string(action), func(t *testing.T) {
			f := newFixture(t)
			p := f.table("p", 1, "id", types.Int8)
			c := f.table("c", 1, "id", types.Int4, "pid", types.Int4)
			fk := &catalog.ForeignKey{Name: "c_pid_fkey", Columns: []int16{2}, RefTable: p.OID, RefColumns: []int16{1}, OnDelete: action, OnUpdate: action}
			check := []plan.FKCheck{{Key: fk, Table: c, Ref: p}}
			f.must(f.insert(p, row(1), row(2), row(3)))
			in := f.insert(c, row(10, 1), row(11, nil), row(12, 2))
			in.ForeignKey = check
			f.must(in)
			bad := f.insert(c, row(13, 7))
			bad.ForeignKey = check
			_, _, err := f.exec(bad)
			wantError(t, err, "23503", `insert or update on table "c" violates foreign key constraint "c_pid_fkey"`, `Key (pid)=(7) is not present in table "p".`)
			f.tx.Rollback()
			f.begin(txn.ReadCommitted)
			f.must(f.insert(p, row(1), row(2), row(3)))
			f.must(in)

			src := point(f.scan(p, true), &expr.Const{Value: types.MakeInt(1), T: types.Int8, Mod: -1})
			del := f.deletePlan(src)
			del.Incoming = check
			_, _, err = f.exec(del)
			rows := f.must(f.scan(c, false))
			switch action {
			case 'a':
				wantError(t, err, "23503", `update or delete on table "p" violates foreign key constraint "c_pid_fkey" on table "c"`, `Key (id)=(1) is still referenced from table "c".`)
			case 'c':
				want(t, rows, "11|NULL\n12|2")
			case 'n':
				want(t, rows, "10|NULL\n11|NULL\n12|2")
			}
			if action != 'c' {
				return
			}
			src = point(f.scan(p, true), &expr.Const{Value: types.MakeInt(2), T: types.Int8, Mod: -1})
			up := f.updatePlan(src, map[int16]expr.Expr{1: &expr.Const{Value: types.MakeInt(200), T: types.Int8, Mod: -1}})
			up.Incoming = check
			f.must(up)
			want(t, f.must(f.scan(c, false)), "11|NULL\n12|200")
		})
	}
}

// TestNewestVersionIsRechecked: under READ COMMITTED an update that waited sees
// the newest version of the row, and drops it where its condition fails now.
func TestNewestVersionIsRechecked(t *testing.T) {
	f := newFixture(t)
	a := f.table("a", 1, "id", types.Int4, "n", types.Int4)
	f.must(f.insert(a, row(1, 10), row(2, 20), row(3, 30)))
	f.commit()

	src := f.scan(a, true)
	cond := f.op("<", col(src, 1), num(25))
	src.Filter = cond
	up := f.updatePlan(src, map[int16]expr.Expr{2: f.op("+", col(src, 1), num(1))})
	up.Recheck = cond
	p, err := Build(up, Options{})
	if err != nil {
		t.Fatal(err)
	}
	// The statement takes its snapshot before the other transaction commits.
	f.tx.BeginStatement()
	if _, _, err := f.tx.Get(nil, []byte{0x10}); err != nil {
		t.Fatal(err)
	}
	other, err := f.store.Begin(txn.Options{})
	if err != nil {
		t.Fatal(err)
	}
	mine := f.tx
	f.tx = other
	s2 := point(f.scan(a, true), num(1))
	f.must(f.updatePlan(s2, map[int16]expr.Expr{2: num(15)}))
	s2 = point(f.scan(a, true), num(2))
	f.must(f.updatePlan(s2, map[int16]expr.Expr{2: num(99)}))
	if _, err := other.Commit(context.Background()); err != nil {
		t.Fatal(err)
	}
	f.tx = mine
	run := f.run()
	op, err := p.Open(run)
	if err != nil {
		t.Fatal(err)
	}
	for {
		c, err := op.Next(run.Eval.Context)
		if err != nil {
			t.Fatal(err)
		}
		if c == nil {
			break
		}
	}
	op.Close()
	f.commit()
	want(t, f.must(f.scan(a, false)), "1|16\n2|99\n3|30")
}

func TestSpansAgainstFilter(t *testing.T) {
	f := newFixture(t)
	f.rows = 7
	tab := f.table("s", 1, "a", types.Int4, "b", types.Int4)
	ix := f.index(tab, "s_b", false, tab.Columns[1])
	ix.Keys[0].Desc = true
	var rows [][]types.Datum
	for i := range 100 {
		b := any(i % 10)
		if i%7 == 0 {
			b = nil
		}
		rows = append(rows, row(i, b))
	}
	f.must(f.insert(tab, rows...))
	for lo := -1; lo <= 10; lo += 3 {
		for hi := lo; hi <= 11; hi += 2 {
			for bits := range 16 {
				s, ref := f.scan(tab, false), f.scan(tab, false)
				span := plan.Span{LowerIncl: bits&1 != 0, UpperIncl: bits&2 != 0}
				and := &expr.And{Args: []expr.Expr{&expr.NullTest{Arg: col(ref, 1), Not: true}}}
				if bits&4 != 0 {
					span.Lower = num(int64(lo))
					and.Args = append(and.Args, f.op(map[bool]string{true: ">=", false: ">"}[span.LowerIncl], col(ref, 1), num(int64(lo))))
				}
				if bits&8 != 0 {
					span.Upper = num(int64(hi))
					and.Args = append(and.Args, f.op(map[bool]string{true: "<=", false: "<"}[span.UpperIncl], col(ref, 1), num(int64(hi))))
				}
				if bits&12 == 0 {
					continue
				}
				s.Index, s.Spans, ref.Filter = ix, []plan.Span{span}, and
				got, exp := f.must(s), f.must(ref)
				if fmt.Sprint(sorted(got)) != fmt.Sprint(sorted(exp)) {
					t.Fatalf("lo %d hi %d bits %b: got %v want %v", lo, hi, bits, got, exp)
				}
			}
		}
	}
}
