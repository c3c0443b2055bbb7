package types

import (
	"encoding/binary"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

func parseDate(_ *T, _ int32, s string, c *IOContext) (Datum, error) {
	p, err := parseDatetime("date", s, c)
	if err != nil {
		return Null, err
	}
	switch p.special {
	case 'i':
		return MakeInt(DateInfinity), nil
	case 'm':
		return MakeInt(DateNegInfinity), nil
	case 'e':
		return MakeInt(unixEpochDays), nil
	case 'n':
		return MakeInt(TimestampToDate(UTCToLocal(FromTime(c.Now), c.Loc()))), nil
	}
	if !p.hasDate {
		return Null, pgerr.Newf(pgerr.InvalidDatetimeFormat, "invalid input syntax for type date: \"%s\"", s)
	}
	if !ValidCivil(p.year, p.month, p.day) {
		return Null, pgerr.Newf(pgerr.DatetimeFieldOverflow, "date out of range: \"%s\"", s)
	}
	return MakeInt(DateFromCivil(p.year, p.month, p.day)), nil
}

func textDate(dst []byte, d Datum, _ *T, c *IOContext) []byte {
	switch d.Int() {
	case DateInfinity:
		return append(dst, "infinity"...)
	case DateNegInfinity:
		return append(dst, "-infinity"...)
	}
	y, m, day := CivilFromDate(d.Int())
	dst = appendDate(dst, y, m, day, c)
	if y <= 0 {
		dst = append(dst, " BC"...)
	}
	return dst
}

// appendDate writes a date in the current style; the era is left to the caller.
func appendDate(dst []byte, y, m, d int, c *IOContext) []byte {
	if y <= 0 {
		y = 1 - y
	}
	switch {
	case c.DateStyle == DateISO:
		dst = append(appendYear(dst, y), '-')
		return appendTwo(append(appendTwo(dst, m), '-'), d)
	case c.DateStyle == DateGerman:
		return appendYear(append(appendTwo(append(appendTwo(dst, d), '.'), m), '.'), y)
	}
	sep := byte('/')
	if c.DateStyle == DatePostgres {
		sep = '-'
	}
	switch {
	case c.DateStyle == DatePostgres && c.DateOrder == OrderYMD:
		dst = append(appendYear(dst, y), sep)
		return appendTwo(append(appendTwo(dst, m), sep), d)
	case c.DateOrder == OrderDMY:
		m, d = d, m
	}
	return appendYear(append(appendTwo(append(appendTwo(dst, m), sep), d), sep), y)
}

func appendYear(dst []byte, y int) []byte {
	s := itoa(y)
	for i := len(s); i < 4; i++ {
		dst = append(dst, '0')
	}
	return append(dst, s...)
}

func decodeDate(_ *T, b []byte) (Datum, error) {
	if len(b) != 4 {
		return Null, errBinaryLength()
	}
	d := int64(int32(binary.BigEndian.Uint32(b)))
	if DateFinite(d) && !DateInRange(d) {
		return Null, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range")
	}
	return MakeInt(d), nil
}

func encodeDate(dst []byte, d Datum, _ *T) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(int32(d.Int())))
}
