package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// served is a server with a client.
func served(t *testing.T) (*Server, *pgx.Conn) {
	t.Helper()
	s := start(t, t.TempDir())
	db := connect(t, s)
	t.Cleanup(func() {
		db.Close(context.Background())
		stop(t, s)
	})
	return s, db
}

func must(t *testing.T, db *pgx.Conn, q string, args ...any) pgconn.CommandTag {
	t.Helper()
	tag, err := db.Exec(context.Background(), q, args...)
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	return tag
}

func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return fmt.Sprint(err)
}

// TestPgxTypes writes and reads one value of each type in the formats that pgx
// prefers, which are binary where it can.
func TestPgxTypes(t *testing.T) {
	_, db := served(t)
	ctx := context.Background()
	at := time.Date(2024, 2, 29, 12, 30, 45, 123456000, time.UTC)
	for _, tc := range []struct {
		typ  string
		in   any
		want string
	}{
		{"bool", true, "true"}, {"int2", int16(-7), "-7"}, {"int4", int32(1 << 30), "1073741824"}, {"int8", int64(-1) << 62, "-4611686018427387904"},
		{"float4", float32(1.5), "1.5"}, {"float8", 2.25, "2.25"}, {"text", "häß", "häß"}, {"varchar(5)", "abc", "abc"},
		{"bytea", []byte{0, 1, 255}, "[0 1 255]"}, {"timestamptz", at, at.String()}, {"date", at.Truncate(24 * time.Hour), "2024-02-29 00:00:00 +0000 UTC"},
		{"uuid", [16]byte{1, 2, 3, 15: 9}, "[1 2 3 0 0 0 0 0 0 0 0 0 0 0 0 9]"}, {"int4[]", []int32{1, 2, 3}, "[1 2 3]"}, {"text[]", []string{"a,b", `c"d`}, `[a,b c"d]`},
		{"jsonb", map[string]any{"k": 1.0}, "map[k:1]"}, {"numeric", "12345.678900", "12345.678900"}, {"interval", 90 * time.Minute, "1h30m0s"},
	} {
		q := "SELECT $1::" + tc.typ
		if tc.typ == "numeric" {
			q += "::text"
		}
		var got any
		if tc.typ == "interval" {
			var d time.Duration
			if err := db.QueryRow(ctx, q, tc.in).Scan(&d); err != nil {
				t.Errorf("%s: %v", tc.typ, err)
			}
			got = d
		} else if err := db.QueryRow(ctx, q, tc.in).Scan(&got); err != nil {
			t.Errorf("%s: %v", tc.typ, err)
			continue
		}
		if ts, ok := got.(time.Time); ok {
			got = ts.UTC()
		}
		if text := fmt.Sprint(got); text != tc.want {
			t.Errorf("%s: got %s, want %s", tc.typ, text, tc.want)
		}
	}
}

// TestPgxCopy loads rows with the binary COPY of pgx and reads them back.
func TestPgxCopy(t *testing.T) {
	_, db := served(t)
	must(t, db, "CREATE TABLE t (id bigint PRIMARY KEY, name text, v float8)")
	const count = 5000
	rows := make([][]any, count)
	for i := range rows {
		rows[i] = []any{int64(i), fmt.Sprintf("row %d", i), float64(i) / 2}
	}
	rows[7][1] = nil
	n, err := db.CopyFrom(context.Background(), pgx.Identifier{"t"}, []string{"id", "name", "v"}, pgx.CopyFromRows(rows))
	if err != nil || n != count {
		t.Fatal(n, err)
	}
	var sum float64
	var nulls int
	err = db.QueryRow(context.Background(), "SELECT sum(v), count(*) FILTER (WHERE name IS NULL) FROM t").Scan(&sum, &nulls)
	if err != nil || sum != float64(count*(count-1)/2)/2 || nulls != 1 {
		t.Fatal(sum, nulls, err)
	}
	_, err = db.CopyFrom(context.Background(), pgx.Identifier{"t"}, []string{"id"}, pgx.CopyFromRows([][]any{{int64(count)}, {int64(3)}}))
	if code(err) != pgerr.UniqueViolation {
		t.Fatal(err)
	}
	var left int
	if err := db.QueryRow(context.Background(), "SELECT count(*) FROM t").Scan(&left); err != nil || left != count {
		t.Fatal(left, err)
	}
}

// TestPgxBatch sends a pipeline; a statement that fails undoes all of it.
func TestPgxBatch(t *testing.T) {
	_, db := served(t)
	ctx := context.Background()
	must(t, db, "CREATE TABLE t (id int PRIMARY KEY)")
	b := &pgx.Batch{}
	for i := range 10 {
		b.Queue("INSERT INTO t VALUES ($1)", i)
	}
	b.Queue("INSERT INTO t VALUES ($1)", 3)
	if err := db.SendBatch(ctx, b).Close(); code(err) != pgerr.UniqueViolation {
		t.Fatal(err)
	}
	var n int
	if err := db.QueryRow(ctx, "SELECT count(*) FROM t").Scan(&n); err != nil || n != 0 {
		t.Fatal(n, err)
	}
}

// TestPgxSchemaChange has a prepared statement outlive changes of its table.
func TestPgxSchemaChange(t *testing.T) {
	_, db := served(t)
	ctx := context.Background()
	must(t, db, "CREATE TABLE t (id int PRIMARY KEY, a text)")
	must(t, db, "INSERT INTO t VALUES (1, 'x')")
	if _, err := db.Prepare(ctx, "by_id", "SELECT a FROM t WHERE id = $1"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Prepare(ctx, "all", "SELECT * FROM t"); err != nil {
		t.Fatal(err)
	}
	must(t, db, "ALTER TABLE t ADD COLUMN b int DEFAULT 5")
	must(t, db, "CREATE INDEX ON t (a)")
	var a string
	if err := db.QueryRow(ctx, "by_id", 1).Scan(&a); err != nil || a != "x" {
		t.Fatal(a, err)
	}
	if _, err := db.Exec(ctx, "all"); code(err) != pgerr.FeatureNotSupported {
		t.Fatal(err)
	}
	must(t, db, "DROP TABLE t")
	if err := db.QueryRow(ctx, "by_id", 1).Scan(&a); code(err) != pgerr.UndefinedTable {
		t.Fatal(err)
	}
}

// TestPgxCancel cancels a wait for a lock through the protocol.
func TestPgxCancel(t *testing.T) {
	s, db := served(t)
	must(t, db, "CREATE TABLE t (id int PRIMARY KEY)")
	must(t, db, "INSERT INTO t VALUES (1)")
	must(t, db, "BEGIN")
	must(t, db, "SELECT * FROM t FOR UPDATE")
	other := connect(t, s)
	defer other.Close(context.Background())
	done := make(chan error)
	go func() {
		_, err := other.Exec(context.Background(), "UPDATE t SET id = 2")
		done <- err
	}()
	for waiting := true; waiting; {
		if err := other.PgConn().CancelRequest(context.Background()); err != nil {
			t.Error(err)
		}
		select {
		case err := <-done:
			if code(err) != pgerr.QueryCanceled {
				t.Error(err)
			}
			waiting = false
		default: // the statement may not have begun yet
		}
	}
	must(t, other, "SELECT 1")
	must(t, db, "ROLLBACK")
}

// TestSerializable is the write skew of two doctors.
func TestSerializable(t *testing.T) {
	s, a := served(t)
	b := connect(t, s)
	defer b.Close(context.Background())
	must(t, a, "CREATE TABLE doctors (name text PRIMARY KEY, on_call bool)")
	must(t, a, "INSERT INTO doctors VALUES ('ada', true), ('bob', true)")
	for _, c := range []*pgx.Conn{a, b} {
		must(t, c, "BEGIN ISOLATION LEVEL SERIALIZABLE")
		must(t, c, "SELECT count(*) FROM doctors WHERE on_call")
	}
	must(t, a, "UPDATE doctors SET on_call = false WHERE name = 'ada'")
	must(t, b, "UPDATE doctors SET on_call = false WHERE name = 'bob'")
	must(t, a, "COMMIT")
	if _, err := b.Exec(context.Background(), "COMMIT"); code(err) != pgerr.SerializationFailure {
		t.Fatal(err)
	}
}

// TestBothPorts has one transaction change a table and a hash, and a Redis
// client see nothing of it until the commit.
func TestBothPorts(t *testing.T) {
	s, db := served(t)
	must(t, db, "CREATE TABLE t (id int PRIMARY KEY)")
	if got := redis(t, s, "HSET users:1 name Ada"); got != ":1" {
		t.Fatal(got)
	}
	var name string
	if err := db.QueryRow(context.Background(), "SELECT name FROM users:* WHERE id = $1", "1").Scan(&name); err != nil || name != "Ada" {
		t.Fatal(name, err)
	}
	must(t, db, "BEGIN")
	must(t, db, "INSERT INTO t VALUES (1)")
	must(t, db, "UPDATE users:* SET name = 'Eve' WHERE id = '1'")
	if got := redis(t, s, "HSTRLEN users:1 missing"); got != ":0" {
		t.Fatal(got)
	}
	must(t, db, "COMMIT")
	if got := redis(t, s, "HINCRBY users:1 n 1"); got != ":1" {
		t.Fatal(got)
	}
	var n int
	if err := db.QueryRow(context.Background(), "SELECT n::int + 1 FROM users:* WHERE name = 'Eve'").Scan(&n); err != nil || n != 2 {
		t.Fatal(n, err)
	}
}

// TestDrain lets a transaction in progress commit while new clients are refused.
func TestDrain(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	db := connect(t, s)
	must(t, db, "CREATE TABLE t (id int PRIMARY KEY)")
	must(t, db, "BEGIN")
	must(t, db, "INSERT INTO t VALUES (1)")
	done := make(chan error)
	go func() { done <- s.Shutdown(context.Background()) }()
	addr := s.Addresses()["pg-addr"].String()
	for {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			break // it has stopped accepting
		}
		nc.Close()
	}
	must(t, db, "INSERT INTO t VALUES (2)")
	// The answer to COMMIT and the farewell arrive together.
	if _, err := db.Exec(context.Background(), "COMMIT"); err != nil && code(err) != pgerr.AdminShutdown {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	db.Close(context.Background())
	s = start(t, dir)
	defer stop(t, s)
	db = connect(t, s)
	defer db.Close(context.Background())
	var n int
	if err := db.QueryRow(context.Background(), "SELECT count(*) FROM t").Scan(&n); err != nil || n != 2 {
		t.Fatal(n, err)
	}
}

// TestCopyWhere passes over the rows that COPY's WHERE does not take.
func TestCopyWhere(t *testing.T) {
	_, db := served(t)
	ctx := context.Background()
	must(t, db, "CREATE TABLE t (a int PRIMARY KEY, b text DEFAULT 'd')")
	for _, tc := range []struct{ sql, data, want string }{
		{"COPY t FROM STDIN WHERE a > 1 AND b IS NOT NULL", "1\tx\n2\ty\n3\t\\N\n", "COPY 1"},
		{"COPY t (a) FROM STDIN (FORMAT csv) WHERE a % 2 = 0", "10\n11\n12\n", "COPY 2"},
		{"COPY t FROM STDIN WHERE nothing", "", pgerr.UndefinedColumn},
		{"COPY t (nothing) FROM STDIN", "", pgerr.UndefinedColumn},
	} {
		tag, err := db.PgConn().CopyFrom(ctx, strings.NewReader(tc.data), tc.sql)
		if got := tag.String(); got != tc.want && code(err) != tc.want {
			t.Errorf("%s: %s %v, want %s", tc.sql, got, err, tc.want)
		}
	}
	var all string
	if err := db.QueryRow(ctx, "SELECT string_agg(a || b, ' ' ORDER BY a) FROM t").Scan(&all); err != nil || all != "2y 10d 12d" {
		t.Fatal(all, err)
	}
}
