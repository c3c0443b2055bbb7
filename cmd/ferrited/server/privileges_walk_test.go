package server

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// walkSeed has the walk begin elsewhere; with -psql-peer the peer is asked there
// and then.
var walkSeed = flag.Uint64("walk-seed", 0, "seed of the random walk over grants; 0: the recorded ones")

// The walk's length, and how often all access lists are read.
const (
	walkSteps = 400
	walkLook  = 20
)

var recordedSeeds = []uint64{1, 2, 3}

const walkSetup = `
CREATE ROLE w0; CREATE ROLE w1; CREATE ROLE w2 CREATEROLE; CREATE ROLE w3 NOINHERIT; CREATE ROLE w4;
GRANT w3 TO w4;
CREATE SCHEMA s0 AUTHORIZATION w0;
GRANT USAGE ON SCHEMA s0 TO PUBLIC;
GRANT CREATE ON SCHEMA s0 TO w1, w2;
SET ROLE w0;
CREATE TABLE s0.t0 (a int PRIMARY KEY, b int);
CREATE SEQUENCE s0.q0;
CREATE FUNCTION s0.f0(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
CREATE TYPE s0.e0 AS ENUM ('x');
SET ROLE w1;
CREATE TABLE s0.t1 (a int PRIMARY KEY, b int);
CREATE VIEW s0.v0 AS SELECT a FROM s0.t1;
RESET ROLE`

// walkLooks read every access list, owner and membership.
const walkLooks = `
SELECT relname, pg_get_userbyid(relowner), relacl::text FROM pg_class WHERE relnamespace = 's0'::regnamespace AND relkind IN ('r', 'v', 'S') ORDER BY 1;
SELECT attrelid::regclass::text, attname, attacl::text FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid >= 16384 ORDER BY 1, 2;
SELECT nspname, pg_get_userbyid(nspowner), nspacl::text FROM pg_namespace WHERE nspname IN ('s0', 'public') ORDER BY 1;
SELECT proname, pg_get_userbyid(proowner), proacl::text FROM pg_proc WHERE pronamespace = 's0'::regnamespace ORDER BY 1;
SELECT typname, pg_get_userbyid(typowner), typacl::text FROM pg_type WHERE typname = 'e0' ORDER BY 1;
SELECT datname, datacl::text FROM pg_database WHERE datname = 'postgres';
SELECT pg_get_userbyid(defaclrole), coalesce((SELECT nspname::text FROM pg_namespace n WHERE n.oid = defaclnamespace), ''), defaclobjtype, defaclacl::text FROM pg_default_acl ORDER BY 1, 2, 3;
SELECT pg_get_userbyid(roleid), pg_get_userbyid(member), pg_get_userbyid(grantor), admin_option FROM pg_auth_members WHERE roleid >= 16384 ORDER BY 1, 2;
SELECT rolname, rolinherit, rolcreaterole FROM pg_roles WHERE rolname ~ '^w' ORDER BY 1`

// walk makes statements at random.
type walk struct {
	r    *rand.Rand
	made int
}

func (w *walk) pick(list ...string) string { return list[w.r.IntN(len(list))] }

// maybe gives text once in n times.
func (w *walk) maybe(n int, text string) string {
	if w.r.IntN(n) == 0 {
		return text
	}
	return ""
}

func (w *walk) role() string { return w.pick("w0", "w1", "w2", "w3", "w4") }

func (w *walk) table() string { return w.pick("s0.t0", "s0.t1", "s0.v0") }

// object is what privileges are granted on, with some of its privileges.
func (w *walk) object() (privs, on string) {
	switch w.r.IntN(8) {
	case 0:
		return w.pick("USAGE", "CREATE", "ALL", "USAGE, CREATE"), "SCHEMA s0"
	case 1:
		return w.pick("USAGE", "SELECT", "UPDATE", "ALL", "USAGE, SELECT"), "SEQUENCE s0.q0"
	case 2:
		return w.pick("EXECUTE", "ALL"), "FUNCTION s0.f0(int)"
	case 3:
		return w.pick("USAGE", "ALL"), "TYPE s0.e0"
	case 4:
		return w.pick("SELECT (a)", "INSERT (a)", "UPDATE (a)", "SELECT (a), UPDATE (a)", "ALL (a)", "SELECT (a), INSERT"), w.table()
	}
	return w.pick("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "ALL", "SELECT, INSERT", "SELECT, UPDATE, DELETE"),
		w.table()
}

func (w *walk) statement() string {
	switch w.r.IntN(22) {
	case 0, 1, 2, 3, 4:
		privs, on := w.object()
		return "GRANT " + privs + " ON " + on + " TO " + w.pick(w.role(), w.role(), w.role(), "PUBLIC") + w.maybe(2, " WITH GRANT OPTION")
	case 5, 6, 7:
		privs, on := w.object()
		return "REVOKE " + w.maybe(3, "GRANT OPTION FOR ") + privs + " ON " + on + " FROM " + w.pick(w.role(), w.role(), w.role(), "PUBLIC") + w.maybe(2, " CASCADE")
	case 8:
		return "GRANT " + w.role() + " TO " + w.role() + w.maybe(3, " WITH ADMIN OPTION")
	case 9:
		return "REVOKE " + w.maybe(4, "ADMIN OPTION FOR ") + w.role() + " FROM " + w.role()
	case 10:
		return "ALTER TABLE " + w.pick("s0.t0", "s0.t1") + " OWNER TO " + w.role()
	case 11:
		return w.pick("ALTER FUNCTION s0.f0(int)", "ALTER TYPE s0.e0", "ALTER SEQUENCE s0.q0", "ALTER VIEW s0.v0", "ALTER SCHEMA s0") + " OWNER TO " + w.role()
	case 12:
		return "ALTER DEFAULT PRIVILEGES " + w.maybe(2, "FOR ROLE "+w.role()+" ") + w.maybe(2, "IN SCHEMA s0 ") + w.pick(
			"GRANT SELECT ON TABLES TO "+w.role(), "GRANT ALL ON TABLES TO "+w.role()+w.maybe(2, " WITH GRANT OPTION"), "REVOKE ALL ON TABLES FROM "+w.role(),
			"REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC", "GRANT EXECUTE ON FUNCTIONS TO PUBLIC", "GRANT USAGE ON SEQUENCES TO "+w.role(), "REVOKE USAGE ON TYPES FROM PUBLIC")
	case 13:
		w.made++
		return fmt.Sprintf(w.pick("CREATE TABLE s0.n%d (a int)", "CREATE SEQUENCE s0.n%d", "CREATE FUNCTION s0.n%d() RETURNS int LANGUAGE sql AS 'SELECT 1'"), w.made)
	case 14:
		return "ALTER ROLE " + w.role() + " " + w.pick("INHERIT", "NOINHERIT", "CREATEROLE", "NOCREATEROLE")
	case 15:
		return w.pick("DROP ROLE "+w.role(), "REASSIGN OWNED BY "+w.role()+" TO "+w.role(), "SET ROLE "+w.role()+"; SELECT a FROM "+w.table())
	case 16:
		return w.pick("SELECT has_table_privilege('"+w.role()+"', '"+w.table()+"', 'SELECT WITH GRANT OPTION')",
			"SELECT pg_has_role('"+w.role()+"', '"+w.role()+"', 'USAGE')", "SELECT pg_has_role('"+w.role()+"', '"+w.role()+"', 'MEMBER WITH ADMIN OPTION')",
			"SELECT has_any_column_privilege('"+w.role()+"', '"+w.table()+"', 'UPDATE')", "SELECT has_schema_privilege('"+w.role()+"', 's0', 'CREATE')")
	case 17:
		return w.pick("SELECT s0.f0(1)", "SELECT nextval('s0.q0') IS NULL", "SELECT setval('s0.q0', 5)", "CREATE TEMP TABLE x (a s0.e0)")
	}
	return w.pick("SELECT * FROM ", "SELECT a FROM ", "SELECT count(*) FROM ") + w.table() + w.maybe(3, " FOR UPDATE")
}

// steps runs a walk and gives what every statement did, notices included.
func (w *walk) steps(t *testing.T, db *pgx.Conn, notices *[]string) string {
	t.Helper()
	ctx := context.Background()
	conn := db.PgConn()
	var out strings.Builder
	for i := range walkSteps {
		actor, q := w.pick("postgres", w.role(), w.role(), w.role()), w.statement()
		*notices = (*notices)[:0]
		result, err := conn.Exec(ctx, "SET SESSION AUTHORIZATION "+actor+";"+q).ReadAll()
		said := strings.Join(*notices, "; ")
		fmt.Fprintf(&out, "%s | %s | %s%s\n", actor, q, outcome(t, q, result, err), said)
		if _, err := conn.Exec(ctx, "RESET SESSION AUTHORIZATION; DROP TABLE IF EXISTS pg_temp.x").ReadAll(); err != nil {
			t.Fatal(err)
		}
		if i%walkLook != walkLook-1 {
			continue
		}
		looks, err := conn.Exec(ctx, walkLooks).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range looks {
			for _, row := range r.Rows {
				fmt.Fprintf(&out, "  %s\n", strings.TrimSpace(strings.ReplaceAll(string(joinValues(row)), "\n", " ")))
			}
		}
	}
	return out.String()
}

func joinValues(row [][]byte) string {
	words := make([]string, len(row))
	for i, v := range row {
		words[i] = string(v)
	}
	return strings.Join(words, " ")
}

func outcome(t *testing.T, q string, result []*pgconn.Result, err error) string {
	if err != nil {
		var e *pgconn.PgError
		if !errors.As(err, &e) {
			t.Fatalf("%s: %v", q, err)
		}
		return strings.TrimSpace(e.Code + " " + e.Message + " " + strings.ReplaceAll(e.Detail, "\n", "; "))
	}
	text := "ok"
	for _, r := range result {
		for _, row := range r.Rows {
			text += " " + joinValues(row)
		}
	}
	return text
}

// TestPrivilegeWalk grants, revokes, gives away and drops at random as several
// roles, and compares every outcome, and all access lists now and then, with what
// PostgreSQL 15 recorded of the same walk.
func TestPrivilegeWalk(t *testing.T) {
	seeds := recordedSeeds
	if *walkSeed != 0 {
		seeds = []uint64{*walkSeed}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			file := fmt.Sprintf("testdata/privileges/walk%d", seed)
			got := walkOn(t, seed, peerOrServedNotices)
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
			for i := range w {
				if i >= len(g) || w[i] != g[i] {
					t.Fatalf("seed %d, line %d\nPostgreSQL: %s\n   Ferrite: %s", seed, i+1, w[i], g[min(i, len(g)-1)])
				}
			}
		})
	}
}

func walkOn(t *testing.T, seed uint64, open func(*testing.T, func(string)) *pgx.Conn) string {
	var notices []string
	db := open(t, func(n string) { notices = append(notices, " ["+n+"]") })
	if _, err := db.PgConn().Exec(context.Background(), walkSetup).ReadAll(); err != nil {
		t.Fatal(err)
	}
	w := &walk{r: rand.New(rand.NewPCG(seed, seed))}
	return w.steps(t, db, &notices)
}

// peerOrServedNotices is peerOrServed, with notices told.
func peerOrServedNotices(t *testing.T, notice func(string)) *pgx.Conn {
	addr := *psqlPeer
	if addr == "" {
		s := start(t, t.TempDir())
		t.Cleanup(func() { stop(t, s) })
		addr = s.Addresses()["pg-addr"].String()
	}
	cfg, err := pgx.ParseConfig("postgres://postgres@" + addr + "/postgres?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	cfg.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		if !strings.Contains(n.Message, "does not exist, skipping") {
			notice(n.Severity + " " + n.Code + " " + n.Message)
		}
	}
	db, err := pgx.ConnectConfig(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close(context.Background()) })
	return db
}
