package rowcodec

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"

	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// Bytes of ordered text.
const (
	textEscape     = 0x00
	textEscaped00  = 0xff
	textTerminator = 0x01
)

// errCorrupt is the error of bytes that break the format in doc.go.
func errCorrupt(what string) error {
	return pgerr.Newf(pgerr.DataCorrupted, "stored row is damaged: %s", what)
}

const (
	oidBpchar types.OID = 1042
	signBit             = 1 << 63
)

// AppendOrdered appends d, which is not NULL and of type t, so that bytes order
// as values do.
func AppendOrdered(dst []byte, d types.Datum, t *types.T) ([]byte, error) {
	t = t.Underlying()
	switch d.Kind() {
	case types.KindBool:
		return append(dst, byte(d.Int())), nil
	case types.KindInt:
		return binary.BigEndian.AppendUint64(dst, uint64(d.Int())^signBit), nil
	case types.KindFloat:
		return appendOrderedFloat(dst, d.Float()), nil
	case types.KindStr:
		return appendOrderedStr(dst, d.Str(), t)
	case types.KindBytes:
		return appendOrderedBytes(dst, d.Bytes()), nil
	case types.KindDecimal:
		return appendOrderedDecimal(dst, d), nil
	case types.KindInterval:
		return appendOrderedInterval(dst, d.Interval()), nil
	case types.KindArray:
		return appendOrderedArray(dst, d.Array(), t)
	case types.KindRecord:
		return appendOrderedRecord(dst, d.Record())
	case types.KindOther:
		b, err := appendOther(nil, d, t)
		if err != nil {
			return dst, err
		}
		return appendOrderedBytes(dst, b), nil
	}
	return dst, pgerr.Newf(pgerr.InternalError, "value of type %s has no key form", t.Name)
}

func appendOrderedFloat(dst []byte, f float64) []byte {
	var u uint64
	switch {
	case f != f:
		u = math.MaxUint64
	case f == 0:
		u = signBit
	default:
		u = math.Float64bits(f)
		if u&signBit != 0 {
			u = ^u
		} else {
			u |= signBit
		}
	}
	return binary.BigEndian.AppendUint64(dst, u)
}

func appendOrderedStr(dst []byte, s string, t *types.T) ([]byte, error) {
	if t.Typtype == 'e' {
		for i, l := range t.Labels {
			if l == s {
				return binary.BigEndian.AppendUint32(dst, uint32(i)), nil
			}
		}
		return dst, pgerr.Newf(pgerr.InvalidTextRepresentation, "invalid input value for enum %s: \"%s\"", t.Name, s)
	}
	if t.OID == oidBpchar {
		s = strings.TrimRight(s, " ")
	}
	for {
		i := strings.IndexByte(s, textEscape)
		if i < 0 {
			break
		}
		dst = append(append(dst, s[:i]...), textEscape, textEscaped00)
		s = s[i+1:]
	}
	return append(append(dst, s...), textEscape, textTerminator), nil
}

func appendOrderedBytes(dst, b []byte) []byte {
	for {
		i := bytes.IndexByte(b, textEscape)
		if i < 0 {
			break
		}
		dst = append(append(dst, b[:i]...), textEscape, textEscaped00)
		b = b[i+1:]
	}
	return append(append(dst, b...), textEscape, textTerminator)
}

// appendOrderedInterval uses PostgreSQL's comparison value: a month is 30 days,
// a day 24 hours.
func appendOrderedInterval(dst []byte, v types.Interval) []byte {
	const dayMicros = 86400 * 1000000
	days := int64(v.Months)*30 + int64(v.Days) + v.Micros/dayMicros
	rest := v.Micros % dayMicros
	if rest < 0 {
		rest += dayMicros
		days--
	}
	dst = binary.BigEndian.AppendUint64(dst, uint64(days)^signBit)
	return binary.BigEndian.AppendUint64(dst, uint64(rest))
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
	for i, n := range a.Dims {
		dst = binary.BigEndian.AppendUint32(dst, uint32(n))
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
func inKey(t *types.T) bool {
	t = t.Underlying()
	switch t.Kind {
	case types.KindBool, types.KindInt, types.KindBytes:
		return true
	case types.KindStr:
		return t.OID != oidBpchar
	}
	return false
}

func invert(b []byte) {
	for i := range b {
		b[i] = ^b[i]
	}
}
