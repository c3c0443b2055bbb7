package hot

import (
	"errors"

	"github.com/ferritedb/ferrite/kv"
)

// loadPartOfMemory: one part of so many is filled by a load, at most.
const loadPartOfMemory = 2

// load reads the Cached keys of the inner engine into an empty table. Where they
// have room, the table is full afterwards. Nobody writes meanwhile.
func (e *Engine) load() error {
	left := e.opts.MemoryBytes / loadPartOfMemory
	var evicted uint64
	for i := range e.shards {
		evicted -= e.shards[i].evictions()
	}
	for c := 0; c < len(e.classes) && left >= 0; c++ {
		if e.classes[c] != Cached {
			continue
		}
		o := kv.IterOptions{Lower: []byte{byte(c)}}
		if c < len(e.classes)-1 {
			o.Upper = []byte{byte(c + 1)}
		}
		it, err := e.inner.NewIter(o)
		if err != nil {
			return err
		}
		for ok := it.First(); ok && left >= 0; ok = it.Next() {
			var value []byte
			if value, err = it.Value(); err != nil {
				break
			}
			left -= e.loadOne(it.Key(), value)
		}
		if err = errors.Join(err, it.Error(), it.Close()); err != nil {
			return err
		}
	}
	for i := range e.shards {
		evicted += e.shards[i].evictions()
	}
	e.full.Store(left >= 0 && evicted == 0)
	return nil
}

// loadOne gives the memory that a record took; all of it where it was refused.
func (e *Engine) loadOne(key, value []byte) int64 {
	if !e.takes(key, len(value)) {
		return e.opts.MemoryBytes
	}
	hash := e.hash(key)
	s := e.shardOf(hash)
	s.mu.RLock()
	version := s.version
	s.mu.RUnlock()
	if !s.cache(hash, key, value, version, e.seq.Load()) {
		return e.opts.MemoryBytes
	}
	return int64(recordSize(len(key), len(value)))
}

func (s *shard) evictions() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.evicted
}
