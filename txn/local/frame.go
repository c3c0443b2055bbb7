package local

import (
	"encoding/binary"
	"fmt"

	"github.com/ferritedb/ferrite/kv"
)

// A commit's payload in the log is a sequence of ops:
//
//	1        kind: 1 put, 2 delete, 3 range delete; 0x10 has an expiry, 0x20 keeps history
//	uvarint  length of the key, then the key (range delete: the lower bound)
//	uvarint  length of the value, then the value; put, and range delete (the upper bound)
//	8        expiry in Unix milliseconds, little-endian; where flagged
//
// The commit timestamp is in the frame's header.
//
// A commit whose write set went to disk is several records that follow each
// other, all of one timestamp: parts, and an end.
//
//	part    8   number of the part, from 0, little-endian; then ops as above. The
//	            range deletes come first, then keys in order, over all parts.
//	end     8   number of parts, little-endian
//
// It happened where the end follows its parts; parts before anything else are of a
// commit that failed, and mean nothing.
const (
	frameCommit uint8 = 1 // the log's kinds of these records
	framePart   uint8 = 2
	frameEnd    uint8 = 3

	framePartHeaderBytes = 8
	// framePartBytes is the size at which a part is ended.
	framePartBytes = 1 << 20

	frameKindMask    = 0x0f
	frameHasExpiry   = 0x10
	frameKeepHistory = 0x20
)

func appendFrameOp(dst []byte, o *op) []byte {
	kind := uint8(o.kind)
	if o.expire != 0 && o.kind == opPut {
		kind |= frameHasExpiry
	}
	if o.keepHistory {
		kind |= frameKeepHistory
	}
	dst = append(dst, kind)
	dst = binary.AppendUvarint(dst, uint64(len(o.key)))
	dst = append(dst, o.key...)
	if o.kind != opDelete {
		dst = binary.AppendUvarint(dst, uint64(len(o.val)))
		dst = append(dst, o.val...)
	}
	if kind&frameHasExpiry != 0 {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(o.expire))
	}
	return dst
}

// decodeFrame calls fn with each op; its bytes are the payload's.
func decodeFrame(payload []byte, fn func(op) error) error {
	for len(payload) > 0 {
		kind := payload[0]
		o := op{kind: opKind(kind & frameKindMask), keepHistory: kind&frameKeepHistory != 0, prev: -1}
		payload = payload[1:]
		ok := o.kind >= opPut && o.kind <= opRange
		if ok {
			o.key, payload, ok = cutBytes(payload)
		}
		if ok && o.kind != opDelete {
			o.val, payload, ok = cutBytes(payload)
		}
		if ok && kind&frameHasExpiry != 0 {
			if ok = len(payload) >= 8; ok {
				o.expire = int64(binary.LittleEndian.Uint64(payload))
				payload = payload[8:]
			}
		}
		if !ok {
			return fmt.Errorf("%w: payload of a commit", kv.ErrCorruption)
		}
		if err := fn(o); err != nil {
			return err
		}
	}
	return nil
}

func cutBytes(b []byte) (head, rest []byte, ok bool) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return nil, nil, false
	}
	b = b[used:]
	return b[:n:n], b[n:], true
}
