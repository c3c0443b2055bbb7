package builtin

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// templateBytesMax bounds the text of a template, which is taken apart into
// pieces of several times its size.
const templateBytesMax = 256 << 10

// templated is f, whose second argument is a template, for templates within
// bounds. Work goes with the template's length times that of what it writes.
func templated(f EvalFunc) EvalFunc {
	return func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		if n := len(a[1].Str()); n > templateBytesMax {
			return types.Null, pgerr.Newf(pgerr.ProgramLimitExceeded, "formatting template of %d bytes exceeds the maximum of %d", n, templateBytesMax)
		}
		return f(ctx, a)
	}
}

// A template of to_char and its kin is a list of pieces (manual section 9.8).
type templatePiece struct {
	key  string // pattern in upper case, "" for literal text
	text string // the pattern as written, or the literal
	fm   bool   // FM: no padding
	th   string // TH or th suffix
}

// stampKeys are the date/time patterns, longest first within a letter.
var stampKeys = strings.Fields(`A.D. A.M. AD AM B.C. BC CC DAY DDD DD DY D FF1 FF2 FF3 FF4 FF5 FF6 HH24 HH12 HH IDDD ID
	IW IYYY IYY IY I J MI MM MONTH MON MS OF P.M. PM Q RM SSSSS SSSS SS TZH TZM TZ US WW W Y,YYY YYYY YYY YY Y`)

// numberKeys are the patterns of numbers.
var numberKeys = strings.Fields(`, . 0 9 B C D EEEE G L MI PL PR RN SG S TH V`)

// parseTemplate parts a format into pieces; quoted text and what is no pattern
// is literal.
func parseTemplate(f string, keys []string) []templatePiece {
	var out []templatePiece
	fm := false
	folded := upperASCII(f)
	for i := 0; i < len(f); {
		rest, upper := f[i:], folded[i:]
		switch {
		case strings.HasPrefix(upper, "FM"):
			fm = true
			i += 2
			continue
		case strings.HasPrefix(upper, "FX"), strings.HasPrefix(upper, "TM"):
			i += 2
			continue
		case rest[0] == '"':
			text, n := quotedText(rest)
			out = append(out, templatePiece{text: text})
			i += n
			continue
		case strings.HasPrefix(rest, `\"`):
			out = append(out, templatePiece{text: `"`})
			i += 2
			continue
		}
		key := ""
		for _, k := range keys {
			if strings.HasPrefix(upper, k) {
				key = k
				break
			}
		}
		if key == "" {
			ch := runePrefix(rest, 1)
			out = append(out, templatePiece{text: ch})
			i += len(ch)
			continue
		}
		p := templatePiece{key: key, text: rest[:len(key)], fm: fm}
		i += len(key)
		if len(f) >= i+2 && strings.EqualFold(f[i:i+2], "th") && key != "TH" {
			p.th = f[i : i+2]
			i += 2
		}
		out = append(out, p)
		fm = false
	}
	return out
}

// upperASCII is s with its ASCII letters in upper case: of the same length.
func upperASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// quotedText reads "…" with backslash escapes; n is its length in the format.
func quotedText(s string) (text string, n int) {
	var b strings.Builder
	for n = 1; n < len(s); n++ {
		switch {
		case s[n] == '"':
			return b.String(), n + 1
		case s[n] == '\\' && n+1 < len(s):
			n++
		}
		b.WriteByte(s[n])
	}
	return b.String(), n
}

// ordinal is st, nd, rd or th for a number's text.
func ordinal(digits, like string) string {
	suffix := "th"
	n := len(digits)
	if n == 1 || n > 1 && digits[n-2] != '1' {
		switch digits[n-1] {
		case '1':
			suffix = "st"
		case '2':
			suffix = "nd"
		case '3':
			suffix = "rd"
		}
	}
	if like == "TH" {
		return strings.ToUpper(suffix)
	}
	return suffix
}

// likeCase gives text the case of a pattern: MONTH, Month or month.
func likeCase(text, pattern string) string {
	switch {
	case pattern == strings.ToUpper(pattern):
		return strings.ToUpper(text)
	case pattern[0] >= 'A' && pattern[0] <= 'Z':
		return strings.ToUpper(text[:1]) + text[1:]
	}
	return text
}
