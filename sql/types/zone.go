package types

import (
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones where the system has none

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// zoneAbbrevs are the abbreviations that timestamps are read with, in seconds
// east of UTC (PostgreSQL's timezone_abbreviations = Default, the unambiguous
// and commonly used ones).
var zoneAbbrevs = map[string]int{
	"utc": 0, "gmt": 0, "z": 0, "zulu": 0, "ut": 0, "wet": 0, "west": 3600, "bst": 3600, "cet": 3600,
	"met": 3600, "mez": 3600, "cest": 7200, "mest": 7200, "mesz": 7200, "eet": 7200, "eest": 10800,
	"sast": 7200, "ist": 7200, "idt": 10800, "msk": 10800, "msd": 14400, "pkt": 18000, "npt": 20700,
	"ict": 25200, "sgt": 28800, "awst": 28800, "hkt": 28800, "pht": 28800, "jst": 32400, "kst": 32400,
	"acst": 34200, "aest": 36000, "acdt": 37800, "aedt": 39600, "nzst": 43200, "nzt": 43200, "nzdt": 46800,
	"nst": -12600, "ndt": -9000, "ast": -14400, "adt": -10800, "est": -18000, "edt": -14400, "cst": -21600,
	"cdt": -18000, "mst": -25200, "mdt": -21600, "pst": -28800, "pdt": -25200, "akst": -32400,
	"akdt": -28800, "hst": -36000, "art": -10800, "brt": -10800, "clt": -14400, "wib": 25200,
}

var zoneCache sync.Map // string to *time.Location

// FixedZone is a zone with one offset in seconds east of UTC, named the way
// PostgreSQL shows it.
func FixedZone(east int) *time.Location {
	return time.FixedZone("", east)
}

// LoadZone finds a time zone by IANA name in any case, by abbreviation, or by a
// POSIX-style or plain offset as SET TIME ZONE takes it: +3 is three hours east
// where iso, and west (POSIX) otherwise.
func LoadZone(name string, iso bool) (*time.Location, error) {
	key := name
	if iso {
		key = "\x00" + name
	}
	if l, ok := zoneCache.Load(key); ok {
		return l.(*time.Location), nil
	}
	loc := findZone(name, iso)
	if loc == nil {
		return nil, pgerr.Newf(pgerr.InvalidParameterValue, "time zone \"%s\" not recognized", name)
	}
	zoneCache.Store(strings.Clone(key), loc)
	return loc, nil
}

func findZone(name string, iso bool) *time.Location {
	lower := strings.ToLower(trimSpace(name))
	if lower == "" || strings.ContainsAny(lower, "\\") || strings.HasPrefix(lower, ".") || strings.HasPrefix(lower, "/") {
		return nil
	}
	if lower == "utc" || lower == "gmt" || lower == "z" || lower == "zulu" {
		return time.UTC
	}
	if off, ok := zoneAbbrevs[lower]; ok {
		return time.FixedZone(strings.ToUpper(lower), off)
	}
	if lower != "local" {
		for _, try := range []string{name, zoneTitle(lower), strings.ToUpper(lower)} {
			if loc, err := time.LoadLocation(try); err == nil {
				return loc
			}
		}
	}
	return posixZone(lower, iso)
}

// zoneTitle is europe/isle_of_man as the database spells it, for most names.
func zoneTitle(s string) string {
	b := []byte(s)
	up := true
	for i, c := range b {
		if up && c >= 'a' && c <= 'z' {
			b[i] = c - 32
		}
		up = c == '/' || c == '_' || c == '-'
	}
	out := string(b)
	for _, w := range []string{"Of", "Es", "Au"} {
		out = strings.ReplaceAll(out, "_"+w+"_", "_"+strings.ToLower(w)+"_")
	}
	return strings.Replace(out, "Etc/Gmt", "Etc/GMT", 1)
}

// posixZone reads [name]±hh[:mm[:ss]].
func posixZone(s string, iso bool) *time.Location {
	rest := strings.TrimLeft(s, "abcdefghijklmnopqrstuvwxyz")
	if strings.HasPrefix(s, "<") {
		if i := strings.IndexByte(s, '>'); i > 0 {
			rest = s[i+1:]
		}
	}
	named := len(rest) < len(s)
	off, ok := parseOffset(rest, named)
	if !ok {
		return nil
	}
	if named || !iso {
		off = -off
	}
	return FixedZone(off)
}

// parseOffset reads ±hh, ±hhmm, ±hh:mm[:ss] as seconds; the sign may be left out
// where bare.
func parseOffset(s string, bare bool) (int, bool) {
	if s == "" {
		return 0, false
	}
	sign := 1
	switch {
	case s[0] == '-':
		sign, s = -1, s[1:]
	case s[0] == '+':
		s = s[1:]
	case !bare:
		return 0, false
	}
	var f [3]int
	parts := strings.Split(s, ":")
	if len(parts) == 1 && len(s) > 2 {
		switch len(s) {
		case 3, 4:
			parts = []string{s[:len(s)-2], s[len(s)-2:]}
		case 6:
			parts = []string{s[:2], s[2:4], s[4:]}
		default:
			return 0, false
		}
	}
	if len(parts) > 3 {
		return 0, false
	}
	for i, p := range parts {
		if p == "" || len(p) > 2 || strings.Trim(p, "0123456789") != "" {
			return 0, false
		}
		n, _, _ := ParseInt(p)
		f[i] = int(n)
	}
	if f[0] > 15 || f[1] > 59 || f[2] > 59 {
		return 0, false
	}
	return sign * (f[0]*3600 + f[1]*60 + f[2]), true
}

// appendOffset writes +hh[:mm[:ss]].
func appendOffset(dst []byte, east int) []byte {
	if east < 0 {
		dst = append(dst, '-')
		east = -east
	} else {
		dst = append(dst, '+')
	}
	dst = appendTwo(dst, east/3600)
	if east%3600 != 0 {
		dst = appendTwo(append(dst, ':'), east/60%60)
		if east%60 != 0 {
			dst = appendTwo(append(dst, ':'), east%60)
		}
	}
	return dst
}

func appendTwo(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }
