package log

import (
	"math"
	"slices"

	"github.com/ferritedb/ferrite/kv/fault"
	"github.com/ferritedb/ferrite/kv/must"
)

// Append writes one record and returns the position of its first byte and the
// one after it. buf holds HeaderBytes of room, then the payload; Append fills
// the room and may overwrite all of buf, but keeps nothing of it. The record is
// visible to readers when Append returns, durable when the log is synced to end.
// One write(2) for a payload that fits a frame. An error is sticky, except
// ErrRecordTooLarge and ErrNoSpace: then nothing was written.
func (l *Log) Append(buf []byte, ts uint64, kind uint8) (start, end uint64, err error) {
	if len(buf)-HeaderBytes > recordBytesMax {
		return 0, 0, ErrRecordTooLarge
	}
	if err := must.True(len(buf) >= HeaderBytes, "commit log record without room for its header"); err != nil {
		return 0, 0, err
	}
	l.mu.Lock()
	if err := l.checkReady(); err != nil {
		l.mu.Unlock()
		return 0, 0, err
	}
	if err := l.reserve(len(buf) - HeaderBytes); err != nil {
		l.mu.Unlock()
		return 0, 0, err
	}
	start = l.written.Load()
	at, segments := l.curBytes, len(l.segments)
	end, err = l.appendFrames(start, buf, ts, kind)
	if err != nil {
		err = l.takeBack(at, segments, err)
		l.mu.Unlock()
		return 0, 0, err
	}
	l.lastTS = ts
	l.written.Store(end)
	l.mu.Unlock()
	l.stats.records.Add(1)
	l.stats.bytes.Add(end - start)
	l.bell.ring()
	return start, end, nil
}

// appendFrames writes the frames of a record. The header of a continuation
// frame overwrites the end of the payload written before it.
func (l *Log) appendFrames(pos uint64, buf []byte, ts uint64, kind uint8) (uint64, error) {
	payloadMax := l.opts.FrameBytesMax - HeaderBytes
	f := frame{ts: ts, kind: kind}
	for {
		f.pos = pos
		f.lag = math.MaxUint32
		if lag := pos - l.synced.Load(); lag < math.MaxUint32 {
			f.lag = uint32(lag)
		}
		n := len(buf) - HeaderBytes
		f.flags &^= flagMore
		if n > payloadMax {
			n = payloadMax
			f.flags |= flagMore
		}
		f.length = uint32(n)
		whole := buf[:HeaderBytes+n]
		f.encode(whole)
		if l.curBytes+int64(len(whole)) > l.opts.SegmentBytes {
			if err := l.roll(pos, f.flags&flagContinues != 0); err != nil {
				return 0, err
			}
		}
		if _, err := l.segments[len(l.segments)-1].file.WriteAt(whole, l.curBytes); err != nil {
			return 0, err
		}
		l.curBytes += int64(len(whole))
		pos += uint64(len(whole))
		if f.flags&flagMore == 0 {
			return pos, nil
		}
		buf = buf[n:]
		f.flags |= flagContinues
	}
}

// roll starts a new segment at pos, in a file that reserve made; mu is held.
func (l *Log) roll(pos uint64, continues bool) error {
	next := l.spares[0]
	l.spares = slices.Delete(l.spares, 0, 1)
	s, err := startSegment(l.fs, next.file, next.path, l.dir, pos, continues)
	if err != nil {
		return err
	}
	delete(l.spareNames, next.path)
	if n := len(l.segments); n > 0 && l.synced.Load() < pos {
		l.unsynced = append(l.unsynced, l.segments[n-1])
	}
	l.segments = append(l.segments, s)
	l.curBytes = SegmentHeaderBytes
	l.newNames = true
	if len(l.spares) == 0 && !l.sparing && !l.closed && l.Space() == nil {
		l.sparing = true
		l.busy.Add(1)
		go l.makeSpare(l.spareName())
	}
	return nil
}

// makeSpare has the next roll find a file ready.
func (l *Log) makeSpare(path string) {
	defer l.busy.Done()
	_ = fault.Call("log space", func() error { return l.addSpare(path) }) // noted there
	l.mu.Lock()
	l.sparing = false
	l.mu.Unlock()
}
