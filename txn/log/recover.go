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
	keep := 0
	if len(l.segments) > 0 && tail >= from {
		keep = seg
		for keep >= 0 && l.segments[keep].base > tail {
			keep-- // the tail is before this segment, in a record broken off
		}
		keep++
	}
	for _, s := range l.segments[keep:] {
		if err := s.file.Close(); err != nil {
			return err
		}
		if err := l.fs.Remove(s.path); err != nil {
			return err
		}
	}
	l.segments = l.segments[:keep]
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
	l.curBytes = last.offset(tail)
	l.written.Store(tail)
	l.synced.Store(tail)
	l.replayed = true
	return nil
}
