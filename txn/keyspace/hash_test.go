package keyspace

import (
	"errors"
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/txn"
)

func fieldsOf(t *testing.T, tx *Tx, key string) map[string]string {
	t.Helper()
	it, ok, err := tx.ReadHash([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	for ok && it.Next() {
		m[string(it.Field)] = string(it.Value)
	}
	return m
}

// TestHashAgainstMap runs random changes against a map, with limits low enough
// that the hash spreads on the way.
func TestHashAgainstMap(t *testing.T) {
	const seed = 7
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewSource(seed))
	s, ks := newFake()
	ks.Limits.HashEntriesMax.Store(20)
	ks.Limits.PackedBytesMax.Store(600)
	want := map[string]string{}
	spread := 0
	for step := range 4000 {
		tx := s.tx(ks)
		f := fmt.Sprintf("f%d", rnd.Intn(30))
		switch n := rnd.Intn(100); {
		case n < 60:
			v := strings.Repeat("v", rnd.Intn(200))
			_, had := want[f]
			created, err := tx.SetField([]byte("h"), []byte(f), []byte(v))
			if err != nil || created == had {
				t.Fatalf("step %d: set %s: created %v, had %v, %v", step, f, created, had, err)
			}
			want[f] = v
		case n < 99:
			_, had := want[f]
			ok, err := tx.DelField([]byte("h"), []byte(f))
			if err != nil || ok != had {
				t.Fatalf("step %d: del %s: %v, had %v, %v", step, f, ok, had, err)
			}
			delete(want, f)
		default:
			if _, err := tx.DeleteKey([]byte("h")); err != nil {
				t.Fatal(err)
			}
			clear(want)
		}
		e, err := tx.Read([]byte("h"))
		if err != nil {
			t.Fatal(err)
		}
		if e.Spread() {
			spread++
		}
		if e.HashLen() != int64(len(want)) || e.Exists() != (len(want) > 0) {
			t.Fatalf("step %d: length %d, want %d", step, e.HashLen(), len(want))
		}
		got := fieldsOf(t, tx, "h")
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("step %d: got %v\nwant %v", step, got, want)
		}
	}
	if spread == 0 {
		t.Fatal("the hash never spread")
	}
	if _, err := s.tx(ks).DeleteKey([]byte("h")); err != nil || s.count(keys.RedisPart) != 0 {
		t.Fatalf("%d parts left after delete, %v", s.count(keys.RedisPart), err)
	}
}

func TestHashRelation(t *testing.T) {
	s, ks := newFake()
	tx := s.tx(ks)
	b := func(s string) []byte { return []byte(s) }
	if ok, err := tx.InsertHash(b("users:1"), [][]byte{b("name"), b("Ada"), b("age"), b("36")}, 0); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if ok, err := tx.InsertHash(b("users:1"), nil, 0); ok || err != nil {
		t.Fatal("inserted over an existing key", err)
	}
	ks.Limits.HashEntriesMax.Store(1)
	if err := tx.WriteHash(b("users:2"), [][]byte{b("name"), b("Bob"), b("bio"), b(strings.Repeat("x", 300))}, 0); err != nil {
		t.Fatal(err)
	}
	if err := tx.SetString(b("users:3"), b("no hash"), 0); err != nil {
		t.Fatal(err)
	}
	if err := tx.SetString(b("usert"), b("other prefix"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.SetField(b("users:3"), b("f"), b("v")); !errors.Is(err, ErrWrongType) {
		t.Fatalf("SetField on a string: %v", err)
	}
	sc, err := tx.ScanPrefix(b("users:"), txn.ScanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer sc.Close()
	var got []string
	for sc.Next() {
		line := fmt.Sprintf("%s %s", sc.Key(), sc.Type())
		it, err := sc.Fields()
		if err != nil {
			line += " " + err.Error()
		}
		for it.Next() {
			line += fmt.Sprintf(" %s=%d", it.Field, len(it.Value))
		}
		got = append(got, line)
	}
	want := "users:1 hash name=3 age=2; users:2 hash bio=300 name=3; users:3 string key does not hold a hash"
	if strings.Join(got, "; ") != want {
		t.Fatalf("got  %s\nwant %s", strings.Join(got, "; "), want)
	}
}

// TestExpiryDropsParts: a spread hash whose time has come leaves nothing behind,
// also where its key lives on as something else.
func TestExpiryDropsParts(t *testing.T) {
	s, ks := newFake()
	ks.Limits.HashEntriesMax.Store(1)
	pairs := [][]byte{[]byte("a"), []byte("1"), []byte("b"), []byte("2")}
	now := ks.NowMs()
	for _, k := range []string{"gone", "reborn"} {
		if err := s.tx(ks).WriteHash([]byte(k), pairs, now+10); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.tx(ks).ExpireCycle(10); n != 0 || err != nil {
		t.Fatal("expired before its time", n, err)
	}
	s.clk.Advance(time.Second)
	if err := s.tx(ks).SetString([]byte("reborn"), []byte("x"), 0); err != nil {
		t.Fatal(err)
	}
	if n, err := s.tx(ks).ExpireCycle(10); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	if p, x, r := s.count(keys.RedisPart), s.count(keys.RedisExpiry), s.count(keys.Redis); p != 0 || x != 0 || r != 1 {
		t.Fatalf("parts %d, expiry entries %d, keys %d", p, x, r)
	}
	if v, ok, err := s.tx(ks).GetString([]byte("reborn")); string(v) != "x" || !ok || err != nil {
		t.Fatal(v, ok, err)
	}
}

func BenchmarkHashFields(b *testing.B) {
	s, ks := newFake()
	tx := s.tx(ks)
	var pairs [][]byte
	for _, f := range []string{"name", "email", "status", "age", "city", "created"} {
		pairs = append(pairs, []byte(f), []byte("value of "+f))
	}
	if err := tx.WriteHash([]byte("h"), pairs, 0); err != nil {
		b.Fatal(err)
	}
	e, _ := tx.Read([]byte("h"))
	n := 0
	for b.Loop() {
		it, _ := HashFields(e.val)
		for it.Next() {
			if len(it.Field) == 6 {
				n++
			}
		}
	}
	if n == 0 {
		b.Fatal("no field seen")
	}
}

func FuzzHashFields(f *testing.F) {
	f.Add([]byte{5, 0, 1, 'a', 1, 'b'})
	f.Add([]byte{5, 0, 0x80})
	f.Fuzz(func(t *testing.T, rec []byte) {
		it, ok := HashFields(rec)
		n := 0
		for ok && it.Next() {
			n += len(it.Field) + len(it.Value) + 2
		}
		if n > len(rec) {
			t.Fatalf("%d bytes out of %d", n, len(rec))
		}
	})
}
