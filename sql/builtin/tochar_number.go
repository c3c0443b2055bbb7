package builtin

import (
	"fmt"
	"strings"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// numberTemplate is a parsed number format.
type numberTemplate struct {
	pieces    []templatePiece
	pre, post int // digit positions before and after the point
	zeroAt    int // first position with a forced zero, -1 for none
	shift     int // digits after V
	fm        bool
	sign      string // "", S (leading), "S>" (trailing), MI, PL, SG, PR
	exponent  bool
	roman     bool
	blank     bool
}

func parseNumberTemplate(format string) *numberTemplate {
	t := &numberTemplate{pieces: parseTemplate(format, numberKeys), zeroAt: -1}
	t.fm = strings.Contains(strings.ToUpper(format), "FM")
	point, v, digits := false, false, false
	for _, p := range t.pieces {
		switch p.key {
		case "9", "0":
			digits = true
			switch {
			case v:
				t.shift++
				t.pre++
			case point:
				t.post++
			default:
				t.pre++
			}
			if p.key == "0" && t.zeroAt < 0 && !point {
				t.zeroAt = t.pre - 1
			}
		case ".", "D":
			point = true
		case "V":
			v = true
		case "S":
			t.sign = "S"
			if digits {
				t.sign = "S>"
			}
		case "MI", "PL", "SG", "PR":
			t.sign = p.key
		case "EEEE":
			t.exponent = true
		case "RN":
			t.roman = true
		case "B":
			t.blank = true
		}
	}
	return t
}

// formatNumber is to_char of a numeric.
func formatNumber(v *types.Decimal, format string) string {
	t := parseNumberTemplate(format)
	switch {
	case t.roman:
		return t.romanText(v)
	case t.exponent:
		return t.exponentText(v)
	}
	if t.shift > 0 {
		v = types.MulNumeric(v, powerOfTen(t.shift))
	}
	whole, frac, neg, overflow := t.digits(v)
	return t.fill(whole, frac, neg, overflow)
}

func powerOfTen(n int) *types.Decimal {
	v := types.NumericFromInt(1)
	for range n {
		v = types.MulNumeric(v, types.NumericFromInt(10))
	}
	return v
}

// digits rounds v to the template and parts it; the whole part has no leading
// zeros and is empty for 0 where a fraction follows.
func (t *numberTemplate) digits(v *types.Decimal) (whole, frac string, neg, overflow bool) {
	if !types.IsFinite(v) {
		if whole = strings.TrimPrefix(string(types.AppendNumeric(nil, v)), "-"); len(whole) <= t.pre {
			return whole, strings.Repeat(" ", t.post), v.Negative, true
		}
		return strings.Repeat("#", t.pre), strings.Repeat("#", t.post), v.Negative, true
	}
	r := types.RoundNumeric(types.CopyNumeric(v), t.post)
	text := string(types.AppendNumeric(nil, r))
	neg = strings.HasPrefix(text, "-")
	whole, frac, _ = strings.Cut(strings.TrimPrefix(text, "-"), ".")
	if whole == "0" && t.post > 0 {
		whole = ""
	}
	if len(whole) > t.pre {
		return strings.Repeat("#", t.pre), strings.Repeat("#", t.post), neg, true
	}
	return whole, frac, neg, false
}

// fill puts the digits into the template.
func (t *numberTemplate) fill(whole, frac string, neg, overflow bool) string {
	pad := t.pre - len(whole)
	if t.zeroAt >= 0 && t.zeroAt < pad {
		whole = strings.Repeat("0", pad-t.zeroAt) + whole
		pad = t.zeroAt
	}
	var b strings.Builder
	pos, fpos, started, point := 0, 0, false, false
	sign := t.signText(neg)
	start := func() {
		if !started {
			b.WriteString(sign)
			started = true
		}
	}
	lastFrac := len(frac)
	if t.fm && !overflow { // trailing zeros at 9s go
		lastFrac = t.keptFraction(frac)
	}
	for _, p := range t.pieces {
		switch p.key {
		case "9", "0":
			switch {
			case point:
				start()
				if fpos < lastFrac {
					b.WriteByte(frac[fpos])
				}
				fpos++
			case pos < pad:
				if !t.fm {
					b.WriteByte(' ')
				}
				pos++
			default:
				start()
				b.WriteByte(whole[pos-pad])
				pos++
			}
		case ".", "D":
			start()
			point = true
			b.WriteByte('.')
		case ",", "G":
			if pos > pad || started {
				b.WriteByte(',')
			} else if !t.fm {
				b.WriteByte(' ')
			}
		case "L":
			b.WriteByte(' ') // the C locale has no currency symbol
		case "MI", "PL", "SG", "S":
			b.WriteString(t.signPiece(p.key, neg))
		case "PR":
			start()
			b.WriteString(pick(neg, ">", t.space()))
		case "TH":
			if !neg && t.post == 0 && whole != "" {
				b.WriteString(ordinal(whole, p.text))
			}
		case "B", "V", "C":
		default:
			b.WriteString(p.text)
		}
		if p.th != "" && !neg && whole != "" {
			b.WriteString(ordinal(whole, p.th))
		}
	}
	return b.String()
}

// signPiece is what MI, PL, SG and a trailing S show in their place.
func (t *numberTemplate) signPiece(key string, neg bool) string {
	switch {
	case key == "MI":
		return pick(neg, "-", t.space())
	case key == "PL":
		return pick(neg, t.space(), "+")
	case key == "SG" || t.sign == "S>":
		return pick(neg, "-", "+")
	}
	return ""
}

func pick(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}

func (t *numberTemplate) space() string { return pick(t.fm, "", " ") }

// signText is what stands before the first digit.
func (t *numberTemplate) signText(neg bool) string {
	switch t.sign {
	case "S":
		return pick(neg, "-", "+")
	case "PR":
		return pick(neg, "<", t.space())
	case "":
		return pick(neg, "-", t.space())
	case "PL":
		return pick(neg, "-", t.space())
	}
	return ""
}

// keptFraction is the length of the fraction that FM leaves.
func (t *numberTemplate) keptFraction(frac string) int {
	n := len(strings.TrimRight(frac, "0"))
	point, at := false, 0
	for _, p := range t.pieces {
		switch {
		case p.key == "." || p.key == "D":
			point = true
		case point && (p.key == "9" || p.key == "0"):
			at++
			if p.key == "0" {
				n = max(n, at)
			}
		}
	}
	return n
}

func (t *numberTemplate) exponentText(v *types.Decimal) string {
	if !types.IsFinite(v) {
		return strings.Repeat("#", t.pre+t.post+6)
	}
	f, _ := types.NumericToFloat(v)
	s := fmt.Sprintf("%.*e", t.post, f)
	if s[0] != '-' && !t.fm {
		s = " " + s
	}
	return s
}

func (t *numberTemplate) romanText(v *types.Decimal) string {
	n, err := types.RoundNumeric(types.CopyNumeric(v), 0).Int64()
	s := ""
	if err != nil || n < 1 || n > 3999 {
		return strings.Repeat("#", 15)
	}
	for _, r := range []struct {
		v int64
		s string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for n >= r.v {
			s, n = s+r.s, n-r.v
		}
	}
	if t.fm {
		return s
	}
	return fmt.Sprintf("%15s", s)
}

func registerNumberFormat() {
	for _, t := range []string{"int4", "int8", "float4", "float8", "numeric"} {
		typ := mustType(t)
		fn("to_char", t+",text", templated(func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			v, err := types.CastTo(a[0], typ, types.Numeric, -1, true, nil)
			if err != nil {
				return types.Null, err
			}
			if a[1].Str() == "" {
				return types.MakeStr(""), nil
			}
			return types.MakeStr(formatNumber(v.Decimal(), a[1].Str())), nil
		}))
	}
	fn("to_number", "text,text", templated(toNumber))
}

// toNumber takes the digits, the sign and the point out of the text, one
// character to each piece of the template.
func toNumber(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
	s, t := a[0].Str(), parseNumberTemplate(a[1].Str())
	if a[1].Str() == "" {
		return types.Null, nil
	}
	if t.roman || t.exponent {
		return types.Null, pgerr.New(pgerr.FeatureNotSupported, "\"EEEE\" not supported for input")
	}
	var digits strings.Builder
	neg, point, i := false, false, 0
	for _, p := range t.pieces {
		for i < len(s) && (s[i] == ' ' || s[i] == '-' || s[i] == '+' || s[i] == '<') && digits.Len() == 0 {
			neg = neg || s[i] == '-' || s[i] == '<'
			i++
		}
		if i >= len(s) {
			break
		}
		switch p.key {
		case "9", "0":
			if s[i] >= '0' && s[i] <= '9' {
				digits.WriteByte(s[i])
				i++
			} else if s[i] == '.' && !point {
				digits.WriteByte('.')
				point = true
				i++
			}
		case ".", "D":
			if s[i] == '.' {
				digits.WriteByte('.')
				point = true
				i++
			}
		case ",", "G":
			if s[i] == ',' {
				i++
			}
		case "MI", "S", "SG", "PL", "PR":
			if s[i] == '-' || s[i] == '+' || s[i] == '>' {
				neg = neg || s[i] == '-'
				i++
			}
		case "L":
			if s[i] == '$' {
				i++
			}
		case "TH":
			i += min(2, len(s)-i)
		default:
			i++
		}
	}
	text := digits.String()
	if strings.Trim(text, ".") == "" {
		return types.Null, pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type numeric: \" \"")
	}
	if neg {
		text = "-" + text
	}
	v, err := types.ParseNumeric(text)
	if err != nil {
		return types.Null, err
	}
	return types.MakeDecimal(v), nil
}
