package builtin

import (
	"strings"
	"time"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// unitNames are the spellings of the units of extract and date_trunc.
var unitNames = map[string]string{}

// isField are the fields of a date that are not lengths of time.
var isField = map[string]bool{"dow": true, "isodow": true, "doy": true, "epoch": true, "isoyear": true, "julian": true}

func init() {
	for unit, names := range map[string]string{
		"microseconds": "microsecond microseconds us usec usecs useconds microsec microsecs", "milliseconds": "millisecond milliseconds ms msec msecs mseconds millisec",
		"second": "second seconds sec secs s", "minute": "minute minutes min mins m", "hour": "hour hours hr hrs h",
		"day": "day days d", "week": "week weeks w", "month": "month months mon mons", "quarter": "quarter quarters qtr",
		"year": "year years yr yrs y", "decade": "decade decades dec decs", "century": "century centuries cent c",
		"millennium": "millennium millennia mil mils", "epoch": "epoch", "dow": "dow", "isodow": "isodow",
		"doy": "doy", "isoyear": "isoyear", "julian": "julian jd j", "timezone": "timezone",
		"timezone_hour": "timezone_hour timezone_h", "timezone_minute": "timezone_minute timezone_m",
	} {
		for _, n := range strings.Fields(names) {
			unitNames[n] = unit
		}
	}
}

// errUnit: fields that are no unit of length (dow, epoch …) are not known at
// all to date_trunc and to types without a date.
func errUnit(unit string, t *types.T, known bool) error {
	if known && !(isField[unitNames[unit]] && (t.Is(types.IntervalT) || t.Is(types.Time) || t.Is(types.Timetz))) {
		return pgerr.Newf(pgerr.FeatureNotSupported, "unit \"%s\" not supported for type %s", unit, types.FormatType(t, -1))
	}
	return pgerr.Newf(pgerr.InvalidParameterValue, "unit \"%s\" not recognized for type %s", unit, types.FormatType(t, -1))
}

func whole(n int64) *types.Decimal { return types.NumericFromInt(n) }

func isoYearWeek(days int64) (year, week int) {
	y, m, d := types.CivilFromDate(days)
	if y < 1 || y > 9999 {
		// The Gregorian calendar repeats every 400 years.
		shift := 2000 + ((y%400)+400)%400
		yy, w := time.Date(shift, time.Month(m), d, 0, 0, 0, 0, time.UTC).ISOWeek()
		return yy - shift + y, w
	}
	return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).ISOWeek()
}

// centuryOf counts centuries or millennia: year 1 begins the first, there is no 0.
func centuryOf(y, size int) int64 {
	if y > 0 {
		return int64((y + size - 1) / size)
	}
	return int64(-((size - 1 - (y - 1)) / size))
}

// stampPart is a field of a local timestamp; ok is false for no such unit here.
func stampPart(unit string, us int64) (*types.Decimal, bool) {
	days, micros := types.SplitMicros(us)
	y, m, d := types.CivilFromDate(days)
	switch unit {
	case "year":
		if y <= 0 {
			y--
		}
		return whole(int64(y)), true
	case "month":
		return whole(int64(m)), true
	case "day":
		return whole(int64(d)), true
	case "quarter":
		return whole(int64((m-1)/3 + 1)), true
	case "decade":
		if y < 0 {
			return whole(-int64((8 - (y - 1)) / 10)), true
		}
		return whole(int64(y / 10)), true
	case "century":
		return whole(centuryOf(y, 100)), true
	case "millennium":
		return whole(centuryOf(y, 1000)), true
	case "dow":
		return whole(int64(types.Weekday(days))), true
	case "isodow":
		return whole(int64((types.Weekday(days)+6)%7 + 1)), true
	case "doy":
		return whole(days - types.DateFromCivil(y, 1, 1) + 1), true
	case "week":
		_, w := isoYearWeek(days)
		return whole(int64(w)), true
	case "isoyear":
		iy, _ := isoYearWeek(days)
		if iy <= 0 {
			iy--
		}
		return whole(int64(iy)), true
	case "julian":
		j := types.AddNumeric(whole(days+2451545), julianFraction(micros))
		return j, true
	}
	return clockPart(unit, micros)
}

func julianFraction(micros int64) *types.Decimal {
	q, _ := types.DivNumeric(whole(micros), whole(types.MicrosPerDay))
	return q
}

// clockPart is a field of a time of day.
func clockPart(unit string, micros int64) (*types.Decimal, bool) {
	switch unit {
	case "hour":
		return whole(micros / types.MicrosPerHour), true
	case "minute":
		return whole(micros / types.MicrosPerMinute % 60), true
	case "second":
		return types.NewNumeric(micros%types.MicrosPerMinute, 6), true
	case "milliseconds":
		return types.NewNumeric(micros%types.MicrosPerMinute, 3), true
	case "microseconds":
		return whole(micros % types.MicrosPerMinute), true
	}
	return nil, false
}

// infinitePart: fields that grow without end are infinite, others NULL.
func infinitePart(unit string, negative bool, t *types.T, name string) (types.Datum, error) {
	switch unit {
	case "year", "decade", "century", "millennium", "julian", "isoyear", "epoch":
		return types.MakeDecimal(types.InfNumeric(negative)), nil
	case "":
		return types.Null, errUnit(name, t, false)
	case "timezone", "timezone_hour", "timezone_minute":
		if !t.Is(types.Timestamptz) {
			return types.Null, errUnit(name, t, true)
		}
	}
	return types.Null, nil
}

// ExtractPart is extract(name from d) for a value of type t.
func ExtractPart(ctx *expr.Ctx, name string, d types.Datum, t *types.T) (types.Datum, error) {
	name = strings.ToLower(name)
	unit := unitNames[name]
	var v *types.Decimal
	var ok bool
	switch t.OID {
	case types.IntervalT.OID:
		v, ok = intervalPart(unit, d.Interval())
	case types.Time.OID:
		v, ok = clockPart(unit, d.Int())
		if unit == "epoch" {
			v, ok = types.NewNumeric(d.Int(), 6), true
		}
	case types.Timetz.OID:
		tz := d.Other().(types.TimeTZ)
		if v, ok = clockPart(unit, tz.Micros); !ok {
			v, ok = zonePart(unit, -int64(tz.West))
		}
		if unit == "epoch" {
			v, ok = types.NewNumeric(tz.Micros+int64(tz.West)*types.MicrosPerSecond, 6), true
		}
	case types.Date.OID:
		if !types.DateFinite(d.Int()) {
			return infinitePart(unit, d.Int() < 0, t, name)
		}
		return datePart(name, unit, d.Int())
	default:
		us := d.Int()
		if !types.TimestampFinite(us) {
			return infinitePart(unit, us < 0, t, name)
		}
		v, ok = momentPart(ctx, unit, us, t)
	}
	if !ok {
		return types.Null, errUnit(name, t, unit != "")
	}
	return types.MakeDecimal(v), nil
}

func momentPart(ctx *expr.Ctx, unit string, us int64, t *types.T) (*types.Decimal, bool) {
	if unit == "epoch" {
		return types.AddNumeric(types.NewNumeric(us, 6), whole(946684800)), true
	}
	if !t.Is(types.Timestamptz) {
		return stampPart(unit, us)
	}
	loc := ctx.IO().Loc()
	if v, ok := zonePart(unit, int64(types.OffsetAt(us, loc))); ok {
		return v, true
	}
	return stampPart(unit, types.UTCToLocal(us, loc))
}

func zonePart(unit string, east int64) (*types.Decimal, bool) {
	switch unit {
	case "timezone":
		return whole(east), true
	case "timezone_hour":
		return whole(east / 3600), true
	case "timezone_minute":
		return whole(east % 3600 / 60), true
	}
	return nil, false
}

func datePart(name, unit string, days int64) (types.Datum, error) {
	switch unit {
	case "epoch":
		return types.MakeDecimal(whole((days + 10957) * 86400)), nil
	case "julian":
		return types.MakeDecimal(whole(days + 2451545)), nil
	}
	v, ok := stampPart(unit, days*types.MicrosPerDay)
	if _, clock := clockPart(unit, 0); clock || !ok {
		return types.Null, errUnit(name, types.Date, unit != "")
	}
	return types.MakeDecimal(v), nil
}

func intervalPart(unit string, iv types.Interval) (*types.Decimal, bool) {
	months := int64(iv.Months)
	switch unit {
	case "year":
		return whole(months / 12), true
	case "month":
		return whole(months % 12), true
	case "quarter":
		return whole(months%12/3 + 1), true
	case "decade":
		return whole(months / 120), true
	case "century":
		return whole(months / 1200), true
	case "millennium":
		return whole(months / 12000), true
	case "day":
		return whole(int64(iv.Days)), true
	case "epoch":
		days := months/12*1461 + months%12*120 + int64(iv.Days)*4 // quarter days
		return types.AddNumeric(whole(days*21600), types.NewNumeric(iv.Micros, 6)), true
	}
	us := iv.Micros
	switch unit {
	case "hour":
		return whole(us / types.MicrosPerHour), true
	case "minute", "second", "milliseconds", "microseconds":
		return clockPart(unit, us%types.MicrosPerHour)
	}
	return nil, false
}

func registerParts() {
	for _, t := range []string{"date", "time", "timetz", "timestamp", "timestamptz", "interval"} {
		typ := mustType(t)
		extract := func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
			return ExtractPart(ctx, a[0].Str(), a[1], typ)
		}
		fn("extract", "text,"+t, extract)
		partType := typ
		if typ.Is(types.Date) {
			partType = types.Timestamp
		}
		fn("date_part", "text,"+t, func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
			d := a[1]
			if typ.Is(types.Date) {
				us, err := types.DateToTimestamp(d.Int())
				if err != nil {
					return types.Null, err
				}
				d = types.MakeInt(us)
			}
			d, err := ExtractPart(ctx, a[0].Str(), d, partType)
			if err != nil || d.IsNull() {
				return d, err
			}
			f, err := types.NumericToFloat(d.Decimal())
			return types.MakeFloat(f), err
		})
	}
}
