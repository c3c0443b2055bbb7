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

// A write set that went to disk is committed without ever being in memory: its
// ops are read once, in key order, and go in parts to the log and to a bulk of the
// engine. All that is in the commit section, for the timestamp is in every record.

// bulkCommit puts the ops of a commit into a bulk of the engine.
type bulkCommit struct {
	s    *Store
	bulk kv.Bulk
	ts   txn.Timestamp
	key  []byte
	val  []byte
}

func (s *Store) newBulkCommit(ts txn.Timestamp) (*bulkCommit, error) {
	b, err := s.engine.NewBulk()
	if err != nil {
		return nil, err
	}
	return &bulkCommit{s: s, bulk: b, ts: ts}, nil
}

// add is section.add of a bulk.
func (c *bulkCommit) add(o *op) error {
	if o.kind == opRange {
		return c.bulk.DeleteRange(o.key, o.val)
	}
	if o.keepHistory && o.known == oldPresent {
		c.key = keys.AppendHistory(c.key[:0], historyBucket(c.ts), o.key, uint64(c.ts))
		if err := c.bulk.Set(c.key, o.old); err != nil {
			return err
		}
	}
	if o.kind == opDelete {
		return c.bulk.Delete(o.key)
	}
	c.val = appendRaw(c.val[:0], c.ts, o.expire, o.val)
	return c.bulk.Set(o.key, c.val)
}

func (c *bulkCommit) apply(pos uint64) error {
	if err := c.bulk.Set(positionKey, appendPosition(nil, pos, c.ts)); err != nil {
		return err
	}
	return c.s.engine.ApplyBulk(c.bulk)
}

// partWriter writes the log's half of a bulk commit.
type partWriter struct {
	s     *Store
	ts    txn.Timestamp
	frame []byte // room for the log's header, the part's header, ops
	parts uint64
	bytes uint64 // where there is no log
}

func (w *partWriter) begin() {
	w.frame = append(w.frame[:0], make([]byte, log.HeaderBytes)...)
	w.frame = binary.LittleEndian.AppendUint64(w.frame, w.parts)
}

func (w *partWriter) add(o *op) error {
	if len(w.frame) == 0 {
		w.begin()
	}
	w.frame = appendFrameOp(w.frame, o)
	if len(w.frame) < framePartBytes {
		return nil
	}
	return w.flush()
}

func (w *partWriter) flush() error {
	if len(w.frame) == 0 {
		return nil
	}
	_, err := w.append(framePart)
	w.parts++
	w.frame = w.frame[:0]
	return err
}

func (w *partWriter) append(kind uint8) (uint64, error) {
	w.bytes += uint64(len(w.frame))
	if w.s.log == nil {
		return w.s.written.Load() + w.bytes, nil
	}
	_, end, err := w.s.log.Append(w.frame, uint64(w.ts), kind)
	return end, err
}

// finish gives the position after the commit.
func (w *partWriter) finish() (uint64, error) {
	if err := w.flush(); err != nil {
		return 0, err
	}
	w.begin()
	return w.append(frameEnd)
}

// commitBulk is commit of a write set on disk.
func (s *Store) commitBulk(st *state) (txn.Commit, error) {
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	if err := s.ready(); err != nil {
		return txn.Commit{}, err
	}
	if err := s.validate(st); err != nil {
		return txn.Commit{}, err
	}
	c, err := s.newBulkCommit(s.hlc.next())
	if err != nil {
		return txn.Commit{}, err
	}
	defer c.bulk.Close()
	w := partWriter{s: s, ts: c.ts}
	err = st.ws.each(func(o *op) error {
		if o.keepHistory && o.known == oldUnknown {
			if err := st.readOld(o); err != nil {
				return err
			}
		}
		return errors.Join(w.add(o), c.add(o))
	})
	var pos uint64
	if err == nil {
		pos, err = w.finish()
	}
	if err != nil { // parts without an end are nothing
		return txn.Commit{}, s.appendError(err)
	}
	s.seq.Add(1)
	if err = c.apply(pos); err == nil {
		s.published(st, c.ts, pos)
	}
	s.seq.Add(1)
	s.dropStaleSnapshot()
	if err != nil {
		return txn.Commit{}, s.fail(err)
	}
	return txn.Commit{TS: c.ts, Pos: txn.Position(pos)}, nil
}

// redoBulk replays the parts of a commit as they come; the engine has the commit
// when the end came.
type redoBulk struct {
	c     *bulkCommit // nil while there are no parts
	parts uint64
}

// drop forgets the parts of a commit that has no end.
func (r *redoBulk) drop() {
	if r.c != nil {
		_ = r.c.bulk.Close()
	}
	*r = redoBulk{}
}

func (r *redoBulk) part(s *Store, rec log.Record) error {
	n, ops, err := cutPart(rec)
	if err != nil {
		return err
	}
	if n == 0 || r.c == nil || n != r.parts || uint64(r.c.ts) != rec.TS {
		r.drop()
		if n != 0 {
			return nil // replay began within it
		}
		if r.c, err = s.newBulkCommit(txn.Timestamp(rec.TS)); err != nil {
			return err
		}
	}
	r.parts++
	var old []byte
	return decodeFrame(ops, func(o op) error {
		if o.keepHistory {
			var err error
			if old, err = s.engine.Get(old[:0], o.key); err == nil {
				o.known, o.old = oldPresent, old
			} else if !errors.Is(err, kv.ErrNotFound) {
				return err
			}
		}
		return r.c.add(&o)
	})
}

func (r *redoBulk) end(rec log.Record) error {
	defer r.drop()
	n, _, err := cutPart(rec)
	if err != nil {
		return err
	}
	if r.c == nil || n != r.parts || uint64(r.c.ts) != rec.TS {
		return fmt.Errorf("%w: commit of %d parts at %d without them", kv.ErrCorruption, n, rec.Pos)
	}
	return r.c.apply(rec.End)
}

func cutPart(rec log.Record) (uint64, []byte, error) {
	if len(rec.Payload) < framePartHeaderBytes {
		return 0, nil, fmt.Errorf("%w: part of a commit at %d", kv.ErrCorruption, rec.Pos)
	}
	return binary.LittleEndian.Uint64(rec.Payload), rec.Payload[framePartHeaderBytes:], nil
}
