package txntest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/ferritedb/ferrite/txn"
)

const ringNodes = 24

func node(i int) []byte { return fmt.Appendf(nil, "%snode%03d", keyPrefix, i) }

// errBroken: the pointers are no ring over all nodes.
var errBroken = errors.New("the ring is broken")

// RunRing turns around three neighbours of a ring of pointers at a time, after
// FoundationDB's Cycle workload. SERIALIZABLE keeps the ring; READ COMMITTED, with
// reads that take no locks, must break it: else the workload shows nothing.
func RunRing(t *testing.T, open Opener, n Sizes) {
	n.Txns /= 2
	t.Run("Serializable", func(t *testing.T) {
		if err := runRing(t, open, n, txn.Options{Isolation: txn.Serializable}); err != nil {
			t.Error(err)
		}
	})
	t.Run("Optimistic", func(t *testing.T) {
		if err := runRing(t, open, n, txn.Options{Isolation: txn.Serializable, Optimistic: true}); err != nil {
			t.Error(err)
		}
	})
	t.Run("ReadCommittedBreaks", func(t *testing.T) {
		if err := runRing(t, open, n, txn.Options{}); !errors.Is(err, errBroken) {
			t.Errorf("READ COMMITTED kept the ring (%v): the workload has no teeth", err)
		}
	})
}

func runRing(t *testing.T, open Opener, n Sizes, o txn.Options) error {
	s := openReal(t, open)
	defer closeStore(t, s)
	if _, err := within(s, txn.Options{}, func(x txn.Txn) error {
		for i := range ringNodes {
			if err := point(x, i, (i+1)%ringNodes); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	failed := clients(t, s, n, func(_ int, rnd *rand.Rand) error {
		_, err := within(s, o, func(x txn.Txn) error { return turn(x, rnd) })
		return err
	})
	t.Logf("%d of %d failed", failed, n.Txns)
	_, err := within(s, txn.Options{Isolation: txn.RepeatableRead, ReadOnly: true}, checkRing)
	return err
}

func point(x txn.Txn, from, to int) error {
	return x.Put(node(from), strconv.AppendInt(nil, int64(to), 10), txn.PutOptions{})
}

func follow(x txn.Txn, from int) (int, error) {
	x.BeginStatement()
	rec, ok, err := x.Get(nil, node(from))
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, fmt.Errorf("node %d is gone", from)
	}
	return strconv.Atoi(string(rec.Value))
}

// turn makes a->b->c->d into a->c->b->d.
func turn(x txn.Txn, rnd *rand.Rand) error {
	n := [4]int{rnd.IntN(ringNodes)}
	for i := 1; i < 4; i++ {
		var err error
		if n[i], err = follow(x, n[i-1]); err != nil {
			return err
		}
		yield(rnd)
	}
	for _, p := range [][2]int{{n[0], n[2]}, {n[2], n[1]}, {n[1], n[3]}} {
		x.BeginStatement()
		if _, _, err := x.LockRow(background, nil, node(p[0]), txn.LockOptions{Mode: txn.ForNoKeyUpdate}); err != nil {
			return err
		}
		if err := point(x, p[0], p[1]); err != nil {
			return err
		}
	}
	return nil
}

func checkRing(x txn.Txn) error {
	at := 0
	for i := range ringNodes {
		next, err := follow(x, at)
		if err != nil {
			return err
		}
		if at = next; at == 0 && i != ringNodes-1 {
			return fmt.Errorf("%w: back after %d of %d nodes", errBroken, i+1, ringNodes)
		}
	}
	if at != 0 {
		return fmt.Errorf("%w: at node %d after %d steps", errBroken, at, ringNodes)
	}
	return nil
}
