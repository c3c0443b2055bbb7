package opt

import (
	"math"

	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// pageCost turns rows of a scan into PostgreSQL's unit, so that figures look
// familiar: about 100 rows a page and 0.01 for each row's CPU.
const pageCost = 0.02

// estimate fills in rows, width and cost for EXPLAIN.
func estimate(o *optimizer, n plan.Node) plan.Node {
	o.estimateNode(n)
	return n
}

func (o *optimizer) estimateNode(n plan.Node) (rows, total float64) {
	o.enter()
	defer o.leave()
	below, start := 0.0, 0.0
	inputs := n.Inputs(nil)
	var first, second float64
	for i, in := range inputs {
		r, t := o.estimateNode(in)
		below += t
		if i == 0 {
			first = r
		} else {
			second = r
		}
	}
	rows = math.Round(o.rows(n))
	own := rows * 0.01
	switch n := n.(type) {
	case *plan.Scan:
		own = o.scanCost(n) * pageCost
	case *plan.PatternScan:
		own = o.patternRows(n.Pattern) * pageCost
		if n.Keys != nil || n.Spans != nil {
			own = rows * costSeek * pageCost
		}
	case *plan.Sort:
		own = first * math.Log2(first+2) * 0.01
		start = below + own
	case *plan.Aggregate:
		own = first * 0.01
		start = below + own
	case *plan.Join:
		switch n.Algo {
		case plan.Hash:
			own, start = (first+second)*0.015, second*0.015
		case plan.Lookup:
			_, right := n.R.Est().Rows, n.R.Est().TotalCost
			own = first * right
		default:
			own = first * second * 0.005
		}
	case *plan.Limit:
		if r := first; r > 0 && rows < r {
			below *= rows / r
		}
	}
	e := n.Est()
	e.Rows, e.Width, e.StartCost, e.TotalCost = rows, widthOf(n), start, below+own
	return rows, below + own
}

func (o *optimizer) scanCost(n *plan.Scan) float64 {
	if n.Spans == nil && n.Index == nil {
		return costSeek + o.tableRows(n.Table)
	}
	if cost, ok := o.costs[n]; ok {
		return cost
	}
	return costSeek + o.tableRows(n.Table)*costIndexRow
}

// widthOf is about the bytes of a row.
func widthOf(n plan.Node) float64 {
	w := 0.0
	for _, c := range n.Columns() {
		switch {
		case c.T.Len > 0:
			w += float64(c.T.Len)
		case c.T.Is(types.Numeric):
			w += 16
		default:
			w += 32
		}
	}
	return w
}
