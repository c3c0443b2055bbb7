package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// statementTimeout is the server's; slack is what it may take beyond it.
	statementTimeout = 3 * time.Second
	slack            = 6 * time.Second
	// answerTimeout bounds the wait for an answer on raw connections.
	answerTimeout = 2 * time.Second
	dialTimeout   = 5 * time.Second
)

// input is one thing that is sent to the server: kind "sql" (a statement, by
// itself on a connection that is set up), "pg" or "resp" (raw bytes on a fresh
// connection).
type input struct {
	kind      string
	data      []byte
	truncated bool
}

func (in input) String() string {
	if in.kind == "sql" {
		return string(in.data)
	}
	return fmt.Sprintf("%s %q", in.kind, in.data[:min(len(in.data), inputBytesMax)])
}

// connectSQL opens a connection whose statements are bounded.
func connectSQL(ctx context.Context, s *server) (*pgconn.PgConn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	c, err := pgconn.Connect(ctx, "postgres://postgres@"+s.pgAddr+"/postgres?sslmode=disable")
	if err != nil {
		return nil, err
	}
	set := fmt.Sprintf("SET statement_timeout = %d; SET lock_timeout = 500; SET idle_in_transaction_session_timeout = 10000", statementTimeout.Milliseconds())
	if _, err := c.Exec(ctx, set).ReadAll(); err != nil {
		c.Close(ctx) //nolint:errcheck // the first error is the one that counts
		return nil, err
	}
	return c, nil
}

// verdict of an answer: empty kind where nothing is wrong with it.
type verdict struct {
	kind, what string
	// lost: the connection is of no use any more.
	lost bool
}

// runSQL executes one statement and throws its rows away.
func runSQL(ctx context.Context, s *server, c *pgconn.PgConn, text string) verdict {
	ctx, cancel := context.WithTimeout(ctx, statementTimeout+slack)
	defer cancel()
	rows := c.Exec(ctx, text)
	for rows.NextResult() {
		r := rows.ResultReader()
		for r.NextRow() {
		}
		_, _ = r.Close() // Close of rows gives the same error
	}
	return judgeSQL(ctx, s, c, rows.Close())
}

func judgeSQL(ctx context.Context, s *server, c *pgconn.PgConn, err error) verdict {
	if err == nil {
		return verdict{}
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		v := verdict{lost: pg.Severity == "FATAL" || c.IsClosed()}
		if isInternal(pg.Code, pg.Message) {
			v.kind, v.what = "internal error", pg.Code+" "+pg.Message+" "+pg.Detail
		}
		return v
	}
	v := verdict{lost: true}
	switch {
	case s.ending.Load() || !s.alive():
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		v.kind, v.what = "not cancelled", fmt.Sprintf("no answer %s after statement_timeout", slack)
	case ctx.Err() != nil:
	case !s.diesSoon():
		v.kind, v.what = "connection lost", err.Error()
	}
	return v
}

// isInternal tells the server's own failures from the user's.
func isInternal(code, message string) bool {
	if message == "tuple concurrently updated" {
		return false // PostgreSQL says so, too, of definitions changed at the same time
	}
	if code == "XX000" || code == "XX001" || code == "XX002" {
		return true
	}
	m := strings.ToLower(message)
	for _, mark := range []string{"internal error", "assertion", "runtime error", "panic", "damaged", "nil pointer"} {
		if strings.Contains(m, mark) {
			return true
		}
	}
	return false
}

// sendRaw sends bytes on a fresh connection, half closes it where asked and
// reads what comes for a while.
func sendRaw(ctx context.Context, addr string, data []byte, wait time.Duration) ([]byte, error) {
	d := net.Dialer{Timeout: dialTimeout}
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return exchange(c, data, wait)
}

// exchange writes data and reads until nothing has come for wait.
func exchange(c net.Conn, data []byte, wait time.Duration) ([]byte, error) {
	written := make(chan error, 1)
	go func() {
		_ = c.SetWriteDeadline(deadline(answerTimeout))
		_, err := c.Write(data)
		written <- err
	}()
	var answer []byte
	buf := make([]byte, 32<<10)
	for total := 0; total < rawAnswerMax; {
		_ = c.SetReadDeadline(deadline(wait))
		n, err := c.Read(buf)
		total += n
		if len(answer) < rawKept {
			answer = append(answer, buf[:n]...)
		}
		if err != nil {
			if !errors.Is(err, io.EOF) && !isTimeout(err) {
				return answer, err
			}
			break
		}
	}
	if err := <-written; err != nil && !isTimeout(err) {
		return answer, err
	}
	return answer, nil
}

const (
	// rawAnswerMax bounds how much of one answer is read, rawKept how much is looked at.
	rawAnswerMax = 64 << 20
	rawKept      = 1 << 20
)

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

// judgeRaw looks for errors of the server's own making in a raw answer.
func judgeRaw(kind string, answer []byte) (string, bool) {
	if kind == "pg" {
		for _, mark := range []string{"CXX000\x00", "CXX001\x00", "CXX002\x00"} {
			if at := bytes.Index(answer, []byte(mark)); at >= 0 {
				return textOf(answer[at:min(len(answer), at+300)]), true
			}
		}
		return "", false
	}
	for rest := answer; ; {
		at := bytes.Index(rest, []byte("-ERR "))
		if at < 0 {
			return "", false
		}
		line, _, _ := bytes.Cut(rest[at:], []byte("\r\n"))
		if isInternal("", string(line)) && !bytes.Contains(line, []byte("user_script")) {
			return string(line[:min(len(line), 300)]), true
		}
		rest = rest[at+5:]
	}
}

func textOf(b []byte) string {
	return strings.Map(func(c rune) rune {
		if c == 0 {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(string(b), "?"))
}
