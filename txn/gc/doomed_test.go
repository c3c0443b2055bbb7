package gc

import (
	"context"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/local"
)

// TestDoomedKeysOutliveTheirPast: keys that were given up stay for readers of the
// time before, go once that is past the retention, and others beside them stay.
func TestDoomedKeysOutliveTheirPast(t *testing.T) {
	c := clock.NewManual(start)
	store, err := local.Open(local.Options{Engine: memkv.New(), Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	commit := func(fn func(txn.Txn) error) {
		t.Helper()
		tx, err := store.Begin(txn.Options{})
		if err == nil {
			err = fn(tx)
		}
		if err == nil {
			_, err = tx.Commit(context.Background())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	put := func(prefix []byte, n int) {
		commit(func(tx txn.Txn) error {
			for i := range n {
				if err := tx.Put(append(prefix[:len(prefix):len(prefix)], byte(i)), []byte("v"), txn.PutOptions{}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	count := func(prefix []byte, asOf txn.Timestamp) (n int) {
		t.Helper()
		tx, err := store.Begin(txn.Options{ReadOnly: true, AsOf: asOf, Latest: asOf == 0})
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		it, err := tx.Scan(prefix, keys.PrefixEnd(nil, prefix), txn.ScanOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer it.Close()
		for it.Next() {
			n++
		}
		return n
	}
	gone, index, kept := keys.AppendTable(nil, 7), keys.AppendIndex(nil, 8, 2), keys.AppendIndex(nil, 8, 1)
	for _, p := range [][]byte{gone, index, kept} {
		put(p, 5)
	}
	col := Start(Options{Engine: store.Engine(), Clock: c, Report: func(err error) { t.Error(err) }})
	defer col.Close()
	c.Advance(10 * time.Minute)
	before := txn.TimestampOf(c.Now())
	c.Advance(time.Second)
	commit(func(tx txn.Txn) error { return tx.Put(keys.AppendDoomed(nil, gone), nil, txn.PutOptions{}) })
	c.Advance(30 * time.Minute)
	commit(func(tx txn.Txn) error { return tx.Put(keys.AppendDoomed(nil, index), nil, txn.PutOptions{}) })
	for _, step := range []struct {
		advance     time.Duration
		gone, index int
	}{{29 * time.Minute, 5, 5}, {2 * time.Minute, 0, 5}, {28 * time.Minute, 0, 5}, {2 * time.Minute, 0, 0}} {
		c.Advance(step.advance)
		if g, i := count(gone, 0), count(index, 0); g != step.gone || i != step.index {
			t.Errorf("after %v more: %d and %d keys left, want %d and %d", step.advance, g, i, step.gone, step.index)
		}
		if step.gone > 0 {
			if n := count(gone, before); n != 5 {
				t.Errorf("as of before the end: %d keys", n)
			}
		}
	}
	if n := count(kept, 0); n != 5 {
		t.Errorf("%d keys left of those beside the index", n)
	}
	if n := count([]byte{keys.Doomed}, 0); n != 0 {
		t.Errorf("%d records are left", n)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}
