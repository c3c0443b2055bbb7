// Package rowcodec turns rows into key and value bytes and back, and makes the
// entries of secondary indexes.
//
//	exec insert/update ──► Table.AppendKey, AppendValue, Index.AppendEntry ──► txn.Txn
//	exec scan          ◄── Decoder, IndexDecoder (straight into chunk columns) ◄── txn.Txn
//
// Words:
//   - row: datums by attnum-1; slots of dropped columns are NULL.
//   - primary key bytes: what follows the nine bytes of keys.AppendIndex in the
//     key of a row: the ordered primary key columns, or the 8-byte row id.
//   - storage key: prefix and primary key bytes together.
//   - marker: the byte before a column of a secondary index entry's key.
//   - arena: memory that decoded strings of one batch share; never reused, since
//     datums may be kept for ever.
//
// Key of a row:
//
//	+------+-----------+-----------+------------------------------------+
//	| 0x10 | table u32 | index u32 | ordered columns, or row id u64 be  |
//	+------+-----------+-----------+------------------------------------+
//
// Ordered columns are payloads of kv/enc, descending where the index says so:
//
//	bool, int, float64   as there; xid8 and pg_lsn less 2^63
//	enum                 the label's place, as int
//	text, bytea, uuid    as bytes; bpchar without its trailing blanks
//	numeric              as decimal
//	interval             microseconds, 30 days to a month, as int128
//	array                { 01, element | 02 (NULL) } *, 00, dimensions u8, sizes, lower bounds u32 be each
//	record               { 01, field | 02 } *, 00
//	other                as bytes, over the comparison form:
//	  timetz             instant in microseconds, seconds west, as ints
//	  bit, varbit        bits in groups of 64: { 8 bytes, bits in them u8 or 65 where more follow } *
//	  inet, cidr         family u8, bits of the network as above, address
//	  range              00 empty | 01, lower, upper (orderform.go)
//	  multirange         { 01, range } *, 00
//	  jsonb              rank u8, then text, decimal, bool, or count u32 and elements (orderform.go)
//
// That is catalog.KeyFormat. Indexes of releases before it (KeyFormatOld) have
// the text or binary form for these types, which finds equal bytes only; they
// are read as they are, and rebuilt when the server starts (Upgrade of
// sql/session). orderold.go keeps their form.
//
// Value of a row:
//
//	+--------+-------------+--------------------------------------------------+
//	| format | attnums     | { head, [attnum delta uvarint], payload } *      |
//	|  0x01  | max uvarint |   in order of attnum                             |
//	+--------+-------------+--------------------------------------------------+
//
//	head: high 4 bits: attnum minus that of the column before (first: minus 0),
//	      0 where it does not fit and follows as a uvarint;
//	      low 4 bits, the code and its payload:
//	       0 false             6 numeric   length uvarint, form byte, exponent varint, coefficient
//	       1 true              7 interval  length uvarint, micros, days, months as varints
//	       2 int, varint       8 array     length uvarint, body (datumcodec.go)
//	       3 float64, 8 le     9 record    length uvarint, body
//	       4 float32, 4 le    10 other     length uvarint, binary form of the type
//	       5 bytes: length uvarint, bytes (text and bytea)
//
// attnums max is the table's highest attnum when the row was written: an absent
// column up to it is NULL, one above it was added later and reads as
// Column.Missing. So ADD and DROP COLUMN rewrite nothing. Primary key columns of
// kind bool, int, text (but for bpchar and jsonb) and bytes stand in the key alone.
//
// Entry of a secondary index: each key column is a marker of kv/enc, then where
// not NULL the ordered column.
//
//	not unique, or unique with a NULL   key: columns, primary key bytes   value: included
//	unique                              key: columns                      value: length uvarint, primary key bytes, included
//
// included are the INCLUDE columns in the form of a row's value; absent where
// there are none.
//
// Invariants: bytes order as the types compare, and are equal where the values
// are; damaged bytes give an XX001 error and never a panic.
//
// The package reads and writes no transaction and evaluates no expression: keys
// of expression indexes come in computed.
package rowcodec
