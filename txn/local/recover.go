package local

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/ferritedb/ferrite/kv"
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
// metadata and log payloads.
const formatVersion = 1

// checkFormat refuses a store of another version and marks a new one.
func (s *Store) checkFormat() error {
	key := keys.AppendMeta(nil, keys.MetaFormat)
	v, err := s.engine.Get(nil, key)
	if errors.Is(err, kv.ErrNotFound) {
		b := s.engine.NewBatch()
		defer b.Close()
		if err := b.Set(key, binary.BigEndian.AppendUint32(nil, formatVersion)); err != nil {
			return err
		}
		return s.engine.Apply(b)
	}
	if err == nil && (len(v) != 4 || binary.BigEndian.Uint32(v) != formatVersion) {
		err = fmt.Errorf("%w: %x, this server reads version %d", kv.ErrFormat, v, formatVersion)
	}
	return err
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
		return nil
	}
	if first := s.log.First(); pos == 0 && first > log.FirstPosition {
		return fmt.Errorf("%w: the engine is empty, but the commit log begins at %d", kv.ErrCorruption, first)
	}
	err = s.log.Replay(pos, func(r log.Record) error {
		if r.Kind != frameCommit {
			return fmt.Errorf("%w: log record of kind %d at %d", kv.ErrFormat, r.Kind, r.Pos)
		}
		ts = max(ts, txn.Timestamp(r.TS))
		return s.redo(r)
	})
	if err != nil {
		return err
	}
	s.publish(ts, s.log.Written())
	return nil
}

func (s *Store) publish(ts txn.Timestamp, pos uint64) {
	s.hlc.observe(ts)
	s.visible.Store(uint64(ts))
	s.written.Store(pos)
}

// redo applies one log record. What its writes replace is what the engine has
// now, as it was when the record was written.
func (s *Store) redo(r log.Record) error {
	c := &s.section
	c.batch.Reset()
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
		if err := s.dropLog(); err != nil && !errors.Is(err, kv.ErrClosed) && !errors.Is(err, log.ErrClosed) {
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
