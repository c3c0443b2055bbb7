// Package types holds type descriptors with PostgreSQL's OIDs, datums, their
// text and binary codecs, and casts. One file per type.
//
// Words:
//   - T: an immutable type descriptor, one per OID; compare by OID.
//   - typmod: the int32 modifier beside a T, as PostgreSQL encodes it (-1: none).
//   - Datum: one value or NULL, 24 bytes; which Go value it holds follows from
//     the Kind of its type. A Datum does not know its type.
//   - dyn: the type of a hash field read through a key pattern: text that takes
//     the type its context asks.
//
// Datums are immutable: whoever makes one from bytes gives those bytes away.
package types
