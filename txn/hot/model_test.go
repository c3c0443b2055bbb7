package hot

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/kvtest"
	"github.com/ferritedb/ferrite/kv/memkv"
)

// modelRig does the same to a tier and to the reference: batches, range deletes,
// drains that fail and drains that do not, flushes; and compares snapshots and
// iterators that stay open over all that.
type modelRig struct {
	t     *testing.T
	rnd   *rand.Rand
	e     kv.Engine
	tier  *Engine
	ref   kv.Engine
	inner *kvtest.Faulty
	snaps []pair[kv.Snapshot]
	iters []pair[kv.Iterator]
}

type pair[T any] struct{ got, want T }

var errDrain = errors.New("drain refused")

func TestModel(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 11))
			inner := kvtest.NewFaulty(memkv.New())
			memory := int64(16<<10) << rnd.IntN(4)
			tier, err := New(inner, Options{
				MemoryBytes: memory, SegmentBytes: 1 << 10, DirtyBytesMax: memory / int64(2+rnd.IntN(8)), Classes: testClasses(),
			})
			check(t, err)
			m := &modelRig{t: t, rnd: rnd, e: tier, tier: tier, ref: memkv.New(), inner: inner}
			for range 3000 {
				m.step()
			}
			m.closeReaders()
			check(t, m.e.Close())
			check(t, m.ref.Close())
		})
	}
}

func (m *modelRig) key() []byte {
	return fmt.Appendf(nil, "%c%d", "k\x00a\xffz"[m.rnd.IntN(5)], m.rnd.IntN(60))
}

func (m *modelRig) step() {
	switch p := m.rnd.IntN(100); {
	case p < 45:
		m.apply()
	case p < 55:
		m.sameGet(m.e, m.ref)
	case p < 62 && len(m.snaps) < 5:
		m.snaps = append(m.snaps, pair[kv.Snapshot]{m.e.NewSnapshot(), m.ref.NewSnapshot()})
	case p < 75 && len(m.snaps) > 0:
		s := m.snaps[m.rnd.IntN(len(m.snaps))]
		m.sameGet(s.got, s.want)
		m.openIter(s.got, s.want)
	case p < 78:
		m.openIter(m.e, m.ref)
	case p < 92 && len(m.iters) > 0:
		for range 1 + m.rnd.IntN(5) {
			m.walk(m.iters[m.rnd.IntN(len(m.iters))])
		}
	case p < 95:
		m.drain()
	case p < 96:
		check(m.t, m.e.Flush())
	case p < 98 && len(m.snaps) > 0:
		m.closeIters() // before what they come from
		i := m.rnd.IntN(len(m.snaps))
		m.closeSnap(m.snaps[i])
		m.snaps = slices.Delete(m.snaps, i, i+1)
	case p == 99:
		m.closeReaders()
	}
}

// drain fails half of the time, at the first batch or a later one, and the tier
// goes on.
func (m *modelRig) drain() {
	if m.rnd.IntN(2) == 0 {
		check(m.t, m.tier.Drain())
		return
	}
	left := m.rnd.IntN(3)
	m.inner.SetFault(func(op kvtest.Op, _ []byte) error {
		if op != kvtest.OpApply {
			return nil
		}
		left--
		if left < 0 {
			return errDrain
		}
		return nil
	})
	if err := m.tier.Drain(); err != nil && !errors.Is(err, errDrain) {
		m.t.Fatal(err)
	}
	m.inner.SetFault(nil)
}

func (m *modelRig) apply() {
	b, r := m.e.NewBatch(), m.ref.NewBatch()
	for range 1 + m.rnd.IntN(5) {
		k := m.key()
		switch p := m.rnd.IntN(60); {
		case p < 40:
			v := make([]byte, m.rnd.IntN(m.rnd.IntN(300)+1))
			for i := range v {
				v[i] = byte(m.rnd.Uint32())
			}
			check(m.t, errors.Join(b.Set(k, v), r.Set(k, v)))
		case p < 59:
			check(m.t, errors.Join(b.Delete(k), r.Delete(k)))
		default:
			to := append(slices.Clone(k), 0xff)
			check(m.t, errors.Join(b.DeleteRange(k, to), r.DeleteRange(k, to)))
		}
	}
	check(m.t, m.e.Apply(b))
	check(m.t, m.ref.Apply(r))
	check(m.t, errors.Join(b.Close(), r.Close()))
}

func (m *modelRig) sameGet(got, want kv.Reader) {
	m.t.Helper()
	k := m.key()
	g, gerr := got.Get(nil, k)
	w, werr := want.Get(nil, k)
	if string(g) != string(w) || !errors.Is(gerr, werr) {
		m.t.Fatalf("get %q: %q, %v; want %q, %v", k, g, gerr, w, werr)
	}
}

func (m *modelRig) openIter(got, want kv.Reader) {
	m.t.Helper()
	var o kv.IterOptions
	if m.rnd.IntN(2) == 0 {
		o.Lower = m.key()
	}
	if m.rnd.IntN(2) == 0 {
		o.Upper = m.key()
	}
	g, err := got.NewIter(o)
	check(m.t, err)
	w, err := want.NewIter(o)
	check(m.t, err)
	m.iters = append(m.iters, pair[kv.Iterator]{g, w})
	m.same("First", pair[kv.Iterator]{g, w}, g.First(), w.First())
	if len(m.iters) > 6 {
		check(m.t, errors.Join(m.iters[0].got.Close(), m.iters[0].want.Close()))
		m.iters = m.iters[1:]
	}
}

func (m *modelRig) walk(it pair[kv.Iterator]) {
	m.t.Helper()
	switch p := m.rnd.IntN(14); {
	case p == 0:
		m.same("Last", it, it.got.Last(), it.want.Last())
	case p == 1:
		m.same("First", it, it.got.First(), it.want.First())
	case p == 2:
		k := m.key()
		m.same(fmt.Sprintf("SeekGE(%q)", k), it, it.got.SeekGE(k), it.want.SeekGE(k))
	case p == 3:
		k := m.key()
		m.same(fmt.Sprintf("SeekLT(%q)", k), it, it.got.SeekLT(k), it.want.SeekLT(k))
	case p < 10:
		m.same("Next", it, it.got.Next(), it.want.Next())
	default:
		m.same("Prev", it, it.got.Prev(), it.want.Prev())
	}
}

func (m *modelRig) same(what string, it pair[kv.Iterator], got, want bool) {
	m.t.Helper()
	if got != want || it.got.Valid() != got {
		m.t.Fatalf("%s: %v (valid %v), want %v; error %v", what, got, it.got.Valid(), want, it.got.Error())
	}
	if !got {
		check(m.t, it.got.Error())
		return
	}
	g, err := it.got.Value()
	check(m.t, err)
	w, err := it.want.Value()
	check(m.t, err)
	if string(it.got.Key()) != string(it.want.Key()) || string(g) != string(w) {
		m.t.Fatalf("%s: %q = %q, want %q = %q", what, it.got.Key(), g, it.want.Key(), w)
	}
}

func (m *modelRig) closeIters() {
	for _, it := range m.iters {
		check(m.t, errors.Join(it.got.Close(), it.want.Close()))
	}
	m.iters = nil
}

func (m *modelRig) closeSnap(s pair[kv.Snapshot]) {
	check(m.t, errors.Join(s.got.Close(), s.want.Close()))
}

func (m *modelRig) closeReaders() {
	m.closeIters()
	for _, s := range m.snaps {
		m.closeSnap(s)
	}
	m.snaps = nil
	if n := len(m.tier.readers); n != 0 {
		m.t.Fatalf("%d readers left after all were closed", n)
	}
	check(m.t, m.tier.Drain())
	for i := range m.tier.shards {
		for n, seg := range m.tier.shards[i].segs {
			if seg.listed != 0 {
				m.t.Fatalf("segment %d of shard %d has %d listed records, but nobody holds a list", n, i, seg.listed)
			}
		}
	}
}
