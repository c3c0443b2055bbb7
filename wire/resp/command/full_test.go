package command_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/local"
	"github.com/ferritedb/ferrite/txn/log"
	"github.com/ferritedb/ferrite/wire/listen"
	"github.com/ferritedb/ferrite/wire/netpoll"
	"github.com/ferritedb/ferrite/wire/resp/command"
)

// TestFullDisk: commands that write are refused, one error each, the connections
// live on and read, and when there is room writes are taken again.
func TestFullDisk(t *testing.T) {
	disk, clk := log.NewMemFS(), clock.NewManual(time.Unix(1e9, 0))
	l, err := log.Open(disk, "log", log.Options{SegmentBytes: 16 << 10, Clock: clk})
	if err != nil {
		t.Fatal(err)
	}
	store, err := local.Open(local.Options{Engine: memkv.New(), Log: l, Clock: clk})
	if err != nil {
		t.Fatal(err)
	}
	srv := command.NewServer(command.Config{Store: store, Clock: clk, Durability: txn.EverySec, Version: "test"})
	ln, err := listen.Open(context.Background(), "tcp", "127.0.0.1:0", listen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	loop := netpoll.New(srv, ln)
	go func() { _ = loop.Serve() }()
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), replyTimeout)
		defer cancel()
		if err := loop.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		srv.Stop()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	c := dial(t, ln.Addr().String())
	disk.SetLimit(64 << 10)

	const n, large = 40, 200
	value := strings.Repeat("v", 1000)
	quoted := strconv.Quote(value)

	// A pipeline that is one commit and does not fit: as many errors as commands.
	var lines strings.Builder
	for i := range large {
		fmt.Fprintf(&lines, "SET k%d %s\r\nGET k%d\r\n", i, value, i)
	}
	if _, err := c.nc.Write([]byte(lines.String())); err != nil {
		t.Fatal(err)
	}
	for range large {
		set, get := c.recv().String(), c.recv().String()
		if !strings.HasPrefix(set, "-MISCONF") || !strings.HasPrefix(get, "-MISCONF") && get != "(nil)" {
			t.Fatalf("SET replied %.80s, GET %.80s", set, get)
		}
	}
	writable := func() {
		t.Helper()
		for i := 0; store.Writable() != nil; i++ { // the probe runs in a goroutine of its own
			if i == 1000 {
				t.Fatal(store.Writable())
			}
			clk.Advance(5 * time.Second)
		}
	}
	writable()

	// Pipelines until the disk is full.
	refused, kept := 0, 0
	for i := 0; i < n+large; {
		size := 4
		if i == n {
			size = large
		}
		var lines strings.Builder
		for k := i; k < i+size; k++ {
			fmt.Fprintf(&lines, "SET k%d %s\r\nGET k%d\r\n", k, value, k)
		}
		if _, err := c.nc.Write([]byte(lines.String())); err != nil {
			t.Fatal(err)
		}
		for ; size > 0; size-- {
			set, get := c.recv().String(), c.recv().String()
			switch {
			case set == "+OK":
				kept++
				if refused > 0 || get != quoted {
					t.Fatalf("SET %d was taken, GET replied %.40s, after %d were refused", i, get, refused)
				}
			case strings.HasPrefix(set, "-MISCONF Errors writing to the commit log: No space left on device"):
				refused++
			default:
				t.Fatalf("SET %d replied %.80s", i, set)
			}
			i++
		}
	}
	if refused < large || kept == 0 {
		t.Fatalf("%d kept, %d refused", kept, refused)
	}
	for i := range n {
		want := quoted
		if i >= kept {
			want = "(nil)"
		}
		if got := c.do("GET", fmt.Sprintf("k%d", i)); got != want {
			t.Fatalf("k%d is %.40s, want %.40s", i, got, want)
		}
	}
	for _, args := range [][]string{{"DEL", "k0"}, {"INCR", "n"}, {"HSET", "h", "f", "v"}, {"EVAL", "return redis.call('SET','a','b')", "0"}} {
		if got := c.do(args...); !strings.Contains(got, "MISCONF") {
			t.Errorf("%v: %s", args, got)
		}
	}
	if got := c.do("EVAL", "return redis.call('GET','k0')", "0"); got != quoted {
		t.Errorf("a script that reads: %.80s", got)
	}
	if got := c.do("MULTI"); got != "+OK" {
		t.Error(got)
	}
	if got := c.do("SET", "a", "b"); !strings.Contains(got, "MISCONF") {
		t.Error(got)
	}
	if got := c.do("EXEC"); !strings.Contains(got, "EXECABORT") {
		t.Error(got)
	}
	disk.SetLimit(0)
	writable()
	if got := c.do("SET", "k0", "new"); got != "+OK" {
		t.Error(got)
	}
	if got := c.do("GET", "k0"); got != `"new"` {
		t.Error(got)
	}
}
