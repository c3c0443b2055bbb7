package command

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/keyspace"
)

// infoSection is one section of INFO.
type infoSection struct {
	name string
	// special sections are shown only when named, or by "all" or "everything".
	special bool
	write   func(x *Exec, b *strings.Builder) error
}

var infoSections = []infoSection{
	{"server", false, infoServer},
	{"clients", false, infoClients},
	{"memory", false, infoMemory},
	{"persistence", false, infoPersistence},
	{"stats", false, infoStats},
	{"replication", false, infoReplication},
	{"cpu", false, infoCPU},
	{"modules", false, func(*Exec, *strings.Builder) error { return nil }},
	{"errorstats", false, infoErrors},
	{"commandstats", true, infoCommandStats},
	{"cluster", false, func(_ *Exec, b *strings.Builder) error { b.WriteString("cluster_enabled:0\r\n"); return nil }},
	{"ferrite", false, infoFerrite},
	{"keyspace", false, infoKeyspace},
}

func cmdInfo(x *Exec) error {
	want := map[string]bool{}
	for _, a := range x.Args[1:] {
		want[strings.ToLower(string(a))] = true
	}
	all := want["all"] || want["everything"]
	byDefault := len(want) == 0 || want["default"]
	var b strings.Builder
	for _, s := range infoSections {
		if !(want[s.name] || all || byDefault && !s.special) {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString("# " + title(s.name) + "\r\n")
		if err := s.write(x, &b); err != nil {
			return err
		}
	}
	x.W.Verbatim("txt", b.String())
	return nil
}

func title(s string) string {
	if s == "cpu" {
		return "CPU"
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func line(b *strings.Builder, name string, v any) { fmt.Fprintf(b, "%s:%v\r\n", name, v) }

func infoServer(x *Exec, b *strings.Builder) error {
	up := x.srv.Clock().Now().Sub(x.srv.Started)
	loop, _ := x.srv.Loop()
	line(b, "redis_version", redisVersion)
	line(b, "redis_mode", "standalone")
	line(b, "os", runtime.GOOS+" "+runtime.GOARCH)
	line(b, "arch_bits", 32<<(^uint(0)>>63))
	line(b, "multiplexing_api", loop)
	line(b, "process_id", os.Getpid())
	line(b, "tcp_port", x.srv.Port())
	line(b, "server_time_usec", x.srv.Clock().Now().UnixMicro())
	line(b, "uptime_in_seconds", int64(up.Seconds()))
	line(b, "uptime_in_days", int64(up.Hours()/24))
	line(b, "ferrite_version", x.cfg.Version)
	return nil
}

func infoClients(x *Exec, b *strings.Builder) error {
	line(b, "connected_clients", x.srv.ClientCount())
	line(b, "maxclients", x.srv.Settings.ClientsMax.Load())
	line(b, "blocked_clients", x.srv.BlockedCount())
	line(b, "watching_clients", x.srv.WatchingCount())
	line(b, "tracking_clients", 0)
	return nil
}

func infoMemory(_ *Exec, b *strings.Builder) error {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	line(b, "used_memory", m.HeapAlloc)
	line(b, "used_memory_human", human(m.HeapAlloc))
	line(b, "used_memory_rss", m.Sys)
	line(b, "used_memory_rss_human", human(m.Sys))
	line(b, "used_memory_peak", m.HeapSys)
	line(b, "maxmemory", 0)
	line(b, "maxmemory_human", "0B")
	line(b, "maxmemory_policy", "noeviction")
	line(b, "mem_fragmentation_ratio", "1.00")
	line(b, "mem_allocator", "go")
	return nil
}

func human(n uint64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.2fG", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.2fM", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.2fK", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%dB", n)
}

// durabilityNames are the values of appendfsync, by txn.Durability.
var durabilityNames = map[txn.Durability]string{txn.Fsync: "always", txn.EverySec: "everysec", txn.None: "no"}

func infoPersistence(x *Exec, b *strings.Builder) error {
	store := x.cfg.Store
	line(b, "loading", 0)
	line(b, "rdb_changes_since_last_save", 0)
	line(b, "rdb_bgsave_in_progress", 0)
	line(b, "rdb_last_save_time", x.lastSave.Load())
	line(b, "rdb_last_bgsave_status", "ok")
	line(b, "aof_enabled", 1)
	line(b, "aof_rewrite_in_progress", 0)
	line(b, "aof_last_bgrewrite_status", "ok")
	line(b, "aof_last_write_status", "ok")
	line(b, "aof_current_size", uint64(store.WrittenPosition()))
	line(b, "aof_pending_bio_fsync", btoi(store.SyncedPosition() < store.WrittenPosition()))
	return nil
}

func infoStats(x *Exec, b *strings.Builder) error {
	s := &x.srv.Stats
	line(b, "total_connections_received", s.Connections.Load())
	line(b, "total_commands_processed", s.Commands.Load())
	line(b, "instantaneous_ops_per_sec", 0)
	line(b, "total_net_input_bytes", s.NetIn.Load())
	line(b, "total_net_output_bytes", s.NetOut.Load())
	line(b, "rejected_connections", s.Rejected.Load())
	line(b, "expired_keys", s.ExpiredKeys.Load())
	line(b, "evicted_keys", 0)
	line(b, "keyspace_hits", s.KeyspaceHits.Load())
	line(b, "keyspace_misses", s.KeyspaceMisses.Load())
	line(b, "pubsub_channels", x.srv.PubSub.Count(0))
	line(b, "pubsub_patterns", x.srv.PubSub.Count(1))
	line(b, "pubsubshard_channels", x.srv.PubSub.Count(2))
	line(b, "total_error_replies", s.Errors.Load())
	line(b, "client_output_buffer_limit_disconnections", s.OutputLimitKills.Load())
	return nil
}

func infoReplication(_ *Exec, b *strings.Builder) error {
	line(b, "role", "master")
	line(b, "connected_slaves", 0)
	line(b, "master_repl_offset", 0)
	return nil
}

func infoErrors(x *Exec, b *strings.Builder) error {
	if n := x.srv.Stats.Errors.Load(); n > 0 {
		line(b, "errorstat_ERR", fmt.Sprintf("count=%d", n))
	}
	return nil
}

func infoCommandStats(x *Exec, b *strings.Builder) error {
	var lines []string
	for _, c := range x.Table.Counted() {
		n, f := x.Calls[c.Index()].Load(), x.Failed[c.Index()].Load()
		if n > 0 {
			lines = append(lines, fmt.Sprintf("cmdstat_%s:calls=%d,usec=0,usec_per_call=0.00,rejected_calls=0,failed_calls=%d\r\n", c.FullName(), n, f))
		}
	}
	slices.Sort(lines)
	b.WriteString(strings.Join(lines, ""))
	return nil
}

// infoFerrite says what Redis has no line for.
func infoFerrite(x *Exec, b *strings.Builder) error {
	s := &x.srv.Stats
	loop, n := x.srv.Loop()
	store := x.cfg.Store
	line(b, "loop", loop)
	line(b, "loops", n)
	line(b, "durability", durabilityNames[x.srv.Settings.Durability()])
	line(b, "turns", s.Turns.Load())
	line(b, "turns_written", s.Commits.Load())
	line(b, "turn_commands_max", s.TurnCommandsMax.Load())
	line(b, "lock_waits", s.LockWaits.Load())
	line(b, "panics", s.Panics.Load())
	line(b, "client_buffers_large", x.srv.Buffered())
	line(b, "client_buffer_refusals", s.BufferRefusals.Load())
	line(b, "auth_failures", s.AuthFailures.Load())
	line(b, "http_attacks", s.HTTPAttacks.Load())
	line(b, "log_written_position", uint64(store.WrittenPosition()))
	line(b, "log_synced_position", uint64(store.SyncedPosition()))
	return nil
}

// keyCounts remembers how many keys the databases hold, as counting reads them
// all: a count is used for as long as many times its own cost.
type keyCounts struct {
	mu    sync.Mutex
	text  string
	until time.Time
}

// countShare: at most one part in so many of the time goes to counting keys.
const countShare = 50

func infoKeyspace(x *Exec, b *strings.Builder) error {
	k := &x.counts
	k.mu.Lock()
	defer k.mu.Unlock()
	clk := x.srv.Clock()
	from := clk.Now()
	if from.Before(k.until) {
		b.WriteString(k.text)
		return nil
	}
	own := x.Tx.DB()
	defer x.Tx.SetDB(own)
	var text strings.Builder
	for db := range keyspace.DatabasesMax {
		x.Tx.SetDB(uint16(db))
		it, err := x.Tx.ScanFrom(nil, txn.ScanOptions{})
		if err != nil {
			return err
		}
		keys, expires := 0, 0
		for it.Next() {
			keys++
			if it.ExpireAtMs() != 0 {
				expires++
			}
		}
		err = it.Err()
		it.Close()
		if err != nil {
			return err
		}
		if keys > 0 {
			fmt.Fprintf(&text, "db%d:keys=%d,expires=%d,avg_ttl=0\r\n", db, keys, expires)
		}
	}
	took := clk.Now().Sub(from)
	if took > time.Millisecond {
		k.text, k.until = text.String(), from.Add(took*countShare)
	}
	b.WriteString(text.String())
	return nil
}

func infoCPU(_ *Exec, b *strings.Builder) error {
	user, sys := cpuSeconds()
	line(b, "used_cpu_sys", fmt.Sprintf("%.6f", sys))
	line(b, "used_cpu_user", fmt.Sprintf("%.6f", user))
	return nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
