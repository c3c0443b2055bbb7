package pebblekv

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/ferritedb/ferrite/kv"
)

// fullFS is a file system in memory that refuses to write while err is set.
type fullFS struct {
	mem     *vfs.MemFS
	err     atomic.Pointer[error]
	only    atomic.Pointer[string] // files whose names contain this; nil for all
	refused atomic.Int64
	thin    atomic.Bool // there is room again once the reserve is removed
}

func newFullFS() *fullFS { return &fullFS{mem: vfs.NewMem()} }

func (f *fullFS) vfs() vfs.FS {
	return errorfs.Wrap(f.mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
		switch op.Kind {
		case errorfs.OpCreate, errorfs.OpFileWrite, errorfs.OpFilePreallocate, errorfs.OpReuseForWrite, errorfs.OpLink:
		case errorfs.OpRemove:
			if f.thin.Load() && strings.Contains(op.Path, reserveName) {
				f.fail(nil)
			}
			return nil
		default:
			return nil
		}
		p := f.err.Load()
		if p == nil || f.only.Load() != nil && !strings.Contains(op.Path, *f.only.Load()) {
			return nil
		}
		f.refused.Add(1)
		return *p
	}))
}

func (f *fullFS) fail(err error) {
	if err == nil {
		f.err.Store(nil)
		return
	}
	f.err.Store(&err)
}

// watch is what an engine reports: reports that it cannot write, and that it can.
type watch struct{ bad, good chan string }

func newWatch() *watch { return &watch{make(chan string, 100), make(chan string, 100)} }

func (w *watch) report(msg string, _ error) {
	switch {
	case strings.Contains(msg, "cannot write"):
		w.bad <- msg
	case strings.Contains(msg, "can write again"):
		w.good <- msg
	}
}

func openFull(t *testing.T, fs *fullFS, w *watch, reserve int64) *Engine {
	t.Helper()
	return open(t, "db", Options{FS: fs, MemTableBytes: 256 << 10, ReserveBytes: reserve, Report: w.report})
}

func load(t *testing.T, e *Engine, from, n int) error {
	t.Helper()
	r := rand.New(rand.NewPCG(1, uint64(from)))
	for i := range n {
		v := make([]byte, 1000)
		for j := range v {
			v[j] = byte(r.Uint32())
		}
		b := e.NewBatch()
		check(t, b.Set(binary.BigEndian.AppendUint32([]byte("k"), uint32(from+i)), v))
		err := e.Apply(b)
		check(t, b.Close())
		if err != nil {
			return err
		}
	}
	return nil
}

func countKeys(t *testing.T, e *Engine) (n int) {
	t.Helper()
	it, err := e.NewIter(kv.IterOptions{})
	check(t, err)
	for ok := it.First(); ok; ok = it.Next() {
		n++
	}
	check(t, errors.Join(it.Error(), it.Close()))
	return n
}

// TestFullDisk: the engine says that the disk is full, gives up its reserve, reads
// on, takes no more than it has room for, and goes on by itself when there is room.
func TestFullDisk(t *testing.T) {
	for _, reserve := range []int64{0, 2 << 20} {
		fs, w := newFullFS(), newWatch()
		e := openFull(t, fs, w, reserve)
		check(t, load(t, e, 0, 100))
		check(t, e.Flush())
		if _, err := fs.mem.Stat("db/" + reserveName); (err == nil) != (reserve > 0) {
			t.Errorf("reserve of %d: %v", reserve, err)
		}
		fs.fail(syscall.ENOSPC)
		err := load(t, e, 100, 1_000_000)
		if !errors.Is(err, kv.ErrDiskFull) {
			t.Fatalf("apply: %v", err)
		}
		<-w.bad
		if err := e.Health(); !errors.Is(err, kv.ErrDiskFull) || !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("health: %v", err)
		}
		if _, err := fs.mem.Stat("db/" + reserveName); err == nil {
			t.Error("the reserve was not given up")
		}
		n := countKeys(t, e)
		if n < 300 {
			t.Errorf("%d keys", n)
		}
		fs.fail(nil)
		<-w.good
		check(t, e.Flush())
		check(t, e.Health())
		check(t, load(t, e, n, 1000))
		check(t, e.Close())
		e = openFull(t, fs, w, reserve)
		if got := countKeys(t, e); got != n+1000 {
			t.Errorf("%d keys after a restart, want %d", got, n+1000)
		}
		check(t, e.Close())
		if len(w.bad) > 0 || len(w.good) > 0 {
			t.Errorf("told %d times more that it cannot write, %d that it can", len(w.bad), len(w.good))
		}
	}
}

// TestManifestWaitsForRoom: what must be written, or the process ends, is written
// when there is room.
func TestManifestWaitsForRoom(t *testing.T) {
	fs, w := newFullFS(), newWatch()
	e := openFull(t, fs, w, 0)
	check(t, load(t, e, 0, 10))
	name := "MANIFEST-"
	fs.only.Store(&name)
	fs.fail(syscall.ENOSPC)
	flushed := make(chan error, 1)
	go func() { flushed <- e.Flush() }()
	<-w.bad
	select {
	case err := <-flushed:
		t.Fatalf("flushed: %v", err)
	default:
	}
	fs.fail(nil)
	check(t, <-flushed)
	<-w.good // until then the engine takes the disk for full
	check(t, e.Close())
}

// TestCloseWhileNothingCanBeWritten ends, says so, and loses only what was never
// flushed; both when the disk is full and when the directory is gone.
func TestCloseWhileNothingCanBeWritten(t *testing.T) {
	for _, cause := range []error{syscall.ENOSPC, syscall.ENOENT, syscall.EIO} {
		for _, before := range []bool{true, false} {
			fs, w := newFullFS(), newWatch()
			e := openFull(t, fs, w, 1<<20)
			check(t, load(t, e, 0, 50))
			check(t, e.Flush())
			check(t, load(t, e, 50, 50))
			fs.fail(cause)
			if before { // the engine knows before it is closed
				go func() { _ = e.Flush() }()
				<-w.bad
			}
			if err := e.Close(); !errors.Is(err, cause) {
				t.Errorf("%v: close: %v", cause, err)
			}
			if n := fs.refused.Load(); n > 100 {
				t.Errorf("%v: tried %d times", cause, n)
			}
			fs.fail(nil)
			e = openFull(t, fs, w, 1<<20)
			if n := countKeys(t, e); n != 50 {
				t.Errorf("%v: %d keys", cause, n)
			}
			check(t, e.Close())
		}
	}
}

// TestOpenOnAFullDisk serves with the help of the reserve, and without one fails.
func TestOpenOnAFullDisk(t *testing.T) {
	fs, w := newFullFS(), newWatch()
	e := openFull(t, fs, w, 0)
	check(t, load(t, e, 0, 10))
	check(t, e.Close())
	fs.fail(syscall.ENOSPC)
	if _, err := Open("db", Options{FS: fs, Report: w.report}); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("open: %v", err)
	}
	fs.fail(nil)
	check(t, openFull(t, fs, w, 1<<20).Close())
	fs.fail(syscall.ENOSPC)
	fs.thin.Store(true)
	e = openFull(t, fs, w, 1<<20)
	<-w.bad
	if n := countKeys(t, e); n != 10 {
		t.Errorf("%d keys", n)
	}
	<-w.good
	check(t, e.Close())
}

// TestBeforeFlush: nothing becomes durable before whoever asked for that has
// agreed.
func TestBeforeFlush(t *testing.T) {
	fs := NewMemFS()
	e := open(t, "db", Options{FS: fs})
	no := errors.New("the log is not synced")
	var refuse atomic.Pointer[error]
	refuse.Store(&no)
	asked := make(chan struct{}, 1000)
	e.BeforeFlush(func() error {
		asked <- struct{}{}
		if p := refuse.Load(); p != nil {
			return *p
		}
		return nil
	})
	put(t, e, "a", "1")
	flushed := make(chan error, 1)
	go func() { flushed <- e.Flush() }()
	<-asked
	<-asked // tried again
	after := open(t, "db", Options{FS: fs.CrashClone(100, 1)})
	if n := countKeys(t, after); n != 0 {
		t.Errorf("%d keys are durable", n)
	}
	check(t, after.Close())
	refuse.Store(nil)
	check(t, <-flushed)
	after = open(t, "db", Options{FS: fs.CrashClone(0, 1)})
	if n := countKeys(t, after); n != 1 {
		t.Errorf("%d keys are durable after the flush", n)
	}
	check(t, after.Close())
	check(t, e.Close())
}
