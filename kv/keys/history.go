package keys

import (
	"bytes"
	"encoding/binary"
	"time"
)

// Names of store metadata; see AppendMeta.
const (
	// MetaPosition holds the log position after the last applied commit and its
	// timestamp, both u64be.
	MetaPosition = "position"
	// MetaFormat holds the version of the store's format, u32be.
	MetaFormat = "format"
	// MetaStore holds the id of the store, 16 bytes, which its commit log has too.
	MetaStore = "store"
	// MetaHistoryHorizon holds the timestamp (u64be) before which history has
	// been dropped.
	MetaHistoryHorizon = "history_horizon"
)

// AppendMeta appends the key of a piece of store metadata.
func AppendMeta(dst []byte, name string) []byte {
	return append(append(dst, Meta), name...)
}

// A key inside a history key is escaped so that the keys of one bucket order by
// key and then by end timestamp: 0x00 becomes 0x00 0xff, and 0x00 0x01 ends it.
const (
	escape    = 0x00
	escaped00 = 0xff
	escapeEnd = 0x01
)

// HistoryBucketWidth is the time that one history bucket covers.
const HistoryBucketWidth = 10 * time.Minute

// HistoryBucket is the bucket of the versions that ended at a time, in
// microseconds since 1970.
func HistoryBucket(unixMicro uint64) uint64 {
	return unixMicro / uint64(HistoryBucketWidth/time.Microsecond)
}

// AppendHistoryBucket appends the prefix of a history bucket.
func AppendHistoryBucket(dst []byte, bucket uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, History), bucket)
}

// AppendHistoryKey appends the prefix of the history entries of key in a bucket.
func AppendHistoryKey(dst []byte, bucket uint64, key []byte) []byte {
	dst = AppendHistoryBucket(dst, bucket)
	for {
		i := bytes.IndexByte(key, escape)
		if i < 0 {
			break
		}
		dst = append(append(dst, key[:i]...), escape, escaped00)
		key = key[i+1:]
	}
	return append(append(dst, key...), escape, escapeEnd)
}

// AppendHistory appends the key of the version of key that ended at end.
func AppendHistory(dst []byte, bucket uint64, key []byte, end uint64) []byte {
	return binary.BigEndian.AppendUint64(AppendHistoryKey(dst, bucket, key), end)
}

// StampHistory changes bucket and end of a key that AppendHistory made.
func StampHistory(history []byte, bucket, end uint64) {
	binary.BigEndian.PutUint64(history[1:], bucket)
	binary.BigEndian.PutUint64(history[len(history)-8:], end)
}

// SplitHistory appends the key of a history entry to dst and gives its end
// timestamp; ok is false for bytes that AppendHistory did not make.
func SplitHistory(dst, history []byte) (key []byte, end uint64, ok bool) {
	const prefix = 1 + 8
	if len(history) < prefix+2+8 || history[0] != History {
		return dst, 0, false
	}
	end = binary.BigEndian.Uint64(history[len(history)-8:])
	rest := history[prefix : len(history)-8]
	for {
		i := bytes.IndexByte(rest, escape)
		if i < 0 || i+1 >= len(rest) {
			return dst, 0, false
		}
		dst = append(dst, rest[:i]...)
		switch rest[i+1] {
		case escaped00:
			dst = append(dst, escape)
		case escapeEnd:
			return dst, end, i+2 == len(rest)
		default:
			return dst, 0, false
		}
		rest = rest[i+2:]
	}
}
