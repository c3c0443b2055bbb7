package ast

// IsolationLevel as written.
type IsolationLevel uint8

// The isolation levels.
const (
	IsolationDefault IsolationLevel = iota
	ReadUncommitted
	ReadCommitted
	RepeatableRead
	Serializable
)

var isolationText = [...]string{"", "read uncommitted", "read committed", "repeatable read", "serializable"}

// String returns the level as SHOW transaction_isolation words it.
func (l IsolationLevel) String() string { return isolationText[l] }

// Toggle is a mode that may be on, off, or not written.
type Toggle uint8

// The states of a Toggle.
const (
	Unset Toggle = iota
	On
	Off
)

// TransactionModes are the modes of BEGIN and SET TRANSACTION. Of a mode that
// is written twice the last counts.
type TransactionModes struct {
	Isolation   IsolationLevel
	ReadOnly    Toggle // READ ONLY is On, READ WRITE is Off
	Deferrable  Toggle
	Optimistic  Toggle // OPTIMISTIC is On, PESSIMISTIC is Off
	Distributed bool
	AsOf        Expr // AS OF SYSTEM TIME
}

// Begin is BEGIN or START TRANSACTION.
type Begin struct {
	At
	Start bool // START TRANSACTION: the command tag differs
	Modes TransactionModes
}

// Commit is COMMIT or END.
type Commit struct {
	At
	Chain Toggle // AND [NO] CHAIN
}

// Rollback is ROLLBACK or ABORT.
type Rollback struct {
	At
	Chain Toggle // AND [NO] CHAIN
}

// Savepoint is SAVEPOINT name.
type Savepoint struct {
	At
	Name string
}

// ReleaseSavepoint is RELEASE [SAVEPOINT] name.
type ReleaseSavepoint struct {
	At
	Name string
}

// RollbackTo is ROLLBACK TO [SAVEPOINT] name.
type RollbackTo struct {
	At
	Name string
}

// PrepareTransaction is PREPARE TRANSACTION 'gid'.
type PrepareTransaction struct {
	At
	GID string
}

// CommitPrepared is COMMIT PREPARED 'gid'.
type CommitPrepared struct {
	At
	GID string
}

// RollbackPrepared is ROLLBACK PREPARED 'gid'.
type RollbackPrepared struct {
	At
	GID string
}

func (*Begin) statement()              {}
func (*Commit) statement()             {}
func (*Rollback) statement()           {}
func (*Savepoint) statement()          {}
func (*ReleaseSavepoint) statement()   {}
func (*RollbackTo) statement()         {}
func (*PrepareTransaction) statement() {}
func (*CommitPrepared) statement()     {}
func (*RollbackPrepared) statement()   {}
