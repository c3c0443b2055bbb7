package session_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/session/sessiontest"
	"github.com/ferritedb/ferrite/txn/local"
)

// recorder is a Sink that writes down what it is told.
type recorder struct {
	s   *session.Session
	out strings.Builder
}

func (r *recorder) line(format string, args ...any) { fmt.Fprintf(&r.out, format+"\n", args...) }

func (r *recorder) Columns([]session.Column, []session.Format) error { return nil }
func (r *recorder) Rows(cols []session.Column, _ []session.Format, c *chunk.Chunk, from, to int) error {
	for i := from; i < to; i++ {
		words := make([]string, len(cols))
		for k := range cols {
			d := c.Cols[k].Datum(i)
			switch {
			case d.IsNull():
				words[k] = "NULL"
			case cols[k].T.Name == "text":
				words[k] = d.Str()
			default:
				words[k] = fmt.Sprint(d.Int())
			}
		}
		r.line("row %s", strings.Join(words, " "))
	}
	return nil
}
func (r *recorder) Complete(t session.Tag) error {
	if t.Counted {
		r.line("%s %d", t.Verb, t.Rows)
	} else {
		r.line("%s", t.Verb)
	}
	return nil
}
func (r *recorder) Empty() error                { r.line("empty"); return nil }
func (r *recorder) Suspended() error            { r.line("suspended"); return nil }
func (r *recorder) Notice(e *pgerr.Error)       { r.line("%s %s", e.Severity, e.Message) }
func (r *recorder) ParameterStatus(k, v string) {}
func (r *recorder) CopyOut(bool, int) error     { return nil }
func (r *recorder) CopyData([]byte) error       { return nil }
func (r *recorder) CopyDone() error             { return nil }
func (r *recorder) Notification(_ int32, c, p string) error {
	r.line("notification %s %s", c, p)
	return nil
}
func (r *recorder) CopyIn(bool, int) (session.CopyReader, error) {
	return nil, errors.New("no data here")
}

func newServer(t testing.TB) (*session.Server, *sessiontest.Engine) {
	t.Helper()
	store := local.OpenMemory()
	t.Cleanup(func() { store.Close() })
	engine := &sessiontest.Engine{}
	return session.NewServer(store, engine, clock.NewManual(time.Unix(1000, 0)), clock.Entropy), engine
}

func newSession(t testing.TB, srv *session.Server) *recorder {
	t.Helper()
	r := &recorder{}
	s, err := session.New(srv, session.Info{User: "ada", Database: "db"}, r)
	if err != nil {
		t.Fatal(err)
	}
	r.s = s
	t.Cleanup(s.Close)
	return r
}

// run runs a query string and gives what was said, and the state after.
func (r *recorder) run(sql string) string {
	r.out.Reset()
	if err := r.s.Simple(sql); err != nil {
		r.line("%v", err)
	}
	r.line("%c", r.s.Status())
	return r.out.String()
}

// TestStates runs testdata/states: every event in every state.
func TestStates(t *testing.T) {
	srv, _ := newServer(t)
	r := newSession(t, srv)
	datadriven.RunTest(t, "testdata/states", func(t *testing.T, d *datadriven.TestData) string {
		if d.Cmd != "sql" {
			return "unknown command"
		}
		return r.run(d.Input)
	})
}

// TestRandomTransactions compares sessions with a model: a set of numbers, with
// a stack of copies for savepoints.
func TestRandomTransactions(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		srv, _ := newServer(t)
		r := &recorder{}
		s, err := session.New(srv, session.Info{User: "ada"}, r)
		if err != nil {
			rt.Fatal(err)
		}
		defer s.Close()
		r.s = s
		m := newModel()
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			sql := rapid.SampledFrom(modelStatements).Draw(rt, "sql")
			got, want := r.run(sql), m.run(sql)
			if got[len(got)-2:] != want {
				rt.Fatalf("%s: got %q, want state %q", sql, got, want)
			}
			if want == "I\n" {
				if got, want := r.run("SELECT * FROM t"), m.rows(); got != want {
					rt.Fatalf("after %s: got %q, want %q", sql, got, want)
				}
			}
		}
	})
}

var modelStatements = []string{"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT a", "SAVEPOINT b", "ROLLBACK TO a", "ROLLBACK TO b",
	"RELEASE a", "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)", "DELETE FROM t", "SELECT fail()"}

type modelSave struct {
	name string
	set  map[int]bool
}

type model struct {
	committed, cur map[int]bool
	saves          []modelSave
	state          byte
}

func newModel() *model { return &model{committed: map[int]bool{}, state: 'I'} }

func clone(m map[int]bool) map[int]bool {
	out := map[int]bool{}
	for k := range m {
		out[k] = true
	}
	return out
}

func (m *model) rows() string {
	s, n := "", 0
	for k := 1; k <= 2; k++ {
		if m.committed[k] {
			s += fmt.Sprintf("row %d\n", k)
			n++
		}
	}
	return s + fmt.Sprintf("SELECT %d\nI\n", n)
}

func (m *model) find(name string) int {
	for i := len(m.saves) - 1; i >= 0; i-- {
		if m.saves[i].name == name {
			return i
		}
	}
	return -1
}

// change is a statement that ends in the set given, or in an error.
func (m *model) change(f func(set map[int]bool) bool) {
	switch m.state {
	case 'I':
		set := clone(m.committed)
		if f(set) {
			m.committed = set
		}
	case 'T':
		set := clone(m.cur)
		if f(set) {
			m.cur = set
		} else {
			m.state = 'E'
		}
	}
}

func (m *model) run(sql string) string {
	word, rest, _ := strings.Cut(sql, " ")
	name := rest[strings.LastIndexByte(rest, ' ')+1:]
	switch {
	case sql == "BEGIN" && m.state == 'I':
		m.state, m.cur, m.saves = 'T', clone(m.committed), nil
	case sql == "COMMIT":
		if m.state == 'T' {
			m.committed = m.cur
		}
		m.state = 'I'
	case sql == "ROLLBACK":
		m.state = 'I'
	case word == "SAVEPOINT" && m.state == 'T':
		m.saves = append(m.saves, modelSave{name, clone(m.cur)})
	case word == "ROLLBACK" && m.state != 'I':
		if i := m.find(name); i >= 0 {
			m.saves = m.saves[:i+1]
			m.cur, m.state = clone(m.saves[i].set), 'T'
		} else {
			m.state = 'E'
		}
	case word == "RELEASE" && m.state == 'T':
		if i := m.find(name); i >= 0 {
			m.saves = m.saves[:i]
		} else {
			m.state = 'E'
		}
	case word == "INSERT":
		k := int(name[1] - '0')
		m.change(func(set map[int]bool) bool { dup := set[k]; set[k] = true; return !dup })
	case word == "DELETE":
		m.change(func(set map[int]bool) bool { clear(set); return true })
	case word == "SELECT":
		m.change(func(map[int]bool) bool { return false })
	}
	return string(m.state) + "\n"
}

// TestPlanCache shows when a plan is made: once for all sessions, and again
// where the catalog, a setting or the parameter types differ.
func TestPlanCache(t *testing.T) {
	srv, engine := newServer(t)
	a, b := newSession(t, srv), newSession(t, srv)
	planned := func(what string, want int64) {
		t.Helper()
		if got := engine.Planned.Swap(0); got != want {
			t.Errorf("%s: %d plans made, want %d", what, got, want)
		}
	}
	a.run("SELECT * FROM t")
	planned("first", 1)
	b.run("SELECT * FROM t")
	planned("when it comes again it is kept", 1)
	a.run("SELECT * FROM t")
	b.run("SELECT * FROM t")
	planned("from then on, in two sessions", 0)
	a.run("SET search_path = x")
	a.run("SELECT * FROM t")
	a.run("SELECT * FROM t")
	planned("another search_path", 1)
	b.run("SELECT * FROM t")
	planned("the old search_path", 0)
	b.run("CREATE TABLE x ()")
	b.run("SELECT * FROM t")
	planned("another catalog", 1)
	for range 3 {
		if err := a.s.Parse("p", "SELECT $1", []uint32{23}); err != nil {
			t.Fatal(err)
		}
		a.s.CloseStatement("p")
	}
	planned("a statement prepared three times", 1)
	if err := b.s.Parse("p", "SELECT $1", []uint32{25}); err != nil {
		t.Fatal(err)
	}
	planned("other parameter types", 1)
}

func TestPlanCacheIsBounded(t *testing.T) {
	srv, _ := newServer(t)
	srv.Plans = session.NewPlanCache(10)
	r := newSession(t, srv)
	for i := range 100 {
		r.run(fmt.Sprintf("SELECT %d", i))
	}
	if n := srv.Plans.Len(); n != 0 {
		t.Fatalf("%d entries of strings that came once", n)
	}
	for i := range 100 {
		if err := r.s.Parse("", fmt.Sprintf("SELECT %d", i), nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := srv.Plans.Len(); n != 10 {
		t.Fatalf("%d entries", n)
	}
}

// TestNotifyOrder has sessions commit at once: all listeners hear all messages
// in one order.
func TestNotifyOrder(t *testing.T) {
	srv, _ := newServer(t)
	x, y := newSession(t, srv), newSession(t, srv)
	x.run("LISTEN ch")
	y.run("LISTEN ch")
	const senders, each = 4, 25
	var wg sync.WaitGroup
	for i := range senders {
		r := newSession(t, srv)
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := range each {
				r.run(fmt.Sprintf("BEGIN; INSERT INTO t VALUES (%d); NOTIFY ch, '%d-%d'; COMMIT", i*each+k, i, k))
			}
		}()
	}
	wg.Wait()
	x.out.Reset()
	y.out.Reset()
	if err := errors.Join(x.s.DeliverNotifications(), y.s.DeliverNotifications()); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(x.out.String(), "notification"); n != senders*each {
		t.Fatalf("%d notifications", n)
	}
	if x.out.String() != y.out.String() {
		t.Fatal("two listeners heard different orders")
	}
}

// TestInboxIsBounded ends a listener that does not listen.
func TestInboxIsBounded(t *testing.T) {
	srv, _ := newServer(t)
	deaf, r := newSession(t, srv), newSession(t, srv)
	deaf.run("LISTEN ch")
	for i := range 9 {
		r.run("BEGIN")
		for k := range 2000 {
			r.run(fmt.Sprintf("NOTIFY ch, '%d-%d'", i, k))
		}
		r.run("COMMIT")
	}
	if e := deaf.s.Backend().Fatal(false); e == nil || e.Code != pgerr.ProgramLimitExceeded {
		t.Fatal(e)
	}
}

func TestCancelBetweenStatementsDoesNothing(t *testing.T) {
	srv, _ := newServer(t)
	r := newSession(t, srv)
	r.s.Backend().Cancel()
	if got := r.run("SELECT 1"); got != "row 1\nSELECT 1\nI\n" {
		t.Fatal(got)
	}
	srv.Cancel(r.s.Backend().PID, r.s.Backend().Secret+1)
	if got := r.run("SELECT 1"); got != "row 1\nSELECT 1\nI\n" {
		t.Fatal(got)
	}
}

// BenchmarkPoint is Bind, Execute, Sync of a prepared statement.
func BenchmarkPoint(b *testing.B) {
	srv, _ := newServer(b)
	r := newSession(b, srv)
	if err := errors.Join(r.s.Parse("p", "SELECT $1", []uint32{23}), r.s.Sync()); err != nil {
		b.Fatal(err)
	}
	m := &session.BindMessage{Statement: "p", Params: [][]byte{[]byte("42")}}
	b.ReportAllocs()
	for b.Loop() {
		r.out.Reset()
		if err := errors.Join(r.s.Bind(m), r.s.Execute("", 0), r.s.Sync()); err != nil {
			b.Fatal(err)
		}
	}
}
