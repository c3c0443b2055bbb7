package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
)

const (
	startTimeout = 60 * time.Second
	stopTimeout  = 20 * time.Second
	dyingMax     = 3 * time.Second
	// logTailBytes of a dead server's log are looked at for the reason.
	logTailBytes = 256 << 10
)

// server is one life of the process under attack.
type server struct {
	life           int
	cmd            *exec.Cmd
	dir, log       string
	pgAddr, reAddr string
	exited         chan struct{}
	// ending: the harness itself ends it, so that failures of connections mean nothing.
	ending atomic.Bool
}

func startServer(o options, life int) (*server, error) {
	s := &server{life: life, exited: make(chan struct{}),
		dir: filepath.Join(o.dir, fmt.Sprintf("data%d", life)), log: filepath.Join(o.dir, fmt.Sprintf("server%d.log", life)),
		pgAddr: net.JoinHostPort("127.0.0.1", strconv.Itoa(o.pgPort)), reAddr: net.JoinHostPort("127.0.0.1", strconv.Itoa(o.respPort))}
	args := []string{"--data", s.dir, "--pg-addr", s.pgAddr, "--resp-addr", s.reAddr, "--http-addr", "",
		"--durability", "none", "--max-connections", "400", "--log-level", "warn",
		"--memory", strconv.FormatInt(o.memory, 10)}
	args = append(args, strings.Fields(o.serverFlags)...)
	f, err := os.Create(s.log)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s.cmd = exec.Command(o.ferrited, args...)
	s.cmd.Stdout, s.cmd.Stderr = f, f
	s.cmd.Env = append(os.Environ(), "GOTRACEBACK=crash") // SIGQUIT shows the stacks that run, too
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = s.cmd.Wait() // how it ended stands in its log
		close(s.exited)
	}()
	for _, addr := range []string{s.pgAddr, s.reAddr} {
		if err := s.waitPort(addr); err != nil {
			s.kill(syscall.SIGKILL)
			return nil, fmt.Errorf("%w\n%s", err, s.logTail())
		}
	}
	return s, nil
}

func (s *server) waitPort(addr string) error {
	for end := clock.Real.Now().Add(startTimeout); clock.Real.Now().Before(end) && s.alive(); {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			return c.Close()
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("nothing listens on %s", addr)
}

func (s *server) alive() bool {
	select {
	case <-s.exited:
		return false
	default:
		return true
	}
}

// diesSoon gives a server that drops connections the time to print its stacks
// and die of it.
func (s *server) diesSoon() bool {
	select {
	case <-s.exited:
		return true
	case <-time.After(dyingMax):
		return false
	}
}

// kill sends sig and waits for the end, with SIGKILL after stopTimeout; false
// where that was needed.
func (s *server) kill(sig syscall.Signal) bool {
	s.ending.Store(true)
	_ = s.cmd.Process.Signal(sig) // it may have ended already
	select {
	case <-s.exited:
		return true
	case <-time.After(stopTimeout):
		_ = s.cmd.Process.Kill()
		<-s.exited
		return false
	}
}

// rss is the resident memory of the process; 0 where it is gone.
func (s *server) rss() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	f := strings.Fields(rest)
	if len(f) == 0 {
		return 0
	}
	kib, err := strconv.ParseInt(f[0], 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}

// logTail is the end of its log, from the panic on where there is one.
func (s *server) logTail() string {
	text, err := os.ReadFile(s.log)
	if err != nil {
		return err.Error()
	}
	if at := crashStart(string(text)); at >= 0 {
		text = text[at:]
		return string(text[:min(len(text), logTailBytes)])
	}
	return string(text[max(0, len(text)-logTailBytes):])
}

func crashStart(text string) int {
	first := -1
	for _, mark := range []string{"panic: ", "fatal error: ", "runtime: goroutine stack exceeds", "SIGQUIT: quit"} {
		if at := strings.Index(text, mark); at >= 0 && (first < 0 || at < first) {
			first = at
		}
	}
	return first
}

// removeData frees the disk after a life.
func (s *server) removeData() error {
	if err := os.RemoveAll(s.dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
