package session

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// Limits of one session.
const (
	statementsMax = 1 << 16 // prepared statements
	portalsMax    = 1 << 12 // open portals
	savepointsMax = 1 << 12
)

// Session is one client's conversation. Not safe for concurrent use.
type Session struct {
	srv  *Server
	be   *Backend
	sink Sink

	st    state
	tx    txn.Txn // nil until the transaction needs one
	cat   Catalog
	modes txnModes
	saves []savepoint
	// latest tells that tx was opened without a snapshot, for point reads.
	latest bool
	// touched tells that a statement ran: the modes can no longer change.
	touched bool

	txnTime, stmtTime time.Time
	timer             clock.Timer
	ctx               context.Context // of the running message

	stmts   map[string]*Statement
	unnamed *Statement
	portals map[string]*Portal
	// portalSeq numbers portals in the order of their opening.
	portalSeq int
	// many tells that the query string in hand has several statements.
	many bool
	// anon is the unnamed portal; anonMem is its memory, reused.
	anon    *Portal
	anonMem Portal

	vars       settingValues
	loc        *time.Location
	io         types.IOContext
	path       []string
	id         identity
	seqChecked sequenceCheck
	durability txn.Durability
	waits      txn.Position // of the notification that is to be synced first

	notes notifier
	seqs  sequences
	temp  temporary

	xctx   expr.Ctx   // of statements that keep no portal
	budget budget.Run // of xctx
}

// New opens a session for an authenticated user. Settings of the startup
// message that are not known are an error of the user's.
func New(srv *Server, info Info, sink Sink) (*Session, error) {
	s := &Session{srv: srv, sink: nil, stmts: map[string]*Statement{}, portals: map[string]*Portal{},
		loc: time.UTC}
	s.vars.init()
	s.vars.changed = s.settingChanged
	s.vars.vals[setSessionAuth] = info.User
	for id := range settingTable {
		s.applySetting(settingID(id))
	}
	s.io.Names = names{s}
	s.be = srv.register(info)
	s.notes.hub, s.notes.be = srv.Hub, s.be
	if err := s.logIn(); err != nil {
		s.Close()
		return nil, err
	}
	s.setUser()
	if err := s.startSettings(srv.Defaults, info.Params); err != nil {
		s.Close()
		return nil, err
	}
	s.sink = sink
	return s, nil
}

// startSettings applies the server's and then the startup message's settings;
// what they are is what RESET goes back to.
func (s *Session) startSettings(defaults, params map[string]string) error {
	for i, m := range []map[string]string{defaults, params} {
		if i == 1 {
			s.roleSettings()
		}
		for k, v := range m {
			switch k {
			case "user", "database", "replication", "options":
				continue
			}
			if strings.HasPrefix(k, "_pq_.") {
				continue
			}
			id, known := settingByName[strings.ToLower(k)]
			if known && settingTable[id].context == contextPostmaster {
				s.vars.vals[id] = v // the server's own word
				continue
			}
			if err := s.SetSetting(k, v, false); err != nil {
				e := pgerr.From(err)
				return e.WithSeverity(pgerr.SeverityFatal)
			}
		}
	}
	if o := params["options"]; o != "" {
		if err := s.startOptions(o); err != nil {
			return err
		}
	}
	s.vars.keep()
	s.modes = s.defaultModes()
	return nil
}

// startOptions reads "-c name=value --name=value" of the startup message.
func (s *Session) startOptions(o string) error {
	words := splitOptions(o)
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case w == "-c" && i+1 < len(words):
			i++
			w = words[i]
		case strings.HasPrefix(w, "-c"):
			w = w[2:]
		case strings.HasPrefix(w, "--"):
			w = w[2:]
		default:
			return pgerr.Newf(pgerr.ProtocolViolation, "invalid command-line argument for server process: %s", w).
				WithSeverity(pgerr.SeverityFatal)
		}
		name, value, ok := strings.Cut(w, "=")
		if !ok {
			return pgerr.Newf(pgerr.SyntaxError, "-c %s requires a value", w).WithSeverity(pgerr.SeverityFatal)
		}
		if err := s.SetSetting(strings.ReplaceAll(name, "-", "_"), value, false); err != nil {
			return pgerr.From(err).WithSeverity(pgerr.SeverityFatal)
		}
	}
	return nil
}

func splitOptions(o string) []string {
	var words []string
	var b strings.Builder
	in := false
	for i := 0; i < len(o); i++ {
		switch c := o[i]; {
		case c == '\\' && i+1 < len(o):
			i++
			b.WriteByte(o[i])
			in = true
		case c == ' ' || c == '\t' || c == '\n':
			if in {
				words = append(words, b.String())
				b.Reset()
				in = false
			}
		default:
			b.WriteByte(c)
			in = true
		}
	}
	if in {
		words = append(words, b.String())
	}
	return words
}

// Backend is the session's entry in the registry.
func (s *Session) Backend() *Backend { return s.be }

// ReportedSettings calls f for every setting that clients are told at start.
func (s *Session) ReportedSettings(f func(name, value string)) {
	for id := range settingTable {
		if d := &settingTable[id]; d.report {
			f(d.name, s.showSetting(settingID(id)))
		}
	}
}

// Status is ReadyForQuery's transaction indicator.
func (s *Session) Status() byte {
	switch s.st {
	case block:
		return 'T'
	case failed:
		return 'E'
	}
	return 'I'
}

// Close rolls back and forgets everything. The session must not be used again.
func (s *Session) Close() {
	s.closePortals(true)
	if s.tx != nil {
		s.rollback()
		s.st = idle
	}
	s.dropTemp()
	s.srv.Store.ReleaseSession(uint64(s.be.PID))
	s.be.close()
	s.srv.unregister(s.be)
}

// startMessage begins the work of one client message.
func (s *Session) startMessage() {
	s.ctx = s.be.begin()
	s.stmtTime = s.srv.Clock.Now()
	if d := s.vars.vals[setStatementTimeout]; d != "0" && s.timer == nil {
		be, ctx := s.be, s.ctx
		s.timer = s.srv.Clock.AfterFunc(s.vars.millis(setStatementTimeout), func() {
			be.mu.Lock()
			defer be.mu.Unlock()
			if be.running && be.ctx == ctx {
				be.cancel(errTimeout)
				if be.wake != nil {
					be.wake()
				}
			}
		})
	}
}

// endMessage ends it. The statement timeout goes on until endCommand.
func (s *Session) endMessage() { s.be.end(s.st) }

// endCommand is the end of a query string or Sync.
func (s *Session) endCommand() {
	if s.temp.later && s.st == idle {
		s.temp.later = false
		s.dropTemp()
	}
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	s.be.end(s.st)
}

// IdleTimeout is how long the client may be silent now, and the error that
// then ends the session; 0 for ever.
func (s *Session) IdleTimeout() (time.Duration, *pgerr.Error) {
	if s.st == block || s.st == failed {
		if s.vars.vals[setIdleInTxn] == "0" {
			return 0, nil
		}
		return s.vars.millis(setIdleInTxn), errIdleInTxn
	}
	if s.vars.vals[setIdleSession] == "0" {
		return 0, nil
	}
	return s.vars.millis(setIdleSession), errIdleSession
}

var (
	errIdleInTxn = pgerr.New(pgerr.IdleInTransactionSessionTimeout,
		"terminating connection due to idle-in-transaction timeout").WithSeverity(pgerr.SeverityFatal)
	errIdleSession = pgerr.New(pgerr.IdleSessionTimeout,
		"terminating connection due to idle-session timeout").WithSeverity(pgerr.SeverityFatal)
)

// notice sends a notice or warning to the client if it wants such.
func (s *Session) notice(e *pgerr.Error) {
	if s.sink == nil {
		return
	}
	if severityRank(e.Severity) >= severityRank(s.vars.vals[setClientMinMessages]) || e.Severity == pgerr.SeverityInfo {
		s.sink.Notice(e)
	}
}

func severityRank(name string) int {
	switch strings.ToLower(name) {
	case "log":
		return 1
	case "info", "notice":
		return 2
	case "warning":
		return 3
	case "error":
		return 4
	}
	return 0
}

// IsFatal tells an error after which the session must be closed.
func IsFatal(err error) bool {
	var e *pgerr.Error
	return errors.As(err, &e) && (e.Severity == pgerr.SeverityFatal || e.Severity == pgerr.SeverityPanic)
}
