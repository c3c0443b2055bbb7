package logictest

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/kv/pebblekv"
	"github.com/ferritedb/ferrite/sql/catstore"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/engine"
	"github.com/ferritedb/ferrite/sql/pgcatalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/txn/local"
)

// runner executes one block on a named session.
type runner interface {
	run(t *testing.T, on, sql string, rowsort bool) string
}

func runScripts(t *testing.T, make func(t *testing.T) runner, skip string) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		r := make(t)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd != "sql" && d.Cmd != "ferrite" {
				d.Fatalf(t, "unknown block %s", d.Cmd)
			}
			if d.Cmd == skip {
				return d.Expected
			}
			on := "main"
			d.MaybeScanArgs(t, "on", &on)
			return r.run(t, on, d.Input, d.HasArg("rowsort"))
		})
	})
}

func TestMemory(t *testing.T) {
	runScripts(t, func(t *testing.T) runner { return newFerrite(t, memkv.New(), 0) }, "")
}

func TestPebble(t *testing.T) {
	runScripts(t, func(t *testing.T) runner {
		e, err := pebblekv.Open(t.TempDir(), pebblekv.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return newFerrite(t, e, 0)
	}, "")
}

// TestSpilling gives statements so little memory that sorts, joins and groups of
// more than a few rows go through files.
func TestSpilling(t *testing.T) {
	runScripts(t, func(t *testing.T) runner { return newFerrite(t, memkv.New(), spillingBytes) }, "")
}

// spillingBytes lets catalog tables and window partitions of the scripts pass.
const spillingBytes = 48 << 10

// ferriteRunner runs blocks on sessions of an engine.
type ferriteRunner struct {
	cfg      engine.Config
	srv      *session.Server
	sessions map[string]*ferriteSession
}

type ferriteSession struct {
	s    *session.Session
	sink *textSink
}

func newFerrite(t testing.TB, e kv.Engine, bytesMax int64) *ferriteRunner {
	store, err := local.Open(local.Options{Engine: e})
	if err != nil {
		t.Fatal(err)
	}
	cats, err := catstore.Open(context.Background(), store, catstore.Options{Virtual: pgcatalog.Tables(), Superusers: []string{"postgres"}, Databases: []string{"postgres"}})
	if err != nil {
		t.Fatal(err)
	}
	cfg := engine.Config{Store: store, Catalogs: cats, Clock: clock.Real, Keys: keyspace.New(store, clock.Real, nil),
		StatementBytesMax: bytesMax, TempDir: t.TempDir()}
	r := &ferriteRunner{cfg: cfg, srv: newServer(cfg), sessions: map[string]*ferriteSession{}}
	t.Cleanup(func() {
		for _, s := range r.sessions {
			s.s.Close()
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func newServer(cfg engine.Config) *session.Server {
	return session.NewServer(cfg.Store, engine.New(cfg), clock.Real, clock.Entropy)
}

// without is a runner over the same data whose optimizer leaves a rule out.
func (r *ferriteRunner) without(rule string) *ferriteRunner {
	cfg := r.cfg
	cfg.RulesOff = map[string]bool{rule: true}
	return &ferriteRunner{cfg: cfg, srv: newServer(cfg), sessions: map[string]*ferriteSession{}}
}

func (r *ferriteRunner) run(t *testing.T, on, sql string, rowsort bool) string {
	s := r.sessions[on]
	if s == nil {
		s = &ferriteSession{sink: &textSink{}}
		var err error
		if s.s, err = session.New(r.srv, session.Info{User: "postgres", Database: "postgres"}, s.sink); err != nil {
			t.Fatal(err)
		}
		r.sessions[on] = s
	}
	s.sink.out.Reset()
	s.sink.rowsort = rowsort
	if err := s.s.Simple(sql); err != nil {
		pe := pgerr.From(err)
		writeError(&s.sink.out, pe.Code, pe.Message, pe.Detail)
	}
	return s.sink.out.String()
}

func writeError(b *strings.Builder, code, message, detail string) {
	fmt.Fprintf(b, "ERROR %s: %s\n", code, message)
	if detail != "" {
		fmt.Fprintf(b, "DETAIL: %s\n", detail)
	}
}

// writeResult writes rows and a command tag.
func writeResult(b *strings.Builder, rows []string, tag string, rowsort bool) {
	if rowsort {
		sort.Strings(rows)
	}
	for _, r := range rows {
		b.WriteString(r)
		b.WriteByte('\n')
	}
	if !strings.HasPrefix(tag, "SELECT") {
		b.WriteString(tag)
		b.WriteByte('\n')
	}
}

// textSink writes what a session says.
type textSink struct {
	out     strings.Builder
	rows    []string
	rowsort bool
}

func (s *textSink) Columns([]session.Column, []session.Format) error { return nil }

func (s *textSink) Rows(cols []session.Column, _ []session.Format, c *chunk.Chunk, from, to int) error {
	for i := from; i < to; i++ {
		var vals []string
		for j := range cols {
			if d := c.Cols[j].Datum(i); d.IsNull() {
				vals = append(vals, "NULL")
			} else {
				vals = append(vals, types.Format(d, cols[j].T, nil))
			}
		}
		s.rows = append(s.rows, strings.Join(vals, "|"))
	}
	return nil
}

func (s *textSink) Complete(tag session.Tag) error {
	text := tag.Verb
	if tag.Counted {
		if tag.Verb == "INSERT" {
			text += " 0"
		}
		text += fmt.Sprintf(" %d", tag.Rows)
	}
	writeResult(&s.out, s.rows, text, s.rowsort)
	s.rows = nil
	return nil
}

func (s *textSink) Empty() error                             { return nil }
func (s *textSink) Suspended() error                         { return nil }
func (s *textSink) Notice(*pgerr.Error)                      {}
func (s *textSink) ParameterStatus(string, string)           {}
func (s *textSink) Notification(int32, string, string) error { return nil }
func (s *textSink) CopyOut(bool, int) error                  { return nil }
func (s *textSink) CopyData([]byte) error                    { return nil }
func (s *textSink) CopyDone() error                          { return nil }
func (s *textSink) CopyIn(bool, int) (session.CopyReader, error) {
	return nil, pgerr.NotSupported("COPY FROM STDIN in a script")
}
