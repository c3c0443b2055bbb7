package types

// aliases are the SQL spellings of types that differ from typname.
var aliases = map[string]*T{
	"boolean": Bool, "smallint": Int2, "int": Int4, "integer": Int4, "bigint": Int8,
	"real": Float4, "double precision": Float8, "float": Float8, "double": Float8,
	"decimal": Numeric, "dec": Numeric,
	"character varying": Varchar, "char varying": Varchar, "character": Bpchar, "char": Bpchar,
	"nchar": Bpchar, "national character": Bpchar, "national character varying": Varchar,
	"bit varying":                 Varbit,
	"timestamp without time zone": Timestamp, "timestamp with time zone": Timestamptz,
	"time without time zone": Time, "time with time zone": Timetz,
	"string": Text,
}

// ByOID finds a built-in type, arrays included.
func ByOID(oid OID) (*T, bool) {
	t, ok := byOID[oid]
	return t, ok
}

// ByName finds a built-in type by pg_type.typname (int4, _int4, timestamptz);
// "char" here is the one-byte type.
func ByName(name string) (*T, bool) {
	t, ok := byName[name]
	return t, ok
}

// BySQLName finds a built-in type by any spelling of SQL, in lower case and
// with single spaces: int, double precision, character varying, timestamp with
// time zone, and the typnames. char here is character(1)'s type.
func BySQLName(name string) (*T, bool) {
	if t, ok := aliases[name]; ok {
		return t, true
	}
	return ByName(name)
}

// All lists the built-in types, arrays included. The caller must not change it.
func All() []*T { return builtin }

// ArrayOf is the array type over t; nil where t has none. For an array it is
// the array itself: PostgreSQL's array types do not tell dimensions. For
// a type of the catalog the descriptor is made anew: compare by OID.
func ArrayOf(t *T) *T {
	if t.IsArray() && t.OID != Int2vector.OID && t.OID != Oidvector.OID {
		return t
	}
	if a, ok := byOID[t.Array]; ok {
		return a
	}
	if t.Array == 0 {
		return nil
	}
	return &T{OID: t.Array, Name: "_" + t.Name, Kind: KindArray, Typtype: 'b', Category: 'A',
		Len: -1, Elem: t, SchemaName: t.SchemaName, BaseMod: -1}
}

// MultirangeOf is the multirange over a range type; nil where there is none.
func MultirangeOf(r *T) *T { return multirangeN[r.OID] }

// IsRange tells a range type; its subtype is Elem.
func (t *T) IsRange() bool { return t.Typtype == 'r' }

// IsMultirange tells a multirange type; its range is Elem.
func (t *T) IsMultirange() bool { return t.Typtype == 'm' }

// IsEnum tells an enum.
func (t *T) IsEnum() bool { return t.Typtype == 'e' }

// IsComposite tells a named composite type or record.
func (t *T) IsComposite() bool { return t.Kind == KindRecord }

// IsInteger tells int2, int4 and int8.
func (t *T) IsInteger() bool { return t.OID == 23 || t.OID == 20 || t.OID == 21 }

// IsString tells the types whose datums are plain character strings.
func (t *T) IsString() bool {
	switch t.OID {
	case Text.OID, Varchar.OID, Bpchar.OID, Name.OID, dynOID, Unknown.OID, Cstring.OID:
		return true
	}
	return false
}

// IsPolymorphic tells the any… pseudo-types (but not "any" itself).
func (t *T) IsPolymorphic() bool {
	switch t.OID {
	case 2277, 2283, 2776, 3500, 3831, 4537, 4538, 5077, 5078, 5079, 5080:
		return true
	}
	return false
}

// IsReg tells oid and its aliases (regclass, regtype …).
func (t *T) IsReg() bool {
	switch t.OID {
	case 26, 24, 2202, 2203, 2204, 2205, 2206, 3734, 3769, 4089, 4096, 4191:
		return true
	}
	return false
}

// WireOID is the OID that clients see: that of text for dyn.
func (t *T) WireOID() OID {
	switch t.OID {
	case dynOID:
		return Text.OID
	case dynArrayOID:
		return 1009
	case Unknown.OID:
		return Text.OID
	}
	return t.OID
}

// Delim separates elements in the text form of arrays of t.
func (t *T) Delim() byte {
	if t.OID == Box.OID {
		return ';'
	}
	return ','
}
