package command_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/txn/local"
	"github.com/ferritedb/ferrite/wire/auth"
	"github.com/ferritedb/ferrite/wire/resp"
	"github.com/ferritedb/ferrite/wire/resp/command"
)

// guesser is a client without a socket, from an address.
type guesser struct {
	sh *resp.Shard
	c  *resp.Client
}

type addr string

func (addr) Network() string  { return "tcp" }
func (a addr) String() string { return string(a) }

func newGuesser(srv *resp.Server, from string) *guesser {
	g := &guesser{}
	g.sh = srv.NewShard(func() {})
	g.c = g.sh.Open(addr(from), addr("127.0.0.1:6379"))
	return g
}

// send runs commands and gives the replies that came.
func (g *guesser) send(lines ...string) string {
	for _, l := range lines {
		g.sh.Input(g.c, []byte(l+"\r\n"))
	}
	return g.replies()
}

func (g *guesser) replies() string {
	g.sh.Deliver()
	g.sh.EndTurn()
	out := string(g.c.Pending())
	g.c.Sent(len(out))
	return out
}

// Who guesses the password waits, over all its connections, without holding up
// others of the loop; who knows it and waits is let in.
func TestGuessesAreSlow(t *testing.T) {
	clk := clock.NewManual(time.Unix(1_700_000_000, 0))
	store, err := local.Open(local.Options{Engine: memkv.New(), Clock: clk})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	srv := command.NewServer(command.Config{Store: store, Clock: clk, Password: "secret", Throttle: auth.NewThrottle(clk)})
	defer srv.Stop()
	a := newGuesser(srv, "10.0.0.1:1")
	for range 3 {
		if r := a.send("auth wrong"); !strings.HasPrefix(r, "-WRONGPASS") {
			t.Fatal(r)
		}
	}
	if r := a.send("auth wrong", "ping"); r != "" {
		t.Fatalf("judged at once: %q", r)
	}
	other := newGuesser(srv, "10.0.0.2:1")
	if r := other.send("hello 2 auth default secret", "ping"); !strings.Contains(r, "+PONG") {
		t.Fatalf("another address: %q", r)
	}
	clk.Advance(time.Second)
	if r := a.replies(); !strings.HasPrefix(r, "-WRONGPASS") || !strings.Contains(r, "-NOAUTH") {
		t.Fatalf("after the wait: %q", r)
	}
	// Guesses over many connections are judged one by one.
	var many []*guesser
	refused := 0
	for range 300 {
		g := newGuesser(srv, "10.0.0.1:2")
		if r := g.send("auth wrong"); strings.HasPrefix(r, "-ERR too many failed") {
			refused++
		}
		many = append(many, g)
	}
	clk.Advance(time.Second)
	judged := 0
	for _, g := range many {
		if strings.HasPrefix(g.replies(), "-WRONGPASS") {
			judged++
		}
	}
	if judged > 10 || refused < 200 {
		t.Errorf("%d guesses judged in a second, %d refused", judged, refused)
	}
	clk.Advance(time.Minute)
	b := newGuesser(srv, "10.0.0.1:3")
	b.send("auth secret")
	clk.Advance(10 * time.Second)
	if r := b.replies(); r != "+OK\r\n" {
		t.Errorf("the right password after a wait: %q", r)
	}
	if r := b.send("auth wrong", "auth secret"); !strings.HasSuffix(r, "+OK\r\n") {
		t.Errorf("after a success: %q", r)
	}
}

// Commands that gather more than the server's memory has room for are errors; what
// they held comes back.
func TestCommandMemory(t *testing.T) {
	store, err := local.Open(local.Options{Engine: memkv.New(), Clock: clock.Real})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	memory := budget.NewServer(1 << 20)
	srv := command.NewServer(command.Config{Store: store, Memory: memory})
	defer srv.Stop()
	g := newGuesser(srv, "10.0.0.1:1")
	for i := range 300 {
		args := []string{"rpush", "l"}
		members, scored := []string{"sadd", "s"}, []string{"zadd", "z"}
		for j := range 100 {
			n := fmt.Sprint(i*100 + j)
			args, members, scored = append(args, n), append(members, n), append(scored, n, n)
		}
		g.send(strings.Join(args, " "), strings.Join(members, " "), strings.Join(scored, " "))
	}
	g.send("setrange a 2000 x", "setrange b 2000 x")
	for _, line := range []string{"sort l", "sort l store d", "sunion s s", "sinterstore d s s", "zunionstore d 1 z", "zpopmin z 30000", "bzpopmin z 0",
		"srandmember s 30000", "zrangebyscore z -inf inf", "lcs a b"} {
		r := g.send(line)
		if line == "bzpopmin z 0" {
			if !strings.HasPrefix(r, "*3") {
				t.Errorf("%s: %.80q", line, r)
			}
			continue
		}
		if !strings.HasPrefix(r, "-ERR not enough memory") {
			t.Errorf("%s: %.80q", line, r)
		}
		if n := memory.Used(); n != 0 {
			t.Errorf("%s: %d bytes are held after it", line, n)
		}
	}
	if r := g.send("zcard z", "llen l", "exists d"); r != ":29999\r\n:30000\r\n:0\r\n" {
		t.Errorf("what failed left something: %q", r)
	}
}
