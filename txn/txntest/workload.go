package txntest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/txn"
)

var background = context.Background()

// retryable tells the errors that a client answers by trying again.
func retryable(err error) bool {
	return errors.Is(err, txn.ErrSerialization) || errors.Is(err, txn.ErrSerializationDependency) || errors.Is(err, txn.ErrDeadlock)
}

// clients runs n.Txns transactions from n.Clients goroutines. fn runs one; where
// its error is retryable it counts as tried. Each client has a random source of
// its own, from the seed. It gives the number of those that failed.
func clients(t *testing.T, s Store, n Sizes, fn func(client int, rnd *rand.Rand) error) (failed int64) {
	var wg sync.WaitGroup
	var left, lost atomic.Int64
	left.Store(int64(n.Txns))
	for c := range n.Clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			rnd := rand.New(rand.NewPCG(n.Seed, uint64(c)))
			for left.Add(-1) >= 0 {
				if err := fn(c, rnd); err != nil {
					if !retryable(err) {
						t.Errorf("client %d: %v", c, err)
						return
					}
					lost.Add(1)
				}
			}
		}()
	}
	wg.Wait()
	if held := s.Locks(); len(held) != 0 {
		t.Errorf("locks left over: %v", held)
	}
	return lost.Load()
}

// within runs fn in a transaction, and commits it where fn gives no error.
func within(s Store, o txn.Options, fn func(txn.Txn) error) (txn.Commit, error) {
	x, err := s.Begin(o)
	if err != nil {
		return txn.Commit{}, err
	}
	defer x.Rollback()
	if err := fn(x); err != nil {
		return txn.Commit{}, err
	}
	return x.Commit(background)
}

// errRolledBack ends a transaction that was prepared and then rolled back.
var errRolledBack = fmt.Errorf("rolled back: %w", txn.ErrSerialization)

// withinPrepared is within in two phases; others come in between. One in five is
// rolled back in the second.
func withinPrepared(s Store, o txn.Options, rnd *rand.Rand, fn func(txn.Txn) error) (txn.Commit, error) {
	x, err := s.Begin(o)
	if err != nil {
		return txn.Commit{}, err
	}
	defer x.Rollback()
	if err := fn(x); err != nil {
		return txn.Commit{}, err
	}
	p := txn.Prepared{ID: strconv.FormatUint(x.ID(), 10)}
	if err := x.(txn.Preparer).Prepare(background, p); err != nil {
		return txn.Commit{}, err
	}
	for range rnd.IntN(30) {
		runtime.Gosched()
	}
	commit := rnd.IntN(5) > 0
	c, err := s.(txn.PreparedStore).FinishPrepared(background, p.ID, commit)
	if err == nil && !commit {
		err = errRolledBack
	}
	return c, err
}

// yield lets others in between two operations.
func yield(rnd *rand.Rand) {
	if rnd.IntN(3) == 0 {
		runtime.Gosched()
	}
}

func openReal(t testing.TB, open Opener) Store {
	return open(t, Env{Clock: clock.Real, OnLockWait: func(uint64) {}})
}

func closeStore(t testing.TB, s Store) {
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
