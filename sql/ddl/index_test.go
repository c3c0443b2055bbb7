package ddl_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ferritedb/ferrite"
)

// database opens a store in dir ("": in memory).
func database(t *testing.T, dir string) (*sql.DB, func()) {
	t.Helper()
	db, err := ferrite.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	pool := db.SQL()
	return pool, func() {
		pool.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

func must(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// text runs a query and gives its rows.
func text(t *testing.T, db interface {
	Query(string, ...any) (*sql.Rows, error)
}, query string) string {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	cols, _ := rows.Columns()
	var out strings.Builder
	for rows.Next() {
		vals := make([]any, len(cols))
		for i := range vals {
			vals[i] = new(sql.NullString)
		}
		if err := rows.Scan(vals...); err != nil {
			t.Fatal(err)
		}
		for _, v := range vals {
			fmt.Fprintf(&out, "%s|", v.(*sql.NullString).String)
		}
		out.WriteByte('\n')
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return out.String()
}

// indexes are those that the tests build: of every kind.
var indexes = []string{
	"CREATE INDEX x_a ON t (a) INCLUDE (b)", "CREATE UNIQUE INDEX x_u ON t (b, id)", "CREATE INDEX x_e ON t ((a + b) DESC)",
	"CREATE INDEX x_p ON t (b) WHERE a > 5", "CREATE INDEX x_n ON t (a NULLS FIRST, b)",
}

// sameThroughIndexes compares what indexes give with what the rows do.
func sameThroughIndexes(t *testing.T, db *sql.DB) {
	t.Helper()
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	q := connQuery{conn}
	plain := strings.Split(text(t, q, "SELECT id, a, b FROM t ORDER BY id"), "\n")
	var want []string
	for _, l := range plain[:len(plain)-1] {
		want = append(want, l)
	}
	for _, by := range []string{"a >= -100 OR a IS NULL", "b >= -100", "a + b > -1000 OR a + b IS NULL"} {
		got := text(t, q, "SELECT id, a, b FROM t WHERE "+by+" ORDER BY id")
		if got != strings.Join(want, "\n")+"\n" {
			t.Errorf("WHERE %s gives\n%s\nthe rows are\n%s", by, got, strings.Join(want, "\n"))
		}
	}
	for a := range 10 {
		for _, query := range []string{"SELECT id, b FROM t WHERE a = %d ORDER BY id", "SELECT id FROM t WHERE a + b = %d ORDER BY id",
			"SELECT id FROM t WHERE b = %d AND a > 5 ORDER BY id", "SELECT id FROM t WHERE b = %d ORDER BY id"} {
			query = fmt.Sprintf(query, a)
			rows := strings.Replace(query, "FROM t", "FROM (SELECT * FROM t OFFSET 0) t", 1)
			if got, want := text(t, q, query), text(t, q, rows); got != want {
				t.Errorf("%s gives\n%s\nthe rows say\n%s", query, got, want)
			}
		}
	}
}

type connQuery struct{ *sql.Conn }

func (c connQuery) Query(q string, args ...any) (*sql.Rows, error) {
	return c.QueryContext(context.Background(), q, args...)
}

// TestIndexBuildBesideWriters: an index that is built while others write has an
// entry for each row and no other, and no writer fails for it.
func TestIndexBuildBesideWriters(t *testing.T) {
	seed := rand.Int63()
	t.Logf("seed %d", seed)
	db, stop := database(t, "")
	defer stop()
	must(t, db, "CREATE TABLE t (id int PRIMARY KEY, a int, b int)", "INSERT INTO t SELECT g, g % 10, g % 7 FROM generate_series(1, 200) g")
	done := make(chan struct{})
	var wg sync.WaitGroup
	for k := range 3 {
		rnd := rand.New(rand.NewSource(seed + int64(k)))
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				select {
				case <-done:
					return
				default:
				}
				var err error
				id := rnd.Intn(100)*3 + k // of its own: the writers do not meet
				switch rnd.Intn(4) {
				case 0:
					_, err = db.Exec(fmt.Sprintf("DELETE FROM t WHERE id = %d", id))
				case 1:
					_, err = db.Exec(fmt.Sprintf("UPDATE t SET a = NULLIF(%d, 3), b = %d WHERE id %% 3 = %d AND id > %d", rnd.Intn(10), rnd.Intn(10), k, 280))
				default:
					_, err = db.Exec(fmt.Sprintf("INSERT INTO t VALUES (%d, %d, %d) ON CONFLICT (id) DO UPDATE SET a = excluded.a, b = excluded.b", id, rnd.Intn(10), rnd.Intn(10)))
				}
				if err != nil {
					t.Errorf("a writer: %v", err)
					return
				}
			}
		}()
	}
	for round := range 6 {
		for _, s := range indexes {
			must(t, db, s)
		}
		if round < 5 {
			must(t, db, "DROP INDEX x_a, x_u, x_e, x_p, x_n")
		}
	}
	close(done)
	wg.Wait()
	sameThroughIndexes(t, db)
}

// TestUniqueIndexOverDuplicates: a unique index over rows that it does not tell
// apart is refused, names them, and leaves nothing.
func TestUniqueIndexOverDuplicates(t *testing.T) {
	db, stop := database(t, "")
	defer stop()
	must(t, db, "CREATE TABLE t (id int PRIMARY KEY, a int, b int)", "INSERT INTO t SELECT g, g, NULLIF(g % 50, 0) FROM generate_series(1, 99) g")
	for s, detail := range map[string]string{
		"CREATE UNIQUE INDEX x ON t (b)":                                         "Key (b)=(1) is duplicated.",
		"CREATE UNIQUE INDEX x ON t ((b + 1))":                                   "is duplicated.",
		"CREATE UNIQUE INDEX x ON t (b) WHERE a > 10":                            "is duplicated.",
		"ALTER TABLE t ADD CONSTRAINT x UNIQUE (b)":                              "Key (b)=(1) is duplicated.",
		"ALTER TABLE t DROP CONSTRAINT t_pkey, ADD CONSTRAINT x PRIMARY KEY (b)": "null value",
		"ALTER TABLE t ALTER COLUMN id TYPE int USING id / 2":                    "is duplicated.",
	} {
		_, err := db.Exec(s)
		if err == nil || !strings.Contains(fmt.Sprintf("%+v", err), "could not create unique index") && !strings.Contains(err.Error(), "null") {
			t.Errorf("%s (%s): %v", s, detail, err)
		}
		if got := text(t, db, "SELECT count(*) FROM pg_class WHERE relname = 'x'"); got != "0|\n" {
			t.Errorf("%s left an index: %s", s, got)
		}
	}
	must(t, db, "UPDATE t SET b = id", "CREATE UNIQUE INDEX x ON t (b)", "INSERT INTO t VALUES (100, 1, 100)")
	if _, err := db.Exec("INSERT INTO t VALUES (101, 1, 100)"); err == nil {
		t.Error("the index does not keep its keys unique")
	}
	for _, s := range indexes {
		must(t, db, s)
	}
	sameThroughIndexes(t, db)
}

// TestIndexBuildCancelled: a build that is cancelled, or rolled back, leaves
// nothing, and the next one is whole.
func TestIndexBuildCancelled(t *testing.T) {
	db, stop := database(t, "")
	defer stop()
	must(t, db, "CREATE TABLE t (id int PRIMARY KEY, a int, b int)", "INSERT INTO t SELECT g, g % 10, g FROM generate_series(1, 30000) g")
	cancelled := 0
	for wait := time.Duration(0); cancelled < 3 && wait < time.Second; wait += time.Millisecond {
		ctx, cancel := context.WithTimeout(context.Background(), wait)
		_, err := db.ExecContext(ctx, "CREATE INDEX x_a ON t (a)")
		cancel()
		if err == nil {
			must(t, db, "DROP INDEX x_a")
			continue
		}
		cancelled++
		if got := text(t, db, "SELECT count(*) FROM pg_class WHERE relname = 'x_a'"); got != "0|\n" {
			t.Fatalf("after %v: %s", err, got)
		}
	}
	must(t, db, "CREATE INDEX x_a ON t (a)")
	if got := text(t, db, "SELECT count(*) FROM t WHERE a = 4"); got != "3000|\n" {
		t.Errorf("through the index: %s", got)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"DROP INDEX x_a", "CREATE INDEX x_b ON t (b)", "INSERT INTO t VALUES (0, 4, 0)"} {
		if _, err := tx.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if got := text(t, db, "SELECT count(*) FROM t WHERE a = 4"); got != "3000|\n" {
		t.Errorf("after the rollback: %s", got)
	}
}

// childDir names, for a process of this test that is to be killed, its database.
const childDir = "FERRITE_DDL_TEST_DIR"

// TestIndexBuildKilled: where the process is killed while indexes are made and
// dropped, each is there as a whole or not at all.
func TestIndexBuildKilled(t *testing.T) {
	if dir := os.Getenv(childDir); dir != "" {
		child(t, dir)
		return
	}
	dir := t.TempDir()
	db, stop := database(t, dir)
	must(t, db, "CREATE TABLE t (id int PRIMARY KEY, a int, b int)", "INSERT INTO t SELECT g, g % 10, g % 7 FROM generate_series(1, 2000) g")
	stop()
	for range 4 {
		killChild(t, dir, rand.Intn(24))
		db, stop := database(t, dir)
		if got := text(t, db, "SELECT count(*), count(a), count(b) FROM t"); got != "2000|2000|2000|\n" {
			t.Errorf("after the kill: %s", got)
		}
		sameThroughIndexes(t, db)
		must(t, db, "DROP INDEX IF EXISTS x_a, x_u, x_e, x_p, x_n")
		for _, s := range indexes {
			must(t, db, s)
		}
		sameThroughIndexes(t, db)
		must(t, db, "DROP INDEX x_a, x_u, x_e, x_p, x_n")
		stop()
	}
}

// child makes and drops indexes until it is killed, and tells of each statement.
func child(t *testing.T, dir string) {
	db, _ := database(t, dir)
	for {
		for _, s := range []string{indexes[0], indexes[1], "ALTER TABLE t ALTER COLUMN a TYPE numeric", "UPDATE t SET a = b, b = a WHERE id % 5 = 0",
			"ALTER TABLE t ALTER COLUMN a TYPE int", indexes[2], "DROP INDEX x_a, x_u", "DROP INDEX x_e"} {
			must(t, db, s)
			fmt.Println("done", s)
		}
	}
}

// killChild kills a child after it told of so many statements, in the next one.
func killChild(t *testing.T, dir string, statements int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestIndexBuildKilled$", "-test.v")
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; n <= statements && lines.Scan(); {
		switch l := lines.Text(); {
		case strings.HasPrefix(l, "done"):
			n++
		case strings.Contains(l, "FAIL"), strings.Contains(l, "_test.go:"):
			t.Error(l)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
}
