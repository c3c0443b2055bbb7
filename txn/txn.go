package txn

import (
	"context"
	"time"
)

// Timestamp is a hybrid logical clock reading: microseconds since 1970 shifted
// left by TimestampLogicalBits, the low bits a logical counter. Never goes back,
// over restarts included. Zero means none.
type Timestamp uint64

// TimestampLogicalBits is the width of the logical part of a Timestamp.
const TimestampLogicalBits = 12

// TimestampOf is the earliest Timestamp of the wall time t; 0 before 1970.
func TimestampOf(t time.Time) Timestamp {
	return Timestamp(uint64(max(t.UnixMicro(), 0)) << TimestampLogicalBits)
}

// Time is the wall clock part of ts, in UTC.
func (ts Timestamp) Time() time.Time {
	return time.UnixMicro(int64(ts >> TimestampLogicalBits)).UTC()
}

// Position is a byte offset in the commit log, growing for ever.
type Position uint64

// Isolation is an isolation level with PostgreSQL's meaning of it.
type Isolation uint8

const (
	ReadCommitted Isolation = iota
	RepeatableRead
	Serializable
)

// Durability says what a commit waits for.
type Durability uint8

const (
	// Fsync: Commit returns after the log is synced past the commit, and where
	// nothing was written past all that the transaction can have seen.
	Fsync Durability = iota
	// EverySec: the log is written before Commit returns and synced each second.
	EverySec
	// None: the log is written before Commit returns; the system syncs it at will.
	None
)

// Options of a transaction.
type Options struct {
	Isolation  Isolation
	Durability Durability
	ReadOnly   bool
	// Deferrable has meaning for a serializable read-only transaction only.
	Deferrable bool
	// Optimistic takes no row locks: LockRow records what it saw and Commit
	// validates it (ErrSerialization).
	Optimistic bool
	// AsOf reads the past; implies ReadOnly. ErrHistoryGone where it is older
	// than what is kept.
	AsOf Timestamp
	// Latest gives every Get and Scan the current state at the time of the call
	// without a snapshot: the mode of a RESP loop turn and of a single point
	// read. Only with ReadCommitted.
	Latest bool
	// LockTimeout bounds each wait for a lock (ErrLockTimeout). 0: no bound.
	LockTimeout time.Duration
	// WriteBytesMax bounds the write set (ErrTxnTooLarge). 0: the store's limit.
	WriteBytesMax int64
	// Session is whom the transaction belongs to: it does not conflict with the
	// advisory locks of that session, and is called by this number in messages.
	// 0: none.
	Session uint64
}

// Record is one version of one key. Value is valid as long as the method that
// gave it says.
type Record struct {
	Value []byte
	// TS is the commit timestamp; 0 for a record the transaction itself wrote.
	TS Timestamp
	// ExpireAtMs is Unix time in milliseconds; 0 for never.
	ExpireAtMs int64
}

// PutOptions of a write.
type PutOptions struct {
	ExpireAtMs int64
	// KeepHistory has the commit save the replaced version for AS OF reads.
	KeepHistory bool
}

// RowMode is the strength of a row lock, as PostgreSQL section 13.3.2.
type RowMode uint8

const (
	ForKeyShare RowMode = iota
	ForShare
	ForNoKeyUpdate
	ForUpdate
)

// TableMode is the strength of a table lock, as PostgreSQL section 13.3.1.
type TableMode uint8

const (
	AccessShare TableMode = iota
	RowShare
	RowExclusive
	ShareUpdateExclusive
	Share
	ShareRowExclusive
	Exclusive
	AccessExclusive
)

// Wait says what to do where a lock is held by another.
type Wait uint8

const (
	// Block waits in FIFO order.
	Block Wait = iota
	// NoWait returns ErrLockNotAvailable.
	NoWait
	// SkipLocked returns outcome Skipped.
	SkipLocked
)

// LockOutcome is what LockRow found.
type LockOutcome uint8

const (
	// Same: the newest record is the one the snapshot shows.
	Same LockOutcome = iota
	// Changed: READ COMMITTED only; the newest record differs from the snapshot's.
	Changed
	// Gone: READ COMMITTED only; the key is absent now but the snapshot shows it.
	Gone
	// Absent: neither the snapshot nor the newest state has the key (it is locked all the same).
	Absent
	// Skipped: held by another, under SkipLocked. Nothing is locked.
	Skipped
)

// LockOptions of LockRow.
type LockOptions struct {
	Mode RowMode
	Wait Wait
	// Insert: the caller means to create the key. A newest record that the
	// snapshot does not show is then outcome Changed on every isolation level
	// and not ErrSerialization, so that the caller can report the duplicate; one
	// that was deleted since the snapshot is Gone on every level. Also for whoever
	// decides by the record itself whether the change matters (FOR KEY SHARE).
	Insert bool
}

// Iterator gives records in key order (descending where asked). Key and Record
// are valid until the next call of Next or Close. It shows the Txn's own writes
// made before the Scan call and no later ones, but that what DeleteRange deletes
// while it is open may be gone for it.
type Iterator interface {
	Next() bool
	// NextBatch fills b, which was Reset, with the records that follow, and moves
	// past them; false, and b empty, at the end or on an error. Key and Record are
	// not valid after it. It may be mixed with Next. On an error what was read
	// before it is in b, and the next call tells.
	NextBatch(b *Batch) bool
	Key() []byte
	Record() Record
	Err() error
	Close()
}

// Reader is the reading half of a Txn.
type Reader interface {
	Get(dst, key []byte) (rec Record, ok bool, err error)
	Scan(lower, upper []byte, o ScanOptions) (Iterator, error)
}

// ScanOptions of Scan.
type ScanOptions struct {
	Reverse bool
	// LimitHint is about how many records the caller wants; 0 unknown.
	LimitHint int
}

// Savepoint names a point of a transaction's write set.
type Savepoint int

// Commit is where a transaction went.
type Commit struct {
	TS  Timestamp
	Pos Position
	// ReadOnly: the transaction wrote nothing, TS is of its snapshot, and Pos is a
	// position that nothing it saw lies behind; 0 where it read nothing.
	ReadOnly bool
}

// Txn is one transaction. Not safe for concurrent use, except that ctx given to
// a waiting call may be cancelled from anywhere. Keys and values passed in are
// copied where they are kept.
type Txn interface {
	// ID is unique in the life of the process.
	ID() uint64
	Options() Options
	// SnapshotTS is the timestamp of the snapshot in force.
	SnapshotTS() Timestamp

	// SetNow sets the time, in Unix milliseconds, at which a Latest transaction
	// judges expiries until the next call; 0, and before the first: the clock's at
	// each read. Others judge reads of their snapshot at the time it was taken (of
	// the past: at that time), and what they lock by the clock: an expiry since the
	// snapshot is a deletion by somebody else.
	SetNow(unixMs int64)

	// BeginStatement starts a statement: READ COMMITTED takes a new snapshot
	// lazily, at the first read after it.
	BeginStatement()

	// Get reads key. The value is appended to dst and belongs to the caller.
	// ok is false where the key is absent.
	Get(dst, key []byte) (rec Record, ok bool, err error)
	// Before reads as the Txn would have at the savepoint: in the snapshot in
	// force, without the own writes made since. Valid while the savepoint is.
	Before(sp Savepoint) Reader
	// GetNewest reads the latest committed record (or the Txn's own write)
	// whatever the snapshot: for keys whose lock is held.
	GetNewest(dst, key []byte) (rec Record, ok bool, err error)
	// GetExpired reads the newest committed record (or the Txn's own write) where its
	// expiry has passed: what every other read takes for absent. For keys whose lock
	// is held.
	GetExpired(dst, key []byte) (rec Record, ok bool, err error)
	// Scan reads [lower, upper).
	Scan(lower, upper []byte, o ScanOptions) (Iterator, error)

	// LockRow locks key until the transaction ends (or rolls back to a savepoint
	// taken before) and reports its newest record, appended to dst. Where READ
	// COMMITTED has read nothing yet in this statement, the outcome is Same or
	// Absent: the statement's snapshot is taken after. Errors:
	// ErrSerialization (REPEATABLE READ and above: changed since the snapshot),
	// ErrDeadlock, ErrLockNotAvailable, ErrLockTimeout, ctx.Err().
	LockRow(ctx context.Context, dst, key []byte, o LockOptions) (Record, LockOutcome, error)
	// LockTable locks a table by id until the transaction ends. A Latest
	// transaction asks for AccessShare only to wait for who excludes readers: where
	// nobody does, it holds nothing, and what it reads next is of before whatever
	// changes the table then.
	LockTable(ctx context.Context, id uint64, mode TableMode, wait Wait) error
	// LockAdvisory takes an advisory lock (PostgreSQL section 13.3.5), held to
	// the end of the transaction, or of the owner where session is not 0.
	LockAdvisory(ctx context.Context, key AdvisoryKey, shared bool, wait Wait, session uint64) error

	// Put writes key. The caller holds its row lock, or the transaction is
	// Optimistic, or the key belongs to nobody else yet.
	Put(key, value []byte, o PutOptions) error
	Delete(key []byte, o PutOptions) error
	// DeleteRange deletes [lower, upper) without reading it; keeps no history.
	DeleteRange(lower, upper []byte) error

	// Savepoint marks the write set; RollbackTo undoes all writes since (the
	// mark stays valid) and releases the row locks taken since.
	Savepoint() Savepoint
	RollbackTo(sp Savepoint)

	// OnCommit registers fn to run inside the commit's critical section, in
	// commit order, after the writes are visible: it must be short and must not
	// call the store. A registration made after a savepoint goes with it.
	OnCommit(fn func(c Commit))

	// Commit validates, stamps, logs, applies, and waits as Options.Durability
	// asks. On an error nothing was applied (except ErrDurabilityUnknown) and
	// the transaction is over.
	Commit(ctx context.Context) (Commit, error)
	// CommitNoWait is Commit without the wait for durability; see Store.WaitSync.
	CommitNoWait() (Commit, error)
	// Rollback ends the transaction. A second call, or one after Commit, does nothing.
	Rollback()
}

// Follower is a Txn that knows where committed transactions moved rows whose key
// changed, so that a statement that waited for a row under READ COMMITTED goes on
// with it.
type Follower interface {
	// Moved notes that the transaction moved the row of from to another key. It
	// is forgotten with the savepoint that it was made after.
	Moved(from, to []byte)
	// WentTo appends where the row under key was moved to, first after the
	// snapshot in force and after since, with the timestamp of the move; 0: nowhere.
	// ErrSerialization where that is forgotten.
	WentTo(dst, key []byte, since Timestamp) ([]byte, Timestamp, error)
}

// LockMarker is a Txn that gives back row locks which turned out to be of no use.
type LockMarker interface {
	// MarkLocks makes the mark that ReleaseLocks goes back to; there is one.
	MarkLocks()
	// ReleaseLocks releases the row locks taken since the mark. The caller has
	// written nothing since.
	ReleaseLocks()
}

// ReadChecker is a Txn that can tell before its commit that this will fail.
type ReadChecker interface {
	// CheckReads fails where a SERIALIZABLE transaction, going on, could not be
	// committed; with asWriter where others have changed what it read: for who is
	// about to fail for another reason that may come of it. nil does not promise
	// that Commit succeeds.
	CheckReads(asWriter bool) error
}

// AdvisoryKey is PostgreSQL's advisory lock key; Two tells the two-int4 form
// from the one-int8 form, which do not meet.
type AdvisoryKey struct {
	Key int64
	Two bool
}

// Store is a transactional keyspace with a log. All methods are safe for concurrent
// use.
type Store interface {
	Core
	DurableLog
	// Flush makes everything applied durable in the engine and drops the log before it.
	Flush() error
	Close() error
}

// Core is what any store of transactions offers, whatever it lies on.
type Core interface {
	Begin(o Options) (Txn, error)
	// Now is a timestamp not below any commit that is visible.
	Now() Timestamp
	// Writable is nil, or why commits that write are refused at this time, before
	// they have any effect: ErrDiskFull, ErrNotWritable.
	Writable() error
	// ReleaseAdvisory releases one hold of a session's advisory lock; false
	// where it was not held. ReleaseSession releases all of them.
	ReleaseAdvisory(key AdvisoryKey, shared bool, session uint64) bool
	ReleaseSession(session uint64)
	// EstimateBytes is about the storage [lower, upper) takes.
	EstimateBytes(lower, upper []byte) (uint64, error)
	// Locks lists the locks held and waited for (pg_locks).
	Locks() []LockInfo
}

// DurableLog is a store's one log of commits, as who waits for it sees it.
type DurableLog interface {
	// WaitSync returns when the log is synced past pos.
	WaitSync(ctx context.Context, pos Position) error
	// OnSync calls fn once (from a store goroutine, must not block) when the log
	// is synced past pos, with the error if it never will be.
	OnSync(pos Position, fn func(error))
	// SyncedPosition is up to where the log is durable; WrittenPosition where it
	// ends: no commit that anybody can have seen lies behind that.
	SyncedPosition() Position
	WrittenPosition() Position
	// Hold has the log kept from pos on (0: from its oldest position) until it is
	// released. ErrLogGone where it does not reach back to pos. Who holds bounds
	// what is held back: the log takes disk space for it.
	Hold(pos Position) (Hold, error)
}

// Hold keeps a part of the log. Safe for concurrent use.
type Hold interface {
	// Advance gives up what is before pos.
	Advance(pos Position)
	// Release gives up everything. A second call does nothing.
	Release()
}

// LockInfo is one row of the lock view.
type LockInfo struct {
	Txn     uint64 // 0 for a session's own advisory locks
	Session uint64
	Kind    string // "tuple", "relation", "advisory"
	Key     []byte
	TableID uint64
	Mode    string
	Granted bool
}
