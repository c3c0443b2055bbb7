package server

import (
	"errors"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ferritedb/ferrite/kv/fault"
	"github.com/ferritedb/ferrite/txn"
)

// collector gives the server's figures to Prometheus at each scrape.
type collector struct{ s *Server }

// Describe sends nothing: which figures the engine has is known when asked.
func (c collector) Describe(chan<- *prometheus.Desc) {}

// Collect reads all figures.
func (c collector) Collect(out chan<- prometheus.Metric) {
	if c.s.phase() == starting {
		return // there is nothing yet to read from
	}
	for _, m := range c.s.kv.Metrics() {
		kind := prometheus.GaugeValue
		if m.Counter {
			kind = prometheus.CounterValue
		}
		desc := prometheus.NewDesc("ferrite_kv_"+metricName(m.Name), m.Help, nil, nil)
		out <- prometheus.MustNewConstMetric(desc, kind, m.Value)
	}
	figures := append(append(c.sql(), c.txn()...), c.memory()...)
	if r := c.s.resp; r != nil {
		loop, loops := r.Loop()
		desc := prometheus.NewDesc("ferrite_resp_loops", "Event loops of the Redis port, by kind.", []string{"kind"}, nil)
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(loops), loop)
		figures = append(figures, c.resp()...)
	}
	for _, f := range figures {
		kind := prometheus.GaugeValue
		if strings.HasSuffix(f.name, "_total") {
			kind = prometheus.CounterValue
		}
		desc := prometheus.NewDesc("ferrite_"+f.name, f.help, nil, nil)
		out <- prometheus.MustNewConstMetric(desc, kind, float64(f.value))
	}
}

// figure is one number; a name that ends in _total only grows.
type figure struct {
	name, help string
	value      int64
}

func (c collector) sql() []figure {
	s, w := &c.s.sessions.Stats, &c.s.pg.Stats
	return []figure{
		{"pg_connections", "PostgreSQL connections open now.", w.Conns.Load()},
		{"pg_connections_total", "PostgreSQL connections accepted.", w.Opened.Load()},
		{"pg_auth_failures_total", "PostgreSQL clients that failed to authenticate.", w.AuthFailures.Load()},
		{"sql_sessions", "SQL sessions open now.", int64(len(c.s.sessions.Backends()))},
		{"sql_statements_total", "SQL statements started.", s.Statements.Load()},
		{"sql_errors_total", "SQL statements that failed.", s.Errors.Load()},
		{"sql_commits_total", "SQL transactions committed.", s.Commits.Load()},
		{"sql_rollbacks_total", "SQL transactions rolled back.", s.Rollbacks.Load()},
		{"sql_plan_cache_hits_total", "Query strings found in the plan cache.", s.PlanHits.Load()},
		{"sql_plan_cache_misses_total", "Query strings not found in the plan cache.", s.PlanMisses.Load()},
		{"sql_plan_cache_entries", "Entries of the plan cache.", int64(c.s.sessions.Plans.Len())},
	}
}

func (c collector) txn() []figure {
	writable, full := int64(1), int64(0)
	if err := c.s.store.Writable(); err != nil {
		writable = 0
		if errors.Is(err, txn.ErrDiskFull) {
			full = 1
		}
	}
	return []figure{
		{"log_writable", "1 while commits that write are taken.", writable},
		{"disk_full", "1 while writes are refused because the disk is full.", full},
		{"txn_log_written_bytes_total", "Position in the commit log up to which it is written.", int64(c.s.store.WrittenPosition())},
		{"txn_log_synced_bytes_total", "Position in the commit log up to which it is synced.", int64(c.s.store.SyncedPosition())},
		{"txn_locks", "Locks held and waited for.", int64(len(c.s.store.Locks()))},
	}
}

func (c collector) memory() []figure {
	m := c.s.memory
	return []figure{
		{"memory_limit_bytes", "What statements, scripts and commands may hold together; 0 for no bound.", m.Limit()},
		{"memory_used_bytes", "What statements, scripts and commands hold, in grants.", m.Used()},
		{"panics_total", "Defects that were caught: statements, connections and background work. Redis commands count on their own.", fault.Count()},
		{"memory_waiting", "Statements that wait for memory.", m.Waiting()},
	}
}

func (c collector) resp() []figure {
	s := &c.s.resp.Stats
	return []figure{
		{"resp_connections", "Redis connections open now.", int64(c.s.resp.ClientCount())},
		{"resp_connections_total", "Redis connections accepted.", s.Connections.Load()},
		{"resp_commands_total", "Redis commands processed.", s.Commands.Load()},
		{"resp_turns_total", "Event loop turns that ran a command.", s.Turns.Load()},
		{"resp_commits_total", "Event loop turns that wrote.", s.Commits.Load()},
		{"resp_errors_total", "Redis commands that failed.", s.Errors.Load()},
		{"resp_keyspace_hits_total", "Keys found by reading Redis commands.", s.KeyspaceHits.Load()},
		{"resp_keyspace_misses_total", "Keys not found by reading Redis commands.", s.KeyspaceMisses.Load()},
		{"resp_expired_keys_total", "Keys that expired.", s.ExpiredKeys.Load()},
		{"resp_received_bytes_total", "Bytes received from Redis clients.", s.NetIn.Load()},
		{"resp_sent_bytes_total", "Bytes sent to Redis clients.", s.NetOut.Load()},
	}
}

func metricName(n string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}, strings.ToLower(n))
}
