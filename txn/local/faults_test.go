package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/log"
)

// gateFS has every Datasync wait while the gate is shut.
type gateFS struct {
	log.FS
	gate *sync.RWMutex
}

type gateFile struct {
	log.File
	gate *sync.RWMutex
}

func (f gateFS) Create(path string) (log.File, error) { return f.wrap(f.FS.Create(path)) }
func (f gateFS) Open(path string) (log.File, error)   { return f.wrap(f.FS.Open(path)) }
func (f gateFS) wrap(file log.File, err error) (log.File, error) {
	return gateFile{file, f.gate}, err
}

func (f gateFile) Datasync() error {
	f.gate.RLock()
	defer f.gate.RUnlock()
	return f.File.Datasync()
}

func openOn(t *testing.T, fs log.FS) *Store {
	t.Helper()
	l, err := log.Open(fs, "log", log.Options{SegmentBytes: 64 << 10})
	must(t, err)
	s, err := Open(Options{Engine: memkv.New(), Log: l, SyncInterval: time.Hour})
	must(t, err)
	return s
}

func TestCancelledWaitKeepsTheCommit(t *testing.T) {
	fs := gateFS{log.NewMemFS(), &sync.RWMutex{}}
	s := openOn(t, fs)
	fs.gate.Lock()
	first := begin(t, s, txn.Options{Durability: txn.None})
	must(t, first.Put([]byte("\x10a"), []byte("1"), txn.PutOptions{}))
	c, err := first.Commit(bg)
	must(t, err)
	synced := make(chan error, 2)
	s.OnSync(c.Pos, func(err error) { synced <- err }) // a sync is under way from here on

	ctx, cancel := context.WithCancel(bg)
	x := begin(t, s, txn.Options{})
	must(t, x.Put([]byte("\x10b"), []byte("2"), txn.PutOptions{}))
	x.OnCommit(func(txn.Commit) { cancel() })
	c, err = x.Commit(ctx)
	if !errors.Is(err, txn.ErrDurabilityUnknown) || errors.Is(err, context.Canceled) || c.TS != s.Now() {
		t.Errorf("cancelled wait of commit %d: %v", c.TS, err)
	}
	if s.SyncedPosition() >= c.Pos {
		t.Error("synced through a shut gate")
	}
	if got := show(t, begin(t, s, txn.Options{}), "\x10", "\x11", false); got != "\x10a=1 \x10b=2 " {
		t.Errorf("after the cancel: %q", got)
	}
	s.OnSync(c.Pos, func(err error) { synced <- err })
	fs.gate.Unlock()
	must(t, <-synced)
	must(t, <-synced)
	put(t, s, "\x10c", "3", txn.PutOptions{})
}

func TestFailedLogRefusesCommits(t *testing.T) {
	for _, op := range []string{"write", "sync"} {
		t.Run(op, func(t *testing.T) {
			fs := log.NewMemFS()
			s := openOn(t, fs)
			put(t, s, "\x10a", "1", txn.PutOptions{})
			broken := errors.New("input/output error")
			fs.SetFault(func(o, _ string) error {
				if o == op {
					return broken
				}
				return nil
			})
			x := begin(t, s, txn.Options{})
			must(t, x.Put([]byte("\x10b"), []byte("2"), txn.PutOptions{}))
			if _, err := x.Commit(bg); !errors.Is(err, txn.ErrDurabilityUnknown) {
				t.Errorf("commit: %v", err)
			}
			fs.SetFault(nil)
			x = begin(t, s, txn.Options{Durability: txn.None})
			must(t, x.Put([]byte("\x10c"), []byte("3"), txn.PutOptions{}))
			if _, err := x.Commit(bg); !errors.Is(err, txn.ErrNotWritable) || !errors.Is(s.Writable(), txn.ErrNotWritable) {
				t.Errorf("commit after the failure: %v; writable: %v", err, s.Writable())
			}
			want := map[string]string{"write": "\x10a=1 ", "sync": "\x10a=1 \x10b=2 "}[op]
			if got := show(t, begin(t, s, txn.Options{}), "\x10", "\x11", false); got != want {
				t.Errorf("reads after the failure: %q, want %q", got, want)
			}
			if l := s.Locks(); len(l) != 0 {
				t.Errorf("locks left: %v", l)
			}
		})
	}
}

func TestHooksRunInCommitOrder(t *testing.T) {
	s := OpenMemory()
	var ran []string
	hook := func(name string) func(txn.Commit) {
		return func(c txn.Commit) { ran = append(ran, fmt.Sprint(name, " ", c.TS == s.Now())) }
	}
	x := begin(t, s, txn.Options{})
	must(t, x.Put([]byte("\x10a"), nil, txn.PutOptions{}))
	x.OnCommit(hook("first"))
	sp := x.Savepoint()
	x.OnCommit(hook("taken back"))
	x.RollbackTo(sp)
	x.OnCommit(hook("second"))
	_, err := x.Commit(bg)
	must(t, err)
	r := begin(t, s, txn.Options{ReadOnly: true})
	r.OnCommit(hook("read-only"))
	_, err = r.Commit(bg)
	must(t, err)
	lost := begin(t, s, txn.Options{})
	lost.OnCommit(hook("rolled back"))
	lost.Rollback()
	if want := []string{"first true", "second true", "read-only true"}; !slices.Equal(ran, want) {
		t.Errorf("hooks ran: %v, want %v", ran, want)
	}
	must(t, s.Close())
	if _, err := s.Begin(txn.Options{}); !errors.Is(err, txn.ErrClosed) {
		t.Errorf("begin after close: %v", err)
	}
}

func TestEverySecSyncsByTheClock(t *testing.T) {
	c := clock.NewManual(time.Unix(1e9, 0))
	s := newDisk().open(t, c, 0)
	x := begin(t, s, txn.Options{Durability: txn.EverySec})
	must(t, x.Put([]byte("\x10a"), nil, txn.PutOptions{}))
	commit, err := x.Commit(bg)
	must(t, err)
	if s.SyncedPosition() >= commit.Pos {
		t.Error("synced before the second was over")
	}
	synced := make(chan error, 1)
	c.Advance(time.Second)
	s.OnSync(commit.Pos, func(err error) { synced <- err })
	must(t, <-synced)
	must(t, s.WaitSync(bg, commit.Pos))
	must(t, s.Close())
}

// TestTrackerPastItsLimit has more commits beside a serializable transaction than
// are remembered: it fails, others do not.
func TestTrackerPastItsLimit(t *testing.T) {
	s := OpenMemory()
	s.recent.max = 10_000
	write := func(x txn.Txn, key string) error {
		must(t, x.Put([]byte(key), nil, txn.PutOptions{}))
		_, err := x.Commit(bg)
		return err
	}
	old := begin(t, s, txn.Options{Isolation: txn.Serializable})
	_, _, err := old.Get(nil, []byte("\x10nobody writes this"))
	must(t, err)
	for i := range 100 {
		put(t, s, fmt.Sprintf("\x10%d", i), "", txn.PutOptions{})
	}
	young := begin(t, s, txn.Options{Isolation: txn.Serializable})
	_, _, err = young.Get(nil, []byte("\x10nor this"))
	must(t, err)
	if err := write(old, "\x10old"); !errors.Is(err, txn.ErrSerializationDependency) {
		t.Errorf("the old transaction: %v", err)
	}
	must(t, write(young, "\x10young"))
	if s.recent.oldest != nil || s.recent.newest != nil {
		t.Error("trackers left over")
	}
	must(t, s.Close())
}

// TestManyPointReads passes the limit of single keys in a read set: the whole
// range between them counts then.
// TestManyRangeReads: ranges past the bounds become wider ones, in which nothing
// that was read is missed, and take no more memory.
func TestManyRangeReads(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	for range 50 {
		r := newReadSet()
		r.bytesMax = 200 + rnd.IntN(5000)
		var read []keyRange
		for range 2000 {
			at := rnd.IntN(1e6)
			k := keyRange{fmt.Appendf(nil, "%07d", at), fmt.Appendf(nil, "%07d", at+1+rnd.IntN(20))}
			place, epoch := r.addRange(k.lower, k.upper), r.epoch
			if rnd.IntN(3) == 0 {
				k.upper = append(bytes.Clone(k.lower), 0)
				r.shrink(place, epoch, nil, k.upper)
			}
			read = append(read, k)
			if r.bytes > r.bytesMax+100 {
				t.Fatalf("%d bytes of ranges, want %d at most", r.bytes, r.bytesMax)
			}
		}
		r.settle()
		for _, k := range read {
			if !r.inRange(k.lower) {
				t.Fatalf("%q was read and is not in the read set", k.lower)
			}
		}
	}
}

func TestManyPointReads(t *testing.T) {
	s := OpenMemory()
	x := begin(t, s, txn.Options{Isolation: txn.Serializable})
	x.(*Txn).s.reads.pointsMax = 1000
	for i := range 1010 {
		_, _, err := x.Get(nil, fmt.Appendf(nil, "\x10%08d", i))
		must(t, err)
	}
	other := begin(t, s, txn.Options{Isolation: txn.Serializable})
	_, _, err := other.Get(nil, []byte("\x10z"))
	must(t, err)
	must(t, other.Put([]byte("\x10"+"00000500"), nil, txn.PutOptions{}))
	_, err = other.Commit(bg)
	must(t, err)
	must(t, x.Put([]byte("\x10z"), nil, txn.PutOptions{}))
	if _, err := x.Commit(bg); !errors.Is(err, txn.ErrSerializationDependency) {
		t.Errorf("commit after a read was overwritten: %v", err)
	}
	must(t, s.Close())
}
