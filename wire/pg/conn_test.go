package pg

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgproto3/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/wire/auth"
)

// scramFor has every client of the fixture prove itself by password.
func scramFor(t *testing.T, role, password string) func(*Server) {
	v, err := auth.MakeVerifier(password, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return func(s *Server) {
		s.Policy = auth.Policy{Loopback: auth.Scram256, Remote: auth.Scram256}
		s.Verifier = func(name string) (string, bool) { return v.String(), name == role }
	}
}

func connect(f *fixture, dsn string) (*pgx.Conn, error) {
	return pgx.Connect(context.Background(), "postgres://"+strings.Replace(dsn, "HOST", f.addr, 1))
}

func TestScram(t *testing.T) {
	f := newFixture(t, scramFor(t, "ada", "pass word"))
	c, err := connect(f, "ada:pass%20word@HOST/db?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	var n int32
	if err := c.QueryRow(context.Background(), "SELECT $1::int4", 42).Scan(&n); err != nil || n != 42 {
		t.Fatalf("got %d, %v", n, err)
	}
	for _, dsn := range []string{"ada:wrong@HOST/db?sslmode=disable", "bob:pass%20word@HOST/db?sslmode=disable"} {
		_, err := connect(f, dsn)
		pe, ok := errorAs(err)
		if !ok || pe.Code != pgerr.InvalidPassword || pe.Severity != "FATAL" {
			t.Errorf("%s: %v", dsn, err)
		}
	}
}

func errorAs(err error) (*pgconn.PgError, bool) {
	for err != nil {
		if pe, ok := err.(*pgconn.PgError); ok {
			return pe, true
		}
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			m, ok := err.(interface{ Unwrap() []error })
			if !ok || len(m.Unwrap()) == 0 {
				return nil, false
			}
			err = m.Unwrap()[0]
			continue
		}
		err = u.Unwrap()
	}
	return nil, false
}

func TestTLS(t *testing.T) {
	cert, err := auth.SelfSigned([]string{"127.0.0.1"}, clock.Real.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, func(s *Server) {
		s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
		s.RequireTLS = true
	})
	c, err := connect(f, "ada@HOST/db?sslmode=require")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	// A notification interrupts the wait of a TLS connection too.
	if _, err := c.Exec(context.Background(), "LISTEN ch"); err != nil {
		t.Fatal(err)
	}
	other := f.dial(t)
	if _, err := other.nc.Write(startupBytes(t)); err != nil {
		t.Fatal(err)
	}
	if got := other.until(nil); got != "" {
		t.Fatal(got)
	}
	if m, err := other.fe.Receive(); err != nil || m.(*pgproto3.ErrorResponse).Message != "connection requires TLS" {
		t.Fatalf("without TLS: %v %v", m, err)
	}
	second, err := connect(f, "bob@HOST/db?sslmode=require")
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close(context.Background())
	if _, err := second.Exec(context.Background(), "NOTIFY ch, 'hello'"); err != nil {
		t.Fatal(err)
	}
	n, err := c.WaitForNotification(context.Background())
	if err != nil || n.Payload != "hello" {
		t.Fatalf("%v %v", n, err)
	}
}

func startupBytes(t testing.TB) []byte {
	b, err := (&pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersionNumber,
		Parameters: map[string]string{"user": "ada"}}).Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestStartup sends each first packet and reads all that comes back.
func TestStartup(t *testing.T) {
	f := newFixture(t, nil)
	packet := func(code uint32, rest string) string {
		b := binary.BigEndian.AppendUint32(nil, uint32(8+len(rest)))
		return string(binary.BigEndian.AppendUint32(b, code)) + rest
	}
	for _, tc := range []struct{ name, send, want string }{
		{"garbage", "GET / HTTP/1.1\r\n\r\n", ""},
		{"zero length", "\x00\x00\x00\x00", ""},
		{"old version", packet(2<<16, ""), "E unsupported frontend protocol 2.0: server supports 3.0 to 3.0"},
		{"no user", packet(3<<16, "database\x00x\x00\x00"), "E no PostgreSQL user name specified in startup packet"},
		{"no terminator", packet(3<<16, "user\x00x"), "E invalid startup packet layout: expected terminator as last byte"},
		{"ssl refused, then end", packet(codeSSL, ""), "N"},
		{"gss refused, then end", packet(codeGSS, ""), "N"},
		{"unknown setting", packet(3<<16, "user\x00x\x00nonsense\x001\x00\x00"), "R"},
		{"newer minor version", packet(3<<16|2, "user\x00x\x00_pq_.extra\x001\x00\x00"), "v"},
		{"cancel of nobody", packet(codeCancel, "\x00\x00\x00\x63\x00\x00\x00\x00"), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := f.dial(t)
			io.WriteString(c.nc, tc.send)
			c.nc.(*net.TCPConn).CloseWrite()
			got, err := io.ReadAll(c.nc)
			if err != nil {
				t.Fatal(err)
			}
			if tc.want == "" && len(got) > 0 || !strings.HasPrefix(string(got), tc.want[:min(1, len(tc.want))]) {
				t.Fatalf("got %q", got)
			}
			if len(tc.want) > 1 && !strings.Contains(string(got), tc.want[2:]) {
				t.Fatalf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestStartupOptions(t *testing.T) {
	f := newFixture(t, nil)
	c, err := connect(f, "ada@HOST/db?sslmode=disable&options=-c%20work_mem%3D1MB%20--datestyle%3Dgerman&application_name=app")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	for name, want := range map[string]string{"work_mem": "1MB", "datestyle": "German, DMY", "application_name": "app"} {
		var got string
		if err := c.QueryRow(context.Background(), "SHOW "+name).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
}

func TestTooManyClients(t *testing.T) {
	f := newFixture(t, nil)
	f.ln.Limit().SetMax(1)
	first := f.dial(t)
	first.start(t, nil)
	_, err := connect(f, "ada@HOST/db?sslmode=disable")
	pe, ok := errorAs(err)
	if !ok || pe.Code != pgerr.TooManyConnections || pe.Message != "sorry, too many clients already" {
		t.Fatal(err)
	}
}

func TestIdleTimeouts(t *testing.T) {
	manual := clock.NewManual(time.Unix(1000, 0))
	f := newFixture(t, func(s *Server) { s.Clock = manual; s.Sessions.Clock = manual })
	for _, tc := range []struct{ setup, code string }{
		{"SET idle_session_timeout = '1s'", pgerr.IdleSessionTimeout},
		{"SET idle_in_transaction_session_timeout = '1s'; BEGIN", pgerr.IdleInTransactionSessionTimeout},
	} {
		c := f.dial(t)
		c.start(t, nil)
		c.send(`Query {"String": "` + tc.setup + `"}`)
		c.until(args("ReadyForQuery"))
		done := make(chan string)
		go func() { done <- c.closed() }()
		for open := true; open; {
			select {
			case got := <-done:
				if !strings.Contains(got, "FATAL "+tc.code) {
					t.Errorf("%s: %s", tc.setup, got)
				}
				open = false
			default:
				manual.Advance(time.Second) // again, where the timer was not yet set
			}
		}
	}
}

func TestStatementTimeout(t *testing.T) {
	manual := clock.NewManual(time.Unix(1000, 0))
	f := newFixture(t, func(s *Server) { s.Clock = manual; s.Sessions.Clock = manual })
	c := f.dial(t)
	c.start(t, nil)
	c.send(`Query {"String": "SET statement_timeout = '1s'"}`)
	c.until(args("ReadyForQuery"))
	c.send(`Query {"String": "SELECT hang()"}`)
	<-f.engine.Hanging
	manual.Advance(time.Second)
	got := c.until(args("ReadyForQuery"))
	if !strings.Contains(got, "ERROR 57014 canceling statement due to statement timeout") {
		t.Fatal(got)
	}
}

func TestShutdownAndTerminate(t *testing.T) {
	f := newFixture(t, nil)
	idle, busy := f.dial(t), f.dial(t)
	idle.start(t, nil)
	busy.start(t, nil)
	busy.send(`Query {"String": "BEGIN; INSERT INTO t VALUES (1)"}`)
	busy.until(args("ReadyForQuery"))
	f.srv.Sessions.Shutdown()
	if got := idle.closed(); !strings.Contains(got, "FATAL 57P01 terminating connection due to administrator command") {
		t.Fatal(got)
	}
	// A transaction in progress may end first.
	busy.send(`Query {"String": "SELECT * FROM t"}`)
	if got := busy.until(args("ReadyForQuery")); !strings.Contains(got, `DataRow "1"`) {
		t.Fatal(got)
	}
	busy.send(`Query {"String": "COMMIT"}`)
	if got := busy.closed(); !strings.Contains(got, `CommandComplete "COMMIT"`) || !strings.Contains(got, "FATAL 57P01") {
		t.Fatal(got)
	}
	if err := f.ln.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// TestFrameLimit shows that a header's promise takes no memory: a frame below
// the limit grows the buffer only as its bytes come.
func TestFrameLimit(t *testing.T) {
	f := newFixture(t, func(s *Server) { s.FrameBytes = 1 << 20 })
	c := f.dial(t)
	c.start(t, nil)
	big := `SELECT '` + strings.Repeat("x", 600<<10) + `'`
	b, err := (&pgproto3.Query{String: big}).Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.nc.Write(b); err != nil {
		t.Fatal(err)
	}
	if got := c.until(args("ReadyForQuery")); !strings.Contains(got, `CommandComplete "SELECT 1"`) {
		t.Fatal(got[:min(len(got), 200)])
	}
	b, err = (&pgproto3.Query{String: big + big}).Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	c.nc.Write(b[:5])
	if got := c.closed(); !strings.Contains(got, "FATAL 08P01 invalid message length") {
		t.Fatal(got)
	}
}

func args(names ...string) []argument { return makeArgs(names) }
