package local

import (
	"encoding/binary"
	"fmt"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/txn"
)

// Header of a raw value:
//
//	0  8  commit timestamp, big-endian
//	8  1  flags: 1 has an expiry
//	9  8  expiry in Unix milliseconds, big-endian; only where flagged
const (
	recordHeaderBytes    = 9
	recordHeaderBytesMax = 17
	recordHasExpiry      = 1
)

// header is a decoded record header.
type header struct {
	ts     txn.Timestamp
	expire int64
	bytes  int // length of the header
}

func decodeHeader(raw []byte) (header, error) {
	if len(raw) < recordHeaderBytes || raw[8]&^recordHasExpiry != 0 {
		return header{}, fmt.Errorf("%w: record header", kv.ErrCorruption)
	}
	h := header{ts: txn.Timestamp(binary.BigEndian.Uint64(raw)), bytes: recordHeaderBytes}
	if raw[8]&recordHasExpiry != 0 {
		if len(raw) < recordHeaderBytesMax {
			return header{}, fmt.Errorf("%w: record header", kv.ErrCorruption)
		}
		h.expire = int64(binary.BigEndian.Uint64(raw[9:]))
		h.bytes = recordHeaderBytesMax
	}
	return h, nil
}

// appendRaw appends the raw value of a record.
func appendRaw(dst []byte, ts txn.Timestamp, expire int64, value []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(ts))
	if expire == 0 {
		dst = append(dst, 0)
	} else {
		dst = append(dst, recordHasExpiry)
		dst = binary.BigEndian.AppendUint64(dst, uint64(expire))
	}
	return append(dst, value...)
}

// takeRecord turns dst[n:], a raw value, into its record; the payload moves to n.
func takeRecord(dst []byte, n int) (txn.Record, error) {
	h, err := decodeHeader(dst[n:])
	if err != nil {
		return txn.Record{}, err
	}
	end := n + copy(dst[n:], dst[n+h.bytes:])
	return txn.Record{Value: dst[:end], TS: h.ts, ExpireAtMs: h.expire}, nil
}
