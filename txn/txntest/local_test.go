package txntest

import (
	"flag"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/kv/pebblekv"
	"github.com/ferritedb/ferrite/txn/local"
	"github.com/ferritedb/ferrite/txn/log"
)

var (
	txnsFlag = flag.Int("txns", 30_000, "transactions of the random workloads; a fifth of it on a disk engine")
	seedFlag = flag.Uint64("seed", 0, "seed of the random workloads; 0 takes one from the time")
)

func sizes(t *testing.T) Sizes {
	n := Sizes{Txns: *txnsFlag, Clients: 16, Seed: *seedFlag}
	if n.Seed == 0 {
		n.Seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-txns=%d -seed=%d", n.Txns, n.Seed)
	return n
}

func openMem(t testing.TB, e Env) Store {
	s, err := local.Open(local.Options{Engine: memkv.New(), Clock: e.Clock, OnLockWait: e.OnLockWait})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLocalOnMemkv(t *testing.T) { Run(t, "testdata", openMem, sizes(t)) }

func openPebble(t testing.TB, e Env) Store {
	fs, l := pebblekv.NewMemFS(), openLog(t, log.NewMemFS(), e.Clock)
	engine, err := pebblekv.Open("db", pebblekv.Options{FS: fs, BlockCacheBytes: 8 << 20, MemTableBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	s, err := local.Open(local.Options{Engine: engine, Log: l, Clock: e.Clock, OnLockWait: e.OnLockWait})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openLog(t testing.TB, fs log.FS, c clock.Clock) *log.Log {
	l, err := log.Open(fs, "log", log.Options{SegmentBytes: 256 << 10, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLocalOnPebble(t *testing.T) {
	n := sizes(t)
	n.Txns /= 5
	Run(t, "testdata", openPebble, n)
}

// TestLocalSpilling has nearly every write set on disk.
func TestLocalSpilling(t *testing.T) {
	n := sizes(t)
	n.Txns /= 5
	Run(t, "testdata", func(t testing.TB, e Env) Store {
		s, err := local.Open(local.Options{Engine: hotTier(t, memkv.New()), Clock: e.Clock, OnLockWait: e.OnLockWait,
			WriteMemoryMax: spillingMemory, TempDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}, n)
}

// spillingMemory is the bound of write sets in memory in tests of those on disk.
const spillingMemory = 300

func TestCrashSpilling(t *testing.T) {
	RunCrash(t, machine{log: log.NewMemFS(), mem: memkv.NewDisk(), live: new(*log.Log), spill: true}, livesPerRun, sizes(t).Seed)
}

func TestCrashSpillingOnPebble(t *testing.T) {
	RunCrash(t, machine{log: log.NewMemFS(), pebble: pebblekv.NewMemFS(), live: new(*log.Log), spill: true, hot: true}, livesPerRun, sizes(t).Seed)
}
