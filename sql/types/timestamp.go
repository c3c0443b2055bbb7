package types

import (
	"time"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

func parseTimestamp(_ *T, mod int32, s string, c *IOContext) (Datum, error) {
	us, _, err := parseStamp("timestamp", s, c)
	if err != nil {
		return Null, err
	}
	return MakeInt(roundStamp(us, mod)), nil
}

func parseTimestamptz(_ *T, mod int32, s string, c *IOContext) (Datum, error) {
	us, zone, err := parseStamp("timestamp with time zone", s, c)
	if err != nil {
		return Null, err
	}
	if TimestampFinite(us) {
		if zone == nil {
			zone = c.Loc()
		}
		if us, err = LocalToUTC(us, zone); err != nil {
			return Null, pgerr.Newf(pgerr.DatetimeFieldOverflow, "timestamp out of range: \"%s\"", s)
		}
	}
	return MakeInt(roundStamp(us, mod)), nil
}

// parseStamp gives the local time that s says, and its zone where it says one.
func parseStamp(typ, s string, c *IOContext) (int64, *time.Location, error) {
	if us, zone, ok := isoStamp(s); ok {
		return us, zone, nil
	}
	return parseStampAny(typ, s, c)
}

// parseStampAny is parseStamp for every form.
func parseStampAny(typ, s string, c *IOContext) (int64, *time.Location, error) {
	p, err := parseDatetime(typ, s, c)
	if err != nil {
		return 0, nil, err
	}
	switch p.special {
	case 'i':
		return TimeInfinity, nil, nil
	case 'm':
		return TimeNegInfinity, nil, nil
	case 'e':
		return unixEpochDays * MicrosPerDay, time.UTC, nil
	case 'n':
		return UTCToLocal(FromTime(c.Now), c.Loc()), c.Loc(), nil
	}
	if !p.hasDate {
		return 0, nil, pgerr.Newf(pgerr.InvalidDatetimeFormat, "invalid input syntax for type %s: \"%s\"", typ, s)
	}
	if !ValidCivil(p.year, p.month, p.day) {
		return 0, nil, pgerr.Newf(pgerr.DatetimeFieldOverflow, "timestamp out of range: \"%s\"", s)
	}
	days := DateFromCivil(p.year, p.month, p.day)
	if days > timestampEnd/MicrosPerDay {
		return 0, nil, pgerr.Newf(pgerr.DatetimeFieldOverflow, "timestamp out of range: \"%s\"", s)
	}
	us := days*MicrosPerDay + p.micros
	if !TimestampInRange(us) {
		return 0, nil, pgerr.Newf(pgerr.DatetimeFieldOverflow, "timestamp out of range: \"%s\"", s)
	}
	return us, p.zone, nil
}

func roundStamp(us int64, mod int32) int64 {
	if !TimestampFinite(us) {
		return us
	}
	return roundMicros(us, mod)
}

func textTimestamp(dst []byte, d Datum, _ *T, c *IOContext) []byte {
	return appendStamp(dst, d.Int(), c, nil)
}

func textTimestamptz(dst []byte, d Datum, _ *T, c *IOContext) []byte {
	if c.Location == nil {
		return appendStamp(dst, d.Int(), c, time.UTC)
	}
	return appendStamp(dst, d.Int(), c, c.Location)
}

// appendStamp writes a timestamp in the current style; in loc, with the zone,
// where loc is set.
func appendStamp(dst []byte, us int64, c *IOContext, loc *time.Location) []byte {
	switch us {
	case TimeInfinity:
		return append(dst, "infinity"...)
	case TimeNegInfinity:
		return append(dst, "-infinity"...)
	}
	off, abbrev := 0, "UTC"
	if loc != nil && loc != time.UTC {
		abbrev, off = ToTime(us).In(loc).Zone()
		us += int64(off) * MicrosPerSecond
	}
	days, micros := SplitMicros(us)
	y, m, d := CivilFromDate(days)
	if c.DateStyle == DatePostgres {
		dst = append(append(dst, dayAbbrev(days)...), ' ')
		if c.DateOrder == OrderDMY {
			dst = append(append(append(appendTwo(dst, d), ' '), monthAbbrev(m)...), ' ')
		} else {
			dst = append(appendTwo(append(append(dst, monthAbbrev(m)...), ' '), d), ' ')
		}
		dst = append(AppendClock(dst, micros), ' ')
		if y > 0 {
			dst = appendYear(dst, y)
		} else {
			dst = appendYear(dst, 1-y)
		}
	} else {
		dst = AppendClock(append(appendDate(dst, y, m, d, c), ' '), micros)
	}
	if loc != nil {
		if c.DateStyle == DateISO || abbrev == "" || abbrev[0] == '+' || abbrev[0] == '-' {
			if c.DateStyle == DatePostgres {
				dst = append(dst, ' ')
			}
			dst = appendOffset(dst, off)
		} else {
			dst = append(append(dst, ' '), abbrev...)
		}
	}
	if y <= 0 {
		dst = append(dst, " BC"...)
	}
	return dst
}

func monthAbbrev(m int) string {
	f := monthFull[m-1]
	return string(f[0]-32) + f[1:3]
}

// Weekday is 0 (Sunday) to 6.
func Weekday(days int64) int {
	w := (days + 6) % 7 // 2000-01-01 was a Saturday
	if w < 0 {
		w += 7
	}
	return int(w)
}

func dayAbbrev(days int64) string {
	f := weekdays[Weekday(days)]
	return string(f[0]-32) + f[1:3]
}
