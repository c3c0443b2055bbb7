package log

import "io"

// FS is what the log needs of a file system: the operating system's (OS), or
// one that forgets what was not synced (MemFS).
type FS interface {
	MkdirAll(dir string) error
	// List gives the names in dir, without the path.
	List(dir string) ([]string, error)
	// Create opens a new file for reading and writing, replacing an old one.
	Create(path string) (File, error)
	// Open opens an existing file for reading and writing.
	Open(path string) (File, error)
	// Rename replaces the target where it exists.
	Rename(from, to string) error
	Remove(path string) error
	// SyncDir makes creations, renames and removals in dir durable.
	SyncDir(dir string) error
}

// File is an open file. Safe for concurrent use as far as the ranges differ.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Size() (int64, error)
	// Allocate grows the file to size with zeros, with its blocks reserved where
	// the system can do that.
	Allocate(size int64) error
	Truncate(size int64) error
	// Datasync makes data and size durable.
	Datasync() error
}
