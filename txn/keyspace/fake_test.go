package keyspace

import (
	"context"
	"sort"
	"strings"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/txn"
)

// fakeStore is the plainest Store that keyspace's tests need: one transaction at
// a time, writing in place.
type fakeStore struct {
	txn.Store
	clk  *clock.Manual
	recs map[string]txn.Record
	ts   txn.Timestamp
}

type fakeTxn struct {
	txn.Txn
	s *fakeStore
}

func newFake() (*fakeStore, *Keyspace) {
	s := &fakeStore{clk: clock.NewManual(time.UnixMilli(1_000_000)), recs: map[string]txn.Record{}}
	return s, New(s, s.clk, nil)
}

func (s *fakeStore) Now() txn.Timestamp {
	s.ts = max(s.ts+1, txn.TimestampOf(s.clk.Now()))
	return s.ts
}

func (s *fakeStore) tx(ks *Keyspace) *Tx {
	return ks.NewTx(&fakeTxn{s: s}, TxOptions{Wait: txn.NoWait})
}

func (s *fakeStore) count(prefix byte) int {
	n := 0
	for k := range s.recs {
		if k[0] == prefix {
			n++
		}
	}
	return n
}

// SetNow does nothing: the clock stands still between two calls.
func (t *fakeTxn) SetNow(int64) {}

func (t *fakeTxn) Options() txn.Options { return txn.Options{Latest: true} }

func (t *fakeTxn) Get(dst, key []byte) (txn.Record, bool, error) {
	rec, ok := t.s.recs[string(key)]
	if !ok || rec.ExpireAtMs != 0 && rec.ExpireAtMs <= t.s.clk.Now().UnixMilli() {
		return txn.Record{}, false, nil
	}
	rec.Value = append(dst, rec.Value...)
	return rec, true, nil
}

func (t *fakeTxn) GetNewest(dst, key []byte) (txn.Record, bool, error) { return t.Get(dst, key) }

func (t *fakeTxn) LockRow(_ context.Context, dst, key []byte, _ txn.LockOptions) (txn.Record, txn.LockOutcome, error) {
	rec, ok, err := t.Get(dst, key)
	if !ok {
		return rec, txn.Absent, err
	}
	return rec, txn.Same, err
}

func (t *fakeTxn) Put(key, value []byte, o txn.PutOptions) error {
	t.s.recs[string(key)] = txn.Record{Value: append([]byte(nil), value...), ExpireAtMs: o.ExpireAtMs, TS: t.s.Now()}
	return nil
}

func (t *fakeTxn) Delete(key []byte, _ txn.PutOptions) error {
	delete(t.s.recs, string(key))
	return nil
}

func (t *fakeTxn) DeleteRange(lower, upper []byte) error {
	for k := range t.s.recs {
		if k >= string(lower) && k < string(upper) {
			delete(t.s.recs, k)
		}
	}
	return nil
}

func (t *fakeTxn) Scan(lower, upper []byte, o txn.ScanOptions) (txn.Iterator, error) {
	it := &fakeIter{t: t, at: -1}
	for k := range t.s.recs {
		if k < string(lower) || k >= string(upper) {
			continue
		}
		if _, ok, _ := t.Get(nil, []byte(k)); ok {
			it.keys = append(it.keys, k)
		}
	}
	sort.Slice(it.keys, func(i, j int) bool {
		return o.Reverse != (strings.Compare(it.keys[i], it.keys[j]) < 0)
	})
	for _, k := range it.keys {
		it.recs = append(it.recs, t.s.recs[k])
	}
	return it, nil
}

type fakeIter struct {
	t    *fakeTxn
	keys []string
	recs []txn.Record
	at   int
}

func (it *fakeIter) Next() bool                  { it.at++; return it.at < len(it.keys) }
func (it *fakeIter) NextBatch(b *txn.Batch) bool { return txn.FillBatch(it, b) }

func (it *fakeIter) Key() []byte        { return []byte(it.keys[it.at]) }
func (it *fakeIter) Record() txn.Record { return it.recs[it.at] }
func (it *fakeIter) Err() error         { return nil }
func (it *fakeIter) Close()             {}
