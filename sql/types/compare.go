package types

import (
	"bytes"
	"strings"
)

// compareKind orders datums whose type has no codec, by their kind.
func compareKind(a, b Datum) int {
	switch a.k {
	case KindStr:
		return strings.Compare(a.Str(), b.Str())
	case KindBytes:
		return bytes.Compare(a.Bytes(), b.Bytes())
	case KindFloat:
		return CompareFloat(a.Float(), b.Float())
	case KindDecimal:
		return CompareNumericValues(a.Decimal(), b.Decimal())
	case KindArray:
		return compareArray(nil, a, b)
	case KindRecord:
		return compareRecord(RecordT, a, b)
	case KindInterval:
		return CompareIntervals(a.Interval(), b.Interval())
	}
	return cmpInt(a.n, b.n)
}
