package log

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/ferritedb/ferrite/kv"
)

// A file system that had no room is asked again after probeMin, then after twice
// as long each time, up to probeMax.
const (
	probeMin = 100 * time.Millisecond
	probeMax = 5 * time.Second
)

// spare is a file with the blocks of a segment, made ahead.
type spare struct {
	file File
	path string
}

// spareName gives the name of a spare file that is not in use; mu is held.
func (l *Log) spareName() string {
	for n := 0; ; n++ {
		name := sparePrefix + segmentSuffix
		if n > 0 {
			name = fmt.Sprintf("%s.%d%s", sparePrefix, n, segmentSuffix)
		}
		if path := filepath.Join(l.dir, name); !l.spareNames[path] {
			l.spareNames[path] = true
			return path
		}
	}
}

func isSpareName(name string) bool {
	return strings.HasPrefix(name, sparePrefix) && strings.HasSuffix(name, segmentSuffix)
}

// newFile makes a file with the blocks of a segment, and durably so: a segment
// that a crash leaves is never shorter than that. Failing, it leaves no file.
func (l *Log) newFile(path string) (File, error) {
	f, err := l.fs.Create(path)
	if err != nil {
		return nil, err
	}
	if err = f.Allocate(l.opts.SegmentBytes); err == nil {
		err = f.Datasync()
	}
	if err != nil {
		return nil, errors.Join(err, f.Close(), l.fs.Remove(path))
	}
	return f, nil
}

// noSpace words the reason why the log cannot be extended. What is wrong with
// the file system shows before anything was written, so it need not stay wrong.
func noSpace(err error) error {
	if isFull(err) {
		return fmt.Errorf("%w: %w: %w", ErrNoSpace, kv.ErrDiskFull, err)
	}
	return fmt.Errorf("%w: %w", ErrNoSpace, err)
}

func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// Space is why the log could not be extended when that was last tried; nil where
// it could. It goes on by itself once there is room.
func (l *Log) Space() error {
	if p := l.noRoom.Load(); p != nil {
		return *p
	}
	return nil
}

// segmentsFor is how many more segments a record with this payload begins.
func (l *Log) segmentsFor(payload int) (n int) {
	at, payloadMax := l.curBytes, l.opts.FrameBytesMax-HeaderBytes
	for {
		frame := int64(HeaderBytes + min(payload, payloadMax))
		if at+frame > l.opts.SegmentBytes {
			n++
			at = SegmentHeaderBytes
		}
		at += frame
		if payload -= payloadMax; payload <= 0 {
			return n
		}
	}
}

// reserve has the files that a record needs there before the first of its bytes
// is written. mu is held; most often there is nothing to do.
func (l *Log) reserve(payload int) error {
	need := l.segmentsFor(payload)
	for len(l.spares) < need {
		if err := l.Space(); err != nil {
			return err
		}
		path := l.spareName()
		f, err := l.newFile(path)
		if err != nil {
			delete(l.spareNames, path)
			return l.lacksSpace(err)
		}
		l.spares = append(l.spares, spare{f, path})
	}
	return nil
}

// Reserve is to be called before the Append of a large record: what files it
// needs are made here, and not under the locks that are held over Append.
func (l *Log) Reserve(payload int) error {
	for {
		l.mu.Lock()
		need, err := l.segmentsFor(payload), l.checkReady()
		if err == nil {
			err = l.Space()
		}
		if len(l.spares) >= need || err != nil {
			l.mu.Unlock()
			return err
		}
		path := l.spareName()
		l.busy.Add(1)
		l.mu.Unlock()
		err = l.addSpare(path)
		l.busy.Done()
		if err != nil {
			return err
		}
	}
}

// addSpare makes a spare file at path. mu is not held; busy is.
func (l *Log) addSpare(path string) error {
	f, err := l.newFile(path)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		delete(l.spareNames, path)
		return l.lacksSpace(err)
	}
	l.spares = append(l.spares, spare{f, path})
	return nil
}

// lacksSpace notes that the log cannot be extended, and has that tried again by
// and by. Spare files beyond the next one would only take room from whoever has
// to make some. mu is held.
func (l *Log) lacksSpace(err error) error {
	err = noSpace(err)
	for len(l.spares) > 1 {
		s := l.spares[len(l.spares)-1]
		l.spares = l.spares[:len(l.spares)-1]
		delete(l.spareNames, s.path)
		_ = s.file.Close()
		_ = l.fs.Remove(s.path)
	}
	if l.noRoom.CompareAndSwap(nil, &err) && !l.closed {
		l.busy.Add(1)
		l.probeIn(probeMin)
	}
	return err
}

// probeIn has the file system asked after d. mu is held; busy counts the probing.
func (l *Log) probeIn(d time.Duration) {
	l.probing = l.opts.Clock.AfterFunc(d, func() { l.probe(d) })
}

// stopProbing is for Close. mu is held.
func (l *Log) stopProbing() {
	if l.probing != nil && l.probing.Stop() {
		l.busy.Done()
	}
}

// probe looks whether there is room again.
func (l *Log) probe(waited time.Duration) {
	l.mu.Lock()
	if l.closed || l.Err() != nil {
		l.mu.Unlock()
		l.busy.Done()
		return
	}
	path := l.spareName()
	l.mu.Unlock()
	f, err := l.newFile(path)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		delete(l.spareNames, path)
		if l.closed {
			l.busy.Done()
			return
		}
		l.probeIn(min(2*waited, probeMax))
		return
	}
	l.spares = append(l.spares, spare{f, path})
	l.noRoom.Store(nil)
	l.busy.Done()
}

// takeBack makes the log as it was before a record that could not be written
// whole, where that is possible: from then on the record must not be found by
// anybody, so its first header is overwritten, durably. mu is held.
func (l *Log) takeBack(at int64, segments int, err error) error {
	if !isFull(err) || len(l.segments) != segments {
		return l.fail(err)
	}
	f := l.segments[segments-1].file
	var zero [HeaderBytes]byte
	if _, werr := f.WriteAt(zero[:], at); werr != nil {
		return l.fail(err)
	}
	if serr := f.Datasync(); serr != nil {
		return l.fail(serr)
	}
	l.curBytes = at
	return noSpace(err)
}
