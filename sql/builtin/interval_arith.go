package builtin

import (
	"math"
	"time"

	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

func errInterval() error { return pgerr.New(pgerr.DatetimeFieldOverflow, "interval out of range") }

func errStamp() error { return pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range") }

// AddInterval adds iv to a timestamp: months first (the day is cut to the
// month's length), then days, then time.
func AddInterval(us int64, iv types.Interval) (int64, error) {
	if !types.TimestampFinite(us) {
		return us, nil
	}
	if iv.Months != 0 || iv.Days != 0 {
		var err error
		if us, err = addCalendar(us, iv); err != nil {
			return 0, err
		}
	}
	out, ok := AddInt64(us, iv.Micros)
	if iv.Micros == 0 {
		out, ok = us, true
	}
	if !ok || !types.TimestampInRange(out) {
		return 0, errStamp()
	}
	return out, nil
}

func addCalendar(us int64, iv types.Interval) (int64, error) {
	days, micros := types.SplitMicros(us)
	if iv.Months != 0 {
		y, m, d := types.CivilFromDate(days)
		n := y*12 + m - 1 + int(iv.Months)
		y, m = n/12, n%12+1
		if n < 0 && n%12 != 0 {
			y, m = y-1, m+12
		}
		if y < -4800 || y > 300000 {
			return 0, errStamp()
		}
		days = types.DateFromCivil(y, m, min(d, types.DaysInMonth(y, m)))
	}
	days += int64(iv.Days)
	if days < -3000000 || days > 110000000 {
		return 0, errStamp()
	}
	return days*types.MicrosPerDay + micros, nil
}

// AddIntervalTz is AddInterval for timestamptz: months and days move the local
// clock in loc.
func AddIntervalTz(us int64, iv types.Interval, loc *time.Location) (int64, error) {
	if !types.TimestampFinite(us) {
		return us, nil
	}
	if iv.Months != 0 || iv.Days != 0 {
		local, err := AddInterval(types.UTCToLocal(us, loc), types.Interval{Months: iv.Months, Days: iv.Days})
		if err != nil {
			return 0, err
		}
		if us, err = types.LocalToUTC(local, loc); err != nil {
			return 0, err
		}
	}
	return AddInterval(us, types.Interval{Micros: iv.Micros})
}

// NegInterval is -iv.
func NegInterval(iv types.Interval) (types.Interval, error) {
	if iv.Months == math.MinInt32 || iv.Days == math.MinInt32 || iv.Micros == math.MinInt64 {
		return iv, errInterval()
	}
	return types.Interval{Micros: -iv.Micros, Days: -iv.Days, Months: -iv.Months}, nil
}

func sumIntervals(a, b types.Interval) (types.Interval, error) {
	m, d := int64(a.Months)+int64(b.Months), int64(a.Days)+int64(b.Days)
	us := a.Micros + b.Micros
	if m != int64(int32(m)) || d != int64(int32(d)) || (us > a.Micros) != (b.Micros > 0) && b.Micros != 0 {
		return a, errInterval()
	}
	return types.Interval{Micros: us, Days: int32(d), Months: int32(m)}, nil
}

// roundMicro rounds a number of seconds or days to six digits (TSROUND).
func roundMicro(f float64) float64 { return math.RoundToEven(f*1e6) / 1e6 }

// scaleInterval multiplies by f; what is left of months goes to days of 30 to
// the month, what is left of days to time.
func scaleInterval(iv types.Interval, f float64) (types.Interval, error) {
	months, days := float64(iv.Months)*f, float64(iv.Days)*f
	if math.IsNaN(f) || math.IsNaN(months) || math.Abs(months) > math.MaxInt32 || math.Abs(days) > math.MaxInt32 {
		return iv, errInterval()
	}
	out := types.Interval{Months: int32(months), Days: int32(days)}
	restDays := roundMicro((months - math.Trunc(months)) * 30)
	restSec := roundMicro((days - math.Trunc(days) + restDays - math.Trunc(restDays)) * 86400)
	if math.Abs(restSec) >= 86400 {
		out.Days += int32(restSec / 86400)
		restSec -= math.Trunc(restSec/86400) * 86400
	}
	out.Days += int32(restDays)
	us := math.RoundToEven(float64(iv.Micros)*f + restSec*1e6)
	if math.IsNaN(us) || us < -9.2233720368547758e18 || us >= 9.2233720368547758e18 {
		return iv, errInterval()
	}
	out.Micros = int64(us)
	return out, nil
}

// justifyHours turns whole days of the time into days; justifyDays 30 days into
// months; both keep one sign.
func justifyHours(iv types.Interval) types.Interval {
	iv.Days += int32(iv.Micros / types.MicrosPerDay)
	iv.Micros %= types.MicrosPerDay
	if iv.Days > 0 && iv.Micros < 0 {
		iv.Micros += types.MicrosPerDay
		iv.Days--
	} else if iv.Days < 0 && iv.Micros > 0 {
		iv.Micros -= types.MicrosPerDay
		iv.Days++
	}
	return iv
}

func justifyDays(iv types.Interval) types.Interval {
	iv.Months += iv.Days / 30
	iv.Days %= 30
	if iv.Months > 0 && iv.Days < 0 {
		iv.Days += 30
		iv.Months--
	} else if iv.Months < 0 && iv.Days > 0 {
		iv.Days -= 30
		iv.Months++
	}
	return iv
}

func justifyInterval(iv types.Interval) types.Interval {
	iv.Days += int32(iv.Micros / types.MicrosPerDay)
	iv.Micros %= types.MicrosPerDay
	iv.Months += iv.Days / 30
	iv.Days %= 30
	if iv.Months > 0 && (iv.Days < 0 || iv.Days == 0 && iv.Micros < 0) {
		iv.Days += 30
		iv.Months--
	} else if iv.Months < 0 && (iv.Days > 0 || iv.Days == 0 && iv.Micros > 0) {
		iv.Days -= 30
		iv.Months++
	}
	if iv.Days > 0 && iv.Micros < 0 {
		iv.Micros += types.MicrosPerDay
		iv.Days--
	} else if iv.Days < 0 && iv.Micros > 0 {
		iv.Micros -= types.MicrosPerDay
		iv.Days++
	}
	return iv
}

// Age is a - b in years, months, days and time.
func Age(a, b int64) (types.Interval, error) {
	if !types.TimestampFinite(a) || !types.TimestampFinite(b) {
		return types.Interval{}, errStamp()
	}
	neg := a < b
	ad, au := types.SplitMicros(a)
	bd, bu := types.SplitMicros(b)
	ay, am, aday := types.CivilFromDate(ad)
	by, bm, bday := types.CivilFromDate(bd)
	us, d, m, y := au-bu, aday-bday, am-bm, ay-by
	if neg {
		us, d, m, y = -us, -d, -m, -y
	}
	if us < 0 {
		us += types.MicrosPerDay
		d--
	}
	for d < 0 {
		if neg {
			d += types.DaysInMonth(ay, am)
		} else {
			d += types.DaysInMonth(by, bm)
		}
		m--
	}
	if m < 0 {
		m += 12
		y--
	}
	out := types.Interval{Micros: us, Days: int32(d), Months: int32(y*12 + m)}
	if neg {
		return NegInterval(out)
	}
	return out, nil
}
