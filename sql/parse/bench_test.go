package parse

import (
	"testing"
)

// TestEverydayStatements keeps the commonest shapes in one place.
func TestEverydayStatements(t *testing.T) {
	for _, q := range []string{
		"select 1", "SELECT a.b, t.*, count(*) FILTER (WHERE x > 1) OVER w FROM users:* AS u JOIN s.t x USING (id) WHERE a = $1 AND b IN (1,2) OR NOT c LIKE 'x%' GROUP BY 1 ORDER BY 2 DESC NULLS LAST LIMIT 10 OFFSET 5 FOR UPDATE SKIP LOCKED",
		"insert into t(a,b) values (1,'x'),(2,default) on conflict (a) do update set b=excluded.b returning *",
		"create table t (id serial primary key, a int not null default 3, b timestamp(3) with time zone, c text[] check (c <> '{}'), unique(a,b))",
		"((select 1) union all select 2) order by 1", "select ((select 1) + 2)", "select * from ((select 1) union select 2) x",
		"begin isolation level serializable, read only", "select interval '1' day, date '2020-01-01', '1'::int, extract(year from x)",
		"insert into users:* (_key, name) values ('users:1','a')", "create index on users:* (status)",
		"select from t as of system time '-1s' where x", "alter table t add column x int, drop column y cascade",
	} {
		if _, err := One(q); err != nil {
			t.Errorf("%s: %v", q, err)
		}
	}
}

func BenchmarkPointSelect(b *testing.B) {
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		if _, err := One("SELECT id, name, balance FROM accounts WHERE id = $1"); err != nil {
			b.Fatal(err)
		}
	}
}
