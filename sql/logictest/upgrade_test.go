package logictest

import (
	"context"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/ddl"
	"github.com/ferritedb/ferrite/txn"
)

// oldFormat makes the indexes of all tables those of an older release. REQUIRES:
// the tables are empty.
func oldFormat(t *testing.T, r *ferriteRunner) {
	t.Helper()
	ctx := context.Background()
	tx, err := r.cfg.Store.Begin(txn.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	cat := r.cfg.Catalogs.Begin(tx)
	tables, err := cat.Tables()
	if err != nil {
		t.Fatal(err)
	}
	for _, tab := range tables {
		if tab.Kind != catalog.KindTable {
			continue
		}
		old := *tab
		old.Indexes = nil
		for _, ix := range tab.Indexes {
			was := *ix
			was.KeyFormat = catalog.KeyFormatOld
			old.Indexes = append(old.Indexes, &was)
		}
		if err := cat.PutTable(ctx, &old); err != nil {
			t.Fatal(err)
		}
		if len(old.Indexes) > 0 && !ddl.NeedsReindex(&old) {
			t.Errorf("table %s needs no rebuild", tab.Name)
		}
	}
	cat.BeforeCommit()
	if _, err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
}

// A directory whose indexes have the keys of an older release is read as it is,
// and gives what a scan gives once it is upgraded; rows, unique keys and foreign
// keys stay.
func TestUpgradeOfOldIndexes(t *testing.T) {
	r := newFerrite(t, memkv.New(), 0)
	sql := func(s string) string { t.Helper(); return r.run(t, "a", s, false) }
	sql(`CREATE TABLE ranges (id int PRIMARY KEY, r int4range, j jsonb, b varbit, i inet, a int[]);
		CREATE INDEX ON ranges (r); CREATE INDEX ON ranges (j); CREATE INDEX ON ranges (b DESC); CREATE UNIQUE INDEX ON ranges (i, a);
		CREATE TABLE keyed (j jsonb PRIMARY KEY, n int); CREATE TABLE nets (i inet PRIMARY KEY, z timetz UNIQUE);
		CREATE TABLE refers (i inet REFERENCES nets)`)
	oldFormat(t, r)
	r = &ferriteRunner{cfg: r.cfg, srv: newServer(r.cfg), sessions: map[string]*ferriteSession{}}
	sql(`INSERT INTO ranges SELECT g, int4range(g - 50, g), to_jsonb(g), (g::bit(8))::varbit, ('10.0.' || g % 7 || '.' || g || '/' || 24 + g % 8)::inet, ARRAY[g, 1] FROM generate_series(1, 100) g;
		INSERT INTO keyed SELECT to_jsonb(g), g FROM generate_series(-20, 20) g;
		INSERT INTO nets SELECT ('10.0.0.' || g)::inet, ('01:00+0' || g % 9)::timetz FROM generate_series(0, 8) g;
		INSERT INTO refers SELECT i FROM nets`)
	queries := []string{
		`SELECT count(*) FROM ranges WHERE r > int4range(-3, 10)`,
		`SELECT count(*) FROM ranges WHERE j > '9' AND j < '30'`,
		`SELECT count(*) FROM ranges WHERE b < B'0001'`,
		`SELECT id FROM ranges WHERE i < '10.0.3.0/24' ORDER BY i, a LIMIT 5`,
		`SELECT n FROM keyed WHERE j > '-3' AND j < '3' ORDER BY j`,
		`SELECT j FROM keyed WHERE j = '1.0'`,
		`SELECT i, z FROM nets ORDER BY z LIMIT 3`,
		`SELECT * FROM refers ORDER BY i`,
	}
	scan := r.without("access")
	differ := 0
	for _, q := range queries {
		if sql(q) != scan.run(t, "a", q, false) {
			differ++
		}
	}
	if differ == 0 {
		t.Error("the old indexes give what a scan gives: nothing is tested")
	}
	if err := r.srv.Upgrade("postgres"); err != nil {
		t.Fatal(err)
	}
	scan = r.without("access")
	for _, q := range queries {
		if got, want := sql(q), scan.run(t, "a", q, false); got != want {
			t.Errorf("%s\ngives\n%swithout indexes\n%s", q, got, want)
		}
	}
	for bad, code := range map[string]string{
		`INSERT INTO keyed VALUES ('1.00', 1)`:                             "23505",
		`INSERT INTO ranges SELECT 500, r, j, b, i, a FROM ranges LIMIT 1`: "23505",
		`INSERT INTO refers VALUES ('10.0.0.99')`:                          "23503",
		`DELETE FROM nets`: "23503",
	} {
		if got := sql(bad); !strings.Contains(got, code) {
			t.Errorf("%s: %s", bad, got)
		}
	}
	if old, err := r.srv.Engine.Catalog(mustBegin(t, r)); err != nil || anyOld(t, old) {
		t.Errorf("tables need an upgrade after the upgrade (%v)", err)
	}
}

func mustBegin(t *testing.T, r *ferriteRunner) txn.Txn {
	tx, err := r.cfg.Store.Begin(txn.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tx.Rollback)
	return tx
}

func anyOld(t *testing.T, cat catalog.Reader) bool {
	tables, err := cat.Tables()
	if err != nil {
		t.Fatal(err)
	}
	for _, tab := range tables {
		if ddl.NeedsReindex(tab) {
			return true
		}
	}
	return false
}
