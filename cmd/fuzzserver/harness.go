package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
	"time"
)

// startAttemptsMax: a server that does not start so often in a row ends the run.
const startAttemptsMax = 3

// harness owns the server under attack. Safe for concurrent use.
type harness struct {
	o      options
	report *report
	cancel context.CancelFunc
	// mu guards cur and changed; changed is closed when cur is replaced.
	mu      sync.Mutex
	cur     *server
	changed chan struct{}
	lives   int
}

func newHarness(o options, cancel context.CancelFunc) *harness {
	return &harness{o: o, cancel: cancel, report: newReport(o.failuresMax, cancel), changed: make(chan struct{})}
}

func (h *harness) start() error {
	h.lives++
	s, err := startServer(h.o, h.lives)
	if err != nil {
		return err
	}
	if err := prepareServer(s); err != nil {
		s.kill(syscall.SIGKILL)
		return fmt.Errorf("preparing the server: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cur = s
	close(h.changed)
	h.changed = make(chan struct{})
	return nil
}

// server is the one to attack; it waits while there is none. nil: the run is over.
func (h *harness) server(ctx context.Context) *server {
	for ctx.Err() == nil {
		h.mu.Lock()
		s, changed := h.cur, h.changed
		h.mu.Unlock()
		if s != nil && s.alive() && !s.ending.Load() {
			return s
		}
		select {
		case <-changed:
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	return nil
}

// restart replaces a server that is dead or was ended.
func (h *harness) restart(old *server) error {
	h.mu.Lock()
	h.cur = nil
	h.mu.Unlock()
	if err := old.removeData(); err != nil {
		return err
	}
	var err error
	for range startAttemptsMax {
		if err = h.start(); err == nil {
			return nil
		}
	}
	return fmt.Errorf("the server does not start again: %w", err)
}

// finish ends the last server, which must go at SIGTERM.
func (h *harness) finish() {
	h.mu.Lock()
	s := h.cur
	h.mu.Unlock()
	if s == nil || !s.alive() {
		return
	}
	if !s.kill(syscall.SIGTERM) {
		h.report.add(finding{kind: "stop", what: fmt.Sprintf("SIGTERM does not end the server within %s", stopTimeout)})
	}
	if err := s.removeData(); err != nil {
		fmt.Fprintln(os.Stderr, "fuzzserver:", err)
	}
}

// worker is one attacker at work.
type worker struct {
	h    *harness
	name string
	id   uint64
	r    *rand.Rand
	// track is what the worker has sent of late.
	track *track
}

func newWorker(h *harness, name string, id uint64) *worker {
	return &worker{h: h, name: name, id: id, r: rand.New(rand.NewPCG(h.o.seed, id)), track: h.report.newTrack(name)}
}

// pause lets a little time pass, or the run end.
func (w *worker) pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func (w *worker) oneOf(n int) bool { return w.r.IntN(n) == 0 }

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }
