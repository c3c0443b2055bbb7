package types

import (
	"strings"
	"time"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// dtParts is what a date/time text says.
type dtParts struct {
	year, month, day int
	hasDate          bool
	micros           int64 // of the day
	hasTime          bool
	zone             *time.Location // nil: none said
	special          byte           // 'i' infinity, 'm' -infinity, 'e' epoch, 'n' now
}

type dtParser struct {
	dtParts
	typ, src string
	c        *IOContext
	nums     []string // numbers of the date not placed yet, in order
	bc       bool
	ampm     byte
	yearSaid bool
	short    bool // the year has one or two digits
}

func (p *dtParser) errSyntax() error {
	return pgerr.Newf(pgerr.InvalidDatetimeFormat, "invalid input syntax for type %s: \"%s\"", p.typ, p.src)
}

func (p *dtParser) errField() error {
	return pgerr.Newf(pgerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", p.src)
}

func (p *dtParser) errStyle() error {
	return pgerr.Newf(pgerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", p.src).
		WithHint("Perhaps you need a different \"datestyle\" setting.")
}

// parseDatetime reads any of the texts of date, time, timestamp with or without
// time zone (manual section 8.5.1). typ names the type in errors.
func parseDatetime(typ, s string, c *IOContext) (dtParts, error) {
	p := &dtParser{typ: typ, src: s, c: c}
	fields, ok := lexDatetime(s)
	if !ok || len(fields) == 0 {
		return p.dtParts, p.errSyntax()
	}
	for i := 0; i < len(fields); i++ {
		var err error
		switch f := fields[i]; f.kind {
		case 'w':
			i, err = p.word(fields, i)
		case 't':
			err = p.time(f.text)
		case 'z':
			err = p.zoneField(f.text)
		default:
			err = p.number(f.text)
		}
		if err != nil {
			return p.dtParts, err
		}
	}
	return p.dtParts, p.finish()
}

// word reads a month, a zone, a keyword; it gives the index of its last field.
func (p *dtParser) word(fields []dtField, i int) (int, error) {
	w := fields[i].text
	switch w {
	case "infinity", "+infinity":
		p.special = 'i'
		return i, nil
	case "-infinity":
		p.special = 'm'
		return i, nil
	case "epoch":
		p.special = 'e'
		return i, nil
	case "now":
		p.special = 'n'
		return i, nil
	case "today", "tomorrow", "yesterday":
		us := UTCToLocal(FromTime(p.c.Now), p.c.Loc())
		days := TimestampToDate(us) + map[string]int64{"today": 0, "tomorrow": 1, "yesterday": -1}[w]
		p.year, p.month, p.day = CivilFromDate(days)
		p.hasDate, p.yearSaid = true, true
		return i, nil
	case "allballs":
		p.hasTime, p.zone = true, time.UTC
		return i, nil
	case "ad":
		return i, nil
	case "bc":
		p.bc = true
		return i, nil
	case "am", "pm":
		p.ampm = w[0]
		return i, nil
	case "t", "at", "on", "of", "d", "th", "st", "nd", "rd":
		return i, nil
	case "j":
		if i+1 < len(fields) && fields[i+1].kind == 'n' {
			n, syntax, _ := ParseInt(fields[i+1].text)
			if !syntax {
				return i, p.errSyntax()
			}
			p.year, p.month, p.day = civilFromDays(int(n))
			p.hasDate, p.yearSaid = true, true
			return i + 1, nil
		}
	}
	if k := monthKey(w); k != "" {
		p.month = monthNames[k]
		return i, nil
	}
	if isWeekday(w) || w == "dst" {
		return i, nil
	}
	return p.zoneWord(fields, i)
}

func (p *dtParser) zoneWord(fields []dtField, i int) (int, error) {
	w := fields[i].text
	if strings.HasPrefix(w, "-") || strings.HasPrefix(w, "+") {
		return i, p.errSyntax()
	}
	if _, known := zoneAbbrevs[w]; !known && !strings.ContainsAny(w, "/_") && len(w) > 6 && findZone(w, true) == nil {
		return i, p.errSyntax()
	}
	if i+1 < len(fields) && fields[i+1].kind == 'z' { // utc+3, POSIX: three hours west
		if loc := posixZone(w+fields[i+1].text, true); loc != nil {
			p.zone = loc
			return i + 1, nil
		}
	}
	loc := findZone(w, true)
	if loc == nil {
		if strings.ContainsAny(w, "/_") {
			return i, pgerr.Newf(pgerr.InvalidParameterValue, "time zone \"%s\" not recognized", w)
		}
		return i, p.errSyntax()
	}
	p.zone = loc
	return i, nil
}

// zoneField reads a signed field: an offset, or part of a date like "Jan -8".
func (p *dtParser) zoneField(s string) error {
	if !p.hasTime && s[0] == '-' && (p.month > 0 || len(p.nums) > 0) && !p.hasDate {
		return p.number(s[1:])
	}
	off, ok := parseOffset(s, false)
	if !ok {
		if strings.Trim(s, "+-:0123456789") == "" {
			return pgerr.Newf(pgerr.InvalidTimeZoneDisplacementValue, "time zone displacement out of range: \"%s\"", p.src)
		}
		return p.errSyntax()
	}
	p.zone = FixedZone(off)
	return nil
}

// number reads a field of digits with separators.
func (p *dtParser) number(s string) error {
	switch {
	case strings.ContainsAny(s, "-/"):
		return p.dateField(s)
	case strings.Count(s, ".") == 2:
		return p.dateField(s)
	case strings.Contains(s, "."):
		whole, frac, _ := strings.Cut(s, ".")
		if len(whole) == 6 && p.hasDate && !p.hasTime {
			return p.time(whole[:2] + ":" + whole[2:4] + ":" + whole[4:] + "." + frac)
		}
		if len(whole) == 4 && len(frac) == 3 && !p.hasDate { // year.day-of-year
			return p.yearDay(whole, frac)
		}
		return p.errSyntax()
	case p.hasDate && !p.hasTime && (len(s) == 6 || len(s) == 4):
		t := s[:2] + ":" + s[2:4]
		if len(s) == 6 {
			t += ":" + s[4:]
		}
		return p.time(t)
	case !p.hasDate && len(p.nums) == 0 && p.month == 0 && len(s) == 8:
		return p.setDate(s[:4], s[4:6], s[6:])
	case !p.hasDate && len(p.nums) == 0 && p.month == 0 && len(s) == 6 && strings.HasPrefix(p.typ, "time") && !strings.HasPrefix(p.typ, "timestamp"):
		return p.time(s[:2] + ":" + s[2:4] + ":" + s[4:])
	case !p.hasDate && len(p.nums) == 0 && p.month == 0 && len(s) == 6:
		return p.setDate(s[:2], s[2:4], s[4:])
	case p.hasDate && p.hasTime && !p.yearSaid:
		return p.errSyntax()
	}
	p.nums = append(p.nums, s)
	return nil
}

func (p *dtParser) yearDay(year, day string) error {
	y, _, _ := ParseInt(year)
	d, _, _ := ParseInt(day)
	p.year, p.month, p.day = CivilFromDate(DateFromCivil(int(y), 1, 1) + d - 1)
	p.hasDate, p.yearSaid = true, true
	return nil
}

// dateField reads a date written as one field: 2024-01-02, 1/8/1999, 8-Jan-1999.
func (p *dtParser) dateField(s string) error {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '/' || r == '.' })
	if p.hasDate || len(parts) > 3 || len(parts) < 2 {
		return p.errSyntax()
	}
	if len(parts) == 2 && p.month == 0 {
		for i, w := range parts {
			if k := monthKey(w); k != "" {
				p.month = monthNames[k]
				p.nums = append(p.nums, parts[1-i])
				return nil
			}
		}
		if len(parts[0]) > 2 && len(parts[1]) == 3 {
			return p.yearDay(parts[0], parts[1])
		}
		return p.errSyntax()
	}
	for i, w := range parts {
		if k := monthKey(w); k != "" {
			p.month = monthNames[k]
			p.nums = append(append(p.nums, parts[:i]...), parts[i+1:]...)
			return p.placeNums()
		}
	}
	if p.month > 0 {
		p.nums = append(p.nums, parts...)
		return p.placeNums()
	}
	return p.orderDate(parts)
}

// orderDate places three numbers by DateOrder; a long first one is the year.
func (p *dtParser) orderDate(n []string) error {
	if len(n) != 3 {
		return p.errSyntax()
	}
	if len(n[0]) >= 3 || p.c.DateOrder == OrderYMD {
		return p.setDate(n[0], n[1], n[2])
	}
	if p.c.DateOrder == OrderDMY {
		return p.setDate(n[2], n[1], n[0])
	}
	return p.setDate(n[2], n[0], n[1])
}

// placeNums places day and year around a month given by name.
func (p *dtParser) placeNums() error {
	n := p.nums
	p.nums = nil
	if len(n) != 2 {
		return p.errSyntax()
	}
	day, year := n[0], n[1]
	if len(n[0]) >= 3 || p.c.DateOrder == OrderYMD && len(n[1]) <= 2 {
		year, day = n[0], n[1]
	}
	return p.setDate(year, itoa(p.month), day)
}

func (p *dtParser) setDate(y, m, d string) error {
	yn, ok1, in1 := ParseInt(y)
	mn, ok2, in2 := ParseInt(m)
	dn, ok3, in3 := ParseInt(d)
	if !ok1 || !ok2 || !ok3 {
		return p.errSyntax()
	}
	if !in1 || !in2 || !in3 || yn > 10000000 || mn > 1000 || dn > 1000 {
		return p.errField()
	}
	p.short = len(y) <= 2
	p.year, p.month, p.day = int(yn), int(mn), int(dn)
	p.hasDate, p.yearSaid = true, true
	return nil
}

func (p *dtParser) time(s string) error {
	if p.hasTime {
		return p.errSyntax()
	}
	us, state := parseClock(s)
	switch state {
	case clockBad:
		return p.errSyntax()
	case clockRange:
		return p.errField()
	}
	p.micros, p.hasTime = us, true
	return nil
}

// States of parseClock.
const (
	clockOK = iota
	clockBad
	clockRange
)

// parseClock reads hh:mm[:ss[.ffffff]] up to 24:00:00.
func parseClock(s string) (us int64, state int) {
	parts := strings.Split(s, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, clockBad
	}
	h, ok1, _ := ParseInt(parts[0])
	m, ok2, _ := ParseInt(parts[1])
	if !ok1 || !ok2 {
		return 0, clockBad
	}
	var sec, frac int64
	if len(parts) == 3 {
		whole, f, _ := strings.Cut(parts[2], ".")
		var ok bool
		if sec, ok, _ = ParseInt(whole); !ok {
			return 0, clockBad
		}
		if frac, ok = parseFraction(f); !ok {
			return 0, clockBad
		}
	}
	if m > 59 || sec > 60 || h > 24 || h == 24 && (m > 0 || sec > 0 || frac > 0) {
		return 0, clockRange
	}
	return h*MicrosPerHour + m*MicrosPerMinute + sec*MicrosPerSecond + frac, clockOK
}

// parseFraction reads the digits after a decimal point as rounded microseconds.
func parseFraction(f string) (int64, bool) {
	if strings.Trim(f, "0123456789") != "" {
		return 0, false
	}
	n, _, _ := ParseInt((f + "000000")[:6])
	if len(f) > 6 && f[6] >= '5' {
		n++
	}
	return n, true
}

func (p *dtParser) finish() error {
	if p.special != 0 {
		return nil
	}
	if len(p.nums) > 0 || p.month > 0 && !p.hasDate {
		if p.month == 0 {
			if err := p.orderDate(p.nums); err != nil {
				return err
			}
		} else if err := p.placeNums(); err != nil {
			return err
		}
	}
	if p.ampm != 0 {
		h := p.micros / MicrosPerHour
		if !p.hasTime {
			return p.errSyntax()
		}
		if h > 12 || h == 0 {
			return p.errField()
		}
		if h == 12 {
			p.micros -= 12 * MicrosPerHour
		}
		if p.ampm == 'p' {
			p.micros += 12 * MicrosPerHour
		}
	}
	if !p.hasDate {
		return nil
	}
	if p.short && !p.bc {
		if p.year < 70 {
			p.year += 2000
		} else {
			p.year += 1900
		}
	}
	if p.bc {
		if p.year <= 0 {
			return p.errField()
		}
		p.year = 1 - p.year
	} else if p.year == 0 && p.typ != "" {
		return p.errField()
	}
	if p.month < 1 || p.month > 12 || p.day < 1 || p.day > 31 {
		return p.errStyle()
	}
	if p.day > DaysInMonth(p.year, p.month) {
		return p.errField()
	}
	return nil
}
