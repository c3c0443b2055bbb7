package memkv

import (
	"fmt"
	"sync"
)

// Disk is a set of directories that outlives engines. Safe for concurrent use.
type Disk struct {
	mu   sync.Mutex
	dirs map[string]*tree // never changed after it was stored
}

// NewDisk is an empty disk.
func NewDisk() *Disk {
	return &Disk{dirs: map[string]*tree{}}
}

// CrashClone is a disk with what a crash right now would leave. Engines open on
// d do not reach it.
func (d *Disk) CrashClone() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := NewDisk()
	for dir, t := range d.dirs {
		c.dirs[dir] = t
	}
	return c
}

// load is the stored tree of dir, to be copied before it is changed.
func (d *Disk) load(dir string) *tree {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dirs[dir]
}

func (d *Disk) store(dir string, t *tree) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dirs[dir] = t
}

// storeNew fails where dir exists.
func (d *Disk) storeNew(dir string, t *tree) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.dirs[dir]; ok {
		return fmt.Errorf("memkv: directory %q exists", dir)
	}
	d.dirs[dir] = t
	return nil
}
