package ferrite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/pebblekv"
	"github.com/ferritedb/ferrite/sql/catstore"
	"github.com/ferritedb/ferrite/sql/engine"
	"github.com/ferritedb/ferrite/sql/pgcatalog"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/gc"
	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/txn/local"
	"github.com/ferritedb/ferrite/txn/log"
	"github.com/ferritedb/ferrite/wire/resp"
	"github.com/ferritedb/ferrite/wire/resp/command"
)

// Durability is what a write waits for before it is answered.
type Durability = txn.Durability

// The durabilities.
const (
	// Fsync: the log is synced. The default of SQL.
	Fsync = txn.Fsync
	// EverySecond: the log is written, and synced each second. The default of
	// Redis commands.
	EverySecond = txn.EverySec
	// NoSync: the log is written; the system syncs it at will.
	NoSync = txn.None
)

// settings of Open.
type settings struct {
	sql, redis Durability
	cacheBytes int64
	workBytes  int64
	retention  time.Duration
	user       string
}

// Option changes a default of Open.
type Option func(*settings)

// WithDurability sets what SQL commits and what Redis commands wait for.
func WithDurability(sql, redis Durability) Option {
	return func(s *settings) { s.sql, s.redis = sql, redis }
}

// WithCache sets the size of the block cache in bytes; default 64 MiB.
func WithCache(bytes int64) Option { return func(s *settings) { s.cacheBytes = bytes } }

// WithWorkMemory sets the memory of one statement in bytes, beyond which it
// spills to disk; default 64 MiB.
func WithWorkMemory(bytes int64) Option { return func(s *settings) { s.workBytes = bytes } }

// WithHistory sets how far back AS OF SYSTEM TIME may read; default one hour.
func WithHistory(d time.Duration) Option { return func(s *settings) { s.retention = d } }

// DB is an open store. Safe for concurrent use.
type DB struct {
	store    *local.Store
	history  *gc.Collector
	sessions *session.Server
	redis    *resp.Server
	cfg      settings
	sql      *sql.DB

	mu     sync.Mutex
	idle   []*respConn // guarded by mu; at most idleConnsMax
	closed bool        // guarded by mu
}

const (
	embeddedCacheBytes    = 64 << 20
	embeddedMemTableBytes = 32 << 20
	embeddedWorkBytes     = 64 << 20
)

// Open opens the store in dir, which it makes where it is absent. An empty dir
// is a store in memory. One process may have a directory open at a time.
func Open(dir string, opts ...Option) (*DB, error) {
	cfg := settings{sql: Fsync, redis: EverySecond, cacheBytes: embeddedCacheBytes,
		workBytes: embeddedWorkBytes, retention: time.Hour, user: "ferrite"}
	for _, o := range opts {
		o(&cfg)
	}
	store, err := openStore(dir, &cfg)
	if err != nil {
		return nil, err
	}
	db := &DB{store: store, cfg: cfg}
	if err := db.build(); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	db.history = gc.Start(gc.Options{Engine: store.Engine(), Clock: clock.Real, Retention: cfg.retention})
	db.sql = sql.OpenDB(connector{db})
	return db, nil
}

func openStore(dir string, cfg *settings) (*local.Store, error) {
	if dir == "" {
		return local.OpenMemory(), nil
	}
	kv, err := pebblekv.Open(filepath.Join(dir, "kv"), pebblekv.Options{
		BlockCacheBytes: cfg.cacheBytes, MemTableBytes: embeddedMemTableBytes})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	wal, err := log.Open(log.OS, filepath.Join(dir, "log"), log.Options{Clock: clock.Real})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open commit log: %w", err), kv.Close())
	}
	store, err := local.Open(local.Options{Engine: kv, Log: wal, Clock: clock.Real, HistoryRetention: cfg.retention})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open store: %w", err), wal.Close(), kv.Close())
	}
	return store, nil
}

func (db *DB) build() error {
	catalogs, err := catstore.Open(context.Background(), db.store, catstore.Options{
		Virtual: pgcatalog.Tables(), Superusers: []string{"ferrite", "postgres"}, Databases: []string{"ferrite", "postgres"}})
	if err != nil {
		return err
	}
	keys := keyspace.New(db.store, clock.Real, clock.Entropy)
	e := engine.New(engine.Config{Store: db.store, Catalogs: catalogs, Clock: clock.Real, Keys: keys,
		StatementBytesMax: db.cfg.workBytes, HistorySeconds: int64(db.cfg.retention.Seconds())})
	db.sessions = session.NewServer(db.store, e, clock.Real, clock.Entropy)
	db.sessions.Defaults = map[string]string{
		"ferrite.durability": [...]string{Fsync: "fsync", EverySecond: "everysec", NoSync: "none"}[db.cfg.sql],
		"work_mem":           strconv.FormatInt(db.cfg.workBytes>>10, 10),
	}
	if err := db.sessions.DropTemporary("ferrite"); err != nil {
		return err
	}
	if err := db.sessions.Upgrade("ferrite"); err != nil {
		return err
	}
	db.redis = command.NewServer(command.Config{Store: db.store, Clock: clock.Real, Keyspace: keys, Durability: db.cfg.redis})
	return nil
}

// SQL is the store as a database/sql pool; do not close it.
func (db *DB) SQL() *sql.DB { return db.sql }

// Close ends everything in progress and closes the store.
func (db *DB) Close() error {
	db.mu.Lock()
	if db.closed {
		db.mu.Unlock()
		return nil
	}
	db.closed = true
	idle := db.idle
	db.idle = nil
	db.mu.Unlock()
	err := db.sql.Close()
	for _, c := range idle {
		c.close()
	}
	db.redis.Stop()
	db.history.Close()
	return errors.Join(err, db.store.Close())
}
