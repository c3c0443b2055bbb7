package session

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// Limits of the plan cache.
const (
	planCacheEntriesMax = 4096
	planCacheTextMax    = 16 << 10 // bytes of a query string that is worth keeping
	planCacheSeenSlots  = 1 << 13  // fingerprints of query strings seen once
)

// planKey names a cached statement: its text, the settings that plans depend on
// (search_path and user among them), the OIDs of the declared parameter types.
type planKey struct {
	sql, settings, params string
}

// cachedPlan is a parsed query string, and where it is a single planned
// statement, its plan.
type cachedPlan struct {
	key    planKey
	parsed []Parsed
	plan   atomic.Pointer[Plan]
	used   atomic.Bool
}

// PlanCache keeps parsed and planned statements for all sessions. A plan is
// checked against the catalog's version by whoever takes it. Safe for concurrent use.
type PlanCache struct {
	max  int
	mu   sync.RWMutex
	m    map[planKey]*cachedPlan // guarded by mu
	ring []*cachedPlan           // guarded by mu; clock eviction
	hand int                     // guarded by mu
	// seen holds fingerprints of query strings that came once: a string of the
	// simple protocol is kept when it comes again, so that those with their
	// constants written out do not fill the cache.
	seen [planCacheSeenSlots]atomic.Uint32
	seed maphash.Seed // of the fingerprints
}

// NewPlanCache makes a cache of at most max entries.
func NewPlanCache(max int) *PlanCache {
	return &PlanCache{max: max, m: map[planKey]*cachedPlan{}, seed: maphash.MakeSeed()}
}

// again tells whether the query string came before, more or less, and notes it.
func (c *PlanCache) again(sql string) bool {
	h := maphash.String(c.seed, sql)
	mark := uint32(h>>32) | 1
	return c.seen[h%planCacheSeenSlots].Swap(mark) == mark
}

func (c *PlanCache) get(k planKey) *cachedPlan {
	c.mu.RLock()
	e := c.m[k]
	c.mu.RUnlock()
	if e != nil && !e.used.Load() {
		e.used.Store(true)
	}
	return e
}

// put adds an entry, or gives the one that another session added first.
func (c *PlanCache) put(k planKey, parsed []Parsed) *cachedPlan {
	e := &cachedPlan{key: k, parsed: parsed}
	if len(k.sql) > planCacheTextMax || c.max <= 0 {
		return e
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if have := c.m[k]; have != nil {
		return have
	}
	if len(c.ring) < c.max {
		c.ring = append(c.ring, e)
		c.m[k] = e
		return e
	}
	for c.ring[c.hand].used.Swap(false) {
		c.hand = (c.hand + 1) % len(c.ring)
	}
	delete(c.m, c.ring[c.hand].key)
	c.ring[c.hand] = e
	c.m[k] = e
	c.hand = (c.hand + 1) % len(c.ring)
	return e
}

// Len is the number of entries.
func (c *PlanCache) Len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.m)
}
