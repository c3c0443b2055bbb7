package server

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/ferritedb/ferrite/cmd/ferrited/config"
	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/fault"
)

const (
	// memtablesMax is how many memtables the engine has in memory at most.
	memtablesMax = 4
	// Of what the caches leave of --memory, at least one part in restPartMin is for
	// all else; of that, runParts in runPartsOf are for statements, scripts and
	// commands: the remainder is what they have not yet collected, and small things
	// that nobody counts.
	restPartMin = 4
	runParts    = 3
	runPartsOf  = 4
)

// memoryPlan is how --memory is divided.
type memoryPlan struct {
	engine int64 // block cache and memtables
	hot    int64 // hot tier
	heap   int64 // what the garbage collector keeps the heap below
	runs   int64 // what statements, scripts and commands may hold together
	// squeezed: the caches take more than they leave.
	squeezed bool
}

// planMemory divides; ok is false where memory is not bounded.
func planMemory(cfg *config.Config) (p memoryPlan, ok bool) {
	if cfg.MemoryBytes <= 0 {
		return p, false
	}
	p.engine, p.hot = cfg.CacheBytes+memtablesMax*cfg.MemTableBytes, cfg.HotBytes
	rest := cfg.MemoryBytes - p.engine - p.hot
	if least := cfg.MemoryBytes / restPartMin; rest < least {
		rest, p.squeezed = least, true
	}
	p.runs = rest * runParts / runPartsOf
	p.heap = rest
	if engineOnHeap {
		p.heap += p.engine
	}
	return p, true
}

// openMemory makes the budget of the server's memory and tells the garbage
// collector of it, unless GOMEMLIMIT does.
func (s *Server) openMemory(context.Context) error {
	p, ok := planMemory(s.cfg)
	if !ok {
		return nil
	}
	if p.squeezed {
		s.log.Warn("caches take most of the memory: lower cache, memtable or hot, or raise memory",
			"memory", config.FormatSize(s.cfg.MemoryBytes), "caches", config.FormatSize(p.engine+p.hot))
	}
	s.memory = budget.NewServer(p.runs)
	if os.Getenv("GOMEMLIMIT") == "" {
		before := debug.SetMemoryLimit(p.heap)
		s.onClose(func() error { debug.SetMemoryLimit(before); return nil })
	}
	r := startReturner(s.clock, s.memory, readHeap, debug.FreeOSMemory)
	s.onClose(r.stop)
	return nil
}

const (
	// returnEvery is how often memory is looked at that may go back to the system.
	returnEvery = 10 * time.Second
	// returnBytesMin is what is worth a collection.
	returnBytesMin = 64 << 20
)

// heap is what the heap has, in bytes.
type heap struct {
	objects int64 // taken, some of it not yet collected
	free    int64 // not taken and not given back to the system
}

// returner gives memory back to the system: after a burst of statements has ended,
// and where much of the heap lies idle. The runtime does so too, by and by; this
// is for the server that has nothing to do, which collects once in two minutes.
type returner struct {
	clock  clock.Clock
	memory *budget.Server
	read   func() heap
	free   func()

	mu      sync.Mutex
	timer   clock.Timer // guarded by mu
	stopped bool        // guarded by mu
	burst   bool        // of tick alone: a burst has not been cleaned up after
	last    int64       // of tick alone: objects left by the last free
}

func startReturner(c clock.Clock, m *budget.Server, read func() heap, free func()) *returner {
	r := &returner{clock: c, memory: m, read: read, free: free}
	r.timer = c.AfterFunc(returnEvery, r.tick)
	return r
}

func (r *returner) tick() {
	r.look()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.stopped {
		r.timer = r.clock.AfterFunc(returnEvery, r.tick)
	}
}

func (r *returner) look() {
	defer fault.Catch("return of memory")
	used, peak := r.memory.Used(), r.memory.TakePeak()
	r.burst = r.burst || peak > returnBytesMin
	h := r.read()
	ended := r.burst && used < returnBytesMin/2
	idle := h.free > returnBytesMin || used == 0 && peak == 0 && h.objects > r.last+returnBytesMin
	if !ended && !idle {
		return
	}
	r.free()
	r.burst, r.last = false, r.read().objects
}

func (r *returner) stop() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
	r.timer.Stop()
	return nil
}

// readHeap asks the runtime, without stopping the world.
func readHeap() heap {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/free:bytes"}}
	metrics.Read(s)
	return heap{objects: int64(s[0].Value.Uint64()), free: int64(s[1].Value.Uint64())}
}
