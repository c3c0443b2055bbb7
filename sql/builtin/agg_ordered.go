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

// percentile picks rows of its group, which come in the order of WITHIN GROUP. It
// knows from the start how many there are, so that it keeps those alone that its
// fractions ask for.
type percentile struct {
	direct types.Datum
	n      int64 // rows that are not NULL
	at     int64 // of them, how many came
	picks  map[int64]types.Datum
	rows   func(p float64, n int64) (first, second int64) // between which fraction p lies
	value  func(lo, hi types.Datum, part float64) (types.Datum, error)
	elem   *types.T
	err    error
}

// Begin implements expr.SizedAgg.
func (g *percentile) Begin(rows int64, direct []types.Datum) {
	g.n, g.at, g.direct = rows, 0, direct[0]
	g.picks = map[int64]types.Datum{}
	_, g.err = g.fractions(func(p float64) (types.Datum, error) {
		first, second := g.rows(p, g.n)
		g.picks[first], g.picks[second] = types.Null, types.Null
		return types.Null, nil
	})
}

// Add implements expr.Agg.
func (g *percentile) Add(_ *expr.Ctx, a []types.Datum) error {
	if a[1].IsNull() || g.err != nil {
		return g.err
	}
	if _, ok := g.picks[g.at]; ok {
		g.picks[g.at] = a[1]
	}
	g.at++
	return nil
}

// Result implements expr.Agg.
func (g *percentile) Result(*expr.Ctx) (types.Datum, error) {
	if g.n == 0 || g.err != nil {
		return types.Null, g.err
	}
	return g.fractions(func(p float64) (types.Datum, error) {
		first, second := g.rows(p, g.n)
		at := p * float64(g.n-1)
		return g.value(g.picks[first], g.picks[second], at-math.Floor(at))
	})
}

// Bytes implements expr.Agg.
func (g *percentile) Bytes() int { return 96 + 64*len(g.picks) }

// fractions applies f to the direct argument: one fraction, or an array of them.
func (g *percentile) fractions(f func(p float64) (types.Datum, error)) (types.Datum, error) {
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
	out := &types.Array{Elem: g.elem, Dims: in.Dims, Lower: in.Lower}
	for _, d := range in.Elems {
		v, err := check(d)
		if err != nil {
			return types.Null, err
		}
		out.Elems = append(out.Elems, v)
	}
	return types.MakeArray(out), nil
}

// discrete is the row at which the fraction is reached.
func discrete(p float64, n int64) (first, second int64) {
	at := max(int64(math.Ceil(p*float64(n)))-1, 0)
	return at, at
}

// continuous are the rows around the fraction.
func continuous(p float64, n int64) (first, second int64) {
	at := p * float64(n-1)
	return int64(math.Floor(at)), int64(math.Ceil(at))
}

// mostCommon is mode: rows come in order, and the first of the longest runs wins.
type mostCommon struct {
	t         *types.T
	best, cur types.Datum
	bestN, n  int64
}

// Add implements expr.Agg.
func (m *mostCommon) Add(_ *expr.Ctx, a []types.Datum) error {
	if a[0].IsNull() {
		return nil
	}
	if m.n > 0 && types.Compare(m.t, a[0], m.cur) == 0 {
		m.n++
	} else {
		m.cur, m.n = a[0], 1
	}
	if m.n > m.bestN {
		m.best, m.bestN = m.cur, m.n
	}
	return nil
}

// Result implements expr.Agg.
func (m *mostCommon) Result(*expr.Ctx) (types.Datum, error) { return m.best, nil }

// Bytes implements expr.Agg.
func (m *mostCommon) Bytes() int { return 160 }

func registerOrderedAggs() {
	add := func(name, args string, make func(call *expr.AggCall) expr.Agg) {
		agg(name, args, func(call *expr.AggCall) (expr.Agg, error) { return make(call), nil }).Kind = 'o'
	}
	for _, frac := range []string{"float8", "_float8"} {
		add("percentile_disc", frac+",anyelement", func(call *expr.AggCall) expr.Agg {
			return &percentile{elem: elementType(call.T), rows: discrete, value: func(lo, _ types.Datum, _ float64) (types.Datum, error) {
				return lo, nil
			}}
		})
		add("percentile_cont", frac+",float8", func(*expr.AggCall) expr.Agg {
			return &percentile{elem: types.Float8, rows: continuous, value: func(lo, hi types.Datum, part float64) (types.Datum, error) {
				return types.MakeFloat(lo.Float() + part*(hi.Float()-lo.Float())), nil
			}}
		})
		add("percentile_cont", frac+",interval", func(*expr.AggCall) expr.Agg {
			return &percentile{elem: types.IntervalT, rows: continuous, value: intervalBetween}
		})
	}
	add("mode", "anyelement", func(call *expr.AggCall) expr.Agg { return &mostCommon{t: call.T} })
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
		def := agg(name, "any", func(call *expr.AggCall) (expr.Agg, error) { return &hypothetical{call: call, result: f}, nil })
		def.Kind, def.Hypothetical = 'o', true
	}
}

func elementType(t *types.T) *types.T {
	if t.IsArray() {
		return t.Elem
	}
	return t
}

// intervalBetween is the interval that lies part of the way from lo to hi.
func intervalBetween(lo, hi types.Datum, part float64) (types.Datum, error) {
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
