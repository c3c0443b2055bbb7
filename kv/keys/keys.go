// Package keys is the map of the key space: every prefix on disk is named here,
// with its key and value format.
//
//	prefix  key after the prefix                                value (after the record header)
//	------  ------------------------------------------------   -------------------------------
//	0x01    name                                               store metadata, raw (no record header): log position, format, clock
//	0x02    catalog: kind byte, ids or names                   descriptor bytes (sql/catstore)
//	0x03    history: bucket u64be, escaped key, end ts u64be   full old value with its header (history.go)
//	0x04    prepared: identifier                               prepared transaction (txn/local/prepared.go)
//	0x05    doomed: prefix of keys                             empty; the prefix is deleted once history has passed the record's time (txn/gc)
//	0x10    row: table u32be, index u32be, ordered columns     row bytes (sql/rowcodec)
//	0x20    redis: db u16be, user key bytes                    type byte, then body (txn/keyspace)
//	0x21    redis part: collection id u64be, part kind, part   collection parts (txn/keyspace)
//	0x22    redis expiry: expire ms u64be, db u16be, user key  empty
package keys

import "encoding/binary"

// Prefixes of the key space.
const (
	Meta        byte = 0x01
	Catalog     byte = 0x02
	History     byte = 0x03
	Prepared    byte = 0x04
	Doomed      byte = 0x05
	Row         byte = 0x10
	Redis       byte = 0x20
	RedisPart   byte = 0x21
	RedisExpiry byte = 0x22
)

// AppendIndex appends the prefix under which all entries of an index stand;
// index 1 is the primary index of every table.
func AppendIndex(dst []byte, table, index uint32) []byte {
	dst = append(dst, Row)
	dst = binary.BigEndian.AppendUint32(dst, table)
	return binary.BigEndian.AppendUint32(dst, index)
}

// AppendTable appends the prefix of all indexes of a table.
func AppendTable(dst []byte, table uint32) []byte {
	return binary.BigEndian.AppendUint32(append(dst, Row), table)
}

// AppendDoomed appends the key of the record that says that nothing but the past
// needs the keys under prefix any more.
func AppendDoomed(dst, prefix []byte) []byte { return append(append(dst, Doomed), prefix...) }

// AppendRedis appends the key of a Redis key in a database.
func AppendRedis(dst []byte, db uint16, key []byte) []byte {
	dst = binary.BigEndian.AppendUint16(append(dst, Redis), db)
	return append(dst, key...)
}

// PrefixEnd appends the smallest key above all keys with this prefix; empty
// where there is none.
func PrefixEnd(dst, prefix []byte) []byte {
	n := len(dst)
	dst = append(dst, prefix...)
	for i := len(dst) - 1; i >= n; i-- {
		if dst[i] != 0xff {
			dst[i]++
			return dst[:i+1]
		}
	}
	return dst[:n]
}
