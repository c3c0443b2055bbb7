// Package crash kills a running server with SIGKILL at random points while
// clients write over both ports, starts it again on the same directory and
// compares what it holds with what it had acknowledged.
//
//	go test ./test/crash -kills 200 -seed 1
package crash

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

var (
	kills = flag.Int("kills", 20, "how often the server is killed")
	seed  = flag.Uint64("seed", 0, "seed of the moments of the kills; 0: from the clock")
)

const (
	sqlWriters   = 3
	redisWriters = 2
	startTimeout = 20 * time.Second
	runMsMin     = 30
	runMsMax     = 300
)

// server is one life of the process.
type server struct {
	cmd            *exec.Cmd
	pgAddr, reAddr string
	httpAddr       string
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func start(t *testing.T, bin, dir string) *server {
	t.Helper()
	return startWith(t, bin, dir, dir+".log")
}

// startWith starts a server and waits until it listens.
func startWith(t *testing.T, bin, dir, logs string, flags ...string) *server {
	t.Helper()
	s := launch(t, bin, dir, logs, flags...)
	for _, addr := range []string{s.pgAddr, s.reAddr} {
		if err := waitFor(addr); err != nil {
			text, _ := os.ReadFile(logs)
			t.Fatalf("%v\n%s", err, text)
		}
	}
	return s
}

// launch starts a server that writes its log to the file logs.
func launch(t *testing.T, bin, dir, logs string, flags ...string) *server {
	t.Helper()
	s := &server{pgAddr: freeAddr(t), reAddr: freeAddr(t), httpAddr: freeAddr(t)}
	s.cmd = exec.Command(bin, append([]string{"--data", dir, "--pg-addr", s.pgAddr, "--resp-addr", s.reAddr, "--http-addr", s.httpAddr}, flags...)...)
	out, err := os.OpenFile(logs, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	s.cmd.Stdout, s.cmd.Stderr = out, out
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() }) // of a test that failed
	return s
}

func waitFor(addr string) error {
	for end := time.Now().Add(startTimeout); time.Now().Before(end); {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			return c.Close()
		}
		time.Sleep(5 * time.Millisecond)
	}
	return fmt.Errorf("nothing listens on %s", addr)
}

func (s *server) kill(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = s.cmd.Wait() // it was killed: the error says so
}

func (s *server) connect(ctx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(ctx, "postgres://postgres@"+s.pgAddr+"/postgres?sslmode=disable")
}

func (s *server) redis() *redis.Client {
	return redis.NewClient(&redis.Options{Addr: s.reAddr, MaxRetries: -1})
}

// acked is what the clients were told is kept. tried is the write under way when
// the server died: it may be there or not, but whole.
type acked struct {
	sql, sqlTried     [sqlWriters]int64
	redis, redisTried [redisWriters]int64
}

// writeSQL commits transactions of three writes: two rows and a hash, which must
// agree for ever.
func (s *server) writeSQL(ctx context.Context, w int, a *acked) {
	c, err := s.connect(ctx)
	if err != nil {
		return
	}
	defer c.Close(context.Background())
	for ctx.Err() == nil {
		n := a.sql[w] + 1
		a.sqlTried[w] = n
		err := pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "INSERT INTO ledger VALUES ($1, $2, 'debit'), ($1, $2, 'credit')", w, n); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "UPDATE balance SET last = $2 WHERE writer = $1", w, n); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "UPDATE acct:* SET last = $2 WHERE _id = $1", strconv.Itoa(w), strconv.FormatInt(n, 10))
			return err
		})
		if err != nil {
			return
		}
		a.sql[w] = n
	}
}

// writeRedis sets two keys in one MULTI, which must agree for ever.
func (s *server) writeRedis(ctx context.Context, w int, a *acked) {
	c := s.redis()
	defer c.Close()
	for ctx.Err() == nil {
		n := a.redis[w] + 1
		a.redisTried[w] = n
		_, err := c.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Set(ctx, fmt.Sprintf("left:%d", w), n, 0)
			p.RPush(ctx, fmt.Sprintf("right:%d", w), n)
			return nil
		})
		if err != nil {
			return
		}
		a.redis[w] = n
	}
}

func setUp(t *testing.T, s *server) {
	t.Helper()
	ctx := context.Background()
	c, err := s.connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	for _, q := range []string{
		"CREATE TABLE ledger (writer int, n bigint, side text, PRIMARY KEY (writer, n, side))",
		"CREATE TABLE balance (writer int PRIMARY KEY, last bigint)",
	} {
		if _, err := c.Exec(ctx, q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	r := s.redis()
	defer r.Close()
	for w := range sqlWriters {
		if _, err := c.Exec(ctx, "INSERT INTO balance VALUES ($1, 0)", w); err != nil {
			t.Fatal(err)
		}
		if err := r.HSet(ctx, fmt.Sprintf("acct:%d", w), "last", 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "ferrited")
	if out, err := exec.Command("go", "build", "-o", bin, "../../cmd/ferrited").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

func TestKill(t *testing.T) {
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", *seed)
	rng := rand.New(rand.NewPCG(*seed, 0))
	bin := build(t)
	dir := filepath.Join(t.TempDir(), "data")
	s := start(t, bin, dir)
	setUp(t, s)
	var a acked
	for round := range *kills {
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		for w := range sqlWriters {
			wg.Go(func() { s.writeSQL(ctx, w, &a) })
		}
		for w := range redisWriters {
			wg.Go(func() { s.writeRedis(ctx, w, &a) })
		}
		time.Sleep(time.Duration(runMsMin+rng.IntN(runMsMax-runMsMin)) * time.Millisecond)
		s.kill(t)
		cancel()
		wg.Wait()
		s = start(t, bin, dir)
		verify(t, s, &a, round)
		if t.Failed() {
			break
		}
	}
	s.kill(t)
	t.Logf("%d kills: %v SQL and %v Redis transactions acknowledged and kept", *kills, a.sql, a.redis)
	for _, n := range append(a.sql[:], a.redis[:]...) {
		if n == 0 {
			t.Fatal("a writer never got anything acknowledged: the test shows nothing")
		}
	}
}

// within tells whether what is kept is the last acknowledged write or the one
// under way.
func within(kept, ackedN, tried int64) bool { return kept == ackedN || kept == tried }

func verify(t *testing.T, s *server, a *acked, round int) {
	t.Helper()
	ctx := context.Background()
	c, err := s.connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	r := s.redis()
	defer r.Close()
	for w := range sqlWriters {
		var debits, credits, last int64
		err := c.QueryRow(ctx, `SELECT (SELECT count(*) FROM ledger WHERE writer = $1 AND side = 'debit'),
			(SELECT count(*) FROM ledger WHERE writer = $1 AND side = 'credit'),
			(SELECT last FROM balance WHERE writer = $1)`, w).Scan(&debits, &credits, &last)
		if err != nil {
			t.Fatal(err)
		}
		hash, err := r.HGet(ctx, fmt.Sprintf("acct:%d", w), "last").Int64()
		if err != nil {
			t.Fatal(err)
		}
		if debits != credits || debits != last || last != hash {
			t.Errorf("round %d: writer %d: torn transaction: %d debits, %d credits, balance %d, hash %d", round, w, debits, credits, last, hash)
		}
		if !within(last, a.sql[w], a.sqlTried[w]) {
			t.Errorf("round %d: writer %d: acknowledged %d, kept %d", round, w, a.sql[w], last)
		}
		a.sql[w] = last
	}
	for w := range redisWriters {
		left, err := r.Get(ctx, fmt.Sprintf("left:%d", w)).Int64()
		if err != nil && err != redis.Nil {
			t.Fatal(err)
		}
		right, err := r.LLen(ctx, fmt.Sprintf("right:%d", w)).Result()
		if err != nil {
			t.Fatal(err)
		}
		if left != right {
			t.Errorf("round %d: redis writer %d: torn MULTI: %d and %d", round, w, left, right)
		}
		if !within(left, a.redis[w], a.redisTried[w]) {
			t.Errorf("round %d: redis writer %d: acknowledged %d, kept %d", round, w, a.redis[w], left)
		}
		a.redis[w] = left
	}
}
