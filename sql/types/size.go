package types

import (
	"bytes"
	"strings"
)

const (
	// DatumBytes is what a Datum takes without what it points to.
	DatumBytes = 24
	// allocBytes is the least that a value with an allocation of its own takes.
	allocBytes = 16
)

// Size is about how many bytes d holds beyond its slot.
func Size(d Datum) int64 {
	switch d.Kind() {
	case KindStr:
		return int64(len(d.Str()))
	case KindBytes:
		return int64(len(d.Bytes()))
	case KindDecimal:
		// apd.Decimal holds coefficients of 128 bits in place.
		if n := int64(d.Decimal().Coeff.BitLen() / 8); n > 16 {
			return 80 + n
		}
		return 48
	case KindInterval:
		return allocBytes
	case KindArray:
		a := d.Array()
		return 96 + 8*int64(len(a.Dims)) + SizeAll(a.Elems)
	case KindRecord:
		r := d.Record()
		return 48 + SizeAll(r.Fields) + 8*int64(len(r.Types))
	case KindOther:
		return otherSize(d)
	}
	return 0
}

// SizeAll is about how many bytes a list of datums holds, its slots included.
func SizeAll(ds []Datum) int64 {
	n := DatumBytes * int64(len(ds))
	for _, d := range ds {
		n += Size(d)
	}
	return n
}

func otherSize(d Datum) int64 {
	switch v := d.Other().(type) {
	case BitString:
		return 3*allocBytes + int64(len(v))
	case Shape:
		return 4*allocBytes + int64(len(v.Coords))
	case *Range:
		return 5*allocBytes + Size(v.Lower) + Size(v.Upper)
	case Multirange:
		n := int64(3 * allocBytes)
		for _, r := range v {
			n += 5*allocBytes + Size(r.Lower) + Size(r.Upper)
		}
		return n
	}
	return 3 * allocBytes
}

// Clone is d with strings and bytes in memory of their own: a datum that is kept
// for long keeps what was decoded beside it otherwise.
func Clone(d Datum) Datum {
	switch d.k {
	case KindStr:
		return MakeStr(strings.Clone(d.Str()))
	case KindBytes:
		return MakeBytes(bytes.Clone(d.Bytes()))
	}
	return d
}
