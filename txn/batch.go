package txn

// Bounds of a Batch.
const (
	// BatchRowsMax is how many records a batch holds at most.
	BatchRowsMax = 1024
	// BatchBytesMax is the size from which a batch takes no further record. One
	// record is always taken, whatever its size.
	BatchBytesMax = 256 << 10
)

// Batch is a run of records as they are stored, keys and values one behind the
// other in one piece of memory that belongs to the batch and is used again by
// the next Reset. The zero Batch holds nothing and takes no record before Reset.
// Not safe for concurrent use.
type Batch struct {
	bytes []byte
	ends  []batchEnd
	rows  int // limit
}

// batchEnd is where a record's key and value end in bytes; the key begins where
// the value before ends.
type batchEnd struct{ key, value int }

// Reset empties b for up to rows records, BatchRowsMax at most, 1 at least.
func (b *Batch) Reset(rows int) {
	b.bytes, b.ends = b.bytes[:0], b.ends[:0]
	b.rows = min(max(rows, 1), BatchRowsMax)
}

// Len is the number of records.
func (b *Batch) Len() int { return len(b.ends) }

// Full tells that b takes no further record.
func (b *Batch) Full() bool {
	return len(b.ends) >= b.rows || len(b.bytes) >= BatchBytesMax
}

// Append copies a record into b, which is not Full.
func (b *Batch) Append(key, value []byte) {
	b.bytes = append(b.bytes, key...)
	k := len(b.bytes)
	b.bytes = append(b.bytes, value...)
	b.ends = append(b.ends, batchEnd{k, len(b.bytes)})
}

// Key of record i, valid until the next Reset.
func (b *Batch) Key(i int) []byte {
	from := 0
	if i > 0 {
		from = b.ends[i-1].value
	}
	to := b.ends[i].key
	return b.bytes[from:to:to]
}

// Value of record i, valid until the next Reset.
func (b *Batch) Value(i int) []byte {
	e := b.ends[i]
	return b.bytes[e.key:e.value:e.value]
}

// FillBatch is NextBatch by Next: the form for iterators that have no faster
// one, and the reference for those that have.
func FillBatch(it Iterator, b *Batch) bool {
	for !b.Full() && it.Next() {
		b.Append(it.Key(), it.Record().Value)
	}
	return b.Len() > 0
}
