package types

import (
	"math"
	"strconv"

	"github.com/cockroachdb/apd/v3"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

func numberKind(t *T) bool {
	switch t.OID {
	case Int2.OID, Int4.OID, Int8.OID, Float4.OID, Float8.OID, Numeric.OID:
		return true
	}
	return t.IsReg()
}

func convertNumber(d Datum, from, to *T) (Datum, error) {
	switch to.Kind {
	case KindInt:
		n, err := toInt(d, to)
		if err != nil {
			return Null, err
		}
		return intAs(n, from, to)
	case KindFloat:
		f, err := ToFloat(d)
		if err != nil {
			return Null, err
		}
		if to.OID == Float4.OID {
			return FloatToReal(f)
		}
		return MakeFloat(f), nil
	}
	switch d.k {
	case KindInt:
		return MakeDecimal(apd.New(d.n, 0)), nil
	case KindFloat:
		digits := 15
		if from.OID == Float4.OID {
			digits = 6
		}
		return FloatToNumeric(d.Float(), digits)
	}
	return d, nil
}

// FloatToReal rounds to float4; overflow and underflow are 22003.
func FloatToReal(f float64) (Datum, error) {
	r := float64(float32(f))
	if math.IsInf(r, 0) && !math.IsInf(f, 0) {
		return Null, pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: overflow")
	}
	if r == 0 && f != 0 {
		return Null, pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: underflow")
	}
	return MakeFloat(r), nil
}

// FloatToNumeric is the numeric of f's digits significant digits.
func FloatToNumeric(f float64, digits int) (Datum, error) {
	switch {
	case math.IsNaN(f):
		return MakeDecimal(&apd.Decimal{Form: apd.NaN}), nil
	case math.IsInf(f, 0):
		return MakeDecimal(&apd.Decimal{Form: apd.Infinite, Negative: f < 0}), nil
	}
	v, err := ParseNumeric(string(appendG(nil, f, digits, 64)))
	if err != nil {
		return Null, err
	}
	return MakeDecimal(v), nil
}

// ToFloat is an int, float or numeric datum as a float64.
func ToFloat(d Datum) (float64, error) {
	switch d.k {
	case KindInt:
		return float64(d.n), nil
	case KindFloat:
		return d.Float(), nil
	}
	return NumericToFloat(d.Decimal())
}

// NumericToFloat rounds a numeric; overflow is 22003.
func NumericToFloat(v *apd.Decimal) (float64, error) {
	switch {
	case v.Form == apd.NaN:
		return math.NaN(), nil
	case v.Form == apd.Infinite && v.Negative:
		return math.Inf(-1), nil
	case v.Form == apd.Infinite:
		return math.Inf(1), nil
	}
	text := string(AppendNumeric(nil, v))
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, pgerr.Newf(pgerr.NumericValueOutOfRange, "\"%s\" is out of range for type double precision", text)
	}
	return f, nil
}

// ToNumeric is an int, float or numeric datum as a numeric.
func ToNumeric(d Datum) *apd.Decimal {
	switch d.k {
	case KindInt:
		return apd.New(d.n, 0)
	case KindFloat:
		if v, err := FloatToNumeric(d.Float(), 15); err == nil {
			return v.Decimal()
		}
		return &apd.Decimal{Form: apd.NaN}
	}
	return d.Decimal()
}

// toInt rounds to an int64; to names the type in errors.
func toInt(d Datum, to *T) (int64, error) {
	switch d.k {
	case KindInt:
		return d.n, nil
	case KindFloat:
		f := math.RoundToEven(d.Float())
		if math.IsNaN(f) || f < -9223372036854775808 || f >= 9223372036854775808 {
			return 0, errOverflow(FormatType(to, -1))
		}
		return int64(f), nil
	}
	v := d.Decimal()
	if v.Form == apd.NaN {
		return 0, pgerr.Newf(pgerr.FeatureNotSupported, "cannot convert NaN to %s", FormatType(to, -1))
	}
	if v.Form == apd.Infinite {
		return 0, pgerr.Newf(pgerr.FeatureNotSupported, "cannot convert infinity to %s", FormatType(to, -1))
	}
	r := RoundNumeric(new(apd.Decimal).Set(v), 0)
	n, err := r.Int64()
	if err != nil {
		return 0, errOverflow(FormatType(to, -1))
	}
	return n, nil
}

func intAs(n int64, from, to *T) (Datum, error) {
	lo, hi := int64(math.MinInt64), int64(math.MaxInt64)
	switch {
	case to.OID == Int2.OID:
		lo, hi = math.MinInt16, math.MaxInt16
	case to.OID == Int4.OID && from.IsReg():
		n = int64(int32(n))
	case to.OID == Int4.OID:
		lo, hi = math.MinInt32, math.MaxInt32
	case to.IsReg() && (from.OID == Int4.OID || from.OID == Int2.OID):
		n = int64(uint32(n))
	case to.IsReg():
		if n < 0 || n > math.MaxUint32 {
			return Null, pgerr.New(pgerr.NumericValueOutOfRange, "OID out of range")
		}
	}
	if n < lo || n > hi {
		return Null, errOverflow(FormatType(to, -1))
	}
	return MakeInt(n), nil
}
