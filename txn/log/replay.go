package log

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/must"
)

const replayBufferBytes = 1 << 20

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// scanner reads the bytes of one segment's file forward.
type scanner struct {
	file File
	buf  []byte
	off  int64 // file offset of buf[0]
}

// at gives n bytes at off, or fewer at the end of the file.
func (s *scanner) at(off int64, n int) ([]byte, error) {
	if off >= s.off && off+int64(n) <= s.off+int64(len(s.buf)) {
		b := s.buf[off-s.off:]
		return b[:n], nil
	}
	size := max(n, replayBufferBytes)
	if n > replayBufferBytes {
		// The length may be garbage: no memory for more than the file has.
		total, err := s.file.Size()
		if err != nil {
			return nil, err
		}
		size = int(max(replayBufferBytes, min(int64(n), total-off)))
		n = min(n, size)
	}
	if cap(s.buf) < size {
		s.buf = make([]byte, size)
	}
	got, err := s.file.ReadAt(s.buf[:size], off)
	s.buf, s.off = s.buf[:got], off
	if err := ignoreEOF(err); err != nil {
		return nil, err
	}
	return s.buf[:min(n, got)], nil
}

// frameAt reads the frame at pos of seg; ok is false where none verifies.
func (s *scanner) frameAt(seg *segment, pos uint64) (f frame, payload []byte, ok bool, err error) {
	off := seg.offset(pos)
	b, err := s.at(off, HeaderBytes)
	if err != nil || len(b) < HeaderBytes {
		return f, nil, false, err
	}
	f.decode(b)
	if f.pos != pos || f.length > frameBytesLimit {
		return f, nil, false, nil
	}
	n := HeaderBytes + int(f.length)
	if b, err = s.at(off, n); err != nil || len(b) < n || !f.verify(b) {
		return f, nil, false, err
	}
	return f, b[HeaderBytes:n], true, nil
}

// replay is the state of one Replay.
type replay struct {
	l    *Log
	from uint64
	fn   func(Record) error
	scan scanner
	seg  int    // index of the segment being read
	pos  uint64 // of the next frame
	tail uint64 // after the last whole record
	rec  Record // being assembled
	body []byte
	open bool // rec has a first frame and not yet a last
}

// Replay calls fn for every record that begins at or after from, in order (0:
// from the oldest), then cuts off a torn tail and makes the log ready for
// Append. A *GapError where the log does not reach to from, or records that had
// been synced cannot be read: fn has been called for all before the gap, and the
// files are unchanged. A log without a mark may end before from, as when an
// engine was durable before the log was, and goes on there. fn's error is
// returned as it is.
func (l *Log) Replay(from uint64, fn func(Record) error) error {
	if err := must.True(!l.replayed, "commit log replayed twice"); err != nil {
		return err
	}
	if len(l.segments) > 0 && from == 0 {
		from = l.segments[0].base
	}
	from = max(from, FirstPosition)
	// What is about to be applied must not become durable before the log.
	for _, s := range l.segments {
		if err := s.file.Datasync(); err != nil {
			return err
		}
	}
	r := &replay{l: l, from: from, fn: fn}
	if err := r.run(); err != nil {
		return err
	}
	if err := r.checkMissing(); err != nil {
		return err
	}
	if err := r.checkBehind(); err != nil {
		return err
	}
	if r.rec.End == r.tail {
		l.mark.last.ts = r.rec.TS
	}
	return l.startAfter(r.seg, r.tail, from)
}

// run reads up to the first position without a sound frame.
func (r *replay) run() error {
	segs := r.l.segments
	if len(segs) == 0 {
		r.tail = FirstPosition
		return nil
	}
	if r.from < segs[0].base {
		return fmt.Errorf("%w: the commit log begins at %d, %d is needed", kv.ErrCorruption, segs[0].base, r.from)
	}
	// The segment of from is read from its start: only so it is known that from
	// is where a record begins and that nothing is missing before it.
	for r.seg+1 < len(segs) && segs[r.seg+1].base <= r.from {
		r.seg++
	}
	if err := r.enter(); err != nil {
		return err
	}
	for segs[r.seg].continues && r.seg > 0 {
		r.seg-- // to where its record begins
		if err := r.enter(); err != nil {
			return err
		}
	}
	r.pos = segs[r.seg].base
	r.tail = r.pos
	for {
		if r.seg+1 < len(segs) && segs[r.seg+1].base == r.pos {
			r.seg++
			if err := r.enter(); err != nil {
				return err
			}
		}
		if r.scan.file == nil {
			return nil
		}
		f, payload, ok, err := r.scan.frameAt(segs[r.seg], r.pos)
		if err != nil {
			return err
		}
		if !ok || !r.follows(&f) {
			return nil
		}
		if err := r.take(&f, payload); err != nil {
			return err
		}
	}
}

// enter begins to read a segment; one without a sound header has no frames.
func (r *replay) enter() error {
	seg := r.l.segments[r.seg]
	r.scan = scanner{buf: r.scan.buf[:0]}
	ok, err := seg.checkHeader()
	if ok {
		r.scan.file = seg.file
	}
	return err
}

// follows tells whether the frame continues the record where one is open, and
// begins one where none is.
func (r *replay) follows(f *frame) bool {
	return (f.flags&flagContinues != 0) == r.open
}

func (r *replay) take(f *frame, payload []byte) error {
	if f.flags&flagContinues == 0 {
		r.rec = Record{Pos: f.pos, TS: f.ts, Kind: f.kind}
		r.body = r.body[:0]
	}
	more := f.flags&flagMore != 0
	r.pos = f.end()
	r.open = more
	if !more && f.flags&flagContinues == 0 {
		r.rec.Payload = payload
	} else {
		if len(r.body)+len(payload) > recordBytesMax {
			return fmt.Errorf("%w: commit log record at %d is too long", kv.ErrCorruption, r.rec.Pos)
		}
		r.body = append(r.body, payload...)
		r.rec.Payload = r.body
	}
	if more {
		return nil
	}
	r.tail = r.pos
	r.rec.End = r.pos
	if r.rec.Pos < r.from {
		if r.rec.End > r.from {
			return fmt.Errorf("%w: commit log position %d lies within the record from %d to %d",
				kv.ErrCorruption, r.from, r.rec.Pos, r.rec.End)
		}
		return nil
	}
	return r.fn(r.rec)
}

// checkBehind looks for sound frames behind the tail that say the log was
// synced past it.
func (r *replay) checkBehind() error {
	tail := max(r.tail, r.from) // below from, the engine has what the log lost
	for i := r.seg; i < len(r.l.segments); i++ {
		seg := r.l.segments[i]
		s, probe := scanner{file: seg.file}, scanner{file: seg.file}
		for pos := max(seg.base, r.tail); ; {
			b, err := s.at(seg.offset(pos), replayBufferBytes)
			if err != nil {
				return err
			}
			if len(b) < HeaderBytes {
				break
			}
			n := len(b) - HeaderBytes + 1
			for k := range n {
				if !couldBeFrame(b[k:], pos+uint64(k)) {
					continue
				}
				f, _, ok, err := probe.frameAt(seg, pos+uint64(k))
				if err != nil {
					return err
				}
				if ok && f.syncedBelow() > tail {
					return r.gap(f.syncedBelow(), "%s has no sound record at %d, but one at %d, which says that the log was synced to %d",
						filepath.Base(seg.path), r.tail, f.pos, f.syncedBelow())
				}
			}
			pos += uint64(n)
		}
	}
	return nil
}
