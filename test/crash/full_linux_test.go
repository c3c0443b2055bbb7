package crash

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

var tmpfs = flag.Bool("tmpfs", false, "mount file systems in memory and fill them; needs root")

const (
	diskBytes = 224 << 20
	// endTimeout is how long a server with nothing to drain may take to end.
	endTimeout = 30 * time.Second
	// resumeTimeout is how long writes may be refused after there is room.
	resumeTimeout = 30 * time.Second
)

// mounted is a file system of diskBytes.
func mounted(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", diskBytes)); err != nil {
		t.Fatalf("mount (is this root?): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill takes all room of a file system but so many bytes.
func fill(t *testing.T, dir string, leave int) (empty func()) {
	t.Helper()
	name := filepath.Join(dir, "fill")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 64<<10)
	var size int64
	for {
		n, err := f.Write(block)
		size += int64(n)
		if errors.Is(err, syscall.ENOSPC) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Truncate(max(0, size-int64(leave))); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

func page(t *testing.T, s *server, path string) (int, string) {
	t.Helper()
	r, err := http.Get("http://" + s.httpAddr + path)
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

// ended waits for a process that was told to end, and gives its status.
func (s *server) ended(t *testing.T) int {
	t.Helper()
	done := make(chan struct{})
	go func() { _ = s.cmd.Wait(); close(done) }()
	select {
	case <-done:
		return s.cmd.ProcessState.ExitCode()
	case <-time.After(endTimeout):
		_ = s.cmd.Process.Kill()
		t.Fatalf("it did not end within %v of its signal", endTimeout)
		return 0
	}
}

// TestFullFileSystem fills a real file system under a server: writes are refused
// on both ports and reads go on, what was acknowledged is kept, writes are taken
// when there is room, SIGTERM ends the server, and so does a start without room.
//
//	go test ./test/crash -run FullFileSystem -tmpfs -v
func TestFullFileSystem(t *testing.T) {
	if !*tmpfs {
		t.Skip("mounts file systems only with -tmpfs; kv/pebblekv, txn/log and wire/resp/command test the same in memory")
	}
	ctx := context.Background()
	bin, disk := build(t), mounted(t)
	dir, logs := filepath.Join(disk, "data"), filepath.Join(t.TempDir(), "out.log")
	small := []string{"--memtable", "4MiB", "--cache", "8MiB", "--hot", "8MiB", "--reserve", "16MiB", "--shutdown-timeout", "5s"}
	s := startWith(t, bin, dir, logs, small...)
	c, err := s.connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exec(ctx, "CREATE TABLE t (id int PRIMARY KEY, v text)"); err != nil {
		t.Fatal(err)
	}
	rows := 0
	insert := func() error {
		_, err := c.Exec(ctx, "INSERT INTO t SELECT g, repeat(md5(g::text), 64) FROM generate_series($1::int, $1::int + 99) g", rows)
		if err == nil {
			rows += 100
		}
		return err
	}
	refused := func(err error) {
		t.Helper()
		var pe *pgconn.PgError
		if !errors.As(err, &pe) || pe.Code != "53100" {
			t.Fatalf("insert on a full disk: %v", err)
		}
	}
	count := func() {
		t.Helper()
		var n int
		if err := c.QueryRow(ctx, "SELECT count(*) FROM t").Scan(&n); err != nil || n != rows {
			t.Fatalf("%d rows are there, %d were acknowledged: %v", n, rows, err)
		}
	}
	for range 20 {
		if err := insert(); err != nil {
			t.Fatal(err)
		}
	}
	r := s.redis()
	defer r.Close()
	if err := r.Set(ctx, "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		empty := fill(t, disk, 0)
		for err = nil; err == nil; {
			err = insert()
		}
		refused(err)
		t.Logf("round %d: %d rows when the disk was full", round, rows)
		refused(insert())
		count()
		if err := r.Set(ctx, "k", "w", 0).Err(); err == nil || !strings.HasPrefix(err.Error(), "MISCONF") {
			t.Fatalf("SET on a full disk: %v", err)
		}
		if v, err := r.Get(ctx, "k").Result(); err != nil || v != "v" {
			t.Fatalf("GET on a full disk: %q %v", v, err)
		}
		for path, want := range map[string]int{"/livez": 200, "/healthz": 200, "/readyz": 503} {
			if code, body := page(t, s, path); code != want {
				t.Errorf("%s on a full disk: %d %s", path, code, body)
			}
		}
		if _, body := page(t, s, "/metrics"); !strings.Contains(body, "ferrite_disk_full 1") {
			t.Error("no ferrite_disk_full in /metrics")
		}
		empty()
		for end := time.Now().Add(resumeTimeout); insert() != nil; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("writes are refused although there is room")
			}
		}
		count()
	}
	empty := fill(t, disk, 0)
	for err = nil; err == nil; {
		err = insert()
	}
	refused(err)
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	t.Logf("stopped on a full disk with status %d", s.ended(t))

	// A start without room serves, or ends and says why.
	s = launch(t, bin, dir, logs, small...)
	if err := waitFor(s.pgAddr); err == nil {
		t.Log("started on the full disk")
		if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	s.ended(t)
	text, err := os.ReadFile(logs)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n > 300 || strings.Contains(string(text), "goroutine ") || !strings.Contains(string(text), "no space left on device") {
		t.Errorf("the log has %d lines:\n%.4000s", n, text)
	}
	empty()
	s = startWith(t, bin, dir, logs, small...)
	if c, err = s.connect(ctx); err != nil {
		t.Fatal(err)
	}
	count()

	// The directory goes while the server stops.
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	t.Logf("stopped without its directory with status %d", s.ended(t))
}
