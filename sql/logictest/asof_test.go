package logictest

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// result is a statement's output, or its SQLSTATE.
func (c *client) result(sql string) string {
	c.sink.out.Reset()
	if err := c.s.Simple(sql); err != nil {
		return "ERROR " + pgerr.From(err).Code
	}
	return c.sink.out.String()
}

// pastChange is a random change of the rows or the definitions of t and u.
func pastChange(rnd *rand.Rand) string {
	k := func() int { return rnd.Intn(12) }
	name := func() string { return []string{"a", "b", "c"}[rnd.Intn(3)] }
	table := []string{"t", "u"}[rnd.Intn(2)]
	switch rnd.Intn(34) {
	case 0:
		return fmt.Sprintf("CREATE INDEX %s_%s ON %s (%s)", table, name(), table, name())
	case 1:
		return fmt.Sprintf("CREATE UNIQUE INDEX %s_u ON %s (%s, id)", table, table, name())
	case 2:
		return fmt.Sprintf("DROP INDEX %s_%s", table, []string{"a", "b", "c", "u"}[rnd.Intn(4)])
	case 3:
		return fmt.Sprintf("TRUNCATE %s", table)
	case 4:
		return fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s int DEFAULT %d", table, name(), k())
	case 5:
		return fmt.Sprintf("ALTER TABLE %s DROP COLUMN %s", table, name())
	case 6:
		return fmt.Sprintf("ALTER TABLE %s RENAME COLUMN %s TO %s", table, name(), name())
	case 7:
		return fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s TYPE %s", table, name(), []string{"bigint", "int", "text USING b::text"}[rnd.Intn(3)])
	case 8:
		return "DROP TABLE " + table
	case 9:
		return "CREATE TABLE u (id int, a int, b int)"
	case 10:
		return "CREATE TABLE t (id int PRIMARY KEY, a int, b int); CREATE INDEX t_a ON t (a) INCLUDE (b); CREATE INDEX t_p ON t (b) WHERE a > 4"
	case 11:
		return "ALTER TABLE t RENAME TO v; CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 1); DROP TABLE v"
	case 30, 31:
		n := k()
		return fmt.Sprintf("BEGIN; DELETE FROM %s WHERE id IN (%d, %d); INSERT INTO %s (id, a) VALUES (%d, %d); SAVEPOINT s; UPDATE %s SET a = 1; ROLLBACK TO s; COMMIT",
			table, n, n+1, table, n, k(), table)
	case 32:
		return fmt.Sprintf("BEGIN; TRUNCATE %s; INSERT INTO %s (id, a) VALUES (%d, %d); CREATE INDEX ON %s (a); COMMIT", table, table, k(), k(), table)
	case 33:
		return fmt.Sprintf("INSERT INTO t (id, a) VALUES (%d, 3) ON CONFLICT (id) DO UPDATE SET a = t.a + 1, id = t.id + 30", k())
	case 12, 13, 14, 15:
		return fmt.Sprintf("DELETE FROM %s WHERE %s = %d", table, []string{"id", "a", "b"}[rnd.Intn(3)], k())
	case 16, 17, 18, 19, 20:
		return fmt.Sprintf("UPDATE %s SET %s = %d WHERE id %% 3 = %d", table, name(), k(), rnd.Intn(3))
	case 21, 22:
		return fmt.Sprintf("UPDATE %s SET id = id + 20 WHERE id = %d", table, k())
	}
	return fmt.Sprintf("INSERT INTO %s (id, a) SELECT g, %d + g %% 5 FROM generate_series(%d, %d) g ON CONFLICT DO NOTHING", table, k(), k(), k()+3)
}

// pastQueries read t and u in every way; %s is where AS OF SYSTEM TIME stands.
func pastQueries(k int) []string {
	return []string{
		"SELECT * FROM t %s ORDER BY id",
		"SELECT * FROM u %s ORDER BY id, 2",
		fmt.Sprintf("SELECT id, a FROM t %%s WHERE a = %d ORDER BY id", k),
		fmt.Sprintf("SELECT id FROM t %%s WHERE b BETWEEN %d AND %d ORDER BY id", k, k+3),
		fmt.Sprintf("SELECT id, b FROM t %%s WHERE b = %d AND a > 4 ORDER BY id", k),
		fmt.Sprintf("SELECT id FROM u %%s WHERE c >= %d ORDER BY id", k),
		fmt.Sprintf("SELECT * FROM t %%s WHERE id = %d", k),
		"SELECT a FROM t %s ORDER BY a LIMIT 4",
		"SELECT max(b), min(a), count(*) FROM t %s",
		"SELECT t.id, u.id FROM t JOIN u ON u.a = t.id %s ORDER BY 1, 2",
		"SELECT count(*) FROM t LEFT JOIN u ON u.id = t.a %s",
	}
}

// TestAsOfRandom: what is read as of a time is what was read then, through the
// rows, through every index, in joins, prepared, and in a transaction of the past,
// whatever has become of rows, columns, indexes and tables since.
func TestAsOfRandom(t *testing.T) {
	for range 4 {
		seed := rand.Int63()
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) { asOfRandom(t, seed) })
	}
}

func asOfRandom(t *testing.T, seed int64) {
	rnd := rand.New(rand.NewSource(seed))
	r := newFerrite(t, memkv.New(), 0)
	c := r.client(t)
	defer c.s.Close()
	type moment struct {
		at      string
		queries []string
		results []string
	}
	var log []string
	var moments []moment
	c.do(pastChangeFirst)
	for step := range 60 {
		sql := pastChange(rnd)
		log = append(log, fmt.Sprintf("%s -- %s", sql, c.result(sql)))
		c.do("ROLLBACK") // of a block that failed
		if step%2 == 0 {
			m := moment{queries: pastQueries(rnd.Intn(12))}
			for _, q := range m.queries {
				m.results = append(m.results, c.result(fmt.Sprintf(q, "")))
			}
			m.at = strings.TrimSpace(c.do("SELECT clock_timestamp()::text"))
			log = append(log, "-- "+m.at)
			moments = append(moments, m)
		}
	}
	c.do("ANALYZE")
	for _, m := range moments {
		c.do("BEGIN AS OF SYSTEM TIME '" + m.at + "'")
		block := c.result(fmt.Sprintf(m.queries[0], ""))
		c.do("ROLLBACK")
		if block != m.results[0] {
			t.Fatalf("in a transaction as of %s\n%s\ngives\n%s\nwas\n%s\n%s", m.at, m.queries[0], block, m.results[0], strings.Join(log, "\n"))
		}
		for i, q := range m.queries {
			past := fmt.Sprintf(q, "AS OF SYSTEM TIME '"+m.at+"'")
			if got := c.result(past); got != m.results[i] {
				t.Fatalf("%s\ngives\n%s\nwas\n%s\n%s", past, got, m.results[i], strings.Join(log, "\n"))
			}
			if i >= 2 && i != 6 { // those whose columns are always the same
				c.do("DEALLOCATE ALL")
				if made := c.result("PREPARE q(timestamptz) AS " + fmt.Sprintf(q, "AS OF SYSTEM TIME $1")); strings.HasPrefix(made, "ERROR") {
					continue // what it reads is not there now
				}
				got := c.result("EXECUTE q('" + m.at + "')")
				if got != m.results[i] && got != "ERROR "+pgerr.FeatureNotSupported { // a column of another type then
					t.Fatalf("prepared %s\ngives\n%s\nwas\n%s\n%s", past, got, m.results[i], strings.Join(log, "\n"))
				}
			}
		}
	}
}

const pastChangeFirst = `CREATE TABLE t (id int PRIMARY KEY, a int, b int);
	CREATE INDEX t_a ON t (a) INCLUDE (b); CREATE INDEX t_p ON t (b) WHERE a > 4; CREATE INDEX t_e ON t ((a + 1));
	CREATE TABLE u (id int, a int, b int); CREATE UNIQUE INDEX u_u ON u (a, id);
	INSERT INTO t SELECT g, g % 5, g % 7 FROM generate_series(1, 10) g; INSERT INTO u SELECT g, g % 4, 0 FROM generate_series(1, 10) g`

// TestAsOfRefused: what cannot read the past says so instead of reading something
// else.
func TestAsOfRefused(t *testing.T) {
	r := newFerrite(t, memkv.New(), 0)
	c := r.client(t)
	defer c.s.Close()
	c.do(pastChangeFirst + "; CREATE TEMP TABLE tmp (x int); INSERT INTO users:* (id, a) VALUES (1, 2)")
	before := strings.TrimSpace(c.do("SELECT clock_timestamp()::text"))
	c.do("CREATE TABLE later (x int); ALTER TABLE t RENAME COLUMN b TO renamed; CREATE ROLE nobody LOGIN")
	past := "AS OF SYSTEM TIME '" + before + "'"
	for sql, want := range map[string]string{
		"SELECT * FROM users:* " + past:                               pgerr.FeatureNotSupported,
		"SELECT * FROM tmp " + past:                                   pgerr.FeatureNotSupported,
		"SELECT * FROM later " + past:                                 pgerr.UndefinedTable,
		"SELECT renamed FROM t " + past:                               pgerr.UndefinedColumn,
		"SELECT b FROM t":                                             pgerr.UndefinedColumn,
		"SELECT * FROM t AS OF SYSTEM TIME '-3 days'":                 pgerr.SnapshotTooOld,
		"SELECT * FROM t AS OF SYSTEM TIME now() + interval '1 hour'": pgerr.InvalidParameterValue,
		"SELECT * FROM t AS OF SYSTEM TIME NULL":                      pgerr.InvalidParameterValue,
		"CREATE VIEW w AS SELECT * FROM t " + past:                    pgerr.FeatureNotSupported,
		"CREATE TABLE w AS SELECT * FROM t " + past:                   pgerr.FeatureNotSupported,
		"INSERT INTO u SELECT id FROM t " + past:                      pgerr.ReadOnlySQLTransaction,
		"SELECT * FROM (SELECT * FROM t " + past + ") x, (SELECT 1 FROM u AS OF SYSTEM TIME '-1us') y": pgerr.FeatureNotSupported,
		"BEGIN " + past + "; SELECT * FROM users:*":                                                    pgerr.FeatureNotSupported,
		"SET ROLE nobody; SELECT * FROM t " + past:                                                     pgerr.InsufficientPrivilege,
	} {
		if got := c.result(sql); got != "ERROR "+want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
		c.do("ROLLBACK; RESET ROLE")
	}
	c.do("GRANT SELECT ON t TO nobody")
	if got := c.result("SET ROLE nobody; SELECT b FROM t " + past + " WHERE id = 7"); got != "SET\n0\n" && got != "0\n" {
		t.Errorf("a grant of now counts for the past: %s", got)
	}
}
