package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/ferritedb/ferrite/kv/fault"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/txn"
)

var (
	errInFailed = pgerr.New(pgerr.InFailedSQLTransaction,
		"current transaction is aborted, commands ignored until end of transaction block")
	errBlockedModes = pgerr.New(pgerr.ActiveSQLTransaction,
		"SET TRANSACTION ISOLATION LEVEL must be called before any query")
)

// txnErrors maps the transaction store's errors to SQLSTATEs, worded as
// PostgreSQL words them.
var txnErrors = []struct {
	is   error
	code string
	text string
	hint string
}{
	{txn.ErrSerializationDependency, pgerr.SerializationFailure,
		"could not serialize access due to read/write dependencies among transactions",
		"The transaction might succeed if retried."},
	{txn.ErrSerializationDelete, pgerr.SerializationFailure, "could not serialize access due to concurrent delete", ""},
	{txn.ErrSerialization, pgerr.SerializationFailure, "could not serialize access due to concurrent update", ""},
	{txn.ErrDeadlock, pgerr.DeadlockDetected, "deadlock detected", "See server log for query details."},
	{txn.ErrLockNotAvailable, pgerr.LockNotAvailable, "could not obtain lock on row", ""},
	{txn.ErrLockTimeout, pgerr.LockNotAvailable, "canceling statement due to lock timeout", ""},
	{txn.ErrReadOnly, pgerr.ReadOnlySQLTransaction, "cannot write in a read-only transaction", ""},
	{txn.ErrTxnTooLarge, pgerr.ProgramLimitExceeded, "transaction write set exceeds its limit", ""},
	{txn.ErrHistoryGone, pgerr.SnapshotTooOld, "snapshot too old", ""},
	{txn.ErrAsOfFuture, pgerr.InvalidParameterValue, "cannot read as of a time in the future", ""},
	{txn.ErrClosed, pgerr.AdminShutdown, "terminating connection due to administrator command", ""},
	{txn.ErrDiskFull, pgerr.DiskFull, "could not write to the data directory: No space left on device",
		"Check free disk space. Writes are taken again as soon as there is room."},
	{txn.ErrNotWritable, pgerr.IOError, "could not write to the data directory: writes are refused", "See server log for details."},
	{txn.ErrDurabilityUnknown, pgerr.TransactionResolutionUnknown,
		"commit log failed: durability of the commit is unknown", ""},
}

// userError turns whatever stopped a statement into what the client is told.
func userError(ctx context.Context, err error) *pgerr.Error {
	var e *pgerr.Error
	if errors.As(err, &e) {
		return e
	}
	if ctx != nil && ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, ctx.Err()) ||
		errors.Is(err, context.Cause(ctx))) {
		return cancelError(context.Cause(ctx))
	}
	for i := range txnErrors {
		m := &txnErrors[i]
		if !errors.Is(err, m.is) {
			continue
		}
		e = pgerr.New(m.code, m.text).WithCause(err)
		var d *txn.DeadlockError
		if errors.As(err, &d) {
			e.Detail = d.Detail
		}
		e.Hint = m.hint
		if m.is == txn.ErrClosed {
			e.Severity = pgerr.SeverityFatal
		}
		return e
	}
	return pgerr.From(err)
}

func cancelError(cause error) *pgerr.Error {
	var e *pgerr.Error
	switch {
	case errors.As(cause, &e):
		return e
	case cause == errTimeout || cause == errUserCancel:
		return pgerr.New(pgerr.QueryCanceled, cause.Error())
	}
	return pgerr.New(pgerr.QueryCanceled, errUserCancel.Error())
}

// guard turns a panic of a statement into an internal error, so that one
// connection's bug ends one statement.
func guard(err *error) {
	if r := recover(); r != nil {
		fault.Note("statement", r)
		*err = pgerr.New(pgerr.InternalError, fmt.Sprintf("internal error: %v", r)).WithCause(fmt.Errorf("panic: %v", r))
	}
}
