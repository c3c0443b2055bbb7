package builtin

import (
	"strconv"
	"strings"
	"time"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// stampReader reads a text by a template (to_date, to_timestamp).
type stampReader struct {
	s    string
	i    int
	vals map[string]int
	bc   bool
	pm   byte // 'a', 'p' or 0
	east *int
	loc  *time.Location
}

func (r *stampReader) read(template string) error {
	pieces := parseTemplate(template, stampKeys)
	for n, p := range pieces {
		if p.key == "" {
			r.skipLiteral(p.text)
			continue
		}
		for r.i < len(r.s) && r.s[r.i] == ' ' {
			r.i++
		}
		// Digits that touch are read to the width of the pattern.
		next := n+1 < len(pieces) && pieces[n+1].key != "" && isDigitKey(pieces[n+1].key)
		if r.i >= len(r.s) {
			return nil
		}
		if err := r.piece(p, next); err != nil {
			return err
		}
		if p.th != "" && len(r.s)-r.i >= 2 {
			r.i += 2
		}
	}
	return nil
}

func isDigitKey(k string) bool {
	switch k {
	case "MONTH", "MON", "DAY", "DY", "AM", "PM", "A.M.", "P.M.", "BC", "AD", "B.C.", "A.D.", "TZ", "RM":
		return false
	}
	return true
}

// skipLiteral passes over a separator: any separator matches any other.
func (r *stampReader) skipLiteral(text string) {
	for range []rune(text) {
		if r.i >= len(r.s) {
			return
		}
		c := r.s[r.i]
		alnum := c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
		t := text[0]
		separator := !(t >= '0' && t <= '9' || t|0x20 >= 'a' && t|0x20 <= 'z')
		if separator && alnum {
			return
		}
		if separator && c == '-' && r.i+1 < len(r.s) && text == " " {
			return
		}
		r.i += len(runePrefix(r.s[r.i:], 1))
	}
}

// widths are the digits that patterns take at most.
var widths = map[string]int{"YYYY": 4, "YYY": 3, "YY": 2, "Y": 1, "MM": 2, "DD": 2, "DDD": 3, "HH24": 2, "HH12": 2, "HH": 2,
	"MI": 2, "SS": 2, "MS": 3, "US": 6, "J": 7, "Q": 1, "WW": 2, "IW": 2, "W": 1, "CC": 2, "D": 1, "ID": 1, "IDDD": 3,
	"IYYY": 4, "IYY": 3, "IY": 2, "I": 1, "SSSS": 5, "SSSSS": 5, "FF1": 1, "FF2": 2, "FF3": 3, "FF4": 4, "FF5": 5, "FF6": 6}

func (r *stampReader) piece(p templatePiece, digitsFollow bool) error {
	switch p.key {
	case "MONTH", "MON":
		return r.name(p, monthNames, "month", 1)
	case "DAY", "DY":
		return r.name(p, dayNames, "", 0)
	case "AM", "PM", "A.M.", "P.M.":
		c := strings.ToLower(r.s[r.i : r.i+1])
		if c != "a" && c != "p" {
			return pgerr.Newf(pgerr.InvalidDatetimeFormat, "invalid value \"%s\" for \"%s\"", runePrefix(r.s[r.i:], int64(len(p.key))), p.text).
				WithDetail("The given value did not match any of the allowed values for this field.")
		}
		r.pm = c[0]
		r.i = min(r.i+len(p.key), len(r.s))
		return nil
	case "BC", "AD", "B.C.", "A.D.":
		r.bc = r.s[r.i]|0x20 == 'b'
		r.i = min(r.i+len(p.key), len(r.s))
		return nil
	case "TZH":
		n, err := r.signed(2)
		r.east = new(int)
		*r.east = n * 3600
		return err
	case "TZM":
		n, err := r.digits(2, p)
		if r.east != nil && *r.east < 0 {
			n = -n
		}
		if r.east != nil {
			*r.east += n * 60
		}
		return err
	case "TZ", "OF":
		return pgerr.Newf(pgerr.FeatureNotSupported, "formatting field \"%s\" is only supported in to_char", p.key)
	case "Y,YYY":
		a, err := r.digits(4, p)
		if err == nil && r.i < len(r.s) && r.s[r.i] == ',' {
			r.i++
			var b int
			b, err = r.digits(3, p)
			a = a*1000 + b
		}
		r.vals["YYYY"] = a
		return err
	}
	return r.number(p, digitsFollow)
}

func (r *stampReader) number(p templatePiece, digitsFollow bool) error {
	width := widths[p.key]
	switch {
	case digitsFollow || width == 0 || p.key == "MS" || p.key == "US" || strings.HasPrefix(p.key, "FF"):
	case p.fm || p.key[0] == 'Y' || !digitsFollow:
		width = 9
	}
	from := r.i
	n, err := r.digits(width, p)
	if err != nil {
		return err
	}
	read := r.i - from
	switch p.key {
	case "MS", "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		for ; read < 6; read++ {
			n *= 10
		}
		r.vals["US"] = n
		return nil
	case "YY", "Y", "YYY":
		if read <= 3 && read <= len(p.key) {
			n = fullYear(n, len(p.key))
		}
		r.vals["YYYY"] = n
		return nil
	case "HH", "HH12":
		if n < 1 || n > 12 {
			return pgerr.Newf(pgerr.InvalidDatetimeFormat, "hour \"%d\" is invalid for the 12-hour clock", n).
				WithHint("Use the 24-hour clock, or give an hour between 1 and 12.")
		}
		r.vals["HH12"] = n
		return nil
	case "SSSSS":
		r.vals["SSSS"] = n
		return nil
	}
	r.vals[p.key] = n
	return nil
}

// fullYear completes a short year to the one nearest 2020.
func fullYear(n, digits int) int {
	switch {
	case n < 70 && digits <= 2:
		return n + 2000
	case n < 100 && digits <= 2:
		return n + 1900
	case n < 520:
		return n + 2000
	case n < 1000:
		return n + 1000
	}
	return n
}

func (r *stampReader) signed(width int) (int, error) {
	sign := 1
	if r.i < len(r.s) && (r.s[r.i] == '-' || r.s[r.i] == '+') {
		if r.s[r.i] == '-' {
			sign = -1
		}
		r.i++
	}
	n, err := r.digits(width, templatePiece{key: "TZH", text: "TZH"})
	return sign * n, err
}

func (r *stampReader) digits(width int, p templatePiece) (int, error) {
	j := r.i
	if j < len(r.s) && r.s[j] == '-' && p.key[0] == 'Y' {
		j++
	}
	for j < len(r.s) && j-r.i < width && r.s[j] >= '0' && r.s[j] <= '9' {
		j++
	}
	n, err := strconv.Atoi(r.s[r.i:j])
	if err != nil {
		return 0, pgerr.Newf(pgerr.InvalidDatetimeFormat, "invalid value \"%s\" for \"%s\"", runePrefix(r.s[r.i:], int64(widths[p.key])), p.text).
			WithDetail("Value must be an integer.")
	}
	r.i = j
	return n, nil
}

func (r *stampReader) name(p templatePiece, names []string, field string, base int) error {
	rest := strings.ToLower(r.s[r.i:])
	for n, name := range names {
		if p.key == "MON" || p.key == "DY" {
			name = name[:3]
		}
		if strings.HasPrefix(rest, name) {
			if field != "" {
				r.vals["MM"] = n + base
			}
			r.i += len(name)
			return nil
		}
	}
	return pgerr.Newf(pgerr.InvalidDatetimeFormat, "invalid value \"%s\" for \"%s\"", runePrefix(r.s[r.i:], int64(len(p.text))), p.text).
		WithDetail("The given value did not match any of the allowed values for this field.")
}

func (r *stampReader) date(src string) (int64, error) {
	bad := pgerr.Newf(pgerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", src)
	if j, ok := r.vals["J"]; ok {
		return int64(j) - 2451545, nil
	}
	get := func(key string, def int) int {
		if v, ok := r.vals[key]; ok {
			return v
		}
		return def
	}
	y := get("YYYY", 0)
	if c, ok := r.vals["CC"]; ok && y == 0 {
		y = (c-1)*100 + 1
	}
	if _, iso := r.vals["IYYY"]; iso {
		return r.isoDate(get), nil
	}
	if r.bc {
		y = 1 - y
	} else if y < 0 {
		y++
	}
	if _, ok := r.vals["YYYY"]; !ok && r.vals["CC"] == 0 {
		y = 0
	}
	if doy, ok := r.vals["DDD"]; ok {
		if doy < 1 || doy > 366 {
			return 0, bad
		}
		return types.DateFromCivil(y, 1, 1) + int64(doy) - 1, nil
	}
	m, d := get("MM", 1), get("DD", 1)
	if q, ok := r.vals["WW"]; ok && r.vals["DD"] == 0 {
		return types.DateFromCivil(y, 1, 1) + int64(q-1)*7, nil
	}
	if !types.ValidCivil(y, m, d) {
		return 0, bad
	}
	return types.DateFromCivil(y, m, d), nil
}

func (r *stampReader) isoDate(get func(string, int) int) int64 {
	jan4 := types.DateFromCivil(get("IYYY", 1), 1, 4)
	monday := jan4 - int64((types.Weekday(jan4)+6)%7)
	if d, ok := r.vals["IDDD"]; ok {
		return monday + int64(d) - 1
	}
	return monday + int64(get("IW", 1)-1)*7 + int64(get("ID", 1)-1)
}

func (r *stampReader) clock(src string) (int64, error) {
	if s, ok := r.vals["SSSS"]; ok {
		return int64(s) * types.MicrosPerSecond, nil
	}
	h := r.vals["HH24"]
	if v, ok := r.vals["HH12"]; ok {
		h = v
		if r.pm != 0 && h == 12 {
			h = 0
		}
	}
	if r.pm == 'p' && h < 12 {
		h += 12
	}
	m, s := r.vals["MI"], r.vals["SS"]
	if h > 24 || m > 59 || s > 60 || h == 24 && (m > 0 || s > 0) {
		return 0, pgerr.Newf(pgerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", src)
	}
	return int64(h)*types.MicrosPerHour + int64(m)*types.MicrosPerMinute + int64(s)*types.MicrosPerSecond + int64(r.vals["US"]), nil
}

func readStamp(a []types.Datum) (*stampReader, int64, int64, error) {
	r := &stampReader{s: a[0].Str(), vals: map[string]int{}}
	if err := r.read(a[1].Str()); err != nil {
		return nil, 0, 0, err
	}
	days, err := r.date(a[0].Str())
	if err != nil {
		return nil, 0, 0, err
	}
	us, err := r.clock(a[0].Str())
	return r, days, us, err
}

func registerFromText() {
	fn("to_date", "text,text", templated(func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		_, days, _, err := readStamp(a)
		return types.MakeInt(days), err
	}))
	fn("to_timestamp", "text,text", templated(func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		r, days, us, err := readStamp(a)
		if err != nil {
			return types.Null, err
		}
		loc := ctx.IO().Loc()
		if r.east != nil {
			loc = types.FixedZone(*r.east)
		}
		return intResult(types.LocalToUTC(days*types.MicrosPerDay+us, loc))
	}))
}
