package server

import (
	"flag"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// psqlPeer runs the scripts against another server, an empty database of
// PostgreSQL 15: with -rewrite it records what that gives.
var psqlPeer = flag.String("psql-peer", "", "host:port of a PostgreSQL to run the psql scripts against")

// psqlNoise is what differs from run to run or from file system to file system.
var psqlNoise = []struct {
	find *regexp.Regexp
	put  string
}{
	{regexp.MustCompile(`psql:<stdin>:\d+: `), ""},
	{regexp.MustCompile(`pg_temp_\d+`), "pg_temp_N"},
	{regexp.MustCompile(`[ \t]+\n`), "\n"},
}

// TestPsql feeds scripts to the real psql: its \d commands are queries on
// pg_catalog written by others. The recorded output is PostgreSQL 15's.
func TestPsql(t *testing.T) {
	files, err := filepath.Glob("testdata/psql/*")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			addr := *psqlPeer
			if addr == "" {
				s := start(t, t.TempDir())
				t.Cleanup(func() { stop(t, s) })
				addr = s.Addresses()["pg-addr"].String()
			}
			datadriven.RunTest(t, f, func(t *testing.T, d *datadriven.TestData) string {
				return psql(t, addr, d.Input)
			})
		})
	}
}

func psql(t *testing.T, addr, input string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("psql", "-X", "-q", "-h", host, "-p", port, "-U", "postgres", "-d", "postgres", "-f", "-")
	cmd.Stdin = strings.NewReader(input + "\n")
	cmd.Env = append(os.Environ(), "PGOPTIONS=", "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatalf("psql (make test installs it): %v", err)
	}
	text := string(out)
	for _, n := range psqlNoise {
		text = n.find.ReplaceAllString(text, n.put)
	}
	return text
}
