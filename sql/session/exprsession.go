package session

import (
	"context"
	"errors"
	"time"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgcatalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// functions is what functions, virtual tables and the engine see of the session
// that runs them.
type functions struct{ s *Session }

var (
	_ expr.Session             = functions{}
	_ expr.IOSource            = functions{}
	_ pgcatalog.Introspector   = functions{}
	_ pgcatalog.SequenceReader = functions{}
	_ types.Names              = functions{}
)

// Setting is current_setting.
func (f functions) Setting(name string) (string, bool) { return f.s.Setting(name) }

// SetSetting is set_config.
func (f functions) SetSetting(name, value string, local bool) error {
	return f.s.SetSetting(name, value, local)
}

// Location is the time zone in force.
func (f functions) Location() *time.Location { return f.s.loc }

// IO is the context of text forms.
func (f functions) IO() *types.IOContext { return &f.s.io }

// SearchPath are the schemas searched, in order.
func (f functions) SearchPath() []string { return f.s.SearchPath() }

// User is current_user, SessionUser session_user.
func (f functions) User() string        { return f.s.User() }
func (f functions) SessionUser() string { return f.s.SessionUser() }

// UserOID and SessionUserOID are their roles.
func (f functions) UserOID() types.OID        { return f.s.id.current }
func (f functions) SessionUserOID() types.OID { return f.s.id.session }

// Notify is pg_notify.
func (f functions) Notify(channel, payload string) error {
	return f.s.notes.notify(channel, payload, len(f.s.saves))
}

// WorkMemBytes is when the operators of a statement begin to spill, TempFileBytes
// bounds what they spill; 0: not.
func (f functions) WorkMemBytes() int64  { return f.s.vars.workMemBytes() }
func (f functions) TempFileBytes() int64 { return f.s.vars.tempFileBytes() }

// RegName and RegOID are those of the session's names.
func (f functions) RegName(kind *types.T, oid types.OID) (string, bool) {
	return names(f).RegName(kind, oid)
}
func (f functions) RegOID(kind *types.T, text string, stored bool) (types.OID, error) {
	return names(f).RegOID(kind, text, stored)
}

// Now is clock_timestamp().
func (f functions) Now() time.Time { return f.s.srv.Clock.Now() }

// Database is current_database().
func (f functions) Database() string {
	if f.s.be.Info.Database != "" {
		return f.s.be.Info.Database
	}
	return f.s.srv.Database
}

// BackendPID is pg_backend_pid().
func (f functions) BackendPID() int32 { return f.s.be.PID }

// TxnID is txid_current().
func (f functions) TxnID() uint64 {
	if f.s.tx == nil {
		return 0
	}
	return f.s.tx.ID()
}

// Random is a source for random().
func (f functions) Random() uint64 { return f.s.srv.Rand.Uint64() }

// Catalog is the statement's catalog snapshot, a catalog.Reader.
func (f functions) Catalog() any {
	if f.s.cat == nil {
		return nil
	}
	return f.s.cat
}

// Txn is the running transaction; nil outside of one.
func (f functions) Txn() txn.Txn { return f.s.tx }

// Server is what the session shares with the others.
func (f functions) Server() *Server { return f.s.srv }

// NextVal is nextval: not undone by a rollback.
func (f functions) NextVal(ctx context.Context, seq, user types.OID) (int64, error) {
	if err := f.s.mayUseSequence(seq, user, acl.Usage|acl.Update); err != nil {
		return 0, err
	}
	if f.s.modes.readOnly {
		return 0, pgerr.New(pgerr.ReadOnlySQLTransaction, "cannot execute nextval() in a read-only transaction")
	}
	v, err := f.s.srv.Engine.NextVal(ctx, f.s.cat, seq)
	if err != nil {
		return 0, err
	}
	f.s.seqs.note(seq, v)
	return v, nil
}

// CurrVal is currval.
func (f functions) CurrVal(seq, user types.OID) (int64, error) {
	if err := f.s.mayUseSequence(seq, user, acl.Select|acl.Usage); err != nil {
		return 0, err
	}
	v, ok := f.s.seqs.values[seq]
	if !ok {
		name := "?"
		if f.s.cat != nil {
			if t, err := f.s.cat.TableByOID(seq); err == nil && t != nil {
				name = t.Name
			}
		}
		return 0, pgerr.Newf(pgerr.ObjectNotInPrerequisiteState,
			"currval of sequence \"%s\" is not yet defined in this session", name)
	}
	return v, nil
}

// LastVal is lastval().
func (f functions) LastVal(user types.OID) (int64, error) {
	if f.s.seqs.last == 0 {
		return 0, pgerr.New(pgerr.ObjectNotInPrerequisiteState, "lastval is not yet defined in this session")
	}
	if err := f.s.mayUseSequence(f.s.seqs.last, user, acl.Select|acl.Usage); err != nil {
		return 0, err
	}
	return f.s.seqs.values[f.s.seqs.last], nil
}

// SetVal is setval.
func (f functions) SetVal(ctx context.Context, seq types.OID, v int64, called bool, user types.OID) error {
	if err := f.s.mayUseSequence(seq, user, acl.Update); err != nil {
		return err
	}
	if f.s.modes.readOnly {
		return pgerr.New(pgerr.ReadOnlySQLTransaction, "cannot execute setval() in a read-only transaction")
	}
	if err := f.s.srv.Engine.SetVal(ctx, f.s.cat, seq, v, called); err != nil {
		return err
	}
	if called {
		f.s.seqs.note(seq, v)
	}
	return nil
}

// Advisory takes an advisory lock; ok is false where a try found it held.
func (f functions) Advisory(ctx context.Context, key int64, two, shared, session, try bool) (bool, error) {
	wait, owner := txn.Block, uint64(0)
	if try {
		wait = txn.NoWait
	}
	if session {
		owner = uint64(f.s.be.PID)
	}
	err := f.s.tx.LockAdvisory(ctx, txn.AdvisoryKey{Key: key, Two: two}, shared, wait, owner)
	if try && errors.Is(err, txn.ErrLockNotAvailable) {
		return false, nil
	}
	return err == nil, err
}

// AdvisoryUnlock releases one hold of a session-level lock.
func (f functions) AdvisoryUnlock(key int64, two, shared bool) (bool, error) {
	ok := f.s.srv.Store.ReleaseAdvisory(txn.AdvisoryKey{Key: key, Two: two}, shared, uint64(f.s.be.PID))
	if !ok {
		mode := "ExclusiveLock"
		if shared {
			mode = "ShareLock"
		}
		f.Notice(pgerr.SeverityWarning, pgerr.Warning, "you don't own a lock of type "+mode)
	}
	return ok, nil
}

// AdvisoryUnlockAll releases all session-level locks.
func (f functions) AdvisoryUnlockAll() { f.s.srv.Store.ReleaseSession(uint64(f.s.be.PID)) }

// CancelBackend is pg_cancel_backend.
func (f functions) CancelBackend(pid int32, user types.OID) (bool, error) {
	b, err := f.s.signal(pid, user, "cancel superuser query", "query is being canceled")
	if b != nil {
		b.Cancel()
	}
	return b != nil, err
}

// TerminateBackend is pg_terminate_backend.
func (f functions) TerminateBackend(pid int32, user types.OID) (bool, error) {
	b, err := f.s.signal(pid, user, "terminate superuser process", "process is being terminated")
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
func (f functions) RelationBytes(oid types.OID, kind string) (int64, error) {
	return f.s.srv.Engine.RelationBytes(f.s.cat, oid, kind)
}

// Notice sends a message to the client.
func (f functions) Notice(severity, code, msg string) {
	f.s.notice(pgerr.New(code, msg).WithSeverity(severity))
}

// NoticeError is Notice with detail and hint.
func (f functions) NoticeError(e *pgerr.Error) { f.s.notice(e) }

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
