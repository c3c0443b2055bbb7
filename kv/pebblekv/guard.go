package pebblekv

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ferritedb/ferrite/kv"
)

// Pace of trying again what the file system refused.
const (
	retryMin = 50 * time.Millisecond
	retryMax = 5 * time.Second
)

const (
	reserveName = "FERRITE-RESERVE"
	// probeBytes is what has to fit where there is no reserve to be made again.
	probeBytes = 1 << 20
	// flushCategory is what Pebble calls the files that it writes memtables to.
	flushCategory vfs.DiskWriteCategory = "pebble-memtable-flush"
)

// guard is the file system that Pebble writes through. Pebble tries background
// work that failed again at once and without end, and dies where its manifest
// cannot be written. So here a failure is answered late, later each time, and one
// of the manifest on a full disk not until it succeeds.
//
// When the disk is full the reserve is given up, so that what is under way can be
// finished, and the engine is unhealthy until the reserve can be made again: who
// looks at Health stops writing while there is room to flush.
type guard struct {
	vfs.FS
	dir     string
	reserve int64
	report  func(msg string, err error)
	before  func() error // of Engine.BeforeFlush

	health atomic.Pointer[error]
	failed atomic.Uint64 // operations that failed
	opened atomic.Bool   // Pebble's own work is in the background from here on

	mu       sync.Mutex
	failures int  // in a row; guarded by mu
	has      bool // the reserve is there; guarded by mu
	closing  chan struct{}
	stop     sync.Once
	done     sync.WaitGroup
}

func newGuard(dir string, o *Options) *guard {
	return &guard{FS: o.FS.vfs(), dir: dir, reserve: o.ReserveBytes, report: o.Report, closing: make(chan struct{})}
}

// close ends all waiting: what is refused from here on fails at once.
func (g *guard) close() {
	g.mu.Lock() // what is counted in done was counted before
	g.stop.Do(func() { close(g.closing) })
	g.mu.Unlock()
	g.done.Wait()
}

func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// critical files are those whose failed write ends the process.
func critical(name string) bool {
	name = name[strings.LastIndexByte(name, '/')+1:]
	return strings.HasPrefix(name, "MANIFEST-") || strings.HasPrefix(name, "marker.")
}

// do runs a writing operation on the file called name as the policy above says.
func (g *guard) do(name string, op func() error) error {
	for {
		err := op()
		if err == nil {
			return nil
		}
		full := isFull(err)
		if full && g.release() {
			continue
		}
		g.failed.Add(1)
		if !g.opened.Load() {
			return err
		}
		g.unhealthy(err)
		open := g.pause()
		if !full || !critical(name) {
			return err
		}
		if !open {
			select {} // Close does not wait for it, and Pebble must not hear of it
		}
	}
}

// pause waits, longer from failure to failure; false where the engine closes,
// soon then.
func (g *guard) pause() bool {
	g.mu.Lock()
	d := min(retryMin<<min(g.failures, 16), retryMax)
	g.failures++
	g.mu.Unlock()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-g.closing:
		time.Sleep(retryMin) // Pebble tries again until it knows that it is closed
		return false
	case <-t.C:
		return true
	}
}

// succeeded is told of each flush and compaction that was finished.
func (g *guard) succeeded() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.failures = 0
}

// release gives up the reserve; false where there was none.
func (g *guard) release() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.has {
		return false
	}
	g.has = false
	if err := g.FS.Remove(g.reservePath()); err != nil {
		return false
	}
	g.unhealthyLocked(fmt.Errorf("the reserve of %d bytes was given up: %w", g.reserve, syscall.ENOSPC))
	return true
}

func (g *guard) reservePath() string { return g.FS.PathJoin(g.dir, reserveName) }

func (g *guard) unhealthy(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.unhealthyLocked(err)
}

// unhealthyLocked notes why nothing should be applied, tells it once, and has the
// end of that looked for.
func (g *guard) unhealthyLocked(err error) {
	if isFull(err) {
		err = fmt.Errorf("%w: %w", kv.ErrDiskFull, err)
	}
	if !g.health.CompareAndSwap(nil, &err) {
		return
	}
	g.report("the storage engine cannot write: no writes are taken until it can", err)
	select {
	case <-g.closing:
	default:
		g.done.Add(1)
		go g.recover()
	}
}

// recover waits until the reserve can be made again.
func (g *guard) recover() {
	defer g.done.Done()
	for d := retryMin; ; d = min(2*d, retryMax) {
		t := time.NewTimer(d)
		select {
		case <-g.closing:
			t.Stop()
			return
		case <-t.C:
		}
		g.mu.Lock()
		err := g.makeReserve()
		if err == nil {
			g.health.Store(nil)
			g.failures = 0
		}
		g.mu.Unlock()
		if err == nil {
			g.report("the storage engine can write again", nil)
			return
		}
	}
}

// makeReserve makes the reserve, or where there is to be none sees whether a file
// can be written. mu is held.
func (g *guard) makeReserve() error {
	if g.reserve == 0 {
		return g.probe()
	}
	if err := g.writeReserve(g.reserve); err != nil {
		return errors.Join(err, g.FS.Remove(g.reservePath()))
	}
	g.has = true
	return nil
}

// probe sees whether a small file can be written.
func (g *guard) probe() error {
	err := g.writeReserve(probeBytes)
	return errors.Join(err, g.FS.Remove(g.reservePath()))
}

// writeReserve makes a file with blocks for size bytes: by allocating them where
// the file system does that, else by writing zeros.
func (g *guard) writeReserve(size int64) error {
	free := g.free()
	f, err := g.FS.Create(g.reservePath(), vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	left := size
	perr := f.Preallocate(0, size)
	if isFull(perr) {
		err = perr
	} else if perr == nil && free > 0 && free-g.free() >= size/2 {
		left = 1 // so that an empty file is none
	}
	zero := make([]byte, min(left, probeBytes))
	for ; left > 0 && err == nil; left -= int64(len(zero)) {
		_, err = f.Write(zero[:min(left, int64(len(zero)))])
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// free is the bytes free on the file system; 0 unknown.
func (g *guard) free() int64 {
	u, err := g.FS.GetDiskUsage(g.dir)
	if err != nil {
		return 0
	}
	return int64(u.AvailBytes)
}

// open has the reserve there. Without room for it the disk is full, and without
// any nothing is tried: Pebble would end the process.
func (g *guard) open() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.reserve > 0 {
		if fi, err := g.FS.Stat(g.reservePath()); err == nil && fi.Size() > 0 {
			g.has = true
			return nil
		}
	}
	err := g.makeReserve()
	if !isFull(err) {
		return err
	}
	if perr := g.probe(); perr != nil {
		return perr
	}
	g.unhealthyLocked(err)
	return nil
}

// Create opens a new file for writing.
func (g *guard) Create(name string, c vfs.DiskWriteCategory) (f vfs.File, err error) {
	if c == flushCategory {
		if err := g.before(); err != nil {
			g.pause()
			return nil, err
		}
	}
	err = g.do(name, func() error {
		f, err = g.FS.Create(name, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &guardedFile{f, g, name}, nil
}

// OpenReadWrite opens a file for writing.
func (g *guard) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (f vfs.File, err error) {
	err = g.do(name, func() error {
		f, err = g.FS.OpenReadWrite(name, c, o...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &guardedFile{f, g, name}, nil
}

// ReuseForWrite reuses a file for writing.
func (g *guard) ReuseForWrite(old, name string, c vfs.DiskWriteCategory) (f vfs.File, err error) {
	err = g.do(name, func() error {
		f, err = g.FS.ReuseForWrite(old, name, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &guardedFile{f, g, name}, nil
}

// Link makes a second name for a file.
func (g *guard) Link(old, name string) error {
	return g.do(name, func() error { return g.FS.Link(old, name) })
}

// Rename gives a file another name.
func (g *guard) Rename(old, name string) error {
	return g.do(name, func() error { return g.FS.Rename(old, name) })
}

// Unwrap gives the file system below.
func (g *guard) Unwrap() vfs.FS { return g.FS }

// guardedFile is a file that is written through the guard.
type guardedFile struct {
	vfs.File
	g    *guard
	name string
}

// Write goes on after what was written where it is tried again.
func (f *guardedFile) Write(p []byte) (n int, err error) {
	err = f.g.do(f.name, func() error {
		m, err := f.File.Write(p[n:])
		n += m
		return err
	})
	return n, err
}

// WriteAt goes on after what was written where it is tried again.
func (f *guardedFile) WriteAt(p []byte, off int64) (n int, err error) {
	err = f.g.do(f.name, func() error {
		m, err := f.File.WriteAt(p[n:], off+int64(n))
		n += m
		return err
	})
	return n, err
}

// Sync and SyncData are not tried again: what the system dropped when one failed
// cannot be known.
func (f *guardedFile) Sync() error     { return f.synced(f.File.Sync()) }
func (f *guardedFile) SyncData() error { return f.synced(f.File.SyncData()) }

func (f *guardedFile) synced(err error) error {
	if err != nil && f.g.opened.Load() {
		f.g.failed.Add(1)
		f.g.unhealthy(err)
		f.g.pause()
	}
	return err
}
