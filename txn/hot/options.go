package hot

import (
	"fmt"
	"math/bits"

	"github.com/ferritedb/ferrite/kv/keys"
)

// Class is what the tier does with the keys of a first byte.
type Class uint8

const (
	// Through: straight to the inner engine.
	Through Class = iota
	// Back: in the table until drained.
	Back
	// Cached: in the table until drained, and after that while there is room.
	Cached
)

// Classes has the class of each first byte.
type Classes [256]Class

// DefaultClasses keeps the Redis keyspace and the store's metadata.
func DefaultClasses() *Classes {
	var c Classes
	c[keys.Meta] = Cached
	c[keys.Redis] = Cached
	c[keys.RedisPart] = Back
	c[keys.RedisExpiry] = Back
	return &c
}

// MemoryBytesMin is the least memory for segments of the default size.
const MemoryBytesMin = segmentsPerShard * defaultSegmentBytes

// Defaults of Options.
const (
	defaultMemoryBytes  = 256 << 20
	defaultSegmentBytes = 256 << 10
	defaultFlushBytes   = 1 << 30

	segmentsPerShard    = 8
	shardsMax           = 256
	dirtyPartOfMemory   = 2 // dirty records get at most one part of so many
	recordPartOfSegment = 2 // larger records go through
)

// Options of an Engine. The zero value of a field gives its default.
type Options struct {
	// MemoryBytes is the size of the table; default 256 MiB. Slots come on top:
	// about 11 bytes for each record.
	MemoryBytes int64
	// DirtyBytesMax is the size of dirty records past which a writer waits for a
	// drain; one begins in the background at half of it. Default, and at most,
	// half of MemoryBytes.
	DirtyBytesMax int64
	// FlushBytes is how much may be applied until the inner engine is flushed
	// though it was drained seldom; it bounds the log that whoever uses the
	// engine has to keep. Default 1 GiB.
	FlushBytes int64
	// Classes of keys; default DefaultClasses.
	Classes *Classes
	// SegmentBytes is the unit of eviction; default 256 KiB. A record of more
	// than half of it is not taken.
	SegmentBytes int
	// Report is told of errors in the background; default nobody.
	Report func(msg string, err error)
}

func (o *Options) fill() error {
	if o.SegmentBytes == 0 {
		o.SegmentBytes = defaultSegmentBytes
	}
	if o.MemoryBytes == 0 {
		o.MemoryBytes = defaultMemoryBytes
	}
	if o.FlushBytes == 0 {
		o.FlushBytes = defaultFlushBytes
	}
	if o.Classes == nil {
		o.Classes = DefaultClasses()
	}
	if o.Report == nil {
		o.Report = func(string, error) {}
	}
	if o.SegmentBytes%recordAlign != 0 || o.MemoryBytes < int64(segmentsPerShard*o.SegmentBytes) {
		return fmt.Errorf("hot tier: %d bytes of memory do not suit segments of %d bytes", o.MemoryBytes, o.SegmentBytes)
	}
	if most := o.MemoryBytes / dirtyPartOfMemory; o.DirtyBytesMax == 0 || o.DirtyBytesMax > most {
		o.DirtyBytesMax = most
	}
	return nil
}

// shards is a power of two such that each has segmentsPerShard or more.
func (o *Options) shards() int {
	n := o.MemoryBytes / int64(segmentsPerShard*o.SegmentBytes)
	return min(shardsMax, 1<<(bits.Len64(uint64(n))-1))
}
