package types

import (
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// Limits of type modifiers, as in PostgreSQL.
const (
	varcharLengthMax    = 10485760 // characters
	bitLengthMax        = 83886080 // bits
	numericPrecisionMax = 1000     // digits
	numericScaleMin     = -1000
	numericScaleMax     = 1000
	timePrecisionMax    = 6 // digits of a second
	varHeader           = 4 // VARHDRSZ, part of the typmods of strings and numerics
)

// EncodeTypmod turns the arguments written after a type name into its typmod
// (typmodin). No arguments give -1, but 1 for character and bit: pass bare true
// where the SQL name was char, character or bit without arguments.
func EncodeTypmod(t *T, args []int64) (int32, error) {
	if t.IsArray() {
		t = t.Elem
	}
	if len(args) == 0 {
		return -1, nil
	}
	name := FormatType(t, -1)
	switch t.OID {
	case Varchar.OID, Bpchar.OID:
		if len(args) != 1 {
			return 0, pgerr.New(pgerr.InvalidParameterValue, "invalid type modifier")
		}
		n := args[0]
		short := map[OID]string{Varchar.OID: "varchar", Bpchar.OID: "char"}[t.OID]
		if n < 1 {
			return 0, pgerr.Newf(pgerr.InvalidParameterValue, "length for type %s must be at least 1", short)
		}
		if n > varcharLengthMax {
			return 0, pgerr.Newf(pgerr.InvalidParameterValue, "length for type %s cannot exceed %d", short, varcharLengthMax)
		}
		return int32(n) + varHeader, nil
	case Bit.OID, Varbit.OID:
		if len(args) != 1 {
			return 0, pgerr.New(pgerr.InvalidParameterValue, "invalid type modifier")
		}
		if args[0] < 1 {
			return 0, pgerr.Newf(pgerr.InvalidParameterValue, "length for type %s must be at least 1", t.Name)
		}
		if args[0] > bitLengthMax {
			return 0, pgerr.Newf(pgerr.InvalidParameterValue, "length for type %s cannot exceed %d", t.Name, bitLengthMax)
		}
		return int32(args[0]), nil
	case Numeric.OID:
		return numericTypmod(args)
	case Time.OID, Timetz.OID, Timestamp.OID, Timestamptz.OID:
		if len(args) != 1 {
			return 0, pgerr.New(pgerr.InvalidParameterValue, "invalid type modifier")
		}
		kind, tz := "TIMESTAMP", ""
		if t.OID == Time.OID || t.OID == Timetz.OID {
			kind = "TIME"
		}
		if t.OID == Timetz.OID || t.OID == Timestamptz.OID {
			tz = " WITH TIME ZONE"
		}
		if args[0] < 0 {
			return 0, pgerr.Newf(pgerr.InvalidParameterValue, "%s(%d)%s precision must not be negative", kind, args[0], tz)
		}
		return int32(min(args[0], timePrecisionMax)), nil
	case IntervalT.OID:
		return IntervalTypmod("", int(args[0]))
	}
	return 0, pgerr.Newf(pgerr.SyntaxError, "type modifier is not allowed for type \"%s\"", name)
}

func numericTypmod(args []int64) (int32, error) {
	if len(args) > 2 {
		return 0, pgerr.New(pgerr.InvalidParameterValue, "invalid NUMERIC type modifier")
	}
	p, s := args[0], int64(0)
	if len(args) == 2 {
		s = args[1]
	}
	if p < 1 || p > numericPrecisionMax {
		return 0, pgerr.Newf(pgerr.InvalidParameterValue, "NUMERIC precision %d must be between 1 and %d", p, numericPrecisionMax)
	}
	if s < numericScaleMin || s > numericScaleMax {
		return 0, pgerr.Newf(pgerr.InvalidParameterValue, "NUMERIC scale %d must be between %d and %d", s, numericScaleMin, numericScaleMax)
	}
	return int32(p)<<16 | int32(s)&0x7ff + varHeader, nil
}

// NumericPrecScale takes a numeric typmod apart.
func NumericPrecScale(mod int32) (precision, scale int) {
	m := mod - varHeader
	return int(m>>16) & 0xffff, int((m&0x7ff)^1024) - 1024
}

// intervalFields are the field restrictions with PostgreSQL's masks
// (INTERVAL_MASK of utils/datetime.h: month 1, year 2, day 3, hour 10, minute 11,
// second 12).
var intervalFields = []struct {
	name string
	mask int32
}{
	{"year", 1 << 2}, {"month", 1 << 1}, {"day", 1 << 3}, {"hour", 1 << 10}, {"minute", 1 << 11},
	{"second", 1 << 12}, {"year to month", 1<<2 | 1<<1}, {"day to hour", 1<<3 | 1<<10},
	{"day to minute", 1<<3 | 1<<10 | 1<<11}, {"day to second", 1<<3 | 1<<10 | 1<<11 | 1<<12},
	{"hour to minute", 1<<10 | 1<<11}, {"hour to second", 1<<10 | 1<<11 | 1<<12},
	{"minute to second", 1<<11 | 1<<12},
}

const (
	intervalFullRange     = 0x7fff
	intervalFullPrecision = 0xffff
)

// IntervalTypmod makes the typmod of INTERVAL fields (precision). fields is
// empty or like "day to second"; precision is -1 where it was not written.
func IntervalTypmod(fields string, precision int) (int32, error) {
	if fields == "" && precision < 0 {
		return -1, nil
	}
	mask, prec := int32(intervalFullRange), int32(intervalFullPrecision)
	if fields != "" {
		mask = 0
		for _, f := range intervalFields {
			if f.name == strings.ToLower(fields) {
				mask = f.mask
			}
		}
		if mask == 0 {
			return 0, pgerr.New(pgerr.InvalidParameterValue, "invalid INTERVAL type modifier")
		}
	}
	if precision >= 0 {
		prec = int32(min(precision, timePrecisionMax))
	}
	return prec | mask<<16, nil
}

// typmodText is typmodout: what follows the type's name.
func typmodText(t *T, mod int32) string {
	if mod < 0 {
		return ""
	}
	switch t.OID {
	case Varchar.OID, Bpchar.OID:
		if mod > varHeader {
			return "(" + strconv.Itoa(int(mod-varHeader)) + ")"
		}
	case Bit.OID, Varbit.OID, Time.OID, Timestamp.OID, Timetz.OID, Timestamptz.OID:
		return "(" + strconv.Itoa(int(mod)) + ")"
	case Numeric.OID:
		p, s := NumericPrecScale(mod)
		return "(" + strconv.Itoa(p) + "," + strconv.Itoa(s) + ")"
	case IntervalT.OID:
		out := ""
		for _, f := range intervalFields {
			if f.mask == (mod>>16)&0x7fff {
				out = " " + f.name
			}
		}
		if mod&0xffff != intervalFullPrecision {
			out += "(" + strconv.Itoa(int(mod&0xffff)) + ")"
		}
		return out
	}
	return ""
}

// sqlNames are the names of format_type that differ from typname. {p} is where
// the typmod goes where that is not the end.
var sqlNames = map[OID]string{
	16: "boolean", 20: "bigint", 21: "smallint", 23: "integer", 700: "real", 701: "double precision",
	1042: "character", 1043: "character varying", 1562: "bit varying", 18: `"char"`,
	1083: "time{p} without time zone", 1266: "time{p} with time zone",
	1114: "timestamp{p} without time zone", 1184: "timestamp{p} with time zone",
}

// FormatType is format_type(t, mod) with mod -1 for "not given": the SQL name of
// a type as it stands in messages and DDL. Types outside pg_catalog and public
// are qualified.
func FormatType(t *T, mod int32) string {
	if t == nil {
		return "???"
	}
	if t.IsArray() && t.OID != Int2vector.OID && t.OID != Oidvector.OID && t.OID != Anyarray.OID && t.OID != Anycompatiblearray.OID {
		return FormatType(t.Elem, mod) + "[]"
	}
	if n, ok := sqlNames[t.OID]; ok {
		before, after, found := strings.Cut(n, "{p}")
		if found {
			return before + typmodText(t, mod) + after
		}
		return n + typmodText(t, mod)
	}
	name := t.Name
	if t.OID >= 16384 && t.OID < dynOID {
		name = QuoteIdent(name)
		if t.SchemaName != "" && t.SchemaName != "public" && t.SchemaName != "pg_catalog" {
			name = QuoteIdent(t.SchemaName) + "." + name
		}
	}
	if t.OID == Any.OID {
		return `"any"`
	}
	return name + typmodText(t, mod)
}
