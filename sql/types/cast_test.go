package types

import (
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestCast runs testdata/cast: "cast from=T to=T [mod=n,m] [assign]" casts each
// input line; the output is PostgreSQL's.
func TestCast(t *testing.T) {
	datadriven.RunTest(t, "testdata/cast", func(t *testing.T, d *datadriven.TestData) string {
		var from, to string
		d.ScanArgs(t, "from", &from)
		d.ScanArgs(t, "to", &to)
		src, dst := regtypeByName(strings.ReplaceAll(from, "_", " ")), regtypeByName(strings.ReplaceAll(to, "_", " "))
		if from == "dyn" {
			src = Dyn
		}
		var args []int64
		for _, a := range d.CmdArgs {
			if a.Key == "mod" {
				for _, v := range a.Vals {
					n, _, _ := ParseInt(v)
					args = append(args, n)
				}
			}
		}
		mod, err := EncodeTypmod(dst, args)
		if err != nil {
			return showError(err) + "\n"
		}
		c := testIO(t, d)
		var out strings.Builder
		for _, line := range strings.Split(d.Input, "\n") {
			v, err := Parse(src, -1, line, c)
			if err == nil {
				v, err = CastTo(v, src, dst, mod, !d.HasArg("assign"), c)
			}
			if err != nil {
				out.WriteString(showError(err) + "\n")
				continue
			}
			out.WriteString(string(AppendText(nil, v, dst, c)) + "\n")
		}
		return out.String()
	})
}
