package types

import (
	"slices"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

func parseEnum(t *T, _ int32, s string, _ *IOContext) (Datum, error) {
	if i := slices.Index(t.Labels, s); i >= 0 {
		return MakeStr(t.Labels[i]), nil
	}
	return Null, pgerr.Newf(pgerr.InvalidTextRepresentation, "invalid input value for enum %s: \"%s\"", FormatType(t, -1), s)
}

func decodeEnum(t *T, b []byte) (Datum, error) { return parseEnum(t, -1, string(b), nil) }

// compareEnum orders by the position of the labels.
func compareEnum(t *T, a, b Datum) int {
	if a.Str() == b.Str() {
		return 0
	}
	return cmpInt(int64(slices.Index(t.Labels, a.Str())), int64(slices.Index(t.Labels, b.Str())))
}

// Domains are their base; their constraints are checked by the casts of the
// binder.
func domainMod(t *T, mod int32) int32 {
	if t.BaseMod >= 0 {
		return t.BaseMod
	}
	return mod
}

func parseDomain(t *T, mod int32, s string, c *IOContext) (Datum, error) {
	return Parse(t.Base, domainMod(t, mod), s, c)
}

func textDomain(dst []byte, d Datum, t *T, c *IOContext) []byte {
	return AppendText(dst, d, t.Base, c)
}

func decodeDomain(t *T, b []byte) (Datum, error) { return DecodeBinary(t.Base, b) }

func encodeDomain(dst []byte, d Datum, t *T) []byte { return AppendBinary(dst, d, t.Base) }

func compareDomain(t *T, a, b Datum) int { return Compare(t.Base, a, b) }
