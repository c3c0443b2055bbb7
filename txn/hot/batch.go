package hot

import (
	"encoding/binary"

	"github.com/ferritedb/ferrite/kv"
)

// ops of a batch, in its buffer: kind, key length and value length as u32, key,
// value (range delete: the bounds).
const (
	opSet uint8 = iota + 1
	opDelete
	opDeleteRange

	opHeaderBytes = 9
)

const (
	// batchBytesMax bounds a batch; the inner engine's may be lower.
	batchBytesMax = 3 << 30
	// batchBytesKeep is the largest buffer that Reset keeps.
	batchBytesKeep = 4 << 20
)

// batch collects ops in one buffer. through tells whether it has ops that the
// table does not take; ordered, whether it is one of a key that the table takes
// otherwise, so that the order of ops matters.
type batch struct {
	e       *Engine
	buf     []byte
	count   int
	through bool
	ordered bool
}

var _ kv.Batch = (*batch)(nil)

func checkKey(key []byte) error {
	if len(key) == 0 {
		return kv.ErrKeyEmpty
	}
	if len(key) > kv.KeyBytesMax {
		return kv.ErrKeyTooLarge
	}
	return nil
}

func (b *batch) add(kind uint8, key, value []byte) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if len(value) > kv.ValueBytesMax || len(b.buf)+len(key)+len(value) > batchBytesMax {
		return kv.ErrValueTooLarge
	}
	b.buf = append(b.buf, kind)
	b.buf = binary.LittleEndian.AppendUint32(b.buf, uint32(len(key)))
	b.buf = binary.LittleEndian.AppendUint32(b.buf, uint32(len(value)))
	b.buf = append(b.buf, key...)
	b.buf = append(b.buf, value...)
	b.count++
	if !b.e.takes(key, len(value)) {
		b.through = true
		b.ordered = b.ordered || b.e.classes[key[0]] != Through
	}
	return nil
}

func (b *batch) Set(key, value []byte) error { return b.add(opSet, key, value) }
func (b *batch) Delete(key []byte) error     { return b.add(opDelete, key, nil) }

func (b *batch) DeleteRange(lower, upper []byte) error {
	if err := checkKey(upper); err != nil {
		return err
	}
	if err := b.add(opDeleteRange, lower, upper); err != nil {
		return err
	}
	b.ordered, b.through = true, true
	return nil
}

// each calls fn with the ops in order. The bytes are the batch's.
func (b *batch) each(fn func(kind uint8, key, value []byte) error) error {
	for at := b.buf; len(at) > 0; {
		k := opHeaderBytes + int(binary.LittleEndian.Uint32(at[1:]))
		v := k + int(binary.LittleEndian.Uint32(at[5:]))
		if err := fn(at[0], at[opHeaderBytes:k:k], at[k:v:v]); err != nil {
			return err
		}
		at = at[v:]
	}
	return nil
}

func (b *batch) Amend(fn func(key, value []byte)) {
	for at := b.buf; len(at) > 0; {
		k := opHeaderBytes + int(binary.LittleEndian.Uint32(at[1:]))
		v := k + int(binary.LittleEndian.Uint32(at[5:]))
		if at[0] == opSet {
			fn(at[opHeaderBytes:k:k], at[k:v:v])
		}
		at = at[v:]
	}
}

func (b *batch) Count() int { return b.count }
func (b *batch) Bytes() int { return len(b.buf) }

func (b *batch) Reset() {
	b.buf = b.buf[:0]
	if cap(b.buf) > batchBytesKeep {
		b.buf = nil
	}
	b.count, b.through, b.ordered = 0, false, false
}

func (b *batch) Close() error {
	b.buf = nil
	b.Reset()
	return nil
}
