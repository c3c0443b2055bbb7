package types

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strings"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// intervalUnits are the units of interval input with their size: months, days
// or microseconds.
type intervalUnit struct {
	months, days int64
	micros       int64
}

var (
	unitMicro = intervalUnit{micros: 1}
	unitMilli = intervalUnit{micros: 1000}
	unitSec   = intervalUnit{micros: MicrosPerSecond}
	unitMin   = intervalUnit{micros: MicrosPerMinute}
	unitHour  = intervalUnit{micros: MicrosPerHour}
	unitDay   = intervalUnit{days: 1}
	unitWeek  = intervalUnit{days: 7}
	unitMonth = intervalUnit{months: 1}
	unitYear  = intervalUnit{months: 12}
)

var intervalUnits = map[string]intervalUnit{
	"us": unitMicro, "usec": unitMicro, "usecs": unitMicro, "microsecond": unitMicro, "microseconds": unitMicro, "microsec": unitMicro, "useconds": unitMicro,
	"ms": unitMilli, "msec": unitMilli, "msecs": unitMilli, "millisecond": unitMilli, "milliseconds": unitMilli, "millisec": unitMilli, "msecond": unitMilli, "mseconds": unitMilli,
	"s": unitSec, "sec": unitSec, "secs": unitSec, "second": unitSec, "seconds": unitSec,
	"m": unitMin, "min": unitMin, "mins": unitMin, "minute": unitMin, "minutes": unitMin,
	"h": unitHour, "hr": unitHour, "hrs": unitHour, "hour": unitHour, "hours": unitHour,
	"d": unitDay, "day": unitDay, "days": unitDay, "w": unitWeek, "week": unitWeek, "weeks": unitWeek,
	"mon": unitMonth, "mons": unitMonth, "month": unitMonth, "months": unitMonth,
	"y": unitYear, "yr": unitYear, "yrs": unitYear, "year": unitYear, "years": unitYear,
	"c": {months: 1200}, "cent": {months: 1200}, "century": {months: 1200}, "centuries": {months: 1200},
	"dec": {months: 120}, "decs": {months: 120}, "decade": {months: 120}, "decades": {months: 120},
	"mil": {months: 12000}, "mils": {months: 12000}, "millennium": {months: 12000}, "millennia": {months: 12000},
}

type intervalSum struct {
	months, days, micros int64
	overflow             bool
}

func (v *intervalSum) add(u intervalUnit, whole int64, frac float64) {
	v.months = v.addMul(v.months, u.months, whole)
	v.days = v.addMul(v.days, u.days, whole)
	v.micros = v.addMul(v.micros, u.micros, whole)
	if frac == 0 {
		return
	}
	switch {
	case u.months == 1:
		v.addDays(frac * 30)
	case u.months > 0:
		v.months += int64(math.RoundToEven(frac * float64(u.months)))
	case u.days > 0:
		v.addDays(frac * float64(u.days))
	default:
		v.micros += int64(math.RoundToEven(frac * float64(u.micros)))
	}
}

func (v *intervalSum) addDays(f float64) {
	whole := math.Trunc(f)
	v.days += int64(whole)
	v.micros += int64(math.RoundToEven((f - whole) * float64(MicrosPerDay)))
}

func (v *intervalSum) addMul(sum, a, b int64) int64 {
	if a == 0 || b == 0 {
		return sum
	}
	hi, lo := bits.Mul64(uint64(abs64(a)), uint64(abs64(b)))
	if hi != 0 || lo > math.MaxInt64 {
		v.overflow = true
		return sum
	}
	p := a * b
	out := sum + p
	if (p > 0) != (out > sum) {
		v.overflow = true
	}
	return out
}

func abs64(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

func (v *intervalSum) interval() (Interval, bool) {
	if v.overflow || v.months != int64(int32(v.months)) || v.days != int64(int32(v.days)) {
		return Interval{}, false
	}
	return Interval{Micros: v.micros, Days: int32(v.days), Months: int32(v.months)}, true
}

func parseInterval(_ *T, mod int32, s string, _ *IOContext) (Datum, error) {
	v, err := ParseInterval(s, mod)
	if err != nil {
		return Null, err
	}
	return MakeInterval(v), nil
}

// ParseInterval reads interval's text forms; mod gives the unit of a bare
// number and the fields kept.
func ParseInterval(s string, mod int32) (Interval, error) {
	bad := pgerr.Newf(pgerr.InvalidDatetimeFormat, "invalid input syntax for type interval: \"%s\"", s)
	var sum intervalSum
	w := trimSpace(s)
	if w == "" {
		return Interval{}, bad
	}
	ok := false
	if w[0] == 'P' || w[0] == 'p' {
		ok = parseISOInterval(&sum, w[1:])
	} else {
		ok = parseUnitInterval(&sum, w, mod)
	}
	if !ok {
		return Interval{}, bad
	}
	v, inRange := sum.interval()
	if !inRange {
		return v, pgerr.Newf(pgerr.IntervalFieldOverflow, "interval field value out of range: \"%s\"", s)
	}
	return applyIntervalMod(v, mod), nil
}

// splitNumber reads an optionally signed decimal as whole part and fraction.
func splitNumber(s string) (whole int64, frac float64, ok bool) {
	neg := strings.HasPrefix(s, "-")
	body := strings.TrimLeft(s, "+-")
	w, f, _ := strings.Cut(body, ".")
	if w+f == "" || strings.Trim(w+f, "0123456789") != "" {
		return 0, 0, false
	}
	if w != "" {
		n, _, in := ParseInt(w)
		if !in {
			return 0, 0, false
		}
		whole = n
	}
	if f != "" {
		frac, _ = ParseFloat("0."+f, 64)
	}
	if neg {
		whole, frac = -whole, -frac
	}
	return whole, frac, true
}

// parseUnitInterval reads "1 year 2 mons -3 days 04:05:06", "@ 1 hour ago",
// "1-2 3 4:05:06" and bare numbers. It goes from right to left: a number takes
// the unit that follows it.
func parseUnitInterval(sum *intervalSum, s string, mod int32) bool {
	fields, ok := lexInterval(s)
	if !ok || len(fields) == 0 {
		return false
	}
	ago := false
	unit, haveUnit, weak, some := intervalUnit{}, false, false, false
	seen := map[intervalUnit]bool{}
	for i := len(fields) - 1; i >= 0; i-- {
		f := fields[i]
		switch c := f[len(f)-1]; {
		case isLetter(c):
			if f == "ago" {
				ago = true
				continue
			}
			if haveUnit && !weak {
				return false
			}
			if unit, haveUnit = intervalUnits[f]; !haveUnit || seen[unit] {
				return false
			}
			seen[unit], weak = true, false
			continue
		case strings.Contains(f, ":"):
			if haveUnit || !addClock(sum, f, mod) {
				return false
			}
			unit, haveUnit, weak = unitDay, true, true // SQL: a number before a time is days
		case strings.Contains(f[1:], "-"):
			if haveUnit && !weak || !addYearMonth(sum, f) {
				return false
			}
			haveUnit, weak = false, false
		default:
			if !haveUnit {
				unit = defaultUnit(mod)
			}
			whole, frac, ok := splitNumber(f)
			if !ok {
				return false
			}
			sum.add(unit, whole, frac)
			haveUnit, weak = false, false
			if unit == unitHour {
				unit, haveUnit, weak = unitDay, true, true // a number before hours is days
			}
		}
		some = true
	}
	if ago {
		sum.months, sum.days, sum.micros = -sum.months, -sum.days, -sum.micros
	}
	return some
}

// lexInterval parts an interval into lower-case words and numbers with signs.
func lexInterval(s string) (fields []string, ok bool) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case isSpace(c) || c == '@' || c == ',':
			i++
		case isLetter(c):
			j := i
			for j < len(s) && isLetter(s[j]) {
				j++
			}
			fields = append(fields, strings.ToLower(s[i:j]))
			i = j
		case isDigit(c) || c == '+' || c == '-' || c == '.':
			sign := ""
			if c == '+' || c == '-' {
				sign = s[i : i+1]
				for i++; i < len(s) && isSpace(s[i]); i++ {
				}
			}
			j := i
			for j < len(s) && (isDigit(s[j]) || s[j] == ':' || s[j] == '.' || s[j] == '-' && j > i) {
				j++
			}
			if j == i {
				return nil, false
			}
			fields = append(fields, sign+s[i:j])
			i = j
		default:
			return nil, false
		}
	}
	return fields, true
}

func defaultUnit(mod int32) intervalUnit {
	if mod >= 0 {
		switch mask := (mod >> 16) & 0x7fff; {
		case mask == 1<<2:
			return unitYear
		case mask == 1<<1 || mask == 1<<2|1<<1:
			return unitMonth
		case mask == 1<<3:
			return unitDay
		case mask == 1<<10 || mask == 1<<3|1<<10:
			return unitHour
		case mask == 1<<11 || mask == 1<<10|1<<11 || mask == 1<<3|1<<10|1<<11:
			return unitMin
		}
	}
	return unitSec
}

// addClock adds [-]hh:mm[:ss.f]; two parts are mm:ss where mod keeps minutes to
// seconds only, or where the second part has a fraction.
func addClock(sum *intervalSum, f string, mod int32) bool {
	neg := strings.HasPrefix(f, "-")
	parts := strings.Split(strings.TrimLeft(f, "+-"), ":")
	if len(parts) > 3 {
		return false
	}
	if len(parts) == 2 && (strings.Contains(parts[1], ".") || mod >= 0 && (mod>>16)&0x7fff == 1<<11|1<<12) {
		parts = append([]string{"0"}, parts...)
	}
	h, ok1, in1 := ParseInt(parts[0])
	m, ok2, _ := ParseInt(parts[1])
	var sec int64
	var frac int64
	if len(parts) == 3 {
		w, fr, _ := strings.Cut(parts[2], ".")
		var ok bool
		if sec, ok, _ = ParseInt(w); !ok {
			return false
		}
		if frac, ok = parseFraction(fr); !ok {
			return false
		}
	}
	if !ok1 || !ok2 || !in1 || m > 59 || sec > 60 {
		return false
	}
	var v intervalSum
	v.add(unitHour, h, 0)
	us := v.micros + m*MicrosPerMinute + sec*MicrosPerSecond + frac
	sum.overflow = sum.overflow || v.overflow
	if neg {
		us = -us
	}
	sum.micros += us
	return true
}

// addYearMonth adds [-]y-m.
func addYearMonth(sum *intervalSum, f string) bool {
	neg := strings.HasPrefix(f, "-")
	ys, ms, _ := strings.Cut(strings.TrimLeft(f, "+-"), "-")
	y, ok1, _ := ParseInt(ys)
	m, ok2, _ := ParseInt(ms)
	if !ok1 || !ok2 || m > 11 {
		return false
	}
	n := y*12 + m
	if neg {
		n = -n
	}
	sum.months += n
	return true
}

// parseISOInterval reads what follows P in ISO 8601: designators (1Y2M3DT4H5M6S)
// or the alternative form (0001-02-03T04:05:06).
func parseISOInterval(sum *intervalSum, s string) bool {
	if s == "" {
		return false
	}
	date, clock, hasTime := strings.Cut(strings.ToUpper(s), "T")
	if strings.Contains(strings.TrimLeft(date, "-"), "-") && !strings.ContainsAny(date, "YMWD") {
		parts := strings.Split(date, "-")
		units := []intervalUnit{unitYear, unitMonth, unitDay}
		if len(parts) > 3 {
			return false
		}
		for i, p := range parts {
			w, f, ok := splitNumber(p)
			if !ok {
				return false
			}
			sum.add(units[i], w, f)
		}
		return !hasTime || addClock(sum, clock, -1)
	}
	if !addDesignators(sum, date, "YMWD", []intervalUnit{unitYear, unitMonth, unitWeek, unitDay}) {
		return false
	}
	if !hasTime {
		return true
	}
	if strings.Contains(clock, ":") {
		return addClock(sum, clock, -1)
	}
	return addDesignators(sum, clock, "HMS", []intervalUnit{unitHour, unitMin, unitSec})
}

func addDesignators(sum *intervalSum, s, letters string, units []intervalUnit) bool {
	for s != "" {
		i := strings.IndexAny(s, letters)
		if i < 0 {
			return false
		}
		w, f, ok := splitNumber(s[:i])
		if !ok {
			return false
		}
		sum.add(units[strings.IndexByte(letters, s[i])], w, f)
		s = s[i+1:]
	}
	return true
}

// applyIntervalMod drops the fields below those of mod and rounds the seconds.
func applyIntervalMod(v Interval, mod int32) Interval {
	if mod < 0 {
		return v
	}
	switch mask := (mod >> 16) & 0x7fff; mask {
	case intervalFullRange, 1 << 12, 1<<3 | 1<<10 | 1<<11 | 1<<12, 1<<10 | 1<<11 | 1<<12, 1<<11 | 1<<12:
	case 1 << 2:
		v = Interval{Months: v.Months / 12 * 12}
	case 1 << 1, 1<<2 | 1<<1:
		v = Interval{Months: v.Months}
	case 1 << 3:
		v.Micros = 0
	case 1 << 10, 1<<3 | 1<<10:
		v.Micros = v.Micros / MicrosPerHour * MicrosPerHour
	case 1 << 11, 1<<3 | 1<<10 | 1<<11, 1<<10 | 1<<11:
		v.Micros = v.Micros / MicrosPerMinute * MicrosPerMinute
	}
	if p := mod & 0xffff; p != intervalFullPrecision {
		v.Micros = roundMicros(v.Micros, p)
	}
	return v
}

func decodeInterval(_ *T, b []byte) (Datum, error) {
	if len(b) != 16 {
		return Null, errBinaryLength()
	}
	return MakeInterval(Interval{
		Micros: int64(binary.BigEndian.Uint64(b)),
		Days:   int32(binary.BigEndian.Uint32(b[8:])),
		Months: int32(binary.BigEndian.Uint32(b[12:])),
	}), nil
}

func encodeInterval(dst []byte, d Datum, _ *T) []byte {
	v := d.Interval()
	dst = binary.BigEndian.AppendUint64(dst, uint64(v.Micros))
	dst = binary.BigEndian.AppendUint32(dst, uint32(v.Days))
	return binary.BigEndian.AppendUint32(dst, uint32(v.Months))
}

// spanDays is the interval as days and rest, with months of 30 days: the
// measure that PostgreSQL compares by.
func (v Interval) spanDays() (days, micros int64) {
	days, micros = SplitMicros(v.Micros)
	return days + int64(v.Days) + int64(v.Months)*30, micros
}

// CompareIntervals orders by length, a month being 30 days and a day 24 hours.
func CompareIntervals(a, b Interval) int {
	ad, au := a.spanDays()
	bd, bu := b.spanDays()
	if ad != bd {
		return cmpInt(ad, bd)
	}
	return cmpInt(au, bu)
}

func compareInterval(_ *T, a, b Datum) int { return CompareIntervals(a.Interval(), b.Interval()) }
