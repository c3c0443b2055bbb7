package types

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// CastTo converts d from one type to another and applies the typmod (-1: none).
// explicit tells CAST and :: from assignments: they cut what is too long.
// Whether the cast is allowed is FindCast's matter; a pair without a conversion
// goes through text. NULL stays NULL. Domain constraints are not checked here.
func CastTo(d Datum, from, to *T, mod int32, explicit bool, c *IOContext) (Datum, error) {
	if d.IsNull() {
		return d, nil
	}
	from = from.Underlying()
	for to.Typtype == 'd' && to.Base != nil {
		mod = domainMod(to, mod)
		to = to.Base
	}
	if from.OID == dynOID && !to.IsString() {
		return castDyn(d, to, mod, c.orDefault())
	}
	if to.OID == Bit.OID && mod > 0 && from.IsInteger() {
		return IntToBits(d.n, int(mod)), nil
	}
	out, err := convert(d, from, to, mod, explicit, c.orDefault())
	if err != nil || mod < 0 || out.IsNull() {
		return out, err
	}
	return ApplyTypmod(out, to, mod, explicit)
}

// castDyn takes a field's text as the type asked.
func castDyn(d Datum, to *T, mod int32, c *IOContext) (Datum, error) {
	out, err := Parse(to, mod, d.Str(), c)
	if err == nil {
		return out, nil
	}
	if c.Lenient {
		return Null, nil
	}
	return Null, DynError(d.Str(), to)
}

// DynError is the error of a dyn value that cannot be taken as a type. The
// evaluator adds the key and the field to its detail.
func DynError(text string, to *T) error {
	return pgerr.Newf(pgerr.InvalidTextRepresentation, "invalid input syntax for type %s: \"%s\"", FormatType(to, -1), text).
		WithHint("SET ferrite.lenient_dyn = on makes such fields NULL.")
}

// ApplyTypmod coerces a value to the modifier of its own type.
func ApplyTypmod(d Datum, t *T, mod int32, explicit bool) (Datum, error) {
	if mod < 0 || d.IsNull() {
		return d, nil
	}
	switch t.OID {
	case Varchar.OID, Bpchar.OID:
		s, err := fitVarchar(t, mod, d.Str(), explicit)
		return MakeStr(s), err
	case Bit.OID, Varbit.OID:
		s, err := fitBits(t, mod, string(d.Other().(BitString)), explicit)
		return MakeOther(BitString(s)), err
	case Numeric.OID:
		v, err := applyNumericMod(d.Decimal(), mod)
		if err != nil {
			return Null, err
		}
		return MakeDecimal(v), nil
	case Time.OID:
		return MakeInt(roundMicros(d.Int(), mod)), nil
	case Timestamp.OID, Timestamptz.OID:
		return MakeInt(roundStamp(d.Int(), mod)), nil
	case Timetz.OID:
		v := d.Other().(TimeTZ)
		v.Micros = roundMicros(v.Micros, mod)
		return MakeOther(v), nil
	case IntervalT.OID:
		return MakeInterval(applyIntervalMod(d.Interval(), mod)), nil
	}
	if !t.IsArray() {
		return d, nil
	}
	return mapArray(d, t, func(e Datum) (Datum, error) { return ApplyTypmod(e, t.Elem, mod, explicit) })
}

// mapArray makes an array of type t with every element that is not NULL changed.
func mapArray(d Datum, t *T, f func(Datum) (Datum, error)) (Datum, error) {
	in := d.Array()
	out := &Array{Elem: t.Elem, Dims: in.Dims, Lower: in.Lower, Elems: make([]Datum, len(in.Elems))}
	for i, e := range in.Elems {
		if e.IsNull() {
			continue
		}
		v, err := f(e)
		if err != nil {
			return Null, err
		}
		out.Elems[i] = v
	}
	return MakeArray(out), nil
}

func convert(d Datum, from, to *T, mod int32, explicit bool, c *IOContext) (Datum, error) {
	if from.Is(to) {
		return d, nil
	}
	if to.IsString() {
		return toString(d, from, to, c), nil
	}
	if f, ok := castFuncs[castKey{from.OID, to.OID}]; ok {
		return f(d, to, c)
	}
	switch {
	case from.IsString():
		s := d.Str()
		if from.OID == Bpchar.OID {
			s = strings.TrimRight(s, " ")
		}
		if explicit && (to.OID == Bit.OID || to.OID == Varbit.OID) {
			mod = -1
		}
		return Parse(to, mod, s, c)
	case from.IsReg() && to.IsReg():
		return d, nil
	case numberKind(from) && numberKind(to):
		return convertNumber(d, from, to)
	case from.IsArray() && to.IsArray() && to.Elem != nil:
		if from.Elem == nil {
			from = ArrayOf(d.Array().Elem)
		}
		out, err := mapArray(d, to, func(e Datum) (Datum, error) {
			return CastTo(e, from.Elem, to.Elem, -1, explicit, c)
		})
		return out, err
	case from.IsComposite() && to.IsComposite():
		return convertRecord(d, from, to, explicit, c)
	case from.IsRange() && to.IsMultirange():
		return MakeMultirange(to, []*Range{RangeOf(d)}), nil
	case from.Kind == to.Kind && (BinaryCoercible(from, to) || to.Typtype == 'p'):
		return d, nil
	case to.OID == JSONB.OID || to.OID == XML.OID || from.OID == Unknown.OID:
		return Parse(to, -1, Format(d, from, c), c)
	}
	if from.Kind == to.Kind && (to.Kind == KindStr || from.OID == Xid8.OID) {
		return d, nil
	}
	return Parse(to, -1, Format(d, from, c), c)
}

func convertRecord(d Datum, from, to *T, explicit bool, c *IOContext) (Datum, error) {
	in := d.Record()
	if to.OID == RecordT.OID {
		return d, nil
	}
	if len(in.Fields) != len(to.Fields) {
		e := pgerr.Newf(pgerr.CannotCoerce, "cannot cast type %s to %s", FormatType(from, -1), FormatType(to, -1))
		if len(in.Fields) < len(to.Fields) {
			return Null, e.WithDetail("Input has too few columns.")
		}
		return Null, e.WithDetail("Input has too many columns.")
	}
	out := &Record{Types: make([]*T, len(to.Fields)), Fields: make([]Datum, len(to.Fields))}
	for i, f := range to.Fields {
		v, err := CastTo(in.Fields[i], fieldType(from, in, i), f.Type, f.Mod, explicit, c)
		if err != nil {
			return Null, err
		}
		out.Types[i], out.Fields[i] = f.Type, v
	}
	return MakeRecord(out), nil
}

// toString is the text of d as a string type: the output function, except where
// PostgreSQL has a cast function of its own.
func toString(d Datum, from, to *T, c *IOContext) Datum {
	var s string
	switch from.OID {
	case Text.OID, Varchar.OID, Name.OID, Unknown.OID, dynOID, Cstring.OID:
		s = d.Str()
	case Bpchar.OID:
		if s = d.Str(); to.OID != Bpchar.OID {
			s = strings.TrimRight(s, " ")
		}
	case Bool.OID:
		s = "false"
		if d.Bool() {
			s = "true"
		}
	case Inet.OID:
		s = Format(d, Inet, c)
		if !strings.Contains(s, "/") {
			_, bits := InetParts(d)
			s += "/" + itoa(bits)
		}
	default:
		s = string(AppendText(nil, d, from, c))
	}
	if to.OID == Name.OID {
		s = TruncateName(s)
	}
	return MakeStr(s)
}
