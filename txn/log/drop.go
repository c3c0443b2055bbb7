package log

import (
	"path/filepath"
)

// DropBefore deletes the segments that hold nothing at or after pos, nor
// anything not synced. One of them becomes the spare file. Readers below get
// ErrFellBehind.
func (l *Log) DropBefore(pos uint64) error {
	l.mu.Lock()
	if err := l.checkReady(); err != nil {
		l.mu.Unlock()
		return err
	}
	pos = min(pos, l.synced.Load())
	n := 0
	for i := 1; i < len(l.segments) && l.segments[i].base <= pos; i++ {
		if !l.segments[i].continues {
			n = i
		}
	}
	if n == 0 {
		l.mu.Unlock()
		return nil
	}
	dropped := l.segments[:n:n]
	l.segments = append([]*segment(nil), l.segments[n:]...)
	var closing []*segment
	var spare *segment
	for _, s := range dropped {
		switch {
		case s.readers > 0:
			s.dropped = true
		case l.spare == nil && !l.sparing && !l.closed && l.sizeFits(s):
			l.sparing = true
			spare = s
		default:
			closing = append(closing, s)
		}
	}
	if spare != nil {
		l.busy.Add(1)
		defer l.busy.Done()
	}
	l.mu.Unlock()
	if err := l.deleteFiles(dropped, closing, spare); err != nil {
		return l.fail(err)
	}
	if spare != nil {
		l.mu.Lock()
		l.spare, l.sparing = spare.file, false
		l.mu.Unlock()
	}
	return nil
}

// deleteFiles deletes the names of all dropped segments, closes those that
// nobody reads, and renames the one to be recycled. It is not overwritten before
// its old name is durably gone.
func (l *Log) deleteFiles(dropped, closing []*segment, spare *segment) error {
	for _, s := range closing {
		if err := s.file.Close(); err != nil {
			return err
		}
	}
	for _, s := range dropped {
		var err error
		if s == spare {
			err = l.fs.Rename(s.path, filepath.Join(l.dir, spareName))
		} else {
			err = l.fs.Remove(s.path)
		}
		if err != nil {
			return err
		}
	}
	return l.fs.SyncDir(l.dir)
}

func (l *Log) sizeFits(s *segment) bool {
	size, err := s.file.Size()
	return err == nil && size == l.opts.SegmentBytes
}

// acquire finds the segment that holds pos and keeps its file open; end is the
// position after its last frame. ErrFellBehind where it was dropped.
func (l *Log) acquire(pos uint64) (s *segment, end uint64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, 0, ErrClosed
	}
	if err := l.checkReplayed(); err != nil {
		return nil, 0, err
	}
	if pos < l.segments[0].base {
		return nil, 0, ErrFellBehind
	}
	i := len(l.segments) - 1
	for l.segments[i].base > pos {
		i--
	}
	end = l.written.Load()
	if i+1 < len(l.segments) {
		end = l.segments[i+1].base
	}
	l.segments[i].readers++
	return l.segments[i], end, nil
}

func (l *Log) release(s *segment) {
	l.mu.Lock()
	s.readers--
	last := s.dropped && s.readers == 0
	l.mu.Unlock()
	if last {
		_ = s.file.Close()
	}
}
