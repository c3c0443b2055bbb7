package types

import (
	"math"
	"time"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// Microseconds in the units of time.
const (
	MicrosPerSecond = int64(1000000)
	MicrosPerMinute = 60 * MicrosPerSecond
	MicrosPerHour   = 60 * MicrosPerMinute
	MicrosPerDay    = 24 * MicrosPerHour
)

// The infinities of date and of timestamp(tz).
const (
	DateInfinity    = int64(math.MaxInt32)
	DateNegInfinity = int64(math.MinInt32)
	TimeInfinity    = int64(math.MaxInt64)
	TimeNegInfinity = int64(math.MinInt64)
)

const (
	epochJulian    = 2451545                    // 2000-01-01
	dateMin        = -epochJulian               // 4714-11-24 BC
	dateEnd        = 2147483494 - epochJulian   // one past 5874897-12-31
	timestampMin   = int64(-211813488000000000) // 4714-11-24 BC
	timestampEnd   = int64(9223371331200000000) // one past 294276-12-31
	unixEpochDays  = -10957                     // 1970-01-01 from 2000-01-01
	unixEpochDelta = int64(946684800)           // seconds
)

// daysFromCivil is the Julian day of a Gregorian date; astronomical years (0 is
// 1 BC). The method of PostgreSQL's date2j.
func daysFromCivil(y, m, d int) int {
	if m > 2 {
		m++
		y += 4800
	} else {
		m += 13
		y += 4799
	}
	century := y / 100
	julian := y*365 - 32167
	julian += y/4 - century + century/4
	return julian + 7834*m/256 + d
}

// civilFromDays is the inverse (j2date).
func civilFromDays(jd int) (y, m, d int) {
	julian := uint64(jd) + 32044
	quad := julian / 146097
	extra := (julian-quad*146097)*4 + 3
	julian += 60 + quad*3 + extra/146097
	quad = julian / 1461
	julian -= quad * 1461
	yy := julian * 4 / 1461
	if yy != 0 {
		julian = (julian + 305) % 365
	} else {
		julian = (julian + 306) % 366
	}
	julian += 123
	yy += quad * 4
	quad = julian * 2141 / 65536
	return int(yy) - 4800, int((quad+10)%12) + 1, int(julian - 7834*quad/256)
}

// DateFromCivil is the date datum's value (days since 2000-01-01).
func DateFromCivil(y, m, d int) int64 { return int64(daysFromCivil(y, m, d) - epochJulian) }

// CivilFromDate takes a date apart; year 0 is 1 BC.
func CivilFromDate(days int64) (y, m, d int) { return civilFromDays(int(days) + epochJulian) }

// ValidCivil tells whether the date exists and is in the range of date.
func ValidCivil(y, m, d int) bool {
	if m < 1 || m > 12 || d < 1 || d > DaysInMonth(y, m) || y > 5874898 || y < -4713 {
		return false
	}
	days := DateFromCivil(y, m, d)
	return days >= dateMin && days < dateEnd
}

// IsLeap tells a leap year.
func IsLeap(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

// DaysInMonth is the length of a month.
func DaysInMonth(y, m int) int {
	if m == 2 && IsLeap(y) {
		return 29
	}
	return [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m-1]
}

// DateInRange and TimestampInRange tell finite values that can be stored.
func DateInRange(days int64) bool { return days >= dateMin && days < dateEnd }

// TimestampInRange is DateInRange for timestamps.
func TimestampInRange(us int64) bool { return us >= timestampMin && us < timestampEnd }

// DateFinite tells a date that is not an infinity.
func DateFinite(days int64) bool { return days != DateInfinity && days != DateNegInfinity }

// TimestampFinite tells a timestamp that is not an infinity.
func TimestampFinite(us int64) bool { return us != TimeInfinity && us != TimeNegInfinity }

// SplitMicros parts a timestamp into its day and the microseconds of that day.
func SplitMicros(us int64) (days, micros int64) {
	days = us / MicrosPerDay
	micros = us % MicrosPerDay
	if micros < 0 {
		days--
		micros += MicrosPerDay
	}
	return days, micros
}

// DateToTimestamp is midnight of the day; errors are 22008.
func DateToTimestamp(days int64) (int64, error) {
	switch {
	case days == DateInfinity:
		return TimeInfinity, nil
	case days == DateNegInfinity:
		return TimeNegInfinity, nil
	case days >= timestampEnd/MicrosPerDay:
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range for timestamp")
	}
	return days * MicrosPerDay, nil
}

// TimestampToDate is the day of a timestamp without time zone.
func TimestampToDate(us int64) int64 {
	switch us {
	case TimeInfinity:
		return DateInfinity
	case TimeNegInfinity:
		return DateNegInfinity
	}
	days, _ := SplitMicros(us)
	return days
}

// FromTime is t as timestamptz.
func FromTime(t time.Time) int64 {
	return (t.Unix()-unixEpochDelta)*MicrosPerSecond + int64(t.Nanosecond()/1000)
}

// ToTime is a finite timestamptz as a time in UTC.
func ToTime(us int64) time.Time {
	sec, micros := us/MicrosPerSecond, us%MicrosPerSecond
	return time.Unix(sec+unixEpochDelta, micros*1000).UTC()
}

// OffsetAt is the seconds east of UTC that loc has at a timestamptz.
func OffsetAt(us int64, loc *time.Location) int {
	if loc == time.UTC {
		return 0
	}
	_, off := ToTime(us).In(loc).Zone()
	return off
}

// localOffset is the offset that loc has at a local time. In a gap and in an
// overlap it is the smaller one, as PostgreSQL's DetermineTimeZoneOffset has it.
func localOffset(local int64, loc *time.Location) int {
	if loc == time.UTC {
		return 0
	}
	before, after := OffsetAt(local-MicrosPerDay, loc), OffsetAt(local+MicrosPerDay, loc)
	if before == after {
		return before
	}
	ok1 := OffsetAt(local-int64(before)*MicrosPerSecond, loc) == before
	ok2 := OffsetAt(local-int64(after)*MicrosPerSecond, loc) == after
	switch {
	case ok1 && !ok2:
		return before
	case ok2 && !ok1:
		return after
	}
	return min(before, after)
}

// LocalToUTC turns a timestamp in loc into a timestamptz.
func LocalToUTC(us int64, loc *time.Location) (int64, error) {
	if !TimestampFinite(us) {
		return us, nil
	}
	out := us - int64(localOffset(us, loc))*MicrosPerSecond
	if !TimestampInRange(out) {
		return 0, errTimestampRange()
	}
	return out, nil
}

// UTCToLocal turns a timestamptz into the timestamp that clocks in loc show.
func UTCToLocal(us int64, loc *time.Location) int64 {
	if !TimestampFinite(us) {
		return us
	}
	return us + int64(OffsetAt(us, loc))*MicrosPerSecond
}

func errTimestampRange() error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range")
}

// roundMicros rounds to precision digits of a second, half away from zero.
func roundMicros(us int64, precision int32) int64 {
	if precision < 0 || precision >= timePrecisionMax {
		return us
	}
	unit := int64(1)
	for i := precision; i < timePrecisionMax; i++ {
		unit *= 10
	}
	if us >= 0 {
		return (us + unit/2) / unit * unit
	}
	return -((-us + unit/2) / unit * unit)
}
