package lock

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/txn"
)

// script drives a Table without goroutines: a request that has to wait stays
// in pending until a later command ends it.
type script struct {
	t       *Table
	owners  map[string]*Owner
	names   map[uint64]string
	marks   map[string]Mark
	pending map[string]*waiter
	nextID  uint64
}

func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := &script{t: New(Options{}), owners: map[string]*Owner{}, names: map[uint64]string{}, nextID: 100,
			marks: map[string]Mark{}, pending: map[string]*waiter{}}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var out strings.Builder
			lines := []string{d.Cmd}
			for _, a := range d.CmdArgs {
				lines[0] += " " + a.String()
			}
			if d.Cmd == "run" {
				lines = strings.Split(strings.TrimSpace(d.Input), "\n")
			}
			for _, l := range lines {
				s.step(&out, strings.Fields(l))
			}
			return out.String()
		})
	})
}

func (s *script) owner(name string) *Owner {
	if o := s.owners[name]; o != nil {
		return o
	}
	s.nextID++
	var group uint64
	if g, ok := strings.CutPrefix(name, "session"); ok {
		n, _, _ := strings.Cut(g, ".")
		group, _ = strconv.ParseUint(n, 10, 64)
	}
	o := s.t.NewOwner(s.nextID, group)
	s.owners[name], s.names[o.id] = o, name
	return o
}

var rowModes = map[string]txn.RowMode{"keyshare": txn.ForKeyShare, "share": txn.ForShare, "nokeyupdate": txn.ForNoKeyUpdate, "update": txn.ForUpdate}
var tableModes = map[string]txn.TableMode{"AccessShare": txn.AccessShare, "RowShare": txn.RowShare, "RowExclusive": txn.RowExclusive,
	"ShareUpdateExclusive": txn.ShareUpdateExclusive, "Share": txn.Share, "ShareRowExclusive": txn.ShareRowExclusive,
	"Exclusive": txn.Exclusive, "AccessExclusive": txn.AccessExclusive}

func (s *script) step(out *strings.Builder, f []string) {
	switch f[0] {
	case "row", "table", "advisory":
		s.lock(out, f)
	case "mark":
		s.marks[f[1]] = s.owner(f[1]).Mark()
	case "rollback":
		s.t.ReleaseTo(s.owner(f[1]), s.marks[f[1]])
	case "release":
		s.t.Release(s.owner(f[1]))
		delete(s.owners, f[1])
	case "timeout":
		s.t.giveUp(s.pending[f[1]], txn.ErrLockTimeout)
	case "unlock":
		n, _ := strconv.ParseInt(f[2], 10, 64)
		g, _ := strconv.ParseUint(f[1], 10, 64)
		fmt.Fprintf(out, "%v\n", s.t.ReleaseAdvisory(txn.AdvisoryKey{Key: n}, false, g))
	case "unlockall":
		g, _ := strconv.ParseUint(f[1], 10, 64)
		s.t.ReleaseSession(g)
	case "locks":
		for _, l := range s.t.Locks() {
			state := "held"
			if !l.Granted {
				state = "waited for"
			}
			fmt.Fprintf(out, "%s %s%s %s %s by %s\n", l.Kind, printable(l.Kind, l.Key), tableID(l.TableID), l.Mode, state, s.names[l.Txn])
		}
	default:
		fmt.Fprintf(out, "unknown command %q\n", f[0])
	}
	s.settle(out)
}

func printable(kind string, key []byte) string {
	if kind == "advisory" {
		return fmt.Sprint(binary.BigEndian.Uint64(key))
	}
	return string(key)
}

func tableID(id uint64) string {
	if id == 0 {
		return ""
	}
	return fmt.Sprint(id)
}

// lock is: row OWNER KEY MODE [nowait|skip], table OWNER ID MODE, advisory OWNER KEY [session=N].
func (s *script) lock(out *strings.Builder, f []string) {
	o, wait := s.owner(f[1]), txn.Block
	switch f[len(f)-1] {
	case "nowait":
		wait = txn.NoWait
	case "skip":
		wait = txn.SkipLocked
	}
	var w *waiter
	var ok bool
	var err error
	switch f[0] {
	case "row":
		w, ok, err = s.t.request(o, o, kindRow, []byte(f[2]), mode(rowModes[f[3]]), wait)
	case "table":
		id, _ := strconv.ParseUint(f[2], 10, 64)
		w, ok, err = s.table(o, id, tableModes[f[3]], wait)
	case "advisory":
		n, _ := strconv.ParseInt(f[2], 10, 64)
		kb := advisoryKey(txn.AdvisoryKey{Key: n})
		if g, isSession := strings.CutPrefix(f[len(f)-1], "session="); isSession {
			id, _ := strconv.ParseUint(g, 10, 64)
			ok, err = s.t.LockAdvisory(context.Background(), o, txn.AdvisoryKey{Key: n}, false, txn.NoWait, id, 0)
		} else {
			w, ok, err = s.t.request(o, o, kindAdvisory, kb[:], advisoryExclusive, wait)
		}
	}
	var dl *txn.DeadlockError
	switch {
	case errors.As(err, &dl):
		fmt.Fprintf(out, "%s: %v\n%s\n", f[1], err, dl.Detail)
	case err != nil:
		fmt.Fprintf(out, "%s: %v\n", f[1], err)
	case w != nil:
		var by []string
		for _, id := range s.t.Blockers(o.id) {
			if n, ok := s.names[id]; ok {
				by = append(by, n)
			} else {
				by = append(by, fmt.Sprint("session", id))
			}
		}
		fmt.Fprintf(out, "%s: waits for %s\n", f[1], strings.Join(by, ", "))
		s.pending[f[1]] = w
	case !ok:
		fmt.Fprintf(out, "%s: skipped\n", f[1])
	default:
		fmt.Fprintf(out, "%s: granted\n", f[1])
	}
}

// table is LockTable up to the wait.
func (s *script) table(o *Owner, id uint64, m txn.TableMode, wait txn.Wait) (*waiter, bool, error) {
	if weakTable(m) && s.t.fastLock(o, id, m) {
		return nil, true, nil
	}
	var key [8]byte
	binary.BigEndian.PutUint64(key[:], id)
	if strongTable(m) {
		s.t.strong.of(id).Add(1)
		s.t.moveFast(id, key[:])
	}
	return s.t.request(o, o, kindTable, key[:], mode(m), wait)
}

// settle reports the waits that a command ended, by owner's name.
func (s *script) settle(out *strings.Builder) {
	names := make([]string, 0, len(s.pending))
	for n := range s.pending {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		w := s.pending[n]
		select {
		case <-w.done:
		default:
			continue
		}
		delete(s.pending, n)
		if w.err != nil {
			fmt.Fprintf(out, "  %s: %v\n", n, w.err)
			continue
		}
		w.owner.note(w.entry, w.mode)
		fmt.Fprintf(out, "  %s: granted after the wait\n", n)
	}
}

// TestConflictTables checks the symmetry that any conflict table has.
func TestConflictTables(t *testing.T) {
	for k, modes := range conflictsOf {
		for a, mask := range modes {
			for b := range modes {
				if (mask&mode(b).bit() != 0) != (modes[b]&mode(a).bit() != 0) {
					t.Errorf("kind %d: modes %d and %d: conflict is not symmetric", k, a, b)
				}
			}
		}
	}
}

func TestTimeoutAndCancel(t *testing.T) {
	c := clock.NewManual(time.Unix(1e9, 0))
	waiting := make(chan uint64, 1)
	tab := New(Options{Clock: c, OnWait: func(id uint64) { waiting <- id }})
	a, b := tab.NewOwner(1, 0), tab.NewOwner(2, 0)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if _, err := tab.LockRow(ctx, a, []byte("k"), txn.ForUpdate, txn.Block, 0); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := tab.LockRow(ctx, b, []byte("k"), txn.ForUpdate, txn.Block, time.Second)
		done <- err
	}()
	<-waiting
	c.Advance(999 * time.Millisecond)
	if got := tab.Blockers(2); !slices.Equal(got, []uint64{1}) {
		t.Fatalf("blockers before the timeout: %v", got)
	}
	c.Advance(time.Millisecond)
	if err := <-done; !errors.Is(err, txn.ErrLockTimeout) {
		t.Fatalf("after the timeout: %v", err)
	}
	go func() {
		_, err := tab.LockRow(ctx, b, []byte("k"), txn.ForUpdate, txn.Block, 0)
		done <- err
	}()
	<-waiting
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatalf("after the cancel: %v", err)
	}
	tab.Release(a)
	tab.Release(b)
	if l := tab.Locks(); len(l) != 0 {
		t.Fatalf("left over: %v", l)
	}
}

// TestRandomExclusion has owners lock rows and tables in random order and checks
// that conflicting modes are never held together, that every wait ends, and
// that nothing is left over.
func TestRandomExclusion(t *testing.T) {
	for _, after := range []int{thinAfter, 1, 0} {
		t.Run(fmt.Sprintf("thin after %d", after), func(t *testing.T) { randomExclusion(t, after) })
	}
}

func randomExclusion(t *testing.T, after int) {
	const workers, rounds, keys = 8, 1500, 6
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	tab := New(Options{})
	tab.thinAfter = after
	var held [2][keys][8]atomic.Int32
	var wg sync.WaitGroup
	var ids, deadlocks atomic.Uint64
	for w := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			rnd := rand.New(rand.NewPCG(seed, uint64(w)))
			for range rounds {
				o := tab.NewOwner(ids.Add(1), 0)
				type got struct{ kind, key, mode int }
				var mine []got
				for range 1 + rnd.IntN(4) {
					g := got{rnd.IntN(2), rnd.IntN(keys), rnd.IntN(8)}
					var err error
					if g.kind == 0 {
						g.mode /= 2
						_, err = tab.LockRow(context.Background(), o, []byte{byte(g.key)}, txn.RowMode(g.mode), txn.Block, 0)
					} else {
						_, err = tab.LockTable(context.Background(), o, uint64(g.key+1), txn.TableMode(g.mode), txn.Block, 0)
					}
					if err != nil {
						if !errors.Is(err, txn.ErrDeadlock) {
							t.Error(err)
						}
						deadlocks.Add(1)
						break
					}
					held[g.kind][g.key][g.mode].Add(1)
					mine = append(mine, g)
					runtime.Gosched() // others get to want what is held, on however few cores
					var own [8]int32
					for _, m := range mine {
						if m.kind == g.kind && m.key == g.key {
							own[m.mode]++
						}
					}
					for m := range 8 {
						if conflictsOf[g.kind][g.mode]&mode(m).bit() != 0 && held[g.kind][g.key][m].Load() > own[m] {
							t.Errorf("kind %d key %d: mode %d granted beside mode %d", g.kind, g.key, g.mode, m)
						}
					}
				}
				for _, g := range mine {
					held[g.kind][g.key][g.mode].Add(-1)
				}
				tab.Release(o)
			}
		}()
	}
	wg.Wait()
	if l := tab.Locks(); len(l) != 0 {
		t.Errorf("left over: %v", l)
	}
	for i := range tab.strong {
		if n := tab.strong[i].Load(); n != 0 {
			t.Errorf("strong count %d is %d", i, n)
		}
	}
	if deadlocks.Load() == 0 {
		t.Error("the workload met no deadlock")
	}
}

func BenchmarkRowLock(b *testing.B) {
	tab := New(Options{})
	ctx, key := context.Background(), []byte("\x10table0001-row-0001")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		o := tab.NewOwner(uint64(i), 0)
		binary.BigEndian.PutUint32(key[6:], uint32(i))
		if _, err := tab.LockRow(ctx, o, key, txn.ForUpdate, txn.Block, 0); err != nil {
			b.Fatal(err)
		}
		tab.Release(o)
	}
}

func BenchmarkWeakTableLock(b *testing.B) {
	tab := New(Options{})
	ctx := context.Background()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		o := tab.NewOwner(uint64(i), 0)
		if _, err := tab.LockTable(ctx, o, 7, txn.RowExclusive, txn.Block, 0); err != nil {
			b.Fatal(err)
		}
		tab.Release(o)
	}
}
