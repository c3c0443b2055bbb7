package local

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ferritedb/ferrite/txn"
)

// TestMovesFollow compares chains of moves with a plain map of where each row is
// after every commit.
func TestMovesFollow(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	m := &moves{max: 1 << 20}
	const rows, commits = 20, 60
	at := make([]string, rows) // where row i is
	for i := range at {
		at[i] = fmt.Sprint("k", i)
	}
	history := [][]string{append([]string(nil), at...)} // by timestamp
	for ts := txn.Timestamp(1); ts <= commits; ts++ {
		var list []move
		for range 1 + r.IntN(5) {
			i := r.IntN(rows)
			to := fmt.Sprint("n", ts, "-", len(list))
			if r.IntN(3) == 0 {
				to = fmt.Sprint("k", i)
			}
			if to == at[i] {
				continue
			}
			list = append(list, move{at[i], to})
			at[i] = to
		}
		m.add(list, ts)
		history = append(history, append([]string(nil), at...))
	}
	for snapshot := range history {
		for i := range rows {
			key, ts := history[snapshot][i], txn.Timestamp(snapshot)
			for {
				v, ok, unknown := m.after([]byte(key), ts)
				if unknown {
					t.Fatal("nothing was forgotten")
				}
				if !ok {
					break
				}
				key, ts = v.to, v.ts
			}
			if key != at[i] {
				t.Fatalf("row %d of snapshot %d is followed to %s, it is at %s", i, snapshot, key, at[i])
			}
		}
	}
}

// TestMovesForget: what was dropped is known to be unknown.
func TestMovesForget(t *testing.T) {
	m := &moves{max: 4}
	for ts := txn.Timestamp(1); ts <= 10; ts++ {
		m.add([]move{{fmt.Sprint("a", ts), fmt.Sprint("b", ts)}}, ts)
	}
	if len(m.of) != 4 || m.forgotten != 6 {
		t.Fatalf("%d moves kept, forgotten up to %d", len(m.of), m.forgotten)
	}
	if _, _, unknown := m.after([]byte("a3"), 5); !unknown {
		t.Error("a snapshot from before what is forgotten knows where the row is")
	}
	if v, ok, _ := m.after([]byte("a9"), 5); !ok || v.to != "b9" {
		t.Error("a move that is kept is not found")
	}
	if _, ok, unknown := m.after([]byte("a3"), 7); ok || unknown {
		t.Error("a snapshot from after it needs no move")
	}
}
