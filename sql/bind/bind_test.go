package bind_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/ferritedb/ferrite/sql/bind"
	"github.com/ferritedb/ferrite/sql/bind/bindtest"
	"github.com/ferritedb/ferrite/sql/parse"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// TestBind runs the scripts of testdata. Commands: ddl (tables and the like),
// bind (the plan), types (columns and parameter types), error (the error with
// its position shown under the text).
func TestBind(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		cat := bindtest.New()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "ddl":
				if err := cat.Define(d.Input); err != nil {
					return "error: " + err.Error()
				}
				return ""
			case "bind":
				return eachLine(d, func(sql string) string {
					res, err := statement(cat, sql)
					if err != nil {
						return describe(sql, err)
					}
					return plan.Format(res.Plan, plan.FormatOptions{Projections: d.HasArg("projections"), ColIDs: d.HasArg("ids")})
				})
			case "types":
				return eachLine(d, func(sql string) string {
					res, err := statement(cat, sql)
					if err != nil {
						return describe(sql, err)
					}
					return resultText(res)
				})
			}
			return "unknown command " + d.Cmd
		})
	})
}

// eachLine runs f over the statements of the input: one a line, or, where the
// command says "one", the whole input.
func eachLine(d *datadriven.TestData, f func(string) string) string {
	if d.HasArg("one") {
		return f(d.Input)
	}
	lines := strings.Split(d.Input, "\n")
	if len(lines) == 1 {
		return f(lines[0])
	}
	var b strings.Builder
	for _, sql := range lines {
		fmt.Fprintf(&b, "-- %s\n%s", sql, f(sql))
	}
	return b.String()
}

func statement(cat *bindtest.Catalog, sql string) (*bind.Result, error) {
	stmt, err := parse.One(sql)
	if err != nil {
		return nil, err
	}
	res, err := bind.Statement(cat.Config(sql), stmt)
	if err != nil {
		return nil, err
	}
	if err := plan.Check(res.Plan); err != nil {
		return nil, fmt.Errorf("CHECK: %w\n%s", err, plan.Format(res.Plan, plan.FormatOptions{Projections: true, ColIDs: true}))
	}
	return res, nil
}

func describe(sql string, err error) string {
	e, ok := err.(*pgerr.Error)
	if !ok {
		return "error: " + err.Error() + "\n"
	}
	s := fmt.Sprintf("%s: %s\n", e.Code, e.Message)
	if e.Detail != "" {
		s += "  DETAIL: " + e.Detail + "\n"
	}
	if e.Hint != "" {
		s += "  HINT: " + e.Hint + "\n"
	}
	if e.Position > 0 {
		near := []rune(sql)[e.Position-1:]
		s += fmt.Sprintf("  at %d: %s\n", e.Position, string(near[:min(len(near), 16)]))
	}
	return s
}

func resultText(res *bind.Result) string {
	var b strings.Builder
	for _, c := range res.Columns {
		fmt.Fprintf(&b, "%s %s\n", c.Name, types.FormatType(c.T, c.Mod))
	}
	for i, t := range res.ParamTypes {
		fmt.Fprintf(&b, "$%d %s\n", i+1, types.FormatType(t, -1))
	}
	if b.Len() == 0 {
		return "no columns\n"
	}
	return b.String()
}
