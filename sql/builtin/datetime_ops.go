package builtin

import (
	"math"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// both registers a commutative operator with its operands either way round.
func both(name, l, r string, eval EvalFunc) {
	op(name, l, r, eval)
	op(name, r, l, func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return eval(ctx, []types.Datum{a[1], a[0]})
	})
}

func intResult(n int64, err error) (types.Datum, error) { return types.MakeInt(n), err }

func intervalResult(iv types.Interval, err error) (types.Datum, error) {
	return types.MakeInterval(iv), err
}

// withInterval registers left + interval (both ways round) and left - interval.
func withInterval(left string, add func(ctx *expr.Ctx, d types.Datum, iv types.Interval) (types.Datum, error)) {
	both("+", left, "interval", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return add(ctx, a[0], a[1].Interval())
	})
	op("-", left, "interval", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		iv, err := NegInterval(a[1].Interval())
		if err != nil {
			return types.Null, err
		}
		return add(ctx, a[0], iv)
	})
}

func registerDatetimeOps() {
	withInterval("timestamp", func(_ *expr.Ctx, d types.Datum, iv types.Interval) (types.Datum, error) {
		return intResult(AddInterval(d.Int(), iv))
	})
	withInterval("timestamptz", func(ctx *expr.Ctx, d types.Datum, iv types.Interval) (types.Datum, error) {
		return intResult(AddIntervalTz(d.Int(), iv, ctx.IO().Loc()))
	})
	withInterval("date", func(_ *expr.Ctx, d types.Datum, iv types.Interval) (types.Datum, error) {
		us, err := types.DateToTimestamp(d.Int())
		if err != nil {
			return types.Null, err
		}
		return intResult(AddInterval(us, iv))
	})
	withInterval("time", func(_ *expr.Ctx, d types.Datum, iv types.Interval) (types.Datum, error) {
		return types.MakeInt(wrapClock(d.Int(), iv)), nil
	})
	withInterval("timetz", func(_ *expr.Ctx, d types.Datum, iv types.Interval) (types.Datum, error) {
		v := d.Other().(types.TimeTZ)
		v.Micros = wrapClock(v.Micros, iv)
		return types.MakeOther(v), nil
	})
	stampDiff := func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		x, y := a[0].Int(), a[1].Int()
		if !types.TimestampFinite(x) || !types.TimestampFinite(y) {
			return types.Null, pgerr.New(pgerr.DatetimeFieldOverflow, "cannot subtract infinite timestamps")
		}
		return types.MakeInterval(justifyHours(types.Interval{Micros: x - y})), nil
	}
	op("-", "timestamp", "timestamp", stampDiff)
	op("-", "timestamptz", "timestamptz", stampDiff)
	op("-", "time", "time", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeInterval(types.Interval{Micros: a[0].Int() - a[1].Int()}), nil
	})
	registerDateOps()
	registerIntervalOps()
	registerMoneyOps()
}

// wrapClock adds the time of iv to a time of day, around midnight.
func wrapClock(us int64, iv types.Interval) int64 {
	_, t := types.SplitMicros(us + iv.Micros%types.MicrosPerDay)
	return t
}

func addDays(days, n int64) (types.Datum, error) {
	if !types.DateFinite(days) {
		return types.MakeInt(days), nil
	}
	if !types.DateInRange(days + n) {
		return types.Null, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range")
	}
	return types.MakeInt(days + n), nil
}

func registerDateOps() {
	both("+", "date", "int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return addDays(a[0].Int(), a[1].Int())
	})
	op("-", "date", "int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return addDays(a[0].Int(), -a[1].Int())
	})
	op("-", "date", "date", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		if !types.DateFinite(a[0].Int()) || !types.DateFinite(a[1].Int()) {
			return types.Null, pgerr.New(pgerr.DatetimeFieldOverflow, "cannot subtract infinite dates")
		}
		return types.MakeInt(a[0].Int() - a[1].Int()), nil
	})
	both("+", "date", "time", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		us, err := types.DateToTimestamp(a[0].Int())
		if err != nil {
			return types.Null, err
		}
		return intResult(AddInterval(us, types.Interval{Micros: a[1].Int()}))
	})
	both("+", "date", "timetz", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		us, err := types.DateToTimestamp(a[0].Int())
		if err != nil {
			return types.Null, err
		}
		t := a[1].Other().(types.TimeTZ)
		return intResult(AddInterval(us, types.Interval{Micros: t.Micros + int64(t.West)*types.MicrosPerSecond}))
	})
}

func registerIntervalOps() {
	op("+", "interval", "interval", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return intervalResult(sumIntervals(a[0].Interval(), a[1].Interval()))
	})
	op("-", "interval", "interval", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		iv, err := NegInterval(a[1].Interval())
		if err != nil {
			return types.Null, err
		}
		return intervalResult(sumIntervals(a[0].Interval(), iv))
	})
	op("-", "", "interval", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return intervalResult(NegInterval(a[0].Interval()))
	})
	both("*", "interval", "float8", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return intervalResult(scaleInterval(a[0].Interval(), a[1].Float()))
	})
	op("/", "interval", "float8", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		if a[1].Float() == 0 {
			return types.Null, errDivisionByZero()
		}
		return intervalResult(divideInterval(a[0].Interval(), a[1].Float()))
	})
	for n, f := range map[string]func(types.Interval) types.Interval{
		"justify_hours": justifyHours, "justify_days": justifyDays, "justify_interval": justifyInterval,
	} {
		fn(n, "interval", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			return types.MakeInterval(f(a[0].Interval())), nil
		})
	}
}

// divideInterval is scaleInterval by a quotient, with the rounding of a division.
func divideInterval(iv types.Interval, f float64) (types.Interval, error) {
	months, days := float64(iv.Months)/f, float64(iv.Days)/f
	out := types.Interval{Months: int32(months), Days: int32(days)}
	restDays := roundMicro((months - math.Trunc(months)) * 30)
	restSec := roundMicro((days - math.Trunc(days) + restDays - math.Trunc(restDays)) * 86400)
	if math.Abs(restSec) >= 86400 {
		out.Days += int32(restSec / 86400)
		restSec -= math.Trunc(restSec/86400) * 86400
	}
	out.Days += int32(restDays)
	us := math.RoundToEven(float64(iv.Micros)/f + restSec*1e6)
	if math.IsNaN(us) || math.Abs(us) >= 9.2233720368547758e18 || math.Abs(months) > math.MaxInt32 {
		return iv, errInterval()
	}
	out.Micros = int64(us)
	return out, nil
}

func registerMoneyOps() {
	money := func(n int64, ok bool) (types.Datum, error) {
		if !ok {
			return types.Null, errOutOfRange(types.Money)
		}
		return types.MakeInt(n), nil
	}
	op("+", "money", "money", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return money(AddInt64(a[0].Int(), a[1].Int()))
	})
	op("-", "money", "money", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return money(SubInt64(a[0].Int(), a[1].Int()))
	})
	op("/", "money", "money", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		if a[1].Int() == 0 {
			return types.Null, errDivisionByZero()
		}
		return types.MakeFloat(float64(a[0].Int()) / float64(a[1].Int())), nil
	})
	for _, t := range []string{"int2", "int4", "int8"} {
		both("*", "money", t, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			return money(MulInt64(a[0].Int(), a[1].Int()))
		})
		op("/", "money", t, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			return divideInt(types.Int8, a[0].Int(), a[1].Int(), false)
		})
	}
	for _, t := range []string{"float4", "float8"} {
		both("*", "money", t, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			return types.CastTo(types.MakeFloat(float64(a[0].Int())*a[1].Float()), types.Float8, types.Int8, -1, true, nil)
		})
		op("/", "money", t, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			if a[1].Float() == 0 {
				return types.Null, errDivisionByZero()
			}
			return types.CastTo(types.MakeFloat(float64(a[0].Int())/a[1].Float()), types.Float8, types.Int8, -1, true, nil)
		})
	}
	both("+", "pg_lsn", "numeric", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		n, err := a[1].Decimal().Int64()
		if err != nil || !types.IsFinite(a[1].Decimal()) {
			return types.Null, errOutOfRange(types.PgLSN)
		}
		return types.MakeInt(a[0].Int() + n), nil
	})
	op("-", "pg_lsn", "pg_lsn", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeDecimal(types.NumericFromInt(a[0].Int() - a[1].Int())), nil
	})
}
