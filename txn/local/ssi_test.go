package local

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/txn"
)

// slowTxn is a transaction of the reference: what it read and wrote, and when.
// Times are the numbers of commits before.
type slowTxn struct {
	x             txn.Txn
	reads, writes map[int]bool
	snapshot      int // -1: none yet
	commit        int // 0: active
	declared      bool
	optimistic    bool
}

func (a *slowTxn) readOnly() bool { return a.declared || a.commit != 0 && len(a.writes) == 0 }

// before tells whether a has an rw-dependency to b: it read, in a snapshot without
// the write, what b wrote, and they were concurrent.
func (a *slowTxn) before(b *slowTxn) bool {
	if a == b || a.snapshot < 0 || b.snapshot < 0 || b.commit != 0 && b.commit <= a.snapshot || a.commit != 0 && a.commit <= b.snapshot {
		return false
	}
	for k := range b.writes {
		if a.reads[k] {
			return true
		}
	}
	return false
}

// refused tells by the definition whether the commit of x, which would get the
// number at, completes a dangerous structure a → b → c with c the first to commit,
// before the snapshot of a where that wrote nothing. a may be active still, so that
// the pivot is refused and not a.
func refused(all []*slowTxn, x *slowTxn, at int) bool {
	x.commit = at
	defer func() { x.commit = 0 }()
	if x.optimistic && !x.declared {
		return slices.ContainsFunc(all, func(b *slowTxn) bool { return b.commit != 0 && x.before(b) })
	}
	for _, c := range all {
		if c.commit == 0 || c == x {
			continue
		}
		for _, b := range all {
			if b.commit == 0 || b.commit < c.commit || b == c || !b.before(c) {
				continue
			}
			for _, a := range all {
				active := a.commit == 0 && (b != x || a.optimistic && !a.declared)
				if a != x && b != x || active || !a.before(b) || a.commit != 0 && a.commit < c.commit && a != c && !a.readOnly() {
					continue
				}
				if !a.readOnly() || c.commit <= a.snapshot {
					return true
				}
			}
		}
	}
	return false
}

// TestDangerousStructures compares what SERIALIZABLE refuses at COMMIT with the
// definition, over random schedules.
func TestDangerousStructures(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	refusals, commits := 0, 0
	for range 1500 {
		r := schedule{t: t, rnd: rnd, s: OpenMemory(), keys: 3 + rnd.IntN(6)}
		for range 60 {
			r.step()
		}
		for len(r.active) > 0 {
			r.commit(0)
		}
		if r.s.recent.oldest != nil || r.s.recent.writers != 0 {
			t.Fatal("trackers left over")
		}
		refusals, commits = refusals+r.refused, commits+r.commits
		must(t, r.s.Close())
	}
	t.Logf("%d refused, %d committed", refusals, commits)
	if refusals < 100 || commits < 1000 {
		t.Error("the schedules have no teeth")
	}
}

type schedule struct {
	t                *testing.T
	rnd              *rand.Rand
	s                *Store
	keys             int
	all, active      []*slowTxn
	commits, refused int
}

func slowKey(k int) []byte { return fmt.Appendf(nil, "\x10%02d", k) }

func (r *schedule) step() {
	if len(r.active) < 2 || len(r.active) < 6 && r.rnd.IntN(4) == 0 {
		a := &slowTxn{reads: map[int]bool{}, writes: map[int]bool{}, snapshot: -1,
			declared: r.rnd.IntN(5) == 0, optimistic: r.rnd.IntN(8) == 0}
		a.x = begin(r.t, r.s, txn.Options{Isolation: txn.Serializable, ReadOnly: a.declared, Optimistic: a.optimistic})
		r.all, r.active = append(r.all, a), append(r.active, a)
		return
	}
	i := r.rnd.IntN(len(r.active))
	a, k := r.active[i], r.rnd.IntN(r.keys)
	switch what := r.rnd.IntN(8); {
	case what == 0:
		r.commit(i)
	case what < 3:
		it, err := a.x.Scan(slowKey(k), slowKey(k+2), txn.ScanOptions{Reverse: k%2 == 0})
		must(r.t, err)
		for it.Next() {
		}
		must(r.t, it.Err())
		it.Close()
		r.see(a, k, k+1)
	case what < 5 || a.declared:
		_, _, err := a.x.Get(nil, slowKey(k))
		must(r.t, err)
		if !a.writes[k] {
			r.see(a, k)
		}
	default:
		_, _, err := a.x.LockRow(bg, nil, slowKey(k), txn.LockOptions{Mode: txn.ForUpdate, Wait: txn.NoWait})
		r.see(a)
		if errors.Is(err, txn.ErrLockNotAvailable) {
			return
		}
		if err != nil {
			r.drop(i)
			return
		}
		r.see(a, k)
		must(r.t, a.x.Put(slowKey(k), nil, txn.PutOptions{}))
		a.writes[k] = true
	}
}

func (r *schedule) see(a *slowTxn, keys ...int) {
	if a.snapshot < 0 {
		a.snapshot = r.commits
	}
	for _, k := range keys {
		a.reads[k] = true
	}
}

func (r *schedule) drop(i int) {
	a := r.active[i]
	a.x.Rollback()
	r.active = slices.Delete(r.active, i, i+1)
	r.all = slices.DeleteFunc(r.all, func(b *slowTxn) bool { return b == a })
}

func (r *schedule) commit(i int) {
	a := r.active[i]
	want := refused(r.all, a, r.commits+1)
	_, err := a.x.Commit(bg)
	if err != nil && !errors.Is(err, txn.ErrSerializationDependency) && !(a.optimistic && errors.Is(err, txn.ErrSerialization)) {
		r.t.Fatal(err)
	}
	if errors.Is(err, txn.ErrSerialization) { // an optimistic one met a lock
		r.drop(i)
		return
	}
	if (err != nil) != want {
		r.t.Fatalf("commit of %+v: %v, want refused %v", a, err, want)
	}
	if err != nil {
		r.refused++
		r.drop(i)
		return
	}
	r.active = slices.Delete(r.active, i, i+1)
	if len(a.writes) > 0 {
		r.commits++
		a.commit = r.commits
		return
	}
	a.commit = r.commits
	if a.snapshot < 0 || a.commit == 0 {
		r.all = slices.DeleteFunc(r.all, func(b *slowTxn) bool { return b == a })
	}
}

// TestSafeSnapshots: a reader remembers only what could still matter to it.
func TestSafeSnapshots(t *testing.T) {
	s := OpenMemory()
	s.recent.max = 10_000
	serializable := txn.Options{Isolation: txn.Serializable}
	reader := txn.Options{Isolation: txn.Serializable, ReadOnly: true}
	get := func(x txn.Txn, key string) {
		t.Helper()
		_, _, err := x.Get(nil, []byte(key))
		must(t, err)
	}
	flood := func() {
		for i := range 100 {
			put(t, s, fmt.Sprintf("\x11%d", i), "", txn.PutOptions{})
		}
	}

	alone := begin(t, s, reader)
	get(alone, "\x10a")
	if alone.(*Txn).s.track != nil {
		t.Error("a reader beside no writer is tracked")
	}
	_, err := alone.Commit(bg)
	must(t, err)

	w := begin(t, s, serializable)
	get(w, "\x10a")
	safe := begin(t, s, reader)
	get(safe, "\x10b")
	if tr := safe.(*Txn).s.track; tr == nil || tr.safe.Load() {
		t.Error("a reader beside a writer is not tracked")
	}
	must(t, w.Put([]byte("\x10b"), nil, txn.PutOptions{}))
	_, err = w.Commit(bg)
	must(t, err)
	if !safe.(*Txn).s.track.safe.Load() {
		t.Error("the writer is over, harmless, and its reader not safe")
	}
	flood()
	get(safe, "\x10c")
	_, err = safe.Commit(bg)
	must(t, err)

	pivot := begin(t, s, serializable)
	get(pivot, "\x10a")
	put(t, s, "\x10a", "", txn.PutOptions{})
	unsafe := begin(t, s, reader)
	get(unsafe, "\x10a")
	must(t, pivot.Put([]byte("\x10b"), nil, txn.PutOptions{}))
	_, err = pivot.Commit(bg)
	must(t, err)
	if unsafe.(*Txn).s.track.safe.Load() {
		t.Error("safe after a pivot")
	}
	flood() // more than is remembered
	if _, err = unsafe.Commit(bg); !errors.Is(err, txn.ErrSerializationDependency) {
		t.Errorf("a reader that lost track: %v", err)
	}
	if s.recent.oldest != nil || s.recent.writers != 0 {
		t.Error("trackers left over")
	}
	must(t, s.Close())
}
