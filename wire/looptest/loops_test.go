package looptest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/local"
	"github.com/ferritedb/ferrite/wire/epoll"
	"github.com/ferritedb/ferrite/wire/listen"
	"github.com/ferritedb/ferrite/wire/netpoll"
	"github.com/ferritedb/ferrite/wire/resp"
	"github.com/ferritedb/ferrite/wire/resp/command"
)

// patience bounds each wait, so that a defect ends the test and does not hang it.
const patience = 20 * time.Second

type loop interface {
	Serve() error
	Shutdown(context.Context) error
}

// loops are the implementations under test.
var loops = map[string]func(*resp.Server, *listen.Listener) (loop, error){
	"netpoll": func(s *resp.Server, l *listen.Listener) (loop, error) { return netpoll.New(s, l), nil },
}

func init() {
	if runtime.GOOS == "linux" {
		loops["epoll"] = func(s *resp.Server, l *listen.Listener) (loop, error) { return epoll.New(s, l, 1) }
		loops["epoll-3"] = func(s *resp.Server, l *listen.Listener) (loop, error) { return epoll.New(s, l, 3) }
	}
}

// server is one loop serving one store.
type server struct {
	t     *testing.T
	srv   *resp.Server
	store txn.Store
	loop  loop
	addr  string
	done  chan error
}

// each runs a test against every loop.
func each(t *testing.T, f func(t *testing.T, s *server)) {
	eachStore(t, txn.EverySec, func() txn.Store { return local.OpenMemory() }, f)
}

func eachStore(t *testing.T, d txn.Durability, open func() txn.Store, f func(t *testing.T, s *server)) {
	for name, build := range loops {
		t.Run(name, func(t *testing.T) {
			store := open()
			srv := command.NewServer(command.Config{Store: store, Durability: d, Version: "test", Memory: budget.NewServer(64 << 20)})
			ln, err := listen.Open(context.Background(), "tcp", "127.0.0.1:0", listen.Options{})
			if err != nil {
				t.Fatal(err)
			}
			l, err := build(srv, ln)
			if err != nil {
				t.Fatal(err)
			}
			s := &server{t: t, srv: srv, store: store, loop: l, addr: ln.Addr().String(), done: make(chan error, 1)}
			go func() { s.done <- l.Serve() }()
			t.Cleanup(s.stop)
			f(t, s)
		})
	}
}

func (s *server) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.loop.Shutdown(ctx); err != nil {
		s.t.Errorf("shutdown: %v", err)
	}
	if err := <-s.done; err != nil {
		s.t.Errorf("serve: %v", err)
	}
	s.srv.Stop()
	if n := s.srv.ClientCount(); n != 0 {
		s.t.Errorf("%d clients left after shutdown", n)
	}
	if err := s.store.Close(); err != nil {
		s.t.Errorf("close: %v", err)
	}
}

// conn is a client that speaks raw bytes.
type conn struct {
	t  *testing.T
	nc *net.TCPConn
	r  *bufio.Reader
}

func (s *server) dial(t *testing.T) *conn {
	t.Helper()
	nc, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(patience))
	return &conn{t, nc.(*net.TCPConn), bufio.NewReader(nc)}
}

// cmd is a command as a client sends it.
func cmd(line string) string {
	words := strings.Fields(line)
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	return b.String()
}

func (c *conn) write(raw string) {
	c.t.Helper()
	if _, err := io.WriteString(c.nc, raw); err != nil {
		c.t.Fatal(err)
	}
}

// reply reads one reply as text on one line.
func (c *conn) reply() string {
	c.t.Helper()
	r, err := c.read()
	if err != nil {
		c.t.Fatalf("reply: %v", err)
	}
	return r
}

func (c *conn) read() (string, error) {
	line, err := c.r.ReadString('\n')
	if err != nil {
		return "", err
	}
	line = strings.TrimSuffix(line, "\r\n")
	n, _ := strconv.Atoi(line[1:])
	switch line[0] {
	case '$':
		if n < 0 {
			return "nil", nil
		}
		b := make([]byte, n+2)
		_, err := io.ReadFull(c.r, b)
		return string(b[:n]), err
	case '*':
		if n < 0 {
			return "nil", nil
		}
		parts := make([]string, n)
		for i := range parts {
			if parts[i], err = c.read(); err != nil {
				return "", err
			}
		}
		return "[" + strings.Join(parts, " ") + "]", nil
	}
	return line, nil
}

func (c *conn) do(line string) string {
	c.t.Helper()
	c.write(cmd(line))
	return c.reply()
}

func (c *conn) want(line, reply string) {
	c.t.Helper()
	if got := c.do(line); got != reply {
		c.t.Fatalf("%s: %q, want %q", line, got, reply)
	}
}

func (c *conn) wantReply(reply string) {
	c.t.Helper()
	if got := c.reply(); got != reply {
		c.t.Fatalf("got %q, want %q", got, reply)
	}
}

// wantEOF reads what is left and expects the end of the stream.
func (c *conn) wantEOF() {
	c.t.Helper()
	if rest, err := io.ReadAll(c.r); err != nil && !strings.Contains(err.Error(), "reset") {
		c.t.Fatalf("want the end of the stream, got %q, %v", rest, err)
	}
}

// until asks again and again until the reply is as wanted: for what another
// goroutine of the server does in its own time.
func (c *conn) until(line string, ok func(string) bool) {
	c.t.Helper()
	for end := time.Now().Add(patience); ; runtime.Gosched() {
		got := c.do(line)
		if ok(got) {
			return
		}
		if time.Now().After(end) {
			c.t.Fatalf("%s: still %q", line, got)
		}
	}
}

// blocked waits until n clients wait for keys.
func (c *conn) blocked(n int) {
	c.t.Helper()
	c.until("info clients", func(s string) bool { return strings.Contains(s, fmt.Sprintf("blocked_clients:%d\r\n", n)) })
}

// readAll waits until the server has read n bytes in all.
func (s *server) readAll(n int) {
	s.t.Helper()
	for end := time.Now().Add(patience); s.srv.Stats.NetIn.Load() < int64(n); runtime.Gosched() {
		if time.Now().After(end) {
			s.t.Fatalf("the server read %d of %d bytes", s.srv.Stats.NetIn.Load(), n)
		}
	}
}
