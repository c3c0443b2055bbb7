package command

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/txn/local"
	"github.com/ferritedb/ferrite/txn/redis"
)

// contents are the records of the Redis keyspace as x sees them.
func contents(t *testing.T, x txn.Txn) string {
	t.Helper()
	it, err := x.Scan([]byte{keys.Redis}, []byte{keys.RedisExpiry + 1}, txn.ScanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer it.Close()
	var b strings.Builder
	for it.Next() {
		fmt.Fprintf(&b, "%x=%x,%d\n", it.Key(), it.Record().Value, it.Record().ExpireAtMs)
	}
	if err := it.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// words are what random commands are made of: keys of every type, members, numbers
// within and past their limits, options.
var words = strings.Fields(`str list set zset hash missing a b 0 1 -1 2.5 nan +inf 9223372036854775807
	-9223372036854775808 (1 [a - + GET SET NX XX EX PX LIMIT WITHSCORES COUNT MATCH * STORE BY DESC BEFORE LEFT RIGHT u8 #1 AND`)

// TestCommandsKeepTheirPromises runs random calls of every command over a
// transaction, without a door, and looks at what the package promises: a command
// that fails leaves neither writes nor a reply, one that does not say that it
// writes changes nothing, and a reply is one whole value.
func TestCommandsKeepTheirPromises(t *testing.T) {
	const rounds, perRound = 8, 600
	for seed := range uint64(rounds) {
		rnd := rand.New(rand.NewPCG(seed, 5))
		store := local.OpenMemory()
		ks := keyspace.New(store, clock.Real, rnd)
		x, err := store.Begin(txn.Options{})
		if err != nil {
			t.Fatal(err)
		}
		table := NewTable(Families()...)
		exec := &Exec{Shared: NewShared(ks, rnd, table, nil), Tx: ks.NewTx(x, keyspace.TxOptions{})}
		run := func(args ...string) (ok bool) {
			t.Helper()
			raw := make([][]byte, len(args))
			for i, a := range args {
				raw[i] = []byte(a)
			}
			cmd, err := table.Admit(raw)
			if err != nil {
				return false
			}
			before := contents(t, x)
			w := &redis.Writer{RESP3: seed%2 == 0, Limit: 1 << 20, B: []byte("kept")}
			err = exec.Do(cmd, raw, w)
			after := contents(t, x)
			switch {
			case err != nil && (after != before || string(w.B) != "kept"):
				t.Fatalf("seed %d: %q failed (%v) and left writes or a reply", seed, args, err)
			case err == nil && cmd.Flags&Write == 0 && after != before:
				t.Fatalf("seed %d: %q does not say that it writes, and did", seed, args)
			case err == nil:
				if _, rest, whole, err := redis.Read(w.B[len("kept"):]); err != nil || !whole || len(rest) > 0 {
					t.Fatalf("seed %d: %q replied %q: %v", seed, args, w.B, err)
				}
			}
			return err == nil
		}
		for _, c := range [][]string{{"set", "str", "12"}, {"rpush", "list", "a", "b", "1"}, {"sadd", "set", "a", "b", "1"},
			{"zadd", "zset", "1", "a", "2", "b"}, {"hset", "hash", "a", "1", "b", "x"}} {
			if !run(c...) {
				t.Fatalf("%q failed", c)
			}
		}
		done := 0
		for range perRound {
			cmd := table.Ordered()[rnd.IntN(len(table.Ordered()))]
			args := []string{cmd.Name}
			for want := max(cmd.Arity, -cmd.Arity) + rnd.IntN(4); len(args) < want; {
				args = append(args, words[rnd.IntN(len(words))])
			}
			if cmd.Arity > 0 {
				args = args[:cmd.Arity]
			}
			if cmd.First > 0 && cmd.First < len(args) && rnd.IntN(4) > 0 {
				args[cmd.First] = words[rnd.IntN(6)]
			}
			if run(args...) {
				done++
			}
		}
		if done < perRound/10 {
			t.Errorf("seed %d: only %d of %d calls succeeded: the words do not fit the commands", seed, done, perRound)
		}
		x.Rollback()
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
