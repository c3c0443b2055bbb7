package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// function is a function, aggregate or window function of the server's catalog.
type function struct {
	name   string
	args   []string // type names
	result string
	set    bool
	kind   string // f, a, w
	// ordered aggregates take WITHIN GROUP.
	ordered bool
	direct  int
}

type operatorInfo struct{ name, left, right, result string }

// column of a table of the test schema.
type column struct{ name, typ string }

type table struct {
	name    string
	columns []column
}

// catalog is what expressions and statements are made of.
type catalog struct {
	functions []function
	operators []operatorInfo
	// byResult: what gives a type. Results of polymorphic functions count as "any".
	functionsBy map[string][]int
	operatorsBy map[string][]int
	aggregates  []int
	windows     []int
	setReturns  []int
	tables      []table
	types       []string
}

// functionsSkipped sleep, wait for others, or end sessions, by their meaning.
var functionsSkipped = map[string]bool{"pg_sleep": true, "pg_sleep_for": true, "pg_sleep_until": true, "pg_terminate_backend": true, "pg_cancel_backend": true,
	"set_config": true, "pg_advisory_lock": true, "pg_advisory_lock_shared": true, "pg_advisory_xact_lock": true, "pg_advisory_xact_lock_shared": true, "pg_reload_conf": true, "setseed": true}

// schemaStatements make the tables that random statements use.
var schemaStatements = []string{
	"DROP TABLE IF EXISTS t1, t2, t3, t4 CASCADE",
	`CREATE TABLE t1 (id int PRIMARY KEY, a int, b text, c numeric, d timestamptz, e jsonb, f int[], g bool, h float8, i date, j interval, k bytea)`,
	`CREATE TABLE t2 (id int PRIMARY KEY, b text)`,
	`CREATE TABLE t3 (x int8, y varchar(20), z uuid, r int4range, v varbit, n inet, UNIQUE (x, y))`,
	`CREATE TABLE t4 (id int PRIMARY KEY, t1_id int REFERENCES t1 ON DELETE CASCADE, v numeric(10,2) CHECK (v < 1e6), s text DEFAULT 'd')`,
	`CREATE INDEX ON t1 (a)`, `CREATE INDEX ON t1 (b, c)`, `CREATE INDEX ON t4 (t1_id)`,
	`INSERT INTO t1 SELECT g, g % 7, 'row' || g, g / 3.0, '2024-01-01'::timestamptz + g * interval '1 hour', jsonb_build_object('a', g, 'b', ARRAY[g]), ARRAY[g, g+1], g % 2 = 0, g * 1.5, '2024-01-01'::date + g, g * interval '1 min', '\x00ff' FROM generate_series(1, 200) g`,
	`INSERT INTO t2 SELECT g, repeat('b', g) FROM generate_series(1, 50) g`,
	`INSERT INTO t3 SELECT g, 'y' || g, NULL, int4range(g, g + 5), B'101', '10.0.0.1' FROM generate_series(1, 100) g`,
	`INSERT INTO t4 SELECT g, 1 + g % 200, g, NULL FROM generate_series(1, 300) g`,
	`CREATE OR REPLACE VIEW v1 AS SELECT a, count(*) AS n, sum(c) AS s FROM t1 GROUP BY a`,
	`CREATE OR REPLACE FUNCTION f1(int) RETURNS int LANGUAGE sql AS 'SELECT $1 + 1'`,
}

// prepareServer makes the schema and the keys; scripts count as busy soon.
func prepareServer(s *server) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := pgconn.Connect(ctx, "postgres://postgres@"+s.pgAddr+"/postgres?sslmode=disable")
	if err != nil {
		return err
	}
	defer c.Close(ctx) //nolint:errcheck // the statements' errors are what counts
	for _, text := range schemaStatements {
		if _, err := c.Exec(ctx, text).ReadAll(); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	r, err := dialResp(ctx, s)
	if err != nil {
		return err
	}
	defer r.Close()
	// Servers differ in the name of this setting; where neither is known the default holds.
	for _, name := range []string{"lua-time-limit", "busy-reply-threshold"} {
		if _, err := r.do(10*time.Second, "CONFIG", "SET", name, "300"); err != nil {
			return err
		}
	}
	return prepareRedis(r)
}

// readCatalog asks the server what it has.
func readCatalog(ctx context.Context, s *server) (*catalog, error) {
	c, err := pgconn.Connect(ctx, "postgres://postgres@"+s.pgAddr+"/postgres?sslmode=disable")
	if err != nil {
		return nil, err
	}
	defer c.Close(ctx) //nolint:errcheck // the queries' errors are what counts
	cat := &catalog{functionsBy: map[string][]int{}, operatorsBy: map[string][]int{}}
	names := map[string]string{"0": ""}
	rows, err := queryAll(ctx, c, "SELECT oid, typname FROM pg_type")
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		names[row[0]] = row[1]
	}
	for typ := range extremes {
		cat.types = append(cat.types, typ)
	}
	slices.Sort(cat.types)
	if err := cat.readFunctions(ctx, c, names); err != nil {
		return nil, err
	}
	if err := cat.readOperators(ctx, c, names); err != nil {
		return nil, err
	}
	return cat, cat.readTables(ctx, c)
}

func queryAll(ctx context.Context, c *pgconn.PgConn, text string) ([][]string, error) {
	results, err := c.Exec(ctx, text).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", text, err)
	}
	var out [][]string
	for _, r := range results {
		for _, row := range r.Rows {
			var cells []string
			for _, v := range row {
				cells = append(cells, string(v))
			}
			out = append(out, cells)
		}
	}
	return out, nil
}

func (cat *catalog) readFunctions(ctx context.Context, c *pgconn.PgConn, names map[string]string) error {
	rows, err := queryAll(ctx, c, "SELECT proname, proargtypes, prorettype, proretset, prokind, provariadic FROM pg_proc ORDER BY proname, oid")
	if err != nil {
		return err
	}
	for _, row := range rows {
		f := function{name: row[0], result: names[row[2]], set: row[3] == "t", kind: row[4]}
		usable := !functionsSkipped[f.name]
		for _, oid := range strings.Fields(row[1]) {
			typ := names[oid]
			usable = usable && typ != "" && typ != "internal" && typ != "cstring" && typ != "trigger" && typ != "event_trigger"
			f.args = append(f.args, typ)
		}
		if !usable || f.result == "internal" || f.result == "trigger" || f.result == "cstring" {
			continue
		}
		switch f.name {
		case "mode", "percentile_cont", "percentile_disc", "rank", "dense_rank", "percent_rank", "cume_dist":
			f.ordered = f.kind == "a"
		}
		cat.addFunction(f)
	}
	return nil
}

func (cat *catalog) addFunction(f function) {
	i := len(cat.functions)
	cat.functions = append(cat.functions, f)
	switch {
	case f.kind == "a":
		cat.aggregates = append(cat.aggregates, i)
	case f.kind == "w":
		cat.windows = append(cat.windows, i)
	case f.set:
		cat.setReturns = append(cat.setReturns, i)
	default:
		cat.functionsBy[f.result] = append(cat.functionsBy[f.result], i)
	}
}

func (cat *catalog) readOperators(ctx context.Context, c *pgconn.PgConn, names map[string]string) error {
	rows, err := queryAll(ctx, c, "SELECT oprname, oprleft, oprright, oprresult FROM pg_operator ORDER BY oprname, oid")
	if err != nil {
		return err
	}
	for _, row := range rows {
		o := operatorInfo{name: row[0], left: names[row[1]], right: names[row[2]], result: names[row[3]]}
		cat.operatorsBy[o.result] = append(cat.operatorsBy[o.result], len(cat.operators))
		cat.operators = append(cat.operators, o)
	}
	return nil
}

func (cat *catalog) readTables(ctx context.Context, c *pgconn.PgConn) error {
	rows, err := queryAll(ctx, c, `SELECT c.relname, a.attname, t.typname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0 ORDER BY c.relname, a.attnum`)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if n := len(cat.tables); n == 0 || cat.tables[n-1].name != row[0] {
			cat.tables = append(cat.tables, table{name: row[0]})
		}
		t := &cat.tables[len(cat.tables)-1]
		t.columns = append(t.columns, column{row[1], row[2]})
	}
	if len(cat.tables) == 0 {
		return fmt.Errorf("the catalog lists no tables")
	}
	return nil
}
