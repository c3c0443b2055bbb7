package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// privilegeSetup makes the objects of TestPrivilegeMatrix: own owns them, m is
// who tries, and PUBLIC has nothing on what it has something on by default.
const privilegeSetup = `
CREATE ROLE own; CREATE ROLE m LOGIN; CREATE ROLE other; CREATE ROLE grp; CREATE ROLE grp2 NOINHERIT; CREATE ROLE su SUPERUSER;
CREATE SCHEMA s AUTHORIZATION own;
CREATE SCHEMA s2 AUTHORIZATION own;
SET ROLE own;
CREATE TABLE s.t (a int PRIMARY KEY, b int, c int);
INSERT INTO s.t VALUES (1, 1, 1);
CREATE UNIQUE INDEX tb ON s.t (b);
CREATE TABLE s.child (a int REFERENCES s.t ON DELETE CASCADE, v int);
CREATE SEQUENCE s.q;
CREATE TABLE s.ser (id serial PRIMARY KEY, v int);
CREATE TABLE s.idn (id int GENERATED ALWAYS AS IDENTITY, v int);
CREATE VIEW s.v AS SELECT a, b FROM s.t;
CREATE VIEW s.vi WITH (security_invoker = true) AS SELECT a, b FROM s.t;
CREATE VIEW s.vv AS SELECT a FROM s.v;
CREATE FUNCTION s.f(int) RETURNS int LANGUAGE sql AS 'SELECT $1 + 1';
CREATE FUNCTION s.fi() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM s.t';
CREATE FUNCTION s.fd() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM s.t';
CREATE FUNCTION s.fu() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT current_user::text';
CREATE FUNCTION s.fr() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT set_config(''role'', ''own'', false)';
CREATE TYPE s.e AS ENUM ('x');
CREATE DOMAIN s.d AS int;
REVOKE ALL ON FUNCTION s.f(int), s.fi(), s.fd(), s.fu(), s.fr() FROM PUBLIC;
REVOKE ALL ON TYPE s.e, s.d FROM PUBLIC;
RESET ROLE`

// privilegeCases are statements, each tried as m with every subset of the grants.
var privilegeCases = []struct {
	grants     []string
	statements []string
}{
	{[]string{"USAGE ON SCHEMA s", "CREATE ON SCHEMA s", "SELECT ON s.t"}, []string{
		"SELECT 1 FROM s.t", "SELECT 1 FROM s.nothing", "CREATE TABLE s.x (a int)", "CREATE VIEW s.x AS SELECT 1 AS a", "CREATE SEQUENCE s.x",
		"CREATE FUNCTION s.x() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE TYPE s.x AS ENUM ()", "CREATE DOMAIN s.x AS int",
		"DROP TABLE s.t", "ALTER TABLE s.t ADD d int", "CREATE INDEX ON s.t (b)", "SELECT 's.t'::regclass::text", "DROP SCHEMA s", "COMMENT ON SCHEMA s IS 'x'",
		"CREATE TABLE s.x AS SELECT 1 AS a", "CREATE TABLE s.x (LIKE s.t)", "GRANT USAGE ON SCHEMA s TO other", "DROP FUNCTION s.f(int)", "DROP TYPE s.e",
		"SET LOCAL search_path = s; SELECT 1 FROM t", "SET LOCAL search_path = s; CREATE TABLE x (a int)", "ALTER SCHEMA s OWNER TO other",
		"SELECT has_schema_privilege('s', 'USAGE'), has_schema_privilege('s', 'CREATE'), has_table_privilege('s.t', 'SELECT')",
		"COPY s.t TO STDOUT", "REINDEX TABLE s.t", "EXPLAIN SELECT 1 FROM s.t", "PREPARE p AS SELECT 1 FROM s.t", "PREPARE p AS SELECT 1 FROM s.t; EXECUTE p",
		"DECLARE c CURSOR FOR SELECT 1 FROM s.t"}},
	{[]string{"SELECT ON s.t", "SELECT (a) ON s.t", "SELECT (b) ON s.t", "INSERT ON s.t"}, []string{
		"SELECT * FROM s.t", "SELECT a FROM s.t", "SELECT count(*) FROM s.t", "SELECT 1 FROM s.t", "SELECT b FROM s.t WHERE a = 1", "SELECT t FROM s.t",
		"SELECT 1 FROM s.t WHERE c = 1", "SELECT a FROM s.t ORDER BY b", "SELECT max(a) FROM s.t GROUP BY b", "SELECT ctid FROM s.t", "SELECT tableoid FROM s.t",
		"SELECT 1 FROM s.t x JOIN s.t y USING (a)", "SELECT x.b FROM s.t x NATURAL JOIN s.t y", "SELECT 1 WHERE EXISTS (SELECT FROM s.t WHERE a = 1)",
		"WITH w AS (SELECT a FROM s.t) SELECT * FROM w", "SELECT a FROM s.t FOR UPDATE", "TABLE s.t", "COPY s.t (a) TO STDOUT", "COPY s.t TO STDOUT", "COPY (SELECT a FROM s.t) TO STDOUT",
		"SELECT (t).a FROM s.t", "SELECT t.* FROM s.t", "SELECT row_to_json(t) FROM s.t", "SELECT a FROM (SELECT a, b FROM s.t) x", "SELECT a FROM s.t UNION SELECT b FROM s.t",
		"LOCK TABLE s.t IN ACCESS SHARE MODE", "LOCK TABLE s.t IN ROW SHARE MODE", "LOCK TABLE s.t IN ROW EXCLUSIVE MODE", "LOCK TABLE s.t",
		"EXPLAIN SELECT b FROM s.t", "SELECT has_table_privilege('s.t', 'SELECT'), has_column_privilege('s.t', 'a', 'SELECT'), has_any_column_privilege('s.t', 'SELECT')",
		"CREATE TEMP TABLE x (LIKE s.t)", "CREATE TEMP TABLE x AS SELECT a FROM s.t"}},
	{[]string{"INSERT ON s.t", "INSERT (a) ON s.t", "SELECT (a) ON s.t", "UPDATE (b) ON s.t"}, []string{
		"INSERT INTO s.t (a) VALUES (2)", "INSERT INTO s.t VALUES (2)", "INSERT INTO s.t VALUES (2, 2)", "INSERT INTO s.t DEFAULT VALUES", "INSERT INTO s.t (a) VALUES (2) RETURNING a",
		"INSERT INTO s.t (a) VALUES (2) RETURNING b", "INSERT INTO s.t (a) VALUES (2) RETURNING 1", "INSERT INTO s.t (a) VALUES (1) ON CONFLICT DO NOTHING",
		"INSERT INTO s.t (a) VALUES (1) ON CONFLICT (a) DO NOTHING", "INSERT INTO s.t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1",
		"INSERT INTO s.t (a) VALUES (1) ON CONFLICT ON CONSTRAINT t_pkey DO UPDATE SET b = 1", "INSERT INTO s.t (a) VALUES (1) ON CONFLICT ON CONSTRAINT t_pkey DO NOTHING",
		"INSERT INTO s.t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = excluded.a", "INSERT INTO s.t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = excluded.b",
		"INSERT INTO s.t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1 WHERE t.a = 1", "INSERT INTO s.t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET c = 1",
		"INSERT INTO s.t (a) SELECT a + 1 FROM s.t", "INSERT INTO s.t (a, b) VALUES (2, DEFAULT)", "SELECT has_table_privilege('s.t', 'INSERT,UPDATE')"}},
	{[]string{"UPDATE ON s.t", "UPDATE (b) ON s.t", "SELECT ON s.t", "SELECT (a) ON s.t"}, []string{
		"UPDATE s.t SET b = 2", "UPDATE s.t SET b = 2 WHERE a = 1", "UPDATE s.t SET b = b", "UPDATE s.t SET b = a", "UPDATE s.t SET c = 2", "UPDATE s.t SET (b, c) = (1, 2)",
		"UPDATE s.t SET b = 2 RETURNING a", "UPDATE s.t SET b = 2 RETURNING *", "UPDATE s.t SET b = x.a FROM s.t x", "SELECT a FROM s.t FOR UPDATE", "SELECT a FROM s.t FOR SHARE",
		"SELECT a FROM s.t FOR KEY SHARE", "SELECT 1 FROM s.t FOR NO KEY UPDATE", "UPDATE s.t SET b = DEFAULT", "LOCK TABLE s.t IN SHARE MODE", "EXPLAIN UPDATE s.t SET b = 2",
		"WITH w AS (UPDATE s.t SET b = 2 RETURNING a) SELECT * FROM w", "UPDATE s.v SET b = 2"}},
	{[]string{"DELETE ON s.t", "SELECT (a) ON s.t", "TRUNCATE ON s.t", "TRUNCATE ON s.child"}, []string{
		"DELETE FROM s.t", "DELETE FROM s.t WHERE a = 1", "DELETE FROM s.t WHERE b = 1", "DELETE FROM s.t RETURNING a", "DELETE FROM s.t USING s.child", "TRUNCATE s.child",
		"TRUNCATE s.t", "TRUNCATE s.t, s.child", "TRUNCATE s.t CASCADE", "LOCK TABLE s.t IN EXCLUSIVE MODE"}},
	{[]string{"SELECT ON s.v", "SELECT (a) ON s.v", "SELECT ON s.vi", "SELECT ON s.t"}, []string{
		"SELECT * FROM s.v", "SELECT a FROM s.v", "SELECT count(*) FROM s.v", "SELECT * FROM s.vi", "SELECT a FROM s.vi", "SELECT * FROM s.vv", "SELECT a FROM s.v FOR UPDATE",
		"SELECT v.a FROM s.v JOIN s.t USING (a)", "DROP VIEW s.v", "ALTER VIEW s.v OWNER TO m", "CREATE OR REPLACE VIEW s.v AS SELECT 1 AS a, 2 AS b", "GRANT SELECT ON s.v TO other", "COMMENT ON VIEW s.v IS 'x'"}},
	{[]string{"USAGE ON SEQUENCE s.q", "SELECT ON SEQUENCE s.q", "UPDATE ON SEQUENCE s.q"}, []string{
		"SELECT nextval('s.q')", "SELECT setval('s.q', 5)", "SELECT last_value FROM s.q", "SELECT currval('s.q')", "SELECT lastval()", "ALTER SEQUENCE s.q RESTART", "DROP SEQUENCE s.q",
		"SELECT has_sequence_privilege('s.q', 'USAGE'), has_sequence_privilege('s.q', 'SELECT'), has_sequence_privilege('s.q', 'UPDATE')", "COMMENT ON SEQUENCE s.q IS 'x'",
		"ALTER SEQUENCE s.q OWNER TO m", "GRANT USAGE ON SEQUENCE s.q TO other"}},
	{[]string{"INSERT ON s.ser", "USAGE ON SEQUENCE s.ser_id_seq", "INSERT ON s.idn", "UPDATE ON SEQUENCE s.ser_id_seq"}, []string{
		"INSERT INTO s.ser (v) VALUES (1)", "INSERT INTO s.ser (id, v) VALUES (7, 1)", "INSERT INTO s.idn (v) VALUES (1)", "TRUNCATE s.ser RESTART IDENTITY", "ALTER SEQUENCE s.ser_id_seq OWNER TO m"}},
	{[]string{"EXECUTE ON FUNCTION s.f(int)", "EXECUTE ON FUNCTION s.fi(), s.fd(), s.fu(), s.fr()", "SELECT ON s.t"}, []string{
		"SELECT s.f(1)", "SELECT * FROM s.f(1)", "SELECT s.fi()", "SELECT * FROM s.fi()", "SELECT s.fd()", "SELECT s.fu()", "SELECT s.fr()", "SELECT s.f(a) FROM s.t", "DROP FUNCTION s.f(int)",
		"CREATE OR REPLACE FUNCTION s.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'", "GRANT EXECUTE ON FUNCTION s.f(int) TO other", "ALTER FUNCTION s.f(int) OWNER TO m",
		"SELECT has_function_privilege('s.f(int)', 'EXECUTE'), has_function_privilege('s.fd()', 'EXECUTE')"}},
	{[]string{"USAGE ON TYPE s.e", "USAGE ON DOMAIN s.d", "CREATE ON SCHEMA s"}, []string{
		"CREATE TEMP TABLE x (a s.e)", "CREATE TEMP TABLE x (a s.e[])", "CREATE TEMP TABLE x (a s.d)", "SELECT 'x'::s.e", "SELECT 1::s.d", "CREATE DOMAIN s.x AS s.d", "CREATE TYPE s.x AS (a s.e)",
		"CREATE FUNCTION s.x(s.e) RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE FUNCTION s.x() RETURNS s.d LANGUAGE sql AS 'SELECT 1::s.d'", "DROP TYPE s.e", "ALTER TYPE s.e ADD VALUE 'y'",
		"ALTER TYPE s.e OWNER TO m", "COMMENT ON TYPE s.e IS 'x'", "SELECT has_type_privilege('s.e', 'USAGE'), has_type_privilege('s.d', 'USAGE')", "GRANT USAGE ON TYPE s.e TO other"}},
	{[]string{"REFERENCES ON s.t", "REFERENCES (a) ON s.t", "REFERENCES (b) ON s.t", "ALL ON SCHEMA s2"}, []string{
		"CREATE TEMP TABLE x (a int REFERENCES s.t)", "CREATE TABLE s2.x (a int REFERENCES s.t)", "CREATE TABLE s2.x (a int REFERENCES s.t (b))", "SELECT has_table_privilege('s.t', 'REFERENCES'), has_column_privilege('s.t', 'a', 'REFERENCES')"}},
	{[]string{"SELECT ON s.t", "SELECT ON s.t WITH GRANT OPTION", "INSERT (a) ON s.t WITH GRANT OPTION"}, []string{
		"GRANT SELECT ON s.t TO other", "GRANT SELECT ON s.t TO PUBLIC", "GRANT ALL ON s.t TO other", "GRANT SELECT, INSERT ON s.t TO other", "GRANT SELECT ON s.t TO other WITH GRANT OPTION",
		"GRANT SELECT (a) ON s.t TO other", "GRANT INSERT (a) ON s.t TO other", "GRANT INSERT (a, b) ON s.t TO other", "GRANT UPDATE ON s.t TO other", "REVOKE SELECT ON s.t FROM own", "REVOKE SELECT ON s.t FROM m",
		"GRANT SELECT ON s.t TO own", "GRANT SELECT ON s.t TO other GRANTED BY own", "GRANT SELECT ON ALL TABLES IN SCHEMA s TO other"}},
	{[]string{"own TO m", "grp TO m", "grp2 TO m", "SELECT ON s.t TO grp, grp2"}, []string{
		"SELECT a FROM s.t", "DROP TABLE s.child", "ALTER TABLE s.t OWNER TO grp", "ALTER TABLE s.t OWNER TO m", "ALTER TABLE s.t OWNER TO other", "SET ROLE own", "SET ROLE grp2; SELECT a FROM s.t", "SET ROLE su",
		"GRANT SELECT ON s.t TO other", "SELECT pg_has_role('own', 'USAGE'), pg_has_role('grp2', 'USAGE'), pg_has_role('grp2', 'MEMBER')", "ALTER DEFAULT PRIVILEGES FOR ROLE own GRANT SELECT ON TABLES TO m",
		"REASSIGN OWNED BY own TO m", "DROP OWNED BY own CASCADE", "ALTER SCHEMA s OWNER TO m", "ALTER FUNCTION s.f(int) OWNER TO m", "ALTER TYPE s.e OWNER TO m", "GRANT grp TO other"}},
	{[]string{"pg_read_all_data TO m", "pg_write_all_data TO m"}, []string{
		"SELECT * FROM s.t", "SELECT * FROM s.v", "SELECT * FROM s.vi", "INSERT INTO s.t VALUES (2, 2, 2)", "UPDATE s.t SET b = 3", "UPDATE s.t SET b = 3 WHERE a = 1", "DELETE FROM s.t", "SELECT last_value FROM s.q", "SELECT setval('s.q', 3)",
		"SELECT nextval('s.q')", "SELECT s.f(1)", "TRUNCATE s.child", "CREATE TABLE s.x (a int)", "LOCK TABLE s.t", "SELECT count(*) >= 0 FROM pg_authid", "SELECT count(*) >= 0 FROM pg_shadow", "GRANT SELECT ON s.t TO other"}},
	{[]string{"CREATE ON DATABASE postgres", "TEMP ON DATABASE postgres", "CREATE ON SCHEMA public"}, []string{
		"CREATE SCHEMA x", "CREATE SCHEMA x AUTHORIZATION other", "CREATE SCHEMA IF NOT EXISTS s", "CREATE TEMP TABLE x (a int)", "CREATE TABLE x (a int)", "CREATE VIEW x AS SELECT 1 AS a",
		"COMMENT ON DATABASE postgres IS 'x'", "GRANT CONNECT ON DATABASE postgres TO other", "ALTER DATABASE postgres OWNER TO m", "SELECT has_database_privilege('postgres', 'CREATE'), has_database_privilege('postgres', 'CONNECT')"}},
	{nil, []string{
		"SELECT 1 FROM pg_authid", "SELECT 1 FROM pg_shadow", "SELECT rolpassword FROM pg_roles WHERE rolname = 'm'", "SELECT 1 FROM pg_user_mapping", "UPDATE pg_class SET relname = 'x'", "DELETE FROM pg_authid", "INSERT INTO pg_class (oid) VALUES (1)",
		"SELECT count(*) > 0 FROM pg_class", "SELECT count(*) > 0 FROM information_schema.tables", "CREATE ROLE x", "CREATE ROLE x SUPERUSER", "ALTER ROLE m SUPERUSER", "ALTER ROLE m CREATEDB", "ALTER ROLE m PASSWORD NULL", "ALTER ROLE other PASSWORD NULL",
		"ALTER ROLE su NOLOGIN", "ALTER ROLE m RENAME TO x", "ALTER ROLE other RENAME TO x", "ALTER ROLE other SET work_mem = '1MB'", "ALTER ROLE m SET work_mem = '1MB'", "ALTER ROLE su SET work_mem = '1MB'", "DROP ROLE other", "DROP ROLE m", "GRANT other TO m", "GRANT su TO m",
		"REVOKE other FROM m", "GRANT m TO other", "SET ROLE other", "SET ROLE su", "SET ROLE m", "SET ROLE none", "SET SESSION AUTHORIZATION su", "SET ROLE nobody", "COMMENT ON ROLE other IS 'x'", "COMMENT ON ROLE su IS 'x'",
		"CHECKPOINT", "SET session_replication_role = replica", "SET log_statement = 'all'", "SET work_mem = '1MB'", "SET lc_messages = 'C'", "RESET log_statement", "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO other",
		"ALTER DEFAULT PRIVILEGES FOR ROLE own GRANT SELECT ON TABLES TO m", "REASSIGN OWNED BY own TO m", "DROP OWNED BY own", "DROP OWNED BY m", "GRANT ALL ON DATABASE postgres TO m", "GRANT ALL ON SCHEMA public TO m", "CREATE DATABASE x", "DROP DATABASE postgres",
		"CREATE TABLE pg_catalog.x (a int)", "DROP TABLE pg_class", "ALTER TABLE pg_class ADD x int", "TRUNCATE pg_class", "GRANT SELECT ON pg_authid TO m", "SELECT pg_cancel_backend(0)", "ANALYZE s.t", "CREATE TABLE x (a int)", "DROP INDEX s.tb", "REINDEX INDEX s.tb",
		"ALTER INDEX s.tb RENAME TO x", "COMMENT ON COLUMN s.t.a IS 'x'", "COMMENT ON INDEX s.tb IS 'x'", "COMMENT ON FUNCTION s.f(int) IS 'x'", "ALTER TABLE s.t RENAME TO x", "ALTER TABLE s.t RENAME a TO x", "ALTER TABLE s.t SET SCHEMA public", "ALTER SEQUENCE s.q SET SCHEMA public",
		"GRANT SET ON PARAMETER log_statement TO m", "GRANT USAGE ON LANGUAGE sql TO other", "GRANT USAGE ON LANGUAGE c TO other", "SELECT pg_advisory_lock(1)", "NOTIFY x", "LISTEN x"}},
}

// matrixIn runs every case on a server and gives a line for each.
func matrixIn(t *testing.T, db *pgx.Conn) string {
	t.Helper()
	ctx := context.Background()
	if _, err := db.PgConn().Exec(ctx, privilegeSetup).ReadAll(); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for i, c := range privilegeCases {
		for set := range 1 << len(c.grants) {
			grants := ""
			var given []string
			for k, g := range c.grants {
				if set&(1<<k) != 0 {
					given = append(given, g)
					if !strings.Contains(g, " TO ") {
						if at := strings.Index(g, " WITH "); at >= 0 {
							g = g[:at] + " TO m" + g[at:]
						} else {
							g += " TO m"
						}
					}
					grants += "GRANT " + g + ";"
				}
			}
			if i > 0 {
				grants += "GRANT USAGE ON SCHEMA s TO m;"
			}
			for _, q := range c.statements {
				fmt.Fprintf(&out, "%s | %s | %s\n", strings.Join(given, "; "), q, tryAs(t, db, grants, q))
			}
		}
	}
	return out.String()
}

// tryAs grants, runs a statement as m and takes everything back.
func tryAs(t *testing.T, db *pgx.Conn, grants, q string) string {
	ctx := context.Background()
	conn := db.PgConn()
	if _, err := conn.Exec(ctx, "BEGIN;"+grants+"SET SESSION AUTHORIZATION m").ReadAll(); err != nil {
		t.Fatalf("%s: %v", grants, err)
	}
	result, err := conn.Exec(ctx, q).ReadAll()
	if _, err := conn.Exec(ctx, "ROLLBACK; DEALLOCATE ALL").ReadAll(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		var e *pgconn.PgError
		if !errors.As(err, &e) {
			t.Fatalf("%s: %v", q, err)
		}
		return e.Code + " " + e.Message
	}
	text := "ok"
	for _, r := range result {
		for _, row := range r.Rows {
			for _, v := range row {
				if strings.HasPrefix(q, "SELECT has_") || strings.HasPrefix(q, "SELECT pg_has") || strings.Contains(q, "fu()") {
					text += " " + string(v)
				}
			}
		}
	}
	return text
}

// TestPrivilegeMatrix compares what m may do with every subset of the grants that
// matter with what PostgreSQL 15 recorded (-psql-peer and -rewrite record anew).
func TestPrivilegeMatrix(t *testing.T) {
	const file = "testdata/privileges/matrix"
	db := peerOrServed(t)
	got := matrixIn(t, db)
	if *psqlPeer != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	w, g := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	if len(w) != len(g) {
		t.Fatalf("%d lines, recorded are %d", len(g), len(w))
	}
	for i := range w {
		if w[i] != g[i] {
			t.Errorf("PostgreSQL: %s\n   Ferrite: %s", w[i], g[i])
		}
	}
}

// peerOrServed connects to the peer of -psql-peer, or to a new server.
func peerOrServed(t *testing.T) *pgx.Conn {
	if *psqlPeer == "" {
		_, db := served(t)
		return db
	}
	db, err := pgx.Connect(context.Background(), "postgres://postgres@"+*psqlPeer+"/postgres?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close(context.Background()) })
	return db
}
