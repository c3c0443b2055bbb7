package txntest

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	"github.com/ferritedb/ferrite/txn"
)

const registers = 48

func register(i int) []byte { return fmt.Appendf(nil, "%sreg%03d", keyPrefix, i) }

// read is what a transaction saw of a register: the version by its timestamp, 0
// where it was absent as of the snapshot.
type read struct {
	register int
	version  txn.Timestamp
	snapshot txn.Timestamp
	value    string
}

// write of a register; value is empty for a delete.
type write struct {
	register int
	value    string
}

// history is one committed transaction.
type history struct {
	commit txn.Commit
	reads  []read
	writes []write
}

// RunRegisters runs random reads, writes, deletes and range reads and checks the
// dependency graph of what committed: SERIALIZABLE has no cycle. The weaker
// levels must show one: else the checker, or the workload, shows nothing.
func RunRegisters(t *testing.T, open Opener, n Sizes) {
	for name, o := range map[string]txn.Options{
		"Serializable": {Isolation: txn.Serializable},
		"Optimistic":   {Isolation: txn.Serializable, Optimistic: true},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := runRegisters(t, open, n, o, 0)
			if err != nil {
				t.Fatal(err)
			}
			if c := g.cycle(); c != "" {
				t.Errorf("not serializable:\n%s", c)
			}
		})
	}
	t.Run("SerializablePrepared", func(t *testing.T) {
		g, err := runRegisters(t, open, n, txn.Options{Isolation: txn.Serializable}, preparedOneIn)
		if err != nil {
			t.Fatal(err)
		}
		if c := g.cycle(); c != "" {
			t.Errorf("not serializable:\n%s", c)
		}
	})
	n.Txns /= 4
	for name, o := range map[string]txn.Options{
		"ReadCommittedHasCycles":  {},
		"RepeatableReadHasCycles": {Isolation: txn.RepeatableRead},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := runRegisters(t, open, n, o, 0)
			if err != nil {
				t.Fatal(err)
			}
			if g.cycle() == "" {
				t.Errorf("no anomaly in %d transactions: the checker or the workload has no teeth", n.Txns)
			}
		})
	}
}

// preparedOneIn is how many transactions there are for each that is prepared, where
// some are.
const preparedOneIn = 3

// runRegisters prepares one in so many transactions, where that is not 0, and
// finishes it some operations later.
func runRegisters(t *testing.T, open Opener, n Sizes, o txn.Options, prepare int) (*graph, error) {
	s := openReal(t, open)
	defer closeStore(t, s)
	var mu sync.Mutex
	var all []history
	failed := clients(t, s, n, func(c int, rnd *rand.Rand) error {
		o := o
		o.ReadOnly = rnd.IntN(6) == 0
		h := history{}
		var err error
		run := within
		if prepare > 0 && !o.ReadOnly && rnd.IntN(prepare) == 0 {
			run = func(s Store, o txn.Options, fn func(txn.Txn) error) (txn.Commit, error) {
				return withinPrepared(s, o, rnd, fn)
			}
		}
		h.commit, err = run(s, o, func(x txn.Txn) error { return h.run(x, rnd) })
		if err == nil {
			mu.Lock()
			all = append(all, h)
			mu.Unlock()
		}
		return err
	})
	t.Logf("%d of %d failed", failed, n.Txns)
	return newGraph(all)
}

func (h *history) run(x txn.Txn, rnd *rand.Rand) error {
	for range 1 + rnd.IntN(4) {
		x.BeginStatement()
		var err error
		switch k := rnd.IntN(registers); {
		case x.Options().ReadOnly || rnd.IntN(2) == 0:
			if rnd.IntN(3) == 0 {
				err = h.scan(x, k, min(registers, k+1+rnd.IntN(6)), rnd.IntN(2) == 0)
			} else {
				err = h.get(x, k)
			}
		default:
			err = h.write(x, k, rnd.IntN(5) == 0)
		}
		if err != nil {
			return err
		}
		yield(rnd)
	}
	return nil
}

// wrote tells whether the transaction wrote a register: reading it then shows nothing.
func (h *history) wrote(k int) bool {
	for _, w := range h.writes {
		if w.register == k {
			return true
		}
	}
	return false
}

func (h *history) get(x txn.Txn, k int) error {
	rec, _, err := x.Get(nil, register(k))
	if err == nil && !h.wrote(k) {
		h.reads = append(h.reads, read{k, rec.TS, x.SnapshotTS(), string(rec.Value)})
	}
	return err
}

func (h *history) scan(x txn.Txn, lo, hi int, reverse bool) error {
	it, err := x.Scan(register(lo), register(hi), txn.ScanOptions{Reverse: reverse})
	if err != nil {
		return err
	}
	defer it.Close()
	snapshot := x.SnapshotTS()
	found := map[int]read{}
	for it.Next() {
		k, err := strconv.Atoi(string(it.Key()[len(keyPrefix)+len("reg"):]))
		if err != nil {
			return err
		}
		found[k] = read{k, it.Record().TS, snapshot, string(it.Record().Value)}
	}
	for k := lo; k < hi; k++ {
		if !h.wrote(k) {
			r := found[k]
			r.register, r.snapshot = k, snapshot
			h.reads = append(h.reads, r)
		}
	}
	return it.Err()
}

func (h *history) write(x txn.Txn, k int, del bool) error {
	_, outcome, err := x.LockRow(background, nil, register(k), txn.LockOptions{Mode: txn.ForUpdate})
	if err != nil {
		return err
	}
	if del && outcome == txn.Absent {
		return nil
	}
	w := write{register: k}
	if del {
		err = x.Delete(register(k), txn.PutOptions{})
	} else {
		w.value = fmt.Sprintf("%d.%d", x.ID(), len(h.writes))
		err = x.Put(register(k), []byte(w.value), txn.PutOptions{})
	}
	h.writes = append(h.writes, w)
	return err
}
