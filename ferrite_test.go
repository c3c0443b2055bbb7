package ferrite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

func open(t *testing.T, dir string) *DB {
	t.Helper()
	db, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func exec(t *testing.T, db *sql.DB, q string, args ...any) sql.Result {
	t.Helper()
	r, err := db.Exec(q, args...)
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	return r
}

func TestSQLTypes(t *testing.T) {
	db := open(t, "").SQL()
	exec(t, db, `CREATE TABLE t (i bigint, f float8, b bool, s text, y bytea, ts timestamptz, n numeric, x int)`)
	at := time.Date(2026, 2, 3, 4, 5, 6, 789000000, time.UTC)
	r := exec(t, db, `INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, 7, 1.5, true, "text", []byte{0, 255}, at, "12.50", nil)
	if n, err := r.RowsAffected(); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	var (
		i  int64
		f  float64
		b  bool
		s  string
		y  []byte
		ts time.Time
		n  string
		x  sql.NullInt64
	)
	if err := db.QueryRow(`SELECT * FROM t WHERE i = $1`, 7).Scan(&i, &f, &b, &s, &y, &ts, &n, &x); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%v %v %v %v %v %v %v %v", i, f, b, s, y, ts.Equal(at), n, x.Valid)
	if want := "7 1.5 true text [0 255] true 12.50 false"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

// TestRowsInPieces reads more rows than are read ahead, and closes early.
func TestRowsInPieces(t *testing.T) {
	db := open(t, "").SQL()
	exec(t, db, `CREATE TABLE t (id int PRIMARY KEY)`)
	var values []string
	const count = 3*rowsAtOnce + 5
	for i := range count {
		values = append(values, fmt.Sprintf("(%d)", i))
	}
	exec(t, db, `INSERT INTO t VALUES `+strings.Join(values, ","))
	for _, limit := range []int{count, 1, rowsAtOnce, rowsAtOnce + 1} {
		rows, err := db.Query(`SELECT id FROM t ORDER BY id`)
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		for seen < limit && rows.Next() {
			var id int
			if err := rows.Scan(&id); err != nil || id != seen {
				t.Fatalf("row %d: %d %v", seen, id, err)
			}
			seen++
		}
		if limit == count && rows.Next() {
			t.Fatal("too many rows")
		}
		if err := rows.Close(); err != nil || seen != limit {
			t.Fatal(seen, err)
		}
	}
}

func TestTransactions(t *testing.T) {
	db := open(t, "").SQL()
	exec(t, db, `CREATE TABLE t (id int PRIMARY KEY)`)
	tx, err := db.BeginTx(context.Background(), &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(`INSERT INTO t VALUES (1)`); err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if tx, err = db.Begin(); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(`INSERT INTO t VALUES (2)`); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(`INSERT INTO t VALUES (2)`); err == nil || !strings.Contains(err.Error(), "23505") {
		t.Fatal(err)
	}
	if err := tx.Commit(); err == nil {
		t.Fatal("the commit of a failed transaction succeeded")
	}
	var n int
	if err := db.QueryRow(`SELECT count(*) FROM t`).Scan(&n); err != nil || n != 0 {
		t.Fatal(n, err)
	}
}

func TestCancel(t *testing.T) {
	db := open(t, "").SQL()
	exec(t, db, `CREATE TABLE t (id int PRIMARY KEY)`)
	exec(t, db, `INSERT INTO t VALUES (1)`)
	holder, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Rollback()
	if _, err := holder.Exec(`SELECT * FROM t FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		_, err := db.ExecContext(ctx, `DELETE FROM t`)
		done <- err
	}()
	cancel()
	if err := <-done; err == nil {
		t.Fatal("deleted a locked row")
	}
}

// TestStatementTimeout: the error names the reason, wherever the statement waits.
func TestStatementTimeout(t *testing.T) {
	conn, err := open(t, "").SQL().Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(context.Background(), `SET statement_timeout = 1`); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{`SELECT pg_sleep(600)`, `SELECT count(*) FROM generate_series(1, 1e12::bigint)`} {
		if _, err := conn.ExecContext(context.Background(), q); err == nil || !strings.Contains(err.Error(), "due to statement timeout") {
			t.Fatal(q, err)
		}
	}
}

func TestRedis(t *testing.T) {
	db := open(t, "")
	ctx, r := context.Background(), db.Redis()
	if n, err := r.HSet(ctx, "users:1", "name", "Ada", "status", "active"); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	m, err := r.HGetAll(ctx, "users:1")
	if err != nil || len(m) != 2 || m["name"] != "Ada" {
		t.Fatal(m, err)
	}
	if _, err := r.Get(ctx, "nothing"); !errors.Is(err, ErrNil) {
		t.Fatal(err)
	}
	_, err = r.Incr(ctx, "users:1", 1)
	var reply Error
	if !errors.As(err, &reply) || !strings.HasPrefix(string(reply), "WRONGTYPE") {
		t.Fatal(err)
	}
	if _, err := r.Do(ctx, "SET", struct{}{}); err == nil {
		t.Fatal("took an argument of no type it knows")
	}
}

// TestRedisConcurrently has goroutines count and pass elements around.
func TestRedisConcurrently(t *testing.T) {
	db := open(t, "")
	ctx, r := context.Background(), db.Redis()
	const workers, each = 8, 50
	var wg sync.WaitGroup
	for range workers {
		wg.Add(2)
		go func() {
			defer wg.Done()
			for range each {
				if _, err := r.Incr(ctx, "n", 1); err != nil {
					t.Error(err)
				}
				if _, err := r.RPush(ctx, "list", "x"); err != nil {
					t.Error(err)
				}
			}
		}()
		go func() {
			defer wg.Done()
			for range each {
				if _, err := r.Do(ctx, "BLPOP", "list", 0); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	wg.Wait()
	if got, err := r.Get(ctx, "n"); err != nil || got != fmt.Sprint(workers*each) {
		t.Fatal(got, err)
	}
	waiting, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := r.Do(waiting, "BLPOP", "list", 0); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// TestReopen writes over both interfaces, closes, and reads again; the driver
// by name finds the same store.
func TestReopen(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	db, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, db.SQL(), `CREATE TABLE t (id int PRIMARY KEY)`)
	exec(t, db.SQL(), `INSERT INTO t VALUES (1)`)
	if err := db.Redis().Set(ctx, "k", "v", 0); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Redis().Get(ctx, "k"); err == nil {
		t.Fatal("a closed store answers")
	}
	pool, err := sql.Open("ferrite", dir)
	if err != nil {
		t.Fatal(err)
	}
	var id int
	if err := pool.QueryRow(`SELECT id FROM t`).Scan(&id); err != nil || id != 1 {
		t.Fatal(id, err)
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, dir)
	if v, err := db.Redis().Get(ctx, "k"); err != nil || v != "v" {
		t.Fatal(v, err)
	}
}

// TestWorkMem: the session's work_mem is when a statement spills, also where the
// plan and its run state are reused; temp_file_limit bounds what it spills.
func TestWorkMem(t *testing.T) {
	ctx := context.Background()
	c, err := open(t, "").SQL().Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const q = "SELECT count(DISTINCT repeat('x', 100) || g) FROM generate_series(1, 20000) g"
	for _, step := range []struct{ set, fails string }{
		{"SET work_mem = '64MB'; SET temp_file_limit = 0", ""},
		{"SET work_mem = '64kB'", "temporary file size exceeds temp_file_limit"},
		{"SET temp_file_limit = '10MB'", ""},
		{"SET temp_file_limit = '1MB'", "temporary file size exceeds temp_file_limit (1024kB)"},
		{"RESET work_mem", ""},
	} {
		for _, set := range strings.Split(step.set, ";") {
			if _, err := c.ExecContext(ctx, set); err != nil {
				t.Fatal(err)
			}
		}
		var n int
		err := c.QueryRowContext(ctx, q).Scan(&n)
		switch {
		case step.fails == "" && (err != nil || n != 20000):
			t.Errorf("%s: %d, %v", step.set, n, err)
		case step.fails != "" && (err == nil || !strings.Contains(err.Error(), step.fails)):
			t.Errorf("%s: the statement ran: %d, %v", step.set, n, err)
		}
	}
}

// A string in parts is one value to SQL.
func TestLargeStringInSQL(t *testing.T) {
	db, err := Open("")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx := context.Background()
	big := strings.Repeat("0123456789", 50_000)
	for _, k := range []string{"big:1", "big:2"} {
		if err := db.Redis().Set(ctx, k, big, 0); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Redis().Do(ctx, "SETRANGE", "big:2", 250_000, "changed"); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{
		`SELECT length(_value) FROM big:* WHERE _key = 'big:1'`:                 len(big),
		`SELECT sum(length(_value)) FROM big:*`:                                 2 * len(big),
		`SELECT count(*) FROM big:* WHERE _value LIKE '%changed%'`:              1,
		`SELECT position('changed' IN _value) FROM big:* WHERE _key = 'big:2'`:  250_001,
		`SELECT count(*) FROM big:* WHERE substr(_value, 1, 10) = '0123456789'`: 2,
	} {
		var got int
		if err := db.SQL().QueryRow(query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %d, want %d: %v", query, got, want, err)
		}
	}
}

// TestExplainSpills: EXPLAIN ANALYZE says how a sort went and what hash operators
// held and spilled, as PostgreSQL words it.
func TestExplainSpills(t *testing.T) {
	ctx := context.Background()
	c, err := open(t, "").SQL().Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	explain := func(q string) string {
		rows, err := c.QueryContext(ctx, "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) "+q)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var b strings.Builder
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			b.WriteString(line + "\n")
		}
		return b.String()
	}
	const sort = "SELECT g FROM generate_series(1, 30000) g ORDER BY -g"
	const group = "SELECT g, count(*) FROM generate_series(1, 30000) g GROUP BY g"
	const join = "SELECT count(*) FROM generate_series(1, 30000) a JOIN generate_series(1, 30000) b ON a = b"
	for _, step := range []struct {
		set, query string
		want       string
	}{
		{"64MB", sort, `Sort Method: quicksort  Memory: \d+kB`},
		{"64kB", sort, `Sort Method: external merge  Disk: \d+kB`},
		{"64MB", sort + " LIMIT 3", `Sort Method: top-N heapsort  Memory: \d+kB`},
		{"64MB", group, `Batches: 1  Memory Usage: \d+kB\n`},
		{"64kB", group, `Batches: [1-9]\d+  Memory Usage: \d+kB  Disk Usage: \d+kB`},
		{"64MB", join, `Batches: 1  Memory Usage: \d+kB\n`},
		{"64kB", join, `Batches: [1-9]\d+  Memory Usage: \d+kB  Disk Usage: \d+kB`},
	} {
		if _, err := c.ExecContext(ctx, "SET work_mem = '"+step.set+"'"); err != nil {
			t.Fatal(err)
		}
		if got := explain(step.query); !regexp.MustCompile(step.want).MatchString(got) {
			t.Errorf("work_mem %s: %s\nis not like %s:\n%s", step.set, step.query, step.want, got)
		}
	}
}
