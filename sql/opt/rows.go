package opt

import (
	"math"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
)

// rows guesses how many rows a node gives.
func (o *optimizer) rows(n plan.Node) float64 {
	switch n.(type) {
	case *plan.Join, *plan.SetOp, *plan.Distinct, *plan.Aggregate:
	default:
		return math.Max(o.rowsOf(n), rowsMin)
	}
	// These stand above each other in numbers, and are asked for again and again.
	if rows, ok := o.known[n]; ok {
		return rows
	}
	rows := math.Max(o.rowsOf(n), rowsMin)
	if o.known == nil {
		o.known = map[plan.Node]float64{}
	}
	o.known[n] = rows
	return rows
}

func (o *optimizer) rowsOf(n plan.Node) float64 {
	switch n := n.(type) {
	case *plan.Scan:
		conds := conjuncts(nil, n.Filter)
		if orig, ok := o.original[n]; ok {
			conds = orig
		}
		return o.scanRows(n, conds)
	case *plan.PatternScan:
		return o.patternScanRows(n)
	case *plan.VirtualScan:
		return o.tableRows(n.Table) * math.Pow(0.1, float64(len(n.Eq)))
	case *plan.Values:
		return float64(len(n.Rows))
	case *plan.FuncScan:
		if len(n.Calls) == 1 && n.Calls[0].Name == "unnest" {
			return elementsUnknown
		}
		return rowsUnknown
	case *plan.CTEScan:
		if n.Working {
			return rowsUnknown / 10
		}
		return o.rows(n.CTE.Plan)
	case *plan.Filter:
		p := 1.0
		for _, c := range conjuncts(nil, n.Cond) {
			p *= o.selectivity(nil, c)
		}
		return o.rows(n.In) * p
	case *plan.Join:
		return o.joinRows(n)
	case *plan.Aggregate:
		return o.groupRows(n)
	case *plan.Distinct:
		in := o.rows(n.In)
		return math.Min(in, math.Max(in/3, distinctDefault))
	case *plan.Limit:
		rows := o.rows(n.In)
		if c, ok := n.Count.(*expr.Const); ok && !c.Value.IsNull() {
			return math.Min(rows, float64(c.Value.Int()))
		}
		return rows
	case *plan.SetOp:
		l, r := o.rows(n.L), o.rows(n.R)
		if n.Kind == plan.Union {
			return l + r
		}
		return l
	case *plan.ProjectSet:
		return o.rows(n.In) * 10
	}
	if in := n.Inputs(nil); len(in) > 0 {
		return o.rows(in[0])
	}
	return 1
}

func (o *optimizer) scanRows(n *plan.Scan, conds []expr.Expr) float64 {
	if o.isPoint(n, conds) {
		return 1
	}
	p := 1.0
	for _, c := range conds {
		p *= o.selectivity(n, c)
	}
	return o.tableRows(n.Table) * p
}

// isPoint tells that the conditions fix all keys of a unique index.
func (o *optimizer) isPoint(n *plan.Scan, conds []expr.Expr) bool {
	if len(conds) == 0 {
		return false
	}
	own := colsOf(n)
	fixed := map[int16]bool{}
	for _, c := range conds {
		if col, _, ok := equality(c, own); ok {
			fixed[o.attnum(n, col)] = true
		}
	}
	for _, x := range n.Table.Indexes {
		if !x.Unique || x.Where != "" {
			continue
		}
		all := len(x.Keys) > 0
		for _, k := range x.Keys {
			all = all && k.Attnum != 0 && fixed[k.Attnum]
		}
		if all {
			return true
		}
	}
	return false
}

func (o *optimizer) patternScanRows(n *plan.PatternScan) float64 {
	if n.Keys != nil {
		return float64(len(n.Keys))
	}
	p := 1.0
	own := colsOf(n)
	for _, c := range conjuncts(nil, n.Filter) {
		if col, _, ok := equality(c, own); ok && (col.Name == "_key" || col.Name == "_id") {
			return 1
		}
		p *= math.Max(o.selectivity(nil, c), 0.05)
	}
	return o.patternRows(n.Pattern) * p
}

// joinRows: the product of the sides, times 1/distinct for each equality.
func (o *optimizer) joinRows(n *plan.Join) float64 {
	l, r := o.rows(n.L), o.rows(n.R)
	p := 1.0
	for i := range n.LeftKeys {
		p *= o.matchPart(n.L, n.LeftKeys[i], l, n.R, n.RightKeys[i], r)
	}
	p *= o.conditionPart(n.L, l, n.R, r, conjuncts(nil, n.On))
	switch n.Kind {
	case plan.Semi:
		return l * math.Min(1, math.Max(p*r, 0.1))
	case plan.Anti:
		return l * math.Max(1-math.Min(1, p*r), 0.1)
	case plan.Left:
		return math.Max(l*r*p, l)
	case plan.Full:
		return math.Max(l*r*p, l+r)
	}
	if n.Algo == plan.Lookup && len(n.LeftKeys) == 0 && n.On == nil {
		return l * r
	}
	return l * r * p
}

// conditionPart is the selectivity of join conditions.
func (o *optimizer) conditionPart(l plan.Node, lrows float64, r plan.Node, rrows float64, conds []expr.Expr) float64 {
	p := 1.0
	for _, c := range conds {
		if a, b, ok := equiPair(c, l, r); ok {
			p *= o.matchPart(l, a, lrows, r, b, rrows)
		} else {
			p *= o.selectivity(nil, c)
		}
	}
	return p
}

// readsFrom tells whether e reads a column of n.
func readsFrom(n plan.Node, e expr.Expr) bool {
	hit := false
	list := n.Columns()
	expr.WalkCols(e, func(x *expr.Col) {
		for i := range list {
			hit = hit || list[i].ID == x.ID
		}
	})
	return hit
}

// equiPair takes a = b apart, a over l and b over r.
func equiPair(c expr.Expr, l, r plan.Node) (expr.Expr, expr.Expr, bool) {
	f, ok := c.(*expr.Func)
	if !ok || f.Op != "=" || len(f.Args) != 2 {
		return nil, nil, false
	}
	for i := range 2 {
		a, b := f.Args[i], f.Args[1-i]
		if readsFrom(l, a) && !readsFrom(r, a) && readsFrom(r, b) && !readsFrom(l, b) {
			return a, b, true
		}
	}
	return nil, nil, false
}

func (o *optimizer) matchPart(l plan.Node, a expr.Expr, lrows float64, r plan.Node, b expr.Expr, rrows float64) float64 {
	return 1 / math.Max(math.Max(o.distinctOf(l, a, lrows), o.distinctOf(r, b, rrows)), 1)
}

// distinctOf guesses how many values an expression over n has.
func (o *optimizer) distinctOf(n plan.Node, e expr.Expr, rows float64) float64 {
	if c, ok := e.(*expr.Cast); ok {
		e = c.Arg
	}
	col, ok := e.(*expr.Col)
	if !ok {
		return math.Min(distinctDefault, rows)
	}
	d := distinctDefault
	plan.Walk(n, func(x plan.Node) bool {
		switch s := x.(type) {
		case *plan.Scan:
			if a := o.attnum(s, col); a != 0 {
				d = o.distinct(s, a)
			}
		case *plan.PatternScan:
			if name := patternColumn(s, col); name == "_key" || name == "_id" || name == "id" {
				d = o.patternRows(s.Pattern)
			}
		}
		return true
	})
	return math.Min(d, rows)
}

func (o *optimizer) groupRows(n *plan.Aggregate) float64 {
	if len(n.Keys) == 0 {
		return 1
	}
	in := o.rows(n.In)
	groups := 1.0
	for _, k := range n.Keys {
		groups *= o.distinctOf(n.In, k, in)
	}
	return math.Min(groups, in)
}
