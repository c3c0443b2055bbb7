package hot

import (
	"encoding/binary"
	"math"
	"sync/atomic"
	"unsafe"
)

const (
	recordHeaderBytes = 32
	recordAlign       = 8
	// keyBytesMax bounds the keys that the table takes.
	keyBytesMax = 16 << 10
)

const (
	flagTombstone uint8 = 1 << iota
	flagDirty           // the inner engine does not have it yet
	flagListed          // an entry of a list points here: it stays where it is
	flagOlder           // replaced a dirty record of its key, which a snapshot may need
)

// seqDead is the seq of a record that was replaced before anybody could need it:
// no state shows it, and no drain writes it.
const seqDead = math.MaxUint64

// record is the bytes of one record in a segment, from its header on. The
// shard's lock guards them, except used.
type record []byte

func recordSize(key, value int) int {
	return (recordHeaderBytes + key + value + recordAlign - 1) &^ (recordAlign - 1)
}

func (r record) hash() uint64      { return binary.LittleEndian.Uint64(r) }
func (r record) valLen() int       { return int(binary.LittleEndian.Uint32(r[8:])) }
func (r record) valCap() int       { return int(binary.LittleEndian.Uint32(r[12:])) }
func (r record) keyLen() int       { return int(binary.LittleEndian.Uint16(r[16:])) }
func (r record) flags() uint8      { return r[18] }
func (r record) setFlags(f uint8)  { r[18] = f }
func (r record) seq() uint64       { return binary.LittleEndian.Uint64(r[24:]) }
func (r record) setSeq(seq uint64) { binary.LittleEndian.PutUint64(r[24:], seq) }
func (r record) size() int         { return recordSize(r.keyLen(), r.valCap()) }
func (r record) key() []byte       { return r[recordHeaderBytes : recordHeaderBytes+r.keyLen()] }

func (r record) value() []byte {
	at := recordHeaderBytes + r.keyLen()
	return r[at : at+r.valLen()]
}

func (r record) setValue(v []byte) {
	binary.LittleEndian.PutUint32(r[8:], uint32(len(v)))
	copy(r[recordHeaderBytes+r.keyLen():], v)
}

// used is set by readers under a shared lock, hence atomic. Segments and records
// are aligned to 8 bytes.
func (r record) used() *uint32 { return (*uint32)(unsafe.Pointer(&r[20])) }

func (r record) markUsed() {
	if p := r.used(); atomic.LoadUint32(p) == 0 {
		atomic.StoreUint32(p, 1)
	}
}

// fill writes a new record into r, which has room for it.
func (r record) fill(hash uint64, key, value []byte, flags uint8, seq uint64) {
	binary.LittleEndian.PutUint64(r, hash)
	binary.LittleEndian.PutUint32(r[8:], uint32(len(value)))
	room := recordSize(len(key), len(value)) - recordHeaderBytes - len(key)
	binary.LittleEndian.PutUint32(r[12:], uint32(room))
	binary.LittleEndian.PutUint16(r[16:], uint16(len(key)))
	r[18], r[19] = flags, 0
	r.setSeq(seq)
	atomic.StoreUint32(r.used(), 0)
	copy(r[recordHeaderBytes:], key)
	copy(r[recordHeaderBytes+len(key):], value)
}
