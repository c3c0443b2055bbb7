package hot

import (
	"bytes"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/must"
)

// bulkKeysMax is how many keys of a bulk are forgotten one by one; past it the
// table is emptied.
const bulkKeysMax = 4096

// bulk is the inner engine's, with what the table has to forget.
type bulk struct {
	kv.Bulk
	e      *Engine
	ranges []span
	keys   [][]byte
	many   bool // more than bulkKeysMax
}

type span struct{ lower, upper []byte }

// NewBulk begins a bulk of the inner engine.
func (e *Engine) NewBulk() (kv.Bulk, error) {
	if e.closed.Load() {
		return nil, kv.ErrClosed
	}
	inner, err := e.inner.NewBulk()
	if err != nil {
		return nil, err
	}
	return &bulk{Bulk: inner, e: e}, nil
}

func (b *bulk) note(key []byte) {
	if len(key) == 0 || b.e.classes[key[0]] == Through || b.many {
		return
	}
	if len(b.keys) >= bulkKeysMax {
		b.keys, b.many = nil, true
		return
	}
	b.keys = append(b.keys, bytes.Clone(key))
}

func (b *bulk) Set(key, value []byte) error {
	b.note(key)
	return b.Bulk.Set(key, value)
}

func (b *bulk) Delete(key []byte) error {
	b.note(key)
	return b.Bulk.Delete(key)
}

func (b *bulk) DeleteRange(lower, upper []byte) error {
	err := b.Bulk.DeleteRange(lower, upper)
	if err == nil && bytes.Compare(lower, upper) < 0 {
		b.ranges = append(b.ranges, span{bytes.Clone(lower), bytes.Clone(upper)})
	}
	return err
}

// ApplyBulk drains, has the inner engine take the bulk, and forgets what that made
// stale.
func (e *Engine) ApplyBulk(b kv.Bulk) error {
	hb, ok := b.(*bulk)
	if !ok || hb.e != e {
		return must.Failed("hot: bulk of another engine: %T", b)
	}
	e.writeMu.Lock()
	defer e.writeMu.Unlock()
	if e.closed.Load() {
		return kv.ErrClosed
	}
	e.drainMu.Lock()
	defer e.drainMu.Unlock()
	e.nextStamp()
	e.freeze()
	if len(e.frozen) > 0 {
		if err := e.drainFrozen(nil); err != nil {
			return err
		}
	}
	if err := e.inner.ApplyBulk(hb.Bulk); err != nil {
		return err
	}
	e.forgetKeys(hb)
	for _, r := range hb.ranges {
		if err := e.forgetRange(r.lower, r.upper); err != nil {
			return err
		}
	}
	return nil
}

// forgetKeys removes the keys of a bulk from the table. Nothing is dirty.
func (e *Engine) forgetKeys(b *bulk) {
	if b.many {
		e.full.Store(false)
		for i := range e.shards {
			e.shards[i].clear()
		}
		return
	}
	for _, key := range b.keys {
		hash := e.hash(key)
		e.shardOf(hash).forget(hash, key)
	}
}
