// Package keyspace stores Redis types as records of a transaction: one file per
// type. RESP commands and SQL's key-pattern relations both read and write
// through it, in the same txn.Txn, and so see each other's keys.
//
//	txn/command ──┐
//	              ├─► Tx (one txn.Txn, one database) ─► Entry (one key, locked or read)
//	sql/exec ─────┘
//
// Words:
//   - record: the value at keys.Redis: one per Redis key.
//   - packed: the whole collection lies in the record.
//   - spread: the record holds a header; the elements are parts under the
//     collection's id, so that deleting them is one range delete.
//   - part: a record under keys.RedisPart.
//   - Entry: one key in hand, with its record decoded. Changes are made to the
//     Entry and become one write at Save.
//
// The record, after the transaction layer's own header:
//
//	+------+----------+----------------------------------------------+
//	| type | encoding | body                                         |
//	+------+----------+----------------------------------------------+
//	 type:     1 string, 2 list, 3 set, 4 zset, 5 hash
//	 encoding: 0 packed, 1 spread, 2 packed variant (string: "raw"; set: not all integers;
//	          hash, zset: once held a value that Redis would not keep in a listpack),
//	          3 string that is never called an integer, 4 string in parts
//
//	string          the bytes
//	packed hash     { field length uvarint, field, value length uvarint, value } *   in order of insertion
//	packed list     { length uvarint, element } *
//	packed set      { length uvarint, member } *                    integers: ascending; else in order of insertion
//	packed zset     { length uvarint, member, score f64 ordered be } *      in order of score, then member
//	string in parts collection id u64be, length uvarint            from 64 KiB on
//	spread          collection id u64be, count uvarint, for lists: head i64, tail i64 as zig-zag varints
//
// Parts: 0x21, collection id u64be, kind byte, part:
//
//	string 'd' number u32be     → its 16 KiB of the string; zero where it ends early or is absent
//	hash   'f' field            → value
//	set    'm' FNV-1a u32be, member → empty
//	list   'c' chunk i64 be with the sign bit flipped → { length uvarint, element } *
//	zset   'm' member           → score, 8 bytes
//	       's' score, member    → empty
//	       'B'                  → the root of the rank index (zblock.go)
//	       'b' group u32be      → first names of the group's blocks
//	       'c' group u32be      → sizes of the group's blocks
//
// Expiry: 0x22, expire ms u64be, db u16be, user key → collection id u64be where
// the key is spread, else empty.
//
// Whoever keeps something true of keys as they change (an index on a field, a
// trigger) is an Observer: it is told of each write with the old and the new version,
// in the writer's transaction (observe.go).
//
// Invariants:
//   - Every change of a collection rewrites its record, so that the record's
//     timestamp tells WATCH and every cache of a change.
//   - Parts are read and written by whoever holds the row lock of the record;
//     in Latest mode readers of a spread collection take it shared.
//   - No key holds an empty collection.
//   - A key with an expiry has exactly one live expiry entry; stale entries are
//     removed by the expiry cycle.
//
// The package writes no replies and knows no client.
package keyspace
