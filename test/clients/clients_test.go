// Package clients runs the clients of Node.js against the server: ioredis, then
// node-postgres, which sees the hash that ioredis wrote. `make deps` installs
// what they need.
package clients

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const startTimeout = 20 * time.Second

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func TestNodeClients(t *testing.T) {
	if _, err := os.Stat("node_modules/ioredis"); err != nil {
		t.Fatal("test/clients/node_modules is not there: run `make deps`")
	}
	bin := filepath.Join(t.TempDir(), "ferrited")
	if out, err := exec.Command("go", "build", "-o", bin, "../../cmd/ferrited").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	pg, resp := freePort(t), freePort(t)
	cmd := exec.Command(bin, "--data", filepath.Join(t.TempDir(), "data"),
		"--pg-addr", "127.0.0.1:"+pg, "--resp-addr", "127.0.0.1:"+resp, "--http-addr", "")
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("ferrited: %v\n%s", err, log.String())
		}
	}()
	waitFor(t, pg)
	waitFor(t, resp)
	for _, script := range []string{"ioredis.js", "pg.js"} {
		node := exec.Command("node", script)
		node.Env = append(os.Environ(), "PG_PORT="+pg, "RESP_PORT="+resp)
		if out, err := node.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", script, err, out)
		}
	}
}

func waitFor(t *testing.T, port string) {
	t.Helper()
	for end := time.Now().Add(startTimeout); time.Now().Before(end); {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			c.Close()
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("nothing listens on port %s", port)
}
