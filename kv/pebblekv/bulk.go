package pebblekv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/must"
)

const (
	// bulkDir holds the tables of bulks that are not applied yet.
	bulkDir = "bulk"
	// defaultBulkTableBytes is the size at which a table of a bulk is ended.
	defaultBulkTableBytes = 32 << 20
)

// bulk writes tables, a stream of them for each first byte, and is applied by
// handing them to Pebble all at once.
type bulk struct {
	e       *Engine
	deletes []span // in order and disjoint once a key was written
	merged  bool
	streams [256]*stream
	paths   []string
}

type span struct{ lower, upper []byte }

// stream is the tables of one first byte. Tables meet, they do not overlap: a
// range to delete is cut where one ends.
type stream struct {
	w     *sstable.Writer // nil between tables
	lower []byte          // where the table begins: what is below has one
	last  []byte
	used  bool
}

// NewBulk begins a bulk; it makes a file when it needs one.
func (e *Engine) NewBulk() (kv.Bulk, error) {
	if e.closed.Load() {
		return nil, kv.ErrClosed
	}
	return &bulk{e: e}, nil
}

// clearBulks removes the tables of bulks that a crash left.
func clearBulks(f vfs.FS, dir string) error {
	return f.RemoveAll(filepath.Join(dir, bulkDir))
}

func (b *bulk) DeleteRange(lower, upper []byte) error {
	if err := errors.Join(checkKey(lower), checkKey(upper)); err != nil {
		return err
	}
	if b.merged {
		return kv.ErrOrder
	}
	if bytes.Compare(lower, upper) < 0 {
		b.deletes = append(b.deletes, span{bytes.Clone(lower), bytes.Clone(upper)})
	}
	return nil
}

// mergeDeletes puts the ranges in order and those that touch together.
func (b *bulk) mergeDeletes() {
	if b.merged {
		return
	}
	b.merged = true
	slices.SortFunc(b.deletes, func(x, y span) int { return bytes.Compare(x.lower, y.lower) })
	var out []span
	for _, d := range b.deletes {
		if n := len(out); n > 0 && bytes.Compare(d.lower, out[n-1].upper) <= 0 {
			if bytes.Compare(d.upper, out[n-1].upper) > 0 {
				out[n-1].upper = d.upper
			}
			continue
		}
		out = append(out, d)
	}
	b.deletes = out
}

// at gives the table that key, the next of its first byte, goes to.
func (b *bulk) at(key []byte) (w *sstable.Writer, err error) {
	defer func() { err = mark(err) }()
	if err := checkKey(key); err != nil {
		return nil, err
	}
	b.mergeDeletes()
	s := b.stream(key[0])
	if s.used && bytes.Compare(s.last, key) >= 0 {
		return nil, kv.ErrOrder
	}
	if s.w != nil && s.w.Raw().EstimatedSize() >= b.e.bulkTableBytes {
		if err := b.end(s, key); err != nil {
			return nil, err
		}
	}
	s.used, s.last = true, append(s.last[:0], key...)
	return s.w, b.begin(s)
}

func (b *bulk) stream(first byte) *stream {
	if b.streams[first] == nil {
		b.streams[first] = &stream{lower: []byte{first}}
	}
	return b.streams[first]
}

func (b *bulk) Set(key, value []byte) error {
	if len(value) > kv.ValueBytesMax {
		return kv.ErrValueTooLarge
	}
	w, err := b.at(key)
	if err != nil {
		return err
	}
	return mark(w.Set(key, value))
}

func (b *bulk) Delete(key []byte) error {
	w, err := b.at(key)
	if err != nil {
		return err
	}
	return mark(w.Delete(key))
}

// begin makes sure that s has a table.
func (b *bulk) begin(s *stream) error {
	if s.w != nil {
		return nil
	}
	f, dir := b.e.opts.FS.vfs(), filepath.Join(b.e.dir, bulkDir)
	if err := f.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(dir, fmt.Sprintf("%d.sst", b.e.bulkFiles.Add(1)))
	file, err := f.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	b.paths = append(b.paths, path)
	s.w = sstable.NewWriter(objstorageprovider.NewFileWritable(file), b.e.tables.MakeWriterOptions(0, b.e.db.TableFormat()))
	return nil
}

// end finishes the table of s, which has all below upper.
func (b *bulk) end(s *stream, upper []byte) error {
	if err := b.cutDeletes(s, upper); err != nil {
		return err
	}
	s.lower = bytes.Clone(upper)
	if s.w == nil {
		return nil
	}
	err := s.w.Close()
	s.w = nil
	return err
}

// cutDeletes writes what the ranges have between the bounds of the table.
func (b *bulk) cutDeletes(s *stream, upper []byte) error {
	for _, d := range b.deletes {
		lo, up := d.lower, d.upper
		if bytes.Compare(lo, s.lower) < 0 {
			lo = s.lower
		}
		if bytes.Compare(up, upper) > 0 {
			up = upper
		}
		if bytes.Compare(lo, up) >= 0 {
			continue
		}
		if err := b.begin(s); err != nil {
			return err
		}
		if err := s.w.DeleteRange(lo, up); err != nil {
			return err
		}
	}
	return nil
}

// finish ends all tables.
func (b *bulk) finish() error {
	b.mergeDeletes()
	for first := range b.streams {
		upper := lastKey
		if first < len(b.streams)-1 {
			upper = []byte{byte(first + 1)}
		}
		if err := b.end(b.stream(byte(first)), upper); err != nil {
			return err
		}
	}
	return nil
}

// Close removes the tables that were not applied.
func (b *bulk) Close() error {
	var errs []error
	for _, s := range b.streams {
		if s != nil && s.w != nil {
			_ = s.w.Close() // of no use any more
			s.w = nil
		}
	}
	for _, path := range b.paths {
		if err := b.e.opts.FS.vfs().Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	b.paths = nil
	return mark(errors.Join(errs...))
}

// ApplyBulk has Pebble take the tables. What is in memtables is written before:
// the tables are durable at once, and may not be without what came before them.
func (e *Engine) ApplyBulk(b kv.Bulk) error {
	pb, ok := b.(*bulk)
	if !ok || pb.e != e {
		return must.Failed("pebblekv: bulk of another engine: %T", b)
	}
	if e.closed.Load() {
		return kv.ErrClosed
	}
	if err := pb.finish(); err != nil {
		return mark(err)
	}
	e.applyMu.Lock()
	defer e.applyMu.Unlock()
	if err := e.Health(); err != nil {
		return err
	}
	if err := e.flushOrFail(); err != nil {
		return mark(err)
	}
	if len(pb.paths) == 0 {
		return nil
	}
	if err := e.runBeforeFlush(); err != nil {
		return err
	}
	if err := e.db.Ingest(context.Background(), pb.paths); err != nil {
		return mark(err)
	}
	e.flushed()
	return nil
}
