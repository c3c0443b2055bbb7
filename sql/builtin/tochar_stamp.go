package builtin

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

var monthNames = strings.Fields("january february march april may june july august september october november december")
var dayNames = strings.Fields("sunday monday tuesday wednesday thursday friday saturday")
var romanMonths = strings.Fields("I II III IV V VI VII VIII IX X XI XII")

// stampFields are the fields that a template shows.
type stampFields struct {
	year, month, day int // year 0 is 1 BC; for an interval plain counts
	hour             int64
	micros           int64 // of the day; of an interval, of the hour
	days             int64 // date, for calendar patterns
	interval         bool
	east             int
	zone             string
	hasZone          bool
}

func fieldsOfStamp(us int64, loc *time.Location) stampFields {
	f := stampFields{hasZone: loc != nil}
	if loc != nil {
		f.zone, f.east = types.ToTime(us).In(loc).Zone()
		us += int64(f.east) * types.MicrosPerSecond
	}
	f.days, f.micros = types.SplitMicros(us)
	f.year, f.month, f.day = types.CivilFromDate(f.days)
	f.hour = f.micros / types.MicrosPerHour
	return f
}

func fieldsOfInterval(iv types.Interval) stampFields {
	return stampFields{year: int(iv.Months / 12), month: int(iv.Months % 12), day: int(iv.Days), interval: true,
		hour: iv.Micros / types.MicrosPerHour, micros: iv.Micros}
}

// formatStamp writes fields by a template.
func formatStamp(f *stampFields, template string) string {
	var b strings.Builder
	for _, p := range parseTemplate(template, stampKeys) {
		if p.key == "" {
			b.WriteString(p.text)
			continue
		}
		s := f.piece(p)
		b.WriteString(s)
		if p.th != "" && s != "" {
			b.WriteString(ordinal(strings.TrimSpace(s), p.th))
		}
	}
	return b.String()
}

// number pads with zeros to width, unless FM.
func number(n int64, width int, fm bool) string {
	if fm {
		return strconv.FormatInt(n, 10)
	}
	if n < 0 {
		width++
	}
	return fmt.Sprintf("%0*d", width, n)
}

func (f *stampFields) piece(p templatePiece) string {
	second := f.micros / types.MicrosPerSecond % 60
	frac := f.micros % types.MicrosPerSecond
	if frac < 0 {
		frac = -frac
	}
	switch p.key {
	case "HH24":
		return number(f.hour, 2, p.fm)
	case "HH12", "HH":
		h := f.hour % 12
		if h == 0 {
			h = 12
		}
		return number(h, 2, p.fm)
	case "MI":
		return number(f.micros/types.MicrosPerMinute%60, 2, p.fm)
	case "SS":
		return number(second, 2, p.fm)
	case "MS":
		return number(frac/1000, 3, p.fm)
	case "US", "FF6":
		return number(frac, 6, p.fm)
	case "FF1", "FF2", "FF3", "FF4", "FF5":
		n := int(p.key[2] - '0')
		return fmt.Sprintf("%06d", frac)[:n]
	case "SSSS", "SSSSS":
		return strconv.FormatInt(f.micros/types.MicrosPerSecond, 10)
	case "AM", "PM", "A.M.", "P.M.":
		return f.meridiem(p)
	case "TZ":
		if p.text == "tz" {
			return strings.ToLower(f.zone)
		}
		return f.zone
	case "TZH":
		return fmt.Sprintf("%+03d", f.east/3600)
	case "TZM":
		return fmt.Sprintf("%02d", abs(f.east)/60%60)
	case "OF":
		s := fmt.Sprintf("%+03d", f.east/3600)
		if m := abs(f.east) / 60 % 60; m != 0 {
			s += fmt.Sprintf(":%02d", m)
		}
		return s
	}
	return f.datePiece(p)
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

func (f *stampFields) meridiem(p templatePiece) string {
	s := "am"
	if h := f.hour % 24; h >= 12 {
		s = "pm"
	}
	if strings.Contains(p.key, ".") {
		s = s[:1] + "." + s[1:] + "."
	}
	return likeCase(s, p.text)
}

// shownYear is the year as written: 1 BC is 1.
func (f *stampFields) shownYear() int64 {
	if !f.interval && f.year <= 0 {
		return int64(1 - f.year)
	}
	return int64(f.year)
}

func (f *stampFields) datePiece(p templatePiece) string {
	name := func(s string) string {
		s = likeCase(s, p.text)
		if p.fm || len(p.key) == 2 || p.key == "MON" {
			return s
		}
		return fmt.Sprintf("%-9s", s)
	}
	y := f.shownYear()
	switch p.key {
	case "YYYY":
		return number(y, 4, p.fm)
	case "Y,YYY":
		if y >= 1000 || !p.fm {
			return fmt.Sprintf("%d,%03d", y/1000, y%1000)
		}
		return strconv.FormatInt(y, 10)
	case "YYY", "YY", "Y":
		return lastDigits(y, len(p.key), p.fm)
	case "BC", "AD", "B.C.", "A.D.":
		era := "ad"
		if !f.interval && f.year <= 0 {
			era = "bc"
		}
		if strings.Contains(p.key, ".") {
			era = era[:1] + "." + era[1:] + "."
		}
		return likeCase(era, p.text)
	case "MONTH":
		if f.month == 0 {
			return ""
		}
		return name(monthNames[f.month-1])
	case "MON":
		if f.month == 0 {
			return ""
		}
		return name(monthNames[f.month-1][:3])
	case "MM":
		return number(int64(f.month), 2, p.fm)
	case "RM":
		if f.month == 0 {
			return ""
		}
		s := romanMonths[f.month-1]
		if p.text == "rm" {
			s = strings.ToLower(s)
		}
		if p.fm {
			return s
		}
		return fmt.Sprintf("%-4s", s)
	case "DAY":
		return name(dayNames[types.Weekday(f.days)])
	case "DY":
		return name(dayNames[types.Weekday(f.days)][:3])
	case "DD":
		return number(int64(f.day), 2, p.fm)
	}
	return f.weekPiece(p)
}

func lastDigits(n int64, digits int, fm bool) string {
	mod := int64(1)
	for range digits {
		mod *= 10
	}
	return number(n%mod, digits, fm)
}

func (f *stampFields) weekPiece(p templatePiece) string {
	doy := f.days - types.DateFromCivil(f.year, 1, 1) + 1
	dow := int64(types.Weekday(f.days))
	switch p.key {
	case "DDD":
		if f.interval {
			return number(int64(f.year)*360+int64(f.month)*30+int64(f.day), 3, p.fm)
		}
		return number(doy, 3, p.fm)
	case "D":
		return strconv.FormatInt(dow+1, 10)
	case "ID":
		return strconv.FormatInt((dow+6)%7+1, 10)
	case "W":
		return strconv.Itoa((f.day-1)/7 + 1)
	case "WW":
		return number((doy-1)/7+1, 2, p.fm)
	case "Q":
		if f.month == 0 {
			return ""
		}
		return strconv.Itoa((f.month-1)/3 + 1)
	case "CC":
		c := centuryOf(f.year, 100)
		if f.interval {
			c = int64(f.year / 100)
		}
		return number(c, 2, p.fm)
	case "J":
		return strconv.FormatInt(f.days+2451545, 10)
	}
	iy, iw := isoYearWeek(f.days)
	switch p.key {
	case "IW":
		return number(int64(iw), 2, p.fm)
	case "IYYY":
		return number(int64(iy), 4, p.fm)
	case "IDDD":
		return number(int64(iw-1)*7+(dow+6)%7+1, 3, p.fm)
	}
	return lastDigits(int64(iy), len(p.key), p.fm)
}

func registerToChar() {
	stamp := func(loc func(*expr.Ctx) *time.Location) EvalFunc {
		return func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
			if a[1].Str() == "" || !types.TimestampFinite(a[0].Int()) {
				return types.Null, nil
			}
			f := fieldsOfStamp(a[0].Int(), loc(ctx))
			return types.MakeStr(formatStamp(&f, a[1].Str())), nil
		}
	}
	fn("to_char", "timestamp,text", templated(stamp(func(*expr.Ctx) *time.Location { return nil })))
	fn("to_char", "timestamptz,text", templated(stamp(func(ctx *expr.Ctx) *time.Location { return ctx.IO().Loc() })))
	fn("to_char", "interval,text", templated(func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		if a[1].Str() == "" {
			return types.Null, nil
		}
		f := fieldsOfInterval(a[0].Interval())
		return types.MakeStr(formatStamp(&f, a[1].Str())), nil
	}))
	registerNumberFormat()
	registerFromText()
}
