package types

import "strings"

// dtField is one token of a date, time or interval text.
type dtField struct {
	kind byte // 'n' number or date-like, 't' time with colons, 'w' word, 'z' ±zone
	text string
}

// lexDatetime parts text into fields: numbers with inner - / . become one 'n',
// with colons one 't'; a sign before digits starts a 'z'. ok is false at a
// character that no field begins with.
func lexDatetime(s string) (fields []dtField, ok bool) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case isSpace(c) || c == ',':
			i++
		case isDigit(c) || c == '.' && i+1 < len(s) && isDigit(s[i+1]):
			j := lexNumber(s, i)
			kind := byte('n')
			if strings.IndexByte(s[i:j], ':') >= 0 {
				kind = 't'
			}
			fields = append(fields, dtField{kind, s[i:j]})
			i = j
		case isLetter(c):
			j := lexWord(s, i)
			fields = append(fields, dtField{'w', strings.ToLower(s[i:j])})
			i = j
		case c == '+' || c == '-':
			j := i + 1
			for j < len(s) && isSpace(s[j]) {
				j++
			}
			start := j
			for j < len(s) && (isDigit(s[j]) || s[j] == ':' || s[j] == '.' || s[j] == '-' && j > start) {
				j++
			}
			if j < len(s) && isLetter(s[j]) && start == j {
				k := lexWord(s, j)
				fields = append(fields, dtField{'w', string(c) + strings.ToLower(s[j:k])})
				i = k
				continue
			}
			if j == start {
				return nil, false
			}
			fields = append(fields, dtField{'z', string(c) + s[start:j]})
			i = j
		case c == '(' || c == ')' || c == '@' || c == '/':
			i++
		default:
			return nil, false
		}
	}
	return fields, true
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// lexNumber ends a number: 12, 1.5, 2024-01-02, 1/2/2024, 2024-Jan-02, 10:20:30.4.
// A hyphen belongs to it only within a date: after a time it starts a zone.
func lexNumber(s string, i int) int {
	j, colon, seps := i, false, 0
	for j < len(s) {
		c := s[j]
		switch {
		case isDigit(c) || c == '.':
			j++
			continue
		case c == ':':
			colon = true
			j++
			continue
		case (c == '-' || c == '/') && !colon && seps < 2 && j+1 < len(s):
			if isDigit(s[j+1]) {
				seps++
				j++
				continue
			}
			if k := lexWord(s, j+1); k > j+1 && (seps == 0 && k < len(s) && s[k] == c || seps == 1) && monthNames[monthKey(s[j+1:k])] > 0 {
				seps++
				j = k
				continue
			}
		}
		break
	}
	return j
}

func lexWord(s string, i int) int {
	j := i
	for j < len(s) && (isLetter(s[j]) || j > i && (s[j] == '_' || s[j] == '/' && j+1 < len(s) && isLetter(s[j+1]))) {
		j++
	}
	return j
}

var monthNames = map[string]int{
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9,
	"oct": 10, "nov": 11, "dec": 12,
}

var monthFull = [...]string{
	"january", "february", "march", "april", "may", "june", "july", "august", "september",
	"october", "november", "december",
}

var weekdays = [...]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// monthKey is the three-letter key of a month's name or of its abbreviation,
// else "".
func monthKey(w string) string {
	w = strings.ToLower(w)
	if w == "sept" {
		return "sep"
	}
	if len(w) >= 3 {
		if n := monthNames[w[:3]]; n > 0 && (len(w) == 3 || w == monthFull[n-1]) {
			return w[:3]
		}
	}
	return ""
}

func isWeekday(w string) bool {
	for _, d := range weekdays {
		if w == d || w == d[:3] || w == "tues" || w == "wednes" || w == "thur" || w == "thurs" {
			return true
		}
	}
	return false
}
