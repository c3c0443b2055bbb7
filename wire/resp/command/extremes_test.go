package command_test

import (
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/kv/clock"
)

// extremes are what stands in the place of an argument: integers at and around
// the ends of their types, floats, and what is neither.
var extremes = []string{
	"9223372036854775807", "9223372036854775806", "9223372036854775808", "-9223372036854775808", "-9223372036854775807", "-9223372036854775809",
	"4611686018427387904", "-4611686018427387905", "9223372036854775", "9223372036854776", "-9223372036854776",
	"2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296", "18446744073709551615",
	"0", "1", "-1", "-0", "+1", "01", "1e3", "1.5", "inf", "-inf", "nan", "1e308", "-1e308", "1e-320", "0x10", "", " 1", "1 ",
	"#0", "#9223372036854775807", "i64", "u64", "i65", "u0", "(1", "(inf", "[", "[a", "-", "+", "*",
}

// wrongHereMax ends the extremes of one argument after so many differences.
const wrongHereMax = 2

// repeats are commands whose reply grows with a negative count: the peer would
// fill the memory.
var repeats = []string{"srandmember", "hrandfield", "zrandmember"}

// cursors are where commands take one: here those that were given out are
// accepted, there any number.
var cursors = map[string]int{"scan": 1, "sscan": 2, "hscan": 2, "zscan": 2}

// typedKeys hold one value of every type, for keys in the wrong places.
var typedKeys = []string{
	"set s0 10", "set s1 hello", "set s2 \xff\x00\xfe", "set s3 1.5",
	"hset h0 field1 1 field2 b", "rpush l0 1 2 3", "rpush l1 b a c", "sadd t0 1 2 3", "sadd t1 m1 m2",
	"zadd z0 1 m1 2 m2 3 3", "zadd y0 0 a 0 b 0 c", "mset w1 5 w2 3", "rpush sl 1 2 3",
}

// excepted are commands whose replies cannot be compared.
func excepted(args []string, at int) bool {
	switch {
	case slices.Contains(repeats, args[0]) && (strings.HasPrefix(args[at], "-") || args[at] == "1"):
		return true // left to chance, or too much for the peer
	case at == cursors[args[0]] || args[0] == "scan" && (at == 5 || args[at] == "*"):
		return true
	case at == 1 && slices.Contains(args, "BYLEX") || strings.Contains(args[0], "lex"):
		return args[at] == "z0" // members of several scores have no such order
	}
	return false
}

// TestExtremes puts every extreme, and keys of every type, in the place of every
// argument of every command, and compares the replies with redis-server's.
func TestExtremes(t *testing.T) {
	redis := startRedis(t)
	ferrite, _ := startFerrite(t, clock.Real)
	a, b := dial(t, redis), dial(t, ferrite)
	const seed = 7
	g := gen{rand.New(rand.NewSource(seed))}
	reset := func() {
		for _, c := range []*client{a, b} {
			c.do("reset")
			c.do("config", "set", "proto-max-bulk-len", "1mb")
			c.do("flushall")
			for _, line := range typedKeys {
				if r := c.do(strings.Split(line, " ")...); strings.HasPrefix(r, "-") {
					t.Fatalf("%q: %s", line, r)
				}
			}
		}
	}
	wrong, runs := 0, 0
	words := append(slices.Clone(extremes), "s0", "s1", "s2", "h0", "l0", "t0", "z0", "nokey")
	for _, family := range slices.Sorted(maps.Keys(families)) {
		text := families[family]
		if family == "multi" || family == "large" || family == "script" || family == "misc" {
			continue // commands of the connection
		}
		for _, line := range strings.Split(strings.TrimSpace(text)+"\n"+more[family], "\n") {
			pattern, group := sortGroups(line)
			if pattern == "" {
				continue
			}
			base := g.expand(pattern)
			for at := 1; at < len(base); at++ {
				reset()
				before := wrong
				for _, word := range words {
					args := slices.Clone(base)
					args[at] = word
					if excepted(args, at) {
						continue
					}
					a.send(args...)
					b.send(args...)
					want, got := a.recv(), b.recv()
					if group > 0 {
						want, got = want.sorted(group), got.sorted(group)
					}
					runs++
					if want.String() != got.String() {
						t.Errorf("%q\n redis   %.300s\n ferrite %.300s", args, want, got)
						if wrong++; wrong == before+wrongHereMax {
							break
						}
						reset()
					}
				}
			}
		}
	}
	t.Logf("%d commands compared", runs)
}

// more are patterns of options that the families leave out, by family.
var more = map[string]string{
	"string": `
set Ks V EX 100
set Ks V PX 100000
set Ks V EXAT 33177117420
set Ks V PXAT 33177117420000
setex Ks 100 V
psetex Ks 100000 V
getex Ks EX 100
getex Ks PXAT 33177117420000
bitfield Ks GET u8 #1 SET i64 #0 5
bitfield Ks OVERFLOW SAT INCRBY u63 0 5
bitfield Ks OVERFLOW FAIL INCRBY i64 0 5
lcs Ks Ks IDX MINMATCHLEN 2`,
	"list": "lpos Kl M RANK 1 COUNT 1 MAXLEN 1\nlmpop 1 Kl LEFT COUNT 1\nsort Kl ALPHA LIMIT 0 1",
	"set":  "sintercard 1 Kt LIMIT 1\nsscan t0 0 MATCH * COUNT 10",
	"hash": "hscan h0 0 MATCH * COUNT 10\nhrandfield Kh 2 WITHVALUES #2",
	"zset": "zrange Kz 0 -1 BYSCORE LIMIT 0 1\nzrangebyscore Kz 0 1 LIMIT 0 1\nzmpop 1 Kz MIN COUNT 1\nzscan z0 0 MATCH * COUNT 10\nzunionstore Kz 2 Kz Kt WEIGHTS 1 2",
	"keys": "scan 0 MATCH nothing COUNT 1000\npexpireat Ks 33177117420000\nexpire Ks 100",
	"sort": "sort_ro sl LIMIT 0 1 GET # GET w*",
	"lex":  "zrangebylex y0 - + LIMIT 0 1",
}

// A count that asks for more than a reply may hold is an error, not a memory full
// of members.
func TestRepeatedMembers(t *testing.T) {
	addr, _ := startFerrite(t, clock.Real)
	c := dial(t, addr)
	c.do("sadd", "t", strings.Repeat("x", 1000))
	c.do("hset", "h", strings.Repeat("x", 1000), "v")
	c.do("zadd", "z", "1", strings.Repeat("x", 1000))
	for _, cmd := range []string{"srandmember t", "hrandfield h", "zrandmember z"} {
		for _, n := range []string{"-9223372036854775807", "-4611686018427387903", "-2147483648", "-10000000"} {
			args := append(strings.Fields(cmd), n)
			if r := c.do(args...); !strings.HasPrefix(r, "-ERR") {
				t.Errorf("%q: %.100s", args, r)
			}
		}
		if r := c.do(append(strings.Fields(cmd), "-1000")...); strings.HasPrefix(r, "-") {
			t.Errorf("%s: %s", cmd, r)
		}
	}
	if r := c.do("ping"); r != "+PONG" {
		t.Error(fmt.Sprint("ping: ", r))
	}
}
