package pg

import (
	"encoding/binary"
	"net"

	"github.com/jackc/pgproto3/v2"

	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/session"
)

// writer gathers messages and writes them together. After a write failed it
// swallows everything; err tells.
type writer struct {
	nc  net.Conn
	out []byte
	err error
}

// begin opens a message and gives where its length stands.
func (w *writer) begin(typ byte) int {
	w.out = append(w.out, typ, 0, 0, 0, 0)
	return len(w.out) - 4
}

// end fills in the length.
func (w *writer) end(at int) {
	binary.BigEndian.PutUint32(w.out[at:], uint32(len(w.out)-at))
}

func (w *writer) int16(v int16)   { w.out = binary.BigEndian.AppendUint16(w.out, uint16(v)) }
func (w *writer) int32(v int32)   { w.out = binary.BigEndian.AppendUint32(w.out, uint32(v)) }
func (w *writer) uint32(v uint32) { w.out = binary.BigEndian.AppendUint32(w.out, v) }
func (w *writer) cstring(v string) {
	w.out = append(w.out, v...)
	w.out = append(w.out, 0)
}

// empty appends a message without a body.
func (w *writer) empty(typ byte) { w.out = append(w.out, typ, 0, 0, 0, 4) }

// message appends a message of pgproto3's.
func (w *writer) message(m pgproto3.BackendMessage) {
	out, err := m.Encode(w.out)
	if err != nil {
		w.err = err
		return
	}
	w.out = out
}

// flush writes all.
func (w *writer) flush() error {
	if len(w.out) > 0 {
		if w.err == nil {
			_, w.err = w.nc.Write(w.out)
		}
		if cap(w.out) > outBytesKeep {
			w.out = nil
		}
		w.out = w.out[:0]
	}
	return w.err
}

// mayFlush writes where much has gathered.
func (w *writer) mayFlush() error {
	if len(w.out) >= outFlushBytes {
		return w.flush()
	}
	return w.err
}

// ready is ReadyForQuery.
func (w *writer) ready(status byte) { w.out = append(w.out, 'Z', 0, 0, 0, 5, status) }

// problem is an ErrorResponse or NoticeResponse.
func (w *writer) problem(e *pgerr.Error, notice bool) {
	r := pgproto3.ErrorResponse{
		Severity: e.Severity, SeverityUnlocalized: e.Severity, Code: e.Code, Message: e.Message,
		Detail: e.Detail, Hint: e.Hint, Position: int32(e.Position),
		InternalPosition: int32(e.InternalPosition), InternalQuery: e.InternalQuery, Where: e.Where,
		SchemaName: e.Schema, TableName: e.Table, ColumnName: e.Column, DataTypeName: e.DataType,
		ConstraintName: e.Constraint,
	}
	if notice {
		n := pgproto3.NoticeResponse(r)
		w.message(&n)
		return
	}
	w.message(&r)
}

// complete is CommandComplete.
func (w *writer) complete(t session.Tag) {
	at := w.begin('C')
	w.out = append(w.out, t.Verb...)
	if t.Counted {
		if t.Verb == "INSERT" {
			w.out = append(w.out, " 0"...)
		}
		w.out = append(w.out, ' ')
		w.out = appendInt(w.out, t.Rows)
	}
	w.out = append(w.out, 0)
	w.end(at)
}

// columns is RowDescription.
func (w *writer) columns(cols []session.Column, formats []session.Format) {
	at := w.begin('T')
	w.int16(int16(len(cols)))
	for i := range cols {
		c := &cols[i]
		w.cstring(c.Name)
		w.uint32(uint32(c.Table))
		w.int16(c.Attnum)
		w.uint32(uint32(c.T.WireOID()))
		w.int16(c.T.Len)
		w.int32(c.Mod)
		w.int16(formatOf(formats, i))
	}
	w.end(at)
}

func formatOf(formats []session.Format, i int) session.Format {
	switch {
	case len(formats) == 0:
		return session.FormatText
	case len(formats) == 1:
		return formats[0]
	}
	return formats[i]
}
