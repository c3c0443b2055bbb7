package session

import (
	"errors"
	"slices"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/txn"
)

// prepareTransaction is PREPARE TRANSACTION. Outside a block it warns, in a failed
// one it rolls back; either way its tag is ROLLBACK.
func (s *Session) prepareTransaction(n *ast.PrepareTransaction) (Tag, error) {
	if s.st != block {
		return s.endBlock(evRollback, "ROLLBACK", false)
	}
	err := s.prepareAs(n.GID)
	s.st = idle
	if err != nil {
		s.rollback()
		return Tag{}, err
	}
	s.settle(true)
	return Tag{Verb: "PREPARE TRANSACTION"}, nil
}

func (s *Session) prepareAs(gid string) error {
	if s.notes.pending() {
		return pgerr.New(pgerr.FeatureNotSupported,
			"cannot PREPARE a transaction that has executed LISTEN, UNLISTEN, or NOTIFY")
	}
	s.closePortals(false)
	if err := s.open(false); err != nil {
		return err
	}
	x, ok := s.tx.(txn.Preparer)
	if !ok {
		return pgerr.NotSupported("two-phase commit on this store")
	}
	if err := s.checkConstraints(); err != nil {
		return err
	}
	if s.cat != nil {
		s.cat.BeforeCommit()
	}
	err := x.Prepare(s.ctx, txn.Prepared{ID: gid, Owner: s.User(), Database: functions{s}.Database()})
	s.tx = nil
	return preparedError(gid, err)
}

// preparedError names the transaction, as PostgreSQL does.
func preparedError(gid string, err error) error {
	switch {
	case errors.Is(err, txn.ErrPreparedExists):
		return pgerr.Newf(pgerr.DuplicateObject, "transaction identifier \"%s\" is already in use", gid)
	case errors.Is(err, txn.ErrPreparedUnknown):
		return pgerr.Newf(pgerr.UndefinedObject, "prepared transaction with identifier \"%s\" does not exist", gid)
	case errors.Is(err, txn.ErrPreparedBusy):
		return pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "prepared transaction with identifier \"%s\" is busy", gid)
	case errors.Is(err, txn.ErrPreparedLimit):
		return pgerr.New(pgerr.OutOfMemory, "maximum number of prepared transactions reached")
	case errors.Is(err, txn.ErrPreparedID):
		return pgerr.Newf(pgerr.InvalidParameterValue, "transaction identifier \"%s\" is too long", gid)
	}
	return err
}

// finishPrepared is COMMIT PREPARED and ROLLBACK PREPARED.
func (s *Session) finishPrepared(verb, gid string, commit bool) (Tag, error) {
	if err := s.refuseInBlock(verb); err != nil {
		return Tag{}, err
	}
	if s.st == failed {
		return Tag{}, errInFailed
	}
	store, ok := s.srv.Store.(txn.PreparedStore)
	if !ok {
		return Tag{}, pgerr.NotSupported("two-phase commit on this store")
	}
	all := store.Prepared()
	i := slices.IndexFunc(all, func(p txn.Prepared) bool { return p.ID == gid })
	if i >= 0 && all[i].Owner != s.User() && !s.isSuperuser() {
		return Tag{}, pgerr.New(pgerr.InsufficientPrivilege, "permission denied to finish prepared transaction").
			WithHint("Must be superuser or the user that prepared the transaction.")
	}
	if _, err := store.FinishPrepared(s.ctx, gid, commit); err != nil {
		return Tag{}, preparedError(gid, err)
	}
	return Tag{Verb: verb}, nil
}
