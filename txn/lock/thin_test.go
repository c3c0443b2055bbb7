package lock

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ferritedb/ferrite/txn"
)

// TestThinAsEntries asks two tables, one with thin locks and one without, for the
// same, with savepoints and releases; they have to grant the same.
func TestThinAsEntries(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 9))
			tabs := [2]*Table{New(Options{}), New(Options{})}
			tabs[0].thinAfter, tabs[1].thinAfter = rnd.IntN(4), math.MaxInt
			var owners [2][5]*Owner
			var marks [2][5][]Mark
			for o := range owners[0] {
				for i, tab := range tabs {
					owners[i][o] = tab.NewOwner(uint64(o+1), uint64(o/2)) // the last two pairs are of one session
				}
			}
			granted, refused, inflated := 0, 0, 0
			for range 20_000 {
				o := rnd.IntN(len(owners[0]))
				switch p := rnd.IntN(100); {
				case p < 90:
					key, m := fmt.Appendf(nil, "%d", rnd.IntN(200)), txn.RowMode(rnd.IntN(4))
					var got [2]error
					before := thinCount(tabs[0])
					for i, tab := range tabs {
						_, got[i] = tab.LockRow(context.Background(), owners[i][o], key, m, txn.NoWait, 0)
					}
					if !errors.Is(got[0], got[1]) {
						t.Fatalf("owner %d, row %s, mode %d: %v, want %v", o, key, m, got[0], got[1])
					}
					if got[0] == nil {
						granted++
					} else {
						refused++
					}
					if thinCount(tabs[0]) < before {
						inflated++
					}
				case p < 94:
					for i := range tabs {
						marks[i][o] = append(marks[i][o], owners[i][o].Mark())
					}
				case p < 98 && len(marks[0][o]) > 0:
					k := rnd.IntN(len(marks[0][o]))
					for i, tab := range tabs {
						tab.ReleaseTo(owners[i][o], marks[i][o][k])
						marks[i][o] = marks[i][o][:k+1]
					}
				case p == 99:
					for i, tab := range tabs {
						tab.Release(owners[i][o])
						owners[i][o], marks[i][o] = tab.NewOwner(uint64(o+1), uint64(o/2)), nil
					}
				}
				if a, b := len(tabs[0].HeldBy(owners[0][o])), len(tabs[1].HeldBy(owners[1][o])); a != b {
					t.Fatalf("owner %d holds %d locks, want %d", o, a, b)
				}
			}
			if granted == 0 || refused == 0 || inflated == 0 {
				t.Errorf("%d granted, %d refused, %d made entries: the test tests less than it should", granted, refused, inflated)
			}
			for o := range owners[0] {
				tabs[0].Release(owners[0][o])
			}
			if n := thinCount(tabs[0]); n != 0 || len(tabs[0].Locks()) != 0 {
				t.Errorf("left over: %d thin locks, %v", n, tabs[0].Locks())
			}
		})
	}
}

func thinCount(t *Table) (n int) {
	for i := range t.shards {
		n += t.shards[i].thin.count
	}
	return n
}

// TestManyThinLocks has so many that tables and lists lie in mapped memory;
// a savepoint is gone back to, and what is held conflicts.
func TestManyThinLocks(t *testing.T) {
	const rows = 400_000
	tab := New(Options{})
	o, other := tab.NewOwner(1, 0), tab.NewOwner(2, 0)
	key := func(i int) []byte { return fmt.Appendf(nil, "row%d", i) }
	lock := func(o *Owner, i int) error {
		_, err := tab.LockRow(context.Background(), o, key(i), txn.ForUpdate, txn.NoWait, 0)
		return err
	}
	var half Mark
	for i := range rows {
		if i == rows/2 {
			half = o.Mark()
		}
		if err := lock(o, i); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(tab.HeldBy(o)); n != rows {
		t.Fatalf("%d locks are held, want %d", n, rows)
	}
	for i := 0; i < rows; i += 997 {
		if err := lock(other, i); !errors.Is(err, txn.ErrLockNotAvailable) {
			t.Fatalf("row %d: %v", i, err)
		}
	}
	tab.ReleaseTo(o, half)
	for i := 0; i < rows; i += 997 {
		want := txn.ErrLockNotAvailable
		if i >= rows/2 {
			want = nil
		}
		if err := lock(other, i); !errors.Is(err, want) {
			t.Fatalf("row %d after going back: %v", i, err)
		}
	}
	tab.Release(o)
	tab.Release(other)
	if n := thinCount(tab); n != 0 || len(tab.Locks()) != 0 {
		t.Errorf("left over: %d thin locks, %d others", n, len(tab.Locks()))
	}
}

// BenchmarkManyRowLocks is the locks of a transaction that writes many rows.
func BenchmarkManyRowLocks(b *testing.B) {
	tab := New(Options{})
	o := tab.NewOwner(1, 0)
	key := []byte("\x10table0001-row-0001")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		for k := range 8 {
			key[len(key)-1-k] = byte(i >> (8 * k))
		}
		if _, err := tab.LockRow(context.Background(), o, key, txn.ForUpdate, txn.Block, 0); err != nil {
			b.Fatal(err)
		}
	}
	tab.Release(o)
}
