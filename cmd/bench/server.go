package main

import (
	"github.com/ferritedb/ferrite/kv/clock"

	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// startSecondsMax is how long a server may take until its port answers.
const startSecondsMax = 60

// server is one running peer.
type server struct {
	name   string
	pgPort int
	rePort int
	cmd    *exec.Cmd
	// pid whose CPU time counts; not the child itself where that is a wrapper.
	pid int
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func waitPort(port int) error {
	deadline := clock.Real.Now().Add(startSecondsMax * time.Second)
	for clock.Real.Now().Before(deadline) {
		c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err == nil {
			return c.Close()
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("nothing listens on port %d after %d s", port, startSecondsMax)
}

func (s *server) start(log string) error {
	f, err := os.Create(log)
	if err != nil {
		return err
	}
	defer f.Close()
	s.cmd.Stdout, s.cmd.Stderr = f, f
	if err := s.cmd.Start(); err != nil {
		return err
	}
	s.pid = s.cmd.Process.Pid
	for _, p := range []int{s.pgPort, s.rePort} {
		if p == 0 {
			continue
		}
		if err := waitPort(p); err != nil {
			s.stop()
			text, _ := os.ReadFile(log)
			return fmt.Errorf("%s: %w\n%s", s.name, err, text)
		}
	}
	return nil
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	done := make(chan struct{})
	go func() { _ = s.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		_ = s.cmd.Process.Kill()
		<-done
	}
}

func startFerrite(o options, args ...string) (*server, error) {
	return startBinary(o, "ferrite", o.ferrited, args...)
}

// startPeer starts the release to compare with, or where none is named the peer.
func startPeer(o options, peer func(options) (*server, error), args ...string) (*server, error) {
	if o.against == "" {
		return peer(o)
	}
	return startBinary(o, "other", o.against, args...)
}

func startBinary(o options, name, binary string, args ...string) (*server, error) {
	dir := filepath.Join(o.dir, name)
	pg, err := freePort()
	if err != nil {
		return nil, err
	}
	re, err := freePort()
	if err != nil {
		return nil, err
	}
	all := append([]string{"--data", dir, "--pg-addr", fmt.Sprintf("127.0.0.1:%d", pg),
		"--resp-addr", fmt.Sprintf("127.0.0.1:%d", re), "--http-addr", "127.0.0.1:0"}, args...)
	s := &server{name: name, pgPort: pg, rePort: re, cmd: exec.Command(binary, all...)}
	return s, s.start(dir + ".log")
}

func startRedis(o options) (*server, error) {
	dir := filepath.Join(o.dir, "redis")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("redis-server", "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir,
		"--save", "", "--appendonly", "yes", "--appendfsync", "everysec")
	s := &server{name: "redis", rePort: port, cmd: cmd}
	return s, s.start(dir + ".log")
}

// pgBin is where Debian keeps the server's programs.
func pgBin(name string) string {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	for i := len(dirs) - 1; i >= 0; i-- {
		if p := filepath.Join(dirs[i], name); fileExists(p) {
			return p
		}
	}
	return name
}

func fileExists(p string) bool {
	_, err := os.Stat(p)
	return err == nil
}

// startPostgres runs a fresh cluster with the defaults but for shared_buffers.
// PostgreSQL refuses to run as root: then it runs as the user postgres.
func startPostgres(o options) (*server, error) {
	dir := filepath.Join(o.dir, "postgres")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	attr := &syscall.SysProcAttr{}
	if os.Getuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			return nil, err
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, err
		}
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	initdb := exec.Command(pgBin("initdb"), "-D", dir, "-U", "postgres", "-A", "trust", "--locale=C", "-E", "UTF8")
	initdb.SysProcAttr = attr
	initdb.Dir = "/"
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(pgBin("postgres"), "-D", dir, "-p", strconv.Itoa(port), "-h", "127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "shared_buffers=1GB", "-c", "max_wal_size=4GB")
	cmd.SysProcAttr = attr
	cmd.Dir = "/"
	s := &server{name: "postgres", pgPort: port, cmd: cmd}
	return s, s.start(dir + ".log")
}

// command runs a load generator and returns what it printed.
func command(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out), nil
}
