package types

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// Range is a value of a range type. Immutable. A nil bound is written as Null
// with the Inf flag.
type Range struct {
	Lower, Upper       Datum
	LowerInc, UpperInc bool
	LowerInf, UpperInf bool
	Empty              bool
}

// EmptyRange is the range without points.
var EmptyRange = &Range{Empty: true}

// RangeOf takes a range datum apart.
func RangeOf(d Datum) *Range { return d.Other().(*Range) }

// MakeRange checks the bounds, brings discrete ranges to the form [) and makes
// the datum. NULL bounds are infinite.
func MakeRange(t *T, r Range) (Datum, error) {
	if r.Empty {
		return MakeOther(EmptyRange), nil
	}
	r.LowerInf, r.UpperInf = r.Lower.IsNull(), r.Upper.IsNull()
	r.LowerInc, r.UpperInc = r.LowerInc && !r.LowerInf, r.UpperInc && !r.UpperInf
	if !r.LowerInf && !r.UpperInf {
		if c := Compare(t.Elem, r.Lower, r.Upper); c > 0 {
			return Null, pgerr.New(pgerr.DataException, "range lower bound must be less than or equal to range upper bound")
		} else if c == 0 && !(r.LowerInc && r.UpperInc) {
			return MakeOther(EmptyRange), nil
		}
	}
	if step := discrete(t.Elem); step {
		if !r.LowerInf && !r.LowerInc && finiteBound(t.Elem, r.Lower) {
			n, err := nextBound(t.Elem, r.Lower)
			if err != nil {
				return Null, err
			}
			r.Lower, r.LowerInc = n, true
		}
		if !r.UpperInf && r.UpperInc && finiteBound(t.Elem, r.Upper) {
			n, err := nextBound(t.Elem, r.Upper)
			if err != nil {
				return Null, err
			}
			r.Upper, r.UpperInc = n, false
		}
		if !r.LowerInf && !r.UpperInf && r.LowerInc && !r.UpperInc && Compare(t.Elem, r.Lower, r.Upper) >= 0 {
			return MakeOther(EmptyRange), nil
		}
	}
	return MakeOther(&r), nil
}

func discrete(t *T) bool { return t.OID == Int4.OID || t.OID == Int8.OID || t.OID == Date.OID }

func finiteBound(t *T, d Datum) bool { return t.OID != Date.OID || DateFinite(d.Int()) }

func nextBound(t *T, d Datum) (Datum, error) {
	n := d.Int() + 1
	switch {
	case t.OID == Int4.OID && n > 1<<31-1:
		return Null, errOverflow("integer")
	case t.OID == Int8.OID && n < d.Int():
		return Null, errOverflow("bigint")
	case t.OID == Date.OID && !DateInRange(n):
		return Null, errOverflow("date")
	}
	return MakeInt(n), nil
}

func parseRange(t *T, _ int32, s string, c *IOContext) (Datum, error) {
	r, rest, err := scanRange(t, trimSpace(s), s, c)
	if err != nil {
		return Null, err
	}
	if trimSpace(rest) != "" {
		return Null, errRangeText(s, "Junk after right parenthesis or bracket.")
	}
	return r, nil
}

func errRangeText(s, detail string) error {
	return pgerr.Newf(pgerr.InvalidTextRepresentation, "malformed range literal: \"%s\"", s).WithDetail(detail)
}

// scanRange reads one range from the start of w and gives what follows.
func scanRange(t *T, w, src string, c *IOContext) (Datum, string, error) {
	if len(w) >= 5 && strings.EqualFold(w[:5], "empty") {
		return MakeOther(EmptyRange), w[5:], nil
	}
	if w == "" || w[0] != '[' && w[0] != '(' {
		return Null, "", errRangeText(src, "Missing left parenthesis or bracket.")
	}
	r := Range{LowerInc: w[0] == '['}
	lo, loNull, i, ok := rangeBound(w, 1)
	if !ok {
		return Null, "", errRangeText(src, "Unexpected end of input.")
	}
	if w[i] != ',' {
		return Null, "", errRangeText(src, "Missing comma after lower bound.")
	}
	hi, hiNull, j, ok := rangeBound(w, i+1)
	if !ok {
		return Null, "", errRangeText(src, "Unexpected end of input.")
	}
	if w[j] == ',' {
		return Null, "", errRangeText(src, "Too many commas.")
	}
	r.UpperInc = w[j] == ']'
	var err error
	if !loNull {
		if r.Lower, err = Parse(t.Elem, -1, lo, c); err != nil {
			return Null, "", err
		}
	}
	if !hiNull {
		if r.Upper, err = Parse(t.Elem, -1, hi, c); err != nil {
			return Null, "", err
		}
	}
	d, err := MakeRange(t, r)
	return d, w[j+1:], err
}

func rangeBound(s string, i int) (text string, null bool, end int, ok bool) {
	var b []byte
	inQuotes, quoted := false, false
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s):
			i++
			b = append(b, s[i])
		case c == '"' && inQuotes && i+1 < len(s) && s[i+1] == '"':
			i++
			b = append(b, '"')
		case c == '"':
			inQuotes, quoted = !inQuotes, true
		case !inQuotes && (c == ',' || c == ')' || c == ']'):
			return string(b), len(b) == 0 && !quoted, i, true
		default:
			b = append(b, c)
		}
	}
	return "", false, i, false
}

func textRange(dst []byte, d Datum, t *T, c *IOContext) []byte {
	r := RangeOf(d)
	if r.Empty {
		return append(dst, "empty"...)
	}
	open, end := byte('('), byte(')')
	if r.LowerInc {
		open = '['
	}
	if r.UpperInc {
		end = ']'
	}
	dst = append(dst, open)
	if !r.LowerInf {
		dst = appendBound(dst, r.Lower, t.Elem, c)
	}
	dst = append(dst, ',')
	if !r.UpperInf {
		dst = appendBound(dst, r.Upper, t.Elem, c)
	}
	return append(dst, end)
}

func appendBound(dst []byte, d Datum, t *T, c *IOContext) []byte {
	start := len(dst)
	dst = AppendText(dst, d, t, c)
	text := string(dst[start:])
	if text == "" || strings.ContainsAny(text, "\"\\()[], \t\n\r\v\f") {
		return appendQuoted(dst[:start], text, '"')
	}
	return dst
}

// Flags of the binary form (utils/rangetypes.h).
const (
	rangeFlagEmpty = 1
	rangeFlagLBInc = 2
	rangeFlagUBInc = 4
	rangeFlagLBInf = 8
	rangeFlagUBInf = 16
)

func encodeRange(dst []byte, d Datum, t *T) []byte {
	r := RangeOf(d)
	if r.Empty {
		return append(dst, rangeFlagEmpty)
	}
	flags := byte(0)
	for _, f := range []struct {
		on  bool
		bit byte
	}{{r.LowerInc, rangeFlagLBInc}, {r.UpperInc, rangeFlagUBInc}, {r.LowerInf, rangeFlagLBInf}, {r.UpperInf, rangeFlagUBInf}} {
		if f.on {
			flags |= f.bit
		}
	}
	dst = append(dst, flags)
	if !r.LowerInf {
		dst = appendField(dst, r.Lower, t.Elem)
	}
	if !r.UpperInf {
		dst = appendField(dst, r.Upper, t.Elem)
	}
	return dst
}

func decodeRange(t *T, b []byte) (Datum, error) {
	if len(b) == 0 {
		return Null, errBinaryLength()
	}
	flags := b[0]
	b = b[1:]
	r := Range{Empty: flags&rangeFlagEmpty != 0, LowerInc: flags&rangeFlagLBInc != 0, UpperInc: flags&rangeFlagUBInc != 0}
	var err error
	if !r.Empty && flags&rangeFlagLBInf == 0 {
		if r.Lower, b, err = takeField(b, t.Elem); err != nil {
			return Null, err
		}
	}
	if !r.Empty && flags&rangeFlagUBInf == 0 {
		if r.Upper, _, err = takeField(b, t.Elem); err != nil {
			return Null, err
		}
	}
	return MakeRange(t, r)
}

// CompareLower and CompareUpper order the bounds of two ranges that are not
// empty; elem is the subtype.
func CompareLower(elem *T, a, b *Range) int {
	switch {
	case a.LowerInf && b.LowerInf:
		return 0
	case a.LowerInf:
		return -1
	case b.LowerInf:
		return 1
	}
	if c := Compare(elem, a.Lower, b.Lower); c != 0 || a.LowerInc == b.LowerInc {
		return c
	}
	if a.LowerInc {
		return -1
	}
	return 1
}

// CompareUpper: see CompareLower.
func CompareUpper(elem *T, a, b *Range) int {
	switch {
	case a.UpperInf && b.UpperInf:
		return 0
	case a.UpperInf:
		return 1
	case b.UpperInf:
		return -1
	}
	if c := Compare(elem, a.Upper, b.Upper); c != 0 || a.UpperInc == b.UpperInc {
		return c
	}
	if a.UpperInc {
		return 1
	}
	return -1
}

func compareRange(t *T, x, y Datum) int { return CompareRanges(t.Elem, RangeOf(x), RangeOf(y)) }

// CompareRanges orders ranges by lower, then by upper bound; empty ones first.
func CompareRanges(elem *T, a, b *Range) int {
	switch {
	case a.Empty && b.Empty:
		return 0
	case a.Empty:
		return -1
	case b.Empty:
		return 1
	}
	if c := CompareLower(elem, a, b); c != 0 {
		return c
	}
	return CompareUpper(elem, a, b)
}
