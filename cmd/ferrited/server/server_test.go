package server

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
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
	for path, want := range map[string]string{"/healthz": "ok", "/metrics": "ferrite_sql_statements_total"} {
		r, err := http.Get("http://" + s.Addresses()["http-addr"].String() + path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil || r.StatusCode != 200 || !strings.Contains(string(b), want) {
			t.Errorf("%s: %d %v %.200s", path, r.StatusCode, err, b)
		}
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
