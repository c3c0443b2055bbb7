package pg

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/jackc/pgproto3/v2"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/session/sessiontest"
	"github.com/ferritedb/ferrite/txn/local"
	"github.com/ferritedb/ferrite/wire/listen"
)

// fixture is a server on a loopback port over the scripted engine.
type fixture struct {
	srv    *Server
	engine *sessiontest.Engine
	ln     *listen.Listener
	addr   string
}

func newFixture(t testing.TB, change func(*Server)) *fixture {
	t.Helper()
	store := local.OpenMemory()
	engine := &sessiontest.Engine{Hanging: make(chan struct{})}
	sessions := session.NewServer(store, engine, clock.Real, clock.Entropy)
	srv := &Server{Sessions: sessions, Random: rand.Reader, Secret: []byte("secret"), Clock: clock.Real,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Verifier: func(string) (string, bool) { return "", false }}
	if change != nil {
		change(srv)
	}
	ln, err := listen.Open(context.Background(), "tcp", "127.0.0.1:0", listen.Options{ConnsMax: 50, Refuse: srv.Refuse})
	if err != nil {
		t.Fatal(err)
	}
	go ln.Serve(srv.Handle)
	t.Cleanup(func() {
		ln.Close()
		store.Close()
	})
	return &fixture{srv: srv, engine: engine, ln: ln, addr: ln.Addr().String()}
}

// client is one scripted connection.
type client struct {
	nc  net.Conn
	fe  *pgproto3.Frontend
	key pgproto3.BackendKeyData
}

func (f *fixture) dial(t testing.TB) *client {
	t.Helper()
	nc, err := net.Dial("tcp", f.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return &client{nc: nc, fe: pgproto3.NewFrontend(pgproto3.NewChunkReader(nc), nc)}
}

// start takes the connection to its first ReadyForQuery.
func (c *client) start(t testing.TB, params map[string]string) {
	t.Helper()
	p := map[string]string{"user": "ada", "database": "db"}
	for k, v := range params {
		p[k] = v
	}
	if err := c.fe.Send(&pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersionNumber, Parameters: p}); err != nil {
		t.Fatal(err)
	}
	for {
		m, err := c.fe.Receive()
		if err != nil {
			t.Fatalf("startup: %v", err)
		}
		switch m := m.(type) {
		case *pgproto3.ErrorResponse:
			t.Fatalf("startup: %s", m.Message)
		case *pgproto3.BackendKeyData:
			c.key = *m
		case *pgproto3.ReadyForQuery:
			return
		}
	}
}

var frontendMessages = map[string]func() pgproto3.FrontendMessage{
	"Query":        func() pgproto3.FrontendMessage { return &pgproto3.Query{} },
	"Parse":        func() pgproto3.FrontendMessage { return &pgproto3.Parse{} },
	"Bind":         func() pgproto3.FrontendMessage { return &pgproto3.Bind{} },
	"Describe":     func() pgproto3.FrontendMessage { return &describeMessage{} },
	"Execute":      func() pgproto3.FrontendMessage { return &pgproto3.Execute{} },
	"Close":        func() pgproto3.FrontendMessage { return &closeMessage{} },
	"Sync":         func() pgproto3.FrontendMessage { return &pgproto3.Sync{} },
	"Flush":        func() pgproto3.FrontendMessage { return &pgproto3.Flush{} },
	"FunctionCall": func() pgproto3.FrontendMessage { return &pgproto3.FunctionCall{} },
	"CopyData":     func() pgproto3.FrontendMessage { return &copyText{} },
	"CopyDone":     func() pgproto3.FrontendMessage { return &pgproto3.CopyDone{} },
	"CopyFail":     func() pgproto3.FrontendMessage { return &pgproto3.CopyFail{} },
	"Terminate":    func() pgproto3.FrontendMessage { return &pgproto3.Terminate{} },
	"Raw":          func() pgproto3.FrontendMessage { return &rawMessage{} },
}

// copyText is CopyData given as text in scripts, rawMessage bytes given as hex;
// describe and close take their type as a letter.
type (
	copyText        struct{ Text string }
	rawMessage      struct{ Hex string }
	describeMessage struct{ Kind, Name string }
	closeMessage    struct{ Kind, Name string }
)

func (*copyText) Frontend()           {}
func (*copyText) Decode([]byte) error { return nil }
func (m *copyText) Encode(dst []byte) ([]byte, error) {
	return (&pgproto3.CopyData{Data: []byte(m.Text)}).Encode(dst)
}
func (*rawMessage) Frontend()           {}
func (*rawMessage) Decode([]byte) error { return nil }
func (m *rawMessage) Encode(dst []byte) ([]byte, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(m.Hex, " ", ""))
	return append(dst, b...), err
}
func (*describeMessage) Frontend()           {}
func (*describeMessage) Decode([]byte) error { return nil }
func (m *describeMessage) Encode(dst []byte) ([]byte, error) {
	return (&pgproto3.Describe{ObjectType: m.Kind[0], Name: m.Name}).Encode(dst)
}
func (*closeMessage) Frontend()           {}
func (*closeMessage) Decode([]byte) error { return nil }
func (m *closeMessage) Encode(dst []byte) ([]byte, error) {
	return (&pgproto3.Close{ObjectType: m.Kind[0], Name: m.Name}).Encode(dst)
}

// params of Bind are JSON strings or null.
type bindScript struct {
	Portal, Statement           string
	ParamFormats, ResultFormats []int16
	Params                      []*string
}

func encodeLine(line string) ([]byte, error) {
	name, rest, _ := strings.Cut(line, " ")
	make := frontendMessages[name]
	if make == nil {
		return nil, fmt.Errorf("unknown message %q", name)
	}
	m := make()
	if rest != "" {
		if name == "Bind" {
			var b bindScript
			if err := json.Unmarshal([]byte(rest), &b); err != nil {
				return nil, err
			}
			out := &pgproto3.Bind{DestinationPortal: b.Portal, PreparedStatement: b.Statement,
				ParameterFormatCodes: b.ParamFormats, ResultFormatCodes: b.ResultFormats}
			for _, p := range b.Params {
				switch {
				case p == nil:
					out.Parameters = append(out.Parameters, nil)
				case strings.HasPrefix(*p, "0x"):
					v, err := hex.DecodeString((*p)[2:])
					if err != nil {
						return nil, err
					}
					out.Parameters = append(out.Parameters, v)
				default:
					out.Parameters = append(out.Parameters, []byte(*p))
				}
			}
			m = out
		} else if err := json.Unmarshal([]byte(rest), m); err != nil {
			return nil, err
		}
	}
	return m.Encode(nil)
}

// render prints a message of the server on one line.
func render(m pgproto3.BackendMessage) string {
	name := strings.TrimPrefix(reflect.TypeOf(m).String(), "*pgproto3.")
	switch m := m.(type) {
	case *pgproto3.RowDescription:
		var b strings.Builder
		for _, f := range m.Fields {
			fmt.Fprintf(&b, " %s:%d/%d", f.Name, f.DataTypeOID, f.Format)
		}
		return name + b.String()
	case *pgproto3.DataRow:
		var b strings.Builder
		for _, v := range m.Values {
			if v == nil {
				b.WriteString(" NULL")
			} else if printable(v) {
				fmt.Fprintf(&b, " %q", v)
			} else {
				fmt.Fprintf(&b, " 0x%x", v)
			}
		}
		return name + b.String()
	case *pgproto3.ErrorResponse:
		return name + problemText(m)
	case *pgproto3.NoticeResponse:
		return name + problemText((*pgproto3.ErrorResponse)(m))
	case *pgproto3.CommandComplete:
		return name + fmt.Sprintf(" %q", m.CommandTag)
	case *pgproto3.ReadyForQuery:
		return name + " " + string(m.TxStatus)
	case *pgproto3.ParameterStatus:
		return name + " " + m.Name + "=" + m.Value
	case *pgproto3.ParameterDescription:
		return name + fmt.Sprintf(" %v", m.ParameterOIDs)
	case *pgproto3.NotificationResponse:
		return name + fmt.Sprintf(" %s %q", m.Channel, m.Payload)
	case *pgproto3.CopyData:
		return name + fmt.Sprintf(" %q", m.Data)
	case *pgproto3.CopyInResponse:
		return name + fmt.Sprintf(" %d %v", m.OverallFormat, m.ColumnFormatCodes)
	case *pgproto3.CopyOutResponse:
		return name + fmt.Sprintf(" %d %v", m.OverallFormat, m.ColumnFormatCodes)
	case *pgproto3.BackendKeyData:
		return name
	}
	return name
}

func problemText(m *pgproto3.ErrorResponse) string {
	s := fmt.Sprintf(" %s %s %s", m.Severity, m.Code, m.Message)
	for _, f := range [][2]string{{"detail", m.Detail}, {"hint", m.Hint}, {"where", m.Where}, {"table", m.TableName}} {
		if f[1] != "" {
			s += "\n  " + f[0] + ": " + strings.ReplaceAll(f[1], "\n", "\n    ")
		}
	}
	if m.Position != 0 {
		s += fmt.Sprintf("\n  position: %d", m.Position)
	}
	return s
}

func printable(b []byte) bool {
	for _, c := range b {
		if c < 32 || c > 126 {
			return false
		}
	}
	return true
}

// TestScripts runs testdata/*: each `send` writes the messages of its lines, each
// `until` reads messages up to the named ones and prints them; `conn` switches
// to another connection, which is opened at its first use; `cancel` cancels what
// a connection runs once it hangs; `closed` reads to the end of the connection.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.script")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			f := newFixture(t, nil)
			conns := map[string]*client{}
			use := func(name string) *client {
				if conns[name] == nil {
					conns[name] = f.dial(t)
					conns[name].start(t, nil)
				}
				return conns[name]
			}
			cur := use("a")
			datadriven.RunTest(t, file, func(t *testing.T, d *datadriven.TestData) string {
				switch d.Cmd {
				case "conn":
					cur = use(d.CmdArgs[0].Key)
					return ""
				case "cancel":
					<-f.engine.Hanging
					victim := use(d.CmdArgs[0].Key)
					f.srv.Sessions.Cancel(int32(victim.key.ProcessID), victim.key.SecretKey)
					return ""
				case "send":
					return cur.send(d.Input)
				case "until":
					return cur.until(d.CmdArgs)
				case "closed":
					return cur.closed()
				}
				return "unknown command " + d.Cmd
			})
		})
	}
}

func (c *client) send(input string) string {
	var out []byte
	for _, line := range strings.Split(input, "\n") {
		if line == "" {
			continue
		}
		b, err := encodeLine(line)
		if err != nil {
			return err.Error()
		}
		out = append(out, b...)
	}
	if _, err := c.nc.Write(out); err != nil {
		return err.Error()
	}
	return ""
}

func (c *client) until(args []datadriven.CmdArg) string {
	var b strings.Builder
	for _, a := range args {
		for {
			m, err := c.fe.Receive()
			if err != nil {
				return b.String() + "connection: " + err.Error() + "\n"
			}
			line := render(m)
			b.WriteString(line + "\n")
			if strings.HasPrefix(line, a.Key) {
				break
			}
		}
	}
	return b.String()
}

func (c *client) closed() string {
	var b strings.Builder
	for {
		m, err := c.fe.Receive()
		if err != nil {
			return b.String() + "closed\n"
		}
		b.WriteString(render(m) + "\n")
	}
}
