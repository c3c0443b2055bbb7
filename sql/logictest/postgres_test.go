//go:build pgcompare

package logictest

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

var postgres = flag.String("pg", "", "connection string of a PostgreSQL 15")

// TestPostgres compares the scripts with PostgreSQL's output.
func TestPostgres(t *testing.T) {
	n := 0
	runScripts(t, func(t *testing.T) runner {
		n++
		return newPostgres(t, fmt.Sprintf("logictest%d", n))
	}, "ferrite")
}

// postgresRunner runs blocks on connections to PostgreSQL.
type postgresRunner struct {
	database string
	conns    map[string]*pgx.Conn
}

func newPostgres(t *testing.T, database string) *postgresRunner {
	ctx := context.Background()
	admin, err := pgx.Connect(ctx, *postgres)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(ctx)
	for _, sql := range []string{"DROP DATABASE IF EXISTS " + database, "CREATE DATABASE " + database} {
		if _, err := admin.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	r := &postgresRunner{database: database, conns: map[string]*pgx.Conn{}}
	t.Cleanup(func() {
		for _, c := range r.conns {
			c.Close(ctx)
		}
	})
	return r
}

func (r *postgresRunner) run(t *testing.T, on, sql string, rowsort bool) string {
	ctx := context.Background()
	c := r.conns[on]
	if c == nil {
		cfg, err := pgx.ParseConfig(*postgres)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Database = r.database
		cfg.RuntimeParams["timezone"] = "UTC"
		if c, err = pgx.ConnectConfig(ctx, cfg); err != nil {
			t.Fatal(err)
		}
		r.conns[on] = c
	}
	var out strings.Builder
	res := c.PgConn().Exec(ctx, sql)
	for res.NextResult() {
		rr := res.ResultReader()
		var rows []string
		for rr.NextRow() {
			var vals []string
			for _, v := range rr.Values() {
				if v == nil {
					vals = append(vals, "NULL")
				} else {
					vals = append(vals, string(v))
				}
			}
			rows = append(rows, strings.Join(vals, "|"))
		}
		if tag, err := rr.Close(); err == nil {
			writeResult(&out, rows, tag.String(), rowsort)
		}
	}
	if err := res.Close(); err != nil {
		pe, ok := err.(*pgconn.PgError)
		if !ok {
			t.Fatal(err)
		}
		writeError(&out, pe.Code, pe.Message, pe.Detail)
	}
	return out.String()
}
