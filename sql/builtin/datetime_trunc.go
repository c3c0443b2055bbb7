package builtin

import (
	"strings"
	"time"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// truncStamp cuts a local timestamp to a unit.
func truncStamp(unit string, us int64) (int64, bool) {
	days, micros := types.SplitMicros(us)
	y, m, _ := types.CivilFromDate(days)
	first := func(y, m int) int64 { return types.DateFromCivil(y, m, 1) * types.MicrosPerDay }
	step := map[string]int64{"microseconds": 1, "milliseconds": 1000, "second": types.MicrosPerSecond,
		"minute": types.MicrosPerMinute, "hour": types.MicrosPerHour, "day": types.MicrosPerDay}[unit]
	switch {
	case step > 0:
		return days*types.MicrosPerDay + micros/step*step, true
	case unit == "week":
		return (days - int64((types.Weekday(days)+6)%7)) * types.MicrosPerDay, true
	case unit == "month":
		return first(y, m), true
	case unit == "quarter":
		return first(y, (m-1)/3*3+1), true
	case unit == "year":
		return first(y, 1), true
	case unit == "decade":
		if y > 0 {
			return first(y/10*10, 1), true
		}
		return first(-((8-(y-1))/10)*10, 1), true
	case unit == "century":
		if y > 0 {
			return first((y+99)/100*100-99, 1), true
		}
		return first(-((99-(y-1))/100)*100+1, 1), true
	case unit == "millennium":
		if y > 0 {
			return first((y+999)/1000*1000-999, 1), true
		}
		return first(-((999-(y-1))/1000)*1000+1, 1), true
	}
	return 0, false
}

func dateTrunc(name string, us int64, t *types.T, loc *time.Location) (types.Datum, error) {
	name = strings.ToLower(name)
	unit := unitNames[name]
	if !types.TimestampFinite(us) {
		return types.MakeInt(us), nil
	}
	local := us
	if loc != nil {
		local = types.UTCToLocal(us, loc)
	}
	out, ok := truncStamp(unit, local)
	if !ok {
		return types.Null, errUnit(name, t, unit != "" && !isField[unit])
	}
	if loc == nil {
		return types.MakeInt(out), nil
	}
	switch unit {
	case "microseconds", "milliseconds", "second", "minute", "hour":
		return types.MakeInt(out - (local - us)), nil
	}
	return intResult(types.LocalToUTC(out, loc))
}

func truncInterval(name string, iv types.Interval) (types.Datum, error) {
	name = strings.ToLower(name)
	out := iv
	clock := func(step int64) { out.Micros = iv.Micros / step * step }
	months := func(n int32) { out = types.Interval{Months: iv.Months / n * n} }
	switch unit := unitNames[name]; unit {
	case "microseconds":
	case "milliseconds":
		clock(1000)
	case "second":
		clock(types.MicrosPerSecond)
	case "minute":
		clock(types.MicrosPerMinute)
	case "hour":
		clock(types.MicrosPerHour)
	case "day":
		out.Micros = 0
	case "month":
		months(1)
	case "quarter":
		months(3)
	case "year":
		months(12)
	case "decade":
		months(120)
	case "century":
		months(1200)
	case "millennium":
		months(12000)
	case "week":
		return types.Null, pgerr.From(errUnit(name, types.IntervalT, true)).WithDetail("Months usually have fractional weeks.")
	default:
		return types.Null, errUnit(name, types.IntervalT, unit != "")
	}
	return types.MakeInterval(out), nil
}

func registerTrunc() {
	fn("date_trunc", "text,timestamp", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return dateTrunc(a[0].Str(), a[1].Int(), types.Timestamp, nil)
	})
	fn("date_trunc", "text,timestamptz", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return dateTrunc(a[0].Str(), a[1].Int(), types.Timestamptz, ctx.IO().Loc())
	})
	fn("date_trunc", "text,timestamptz,text", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		loc, err := types.LoadZone(a[2].Str(), false)
		if err != nil {
			return types.Null, err
		}
		return dateTrunc(a[0].Str(), a[1].Int(), types.Timestamptz, loc)
	})
	fn("date_trunc", "text,interval", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return truncInterval(a[0].Str(), a[1].Interval())
	})
	for _, t := range []string{"timestamp", "timestamptz"} {
		fn("date_bin", "interval,"+t+","+t, dateBin)
	}
}

func dateBin(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
	iv, us, origin := a[0].Interval(), a[1].Int(), a[2].Int()
	if !types.TimestampFinite(us) {
		return a[1], nil
	}
	switch {
	case !types.TimestampFinite(origin):
		return types.Null, pgerr.New(pgerr.DatetimeFieldOverflow, "origin out of range")
	case iv.Months != 0:
		return types.Null, pgerr.New(pgerr.FeatureNotSupported, "timestamps cannot be binned into intervals containing months or years")
	}
	stride := int64(iv.Days)*types.MicrosPerDay + iv.Micros
	if stride <= 0 {
		return types.Null, pgerr.New(pgerr.DatetimeFieldOverflow, "stride must be greater than zero")
	}
	diff := us - origin
	out := diff - diff%stride
	if diff%stride < 0 {
		out -= stride
	}
	return types.MakeInt(origin + out), nil
}
