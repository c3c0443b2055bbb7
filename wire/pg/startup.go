package pg

import (
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/jackc/pgproto3/v2"

	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/wire/auth"
)

// Codes of start-up packets (manual, section 55.7).
const (
	codeCancel  = 80877102
	codeSSL     = 80877103
	codeGSS     = 80877104
	versionThis = 196608 // 3.0
)

// handshake takes the connection from its first byte to the first
// ReadyForQuery. ok is false where there is nothing to serve: a cancel request,
// a refused client (which was told), or no PostgreSQL client at all.
func (c *Conn) handshake() (ok bool) {
	timer := c.srv.Clock.AfterFunc(authTimeout, func() { c.nc.Close() })
	defer timer.Stop()
	body, ok := c.negotiate()
	if !ok {
		return false
	}
	info, unknown, minor, err := decodeStartup(body)
	if err != nil {
		c.fatal(err)
		return false
	}
	if minor > 0 || len(unknown) > 0 {
		c.negotiateVersion(unknown)
	}
	info.RemoteAddr = c.nc.RemoteAddr().String()
	if c.srv.RequireTLS && !c.tls {
		c.fatal(pgerr.New(pgerr.InvalidAuthorizationSpecification,
			"connection requires TLS").WithSeverity(pgerr.SeverityFatal))
		return false
	}
	if err := c.authenticate(info); err != nil {
		c.srv.Stats.AuthFailures.Add(1)
		c.fatal(err)
		return false
	}
	c.rd.max = c.srv.frameBytes()
	s, serr := session.New(c.srv.Sessions, info, c)
	if serr != nil {
		c.fatal(pgerr.From(serr))
		return false
	}
	c.s = s
	c.greet()
	return c.w.flush() == nil
}

// negotiate answers SSLRequest, GSSENCRequest and CancelRequest, and gives the
// StartupMessage's body.
func (c *Conn) negotiate() (body []byte, ok bool) {
	for range startupRoundsMax {
		body, err := c.rd.startup()
		if err != nil {
			return nil, false
		}
		switch code := binary.BigEndian.Uint32(body); {
		case code == codeCancel:
			var m pgproto3.CancelRequest
			if m.Decode(body) == nil {
				c.srv.Sessions.Cancel(int32(m.ProcessID), m.SecretKey)
			}
			return nil, false
		case code == codeGSS, code == codeSSL && (c.srv.TLS == nil || c.tls):
			c.w.out = append(c.w.out, 'N')
			if c.w.flush() != nil {
				return nil, false
			}
		case code == codeSSL:
			if !c.startTLS() {
				return nil, false
			}
		case code>>16 == 3:
			return body, true
		default:
			c.fatal(pgerr.Newf(pgerr.FeatureNotSupported,
				"unsupported frontend protocol %d.%d: server supports 3.0 to 3.0", code>>16, code&0xffff))
			return nil, false
		}
	}
	return nil, false
}

func (c *Conn) startTLS() bool {
	if c.rd.buffered() {
		// Bytes sent before the handshake would be taken for encrypted ones
		// (CVE-2021-23214).
		c.fatal(pgerr.New(pgerr.ProtocolViolation, "received unencrypted data after SSL request"))
		return false
	}
	c.w.out = append(c.w.out, 'S')
	if c.w.flush() != nil {
		return false
	}
	t := tls.Server(c.nc, c.srv.TLS)
	if err := t.Handshake(); err != nil {
		return false
	}
	c.tls = true
	c.nc, c.rd.nc, c.w.nc = t, t, t
	return true
}

// decodeStartup reads the parameters; unknown are the protocol options
// (_pq_.…) that this server does not know.
func decodeStartup(body []byte) (info session.Info, unknown []string, minor uint16, err *pgerr.Error) {
	minor = binary.BigEndian.Uint16(body[2:])
	binary.BigEndian.PutUint32(body, versionThis)
	var m pgproto3.StartupMessage
	bad := pgerr.New(pgerr.ProtocolViolation, "invalid startup packet layout: expected terminator as last byte").
		WithSeverity(pgerr.SeverityFatal)
	if body[len(body)-1] != 0 || m.Decode(body) != nil {
		return info, nil, minor, bad
	}
	for k := range m.Parameters {
		if strings.HasPrefix(k, "_pq_.") {
			unknown = append(unknown, k)
		}
	}
	info = session.Info{User: strings.Clone(m.Parameters["user"]), Database: strings.Clone(m.Parameters["database"]), Params: m.Parameters}
	if info.User == "" {
		return info, nil, minor, pgerr.New(pgerr.InvalidAuthorizationSpecification,
			"no PostgreSQL user name specified in startup packet").WithSeverity(pgerr.SeverityFatal)
	}
	if info.Database == "" {
		info.Database = info.User
	}
	if r := m.Parameters["replication"]; r != "" && r != "false" && r != "off" && r != "0" && r != "no" {
		return info, nil, minor, pgerr.NotSupported("replication over the wire protocol").WithSeverity(pgerr.SeverityFatal)
	}
	return info, unknown, minor, nil
}

// negotiateVersion is NegotiateProtocolVersion: 3.0, and the options refused.
func (c *Conn) negotiateVersion(unknown []string) {
	at := c.w.begin('v')
	c.w.int32(0)
	c.w.int32(int32(len(unknown)))
	for _, o := range unknown {
		c.w.cstring(o)
	}
	c.w.end(at)
}

func (c *Conn) authenticate(info session.Info) *pgerr.Error {
	switch c.srv.Policy.For(c.nc.RemoteAddr()) {
	case auth.Trust:
	case auth.Scram256:
		addr := c.nc.RemoteAddr().String()
		if err := c.throttled(addr); err != nil {
			return err
		}
		if err := c.scram(info.User); err != nil {
			if err.Code == pgerr.InvalidPassword {
				c.srv.Throttle.Failed(addr)
			}
			return err
		}
		c.srv.Throttle.Succeeded(addr)
	default:
		return pgerr.New(pgerr.InvalidAuthorizationSpecification, "connections from this address are rejected").
			WithSeverity(pgerr.SeverityFatal)
	}
	c.w.message(&pgproto3.AuthenticationOk{})
	return nil
}

// throttled waits where attempts from the address have failed before.
func (c *Conn) throttled(addr string) *pgerr.Error {
	wait, ok := c.srv.Throttle.Begin(addr)
	if !ok {
		return pgerr.New(pgerr.InvalidAuthorizationSpecification, "too many failed authentication attempts from this address").
			WithSeverity(pgerr.SeverityFatal)
	}
	if wait > 0 {
		over := make(chan struct{})
		c.srv.Clock.AfterFunc(wait, func() { close(over) })
		<-over
	}
	return nil
}

// scram runs the SASL exchange (manual, section 55.3.1).
func (c *Conn) scram(user string) *pgerr.Error {
	failed := pgerr.Newf(pgerr.InvalidPassword, "password authentication failed for user \"%s\"", user).
		WithSeverity(pgerr.SeverityFatal)
	violation := func(what string) *pgerr.Error {
		return pgerr.New(pgerr.ProtocolViolation, what).WithSeverity(pgerr.SeverityFatal)
	}
	v := auth.Mock(user, c.srv.Secret)
	known := false
	if text, ok := c.srv.Verifier(user); ok {
		if parsed, err := auth.ParseVerifier(text); err == nil {
			v, known = parsed, true
		}
	}
	c.w.message(&pgproto3.AuthenticationSASL{AuthMechanisms: []string{auth.Mechanism}})
	body, err := c.password()
	if err != nil {
		return violation(err.Error())
	}
	var first pgproto3.SASLInitialResponse
	if first.Decode(body) != nil {
		return violation("malformed SASL message")
	}
	if first.AuthMechanism != auth.Mechanism {
		return violation("client selected an invalid SASL authentication mechanism")
	}
	var x auth.Scram
	reply, err := x.First(v, first.Data, c.srv.Random)
	if err != nil {
		return violation(err.Error())
	}
	c.w.message(&pgproto3.AuthenticationSASLContinue{Data: reply})
	if body, err = c.password(); err != nil {
		return violation(err.Error())
	}
	reply, err = x.Final(body)
	if err == auth.ErrMalformed {
		return violation(err.Error())
	}
	if err != nil || !known {
		return failed
	}
	c.w.message(&pgproto3.AuthenticationSASLFinal{Data: reply})
	return nil
}

// password reads a frame of type p.
func (c *Conn) password() ([]byte, error) {
	if err := c.w.flush(); err != nil {
		return nil, err
	}
	typ, body, err := c.rd.frame()
	if err != nil {
		return nil, err
	}
	if typ != 'p' {
		return nil, fmt.Errorf("expected SASL response, got message type %d", typ)
	}
	return body, nil
}

// greet sends what follows authentication.
func (c *Conn) greet() {
	c.s.ReportedSettings(c.ParameterStatus)
	b := c.s.Backend()
	c.w.message(&pgproto3.BackendKeyData{ProcessID: uint32(b.PID), SecretKey: b.Secret})
	c.w.ready(c.s.Status())
}
