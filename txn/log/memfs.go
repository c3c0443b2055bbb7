package log

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
)

// sectorBytes is what a disk writes whole or not at all.
const sectorBytes = 512

// MemFS is a file system in memory that forgets what was not synced, for crash
// tests. Safe for concurrent use.
//
// It keeps for each file what is durable and what was written since, and for
// the directories the names that are durable and the changes since. A crash
// keeps a prefix of the name changes, as a journal does, and of the writes any
// sectors in any combination, as a page cache does.
type MemFS struct {
	mu      sync.Mutex
	names   map[string]*memInode // guarded by mu
	durable map[string]*memInode // guarded by mu
	changes []nameChange         // since the last SyncDir; guarded by mu
	fault   func(op, path string) error
	limit   int64 // of all files together; 0 none
}

// nameChange gives path to inode (where that is not nil) and removes gone, both
// or neither.
type nameChange struct {
	path  string
	inode *memInode
	gone  string
}

// memInode is guarded by MemFS.mu.
type memInode struct {
	data    []byte
	durable []byte
	dirty   []memWrite // since the last sync
}

// memWrite is a write, or the truncation or growth to size where data is nil.
type memWrite struct {
	off  int64
	data []byte
	size int64
}

// NewMemFS is an empty file system.
func NewMemFS() *MemFS {
	return &MemFS{names: map[string]*memInode{}, durable: map[string]*memInode{}}
}

// SetFault has every operation ask fn first, which may fail it. Operations are
// named create, open, rename, remove, syncdir, write, read, sync, truncate,
// allocate. fn must not call the file system.
func (m *MemFS) SetFault(fn func(op, path string) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = fn
}

// SetLimit has the file system be full where its files would take more than n
// bytes: ENOSPC. 0 for no limit.
func (m *MemFS) SetLimit(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.limit = n
}

// room fails where inode may not grow to size.
func (m *MemFS) room(inode *memInode, path string, size int64) error {
	if m.limit == 0 || size <= int64(len(inode.data)) {
		return nil
	}
	total := size - int64(len(inode.data))
	for _, other := range m.names {
		total += int64(len(other.data))
	}
	if total > m.limit {
		return &fs.PathError{Op: "write", Path: path, Err: syscall.ENOSPC}
	}
	return nil
}

func (m *MemFS) check(op, path string) error {
	if m.fault == nil {
		return nil
	}
	return m.fault(op, path)
}

// Crash is a file system with what a power failure right now might leave;
// chance gives a number in [0, n) for each decision.
func (m *MemFS) Crash(chance func(n int) int) *MemFS {
	m.mu.Lock()
	defer m.mu.Unlock()
	names := maps.Clone(m.durable)
	for _, c := range m.changes[:chance(len(m.changes)+1)] {
		applyChange(names, c)
	}
	c := NewMemFS()
	seen := map[*memInode]*memInode{}
	for _, path := range slices.Sorted(maps.Keys(names)) {
		inode := names[path]
		if seen[inode] == nil {
			data := inode.crash(chance)
			seen[inode] = &memInode{data: data, durable: bytes.Clone(data)}
		}
		c.names[path] = seen[inode]
	}
	c.durable = maps.Clone(c.names)
	return c
}

// Kill is a file system with what the end of the process right now leaves:
// everything written.
func (m *MemFS) Kill() *MemFS {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := NewMemFS()
	for path, inode := range m.names {
		c.names[path] = &memInode{data: bytes.Clone(inode.data), durable: bytes.Clone(inode.data)}
	}
	c.durable = maps.Clone(c.names)
	return c
}

func applyChange(names map[string]*memInode, c nameChange) {
	delete(names, c.gone)
	if c.inode != nil {
		names[c.path] = c.inode
	}
}

// crash is the durable data with some sectors of the writes since.
func (n *memInode) crash(chance func(n int) int) []byte {
	data := bytes.Clone(n.durable)
	mode := chance(3) // none of the writes, all, or some
	for _, w := range n.dirty {
		if mode == 0 {
			continue
		}
		if w.data == nil {
			data = resize(data, w.size)
			continue
		}
		for done := 0; done < len(w.data); {
			off := w.off + int64(done)
			end := min(len(w.data), done+int(sectorBytes-off%sectorBytes))
			if mode == 1 || chance(4) > 0 {
				data = writeAt(data, w.data[done:end], off)
			}
			done = end
		}
	}
	return data
}

func resize(b []byte, size int64) []byte {
	if int64(len(b)) >= size {
		return b[:size]
	}
	return append(b, make([]byte, size-int64(len(b)))...)
}

func writeAt(b, data []byte, off int64) []byte {
	if end := off + int64(len(data)); end > int64(len(b)) {
		b = resize(b, end)
	}
	copy(b[off:], data)
	return b
}

// Corrupt changes bytes of a file, durably.
func (m *MemFS) Corrupt(path string, change func(data []byte)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	inode := m.names[path]
	if inode == nil {
		return fmt.Errorf("corrupt %s: %w", path, fs.ErrNotExist)
	}
	change(inode.data)
	inode.durable, inode.dirty = bytes.Clone(inode.data), nil
	return nil
}

// sorted is the paths of all files. mu is held.
func (m *MemFS) sorted() []string { return slices.Sorted(maps.Keys(m.names)) }

// MkdirAll does nothing: directories are what paths say.
func (m *MemFS) MkdirAll(string) error { return nil }

// List gives the names in dir, sorted.
func (m *MemFS) List(dir string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var names []string
	for path := range m.names {
		if filepath.Dir(path) == filepath.Clean(dir) {
			names = append(names, filepath.Base(path))
		}
	}
	slices.Sort(names)
	return names, nil
}

func (m *MemFS) change(c nameChange) {
	applyChange(m.names, c)
	m.changes = append(m.changes, c)
}

// Create replaces an existing file by an empty one of a new identity.
func (m *MemFS) Create(path string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.check("create", path); err != nil {
		return nil, err
	}
	inode := &memInode{}
	m.change(nameChange{path: path, inode: inode})
	return &memFile{m, inode, path}, nil
}

// Open opens an existing file.
func (m *MemFS) Open(path string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.check("open", path); err != nil {
		return nil, err
	}
	inode := m.names[path]
	if inode == nil {
		return nil, fmt.Errorf("open %s: %w", path, fs.ErrNotExist)
	}
	return &memFile{m, inode, path}, nil
}

// Rename is atomic.
func (m *MemFS) Rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.check("rename", from); err != nil {
		return err
	}
	inode := m.names[from]
	if inode == nil {
		return fmt.Errorf("rename %s: %w", from, fs.ErrNotExist)
	}
	m.change(nameChange{path: to, inode: inode, gone: from})
	return nil
}

// Remove removes a name.
func (m *MemFS) Remove(path string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.check("remove", path); err != nil {
		return err
	}
	if m.names[path] == nil {
		return fmt.Errorf("remove %s: %w", path, fs.ErrNotExist)
	}
	m.change(nameChange{gone: path})
	return nil
}

// SyncDir makes all names durable, those of other directories too.
func (m *MemFS) SyncDir(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.check("syncdir", dir); err != nil {
		return err
	}
	m.durable = maps.Clone(m.names)
	m.changes = nil
	return nil
}

type memFile struct {
	m     *MemFS
	inode *memInode
	path  string
}

func (f *memFile) ReadAt(p []byte, off int64) (int, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if err := f.m.check("read", f.path); err != nil {
		return 0, err
	}
	if off >= int64(len(f.inode.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.inode.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memFile) WriteAt(p []byte, off int64) (int, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if err := f.m.check("write", f.path); err != nil {
		return 0, err
	}
	if err := f.m.room(f.inode, f.path, off+int64(len(p))); err != nil {
		return 0, err
	}
	f.inode.data = writeAt(f.inode.data, p, off)
	f.inode.dirty = append(f.inode.dirty, memWrite{off: off, data: bytes.Clone(p)})
	return len(p), nil
}

func (f *memFile) Size() (int64, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	return int64(len(f.inode.data)), nil
}

func (f *memFile) setSize(op string, size int64) error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if err := f.m.check(op, f.path); err != nil {
		return err
	}
	if op == "allocate" {
		size = max(size, int64(len(f.inode.data)))
	}
	if err := f.m.room(f.inode, f.path, size); err != nil {
		return err
	}
	f.inode.data = resize(f.inode.data, size)
	f.inode.dirty = append(f.inode.dirty, memWrite{size: size})
	return nil
}

func (f *memFile) Allocate(size int64) error { return f.setSize("allocate", size) }
func (f *memFile) Truncate(size int64) error { return f.setSize("truncate", size) }

func (f *memFile) Datasync() error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if err := f.m.check("sync", f.path); err != nil {
		return err
	}
	f.inode.durable, f.inode.dirty = bytes.Clone(f.inode.data), nil
	return nil
}

func (f *memFile) Close() error { return nil }
