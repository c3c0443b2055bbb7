package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ferritedb/ferrite/kv/clock"
)

const (
	doorsRows = 100_000
	// doorsSpan is how many rows each read of the SQL client sums: enough to need
	// a snapshot, few enough to cost little.
	doorsSpan = 50
	// doorsPause is what the reader waits between two reads, so that its own work
	// is a small part of the server's.
	doorsPause = time.Millisecond
)

// benchDoors measures what each door costs the other: SET at pipeline 16 alone
// and beside one SQL client that reads ranges, and that client's reads alone and
// beside SET.
func benchDoors(o options) error {
	s, err := startFerrite(o, "--resp-durability", "everysec")
	if err != nil {
		return err
	}
	defer s.stop()
	if _, err := s.redisBenchmark("set", 64, 2*keyspaceKeys); err != nil {
		return err
	}
	r, err := newReader(s)
	if err != nil {
		return err
	}
	defer r.conn.Close(context.Background())
	n := 200_000 * o.seconds
	var alone, beside, apart []sample
	var aloneTail, besideTail, readAlone, readBeside []float64
	for range o.rounds {
		// What a read costs where nothing is beside it.
		before, err := cpuSeconds(s.pid)
		if err != nil {
			return err
		}
		stop := r.start()
		time.Sleep(time.Duration(o.seconds) * time.Second / 2)
		reads, p99, err := stop()
		if err != nil {
			return err
		}
		after, err := cpuSeconds(s.pid)
		if err != nil {
			return err
		}
		perRead := (after - before) / float64(reads)
		readAlone = append(readAlone, p99)
		m, tail, err := s.setTail(n)
		if err != nil {
			return err
		}
		alone, aloneTail = append(alone, m), append(aloneTail, tail)
		stop = r.start()
		m, tail, err = s.setTail(n)
		reads, p99, rerr := stop()
		if err != nil || rerr != nil {
			return fmt.Errorf("%v %w", err, rerr)
		}
		beside, besideTail, readBeside = append(beside, m), append(besideTail, tail), append(readBeside, p99)
		apart = append(apart, sample{perCPU: float64(n) / (float64(n)/m.perCPU - perRead*float64(reads))})
	}
	cpu := func(s sample) float64 { return s.perCPU }
	fmt.Printf("\n| load | alone | beside the other | ratio |\n|---|---|---|---|\n")
	fmt.Printf("| SET -P 16, ops per CPU-s | %.0f | %.0f | %.2f |\n", median(alone, cpu), median(beside, cpu), median(beside, cpu)/median(alone, cpu))
	fmt.Printf("| the same, less what the reads cost alone | | %.0f | %.2f |\n", median(apart, cpu), median(apart, cpu)/median(alone, cpu))
	fmt.Printf("| SET -P 16, p99 in ms | %.2f | %.2f | |\n", middle(aloneTail), middle(besideTail))
	fmt.Printf("| SQL sum of %d rows by key, p99 in ms | %.2f | %.2f | |\n", doorsSpan, middle(readAlone), middle(readBeside))
	return nil
}

func middle(xs []float64) float64 {
	xs = slices.Clone(xs)
	slices.Sort(xs)
	return xs[len(xs)/2]
}

// setTail runs n SETs at pipeline 16 and gives the 99th percentile of their
// latency in ms beside the rate.
func (s *server) setTail(n int) (m sample, p99 float64, err error) {
	var out string
	m, err = measure(s, func() (float64, error) {
		out, err = command("redis-benchmark", "-p", strconv.Itoa(s.rePort), "-t", "set", "-P", "16", "-n", strconv.Itoa(n),
			"-r", strconv.Itoa(keyspaceKeys), "-d", strconv.Itoa(valueBytes), "-c", strconv.Itoa(respClients), "--csv")
		return float64(n), err
	})
	if err != nil {
		return m, 0, err
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	head, row := strings.Split(lines[0], ","), strings.Split(lines[len(lines)-1], ",")
	at := slices.Index(head, `"p99_latency_ms"`)
	if at < 0 || at >= len(row) {
		return m, 0, fmt.Errorf("no p99 in\n%s", out)
	}
	p99, err = strconv.ParseFloat(strings.Trim(row[at], `"`), 64)
	return m, p99, err
}

// reader is the SQL client.
type reader struct {
	conn *pgx.Conn
}

func newReader(s *server) (*reader, error) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres", s.pgPort))
	if err != nil {
		return nil, err
	}
	_, err = conn.Exec(ctx, fmt.Sprintf("CREATE TABLE doors AS SELECT g AS id, g %% 100 AS v FROM generate_series(1, %d) g", doorsRows))
	if err == nil {
		_, err = conn.Exec(ctx, "ALTER TABLE doors ADD PRIMARY KEY (id)")
	}
	return &reader{conn}, err
}

// start reads until stop is called, which gives how many reads there were and the
// 99th percentile of their latency in ms.
func (r *reader) start() (stop func() (int, float64, error)) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	var times []float64
	go func() {
		for i := 0; ctx.Err() == nil; i++ {
			from := i * 7919 % (doorsRows - doorsSpan)
			begin := clock.Real.Now()
			var sum int64
			if err := r.conn.QueryRow(context.Background(), "SELECT sum(v) FROM doors WHERE id BETWEEN $1 AND $2", from, from+doorsSpan).Scan(&sum); err != nil {
				done <- err
				return
			}
			times = append(times, clock.Real.Now().Sub(begin).Seconds()*1000)
			time.Sleep(doorsPause)
		}
		done <- nil
	}()
	return func() (int, float64, error) {
		cancel()
		if err := <-done; err != nil || len(times) == 0 {
			return 0, 0, fmt.Errorf("%d reads: %w", len(times), err)
		}
		slices.Sort(times)
		return len(times), times[len(times)*99/100], nil
	}
}
