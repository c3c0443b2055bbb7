package server

import (
	"testing"
	"time"

	"github.com/ferritedb/ferrite/cmd/ferrited/config"
	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/kv/clock"
)

// TestPlanMemory: the parts are within the whole, and statements have some
// whatever the caches take.
func TestPlanMemory(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		memory, cache, memtable, hot int64
		runs                         int64
		squeezed                     bool
	}{
		{4096, 256, 64, 256, 2496, false},
		{1024, 256, 64, 256, 192, false},
		{512, 256, 64, 256, 96, true},
		{64, 1, 1, 0, 44, false},
	} {
		p, ok := planMemory(&config.Config{MemoryBytes: c.memory * mib, CacheBytes: c.cache * mib, MemTableBytes: c.memtable * mib, HotBytes: c.hot * mib})
		if !ok || p.runs/mib != c.runs || p.squeezed != c.squeezed {
			t.Errorf("%+v: %d MiB for statements, squeezed %v", c, p.runs/mib, p.squeezed)
		}
		off := p.hot
		if !engineOnHeap {
			off += p.engine
		}
		if !p.squeezed && p.heap+off > c.memory*mib || p.runs > p.heap {
			t.Errorf("%+v: heap %d MiB, beside it %d MiB", c, p.heap/mib, off/mib)
		}
	}
	if _, ok := planMemory(&config.Config{}); ok {
		t.Error("no bound is a bound")
	}
}

// TestReturner: memory goes back after a burst, and where much of it is idle;
// not while statements use it, not for a little, and not again and again.
func TestReturner(t *testing.T) {
	c := clock.NewManual(time.Unix(0, 0))
	m := budget.NewServer(1 << 40)
	h := heap{objects: 10 << 20}
	freed := 0
	r := startReturner(c, m, func() heap { return h }, func() { freed++; h.free = 0; h.objects = m.Used() })
	step := func(what string, want int) {
		t.Helper()
		c.Advance(returnEvery)
		if freed != want {
			t.Fatalf("%s: memory was returned %d times, want %d", what, freed, want)
		}
	}
	step("idle and small", 0)
	m.TryReserve(returnBytesMin * 4)
	h.objects = returnBytesMin * 5
	step("a statement runs", 0)
	m.Release(returnBytesMin * 4)
	step("it has ended", 1)
	step("nothing since", 1)
	m.TryReserve(returnBytesMin / 4)
	m.Release(returnBytesMin / 4)
	step("a small one ran", 1)
	h.free = 2 * returnBytesMin
	step("the heap has shrunk", 2)
	h.objects = 2 * returnBytesMin
	step("what nobody counts is left behind", 3)
	step("nothing since", 3)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	h.free = 2 * returnBytesMin
	step("stopped", 3)
}
