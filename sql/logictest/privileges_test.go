package logictest

import (
	"testing"

	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/sql/session"
)

// sessionAs opens a session of a role.
func (r *ferriteRunner) sessionAs(t testing.TB, role string) *session.Session {
	t.Helper()
	s, err := session.New(r.srv, session.Info{User: role, Database: "postgres"}, &textSink{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// TestPrivilegesAllocateNothing: an execution of a prepared statement by a role
// that was granted it costs what a superuser's does, however many roles and grants
// there are.
func TestPrivilegesAllocateNothing(t *testing.T) {
	r := newFerrite(t, memkv.New(), 0)
	root := r.sessionAs(t, "postgres")
	mustRun(t, root, "CREATE TABLE t (a int PRIMARY KEY, b int); INSERT INTO t VALUES (1, 1); CREATE ROLE g; CREATE ROLE plain LOGIN; GRANT g TO plain; GRANT SELECT, UPDATE (b) ON t TO g")
	plain := r.sessionAs(t, "plain")
	for _, q := range []string{"SELECT b FROM t WHERE a = $1", "UPDATE t SET b = 2 WHERE a = $1"} {
		var allocs [2]float64
		for i, s := range []*session.Session{root, plain} {
			mustRun(t, s, "PREPARE p (int) AS "+q)
			mustRun(t, s, "EXECUTE p (1)")
			allocs[i] = testing.AllocsPerRun(100, func() { mustRun(t, s, "EXECUTE p (1)") })
			mustRun(t, s, "DEALLOCATE p")
		}
		if allocs[1] > allocs[0] {
			t.Errorf("%s: a plain role allocates %.0f times, a superuser %.0f", q, allocs[1], allocs[0])
		}
	}
}

func mustRun(t testing.TB, s *session.Session, sql string) {
	t.Helper()
	if err := s.Simple(sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// BenchmarkPointSelectAs runs a prepared point read as a superuser and as a role
// that was granted it through another.
func BenchmarkPointSelectAs(b *testing.B) {
	for _, role := range []string{"postgres", "plain"} {
		b.Run(role, func(b *testing.B) {
			r := newFerrite(b, memkv.New(), 0)
			root := r.sessionAs(b, "postgres")
			mustRun(b, root, "CREATE TABLE t (a int PRIMARY KEY, b int); INSERT INTO t VALUES (1, 1); CREATE ROLE g; CREATE ROLE plain LOGIN; GRANT g TO plain; GRANT SELECT ON t TO g")
			s := r.sessionAs(b, role)
			mustRun(b, s, "PREPARE p (int) AS SELECT b FROM t WHERE a = $1")
			b.ReportAllocs()
			for b.Loop() {
				mustRun(b, s, "EXECUTE p (1)")
			}
		})
	}
}
