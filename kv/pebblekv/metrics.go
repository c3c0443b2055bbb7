package pebblekv

import "github.com/ferritedb/ferrite/kv"

// Metrics of the tree, the caches and the background work.
func (e *Engine) Metrics() []kv.Metric {
	if e.closed.Load() {
		return nil
	}
	m := e.db.Metrics()
	gauge := func(name, help string, v float64) kv.Metric {
		return kv.Metric{Name: name, Help: help, Value: v}
	}
	counter := func(name, help string, v float64) kv.Metric {
		return kv.Metric{Name: name, Help: help, Value: v, Counter: true}
	}
	var written, read uint64
	for i := range m.Levels {
		l := &m.Levels[i]
		written += l.TableBytesFlushed + l.TableBytesCompacted
		read += l.TableBytesRead
	}
	metrics := []kv.Metric{
		gauge("engine_disk_bytes", "Bytes of all files of the engine.", float64(m.DiskSpaceUsage())),
		gauge("engine_memtable_bytes", "Memory of memtables.", float64(m.MemTable.Size)),
		gauge("engine_memtables", "Memtables, the one being written included.", float64(m.MemTable.Count)),
		gauge("engine_block_cache_bytes", "Memory of the block cache.", float64(m.BlockCache.Size)),
		counter("engine_block_cache_hits_total", "Blocks found in the cache.", float64(m.BlockCache.Hits)),
		counter("engine_block_cache_misses_total", "Blocks read from files.", float64(m.BlockCache.Misses)),
		counter("engine_filter_hits_total", "Table reads that a bloom filter saved.", float64(m.Filter.Hits)),
		counter("engine_filter_misses_total", "Table reads that a bloom filter let through.", float64(m.Filter.Misses)),
		gauge("engine_l0_sublevels", "Sublevels of level 0.", float64(m.Levels[0].Sublevels)),
		gauge("engine_l0_tables", "Tables of level 0.", float64(m.Levels[0].TablesCount)),
		gauge("engine_read_amplification_levels", "Levels that a read may have to look at.", float64(m.ReadAmp())),
		gauge("engine_snapshots", "Open snapshots.", float64(m.Snapshots.Count)),
		gauge("engine_compaction_debt_bytes", "Bytes to compact until the tree is in shape.", float64(m.Compact.EstimatedDebt)),
		counter("engine_compactions_total", "Compactions.", float64(m.Compact.Count)),
		counter("engine_compactions_failed_total", "Compactions that failed.", float64(m.Compact.FailedCount)),
		counter("engine_flushes_total", "Flushes of memtables.", float64(m.Flush.Count)),
		counter("engine_flushes_failed_total", "Flushes that failed.", float64(e.flushesFailed.Load())),
		counter("engine_writes_failed_total", "Operations that the file system refused.", float64(e.guard.failed.Load())),
		counter("engine_write_stalls_total", "Times that writes had to wait for flush or compaction.", float64(e.stalls.Load())),
		counter("engine_table_written_bytes_total", "Bytes written to tables.", float64(written)),
		counter("engine_table_read_bytes_total", "Bytes read for compactions.", float64(read)),
	}
	if u, err := e.guard.GetDiskUsage(e.dir); err == nil {
		metrics = append(metrics, gauge("engine_disk_free_bytes", "Bytes free for the engine on its file system.", float64(u.AvailBytes)))
	}
	return metrics
}
