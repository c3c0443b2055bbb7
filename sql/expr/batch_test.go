package expr_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// The columns of random chunks: their types by ColID - 1.
var columnTypes = []*types.T{types.Int4, types.Int8, types.Float8, types.Text, types.Bool, types.Dyn, types.Timestamp, types.Int4,
	types.Numeric, types.Numeric}

// gen makes random expressions and rows from one seed.
type gen struct {
	*rand.Rand
	t *testing.T
}

func (g *gen) datum(t *types.T) types.Datum {
	if g.IntN(6) == 0 {
		return types.Null
	}
	switch t.OID {
	case types.Bool.OID:
		return types.MakeBool(g.IntN(2) == 0)
	case types.Float8.OID:
		return types.MakeFloat(float64(g.IntN(9)-4) / 2)
	case types.Text.OID:
		return types.MakeStr([]string{"", "a", "ab", "abc", "b%", "10"}[g.IntN(6)])
	case types.Dyn.OID:
		return types.MakeStr([]string{"0", "1", "2.50", "-3", "x", "007", "99999999999999999999"}[g.IntN(7)])
	case types.Numeric.OID:
		return g.numeric(g.IntN(4))
	case types.Int4.OID:
		if g.IntN(12) == 0 {
			return types.MakeInt(1<<31 - 1)
		}
	}
	return types.MakeInt(int64(g.IntN(9) - 4))
}

// numeric is a number of a scale, now and then one that 64 or 128 bits do not hold.
func (g *gen) numeric(scale int) types.Datum {
	text := ""
	switch g.IntN(12) {
	case 0:
		return types.MakeDecimal(types.Int128Of(math.MaxInt64 - int64(g.IntN(2))).Numeric(scale))
	case 1:
		return types.MakeDecimal(types.Int128{Hi: math.MinInt64 >> g.IntN(3), Lo: g.Uint64()}.Numeric(scale))
	case 2:
		text = g.pick("NaN", "Infinity", "-Infinity", "1e60", "-1e-60")
	default:
		return types.MakeDecimal(types.Int128Of(int64(g.IntN(7) - 3)).Numeric(scale))
	}
	v, err := types.ParseNumeric(text)
	if err != nil {
		g.t.Fatal(err)
	}
	return types.MakeDecimal(v)
}

func (g *gen) op(name string, args ...expr.Expr) expr.Expr {
	o, err := builtin.ResolveOperator(name, args[0].Type(), args[1].Type())
	if err != nil {
		g.t.Fatalf("%s: %v", name, err)
	}
	for i, want := range []*types.T{o.Left, o.Right} {
		if !args[i].Type().Is(want) {
			args[i] = &expr.Cast{Arg: args[i], T: want, Mod: -1}
		}
	}
	return &expr.Func{Def: o.Fn, Args: args, T: o.Fn.Ret, Op: name}
}

func (g *gen) pick(names ...string) string { return names[g.IntN(len(names))] }

// value makes an expression of a type.
func (g *gen) value(t *types.T, depth int) expr.Expr {
	if depth == 0 || g.IntN(4) == 0 {
		if g.IntN(3) == 0 {
			return &expr.Const{Value: g.datum(t), T: t, Mod: -1}
		}
		for {
			if i := g.IntN(len(columnTypes)); columnTypes[i].Is(t) {
				return &expr.Col{ID: expr.ColID(i + 1), T: t, Mod: -1, Name: "c" + strconv.Itoa(i+1)}
			}
		}
	}
	switch g.IntN(6) {
	case 0:
		c := &expr.Case{T: t, Whens: []expr.When{{Cond: g.cond(depth - 1), Then: g.value(t, depth-1)}}}
		if g.IntN(2) == 0 {
			c.Else = g.value(t, depth-1)
		}
		return c
	case 1:
		return &expr.Coalesce{Args: []expr.Expr{g.value(t, depth-1), g.value(t, depth-1)}, T: t}
	case 2:
		return &expr.MinMax{Greatest: g.IntN(2) == 0, Args: []expr.Expr{g.value(t, depth-1), g.value(t, depth-1)}, T: t}
	}
	switch t.OID {
	case types.Bool.OID:
		return g.cond(depth - 1)
	case types.Numeric.OID:
		return g.op(g.pick("+", "-", "*"), g.value(t, depth-1), g.value(t, depth-1))
	case types.Int4.OID, types.Int8.OID, types.Float8.OID:
		return g.op(g.pick("+", "-", "*", "/"), g.value(t, depth-1), g.value(t, depth-1))
	case types.Text.OID:
		return g.op("||", g.value(t, depth-1), g.value(t, depth-1))
	}
	return g.value(t, 0)
}

func (g *gen) cond(depth int) expr.Expr {
	if depth <= 0 {
		return g.compare(0)
	}
	switch g.IntN(8) {
	case 0:
		return &expr.And{Args: []expr.Expr{g.cond(depth - 1), g.cond(depth - 1), g.cond(depth - 1)}}
	case 1:
		return &expr.Or{Args: []expr.Expr{g.cond(depth - 1), g.cond(depth - 1)}}
	case 2:
		return &expr.Not{Arg: g.cond(depth - 1)}
	case 3:
		return &expr.NullTest{Arg: g.value(types.Int4, depth-1), Not: g.IntN(2) == 0}
	case 4:
		return &expr.BoolTest{Arg: g.cond(depth - 1), Want: "tfu"[g.IntN(3)], Not: g.IntN(2) == 0}
	case 5:
		return g.inList(depth)
	}
	return g.compare(depth - 1)
}

func (g *gen) inList(depth int) expr.Expr {
	t := []*types.T{types.Int4, types.Text}[g.IntN(2)]
	o, err := builtin.ResolveOperator("=", t, t)
	if err != nil {
		g.t.Fatal(err)
	}
	n := 1 + g.IntN(14)
	if g.IntN(3) == 0 {
		var vals []types.Datum
		for range n {
			vals = append(vals, g.datum(t))
		}
		arr := &expr.Const{Value: types.MakeArray(types.NewArray(t, vals)), T: types.ArrayOf(t), Mod: -1}
		return &expr.AnyAll{Arg: g.value(t, depth-1), Array: arr, Op: o.Fn, Name: "=", All: g.IntN(4) == 0}
	}
	l := &expr.InList{Arg: g.value(t, depth-1), Eq: o.Fn, Not: g.IntN(2) == 0}
	for range n {
		l.List = append(l.List, &expr.Const{Value: g.datum(t), T: t, Mod: -1})
	}
	return l
}

func (g *gen) compare(depth int) expr.Expr {
	op := g.pick("=", "<>", "<", "<=", ">", ">=")
	switch g.IntN(8) {
	case 0: // a field against a number
		c := &expr.Col{ID: 6, T: types.Dyn, Mod: -1, Name: "c6"}
		l := &expr.Cast{Arg: c, T: types.Numeric, Mod: -1}
		return g.op(op, l, &expr.Const{Value: g.datum(types.Numeric), T: types.Numeric, Mod: -1})
	case 1:
		return g.op(g.pick("~~", "!~~"), g.value(types.Text, depth),
			&expr.Const{Value: types.MakeStr(g.pick("a%", "%b", "%b%", "ab", "a_", "%", "a%c")), T: types.Text, Mod: -1})
	case 2:
		eq := g.op("=", g.value(types.Int4, depth), g.value(types.Int4, depth)).(*expr.Func)
		return &expr.Distinct{Eq: eq, Not: g.IntN(2) == 0, Name: "="}
	case 3:
		return g.op(op, g.value(types.Int4, depth), g.value(types.Int8, depth))
	}
	t := []*types.T{types.Int4, types.Int8, types.Float8, types.Text, types.Bool, types.Timestamp, types.Numeric}[g.IntN(7)]
	return g.op(op, g.value(t, depth), g.value(t, depth))
}

func (g *gen) chunk() *chunk.Chunk {
	kinds := make([]types.Kind, len(columnTypes))
	for i, t := range columnTypes {
		kinds[i] = t.Kind
	}
	c := chunk.New(kinds)
	for i := range c.Cols {
		g.form(&c.Cols[i])
	}
	for range g.IntN(80) {
		row := make([]types.Datum, len(columnTypes))
		for i, t := range columnTypes {
			v := &c.Cols[i]
			if row[i] = g.datum(t); v.Form == chunk.Scaled || v.Form == chunk.Wide {
				for row[i] = g.numeric(int(v.Scale)); g.IntN(200) > 0 && row[i].Decimal().Form != 0; {
					row[i] = g.numeric(int(v.Scale)) // or the vector turns plain
				}
			}
		}
		c.AppendRow(row)
	}
	for i := range c.Cols {
		if v := &c.Cols[i]; c.Rows > 0 && g.IntN(6) == 0 {
			v.Fill(v.Kind, v.Datum(0), c.Rows)
		}
	}
	return c
}

// form gives an empty vector one of the forms of its kind.
func (g *gen) form(v *chunk.Vec) {
	switch {
	case g.IntN(3) == 0:
	case v.Kind == types.KindStr:
		v.Pack()
	case v.Kind == types.KindDecimal:
		v.Scale64(int32(g.IntN(4)))
	}
}

func (g *gen) selection(rows int) []int32 {
	if g.IntN(2) == 0 {
		return nil
	}
	sel := []int32{}
	for i := range rows {
		if g.IntN(3) > 0 {
			sel = append(sel, int32(i))
		}
	}
	return sel
}

func same(t *types.T, a, b types.Datum) bool {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() == b.IsNull()
	}
	return types.Format(a, t, nil) == types.Format(b, t, nil)
}

// TestBatchAgainstRows compares the batch forms with the row form on random
// expressions: same values on the selected rows; an error where, and only
// where, some selected row has one.
func TestBatchAgainstRows(t *testing.T) {
	const rounds = 4000
	layout := expr.Layout{}
	for i := range columnTypes {
		layout[expr.ColID(i+1)] = i
	}
	for seed := range uint64(rounds) {
		g := &gen{rand.New(rand.NewPCG(seed, 7)), t}
		ty := []*types.T{types.Bool, types.Int4, types.Float8, types.Text, types.Numeric}[g.IntN(5)]
		e := g.value(ty, 3)
		p, err := expr.Compile(e, layout)
		if err != nil {
			t.Fatal(err)
		}
		ev, ref := p.NewEvaluator(), p.NewEvaluator()
		ctx := &expr.Ctx{Context: context.Background(), TxnTime: time.Unix(0, 0)}
		for range 3 {
			c := g.chunk()
			sel := g.selection(c.Rows)
			if msg := checkBatch(ctx, ev, ref, ty, c, sel); msg != "" {
				t.Fatalf("seed %d: %s: %s", seed, expr.Format(e), msg)
			}
		}
	}
}

func checkBatch(ctx *expr.Ctx, ev, ref *expr.Evaluator, ty *types.T, c *chunk.Chunk, sel []int32) string {
	rows := sel
	if sel == nil {
		for i := range c.Rows {
			rows = append(rows, int32(i))
		}
	}
	want := map[int32]types.Datum{}
	failed := false
	for _, r := range rows {
		d, err := ref.EvalRow(ctx, c, int(r))
		failed = failed || err != nil
		want[r] = d
	}
	v, err := ev.Eval(ctx, c, sel)
	if (err != nil) != failed {
		return fmt.Sprintf("batch error %v, rows fail: %v", err, failed)
	}
	if failed {
		return ""
	}
	for _, r := range rows {
		if got := v.Datum(int(r)); !same(ty, got, want[r]) {
			return fmt.Sprintf("row %d: batch %s, row form %s", r, types.Format(got, ty, nil), types.Format(want[r], ty, nil))
		}
	}
	if !ty.Is(types.Bool) {
		return ""
	}
	var truths []int32
	for _, r := range rows {
		if d := want[r]; !d.IsNull() && d.Bool() {
			truths = append(truths, r)
		}
	}
	got, err := ev.Filter(ctx, c, sel)
	if err != nil {
		return "filter: " + err.Error()
	}
	if fmt.Sprint(got) != fmt.Sprint(truths) {
		return fmt.Sprintf("filter gives %v, want %v", got, truths)
	}
	return ""
}

// TestFoldKeepsValues: folding changes no value of a row that has one.
func TestFoldKeepsValues(t *testing.T) {
	const rounds = 2000
	layout := expr.Layout{}
	for i := range columnTypes {
		layout[expr.ColID(i+1)] = i
	}
	folded := 0
	for seed := range uint64(rounds) {
		g := &gen{rand.New(rand.NewPCG(seed, 11)), t}
		ty := []*types.T{types.Bool, types.Int4, types.Text}[g.IntN(3)]
		e := g.value(ty, 3)
		ctx := &expr.Ctx{Context: context.Background(), TxnTime: time.Unix(0, 0)}
		f := expr.Fold(ctx, e, false)
		if !expr.Equal(e, f) {
			folded++
		}
		p, _ := expr.Compile(e, layout)
		q, _ := expr.Compile(f, layout)
		c := g.chunk()
		for r := range c.Rows {
			want, err := p.NewEvaluator().EvalRow(ctx, c, r)
			if err != nil {
				continue
			}
			got, err := q.NewEvaluator().EvalRow(ctx, c, r)
			if err != nil || !same(ty, got, want) {
				t.Fatalf("seed %d: %s folds to %s: row %d: %v, want %v (%v)", seed, expr.Format(e), expr.Format(f), r,
					types.Format(got, ty, nil), types.Format(want, ty, nil), err)
			}
		}
	}
	if folded < rounds/10 {
		t.Fatalf("only %d of %d expressions folded", folded, rounds)
	}
}
