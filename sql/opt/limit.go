package opt

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

func intDatum(n int64) types.Datum { return types.MakeInt(n) }

// limit tells scans, and the parts of UNION ALL, how many rows are wanted.
func limit(o *optimizer, n plan.Node) plan.Node {
	return o.eachNode(n, func(x plan.Node) plan.Node {
		l, ok := x.(*plan.Limit)
		if !ok {
			return x
		}
		k, ok := wanted(l)
		if !ok || k <= 0 {
			return x
		}
		return sameInput(l, o.limitBelow(l.In, k))
	})
}

// limitBelow gives n of which only the first k rows are read.
func (o *optimizer) limitBelow(n plan.Node, k int64) plan.Node {
	o.enter()
	defer o.leave()
	switch n := n.(type) {
	case *plan.Project:
		return sameInput(n, o.limitBelow(n.In, k))
	case *plan.Scan:
		if n.Limit == 0 || n.Limit > k {
			c := *n
			c.Limit = k
			return &c
		}
	case *plan.SetOp:
		if n.Kind == plan.Union && n.All {
			c := *n
			c.L, c.R = o.limited(n.L, k), o.limited(n.R, k)
			return &c
		}
	}
	return n
}

func (o *optimizer) limited(n plan.Node, k int64) plan.Node {
	if l, ok := n.(*plan.Limit); ok {
		if have, ok := wanted(l); ok && have <= k {
			return n
		}
	}
	l := &plan.Limit{In: o.limitBelow(n, k), Count: &expr.Const{Value: intDatum(k), T: types.Int8, Mod: -1}}
	l.Cols = n.Columns()
	return l
}
