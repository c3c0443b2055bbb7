package pg

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/ferritedb/ferrite/kv/fault"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/session"
)

// Conn is one client's connection. Its methods run in the connection's own
// goroutine, but for wake.
type Conn struct {
	srv *Server
	nc  net.Conn
	rd  *reader
	w   writer
	s   *session.Session
	tls bool
	// skipping: an error came in the extended protocol; all is passed over
	// until Sync.
	skipping bool
	// between tells that the connection waits for the client between messages.
	between bool
	// idleError is set by the idle timer, with a wake after it.
	idleError atomic.Pointer[pgerr.Error]

	bind    session.BindMessage
	oids    []uint32
	classes []class
}

// past is a read deadline that has passed: setting it wakes the reader.
var past = time.Unix(1, 0)

func (c *Conn) run() {
	if !c.handshake() {
		return
	}
	defer c.s.Close()
	c.rd.onWake = c.woken
	nc := c.nc
	c.s.Backend().OnWake(func() { _ = nc.SetReadDeadline(past) }) // fails only once closed
	if c.s.Backend().Fatal(false) != nil {
		c.s.Backend().Wake() // the shutdown came before there was one to wake
	}
	for c.step() {
	}
	_ = c.w.flush() // last words; the client may be gone
}

// recoverPanic keeps a bug of one connection from ending the process.
func (c *Conn) recoverPanic() {
	if r := recover(); r != nil {
		fault.Note("connection", r)
		c.fatal(pgerr.New(pgerr.InternalError, fmt.Sprintf("internal error: %v", r)))
	}
}

// fatal sends a last error.
func (c *Conn) fatal(e *pgerr.Error) {
	c.w.problem(e.WithSeverity(pgerr.SeverityFatal), false)
	_ = c.w.flush() // the client may be gone
}

// step serves one frame; false ends the connection.
func (c *Conn) step() bool {
	typ, body, err := c.await()
	if err != nil {
		c.readFailed(err)
		return false
	}
	if c.skipping && typ != 'S' && typ != 'X' {
		return true
	}
	h := handlers[typ]
	if h == nil {
		c.fatal(pgerr.Newf(pgerr.ProtocolViolation, "invalid frontend message type %d", typ))
		return false
	}
	if err := h(c, body); err != nil {
		return c.failed(err, typ)
	}
	return c.w.err == nil
}

// await reads the next frame. While nothing is there the idle timer runs.
func (c *Conn) await() (byte, []byte, error) {
	if c.rd.buffered() {
		return c.rd.frame()
	}
	d, why := c.s.IdleTimeout()
	if d > 0 {
		b := c.s.Backend()
		timer := c.srv.Clock.AfterFunc(d, func() {
			c.idleError.Store(why)
			b.Wake()
		})
		defer func() {
			timer.Stop()
			c.idleError.Store(nil)
		}()
	}
	c.between = true
	typ, body, err := c.rd.frame()
	c.between = false
	return typ, body, err
}

// errTerminate is the client's farewell.
var errTerminate = errors.New("terminated by the client")

// errLastWords ends the connection after what was said.
var errLastWords = errors.New("connection ended by the server")

// woken is called when a wake interrupted a read. The deadline is cleared
// before the reasons are looked at, so that no wake is lost.
func (c *Conn) woken() error {
	if err := c.nc.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	if !c.between {
		if e := c.s.Backend().Canceled(); e != nil {
			return e // in the middle of COPY FROM STDIN
		}
		return nil
	}
	e := c.s.Backend().Fatal(c.s.Status() != 'I')
	if e == nil && !c.rd.buffered() {
		e = c.idleError.Load()
	}
	if e != nil {
		c.fatal(e)
		return errLastWords
	}
	if err := c.s.DeliverNotifications(); err != nil {
		return err
	}
	return c.w.flush()
}

// readFailed says farewell where the client broke the protocol.
func (c *Conn) readFailed(err error) {
	switch {
	case errors.Is(err, errFrameTooLarge), errors.Is(err, errFrameLength):
		c.fatal(pgerr.New(pgerr.ProtocolViolation, "invalid message length"))
	case errors.Is(err, io.EOF), errors.Is(err, errLastWords), errors.Is(err, net.ErrClosed):
	default:
		c.srv.Log.Debug("connection lost", "err", err)
	}
}

// failed reports a statement's error; false ends the connection.
func (c *Conn) failed(err error, typ byte) bool {
	if c.w.err != nil || err == errTerminate || err == errLastWords {
		return false
	}
	e := pgerr.From(err)
	c.logInternal(e)
	c.w.problem(e, false)
	if session.IsFatal(e) {
		return false
	}
	switch typ {
	case 'Q', 'F':
		return c.readyForQuery() == nil
	case 'S':
		return c.readyForQuery() == nil
	}
	c.skipping = true
	return true
}

// logInternal logs what is not the user's error.
func (c *Conn) logInternal(e *pgerr.Error) {
	if pgerr.Class(e) != "XX" && pgerr.Class(e) != "58" {
		return
	}
	cause := ""
	if e.Cause != nil {
		cause = e.Cause.Error()
	}
	c.srv.Log.Error("statement failed", "code", e.Code, "err", e.Message, "cause", cause)
}

// readyForQuery ends a command cycle: notifications first, then all is written.
func (c *Conn) readyForQuery() error {
	if err := c.s.DeliverNotifications(); err != nil {
		return err
	}
	if e := c.s.Backend().Fatal(c.s.Status() != 'I'); e != nil {
		c.fatal(e)
		return errLastWords
	}
	c.w.ready(c.s.Status())
	return c.w.flush()
}
