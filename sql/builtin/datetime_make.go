package builtin

import (
	"fmt"
	"math"
	"time"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

func errField(what, text string) error {
	return pgerr.Newf(pgerr.DatetimeFieldOverflow, "%s field value out of range: %s", what, text)
}

// civilArgs reads year, month, day; a negative year is BC.
func civilArgs(a []types.Datum) (int64, error) {
	y, m, d := int(a[0].Int()), int(a[1].Int()), int(a[2].Int())
	shown := fmt.Sprintf("%d-%02d-%02d", y, m, d)
	if y < 0 {
		y++
	} else if y == 0 {
		return 0, errField("date", shown)
	}
	if m < 1 || m > 12 || d < 1 || d > 31 || d > types.DaysInMonth(y, m) {
		return 0, errField("date", shown)
	}
	if !types.ValidCivil(y, m, d) {
		return 0, pgerr.Newf(pgerr.DatetimeFieldOverflow, "date out of range: %s", shown)
	}
	return types.DateFromCivil(y, m, d), nil
}

// clockArgs reads hour, minute, seconds.
func clockArgs(a []types.Datum) (int64, error) {
	h, m, s := a[0].Int(), a[1].Int(), a[2].Float()
	us := int64(math.RoundToEven(s * 1e6))
	if h < 0 || m < 0 || m > 59 || math.IsNaN(s) || s < 0 || s > 60 || h > 24 || h == 24 && (m > 0 || us > 0) {
		return 0, errField("time", fmt.Sprintf("%d:%02d:%s", h, m, secondText(s)))
	}
	return h*types.MicrosPerHour + m*types.MicrosPerMinute + us, nil
}

// secondText is C's %02g.
func secondText(s float64) string {
	text := fmt.Sprintf("%g", s)
	if len(text) < 2 {
		return "0" + text
	}
	return text
}

func makeStamp(a []types.Datum) (int64, error) {
	days, err := civilArgs(a)
	if err != nil {
		return 0, err
	}
	us, err := clockArgs(a[3:])
	if err != nil {
		return 0, err
	}
	if out := days*types.MicrosPerDay + us; types.TimestampInRange(out) {
		return out, nil
	}
	return 0, errStamp()
}

func registerMake() {
	fn("make_date", "int4,int4,int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return intResult(civilArgs(a)) })
	fn("make_time", "int4,int4,float8", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return intResult(clockArgs(a)) })
	fn("make_timestamp", "int4,int4,int4,int4,int4,float8", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return intResult(makeStamp(a))
	})
	fn("make_timestamptz", "int4,int4,int4,int4,int4,float8", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		us, err := makeStamp(a)
		if err != nil {
			return types.Null, err
		}
		return intResult(types.LocalToUTC(us, ctx.IO().Loc()))
	})
	fn("make_timestamptz", "int4,int4,int4,int4,int4,float8,text", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		us, err := makeStamp(a)
		if err != nil {
			return types.Null, err
		}
		loc, err := types.LoadZone(a[6].Str(), true)
		if err != nil {
			return types.Null, err
		}
		return intResult(types.LocalToUTC(us, loc))
	})
	zero := types.MakeInt(0)
	fn("make_interval", "int4,int4,int4,int4,int4,int4,float8", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		m := a[0].Int()*12 + a[1].Int()
		d := a[2].Int()*7 + a[3].Int()
		us := float64(a[4].Int()*types.MicrosPerHour+a[5].Int()*types.MicrosPerMinute) + math.RoundToEven(a[6].Float()*1e6)
		if m != int64(int32(m)) || d != int64(int32(d)) || math.IsNaN(us) || math.Abs(us) > 9.2e18 {
			return types.Null, errInterval()
		}
		return types.MakeInterval(types.Interval{Micros: int64(us), Days: int32(d), Months: int32(m)}), nil
	}).Defaults = []types.Datum{zero, zero, zero, zero, zero, zero, types.MakeFloat(0)}
	fn("to_timestamp", "float8", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		f := a[0].Float()
		switch {
		case math.IsNaN(f):
			return types.Null, pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp cannot be NaN")
		case math.IsInf(f, 1):
			return types.MakeInt(types.TimeInfinity), nil
		case math.IsInf(f, -1):
			return types.MakeInt(types.TimeNegInfinity), nil
		}
		us := math.RoundToEven((f - 946684800) * 1e6)
		if us < -2.2e17 || us >= 9.2233e18 || !types.TimestampInRange(int64(us)) {
			return types.Null, pgerr.Newf(pgerr.DatetimeFieldOverflow, "timestamp out of range: \"%g\"", f)
		}
		return types.MakeInt(int64(us)), nil
	})
}

func registerNow() {
	txn := func(ctx *expr.Ctx, _ []types.Datum) (types.Datum, error) {
		return types.MakeInt(types.FromTime(ctx.TxnTime)), nil
	}
	fn("now", "", txn)
	fn("transaction_timestamp", "", txn)
	fn("statement_timestamp", "", func(ctx *expr.Ctx, _ []types.Datum) (types.Datum, error) {
		return types.MakeInt(types.FromTime(ctx.StmtTime)), nil
	})
	fn("clock_timestamp", "", func(ctx *expr.Ctx, _ []types.Datum) (types.Datum, error) {
		return types.MakeInt(types.FromTime(ctx.Session.Now())), nil
	})
	fn("timeofday", "", func(ctx *expr.Ctx, _ []types.Datum) (types.Datum, error) {
		return types.MakeStr(ctx.Session.Now().In(ctx.IO().Loc()).Format("Mon Jan 02 15:04:05.000000 2006 MST")), nil
	})
	for _, t := range []string{"timestamp", "timestamptz"} {
		fn("age", t+","+t, func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
			x, y := a[0].Int(), a[1].Int()
			if t == "timestamptz" {
				x, y = types.UTCToLocal(x, ctx.IO().Loc()), types.UTCToLocal(y, ctx.IO().Loc())
			}
			return intervalResult(Age(x, y))
		})
		fn("age", t, func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
			today := types.TimestampToDate(types.UTCToLocal(types.FromTime(ctx.TxnTime), ctx.IO().Loc())) * types.MicrosPerDay
			x := a[0].Int()
			if t == "timestamptz" {
				x = types.UTCToLocal(x, ctx.IO().Loc())
			}
			return intervalResult(Age(today, x))
		})
		fn("isfinite", t, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			return types.MakeBool(types.TimestampFinite(a[0].Int())), nil
		})
	}
	fn("isfinite", "date", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeBool(types.DateFinite(a[0].Int())), nil
	})
	fn("isfinite", "interval", func(*expr.Ctx, []types.Datum) (types.Datum, error) { return types.MakeBool(true), nil })
	registerZones()
	registerOverlaps()
}

// zoneArg is a zone given by name or as an interval east of UTC.
func zoneArg(d types.Datum) (*time.Location, error) {
	if d.Kind() == types.KindStr {
		return types.LoadZone(d.Str(), false)
	}
	iv := d.Interval()
	if iv.Months != 0 || iv.Days != 0 {
		return nil, pgerr.Newf(pgerr.InvalidParameterValue, "interval time zone \"%s\" must not include months or days",
			types.Format(d, types.IntervalT, nil))
	}
	return types.FixedZone(int(iv.Micros / types.MicrosPerSecond)), nil
}

func registerZones() {
	for _, z := range []string{"text", "interval"} {
		fn("timezone", z+",timestamptz", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			loc, err := zoneArg(a[0])
			if err != nil {
				return types.Null, err
			}
			return types.MakeInt(types.UTCToLocal(a[1].Int(), loc)), nil
		})
		fn("timezone", z+",timestamp", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			loc, err := zoneArg(a[0])
			if err != nil {
				return types.Null, err
			}
			return intResult(types.LocalToUTC(a[1].Int(), loc))
		})
		fn("timezone", z+",timetz", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
			loc, err := zoneArg(a[0])
			if err != nil {
				return types.Null, err
			}
			v := a[1].Other().(types.TimeTZ)
			east := types.OffsetAt(types.FromTime(ctx.TxnTime), loc)
			_, us := types.SplitMicros(v.Micros + (int64(v.West)+int64(east))*types.MicrosPerSecond)
			return types.MakeOther(types.TimeTZ{Micros: us, West: -int32(east)}), nil
		})
	}
}

// registerOverlaps registers OVERLAPS: each period is a start and an end, or a
// start and a length.
func registerOverlaps() {
	for _, t := range []string{"timestamp", "timestamptz", "time"} {
		for _, form := range [][2]string{{t, t}, {"interval", "interval"}, {t, "interval"}, {"interval", t}} {
			fn("overlaps", t+","+form[0]+","+t+","+form[1], func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
				ends := [2]types.Datum{a[1], a[3]}
				for i, start := range []types.Datum{a[0], a[2]} {
					if form[i] != "interval" || start.IsNull() || ends[i].IsNull() {
						continue
					}
					end, err := periodEnd(ctx, t, start.Int(), ends[i].Interval())
					if err != nil {
						return types.Null, err
					}
					ends[i] = end
				}
				return overlaps(a[0], ends[0], a[2], ends[1]), nil
			})
		}
	}
}

func periodEnd(ctx *expr.Ctx, t string, start int64, iv types.Interval) (types.Datum, error) {
	switch t {
	case "time":
		return types.MakeInt(wrapClock(start, iv)), nil
	case "timestamptz":
		return intResult(AddIntervalTz(start, iv, ctx.IO().Loc()))
	}
	return intResult(AddInterval(start, iv))
}

// overlaps is the SQL standard's OVERLAPS with its treatment of NULLs: a period
// with one known end is that moment.
func overlaps(s1, e1, s2, e2 types.Datum) types.Datum {
	order := func(s, e types.Datum) (types.Datum, types.Datum, bool) {
		switch {
		case s.IsNull() && e.IsNull():
			return s, e, false
		case s.IsNull():
			return e, s, true
		case !e.IsNull() && s.Int() > e.Int():
			return e, s, true
		}
		return s, e, true
	}
	s1, e1, ok1 := order(s1, e1)
	s2, e2, ok2 := order(s2, e2)
	if !ok1 || !ok2 {
		return types.Null
	}
	if s1.Int() > s2.Int() {
		s1, e1, s2, e2 = s2, e2, s1, e1
	}
	if s1.Int() == s2.Int() {
		if e1.IsNull() || e2.IsNull() {
			return types.Null
		}
		return types.MakeBool(true)
	}
	switch {
	case e1.IsNull():
		return types.Null
	case s2.Int() < e1.Int():
		return types.MakeBool(true)
	case e2.IsNull():
		return types.Null
	}
	return types.MakeBool(false)
}

// registerDatetimes registers the date and time family.
func registerDatetimes() {
	registerDatetimeOps()
	registerParts()
	registerTrunc()
	registerMake()
	registerNow()
	casts := [][3]string{{"timestamp", "date", "timestamp"}, {"timestamp", "timestamptz", "timestamp"}, {"timestamptz", "date", "timestamptz"},
		{"timestamptz", "timestamp", "timestamptz"}, {"date", "timestamptz", "date"}, {"date", "timestamp", "date"},
		{"time", "timestamp", "time"}, {"time", "interval", "time"}, {"time", "timestamptz", "time"}, {"time", "timetz", "time"},
		{"timetz", "timestamptz", "timetz"}, {"timetz", "time", "timetz"}, {"interval", "time", "interval"}}
	for _, c := range casts {
		from, to := mustType(c[1]), mustType(c[2])
		fn(c[0], c[1], func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
			return types.CastTo(a[0], from, to, -1, true, ctx.IO())
		})
	}
}
