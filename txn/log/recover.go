package log

import (
	"encoding/binary"
	"path/filepath"
)

// couldBeFrame tells whether the header at the start of b says position pos.
func couldBeFrame(b []byte, pos uint64) bool {
	return binary.LittleEndian.Uint64(b[8:]) == pos
}

// startAfter makes the log ready to append at the later of tail, where segment
// number seg ends, and from.
func (l *Log) startAfter(seg int, tail, from uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	// A crash from here to the end leaves a log that ends at tail, with files of
	// any size.
	ts := l.mark.last.ts
	if len(l.segments) > 0 && l.mark.file != nil {
		if err := l.mark.set(l.fs, l.dir, slot{flags: slotClosed, synced: max(tail, from), ts: ts}); err != nil {
			return err
		}
	}
	keep := 0
	if len(l.segments) > 0 && tail >= from {
		keep = seg
		for keep >= 0 && l.segments[keep].base > tail {
			keep-- // the tail is before this segment, in a record broken off
		}
		keep++
	}
	if err := l.removeAfter(keep); err != nil {
		return err
	}
	tail = max(tail, from)
	if keep == 0 {
		path := filepath.Join(l.dir, newName)
		f, err := l.newFile(path)
		if err != nil {
			return err
		}
		s, err := startSegment(l.fs, f, path, l.dir, tail, false)
		if err != nil {
			return err
		}
		l.segments = append(l.segments, s)
	}
	last := l.segments[len(l.segments)-1]
	if keep > 0 {
		// A cut and a new allocation leave zeros behind the tail. The header is
		// written again for the case that the tail is its very beginning.
		if err := last.file.Truncate(last.offset(tail)); err != nil {
			return err
		}
		if err := last.file.Allocate(max(l.opts.SegmentBytes, last.offset(tail))); err != nil {
			return err
		}
		last.continues = last.continues && tail > last.base
		h := last.encodeHeader()
		if _, err := last.file.WriteAt(h[:], 0); err != nil {
			return err
		}
	}
	// Segments before the last may hold frames that were never synced.
	for _, s := range l.segments {
		if err := s.file.Datasync(); err != nil {
			return err
		}
	}
	if err := l.fs.SyncDir(l.dir); err != nil {
		return err
	}
	if err := l.markOpen(tail, ts); err != nil {
		return err
	}
	l.lastTS = ts
	l.curBytes = last.offset(tail)
	l.written.Store(tail)
	l.synced.Store(tail)
	l.replayed = true
	return nil
}

// markOpen has the mark say durably that the log is synced to tail and goes on.
// mu is held.
func (l *Log) markOpen(tail, ts uint64) error {
	s := slot{synced: tail, ts: ts, file: uint64(l.opts.SegmentBytes)}
	for _, old := range l.segments[:len(l.segments)-1] {
		size, err := old.file.Size()
		if err != nil {
			return err
		}
		s.file = min(s.file, uint64(size)) // SegmentBytes may have been another
	}
	return l.mark.set(l.fs, l.dir, s)
}

// removeAfter removes all segments but the first so many. mu is held.
func (l *Log) removeAfter(keep int) error {
	for _, s := range l.segments[keep:] {
		if err := s.file.Close(); err != nil {
			return err
		}
		if err := l.fs.Remove(s.path); err != nil {
			return err
		}
	}
	l.segments = l.segments[:keep]
	return nil
}
