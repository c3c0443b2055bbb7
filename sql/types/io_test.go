package types

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// testIO is what scripts run with, unless they say otherwise.
func testIO(t *testing.T, d *datadriven.TestData) *IOContext {
	c := &IOContext{Now: time.Date(2024, 2, 29, 13, 14, 15, 123456000, time.UTC)}
	for _, a := range d.CmdArgs {
		if len(a.Vals) == 0 {
			continue
		}
		switch v := a.Vals[0]; a.Key {
		case "tz":
			loc, err := LoadZone(v, true)
			if err != nil {
				t.Fatal(err)
			}
			c.Location = loc
		case "style":
			c.DateStyle = map[string]DateStyle{"iso": DateISO, "sql": DateSQL, "postgres": DatePostgres, "german": DateGerman}[v]
		case "order":
			c.DateOrder = map[string]DateOrder{"mdy": OrderMDY, "dmy": OrderDMY, "ymd": OrderYMD}[v]
		case "interval":
			c.IntervalStyle = map[string]IntervalStyle{"verbose": IntervalPostgresVerbose, "sql": IntervalSQLStandard, "iso": IntervalISO8601}[v]
		}
	}
	return c
}

func showError(err error) string {
	e := pgerr.From(err)
	out := fmt.Sprintf("ERROR %s: %s", e.Code, e.Message)
	if e.Detail != "" {
		out += " | " + e.Detail
	}
	if e.Hint != "" {
		out += " | " + e.Hint
	}
	return out
}

// TestIO runs the scripts under testdata/io. "io type=T [mod=a,b]" reads each
// input line and writes it back, with its binary form, through which it makes the
// round trip. The expected output is PostgreSQL's.
func TestIO(t *testing.T) {
	datadriven.Walk(t, "testdata/io", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var name string
			d.ScanArgs(t, "type", &name)
			typ, ok := ByName(name)
			if !ok {
				typ = regtypeByName(strings.ReplaceAll(name, "_", " "))
			}
			if typ == nil {
				t.Fatalf("no type %q", name)
			}
			c := testIO(t, d)
			var out strings.Builder
			for _, line := range strings.Split(d.Input, "\n") {
				v, err := Parse(typ, -1, line, c)
				if err != nil {
					fmt.Fprintln(&out, showError(err))
					continue
				}
				text := string(AppendText(nil, v, typ, c))
				bin := AppendBinary(nil, v, typ)
				fmt.Fprintf(&out, "%s | %x\n", text, bin)
				back, err := DecodeBinary(typ, bin)
				if err != nil {
					t.Fatalf("%s: binary %x: %v", d.Pos, bin, err)
				}
				if again := string(AppendText(nil, back, typ, c)); again != text {
					t.Fatalf("%s: %q came back from binary as %q", d.Pos, text, again)
				}
			}
			return out.String()
		})
	})
}
