package config

import "time"

const connectionsMax = 1 << 20

// Table names every setting. One entry a line: name, default, how it is read,
// what it means.
var Table = []Setting{
	{Name: "data", Default: "./ferrite-data", set: text(func(c *Config) *string { return &c.Data }), Doc: "Directory of the data; made where it is absent."},
	{Name: "pg-addr", Default: "127.0.0.1:5432", set: text(func(c *Config) *string { return &c.PGAddr }), Doc: "Address for PostgreSQL clients; empty for none."},
	{Name: "resp-addr", Default: "127.0.0.1:6379", set: text(func(c *Config) *string { return &c.RESPAddr }), Doc: "Address for Redis clients; empty for none."},
	{Name: "http-addr", Default: "127.0.0.1:8432", set: text(func(c *Config) *string { return &c.HTTPAddr }), Doc: "Address for /metrics, /livez, /readyz and /healthz; empty for none."},

	{Name: "durability", Default: "fsync", Values: durabilities, set: text(func(c *Config) *string { return &c.Durability }), Doc: "What a SQL commit waits for."},
	{Name: "resp-durability", Default: "everysec", Values: durabilities, set: text(func(c *Config) *string { return &c.RESPDurability }), Doc: "What a Redis reply waits for."},
	{Name: "resp-loop", Default: "auto", Values: []string{"auto", "uring", "epoll", "netpoll"}, set: text(func(c *Config) *string { return &c.RESPLoop }), Doc: "Event loop of the Redis port."},
	{Name: "resp-loops", Default: "0", set: number(func(c *Config) *int64 { return &c.RESPLoops }, 0, 1024), Doc: "Number of event loops; 0 is one for two cores, at least one."},
	{Name: "resp-password", Default: "", Secret: true, set: text(func(c *Config) *string { return &c.RESPPassword }), Doc: "Password that Redis clients must give with AUTH; empty for none."},

	{Name: "memory", Default: "60%", set: memory, Doc: "Memory of the whole server: caches, statements and scripts; a statement that finds none waits, then fails with 53200. 0 is no bound."},
	{Name: "cache", Default: "256MiB", set: size(func(c *Config) *int64 { return &c.CacheBytes }, 1<<20), Doc: "Block cache of the storage engine; sizes may be shares of the memory, such as 25%."},
	{Name: "memtable", Default: "64MiB", set: size(func(c *Config) *int64 { return &c.MemTableBytes }, 1<<20), Doc: "Size at which a memtable is flushed; up to four are in memory."},
	{Name: "work-mem", Default: "256MiB", set: size(func(c *Config) *int64 { return &c.WorkMemBytes }, 64<<10), Doc: "Memory of one statement before it spills to disk; the default of work_mem."},
	{Name: "hot", Default: "256MiB", set: size(func(c *Config) *int64 { return &c.HotBytes }, 0), Doc: "Memory of the hot tier of the Redis keyspace; 0 for none."},
	{Name: "frame", Default: "256MiB", set: size(func(c *Config) *int64 { return &c.FrameBytes }, 64<<10), Doc: "Greatest message of a PostgreSQL client."},
	{Name: "reserve", Default: "64MiB", set: size(func(c *Config) *int64 { return &c.ReserveBytes }, 0), Doc: "Size of a file that is given up when the disk is full, so that what is under way can be finished; 0 for none."},
	{Name: "history-retention", Default: "1h", set: duration(func(c *Config) *time.Duration { return &c.HistoryRetention }), Doc: "How far back AS OF SYSTEM TIME may read."},

	{Name: "accept-lost-log", Default: "false", isBool: true, set: boolean(func(c *Config) *bool { return &c.AcceptLostLog }), Doc: "Start although the commit log has lost commits, without them and all after them."},

	{Name: "max-connections", Default: "100", set: number(func(c *Config) *int64 { return &c.MaxConnections }, 1, connectionsMax), Doc: "PostgreSQL connections open at once."},
	{Name: "resp-max-connections", Default: "10000", set: number(func(c *Config) *int64 { return &c.RESPMaxConnections }, 1, connectionsMax), Doc: "Redis connections open at once."},
	{Name: "statement-timeout", Default: "0", set: duration(func(c *Config) *time.Duration { return &c.StatementTimeout }), Doc: "Default of statement_timeout; 0 for none."},
	{Name: "idle-timeout", Default: "0", set: duration(func(c *Config) *time.Duration { return &c.IdleTimeout }), Doc: "Default of idle_session_timeout; 0 for none."},
	{Name: "shutdown-timeout", Default: "10s", set: duration(func(c *Config) *time.Duration { return &c.ShutdownTimeout }), Doc: "How long a shutdown waits for transactions in progress."},

	{Name: "auth", Default: "auto", Values: []string{"auto", "trust", "scram-sha-256"}, set: text(func(c *Config) *string { return &c.Auth }), Doc: "How PostgreSQL clients prove who they are; auto is trust on loopback and scram-sha-256 from elsewhere."},
	{Name: "password", Default: "", Secret: true, set: text(func(c *Config) *string { return &c.Password }), Doc: "Password given to the superusers at start; empty leaves what is stored."},
	{Name: "tls-cert", Default: "", set: text(func(c *Config) *string { return &c.TLSCert }), Doc: "Certificate file (PEM) for PostgreSQL clients."},
	{Name: "tls-key", Default: "", set: text(func(c *Config) *string { return &c.TLSKey }), Doc: "Key file (PEM) of --tls-cert."},
	{Name: "tls-self-signed", Default: "false", isBool: true, set: boolean(func(c *Config) *bool { return &c.TLSSelfSigned }), Doc: "Offer TLS with a certificate made at start."},
	{Name: "tls-required", Default: "false", isBool: true, set: boolean(func(c *Config) *bool { return &c.TLSRequired }), Doc: "Refuse PostgreSQL clients without TLS."},

	{Name: "log-level", Default: "info", Values: []string{"debug", "info", "warn", "error"}, set: text(func(c *Config) *string { return &c.LogLevel }), Doc: "Least severe level that is logged."},
	{Name: "log-format", Default: "text", Values: []string{"text", "json"}, set: text(func(c *Config) *string { return &c.LogFormat }), Doc: "Form of the log's lines."},
	{Name: "pprof", Default: "false", isBool: true, set: boolean(func(c *Config) *bool { return &c.Pprof }), Doc: "Serve /debug/pprof on the HTTP address."},
}

var durabilities = []string{"fsync", "everysec", "none"}
