package kvtest

import (
	"testing"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/kv/pebblekv"
)

type memDisk struct {
	d   *memkv.Disk
	dir string
	o   memkv.Options
}

func (m memDisk) Open() (kv.Engine, error)     { return memkv.Open(m.d, m.dir, m.o), nil }
func (m memDisk) Crash(uint64) Disk            { return memDisk{m.d.CrashClone(), m.dir, m.o} }
func (m memDisk) Checkpointed(dir string) Disk { return memDisk{m.d, dir, m.o} }

func TestMemkv(t *testing.T) {
	Run(t, "testdata", func(*testing.T) Disk { return memDisk{memkv.NewDisk(), "db", memkv.Options{}} })
}

func TestMemkvFlushingByItself(t *testing.T) {
	runRandom(t, func(*testing.T) Disk {
		return memDisk{memkv.NewDisk(), "db", memkv.Options{FlushEvery: 3}}
	})
}

type pebbleDisk struct {
	t   testing.TB
	fs  *pebblekv.MemFS
	dir string
}

func (p pebbleDisk) Open() (kv.Engine, error) {
	return pebblekv.Open(p.dir, pebblekv.Options{
		FS: p.fs, BlockCacheBytes: 8 << 20, MemTableBytes: 256 << 10,
		Report: func(msg string, err error) { p.t.Errorf("%s: %v", msg, err) },
	})
}

func (p pebbleDisk) Crash(seed uint64) Disk {
	return pebbleDisk{p.t, p.fs.CrashClone(int(seed%3)*50, seed), p.dir}
}

func (p pebbleDisk) Checkpointed(dir string) Disk { return pebbleDisk{p.t, p.fs, dir} }

func TestPebblekv(t *testing.T) {
	Run(t, "testdata", func(t *testing.T) Disk { return pebbleDisk{t, pebblekv.NewMemFS(), "db"} })
}
