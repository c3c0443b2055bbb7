package hot

import "github.com/ferritedb/ferrite/kv"

// Metrics of the table, then those of the inner engine.
func (e *Engine) Metrics() []kv.Metric {
	if e.closed.Load() {
		return nil
	}
	var live int
	var evicted, filled, hits, misses uint64
	for i := range e.shards {
		s := &e.shards[i]
		s.mu.RLock()
		live += s.live
		evicted += s.evicted
		hits, misses = hits+s.hits.Load(), misses+s.misses.Load()
		for _, seg := range s.segs {
			filled += uint64(seg.fill)
		}
		s.mu.RUnlock()
	}
	e.writeMu.Lock()
	dirty := e.dirtyBytes
	e.writeMu.Unlock()
	return append([]kv.Metric{
		{Name: "hot_records", Help: "Records in the hot tier.", Value: float64(live)},
		{Name: "hot_filled_bytes", Help: "Memory of the hot tier that holds records, live or not.", Value: float64(filled)},
		{Name: "hot_dirty_bytes", Help: "Records that the engine below does not have yet.", Value: float64(dirty)},
		{Name: "hot_hits_total", Help: "Reads that the hot tier answered.", Value: float64(hits), Counter: true},
		{Name: "hot_misses_total", Help: "Reads that went to the engine below.", Value: float64(misses), Counter: true},
		{Name: "hot_evicted_records_total", Help: "Records that made room for others.", Value: float64(evicted), Counter: true},
		{Name: "hot_drains_total", Help: "Drains into the engine below.", Value: float64(e.figures.drains.Load()), Counter: true},
		{Name: "hot_drained_records_total", Help: "Records written by drains.", Value: float64(e.figures.drained.Load()), Counter: true},
	}, e.inner.Metrics()...)
}
