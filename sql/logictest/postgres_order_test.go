//go:build pgcompare

package logictest

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/sql/types/typetest"
)

// TestPostgresOrder compares < and = of every pair of typetest's values with
// PostgreSQL's.
func TestPostgresOrder(t *testing.T) {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, *postgres)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, `CREATE TYPE pg_temp.mood AS ENUM ('sad', 'ok', 'happy', 'a'); CREATE DOMAIN pg_temp.label AS varchar;
		CREATE TYPE pg_temp.pair AS (n numeric, s text, j jsonb); SET search_path = pg_temp, pg_catalog; SET timezone = 'UTC'`); err != nil {
		t.Fatal(err)
	}
	list := typetest.List()
	for _, typ := range list {
		if a := types.ArrayOf(typ); a != nil {
			list = append(list, a)
		}
	}
	for _, typ := range list {
		if types.HasOrder(typ) && typ != types.Regclass && typ != types.Regproc {
			t.Run(typ.Name, func(t *testing.T) { comparePairs(t, c, typ) })
		}
	}
}

func comparePairs(t *testing.T, c *pgx.Conn, typ *types.T) {
	vals := typetest.Values(typ)
	var texts []string
	for _, v := range vals {
		texts = append(texts, types.Format(v, typ, nil))
	}
	name := types.QuoteIdent(typ.Name) // "bit" is of any length, bit is bit(1)
	rows, err := c.Query(context.Background(), `WITH v AS (SELECT i, u::`+name+` AS x FROM unnest($1::text[]) WITH ORDINALITY AS w (u, i))
		SELECT a.i - 1, b.i - 1, a.x < b.x, a.x = b.x FROM v a, v b`, texts)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var i, j int
		var less, equal bool
		if err := rows.Scan(&i, &j, &less, &equal); err != nil {
			t.Fatal(err)
		}
		n++
		if got := types.Compare(typ, vals[i], vals[j]); (got < 0) != less || (got == 0) != equal {
			t.Errorf("%s and %s compare %d; PostgreSQL says less %v, equal %v", texts[i], texts[j], got, less, equal)
			if n > 20000 {
				return
			}
		}
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	if n != len(vals)*len(vals) {
		t.Errorf("%d pairs of %d values", n, len(vals))
	}
}
