package local

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/txn"
)

// openAsOf returns the snapshot in which the state at ts is read, and makes sure
// that no later commit is stamped at or before ts. Errors: txn.ErrAsOfFuture,
// txn.ErrHistoryGone.
func (s *Store) openAsOf(ts txn.Timestamp) (*snapshot, error) {
	now := s.clock.Now()
	if ts > txn.TimestampOf(now) && ts > s.visibleTS() {
		return nil, txn.ErrAsOfFuture
	}
	if ts < txn.TimestampOf(now.Add(-s.opts.HistoryRetention)) {
		return nil, txn.ErrHistoryGone
	}
	s.commitMu.Lock() // a commit that has its timestamp, at or before ts, is waited for
	s.hlc.observe(ts)
	s.commitMu.Unlock()
	snap := s.acquireSnapshot()
	horizon, err := historyHorizon(snap)
	if err == nil && ts < horizon {
		err = txn.ErrHistoryGone
	}
	if err != nil {
		snap.release()
		return nil, err
	}
	return snap, nil
}

// historyHorizon is the time before which this state's history was dropped.
func historyHorizon(snap *snapshot) (txn.Timestamp, error) {
	v, err := snap.Get(nil, keys.AppendMeta(nil, keys.MetaHistoryHorizon))
	switch {
	case errors.Is(err, kv.ErrNotFound):
		return 0, nil
	case err != nil:
		return 0, err
	case len(v) != 8:
		return 0, fmt.Errorf("%w: history horizon of %d bytes", kv.ErrCorruption, len(v))
	}
	return txn.Timestamp(binary.BigEndian.Uint64(v)), nil
}

// shownAsOf tells whether a version that covers t was there to see at t.
func shownAsOf(h header, t txn.Timestamp) bool {
	return h.ts <= t && (h.expire == 0 || h.expire > t.Time().UnixMilli())
}

// getAsOf reads the version of key at opts.AsOf: the latest if it is that old,
// else the first that ended after.
func (st *state) getAsOf(dst, key []byte) (txn.Record, bool, error) {
	t := st.opts.AsOf
	raw, err := st.snap.Get(st.raw[:0], key)
	switch {
	case err == nil:
		st.raw = raw
		h, err := decodeHeader(raw)
		if err != nil || h.ts <= t {
			return recordAsOf(dst, raw, h, t, err)
		}
	case !errors.Is(err, kv.ErrNotFound):
		return txn.Record{}, false, err
	}
	from, to := historyBucket(t), historyBucket(st.snap.ts)
	it, err := st.snap.NewIter(kv.IterOptions{
		Lower: keys.AppendHistoryBucket(nil, from), Upper: keys.AppendHistoryBucket(nil, to+1)})
	if err != nil {
		return txn.Record{}, false, err
	}
	defer it.Close()
	for b := from; b <= to; b++ {
		st.past = keys.AppendHistory(st.past[:0], b, key, uint64(t)+1)
		if !it.SeekGE(st.past) {
			break
		}
		if at := it.Key(); len(at) == len(st.past) && bytes.Equal(at[:len(at)-8], st.past[:len(at)-8]) {
			raw, err := it.Value()
			if err != nil {
				return txn.Record{}, false, err
			}
			h, err := decodeHeader(raw)
			return recordAsOf(dst, raw, h, t, err)
		}
	}
	return txn.Record{}, false, it.Error()
}

func recordAsOf(dst, raw []byte, h header, t txn.Timestamp, err error) (txn.Record, bool, error) {
	if err != nil || !shownAsOf(h, t) {
		return txn.Record{}, false, err
	}
	return txn.Record{Value: append(dst, raw[h.bytes:]...), TS: h.ts, ExpireAtMs: h.expire}, true, nil
}

// pastIterator merges the latest records with the history entries of each
// bucket from the one of t on.
type pastIterator struct {
	snap    *snapshot // holds a reference
	t       txn.Timestamp
	reverse bool
	sources []*pastSource // the latest records, then the buckets, oldest first
	key     []byte
	raw     []byte
	rec     txn.Record
	err     error
	closed  bool
}

// pastSource is one of the merged iterators.
type pastSource struct {
	it      kv.Iterator
	history bool
	reverse bool
	ok      bool
	key     []byte // of the record the entry is of
	end     txn.Timestamp
}

func (st *state) scanAsOf(lower, upper []byte, o txn.ScanOptions) (txn.Iterator, error) {
	p := &pastIterator{snap: st.snap, t: st.opts.AsOf, reverse: o.Reverse}
	p.snap.refs.Add(1)
	p.open(lower, upper, false)
	for b := historyBucket(p.t); b <= historyBucket(st.snap.ts); b++ {
		p.open(keys.AppendHistoryKey(nil, b, lower), keys.AppendHistoryKey(nil, b, upper), true)
	}
	if p.err != nil {
		err := p.err
		p.Close()
		return nil, err
	}
	return p, nil
}

func (p *pastIterator) open(lower, upper []byte, history bool) {
	if p.err != nil {
		return
	}
	it, err := p.snap.NewIter(kv.IterOptions{Lower: lower, Upper: upper})
	if err != nil {
		p.err = err
		return
	}
	s := &pastSource{it: it, history: history, reverse: p.reverse}
	p.sources = append(p.sources, s)
	if p.reverse {
		p.err = s.settle(it.Last())
	} else {
		p.err = s.settle(it.First())
	}
}

func (s *pastSource) step() error {
	if s.reverse {
		return s.settle(s.it.Prev())
	}
	return s.settle(s.it.Next())
}

// settle takes the key of the entry that a step came to.
func (s *pastSource) settle(ok bool) error {
	s.ok = ok
	if !ok {
		return s.it.Error()
	}
	if !s.history {
		s.key, s.end = append(s.key[:0], s.it.Key()...), math.MaxUint64
		return nil
	}
	key, end, ok := keys.SplitHistory(s.key[:0], s.it.Key())
	if !ok {
		return kv.ErrCorruption
	}
	s.key, s.end = key, txn.Timestamp(end)
	return nil
}

// Next moves to the next key that had a version at t.
func (p *pastIterator) Next() bool {
	for p.err == nil && !p.closed {
		first := p.first()
		if first == nil {
			return false
		}
		p.key = append(p.key[:0], first.key...)
		shown, err := p.version()
		if err != nil {
			p.err = err
			return false
		}
		if shown {
			return true
		}
	}
	return false
}

// first is a source at the least key (or, in reverse, the greatest).
func (p *pastIterator) first() *pastSource {
	var least *pastSource
	for _, s := range p.sources {
		if !s.ok {
			continue
		}
		if least == nil {
			least = s
			continue
		}
		if c := bytes.Compare(s.key, least.key); c < 0 && !p.reverse || c > 0 && p.reverse {
			least = s
		}
	}
	return least
}

// version finds the version of p.key at t and steps all sources past the key.
func (p *pastIterator) version() (bool, error) {
	best := txn.Timestamp(0) // end of the version found; the least above t wins
	for _, s := range p.sources {
		for s.ok && bytes.Equal(s.key, p.key) {
			if s.end > p.t && (best == 0 || s.end < best) {
				raw, err := s.it.Value()
				if err != nil {
					return false, err
				}
				best = s.end
				p.raw = append(p.raw[:0], raw...)
			}
			if err := s.step(); err != nil {
				return false, err
			}
		}
	}
	if best == 0 {
		return false, nil
	}
	h, err := decodeHeader(p.raw)
	if err != nil || !shownAsOf(h, p.t) {
		return false, err
	}
	p.rec = txn.Record{Value: p.raw[h.bytes:], TS: h.ts, ExpireAtMs: h.expire}
	return true, nil
}

// NextBatch merges record by record.
func (p *pastIterator) NextBatch(b *txn.Batch) bool { return txn.FillBatch(p, b) }

func (p *pastIterator) Key() []byte        { return p.key }
func (p *pastIterator) Record() txn.Record { return p.rec }
func (p *pastIterator) Err() error         { return p.err }

func (p *pastIterator) Close() {
	if p.closed {
		return
	}
	p.closed = true
	for _, s := range p.sources {
		if err := s.it.Close(); err != nil && p.err == nil {
			p.err = err
		}
	}
	p.snap.release()
}
