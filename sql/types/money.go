package types

import (
	"math"
	"strconv"
	"strings"
)

// money is cents, shown in the C locale's form of lc_monetary: $1,234.56.

func parseMoney(_ *T, _ int32, s string, _ *IOContext) (Datum, error) {
	w := trimSpace(s)
	neg := false
	if strings.HasPrefix(w, "(") && strings.HasSuffix(w, ")") {
		neg, w = true, w[1:len(w)-1]
	}
	for w != "" && (w[0] == '$' || w[0] == '-' || w[0] == '+' || w[0] == ' ') {
		neg = neg || w[0] == '-'
		w = w[1:]
	}
	whole, frac, _ := strings.Cut(w, ".")
	whole = strings.ReplaceAll(whole, ",", "")
	digits := whole + frac
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return Null, errSyntax("money", s)
	}
	round := len(frac) > 2 && frac[2] >= '5'
	cents := whole + (frac + "00")[:2]
	n, err := strconv.ParseUint(cents, 10, 64)
	if round {
		n++
	}
	if err != nil || n > math.MaxInt64 && !(neg && n == -math.MinInt64) {
		return Null, errRange("money", s)
	}
	if neg {
		return MakeInt(int64(-n)), nil
	}
	return MakeInt(int64(n)), nil
}

func textMoney(dst []byte, d Datum, _ *T, _ *IOContext) []byte {
	n := d.Int()
	u := uint64(n)
	if n < 0 {
		dst = append(dst, '-')
		u = -u
	}
	dst = append(dst, '$')
	whole := strconv.FormatUint(u/100, 10)
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, whole[i])
	}
	return append(dst, '.', byte('0'+u/10%10), byte('0'+u%10))
}
