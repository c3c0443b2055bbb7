package local

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/fault"
	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/log"
)

// positionBytes is the length of the value at keys.MetaPosition.
const positionBytes = 16

var positionKey = keys.AppendMeta(nil, keys.MetaPosition)

func appendPosition(dst []byte, pos uint64, ts txn.Timestamp) []byte {
	dst = binary.BigEndian.AppendUint64(dst, pos)
	return binary.BigEndian.AppendUint64(dst, uint64(ts))
}

func decodePosition(v []byte) (pos uint64, ts txn.Timestamp, err error) {
	if len(v) != positionBytes {
		return 0, 0, fmt.Errorf("%w: log position of %d bytes", kv.ErrCorruption, len(v))
	}
	return binary.BigEndian.Uint64(v), txn.Timestamp(binary.BigEndian.Uint64(v[8:])), nil
}

// formatVersion is the version of what the store writes: records, history,
// metadata and log payloads. Version 1 had no id of the store, and an engine that
// could be durable before the log.
const (
	formatVersion    = 2
	formatVersionOld = 1
)

// readMeta gives the value of a piece of metadata; nil where it is absent.
func (s *Store) readMeta(name string) ([]byte, error) {
	v, err := s.engine.Get(nil, keys.AppendMeta(nil, name))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, nil
	}
	return v, err
}

// checkFormat refuses a store of a version that is unknown.
func (s *Store) checkFormat() error {
	v, err := s.readMeta(keys.MetaFormat)
	if err != nil || v == nil {
		return err
	}
	if len(v) != 4 || binary.BigEndian.Uint32(v) < formatVersionOld || binary.BigEndian.Uint32(v) > formatVersion {
		return fmt.Errorf("%w: %x, this server reads versions %d to %d", kv.ErrFormat, v, formatVersionOld, formatVersion)
	}
	return nil
}

// identify compares the ids of engine and log, and gives both to a new store, or
// to one of version 1, which has none.
func (s *Store) identify() error {
	v, err := s.readMeta(keys.MetaStore)
	if err != nil {
		return err
	}
	var id log.ID
	if v != nil && copy(id[:], v) != len(id) {
		return fmt.Errorf("%w: id of the store: %x", kv.ErrCorruption, v)
	}
	switch other := s.log.ID(); {
	case v != nil && other != (log.ID{}) && id != other:
		return fmt.Errorf("%w: the storage engine is of the store %s, the commit log of the store %s", kv.ErrCorruption, id, other)
	case v == nil && other != (log.ID{}):
		id = other // a new store was killed, or its engine is rebuilt from the whole log
	case v == nil:
		if _, err := rand.Read(id[:]); err != nil {
			return err
		}
	}
	s.id = id
	s.log.SetID(id, v != nil)
	return nil
}

// markFormat has the engine durably know its format and store, once.
func (s *Store) markFormat() error {
	format := binary.BigEndian.AppendUint32(nil, formatVersion)
	old, err := s.readMeta(keys.MetaFormat)
	if err != nil || string(old) == string(format) {
		return err
	}
	b := s.engine.NewBatch()
	defer b.Close()
	if err := b.Set(keys.AppendMeta(nil, keys.MetaFormat), format); err != nil {
		return err
	}
	if s.log != nil {
		if err := b.Set(keys.AppendMeta(nil, keys.MetaStore), s.id[:]); err != nil {
			return err
		}
		// Also where nothing is committed yet: that the log began is known then.
		if err := b.Set(positionKey, appendPosition(nil, s.written.Load(), s.visibleTS())); err != nil {
			return err
		}
	}
	if err := s.engine.Apply(b); err != nil || s.log == nil {
		return err
	}
	return s.engine.Flush()
}

// recover brings the engine up to the end of the log.
func (s *Store) recover() error {
	if err := s.checkFormat(); err != nil {
		return err
	}
	var pos uint64
	var ts txn.Timestamp
	v, err := s.engine.Get(nil, positionKey)
	switch {
	case err == nil:
		if pos, ts, err = decodePosition(v); err != nil {
			return err
		}
	case !errors.Is(err, kv.ErrNotFound):
		return err
	}
	if s.log == nil {
		s.publish(ts, pos)
		return s.markFormat()
	}
	if err := s.identify(); err != nil {
		return err
	}
	if first := s.log.First(); pos == 0 && first > log.FirstPosition {
		return fmt.Errorf("%w: the storage engine is empty, but the commit log begins at %d: the directory of the engine that belongs to it is missing", kv.ErrCorruption, first)
	}
	var out output
	var bulk redoBulk
	err = s.log.Replay(pos, func(r log.Record) error {
		if r.Kind != framePart && r.Kind != frameEnd {
			bulk.drop()
		}
		ts = max(ts, txn.Timestamp(r.TS))
		switch r.Kind {
		case frameCommit:
			return s.redo(&out, r)
		case framePart:
			return bulk.part(s, r)
		case frameEnd:
			return bulk.end(r)
		}
		return fmt.Errorf("%w: log record of kind %d at %d", kv.ErrFormat, r.Kind, r.Pos)
	})
	bulk.drop()
	out.drop()
	var gap *log.GapError
	if errors.As(err, &gap) {
		err = s.acceptGap(gap, ts)
	}
	if err != nil {
		return err
	}
	s.publish(ts, s.log.Written())
	return s.markFormat()
}

// acceptGap has the store go on without the commits that the log lost, where that
// was asked for. The position after them is never used again for others.
func (s *Store) acceptGap(gap *log.GapError, ts txn.Timestamp) error {
	if !s.opts.AcceptLostLog {
		return &LostLogError{gap}
	}
	if err := s.setPosition(gap.Resume, ts); err != nil {
		return err
	}
	if err := s.engine.Flush(); err != nil {
		return err
	}
	return s.log.Resume(gap)
}

func (s *Store) setPosition(pos uint64, ts txn.Timestamp) error {
	var c output
	c.begin(s.engine)
	defer c.batch.Close()
	if err := c.addPosition(pos, ts); err != nil {
		return err
	}
	return s.engine.Apply(c.batch)
}

// LostLogError says which commits the log lost, in words for who runs the server.
// Options.AcceptLostLog has the store go on without them.
type LostLogError struct{ Gap *log.GapError }

func (e *LostLogError) Error() string {
	text := e.Gap.Error()
	if e.Gap.EndTS != 0 {
		text += fmt.Sprintf("; the last commit that is left in it is of %s", txn.Timestamp(e.Gap.EndTS).Time().Format(time.RFC3339Nano))
	}
	if e.Gap.KnownTS != 0 {
		text += fmt.Sprintf("; the last one that was synced is of %s", txn.Timestamp(e.Gap.KnownTS).Time().Format(time.RFC3339Nano))
	}
	return text
}

// Unwrap makes errors.Is(err, kv.ErrCorruption) true.
func (e *LostLogError) Unwrap() error { return e.Gap }

func (s *Store) publish(ts txn.Timestamp, pos uint64) {
	s.hlc.observe(ts)
	s.visible.Store(uint64(ts))
	s.written.Store(pos)
}

// redo applies one log record. What its writes replace is what the engine has
// now, as it was when the record was written.
func (s *Store) redo(c *output, r log.Record) error {
	c.begin(s.engine)
	ts := txn.Timestamp(r.TS)
	var old []byte
	err := decodeFrame(r.Payload, func(o op) error {
		if o.keepHistory {
			var err error
			if old, err = s.engine.Get(old[:0], o.key); err == nil {
				o.known, o.old = oldPresent, old
			} else if !errors.Is(err, kv.ErrNotFound) {
				return err
			}
		}
		return c.add(&o, ts)
	})
	if err != nil {
		return fmt.Errorf("log record at %d: %w", r.Pos, err)
	}
	if err := c.addPosition(r.End, ts); err != nil {
		return err
	}
	return s.engine.Apply(c.batch)
}

func (s *Store) kickMaintain() {
	select {
	case s.maintain <- struct{}{}:
	default: // asked for already
	}
}

// maintainLog drops the log behind the engine, each time the engine flushed.
func (s *Store) maintainLog() {
	defer s.done.Done()
	for {
		select {
		case <-s.quit:
			return
		case <-s.maintain:
		}
		if err := fault.Call("log maintenance", s.dropLog); err != nil && !errors.Is(err, kv.ErrClosed) && !errors.Is(err, log.ErrClosed) {
			_ = s.fail(err)
		}
	}
}

// dropLog deletes the log segments before what the engine has made durable.
func (s *Store) dropLog() error {
	if s.log == nil {
		return nil
	}
	it, err := s.engine.NewIter(kv.IterOptions{Lower: positionKey, Upper: append(positionKey[:len(positionKey):len(positionKey)], 0), DurableOnly: true})
	if err != nil {
		return err
	}
	var pos uint64
	if it.First() {
		var v []byte
		if v, err = it.Value(); err == nil {
			pos, _, err = decodePosition(v)
		}
	}
	if cerr := errors.Join(it.Error(), it.Close()); err == nil {
		err = cerr
	}
	if err != nil || pos == 0 {
		return err
	}
	return s.log.DropBefore(pos)
}
