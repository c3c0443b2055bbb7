package txn

import (
	"errors"

	"github.com/ferritedb/ferrite/kv"
)

var (
	// ErrSerialization is SQLSTATE 40001.
	ErrSerialization = errors.New("could not serialize access due to concurrent update")
	// ErrSerializationDelete is ErrSerialization (errors.Is) of a row that was
	// deleted, which PostgreSQL words differently.
	ErrSerializationDelete error = deletedError{}
	// ErrSerializationDependency is SQLSTATE 40001 found by validation of a
	// SERIALIZABLE transaction.
	ErrSerializationDependency = errors.New("could not serialize access due to read/write dependencies among transactions")
	// ErrDeadlock is SQLSTATE 40P01; see DeadlockError.
	ErrDeadlock = errors.New("deadlock detected")
	// ErrLockNotAvailable and ErrLockTimeout are SQLSTATE 55P03.
	ErrLockNotAvailable = errors.New("could not obtain lock")
	ErrLockTimeout      = errors.New("canceling statement due to lock timeout")
	// ErrReadOnly is SQLSTATE 25006.
	ErrReadOnly = errors.New("cannot write in a read-only transaction")
	// ErrTxnTooLarge is SQLSTATE 54000: the write set passed its limit.
	ErrTxnTooLarge = errors.New("transaction write set exceeds its limit")
	// ErrHistoryGone is SQLSTATE 72000: the AS OF time is older than what is kept.
	ErrHistoryGone = errors.New("snapshot too old")
	// ErrAsOfFuture is SQLSTATE 22023: the AS OF time has not come yet.
	ErrAsOfFuture = errors.New("cannot read as of a time in the future")
	// ErrPreparedExists is SQLSTATE 42710: the identifier is in use.
	ErrPreparedExists = errors.New("transaction identifier is already in use")
	// ErrPreparedUnknown is SQLSTATE 42704.
	ErrPreparedUnknown = errors.New("prepared transaction does not exist")
	// ErrPreparedBusy is SQLSTATE 55000: another is finishing it.
	ErrPreparedBusy = errors.New("prepared transaction is busy")
	// ErrPreparedLimit is SQLSTATE 53200.
	ErrPreparedLimit = errors.New("maximum number of prepared transactions reached")
	// ErrPreparedID is SQLSTATE 22023: the identifier is empty or too long.
	ErrPreparedID = errors.New("transaction identifier is too long")
	// ErrTxnDone is returned by calls on an ended transaction.
	ErrTxnDone = errors.New("transaction is already over")
	// ErrDurabilityUnknown: the commit may be visible, but the log could not be
	// written or synced. The store refuses writes from here on (ErrNotWritable),
	// unless only ctx
	// ended this caller's wait: then the commit is visible and stays. It does not
	// wrap ctx's error, so that a commit is not taken for a cancelled statement.
	ErrDurabilityUnknown = errors.New("commit log failed: durability of the commit is unknown")
	// ErrDiskFull is SQLSTATE 53100: nothing was written, and writes are taken again
	// as soon as there is room.
	ErrDiskFull = kv.ErrDiskFull
	// ErrNotWritable is SQLSTATE 58030: nothing was written, since the storage
	// failed; the error that it wraps says whether for good.
	ErrNotWritable = errors.New("no writes are taken")
	// ErrLogGone is returned where the log does not reach back to a position.
	ErrLogGone = errors.New("commit log no longer holds this position")
	// ErrClosed is returned by calls on a closed store.
	ErrClosed = errors.New("transaction store is closed")
)

// DeadlockError carries the cycle for the error's detail; errors.Is(err, ErrDeadlock).
type DeadlockError struct {
	// Detail is worded as PostgreSQL words it, one line for each waiter.
	Detail string
}

func (e *DeadlockError) Error() string { return ErrDeadlock.Error() }

// Unwrap makes errors.Is(err, ErrDeadlock) true.
func (e *DeadlockError) Unwrap() error { return ErrDeadlock }

type deletedError struct{}

func (deletedError) Error() string { return "could not serialize access due to concurrent delete" }
func (deletedError) Unwrap() error { return ErrSerialization }
