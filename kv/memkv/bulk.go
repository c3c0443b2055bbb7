package memkv

import (
	"bytes"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/must"
)

// bulk is a batch that checks the order of its keys.
type bulk struct {
	batch
	last [256][]byte // by first byte
}

// NewBulk is an empty bulk.
func (e *Engine) NewBulk() (kv.Bulk, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.isClosed {
		return nil, kv.ErrClosed
	}
	return &bulk{}, nil
}

func (b *bulk) inOrder(key []byte) error {
	if err := checkKey(key); err != nil {
		return err
	}
	last := &b.last[key[0]]
	if *last != nil && bytes.Compare(*last, key) >= 0 {
		return kv.ErrOrder
	}
	*last = bytes.Clone(key)
	return nil
}

func (b *bulk) Set(key, value []byte) error {
	if err := b.inOrder(key); err != nil {
		return err
	}
	return b.batch.Set(key, value)
}

func (b *bulk) Delete(key []byte) error {
	if err := b.inOrder(key); err != nil {
		return err
	}
	return b.batch.Delete(key)
}

// ApplyBulk applies and flushes.
func (e *Engine) ApplyBulk(b kv.Bulk) error {
	mb, ok := b.(*bulk)
	if !ok {
		return must.Failed("memkv: bulk of another engine: %T", b)
	}
	if err := e.Apply(&mb.batch); err != nil {
		return err
	}
	return e.Flush()
}
