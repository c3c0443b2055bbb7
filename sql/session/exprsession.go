package session

import (
	"context"
	"errors"
	"time"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// What functions see of their session: expr.Session.
var _ expr.Session = (*Session)(nil)

// Now is clock_timestamp().
func (s *Session) Now() time.Time { return s.srv.Clock.Now() }

// Database is current_database().
func (s *Session) Database() string {
	if s.be.Info.Database != "" {
		return s.be.Info.Database
	}
	return s.srv.Database
}

// BackendPID is pg_backend_pid().
func (s *Session) BackendPID() int32 { return s.be.PID }

// TxnID is txid_current().
func (s *Session) TxnID() uint64 {
	if s.tx == nil {
		return 0
	}
	return s.tx.ID()
}

// Random is a source for random().
func (s *Session) Random() uint64 { return s.srv.Rand.Uint64() }

// Catalog is the statement's catalog snapshot, a catalog.Reader.
func (s *Session) Catalog() any {
	if s.cat == nil {
		return nil
	}
	return s.cat
}

// Txn is the running transaction; nil outside of one.
func (s *Session) Txn() txn.Txn { return s.tx }

// Server is what the session shares with the others.
func (s *Session) Server() *Server { return s.srv }

// NextVal is nextval: not undone by a rollback.
func (s *Session) NextVal(ctx context.Context, seq, user types.OID) (int64, error) {
	if err := s.mayUseSequence(seq, user, acl.Usage|acl.Update); err != nil {
		return 0, err
	}
	if s.modes.readOnly {
		return 0, pgerr.New(pgerr.ReadOnlySQLTransaction, "cannot execute nextval() in a read-only transaction")
	}
	v, err := s.srv.Engine.NextVal(ctx, s.cat, seq)
	if err != nil {
		return 0, err
	}
	s.noteSeq(seq, v)
	return v, nil
}

func (s *Session) noteSeq(seq types.OID, v int64) {
	if s.currVals == nil {
		s.currVals = map[types.OID]int64{}
	}
	s.currVals[seq] = v
	s.lastSeq = seq
}

// CurrVal is currval.
func (s *Session) CurrVal(seq, user types.OID) (int64, error) {
	if err := s.mayUseSequence(seq, user, acl.Select|acl.Usage); err != nil {
		return 0, err
	}
	v, ok := s.currVals[seq]
	if !ok {
		name := "?"
		if s.cat != nil {
			if t, err := s.cat.TableByOID(seq); err == nil && t != nil {
				name = t.Name
			}
		}
		return 0, pgerr.Newf(pgerr.ObjectNotInPrerequisiteState,
			"currval of sequence \"%s\" is not yet defined in this session", name)
	}
	return v, nil
}

// LastVal is lastval().
func (s *Session) LastVal(user types.OID) (int64, error) {
	if s.lastSeq == 0 {
		return 0, pgerr.New(pgerr.ObjectNotInPrerequisiteState, "lastval is not yet defined in this session")
	}
	if err := s.mayUseSequence(s.lastSeq, user, acl.Select|acl.Usage); err != nil {
		return 0, err
	}
	return s.currVals[s.lastSeq], nil
}

// SetVal is setval.
func (s *Session) SetVal(ctx context.Context, seq types.OID, v int64, called bool, user types.OID) error {
	if err := s.mayUseSequence(seq, user, acl.Update); err != nil {
		return err
	}
	if s.modes.readOnly {
		return pgerr.New(pgerr.ReadOnlySQLTransaction, "cannot execute setval() in a read-only transaction")
	}
	if err := s.srv.Engine.SetVal(ctx, s.cat, seq, v, called); err != nil {
		return err
	}
	if called {
		s.noteSeq(seq, v)
	}
	return nil
}

// Advisory takes an advisory lock; ok is false where a try found it held.
func (s *Session) Advisory(ctx context.Context, key int64, two, shared, session, try bool) (bool, error) {
	wait, owner := txn.Block, uint64(0)
	if try {
		wait = txn.NoWait
	}
	if session {
		owner = uint64(s.be.PID)
	}
	err := s.tx.LockAdvisory(ctx, txn.AdvisoryKey{Key: key, Two: two}, shared, wait, owner)
	if try && errors.Is(err, txn.ErrLockNotAvailable) {
		return false, nil
	}
	return err == nil, err
}

// AdvisoryUnlock releases one hold of a session-level lock.
func (s *Session) AdvisoryUnlock(key int64, two, shared bool) (bool, error) {
	ok := s.srv.Store.ReleaseAdvisory(txn.AdvisoryKey{Key: key, Two: two}, shared, uint64(s.be.PID))
	if !ok {
		mode := "ExclusiveLock"
		if shared {
			mode = "ShareLock"
		}
		s.Notice(pgerr.SeverityWarning, pgerr.Warning, "you don't own a lock of type "+mode)
	}
	return ok, nil
}

// AdvisoryUnlockAll releases all session-level locks.
func (s *Session) AdvisoryUnlockAll() { s.srv.Store.ReleaseSession(uint64(s.be.PID)) }

// CancelBackend is pg_cancel_backend.
func (s *Session) CancelBackend(pid int32, user types.OID) (bool, error) {
	b, err := s.signal(pid, user, "cancel superuser query", "query is being canceled")
	if b != nil {
		b.Cancel()
	}
	return b != nil, err
}

// TerminateBackend is pg_terminate_backend.
func (s *Session) TerminateBackend(pid int32, user types.OID) (bool, error) {
	b, err := s.signal(pid, user, "terminate superuser process", "process is being terminated")
	if b != nil {
		b.Terminate(errShutdown, true)
	}
	return b != nil, err
}

// signal finds the session that user may act on: its own role's, or with
// pg_signal_backend any but a superuser's. nil with a warning where there is none.
func (s *Session) signal(pid int32, user types.OID, super, other string) (*Backend, error) {
	b := s.srv.backend(pid)
	if b == nil {
		s.notice(pgerr.Newf(pgerr.Warning, "PID %d is not a PostgreSQL backend process", pid).WithSeverity(pgerr.SeverityWarning))
		return nil, nil
	}
	u := s.actor(s.cat, user)
	role := b.role.Load()
	switch {
	case u.Superuser():
		return b, nil
	case role == 0 || u.As(types.OID(role)).Superuser():
		return nil, pgerr.New(pgerr.InsufficientPrivilege, "must be a superuser to "+super)
	case !u.HasPrivsOf(types.OID(role)) && !u.HasPrivsOf(catalog.RoleSignalBackend):
		return nil, pgerr.New(pgerr.InsufficientPrivilege, "must be a member of the role whose "+other+" or member of pg_signal_backend")
	}
	return b, nil
}

// RelationBytes is the storage of a relation.
func (s *Session) RelationBytes(oid types.OID, kind string) (int64, error) {
	return s.srv.Engine.RelationBytes(s.cat, oid, kind)
}

// Notice sends a message to the client.
func (s *Session) Notice(severity, code, msg string) {
	s.notice(pgerr.New(code, msg).WithSeverity(severity))
}

// NoticeError is Notice with detail and hint.
func (s *Session) NoticeError(e *pgerr.Error) { s.notice(e) }

// findTable resolves a relation's name along the search path.
func (s *Session) findTable(name ast.ObjectName) (*catalog.Table, error) {
	schemas := s.SearchPath()
	if name.Schema != "" {
		schemas = []string{name.Schema}
	}
	for _, n := range schemas {
		sc := s.cat.SchemaByName(n)
		if sc == nil {
			continue
		}
		t, err := s.cat.Table(sc.OID, name.Name)
		if err != nil {
			return nil, err
		}
		if t != nil {
			return t, nil
		}
	}
	text := name.Name
	if name.Schema != "" {
		text = name.Schema + "." + name.Name
	}
	return nil, pgerr.Newf(pgerr.UndefinedTable, "relation \"%s\" does not exist", text)
}

// asOf computes AS OF SYSTEM TIME: a time, a text that is one, or an interval
// back from now.
func (s *Session) asOf(e ast.Expr) (txn.Timestamp, error) {
	s.fillCtx(&s.xctx, &s.budget)
	defer s.budget.Close()
	tx, err := s.srv.Store.Begin(txn.Options{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	cat, err := s.srv.Engine.Catalog(tx)
	if err != nil {
		return 0, err
	}
	d, err := s.srv.Engine.Eval(&s.xctx, cat, Parsed{}, []ast.Expr{e}, []*types.T{types.Text})
	if err != nil {
		return 0, err
	}
	if d[0].IsNull() {
		return 0, pgerr.New(pgerr.InvalidParameterValue, "AS OF SYSTEM TIME must not be NULL")
	}
	text := d[0].Str()
	if v, err := types.Parse(types.Timestamptz, -1, text, &s.io); err == nil {
		return txn.TimestampOf(pgEpoch.Add(time.Duration(v.Int()) * time.Microsecond)), nil
	}
	v, err := types.Parse(types.IntervalT, -1, text, &s.io)
	if err != nil {
		return 0, pgerr.Newf(pgerr.InvalidParameterValue, "invalid AS OF SYSTEM TIME: \"%s\"", text).
			WithHint("Use a timestamp, or an interval such as '-10s'.")
	}
	iv := v.Interval()
	back := time.Duration(iv.Micros) * time.Microsecond
	at := s.srv.Clock.Now()
	if back > 0 || iv.Days > 0 || iv.Months > 0 {
		back, iv.Days, iv.Months = -back, -iv.Days, -iv.Months
	}
	return txn.TimestampOf(at.AddDate(0, int(iv.Months), int(iv.Days)).Add(back)), nil
}

var pgEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func literalText(l *ast.Literal) string {
	if l.Kind == ast.LiteralNull {
		return ""
	}
	return l.Text
}
