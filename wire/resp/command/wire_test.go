package command_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/local"
	"github.com/ferritedb/ferrite/wire/listen"
	"github.com/ferritedb/ferrite/wire/netpoll"
	"github.com/ferritedb/ferrite/wire/resp"
	"github.com/ferritedb/ferrite/wire/resp/command"
)

// replyTimeout bounds the wait for one reply, so that a defect ends the test.
const replyTimeout = 10 * time.Second

// startFerrite serves an empty store in memory and returns its address.
func startFerrite(t testing.TB, clk clock.Clock) (addr string, srv *resp.Server) {
	t.Helper()
	store, err := local.Open(local.Options{Engine: memkv.New(), Clock: clk})
	if err != nil {
		t.Fatal(err)
	}
	srv = command.NewServer(command.Config{Store: store, Clock: clk, Durability: txn.EverySec, Version: "test"})
	ln, err := listen.Open(context.Background(), "tcp", "127.0.0.1:0", listen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	loop := netpoll.New(srv, ln)
	served := make(chan error, 1)
	go func() { served <- loop.Serve() }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), replyTimeout)
		defer cancel()
		if err := loop.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
		srv.Stop()
		if err := store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return ln.Addr().String(), srv
}

// startRedis runs the redis-server in PATH on a socket of its own.
func startRedis(t testing.TB) string {
	t.Helper()
	sock := filepath.Join(t.TempDir(), "redis.sock")
	cmd := exec.Command("redis-server", "--port", "0", "--unixsocket", sock, "--save", "", "--appendonly", "no")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("the oracle redis-server (7.0) is not in PATH: %v", err)
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("redis-server ended: %v", err)
		}
		if strings.Contains(line, "ready to accept connections") {
			break
		}
	}
	go io.Copy(io.Discard, lines)
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return sock
}

// client is the plainest RESP client; replies come as text.
type client struct {
	t  testing.TB
	nc net.Conn
	r  *bufio.Reader
}

func dial(t testing.TB, addr string) *client {
	t.Helper()
	network := "tcp"
	if strings.HasPrefix(addr, "/") {
		network = "unix"
	}
	nc, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return &client{t, nc, bufio.NewReader(nc)}
}

func (c *client) send(args ...string) {
	c.t.Helper()
	b := fmt.Appendf(nil, "*%d\r\n", len(args))
	for _, a := range args {
		b = fmt.Appendf(b, "$%d\r\n%s\r\n", len(a), a)
	}
	if _, err := c.nc.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) do(args ...string) string {
	c.t.Helper()
	c.send(args...)
	return c.recv().String()
}

func (c *client) recv() reply {
	c.t.Helper()
	c.nc.SetReadDeadline(time.Now().Add(replyTimeout))
	r, err := c.read()
	if err != nil {
		c.t.Fatalf("reply: %v", err)
	}
	return r
}

// reply is one reply of either protocol.
type reply struct {
	kind  byte
	text  string
	null  bool
	items []reply
}

func (c *client) read() (reply, error) {
	line, err := c.r.ReadString('\n')
	if err != nil {
		return reply{}, err
	}
	line = strings.TrimSuffix(line, "\r\n")
	r := reply{kind: line[0], text: line[1:]}
	switch r.kind {
	case '$', '=':
		n, err := strconv.Atoi(r.text)
		if err != nil || n < 0 {
			r.null = true
			return r, err
		}
		b := make([]byte, n+2)
		if _, err := io.ReadFull(c.r, b); err != nil {
			return r, err
		}
		r.text = string(b[:n])
	case '*', '~', '%', '>':
		n, err := strconv.Atoi(r.text)
		if err != nil || n < 0 {
			r.null = true
			return r, err
		}
		if r.kind == '%' {
			n *= 2
		}
		r.text = ""
		for range n {
			item, err := c.read()
			if err != nil {
				return r, err
			}
			r.items = append(r.items, item)
		}
	case '_':
		r.null = true
	}
	return r, nil
}

// String is the reply on one line.
func (r reply) String() string {
	switch r.kind {
	case '*', '~', '%', '>':
		if r.null {
			return "(nil array)"
		}
		parts := make([]string, len(r.items))
		for i, it := range r.items {
			parts[i] = it.String()
		}
		open := map[byte]string{'*': "[", '~': "~[", '%': "%[", '>': ">["}[r.kind]
		return open + strings.Join(parts, " ") + "]"
	case '$':
		if r.null {
			return "(nil)"
		}
		return strconv.Quote(r.text)
	case '_':
		return "_"
	case ':':
		return r.text
	}
	return string(r.kind) + r.text
}

// sorted orders the items of an array, in groups of n.
func (r reply) sorted(n int) reply {
	if len(r.items) > 0 && r.items[0].kind == '*' {
		n = 1 // RESP3 nests the pairs
	}
	var groups [][]reply
	for i := 0; i+n <= len(r.items); i += n {
		groups = append(groups, r.items[i:i+n])
	}
	sort.Slice(groups, func(i, j int) bool { return groups[i][0].String() < groups[j][0].String() })
	var items []reply
	for _, g := range groups {
		items = append(items, g...)
	}
	r.items = items
	return r
}
