package types

// The built-in types with PostgreSQL's OIDs (src/include/catalog/pg_type.dat).
// base arguments: OID, array OID, name, kind, category, typlen.
var (
	Bool        = preferred(base(16, 1000, "bool", KindBool, 'B', 1))
	Bytea       = base(17, 1001, "bytea", KindBytes, 'U', -1)
	Char        = base(18, 1002, "char", KindInt, 'Z', 1)
	Name        = base(19, 1003, "name", KindStr, 'S', 64)
	Int8        = base(20, 1016, "int8", KindInt, 'N', 8)
	Int2        = base(21, 1005, "int2", KindInt, 'N', 2)
	Int4        = base(23, 1007, "int4", KindInt, 'N', 4)
	Regproc     = base(24, 1008, "regproc", KindInt, 'N', 4)
	Text        = preferred(base(25, 1009, "text", KindStr, 'S', -1))
	Oid         = preferred(base(26, 1028, "oid", KindInt, 'N', 4))
	Tid         = base(27, 1010, "tid", KindInt, 'U', 6)
	Xid         = base(28, 1011, "xid", KindInt, 'U', 4)
	Cid         = base(29, 1012, "cid", KindInt, 'U', 4)
	Int2vector  = vector(base(22, 1006, "int2vector", KindArray, 'A', -1), Int2)
	Oidvector   = vector(base(30, 1013, "oidvector", KindArray, 'A', -1), Oid)
	JSON        = base(114, 199, "json", KindStr, 'U', -1)
	XML         = base(142, 143, "xml", KindStr, 'U', -1)
	PgNodeTree  = base(194, 0, "pg_node_tree", KindStr, 'Z', -1)
	Point       = base(600, 1017, "point", KindOther, 'G', 16)
	Lseg        = base(601, 1018, "lseg", KindOther, 'G', 32)
	Path        = base(602, 1019, "path", KindOther, 'G', -1)
	Box         = base(603, 1020, "box", KindOther, 'G', 32)
	Polygon     = base(604, 1027, "polygon", KindOther, 'G', -1)
	Line        = base(628, 629, "line", KindOther, 'G', 24)
	Cidr        = base(650, 651, "cidr", KindBytes, 'I', -1)
	Float4      = base(700, 1021, "float4", KindFloat, 'N', 4)
	Float8      = preferred(base(701, 1022, "float8", KindFloat, 'N', 8))
	Unknown     = pseudo(705, 0, "unknown", KindStr, 'X', -2)
	Circle      = base(718, 719, "circle", KindOther, 'G', 24)
	Macaddr8    = base(774, 775, "macaddr8", KindBytes, 'U', 8)
	Money       = base(790, 791, "money", KindInt, 'N', 8)
	Macaddr     = base(829, 1040, "macaddr", KindBytes, 'U', 6)
	Inet        = preferred(base(869, 1041, "inet", KindBytes, 'I', -1))
	Aclitem     = base(1033, 1034, "aclitem", KindStr, 'U', 12)
	Bpchar      = base(1042, 1014, "bpchar", KindStr, 'S', -1)
	Varchar     = base(1043, 1015, "varchar", KindStr, 'S', -1)
	Date        = base(1082, 1182, "date", KindInt, 'D', 4)
	Time        = base(1083, 1183, "time", KindInt, 'D', 8)
	Timestamp   = base(1114, 1115, "timestamp", KindInt, 'D', 8)
	Timestamptz = preferred(base(1184, 1185, "timestamptz", KindInt, 'D', 8))
	IntervalT   = preferred(base(1186, 1187, "interval", KindInterval, 'T', 16))
	Timetz      = base(1266, 1270, "timetz", KindOther, 'D', 12)
	Bit         = base(1560, 1561, "bit", KindOther, 'V', -1)
	Varbit      = preferred(base(1562, 1563, "varbit", KindOther, 'V', -1))
	Numeric     = base(1700, 1231, "numeric", KindDecimal, 'N', -1)
	Refcursor   = base(1790, 2201, "refcursor", KindStr, 'U', -1)

	Regprocedure  = base(2202, 2207, "regprocedure", KindInt, 'N', 4)
	Regoper       = base(2203, 2208, "regoper", KindInt, 'N', 4)
	Regoperator   = base(2204, 2209, "regoperator", KindInt, 'N', 4)
	Regclass      = base(2205, 2210, "regclass", KindInt, 'N', 4)
	Regtype       = base(2206, 2211, "regtype", KindInt, 'N', 4)
	Regconfig     = base(3734, 3735, "regconfig", KindInt, 'N', 4)
	Regdictionary = base(3769, 3770, "regdictionary", KindInt, 'N', 4)
	Regnamespace  = base(4089, 4090, "regnamespace", KindInt, 'N', 4)
	Regrole       = base(4096, 4097, "regrole", KindInt, 'N', 4)
	Regcollation  = base(4191, 4192, "regcollation", KindInt, 'N', 4)

	UUID        = base(2950, 2951, "uuid", KindBytes, 'U', 16)
	PgLSN       = base(3220, 3221, "pg_lsn", KindInt, 'U', 8)
	Tsvector    = base(3614, 3643, "tsvector", KindStr, 'U', -1)
	Tsquery     = base(3615, 3645, "tsquery", KindStr, 'U', -1)
	JSONB       = base(3802, 3807, "jsonb", KindStr, 'U', -1)
	JSONPath    = base(4072, 4073, "jsonpath", KindStr, 'U', -1)
	PgSnapshot  = base(5038, 5039, "pg_snapshot", KindStr, 'U', -1)
	TxidSnap    = base(2970, 2949, "txid_snapshot", KindStr, 'U', -1)
	Xid8        = base(5069, 271, "xid8", KindInt, 'U', 8)
	PgNdistinct = base(3361, 0, "pg_ndistinct", KindStr, 'Z', -1)
	PgDepends   = base(3402, 0, "pg_dependencies", KindStr, 'Z', -1)
	PgMcvList   = base(5017, 0, "pg_mcv_list", KindStr, 'Z', -1)

	Int4range = rangeType(3904, 3905, "int4range", Int4)
	Numrange  = rangeType(3906, 3907, "numrange", Numeric)
	Tsrange   = rangeType(3908, 3909, "tsrange", Timestamp)
	Tstzrange = rangeType(3910, 3911, "tstzrange", Timestamptz)
	Daterange = rangeType(3912, 3913, "daterange", Date)
	Int8range = rangeType(3926, 3927, "int8range", Int8)

	Int4multirange = multirangeType(4451, 6150, "int4multirange", Int4range)
	Nummultirange  = multirangeType(4532, 6151, "nummultirange", Numrange)
	Tsmultirange   = multirangeType(4533, 6152, "tsmultirange", Tsrange)
	Tstzmultirange = multirangeType(4534, 6153, "tstzmultirange", Tstzrange)
	Datemultirange = multirangeType(4535, 6155, "datemultirange", Daterange)
	Int8multirange = multirangeType(4536, 6157, "int8multirange", Int8range)

	RecordT                 = pseudo(2249, 2287, "record", KindRecord, 'P', -1)
	Cstring                 = pseudo(2275, 1263, "cstring", KindStr, 'P', -2)
	Any                     = pseudo(2276, 0, "any", KindNull, 'P', 4)
	Anyarray                = pseudo(2277, 0, "anyarray", KindArray, 'P', -1)
	Void                    = pseudo(2278, 0, "void", KindStr, 'P', 4)
	Trigger                 = pseudo(2279, 0, "trigger", KindNull, 'P', 4)
	LanguageHandler         = pseudo(2280, 0, "language_handler", KindNull, 'P', 4)
	Internal                = pseudo(2281, 0, "internal", KindNull, 'P', 8)
	Anyelement              = pseudo(2283, 0, "anyelement", KindNull, 'P', 4)
	Anynonarray             = pseudo(2776, 0, "anynonarray", KindNull, 'P', 4)
	FdwHandler              = pseudo(3115, 0, "fdw_handler", KindNull, 'P', 4)
	IndexAmHandler          = pseudo(325, 0, "index_am_handler", KindNull, 'P', 4)
	TableAmHandler          = pseudo(269, 0, "table_am_handler", KindNull, 'P', 4)
	Anyenum                 = pseudo(3500, 0, "anyenum", KindNull, 'P', 4)
	Anyrange                = pseudo(3831, 0, "anyrange", KindNull, 'P', -1)
	EventTrigger            = pseudo(3838, 0, "event_trigger", KindNull, 'P', 4)
	Anymultirange           = pseudo(4537, 0, "anymultirange", KindNull, 'P', -1)
	Anycompatiblemultirange = pseudo(4538, 0, "anycompatiblemultirange", KindNull, 'P', -1)
	Anycompatible           = pseudo(5077, 0, "anycompatible", KindNull, 'P', 4)
	Anycompatiblearray      = pseudo(5078, 0, "anycompatiblearray", KindArray, 'P', -1)
	Anycompatiblenonarray   = pseudo(5079, 0, "anycompatiblenonarray", KindNull, 'P', 4)
	Anycompatiblerange      = pseudo(5080, 0, "anycompatiblerange", KindNull, 'P', -1)

	// Dyn is the type of a field read through a key pattern. Its OID lies above
	// what the catalog gives out; clients see text (WireOID).
	Dyn = base(dynOID, dynArrayOID, "dyn", KindStr, 'S', -1)
)

const (
	dynOID      OID = 4294900001
	dynArrayOID OID = 4294900002
)

// Arrays in common use.
var (
	BoolArray   = ArrayOf(Bool)
	TextArray   = ArrayOf(Text)
	NameArray   = ArrayOf(Name)
	Int2Array   = ArrayOf(Int2)
	Int4Array   = ArrayOf(Int4)
	Int8Array   = ArrayOf(Int8)
	OidArray    = ArrayOf(Oid)
	Float8Array = ArrayOf(Float8)
	CharArray   = ArrayOf(Char)
)

var (
	builtin     []*T // in order of registration, arrays included
	byOID       = map[OID]*T{}
	byName      = map[string]*T{}
	multirangeN = map[OID]*T{} // range OID to its multirange
)

func register(t *T) *T {
	builtin = append(builtin, t)
	byOID[t.OID] = t
	byName[t.Name] = t
	return t
}

func base(oid, array OID, name string, k Kind, category byte, length int16) *T {
	t := register(&T{OID: oid, Name: name, Kind: k, Typtype: 'b', Category: category, Len: length, Array: array, BaseMod: -1})
	if array != 0 {
		register(&T{OID: array, Name: "_" + name, Kind: KindArray, Typtype: 'b', Category: 'A', Len: -1, Elem: t, BaseMod: -1})
	}
	return t
}

func pseudo(oid, array OID, name string, k Kind, category byte, length int16) *T {
	t := base(oid, array, name, k, category, length)
	t.Typtype = 'p'
	if array != 0 {
		byOID[array].Typtype, byOID[array].Category = 'p', 'P'
	}
	return t
}

func preferred(t *T) *T {
	t.Preferred = true
	return t
}

func vector(t, elem *T) *T {
	t.Elem = elem
	return t
}

func rangeType(oid, array OID, name string, sub *T) *T {
	t := base(oid, array, name, KindOther, 'R', -1)
	t.Typtype, t.Elem = 'r', sub
	return t
}

func multirangeType(oid, array OID, name string, r *T) *T {
	t := base(oid, array, name, KindOther, 'R', -1)
	t.Typtype, t.Elem = 'm', r
	multirangeN[r.OID] = t
	return t
}
