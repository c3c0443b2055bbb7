package resp

import (
	"sync"
	"sync/atomic"
)

// watchTable knows which clients watch which keys. It catches what record
// timestamps cannot show: a key that was made and deleted again.
type watchTable struct {
	n     atomic.Int64 // clients watching
	mu    sync.Mutex
	byKey map[string]map[*Client]struct{} // guarded by mu
}

// Watch notes that c watches a key.
func (s *Server) Watch(c *Client, db uint16, key []byte) {
	t := &s.watched
	k := waitKey(db, key)
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(c.Session.Watched) == 0 {
		t.n.Add(1)
		c.Info.WatchDirty.Store(false)
	}
	if t.byKey[k] == nil {
		t.byKey[k] = map[*Client]struct{}{}
	}
	t.byKey[k][c] = struct{}{}
}

// Unwatch forgets all that c watches.
func (s *Server) Unwatch(c *Client) {
	if len(c.Session.Watched) == 0 {
		return
	}
	t := &s.watched
	t.mu.Lock()
	for _, w := range c.Session.Watched {
		k := waitKey(w.DB, w.Key)
		delete(t.byKey[k], c)
		if len(t.byKey[k]) == 0 {
			delete(t.byKey, k)
		}
	}
	t.mu.Unlock()
	t.n.Add(-1)
	c.Session.Watched = nil
	c.Info.WatchDirty.Store(false)
}

// touch marks those who watch a key: clients of the writing shard at once, as
// they may run EXEC in the same turn, the others too, as their shards see the
// write at the latest with the mark.
func (t *watchTable) touch(except *Client, db uint16, key []byte) {
	var tmp [128]byte
	k := append(tmp[:0], byte(db>>8), byte(db))
	k = append(k, key...)
	t.mu.Lock()
	for c := range t.byKey[string(k)] {
		if c != except {
			c.Info.WatchDirty.Store(true)
		}
	}
	t.mu.Unlock()
}
