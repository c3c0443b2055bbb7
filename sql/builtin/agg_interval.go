package builtin

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// intervalAgg is sum and avg of intervals.
type intervalAgg struct {
	avg bool
	n   int64
	sum types.Interval
}

// Add implements expr.Agg.
func (g *intervalAgg) Add(_ *expr.Ctx, a []types.Datum) error {
	if a[0].IsNull() {
		return nil
	}
	var err error
	g.n++
	g.sum, err = sumIntervals(g.sum, a[0].Interval())
	return err
}

// Remove implements expr.AggRemover.
func (g *intervalAgg) Remove(_ *expr.Ctx, a []types.Datum) error {
	if a[0].IsNull() {
		return nil
	}
	neg, err := NegInterval(a[0].Interval())
	if err == nil {
		g.n--
		g.sum, err = sumIntervals(g.sum, neg)
	}
	return err
}

// Result implements expr.Agg.
func (g *intervalAgg) Result(*expr.Ctx) (types.Datum, error) {
	switch {
	case g.n == 0:
		return types.Null, nil
	case g.avg:
		return intervalResult(divideInterval(g.sum, float64(g.n)))
	}
	return types.MakeInterval(g.sum), nil
}

// Bytes implements expr.Agg.
func (g *intervalAgg) Bytes() int { return aggregateState }

func registerIntervalAggs() {
	agg("sum", "interval", func(*expr.AggCall) (expr.Agg, error) { return &intervalAgg{}, nil })
	agg("avg", "interval", func(*expr.AggCall) (expr.Agg, error) { return &intervalAgg{avg: true}, nil })
}
