package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/log"
)

var bg = context.Background()

func begin(t testing.TB, s *Store, o txn.Options) txn.Txn {
	t.Helper()
	x, err := s.Begin(o)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, s *Store, key, value string, o txn.PutOptions) txn.Commit {
	t.Helper()
	x := begin(t, s, txn.Options{})
	must(t, x.Put([]byte(key), []byte(value), o))
	c, err := x.Commit(bg)
	must(t, err)
	return c
}

// show reads [lower, upper) as key=value pairs.
func show(t testing.TB, x txn.Txn, lower, upper string, reverse bool) string {
	t.Helper()
	it, err := x.Scan([]byte(lower), []byte(upper), txn.ScanOptions{Reverse: reverse})
	must(t, err)
	defer it.Close()
	var b bytes.Buffer
	for it.Next() {
		fmt.Fprintf(&b, "%s=%s ", it.Key(), it.Record().Value)
	}
	must(t, it.Err())
	return b.String()
}

// disk is what outlives a store in these tests.
type disk struct {
	engine *memkv.Disk
	log    *log.MemFS
}

func newDisk() disk { return disk{memkv.NewDisk(), log.NewMemFS()} }

func (d disk) open(t testing.TB, c clock.Clock, flushEvery int) *Store {
	t.Helper()
	l, err := log.Open(d.log, "log", log.Options{SegmentBytes: 64 << 10, Clock: c})
	must(t, err)
	s, err := Open(Options{Engine: memkv.Open(d.engine, "db", memkv.Options{FlushEvery: flushEvery}), Log: l, Clock: c})
	must(t, err)
	return s
}

func TestReopenReplaysTheLog(t *testing.T) {
	d := newDisk()
	c := clock.NewManual(time.Unix(1e9, 0))
	s := d.open(t, c, 0)
	put(t, s, "\x10a", "1", txn.PutOptions{KeepHistory: true})
	must(t, s.Flush())
	c.Advance(time.Second)
	before := put(t, s, "\x10a", "2", txn.PutOptions{KeepHistory: true})
	c.Advance(time.Second)
	put(t, s, "\x10b", "3", txn.PutOptions{ExpireAtMs: 1e12 + 60_000})
	x := begin(t, s, txn.Options{})
	must(t, x.DeleteRange([]byte("\x10a"), []byte("\x10b")))
	must(t, x.Put([]byte("\x10aa"), []byte("4"), txn.PutOptions{}))
	last, err := x.Commit(bg)
	must(t, err)

	c.Advance(-10 * time.Minute) // the clock goes back over the crash
	r := disk{d.engine.CrashClone(), d.log.Kill()}.open(t, c, 0)
	if got := show(t, begin(t, r, txn.Options{}), "\x10", "\x11", false); got != "\x10aa=4 \x10b=3 " {
		t.Errorf("recovered: %q", got)
	}
	if r.Now() != last.TS || r.WrittenPosition() != last.Pos {
		t.Errorf("recovered to %d at %d, want %d at %d", r.Now(), r.WrittenPosition(), last.TS, last.Pos)
	}
	if next := put(t, r, "\x10c", "5", txn.PutOptions{}); next.TS <= last.TS {
		t.Errorf("timestamp went back: %d after %d", next.TS, last.TS)
	}
	past := begin(t, r, txn.Options{AsOf: before.TS - 1})
	if got := show(t, past, "\x10", "\x11", false); got != "\x10a=1 " {
		t.Errorf("as of before the second commit: %q", got)
	}
	past.Rollback()
	must(t, s.Close())
}

// TestRandomAgainstModel runs writes, range deletes, savepoints and scans of one
// transaction after the other against a plain map.
func TestRandomAgainstModel(t *testing.T) {
	for _, memory := range spillAt {
		t.Run(fmt.Sprintf("memory=%d", memory), func(t *testing.T) { randomAgainstModel(t, memory) })
	}
}

// spillAt are bounds of write sets in memory: the default, and so few bytes that
// most transactions have runs on disk.
var spillAt = []int64{0, 5000, 400}

func openSpilling(t *testing.T, memory int64) *Store {
	t.Helper()
	s, err := Open(Options{Engine: memkv.New(), WriteMemoryMax: memory, TempDir: t.TempDir()})
	must(t, err)
	return s
}

func randomAgainstModel(t *testing.T, memory int64) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	s := openSpilling(t, memory)
	committed := map[string]string{}
	key := func() string { return fmt.Sprintf("\x10%03d", rnd.IntN(300)) }
	for range 300 {
		x := begin(t, s, txn.Options{Latest: rnd.IntN(4) == 0})
		model := clone(committed)
		var saved []map[string]string
		for range rnd.IntN(200) {
			switch k := key(); rnd.IntN(12) {
			case 0:
				must(t, x.Delete([]byte(k), txn.PutOptions{}))
				delete(model, k)
			case 1:
				lo, hi := k, key()
				if rnd.IntN(3) > 0 {
					hi = lo + "\x01"
				}
				must(t, x.DeleteRange([]byte(lo), []byte(hi)))
				for m := range model {
					if m >= lo && m < hi {
						delete(model, m)
					}
				}
			case 2:
				if sp := x.Savepoint(); int(sp) != len(saved) {
					t.Fatalf("savepoint %d, want %d", sp, len(saved))
				}
				saved = append(saved, clone(model))
			case 3:
				if len(saved) > 0 {
					i := rnd.IntN(len(saved))
					x.RollbackTo(txn.Savepoint(i))
					model, saved = clone(saved[i]), saved[:i+1]
				}
			case 4:
				lo, hi, reverse := key(), key(), rnd.IntN(2) == 0
				if got, want := show(t, x, lo, hi, reverse), showModel(model, lo, hi, reverse); got != want {
					t.Fatalf("scan [%q, %q) reverse %v:\n got %q\nwant %q", lo, hi, reverse, got, want)
				}
			case 5:
				rec, ok, err := x.Get([]byte("dst:"), []byte(k))
				must(t, err)
				if want, has := model[k]; has != ok || ok && string(rec.Value) != "dst:"+want {
					t.Fatalf("get %q: %q %v, want %q %v", k, rec.Value, ok, want, has)
				}
			default:
				v := fmt.Sprint(rnd.IntN(1 << rnd.IntN(40)))
				must(t, x.Put([]byte(k), []byte(v), txn.PutOptions{}))
				model[k] = v
			}
		}
		if rnd.IntN(5) == 0 {
			x.Rollback()
			continue
		}
		_, err := x.Commit(bg)
		must(t, err)
		committed = model
	}
	must(t, s.Close())
}

func clone(m map[string]string) map[string]string {
	c := make(map[string]string, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

func showModel(m map[string]string, lo, hi string, reverse bool) string {
	var ks []string
	for k := range m {
		if k >= lo && k < hi {
			ks = append(ks, k)
		}
	}
	slices.Sort(ks)
	if reverse {
		slices.Reverse(ks)
	}
	var b bytes.Buffer
	for _, k := range ks {
		fmt.Fprintf(&b, "%s=%s ", k, m[k])
	}
	return b.String()
}

// TestScanWhileWriting writes behind and before an open scan: the records of
// before the scan must all show, as they were, once and in order, and no others.
func TestScanWhileWriting(t *testing.T) {
	for i := range 2 * len(spillAt) {
		reverse := i%2 == 0
		s := openSpilling(t, spillAt[i/2])
		for i := range 10 {
			put(t, s, fmt.Sprintf("\x10%02d", 4*i), "old", txn.PutOptions{})
		}
		x := begin(t, s, txn.Options{})
		for i := range 10 {
			must(t, x.Put(fmt.Appendf(nil, "\x10%02d", 4*i+2), []byte("own"), txn.PutOptions{}))
		}
		it, err := x.Scan([]byte("\x10"), []byte("\x11"), txn.ScanOptions{Reverse: reverse})
		must(t, err)
		seen := map[string]int{}
		var prev []byte
		for it.Next() {
			if c := bytes.Compare(prev, it.Key()); prev != nil && (c < 0) == reverse {
				t.Fatalf("%q after %q", it.Key(), prev)
			}
			prev = bytes.Clone(it.Key())
			seen[string(prev)]++
			if want := []string{"old", "own"}[(10*(prev[1]-'0')+prev[2]-'0')%4/2]; string(it.Record().Value) != want {
				t.Errorf("%q is %q, want %q", prev, it.Record().Value, want)
			}
			must(t, x.Put(append(bytes.Clone(prev), '!'), []byte("new"), txn.PutOptions{}))
			must(t, x.Put(it.Key(), []byte("changed"), txn.PutOptions{}))
			if len(seen) > 20 {
				t.Fatal("the scan runs after its own writes")
			}
		}
		must(t, it.Err())
		it.Close()
		for i := range 20 {
			if k := fmt.Sprintf("\x10%02d", 2*i); seen[k] != 1 {
				t.Errorf("reverse %v: %q shown %d times", reverse, k, seen[k])
			}
		}
		x.Rollback()
		must(t, s.Close())
	}
}

func TestAfterTheEnd(t *testing.T) {
	s := OpenMemory()
	x := begin(t, s, txn.Options{})
	must(t, x.Put([]byte("\x10a"), nil, txn.PutOptions{}))
	it, err := x.Scan([]byte("\x10"), []byte("\x11"), txn.ScanOptions{})
	must(t, err)
	_, err = x.Commit(bg)
	must(t, err)
	other := begin(t, s, txn.Options{})
	must(t, other.Put([]byte("\x10b"), nil, txn.PutOptions{}))
	x.Rollback()
	if it.Next() || !errors.Is(it.Err(), txn.ErrTxnDone) {
		t.Errorf("iterator after commit: %v", it.Err())
	}
	it.Close()
	if _, _, err := x.Get(nil, []byte("\x10b")); !errors.Is(err, txn.ErrTxnDone) {
		t.Errorf("Get after commit: %v", err)
	}
	if _, err := x.Commit(bg); !errors.Is(err, txn.ErrTxnDone) {
		t.Errorf("second commit: %v", err)
	}
	if _, err := other.Commit(bg); err != nil {
		t.Errorf("the other transaction: %v", err)
	}
	must(t, s.Close())
}

func TestLimits(t *testing.T) {
	s := OpenMemory()
	x := begin(t, s, txn.Options{WriteBytesMax: 1000})
	sp := x.Savepoint()
	var err error
	n := 0
	for ; err == nil; n++ {
		err = x.Put(fmt.Appendf(nil, "\x10%d", n), nil, txn.PutOptions{})
	}
	if !errors.Is(err, txn.ErrTxnTooLarge) || n < 5 || n > 15 {
		t.Errorf("after %d writes: %v", n, err)
	}
	x.RollbackTo(sp)
	must(t, x.Put([]byte("\x10"), nil, txn.PutOptions{}))
	x.Rollback()
	r := begin(t, s, txn.Options{ReadOnly: true})
	if err := r.Put([]byte("\x10"), nil, txn.PutOptions{}); !errors.Is(err, txn.ErrReadOnly) {
		t.Errorf("write in a read-only transaction: %v", err)
	}
	r.Rollback()
	must(t, s.Close())
}

func TestOtherFormatIsRefused(t *testing.T) {
	e := memkv.New()
	b := e.NewBatch()
	must(t, b.Set(keys.AppendMeta(nil, keys.MetaFormat), []byte{0, 0, 0, formatVersion + 1}))
	must(t, e.Apply(b))
	if _, err := Open(Options{Engine: e}); !errors.Is(err, kv.ErrFormat) {
		t.Errorf("open: %v", err)
	}
}

// TestIndexCut removes ranges from an index of many chunks, and puts them back.
func TestIndexCut(t *testing.T) {
	const n = 5000
	for _, r := range [][2]int{{0, n}, {0, 1}, {n - 1, n}, {511, 513}, {100, 4000}, {512, 1024}, {255, 255}, {1000, 1001}} {
		w := &writeSet{max: 1 << 30}
		key := func(i int) []byte { return fmt.Appendf(nil, "%05d", i) }
		for i := range n {
			_, err := w.write(opPut, key((i*7)%n), nil, txn.PutOptions{})
			must(t, err)
		}
		m := w.mark()
		must(t, w.deleteRange(key(r[0]), key(r[1])))
		for i := range n {
			_, found := w.index.seek(w.ops, key(i))
			if found != (i < r[0] || i >= r[1]) {
				t.Fatalf("cut %v: key %d found: %v", r, i, found)
			}
		}
		w.rollback(m)
		count := 0
		must(t, w.each(func(o *op) error {
			if string(o.key) != string(key(count)) {
				t.Fatalf("cut %v taken back: %q at %d", r, o.key, count)
			}
			count++
			return nil
		}))
		if count != n {
			t.Fatalf("cut %v taken back: %d keys, want %d", r, count, n)
		}
	}
}
