package builtin

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

func errStep() error {
	return pgerr.New(pgerr.InvalidParameterValue, "step size cannot equal zero")
}

// intSeries counts from start to stop; it ends where the next value overflows.
type intSeries struct {
	next, stop, step int64
	limit            int64 // largest magnitude of the type
	done             bool
	row              [1]types.Datum
}

// Next implements Rows.
func (s *intSeries) Next(*expr.Ctx) ([]types.Datum, bool, error) {
	if s.done || s.step > 0 && s.next > s.stop || s.step < 0 && s.next < s.stop {
		return nil, false, nil
	}
	s.row[0] = types.MakeInt(s.next)
	n, ok := AddInt64(s.next, s.step)
	s.next, s.done = n, !ok
	return s.row[:], true, nil
}

func registerSeries() {
	for _, t := range []string{"int4", "int8"} {
		open := func(_ *expr.Ctx, a []types.Datum, _ SRFTypes) (Rows, error) {
			s := &intSeries{next: a[0].Int(), stop: a[1].Int(), step: 1}
			if len(a) == 3 {
				if s.step = a[2].Int(); s.step == 0 {
					return nil, errStep()
				}
			}
			return s, nil
		}
		srf("generate_series", t+","+t, open)
		srf("generate_series", t+","+t+","+t, open)
	}
	srf("generate_series", "numeric,numeric", numericSeries)
	srf("generate_series", "numeric,numeric,numeric", numericSeries)
	for _, t := range []string{"timestamp", "timestamptz"} {
		srf("generate_series", t+","+t+",interval", func(_ *expr.Ctx, a []types.Datum, _ SRFTypes) (Rows, error) {
			return stampSeries(a[0].Int(), a[1].Int(), a[2].Interval(), t == "timestamptz")
		})
	}
	subscripts := func(_ *expr.Ctx, a []types.Datum, _ SRFTypes) (Rows, error) {
		arr, dim := a[0].Array(), int(a[1].Int())
		if dim < 1 || dim > len(arr.Dims) {
			return valueRows(nil), nil
		}
		lo := int64(arr.Lower[dim-1])
		hi := lo + int64(arr.Dims[dim-1]) - 1
		if len(a) == 3 && a[2].Bool() {
			return &intSeries{next: hi, stop: lo, step: -1}, nil
		}
		return &intSeries{next: lo, stop: hi, step: 1}, nil
	}
	srf("generate_subscripts", "anyarray,int4", subscripts)
	srf("generate_subscripts", "anyarray,int4,bool", subscripts)
	srf("unnest", "anyarray", func(_ *expr.Ctx, a []types.Datum, _ SRFTypes) (Rows, error) {
		return valueRows(a[0].Array().Elems), nil
	})
	srf("unnest", "anymultirange", func(_ *expr.Ctx, a []types.Datum, _ SRFTypes) (Rows, error) {
		var out []types.Datum
		for _, r := range a[0].Other().(types.Multirange) {
			out = append(out, types.MakeOther(r))
		}
		return valueRows(out), nil
	})
	for _, extra := range []string{"", ",text"} {
		srf("string_to_table", "text,text"+extra, func(ctx *expr.Ctx, a []types.Datum, _ SRFTypes) (Rows, error) {
			parts, err := splitText(ctx, a)
			return valueRows(parts), err
		})
	}
}

func numericSeries(_ *expr.Ctx, a []types.Datum, _ SRFTypes) (Rows, error) {
	names := []string{"start", "stop", "step"}
	step := types.NumericFromInt(1)
	for i, d := range a {
		if types.IsNaN(d.Decimal()) {
			return nil, pgerr.Newf(pgerr.InvalidParameterValue, "%s value cannot be NaN", names[i])
		}
		if !types.IsFinite(d.Decimal()) {
			return nil, pgerr.Newf(pgerr.InvalidParameterValue, "%s value cannot be infinity", names[i])
		}
	}
	if len(a) == 3 {
		step = a[2].Decimal()
	}
	if step.Sign() == 0 {
		return nil, errStep()
	}
	cur, stop := a[0].Decimal(), a[1].Decimal()
	var row [1]types.Datum
	return funcRows(func(*expr.Ctx) ([]types.Datum, bool, error) {
		if c := types.CompareNumericValues(cur, stop); step.Sign() > 0 && c > 0 || step.Sign() < 0 && c < 0 {
			return nil, false, nil
		}
		row[0] = types.MakeDecimal(cur)
		cur = types.AddNumeric(cur, step)
		return row[:], true, nil
	}), nil
}

func stampSeries(cur, stop int64, step types.Interval, tz bool) (Rows, error) {
	dir := types.CompareIntervals(step, types.Interval{})
	if dir == 0 {
		return nil, errStep()
	}
	var row [1]types.Datum
	return funcRows(func(ctx *expr.Ctx) ([]types.Datum, bool, error) {
		if dir > 0 && cur > stop || dir < 0 && cur < stop {
			return nil, false, nil
		}
		row[0] = types.MakeInt(cur)
		var err error
		if tz {
			cur, err = AddIntervalTz(cur, step, ctx.IO().Loc())
		} else {
			cur, err = AddInterval(cur, step)
		}
		return row[:], err == nil, err
	}), nil
}
