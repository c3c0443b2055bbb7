package log

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// Sizes of the format; see the package comment.
const (
	HeaderBytes        = 32
	SegmentHeaderBytes = 32
	// FirstPosition is the position of the first frame of a new log.
	FirstPosition = 1

	// frameBytesLimit bounds Options.FrameBytesMax, and so what a reader allocates
	// for a length field.
	frameBytesLimit = 64 << 20
	// recordBytesMax bounds the payload of one record.
	recordBytesMax = 2 << 30
)

const (
	flagMore uint8 = 1 << iota
	flagContinues
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// frame is a decoded frame header.
type frame struct {
	crc    uint32
	length uint32
	pos    uint64
	ts     uint64
	lag    uint32
	kind   uint8
	flags  uint8
}

// end is the position after the frame.
func (f *frame) end() uint64 { return f.pos + HeaderBytes + uint64(f.length) }

// syncedBelow is the position up to which the log was known to be synced when
// the frame was written; 0 unknown.
func (f *frame) syncedBelow() uint64 {
	if f.lag == math.MaxUint32 || uint64(f.lag) > f.pos {
		return 0
	}
	return f.pos - uint64(f.lag)
}

// encode fills the header at the start of b, which holds the whole frame.
func (f *frame) encode(b []byte) {
	binary.LittleEndian.PutUint32(b[4:], f.length)
	binary.LittleEndian.PutUint64(b[8:], f.pos)
	binary.LittleEndian.PutUint64(b[16:], f.ts)
	binary.LittleEndian.PutUint32(b[24:], f.lag)
	b[28], b[29], b[30], b[31] = f.kind, f.flags, 0, 0
	binary.LittleEndian.PutUint32(b, checksum(b[4:HeaderBytes+int(f.length)]))
}

// decode reads a header; b has at least HeaderBytes.
func (f *frame) decode(b []byte) {
	_ = b[HeaderBytes-1]
	f.crc = binary.LittleEndian.Uint32(b)
	f.length = binary.LittleEndian.Uint32(b[4:])
	f.pos = binary.LittleEndian.Uint64(b[8:])
	f.ts = binary.LittleEndian.Uint64(b[16:])
	f.lag = binary.LittleEndian.Uint32(b[24:])
	f.kind, f.flags = b[28], b[29]
}

// verify checks the checksum; b holds the whole frame.
func (f *frame) verify(b []byte) bool {
	return checksum(b[4:HeaderBytes+int(f.length)]) == f.crc
}

// Record is one record of the log.
type Record struct {
	// Pos is the position of its first byte, End of the byte after it.
	Pos, End uint64
	// TS is the commit timestamp, Kind the caller's kind.
	TS   uint64
	Kind uint8
	// Payload is valid until the callback returns, or until the next call of Next.
	Payload []byte
}
