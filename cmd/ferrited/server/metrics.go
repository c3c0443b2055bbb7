package server

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// collector gives the server's figures to Prometheus at each scrape.
type collector struct{ s *Server }

// Describe sends nothing: which figures the engine has is known when asked.
func (c collector) Describe(chan<- *prometheus.Desc) {}

// Collect reads all figures.
func (c collector) Collect(out chan<- prometheus.Metric) {
	for _, m := range c.s.kv.Metrics() {
		kind := prometheus.GaugeValue
		if m.Counter {
			kind = prometheus.CounterValue
		}
		desc := prometheus.NewDesc("ferrite_kv_"+metricName(m.Name), m.Help, nil, nil)
		out <- prometheus.MustNewConstMetric(desc, kind, m.Value)
	}
	s, w := &c.s.sessions.Stats, &c.s.pg.Stats
	for _, f := range []struct {
		name, help string
		kind       prometheus.ValueType
		value      int64
	}{
		{"pg_connections", "PostgreSQL connections open now.", prometheus.GaugeValue, w.Conns.Load()},
		{"pg_connections_total", "PostgreSQL connections accepted.", prometheus.CounterValue, w.Opened.Load()},
		{"pg_auth_failures_total", "PostgreSQL clients that failed to authenticate.", prometheus.CounterValue, w.AuthFailures.Load()},
		{"sql_sessions", "SQL sessions open now.", prometheus.GaugeValue, int64(len(c.s.sessions.Backends()))},
		{"sql_statements_total", "SQL statements started.", prometheus.CounterValue, s.Statements.Load()},
		{"sql_errors_total", "SQL statements that failed.", prometheus.CounterValue, s.Errors.Load()},
		{"sql_commits_total", "SQL transactions committed.", prometheus.CounterValue, s.Commits.Load()},
		{"sql_rollbacks_total", "SQL transactions rolled back.", prometheus.CounterValue, s.Rollbacks.Load()},
		{"sql_plan_cache_hits_total", "Query strings found in the plan cache.", prometheus.CounterValue, s.PlanHits.Load()},
		{"sql_plan_cache_misses_total", "Query strings not found in the plan cache.", prometheus.CounterValue, s.PlanMisses.Load()},
		{"sql_plan_cache_entries", "Entries of the plan cache.", prometheus.GaugeValue, int64(c.s.sessions.Plans.Len())},
		{"txn_log_written_bytes", "Position in the commit log up to which it is written.", prometheus.CounterValue, int64(c.s.store.WrittenPosition())},
		{"txn_log_synced_bytes", "Position in the commit log up to which it is synced.", prometheus.CounterValue, int64(c.s.store.SyncedPosition())},
		{"txn_locks", "Locks held and waited for.", prometheus.GaugeValue, int64(len(c.s.store.Locks()))},
	} {
		desc := prometheus.NewDesc("ferrite_"+f.name, f.help, nil, nil)
		out <- prometheus.MustNewConstMetric(desc, f.kind, float64(f.value))
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
