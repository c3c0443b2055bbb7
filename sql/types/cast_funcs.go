package types

import (
	"math"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

type castFunc func(d Datum, to *T, c *IOContext) (Datum, error)

// castFuncs are the conversions that are neither textual nor between numbers.
var castFuncs map[castKey]castFunc

func addCast(from, to *T, f castFunc) { castFuncs[castKey{from.OID, to.OID}] = f }

func init() {
	castFuncs = map[castKey]castFunc{}
	addCast(Bool, Int4, func(d Datum, _ *T, _ *IOContext) (Datum, error) { return MakeInt(d.n), nil })
	addCast(Int4, Bool, func(d Datum, _ *T, _ *IOContext) (Datum, error) { return MakeBool(d.n != 0), nil })
	addCast(Char, Int4, func(d Datum, _ *T, _ *IOContext) (Datum, error) { return MakeInt(int64(int8(d.n))), nil })
	addCast(Int4, Char, func(d Datum, _ *T, _ *IOContext) (Datum, error) {
		if d.n < -128 || d.n > 127 {
			return Null, pgerr.New(pgerr.NumericValueOutOfRange, "\"char\" out of range")
		}
		return MakeInt(int64(byte(d.n))), nil
	})
	addTimeCasts()
	addJSONCasts()
	addMoneyCasts()
	addBitCasts()
	addCast(Inet, Cidr, func(d Datum, _ *T, _ *IOContext) (Datum, error) {
		addr, bits := InetParts(d)
		p, _ := addr.Prefix(bits)
		return MakeInet(p.Addr(), bits, true), nil
	})
	addCast(Cidr, Inet, func(d Datum, _ *T, _ *IOContext) (Datum, error) {
		addr, bits := InetParts(d)
		return MakeInet(addr, bits, false), nil
	})
	addCast(Macaddr, Macaddr8, func(d Datum, _ *T, _ *IOContext) (Datum, error) {
		b := d.Bytes()
		return MakeBytes([]byte{b[0], b[1], b[2], 0xff, 0xfe, b[3], b[4], b[5]}), nil
	})
	addCast(Macaddr8, Macaddr, func(d Datum, _ *T, _ *IOContext) (Datum, error) {
		b := d.Bytes()
		if b[3] != 0xff || b[4] != 0xfe {
			return Null, pgerr.New(pgerr.NumericValueOutOfRange, "macaddr8 data out of range to convert to macaddr").
				WithHint("Only addresses that have FF and FE as values in the 4th and 5th bytes from the left, for example xx:xx:xx:ff:fe:xx:xx:xx, are eligible to be converted from macaddr8 to macaddr.")
		}
		return MakeBytes([]byte{b[0], b[1], b[2], b[5], b[6], b[7]}), nil
	})
	addCast(Xid8, Xid, func(d Datum, _ *T, _ *IOContext) (Datum, error) { return MakeInt(int64(uint32(d.n))), nil })
}

func addTimeCasts() {
	addCast(Date, Timestamp, func(d Datum, _ *T, _ *IOContext) (Datum, error) {
		us, err := DateToTimestamp(d.n)
		return MakeInt(us), err
	})
	addCast(Date, Timestamptz, func(d Datum, _ *T, c *IOContext) (Datum, error) {
		us, err := DateToTimestamp(d.n)
		if err == nil {
			us, err = LocalToUTC(us, c.Loc())
		}
		return MakeInt(us), err
	})
	addCast(Timestamp, Date, func(d Datum, _ *T, _ *IOContext) (Datum, error) { return MakeInt(TimestampToDate(d.n)), nil })
	addCast(Timestamptz, Date, func(d Datum, _ *T, c *IOContext) (Datum, error) {
		return MakeInt(TimestampToDate(UTCToLocal(d.n, c.Loc()))), nil
	})
	addCast(Timestamp, Timestamptz, func(d Datum, _ *T, c *IOContext) (Datum, error) {
		us, err := LocalToUTC(d.n, c.Loc())
		return MakeInt(us), err
	})
	addCast(Timestamptz, Timestamp, func(d Datum, _ *T, c *IOContext) (Datum, error) {
		return MakeInt(UTCToLocal(d.n, c.Loc())), nil
	})
	clock := func(us int64) Datum {
		if !TimestampFinite(us) {
			return Null
		}
		_, t := SplitMicros(us)
		return MakeInt(t)
	}
	addCast(Timestamp, Time, func(d Datum, _ *T, _ *IOContext) (Datum, error) { return clock(d.n), nil })
	addCast(Timestamptz, Time, func(d Datum, _ *T, c *IOContext) (Datum, error) {
		return clock(UTCToLocal(d.n, c.Loc())), nil
	})
	addCast(Timestamptz, Timetz, func(d Datum, _ *T, c *IOContext) (Datum, error) {
		if !TimestampFinite(d.n) {
			return Null, nil
		}
		_, t := SplitMicros(UTCToLocal(d.n, c.Loc()))
		return MakeOther(TimeTZ{t, -int32(OffsetAt(d.n, c.Loc()))}), nil
	})
	addCast(Time, IntervalT, func(d Datum, _ *T, _ *IOContext) (Datum, error) {
		return MakeInterval(Interval{Micros: d.n}), nil
	})
	addCast(IntervalT, Time, func(d Datum, _ *T, _ *IOContext) (Datum, error) {
		_, t := SplitMicros(d.Interval().Micros)
		return MakeInt(t), nil
	})
	addCast(Time, Timetz, func(d Datum, _ *T, c *IOContext) (Datum, error) {
		return MakeOther(TimeTZ{d.n, -int32(OffsetAt(FromTime(c.Now), c.Loc()))}), nil
	})
	addCast(Timetz, Time, func(d Datum, _ *T, _ *IOContext) (Datum, error) {
		return MakeInt(d.Other().(TimeTZ).Micros), nil
	})
}

func addJSONCasts() {
	addCast(JSON, JSONB, func(d Datum, to *T, c *IOContext) (Datum, error) { return parseJSONB(to, -1, d.Str(), c) })
	addCast(JSONB, JSON, func(d Datum, _ *T, _ *IOContext) (Datum, error) { return d, nil })
	for _, t := range []*T{Bool, Int2, Int4, Int8, Float4, Float8, Numeric} {
		addCast(JSONB, t, castJSONBScalar)
	}
}

func castJSONBScalar(d Datum, to *T, _ *IOContext) (Datum, error) {
	v := JSONBTree(d)
	if v.Kind == JSONBool && to.OID == Bool.OID {
		return MakeBool(v.Bool), nil
	}
	if v.Kind == JSONNumber && to.OID != Bool.OID {
		n, err := ParseNumeric(v.Str)
		if err != nil {
			return Null, err
		}
		return convertNumber(MakeDecimal(n), Numeric, to)
	}
	kind := map[JSONKind]string{JSONNull: "null", JSONBool: "boolean", JSONNumber: "numeric",
		JSONString: "string", JSONArray: "array", JSONObject: "object"}[v.Kind]
	return Null, pgerr.Newf(pgerr.InvalidParameterValue, "cannot cast jsonb %s to type %s", kind, FormatType(to, -1))
}

func addMoneyCasts() {
	fromInt := func(d Datum, _ *T, _ *IOContext) (Datum, error) {
		if d.n > math.MaxInt64/100 || d.n < math.MinInt64/100 {
			return Null, errOverflow("bigint")
		}
		return MakeInt(d.n * 100), nil
	}
	addCast(Int4, Money, fromInt)
	addCast(Int8, Money, fromInt)
	addCast(Numeric, Money, func(d Datum, _ *T, _ *IOContext) (Datum, error) {
		v := new(apd.Decimal).Set(d.Decimal())
		if v.Form != apd.Finite {
			_, err := toInt(d, Money)
			return Null, err
		}
		RoundNumeric(v, 2)
		n, err := apd.NewWithBigInt(&v.Coeff, 0).Int64()
		if err != nil {
			return Null, errOverflow("bigint")
		}
		if v.Negative {
			n = -n
		}
		return MakeInt(n), nil
	})
	addCast(Money, Numeric, func(d Datum, _ *T, _ *IOContext) (Datum, error) { return MakeDecimal(apd.New(d.n, -2)), nil })
}

func addBitCasts() {
	toBits := func(width int) castFunc {
		return func(d Datum, _ *T, _ *IOContext) (Datum, error) {
			return MakeOther(BitString(bitsOf(uint64(d.n), width))), nil
		}
	}
	addCast(Int4, Bit, toBits(32))
	addCast(Int8, Bit, toBits(64))
	fromBits := func(width int, name string) castFunc {
		return func(d Datum, _ *T, _ *IOContext) (Datum, error) {
			s := string(d.Other().(BitString))
			if len(s) > width {
				return Null, pgerr.Newf(pgerr.NumericValueOutOfRange, "%s out of range", name)
			}
			var u uint64
			for i := range len(s) {
				u = u<<1 | uint64(s[i]-'0')
			}
			if width == 32 {
				return MakeInt(int64(int32(uint32(u)))), nil
			}
			return MakeInt(int64(u)), nil
		}
	}
	addCast(Bit, Int4, fromBits(32, "integer"))
	addCast(Bit, Int8, fromBits(64, "bigint"))
}

// IntToBits is an integer as bit(n) by an explicit cast: the low n bits, with
// the sign repeated on the left.
func IntToBits(v int64, n int) Datum {
	if n <= 64 {
		return MakeOther(BitString(bitsOf(uint64(v), n)))
	}
	fill := "0"
	if v < 0 {
		fill = "1"
	}
	return MakeOther(BitString(strings.Repeat(fill, n-64) + bitsOf(uint64(v), 64)))
}
