package txntest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/txn"
)

const (
	batchKeys   = 400
	batchRounds = 60
)

// RunBatches compares scans by batches, at random sizes and mixed with single
// steps, with scans by single steps: over snapshots, own writes, deleted ranges
// and the past, in both directions.
func RunBatches(t *testing.T, open Opener, n Sizes) {
	s := openReal(t, open)
	defer closeStore(t, s)
	rnd := rand.New(rand.NewPCG(n.Seed, 7))
	var past []txn.Timestamp
	for range batchRounds {
		x := begin(t, s, txn.Options{Isolation: txn.Isolation(rnd.IntN(3)), Durability: txn.None})
		for range rnd.IntN(4) {
			batchWrites(t, rnd, x)
			compareBatches(t, rnd, x, n.Seed)
		}
		c, err := x.Commit(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		past = append(past, c.TS)
		old := begin(t, s, txn.Options{AsOf: past[rnd.IntN(len(past))]})
		compareBatches(t, rnd, old, n.Seed)
		old.Rollback()
	}
}

func begin(t *testing.T, s txn.Store, o txn.Options) txn.Txn {
	t.Helper()
	x, err := s.Begin(o)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func batchKey(i int) []byte { return fmt.Appendf(nil, "%sbatch%04d", keyPrefix, i) }

func batchWrites(t *testing.T, rnd *rand.Rand, x txn.Txn) {
	t.Helper()
	o := txn.PutOptions{KeepHistory: true}
	for range rnd.IntN(60) {
		var err error
		key := batchKey(rnd.IntN(batchKeys))
		switch rnd.IntN(12) {
		case 0:
			at := rnd.IntN(batchKeys)
			err = x.DeleteRange(batchKey(at), batchKey(at+rnd.IntN(20)+1))
		case 1, 2:
			err = x.Delete(key, o)
		case 3:
			gone := o
			gone.ExpireAtMs = clock.Real.Now().UnixMilli() - 1
			err = x.Put(key, []byte("expired"), gone)
		default:
			err = x.Put(key, make([]byte, rnd.IntN(2000)), o)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func compareBatches(t *testing.T, rnd *rand.Rand, x txn.Txn, seed uint64) {
	t.Helper()
	from := rnd.IntN(batchKeys)
	lower, upper := batchKey(from), batchKey(from+rnd.IntN(batchKeys)+1)
	o := txn.ScanOptions{Reverse: rnd.IntN(2) == 0}
	var want, got []string
	it := scan(t, x, lower, upper, o)
	for it.Next() {
		want = append(want, fmt.Sprintf("%s=%x", it.Key(), it.Record().Value))
	}
	closeIterator(t, it)
	it = scan(t, x, lower, upper, o)
	var b txn.Batch
	for {
		if rnd.IntN(4) == 0 {
			if !it.Next() {
				break
			}
			got = append(got, fmt.Sprintf("%s=%x", it.Key(), it.Record().Value))
			continue
		}
		b.Reset(1 + rnd.IntN(50))
		if !it.NextBatch(&b) {
			break
		}
		for i := range b.Len() {
			got = append(got, fmt.Sprintf("%s=%x", b.Key(i), b.Value(i)))
		}
	}
	if b.Reset(1); it.NextBatch(&b) || b.Len() != 0 {
		t.Fatalf("a batch after the end, seed %d", seed)
	}
	closeIterator(t, it)
	if len(got) != len(want) {
		t.Fatalf("%d records by batches, %d by steps; seed %d", len(got), len(want), seed)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("record %d: %.60s by batches, %.60s by steps; seed %d", i, got[i], want[i], seed)
		}
	}
}

func scan(t *testing.T, x txn.Txn, lower, upper []byte, o txn.ScanOptions) txn.Iterator {
	t.Helper()
	it, err := x.Scan(lower, upper, o)
	if err != nil {
		t.Fatal(err)
	}
	return it
}

func closeIterator(t *testing.T, it txn.Iterator) {
	t.Helper()
	if err := it.Err(); err != nil {
		t.Fatal(err)
	}
	it.Close()
}
