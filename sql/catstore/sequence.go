package catstore

import (
	"context"
	"encoding/binary"
	"sync"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// sequenceAhead is how many values one log record covers, as PostgreSQL's
// SEQ_LOG_VALS: a crash loses at most so many.
const sequenceAhead = 32

func sequenceKey(oid types.OID) []byte { return objectKey(kindSequence, oid) }

// sequences holds the running state of the sequences in use.
type sequences struct {
	st txn.Store
	mu struct {
		sync.Mutex
		open map[types.OID]*sequence
	}
}

// sequence is one in use. last is the value given last (or to be given first
// where called is false); ahead counts the values the stored record covers.
type sequence struct {
	mu     sync.Mutex
	loaded bool
	last   int64
	called bool
	ahead  int
}

func (q *sequences) init(st txn.Store) {
	q.st = st
	q.mu.open = map[types.OID]*sequence{}
}

func (q *sequences) get(oid types.OID) *sequence {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.mu.open[oid]
	if s == nil {
		s = &sequence{}
		q.mu.open[oid] = s
	}
	return s
}

// NextVal advances the sequence and returns its new value.
func (s *Store) NextVal(ctx context.Context, seq *catalog.Table) (int64, error) {
	q := s.sequences.get(seq.OID)
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := s.loadLocked(q, seq); err != nil {
		return 0, err
	}
	next, err := advance(seq, q.last, q.called)
	if err != nil {
		return 0, err
	}
	if q.ahead == 0 {
		stored, covered := next, 0
		for covered < sequenceAhead {
			v, err := advance(seq, stored, true)
			if err != nil || v < stored != (seq.Seq.Increment < 0) {
				break
			}
			stored = v
			covered++
		}
		if err := s.storeSequence(ctx, seq.OID, stored, true); err != nil {
			return 0, err
		}
		q.ahead = covered + 1
	}
	q.last, q.called = next, true
	q.ahead--
	return next, nil
}

// advance computes the value after last.
func advance(seq *catalog.Table, last int64, called bool) (int64, error) {
	d := seq.Seq
	if !called {
		return last, nil
	}
	next := last + d.Increment
	up := d.Increment > 0
	switch {
	case up && (next > d.Max || next < last):
		if !d.Cycle {
			return 0, pgerr.Newf(pgerr.SequenceGeneratorLimitExceeded,
				"nextval: reached maximum value of sequence %q (%d)", seq.Name, d.Max)
		}
		return d.Min, nil
	case !up && (next < d.Min || next > last):
		if !d.Cycle {
			return 0, pgerr.Newf(pgerr.SequenceGeneratorLimitExceeded,
				"nextval: reached minimum value of sequence %q (%d)", seq.Name, d.Min)
		}
		return d.Max, nil
	}
	return next, nil
}

// SetVal sets the sequence; called says whether v counts as given.
func (s *Store) SetVal(ctx context.Context, seq *catalog.Table, v int64, called bool) error {
	if v < seq.Seq.Min || v > seq.Seq.Max {
		return pgerr.Newf(pgerr.NumericValueOutOfRange,
			"setval: value %d is out of bounds for sequence %q (%d..%d)", v, seq.Name, seq.Seq.Min, seq.Seq.Max)
	}
	q := s.sequences.get(seq.OID)
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := s.storeSequence(ctx, seq.OID, v, called); err != nil {
		return err
	}
	q.loaded, q.last, q.called, q.ahead = true, v, called, 0
	return nil
}

// Sequence reads the state: what SELECT last_value, is_called FROM seq shows.
func (s *Store) Sequence(seq *catalog.Table) (last int64, called bool, err error) {
	q := s.sequences.get(seq.OID)
	q.mu.Lock()
	defer q.mu.Unlock()
	err = s.loadLocked(q, seq)
	return q.last, q.called, err
}

func (s *Store) loadLocked(q *sequence, seq *catalog.Table) error {
	if q.loaded {
		return nil
	}
	tx, err := s.st.Begin(txn.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	rec, ok, err := tx.Get(nil, sequenceKey(seq.OID))
	if err != nil {
		return err
	}
	q.last, q.called = seq.Seq.Start, false
	if ok && len(rec.Value) == 9 {
		q.last, q.called = int64(binary.BigEndian.Uint64(rec.Value)), rec.Value[8] == 1
	}
	q.loaded, q.ahead = true, 0
	return nil
}

func (s *Store) storeSequence(ctx context.Context, oid types.OID, last int64, called bool) error {
	tx, err := s.st.Begin(txn.Options{Durability: txn.None})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	v := binary.BigEndian.AppendUint64(nil, uint64(last))
	if called {
		v = append(v, 1)
	} else {
		v = append(v, 0)
	}
	if err := tx.Put(sequenceKey(oid), v, txn.PutOptions{}); err != nil {
		return err
	}
	_, err = tx.Commit(ctx)
	return err
}
