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
// Copies take the log first: an engine ahead of the log is a state that a crash
// can leave, a log cut off behind an older engine is not.
type machine struct {
	log    *log.MemFS
	mem    *memkv.Disk
	pebble *pebblekv.MemFS
	hot    bool // a hot tier before the engine
}

func (m machine) Open(t testing.TB, c clock.Clock) Store {
	l := openLog(t, m.log, c)
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
	s, err := local.Open(local.Options{Engine: e, Log: l, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (m machine) Crash(rnd *rand.Rand) Machine {
	c := machine{log: m.log.Crash(rnd.IntN), hot: m.hot}
	if m.mem != nil {
		c.mem = m.mem.CrashClone()
	} else {
		c.pebble = m.pebble.CrashClone(rnd.IntN(101), rnd.Uint64())
	}
	return c
}

func (m machine) Kill() Machine {
	c := machine{log: m.log.Kill(), hot: m.hot}
	if m.mem != nil {
		c.mem = m.mem.CrashClone()
	} else {
		c.pebble = m.pebble.CrashClone(100, 0)
	}
	return c
}

// livesPerRun is how often the store crashes in a test.
const livesPerRun = 12

func TestCrashOnMemkv(t *testing.T) {
	RunCrash(t, machine{log: log.NewMemFS(), mem: memkv.NewDisk()}, livesPerRun, sizes(t).Seed)
}

func TestCrashOnPebble(t *testing.T) {
	RunCrash(t, machine{log: log.NewMemFS(), pebble: pebblekv.NewMemFS()}, livesPerRun, sizes(t).Seed)
}
