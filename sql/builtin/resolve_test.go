package builtin

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

func typesOf(t *testing.T, words string) []*types.T {
	var out []*types.T
	for _, w := range strings.Fields(words) {
		if w == "-" {
			out = append(out, nil)
			continue
		}
		ty, ok := types.ByName(w)
		if !ok {
			t.Fatalf("unknown type %s", w)
		}
		out = append(out, ty)
	}
	return out
}

func worded(err error) string {
	e := pgerr.From(err)
	return e.Code + ": " + e.Message + "\n"
}

// TestResolve: each line of input is one call; verified against PostgreSQL 15.
func TestResolve(t *testing.T) {
	datadriven.RunTest(t, "testdata/resolve", func(t *testing.T, d *datadriven.TestData) string {
		var b strings.Builder
		for _, line := range strings.Split(d.Input, "\n") {
			name, rest, _ := strings.Cut(line, " ")
			ts := typesOf(t, rest)
			switch d.Cmd {
			case "operator":
				o, err := ResolveOperator(name, ts[0], ts[1])
				if err != nil {
					b.WriteString(worded(err))
					continue
				}
				l, r, ret, err := SettleOperator(o, ts[0], ts[1])
				if err != nil {
					b.WriteString(worded(err))
					continue
				}
				fmt.Fprintf(&b, "%s(%s) %s %s %s = %s\n", o.Fn.Name, typeWord(o.Right), typeWord(l), name, typeWord(r), typeWord(ret))
			case "function":
				m, err := ResolveFunction("", name, ts, false)
				if err != nil {
					b.WriteString(worded(err))
					continue
				}
				fmt.Fprintf(&b, "%s = %s\n", Signature(name, m.ArgTypes), typeWord(m.Ret))
			case "common":
				ty, err := CommonType(name, ts)
				if err != nil {
					b.WriteString(worded(err))
					continue
				}
				b.WriteString(typeWord(ty) + "\n")
			}
		}
		return b.String()
	})
}
