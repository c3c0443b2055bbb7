package types

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// Multirange is a sorted list of ranges that neither overlap nor touch.
type Multirange []*Range

// MakeMultirange sorts and merges ranges; t is the multirange type.
func MakeMultirange(t *T, ranges []*Range) Datum {
	elem := t.Elem.Elem
	in := slices.DeleteFunc(slices.Clone(ranges), func(r *Range) bool { return r.Empty })
	slices.SortFunc(in, func(a, b *Range) int { return CompareRanges(elem, a, b) })
	var out Multirange
	for _, r := range in {
		if n := len(out); n > 0 && touches(elem, out[n-1], r) {
			m := *out[n-1]
			if CompareUpper(elem, &m, r) < 0 {
				m.Upper, m.UpperInc, m.UpperInf = r.Upper, r.UpperInc, r.UpperInf
			}
			out[n-1] = &m
			continue
		}
		out = append(out, r)
	}
	return MakeOther(out)
}

// touches tells that b, which does not start before a, overlaps it or is next
// to it.
func touches(elem *T, a, b *Range) bool {
	if a.UpperInf || b.LowerInf {
		return true
	}
	c := Compare(elem, a.Upper, b.Lower)
	return c > 0 || c == 0 && (a.UpperInc || b.LowerInc)
}

func parseMultirange(t *T, _ int32, s string, c *IOContext) (Datum, error) {
	bad := func(detail string) error {
		return pgerr.Newf(pgerr.InvalidTextRepresentation, "malformed multirange literal: \"%s\"", s).WithDetail(detail)
	}
	w := trimSpace(s)
	if !strings.HasPrefix(w, "{") {
		return Null, bad("Missing left brace.")
	}
	w = trimSpace(w[1:])
	var ranges []*Range
	for !strings.HasPrefix(w, "}") {
		if len(ranges) > 0 {
			if !strings.HasPrefix(w, ",") {
				return Null, bad("Expected comma or end of multirange.")
			}
			w = trimSpace(w[1:])
		}
		if w == "" {
			return Null, bad("Unexpected end of input.")
		}
		if w[0] != '[' && w[0] != '(' && !strings.HasPrefix(strings.ToLower(w), "empty") {
			return Null, bad("Expected range start.")
		}
		d, rest, err := scanRange(t.Elem, w, s, c)
		if err != nil {
			return Null, err
		}
		ranges = append(ranges, RangeOf(d))
		w = trimSpace(rest)
	}
	if len(w) > 1 {
		return Null, bad("Junk after closing right brace.")
	}
	return MakeMultirange(t, ranges), nil
}

func textMultirange(dst []byte, d Datum, t *T, c *IOContext) []byte {
	dst = append(dst, '{')
	for i, r := range d.Other().(Multirange) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = textRange(dst, MakeOther(r), t.Elem, c)
	}
	return append(dst, '}')
}

func encodeMultirange(dst []byte, d Datum, t *T) []byte {
	m := d.Other().(Multirange)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(m)))
	for _, r := range m {
		dst = appendField(dst, MakeOther(r), t.Elem)
	}
	return dst
}

func decodeMultirange(t *T, b []byte) (Datum, error) {
	if len(b) < 4 {
		return Null, errBinaryLength()
	}
	n := binary.BigEndian.Uint32(b)
	b = b[4:]
	var ranges []*Range
	for range n {
		d, rest, err := takeField(b, t.Elem)
		if err != nil {
			return Null, err
		}
		if d.IsNull() {
			return Null, errBinaryLength()
		}
		ranges, b = append(ranges, RangeOf(d)), rest
	}
	return MakeMultirange(t, ranges), nil
}

func compareMultirange(t *T, x, y Datum) int {
	a, b := x.Other().(Multirange), y.Other().(Multirange)
	for i := range min(len(a), len(b)) {
		if c := CompareRanges(t.Elem.Elem, a[i], b[i]); c != 0 {
			return c
		}
	}
	return cmpInt(int64(len(a)), int64(len(b)))
}
