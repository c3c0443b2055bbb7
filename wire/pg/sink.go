package pg

import (
	"io"

	"github.com/jackc/pgproto3/v2"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/session"
)

// Conn is the session's sink.
var _ session.Sink = (*Conn)(nil)

// Columns is RowDescription.
func (c *Conn) Columns(cols []session.Column, formats []session.Format) error {
	c.w.columns(cols, formats)
	return c.w.mayFlush()
}

// Rows are DataRows.
func (c *Conn) Rows(cols []session.Column, formats []session.Format, ch *chunk.Chunk, from, to int) (err error) {
	c.classes, err = c.w.rows(c.classes, cols, formats, ch, from, to, c.s.IO())
	return err
}

// Complete is CommandComplete.
func (c *Conn) Complete(t session.Tag) error {
	c.w.complete(t)
	return c.w.mayFlush()
}

// Empty is EmptyQueryResponse.
func (c *Conn) Empty() error {
	c.w.empty('I')
	return c.w.err
}

// Suspended is PortalSuspended.
func (c *Conn) Suspended() error {
	c.w.empty('s')
	return c.w.err
}

// Notice is NoticeResponse.
func (c *Conn) Notice(e *pgerr.Error) { c.w.problem(e, true) }

// ParameterStatus reports a setting.
func (c *Conn) ParameterStatus(name, value string) {
	at := c.w.begin('S')
	c.w.cstring(name)
	c.w.cstring(value)
	c.w.end(at)
}

// Notification is NotificationResponse.
func (c *Conn) Notification(pid int32, channel, payload string) error {
	c.w.message(&pgproto3.NotificationResponse{PID: uint32(pid), Channel: channel, Payload: payload})
	return c.w.mayFlush()
}

// CopyIn is CopyInResponse; the reader then gives the client's CopyData.
func (c *Conn) CopyIn(binary bool, columns int) (session.CopyReader, error) {
	c.copyResponse('G', binary, columns)
	return copyIn{c}, c.w.flush()
}

// CopyOut is CopyOutResponse.
func (c *Conn) CopyOut(binary bool, columns int) error {
	c.copyResponse('H', binary, columns)
	return c.w.err
}

func (c *Conn) copyResponse(typ byte, binary bool, columns int) {
	f := int16(0)
	if binary {
		f = 1
	}
	at := c.w.begin(typ)
	c.w.out = append(c.w.out, byte(f))
	c.w.int16(int16(columns))
	for range columns {
		c.w.int16(f)
	}
	c.w.end(at)
}

// CopyData sends one piece.
func (c *Conn) CopyData(b []byte) error {
	at := c.w.begin('d')
	c.w.out = append(c.w.out, b...)
	c.w.end(at)
	return c.w.mayFlush()
}

// CopyDone ends COPY TO.
func (c *Conn) CopyDone() error {
	c.w.empty('c')
	return c.w.err
}

// copyIn reads the client's side of COPY FROM STDIN.
type copyIn struct{ c *Conn }

// Next gives the next CopyData, io.EOF at CopyDone.
func (r copyIn) Next() ([]byte, error) {
	for {
		typ, body, err := r.c.rd.frame()
		if err != nil {
			return nil, r.lost(err)
		}
		switch typ {
		case 'd':
			return body, nil
		case 'c':
			return nil, io.EOF
		case 'f':
			cur := cursor{b: body}
			return nil, pgerr.Newf(pgerr.QueryCanceled, "COPY from stdin failed: %s", cur.string())
		case 'H', 'S':
			// Clients of the extended protocol may have sent these ahead.
		default:
			return nil, pgerr.Newf(pgerr.ProtocolViolation, "unexpected message type 0x%02X during COPY from stdin", typ).
				WithSeverity(pgerr.SeverityFatal)
		}
	}
}

// lost turns a failed read into what ends the statement: a cancel, or the
// connection's end.
func (r copyIn) lost(err error) error {
	if e, ok := err.(*pgerr.Error); ok {
		return e
	}
	r.c.w.err = err
	return pgerr.New(pgerr.ConnectionFailure, "unexpected EOF on client connection with an open transaction").
		WithSeverity(pgerr.SeverityFatal)
}
