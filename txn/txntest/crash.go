package txntest

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/txn"
)

// Machine is the disks that outlive a store.
type Machine interface {
	Open(t testing.TB, c clock.Clock) Store
	// Crash is what a power failure right now may leave, Kill what the end of the
	// process right now leaves. The store open on the machine goes on without
	// reaching the copy.
	Crash(rnd *rand.Rand) Machine
	Kill() Machine
}

const (
	crashWriters = 6
	crashHotKeys = 5
	// crashMarks is how many records of its own each transaction writes: all or
	// none may be there afterwards.
	crashMarks = 3
)

// crashCommit is a commit that returned.
type crashCommit struct {
	ts     txn.Timestamp
	synced bool // its durability was acknowledged
}

// crashTest is the state of one run over several lives of the store.
type crashTest struct {
	t     *testing.T
	clock *clock.Manual
	ids   atomic.Int64

	mu      sync.Mutex
	commits map[int64]crashCommit // by transaction; guarded by mu
}

// RunCrash writes from several goroutines, crashes at random points and opens
// what is left, several times over. What is left is a prefix of the commits, in
// which no transaction is torn; it holds every commit acknowledged as synced, and
// after the mere end of the process every commit acknowledged at all.
func RunCrash(t *testing.T, m Machine, lives int, seed uint64) {
	t.Logf("-seed=%d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	c := &crashTest{t: t, clock: clock.NewManual(scriptStart), commits: map[int64]crashCommit{}}
	for life := range lives {
		s := m.Open(t, c.clock)
		stop := c.write(s, rnd)
		for c.count() < 50+life*30+rnd.IntN(100) {
			c.clock.Advance(time.Duration(rnd.IntN(200)) * time.Millisecond)
		}
		before := c.known()
		kill := rnd.IntN(3) == 0
		if kill {
			m = m.Kill()
		} else {
			m = m.Crash(rnd)
		}
		stop()
		closeStore(t, s)
		r := m.Open(t, c.clock)
		c.check(r, before, kill)
		closeStore(t, r)
		if t.Failed() {
			return
		}
	}
}

func (c *crashTest) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.commits)
}

func (c *crashTest) known() map[int64]crashCommit {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make(map[int64]crashCommit, len(c.commits))
	for id, k := range c.commits {
		all[id] = k
	}
	return all
}

// write starts the writers; the function it gives stops them.
func (c *crashTest) write(s Store, rnd *rand.Rand) (stop func()) {
	var wg sync.WaitGroup
	var stopped atomic.Bool
	for range crashWriters {
		wg.Add(1)
		seed := rnd.Uint64()
		go func() {
			defer wg.Done()
			mine := rand.New(rand.NewPCG(seed, 1))
			for !stopped.Load() {
				if err := c.one(s, mine); err != nil {
					c.t.Error(err)
					return
				}
			}
		}()
	}
	return func() {
		stopped.Store(true)
		wg.Wait()
	}
}

func markKey(id int64, i int) []byte { return fmt.Appendf(nil, "%smark/%d/%09d", keyPrefix, i, id) }
func hotKey(i int) []byte            { return fmt.Appendf(nil, "%shot/%d", keyPrefix, i) }

// one runs a transaction: its marks, and its id in a hot key.
func (c *crashTest) one(s Store, rnd *rand.Rand) error {
	id := c.ids.Add(1)
	o := txn.Options{Durability: txn.Durability(rnd.IntN(3))}
	commit, err := within(s, o, func(x txn.Txn) error {
		for i := range crashMarks {
			if err := x.Put(markKey(id, i), strconv.AppendInt(nil, id, 10), txn.PutOptions{}); err != nil {
				return err
			}
		}
		hot := hotKey(rnd.IntN(crashHotKeys))
		if _, _, err := x.LockRow(background, nil, hot, txn.LockOptions{Mode: txn.ForUpdate}); err != nil {
			return err
		}
		value := strconv.Itoa(int(id)) + strings.Repeat(".", rnd.IntN(2000))
		return x.Put(hot, []byte(value), txn.PutOptions{KeepHistory: true})
	})
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.commits[id] = crashCommit{commit.TS, o.Durability == txn.Fsync}
	return nil
}

// check compares what a store recovered with the commits known before the crash,
// and forgets the lost ones.
func (c *crashTest) check(s Store, before map[int64]crashCommit, kill bool) {
	found := map[int64]int{}
	hot := map[string]txn.Record{}
	var last txn.Timestamp
	stamps := map[int64]txn.Timestamp{}
	_, err := within(s, txn.Options{ReadOnly: true}, func(x txn.Txn) error {
		it, err := x.Scan([]byte(keyPrefix), []byte("\x11"), txn.ScanOptions{})
		if err != nil {
			return err
		}
		defer it.Close()
		for it.Next() {
			rec, key := it.Record(), string(it.Key())
			last = max(last, rec.TS)
			digits, _, _ := strings.Cut(string(rec.Value), ".")
			id, err := strconv.ParseInt(digits, 10, 64)
			if err != nil {
				return err
			}
			if strings.HasPrefix(key, keyPrefix+"hot/") {
				hot[key] = txn.Record{TS: rec.TS}
				stamps[id] = rec.TS
				continue
			}
			found[id]++
			if ts, ok := stamps[id]; ok && ts != rec.TS {
				c.t.Errorf("transaction %d has records of two timestamps", id)
			}
			stamps[id] = rec.TS
		}
		return it.Err()
	})
	if err != nil {
		c.t.Error(err)
		return
	}
	if now := s.Now(); now < last {
		c.t.Errorf("recovered timestamp %d is below a record's %d", now, last)
	}
	for id := range stamps {
		if found[id] != crashMarks {
			c.t.Errorf("transaction %d is torn: %d of %d marks", id, found[id], crashMarks)
		}
	}
	for id, k := range before {
		if _, ok := found[id]; !ok && (kill || k.synced || k.ts <= last) {
			c.t.Errorf("commit %d of %d is lost (acknowledged as synced: %v, killed: %v, the last recovered is of %d)", id, k.ts, k.synced, kill, last)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, k := range c.commits {
		if ts, ok := stamps[id]; !ok {
			delete(c.commits, id)
		} else if ts != k.ts {
			c.t.Errorf("transaction %d committed at %d came back at %d", id, k.ts, ts)
		}
	}
	for id, ts := range stamps { // also those that committed without returning before the crash
		c.commits[id] = crashCommit{ts, true}
	}
	c.checkHistory(s, last)
}

// checkHistory reads hot keys as of the timestamps of the commits: each version
// must lead to the one before it, so nothing of a commit may be lost in history.
func (c *crashTest) checkHistory(s Store, last txn.Timestamp) {
	for i := range crashHotKeys {
		for at, steps := last, 0; steps < 5; steps++ {
			x, err := s.Begin(txn.Options{AsOf: at})
			if err != nil {
				return // older than what is kept
			}
			rec, ok, err := x.Get(nil, hotKey(i))
			x.Rollback()
			if err != nil {
				c.t.Error(err)
			}
			if !ok {
				break
			}
			digits, _, _ := strings.Cut(string(rec.Value), ".")
			id, _ := strconv.ParseInt(digits, 10, 64)
			if k, known := c.commits[id]; !known || k.ts != rec.TS || rec.TS > at {
				c.t.Errorf("hot key %d as of %d is of %d at %d, which is no commit that survived", i, at, id, rec.TS)
			}
			at = rec.TS - 1
		}
	}
}
