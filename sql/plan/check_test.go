package plan

import (
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

func scanOf(ids ...expr.ColID) *Scan {
	s := &Scan{Table: &catalog.Table{Name: "t", Primary: -1}, Alias: "t"}
	for i, id := range ids {
		s.Cols = append(s.Cols, Col{ID: id, Name: string(rune('a' + i)), T: types.Int4, Mod: -1, Attnum: int16(i + 1)})
	}
	return s
}

func column(id expr.ColID) *expr.Col { return &expr.Col{ID: id, T: types.Int4, Mod: -1, Name: "c"} }

func isNull(id expr.ColID) expr.Expr { return &expr.NullTest{Arg: column(id)} }

func withCols(n Node, in ...Node) Node {
	var cols []Col
	for _, x := range in {
		cols = append(cols, x.Columns()...)
	}
	switch n := n.(type) {
	case *Filter:
		n.Cols = cols
	case *Join:
		n.Cols = cols
	}
	return n
}

// TestCheck: each broken plan is found, and what is next to it passes.
func TestCheck(t *testing.T) {
	s, r := scanOf(1, 2), scanOf(3)
	text := &expr.Col{ID: 1, T: types.Text, Mod: -1, Name: "a"}
	lateral := &Filter{In: r, Cond: isNull(1)}
	withCols(lateral, r)
	cases := []struct {
		name, want string
		n          Node
	}{
		{"filter", "", withCols(&Filter{In: s, Cond: isNull(2)}, s)},
		{"filter on a column of nobody", "no input has", withCols(&Filter{In: s, Cond: isNull(3)}, s)},
		{"condition that is no boolean", "of type int4", withCols(&Filter{In: s, Cond: column(1)}, s)},
		{"column of another type", "as text", withCols(&Filter{In: s, Cond: &expr.NullTest{Arg: text}}, s)},
		{"column twice", "twice", &Join{Kind: Cross, L: s, R: s, Base: Base{Cols: append(append([]Col{}, s.Cols...), s.Cols...)}}},
		{"lateral", "", withCols(&Join{Kind: Cross, L: s, R: lateral, Lateral: true}, s, r)},
		{"left columns without lateral", "no input has", withCols(&Join{Kind: Cross, L: s, R: lateral}, s, r)},
		{"keys without equalities", "equalities", withCols(&Join{L: s, R: r, LeftKeys: []expr.Expr{column(1)}, RightKeys: []expr.Expr{column(3)}}, s, r)},
		{"projection of fewer columns", "expressions", &Project{In: s, Out: []expr.Expr{column(1)}}},
		{"set operation of unequal sides", "columns", &SetOp{L: s, R: r, Base: Base{Cols: s.Cols}}},
		{"CTE without WITH", "outside", &CTEScan{CTE: &CTE{Name: "c", Plan: s}}},
	}
	for _, c := range cases {
		err := Check(c.n)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want an error with %q", c.name, err, c.want)
		}
	}
}

// TestExprs: a node gives back what it is given, in one order.
func TestExprs(t *testing.T) {
	nodes := []Node{
		withCols(&Filter{In: scanOf(1), Cond: isNull(1)}, scanOf(1)),
		&Scan{Table: &catalog.Table{Name: "t", Primary: -1}, Spans: []Span{{Eq: []expr.Expr{column(5)}, Lower: column(6)}}, Filter: isNull(1)},
		&Values{Rows: [][]expr.Expr{{column(1), column(2)}, {column(3), column(4)}}},
		&Sort{In: scanOf(1), Keys: []expr.SortKey{{Expr: column(1)}}, Top: column(2)},
		&Update{Source: scanOf(1), Set: map[int16]expr.Expr{2: column(2), 1: column(1)}, Checks: []CheckExpr{{Cond: isNull(1)}}, Recheck: isNull(1)},
		&Insert{Source: scanOf(1), Defaults: map[int16]expr.Expr{3: column(1)}, OnConflict: &OnConflict{Set: map[int16]expr.Expr{1: column(9)}, Where: isNull(1)}},
	}
	for _, n := range nodes {
		es := n.Exprs(nil)
		marked := make([]expr.Expr, len(es))
		for i := range es {
			marked[i] = &expr.Const{Value: types.MakeInt(int64(i)), T: types.Int4}
		}
		got := n.WithExprs(marked).Exprs(nil)
		if len(got) != len(es) {
			t.Fatalf("%T: %d expressions, then %d", n, len(es), len(got))
		}
		for i := range got {
			if got[i] != marked[i] {
				t.Errorf("%T: expression %d changed its place", n, i)
			}
		}
		for i, e := range n.Exprs(nil) {
			if e != es[i] {
				t.Errorf("%T: WithExprs changed the node itself", n)
			}
		}
	}
}
