package types

import "time"

// isoStamp reads the one form that programs write, YYYY-MM-DD HH:MM:SS with an
// optional fraction of up to six digits and an optional Z: a hundred times as
// often as all others together. ok is false for anything else, which the general
// parser then reads (or refuses); the two agree on what this one takes.
func isoStamp(s string) (us int64, zone *time.Location, ok bool) {
	if len(s) < 19 || s[4] != '-' || s[7] != '-' || s[10] != ' ' && s[10] != 'T' || s[13] != ':' || s[16] != ':' {
		return 0, nil, false
	}
	if s[len(s)-1] == 'Z' {
		s, zone = s[:len(s)-1], time.UTC
	}
	year, ok1 := digits(s[0:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:10])
	hour, ok4 := digits(s[11:13])
	minute, ok5 := digits(s[14:16])
	second, ok6 := digits(s[17:19])
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6) || year == 0 || hour > 23 || minute > 59 || second > 59 || !ValidCivil(year, month, day) {
		return 0, nil, false
	}
	us = DateFromCivil(year, month, day)*MicrosPerDay + int64(hour*3600+minute*60+second)*1e6
	if len(s) == 19 {
		return us, zone, true
	}
	fraction := s[20:]
	if s[19] != '.' || len(fraction) == 0 || len(fraction) > 6 {
		return 0, nil, false
	}
	n, ok := digits(fraction)
	for range 6 - len(fraction) {
		n *= 10
	}
	return us + int64(n), zone, ok
}

// digits reads decimal digits only.
func digits(s string) (int, bool) {
	n := 0
	for i := 0; i < len(s); i++ {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int(c)
	}
	return n, true
}
