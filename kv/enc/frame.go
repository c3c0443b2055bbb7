package enc

import (
	"encoding/binary"
	"hash/crc32"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Checksum is the CRC-32C of b.
func Checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// AppendUvarint appends an unsigned integer in 1 to 10 bytes, 7 bits each, low
// bits first. It does not preserve order: it is for values, not for keys.
func AppendUvarint(dst []byte, v uint64) []byte { return binary.AppendUvarint(dst, v) }

// DecodeUvarint reads what AppendUvarint wrote.
func DecodeUvarint(b []byte) (uint64, []byte, error) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), b[1:], nil
	}
	v, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, b, ErrMalformed
	}
	return v, b[n:], nil
}

// AppendVarint appends a signed integer, zigzag; for values.
func AppendVarint(dst []byte, v int64) []byte { return binary.AppendVarint(dst, v) }

// DecodeVarint reads what AppendVarint wrote.
func DecodeVarint(b []byte) (int64, []byte, error) {
	v, n := binary.Varint(b)
	if n <= 0 {
		return 0, b, ErrMalformed
	}
	return v, b[n:], nil
}

// AppendFramed appends the length of v as a uvarint, then v; for values.
func AppendFramed(dst, v []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(v))), v...)
}

// DecodeFramed reads what AppendFramed wrote; v shares memory with b.
func DecodeFramed(b []byte) (v, rest []byte, err error) {
	n, rest, err := DecodeUvarint(b)
	if err != nil || n > uint64(len(rest)) {
		return nil, b, ErrMalformed
	}
	return rest[:n:n], rest[n:], nil
}
