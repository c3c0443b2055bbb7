package local

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/txn"
)

// randomKey gives keys that share prefixes of many lengths, some being prefixes
// of others, with zero bytes among them.
func randomKey(rnd *rand.Rand) []byte {
	key := []byte("\x10\x00\x00\x00\x01")[:1+rnd.IntN(5)]
	for range rnd.IntN(4) {
		key = append(key[:len(key):len(key)], "\x00\x00\x00\x01ab\xff"[rnd.IntN(7)])
	}
	if rnd.IntN(3) > 0 {
		key = fmt.Appendf(key[:len(key):len(key)], "%06d", rnd.IntN(4000))
	}
	return key
}

// TestWriteSetRandom compares a write set of several chunks with a map, through
// range deletes and rollbacks.
func TestWriteSetRandom(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for range 6 {
		w, model := &writeSet{max: 1 << 30}, map[string]bool{}
		type saved struct {
			mark  wsMark
			model map[string]bool
		}
		var marks []saved
		for i := range 6000 {
			switch n := rnd.IntN(1000); {
			case n < 3:
				marks = append(marks, saved{w.mark(), maps.Clone(model)})
			case n < 5 && len(marks) > 0:
				k := rnd.IntN(len(marks))
				w.rollback(marks[k].mark)
				model, marks = maps.Clone(marks[k].model), marks[:k+1]
			case n < 15:
				lo := randomKey(rnd)
				hi := append(lo[:len(lo):len(lo)], byte(rnd.IntN(256)))
				must(t, w.deleteRange(lo, hi))
				maps.DeleteFunc(model, func(k string, _ bool) bool { return k >= string(lo) && k < string(hi) })
			default:
				key := randomKey(rnd)
				_, err := w.write(opPut, key, nil, txn.PutOptions{})
				must(t, err)
				model[string(key)] = true
			}
			if i%500 == 0 {
				compareKeys(t, w, model)
			}
		}
		compareKeys(t, w, model)
	}
}

func compareKeys(t *testing.T, w *writeSet, model map[string]bool) {
	t.Helper()
	var got []string
	must(t, w.each(func(o *op) error {
		if o.kind != opRange {
			got = append(got, string(o.key))
		}
		return nil
	}))
	if want := slices.Sorted(maps.Keys(model)); !slices.Equal(got, want) {
		t.Fatalf("%d keys, want %d; first difference at %d", len(got), len(want),
			slices.IndexFunc(got, func(k string) bool { return !model[k] }))
	}
	for k := range model {
		if at, ok := w.index.seek(w.ops, []byte(k)); !ok || string(w.ops[w.index.at(at)].key) != k {
			t.Fatalf("%q is not found", k)
		}
	}
}

// TestWriteSetAfterACut: a chunk of which range deletes left one entry gets keys that
// do not begin as those that it had.
func TestWriteSetAfterACut(t *testing.T) {
	w, model := &writeSet{max: 1 << 30}, map[string]bool{}
	put := func(key string) {
		_, err := w.write(opPut, []byte(key), nil, txn.PutOptions{})
		must(t, err)
		model[key] = true
	}
	for i := range 2 * wsHintsMin {
		put(fmt.Sprintf("\x10shared%03d", i))
	}
	must(t, w.deleteRange([]byte("\x10shared001"), []byte("\x11")))
	clear(model)
	model["\x10shared000"] = true
	for _, key := range []string{"\x10zzzzzzzzz", "\x10shared5", "\x10yyyyyyyyy", "\x10aaaaaaaaa"} {
		put(key)
		compareKeys(t, w, model)
	}
}
