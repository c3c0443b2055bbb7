package types

import (
	"time"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// DateOrder is the second part of DateStyle: how ambiguous dates are read.
type DateOrder uint8

// The date orders.
const (
	OrderMDY DateOrder = iota
	OrderDMY
	OrderYMD
)

// DateStyle is the first part of DateStyle: how dates are written.
type DateStyle uint8

// The date styles.
const (
	DateISO DateStyle = iota
	DateSQL
	DatePostgres
	DateGerman
)

// IntervalStyle is the setting of that name.
type IntervalStyle uint8

// The interval styles.
const (
	IntervalPostgres IntervalStyle = iota
	IntervalPostgresVerbose
	IntervalSQLStandard
	IntervalISO8601
)

// IOContext holds the settings that text input and output depend on. A nil
// *IOContext means the defaults: UTC, ISO MDY, postgres intervals,
// extra_float_digits 1, hex bytea.
type IOContext struct {
	Location *time.Location // nil: UTC
	// Now is the time of the transaction, for the inputs now, today, tomorrow.
	Now           time.Time
	DateStyle     DateStyle
	DateOrder     DateOrder
	IntervalStyle IntervalStyle
	// FloatDigits is extra_float_digits minus its default of 1.
	FloatDigits int
	ByteaEscape bool // bytea_output = escape
	// Names resolves the reg… types; nil: numbers and regtype of built-ins only.
	Names Names
	// Stored tells that the text was written when what it names was resolved: the
	// text of a default, a view, a check.
	Stored bool
	// Lenient makes a dyn value that cannot be taken as the asked type NULL.
	Lenient bool
	// Budget bounds what parsing holds and how deep it nests; nil: not.
	Budget *budget.Run
}

// Names gives the names behind the OIDs of reg… types. kind is the reg type.
type Names interface {
	// RegName is the name shown for oid; ok is false where there is none.
	RegName(kind *T, oid OID) (name string, ok bool)
	// RegOID finds a name as typed by the user (quoting, schema); the error is
	// the user's (42P01, 42883, 42704 …; 42501 for a schema that the user may not
	// look into, unless stored tells that the name was resolved before).
	RegOID(kind *T, name string, stored bool) (OID, error)
}

var defaultIO = &IOContext{}

func (c *IOContext) orDefault() *IOContext {
	if c == nil {
		return defaultIO
	}
	return c
}

// Loc is the session's time zone.
func (c *IOContext) Loc() *time.Location {
	if c == nil || c.Location == nil {
		return time.UTC
	}
	return c.Location
}

// Parse reads the text form of a value of type t and applies typmod mod (-1:
// none) as an assignment would: too long strings fail with 22001.
func Parse(t *T, mod int32, text string, c *IOContext) (Datum, error) {
	io := codecOf(t)
	if io == nil || io.parse == nil {
		return Null, pgerr.Newf(pgerr.FeatureNotSupported, "cannot accept a value of type %s", FormatType(t, -1))
	}
	return io.parse(t, mod, text, c.orDefault())
}

// AppendText appends the text form of d, which is not NULL.
func AppendText(dst []byte, d Datum, t *T, c *IOContext) []byte {
	io := codecOf(t)
	if io == nil || io.text == nil {
		return dst
	}
	return io.text(dst, d, t, c.orDefault())
}

// Format is AppendText as a string; "" for NULL.
func Format(d Datum, t *T, c *IOContext) string {
	if d.IsNull() {
		return ""
	}
	if d.k == KindStr && (t.OID == Text.OID || t.OID == Varchar.OID) {
		return d.Str()
	}
	return string(AppendText(nil, d, t, c))
}

// DecodeBinary reads PostgreSQL's binary form (typreceive). The datum does not
// keep b. Errors are 22P03.
func DecodeBinary(t *T, b []byte) (Datum, error) {
	io := codecOf(t)
	if io == nil || io.decode == nil {
		return Null, pgerr.Newf(pgerr.UndefinedFunction, "no binary input function available for type %s", FormatType(t, -1))
	}
	return io.decode(t, b)
}

// AppendBinary appends PostgreSQL's binary form (typsend) of d, not NULL.
func AppendBinary(dst []byte, d Datum, t *T) []byte {
	io := codecOf(t)
	if io == nil || io.encode == nil {
		return AppendText(dst, d, t, nil)
	}
	return io.encode(dst, d, t)
}

// Compare orders two values of type t that are not NULL as PostgreSQL's default
// btree class does. Strings compare bytewise: the collation is C.UTF-8.
// NULLs sort last and are equal, as they do within arrays and records.
func Compare(t *T, a, b Datum) int {
	switch {
	case a.k == KindNull && b.k == KindNull:
		return 0
	case a.k == KindNull:
		return 1
	case b.k == KindNull:
		return -1
	}
	if io := codecOf(t); io != nil && io.compare != nil {
		return io.compare(t, a, b)
	}
	return compareKind(a, b)
}

// Equal is Compare = 0, with a short cut for strings of unequal length.
func Equal(t *T, a, b Datum) bool {
	if a.k == KindStr && b.k == KindStr && a.n != b.n && t.OID != 1042 && t.OID != 3802 {
		return false
	}
	return Compare(t, a, b) == 0
}

// HasOrder tells whether t has a default btree class (can be sorted, grouped,
// DISTINCT): not json, xml, point and other shapes.
func HasOrder(t *T) bool {
	t = t.Underlying()
	switch t.OID {
	case JSON.OID, XML.OID, Point.OID, Lseg.OID, Path.OID, Box.OID, Polygon.OID, Line.OID,
		Circle.OID, Xid.OID, Cid.OID, Aclitem.OID, JSONPath.OID, PgSnapshot.OID, TxidSnap.OID,
		Refcursor.OID, PgNodeTree.OID:
		return false
	}
	if t.Typtype == 'p' && t.OID != RecordT.OID && t.OID != Unknown.OID && t.OID != Anyarray.OID {
		return false
	}
	if t.IsArray() {
		return HasOrder(t.Elem)
	}
	for _, f := range t.Fields {
		if !HasOrder(f.Type) {
			return false
		}
	}
	return true
}

// HasEquality tells whether t has an = operator that DISTINCT and hashing use.
func HasEquality(t *T) bool {
	switch t.Underlying().OID {
	case Xid.OID, Cid.OID, Aclitem.OID:
		return true
	}
	return HasOrder(t)
}
