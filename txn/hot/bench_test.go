//go:build unix

package hot

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/kv/pebblekv"
)

const benchKeys = 1_000_000

// benchTier has benchKeys records of 64 bytes, all in the table.
func benchTier(b *testing.B, memory int64) *Engine {
	b.Helper()
	inner, err := pebblekv.Open(b.TempDir(), pebblekv.Options{})
	check(b, err)
	e, err := New(inner, Options{MemoryBytes: memory})
	check(b, err)
	batch := e.NewBatch()
	for i := range uint64(benchKeys) {
		check(b, batch.Set(benchKey(nil, i), make([]byte, 73)))
		if batch.Count() == 64 {
			check(b, e.Apply(batch))
			batch.Reset()
		}
	}
	check(b, e.Flush())
	check(b, e.Compact(nil, nil))
	return e
}

func benchKey(dst []byte, i uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, keys.Redis, 0, 0, 'k', 'e', 'y', ':'), i)
}

func BenchmarkGet(b *testing.B) {
	e := benchTier(b, 512<<20)
	r := rand.New(rand.NewPCG(1, 1))
	dst := make([]byte, 0, 128)
	key := make([]byte, 0, 32)
	b.ReportAllocs()
	cpu := cpuTime()
	for b.Loop() {
		if _, err := e.Get(dst, benchKey(key, r.Uint64N(benchKeys))); err != nil {
			b.Fatal(err)
		}
	}
	reportCPU(b, cpu, 1)
	check(b, e.Close())
}

// cpuTime of the process: the engine below works in the background too.
func cpuTime() time.Duration {
	var ru unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &ru); err != nil {
		return 0
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

func reportCPU(b *testing.B, since time.Duration, each int) {
	b.ReportMetric(float64((cpuTime()-since).Nanoseconds())/float64(b.N*each), "cpu-ns/key")
}

// BenchmarkGetTouched is Get of 64 keys at once, after Touch.
func BenchmarkGetTouched(b *testing.B) {
	e := benchTier(b, 512<<20)
	r := rand.New(rand.NewPCG(1, 1))
	dst := make([]byte, 0, 128)
	group := make([][]byte, 64)
	b.ReportAllocs()
	cpu := cpuTime()
	for b.Loop() {
		for i := range group {
			group[i] = benchKey(group[i][:0], r.Uint64N(benchKeys))
		}
		e.Touch(group)
		for _, key := range group {
			if _, err := e.Get(dst, key); err != nil {
				b.Fatal(err)
			}
		}
	}
	reportCPU(b, cpu, len(group))
	check(b, e.Close())
}

// BenchmarkSet is overwrites in batches, drains included; keys are uniform.
func BenchmarkSet(b *testing.B) {
	for _, size := range []int{1, 64} {
		for _, memory := range []int64{256 << 20, 1 << 30} {
			b.Run(fmt.Sprintf("batch=%d/memory=%dMB", size, memory>>20), func(b *testing.B) {
				e := benchTier(b, memory)
				benchSet(b, e, size)
				b.ReportMetric(float64(e.figures.drained.Load()-benchKeys)/float64(b.N*size), "drained/set")
				check(b, e.Close())
			})
		}
		b.Run(fmt.Sprintf("batch=%d/pebble", size), func(b *testing.B) {
			inner, err := pebblekv.Open(b.TempDir(), pebblekv.Options{})
			check(b, err)
			benchSet(b, inner, size)
			check(b, inner.Close())
		})
	}
}

func benchSet(b *testing.B, e kv.Engine, size int) {
	r := rand.New(rand.NewPCG(1, 1))
	value := make([]byte, 73)
	key := make([]byte, 0, 32)
	position := []byte{keys.Meta, 1}
	batch := e.NewBatch()
	b.ReportAllocs()
	cpu := cpuTime()
	for b.Loop() {
		batch.Reset()
		for range size {
			check(b, batch.Set(benchKey(key, r.Uint64N(benchKeys)), value))
		}
		check(b, batch.Set(position, value[:16]))
		check(b, e.Apply(batch))
	}
	reportCPU(b, cpu, size)
	check(b, batch.Close())
}

// BenchmarkSetBesideReader is overwrites while another goroutine takes snapshots
// and reads a short range of each, one after the other.
func BenchmarkSetBesideReader(b *testing.B) {
	e := benchTier(b, 1<<30)
	stop, stopped := make(chan struct{}), make(chan error, 1)
	reads := 0
	go func() {
		lower := benchKey(nil, 1000)
		for {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			s := e.NewSnapshot()
			it, err := s.NewIter(kv.IterOptions{Lower: lower, Upper: benchKey(nil, 1010)})
			if err != nil {
				stopped <- err
				return
			}
			for ok := it.First(); ok; ok = it.Next() {
			}
			if err := errors.Join(it.Error(), it.Close(), s.Close()); err != nil {
				stopped <- err
				return
			}
			reads++
		}
	}()
	benchSet(b, e, 64)
	close(stop)
	check(b, <-stopped)
	b.ReportMetric(float64(reads)/float64(b.N), "reads/batch")
	check(b, e.Close())
}

// BenchmarkThrough is a commit of one row: what the tier costs those who do not
// use it.
func BenchmarkThrough(b *testing.B) {
	run := func(b *testing.B, e kv.Engine) {
		r := rand.New(rand.NewPCG(1, 1))
		value := make([]byte, 73)
		position := []byte{keys.Meta, 1}
		key := make([]byte, 0, 32)
		batch := e.NewBatch()
		b.ReportAllocs()
		cpu := cpuTime()
		for b.Loop() {
			batch.Reset()
			row := binary.BigEndian.AppendUint64(keys.AppendIndex(key, 1, 1), r.Uint64N(benchKeys))
			check(b, batch.Set(row, value))
			check(b, batch.Set(position, value[:16]))
			check(b, e.Apply(batch))
		}
		reportCPU(b, cpu, 1)
		check(b, batch.Close())
		check(b, e.Close())
	}
	open := func(b *testing.B) kv.Engine {
		inner, err := pebblekv.Open(b.TempDir(), pebblekv.Options{})
		check(b, err)
		return inner
	}
	b.Run("pebble", func(b *testing.B) { run(b, open(b)) })
	b.Run("hot", func(b *testing.B) {
		e, err := New(open(b), Options{})
		check(b, err)
		run(b, e)
	})
}
