package pebblekv

import (
	"math/rand/v2"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// FS is a file system for an engine; other packages need not know Pebble's type.
type FS interface{ vfs() vfs.FS }

type fsOf struct{ fs vfs.FS }

func (f fsOf) vfs() vfs.FS { return f.fs }

var osFS FS = fsOf{vfs.Default}

// MemFS is a file system in memory that knows what was synced, for crash tests.
type MemFS struct{ mem *vfs.MemFS }

func (m *MemFS) vfs() vfs.FS { return m.mem }

// NewMemFS is an empty file system.
func NewMemFS() *MemFS { return &MemFS{vfs.NewCrashableMem()} }

// CrashClone is a file system with what a power failure right now may leave: all
// that was synced, and percent of the blocks and names that were not.
func (m *MemFS) CrashClone(percent int, seed uint64) *MemFS {
	return &MemFS{m.mem.CrashClone(vfs.CrashCloneCfg{
		UnsyncedDataPercent: percent,
		RNG:                 rand.New(rand.NewPCG(seed, seed)),
	})}
}
