package rowcodec

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/ferritedb/ferrite/sql/types"
)

// Codes of payloads; see doc.go. On disk: never renumbered.
const (
	codeFalse    = 0
	codeTrue     = 1
	codeInt      = 2
	codeFloat64  = 3
	codeFloat32  = 4
	codeBytes    = 5
	codeDecimal  = 6
	codeInterval = 7
	codeArray    = 8
	codeRecord   = 9
	codeOther    = 10
	codeNull     = 15 // within arrays and records only
)

// nestingMax bounds arrays and records within each other.
const nestingMax = 64

func bytesAsString(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// codeOf is the code that d is stored under.
func codeOf(d types.Datum) byte {
	switch d.Kind() {
	case types.KindNull:
		return codeNull
	case types.KindBool:
		if d.Bool() {
			return codeTrue
		}
		return codeFalse
	case types.KindInt:
		return codeInt
	case types.KindFloat:
		f := d.Float()
		if math.Float64bits(float64(float32(f))) == math.Float64bits(f) {
			return codeFloat32
		}
		return codeFloat64
	case types.KindStr, types.KindBytes:
		return codeBytes
	case types.KindDecimal:
		return codeDecimal
	case types.KindInterval:
		return codeInterval
	case types.KindArray:
		return codeArray
	case types.KindRecord:
		return codeRecord
	}
	return codeOther
}

// appendPayload appends the payload of d under code.
func appendPayload(dst []byte, code byte, d types.Datum, t *types.T) ([]byte, error) {
	switch code {
	case codeFalse, codeTrue, codeNull:
		return dst, nil
	case codeInt:
		return binary.AppendVarint(dst, d.Int()), nil
	case codeFloat64:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(d.Float())), nil
	case codeFloat32:
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(d.Float()))), nil
	case codeBytes:
		if d.Kind() == types.KindStr {
			s := d.Str()
			return append(binary.AppendUvarint(dst, uint64(len(s))), s...), nil
		}
		b := d.Bytes()
		return append(binary.AppendUvarint(dst, uint64(len(b))), b...), nil
	}
	return appendLong(dst, code, d, t)
}

// appendLong appends the payloads whose length is known only afterwards.
func appendLong(dst []byte, code byte, d types.Datum, t *types.T) ([]byte, error) {
	var scratch [64]byte
	body := scratch[:0]
	var err error
	t = t.Underlying()
	switch code {
	case codeDecimal:
		v := d.Decimal()
		form := byte(v.Form) << 1
		if v.Negative {
			form |= 1
		}
		body = binary.AppendVarint(append(body, form), int64(v.Exponent))
		body = append(body, v.Coeff.Bytes()...)
	case codeInterval:
		v := d.Interval()
		body = binary.AppendVarint(body, v.Micros)
		body = binary.AppendVarint(body, int64(v.Days))
		body = binary.AppendVarint(body, int64(v.Months))
	case codeArray:
		body, err = appendArray(body, d.Array(), t)
	case codeRecord:
		body, err = appendRecord(body, d.Record())
	default:
		body, err = appendOther(body, d, t)
	}
	if err != nil {
		return dst, err
	}
	return append(binary.AppendUvarint(dst, uint64(len(body))), body...), nil
}

// appendArray: dimensions uvarint, { size uvarint, lower varint } *, then the
// elements, each a code and its payload.
func appendArray(dst []byte, a *types.Array, t *types.T) ([]byte, error) {
	elem := a.Elem
	if elem == nil {
		elem = t.Elem
	}
	dst = binary.AppendUvarint(dst, uint64(len(a.Dims)))
	for i, n := range a.Dims {
		lower := int32(1)
		if i < len(a.Lower) {
			lower = a.Lower[i]
		}
		dst = binary.AppendUvarint(dst, uint64(uint32(n)))
		dst = binary.AppendVarint(dst, int64(lower))
	}
	return appendElems(dst, a.Elems, func(int) *types.T { return elem })
}

// appendRecord: the fields, each a code and its payload.
func appendRecord(dst []byte, r *types.Record) ([]byte, error) {
	return appendElems(dst, r.Fields, func(i int) *types.T { return r.Types[i] })
}

func appendElems(dst []byte, elems []types.Datum, typeOf func(int) *types.T) ([]byte, error) {
	var err error
	for i, e := range elems {
		code := codeOf(e)
		if dst, err = appendPayload(append(dst, code), code, e, typeOf(i)); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// skipPayload returns what follows a payload.
func skipPayload(b []byte, code byte) ([]byte, error) {
	switch code {
	case codeFalse, codeTrue, codeNull:
		return b, nil
	case codeInt:
		for i, c := range b {
			if c < 0x80 {
				return b[i+1:], nil
			}
		}
		return nil, errCorrupt("short integer")
	case codeFloat64:
		return skipBytes(b, 8)
	case codeFloat32:
		return skipBytes(b, 4)
	}
	_, rest, err := takeLong(b, code)
	return rest, err
}

// takeLong splits a payload with a length from what follows it.
func takeLong(b []byte, code byte) (body, rest []byte, err error) {
	if code > codeOther {
		return nil, nil, errCorrupt("unknown code")
	}
	n, w := binary.Uvarint(b)
	if w <= 0 || n > uint64(len(b)-w) {
		return nil, nil, errCorrupt("short value")
	}
	return b[w : w+int(n)], b[w+int(n):], nil
}

// readPayload reads a payload as a value of type t.
func readPayload(b []byte, code byte, t *types.T, a *Arena, depth int) (types.Datum, []byte, error) {
	t = t.Underlying()
	switch code {
	case codeNull:
		return types.Null, b, nil
	case codeFalse, codeTrue:
		return types.MakeBool(code == codeTrue), b, wantKind(t, types.KindBool)
	case codeInt:
		n, w := binary.Varint(b)
		if w <= 0 {
			return types.Null, nil, errCorrupt("bad integer")
		}
		return types.MakeInt(n), b[w:], wantKind(t, types.KindInt)
	case codeFloat64:
		if len(b) < 8 {
			return types.Null, nil, errCorrupt("short float")
		}
		f := math.Float64frombits(binary.LittleEndian.Uint64(b))
		return types.MakeFloat(f), b[8:], wantKind(t, types.KindFloat)
	case codeFloat32:
		if len(b) < 4 {
			return types.Null, nil, errCorrupt("short float")
		}
		f := math.Float32frombits(binary.LittleEndian.Uint32(b))
		return types.MakeFloat(float64(f)), b[4:], wantKind(t, types.KindFloat)
	}
	body, rest, err := takeLong(b, code)
	if err != nil {
		return types.Null, nil, err
	}
	d, err := readLong(body, code, t, a, depth)
	return d, rest, err
}

func wantKind(t *types.T, k types.Kind) error {
	if t.Kind != k {
		return errCorrupt("value is not of type " + t.Name)
	}
	return nil
}

func readLong(body []byte, code byte, t *types.T, a *Arena, depth int) (types.Datum, error) {
	switch {
	case code == codeBytes && t.Kind == types.KindStr:
		return types.MakeStr(a.String(body)), nil
	case code == codeBytes && t.Kind == types.KindBytes:
		return types.MakeBytes(a.Bytes(body)), nil
	case code == codeDecimal && t.Kind == types.KindDecimal:
		return readDecimal(body)
	case code == codeInterval && t.Kind == types.KindInterval:
		return readInterval(body)
	case code == codeArray && t.Kind == types.KindArray:
		return readArray(body, t, a, depth+1)
	case code == codeRecord && t.Kind == types.KindRecord:
		return readRecord(body, t, a, depth+1)
	case code == codeOther && t.Kind == types.KindOther:
		return readOther(body, t)
	}
	return types.Null, errCorrupt("value is not of type " + t.Name)
}

func readDecimal(b []byte) (types.Datum, error) {
	if len(b) < 2 || b[0]>>1 > 3 {
		return types.Null, errCorrupt("bad numeric")
	}
	exp, w := binary.Varint(b[1:])
	if w <= 0 || int64(int32(exp)) != exp {
		return types.Null, errCorrupt("bad numeric exponent")
	}
	v := newOf(types.Null.Decimal())
	setForm(&v.Form, b[0]>>1)
	v.Negative, v.Exponent = b[0]&1 != 0, int32(exp)
	v.Coeff.SetBytes(b[1+w:])
	return types.MakeDecimal(v), nil
}

// newOf and setForm make and fill an *apd.Decimal by inference: that module is
// imported by sql/types alone.
func newOf[E any](*E) *E { return new(E) }

func setForm[F ~int8](f *F, v byte) { *f = F(v) }

func readInterval(b []byte) (types.Datum, error) {
	var v [3]int64
	for i := range v {
		n, w := binary.Varint(b)
		if w <= 0 {
			return types.Null, errCorrupt("bad interval")
		}
		v[i], b = n, b[w:]
	}
	return types.MakeInterval(types.Interval{Micros: v[0], Days: int32(v[1]), Months: int32(v[2])}), nil
}

func readArray(b []byte, t *types.T, a *Arena, depth int) (types.Datum, error) {
	n, w := binary.Uvarint(b)
	if w <= 0 || n > 6 || t.Elem == nil {
		return types.Null, errCorrupt("bad array")
	}
	b = b[w:]
	v := &types.Array{Elem: t.Elem}
	want := uint64(1)
	for range n {
		size, w := binary.Uvarint(b)
		if w <= 0 || size > math.MaxInt32 {
			return types.Null, errCorrupt("bad array size")
		}
		b = b[w:]
		lower, w := binary.Varint(b)
		if w <= 0 {
			return types.Null, errCorrupt("bad array bound")
		}
		b = b[w:]
		v.Dims, v.Lower = append(v.Dims, int32(size)), append(v.Lower, int32(lower))
		if want *= size; want > uint64(len(b)) {
			return types.Null, errCorrupt("array is shorter than its size")
		}
	}
	if n == 0 {
		want = 0
	}
	elems, err := readElems(b, a, depth, func(i int) *types.T { return t.Elem })
	if err == nil && uint64(len(elems)) != want {
		err = errCorrupt("array does not have its size")
	}
	v.Elems = elems
	return types.MakeArray(v), err
}

func readRecord(b []byte, t *types.T, a *Arena, depth int) (types.Datum, error) {
	fields, err := readElems(b, a, depth, func(i int) *types.T {
		if i < len(t.Fields) {
			return t.Fields[i].Type
		}
		return nil
	})
	if err != nil {
		return types.Null, err
	}
	v := &types.Record{Fields: fields}
	for i := range t.Fields {
		v.Types = append(v.Types, t.Fields[i].Type)
		if i >= len(fields) { // attribute added later
			v.Fields = append(v.Fields, types.Null)
		}
	}
	return types.MakeRecord(v), nil
}

func readElems(b []byte, a *Arena, depth int, typeOf func(int) *types.T) ([]types.Datum, error) {
	if depth > nestingMax {
		return nil, errCorrupt("nested too deeply")
	}
	var out []types.Datum
	for len(b) > 0 {
		t := typeOf(len(out))
		if t == nil {
			return nil, errCorrupt("too many fields")
		}
		d, rest, err := readPayload(b[1:], b[0], t, a, depth)
		if err != nil {
			return nil, err
		}
		out, b = append(out, d), rest
	}
	return out, nil
}

// appendOther appends the type's binary form (PostgreSQL's typsend).
func appendOther(dst []byte, d types.Datum, t *types.T) ([]byte, error) {
	return types.AppendBinary(dst, d, t), nil
}

func readOther(b []byte, t *types.T) (types.Datum, error) {
	d, err := types.DecodeBinary(t, b)
	if err != nil {
		return types.Null, errCorrupt("bad value of type " + t.Name)
	}
	return d, nil
}
