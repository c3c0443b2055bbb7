package log

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/kv"
)

// ended is a log of some segments, all synced, that was killed (every file whole)
// or closed.
func ended(t *testing.T, kill bool) (*MemFS, []Record) {
	t.Helper()
	fs := NewMemFS()
	l, _ := start(t, fs, small, 0)
	var want []Record
	for i := range 40 {
		want = append(want, put(t, l, uint64(i+1), payload(i*7%90)))
		if i%3 == 0 {
			if err := l.WaitSync(context.Background(), l.Written()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := l.WaitSync(context.Background(), l.Written()); err != nil {
		t.Fatal(err)
	}
	if kill {
		return fs.Kill(), want
	}
	closeLog(t, l)
	return fs.Kill(), want
}

func segmentsOf(t *testing.T, fs *MemFS) []string {
	t.Helper()
	names, err := fs.List(testDir)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, n := range names {
		if _, ok := parseSegmentName(n); ok {
			paths = append(paths, filepath.Join(testDir, n))
		}
	}
	return paths
}

func cut(t *testing.T, fs *MemFS, path string, size int64) {
	t.Helper()
	f, err := fs.Open(path)
	if err == nil {
		err = f.Truncate(size)
	}
	if err == nil {
		err = f.Datasync()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestWhatIsMissingIsNoticed takes parts of the log away, in the ways in which
// files get lost. Each is refused, nothing is changed, and the log goes on
// without them only when told to.
func TestWhatIsMissingIsNoticed(t *testing.T) {
	remove := func(t *testing.T, fs *MemFS, paths ...string) {
		for _, p := range paths {
			if err := fs.Remove(p); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, harm := range map[string]func(t *testing.T, fs *MemFS, segs []string){
		"all segments":       func(t *testing.T, fs *MemFS, segs []string) { remove(t, fs, segs...) },
		"the last":           func(t *testing.T, fs *MemFS, segs []string) { remove(t, fs, segs[len(segs)-1]) },
		"one in the middle":  func(t *testing.T, fs *MemFS, segs []string) { remove(t, fs, segs[len(segs)/2]) },
		"all but the first":  func(t *testing.T, fs *MemFS, segs []string) { remove(t, fs, segs[1:]...) },
		"half of the last":   func(t *testing.T, fs *MemFS, segs []string) { cut(t, fs, segs[len(segs)-1], 60) },
		"all of the last":    func(t *testing.T, fs *MemFS, segs []string) { cut(t, fs, segs[len(segs)-1], 0) },
		"half in the middle": func(t *testing.T, fs *MemFS, segs []string) { cut(t, fs, segs[2], 150) },
		"zeros in the last": func(t *testing.T, fs *MemFS, segs []string) {
			if err := fs.Corrupt(segs[len(segs)-1], func(b []byte) { clear(b[SegmentHeaderBytes:]) }); err != nil {
				t.Fatal(err)
			}
		},
		"a flipped bit": func(t *testing.T, fs *MemFS, segs []string) {
			if err := fs.Corrupt(segs[1], func(b []byte) { b[100] ^= 4 }); err != nil {
				t.Fatal(err)
			}
		},
	} {
		for how, kill := range map[string]bool{"killed": true, "closed": false} {
			t.Run(name+", "+how, func(t *testing.T) {
				fs, want := ended(t, kill)
				harm(t, fs, segmentsOf(t, fs))
				before := dump(t, fs)
				l := mustOpen(t, fs, small)
				var got []Record
				err := l.Replay(0, func(r Record) error {
					r.Payload = bytes.Clone(r.Payload)
					got = append(got, r)
					return nil
				})
				var gap *GapError
				if !errors.As(err, &gap) || !errors.Is(err, kv.ErrCorruption) {
					t.Fatalf("replay: %v", err)
				}
				sameRecords(t, got, want[:len(got)])
				if dump(t, fs) != before {
					t.Error("files changed")
				}
				end := want[len(want)-1].End
				if gap.Resume != end || gap.Known > end || gap.Known <= gap.End {
					t.Errorf("%+v, the log ended at %d", gap, end)
				}
				if len(got) > 0 && (gap.EndTS != got[len(got)-1].TS || gap.End != got[len(got)-1].End) {
					t.Errorf("%+v after the record of %d", gap, got[len(got)-1].TS)
				}
				if err := l.Resume(gap); err != nil {
					t.Fatal(err)
				}
				next := put(t, l, 100, payload(5))
				closeLog(t, l)
				l, got = start(t, fs, small, gap.Resume)
				sameRecords(t, got, []Record{next})
				closeLog(t, l)
			})
		}
	}
}

// dump is all files with their bytes, spares aside.
func dump(t *testing.T, fs *MemFS) string {
	t.Helper()
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var out strings.Builder
	for _, n := range fs.sorted() {
		if isSpareName(filepath.Base(n)) {
			continue
		}
		out.WriteString(n)
		out.Write(fs.names[n].data)
	}
	return out.String()
}

// TestFileCutShortBehindItsRecords: nothing that was synced is missing, but the
// file cannot have become so by a crash.
func TestFileCutShortBehindItsRecords(t *testing.T) {
	fs := NewMemFS()
	l, _ := start(t, fs, small, 0)
	r := put(t, l, 1, payload(10))
	if err := l.WaitSync(context.Background(), r.End); err != nil {
		t.Fatal(err)
	}
	put(t, l, 2, payload(10)) // acknowledged under "everysec", perhaps
	fs = fs.Kill()
	cut(t, fs, segmentPath(testDir, FirstPosition), SegmentHeaderBytes+int64(r.End)-FirstPosition)
	var gap *GapError
	if err := mustOpen(t, fs, small).Replay(0, func(Record) error { return nil }); !errors.As(err, &gap) || !strings.Contains(err.Error(), "was cut short to") {
		t.Fatalf("replay: %v", err)
	}
}

// TestTornTailIsNoGap crashes a log at random points: what was not promised may
// be gone, without a word.
func TestTornTailIsNoGap(t *testing.T) {
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		fs := NewMemFS()
		var synced uint64
		for range 4 {
			l, _ := start(t, fs, small, 0)
			for range rnd.IntN(30) {
				put(t, l, 1, payload(rnd.IntN(200)))
				if rnd.IntN(4) == 0 {
					if err := l.WaitSync(context.Background(), l.Written()); err != nil {
						t.Fatal(err)
					}
				}
			}
			if synced = l.Synced(); rnd.IntN(3) == 0 {
				closeLog(t, l)
				synced = l.Written()
			}
			fs = fs.Crash(rnd.IntN)
		}
		l, _ := start(t, fs, small, 0)
		if l.Written() < synced {
			t.Fatalf("seed %d: the log ends at %d, was synced to %d", seed, l.Written(), synced)
		}
		closeLog(t, l)
	}
}

func TestMarkOfAnotherVersionOrDamaged(t *testing.T) {
	for want, change := range map[error]func(b []byte){
		kv.ErrCorruption: func(b []byte) { b[3]++ },
		kv.ErrFormat: func(b []byte) {
			b[8]++
			s := checksum(b[:28])
			b[28], b[29], b[30], b[31] = byte(s), byte(s>>8), byte(s>>16), byte(s>>24)
		},
	} {
		fs, _ := ended(t, true)
		if err := fs.Corrupt(filepath.Join(testDir, markName), change); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(fs, testDir, small); !errors.Is(err, want) {
			t.Errorf("open: %v, want %v", err, want)
		}
	}
	fs, want := ended(t, true)
	if err := fs.Corrupt(filepath.Join(testDir, markName), func(b []byte) { clear(b[markSlotBytes : 2*markSlotBytes]) }); err != nil {
		t.Fatal(err)
	}
	l, got := start(t, fs, small, 0) // the other slot is enough
	sameRecords(t, got, want)
	closeLog(t, l)
}

func TestHoldKeepsTheLog(t *testing.T) {
	l, _ := start(t, NewMemFS(), small, 0)
	var recs []Record
	for i := range 40 {
		recs = append(recs, put(t, l, uint64(i+1), payload(50)))
	}
	if err := l.WaitSync(context.Background(), l.Written()); err != nil {
		t.Fatal(err)
	}
	drop := func() uint64 {
		t.Helper()
		if err := l.DropBefore(l.Written()); err != nil {
			t.Fatal(err)
		}
		return l.First()
	}
	all, err := l.Hold(0)
	if err != nil || drop() != FirstPosition {
		t.Fatalf("held all: %d, %v", l.First(), err)
	}
	later, err := l.Hold(recs[30].Pos)
	if err != nil {
		t.Fatal(err)
	}
	all.Advance(recs[20].Pos)
	if first := drop(); first == FirstPosition || first > recs[20].Pos {
		t.Fatalf("held from %d on: %d", recs[20].Pos, first)
	}
	all.Release()
	all.Release()
	if first := drop(); first <= recs[20].Pos-512 || first > recs[30].Pos {
		t.Fatalf("held from %d on: %d", recs[30].Pos, first)
	}
	if _, err := l.Hold(1); !errors.Is(err, ErrFellBehind) {
		t.Fatalf("hold of what was dropped: %v", err)
	}
	later.Release()
	if first := drop(); first <= recs[30].Pos {
		t.Fatalf("held nothing: %d", first)
	}
	closeLog(t, l)
}
