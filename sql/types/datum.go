package types

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/cockroachdb/apd/v3"
)

// Kind is the physical form of a Datum.
type Kind uint8

const (
	// KindNull is SQL NULL; the zero Datum.
	KindNull Kind = iota
	// KindBool: Bool.
	KindBool
	// KindInt: Int. int2, int4, int8, oid and the reg* types, "char" (one byte
	// value), date (days since 2000-01-01), time (microseconds of the day),
	// timestamp and timestamptz (microseconds since 2000-01-01 UTC; infinities
	// are the extreme int64), money (cents), xid, cid.
	KindInt
	// KindFloat: Float. float4 (held rounded to float32), float8.
	KindFloat
	// KindStr: Str. text, varchar, bpchar, name, enum labels, json, jsonb (its
	// canonical text), dyn, unknown, xml.
	KindStr
	// KindBytes: Bytes. bytea, uuid (16 bytes), inet/cidr/macaddr (binary form).
	KindBytes
	// KindDecimal: Decimal. numeric.
	KindDecimal
	// KindInterval: Interval.
	KindInterval
	// KindArray: Array.
	KindArray
	// KindRecord: Record. Rows and composite types.
	KindRecord
	// KindOther: Other, for types without a kind of their own (timetz, bit
	// strings, ranges, points): an immutable Go value.
	KindOther
)

// Datum is one SQL value or NULL.
type Datum struct {
	// p points to what does not fit n: string bytes, *apd.Decimal, *Interval,
	// *Array, *Record, *any, by kind.
	p unsafe.Pointer
	// n is the integer, the float's bits, the bool, or the string's length.
	n int64
	k Kind
}

// Null is SQL NULL.
var Null = Datum{}

// MakeBool makes a KindBool.
func MakeBool(b bool) Datum {
	d := Datum{k: KindBool}
	if b {
		d.n = 1
	}
	return d
}

// MakeInt makes a KindInt.
func MakeInt(n int64) Datum { return Datum{n: n, k: KindInt} }

// MakeFloat makes a KindFloat.
func MakeFloat(f float64) Datum { return Datum{n: int64(math.Float64bits(f)), k: KindFloat} }

// MakeStr makes a KindStr that keeps s alive.
func MakeStr(s string) Datum {
	return Datum{p: unsafe.Pointer(unsafe.StringData(s)), n: int64(len(s)), k: KindStr}
}

// MakeBytes makes a KindBytes; b must not change afterwards.
func MakeBytes(b []byte) Datum {
	return Datum{p: unsafe.Pointer(unsafe.SliceData(b)), n: int64(len(b)), k: KindBytes}
}

// MakeDecimal makes a KindDecimal; v must not change afterwards.
func MakeDecimal(v *apd.Decimal) Datum { return Datum{p: unsafe.Pointer(v), k: KindDecimal} }

// MakeInterval makes a KindInterval.
func MakeInterval(v Interval) Datum { return Datum{p: unsafe.Pointer(&v), k: KindInterval} }

// MakeArray makes a KindArray; v must not change afterwards.
func MakeArray(v *Array) Datum { return Datum{p: unsafe.Pointer(v), k: KindArray} }

// MakeRecord makes a KindRecord; v must not change afterwards.
func MakeRecord(v *Record) Datum { return Datum{p: unsafe.Pointer(v), k: KindRecord} }

// MakeOther makes a KindOther; v must be immutable.
func MakeOther(v any) Datum { return Datum{p: unsafe.Pointer(&v), k: KindOther} }

// Kind is the physical kind; KindNull for NULL.
func (d Datum) Kind() Kind { return d.k }

// IsNull tells NULL.
func (d Datum) IsNull() bool { return d.k == KindNull }

// Bool is the value of a KindBool.
func (d Datum) Bool() bool { return d.n != 0 }

// Int is the value of a KindInt.
func (d Datum) Int() int64 { return d.n }

// Float is the value of a KindFloat.
func (d Datum) Float() float64 { return math.Float64frombits(uint64(d.n)) }

// Str is the value of a KindStr.
func (d Datum) Str() string {
	if d.k != KindStr && d.p != nil {
		d.misread(KindStr)
	}
	return unsafe.String((*byte)(d.p), int(d.n))
}

// Bytes is the value of a KindBytes; the caller must not change it.
func (d Datum) Bytes() []byte {
	if d.k != KindBytes && d.p != nil {
		d.misread(KindBytes)
	}
	return unsafe.Slice((*byte)(d.p), int(d.n))
}

// Decimal is the value of a KindDecimal; the caller must not change it.
func (d Datum) Decimal() *apd.Decimal {
	if d.k != KindDecimal && d.p != nil {
		d.misread(KindDecimal)
	}
	return (*apd.Decimal)(d.p)
}

// Interval is the value of a KindInterval.
func (d Datum) Interval() Interval {
	if d.k != KindInterval && d.p != nil {
		d.misread(KindInterval)
	}
	return *(*Interval)(d.p)
}

// Array is the value of a KindArray; the caller must not change it.
func (d Datum) Array() *Array {
	if d.k != KindArray && d.p != nil {
		d.misread(KindArray)
	}
	return (*Array)(d.p)
}

// Record is the value of a KindRecord; the caller must not change it.
func (d Datum) Record() *Record {
	if d.k != KindRecord && d.p != nil {
		d.misread(KindRecord)
	}
	return (*Record)(d.p)
}

// Other is the value of a KindOther.
func (d Datum) Other() any {
	if d.k != KindOther && d.p != nil {
		d.misread(KindOther)
	}
	return *(*any)(d.p)
}

// misread ends the statement: a datum is read as what it is not, which is a defect
// of the caller. To go on would follow a pointer to something else.
//
//go:noinline
func (d Datum) misread(as Kind) {
	panic(fmt.Sprintf("datum of kind %d read as kind %d", d.k, as))
}

// Weight is the bytes of a string, the elements of an array; 0 for what is small.
func (d Datum) Weight() int {
	switch d.k {
	case KindStr, KindBytes:
		return int(d.n)
	case KindArray:
		return len(d.Array().Elems)
	}
	return 0
}

// Interval is PostgreSQL's: three fields that do not carry into each other.
type Interval struct {
	Micros int64
	Days   int32
	Months int32
}

// Array is a PostgreSQL array: elements in row-major order. Dims and Lower have
// one entry per dimension; both empty for an empty array.
type Array struct {
	Elem  *T
	Dims  []int32
	Lower []int32
	Elems []Datum
}

// Record is a row value; Types has one entry per field.
type Record struct {
	Types  []*T
	Fields []Datum
}
