package command_test

import (
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/local"
	"github.com/ferritedb/ferrite/wire/resp"
	"github.com/ferritedb/ferrite/wire/resp/command"
)

// fuzzServer is a server over an empty store whose memory is small, without sockets.
func fuzzServer(t testing.TB) *resp.Server {
	store, err := local.Open(local.Options{Engine: memkv.New(), Clock: clock.Real})
	if err != nil {
		t.Fatal(err)
	}
	srv := command.NewServer(command.Config{Store: store, Clock: clock.Real, Durability: txn.None, Memory: budget.NewServer(256 << 20)})
	srv.Settings.BulkBytesMax.Store(1 << 20)
	t.Cleanup(func() {
		srv.Stop()
		store.Close()
	})
	return srv
}

// FuzzInput gives bytes to a connection, whole and as two pieces: whatever they
// are, no command panics and the connection's shard goes on.
func FuzzInput(f *testing.F) {
	g := gen{rand.New(rand.NewSource(1))}
	for _, family := range slices.Sorted(maps.Keys(families)) {
		for _, line := range strings.Split(strings.TrimSpace(families[family]), "\n") {
			pattern, _ := sortGroups(line)
			f.Add([]byte(encode(g.expand(pattern))), uint16(5))
		}
	}
	f.Add([]byte("GET / HTTP/1.1\r\nHost: x\r\n"), uint16(3))
	f.Add([]byte("*3\r\n$3\r\nset\r\n$1\r\nk\r\n$9999999\r\n"), uint16(20))
	f.Fuzz(func(t *testing.T, in []byte, cut uint16) {
		if len(in) > 64<<10 || strings.Contains(strings.ToLower(string(in)), "pause") {
			return
		}
		srv := fuzzServer(t)
		sh := srv.NewShard(func() {})
		c := sh.Open(nil, nil)
		at := min(int(cut), len(in))
		for _, piece := range [][]byte{in[:at], in[at:]} {
			sh.Input(c, piece)
			sh.EndTurn()
			sh.Deliver()
			sh.EndTurn()
			c.Sent(len(c.Pending()))
		}
		sh.Close(c)
		sh.EndTurn()
		sh.Release()
		if n := srv.Stats.Panics.Load(); n != 0 {
			t.Fatalf("%d panics", n)
		}
		if n := srv.Buffered(); n != 0 {
			t.Fatalf("%d bytes are reserved for a client that is gone", n)
		}
	})
}

func encode(args []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(a), a)
	}
	return b.String()
}

// skipped are commands that end or hold up the connection or the server.
var skipped = []string{"quit", "reset", "shutdown", "client", "subscribe", "psubscribe", "ssubscribe", "config", "auth", "hello", "eval", "evalsha",
	"eval_ro", "evalsha_ro", "script", "multi", "wait", "waitaof"}

// TestEveryCommandWithExtremes runs every command of the table, with as many
// arguments as it takes and more, all of them extremes, keys of every type and
// words of options: none panics, and each is answered.
func TestEveryCommandWithExtremes(t *testing.T) {
	const rounds, seed = 150, 9
	g := gen{rand.New(rand.NewSource(seed))}
	addr, srv := startFerrite(t, clock.Real)
	c := dial(t, addr)
	c.do("config", "set", "proto-max-bulk-len", "1mb")
	options := []string{"count", "limit", "match", "withscores", "ex", "px", "nx", "gt", "rev", "byscore", "bylex", "get", "set", "incrby", "rank", "maxlen",
		"left", "right", "min", "max", "store", "by", "weights", "aggregate", "idx", "bit", "db", "replace", "u8", "i64", "and", "not", "before"}
	words := slices.Concat(extremes, options, []string{"s0", "s1", "s2", "h0", "l0", "t0", "z0", "y0", "nokey"})
	names := strings.Split(strings.Trim(c.do("command", "list"), `[]`), " ")
	tried := 0
	for _, name := range names {
		name = strings.Trim(name, `"`)
		if slices.ContainsFunc(skipped, func(s string) bool { return name == s || strings.HasPrefix(name, s+"|") }) {
			continue
		}
		for round := range rounds {
			if round%50 == 0 {
				c.do("flushall")
				for _, line := range typedKeys {
					c.do(strings.Split(line, " ")...)
				}
			}
			args := strings.Split(name, "|")
			for range g.Intn(7) {
				args = append(args, words[g.Intn(len(words))])
			}
			if strings.HasPrefix(name, "b") && len(args) > 2 {
				args[len(args)-1] = "0.001" // a time that ends
			}
			c.send(args...)
			c.recv()
			tried++
		}
	}
	if n := srv.Stats.Panics.Load(); n != 0 || tried < 100*rounds {
		t.Errorf("%d panics in %d commands", n, tried)
	}
}
