package local

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/log"
)

// try opens a store as it is opened for users, with the override or without.
func (d disk) try(accept bool) (*Store, error) {
	c := clock.NewManual(time.Unix(2e9, 0))
	l, err := log.Open(d.log, "log", log.Options{SegmentBytes: 64 << 10, Clock: c})
	if err != nil {
		return nil, err
	}
	return Open(Options{Engine: memkv.Open(d.engine, "db", memkv.Options{}), Log: l, Clock: c, AcceptLostLog: accept})
}

// kill is what the end of the process leaves.
func (d disk) kill() disk { return disk{d.engine.CrashClone(), d.log.Kill()} }

// lived is the disk of a store with n commits of a kilobyte, flushed after so many
// of them (0: never), and killed.
func lived(t *testing.T, n, flushedAfter int) disk {
	t.Helper()
	d := newDisk()
	s := d.open(t, clock.NewManual(time.Unix(1e9, 0)), 0)
	for i := range n {
		put(t, s, fmt.Sprintf("\x10%04d", i), strings.Repeat("v", 1000), txn.PutOptions{})
		if i+1 == flushedAfter {
			must(t, s.Flush())
		}
	}
	return d.kill()
}

func (d disk) logFiles(t *testing.T) (segments []string) {
	t.Helper()
	names, err := d.log.List("log")
	must(t, err)
	for _, n := range names {
		if strings.HasSuffix(n, ".log") && !strings.HasPrefix(n, "spare") {
			segments = append(segments, "log/"+n)
		}
	}
	return segments
}

func (d disk) remove(t *testing.T, paths ...string) {
	t.Helper()
	for _, p := range paths {
		must(t, d.log.Remove(p))
	}
}

func count(t *testing.T, s *Store) int {
	t.Helper()
	return strings.Count(rows(t, s), "=")
}

// TestLostLogIsRefused takes the log away whole or in part, before and after the
// engine was flushed, and opens the store with what is left.
func TestLostLogIsRefused(t *testing.T) {
	const commits = 200 // some four segments
	for _, flushed := range []int{0, 100, commits} {
		for name, harm := range map[string]func(d disk, segs []string){
			"the directory": func(d disk, segs []string) { d.remove(t, append(segs, "log/mark")...) },
			"all segments":  func(d disk, segs []string) { d.remove(t, segs...) },
			"the mark":      func(d disk, segs []string) { d.remove(t, "log/mark") },
			"the last":      func(d disk, segs []string) { d.remove(t, segs[len(segs)-1]) },
			"half of the last": func(d disk, segs []string) {
				f, err := d.log.Open(segs[len(segs)-1])
				must(t, err)
				must(t, f.Truncate(1000))
			},
		} {
			t.Run(fmt.Sprintf("%s, %d flushed", name, flushed), func(t *testing.T) {
				d := lived(t, commits, flushed)
				harm(d, d.logFiles(t))
				_, err := d.try(false)
				var lost *LostLogError
				if !errors.As(err, &lost) || !errors.Is(err, kv.ErrCorruption) {
					t.Fatalf("open: %v", err)
				}
				if lost.Gap.KnownTS != 0 && !strings.Contains(err.Error(), "2001-09-09T01:46:40") {
					t.Errorf("no time in: %v", err)
				}
				s, err := d.try(true)
				must(t, err)
				n := count(t, s)
				if n < flushed || n > commits || (name == "the mark") != (n == commits) && flushed < commits {
					t.Errorf("%d of %d commits are left, %d had been flushed", n, commits, flushed)
				}
				put(t, s, "\x10new", "1", txn.PutOptions{})
				must(t, s.Close())
				s, err = d.try(false) // from here on it is whole
				must(t, err)
				if got := count(t, s); got != n+1 {
					t.Errorf("%d rows after the next start, want %d", got, n+1)
				}
				must(t, s.Close())
			})
		}
	}
}

// TestDirectoriesThatDoNotBelongTogether mixes engines and logs.
func TestDirectoriesThatDoNotBelongTogether(t *testing.T) {
	refused := func(d disk, want string) {
		t.Helper()
		for _, accept := range []bool{false, true} {
			if _, err := d.try(accept); !errors.Is(err, kv.ErrCorruption) || !strings.Contains(err.Error(), want) {
				t.Errorf("open (accepting losses: %v): %v, want %q", accept, err, want)
			}
		}
	}
	a, b := lived(t, 200, 100), lived(t, 200, 100)
	refused(disk{a.engine, b.log}, "the commit log of the store")

	// An engine older than the beginning of the log, and none at all.
	d := newDisk()
	s := d.open(t, clock.NewManual(time.Unix(1e9, 0)), 0)
	put(t, s, "\x10a", "1", txn.PutOptions{})
	must(t, s.Flush())
	old := d.engine.CrashClone()
	for i := range 200 {
		put(t, s, fmt.Sprintf("\x10%04d", i), strings.Repeat("v", 1000), txn.PutOptions{})
	}
	must(t, s.Flush())
	killed := d.kill()
	refused(disk{old, killed.log}, "is needed")
	refused(disk{memkv.NewDisk(), killed.log}, "the storage engine is empty")

	// An older log beside an engine that has more.
	d = newDisk()
	s = d.open(t, clock.NewManual(time.Unix(1e9, 0)), 0)
	put(t, s, "\x10a", "1", txn.PutOptions{})
	oldLog := d.log.Kill()
	put(t, s, "\x10b", "1", txn.PutOptions{})
	must(t, s.Flush())
	mixed := disk{d.engine.CrashClone(), oldLog}
	var lost *LostLogError
	if _, err := mixed.try(false); !errors.As(err, &lost) {
		t.Errorf("open with an older log: %v", err)
	}
	must(t, s.Close())
}

// TestEngineIsRebuiltFromAWholeLog: no commit is lost where only the engine is.
func TestEngineIsRebuiltFromAWholeLog(t *testing.T) {
	d := lived(t, 30, 0)
	s, err := disk{memkv.NewDisk(), d.log}.try(false)
	must(t, err)
	if n := count(t, s); n != 30 {
		t.Errorf("%d rows, want 30", n)
	}
	must(t, s.Close())
}

// TestEngineIsNeverAheadOfTheLog: what a power failure leaves of the log reaches
// to what it leaves of the engine, whoever flushed.
func TestEngineIsNeverAheadOfTheLog(t *testing.T) {
	d := newDisk()
	s := d.open(t, clock.NewManual(time.Unix(1e9, 0)), 5)
	for i := range 23 {
		x := begin(t, s, txn.Options{Durability: txn.None})
		must(t, x.Put(fmt.Appendf(nil, "\x10%d", i), nil, txn.PutOptions{}))
		_, err := x.Commit(bg)
		must(t, err)
		after := disk{d.engine.CrashClone(), d.log.Crash(func(int) int { return 0 })}
		r, err := after.try(false)
		must(t, err)
		if n := count(t, r); n < i+1-5 {
			t.Errorf("%d rows of %d are left, with a flush after each five", n, i+1)
		}
		must(t, r.Close())
	}
	must(t, s.Close())
}
