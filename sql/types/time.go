package types

import (
	"encoding/binary"
	"strings"
	"time"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// TimeTZ is a timetz: the clock's microseconds and seconds west of UTC.
type TimeTZ struct {
	Micros int64
	West   int32
}

func parseTime(_ *T, mod int32, s string, c *IOContext) (Datum, error) {
	p, err := parseDatetime("time", s, c)
	if err != nil {
		return Null, err
	}
	if p.special == 'n' {
		_, us := SplitMicros(UTCToLocal(FromTime(c.Now), c.Loc()))
		return MakeInt(roundMicros(us, mod)), nil
	}
	if !p.hasTime || p.special != 0 || !p.hasDate && dynamicZone(p.zone) {
		return Null, pgerr.Newf(pgerr.InvalidDatetimeFormat, "invalid input syntax for type time: \"%s\"", s)
	}
	return MakeInt(roundMicros(p.micros, mod)), nil
}

// dynamicZone tells a zone whose offset depends on the date.
func dynamicZone(loc *time.Location) bool { return loc != nil && strings.Contains(loc.String(), "/") }

// AppendClock writes hh:mm:ss[.ffffff] without trailing zeros.
func AppendClock(dst []byte, us int64) []byte {
	h := us / MicrosPerHour
	if h > 99 {
		dst = append(dst, itoa(int(h))...)
	} else {
		dst = appendTwo(dst, int(h))
	}
	dst = appendTwo(append(dst, ':'), int(us/MicrosPerMinute%60))
	dst = appendTwo(append(dst, ':'), int(us/MicrosPerSecond%60))
	return appendFraction(dst, us%MicrosPerSecond)
}

func appendFraction(dst []byte, frac int64) []byte {
	if frac == 0 {
		return dst
	}
	dst = append(dst, '.')
	for unit := int64(100000); frac > 0; unit /= 10 {
		dst = append(dst, byte('0'+frac/unit))
		frac %= unit
	}
	return dst
}

func textTime(dst []byte, d Datum, _ *T, _ *IOContext) []byte { return AppendClock(dst, d.Int()) }

func parseTimetz(_ *T, mod int32, s string, c *IOContext) (Datum, error) {
	p, err := parseDatetime("time with time zone", s, c)
	if err != nil {
		return Null, err
	}
	now := FromTime(c.Now)
	if p.special == 'n' {
		_, us := SplitMicros(UTCToLocal(now, c.Loc()))
		return MakeOther(TimeTZ{roundMicros(us, mod), -int32(OffsetAt(now, c.Loc()))}), nil
	}
	if !p.hasTime || p.special != 0 || !p.hasDate && dynamicZone(p.zone) {
		return Null, pgerr.Newf(pgerr.InvalidDatetimeFormat, "invalid input syntax for type time with time zone: \"%s\"", s)
	}
	loc := c.Loc()
	if p.zone != nil {
		loc = p.zone
	}
	at := now
	if p.hasDate {
		at = DateFromCivil(p.year, p.month, p.day)*MicrosPerDay + p.micros
	}
	return MakeOther(TimeTZ{roundMicros(p.micros, mod), -int32(localOffset(at, loc))}), nil
}

func textTimetz(dst []byte, d Datum, _ *T, _ *IOContext) []byte {
	v := d.Other().(TimeTZ)
	return appendOffset(AppendClock(dst, v.Micros), -int(v.West))
}

func decodeTimetz(_ *T, b []byte) (Datum, error) {
	if len(b) != 12 {
		return Null, errBinaryLength()
	}
	return MakeOther(TimeTZ{int64(binary.BigEndian.Uint64(b)), int32(binary.BigEndian.Uint32(b[8:]))}), nil
}

func encodeTimetz(dst []byte, d Datum, _ *T) []byte {
	v := d.Other().(TimeTZ)
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(dst, uint64(v.Micros)), uint32(v.West))
}

// compareTimetz orders by the instant, then by the zone.
func compareTimetz(_ *T, a, b Datum) int {
	x, y := a.Other().(TimeTZ), b.Other().(TimeTZ)
	tx, ty := x.Micros+int64(x.West)*MicrosPerSecond, y.Micros+int64(y.West)*MicrosPerSecond
	switch {
	case tx != ty:
		return cmpInt(tx, ty)
	}
	return cmpInt(int64(x.West), int64(y.West))
}

func cmpInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
