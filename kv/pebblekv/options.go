package pebblekv

import (
	"fmt"
	"runtime"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
)

// Compression of tables.
type Compression uint8

const (
	// Fast is Snappy or its like on every level.
	Fast Compression = iota
	// Balanced has Zstandard on the lower levels.
	Balanced
	// Uncompressed stores blocks as they are.
	Uncompressed
)

// Defaults of Options.
const (
	defaultBlockCacheBytes = 256 << 20
	defaultMemTableBytes   = 64 << 20
	defaultOpenFilesMax    = 1000
)

// Sizes and thresholds of the tree that are not worth a setting.
const (
	memTablesMax     = 4 // full memtables before writes wait, in Engine.room
	memTablesNoLimit = 1 << 20
	// memTableEntryBytes is about what a memtable adds to an entry.
	memTableEntryBytes = 64
	l0CompactAt        = 4  // sublevels of L0 at which compaction begins
	l0StopWritesAt     = 24 // sublevels of L0 at which writes wait
	lBaseBytesMax      = 128 << 20
	tableBytes         = 8 << 20
	blockBytes         = 16 << 10
	indexBlockBytes    = 256 << 10
	filterBitsPerKey   = 10
	bytesPerSync       = 1 << 20
	compactionWorkers  = 2
)

// Options of an engine. The zero value of a field gives its default.
type Options struct {
	// FS is where the files lie; default the operating system's.
	FS FS
	// BlockCacheBytes bounds the cache of uncompressed blocks; default 256 MiB.
	BlockCacheBytes int64
	// MemTableBytes is the size at which a memtable is flushed; default 64 MiB.
	// Up to four of them are in memory.
	MemTableBytes uint64
	// OpenFilesMax bounds the open table files; default 1000.
	OpenFilesMax int
	// Compression of new tables; default Fast.
	Compression Compression
	// ReserveBytes is the size of a file that is given up when the disk is full, so
	// that what is under way can be finished; 0 for none.
	ReserveBytes int64
	// ReadOnly opens without writing anything.
	ReadOnly bool
	// Report is told what goes wrong in the background; default nobody. It must
	// not call the engine.
	Report func(msg string, err error)
}

func (o *Options) fill() {
	if o.FS == nil {
		o.FS = osFS
	}
	if o.BlockCacheBytes == 0 {
		o.BlockCacheBytes = defaultBlockCacheBytes
	}
	if o.MemTableBytes == 0 {
		o.MemTableBytes = defaultMemTableBytes
	}
	if o.OpenFilesMax == 0 {
		o.OpenFilesMax = defaultOpenFilesMax
	}
	if o.Report == nil {
		o.Report = func(string, error) {}
	}
}

func (e *Engine) pebbleOptions() *pebble.Options {
	o := &e.opts
	p := &pebble.Options{
		FS:                          e.guard,
		CacheSize:                   o.BlockCacheBytes,
		MemTableSize:                o.MemTableBytes,
		MemTableStopWritesThreshold: memTablesNoLimit,
		MaxOpenFiles:                o.OpenFilesMax,
		L0CompactionThreshold:       l0CompactAt,
		L0StopWritesThreshold:       l0StopWritesAt,
		LBaseMaxBytes:               lBaseBytesMax,
		BytesPerSync:                bytesPerSync,
		FormatMajorVersion:          pebble.FormatNewest,
		DisableWAL:                  true,
		ReadOnly:                    o.ReadOnly,
		Logger:                      logger{o.Report},
		CompactionConcurrencyRange: func() (lower, upper int) {
			return 1, max(1, min(compactionWorkers, runtime.GOMAXPROCS(0)))
		},
	}
	// Compactions started by reads cost every iterator a sample.
	p.Experimental.ReadSamplingMultiplier = -1
	for i := range p.Levels {
		l := &p.Levels[i]
		l.BlockSize = blockBytes
		l.IndexBlockSize = indexBlockBytes
		l.FilterPolicy = bloom.FilterPolicy(filterBitsPerKey)
		l.FilterType = pebble.TableFilter
	}
	p.TargetFileSizes[0] = tableBytes
	p.ApplyCompressionSettings(func() pebble.DBCompressionSettings {
		switch o.Compression {
		case Balanced:
			return pebble.DBCompressionBalanced
		case Uncompressed:
			return pebble.DBCompressionNone
		}
		return pebble.DBCompressionFastest
	})
	p.EventListener = &pebble.EventListener{
		BackgroundError: e.backgroundError,
		DataCorruption: func(i pebble.DataCorruptionInfo) {
			o.Report("damaged table "+i.Path, mark(i.Details))
		},
		DiskSlow: func(i pebble.DiskSlowInfo) {
			o.Report(fmt.Sprintf("slow disk: %s of %s takes %s", i.OpType, i.Path, i.Duration), nil)
		},
		WriteStallBegin: func(pebble.WriteStallBeginInfo) {
			e.stalls.Add(1)
			e.stall.begin()
		},
		WriteStallEnd: e.stall.over,
		FlushEnd:      func(i pebble.FlushInfo) { e.flushEnded(i.Err) },
		CompactionEnd: func(i pebble.CompactionInfo) {
			if i.Err == nil {
				e.succeeded()
			}
		},
	}
	return p
}

// logger drops what is not an error.
type logger struct {
	report func(msg string, err error)
}

func (logger) Infof(string, ...any) {}

func (l logger) Errorf(format string, args ...any) {
	l.report(fmt.Sprintf(format, args...), nil)
}

// Fatalf is called where Pebble cannot go on; it must not return.
func (l logger) Fatalf(format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	l.report(msg, nil)
	panic("pebblekv: " + msg)
}
