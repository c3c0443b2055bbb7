package memkv

import (
	"bytes"

	"github.com/ferritedb/ferrite/kv"
)

type opKind uint8

const (
	opSet opKind = iota
	opDelete
	opDeleteRange
)

// op owns its bytes; a set's pass to the tree.
type op struct {
	kind opKind
	key  []byte
	val  []byte // upper bound of a range delete
}

type batch struct {
	ops  []op
	size int
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

func (b *batch) add(kind opKind, key, val []byte) {
	b.ops = append(b.ops, op{kind, bytes.Clone(key), bytes.Clone(val)})
	b.size += len(key) + len(val)
}

func (b *batch) Set(key, value []byte) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if len(value) > kv.ValueBytesMax {
		return kv.ErrValueTooLarge
	}
	b.add(opSet, key, value)
	return nil
}

func (b *batch) Delete(key []byte) error {
	if err := checkKey(key); err != nil {
		return err
	}
	b.add(opDelete, key, nil)
	return nil
}

func (b *batch) DeleteRange(lower, upper []byte) error {
	if err := checkKey(lower); err != nil {
		return err
	}
	if err := checkKey(upper); err != nil {
		return err
	}
	b.add(opDeleteRange, lower, upper)
	return nil
}

func (b *batch) Amend(fn func(key, value []byte)) {
	for _, o := range b.ops {
		if o.kind == opSet {
			fn(o.key, o.val)
		}
	}
}

func (b *batch) Count() int { return len(b.ops) }
func (b *batch) Bytes() int { return b.size }

func (b *batch) Reset() {
	clear(b.ops)
	b.ops, b.size = b.ops[:0], 0
}

func (b *batch) Close() error {
	b.Reset()
	return nil
}
