package session

import (
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// Temporary tables lie in a schema of the session's own, made with the first of
// them, searched first, and dropped with the session; what a crash left behind
// is dropped at the next start.

const tempPrefix = "pg_temp_"

// TempSchema is the schema of a session's temporary tables.
func TempSchema(pid int32) string { return tempPrefix + strconv.Itoa(int(pid)) }

// temporary is what a session knows of its temporary tables.
type temporary struct {
	// exists: the schema is there.
	exists bool
	// onCommit are the tables that lose their rows, or go, at commit.
	onCommit []onCommit
	// later: DISCARD asked for the end of the tables; done when its own
	// transaction is over.
	later bool
}

// noteTemp notices that the session's temporary schema exists.
func (s *Session) noteTemp() {
	if !s.temp.exists && s.cat != nil && s.cat.SchemaByName(TempSchema(s.be.PID)) != nil {
		s.temp.exists, s.path, s.vars.planKey = true, nil, ""
	}
}

// dropTemp drops the temporary schema in a transaction of its own.
func (s *Session) dropTemp() {
	if !s.temp.exists {
		return
	}
	s.temp.exists, s.path, s.vars.planKey = false, nil, ""
	s.runQuietly("DROP SCHEMA IF EXISTS " + TempSchema(s.be.PID) + " CASCADE")
}

// runQuietly runs a statement outside of what the client sees. REQUIRES: no
// transaction is open.
func (s *Session) runQuietly(sql string) {
	saved := s.sink
	s.sink = nullSink{}
	defer func() { s.sink = saved }()
	s.asBootstrap(func() {
		_ = s.Simple(sql) // what stays is dropped at the next start
	})
}

// DropTemporary drops the temporary schemas that an earlier process left.
func (srv *Server) DropTemporary(user string) error {
	tx, err := srv.Store.Begin(txn.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	cat, err := srv.Engine.Catalog(tx)
	var left []string
	if err == nil {
		for _, sc := range cat.Schemas() {
			if strings.HasPrefix(sc.Name, tempPrefix) {
				left = append(left, sc.Name)
			}
		}
	}
	tx.Rollback()
	if err != nil || len(left) == 0 {
		return err
	}
	s, err := New(srv, Info{User: user}, nullSink{})
	if err != nil {
		return err
	}
	defer s.Close()
	for _, name := range left {
		if err := s.Simple("DROP SCHEMA " + types.QuoteIdent(name) + " CASCADE"); err != nil {
			return err
		}
	}
	return nil
}

// nullSink hears nothing.
type nullSink struct{}

func (nullSink) Columns([]Column, []Format) error                      { return nil }
func (nullSink) Rows([]Column, []Format, *chunk.Chunk, int, int) error { return nil }
func (nullSink) Complete(Tag) error                                    { return nil }
func (nullSink) Empty() error                                          { return nil }
func (nullSink) Suspended() error                                      { return nil }
func (nullSink) Notice(*pgerr.Error)                                   {}
func (nullSink) ParameterStatus(string, string)                        {}
func (nullSink) Notification(int32, string, string) error              { return nil }
func (nullSink) CopyIn(bool, int) (CopyReader, error)                  { return nil, errNoClient }
func (nullSink) CopyOut(bool, int) error                               { return errNoClient }
func (nullSink) CopyData([]byte) error                                 { return errNoClient }
func (nullSink) CopyDone() error                                       { return errNoClient }

var errNoClient = pgerr.New(pgerr.ConnectionDoesNotExist, "there is no client to copy with")
