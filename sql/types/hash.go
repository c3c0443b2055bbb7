package types

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// Hash mixes d into seed so that values that are Equal within one family hash
// alike: the integer types; float4 and float8; numeric of any scale; the string
// types (char(n) without its padding). It is not PostgreSQL's hash and not kept
// on disk. NULL hashes to a value of its own.
func Hash(t *T, seed uint64, d Datum) uint64 {
	t = t.Underlying()
	switch d.k {
	case KindNull:
		return mix(seed, 0x9e3779b97f4a7c15)
	case KindBool, KindInt:
		return mix(seed, uint64(d.n))
	case KindFloat:
		return mix(seed, floatBits(d.Float()))
	case KindStr:
		s := d.Str()
		switch t.OID {
		case 1042:
			s = strings.TrimRight(s, " ")
		case 3802:
			return hashJSON(seed, JSONBTree(d))
		}
		return HashString(seed, s)
	case KindBytes:
		if t.OID == 869 || t.OID == 650 {
			b := d.Bytes()
			return HashString(mix(seed, uint64(b[0])<<8|uint64(b[1])), string(b[4:]))
		}
		return HashString(seed, string(d.Bytes()))
	case KindDecimal:
		return hashNumeric(seed, d.Decimal())
	case KindInterval:
		days, us := d.Interval().spanDays()
		return mix(mix(seed, uint64(days)), uint64(us))
	case KindArray:
		a := d.Array()
		for _, e := range a.Elems {
			seed = Hash(a.Elem, seed, e)
		}
		return mix(seed, uint64(len(a.Elems)))
	case KindRecord:
		r := d.Record()
		for i, f := range r.Fields {
			seed = Hash(fieldType(t, r, i), seed, f)
		}
		return mix(seed, uint64(len(r.Fields)))
	}
	return hashOther(t, seed, d)
}

// hashJSON hashes what CompareJSON compares: 1 and 1.0 alike.
func hashJSON(seed uint64, v *JSONValue) uint64 {
	seed = mix(seed, uint64(v.Kind))
	switch v.Kind {
	case JSONString:
		return HashString(seed, v.Str)
	case JSONNumber:
		if n, err := ParseNumeric(v.Str); err == nil {
			return hashNumeric(seed, n)
		}
	case JSONBool:
		if v.Bool {
			return mix(seed, 1)
		}
	}
	for i, e := range v.Elems {
		if v.Kind == JSONObject {
			seed = HashString(seed, v.Keys[i])
		}
		seed = hashJSON(seed, e)
	}
	return mix(seed, uint64(len(v.Elems)))
}

func hashOther(t *T, seed uint64, d Datum) uint64 {
	switch v := d.Other().(type) {
	case TimeTZ:
		return mix(mix(seed, uint64(v.Micros)), uint64(v.West))
	case BitString:
		return HashString(seed, string(v))
	case *Range:
		return hashRange(t, seed, v)
	case Multirange:
		for _, r := range v {
			seed = hashRange(t.Elem, seed, r)
		}
		return mix(seed, uint64(len(v)))
	case Shape:
		return HashString(seed, v.Coords)
	}
	return mix(seed, 1)
}

func hashRange(t *T, seed uint64, r *Range) uint64 {
	if r.Empty {
		return mix(seed, 7)
	}
	return Hash(t.Elem, Hash(t.Elem, seed, r.Lower), r.Upper)
}

func floatBits(f float64) uint64 {
	switch {
	case f == 0:
		return 0
	case f != f:
		return math.MaxUint64
	}
	return math.Float64bits(f)
}

// hashNumeric hashes the value without trailing zeros of its fraction.
func hashNumeric(seed uint64, v *apd.Decimal) uint64 {
	if v.Form != apd.Finite {
		n := uint64(v.Form) << 1
		if v.Negative && v.Form == apd.Infinite {
			n++
		}
		return mix(seed, n)
	}
	r := reduced(v)
	seed = mix(seed, uint64(r.Exponent))
	if r.Negative {
		seed = mix(seed, 1)
	}
	if r.Coeff.IsUint64() {
		return mix(seed, r.Coeff.Uint64())
	}
	return HashString(seed, string(r.Coeff.Append(nil, 16)))
}

// mix is one round of a multiply-fold hash (wyhash's mum).
func mix(seed, v uint64) uint64 {
	hi, lo := bits.Mul64(seed^0xa0761d6478bd642f, v^0xe7037ed1a0b428db)
	return hi ^ lo ^ bits.RotateLeft64(v, 32)
}

// HashString mixes the bytes of s into seed.
func HashString(seed uint64, s string) uint64 {
	h := mix(seed, uint64(len(s)))
	for len(s) >= 8 {
		h = mix(h, uint64(s[0])|uint64(s[1])<<8|uint64(s[2])<<16|uint64(s[3])<<24|
			uint64(s[4])<<32|uint64(s[5])<<40|uint64(s[6])<<48|uint64(s[7])<<56)
		s = s[8:]
	}
	if len(s) > 0 {
		var tail [8]byte
		copy(tail[:], s)
		h = mix(h, binary.LittleEndian.Uint64(tail[:]))
	}
	return h
}
