package main

import (
	"context"
	"encoding/binary"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// halfOpenMax connections are left hanging at a time by each worker.
const halfOpenMax = 10

// encodeAll turns frontend messages into bytes, one slice each.
func encodeAll(messages ...pgproto3.FrontendMessage) [][]byte {
	var out [][]byte
	for _, m := range messages {
		b, err := m.Encode(nil)
		if err != nil {
			panic(err) // the messages are written below: they encode
		}
		out = append(out, b)
	}
	return out
}

func startup() *pgproto3.StartupMessage {
	return &pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersionNumber, Parameters: map[string]string{"user": "postgres", "database": "postgres", "options": "-c statement_timeout=2000"}}
}

// conversations are valid ones; each begins with a startup message.
func conversations() [][][]byte {
	q := func(s string) pgproto3.FrontendMessage { return &pgproto3.Query{String: s} }
	sync := &pgproto3.Sync{}
	binaryArg := binary.BigEndian.AppendUint64(nil, 42)
	return [][][]byte{
		encodeAll(startup(), q("SELECT 1; SELECT * FROM t1 LIMIT 3"), q("BEGIN"), q("INSERT INTO t2 VALUES (1, 'x') ON CONFLICT DO NOTHING"), q("ROLLBACK"), &pgproto3.Terminate{}),
		encodeAll(startup(), &pgproto3.Parse{Name: "s", Query: "SELECT $1::int8 + 1, $2::text", ParameterOIDs: []uint32{20, 25}}, &pgproto3.Describe{ObjectType: 'S', Name: "s"},
			&pgproto3.Bind{PreparedStatement: "s", ParameterFormatCodes: []int16{1, 0}, Parameters: [][]byte{binaryArg, []byte("text")}, ResultFormatCodes: []int16{1, 1}},
			&pgproto3.Describe{ObjectType: 'P'}, &pgproto3.Execute{MaxRows: 1}, &pgproto3.Execute{}, sync, &pgproto3.Close{ObjectType: 'S', Name: "s"}, sync),
		encodeAll(startup(), &pgproto3.Parse{Query: "SELECT g, $1::jsonb, $2::int4[], $3::numeric, $4::timestamptz, $5::interval, $6::varbit FROM generate_series(1, 100) g"},
			&pgproto3.Bind{ParameterFormatCodes: []int16{1}, Parameters: [][]byte{append([]byte{1}, `{"a":[1]}`...), arrayBinary(), numericBinary(), binaryArg, make([]byte, 16), append([]byte{0, 0, 0, 9}, 0xff, 0x80)}, ResultFormatCodes: []int16{1}},
			&pgproto3.Execute{MaxRows: 10}, &pgproto3.Execute{MaxRows: 10}, &pgproto3.Flush{}, sync),
		encodeAll(startup(), q("COPY t2 FROM STDIN"), &pgproto3.CopyData{Data: []byte("1000\tx\n1001\ty\n")}, &pgproto3.CopyDone{}, q("SELECT 1")),
		encodeAll(startup(), q("COPY t2 FROM STDIN (FORMAT binary)"), &pgproto3.CopyData{Data: copyBinary()}, &pgproto3.CopyFail{Message: "enough"}, q("COPY t1 TO STDOUT (FORMAT csv)"), q("COPY t1 TO STDOUT (FORMAT binary)")),
		encodeAll(startup(), q("DECLARE c CURSOR WITH HOLD FOR SELECT * FROM t1"), q("FETCH 5 FROM c"), q("MOVE BACKWARD 2 FROM c"), q("LISTEN x"), q("NOTIFY x, 'y'"), q("PREPARE p(int) AS SELECT $1"), q("EXECUTE p(1)")),
		encodeAll(&pgproto3.SSLRequest{}, startup(), q("SELECT 1")),
		encodeAll(&pgproto3.CancelRequest{ProcessID: 1, SecretKey: []byte{0, 0, 0, 2}}),
		encodeAll(startup(), &pgproto3.FunctionCall{Function: 1598, ArgFormatCodes: []uint16{0}, Arguments: [][]byte{[]byte("1")}, ResultFormatCode: 1}, q("SELECT 2")),
	}
}

func arrayBinary() []byte {
	var b []byte
	for _, v := range []uint32{1, 0, 23, 2, 1, 4, 7, 4, 8} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

func numericBinary() []byte { return []byte{0, 2, 0, 0, 0, 0, 0, 2, 0, 1, 0x13, 0x88} }

func copyBinary() []byte {
	b := append([]byte("PGCOPY\n\xff\r\n\x00"), make([]byte, 8)...)
	b = append(b, 0, 2, 0, 0, 0, 4, 0, 0, 4, 0, 0, 0, 0, 1, 'z')
	return append(b, 0xff, 0xff)
}

// attackPgWire sends damaged conversations, some at a time and leaving some
// connections half open, and cancel requests with random keys.
func attackPgWire(ctx context.Context, w *worker) {
	valid := conversations()
	var open []net.Conn
	defer func() { closeAll(open) }()
	for s := w.h.server(ctx); s != nil; s = w.h.server(ctx) {
		data := mutate(w.r, pick(w.r, valid))
		if w.oneOf(10) {
			data = encodeAll(&pgproto3.CancelRequest{ProcessID: uint32(w.r.IntN(400)), SecretKey: binary.BigEndian.AppendUint32(nil, w.r.Uint32())})[0]
		}
		open = w.sendDamaged(ctx, s, s.pgAddr, input{kind: "pg", data: data}, open)
	}
}

// sendDamaged sends in; now and then it leaves the connection open and unread.
func (w *worker) sendDamaged(ctx context.Context, s *server, addr string, in input, open []net.Conn) []net.Conn {
	d := net.Dialer{Timeout: dialTimeout}
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		w.pause(ctx, 50*time.Millisecond)
		return open
	}
	w.track.begin(in)
	defer w.track.end()
	if w.oneOf(8) {
		_ = c.SetWriteDeadline(deadline(time.Second))
		_, _ = c.Write(in.data) // refused or not, it stays open
		open = append(open, c)
		if len(open) > halfOpenMax {
			_ = open[0].Close()
			open = open[1:]
		}
		return open
	}
	defer c.Close()
	answer, _ := exchange(c, in.data, 30*time.Millisecond) // how it ends is the server's choice
	if what, bad := judgeRaw(in.kind, answer); bad {
		w.h.report.add(finding{kind: "internal error", what: what, inputs: []input{in}})
	}
	return open
}

func closeAll(open []net.Conn) {
	for _, c := range open {
		_ = c.Close()
	}
}
