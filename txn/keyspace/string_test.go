package keyspace

import (
	"bytes"
	"math/rand"
	"testing"

	"github.com/ferritedb/ferrite/kv/keys"
)

// TestStringRandom changes strings at random, around the lengths at which they
// change their form, and compares them with plain bytes.
func TestStringRandom(t *testing.T) {
	const seed, steps = 3, 1200
	rnd := rand.New(rand.NewSource(seed))
	s, ks := newFake()
	tx := s.tx(ks)
	model := map[string][]byte{}
	names := []string{"a", "b", "c"}
	random := func(n int) []byte {
		b := make([]byte, n)
		rnd.Read(b)
		return b
	}
	for step := range steps {
		name := names[rnd.Intn(len(names))]
		e, err := tx.Lock([]byte(name))
		if err != nil {
			t.Fatal(err)
		}
		want := model[name]
		switch op := rnd.Intn(10); op {
		case 0: // whole
			want = random([]int{0, 10, stringPackedMax, stringPackedMax + 1, 3 * stringPartBytes, 9*stringPartBytes + 5}[rnd.Intn(6)])
			err = e.PutString(want, 0)
			want = append([]byte{}, want...)
		case 1:
			err = e.Delete()
			want = nil
		case 2: // copy
			other := names[rnd.Intn(len(names))]
			if other != name && e.Exists() {
				dst, lerr := tx.LockOther([]byte(other))
				if lerr != nil {
					t.Fatal(lerr)
				}
				err = e.CopyTo(dst, 0)
				model[other] = append([]byte{}, want...)
			}
		default: // patches, one or several before they are saved
			for range 1 + rnd.Intn(3) {
				off := rnd.Intn(12 * stringPartBytes)
				if op < 5 {
					off = len(want)
				} else if op < 8 && len(want) > 0 {
					off = rnd.Intn(len(want))
				}
				b := random(1 + rnd.Intn(20))
				if rnd.Intn(8) == 0 {
					b = random(rnd.Intn(3 * stringPartBytes))
				}
				if len(b) == 0 || off+len(b) > 20*stringPartBytes {
					continue
				}
				if err = e.SetRange(int64(off), b); err != nil {
					break
				}
				if n := off + len(b); n > len(want) {
					want = append(want, make([]byte, n-len(want))...)
				}
				copy(want[off:], b)
				from := rnd.Intn(len(want))
				if got, rerr := e.StringRange(nil, int64(from), int64(min(from+30, len(want)))); rerr != nil || !bytes.Equal(got, want[from:min(from+30, len(want))]) {
					t.Fatalf("seed %d step %d: before it is saved: %v", seed, step, rerr)
				}
			}
			if err == nil && e.Exists() {
				err = e.Save()
			}
		}
		if err != nil {
			t.Fatalf("seed %d step %d: %v", seed, step, err)
		}
		model[name] = want
		for _, name := range names {
			checkString(t, tx, name, model[name], rnd, step)
		}
	}
	for _, name := range names {
		if _, err := tx.DeleteKey([]byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.count(keys.RedisPart); n != 0 {
		t.Errorf("%d parts are left of nothing", n)
	}
}

func checkString(t *testing.T, tx *Tx, name string, want []byte, rnd *rand.Rand, step int) {
	t.Helper()
	e, err := tx.Read([]byte(name))
	if err != nil || e.Exists() != (want != nil) || e.StringLen() != int64(len(want)) {
		t.Fatalf("step %d: %s: exists %v, %d bytes, want %d: %v", step, name, e.Exists(), e.StringLen(), len(want), err)
	}
	got, err := e.AppendString(nil)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("step %d: %s differs at %d: %v", step, name, firstDifference(got, want), err)
	}
	if len(want) == 0 {
		return
	}
	from := rnd.Intn(len(want))
	to := from + rnd.Intn(len(want)-from+1)
	if got, err = e.StringRange(nil, int64(from), int64(to)); err != nil || !bytes.Equal(got, want[from:to]) {
		t.Fatalf("step %d: %s [%d, %d): %v", step, name, from, to, err)
	}
}

func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// A part that is far from the others costs itself only.
func TestStringSparse(t *testing.T) {
	s, ks := newFake()
	tx := s.tx(ks)
	e, err := tx.Lock([]byte("k"))
	if err != nil {
		t.Fatal(err)
	}
	const far = 400 << 20
	for _, off := range []int64{far, 0, far - 1, far / 2} {
		if err := e.SetRange(off, []byte{'x'}); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Save(); err != nil {
		t.Fatal(err)
	}
	if n := s.count(keys.RedisPart); n > 4 {
		t.Errorf("%d parts", n)
	}
	if e.StringLen() != far+1 || tx.Written > 200<<10 {
		t.Errorf("length %d, %d bytes written", e.StringLen(), tx.Written)
	}
	pieces := 0
	err = e.EachPart(0, far+1, func(int64, []byte) bool { pieces++; return true })
	if err != nil || pieces > 4 {
		t.Errorf("%d pieces, %v", pieces, err)
	}
}
