package types

import (
	"encoding/binary"
	"math"
	"strings"
)

// Shape is a geometric value: point, lseg, path, box, polygon, line or circle,
// as its coordinates in order (a circle: centre and radius; a line: A, B, C).
type Shape struct {
	Coords string // 8 bytes big-endian each, so that shapes can be compared
	Closed bool   // of a path
}

// MakeShape makes a geometric datum.
func MakeShape(coords []float64, closed bool) Datum {
	b := make([]byte, 0, 8*len(coords))
	for _, f := range coords {
		b = binary.BigEndian.AppendUint64(b, math.Float64bits(f))
	}
	return MakeOther(Shape{string(b), closed})
}

// ShapeCoords takes a geometric datum apart.
func ShapeCoords(d Datum) (coords []float64, closed bool) {
	s := d.Other().(Shape)
	for b := []byte(s.Coords); len(b) > 0; b = b[8:] {
		coords = append(coords, math.Float64frombits(binary.BigEndian.Uint64(b)))
	}
	return coords, s.Closed
}

func parseGeo(t *T, _ int32, s string, _ *IOContext) (Datum, error) {
	w := trimSpace(s)
	fields := strings.FieldsFunc(w, func(r rune) bool { return strings.ContainsRune("()[]{}<>, \t\n", r) })
	coords := make([]float64, len(fields))
	for i, f := range fields {
		n, err := ParseFloat(f, 64)
		if err != nil {
			return Null, errSyntax(t.Name, s)
		}
		coords[i] = n
	}
	balanced := strings.Count(w, "(") == strings.Count(w, ")") && strings.Count(w, "[") == strings.Count(w, "]") &&
		strings.Count(w, "{") == strings.Count(w, "}") && strings.Count(w, "<") == strings.Count(w, ">")
	want := map[OID]int{600: 2, 601: 4, 603: 4, 628: 3, 718: 3}[t.OID]
	if !balanced || len(coords) == 0 || want > 0 && len(coords) != want || want == 0 && len(coords)%2 != 0 ||
		t.OID == 718 && coords[2] < 0 {
		return Null, errSyntax(t.Name, s)
	}
	if t.OID == Box.OID { // upper right corner first
		x1, y1, x2, y2 := coords[0], coords[1], coords[2], coords[3]
		coords = []float64{max(x1, x2), max(y1, y2), min(x1, x2), min(y1, y2)}
	}
	return MakeShape(coords, t.OID == Path.OID && !strings.HasPrefix(w, "[")), nil
}

func textGeo(dst []byte, d Datum, t *T, c *IOContext) []byte {
	f, closed := ShapeCoords(d)
	num := func(v float64) { dst = appendFloat(dst, v, 64, c.FloatDigits+1) }
	points := func(f []float64) {
		for i := 0; i+1 < len(f); i += 2 {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, '(')
			num(f[i])
			dst = append(dst, ',')
			num(f[i+1])
			dst = append(dst, ')')
		}
	}
	wrap := func(open, end byte) {
		dst = append(dst, open)
		points(f)
		dst = append(dst, end)
	}
	switch t.OID {
	case Point.OID, Box.OID:
		points(f)
	case Lseg.OID:
		wrap('[', ']')
	case Path.OID:
		if closed {
			wrap('(', ')')
		} else {
			wrap('[', ']')
		}
	case Polygon.OID:
		wrap('(', ')')
	case Circle.OID:
		dst = append(dst, '<')
		points(f[:2])
		dst = append(dst, ',')
		num(f[2])
		dst = append(dst, '>')
	case Line.OID:
		dst = append(dst, '{')
		num(f[0])
		dst = append(dst, ',')
		num(f[1])
		dst = append(dst, ',')
		num(f[2])
		dst = append(dst, '}')
	}
	return dst
}

func decodeGeo(t *T, b []byte) (Datum, error) {
	closed := false
	if t.OID == Path.OID && len(b) > 0 {
		closed, b = b[0] != 0, b[1:]
	}
	if t.OID == Path.OID || t.OID == Polygon.OID {
		if len(b) < 4 || int(binary.BigEndian.Uint32(b))*16 != len(b)-4 {
			return Null, errBinaryLength()
		}
		b = b[4:]
	} else if len(b) != int(t.Len) {
		return Null, errBinaryLength()
	}
	return MakeOther(Shape{string(b), closed}), nil
}

func encodeGeo(dst []byte, d Datum, t *T) []byte {
	s := d.Other().(Shape)
	if t.OID == Path.OID {
		if s.Closed {
			dst = append(dst, 1)
		} else {
			dst = append(dst, 0)
		}
	}
	if t.OID == Path.OID || t.OID == Polygon.OID {
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(s.Coords)/16))
	}
	return append(dst, s.Coords...)
}

func compareGeo(_ *T, a, b Datum) int {
	return strings.Compare(a.Other().(Shape).Coords, b.Other().(Shape).Coords)
}
