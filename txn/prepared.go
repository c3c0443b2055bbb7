package txn

import (
	"context"
	"time"
)

// PreparedIDBytesMax bounds the identifier of a prepared transaction, as
// PostgreSQL does.
const PreparedIDBytesMax = 199

// Prepared is a transaction between PREPARE TRANSACTION and its end.
type Prepared struct {
	ID string
	// Owner and Database are the session's, for pg_prepared_xacts and for the
	// check who may end it.
	Owner, Database string
	At              time.Time
	Txn             uint64
}

// Preparer is a Txn that can be prepared.
type Preparer interface {
	// Prepare makes what the transaction wrote durable without making it visible,
	// under p.ID, and ends the transaction for its caller. Its locks are held, over
	// restarts too, until FinishPrepared. Of p only ID, Owner and Database count.
	// Errors: those of Commit, ErrPreparedExists, ErrPreparedLimit, ErrPreparedID;
	// after one the transaction is rolled back.
	Prepare(ctx context.Context, p Prepared) error
}

// PreparedStore is a Store whose transactions are Preparers.
type PreparedStore interface {
	// FinishPrepared commits a prepared transaction, or rolls it back, and waits
	// until that is durable. Errors: ErrPreparedUnknown, ErrPreparedBusy; after
	// another one the transaction is still prepared.
	FinishPrepared(ctx context.Context, id string, commit bool) (Commit, error)
	// Prepared lists the prepared transactions by identifier.
	Prepared() []Prepared
}
