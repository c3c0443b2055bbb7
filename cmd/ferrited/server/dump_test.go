package server

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestDump: what pg_dump writes restores into an empty server, and dumps the
// same again; with --clean it restores over itself.
func TestDump(t *testing.T) {
	script, err := os.ReadFile("testdata/psql/describe")
	if err != nil {
		t.Fatal(err)
	}
	// The first block of the script is the schema.
	_, body, _ := strings.Cut(string(script), "psql\n")
	schema, _, _ := strings.Cut(body, "\n----\n")
	a, b := start(t, t.TempDir()), start(t, t.TempDir())
	defer stop(t, a)
	defer stop(t, b)
	from, to := a.Addresses()["pg-addr"].String(), b.Addresses()["pg-addr"].String()
	rows := "insert into customer(name, email, tags, meta) values ('Ada', 'a@x', '{a,\"b c\"}', '{\"k\": 1}'), ('Bob', null, null, null);\n" +
		"insert into product values ('s1', 'EU', 3.5, 2);\ninsert into orders (customer_id, sku, region, note) values (1, 's1', 'EU', E'tab\\tnewline\\n');\n"
	if out := psql(t, from, schema+"\n"+rows); strings.Contains(out, "ERROR") {
		t.Fatal(out)
	}
	const roles = "create role alice login; create role bob; create role grp;\n"
	first := dump(t, from)
	if out := psql(t, to, roles+first); strings.Contains(out, "ERROR") {
		t.Fatal(out)
	}
	if second := dump(t, to); second != first {
		t.Fatalf("the dump of the restored database differs:\n%s", second)
	}
	if out := psql(t, to, dump(t, from, "--clean", "--if-exists", "--inserts")); strings.Contains(out, "ERROR") {
		t.Fatal(out)
	}
	if second := dump(t, to); second != first {
		t.Fatalf("the dump after --clean differs:\n%s", second)
	}
}

// TestDumpPrivileges: a dump carries the grants, and nothing about the system's
// own objects; restored, they are the same.
func TestDumpPrivileges(t *testing.T) {
	a, b := start(t, t.TempDir()), start(t, t.TempDir())
	defer stop(t, a)
	defer stop(t, b)
	from, to := a.Addresses()["pg-addr"].String(), b.Addresses()["pg-addr"].String()
	const roles = "create role a; create role b;\n"
	if out := psql(t, from, roles+`create schema s authorization a; create table s.t (x int primary key, y text); grant select, insert on s.t to b with grant option;
grant update (y) on s.t to b; create function s.f() returns int language sql security definer as 'select 1'; revoke execute on function s.f() from public;
grant execute on function s.f() to b; create view s.v with (security_invoker = true) as select x from s.t; create sequence s.q; grant usage on sequence s.q to b;
create type s.e as enum ('x'); revoke usage on type s.e from public; alter default privileges for role a in schema s grant select on tables to b;
grant usage on schema s to b; alter table s.t owner to a; grant create on schema public to b;`); strings.Contains(out, "ERROR") {
		t.Fatal(out)
	}
	first := dump(t, from)
	for _, l := range strings.Split(first, "\n") {
		if strings.Contains(l, "pg_catalog") && strings.HasPrefix(l, "GRANT") || strings.Contains(l, "information_schema") {
			t.Errorf("about the system's own: %s", l)
		}
	}
	for _, want := range []string{"GRANT SELECT,INSERT ON TABLE s.t TO b WITH GRANT OPTION;", "GRANT UPDATE(y) ON TABLE s.t TO b;", "REVOKE ALL ON FUNCTION s.f() FROM PUBLIC;",
		"REVOKE ALL ON TYPE s.e FROM PUBLIC;", "ALTER DEFAULT PRIVILEGES FOR ROLE a IN SCHEMA s GRANT SELECT ON TABLES  TO b;", "LANGUAGE sql SECURITY DEFINER\n",
		"WITH (security_invoker='true')", "GRANT CREATE ON SCHEMA public TO b;"} {
		if !strings.Contains(first, want) {
			t.Errorf("the dump lacks %s", want)
		}
	}
	if out := psql(t, to, roles+first); strings.Contains(out, "ERROR") {
		t.Fatal(out)
	}
	if second := dump(t, to); second != first {
		t.Fatalf("the dump of the restored database differs:\n%s", second)
	}
}

// dump runs pg_dump and leaves out the key that newer releases guard it with.
func dump(t *testing.T, addr string, args ...string) string {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("pg_dump", append([]string{"-h", host, "-p", port, "-U", "postgres"}, append(args, "postgres")...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("pg_dump: %v\n%s", err, out)
	}
	var lines []string
	for _, l := range strings.Split(string(out), "\n") {
		if !strings.HasPrefix(l, `\restrict`) && !strings.HasPrefix(l, `\unrestrict`) {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}
