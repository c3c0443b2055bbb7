package pebblekv

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/memkv"
)

// TestBulkOfManyTables compares bulks that take many tables, with ranges to
// delete that lie across them, with the reference.
func TestBulkOfManyTables(t *testing.T) {
	for seed := range uint64(10) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 5))
			fs := NewMemFS()
			e, err := Open("db", Options{FS: fs})
			check(t, err)
			e.bulkTableBytes = 2 << 10
			ref := memkv.New()
			key := func() []byte { return fmt.Appendf(nil, "%c%04d", "am\xff"[r.IntN(3)], r.IntN(3000)) }
			for range 6 {
				fill(t, r, e, ref, key)
				same(t, e, ref)
			}
			files, err := fs.mem.List("db/" + bulkDir)
			if err == nil && len(files) > 0 {
				t.Errorf("left behind: %q", files)
			}
			check(t, errors.Join(e.Close(), ref.Close()))
		})
	}
}

func fill(t *testing.T, r *rand.Rand, e *Engine, ref *memkv.Engine, key func() []byte) {
	t.Helper()
	got, err := e.NewBulk()
	check(t, err)
	want, err := ref.NewBulk()
	check(t, err)
	for range r.IntN(4) {
		lower, upper := key(), key()
		check(t, errors.Join(got.DeleteRange(lower, upper), want.DeleteRange(lower, upper)))
	}
	writes := map[string]bool{}
	for range 1000 {
		writes[string(key())] = r.IntN(4) == 0
	}
	keys := make([]string, 0, len(writes))
	for k := range writes {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if writes[k] {
			check(t, errors.Join(got.Delete([]byte(k)), want.Delete([]byte(k))))
			continue
		}
		v := make([]byte, r.IntN(100))
		for i := range v {
			v[i] = byte(r.Uint32())
		}
		check(t, errors.Join(got.Set([]byte(k), v), want.Set([]byte(k), v)))
	}
	if n := len(got.(*bulk).paths); n < 5 {
		t.Fatalf("a bulk took %d tables: the test tests less than it should", n)
	}
	check(t, errors.Join(e.ApplyBulk(got), ref.ApplyBulk(want)))
	check(t, errors.Join(got.Close(), want.Close()))
}

func same(t *testing.T, got, want kv.Engine) {
	t.Helper()
	g, err := got.NewIter(kv.IterOptions{})
	check(t, err)
	w, err := want.NewIter(kv.IterOptions{})
	check(t, err)
	gok, wok := g.First(), w.First()
	for ; gok && wok; gok, wok = g.Next(), w.Next() {
		gv, gerr := g.Value()
		wv, werr := w.Value()
		if string(g.Key()) != string(w.Key()) || string(gv) != string(wv) || errors.Join(gerr, werr) != nil {
			t.Fatalf("%q = %q, want %q = %q; %v", g.Key(), gv, w.Key(), wv, gerr)
		}
	}
	if gok != wok || g.Error() != nil {
		t.Fatalf("at an entry: %v, want %v; %v", gok, wok, g.Error())
	}
	check(t, errors.Join(g.Close(), w.Close()))
}
