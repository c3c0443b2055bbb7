package txntest

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/txn"
)

// scriptStart is the time at which every script begins.
var scriptStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// RunScripts runs the scripts of a directory, each on a fresh store. A line is a
// session and its statement (statement.go), or:
//
//	rows K=N ...      commits rows
//	clock DURATION    moves the clock
//	time NAME         remembers the time of what is visible now, for begin asof=NAME
//	locks             lists the locks
func RunScripts(t *testing.T, dir string, open Opener) {
	datadriven.Walk(t, dir, func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			r := newRunner(t, open)
			defer r.close()
			for line := range strings.Lines(d.Input) {
				r.line(strings.Fields(line))
			}
			return r.out.String()
		})
	})
}

// runner runs one script: it gives a session a statement and goes on when the
// statement is done or waits.
type runner struct {
	t        *testing.T
	store    Store
	clock    *clock.Manual
	sessions map[string]*session
	times    map[string]txn.Timestamp
	out      strings.Builder

	mu    sync.Mutex
	byTxn map[uint64]*session // guarded by mu
}

func newRunner(t *testing.T, open Opener) *runner {
	r := &runner{t: t, clock: clock.NewManual(scriptStart), sessions: map[string]*session{},
		times: map[string]txn.Timestamp{}, byTxn: map[uint64]*session{}}
	r.store = open(t, Env{Clock: r.clock, OnLockWait: r.onWait})
	return r
}

// event is what a session's goroutine tells the runner.
type event struct {
	waits  bool   // for a lock
	result string // of the statement, where it does not wait
}

func (r *runner) onWait(id uint64) {
	r.mu.Lock()
	s := r.byTxn[id]
	r.mu.Unlock()
	s.events <- event{waits: true}
}

func (r *runner) session(name string) *session {
	s := r.sessions[name]
	if s == nil {
		s = &session{name: name, r: r, statements: make(chan []string), events: make(chan event, 2)}
		r.sessions[name] = s
		go s.loop()
	}
	return s
}

func (r *runner) line(f []string) {
	if len(f) == 0 || f[0][0] == '#' {
		return
	}
	switch f[0] {
	case "rows":
		r.rows(f[1:])
	case "clock":
		d, err := time.ParseDuration(f[1])
		if err != nil {
			r.t.Fatal(err)
		}
		r.clock.Advance(d)
	case "time":
		r.times[f[1]] = r.store.Now()
	case "locks":
		r.locks()
	default:
		s := r.session(f[0])
		if s.blocked {
			r.t.Fatalf("%s is blocked and cannot run %v", s.name, f[1:])
		}
		s.statements <- f[1:]
		r.report(s, "")
	}
	r.settle()
}

func (r *runner) rows(f []string) {
	x, err := r.store.Begin(txn.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, w := range f {
		k, v, _ := strings.Cut(w, "=")
		if err := x.Put(keyOf(k), []byte(v), txn.PutOptions{KeepHistory: true}); err != nil {
			r.t.Fatal(err)
		}
	}
	if _, err := x.Commit(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

// report takes the next event of a session that runs.
func (r *runner) report(s *session, indent string) {
	e := <-s.events
	s.blocked = e.waits
	if !e.waits {
		for l := range strings.Lines(e.result) {
			fmt.Fprintf(&r.out, "%s%s: %s\n", indent, s.name, strings.TrimRight(l, "\n"))
		}
		return
	}
	var names []string
	for _, id := range r.store.Blockers(s.txnID()) {
		names = append(names, r.nameOf(id))
	}
	fmt.Fprintf(&r.out, "%s%s: waits for %s\n", indent, s.name, strings.Join(names, ", "))
}

// settle reports the sessions that the last line let go on, until none does.
func (r *runner) settle() {
	names := make([]string, 0, len(r.sessions))
	for n := range r.sessions {
		names = append(names, n)
	}
	sort.Strings(names)
	for again := true; again; {
		again = false
		for _, n := range names {
			if s := r.sessions[n]; s.blocked && !r.waits(s) {
				r.report(s, "  ")
				again = true
			}
		}
	}
}

// waits tells whether a session still stands in a queue.
func (r *runner) waits(s *session) bool {
	return slices.ContainsFunc(r.store.Locks(), func(l txn.LockInfo) bool {
		return !l.Granted && l.Txn == s.txnID()
	})
}

func (r *runner) nameOf(id uint64) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.byTxn[id]; s != nil {
		return s.name
	}
	return "?"
}

func (r *runner) locks() {
	for _, l := range r.store.Locks() {
		what := fmt.Sprint(l.TableID)
		if l.TableID == 0 {
			what = strings.TrimPrefix(string(l.Key), keyPrefix)
		}
		state := "held"
		if !l.Granted {
			state = "waited for"
		}
		fmt.Fprintf(&r.out, "%s %s %s %s by %s\n", l.Kind, what, l.Mode, state, r.nameOf(l.Txn))
	}
}

// close ends what the script left open.
func (r *runner) close() {
	for again := true; again; {
		again = false
		for _, s := range r.sessions {
			if !s.blocked && s.statements != nil {
				close(s.statements)
				s.statements = nil
				<-s.events
				again = true
				r.settle()
			}
		}
	}
	if err := r.store.Close(); err != nil {
		r.t.Error(err)
	}
}
