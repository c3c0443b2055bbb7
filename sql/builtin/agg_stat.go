package builtin

import (
	"math"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// varKinds are the variance functions: whether of a sample, whether its root.
var varKinds = map[string]struct{ sample, root bool }{
	"var_pop": {false, false}, "var_samp": {true, false}, "variance": {true, false},
	"stddev_pop": {false, true}, "stddev_samp": {true, true}, "stddev": {true, true},
}

// varFloat is a variance of floats by the Youngs-Cramer update.
type varFloat struct {
	sample, root bool
	n, sx, sxx   float64
}

// Add implements expr.Agg.
func (g *varFloat) Add(_ *expr.Ctx, a []types.Datum) error {
	if a[0].IsNull() {
		return nil
	}
	x := a[0].Float()
	g.n++
	g.sx += x
	if g.n > 1 {
		d := x*g.n - g.sx
		g.sxx += d * d / (g.n * (g.n - 1))
	}
	if math.IsInf(g.sx, 0) || math.IsInf(g.sxx, 0) || math.IsNaN(x) {
		if !math.IsInf(x, 0) && !math.IsNaN(x) && !math.IsNaN(g.sxx) {
			return errFloat("overflow")
		}
		g.sxx = math.NaN()
	}
	return nil
}

// Result implements expr.Agg.
func (g *varFloat) Result(*expr.Ctx) (types.Datum, error) {
	n := g.n
	if g.sample {
		n--
	}
	if g.n == 0 || n <= 0 {
		return types.Null, nil
	}
	v := g.sxx / n
	if g.root {
		v = math.Sqrt(v)
	}
	return types.MakeFloat(v), nil
}

// Bytes implements expr.Agg.
func (g *varFloat) Bytes() int { return 48 }

// varNumeric is a variance of integers and numerics, from exact sums.
type varNumeric struct {
	sample, root bool
	n            int64
	sum, squares *types.Decimal
	nan          bool
}

// Add implements expr.Agg.
func (g *varNumeric) Add(ctx *expr.Ctx, a []types.Datum) error {
	if a[0].IsNull() {
		return nil
	}
	x := types.ToNumeric(a[0])
	g.n++
	if !types.IsFinite(x) {
		g.nan = true
		return nil
	}
	words := numericWords(x)
	if err := ctx.Budget.Step(1 + words*words/wordProductsPerStep); err != nil {
		return err
	}
	if g.sum == nil {
		g.sum, g.squares = types.NumericFromInt(0), types.NumericFromInt(0)
	}
	g.sum = types.AddNumeric(g.sum, x)
	g.squares = types.AddNumeric(g.squares, types.MulNumeric(x, x))
	return nil
}

// Result implements expr.Agg.
func (g *varNumeric) Result(*expr.Ctx) (types.Datum, error) {
	if g.n == 0 || g.sample && g.n == 1 {
		return types.Null, nil
	}
	if g.nan {
		return types.MakeDecimal(types.NaNNumeric()), nil
	}
	n := types.NumericFromInt(g.n)
	num := types.SubNumeric(types.MulNumeric(n, g.squares), types.MulNumeric(g.sum, g.sum))
	if num.Sign() <= 0 {
		return types.MakeDecimal(types.NumericFromInt(0)), nil
	}
	div := n
	if g.sample {
		div = types.NumericFromInt(g.n - 1)
	}
	v, _ := types.DivNumeric(num, types.MulNumeric(n, div))
	if g.root {
		v = types.SqrtNumericScale(v, types.NumericScale(v))
	}
	return types.MakeDecimal(v), nil
}

// Bytes implements expr.Agg.
func (g *varNumeric) Bytes() int { return 160 }

// regression holds the sums of the two-argument statistics (y, x).
type regression struct {
	n, sx, sxx, sy, syy, sxy float64
	result                   func(r *regression) (float64, bool)
}

// Add implements expr.Agg.
func (r *regression) Add(_ *expr.Ctx, a []types.Datum) error {
	if a[0].IsNull() || a[1].IsNull() {
		return nil
	}
	y, x := a[0].Float(), a[1].Float()
	r.n++
	r.sx += x
	r.sy += y
	if r.n > 1 {
		dx, dy := x*r.n-r.sx, y*r.n-r.sy
		scale := 1 / (r.n * (r.n - 1))
		r.sxx += dx * dx * scale
		r.syy += dy * dy * scale
		r.sxy += dx * dy * scale
	}
	return nil
}

// Result implements expr.Agg.
func (r *regression) Result(*expr.Ctx) (types.Datum, error) {
	v, ok := r.result(r)
	if !ok {
		return types.Null, nil
	}
	return types.MakeFloat(v), nil
}

// Bytes implements expr.Agg.
func (r *regression) Bytes() int { return 64 }

var regressions = map[string]func(r *regression) (float64, bool){
	"regr_sxx":       func(r *regression) (float64, bool) { return r.sxx, r.n > 0 },
	"regr_syy":       func(r *regression) (float64, bool) { return r.syy, r.n > 0 },
	"regr_sxy":       func(r *regression) (float64, bool) { return r.sxy, r.n > 0 },
	"regr_avgx":      func(r *regression) (float64, bool) { return r.sx / r.n, r.n > 0 },
	"regr_avgy":      func(r *regression) (float64, bool) { return r.sy / r.n, r.n > 0 },
	"covar_pop":      func(r *regression) (float64, bool) { return r.sxy / r.n, r.n > 0 },
	"covar_samp":     func(r *regression) (float64, bool) { return r.sxy / (r.n - 1), r.n > 1 },
	"regr_slope":     func(r *regression) (float64, bool) { return r.sxy / r.sxx, r.n > 0 && r.sxx != 0 },
	"regr_intercept": func(r *regression) (float64, bool) { return (r.sy - r.sx*r.sxy/r.sxx) / r.n, r.n > 0 && r.sxx != 0 },
	"corr": func(r *regression) (float64, bool) {
		return r.sxy / math.Sqrt(r.sxx*r.syy), r.n > 0 && r.sxx != 0 && r.syy != 0
	},
	"regr_r2": func(r *regression) (float64, bool) {
		if r.syy == 0 {
			return 1, r.n > 0 && r.sxx != 0
		}
		return r.sxy * r.sxy / (r.sxx * r.syy), r.n > 0 && r.sxx != 0
	},
}

func registerStatAggs() {
	for name, k := range varKinds {
		for _, t := range []string{"int2", "int4", "int8", "numeric"} {
			agg(name, t, func(*expr.AggCall) (expr.Agg, error) { return &varNumeric{sample: k.sample, root: k.root}, nil })
		}
		for _, t := range []string{"float4", "float8"} {
			agg(name, t, func(*expr.AggCall) (expr.Agg, error) { return &varFloat{sample: k.sample, root: k.root}, nil })
		}
	}
	for name, f := range regressions {
		agg(name, "float8,float8", func(*expr.AggCall) (expr.Agg, error) { return &regression{result: f}, nil })
	}
	agg("regr_count", "float8,float8", func(*expr.AggCall) (expr.Agg, error) { return &regrCount{}, nil })
	for name, f := range map[string]func(a, b int64) int64{
		"bit_and": func(a, b int64) int64 { return a & b }, "bit_or": func(a, b int64) int64 { return a | b },
		"bit_xor": func(a, b int64) int64 { return a ^ b },
	} {
		for _, t := range intTypes {
			agg(name, t, func(*expr.AggCall) (expr.Agg, error) { return &bitAgg{f: f}, nil })
		}
	}
	agg("array_agg", "anyarray", func(call *expr.AggCall) (expr.Agg, error) { return &nestAgg{elem: call.T.Elem}, nil })
	agg("range_agg", "anyrange", func(call *expr.AggCall) (expr.Agg, error) { return &rangeAgg{t: call.T}, nil })
	registerOrderedAggs()
}

// regrCount counts the rows without NULLs.
type regrCount struct{ n int64 }

// Add implements expr.Agg.
func (g *regrCount) Add(_ *expr.Ctx, a []types.Datum) error {
	if !a[0].IsNull() && !a[1].IsNull() {
		g.n++
	}
	return nil
}

// Result implements expr.Agg.
func (g *regrCount) Result(*expr.Ctx) (types.Datum, error) { return types.MakeInt(g.n), nil }

// Bytes implements expr.Agg.
func (g *regrCount) Bytes() int { return 16 }

type bitAgg struct {
	f   func(a, b int64) int64
	v   int64
	any bool
}

// Add implements expr.Agg.
func (g *bitAgg) Add(_ *expr.Ctx, a []types.Datum) error {
	switch {
	case a[0].IsNull():
	case !g.any:
		g.v, g.any = a[0].Int(), true
	default:
		g.v = g.f(g.v, a[0].Int())
	}
	return nil
}

// Result implements expr.Agg.
func (g *bitAgg) Result(*expr.Ctx) (types.Datum, error) {
	if !g.any {
		return types.Null, nil
	}
	return types.MakeInt(g.v), nil
}

// Bytes implements expr.Agg.
func (g *bitAgg) Bytes() int { return 32 }

// nestAgg collects arrays into an array of one more dimension.
type nestAgg struct {
	bytes int
	elem  *types.T
	out   *types.Array
}

// Add implements expr.Agg.
func (g *nestAgg) Add(ctx *expr.Ctx, a []types.Datum) error {
	if a[0].IsNull() {
		return errArrayAgg("cannot accumulate null arrays", true)
	}
	in := a[0].Array()
	if len(in.Elems) == 0 {
		return errArrayAgg("cannot accumulate empty arrays", false)
	}
	if g.out == nil {
		g.out = &types.Array{Elem: g.elem, Dims: append([]int32{0}, in.Dims...), Lower: append([]int32{1}, in.Lower...)}
	}
	if len(in.Dims) != len(g.out.Dims)-1 {
		return errArrayAgg("cannot accumulate arrays of different dimensionality", false)
	}
	for i, n := range in.Dims {
		if n != g.out.Dims[i+1] {
			return errArrayAgg("cannot accumulate arrays of different dimensionality", false)
		}
	}
	if err := arrayFits(ctx, len(g.out.Elems)+len(in.Elems)); err != nil {
		return err
	}
	g.out.Dims[0]++
	g.out.Elems = append(g.out.Elems, in.Elems...)
	g.bytes += int(types.SizeAll(in.Elems))
	return nil
}

// Result implements expr.Agg.
func (g *nestAgg) Result(*expr.Ctx) (types.Datum, error) {
	if g.out == nil {
		return types.Null, nil
	}
	out := *g.out
	out.Dims = append([]int32(nil), out.Dims...)
	return types.MakeArray(&out), nil
}

// Bytes implements expr.Agg.
func (g *nestAgg) Bytes() int {
	return aggregateState + g.bytes
}

type rangeAgg struct {
	t      *types.T
	ranges []*types.Range
}

// Add implements expr.Agg.
func (g *rangeAgg) Add(ctx *expr.Ctx, a []types.Datum) error {
	if !a[0].IsNull() {
		g.ranges = append(g.ranges, types.RangeOf(a[0]))
	}
	return ctx.Budget.Fits(int64(g.Bytes()))
}

// Result implements expr.Agg.
func (g *rangeAgg) Result(*expr.Ctx) (types.Datum, error) {
	if len(g.ranges) == 0 {
		return types.Null, nil
	}
	return types.MakeMultirange(g.t, g.ranges), nil
}

// Bytes implements expr.Agg.
func (g *rangeAgg) Bytes() int { return 96 * len(g.ranges) }
