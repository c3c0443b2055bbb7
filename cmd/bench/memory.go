package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"

	"github.com/ferritedb/ferrite/kv/clock"
)

// heavy is one load whose peak of resident memory is looked at. Each has a server
// of its own.
type heavy struct {
	name  string
	setUp []string
	load  string // "" for pgbench -i
}

var heavies = []heavy{
	{name: "pgbench -i -s 10"},
	{name: "INSERT … SELECT of 10 M rows", setUp: []string{"CREATE TABLE t (id bigint PRIMARY KEY, v text)"},
		load: "INSERT INTO t SELECT g, 'row ' || g FROM generate_series(1, 10000000) g"},
	{name: "UPDATE of 5 M rows", setUp: []string{"CREATE TABLE t (id bigint PRIMARY KEY, v text)",
		"INSERT INTO t SELECT g, 'row ' || g FROM generate_series(1, 5000000) g"},
		load: "UPDATE t SET v = v || '!'"},
}

// benchMemory measures the peak of the server's resident memory under loads that
// write much in one transaction, and how long a server killed right after takes
// to serve again.
func benchMemory(o options) error {
	fmt.Printf("\n| load | peak MB | seconds | seconds to serve again after kill -9 |\n|---|---|---|---|\n")
	for _, h := range heavies {
		if err := runHeavy(o, h); err != nil {
			return fmt.Errorf("%s: %w", h.name, err)
		}
	}
	return nil
}

func runHeavy(o options, h heavy) error {
	dir, err := os.MkdirTemp(o.dir, "memory")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	o.dir = dir
	s, err := startFerrite(o)
	if err != nil {
		return err
	}
	defer func() { s.stop() }()
	ctx := context.Background()
	url := func() string { return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres", s.pgPort) }
	c, err := pgx.Connect(ctx, url())
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	for _, q := range h.setUp {
		if _, err := c.Exec(ctx, q); err != nil {
			return err
		}
	}
	if err := s.forgetPeak(); err != nil {
		return err
	}
	begin := clock.Real.Now()
	if h.load == "" {
		_, err = s.pgbench("-i", "-q", "-s", "10")
	} else {
		_, err = c.Exec(ctx, h.load)
	}
	if err != nil {
		return err
	}
	took := clock.Real.Now().Sub(begin).Seconds()
	peak, err := s.peak()
	if err != nil {
		return err
	}
	if err := s.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	_ = s.cmd.Wait() // it was killed
	begin = clock.Real.Now()
	if s, err = startFerrite(o); err != nil {
		return err
	}
	fmt.Printf("| %s | %.0f | %.1f | %.1f |\n", h.name, float64(peak)/(1<<20), took, clock.Real.Now().Sub(begin).Seconds())
	return nil
}

// forgetPeak has the kernel begin the peak anew (proc(5), clear_refs).
func (s *server) forgetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.pid), []byte("5"), 0)
}

// peak is the most resident bytes since.
func (s *server) peak() (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
	if err != nil {
		return 0, err
	}
	_, rest, ok := strings.Cut(string(b), "VmHWM:")
	if !ok {
		return 0, fmt.Errorf("no VmHWM for process %d", s.pid)
	}
	kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	return kb << 10, err
}
