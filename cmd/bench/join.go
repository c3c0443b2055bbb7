package main

import (
	"github.com/ferritedb/ferrite/kv/clock"

	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

const joinQuery = `SELECT u.name, COUNT(o.id) AS order_count, SUM(o.total) AS revenue
FROM users:* AS u JOIN orders:* AS o ON o.user_id = u.id
WHERE u.status = 'active' AND o.created_at > NOW() - INTERVAL '30 days'
GROUP BY u.id, u.name ORDER BY revenue DESC LIMIT 10`

// benchJoin writes users and orders as hashes through the Redis port and times
// the join over both key patterns, and point reads by key, through SQL.
func benchJoin(o options) error {
	s, err := startFerrite(o)
	if err != nil {
		return err
	}
	defer s.stop()
	if err := loadHashes(s, o); err != nil {
		return fmt.Errorf("load: %w", err)
	}
	ctx := context.Background()
	c, err := pgx.Connect(ctx, fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres", s.pgPort))
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	fmt.Printf("\n| query over %d users, %d orders | median seconds |\n|---|---|\n", o.users, o.orders)
	if err := timeQuery(ctx, c, o.rounds, "key-pattern join", joinQuery); err != nil {
		return err
	}
	return timePoint(ctx, c, o)
}

func timeQuery(ctx context.Context, c *pgx.Conn, rounds int, name, q string) error {
	var times []sample
	rows := 0
	for range rounds {
		start := clock.Real.Now()
		r, err := c.Query(ctx, q)
		if err != nil {
			return err
		}
		rows = 0
		for r.Next() {
			rows++
		}
		if err := r.Err(); err != nil {
			return err
		}
		times = append(times, sample{perSecond: clock.Real.Now().Sub(start).Seconds()})
	}
	fmt.Printf("| %s (%d rows) | %.3f |\n", name, rows, median(times, func(s sample) float64 { return s.perSecond }))
	return nil
}

// timePoint times single reads by _key as a client sees them; what the server
// takes is less.
func timePoint(ctx context.Context, c *pgx.Conn, o options) error {
	const reads = 2000
	var times []sample
	for i := range reads {
		key := "users:" + strconv.Itoa(1+i*7919%o.users)
		start := clock.Real.Now()
		var name string
		if err := c.QueryRow(ctx, "SELECT name FROM users:* WHERE _key = $1", key).Scan(&name); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		times = append(times, sample{perSecond: clock.Real.Now().Sub(start).Seconds()})
	}
	fmt.Printf("| point read by _key, seen by the client | %.6f |\n", median(times, func(s sample) float64 { return s.perSecond }))
	return nil
}

func loadHashes(s *server, o options) error {
	conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(s.rePort))
	if err != nil {
		return err
	}
	defer conn.Close()
	total := o.users + o.orders
	done := make(chan error, 1)
	go func() { done <- drainReplies(conn, total) }()
	w := bufio.NewWriterSize(conn, 1<<16)
	now := clock.Real.Now()
	states := []string{"active", "gone", "new"}
	for i := 1; i <= o.users; i++ {
		id := strconv.Itoa(i)
		writeCommand(w, "HSET", "users:"+id, "id", id, "name", "user "+id, "status", states[i%3])
	}
	for i := 1; i <= o.orders; i++ {
		id := strconv.Itoa(i)
		at := now.Add(-time.Duration(i%90) * 24 * time.Hour).UTC().Format("2006-01-02 15:04:05")
		writeCommand(w, "HSET", "orders:"+id, "id", id, "user_id", strconv.Itoa(1+i*31%o.users),
			"total", strconv.Itoa(i%1000)+".50", "created_at", at)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return <-done
}

func writeCommand(w *bufio.Writer, args ...string) {
	fmt.Fprintf(w, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(w, "$%d\r\n%s\r\n", len(a), a)
	}
}

// drainReplies reads n integer replies.
func drainReplies(r io.Reader, n int) error {
	b := bufio.NewReaderSize(r, 1<<16)
	for range n {
		line, err := b.ReadSlice('\n')
		if err != nil {
			return err
		}
		if line[0] != ':' {
			return fmt.Errorf("server replied %q", line)
		}
	}
	return nil
}
