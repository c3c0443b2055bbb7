package command

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/command"
	"github.com/ferritedb/ferrite/txn/redis"
	"github.com/ferritedb/ferrite/wire/resp"
)

var configCommands = []command.Command{
	{Name: "get", Arity: -3, Flags: command.Admin | command.NoScript | command.Loading | command.Stale, Cats: "admin slow dangerous", Since: "2.0.0", Summary: "Get the values of configuration parameters", Run: door(cmdConfigGet)},
	{Name: "set", Arity: -4, Flags: command.Admin | command.NoScript | command.Loading | command.Stale, Cats: "admin slow dangerous", Since: "2.0.0", Summary: "Set configuration parameters to the given values", Run: door(cmdConfigSet)},
	{Name: "resetstat", Arity: 2, Flags: command.Admin | command.NoScript | command.Loading | command.Stale, Cats: "admin slow dangerous", Since: "2.0.0", Summary: "Reset the stats returned by INFO", Run: door(cmdConfigResetStat)},
	{Name: "rewrite", Arity: 2, Flags: command.Admin | command.NoScript | command.Loading | command.Stale, Cats: "admin slow dangerous", Since: "2.8.0", Summary: "Rewrite the configuration file with the in memory configuration", Run: refuseWith("ERR The server is running without a config file")},
}

// param is one setting. A nil set means that it cannot be changed.
type param struct {
	name string
	get  func(x *Exec) string
	set  func(x *Exec, v string) error
}

func fixed(name, v string) param {
	return param{name, func(*Exec) string { return v }, nil}
}

// number is a setting held in an atomic, with bounds.
func number(name string, min, max int64, at func(x *Exec) *atomic.Int64) param {
	return param{name,
		func(x *Exec) string { return strconv.FormatInt(at(x).Load(), 10) },
		func(x *Exec, v string) error {
			n, ok := parseMemory(v)
			if !ok {
				return command.Err("argument couldn't be parsed into an integer")
			}
			if n < min || n > max {
				return command.Err(fmt.Sprintf("argument must be between %d and %d inclusive", min, max))
			}
			at(x).Store(n)
			return nil
		}}
}

// parseMemory reads an integer with Redis' units (1k, 1kb, 1mb …).
func parseMemory(v string) (int64, bool) {
	s := strings.ToLower(v)
	unit := int64(1)
	for _, u := range []struct {
		suffix string
		n      int64
	}{{"gb", 1 << 30}, {"mb", 1 << 20}, {"kb", 1 << 10}, {"g", 1e9}, {"m", 1e6}, {"k", 1e3}, {"b", 1}} {
		if rest, ok := strings.CutSuffix(s, u.suffix); ok {
			s, unit = rest, u.n
			break
		}
	}
	n, ok := redis.ParseInt([]byte(s))
	if !ok || n > math.MaxInt64/unit || n < math.MinInt64/unit {
		return 0, false
	}
	return n * unit, true
}

const maxInt32 = 1<<31 - 1

// params are the settings that CONFIG knows, by name.
var params []param

func init() {
	params = []param{
		{"appendfsync", func(x *Exec) string { return durabilityNames[x.srv.Settings.Durability()] }, setAppendFsync},
		{"requirepass", func(x *Exec) string { return x.srv.Settings.Password() }, func(x *Exec, v string) error {
			x.srv.Settings.SetPassword(v)
			return nil
		}},
		number("maxclients", 1, maxInt32, func(x *Exec) *atomic.Int64 { return &x.srv.Settings.ClientsMax }),
		number("proto-max-bulk-len", 1<<20, 1<<40, func(x *Exec) *atomic.Int64 { return &x.srv.Settings.BulkBytesMax }),
		number("client-query-buffer-limit", 1<<20, 1<<40, func(x *Exec) *atomic.Int64 { return &x.srv.Settings.QueryBytesMax }),
		number("slowlog-log-slower-than", -1, 1<<62, func(x *Exec) *atomic.Int64 { return &x.srv.Settings.SlowlogMicros }),
		number("busy-reply-threshold", 0, 1<<40, func(x *Exec) *atomic.Int64 { return &x.srv.Settings.BusyMillis }),
		number("lua-time-limit", 0, 1<<40, func(x *Exec) *atomic.Int64 { return &x.srv.Settings.BusyMillis }),
		number("slowlog-max-len", 0, maxInt32, func(x *Exec) *atomic.Int64 { return &x.srv.Settings.SlowlogMax }),
		number("hash-max-listpack-entries", 0, maxInt32, func(x *Exec) *atomic.Int64 { return &x.Keyspace.Limits.HashEntriesMax }),
		number("hash-max-ziplist-entries", 0, maxInt32, func(x *Exec) *atomic.Int64 { return &x.Keyspace.Limits.HashEntriesMax }),
		number("hash-max-listpack-value", 0, maxInt32, func(x *Exec) *atomic.Int64 { return &x.Keyspace.Limits.HashValueMax }),
		number("hash-max-ziplist-value", 0, maxInt32, func(x *Exec) *atomic.Int64 { return &x.Keyspace.Limits.HashValueMax }),
		number("set-max-intset-entries", 0, maxInt32, func(x *Exec) *atomic.Int64 { return &x.Keyspace.Limits.SetIntsetMax }),
		number("zset-max-listpack-entries", 0, maxInt32, func(x *Exec) *atomic.Int64 { return &x.Keyspace.Limits.ZSetEntriesMax }),
		number("zset-max-ziplist-entries", 0, maxInt32, func(x *Exec) *atomic.Int64 { return &x.Keyspace.Limits.ZSetEntriesMax }),
		number("zset-max-listpack-value", 0, maxInt32, func(x *Exec) *atomic.Int64 { return &x.Keyspace.Limits.ZSetValueMax }),
		number("zset-max-ziplist-value", 0, maxInt32, func(x *Exec) *atomic.Int64 { return &x.Keyspace.Limits.ZSetValueMax }),
		number("packed-bytes-max", 64, 1<<20, func(x *Exec) *atomic.Int64 { return &x.Keyspace.Limits.PackedBytesMax }),
		{"client-output-buffer-limit", outputLimits, setOutputLimits},
		{"port", func(x *Exec) string { return strconv.Itoa(x.srv.Port()) }, nil},
		fixed("appendonly", "yes"),
		fixed("save", ""),
		fixed("databases", "16"),
		fixed("maxmemory", "0"),
		fixed("maxmemory-policy", "noeviction"),
		fixed("timeout", "0"),
		fixed("list-max-listpack-size", "-2"),
		fixed("cluster-enabled", "no"),
	}
	slices.SortFunc(params, func(a, b param) int { return strings.Compare(a.name, b.name) })
}

func setAppendFsync(x *Exec, v string) error {
	for d, name := range durabilityNames {
		if strings.EqualFold(v, name) {
			x.srv.Settings.SetDurability(d)
			return nil
		}
	}
	return command.Err("argument(s) must be one of the following: everysec, always, no")
}

// outputLimitNames are the classes of client-output-buffer-limit; there are no
// replicas.
var outputLimitNames = map[resp.OutputClass]string{resp.OutputNormal: "normal", resp.OutputPubSub: "pubsub"}

func outputLimits(x *Exec) string {
	show := func(c resp.OutputClass) string {
		l := &x.srv.Settings.Output[c]
		return fmt.Sprintf("%s %d %d %d", outputLimitNames[c], l.Hard.Load(), l.Soft.Load(), l.SoftSeconds.Load())
	}
	return show(resp.OutputNormal) + " slave 0 0 0 " + show(resp.OutputPubSub)
}

// setOutputLimits reads "class hard soft seconds" fours; all are read before any
// is set.
func setOutputLimits(x *Exec, v string) error {
	words := strings.Fields(v)
	if len(words) == 0 || len(words)%4 != 0 {
		return command.Err("Wrong number of arguments in buffer limit configuration.")
	}
	var todo []func()
	for i := 0; i < len(words); i += 4 {
		hard, ok1 := parseMemory(words[i+1])
		soft, ok2 := parseMemory(words[i+2])
		seconds, ok3 := redis.ParseInt([]byte(words[i+3]))
		if !ok1 || !ok2 || !ok3 || hard < 0 || soft < 0 || seconds < 0 || seconds > maxInt32 {
			return command.Err("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
		}
		name := strings.ToLower(words[i])
		found := name == "slave" || name == "replica"
		for c, n := range outputLimitNames {
			if n == name {
				found = true
				todo = append(todo, func() { x.srv.Settings.Output[c].Store(hard, soft, seconds) })
			}
		}
		if !found {
			return command.Err("Invalid client class specified in buffer limit configuration.")
		}
	}
	for _, f := range todo {
		f()
	}
	return nil
}

func findParam(name string) *param {
	for i := range params {
		if strings.EqualFold(params[i].name, name) {
			return &params[i]
		}
	}
	return nil
}

func cmdConfigGet(x *Exec) error {
	var found []*param
	for i := range params {
		for _, pat := range x.Args[2:] {
			if redis.MatchFold(pat, []byte(params[i].name)) {
				found = append(found, &params[i])
				break
			}
		}
	}
	x.W.Map(len(found))
	for _, p := range found {
		x.W.BulkString(p.name)
		x.W.BulkString(p.get(x))
	}
	return nil
}

func cmdConfigSet(x *Exec) error {
	if len(x.Args)%2 != 0 {
		return command.Err("ERR wrong number of arguments for 'config|set' command")
	}
	var todo []*param
	for i := 2; i < len(x.Args); i += 2 {
		name := string(x.Args[i])
		p := findParam(name)
		switch {
		case p == nil:
			return command.Err(fmt.Sprintf("ERR Unknown option or number of arguments for CONFIG SET - '%s'", name))
		case p.set == nil:
			return command.Err(fmt.Sprintf("ERR CONFIG SET failed (possibly related to argument '%s') - can't set immutable config", name))
		case slices.Contains(todo, p):
			return command.Err(fmt.Sprintf("ERR CONFIG SET failed (possibly related to argument '%s') - duplicate parameter", name))
		}
		todo = append(todo, p)
	}
	var old []string
	for i, p := range todo {
		old = append(old, p.get(x))
		if err := p.set(x, string(x.Args[3+2*i])); err != nil {
			for j := range i {
				if uerr := todo[j].set(x, old[j]); uerr != nil {
					return uerr
				}
			}
			return command.Err(fmt.Sprintf("ERR CONFIG SET failed (possibly related to argument '%s') - %s", x.Args[2+2*i], err))
		}
	}
	x.W.OK()
	return nil
}

func cmdConfigResetStat(x *Exec) error {
	x.srv.Stats.Reset()
	for i := range x.Calls {
		x.Calls[i].Store(0)
		x.Failed[i].Store(0)
	}
	x.W.OK()
	return nil
}

// Durability is a setting's spelling of a durability; ok is false for others.
func Durability(s string) (d txn.Durability, ok bool) {
	for d, name := range durabilityNames {
		if strings.EqualFold(s, name) || d == txn.Fsync && strings.EqualFold(s, "fsync") || d == txn.None && strings.EqualFold(s, "none") {
			return d, true
		}
	}
	return 0, false
}
