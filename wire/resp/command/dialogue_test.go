package command_test

import (
	"bufio"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/txn/redis"
)

// TestDialogues runs testdata/*.txt. A block's input is commands as redis-cli
// takes them, one a line; its output their replies. Directives:
//
//	do [client=name]     on that client's connection
//	advance 10s          move the server's clock
func TestDialogues(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		clk := clock.NewManual(time.Unix(1_700_000_000, 0))
		addr, _ := startFerrite(t, clk)
		clients := map[string]*client{}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "advance" {
				by, err := time.ParseDuration(d.CmdArgs[0].Key)
				if err != nil {
					d.Fatalf(t, "%v", err)
				}
				clk.Advance(by)
				return ""
			}
			name := "main"
			d.MaybeScanArgs(t, "client", &name)
			if clients[name] == nil {
				clients[name] = dial(t, addr)
			}
			var out strings.Builder
			lines := bufio.NewScanner(strings.NewReader(d.Input))
			for lines.Scan() {
				words, ok := redis.SplitWords(lines.Bytes(), nil)
				if !ok {
					d.Fatalf(t, "unbalanced quotes: %s", lines.Text())
				}
				args := make([]string, len(words))
				for i, w := range words {
					args[i] = string(w)
				}
				out.WriteString(clients[name].do(args...) + "\n")
			}
			return out.String()
		})
	})
}
