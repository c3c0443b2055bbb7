package expr

import (
	"context"
	"time"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
)

// Ctx is what evaluation needs from its statement and session. One per
// execution; not safe for concurrent use.
type Ctx struct {
	Context context.Context
	// Budget bounds the statement: depth, steps, bytes, cancellation. nil: not.
	// Its errors are returned as they are; sql/pgerr words them.
	Budget *budget.Run
	// Params holds $1… .
	Params []types.Datum
	// Outer holds the values of outer columns of a correlated subquery.
	Outer map[ColID]types.Datum
	// StmtTime and TxnTime are clock_timestamp-independent times (now()).
	StmtTime, TxnTime time.Time
	// Session is what functions ask of the session: settings, names, sequences.
	Session Session
	// RunSubquery executes a Subquery for the current Outer values; set by the
	// executor.
	RunSubquery func(ctx *Ctx, q *Subquery) ([][]types.Datum, error)
	// Lenient makes a dyn value that cannot be taken as the asked type NULL.
	Lenient bool
	// DescribeRow, where set, names a row of the chunk being evaluated (the key
	// it was read from) for the detail of errors about dyn fields.
	DescribeRow func(in *chunk.Chunk, row int) string

	// As is the owner of the SECURITY DEFINER function whose body is being
	// evaluated; 0: the session's user acts.
	As types.OID

	io     *types.IOContext // made by IO
	ioCopy types.IOContext
}

// UserOID is the role that acts.
func (c *Ctx) UserOID() types.OID {
	if c.As != 0 {
		return c.As
	}
	if c.Session == nil {
		return 0
	}
	return c.Session.UserOID()
}

// Session is the narrow view that functions have of their session. Catalog
// lookups of pg_catalog functions go through Catalog. A Session that also
// implements types.Names resolves the reg… types.
type Session interface {
	Setting(name string) (string, bool)
	SetSetting(name, value string, local bool) error
	Location() *time.Location
	Now() time.Time // clock_timestamp()
	// User and SessionUser are names; UserOID is the current user, which Ctx.UserOID
	// may put another in the place of.
	User() string
	SessionUser() string
	UserOID() types.OID
	Database() string
	SearchPath() []string
	BackendPID() int32
	TxnID() uint64
	Random() uint64
	// Sequence operations: nextval, currval, lastval, setval. user is the role that
	// needs the privilege; 0: nobody does.
	NextVal(ctx context.Context, seq, user types.OID) (int64, error)
	CurrVal(seq, user types.OID) (int64, error)
	LastVal(user types.OID) (int64, error)
	SetVal(ctx context.Context, seq types.OID, v int64, called bool, user types.OID) error
	// Catalog gives the catalog snapshot of the statement (a catalog.Reader).
	Catalog() any
	// Notify queues a notification for commit.
	Notify(channel, payload string) error
	// Advisory locks; see txn.Txn.LockAdvisory. ok is false where a try failed.
	Advisory(ctx context.Context, key int64, two, shared, session, try bool) (ok bool, err error)
	AdvisoryUnlock(key int64, two, shared bool) (bool, error)
	AdvisoryUnlockAll()
	// CancelBackend and TerminateBackend act on another session for a user; false
	// where there is none.
	CancelBackend(pid int32, user types.OID) (bool, error)
	TerminateBackend(pid int32, user types.OID) (bool, error)
	// RelationBytes is the storage of a relation (kind: table, indexes, total).
	RelationBytes(oid types.OID, kind string) (int64, error)
	// Warn sends a NOTICE/WARNING to the client.
	Notice(severity, code, msg string)
}

// Kernel computes a function over whole columns: args[i] has n rows each; sel,
// where not nil, names the rows to compute (others are left unset). out is grown
// to n rows by the kernel. A kernel honours NULLs itself.
type Kernel func(ctx *Ctx, args []*chunk.Vec, n int, sel []int32, out *chunk.Vec) error
