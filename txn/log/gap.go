package log

import (
	"fmt"
	"path/filepath"

	"github.com/ferritedb/ferrite/kv"
)

// GapError says that the log does not hold what is known to have been in it.
// errors.Is(err, kv.ErrCorruption).
type GapError struct {
	// What is missing, and where: text with file names.
	What string
	// End is where the sound part ends, and EndTS the commit timestamp of the last
	// record before it; 0 where there is none.
	End, EndTS uint64
	// Known is the position up to which the log reached at least, KnownTS the
	// commit timestamp of the last record before it; 0 unknown.
	Known, KnownTS uint64
	// Resume is the position from which the log can go on without what is missing,
	// see Resume; 0 where it cannot.
	Resume uint64
}

func (e *GapError) Error() string {
	text := fmt.Sprintf("%v: commit log: %s: what is left of it ends at position %d", kv.ErrCorruption, e.What, e.End)
	if e.Known > e.End {
		text += fmt.Sprintf(", it reached to %d at least", e.Known)
	}
	return text
}

// Unwrap makes errors.Is(err, kv.ErrCorruption) true.
func (e *GapError) Unwrap() error { return kv.ErrCorruption }

// gap is the error of a log whose sound part ends at r.tail.
func (r *replay) gap(known uint64, format string, args ...any) error {
	m := &r.l.mark.last
	e := &GapError{What: fmt.Sprintf(format, args...), End: r.tail, EndTS: r.rec.TS, Known: max(known, m.synced)}
	if r.rec.End != r.tail {
		e.EndTS = 0
	}
	if e.Known == m.synced {
		e.KnownTS = m.ts
	}
	e.Resume = max(e.End, e.Known, r.from)
	return e
}

// checkMissing compares what was read with what the mark, the sizes of the files
// and the engine (from) know.
func (r *replay) checkMissing() error {
	l, m := r.l, &r.l.mark.last
	dir := filepath.Base(l.dir)
	switch {
	case len(l.segments) == 0 && r.from > FirstPosition:
		return r.gap(r.from, "%s holds no segment, but the store has applied commits up to %d", dir, r.from)
	case len(l.segments) == 0 && (l.expected || l.mark.file != nil):
		return r.gap(m.synced, "%s holds no segment", dir)
	case l.expected && l.mark.file == nil:
		return r.gap(r.tail, "%s has no file %q", dir, markName)
	}
	if err := r.checkBetween(); err != nil {
		return err
	}
	if l.mark.file == nil {
		// Nothing more is known of a log of version 1.
		return nil
	}
	if m.synced > r.tail {
		return r.gap(m.synced, "the part of %s from %d to %d is missing, which was synced", dir, r.tail, m.synced)
	}
	if r.from > r.tail {
		return r.gap(r.from, "the part of %s from %d to %d is missing, which the store has applied", dir, r.tail, r.from)
	}
	if m.flags&slotClosed != 0 {
		return nil
	}
	for _, s := range l.segments {
		size, err := s.file.Size()
		if err != nil {
			return err
		}
		if uint64(size) < m.file {
			return r.gap(r.tail, "segment %s was cut short to %d bytes of %d", filepath.Base(s.path), size, m.file)
		}
	}
	return nil
}

// checkBetween finds a segment missing before another: the frames of a segment
// fill it, but for one that did not fit, so the next begins within its size.
func (r *replay) checkBetween() error {
	for i := r.seg; i+1 < len(r.l.segments); i++ {
		s, next := r.l.segments[i], r.l.segments[i+1]
		size, err := s.file.Size()
		if err != nil {
			return err
		}
		size = max(size, r.l.opts.SegmentBytes, int64(r.l.mark.last.file))
		if end := s.base + uint64(size) - SegmentHeaderBytes; next.base > max(end, r.from) {
			return r.gap(next.base, "a segment is missing between %s and %s", filepath.Base(s.path), filepath.Base(next.path))
		}
	}
	return nil
}

// Resume has a log of which Replay gave a GapError go on at its Resume position,
// without what is missing and without what it held before: whoever calls has
// made that durable elsewhere. The log is ready for Append then.
func (l *Log) Resume(gap *GapError) error {
	if gap.Resume == 0 {
		return gap
	}
	l.mark.last.ts = gap.EndTS
	return l.startAfter(-1, FirstPosition, gap.Resume)
}
