package log

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/must"
)

var (
	// ErrFailed wraps the I/O error after which the log takes nothing more.
	ErrFailed = errors.New("commit log failed")
	// ErrClosed is returned by calls on a closed log.
	ErrClosed = errors.New("commit log is closed")
	// ErrFellBehind is returned to a reader whose position was dropped.
	ErrFellBehind = errors.New("commit log no longer holds this position")
	// ErrNoSpace is returned for a record for which there is no room; it wraps
	// kv.ErrDiskFull where that is the reason. The log works on, and takes records
	// as soon as there is room.
	ErrNoSpace = errors.New("could not extend the commit log")
	// ErrRecordTooLarge is returned for a payload past the limit of a record.
	ErrRecordTooLarge = errors.New("commit log record exceeds its limit")
)

// Defaults of Options.
const (
	defaultSegmentBytes  = 64 << 20
	defaultFrameBytesMax = 4 << 20
)

// Options of a log. The zero value of a field gives its default.
type Options struct {
	// SegmentBytes is the size of a segment file; default 64 MiB.
	SegmentBytes int64
	// FrameBytesMax is the size of a frame past which a record is split; default
	// 4 MiB, at most SegmentBytes less its header.
	FrameBytesMax int
	// Clock serves SyncEvery; default the system's.
	Clock clock.Clock
}

func (o *Options) fill() error {
	if o.SegmentBytes == 0 {
		o.SegmentBytes = defaultSegmentBytes
	}
	if o.FrameBytesMax == 0 {
		o.FrameBytesMax = min(defaultFrameBytesMax, int(o.SegmentBytes-SegmentHeaderBytes))
	}
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	if o.FrameBytesMax <= HeaderBytes || o.FrameBytesMax > frameBytesLimit ||
		int64(o.FrameBytesMax) > o.SegmentBytes-SegmentHeaderBytes {
		return fmt.Errorf("commit log: frame limit of %d bytes does not suit segments of %d bytes",
			o.FrameBytesMax, o.SegmentBytes)
	}
	return nil
}

// Log is an open commit log. All methods are safe for concurrent use, except
// that Replay comes first and alone.
type Log struct {
	fs   FS
	dir  string
	opts Options

	written atomic.Uint64
	synced  atomic.Uint64
	failure atomic.Pointer[error]
	noRoom  atomic.Pointer[error] // see Space

	// mu guards the list of segments and serialises appends. It is never held
	// over a sync.
	mu         sync.Mutex
	segments   []*segment      // by base, the last is appended to
	curBytes   int64           // file offset at which the next frame goes
	unsynced   []*segment      // segments before the last with unsynced frames
	newNames   bool            // the directory has entries to sync
	spares     []spare         // files for the next segments
	probing    clock.Timer     // of the next probe for space
	sparing    bool            // a goroutine is making a spare
	spareNames map[string]bool // paths of spares, those being made too
	expected   bool            // see SetID
	replayed   bool
	closed     bool
	busy       sync.WaitGroup // goroutines of the log

	// mark is guarded by sync.running once the log is replayed.
	mark   mark
	lastTS uint64 // commit timestamp of the last record; guarded by mu
	holds  holds

	sync  syncState
	bell  bell
	stats stats
}

// Open opens the log in dir, which it creates where it is absent. Replay must
// be called before anything else.
func Open(fs FS, dir string, o Options) (*Log, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	if err := fs.MkdirAll(dir); err != nil {
		return nil, err
	}
	l := &Log{fs: fs, dir: dir, opts: o, spareNames: map[string]bool{}}
	l.sync.kick = make(chan struct{}, 1)
	if err := l.mark.open(fs, dir); err != nil {
		return nil, errors.Join(err, l.closeFiles())
	}
	names, err := fs.List(dir)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		path := filepath.Join(dir, name)
		if isSpareName(name) || name == newName || name == newMarkName {
			if err := fs.Remove(path); err != nil {
				return nil, err
			}
			continue
		}
		base, ok := parseSegmentName(name)
		if !ok {
			continue
		}
		f, err := fs.Open(path)
		if err != nil {
			l.closeFiles()
			return nil, err
		}
		l.segments = append(l.segments, &segment{base: base, path: path, file: f})
	}
	slices.SortFunc(l.segments, func(a, b *segment) int {
		if a.base < b.base {
			return -1
		}
		return 1
	})
	return l, nil
}

// ID of the store that the log belongs to, as its mark says; zero where it has none.
func (l *Log) ID() ID { return l.mark.id }

// SetID gives a log without a mark its ID; expected says that the log has been
// there before, so that it has lost something where it is empty or has no mark.
// To be called before Replay, which makes the mark.
func (l *Log) SetID(id ID, expected bool) { l.mark.id, l.expected = id, expected }

// Written is the position after the last record.
func (l *Log) Written() uint64 { return l.written.Load() }

// Synced is the position below which everything is durable.
func (l *Log) Synced() uint64 { return l.synced.Load() }

// First is the oldest position that the log still holds.
func (l *Log) First() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.segments) == 0 {
		return l.written.Load()
	}
	return l.segments[0].base
}

// Err is the sticky error; nil while the log works.
func (l *Log) Err() error {
	if p := l.failure.Load(); p != nil {
		return *p
	}
	return nil
}

// fail makes the first error sticky and gives it back.
func (l *Log) fail(err error) error {
	if !errors.Is(err, ErrClosed) {
		err = fmt.Errorf("%w: %w", ErrFailed, err)
	}
	l.failure.CompareAndSwap(nil, &err)
	l.bell.ring()
	return l.Err()
}

// Close syncs what was written and closes the files. Waiters get the outcome
// of that sync, later calls ErrClosed.
func (l *Log) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	replayed := l.replayed
	l.mu.Unlock()
	l.stopTimer()
	err := l.Err()
	if replayed && err == nil {
		err = l.WaitSync(context.Background(), l.written.Load())
	}
	l.mu.Lock()
	l.closed = true
	l.stopProbing()
	l.mu.Unlock()
	_ = l.fail(ErrClosed)
	l.stopSyncer()
	l.busy.Wait()
	l.sync.running.Lock() // a sync under way uses the files
	defer l.sync.running.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil && replayed {
		// The next open need not look behind the tail.
		end := l.written.Load()
		err = l.mark.set(l.fs, l.dir, slot{flags: slotClosed, synced: end, ts: l.lastTS})
		if err == nil {
			err = l.segments[len(l.segments)-1].file.Truncate(l.curBytes)
		}
	}
	if cerr := l.closeFiles(); err == nil {
		err = cerr
	}
	return err
}

func (l *Log) closeFiles() error {
	var errs []error
	for _, s := range l.segments {
		if s.readers > 0 {
			s.dropped = true
			continue
		}
		errs = append(errs, s.file.Close())
	}
	for _, s := range l.spares {
		errs = append(errs, s.file.Close())
	}
	l.spares = nil
	if l.mark.file != nil {
		errs = append(errs, l.mark.file.Close())
	}
	return errors.Join(errs...)
}

// checkReady refuses calls that need a replayed, working log; mu is held.
func (l *Log) checkReady() error {
	if err := l.Err(); err != nil {
		return err
	}
	return l.checkReplayed()
}

func (l *Log) checkReplayed() error {
	return must.True(l.replayed, "commit log used before Replay")
}

// Stats are figures of a log since it was opened.
type Stats struct {
	Records, Bytes, Syncs, Segments uint64
	// SyncTime is the time spent in fdatasync.
	SyncTime time.Duration
}

type stats struct {
	records, bytes, syncs, syncNanos atomic.Uint64
}

// Stats of the log.
func (l *Log) Stats() Stats {
	l.mu.Lock()
	n := len(l.segments)
	l.mu.Unlock()
	return Stats{
		Records: l.stats.records.Load(), Bytes: l.stats.bytes.Load(), Syncs: l.stats.syncs.Load(),
		Segments: uint64(n), SyncTime: time.Duration(l.stats.syncNanos.Load()),
	}
}
