package opt_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/ferritedb/ferrite/sql/bind"
	"github.com/ferritedb/ferrite/sql/bind/bindtest"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/opt"
	"github.com/ferritedb/ferrite/sql/parse"
	"github.com/ferritedb/ferrite/sql/plan"
)

// TestOpt runs the scripts of testdata. Commands:
//
//	ddl         tables and the like; rows=(users=100000,…) sets row counts
//	opt         the optimized plan; only=(rule,…) runs these rules alone
//
// plan.Check runs after every rule.
func TestOpt(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		cat := bindtest.New()
		rows := map[string]float64{}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "ddl":
				for _, a := range d.CmdArgs {
					if a.Key != "rows" {
						continue
					}
					for _, v := range a.Vals {
						name, n, _ := strings.Cut(v, "=")
						rows[name], _ = strconv.ParseFloat(n, 64)
					}
				}
				if err := cat.Define(d.Input); err != nil {
					return "error: " + err.Error()
				}
				return ""
			case "opt":
				cfg := config(rows)
				if arg, ok := d.Arg("only"); ok {
					cfg.Off = map[string]bool{}
					for _, n := range opt.Names() {
						cfg.Off[n] = true
					}
					for _, n := range arg.Vals {
						delete(cfg.Off, n)
					}
				}
				return eachLine(d.Input, func(sql string) string {
					n, err := optimized(cat, sql, cfg)
					if err != nil {
						return "error: " + err.Error() + "\n"
					}
					return plan.Format(n, plan.FormatOptions{Costs: d.HasArg("costs"), Projections: d.HasArg("projections")})
				})
			}
			return "unknown command " + d.Cmd
		})
	})
}

func config(rows map[string]float64) *opt.Config {
	guess := func(name string) float64 {
		if n, ok := rows[name]; ok {
			return n
		}
		return 1000
	}
	return &opt.Config{Check: true,
		Rows:        func(t *catalog.Table) float64 { return guess(t.Name) },
		PatternRows: func(p *catalog.KeyPattern) float64 { return guess(p.Pattern) }}
}

func eachLine(input string, f func(string) string) string {
	lines := strings.Split(input, "\n")
	if len(lines) == 1 {
		return f(lines[0])
	}
	var b strings.Builder
	for _, sql := range lines {
		fmt.Fprintf(&b, "-- %s\n%s", sql, f(sql))
	}
	return b.String()
}

func optimized(cat *bindtest.Catalog, sql string, cfg *opt.Config) (plan.Node, error) {
	stmt, err := parse.One(sql)
	if err != nil {
		return nil, err
	}
	res, err := bind.Statement(cat.Config(sql), stmt)
	if err != nil {
		return nil, err
	}
	before := plan.ColumnsText(res.Plan)
	n, err := opt.Optimize(res.Plan, cfg)
	if err != nil {
		return nil, err
	}
	if err := plan.Check(n); err != nil {
		return nil, err
	}
	if after := plan.ColumnsText(n); after != before {
		return nil, fmt.Errorf("columns were %s, are %s", before, after)
	}
	return n, nil
}

// BenchmarkPointSelect is what a statement costs that no plan cache has.
func BenchmarkPointSelect(b *testing.B) {
	cat := bindtest.New()
	if err := cat.Define("CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, status varchar(10))"); err != nil {
		b.Fatal(err)
	}
	const sql = "SELECT id, name FROM users WHERE id = $1"
	stmt, err := parse.One(sql)
	if err != nil {
		b.Fatal(err)
	}
	cfg := cat.Config(sql)
	ocfg := &opt.Config{}
	b.ReportAllocs()
	for b.Loop() {
		res, err := bind.Statement(cfg, stmt)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := opt.Optimize(res.Plan, ocfg); err != nil {
			b.Fatal(err)
		}
	}
}
