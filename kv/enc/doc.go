// Package enc holds order-preserving key bytes, value framing and checksums. All
// of it is pure functions: Append* appends an encoding to dst, Decode* reads one
// from the start of b and returns the rest.
//
// bytes.Compare of two encodings is the comparison of the two values, and
// encodings may be concatenated: no encoding is a prefix of another one of the
// same type, so that columns compare one after the other.
//
// # Columns
//
//	column     = marker payload        the marker tells NULL, where a column may be NULL
//	descending = each byte of the ascending payload inverted; markers stay as they are
//
//	marker  meaning
//	------  -------
//	0x00    end of an array or row
//	0x01    NULL where NULLs come first
//	0x08    a value follows
//	0xfe    NULL where NULLs come last
//
//	type      payload, ascending
//	-------   ------------------
//	bool      0 or 1
//	int       tag 0x88+v for 0 <= v <= 109; tag 0xf5+n and n bytes big-endian
//	          for more; tag 0x88-n and the low n bytes of v, big-endian, for less
//	fixed64   v xor the sign bit, 8 bytes big-endian
//	float64   the bits, with the sign bit set where it was not, all inverted
//	          where it was; -0 is 0, NaN is above all (PostgreSQL section 8.1.3)
//	float32   the same in 4 bytes
//	bytes     0x00 becomes 0x00 0xff; the end is 0x00 0x01
//	decimal   class (1 -Inf, 2 negative, 3 zero, 4 positive, 5 +Inf, 6 NaN); for
//	          finite ones the int E of the form 0.d1d2... × 10^E with d1 not 0,
//	          and pairs of digits as 1 + the pair, without trailing zeros, then
//	          0; both inverted where negative
//	int128    hi xor the sign bit, then lo, 16 bytes big-endian
//	uuid      its 16 bytes
//
// Decoders take any bytes: what is no encoding gives ErrMalformed. They are not
// strict everywhere: bytes that no Append* makes may decode.
package enc
