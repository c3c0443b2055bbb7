package types

// codec is how values of one type are read, written and compared. A nil
// compare compares by Kind.
type codec struct {
	parse   func(t *T, mod int32, s string, c *IOContext) (Datum, error)
	text    func(dst []byte, d Datum, t *T, c *IOContext) []byte
	decode  func(t *T, b []byte) (Datum, error)
	encode  func(dst []byte, d Datum, t *T) []byte
	compare func(t *T, a, b Datum) int
}

// codecOf finds the codec of any type, those of the catalog included.
func codecOf(t *T) *codec {
	if t.io != nil {
		return t.io
	}
	switch {
	case t.Typtype == 'd' && t.Base != nil:
		return &domainCodec
	case t.Typtype == 'e':
		return &enumCodec
	case t.Typtype == 'r':
		return &rangeCodec
	case t.Typtype == 'm':
		return &multirangeCodec
	case t.Kind == KindArray:
		return &arrayCodec
	case t.Kind == KindRecord:
		return &recordCodec
	}
	return nil
}

// Codecs of the constructed types; filled by init, because they call back into
// Parse and AppendText.
var domainCodec, enumCodec, rangeCodec, multirangeCodec, arrayCodec, recordCodec codec

func setCodec(c codec, ts ...*T) {
	for _, t := range ts {
		t.io = &c
	}
}

func init() {
	domainCodec = codec{parseDomain, textDomain, decodeDomain, encodeDomain, compareDomain}
	enumCodec = codec{parseEnum, textStr, decodeEnum, encodeStr, compareEnum}
	rangeCodec = codec{parseRange, textRange, decodeRange, encodeRange, compareRange}
	multirangeCodec = codec{parseMultirange, textMultirange, decodeMultirange, encodeMultirange, compareMultirange}
	arrayCodec = codec{parseArray, textArray, decodeArray, encodeArray, compareArray}
	recordCodec = codec{parseRecord, textRecord, decodeRecord, encodeRecord, compareRecord}

	setCodec(codec{parseBool, textBool, decodeBool, encodeBool, compareInt}, Bool)
	setCodec(codec{parseInt2, textInt, decodeInt2, encodeInt2, compareInt}, Int2)
	setCodec(codec{parseInt4, textInt, decodeInt4, encodeInt4, compareInt}, Int4)
	setCodec(codec{parseInt8, textInt, decodeInt8, encodeInt8, compareInt}, Int8)
	setCodec(codec{parseOid, textInt, decodeUint4, encodeInt4, compareInt}, Oid, Xid, Cid)
	setCodec(codec{parseXid8, textUint8, decodeInt8, encodeInt8, compareUint}, Xid8)
	setCodec(codec{parseTid, textTid, decodeTid, encodeTid, compareInt}, Tid)
	setCodec(codec{parseLSN, textLSN, decodeInt8, encodeInt8, compareUint}, PgLSN)
	setCodec(codec{parseReg, textReg, decodeUint4, encodeInt4, compareInt}, Regproc, Regprocedure, Regoper,
		Regoperator, Regclass, Regtype, Regconfig, Regdictionary, Regnamespace, Regrole, Regcollation)
	setCodec(codec{parseFloat4, textFloat4, decodeFloat4, encodeFloat4, compareFloat}, Float4)
	setCodec(codec{parseFloat8, textFloat8, decodeFloat8, encodeFloat8, compareFloat}, Float8)
	setCodec(codec{parseNumeric, textNumeric, decodeNumeric, encodeNumeric, compareNumeric}, Numeric)
	setCodec(codec{parseMoney, textMoney, decodeInt8, encodeInt8, compareInt}, Money)

	setCodec(codec{parseText, textStr, decodeText, encodeStr, compareStr}, Text, Unknown, Cstring, Dyn,
		Refcursor, XML, PgNodeTree, Aclitem, PgSnapshot, TxidSnap, PgNdistinct, PgDepends, PgMcvList)
	setCodec(codec{parseVarchar, textStr, decodeText, encodeStr, compareStr}, Varchar)
	setCodec(codec{parseBpchar, textStr, decodeText, encodeStr, compareBpchar}, Bpchar)
	setCodec(codec{parseName, textStr, decodeText, encodeStr, compareStr}, Name)
	setCodec(codec{parseChar, textChar, decodeChar, encodeChar, compareInt}, Char)
	setCodec(codec{parseVoid, textStr, decodeText, encodeStr, compareStr}, Void)
	setCodec(codec{parseBytea, textBytea, decodeBytea, encodeBytea, compareBytes}, Bytea)
	setCodec(codec{parseUUID, textUUID, decodeUUID, encodeBytea, compareBytes}, UUID)
	setCodec(codec{parseJSON, textStr, decodeJSON, encodeStr, compareStr}, JSON)
	setCodec(codec{parseJSONB, textStr, decodeJSONB, encodeJSONB, compareJSONB}, JSONB)
	setCodec(codec{parseJSONPathText, textStr, decodeJSONPath, encodeJSONPath, compareStr}, JSONPath)
	setCodec(codec{parseTsvector, textStr, nil, nil, compareStr}, Tsvector)
	setCodec(codec{parseTsquery, textStr, nil, nil, compareStr}, Tsquery)

	setCodec(codec{parseDate, textDate, decodeDate, encodeDate, compareInt}, Date)
	setCodec(codec{parseTime, textTime, decodeInt8, encodeInt8, compareInt}, Time)
	setCodec(codec{parseTimetz, textTimetz, decodeTimetz, encodeTimetz, compareTimetz}, Timetz)
	setCodec(codec{parseTimestamp, textTimestamp, decodeInt8, encodeInt8, compareInt}, Timestamp)
	setCodec(codec{parseTimestamptz, textTimestamptz, decodeInt8, encodeInt8, compareInt}, Timestamptz)
	setCodec(codec{parseInterval, textInterval, decodeInterval, encodeInterval, compareInterval}, IntervalT)

	setCodec(codec{parseBit, textBit, decodeBit, encodeBit, compareBit}, Bit, Varbit)
	setCodec(codec{parseInet, textInet, decodeInet, encodeInet, compareInet}, Inet, Cidr)
	setCodec(codec{parseMacaddr, textMacaddr, decodeMacaddr, encodeBytea, compareBytes}, Macaddr, Macaddr8)
	setCodec(codec{parse: parseGeo, text: textGeo, decode: decodeGeo, encode: encodeGeo, compare: compareGeo},
		Point, Lseg, Path, Box, Polygon, Line, Circle)
	setCodec(codec{parseVector, textVector, decodeArray, encodeArray, compareArray}, Int2vector, Oidvector)
}
