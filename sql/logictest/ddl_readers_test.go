package logictest

import (
	"fmt"
	"math/rand"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/memkv"
)

// waiting blocks until some session waits for a table lock.
func (c *client) waiting(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if c.do("SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'relation' AND NOT granted") == "t\n" {
			return
		}
	}
	t.Fatal("nobody waits for a table lock")
}

const readersFirst = `CREATE TABLE other (x int); INSERT INTO other VALUES (1);
	CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t SELECT g, g FROM generate_series(1, 100) g`

// readings of t that all see its hundred rows.
var readings = []string{"SELECT count(*) FROM t", "SELECT count(*) FROM t WHERE a > 0", "SELECT 99 + count(*) FROM t WHERE id = 5",
	"SELECT 99 + count(*) FROM t WHERE a = 7", "SELECT count(DISTINCT a) FROM t"}

// TestDDLWaitsForReaders: whatever excludes readers waits for who has read, and
// these go on as before.
func TestDDLWaitsForReaders(t *testing.T) {
	for _, ddl := range []string{"TRUNCATE t", "DROP TABLE t", "ALTER TABLE t ALTER COLUMN a TYPE bigint", "ALTER TABLE t DROP COLUMN a",
		"ALTER TABLE t RENAME TO s", "BEGIN; LOCK TABLE t; UPDATE t SET a = 0; COMMIT"} {
		for _, level := range []string{"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"} {
			for _, first := range []string{"SELECT count(*) FROM t", "SELECT 99 + count(*) FROM t WHERE id = 5", "EXECUTE q"} {
				r := newFerrite(t, memkv.New(), 0)
				reader, changer, watch := r.client(t), r.client(t), r.client(t)
				reader.do(readersFirst)
				reader.do("PREPARE q AS SELECT count(*) FROM t WHERE a > 0")
				reader.do("BEGIN ISOLATION LEVEL " + level)
				if got := reader.do(first); got != "100\n" {
					t.Fatalf("%s: %s", first, got)
				}
				if got := watch.do("SELECT mode, granted FROM pg_locks WHERE relation = 't'::regclass"); got != "AccessShareLock|t\n" {
					t.Errorf("pg_locks: %q", got)
				}
				done := make(chan string)
				go func() { done <- changer.do(ddl) }()
				watch.waiting(t)
				for _, q := range readings {
					if got := reader.do(q); got != "100\n" {
						t.Errorf("%s at %s beside %s: %s", q, level, ddl, got)
					}
				}
				if got := reader.do("COMMIT"); got != "COMMIT\n" {
					t.Errorf("commit: %s", got)
				}
				if got := <-done; strings.HasPrefix(got, "ERROR") {
					t.Errorf("%s: %s", ddl, got)
				}
				for _, c := range []*client{reader, changer, watch} {
					c.s.Close()
				}
			}
		}
	}
}

// TestSnapshotsOlderThanDDL: a snapshot taken before a change of a table that it
// reads only afterwards sees what was, or says that it cannot.
func TestSnapshotsOlderThanDDL(t *testing.T) {
	for _, level := range []string{"REPEATABLE READ", "SERIALIZABLE"} {
		for ddl, want := range map[string]string{
			"CREATE INDEX ON t (a)":                      "100",
			"CREATE UNIQUE INDEX ON t (a)":               "100",
			"UPDATE t SET a = -a; CREATE INDEX ON t (a)": "100",
			"ALTER TABLE t ADD COLUMN b int DEFAULT 1":   "100",
			"TRUNCATE t": "40001",
			"ALTER TABLE t ALTER COLUMN a TYPE numeric":                "40001",
			"ALTER TABLE t DROP CONSTRAINT t_pkey":                     "40001",
			"DROP TABLE t":                                             "42P01",
			"DROP TABLE t; " + strings.SplitN(readersFirst, ";", 3)[2]: "0",
		} {
			for _, q := range readings {
				r := newFerrite(t, memkv.New(), 0)
				reader, changer := r.client(t), r.client(t)
				reader.do(readersFirst)
				reader.do("SET enable_seqscan = off")
				reader.do("BEGIN ISOLATION LEVEL " + level)
				reader.do("SELECT * FROM other")
				if got := changer.do(ddl); strings.Contains(got, "ERROR") {
					t.Fatalf("%s: %s", ddl, got)
				}
				got := reader.do(q)
				if want == "0" && strings.HasPrefix(q, "SELECT 99") {
					got = strings.Replace(got, "99", "0", 1)
				}
				if !strings.Contains(got, want) || want == "0" && got != "0\n" {
					t.Errorf("%s at %s after %s: %s", q, level, ddl, got)
				}
				reader.s.Close()
				changer.s.Close()
			}
		}
	}
}

// TestReadersBesideDDL: readers beside one who changes the table all the time see
// all of its rows, or are told to try again.
func TestReadersBesideDDL(t *testing.T) {
	seed := rand.Int63()
	t.Logf("seed %d", seed)
	r := newFerrite(t, memkv.New(), 0)
	main := r.client(t)
	defer main.s.Close()
	main.do(readersFirst)
	stop := make(chan struct{})
	var wg, succeeded sync.WaitGroup // readers; those that have read at least once
	for k, level := range []string{"", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"} {
		c, rnd := r.client(t), rand.New(rand.NewSource(seed+int64(k)))
		c.do("PREPARE q AS SELECT 99 + count(*) FROM t WHERE id = 5; PREPARE r AS SELECT count(*) FROM t WHERE a > 0")
		wg.Add(1)
		succeeded.Add(1)
		go func() {
			defer wg.Done()
			defer c.s.Close()
			var first sync.Once
			for {
				select {
				case <-stop:
					return
				default:
				}
				if level != "" {
					c.do("BEGIN ISOLATION LEVEL " + level)
					c.do("SELECT * FROM other")
				}
				for range rnd.Intn(3) + 1 {
					q := append(readings[:len(readings):len(readings)], "EXECUTE q", "EXECUTE r")[rnd.Intn(len(readings)+2)]
					switch got := c.do(q); {
					case got == "100\n":
						first.Do(succeeded.Done)
					case strings.Contains(got, "25P02"), strings.Contains(got, "40001") && strings.HasSuffix(level, "E READ"), strings.Contains(got, "40001") && level == "SERIALIZABLE":
					default:
						t.Errorf("%s at %q: %s", q, level, got)
					}
				}
				if level != "" {
					c.do("ROLLBACK")
				}
			}
		}()
	}
	rnd := rand.New(rand.NewSource(seed - 1))
	for i := range 120 {
		var sql string
		switch rnd.Intn(5) {
		case 0:
			sql = "CREATE INDEX t_a ON t (a)"
		case 1:
			sql = "DROP INDEX IF EXISTS t_a"
		case 2:
			sql = fmt.Sprintf("ALTER TABLE t ALTER COLUMN a TYPE %s", []string{"bigint", "int", "numeric"}[rnd.Intn(3)])
		case 3:
			sql = "BEGIN; TRUNCATE t; INSERT INTO t SELECT g, g FROM generate_series(1, 100) g; COMMIT"
		case 4:
			sql = "BEGIN; DELETE FROM t; INSERT INTO t SELECT g, g FROM generate_series(1, 100) g; COMMIT"
		}
		if got := main.do(sql); strings.Contains(got, "ERROR") && !strings.Contains(got, "42P07") {
			t.Errorf("%d: %s: %s", i, sql, got)
			main.do("ROLLBACK")
		}
	}
	succeeded.Wait() // at the latest now that nobody changes the table
	close(stop)
	wg.Wait()
}

// TestReadersWait: readers of every kind wait for who excludes them, as long as
// lock_timeout lets them, and who waits for each other is told.
func TestReadersWait(t *testing.T) {
	r := newFerrite(t, memkv.New(), 0)
	reader, locker, watch := r.client(t), r.client(t), r.client(t)
	defer reader.s.Close()
	defer locker.s.Close()
	defer watch.s.Close()
	reader.do(readersFirst)
	reader.do("CREATE VIEW v AS SELECT * FROM t; CREATE FUNCTION f() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM t'")
	reader.do("PREPARE q(int) AS SELECT a FROM t WHERE id = $1")
	reader.do("EXECUTE q(1)")
	queries := []string{"SELECT a FROM t WHERE id = 1", "EXECUTE q(1)", "SELECT count(*) FROM t", "SELECT count(*) FROM v", "SELECT f()",
		"SELECT (SELECT max(a) FROM t)", "COPY t TO STDOUT", "EXPLAIN ANALYZE SELECT * FROM t"}
	locker.do("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
	reader.do("SET lock_timeout = 20")
	for _, q := range queries {
		if got := reader.do(q); !strings.Contains(got, "55P03") {
			t.Errorf("%s: %s", q, got)
		}
	}
	reader.do("SET lock_timeout = 0")
	done := make(chan string)
	go func() { done <- reader.do("EXECUTE q(1)") }()
	watch.waiting(t)
	locker.do("UPDATE t SET a = 77 WHERE id = 1; ALTER TABLE t ADD COLUMN b int; COMMIT")
	if got := <-done; got != "77\n" {
		t.Errorf("after the wait: %s", got)
	}
	reader.do("BEGIN; SELECT count(*) FROM t; SELECT count(*) FROM other")
	if got := locker.do("BEGIN; LOCK TABLE t NOWAIT"); !strings.Contains(got, "55P03") {
		t.Errorf("NOWAIT: %s", got)
	}
	locker.do("ROLLBACK; BEGIN; SELECT count(*) FROM t; SELECT count(*) FROM other")
	go func() { done <- locker.do("LOCK TABLE t") }()
	watch.waiting(t)
	second := reader.do("LOCK TABLE t")
	reader.do("ROLLBACK")
	first := <-done
	locker.do("ROLLBACK")
	if strings.Contains(first, "40P01") == strings.Contains(second, "40P01") {
		t.Errorf("a deadlock of two upgrades: %s and %s", first, second)
	}
}

// TestDDLOfOldSnapshots: what rewrites, indexes or checks a table works on its newest
// rows, or not at all: a transaction whose snapshot lacks some is told.
func TestDDLOfOldSnapshots(t *testing.T) {
	for _, ddl := range []string{"ALTER TABLE t ALTER COLUMN a TYPE text", "CREATE INDEX ON t (a)", "CREATE UNIQUE INDEX ON t (a)",
		"ALTER TABLE t ADD CHECK (a < 1000)", "ALTER TABLE t ALTER COLUMN a SET NOT NULL", "ALTER TABLE other ADD FOREIGN KEY (x) REFERENCES t",
		"ALTER TABLE t DROP CONSTRAINT t_pkey"} {
		for _, level := range []string{"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"} {
			for _, late := range []bool{false, true} {
				r := newFerrite(t, memkv.New(), 0)
				c, writer := r.client(t), r.client(t)
				c.do(readersFirst)
				c.do("BEGIN ISOLATION LEVEL " + level)
				if late {
					c.do("SELECT * FROM other")
				}
				writer.do("INSERT INTO t VALUES (200, 200)")
				got := c.result(ddl)
				if old := late && level != "READ COMMITTED"; old != (got == "ERROR 40001") || !old && strings.HasPrefix(got, "ERROR") {
					t.Errorf("%s at %s, snapshot before the writer %v: %s", ddl, level, late, got)
				}
				c.do("COMMIT")
				if got := c.do("SELECT count(*), max(id) FROM t"); got != "101|200\n" {
					t.Errorf("%s at %s: %s", ddl, level, got)
				}
				c.s.Close()
				writer.s.Close()
			}
		}
	}
}
