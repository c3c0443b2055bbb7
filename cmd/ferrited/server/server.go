package server

import (
	"context"
	crand "crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ferritedb/ferrite/cmd/ferrited/config"
	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/fault"
	"github.com/ferritedb/ferrite/kv/pebblekv"
	"github.com/ferritedb/ferrite/sql/catstore"
	"github.com/ferritedb/ferrite/sql/ddl"
	"github.com/ferritedb/ferrite/sql/engine"
	"github.com/ferritedb/ferrite/sql/pgcatalog"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/gc"
	"github.com/ferritedb/ferrite/txn/hot"
	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/txn/local"
	"github.com/ferritedb/ferrite/txn/log"
	"github.com/ferritedb/ferrite/wire/auth"
	"github.com/ferritedb/ferrite/wire/listen"
	"github.com/ferritedb/ferrite/wire/pg"
	"github.com/ferritedb/ferrite/wire/resp"
)

// Server is a running ferrited.
type Server struct {
	cfg   *config.Config
	log   *slog.Logger
	clock clock.Clock

	memory   *budget.Server // nil: not bounded
	lock     *dirLock
	kv       kv.Engine // the hot tier over Pebble, or Pebble alone
	wal      *log.Log
	store    *local.Store
	catalogs *catstore.Store
	keys     *keyspace.Keyspace
	sessions *session.Server
	throttle *auth.Throttle // of passwords guessed at either port
	pg       *pg.Server

	pgListener *listen.Listener
	resp       *resp.Server
	respLoop   respLoop
	respAddr   net.Addr
	httpServer *http.Server
	httpAddr   net.Addr
	life       atomic.Int32 // a phase
	// failed receives the error of a listener that ended by itself.
	failed chan error
	// asked is closed when a client asks for the end of the process.
	asked   chan struct{}
	askOnce sync.Once
	// undo closes what was opened, last first.
	undo []func() error
}

// closeTimeout bounds what is done after the drain: writing out what is in memory.
const closeTimeout = 60 * time.Second

// listenersMax is how many listeners may fail.
const listenersMax = 3

// Databases and superusers of a new store.
var (
	superusers = []string{"postgres", "ferrite"}
	databases  = []string{"postgres", "ferrite"}
)

// Start opens everything. On an error what was opened is closed again.
func Start(ctx context.Context, cfg *config.Config, logger *slog.Logger, c clock.Clock) (*Server, error) {
	s := &Server{cfg: cfg, log: logger, clock: c, throttle: auth.NewThrottle(c), failed: make(chan error, listenersMax), asked: make(chan struct{})}
	fault.SetLog(logger)
	for _, step := range []func(context.Context) error{
		s.openMemory, s.openData, s.openHTTP, s.openStore, s.openGC, s.openCatalog, s.openSessions, s.openPG, s.openRESP,
	} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	s.life.Store(int32(serving))
	return s, nil
}

func (s *Server) onClose(f func() error) { s.undo = append(s.undo, f) }

// close undoes what was opened, in reverse order.
func (s *Server) close() error {
	var errs []error
	for i := len(s.undo) - 1; i >= 0; i-- {
		errs = append(errs, s.undo[i]())
	}
	s.undo = nil
	return errors.Join(errs...)
}

func (s *Server) openData(context.Context) (err error) {
	if s.lock, err = lockDir(s.cfg.Data); err != nil {
		return err
	}
	s.onClose(s.lock.release)
	report := func(msg string, err error) { s.log.Error(msg, "err", err) }
	tables, err := pebblekv.Open(filepath.Join(s.cfg.Data, "kv"), pebblekv.Options{
		BlockCacheBytes: s.cfg.CacheBytes, MemTableBytes: uint64(s.cfg.MemTableBytes),
		ReserveBytes: s.cfg.ReserveBytes, Report: report,
	})
	if err != nil {
		return fmt.Errorf("open %s: %w", s.cfg.Data, err)
	}
	s.kv = tables
	if s.cfg.HotBytes > 0 {
		s.kv, err = hot.New(tables, hot.Options{MemoryBytes: max(s.cfg.HotBytes, hot.MemoryBytesMin), Report: report})
		if err != nil {
			return errors.Join(fmt.Errorf("hot tier: %w", err), tables.Close())
		}
	}
	s.onClose(s.unlessOwned(s.kv.Close))
	return nil
}

func (s *Server) openStore(context.Context) (err error) {
	if s.wal, err = log.Open(log.OS, filepath.Join(s.cfg.Data, "log"), log.Options{Clock: s.clock}); err != nil {
		return fmt.Errorf("open commit log: %w", err)
	}
	s.onClose(s.unlessOwned(s.wal.Close))
	s.store, err = local.Open(local.Options{Engine: s.kv, Log: s.wal, Clock: s.clock, TempDir: s.cfg.Data, HistoryRetention: s.cfg.HistoryRetention,
		AcceptLostLog: s.cfg.AcceptLostLog})
	var lost *local.LostLogError
	if errors.As(err, &lost) {
		return fmt.Errorf("open store: %w; restore %s from a copy of the whole directory, or start once with --accept-lost-log to go on without the commits that are missing and all after them", err, s.cfg.Data)
	}
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	s.onClose(s.store.Close)
	return nil
}

// unlessOwned closes what the store owns once it is open.
func (s *Server) unlessOwned(closing func() error) func() error {
	return func() error {
		if s.store != nil {
			return nil
		}
		return closing()
	}
}

// openGC has history past the retention dropped. Redis keys expire in their loops.
func (s *Server) openGC(context.Context) error {
	c := gc.Start(gc.Options{Engine: s.kv, Clock: s.clock, Retention: s.cfg.HistoryRetention,
		Report: func(err error) { s.log.Error("drop history", "err", err) }})
	s.onClose(func() error { c.Close(); return nil })
	return nil
}

func (s *Server) openCatalog(ctx context.Context) (err error) {
	s.catalogs, err = catstore.Open(ctx, s.store, catstore.Options{Virtual: pgcatalog.Tables(), Superusers: superusers, Databases: databases})
	if err != nil {
		return err
	}
	ddl.Verifier = func(password string) (string, error) {
		v, err := auth.MakeVerifier(password, crand.Reader)
		return v.String(), err
	}
	if s.cfg.Password == "" {
		return nil
	}
	return s.setPasswords(ctx)
}

// setPasswords gives --password to the superusers of a new store.
func (s *Server) setPasswords(ctx context.Context) error {
	tx, err := s.store.Begin(txn.Options{})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	cat := s.catalogs.Begin(tx)
	for _, name := range superusers {
		old, err := cat.Role(name)
		if err != nil {
			return err
		}
		if old == nil {
			continue
		}
		role := *old
		if role.Verifier, err = ddl.Verifier(s.cfg.Password); err != nil {
			return err
		}
		if err := cat.PutRole(ctx, &role); err != nil {
			return err
		}
	}
	cat.BeforeCommit()
	_, err = tx.Commit(ctx)
	return err
}

func (s *Server) openSessions(context.Context) error {
	s.keys = keyspace.New(s.store, s.clock, clock.Entropy)
	e := engine.New(engine.Config{Store: s.store, Catalogs: s.catalogs, Clock: s.clock, Keys: s.keys,
		StatementBytesMax: s.cfg.WorkMemBytes, HistorySeconds: int64(s.cfg.HistoryRetention.Seconds())})
	s.sessions = session.NewServer(s.store, e, s.clock, clock.Entropy)
	s.sessions.Memory = s.memory
	s.sessions.Defaults = map[string]string{
		"ferrite.durability":   s.cfg.Durability,
		"work_mem":             strconv.FormatInt(s.cfg.WorkMemBytes>>10, 10),
		"statement_timeout":    strconv.FormatInt(s.cfg.StatementTimeout.Milliseconds(), 10),
		"idle_session_timeout": strconv.FormatInt(s.cfg.IdleTimeout.Milliseconds(), 10),
		"max_connections":      strconv.FormatInt(s.cfg.MaxConnections, 10),
	}
	if err := s.sessions.DropTemporary(superusers[0]); err != nil {
		return fmt.Errorf("drop temporary tables: %w", err)
	}
	if err := s.sessions.Upgrade(superusers[0]); err != nil {
		return fmt.Errorf("rebuild indexes of an older release: %w", err)
	}
	return nil
}

func (s *Server) openPG(ctx context.Context) error {
	policy, err := auth.ParsePolicy(s.cfg.Auth)
	if err != nil {
		return err
	}
	t, err := s.tlsConfig()
	if err != nil {
		return err
	}
	secret := make([]byte, 32)
	if _, err := crand.Read(secret); err != nil {
		return fmt.Errorf("random secret: %w", err)
	}
	s.pg = &pg.Server{
		Sessions: s.sessions, Policy: policy, Verifier: s.verifier, Throttle: s.throttle, TLS: t, RequireTLS: s.cfg.TLSRequired,
		FrameBytes: int(s.cfg.FrameBytes), Random: crand.Reader, Secret: secret, Clock: s.clock, Log: s.log,
	}
	if s.cfg.PGAddr == "" {
		return nil
	}
	s.pgListener, err = s.listen(ctx, "pg-addr", s.cfg.PGAddr, listen.Options{
		ConnsMax: int(s.cfg.MaxConnections), Refuse: s.pg.Refuse, Clock: s.clock,
	})
	if err != nil {
		return err
	}
	s.onClose(s.pgListener.Close)
	go func() {
		s.failed <- fault.Call("pg listener", func() error { return s.pgListener.Serve(s.pg.Handle) })
	}()
	return nil
}

// listen opens a socket; a failure names the flag that moves it.
func (s *Server) listen(ctx context.Context, flag, addr string, o listen.Options) (*listen.Listener, error) {
	l, err := listen.Open(ctx, "tcp", addr, o)
	if err != nil {
		return nil, addrError(flag, addr, err)
	}
	return l, nil
}

func addrError(flag, addr string, err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return fmt.Errorf("cannot listen on %s: %w; choose another address with --%s", addr, op.Err, flag)
	}
	return fmt.Errorf("cannot listen on %s: %w; choose another address with --%s", addr, err, flag)
}

// tlsConfig is nil where TLS is not offered.
func (s *Server) tlsConfig() (*tls.Config, error) {
	var cert tls.Certificate
	var err error
	switch {
	case s.cfg.TLSCert != "" || s.cfg.TLSKey != "":
		if cert, err = tls.LoadX509KeyPair(s.cfg.TLSCert, s.cfg.TLSKey); err != nil {
			return nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
		}
	case s.cfg.TLSSelfSigned:
		host, _, _ := net.SplitHostPort(s.cfg.PGAddr)
		if cert, err = auth.SelfSigned([]string{host}, s.clock.Now(), crand.Reader); err != nil {
			return nil, err
		}
	case s.cfg.TLSRequired:
		return nil, errors.New("--tls-required needs --tls-cert and --tls-key, or --tls-self-signed")
	default:
		return nil, nil
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}, nil
}

// verifier gives a role's stored password verifier; none once VALID UNTIL is over.
// Whether the role may log in is said to whom has proved to be it.
func (s *Server) verifier(role string) (string, bool) {
	r, err := s.catalogs.Begin(nil).Role(role)
	if err != nil || r == nil || r.Verifier == "" {
		return "", false
	}
	if r.ValidUntil != nil && *r.ValidUntil < types.FromTime(s.clock.Now()) {
		return "", false
	}
	return r.Verifier, true
}

// Addresses that it listens on, by flag; absent ones are not served.
func (s *Server) Addresses() map[string]net.Addr {
	m := map[string]net.Addr{}
	if s.pgListener != nil {
		m["pg-addr"] = s.pgListener.Addr()
	}
	if s.respAddr != nil {
		m["resp-addr"] = s.respAddr
	}
	if s.httpAddr != nil {
		m["http-addr"] = s.httpAddr
	}
	return m
}

// Failed gives the error of a listener that ended by itself.
func (s *Server) Failed() <-chan error { return s.failed }

// Asked is closed when a client has asked for a shutdown (SHUTDOWN of Redis).
func (s *Server) Asked() <-chan struct{} { return s.asked }

func (s *Server) ask() { s.askOnce.Do(func() { close(s.asked) }) }

// Shutdown drains and closes everything: sessions in a transaction may end it
// until ctx ends. It returns in bounded time after that, with an error where what
// is in memory could not be written out: the commit log has all of it.
func (s *Server) Shutdown(ctx context.Context) error {
	s.life.Store(int32(draining))
	done := make(chan error, 1)
	go func() {
		s.drain(ctx)
		done <- s.close()
	}()
	late := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { s.clock.AfterFunc(closeTimeout, func() { close(late) }) })
	defer stop()
	select {
	case err := <-done:
		if err != nil {
			err = fmt.Errorf("%w (the commit log has every commit that was answered)", err)
		}
		return err
	case <-late:
		return fmt.Errorf("what is in memory could not be written out within %v of the drain; the commit log has every commit that was answered", closeTimeout)
	}
}

func (s *Server) drain(ctx context.Context) {
	s.sessions.Shutdown()
	if s.respLoop != nil {
		if err := s.respLoop.Shutdown(ctx); err != nil {
			s.log.Warn("drain", "err", err)
		}
	}
	if s.pgListener != nil {
		if err := s.pgListener.Drain(ctx); err != nil {
			s.log.Warn("drain", "err", err)
		}
	}
}
