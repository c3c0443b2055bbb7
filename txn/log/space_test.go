package log

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/clock"
)

// TestFullDisk fills the file system: what does not fit is refused and leaves no
// trace, what fits is taken, and the log goes on by itself when there is room.
func TestFullDisk(t *testing.T) {
	fs := NewMemFS()
	c := clock.NewManual(time.Unix(1, 0))
	o := small
	o.Clock = c
	l, _ := start(t, fs, o, 0)
	tries := 0
	fs.SetFault(func(op, _ string) error {
		if op == "allocate" {
			tries++
		}
		return nil
	})
	fs.SetLimit(3*512 + 3*markSlotBytes)
	var want []Record
	var full error
	for i := 0; full == nil && i < 1000; i++ {
		b := append(make([]byte, HeaderBytes), payload(50)...)
		pos, end, err := l.Append(b, uint64(i+1), 1)
		if err == nil {
			want = append(want, Record{Pos: pos, End: end, TS: uint64(i + 1), Kind: 1, Payload: payload(50)})
		}
		full = err
	}
	if !errors.Is(full, ErrNoSpace) || !errors.Is(full, kv.ErrDiskFull) || !errors.Is(full, syscall.ENOSPC) || errors.Is(full, ErrFailed) {
		t.Fatalf("append to a full disk: %v", full)
	}
	if len(want) < 10 {
		t.Fatalf("only %d records fit", len(want))
	}
	// What fits into the segment at hand is taken, and what is there is synced.
	want = append(want, put(t, l, 500, payload(1)))
	if err := l.WaitSync(context.Background(), l.Written()); err != nil {
		t.Fatal(err)
	}
	before := tries
	for range 100 {
		if _, _, err := l.Append(make([]byte, HeaderBytes+300), 1, 1); !errors.Is(err, ErrNoSpace) {
			t.Fatal(err)
		}
	}
	if tries != before {
		t.Errorf("the file system was asked %d times by 100 appends", tries-before)
	}
	if err := l.Reserve(1000); !errors.Is(err, ErrNoSpace) {
		t.Fatalf("reserve: %v", err)
	}
	fs.SetLimit(0)
	for i := 0; l.Space() != nil; i++ { // the timer runs in a goroutine of its own
		if i == 1000 {
			t.Fatal("the log never found the room")
		}
		c.Advance(probeMax)
	}
	want = append(want, put(t, l, 501, payload(300)))
	if err := l.Reserve(3000); err != nil {
		t.Fatal(err)
	}
	want = append(want, put(t, l, 502, payload(3000)))
	sameRecords(t, replayed(t, fs.Kill()), want)
	closeLog(t, l)
	sameRecords(t, replayed(t, fs.Kill()), want)
}

func replayed(t *testing.T, fs *MemFS) []Record {
	t.Helper()
	l, recs := start(t, fs, small, 0)
	closeLog(t, l)
	return recs
}

// TestFullDiskWithinASegment: a file system that does not reserve what it
// allocates. The record is taken back, so that no restart brings it to life.
func TestFullDiskWithinASegment(t *testing.T) {
	for name, fits := range map[string]int{"none of it": 0, "a part": 30, "all of it": 1000} {
		t.Run(name, func(t *testing.T) {
			mem := NewMemFS()
			fs := &shortFS{FS: mem}
			l, _ := start(t, fs, small, 0)
			first := put(t, l, 1, payload(40))
			fs.fits = fits
			fs.short = true
			if _, _, err := l.Append(append(make([]byte, HeaderBytes), payload(40)...), 2, 1); !errors.Is(err, ErrNoSpace) || errors.Is(err, ErrFailed) {
				t.Fatalf("append: %v", err)
			}
			sameRecords(t, replayed(t, mem.Kill()), []Record{first})
			sameRecords(t, replayed(t, mem.Crash(func(int) int { return 0 })), []Record{first})
			again := put(t, l, 3, payload(20))
			sameRecords(t, replayed(t, mem.Kill()), []Record{first, again})
			closeLog(t, l)
		})
	}
}

// shortFS has one write of more than a header fail after so many bytes, once short is set.
type shortFS struct {
	FS
	short bool
	fits  int
}

type shortFile struct {
	File
	fs *shortFS
}

func (s *shortFS) Create(path string) (File, error) { return s.wrap(s.FS.Create(path)) }
func (s *shortFS) Open(path string) (File, error)   { return s.wrap(s.FS.Open(path)) }
func (s *shortFS) wrap(f File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	return &shortFile{f, s}, nil
}

func (f *shortFile) WriteAt(p []byte, off int64) (int, error) {
	if !f.fs.short || len(p) <= HeaderBytes {
		return f.File.WriteAt(p, off)
	}
	f.fs.short = false
	n, err := f.File.WriteAt(p[:min(len(p), f.fs.fits)], off)
	if err == nil {
		err = syscall.ENOSPC
	}
	return n, err
}
