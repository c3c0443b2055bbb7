package catstore

import (
	"encoding/binary"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/sql/types"
)

// Kinds of catalog records.
const (
	kindSchema    byte = 's'
	kindRelation  byte = 'r'
	kindType      byte = 't'
	kindFunction  byte = 'f'
	kindRole      byte = 'u'
	kindDatabase  byte = 'd'
	kindAccess    byte = 'a'
	kindName      byte = 'n'
	kindSequence  byte = 'q'
	kindAllocator byte = 'o'
	kindHistory   byte = 'h'
)

// Namespaces of names within a schema.
const (
	spaceRelation byte = 'r' // tables, views, indexes, sequences
	spaceType     byte = 't'
	spaceSchema   byte = 's' // schema 0
	spaceRole     byte = 'u' // schema 0
	spaceDatabase byte = 'd' // schema 0
	spaceAccess   byte = 'a' // access lists, by their keys
)

func objectKey(kind byte, oid types.OID) []byte {
	return binary.BigEndian.AppendUint32([]byte{keys.Catalog, kind}, uint32(oid))
}

func nameKey(schema types.OID, space byte, name string) []byte {
	k := binary.BigEndian.AppendUint32([]byte{keys.Catalog, kindName}, uint32(schema))
	return append(append(k, space), name...)
}
