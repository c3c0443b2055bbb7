package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/ferritedb/ferrite/cmd/ferrited/config"
	"github.com/ferritedb/ferrite/kv/clock"
)

// logIn opens a session as a role.
func logIn(t *testing.T, s *Server, role, password, database string) (*pgx.Conn, error) {
	t.Helper()
	db, err := pgx.Connect(context.Background(), fmt.Sprintf("postgres://%s:%s@%s/%s?sslmode=disable", role, password, s.Addresses()["pg-addr"], database))
	if err == nil {
		t.Cleanup(func() { db.Close(context.Background()) })
	}
	return db, err
}

// TestLogin: a role must exist, may LOGIN, within its limit, and CONNECT.
func TestLogin(t *testing.T) {
	s, db := served(t)
	must(t, db, "CREATE ROLE plain LOGIN")
	must(t, db, "CREATE ROLE nologin")
	must(t, db, "CREATE ROLE one LOGIN CONNECTION LIMIT 1")
	for _, tc := range []struct{ role, code, text string }{
		{"nobody", "28000", `role "nobody" does not exist`},
		{"nologin", "28000", `role "nologin" is not permitted to log in`},
	} {
		if _, err := logIn(t, s, tc.role, "", "postgres"); code(err) != tc.code || !strings.Contains(err.Error(), tc.text) {
			t.Errorf("%s: %v", tc.role, err)
		}
	}
	first, err := logIn(t, s, "one", "", "postgres")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := logIn(t, s, "one", "", "postgres"); code(err) != "53300" {
		t.Error("second session of a role limited to one:", err)
	}
	first.Close(context.Background())
	must(t, db, "REVOKE CONNECT ON DATABASE postgres FROM PUBLIC")
	for _, database := range []string{"postgres", "other"} {
		if _, err := logIn(t, s, "plain", "", database); code(err) != "42501" {
			t.Errorf("%s without CONNECT: %v", database, err)
		}
	}
	must(t, db, "GRANT CONNECT ON DATABASE postgres TO plain")
	must(t, db, "ALTER ROLE plain SET statement_timeout = '7s'")
	must(t, db, "ALTER ROLE plain SET log_statement = 'all'") // not the role's to set
	u, err := logIn(t, s, "plain", "", "postgres")
	if err != nil {
		t.Fatal(err)
	}
	var timeout, logged string
	if err := u.QueryRow(context.Background(), "SELECT current_setting('statement_timeout'), current_setting('log_statement')").Scan(&timeout, &logged); err != nil || timeout != "7s" || logged != "none" {
		t.Errorf("settings of the role at login: %s, %s, %v", timeout, logged, err)
	}
}

// TestPasswords: under scram-sha-256 a password must be the role's and not have
// expired; who is no role, or has none, is told no more than that.
func TestPasswords(t *testing.T) {
	s, db := servedWith(t, func(c *config.Config) { c.Auth, c.Password = "scram-sha-256", "root" })
	must(t, db, "CREATE ROLE u LOGIN PASSWORD 'p' VALID UNTIL '2000-01-02'")
	must(t, db, "CREATE ROLE nologin PASSWORD 'p'")
	must(t, db, "CREATE ROLE nopassword LOGIN")
	for _, tc := range []struct{ role, password, code string }{
		{"u", "p", "28P01"}, {"u", "x", "28P01"}, {"nobody", "p", "28P01"}, {"nopassword", "", "28P01"}, {"nopassword", "p", "28P01"},
		{"nologin", "x", "28P01"}, {"nologin", "p", "28000"},
	} {
		if _, err := logIn(t, s, tc.role, tc.password, "postgres"); code(err) != tc.code {
			t.Errorf("%s with %q: %v", tc.role, tc.password, err)
		}
	}
	must(t, db, "ALTER ROLE u VALID UNTIL 'infinity'")
	if _, err := logIn(t, s, "u", "p", "postgres"); err != nil {
		t.Error(err)
	}
	must(t, db, "ALTER ROLE u PASSWORD NULL")
	if _, err := logIn(t, s, "u", "p", "postgres"); code(err) != "28P01" {
		t.Error("after PASSWORD NULL:", err)
	}
}

// servedWith is served with other settings; its client is postgres.
func servedWith(t *testing.T, change func(*config.Config)) (*Server, *pgx.Conn) {
	t.Helper()
	cfg := config.Default()
	cfg.Data, cfg.PGAddr, cfg.RESPAddr, cfg.HTTPAddr = t.TempDir(), "127.0.0.1:0", "", ""
	cfg.CacheBytes, cfg.MemTableBytes, cfg.HotBytes = 8<<20, 4<<20, 0
	change(cfg)
	s, err := Start(context.Background(), cfg, slog.New(slog.NewTextHandler(io.Discard, nil)), clock.Real)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	db, err := logIn(t, s, "postgres", cfg.Password, "postgres")
	if err != nil {
		t.Fatal(err)
	}
	return s, db
}

// TestRoleChangesUnderSession: a session's roles are known by OID: renamed they
// keep what they have, dropped they have what PUBLIC has, and one made anew under
// the old name is another.
func TestRoleChangesUnderSession(t *testing.T) {
	s, db := served(t)
	must(t, db, "CREATE ROLE r LOGIN")
	must(t, db, "CREATE TABLE t (a int)")
	must(t, db, "GRANT SELECT ON t TO r")
	u, err := logIn(t, s, "r", "", "postgres")
	if err != nil {
		t.Fatal(err)
	}
	must(t, u, "SELECT a FROM t")
	must(t, db, "ALTER ROLE r RENAME TO r2")
	var name string
	if err := u.QueryRow(context.Background(), "SELECT current_user FROM t RIGHT JOIN (VALUES (1)) x ON true").Scan(&name); err != nil || name != "r2" {
		t.Fatalf("renamed: %q, %v", name, err)
	}
	must(t, u, "SET ROLE NONE")
	must(t, u, "RESET SESSION AUTHORIZATION")
	must(t, db, "REVOKE SELECT ON t FROM r2")
	must(t, db, "DROP ROLE r2")
	must(t, db, "CREATE ROLE r2 SUPERUSER LOGIN")
	must(t, db, "CREATE ROLE r SUPERUSER LOGIN")
	for _, q := range []string{"SELECT a FROM t", "RESET SESSION AUTHORIZATION; SELECT a FROM t", "RESET ROLE; SELECT a FROM t", "SET ROLE r"} {
		if _, err := u.PgConn().Exec(context.Background(), q).ReadAll(); code(err) != "42501" {
			t.Errorf("%s as a role that is gone: %v", q, err)
		}
	}
}

// TestKeyGrants: keys are a role's only by a grant whose pattern covers what it
// asks for.
func TestKeyGrants(t *testing.T) {
	s, db := served(t)
	redis(t, s, "HSET users:1 name Ada secretfield 1")
	redis(t, s, "HSET admin:1 name root")
	must(t, db, "CREATE ROLE app LOGIN")
	must(t, db, "CREATE ROLE reader LOGIN")
	must(t, db, "CREATE VIEW names AS SELECT name FROM users:*")
	must(t, db, "GRANT pg_read_all_data TO reader")
	u, err := logIn(t, s, "app", "", "postgres")
	if err != nil {
		t.Fatal(err)
	}
	refused := func(q string) {
		t.Helper()
		if _, err := u.PgConn().Exec(context.Background(), q).ReadAll(); code(err) != "42501" {
			t.Errorf("%s: %v", q, err)
		}
	}
	all := []string{"SELECT * FROM users:*", "SELECT count(*) FROM users:*", "INSERT INTO users:* (_id, name) VALUES (2, 'x')", "UPDATE users:* SET name = 'x'",
		"DELETE FROM users:*", "SELECT 1 FROM users:1*", "EXPLAIN SELECT * FROM users:*", "CREATE TEMP TABLE x AS SELECT name FROM users:*", "SELECT * FROM names"}
	for _, q := range all {
		refused(q)
	}
	d, err := u.Prepare(context.Background(), "p", "SELECT * FROM users:*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range d.Fields {
		if f.Name == "secretfield" {
			t.Error("the names of fields are shown without a grant")
		}
	}
	must(t, db, "GRANT SELECT ON KEYS 'users:*' TO app WITH GRANT OPTION")
	must(t, db, "GRANT SELECT ON names TO app")
	for _, q := range []string{"SELECT * FROM users:*", "SELECT 1 FROM users:1*", "SELECT 1 FROM users:?", "SELECT * FROM names", "GRANT SELECT ON KEYS 'users:*' TO reader"} {
		must(t, u, q)
	}
	for _, q := range []string{"SELECT * FROM admin:*", "SELECT * FROM users:* u, admin:* a", "UPDATE users:* SET name = 'x'", "DELETE FROM users:*",
		"INSERT INTO users:* (_id, name) VALUES (2, 'x')", "GRANT UPDATE ON KEYS 'users:*' TO reader; UPDATE users:* SET name = 'x'"} {
		refused(q)
	}
	must(t, db, "GRANT INSERT, UPDATE ON KEYS 'users:*' TO app")
	must(t, u, "INSERT INTO users:* (_id, name) VALUES (2, 'Bob') RETURNING name")
	must(t, u, "UPDATE users:* SET name = 'Bea' WHERE _id = '2'")
	if _, err := u.Exec(context.Background(), "INSERT INTO users:* (_key, name) VALUES ('admin:2', 'x')"); err == nil {
		t.Error("a key outside of the pattern was written")
	}
	must(t, db, "REVOKE SELECT ON KEYS 'users:*' FROM app CASCADE")
	refused("SELECT * FROM users:*")
	refused("UPDATE users:* SET name = 'Bea' WHERE _id = '2'")
	if _, err := db.Exec(context.Background(), "DROP ROLE app"); code(err) != "2BP01" {
		t.Error("a role with grants on keys was dropped:", err)
	}
	must(t, db, "DROP OWNED BY app")
	must(t, db, "DROP ROLE app")
	var left int
	if err := db.QueryRow(context.Background(), "SELECT count(*) FROM ferrite_key_grants").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d grants are left, %v", left, err)
	}
	r, err := logIn(t, s, "reader", "", "postgres")
	if err != nil {
		t.Fatal(err)
	}
	must(t, r, "SELECT * FROM admin:*")
	if _, err := r.Exec(context.Background(), "DELETE FROM admin:*"); code(err) != "42501" {
		t.Error("pg_read_all_data deleted keys:", err)
	}
}

// TestFunctionsReachNothingMore: wherever a statement evaluates a role's own
// function, the function reads no more than the role may.
func TestFunctionsReachNothingMore(t *testing.T) {
	s, db := served(t)
	must(t, db, "ALTER ROLE postgres PASSWORD 'root'")
	must(t, db, "CREATE ROLE m LOGIN")
	must(t, db, "CREATE SCHEMA m AUTHORIZATION m")
	u, err := logIn(t, s, "m", "", "postgres")
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		"CREATE FUNCTION leak() RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT rolpassword FROM pg_authid WHERE oid = 10'",
		"CREATE FUNCTION leakof(int) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT rolpassword FROM pg_authid WHERE oid = 10 AND $1 > 0'",
		"CREATE TABLE t (a int, c text)", "INSERT INTO t VALUES (1, 'x'), (2, 'y')", "CREATE TABLE d (a int, c text DEFAULT leak())",
		"CREATE VIEW v AS SELECT leak() AS c", "PREPARE p (text) AS SELECT $1", "CREATE TABLE k (a int, CHECK (leakof(a) IS NULL))",
	} {
		must(t, u, q)
	}
	for _, q := range []string{
		"SELECT leak()", "SELECT * FROM leak()", "VALUES (leak())", "SELECT a FROM t ORDER BY leakof(a)", "SELECT a FROM t LIMIT length(leak())", "SELECT a FROM t WHERE leakof(a) LIKE 'SCRAM%'",
		"SELECT count(*) FROM t GROUP BY leakof(a)", "SELECT * FROM v", "EXPLAIN ANALYZE SELECT leak()", "EXECUTE p (leak())", "CREATE TABLE x AS SELECT leak()", "SELECT leak() INTO x",
		"COPY (SELECT leak()) TO STDOUT", "BEGIN; DECLARE c CURSOR FOR SELECT leak(); FETCH c", "INSERT INTO d (a) VALUES (1)", "INSERT INTO t VALUES (1, leak())", "UPDATE t SET c = leak()",
		"UPDATE t SET a = 1 RETURNING leak()", "DELETE FROM t WHERE leakof(a) IS NOT NULL", "ALTER TABLE t ALTER c TYPE text USING leak()", "ALTER TABLE t ALTER c TYPE text USING leakof(a)",
		"ALTER TABLE t ADD COLUMN x text DEFAULT leak()", "ALTER TABLE t ADD CHECK (leakof(a) IS NULL)", "CREATE UNIQUE INDEX ON t (leakof(1))", "CREATE UNIQUE INDEX ON t (leakof(a))",
		"CREATE INDEX ON t (a) WHERE leakof(a) IS NULL", "INSERT INTO k VALUES (1)", "SELECT a FROM t AS OF SYSTEM TIME leak()::timestamptz", "SELECT a FROM t AS OF SYSTEM TIME leakof(1)::timestamptz",
		"SELECT leak() FROM t FOR UPDATE", "WITH w AS (SELECT leak() AS c) SELECT c FROM w", "SELECT (SELECT leak())",
	} {
		_, err := u.PgConn().Exec(context.Background(), q).ReadAll()
		if err == nil || strings.Contains(err.Error(), "SCRAM") {
			t.Errorf("%s: %v", q, err)
		} else if c := code(err); c != "42501" && c != "42P17" && c != "0A000" && c != "42809" && c != "42601" && c != "22023" {
			t.Errorf("%s: %v", q, err)
		}
		if _, err := u.PgConn().Exec(context.Background(), "ROLLBACK").ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	// The owner's rights, not those of whoever maintains the table.
	must(t, u, "CREATE INDEX i ON t (length(c))")
	for _, q := range []string{"ANALYZE m.t", "REINDEX TABLE m.t", "CREATE INDEX ON m.t ((m.leakof(a)))"} {
		if _, err := db.Exec(context.Background(), q); err != nil && strings.Contains(err.Error(), "SCRAM") {
			t.Errorf("%s: %v", q, err)
		}
	}
}
