package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	probeTimeout  = 5 * time.Second
	probeInterval = 250 * time.Millisecond
	rssInterval   = 50 * time.Millisecond
	// busyMax: so long may a script run on after SCRIPT KILL.
	busyMax = 5 * time.Second
	// memoryFactor of the setting memory is what the process may take.
	memoryFactor = 1.25
)

func deadline(d time.Duration) time.Time { return clock.Real.Now().Add(d) }

// watch looks at the server until the run is over, and replaces it where it has
// died, hangs or is too big.
func (h *harness) watch(ctx context.Context) {
	for ctx.Err() == nil {
		s := h.server(ctx)
		if s == nil {
			return
		}
		f, ok := h.guard(ctx, s)
		if !ok {
			return
		}
		busy, done := h.report.underWay()
		if err := h.restart(s); err != nil {
			h.report.add(finding{kind: "start", what: err.Error()})
			h.cancel()
			return
		}
		f.inputs = h.blame(ctx, f.kind, busy, done)
		h.report.add(f)
	}
}

// guard returns when something is wrong with s; false: the run is over.
func (h *harness) guard(ctx context.Context, s *server) (finding, bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wrong := make(chan finding, 3)
	go h.guardMemory(ctx, s, wrong)
	go guardPort(ctx, "PostgreSQL", wrong, func(ctx context.Context) error { return probeSQL(ctx, s) })
	go guardPort(ctx, "Redis", wrong, func(ctx context.Context) error { return probeRedis(ctx, s) })
	select {
	case <-ctx.Done():
		return finding{}, false
	case <-s.exited:
	case f := <-wrong:
		if !s.diesSoon() {
			return h.end(s, f), true
		}
	}
	s.ending.Store(true)
	return deathOf(s), true
}

// end dumps the stacks of a server that hangs and ends it.
func (h *harness) end(s *server, f finding) finding {
	if f.kind == "memory" {
		s.kill(syscall.SIGKILL)
		return f
	}
	s.kill(syscall.SIGQUIT)
	f.detail = "stacks in " + s.log
	return f
}

// deathOf tells why a server is dead by the end of its log.
func deathOf(s *server) finding {
	tail := s.logTail()
	what, _, _ := strings.Cut(tail, "\n")
	for _, line := range strings.Split(tail, "\n") {
		if strings.HasPrefix(line, "github.com/ferritedb/") || strings.HasPrefix(line, "github.com/yuin/") {
			name, _, _ := strings.Cut(line, "(0x")
			what += " in " + name
			break
		}
	}
	return finding{kind: "death", what: what, detail: cut(tail, 2000)}
}

func (h *harness) guardMemory(ctx context.Context, s *server, wrong chan<- finding) {
	limit := int64(float64(h.o.memory) * memoryFactor)
	for ctx.Err() == nil {
		n := s.rss()
		h.report.sawRSS(n)
		if n > limit {
			wrong <- finding{kind: "memory", what: "the process is too big", detail: fmt.Sprintf("%d MiB, allowed are %d", n>>20, limit>>20)}
			return
		}
		time.Sleep(rssInterval)
	}
}

func guardPort(ctx context.Context, port string, wrong chan<- finding, probe func(context.Context) error) {
	for ctx.Err() == nil {
		pctx, cancel := context.WithTimeout(ctx, probeTimeout)
		err := probe(pctx)
		cancel()
		if err != nil && ctx.Err() == nil {
			wrong <- finding{kind: "hang", what: fmt.Sprintf("the %s port does not answer within %s: %v", port, probeTimeout, err)}
			return
		}
		time.Sleep(probeInterval)
	}
}

// probeSQL connects, asks and goes.
func probeSQL(ctx context.Context, s *server) error {
	c, err := pgconn.Connect(ctx, "postgres://postgres@"+s.pgAddr+"/postgres?sslmode=disable")
	if err != nil {
		return err
	}
	defer c.Close(ctx) //nolint:errcheck // the answer is what counts
	_, err = c.Exec(ctx, "SELECT 1").ReadAll()
	return err
}

// probeRedis pings; a script that keeps the server busy is killed.
func probeRedis(ctx context.Context, s *server) error {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.reAddr)
	if err != nil {
		return err
	}
	defer c.Close()
	until, _ := ctx.Deadline()
	_ = c.SetDeadline(until.Add(busyMax))
	for busy := false; ; busy = true {
		reply, err := ask(c, "*1\r\n$4\r\nPING\r\n")
		if err != nil {
			return err
		}
		if !strings.HasPrefix(reply, "-BUSY") {
			return nil
		}
		if ctx.Err() != nil && busy {
			return fmt.Errorf("a script goes on after SCRIPT KILL")
		}
		if reply, err = ask(c, "*2\r\n$6\r\nSCRIPT\r\n$4\r\nKILL\r\n"); err != nil {
			return err
		}
		if strings.HasPrefix(reply, "-UNKILLABLE") {
			return fmt.Errorf("SCRIPT KILL: %s", reply)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// ask sends one command and reads one line of its reply.
func ask(c net.Conn, command string) (string, error) {
	if _, err := c.Write([]byte(command)); err != nil {
		return "", err
	}
	buf := make([]byte, 512)
	n, err := c.Read(buf)
	if err != nil && n == 0 {
		return "", err
	}
	return strings.TrimSpace(string(buf[:n])), nil
}

// blame finds the inputs that did it by trying those that were under way.
func (h *harness) blame(ctx context.Context, kind string, busy, done []input) []input {
	if kind == "stop" {
		return nil
	}
	if in, ok := h.culprit(ctx, kind, busy); ok {
		return []input{in}
	}
	if in, ok := h.culprit(ctx, kind, done); ok {
		return []input{in}
	}
	fmt.Fprintln(os.Stderr, "fuzzserver: no single input does it again; those that were under way are shown")
	return busy
}
