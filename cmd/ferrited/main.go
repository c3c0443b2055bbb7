// Command ferrited serves SQL over the PostgreSQL wire protocol and Redis
// commands over RESP on one transactional keyspace.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"sort"
	"syscall"

	"github.com/ferritedb/ferrite/cmd/ferrited/config"
	"github.com/ferritedb/ferrite/cmd/ferrited/server"
	"github.com/ferritedb/ferrite/kv/clock"
)

// gcPercent trades memory for time: what is large (caches, the hot tier) lies
// outside of the collector's heap, which is small and turns over fast.
const gcPercent = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	os.Exit(run(os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// run is main with its surroundings passed in; it gives the exit code.
func run(args, environ []string, stdout, stderr io.Writer) int {
	cfg, err := config.Load(args, environ, os.ReadFile, stdout)
	if errors.Is(err, config.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "ferrited:", err)
		return 2
	}
	logger := newLogger(cfg, stderr)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	begin := clock.Real.Now()
	s, err := start(ctx, cfg, logger)
	if err != nil {
		fmt.Fprintln(stderr, "ferrited:", err)
		return 1
	}
	logger.Info("started", startFields(s, cfg, clock.Real.Now().Sub(begin).Milliseconds())...)
	code := 0
	select {
	case <-ctx.Done():
	case <-s.Asked():
		logger.Info("a client asked for the shutdown")
	case err := <-s.Failed():
		logger.Error("listener ended", "err", err)
		code = 1
	}
	stop() // a second signal ends the process at once
	drain, cancel := context.WithTimeout(context.Background(), cfg.ShutdownTimeout)
	defer cancel()
	if err := s.Shutdown(drain); err != nil {
		logger.Error("shutdown", "err", err)
		return 1
	}
	logger.Info("stopped")
	return code
}

// start is server.Start that a signal ends, if need be: a start that waits for the
// disk has changed nothing that the next one does not find.
func start(ctx context.Context, cfg *config.Config, logger *slog.Logger) (*server.Server, error) {
	type outcome struct {
		s   *server.Server
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		s, err := server.Start(ctx, cfg, logger, clock.Real)
		done <- outcome{s, err}
	}()
	select {
	case o := <-done:
		return o.s, o.err
	case <-ctx.Done():
	}
	late := make(chan struct{})
	defer clock.Real.AfterFunc(cfg.ShutdownTimeout, func() { close(late) }).Stop()
	select {
	case o := <-done:
		return o.s, o.err
	case <-late:
		return nil, errors.New("stopped while it was starting")
	}
}

func startFields(s *server.Server, cfg *config.Config, millis int64) []any {
	fields := []any{"data", cfg.Data, "durability", cfg.Durability, "took_ms", millis}
	addrs := s.Addresses()
	names := make([]string, 0, len(addrs))
	for n := range addrs {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		fields = append(fields, n, addrs[n].String())
	}
	return fields
}

func newLogger(cfg *config.Config, w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(cfg.LogLevel)) // the table allows known names only
	o := &slog.HandlerOptions{Level: level}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
