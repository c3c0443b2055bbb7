package log

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/clock"
)

const testDir = "log"

// small makes every path short: records of a hundred bytes split and roll.
var small = Options{SegmentBytes: 512, FrameBytesMax: 128}

func mustOpen(t *testing.T, fs FS, o Options) *Log {
	t.Helper()
	l, err := Open(fs, testDir, o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// start opens and replays, and gives copies of the records.
func start(t *testing.T, fs FS, o Options, from uint64) (*Log, []Record) {
	t.Helper()
	l := mustOpen(t, fs, o)
	var recs []Record
	err := l.Replay(from, func(r Record) error {
		r.Payload = bytes.Clone(r.Payload)
		recs = append(recs, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return l, recs
}

// put appends a record and gives it as Replay would.
func put(t *testing.T, l *Log, ts uint64, payload []byte) Record {
	t.Helper()
	buf := append(make([]byte, HeaderBytes), payload...)
	pos, end, err := l.Append(buf, ts, uint8(ts))
	if err != nil {
		t.Fatal(err)
	}
	return Record{Pos: pos, End: end, TS: ts, Kind: uint8(ts), Payload: payload}
}

func sameRecords(t *testing.T, got, want []Record) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d records, want %d", len(got), len(want))
	}
	for i := range got {
		g, w := got[i], want[i]
		if !bytes.Equal(g.Payload, w.Payload) {
			t.Fatalf("record %d: payload of %d bytes differs from the %d written", i, len(g.Payload), len(w.Payload))
		}
		g.Payload, w.Payload = nil, nil
		if fmt.Sprint(g) != fmt.Sprint(w) {
			t.Fatalf("record %d: got %+v, want %+v", i, g, w)
		}
	}
}

func closeLog(t *testing.T, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func payload(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + n)
	}
	return b
}

func TestReplayGivesWhatWasAppended(t *testing.T) {
	for name, fs := range map[string]FS{"mem": NewMemFS(), "os": OS} {
		t.Run(name, func(t *testing.T) {
			dir := testDir
			if name == "os" {
				dir = filepath.Join(t.TempDir(), "a", "b")
			}
			open := func() (*Log, []Record) {
				l, err := Open(fs, dir, small)
				if err != nil {
					t.Fatal(err)
				}
				var recs []Record
				if err := l.Replay(0, func(r Record) error {
					r.Payload = bytes.Clone(r.Payload)
					recs = append(recs, r)
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				return l, recs
			}
			l, recs := open()
			sameRecords(t, recs, nil)
			var want []Record
			for round := range 3 {
				for i, n := range []int{0, 1, 95, 96, 97, 200, 1000, 3} {
					want = append(want, put(t, l, uint64(round*100+i), payload(n)))
				}
				closeLog(t, l)
				if _, _, err := l.Append(make([]byte, HeaderBytes), 1, 1); !errors.Is(err, ErrClosed) {
					t.Fatalf("append on a closed log: %v", err)
				}
				l, recs = open()
				sameRecords(t, recs, want)
			}
			closeLog(t, l)
		})
	}
}

func TestReplayFrom(t *testing.T) {
	fs := NewMemFS()
	l, _ := start(t, fs, small, 0)
	var want []Record
	for i := range 40 {
		want = append(want, put(t, l, uint64(i+1), payload(i*11%300)))
	}
	closeLog(t, l)
	for i, r := range want {
		l, got := start(t, fs.Kill(), small, r.End)
		sameRecords(t, got, want[i+1:])
		closeLog(t, l)
	}
	l = mustOpen(t, fs.Kill(), small)
	if err := l.Replay(want[7].Pos+1, func(Record) error { return nil }); !errors.Is(err, kv.ErrCorruption) {
		t.Fatalf("replay from within a record: %v", err)
	}
}

// TestReplayFromPastTheEnd is the start after the engine was durable before the
// log, which happened with version 1.
func TestReplayFromPastTheEnd(t *testing.T) {
	fs := NewMemFS()
	l, _ := start(t, fs, small, 0)
	last := put(t, l, 1, payload(10))
	closeLog(t, l)
	if err := fs.Remove(filepath.Join(testDir, markName)); err != nil {
		t.Fatal(err)
	}
	from := last.End + 5000
	l, got := start(t, fs, small, from)
	sameRecords(t, got, nil)
	if l.Written() != from || l.First() != from {
		t.Fatalf("log holds %d to %d, want to start at %d", l.First(), l.Written(), from)
	}
	next := put(t, l, 2, payload(20))
	closeLog(t, l)
	l, got = start(t, fs, small, from)
	sameRecords(t, got, []Record{next})
	closeLog(t, l)
}

func TestDropBeforeAndReaders(t *testing.T) {
	fs := NewMemFS()
	l, _ := start(t, fs, small, 0)
	ctx := context.Background()
	var want []Record
	for i := range 50 {
		want = append(want, put(t, l, uint64(i+1), payload(i*13%400)))
	}
	behind, err := l.NewReader(0, ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.DropBefore(l.Written()); err != nil || l.First() != FirstPosition {
		t.Fatalf("dropped what was not synced: first %d, %v", l.First(), err)
	}
	if err := l.WaitSync(ctx, l.Written()); err != nil {
		t.Fatal(err)
	}
	keep := want[30].Pos
	if err := l.DropBefore(keep); err != nil {
		t.Fatal(err)
	}
	if l.First() == FirstPosition || l.First() > keep {
		t.Fatalf("first position %d after DropBefore(%d)", l.First(), keep)
	}
	if _, err := behind.Next(ctx); !errors.Is(err, ErrFellBehind) {
		t.Fatalf("reader of what was dropped: %v", err)
	}
	if _, err := l.NewReader(1, ReaderOptions{}); !errors.Is(err, ErrFellBehind) {
		t.Fatalf("new reader of what was dropped: %v", err)
	}
	r, err := l.NewReader(keep, ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 30 { // into recycled segments
		want = append(want, put(t, l, uint64(i+100), payload(i*17%400)))
	}
	var got []Record
	for r.Pos() < l.Written() {
		rec, err := r.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		rec.Payload = bytes.Clone(rec.Payload)
		got = append(got, rec)
	}
	sameRecords(t, got, want[30:])
	closeLog(t, l)
	l, got = start(t, fs, small, keep)
	sameRecords(t, got, want[30:])
	closeLog(t, l)
}

func TestSyncedOnlyReader(t *testing.T) {
	l, _ := start(t, NewMemFS(), small, 0)
	put(t, l, 1, payload(5))
	r, err := l.NewReader(0, ReaderOptions{SyncedOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := r.TryNext(); ok || err != nil {
		t.Fatalf("reader shows what is not synced: %v", err)
	}
	if err := l.WaitSync(context.Background(), l.Written()); err != nil {
		t.Fatal(err)
	}
	if rec, ok, err := r.TryNext(); !ok || err != nil || rec.TS != 1 {
		t.Fatalf("reader does not show what is synced: %v, %v", rec, err)
	}
	closeLog(t, l)
	if _, err := r.Next(context.Background()); !errors.Is(err, ErrClosed) {
		t.Fatalf("reader of a closed log: %v", err)
	}
}

func TestSyncFailureIsSticky(t *testing.T) {
	fs := NewMemFS()
	l, _ := start(t, fs, small, 0)
	boom := errors.New("boom")
	r := put(t, l, 1, payload(5))
	fs.SetFault(func(op, _ string) error {
		if op == "sync" {
			return boom
		}
		return nil
	})
	told := make(chan error, 1)
	if err := l.WaitSync(context.Background(), r.End); !errors.Is(err, boom) || !errors.Is(err, ErrFailed) {
		t.Fatalf("sync: %v", err)
	}
	fs.SetFault(nil)
	l.OnSync(r.End, func(err error) { told <- err })
	if err := <-told; !errors.Is(err, ErrFailed) {
		t.Fatalf("callback got %v", err)
	}
	if _, _, err := l.Append(make([]byte, HeaderBytes), 1, 1); !errors.Is(err, ErrFailed) {
		t.Fatalf("append after a failure: %v", err)
	}
	if err := l.WaitSync(context.Background(), r.End); !errors.Is(err, ErrFailed) {
		t.Fatalf("second sync: %v", err)
	}
	if err := l.Close(); !errors.Is(err, ErrFailed) {
		t.Fatalf("close: %v", err)
	}
}

func TestSyncEvery(t *testing.T) {
	c := clock.NewManual(time.Unix(1, 0))
	o := small
	o.Clock = c
	l, _ := start(t, NewMemFS(), o, 0)
	l.SyncEvery(time.Second)
	r, err := l.NewReader(0, ReaderOptions{SyncedOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		put(t, l, uint64(i+1), payload(9))
		if _, ok, err := r.TryNext(); ok || err != nil {
			t.Fatalf("synced before the second was over: %v", err)
		}
		c.Advance(time.Second)
		if _, err := r.Next(context.Background()); err != nil {
			t.Fatal(err)
		}
		for l.sync.ticking.Load() { // the reader is woken before the tick is over
			runtime.Gosched()
		}
	}
	closeLog(t, l)
}

// TestConcurrent has committers, readers and a dropper at once; mostly for -race.
func TestConcurrent(t *testing.T) {
	l, _ := start(t, NewMemFS(), Options{SegmentBytes: 4096, FrameBytesMax: 512}, 0)
	const committers, each = 8, 100
	ctx := context.Background()
	var commit sync.Mutex
	var wg sync.WaitGroup
	for c := range committers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range each {
				buf := append(make([]byte, HeaderBytes), payload((c*each+i)%900)...)
				commit.Lock()
				_, end, err := l.Append(buf, 1, 1)
				commit.Unlock()
				if err == nil && i%3 == 0 {
					got := make(chan error, 1)
					l.OnSync(end, func(err error) { got <- err })
					err = <-got
				} else if err == nil {
					err = l.WaitSync(ctx, end)
				}
				if err != nil || l.Synced() < end {
					t.Errorf("commit: %v", err)
					return
				}
			}
		}()
	}
	r, err := l.NewReader(0, ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for range committers * each {
		rec, err := r.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.DropBefore(rec.Pos); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	if r.Pos() != l.Written() {
		t.Fatalf("reader at %d, log at %d", r.Pos(), l.Written())
	}
	closeLog(t, l)
}

func TestWaitSyncCancelled(t *testing.T) {
	fs := NewMemFS()
	l, _ := start(t, fs, small, 0)
	entered, leave := make(chan struct{}), make(chan struct{})
	var once sync.Once
	fs2 := &blockingFS{FS: fs, block: func() {
		once.Do(func() { close(entered); <-leave })
	}}
	closeLog(t, l)
	l, _ = start(t, fs2, small, 0)
	fs2.armed = true
	put(t, l, 1, nil)
	end := l.Written()
	led := make(chan error, 1)
	go func() { led <- l.WaitSync(context.Background(), end) }()
	<-entered
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := l.WaitSync(ctx, end); !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled wait: %v", err)
	}
	close(leave)
	if err := <-led; err != nil {
		t.Fatal(err)
	}
	closeLog(t, l)
}

// blockingFS calls block before each sync of a file opened while armed.
type blockingFS struct {
	FS
	armed bool
	block func()
}

type blockingFile struct {
	File
	fs *blockingFS
}

func (b *blockingFS) Create(p string) (File, error) {
	f, err := b.FS.Create(p)
	return blockingFile{f, b}, err
}

func (b *blockingFS) Open(p string) (File, error) {
	f, err := b.FS.Open(p)
	return blockingFile{f, b}, err
}

func (f blockingFile) Datasync() error {
	if f.fs.armed {
		f.fs.block()
	}
	return f.File.Datasync()
}
