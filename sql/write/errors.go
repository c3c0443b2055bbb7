package write

import (
	"errors"

	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/txn"
)

// TxnError words the errors of the transaction layer as PostgreSQL does.
// relation is named in lock errors; "" for none.
func TxnError(err error, relation string) error {
	if err == nil {
		return nil
	}
	return worded(err, relation)
}

func worded(err error, relation string) error {
	var dead *txn.DeadlockError
	switch {
	case errors.As(err, &dead):
		return pgerr.New(pgerr.DeadlockDetected, "deadlock detected").WithDetail(dead.Detail).
			WithHint("See server log for query details.").WithCause(err)
	case errors.Is(err, txn.ErrDeadlock):
		return pgerr.New(pgerr.DeadlockDetected, "deadlock detected").WithCause(err)
	case errors.Is(err, txn.ErrSerialization), errors.Is(err, txn.ErrSerializationDependency):
		return pgerr.New(pgerr.SerializationFailure, err.Error()).WithCause(err)
	case errors.Is(err, txn.ErrLockNotAvailable):
		msg := "could not obtain lock on row"
		if relation != "" {
			msg = "could not obtain lock on row in relation \"" + relation + "\""
		}
		return pgerr.New(pgerr.LockNotAvailable, msg).WithCause(err)
	case errors.Is(err, txn.ErrLockTimeout):
		return pgerr.New(pgerr.LockNotAvailable, "canceling statement due to lock timeout").WithCause(err)
	case errors.Is(err, txn.ErrReadOnly):
		return pgerr.New(pgerr.ReadOnlySQLTransaction, err.Error()).WithCause(err)
	case errors.Is(err, txn.ErrTxnTooLarge):
		return pgerr.New(pgerr.ProgramLimitExceeded, err.Error()).WithCause(err)
	case errors.Is(err, txn.ErrHistoryGone):
		return pgerr.New(pgerr.SnapshotTooOld, err.Error()).WithCause(err)
	}
	return err
}
