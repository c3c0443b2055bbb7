package server

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ferritedb/ferrite/cmd/ferrited/config"
	"github.com/ferritedb/ferrite/kv/clock"
)

func start(t *testing.T, dir string) *Server {
	t.Helper()
	cfg := config.Default()
	cfg.Data, cfg.PGAddr, cfg.RESPAddr, cfg.HTTPAddr = dir, "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	cfg.CacheBytes, cfg.MemTableBytes, cfg.HotBytes = 8<<20, 4<<20, 0
	s, err := Start(context.Background(), cfg, slog.New(slog.NewTextHandler(io.Discard, nil)), clock.Real)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
}

// redis sends one inline Redis command and gives the first line of its reply.
func redis(t *testing.T, s *Server, line string) string {
	t.Helper()
	nc, err := net.Dial("tcp", s.Addresses()["resp-addr"].String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if _, err := io.WriteString(nc, line+"\r\n"); err != nil {
		t.Fatal(err)
	}
	reply, err := bufio.NewReader(nc).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(reply)
}

// TestLife starts a server, writes over both ports, stops it, starts it again on
// the same directory and reads.
func TestLife(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s := start(t, dir)
	db := connect(t, s)
	for _, q := range []string{"CREATE TABLE t (id int PRIMARY KEY, v text)", "INSERT INTO t VALUES (1, 'one')"} {
		if _, err := db.Exec(ctx, q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	if got := redis(t, s, "SET k v"); got != "+OK" {
		t.Fatal(got)
	}
	db.Close(ctx)
	stop(t, s)

	s = start(t, dir)
	db = connect(t, s)
	var v string
	if err := db.QueryRow(ctx, "SELECT v FROM t WHERE id = $1", 1).Scan(&v); err != nil || v != "one" {
		t.Fatalf("%q %v", v, err)
	}
	if got := redis(t, s, "EXISTS k"); got != ":1" {
		t.Fatal(got)
	}
	db.Close(ctx)
	stop(t, s)
}

func connect(t *testing.T, s *Server) *pgx.Conn {
	t.Helper()
	db, err := pgx.Connect(context.Background(), "postgres://ferrite@"+s.Addresses()["pg-addr"].String()+"/ferrite?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func TestHTTP(t *testing.T) {
	s := start(t, t.TempDir())
	defer stop(t, s)
	for path, want := range map[string]string{"/healthz": "ok", "/livez": "ok", "/readyz": "ok", "/metrics": "ferrite_sql_statements_total"} {
		if code, body := get(t, s, path, ""); code != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %.200s", path, code, body)
		}
	}
	if code, body := get(t, s, "/healthz", "application/json"); code != 200 || !strings.Contains(body, `"status":"ok","writable":true`) {
		t.Errorf("in JSON: %d %s", code, body)
	}
	r, err := http.Get("http://" + s.Addresses()["http-addr"].String() + "/debug/pprof/")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != 404 {
		t.Errorf("pprof is served without its flag: %d", r.StatusCode)
	}
}

// get gives the status and the body of a page.
func get(t *testing.T, s *Server, path, accept string) (int, string) {
	t.Helper()
	req, err := http.NewRequest("GET", "http://"+s.Addresses()["http-addr"].String()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", accept)
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

// TestHealthWhileStartingAndDraining asks at the ends of the server's life.
func TestHealthWhileStartingAndDraining(t *testing.T) {
	s := start(t, t.TempDir())
	defer stop(t, s)
	for p, want := range map[phase]string{starting: "starting", draining: "draining"} {
		s.life.Store(int32(p))
		for path, code := range map[string]int{"/livez": 200, "/readyz": 503, "/healthz": 503} {
			if got, body := get(t, s, path, ""); got != code || code != 200 && body != want+"\n" {
				t.Errorf("%s while %s: %d %q", path, want, got, body)
			}
		}
	}
	s.life.Store(int32(starting))
	if code, body := get(t, s, "/metrics", ""); code != 200 || strings.Contains(body, "ferrite_") {
		t.Errorf("metrics while starting: %d %.200s", code, body)
	}
}

// TestLostLogSaysWhatToDo removes the log of a stopped server.
func TestLostLogSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	redis(t, s, "SET k v")
	stop(t, s)
	if err := os.RemoveAll(filepath.Join(dir, "log")); err != nil {
		t.Fatal(err)
	}
	cfg := config.Default()
	cfg.Data, cfg.PGAddr, cfg.RESPAddr, cfg.HTTPAddr = dir, "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	_, err := Start(context.Background(), cfg, quiet, clock.Real)
	if err == nil || !strings.Contains(err.Error(), "holds no segment") || !strings.Contains(err.Error(), "--accept-lost-log") {
		t.Fatalf("start: %v", err)
	}
	cfg.AcceptLostLog = true
	s, err = Start(context.Background(), cfg, quiet, clock.Real)
	if err != nil {
		t.Fatal(err)
	}
	if got := redis(t, s, "EXISTS k"); got != ":1" {
		t.Errorf("what the engine had: %s", got)
	}
	stop(t, s)
}

// TestOccupied shows that what is in use is said in one line that names the flag.
func TestOccupied(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	defer stop(t, s)
	cfg := config.Default()
	cfg.Data = dir
	_, err := Start(context.Background(), cfg, slog.New(slog.NewTextHandler(io.Discard, nil)), clock.Real)
	if err == nil || !strings.Contains(err.Error(), "--data "+dir+" is in use by another ferrited") {
		t.Errorf("directory: %v", err)
	}
	cfg.Data, cfg.PGAddr = t.TempDir(), s.Addresses()["pg-addr"].String()
	cfg.RESPAddr, cfg.HTTPAddr = "", ""
	_, err = Start(context.Background(), cfg, slog.New(slog.NewTextHandler(io.Discard, nil)), clock.Real)
	want := "cannot listen on " + cfg.PGAddr + ": bind: address already in use; choose another address with --pg-addr"
	if err == nil || err.Error() != want {
		t.Errorf("port: %v", err)
	}
}
