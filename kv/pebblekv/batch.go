package pebblekv

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ferritedb/ferrite/kv"
)

// Limits of a batch: Pebble's is 4 GiB, and it panics there.
const (
	batchBytesMax      = 3 << 30
	batchHeaderBytes   = 12
	batchRetainedBytes = 4 << 20 // of a batch that is Reset
)

type batch struct {
	b *pebble.Batch
	e *Engine
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

func (b *batch) room(n int) error {
	if b.b.Len()+n > batchBytesMax {
		return fmt.Errorf("%w: batch exceeds %d bytes", kv.ErrValueTooLarge, int64(batchBytesMax))
	}
	return nil
}

func (b *batch) Set(key, value []byte) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if len(value) > kv.ValueBytesMax {
		return kv.ErrValueTooLarge
	}
	if err := b.room(len(key) + len(value)); err != nil {
		return err
	}
	return b.b.Set(key, value, nil)
}

func (b *batch) Delete(key []byte) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := b.room(len(key)); err != nil {
		return err
	}
	return b.b.Delete(key, nil)
}

func (b *batch) DeleteRange(lower, upper []byte) error {
	if err := checkKey(lower); err != nil {
		return err
	}
	if err := checkKey(upper); err != nil {
		return err
	}
	if err := b.room(len(lower) + len(upper)); err != nil {
		return err
	}
	if string(lower) >= string(upper) {
		return nil // empty; Pebble would store it
	}
	return b.b.DeleteRange(lower, upper, nil)
}

// Amend changes the batch's own bytes: it has no index, so nothing else depends
// on them yet.
func (b *batch) Amend(fn func(key, value []byte)) {
	r := b.b.Reader()
	for {
		kind, key, value, ok, _ := r.Next() // what Set and its like wrote
		if !ok {
			return
		}
		if kind == pebble.InternalKeyKindSet {
			fn(key, value)
		}
	}
}

func (b *batch) Count() int { return int(b.b.Count()) }
func (b *batch) Bytes() int { return max(0, b.b.Len()-batchHeaderBytes) }
func (b *batch) Reset()     { b.b.Reset() }

func (b *batch) Close() error {
	if b.b == nil {
		return nil
	}
	err := b.b.Close()
	b.b = nil
	return mark(err)
}
