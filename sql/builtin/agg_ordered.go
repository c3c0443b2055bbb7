package builtin

import (
	"math"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

func errArrayAgg(msg string, null bool) error {
	if null {
		return pgerr.New(pgerr.NullValueNotAllowed, msg)
	}
	return pgerr.New(pgerr.ArraySubscriptError, msg)
}

// orderedAgg keeps the values of an ordered-set aggregate, which come in the
// order of WITHIN GROUP; the direct argument comes first in every row.
type orderedAgg struct {
	direct types.Datum
	vals   []types.Datum
	has    bool // whether there is a direct argument
	result func(g *orderedAgg, ctx *expr.Ctx) (types.Datum, error)
}

// Add implements expr.Agg.
func (g *orderedAgg) Add(_ *expr.Ctx, a []types.Datum) error {
	if g.has {
		g.direct = a[0]
		a = a[1:]
	}
	if !a[0].IsNull() {
		g.vals = append(g.vals, a[0])
	}
	return nil
}

// Result implements expr.Agg.
func (g *orderedAgg) Result(ctx *expr.Ctx) (types.Datum, error) {
	if len(g.vals) == 0 {
		return types.Null, nil
	}
	return g.result(g, ctx)
}

// Bytes implements expr.Agg.
func (g *orderedAgg) Bytes() int { return 48 * len(g.vals) }

// fractions applies f to the direct argument: one fraction, or an array of them.
func (g *orderedAgg) fractions(elem *types.T, f func(p float64) (types.Datum, error)) (types.Datum, error) {
	check := func(d types.Datum) (types.Datum, error) {
		if d.IsNull() {
			return types.Null, nil
		}
		if p := d.Float(); p < 0 || p > 1 || math.IsNaN(p) {
			return types.Null, pgerr.Newf(pgerr.NumericValueOutOfRange, "percentile value %g is not between 0 and 1", p)
		}
		return f(d.Float())
	}
	if g.direct.Kind() != types.KindArray {
		return check(g.direct)
	}
	in := g.direct.Array()
	out := &types.Array{Elem: elem, Dims: in.Dims, Lower: in.Lower}
	for _, d := range in.Elems {
		v, err := check(d)
		if err != nil {
			return types.Null, err
		}
		out.Elems = append(out.Elems, v)
	}
	return types.MakeArray(out), nil
}

func ordered(name, args string, hasDirect bool, result func(g *orderedAgg, call *expr.AggCall) (types.Datum, error)) {
	agg(name, args, func(call *expr.AggCall) (expr.Agg, error) {
		return &orderedAgg{has: hasDirect, result: func(g *orderedAgg, _ *expr.Ctx) (types.Datum, error) {
			return result(g, call)
		}}, nil
	}).Kind = 'o'
}

func registerOrderedAggs() {
	for _, frac := range []string{"float8", "_float8"} {
		ordered("percentile_disc", frac+",anyelement", true, func(g *orderedAgg, call *expr.AggCall) (types.Datum, error) {
			return g.fractions(elementType(call.T), func(p float64) (types.Datum, error) {
				return g.vals[max(int(math.Ceil(p*float64(len(g.vals))))-1, 0)], nil
			})
		})
		ordered("percentile_cont", frac+",float8", true, func(g *orderedAgg, _ *expr.AggCall) (types.Datum, error) {
			return g.fractions(types.Float8, func(p float64) (types.Datum, error) {
				lo, hi, part := g.between(p)
				return types.MakeFloat(lo.Float() + part*(hi.Float()-lo.Float())), nil
			})
		})
		ordered("percentile_cont", frac+",interval", true, func(g *orderedAgg, _ *expr.AggCall) (types.Datum, error) {
			return g.fractions(types.IntervalT, func(p float64) (types.Datum, error) {
				lo, hi, part := g.between(p)
				neg, err := NegInterval(lo.Interval())
				if err != nil {
					return types.Null, err
				}
				diff, err := sumIntervals(hi.Interval(), neg)
				if err != nil {
					return types.Null, err
				}
				if diff, err = scaleInterval(diff, part); err != nil {
					return types.Null, err
				}
				return intervalResult(sumIntervals(lo.Interval(), diff))
			})
		})
	}
	ordered("mode", "anyelement", false, func(g *orderedAgg, call *expr.AggCall) (types.Datum, error) {
		best, bestN, n := g.vals[0], 0, 0
		for i, v := range g.vals {
			if i > 0 && types.Compare(call.T, v, g.vals[i-1]) == 0 {
				n++
			} else {
				n = 1
			}
			if n > bestN {
				best, bestN = v, n
			}
		}
		return best, nil
	})
	for name, f := range map[string]func(h *hypothetical) types.Datum{
		"rank":       func(h *hypothetical) types.Datum { return types.MakeInt(h.before + 1) },
		"dense_rank": func(h *hypothetical) types.Datum { return types.MakeInt(h.groups + 1) },
		"percent_rank": func(h *hypothetical) types.Datum {
			if h.n == 0 {
				return types.MakeFloat(0)
			}
			return types.MakeFloat(float64(h.before) / float64(h.n))
		},
		"cume_dist": func(h *hypothetical) types.Datum {
			return types.MakeFloat(float64(h.before+h.equal+1) / float64(h.n+1))
		},
	} {
		agg(name, "any", func(call *expr.AggCall) (expr.Agg, error) { return &hypothetical{call: call, result: f}, nil }).Kind = 'o'
	}
}

func elementType(t *types.T) *types.T {
	if t.IsArray() {
		return t.Elem
	}
	return t
}

// between are the values around fraction p of the list, and how far between.
func (g *orderedAgg) between(p float64) (lo, hi types.Datum, part float64) {
	at := p * float64(len(g.vals)-1)
	first := int(math.Floor(at))
	return g.vals[first], g.vals[int(math.Ceil(at))], at - float64(first)
}

// hypothetical ranks the direct arguments among the rows of a group, which come
// in order.
type hypothetical struct {
	call                     *expr.AggCall
	n, before, equal, groups int64
	last                     []types.Datum
	result                   func(h *hypothetical) types.Datum
}

// Add implements expr.Agg.
func (h *hypothetical) Add(_ *expr.Ctx, a []types.Datum) error {
	n := len(h.call.OrderBy)
	direct, row := a[:len(a)-n], a[len(a)-n:]
	h.n++
	switch c := h.compare(row, direct); {
	case c < 0:
		h.before++
		if h.last == nil || h.compare(h.last, row) != 0 {
			h.groups++
		}
		h.last = append(h.last[:0], row...)
	case c == 0:
		h.equal++
	}
	return nil
}

func (h *hypothetical) compare(a, b []types.Datum) int {
	for i, k := range h.call.OrderBy {
		if a[i].IsNull() || b[i].IsNull() {
			if a[i].IsNull() == b[i].IsNull() {
				continue
			}
			if a[i].IsNull() == k.NullsFirst {
				return -1
			}
			return 1
		}
		if c := types.Compare(k.Expr.Type(), a[i], b[i]); c != 0 {
			if k.Desc {
				return -c
			}
			return c
		}
	}
	return 0
}

// Result implements expr.Agg.
func (h *hypothetical) Result(*expr.Ctx) (types.Datum, error) { return h.result(h), nil }

// Bytes implements expr.Agg.
func (h *hypothetical) Bytes() int { return 64 + 24*len(h.last) }
