package opt

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// minmax lets min(col) and max(col) of a whole table read one row of an index
// that starts with col: the aggregate gets the first row in that order.
func minmax(o *optimizer, n plan.Node) plan.Node {
	return o.eachNode(n, func(x plan.Node) plan.Node {
		a, ok := x.(*plan.Aggregate)
		if !ok || !a.Scalar || len(a.Calls) != 1 || len(a.Keys) != 0 {
			return x
		}
		call := a.Calls[0]
		s, isScan := a.In.(*plan.Scan)
		if !isScan || len(call.Args) != 1 || call.Distinct || call.Filter != nil || call.Def.Name != "min" && call.Def.Name != "max" {
			return x
		}
		col, isCol := call.Args[0].(*expr.Col)
		if !isCol || !leads(s, o.attnum(s, col)) {
			return x
		}
		c := *s
		c.Filter = conj(append(conjuncts(nil, s.Filter), &expr.NullTest{Arg: col, Not: true}))
		sort := &plan.Sort{In: &c, Keys: []expr.SortKey{{Expr: col, Desc: call.Def.Name == "max", NullsFirst: call.Def.Name == "max"}}}
		sort.Cols = c.Cols
		lim := &plan.Limit{In: sort, Count: &expr.Const{Value: types.MakeInt(1), T: types.Int8, Mod: -1}}
		lim.Cols = c.Cols
		return a.WithInputs([]plan.Node{lim})
	})
}

// leads tells that an index starts with a column.
func leads(s *plan.Scan, attnum int16) bool {
	for _, x := range s.Table.Indexes {
		if attnum != 0 && x.Where == "" && x.Keys[0].Attnum == attnum {
			return true
		}
	}
	return false
}
