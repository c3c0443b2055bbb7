package pg

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"sync/atomic"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/wire/auth"
)

// Server makes connections out of sockets. Safe for concurrent use.
type Server struct {
	Sessions *session.Server
	Policy   auth.Policy
	// Verifier gives a role's stored SCRAM verifier; ok is false where the role
	// does not exist, may not log in or has no password.
	Verifier func(role string) (v string, ok bool)
	// Throttle slows down who guesses passwords; nil: nobody.
	Throttle *auth.Throttle
	// TLS is nil where it is not offered.
	TLS *tls.Config
	// RequireTLS refuses clients without it.
	RequireTLS bool
	// FrameBytes bounds a frame; 0: FrameBytesMax.
	FrameBytes int
	// Random is for nonces; Secret for the salts of users who do not exist.
	Random io.Reader
	Secret []byte
	Clock  clock.Clock
	Log    *slog.Logger

	Stats Stats
}

// Stats count what the connections did.
type Stats struct {
	Conns, Opened, AuthFailures, BytesIn, BytesOut atomic.Int64
}

var errTooMany = pgerr.New(pgerr.TooManyConnections, "sorry, too many clients already").WithSeverity(pgerr.SeverityFatal)

// Refuse tells a client that the limit on connections is met. It answers before
// reading anything: the client sees the error at its first read.
func (srv *Server) Refuse(nc net.Conn) {
	w := writer{nc: nc}
	w.problem(errTooMany, false)
	_ = w.flush() // the client may be gone
}

// Handle serves one connection to its end. The caller closes nc.
func (srv *Server) Handle(nc net.Conn) {
	srv.Stats.Conns.Add(1)
	srv.Stats.Opened.Add(1)
	defer srv.Stats.Conns.Add(-1)
	c := &Conn{srv: srv, nc: nc, rd: newReader(nc), w: writer{nc: nc}}
	defer c.recoverPanic()
	c.run()
}

func (srv *Server) frameBytes() int {
	if srv.FrameBytes > 0 {
		return srv.FrameBytes
	}
	return FrameBytesMax
}
