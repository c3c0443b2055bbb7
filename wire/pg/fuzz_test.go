package pg

import (
	"io"
	"log/slog"
	"net"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/session/sessiontest"
	"github.com/ferritedb/ferrite/txn/local"
)

type argument = datadriven.CmdArg

func makeArgs(names []string) []argument {
	out := make([]argument, len(names))
	for i, n := range names {
		out[i].Key = n
	}
	return out
}

// FuzzBytes feeds raw bytes to a connection: first as they are, and where they
// do not start a session, after a good start-up. Nothing may panic or hang.
func FuzzBytes(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Add([]byte("\x00\x00\x00\x08\x04\xd2\x16\x2f"))
	f.Add([]byte("Q\x00\x00\x00\x0dSELECT 1\x00"))
	f.Add([]byte("P\x00\x00\x00\x10\x00SELECT 1\x00\x00\x00B\x00\x00\x00\x0c\x00\x00\x00\x00\x00\x00\x00\x00E\x00\x00\x00\x09\x00\x00\x00\x00\x00S\x00\x00\x00\x04"))
	f.Add([]byte("B\x00\x00\x00\x12\x00\x00\x00\x01\x00\x01\x00\x01\xff\xff\xff\xfe\x00\x00"))
	f.Add([]byte("Q\x00\x00\x00\x16COPY t FROM STDIN\x00d\x00\x00\x00\x061\nc\x00\x00\x00\x04"))
	f.Add([]byte("D\x00\x00\x00\x06S\x00C\x00\x00\x00\x06P\x00H\x00\x00\x00\x04F\x00\x00\x00\x04"))
	store := local.OpenMemory()
	sessions := session.NewServer(store, &sessiontest.Engine{}, clock.Real, clock.Entropy)
	srv := &Server{Sessions: sessions, Clock: clock.Real, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), FrameBytes: 1 << 20}
	start := startupBytes(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, prefix := range [][]byte{nil, start} {
			client, server := net.Pipe()
			done := make(chan struct{})
			go func() {
				srv.Handle(server)
				server.Close()
				close(done)
			}()
			go func() {
				client.Write(append(append([]byte(nil), prefix...), b...))
				// A statement that hangs, and one that waits for more, end with the connection.
				client.Write([]byte("X\x00\x00\x00\x04"))
				for _, be := range sessions.Backends() {
					be.Cancel()
				}
				client.Close()
			}()
			io.Copy(io.Discard, client)
			<-done
		}
		if n := srv.Stats.Conns.Load(); n != 0 {
			t.Fatalf("%d connections left", n)
		}
	})
}
