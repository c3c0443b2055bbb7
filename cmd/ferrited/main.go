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
	s, err := server.Start(ctx, cfg, logger, clock.Real)
	if err != nil {
		fmt.Fprintln(stderr, "ferrited:", err)
		return 1
	}
	logger.Info("started", startFields(s, cfg, clock.Real.Now().Sub(begin).Milliseconds())...)
	code := 0
	select {
	case <-ctx.Done():
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
