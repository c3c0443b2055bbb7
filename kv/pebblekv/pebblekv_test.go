package pebblekv

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ferritedb/ferrite/kv"
)

func open(t testing.TB, dir string, o Options) *Engine {
	t.Helper()
	e, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, e *Engine, k, v string) {
	t.Helper()
	b := e.NewBatch()
	check(t, b.Set([]byte(k), []byte(v)))
	check(t, e.Apply(b))
	check(t, b.Close())
}

func TestFormat(t *testing.T) {
	dir := t.TempDir()
	e := open(t, dir, Options{})
	put(t, e, "a", "1")
	check(t, e.Close())
	name := filepath.Join(dir, formatName)
	text, err := os.ReadFile(name)
	if err != nil || string(text) != "ferrite 1\n" {
		t.Fatalf("format file: %q, %v", text, err)
	}
	ro := open(t, dir, Options{ReadOnly: true})
	if v, err := ro.Get(nil, []byte("a")); err != nil || string(v) != "1" {
		t.Fatalf("read-only: %q, %v", v, err)
	}
	check(t, ro.Close())
	for _, text := range []string{"ferrite 2\n", "ferrite\n", "", "ferrite 1 and more\n"} {
		check(t, os.WriteFile(name, []byte(text), 0o600))
		if _, err := Open(dir, Options{}); !errors.Is(err, kv.ErrFormat) {
			t.Errorf("format %q: %v", text, err)
		}
	}
	check(t, os.Remove(name))
	if _, err := Open(dir, Options{}); !errors.Is(err, kv.ErrFormat) {
		t.Errorf("a store without a format file: %v", err)
	}
	if _, err := Open(t.TempDir(), Options{ReadOnly: true}); err == nil {
		t.Error("an absent store opened read-only")
	}
}

// TestCorruption flips bytes in a table.
func TestCorruption(t *testing.T) {
	dir := t.TempDir()
	var reports []string
	o := Options{Report: func(msg string, err error) { reports = append(reports, msg) }}
	e := open(t, dir, o)
	for i := range 1000 {
		put(t, e, "key"+string(rune('a'+i%26))+strings.Repeat("x", i%50), strings.Repeat("v", i))
	}
	check(t, e.Close())
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	check(t, err)
	if len(tables) == 0 {
		t.Fatal("no tables")
	}
	for _, name := range tables {
		data, err := os.ReadFile(name)
		check(t, err)
		for i := 0; i < len(data)/2; i++ {
			data[i] ^= 0x55
		}
		check(t, os.WriteFile(name, data, 0o600))
	}
	e = open(t, dir, o)
	if _, err := e.Get(nil, []byte("keya")); !errors.Is(err, kv.ErrCorruption) {
		t.Errorf("get: %v", err)
	}
	it, err := e.NewIter(kv.IterOptions{})
	if err == nil {
		it.First()
		err = errors.Join(it.Error(), it.Close())
	}
	if !errors.Is(err, kv.ErrCorruption) {
		t.Errorf("iterator: %v", err)
	}
	_ = e.Close() // what it says is not what is tested
}

func TestDiskFailureIsReturned(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	check(t, os.WriteFile(file, nil, 0o600))
	if _, err := Open(filepath.Join(file, "db"), Options{}); err == nil {
		t.Error("opened a directory below a file")
	}
}

func TestMetricsAndBigBatch(t *testing.T) {
	e := open(t, "db", Options{FS: NewMemFS(), MemTableBytes: 1 << 20})
	b := e.NewBatch()
	v := make([]byte, 100<<10)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 100 { // ten memtables' worth
		for j := range v {
			v[j] = byte(r.Uint32())
		}
		check(t, b.Set(binary.BigEndian.AppendUint32(nil, uint32(i)), v))
	}
	check(t, e.Apply(b))
	check(t, b.Close())
	check(t, e.Flush())
	n, err := e.EstimateBytes(nil, nil)
	if err != nil || n < 9<<20 || n > 12<<20 {
		t.Errorf("estimate of 10 MB: %d, %v", n, err)
	}
	if n, err := e.EstimateBytes([]byte("x"), []byte("a")); n != 0 || err != nil {
		t.Errorf("estimate of an empty range: %d, %v", n, err)
	}
	seen := map[string]float64{}
	for _, m := range e.Metrics() {
		if _, dup := seen[m.Name]; dup || m.Help == "" {
			t.Errorf("metric %s: twice, or without help", m.Name)
		}
		seen[m.Name] = m.Value
	}
	if seen["engine_flushes_total"] == 0 || seen["engine_disk_bytes"] < 9<<20 {
		t.Errorf("metrics after a flush of 10 MB: %v", seen)
	}
	check(t, e.Close())
}

// TestOptionsAreSound: Pebble changes no threshold that we set, and takes them.
func TestOptionsAreSound(t *testing.T) {
	for _, c := range []Compression{Fast, Balanced, Uncompressed} {
		e := &Engine{opts: Options{FS: fsOf{vfs.NewMem()}, Compression: c}}
		e.opts.fill()
		p := e.pebbleOptions()
		p.EnsureDefaults()
		check(t, p.Validate())
		if !p.DisableWAL || p.Levels[6].FilterPolicy == pebble.NoFilterPolicy || p.Levels[6].BlockSize != blockBytes {
			t.Errorf("options lost on the way: %v", p.Levels[6])
		}
	}
}

func benchEngine(b *testing.B, keys int) *Engine {
	b.Helper()
	e := open(b, b.TempDir(), Options{})
	batch := e.NewBatch()
	for i := range keys {
		check(b, batch.Set(benchKey(uint64(i)), make([]byte, 64)))
		if batch.Count() == 1000 {
			check(b, e.Apply(batch))
			batch.Reset()
		}
	}
	check(b, e.Apply(batch))
	check(b, e.Flush())
	return e
}

func benchKey(i uint64) []byte { return binary.BigEndian.AppendUint64([]byte("key:"), i) }

func BenchmarkGet(b *testing.B) {
	const keys = 200_000
	e := benchEngine(b, keys)
	r := rand.New(rand.NewPCG(1, 1))
	dst := make([]byte, 0, 128)
	key := benchKey(0)
	b.ReportAllocs()
	for b.Loop() {
		binary.BigEndian.PutUint64(key[4:], r.Uint64N(keys))
		if _, err := e.Get(dst, key); err != nil {
			b.Fatal(err)
		}
	}
	check(b, e.Close())
}

func BenchmarkApply(b *testing.B) {
	e := benchEngine(b, 1)
	batch := e.NewBatch()
	r := rand.New(rand.NewPCG(1, 1))
	value := make([]byte, 64)
	key := benchKey(0)
	b.ReportAllocs()
	for b.Loop() {
		batch.Reset()
		binary.BigEndian.PutUint64(key[4:], r.Uint64N(1_000_000))
		check(b, batch.Set(key, value))
		check(b, e.Apply(batch))
	}
	check(b, batch.Close())
	check(b, e.Close())
}

func BenchmarkScan(b *testing.B) {
	const keys = 200_000
	e := benchEngine(b, keys)
	b.ReportAllocs()
	for b.Loop() {
		it, err := e.NewIter(kv.IterOptions{})
		check(b, err)
		n := 0
		for ok := it.First(); ok; ok = it.Next() {
			n++
		}
		if n < keys {
			b.Fatal(n)
		}
		check(b, it.Close())
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/keys, "ns/key")
	check(b, e.Close())
}
