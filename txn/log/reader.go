package log

import (
	"context"
	"fmt"

	"github.com/ferritedb/ferrite/kv"
)

const readerBufferBytes = 256 << 10

// ReaderOptions of a reader.
type ReaderOptions struct {
	// SyncedOnly shows only what a crash would keep. Otherwise a reader sees a
	// record as soon as it is written.
	SyncedOnly bool
}

// Reader follows the log. Not safe for concurrent use.
type Reader struct {
	l    *Log
	opts ReaderOptions
	pos  uint64
	buf  []byte // bytes of the log from bufPos on, within one segment
	at   uint64
	body []byte
}

// NewReader reads from the record at from; 0 is the oldest. ErrFellBehind where
// the log does not hold it any more.
func (l *Log) NewReader(from uint64, o ReaderOptions) (*Reader, error) {
	first := l.First()
	if from == 0 {
		from = first
	}
	if from < first {
		return nil, ErrFellBehind
	}
	if w := l.Written(); from > w {
		return nil, fmt.Errorf("commit log position %d is past its end %d", from, w)
	}
	return &Reader{l: l, opts: o, pos: from}, nil
}

// Pos is the position of the next record.
func (r *Reader) Pos() uint64 { return r.pos }

func (r *Reader) limit() uint64 {
	if r.opts.SyncedOnly {
		return r.l.synced.Load()
	}
	return r.l.written.Load()
}

// TryNext is Next where a record is there already; ok is false where none is.
func (r *Reader) TryNext() (rec Record, ok bool, err error) {
	if r.pos >= r.limit() {
		return Record{}, false, nil
	}
	rec, err = r.read()
	return rec, err == nil, err
}

// Next returns the next record and waits for it if need be. Its payload is
// valid until the next call. Errors: ErrFellBehind, ctx.Err(), ErrFailed or
// ErrClosed once all records that were written are read, kv.ErrCorruption.
func (r *Reader) Next(ctx context.Context) (Record, error) {
	if r.pos >= r.limit() {
		err := r.l.bell.wait(ctx, func() bool { return r.pos < r.limit() || r.l.Err() != nil })
		if err != nil {
			return Record{}, err
		}
		if r.pos >= r.limit() {
			return Record{}, r.l.Err()
		}
	}
	return r.read()
}

// read assembles the record at pos, which is known to be there.
func (r *Reader) read() (Record, error) {
	var rec Record
	r.body = r.body[:0]
	for pos := r.pos; ; {
		f, payload, err := r.frame(pos)
		if err != nil {
			return Record{}, err
		}
		first, more := pos == r.pos, f.flags&flagMore != 0
		if (f.flags&flagContinues == 0) != first {
			return Record{}, fmt.Errorf("%w: commit log frame at %d is out of place", kv.ErrCorruption, pos)
		}
		if first {
			rec = Record{Pos: pos, TS: f.ts, Kind: f.kind, Payload: payload}
		}
		if !first || more {
			r.body = append(r.body, payload...)
			rec.Payload = r.body
		}
		pos = f.end()
		if !more {
			rec.End = pos
			r.pos = pos
			return rec, nil
		}
	}
}

// frame gives the frame at pos; the payload is valid until the next call.
func (r *Reader) frame(pos uint64) (frame, []byte, error) {
	var f frame
	b, err := r.bytes(pos, HeaderBytes)
	if err != nil {
		return f, nil, err
	}
	f.decode(b)
	if f.pos == pos && f.length <= frameBytesLimit {
		if b, err = r.bytes(pos, HeaderBytes+int(f.length)); err != nil {
			return f, nil, err
		}
		if f.verify(b) {
			return f, b[HeaderBytes:], nil
		}
	}
	return f, nil, fmt.Errorf("%w: no sound commit log frame at %d", kv.ErrCorruption, pos)
}

// bytes gives n bytes of the log at pos, all in one segment.
func (r *Reader) bytes(pos uint64, n int) ([]byte, error) {
	if pos >= r.at && pos+uint64(n) <= r.at+uint64(len(r.buf)) {
		b := r.buf[pos-r.at:]
		return b[:n], nil
	}
	s, end, err := r.l.acquire(pos)
	if err != nil {
		return nil, err
	}
	defer r.l.release(s)
	if pos+uint64(n) > end {
		return nil, fmt.Errorf("%w: commit log frame at %d runs past its segment", kv.ErrCorruption, pos)
	}
	size := int(min(uint64(max(n, readerBufferBytes)), end-pos))
	if cap(r.buf) < size {
		r.buf = make([]byte, size)
	}
	got, err := s.file.ReadAt(r.buf[:size], s.offset(pos))
	r.buf, r.at = r.buf[:got], pos
	if got < n {
		if err := ignoreEOF(err); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%w: commit log segment ends within the frame at %d", kv.ErrCorruption, pos)
	}
	return r.buf[:n], nil
}
