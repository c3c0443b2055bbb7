//go:build !linux

package log

// Datasync syncs data and metadata.
func (f osFile) Datasync() error { return f.Sync() }

// Allocate makes a sparse file.
func (f osFile) Allocate(size int64) error { return f.Truncate(size) }
