package session

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/txn"
)

// txnModes are the modes of the current transaction.
type txnModes struct {
	isolation  txn.Isolation
	named      string // as SHOW words it (read uncommitted acts as read committed)
	readOnly   bool
	deferrable bool
	optimistic bool
	asOf       txn.Timestamp
}

// savepoint is one SAVEPOINT of the block.
type savepoint struct {
	name string
	mark txn.Savepoint
	// hasMark is false where the store transaction was not yet open.
	hasMark bool
	// catMark is the catalog's mark.
	catMark int
	portals int // portal sequence number at its start
}

func isolationByName(v string) txn.Isolation {
	switch v {
	case "serializable":
		return txn.Serializable
	case "repeatable read":
		return txn.RepeatableRead
	}
	return txn.ReadCommitted
}

func isolationName(i txn.Isolation) string {
	return [...]string{"read committed", "repeatable read", "serializable"}[i]
}

// defaultModes are those of a transaction that names none.
func (s *Session) defaultModes() txnModes {
	return txnModes{
		isolation:  isolationByName(s.vars.vals[setDefIsolation]),
		readOnly:   s.vars.vals[setDefReadOnly] == "on",
		deferrable: s.vars.vals[setDefDeferrable] == "on",
	}
}

// step looks the event up in the state table, does the action, and moves. name
// is the statement's, for the messages.
func (s *Session) step(e event, name string) error {
	t := transitions[s.st][e]
	if err := s.act(t.do, name); err != nil {
		return err
	}
	s.st = t.next
	return nil
}

func (s *Session) act(a action, name string) error {
	switch a {
	case doOpen, doBlock:
		if s.st == idle {
			s.modes = s.defaultModes()
			s.touched = false
			s.txnTime = s.stmtTime
		}
	case doWarnInBlock:
		s.notice(pgerr.New(pgerr.ActiveSQLTransaction, "there is already a transaction in progress").
			WithSeverity(pgerr.SeverityWarning))
	case doWarnCommit, doWarnRollback:
		s.notice(pgerr.New(pgerr.NoActiveSQLTransaction, "there is no transaction in progress").
			WithSeverity(pgerr.SeverityWarning))
		if a == doWarnCommit {
			return s.commit()
		}
		s.rollback()
	case doCommit:
		return s.commit()
	case doRollback:
		s.rollback()
	case doRefuseFailed:
		return errInFailed
	case doRefuseNoTxn:
		return pgerr.Newf(pgerr.NoActiveSQLTransaction, "%s can only be used in transaction blocks", name)
	case doAbort:
		s.abort()
	}
	return nil
}

// fail moves the session on after a statement's error and gives the error in
// the user's form. A fatal one changes nothing: the connection ends.
func (s *Session) fail(err error) *pgerr.Error {
	e := userError(s.ctx, err)
	s.srv.Stats.Errors.Add(1)
	_ = s.step(evError, "") // doAbort cannot fail
	return e
}

// open opens the store transaction where there is none. point tells that the
// statement it is for reads a single key.
func (s *Session) open(point bool) error {
	if s.tx != nil {
		if !s.latest || point && s.st == implicit {
			return nil
		}
		// Only point reads went before: nothing is lost with it.
		s.tx.Rollback()
		s.tx, s.cat = nil, nil
	}
	latest := point && s.st == implicit && s.modes.isolation == txn.ReadCommitted && s.modes.asOf == 0
	tx, err := s.srv.Store.Begin(txn.Options{
		Isolation: s.modes.isolation, Durability: s.durability, ReadOnly: s.modes.readOnly,
		Deferrable: s.modes.deferrable, Optimistic: s.modes.optimistic, AsOf: s.modes.asOf,
		Latest: latest, LockTimeout: s.vars.millis(setLockTimeout), Session: uint64(s.be.PID),
	})
	if err != nil {
		return err
	}
	s.tx, s.latest = tx, latest
	for i := range s.saves {
		s.saves[i].mark, s.saves[i].hasMark = tx.Savepoint(), true
	}
	return nil
}

// commit ends the transaction. On an error it is rolled back, the session idle.
func (s *Session) commit() error {
	if s.tx == nil && len(s.notes.queued) == 0 {
		s.closePortals(false)
		s.settle(true)
		return nil
	}
	err := s.holdCursors()
	s.closePortals(false)
	if err == nil && s.tx == nil {
		err = s.open(false)
	}
	if err == nil {
		err = s.checkConstraints()
	}
	if err == nil && len(s.temp.onCommit) > 0 {
		err = s.runOnCommit()
	}
	if err != nil {
		s.rollback()
		s.st = idle
		return err
	}
	s.notes.commitListens()
	var published *bool
	if len(s.notes.queued) > 0 {
		published = s.notes.publishWith(s.tx)
	}
	if s.cat != nil {
		s.cat.BeforeCommit()
	}
	c, err := s.tx.Commit(s.ctx)
	s.tx = nil
	if err != nil {
		s.settle(false)
		s.st = idle
		return err
	}
	if published != nil && !*published {
		s.srv.Hub.publish(s.notes.queued, c.Pos)
	}
	s.settle(true)
	return nil
}

// checkConstraints runs the deferred checks of the transaction.
func (s *Session) checkConstraints() error {
	c, ok := s.cat.(ConstraintChecker)
	if !ok || !c.ConstraintsPending() {
		return nil
	}
	var x expr.Ctx
	s.fillCtx(&x, &s.budget)
	defer s.budget.Close()
	return c.CheckConstraints(&x, s.tx)
}

// setConstraints is SET CONSTRAINTS; outside a transaction block it has no effect.
func (s *Session) setConstraints(n *ast.SetConstraints) error {
	if s.st != block {
		return nil
	}
	if err := s.ensureCatalog(false); err != nil {
		return err
	}
	c, ok := s.cat.(ConstraintChecker)
	if !ok {
		return nil
	}
	var x expr.Ctx
	s.fillCtx(&x, &s.budget)
	defer s.budget.Close()
	return c.SetConstraints(&x, s.tx, n)
}

// rollback ends the transaction and undoes everything. It cannot fail.
func (s *Session) rollback() {
	s.closePortals(false)
	s.dropHolding(0)
	if s.tx != nil {
		s.tx.Rollback()
		s.tx = nil
	}
	s.settle(false)
}

// settle cleans up after the end of a transaction.
func (s *Session) settle(committed bool) {
	s.cat, s.latest, s.touched = nil, false, false
	s.saves = s.saves[:0]
	if committed {
		s.notes.commitListens()
		s.vars.commit()
		s.srv.Stats.Commits.Add(1)
	} else {
		s.vars.rollback(0)
		s.srv.Stats.Rollbacks.Add(1)
	}
	s.notes.forget()
	if s.modes != (txnModes{}) {
		s.modes = s.defaultModes()
	}
}

// abort undoes a failed statement: back to the innermost savepoint, which stays
// open, or the whole transaction, whose locks go at once.
func (s *Session) abort() {
	if n := len(s.saves); n > 0 {
		s.undoTo(n - 1)
		return
	}
	modes := s.modes
	s.rollback()
	s.modes = modes
}

// undoTo undoes what was done since savepoint i, which stays.
func (s *Session) undoTo(i int) {
	sp := &s.saves[i]
	s.closePortalsSince(sp.portals)
	s.vars.rollback(i + 1)
	s.notes.drop(i + 1)
	if s.cat != nil {
		s.cat.RollbackTo(sp.catMark)
	}
	if s.tx != nil && sp.hasMark {
		s.tx.RollbackTo(sp.mark)
	}
}

func (s *Session) findSavepoint(name string) (int, error) {
	for i := len(s.saves) - 1; i >= 0; i-- {
		if s.saves[i].name == name {
			return i, nil
		}
	}
	return 0, pgerr.Newf(pgerr.InvalidSavepointSpecification, "savepoint \"%s\" does not exist", name)
}

// txnStatement runs BEGIN, COMMIT, ROLLBACK and the savepoint statements.
func (s *Session) txnStatement(stmt ast.Statement) (Tag, error) {
	switch n := stmt.(type) {
	case *ast.Begin:
		return s.begin(n)
	case *ast.Commit:
		return s.endBlock(evCommit, "COMMIT", n.Chain == ast.On)
	case *ast.Rollback:
		return s.endBlock(evRollback, "ROLLBACK", n.Chain == ast.On)
	case *ast.Savepoint:
		if err := s.step(evSavepoint, "SAVEPOINT"); err != nil {
			return Tag{}, err
		}
		if len(s.saves) >= savepointsMax {
			return Tag{}, pgerr.Newf(pgerr.ProgramLimitExceeded, "more than %d savepoints in a transaction", savepointsMax)
		}
		sp := savepoint{name: n.Name, portals: s.portalSeq}
		if s.tx != nil {
			sp.mark, sp.hasMark = s.tx.Savepoint(), true
		}
		if s.cat != nil {
			sp.catMark = s.cat.Mark()
		}
		s.saves = append(s.saves, sp)
		return Tag{Verb: "SAVEPOINT"}, nil
	case *ast.ReleaseSavepoint:
		if err := s.step(evSavepoint, "RELEASE SAVEPOINT"); err != nil {
			return Tag{}, err
		}
		i, err := s.findSavepoint(n.Name)
		if err != nil {
			return Tag{}, err
		}
		s.saves = s.saves[:i]
		s.mergeNesting(i)
		return Tag{Verb: "RELEASE"}, nil
	case *ast.RollbackTo:
		return s.rollbackTo(n)
	case *ast.PrepareTransaction:
		return s.prepareTransaction(n)
	case *ast.CommitPrepared:
		return s.finishPrepared("COMMIT PREPARED", n.GID, true)
	case *ast.RollbackPrepared:
		return s.finishPrepared("ROLLBACK PREPARED", n.GID, false)
	}
	return Tag{}, pgerr.NotSupported("this transaction statement")
}

// mergeNesting gives what was done under released savepoints to the outer level.
func (s *Session) mergeNesting(depth int) {
	s.vars.merge(depth)
	s.notes.merge(depth)
}

func (s *Session) rollbackTo(n *ast.RollbackTo) (Tag, error) {
	if t := transitions[s.st][evRollbackTo]; t.do == doRollbackTo {
		i, err := s.findSavepoint(n.Name)
		if err != nil {
			return Tag{}, err
		}
		s.saves = s.saves[:i+1]
		s.undoTo(i)
	}
	if err := s.step(evRollbackTo, "ROLLBACK TO SAVEPOINT"); err != nil {
		return Tag{}, err
	}
	return Tag{Verb: "ROLLBACK"}, nil
}

func (s *Session) begin(n *ast.Begin) (Tag, error) {
	if err := s.step(evBegin, "BEGIN"); err != nil {
		return Tag{}, err
	}
	if err := s.setModes(&n.Modes); err != nil {
		return Tag{}, err
	}
	if n.Modes.Distributed {
		s.notice(pgerr.New(pgerr.SuccessfulCompletion, "the store is a single node: the transaction is local").
			WithSeverity(pgerr.SeverityNotice))
	}
	if n.Start {
		return Tag{Verb: "START TRANSACTION"}, nil
	}
	return Tag{Verb: "BEGIN"}, nil
}

func (s *Session) endBlock(e event, verb string, chain bool) (Tag, error) {
	if chain && (s.st == idle || s.st == implicit) {
		return Tag{}, pgerr.Newf(pgerr.NoActiveSQLTransaction, "%s AND CHAIN can only be used in transaction blocks", verb)
	}
	modes := s.modes
	if s.st == failed {
		verb = "ROLLBACK"
	}
	if err := s.step(e, verb); err != nil {
		return Tag{}, err
	}
	if chain {
		if err := s.step(evBegin, verb); err != nil {
			return Tag{}, err
		}
		modes.asOf = 0
		s.modes = modes
	}
	return Tag{Verb: verb}, nil
}

// setModes applies the modes of BEGIN and SET TRANSACTION.
func (s *Session) setModes(m *ast.TransactionModes) error {
	if m.Isolation != ast.IsolationDefault {
		if _, err := checkIsolation(s, m.Isolation.String()); err != nil {
			return err
		}
	}
	if m.ReadOnly != ast.Unset {
		if _, err := checkReadOnly(s, onOffText(m.ReadOnly == ast.On)); err != nil {
			return err
		}
	}
	if m.Deferrable != ast.Unset {
		if _, err := checkDeferrable(s, onOffText(m.Deferrable == ast.On)); err != nil {
			return err
		}
	}
	if m.Optimistic != ast.Unset {
		if err := s.changeModes(func(t *txnModes) { t.optimistic = m.Optimistic == ast.On }); err != nil {
			return err
		}
	}
	if m.AsOf != nil {
		ts, err := s.asOf(m.AsOf)
		if err != nil {
			return err
		}
		return s.changeModes(func(t *txnModes) { t.asOf, t.readOnly = ts, true })
	}
	return nil
}

// changeModes changes the modes of the current transaction. A store transaction
// that is open already (the statement's own catalog look-up) is begun anew.
func (s *Session) changeModes(f func(*txnModes)) error {
	before := s.modes
	f(&s.modes)
	if s.modes != before && s.tx != nil && !s.touched {
		s.tx.Rollback()
		s.tx, s.cat = nil, nil
	}
	return nil
}

// setTransaction is SET TRANSACTION and SET SESSION CHARACTERISTICS.
func (s *Session) setTransaction(n *ast.SetTransaction) error {
	if n.Snapshot != "" {
		return pgerr.NotSupported("SET TRANSACTION SNAPSHOT")
	}
	if !n.Session {
		if s.st == implicit || s.st == idle {
			s.notice(pgerr.New(pgerr.NoActiveSQLTransaction, "SET TRANSACTION can only be used in transaction blocks").
				WithSeverity(pgerr.SeverityWarning))
			return nil
		}
		return s.setModes(&n.Modes)
	}
	m := &n.Modes
	if m.Isolation != ast.IsolationDefault {
		if err := s.SetSetting("default_transaction_isolation", m.Isolation.String(), false); err != nil {
			return err
		}
	}
	if m.ReadOnly != ast.Unset {
		if err := s.SetSetting("default_transaction_read_only", onOffText(m.ReadOnly == ast.On), false); err != nil {
			return err
		}
	}
	if m.Deferrable != ast.Unset {
		return s.SetSetting("default_transaction_deferrable", onOffText(m.Deferrable == ast.On), false)
	}
	return nil
}

// refuseInBlock is PreventInTransactionBlock.
func (s *Session) refuseInBlock(verb string) error {
	if s.st == block || s.st == implicit && s.many {
		return pgerr.Newf(pgerr.ActiveSQLTransaction, "%s cannot run inside a transaction block", strings.ToUpper(verb))
	}
	return nil
}
