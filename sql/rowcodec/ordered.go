package rowcodec

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strings"

	"github.com/ferritedb/ferrite/kv/enc"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// errCorrupt is the error of bytes that break the format in doc.go.
func errCorrupt(what string) error {
	return pgerr.Newf(pgerr.DataCorrupted, "stored row is damaged: %s", what)
}

const oidBpchar types.OID = 1042

// AppendOrdered appends d, which is not NULL and of type t, so that bytes order
// as values do.
func AppendOrdered(dst []byte, d types.Datum, t *types.T) ([]byte, error) {
	return appendOrdered(dst, d, t.Underlying(), enc.Ascending, catalog.KeyFormat)
}

// appendOrdered appends in a direction and a format of keys.
func appendOrdered(dst []byte, d types.Datum, t *types.T, dir enc.Direction, format uint8) ([]byte, error) {
	if format == catalog.KeyFormatOld && reordered(t) {
		return appendOrderedOld(dst, d, t, dir)
	}
	switch d.Kind() {
	case types.KindBool:
		return enc.AppendBool(dst, d.Bool(), dir), nil
	case types.KindInt:
		n := d.Int()
		if unsigned(t) {
			n ^= math.MinInt64
		}
		return enc.AppendInt(dst, n, dir), nil
	case types.KindFloat:
		return enc.AppendFloat64(dst, d.Float(), dir), nil
	case types.KindStr:
		return appendOrderedStr(dst, d.Str(), t, dir)
	case types.KindBytes:
		if isInet(t) {
			var room [64]byte
			return enc.AppendBytes(dst, appendInetForm(room[:0], d.Bytes()), dir), nil
		}
		return enc.AppendBytes(dst, d.Bytes(), dir), nil
	case types.KindDecimal:
		return appendOrderedDecimal(dst, d, dir), nil
	case types.KindInterval:
		hi, lo := intervalSpan(d.Interval())
		return enc.AppendInt128(dst, hi, lo, dir), nil
	case types.KindOther:
		var room [64]byte
		b, err := appendForm(room[:0], d, t)
		if err != nil {
			return dst, err
		}
		return enc.AppendBytes(dst, b, dir), nil
	}
	n := len(dst)
	var err error
	switch d.Kind() {
	case types.KindArray:
		dst, err = appendOrderedArray(dst, d.Array(), t)
	case types.KindRecord:
		dst, err = appendOrderedRecord(dst, d.Record())
	default:
		err = pgerr.Newf(pgerr.InternalError, "value of type %s has no key form", t.Name)
	}
	if dir == enc.Descending {
		invert(dst[n:])
	}
	return dst, err
}

func appendOrderedStr(dst []byte, s string, t *types.T, dir enc.Direction) ([]byte, error) {
	if t.Typtype == 'e' {
		for i, l := range t.Labels {
			if l == s {
				return enc.AppendInt(dst, int64(i), dir), nil
			}
		}
		return dst, pgerr.Newf(pgerr.InvalidTextRepresentation, "invalid input value for enum %s: \"%s\"", t.Name, s)
	}
	switch t.OID {
	case oidBpchar:
		s = strings.TrimRight(s, " ")
	case oidJSONB:
		var room [128]byte
		b, err := appendJSONForm(room[:0], types.JSONBTree(types.MakeStr(s)), true)
		return enc.AppendBytes(dst, b, dir), err
	}
	return enc.AppendString(dst, s, dir), nil
}

func appendOrderedDecimal(dst []byte, d types.Datum, dir enc.Direction) []byte {
	v := d.Decimal()
	out := enc.Decimal{Negative: v.Negative, Exponent: int64(v.Exponent)}
	var room [40]byte
	switch {
	case v.Form > decimalInfinite:
		out.Form = enc.NaN
	case v.Form == decimalInfinite:
		out.Form = enc.Infinite
	default:
		out.Digits = v.Coeff.Append(room[:0], 10)
	}
	return enc.AppendDecimal(dst, out, dir)
}

// decimalInfinite is apd.Infinite; the forms above it are NaNs.
const decimalInfinite = 1

// intervalSpan is PostgreSQL's comparison value: microseconds, with a month of 30
// days and a day of 24 hours, in 128 bits.
func intervalSpan(v types.Interval) (hi int64, lo uint64) {
	const dayMicros = 86400 * 1000000
	days := int64(v.Months)*30 + int64(v.Days)
	neg := days < 0
	u := uint64(days)
	if neg {
		u = -u
	}
	h, l := bits.Mul64(u, dayMicros)
	if neg {
		var borrow uint64
		l, borrow = bits.Sub64(0, l, 0)
		h, _ = bits.Sub64(0, h, borrow)
	}
	l, carry := bits.Add64(l, uint64(v.Micros), 0)
	h, _ = bits.Add64(h, uint64(v.Micros>>63), carry)
	return int64(h), l
}

const (
	elemEnd   = 0x00
	elemValue = 0x01
	elemNull  = 0x02 // NULL elements sort last, as PostgreSQL's array_cmp has it
)

func appendOrderedArray(dst []byte, a *types.Array, t *types.T) ([]byte, error) {
	elem := a.Elem
	if elem == nil {
		elem = t.Elem
	}
	var err error
	for _, e := range a.Elems {
		if e.IsNull() {
			dst = append(dst, elemNull)
			continue
		}
		if dst, err = AppendOrdered(append(dst, elemValue), e, elem); err != nil {
			return dst, err
		}
	}
	dst = append(dst, elemEnd, byte(len(a.Dims)))
	for _, n := range a.Dims {
		dst = binary.BigEndian.AppendUint32(dst, uint32(n))
	}
	for i := range a.Dims {
		var lower int32 = 1
		if i < len(a.Lower) {
			lower = a.Lower[i]
		}
		dst = binary.BigEndian.AppendUint32(dst, uint32(lower)^1<<31)
	}
	return dst, nil
}

func appendOrderedRecord(dst []byte, r *types.Record) ([]byte, error) {
	var err error
	for i, f := range r.Fields {
		if f.IsNull() {
			dst = append(dst, elemNull)
			continue
		}
		if dst, err = AppendOrdered(append(dst, elemValue), f, r.Types[i]); err != nil {
			return dst, err
		}
	}
	return append(dst, elemEnd), nil
}

// inKey tells that the ordered form gives the value back unchanged, so that it
// need not stand in the row's value too.
func inKey(t *types.T, format uint8) bool {
	t = t.Underlying()
	switch t.Kind {
	case types.KindBool, types.KindInt, types.KindBytes:
		return true
	case types.KindStr:
		return t.OID != oidBpchar && (t.OID != oidJSONB || format == catalog.KeyFormatOld)
	}
	return false
}

func invert(b []byte) {
	for i := range b {
		b[i] = ^b[i]
	}
}
