package log

import (
	"slices"
	"sync"
)

// holds is the positions that followers still need; guarded by Log.mu.
type holds struct {
	list []*Hold
}

// Hold keeps the log from a position on, see Log.Hold.
type Hold struct {
	l    *Log
	pos  uint64 // guarded by Log.mu
	once sync.Once
}

// Hold has DropBefore keep everything from pos on until it is released; 0 is the
// oldest position. ErrFellBehind where the log does not reach back to pos. The
// caller bounds what it holds back: the log takes disk space without bound.
func (l *Log) Hold(pos uint64) (*Hold, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.checkReplayed(); err != nil {
		return nil, err
	}
	switch first := l.segments[0].base; {
	case pos == 0:
		pos = first
	case pos < first:
		return nil, ErrFellBehind
	}
	h := &Hold{l: l, pos: pos}
	l.holds.list = append(l.holds.list, h)
	return h, nil
}

// Advance gives up what is before pos. A position before the one held changes nothing.
func (h *Hold) Advance(pos uint64) {
	h.l.mu.Lock()
	defer h.l.mu.Unlock()
	h.pos = max(h.pos, pos)
}

// Release gives up everything. A second call does nothing.
func (h *Hold) Release() {
	h.once.Do(func() {
		h.l.mu.Lock()
		defer h.l.mu.Unlock()
		h.l.holds.list = slices.DeleteFunc(h.l.holds.list, func(x *Hold) bool { return x == h })
	})
}

// oldest is the lowest position held, or pos where that is lower.
func (h *holds) oldest(pos uint64) uint64 {
	for _, x := range h.list {
		pos = min(pos, x.pos)
	}
	return pos
}

// DropBefore deletes the segments that hold nothing at or after pos, nor
// anything not synced or held. One of them becomes the spare file. Readers below get
// ErrFellBehind.
func (l *Log) DropBefore(pos uint64) error {
	l.mu.Lock()
	if err := l.checkReady(); err != nil {
		l.mu.Unlock()
		return err
	}
	pos = l.holds.oldest(min(pos, l.synced.Load()))
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
	var recycled *segment
	var path string
	for _, s := range dropped {
		switch {
		case s.readers > 0:
			s.dropped = true
		case len(l.spares) == 0 && !l.sparing && !l.closed && recycled == nil && l.sizeFits(s):
			l.sparing = true
			recycled = s
		default:
			closing = append(closing, s)
		}
	}
	if recycled != nil {
		path = l.spareName()
		l.busy.Add(1)
		defer l.busy.Done()
	}
	l.mu.Unlock()
	if err := l.deleteFiles(dropped, closing, recycled, path); err != nil {
		return l.fail(err)
	}
	if recycled != nil {
		l.mu.Lock()
		l.spares, l.sparing = append(l.spares, spare{recycled.file, path}), false
		l.mu.Unlock()
	}
	return nil
}

// deleteFiles deletes the names of all dropped segments, closes those that
// nobody reads, and renames the one to be recycled to path. It is not overwritten before
// its old name is durably gone.
func (l *Log) deleteFiles(dropped, closing []*segment, recycled *segment, path string) error {
	for _, s := range closing {
		if err := s.file.Close(); err != nil {
			return err
		}
	}
	for _, s := range dropped {
		var err error
		if s == recycled {
			err = l.fs.Rename(s.path, path)
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
