// Package golden opens data directories that released versions of Ferrite wrote,
// and checks that they still say what they said.
//
//	testdata/fill.*     what a directory was filled with, by the version it is of
//	testdata/check.*    what is asked of it when it is opened, answers in check.out
//	testdata/end.sql    what is done to it then, answers in end.out
//	testdata/vN-*.tgz   a directory of format version N: -stopped after a shutdown,
//	                    -killed by SIGKILL, with all of its commits in the log only
//
// The directories are whole, as the server left them, since what could break is
// how the parts fit together: log, manifest, tables, their format files. Zeros
// that only reserve space are left out. They are never changed; a new format
// gets new ones beside them, written by the last commit before the format after
// it, and what does not exist in an older version is not in its directory:
//
//	go test ./test/golden -write v2 -ferrited ./bin/ferrited
package golden

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"
)

var (
	write    = flag.String("write", "", "write directories of this version with -ferrited")
	record   = flag.Bool("record", false, "record the answers of -ferrited")
	ferrited = flag.String("ferrited", "", "the program; default: this tree's")
)

const (
	startTimeout = 20 * time.Second
	// scriptTimeout ends a statement that waits for what never comes.
	scriptTimeout = time.Minute
	// retention of directories that are read decades after they were written.
	retention = "400000h"
	// archiveBytesMax keeps the directories small.
	archiveBytesMax = 100 << 10
)

// program is the ferrited that is tested.
func program(t *testing.T) string {
	t.Helper()
	if *ferrited != "" {
		path, err := filepath.Abs(filepath.Join("../..", *ferrited))
		check(t, err)
		if filepath.IsAbs(*ferrited) {
			path = *ferrited
		}
		return path
	}
	bin := filepath.Join(t.TempDir(), "ferrited")
	if out, err := exec.Command("go", "build", "-o", bin, "../../cmd/ferrited").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// server is a running ferrited.
type server struct {
	cmd            *exec.Cmd
	pgAddr, reAddr string
	output         string // file
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	return l.Addr().String()
}

func command(t *testing.T, bin, dir string) *server {
	t.Helper()
	s := &server{pgAddr: freeAddr(t), reAddr: freeAddr(t), output: dir + ".log"}
	s.cmd = exec.Command(bin, "--data", dir, "--pg-addr", s.pgAddr, "--resp-addr", s.reAddr, "--http-addr", "",
		"--resp-durability", "fsync", "--history-retention", retention, "--cache", "8MiB", "--memtable", "4MiB", "--hot", "16MiB")
	out, err := os.OpenFile(s.output, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	check(t, err)
	defer out.Close()
	s.cmd.Stdout, s.cmd.Stderr = out, out
	check(t, s.cmd.Start())
	t.Cleanup(func() { _ = s.cmd.Process.Kill() }) // of a test that failed
	return s
}

func start(t *testing.T, bin, dir string) *server {
	t.Helper()
	s := command(t, bin, dir)
	for end := time.Now().Add(startTimeout); ; {
		c, err := net.Dial("tcp", s.reAddr)
		if err == nil {
			check(t, c.Close())
			return s
		}
		if time.Now().After(end) {
			text, _ := os.ReadFile(s.output)
			t.Fatalf("%v\n%s", err, text)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (s *server) end(t *testing.T, sig syscall.Signal) {
	t.Helper()
	check(t, s.cmd.Process.Signal(sig))
	err := s.cmd.Wait()
	if sig == syscall.SIGTERM && err != nil {
		text, _ := os.ReadFile(s.output)
		t.Fatalf("%v\n%s", err, text)
	}
}

// lines of a file of testdata.
func lines(t *testing.T, name string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	check(t, err)
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// statements of a file of testdata: each ends with a semicolon and its line.
func statements(t *testing.T, name string) []string {
	t.Helper()
	return strings.Split(strings.TrimSuffix(strings.Join(lines(t, name), "\n"), ";"), ";\n")
}

// runSQL runs the statements of a file in one session and gives a transcript.
func (s *server) runSQL(t *testing.T, name string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), scriptTimeout)
	defer cancel()
	c, err := pgconn.Connect(ctx, "postgres://postgres@"+s.pgAddr+"/postgres?sslmode=disable")
	check(t, err)
	defer c.Close(ctx)
	var out strings.Builder
	for _, q := range statements(t, name) {
		fmt.Fprintf(&out, "=> %s\n", q)
		results, err := c.Exec(ctx, q).ReadAll()
		var pe *pgconn.PgError
		switch {
		case errors.As(err, &pe):
			fmt.Fprintf(&out, "%s %s\n", pe.Code, pe.Message)
		case err != nil:
			t.Fatalf("%s: %v", q, err)
		}
		for _, r := range results {
			for _, row := range r.Rows {
				for i, v := range row {
					if i > 0 {
						out.WriteString(" | ")
					}
					if v == nil {
						v = []byte("NULL")
					}
					out.Write(v)
				}
				out.WriteByte('\n')
			}
		}
	}
	return out.String()
}

// runRedis does the same with Redis commands. "@repeat n command key …" repeats
// what stands after the key n times, with the numbers from 0 filled in.
func (s *server) runRedis(t *testing.T, name string) string {
	t.Helper()
	r := redis.NewClient(&redis.Options{Addr: s.reAddr, MaxRetries: -1, PoolSize: 1, Protocol: 2, DisableIndentity: true})
	defer r.Close()
	c := r.Conn()
	defer c.Close()
	ctx := context.Background()
	var out strings.Builder
	for _, line := range lines(t, name) {
		if rest, ok := strings.CutPrefix(line, "@repeat "); ok {
			count, format, _ := strings.Cut(rest, " ")
			n, err := strconv.Atoi(count)
			check(t, err)
			all := words(format)
			args := all[:2:2]
			for i := range n {
				for _, w := range all[2:] {
					args = append(args, strings.ReplaceAll(w.(string), "%d", strconv.Itoa(i)))
				}
			}
			check(t, c.Do(ctx, args...).Err())
			continue
		}
		v, err := c.Do(ctx, words(line)...).Result()
		if err != nil {
			v = err
		}
		fmt.Fprintf(&out, "> %s\n%q\n", line, fmt.Sprint(v))
	}
	return out.String()
}

var word = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|\S+`)

// words of a command, as redis-cli reads it.
func words(line string) []any {
	var all []any
	for _, w := range word.FindAllString(line, -1) {
		if s, err := strconv.Unquote(w); err == nil && w[0] == '"' {
			w = s
		}
		all = append(all, w)
	}
	return all
}

// TestWrite writes the directories of a version, where asked.
func TestWrite(t *testing.T) {
	if *write == "" {
		t.Skip("writes directories of a version with -write")
	}
	bin := program(t)
	for how, sig := range map[string]syscall.Signal{"stopped": syscall.SIGTERM, "killed": syscall.SIGKILL} {
		dir := filepath.Join(t.TempDir(), "data")
		s := start(t, bin, dir)
		out := s.runRedis(t, "fill.redis") + s.runSQL(t, "fill.sql")
		if bad := regexp.MustCompile(`(?m)^[0-9A-Z]{5} .*`).FindString(out); bad != "" {
			t.Fatalf("filling: %s", bad)
		}
		s.end(t, sig)
		b, err := pack(dir)
		check(t, err)
		if len(b) > archiveBytesMax {
			t.Errorf("%s: %d bytes", how, len(b))
		}
		check(t, os.WriteFile(filepath.Join("testdata", *write+"-"+how+".tgz"), b, 0o644))
	}
}

// compare compares with a recorded transcript, or records it.
func compare(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *record {
		check(t, os.WriteFile(path, []byte(got), 0o644))
		return
	}
	b, err := os.ReadFile(path)
	check(t, err)
	w := bufio.NewScanner(bytes.NewReader(b))
	g := bufio.NewScanner(strings.NewReader(got))
	for n := 1; ; n++ {
		more, less := w.Scan(), g.Scan()
		if !more && !less {
			return
		}
		if w.Text() != g.Text() || more != less {
			t.Fatalf("%s:%d: got\n%s\nwant\n%s", name, n, g.Text(), w.Text())
		}
	}
}

// TestOpen opens every directory, reads it, reads it again after a restart (a
// format that changed has been migrated then), and goes on writing.
func TestOpen(t *testing.T) {
	archives, err := filepath.Glob("testdata/v*.tgz")
	check(t, err)
	if len(archives) == 0 {
		t.Fatal("no directories")
	}
	bin := program(t)
	for _, archive := range archives {
		t.Run(filepath.Base(archive), func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			check(t, unpack(archive, dir))
			for range 2 {
				s := start(t, bin, dir)
				compare(t, "check.out", s.runSQL(t, "check.sql")+s.runRedis(t, "check.redis"))
				s.end(t, syscall.SIGTERM)
			}
			s := start(t, bin, dir)
			compare(t, "end.out", s.runSQL(t, "end.sql"))
			s.end(t, syscall.SIGKILL)
			s = start(t, bin, dir) // what was written in the end is kept
			compare(t, "after.out", s.runSQL(t, "after.sql"))
			s.end(t, syscall.SIGTERM)
		})
	}
}

// TestNewerIsRefused: a directory that says it is of a version after this one is
// neither opened nor changed.
func TestNewerIsRefused(t *testing.T) {
	bin := program(t)
	dir := filepath.Join(t.TempDir(), "data")
	check(t, unpack("testdata/v1-stopped.tgz", dir))
	mark := filepath.Join(dir, "kv", "FERRITE-FORMAT")
	check(t, os.WriteFile(mark, []byte("ferrite 1000000\n"), 0o600))
	before := tree(t, dir)
	s := command(t, bin, dir)
	if err := s.cmd.Wait(); err == nil {
		t.Fatal("it was opened")
	}
	text, err := os.ReadFile(s.output)
	check(t, err)
	if !strings.Contains(string(text), "unknown format version") {
		t.Errorf("it says %s", text)
	}
	if after := tree(t, dir); after != before {
		t.Errorf("it was changed:\n%s\nbefore:\n%s", after, before)
	}
}
