package keyspace

import (
	"fmt"
	"math"
	"math/rand"
	"sort"
	"testing"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/local"
)

func TestScoreOrder(t *testing.T) {
	scores := []float64{math.Inf(-1), -1e300, -2, -1, -math.SmallestNonzeroFloat64, 0, 1e-9, 1, 2, 1e300, math.Inf(1)}
	for i, s := range scores {
		if ScoreOf(AppendScore(nil, s)) != s {
			t.Errorf("%v does not come back", s)
		}
		if i > 0 && string(AppendScore(nil, scores[i-1])) >= string(AppendScore(nil, s)) {
			t.Errorf("%v does not sort before %v", scores[i-1], s)
		}
	}
}

// model is the slow, obvious sorted set.
type model map[string]float64

func (m model) names() []string {
	var out []string
	for k, s := range m {
		out = append(out, string(AppendScore(nil, s))+k)
	}
	sort.Strings(out)
	return out
}

// TestSpreadZSet grows a sorted set until groups split, shrinks it again,
// and compares ranks, places and counts with a sorted slice on the way.
func TestSpreadZSet(t *testing.T) {
	const seed, grow = 11, 2 * groupBlocksMax * blockEntriesMax
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewSource(seed))
	store := local.OpenMemory()
	defer store.Close()
	ks := New(store, clock.Real, nil)
	m := model{}
	step := func(f func(e *Entry)) {
		t.Helper()
		x, err := store.Begin(txn.Options{Latest: true, Durability: txn.None})
		if err != nil {
			t.Fatal(err)
		}
		tx := ks.NewTx(x, TxOptions{Wait: txn.NoWait})
		e, err := tx.LockZSet([]byte("z"))
		if err != nil {
			t.Fatal(err)
		}
		f(e)
		if err := e.SaveOrDelete(); err != nil {
			t.Fatal(err)
		}
		if _, err := x.CommitNoWait(); err != nil {
			t.Fatal(err)
		}
	}
	add := func(n int) {
		step(func(e *Entry) {
			for range n {
				k, s := fmt.Sprintf("m%d", rnd.Intn(2*grow)), float64(rnd.Intn(500))
				_, want := m[k]
				if had, err := e.ZSet([]byte(k), s); err != nil || had != want {
					t.Fatal(had, want, err)
				}
				m[k] = s
			}
		})
	}
	remove := func(n int) {
		step(func(e *Entry) {
			for k := range m {
				if n--; n < 0 {
					break
				}
				if ok, err := e.ZRemove([]byte(k)); !ok || err != nil {
					t.Fatal(ok, err)
				}
				delete(m, k)
			}
		})
	}
	check := func() {
		t.Helper()
		names := m.names()
		step(func(e *Entry) { checkZSet(t, e, names, rnd) })
	}
	for len(m) < grow {
		add(grow / 8)
		check()
	}
	remove(grow / 10)
	check()
	for len(m) > 0 {
		remove(grow / 4)
		check()
	}
}

func checkZSet(t *testing.T, e *Entry, names []string, rnd *rand.Rand) {
	t.Helper()
	if int(e.ZLen()) != len(names) {
		t.Fatalf("length %d, want %d", e.ZLen(), len(names))
	}
	for range min(len(names), 30) {
		i := rnd.Intn(len(names))
		if r, err := e.ZRank([]byte(names[i])); err != nil || int(r) != i {
			t.Fatalf("rank %d, want %d, %v", r, i, err)
		}
		for _, reverse := range []bool{false, true} {
			at := i
			if reverse {
				at = len(names) - 1 - i
			}
			got := ""
			err := e.ZEachRank(int64(at), int64(at)+1, reverse, func(m []byte, s float64) bool {
				got += string(AppendScore(nil, s)) + string(m)
				return true
			})
			if err != nil || got != names[i] {
				t.Fatalf("at rank %d (reverse %v): %q, want %q, %v", at, reverse, got, names[i], err)
			}
		}
		lo, hi := float64(rnd.Intn(500)), float64(rnd.Intn(500))
		want := 0
		for _, n := range names {
			if s := ScoreOf([]byte(n)); s >= lo && s <= hi {
				want++
			}
		}
		n, err := e.ZCount(ZRange{Lo: AppendScore(nil, lo), Hi: AfterScore(hi)})
		if err != nil || int(n) != want {
			t.Fatalf("count %v..%v: %d, want %d, %v", lo, hi, n, want, err)
		}
	}
}

// TestSpreadList pushes, pops, inserts and removes in a list of many chunks.
func TestSpreadList(t *testing.T) {
	const seed, steps = 5, 6000
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewSource(seed))
	store := local.OpenMemory()
	defer store.Close()
	ks := New(store, clock.Real, nil)
	x, err := store.Begin(txn.Options{Latest: true, Durability: txn.None})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Rollback()
	tx := ks.NewTx(x, TxOptions{Wait: txn.NoWait})
	var want []string
	for i := range steps {
		e, err := tx.LockList([]byte("l"))
		if err != nil {
			t.Fatal(err)
		}
		want = listStep(t, rnd, e, want, i)
		if err := e.SaveOrDelete(); err != nil {
			t.Fatal(err)
		}
		if i%100 == 0 {
			checkList(t, e, want)
		}
	}
}

// listStep changes the list and its model alike.
func listStep(t *testing.T, rnd *rand.Rand, e *Entry, want []string, i int) []string {
	t.Helper()
	v := fmt.Sprintf("%0*d", 1+rnd.Intn(80), i%50)
	front := rnd.Intn(2) == 0
	var err error
	switch n := rnd.Intn(100); {
	case n < 55 || len(want) == 0:
		err = e.ListPush(front, []byte(v))
		if front {
			want = append([]string{v}, want...)
		} else {
			want = append(want, v)
		}
	case n < 80:
		at := rnd.Intn(len(want))
		var found bool
		found, err = e.ListInsert([]byte(want[at]), []byte(v), true)
		for j, w := range want {
			if w == want[at] {
				want = append(want[:j+1], append([]string{v}, want[j+1:]...)...)
				break
			}
		}
		if !found {
			t.Fatalf("step %d: pivot not found", i)
		}
	case n < 90:
		at := rnd.Intn(len(want))
		_, err = e.ListSet(int64(at), []byte(v))
		want[at] = v
	case n < 99:
		var got []byte
		got, _, err = e.ListPop(front)
		at := len(want) - 1
		if front {
			at = 0
		}
		if string(got) != want[at] {
			t.Fatalf("step %d: popped %q, want %q", i, got, want[at])
		}
		want = append(want[:at], want[at+1:]...)
	default:
		k := rnd.Intn(min(len(want), 40) + 1)
		err = e.ListDrop(front, int64(k))
		if front {
			want = want[k:]
		} else {
			want = want[:len(want)-k]
		}
	}
	if err != nil {
		t.Fatalf("step %d: %v", i, err)
	}
	return want
}

func checkList(t *testing.T, e *Entry, want []string) {
	t.Helper()
	var got []string
	if err := e.ListEach(0, func(_ int64, v []byte) bool {
		got = append(got, string(v))
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || int(e.ListLen()) != len(want) {
		t.Fatalf("length %d, want %d\ngot  %v\nwant %v", e.ListLen(), len(want), got, want)
	}
	if n := len(want); n > 0 {
		for _, i := range []int{0, n / 3, n - 1} {
			v, ok, err := e.ListIndex(int64(i))
			if err != nil || !ok || string(v) != want[i] {
				t.Fatalf("index %d: %q %v, want %q, %v", i, v, ok, want[i], err)
			}
		}
	}
}
