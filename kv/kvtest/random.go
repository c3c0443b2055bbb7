package kvtest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/kv"
)

const (
	randomSeeds = 12
	randomSteps = 400
	// countKey says how many batches the state has; every batch sets it. It
	// sorts above all keys that are drawn.
	countKey = "\xff\xff\xff\xff"
)

// model is a state as a plain map.
type model map[string]string

func (m model) keys(o kv.IterOptions) []string {
	var ks []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if (o.Lower == nil || k >= string(o.Lower)) && (o.Upper == nil || k < string(o.Upper)) {
			ks = append(ks, k)
		}
	}
	return ks
}

// rig is an engine with its model: states[n] is what n batches make.
type rig struct {
	t       *testing.T
	rnd     *rand.Rand
	d       Disk
	e       kv.Engine
	states  []model
	flushed int // batches known to be durable
	snaps   []kv.Snapshot
	snapsOf []model
}

func runRandom(t *testing.T, newDisk func(t *testing.T) Disk) {
	for seed := range uint64(randomSeeds) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			d := newDisk(t)
			r := &rig{t: t, rnd: rand.New(rand.NewPCG(seed, 1)), d: d, e: mustOpen(t, d), states: []model{{}}}
			for range randomSteps {
				r.step()
			}
			r.closeSnaps()
			check(t, r.e.Close())
		})
	}
}

func (r *rig) now() model { return r.states[len(r.states)-1] }

func (r *rig) step() {
	switch p := r.rnd.IntN(100); {
	case p < 32:
		r.apply()
	case p < 35:
		r.applyBulk()
	case p < 50:
		r.get(r.e, r.now())
	case p < 75:
		r.iterate(r.e, r.now())
	case p < 80 && len(r.snaps) < 4:
		r.snaps = append(r.snaps, r.e.NewSnapshot())
		r.snapsOf = append(r.snapsOf, r.now())
	case p < 90 && len(r.snaps) > 0:
		i := r.rnd.IntN(len(r.snaps))
		r.get(r.snaps[i], r.snapsOf[i])
		r.iterate(r.snaps[i], r.snapsOf[i])
		if r.rnd.IntN(3) == 0 {
			check(r.t, r.snaps[i].Close())
			r.snaps = slices.Delete(r.snaps, i, i+1)
			r.snapsOf = slices.Delete(r.snapsOf, i, i+1)
		}
	case p < 93:
		check(r.t, r.e.Flush())
		r.flushed = len(r.states) - 1
	case p < 94:
		check(r.t, r.e.Compact(nil, nil))
	case p < 95:
		r.closeSnaps()
		check(r.t, r.e.Close())
		r.flushed = len(r.states) - 1
		r.e = mustOpen(r.t, r.d)
		r.compareAll()
	case p < 97:
		r.crash()
	default:
		r.durable()
	}
}

func (r *rig) closeSnaps() {
	for _, s := range r.snaps {
		check(r.t, s.Close())
	}
	r.snaps, r.snapsOf = nil, nil
}

// key draws from few keys, with bytes that escape and compare at the ends.
func (r *rig) key() []byte {
	k := make([]byte, 1+r.rnd.IntN(3))
	for i := range k {
		k[i] = "\x00ab\xff"[r.rnd.IntN(4)]
	}
	return k
}

func (r *rig) apply() {
	next := maps.Clone(r.now())
	b := r.e.NewBatch()
	for range 1 + r.rnd.IntN(6) {
		k := r.key()
		switch r.rnd.IntN(6) {
		case 0, 1, 2:
			v := bytes.Repeat([]byte{byte('A' + r.rnd.IntN(26))}, r.rnd.IntN(50))
			check(r.t, b.Set(k, v))
			next[string(k)] = string(v)
			clear(v) // the batch has its own copy
		case 3, 4:
			check(r.t, b.Delete(k))
			delete(next, string(k))
		case 5:
			up := r.key()
			check(r.t, b.DeleteRange(k, up))
			for _, doomed := range next.keys(kv.IterOptions{Lower: k, Upper: up}) {
				delete(next, doomed)
			}
		}
		clear(k)
	}
	n := binary.BigEndian.AppendUint32(nil, uint32(len(r.states)))
	check(r.t, b.Set([]byte(countKey), n))
	next[countKey] = string(n)
	check(r.t, r.e.Apply(b))
	check(r.t, b.Close())
	r.states = append(r.states, next)
}

// applyBulk applies what is durable at once, and all before it too.
func (r *rig) applyBulk() {
	next := maps.Clone(r.now())
	b, err := r.e.NewBulk()
	check(r.t, err)
	for range r.rnd.IntN(3) {
		lower, upper := r.key(), r.key()
		check(r.t, b.DeleteRange(lower, upper))
		for k := range next {
			if k >= string(lower) && k < string(upper) {
				delete(next, k)
			}
		}
	}
	writes := map[string]bool{countKey: true}
	for range r.rnd.IntN(8) {
		writes[string(r.key())] = true
	}
	for _, k := range slices.Sorted(maps.Keys(writes)) {
		switch {
		case k == countKey:
			next[k] = string(binary.BigEndian.AppendUint32(nil, uint32(len(r.states))))
			check(r.t, b.Set([]byte(k), []byte(next[k])))
		case r.rnd.IntN(3) == 0:
			check(r.t, b.Delete([]byte(k)))
			delete(next, k)
		default:
			next[k] = strings.Repeat("b", r.rnd.IntN(50))
			check(r.t, b.Set([]byte(k), []byte(next[k])))
		}
		if err := b.Set([]byte(k), nil); !errors.Is(err, kv.ErrOrder) {
			r.t.Fatalf("%q twice in a bulk: %v", k, err)
		}
	}
	if r.rnd.IntN(4) > 0 { // else it is dropped
		check(r.t, r.e.ApplyBulk(b))
		r.states = append(r.states, next)
		r.flushed = len(r.states) - 1
	}
	check(r.t, b.Close())
}

func (r *rig) get(from kv.Reader, m model) {
	k := r.key()
	v, err := from.Get(nil, k)
	want, ok := m[string(k)]
	if errors.Is(err, kv.ErrNotFound) != !ok || ok && (err != nil || string(v) != want) {
		r.t.Fatalf("get %q: %q, %v; want %q, present %v", k, v, err, want, ok)
	}
}

// iterate drives an iterator and an index into the sorted keys side by side.
func (r *rig) iterate(from kv.Reader, m model) {
	var o kv.IterOptions
	if r.rnd.IntN(2) == 0 {
		o.Lower = r.key()
	}
	if r.rnd.IntN(2) == 0 {
		o.Upper = r.key()
	}
	ks := m.keys(o)
	it, err := from.NewIter(o)
	check(r.t, err)
	at := 0 // index into ks; -1 before the first, len(ks) after the last
	for step := range 12 {
		var ok bool
		var what string
		p := r.rnd.IntN(10)
		if step == 0 {
			p %= 4 // a positioning call comes first
		}
		switch {
		case p == 0:
			what, ok, at = "First", it.First(), 0
		case p == 1:
			what, ok, at = "Last", it.Last(), len(ks)-1
		case p == 2:
			k := r.key()
			at, _ = slices.BinarySearch(ks, string(k))
			what, ok = fmt.Sprintf("SeekGE(%q)", k), it.SeekGE(k)
		case p == 3:
			k := r.key()
			at, _ = slices.BinarySearch(ks, string(k))
			at--
			what, ok = fmt.Sprintf("SeekLT(%q)", k), it.SeekLT(k)
		case p < 7:
			what, ok, at = "Next", it.Next(), min(at+1, len(ks))
		default:
			what, ok, at = "Prev", it.Prev(), max(at-1, -1)
		}
		if want := at >= 0 && at < len(ks); ok != want || it.Valid() != ok {
			r.t.Fatalf("%s in [%q, %q): %v (valid %v), want %v; error %v", what, o.Lower, o.Upper, ok, it.Valid(), want, it.Error())
		}
		if !ok {
			continue
		}
		v, err := it.Value()
		if string(it.Key()) != ks[at] || string(v) != m[ks[at]] || err != nil {
			r.t.Fatalf("%s in [%q, %q): %q = %q, %v; want %q = %q", what, o.Lower, o.Upper, it.Key(), v, err, ks[at], m[ks[at]])
		}
	}
	check(r.t, it.Error())
	check(r.t, it.Close())
}

// compareAll reads the whole state forward.
func (r *rig) compareAll() {
	r.t.Helper()
	r.same(kv.IterOptions{}, r.now())
}

func (r *rig) same(o kv.IterOptions, m model) {
	r.t.Helper()
	got := readAll(r.t, r.e, o)
	if !maps.Equal(got, m) {
		r.t.Fatalf("state is %q, want %q", got, m)
	}
}

func readAll(t *testing.T, from kv.Reader, o kv.IterOptions) model {
	t.Helper()
	it, err := from.NewIter(o)
	check(t, err)
	got := model{}
	for ok := it.First(); ok; ok = it.Next() {
		v, err := it.Value()
		check(t, err)
		got[string(it.Key())] = string(v)
	}
	check(t, it.Error())
	check(t, it.Close())
	return got
}

// prefixOf says how many batches a state has, and that it has just those.
func (r *rig) prefixOf(got model) int {
	r.t.Helper()
	n := 0
	if c, ok := got[countKey]; ok {
		n = int(binary.BigEndian.Uint32([]byte(c)))
	}
	if n >= len(r.states) || !maps.Equal(got, r.states[n]) {
		r.t.Fatalf("state %q is not what %d batches make", got, n)
	}
	if n < r.flushed {
		r.t.Fatalf("state has %d batches, but %d were flushed", n, r.flushed)
	}
	return n
}

// durable reads what a crash would keep: a prefix with all that was flushed.
func (r *rig) durable() {
	r.prefixOf(readAll(r.t, r.e, kv.IterOptions{DurableOnly: true}))
}

func (r *rig) crash() {
	r.closeSnaps()
	d := r.d.Crash(r.rnd.Uint64())
	check(r.t, r.e.Close())
	r.d, r.e = d, mustOpen(r.t, d)
	n := r.prefixOf(readAll(r.t, r.e, kv.IterOptions{}))
	r.states = r.states[:n+1]
	r.flushed = n
}
