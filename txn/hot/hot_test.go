package hot

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/kvtest"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/kv/pebblekv"
)

// testClasses has keys of every class among those that the suite draws, and its
// count key, which every batch has, in the table.
func testClasses() *Classes {
	var c Classes
	c[0x00], c[0xff], c['k'] = Cached, Cached, Cached
	c['a'] = Back
	return &c
}

// tiny has so little room that every path is taken.
var tiny = Options{MemoryBytes: 16 << 10, SegmentBytes: 1 << 10, DirtyBytesMax: 2 << 10, FlushBytes: 20 << 10}

func tierOver(t testing.TB, inner kv.Engine, o Options) *Engine {
	t.Helper()
	o.Classes = testClasses()
	o.Report = func(msg string, err error) { t.Errorf("%s: %v", msg, err) }
	e, err := New(inner, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

type memDisk struct {
	t    testing.TB
	d    *memkv.Disk
	dir  string
	tier Options
}

func (m memDisk) Open() (kv.Engine, error) {
	return tierOver(m.t, memkv.Open(m.d, m.dir, memkv.Options{}), m.tier), nil
}
func (m memDisk) Crash(uint64) kvtest.Disk            { return memDisk{m.t, m.d.CrashClone(), m.dir, m.tier} }
func (m memDisk) Checkpointed(dir string) kvtest.Disk { return memDisk{m.t, m.d, dir, m.tier} }

type pebbleDisk struct {
	t    testing.TB
	fs   *pebblekv.MemFS
	dir  string
	tier Options
}

func (p pebbleDisk) Open() (kv.Engine, error) {
	inner, err := pebblekv.Open(p.dir, pebblekv.Options{FS: p.fs, BlockCacheBytes: 8 << 20, MemTableBytes: 256 << 10})
	if err != nil {
		return nil, err
	}
	return tierOver(p.t, inner, p.tier), nil
}
func (p pebbleDisk) Crash(seed uint64) kvtest.Disk {
	return pebbleDisk{p.t, p.fs.CrashClone(int(seed%3)*50, seed), p.dir, p.tier}
}
func (p pebbleDisk) Checkpointed(dir string) kvtest.Disk {
	return pebbleDisk{p.t, p.fs, dir, p.tier}
}

const suiteScripts = "../../kv/kvtest/testdata"

func TestSuiteOverMemory(t *testing.T) {
	for name, o := range map[string]Options{"tiny": tiny, "roomy": {MemoryBytes: 1 << 20, SegmentBytes: 4 << 10}} {
		t.Run(name, func(t *testing.T) {
			kvtest.Run(t, suiteScripts, func(t *testing.T) kvtest.Disk { return memDisk{t, memkv.NewDisk(), "db", o} })
		})
	}
}

func TestSuiteOverPebble(t *testing.T) {
	kvtest.Run(t, suiteScripts, func(t *testing.T) kvtest.Disk {
		return pebbleDisk{t, pebblekv.NewMemFS(), "db", tiny}
	})
}

// TestAgainstMap writes and reads many keys through little memory, so that
// eviction, drains under way and values of all sizes meet.
func TestAgainstMap(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 3))
			e := tierOver(t, memkv.New(), Options{MemoryBytes: 64 << 10, SegmentBytes: 2 << 10, DirtyBytesMax: int64(1+r.IntN(16)) << 10})
			want := map[string]string{}
			b := e.NewBatch()
			for range 20_000 {
				key := fmt.Sprintf("%c%d", "k\x00a\xffz"[r.IntN(5)], r.IntN(300))
				switch p := r.IntN(100); {
				case p < 40:
					v, err := e.Get(nil, []byte(key))
					w, ok := want[key]
					if string(v) != w || errors.Is(err, kv.ErrNotFound) == ok {
						t.Fatalf("%q: got %q, %v; want %q, present %v", key, v, err, w, ok)
					}
				case p < 95:
					b.Reset()
					for range 1 + r.IntN(4) {
						key := fmt.Sprintf("%c%d", "k\x00a\xffz"[r.IntN(4+r.IntN(50)/49)], r.IntN(300))
						if r.IntN(5) == 0 {
							check(t, b.Delete([]byte(key)))
							delete(want, key)
							continue
						}
						v := make([]byte, r.IntN(r.IntN(700)+1))
						for i := range v {
							v[i] = byte(r.Uint32())
						}
						check(t, b.Set([]byte(key), v))
						want[key] = string(v)
					}
					check(t, e.Apply(b))
				case p < 98:
					check(t, e.Drain())
				case p < 99:
					it, err := e.NewIter(kv.IterOptions{})
					check(t, err)
					got := map[string]string{}
					for ok := it.First(); ok; ok = it.Next() {
						v, err := it.Value()
						check(t, err)
						got[string(it.Key())] = string(v)
					}
					check(t, errors.Join(it.Error(), it.Close()))
					if !maps.Equal(got, want) {
						t.Fatal("a scan differs from the map")
					}
				}
			}
			figures := map[string]float64{}
			for _, m := range e.Metrics() {
				figures[m.Name] = m.Value
			}
			for _, name := range []string{"hot_evicted_records_total", "hot_hits_total", "hot_misses_total", "hot_drains_total"} {
				if figures[name] == 0 {
					t.Errorf("%s is 0: the test tests less than it should", name)
				}
			}
			check(t, e.Close())
		})
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestDrainFailure: nothing is lost where the inner engine refuses a drain.
func TestDrainFailure(t *testing.T) {
	inner := kvtest.NewFaulty(memkv.New())
	e := tierOver(t, inner, Options{MemoryBytes: 1 << 20, SegmentBytes: 4 << 10})
	boom := errors.New("boom")
	set := func(k, v string) {
		b := e.NewBatch()
		check(t, b.Set([]byte(k), []byte(v)))
		check(t, e.Apply(b))
	}
	set("k1", "one")
	set("k2", "two")
	inner.SetFault(func(op kvtest.Op, _ []byte) error {
		if op == kvtest.OpApply {
			return boom
		}
		return nil
	})
	if err := e.Drain(); !errors.Is(err, boom) {
		t.Fatalf("drain: %v", err)
	}
	s := e.NewSnapshot()
	set("k1", "three, and longer than before")
	if v, err := s.Get(nil, []byte("k1")); err != nil || string(v) != "one" {
		t.Fatalf("snapshot without a drain: %q, %v", v, err)
	}
	if v, err := e.Get(nil, []byte("k1")); err != nil || string(v) != "three, and longer than before" {
		t.Fatalf("got %q, %v", v, err)
	}
	inner.SetFault(nil)
	check(t, e.Drain())
	if v, err := s.Get(nil, []byte("k1")); err != nil || string(v) != "one" {
		t.Fatalf("snapshot after the drain: %q, %v", v, err)
	}
	check(t, s.Close())
	for k, w := range map[string]string{"k1": "three, and longer than before", "k2": "two"} {
		if v, err := inner.Get(nil, []byte(k)); err != nil || string(v) != w {
			t.Fatalf("inner engine has %s = %q, %v", k, v, err)
		}
	}
	check(t, e.Close())
}

// TestOverwritesCoalesce: a key written often is drained once.
func TestOverwritesCoalesce(t *testing.T) {
	e := tierOver(t, memkv.New(), Options{MemoryBytes: 1 << 20, SegmentBytes: 4 << 10})
	b := e.NewBatch()
	for i := range 1000 {
		b.Reset()
		check(t, b.Set([]byte("k"), fmt.Appendf(nil, "%04d", i)))
		check(t, e.Apply(b))
	}
	check(t, e.Drain())
	if n := e.figures.drained.Load(); n != 1 {
		t.Fatalf("%d records drained, want 1", n)
	}
	check(t, e.Close())
}

// TestConcurrentReaders: a reader never sees a value older than one it saw; for
// -race above all.
func TestConcurrentReaders(t *testing.T) {
	e := tierOver(t, memkv.New(), Options{MemoryBytes: 32 << 10, SegmentBytes: 2 << 10, DirtyBytesMax: 4 << 10})
	const keys, rounds = 40, 300
	key := func(i int) []byte { return fmt.Appendf(nil, "k%d", i) }
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var seen [keys]string
			var all [][]byte
			for i := range keys {
				all = append(all, key(i))
			}
			for i := 0; ; i = (i + 1) % keys {
				select {
				case <-stop:
					return
				default:
				}
				e.Touch(all)
				v, err := e.Get(nil, key(i))
				if err != nil && !errors.Is(err, kv.ErrNotFound) {
					t.Error(err)
					return
				}
				if string(v[:min(8, len(v))]) < seen[i] {
					t.Errorf("key %d: saw %q after %q", i, v, seen[i])
					return
				}
				seen[i] = string(v[:min(8, len(v))])
			}
		}()
	}
	r := rand.New(rand.NewPCG(1, 1))
	b := e.NewBatch()
	for n := range rounds {
		b.Reset()
		for i := range keys {
			check(t, b.Set(key(i), fmt.Appendf(nil, "%08d%s", n, make([]byte, r.IntN(200)))))
		}
		check(t, e.Apply(b))
		if n%17 == 0 {
			s := e.NewSnapshot()
			first, err := s.Get(nil, key(0))
			check(t, err)
			last, err := s.Get(nil, key(keys-1))
			check(t, err)
			if string(first[:8]) != string(last[:8]) {
				t.Fatalf("snapshot has half a batch: %q, %q", first[:8], last[:8])
			}
			check(t, s.Close())
		}
	}
	close(stop)
	wg.Wait()
	check(t, e.Close())
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []Options{{MemoryBytes: 1}, {MemoryBytes: 1 << 20, SegmentBytes: 1 << 20}, {SegmentBytes: 1001}} {
		if _, err := New(memkv.New(), o); err == nil {
			t.Errorf("%+v: accepted", o)
		}
	}
	if c := DefaultClasses(); c[0x10] != Through || c[0x20] != Cached {
		t.Error("default classes")
	}
}

// TestFlushBytes: what is overwritten for ever is flushed now and then, so that a
// log before it can be dropped.
func TestFlushBytes(t *testing.T) {
	e := tierOver(t, memkv.New(), Options{MemoryBytes: 1 << 20, SegmentBytes: 4 << 10, FlushBytes: 10 << 10})
	flushed := make(chan struct{}, 100)
	e.OnFlush(func() { flushed <- struct{}{} })
	b := e.NewBatch()
	check(t, b.Set([]byte("k"), make([]byte, 1000)))
	for range 11 {
		check(t, e.Apply(b))
	}
	<-flushed
	it, err := e.NewIter(kv.IterOptions{DurableOnly: true})
	check(t, err)
	if !it.First() {
		t.Error("nothing is durable after a flush")
	}
	check(t, errors.Join(it.Error(), it.Close()))
	check(t, e.Close())
}
