package txntest

import (
	"math/rand/v2"
	"testing"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/kv/pebblekv"
	"github.com/ferritedb/ferrite/txn/local"
	"github.com/ferritedb/ferrite/txn/log"
)

// machine is a log file system and an engine's disk, of one of two kinds.
// Copies take the engine first, which is never ahead of its log, and meanwhile
// hold the log, so that it still reaches back to that engine.
type machine struct {
	log    *log.MemFS
	mem    *memkv.Disk
	pebble *pebblekv.MemFS
	hot    bool      // a hot tier before the engine
	spill  bool      // write sets go to disk early
	live   **log.Log // of the store that was opened last
}

// hold keeps the live log while the machine is copied.
func (m machine) hold() (release func()) {
	h, err := (*m.live).Hold(0)
	if err != nil {
		panic(err) // it is open
	}
	return h.Release
}

func (m machine) Open(t testing.TB, c clock.Clock) Store {
	l := openLog(t, m.log, c)
	*m.live = l
	var e kv.Engine
	if m.mem != nil {
		e = memkv.Open(m.mem, "db", memkv.Options{FlushEvery: 37})
	} else {
		var err error
		e, err = pebblekv.Open("db", pebblekv.Options{FS: m.pebble, BlockCacheBytes: 1 << 20, MemTableBytes: 256 << 10})
		if err != nil {
			t.Fatal(err)
		}
	}
	if m.hot {
		e = hotTier(t, e)
	}
	o := local.Options{Engine: e, Log: l, Clock: c}
	if m.spill {
		o.WriteMemoryMax, o.TempDir = spillingMemory, t.TempDir()
	}
	s, err := local.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (m machine) Crash(rnd *rand.Rand) Machine {
	defer m.hold()()
	c := machine{hot: m.hot, spill: m.spill, live: new(*log.Log)}
	if m.mem != nil {
		c.mem = m.mem.CrashClone()
	} else {
		c.pebble = m.pebble.CrashClone(rnd.IntN(101), rnd.Uint64())
	}
	c.log = m.log.Crash(rnd.IntN)
	return c
}

func (m machine) Kill() Machine {
	defer m.hold()()
	c := machine{hot: m.hot, spill: m.spill, live: new(*log.Log)}
	if m.mem != nil {
		c.mem = m.mem.CrashClone()
	} else {
		c.pebble = m.pebble.CrashClone(100, 0)
	}
	c.log = m.log.Kill()
	return c
}

// livesPerRun is how often the store crashes in a test.
const livesPerRun = 12

func TestCrashOnMemkv(t *testing.T) {
	RunCrash(t, machine{log: log.NewMemFS(), mem: memkv.NewDisk(), live: new(*log.Log)}, livesPerRun, sizes(t).Seed)
}

func TestCrashOnPebble(t *testing.T) {
	RunCrash(t, machine{log: log.NewMemFS(), pebble: pebblekv.NewMemFS(), live: new(*log.Log)}, livesPerRun, sizes(t).Seed)
}
