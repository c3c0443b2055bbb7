package session

// state of a session's transaction.
type state uint8

const (
	// idle: no transaction.
	idle state = iota
	// implicit: a transaction that the server opened; it ends with the query
	// string (simple protocol) or at Sync (extended protocol).
	implicit
	// block: between BEGIN and COMMIT or ROLLBACK.
	block
	// failed: a block in which a statement failed.
	failed
	statesCount
)

func (s state) String() string { return [...]string{"idle", "implicit", "block", "failed"}[s] }

// event is what a client's message asks of the transaction.
type event uint8

const (
	evStatement  event = iota // any statement that is not one of those below
	evBegin                   // BEGIN
	evCommit                  // COMMIT
	evRollback                // ROLLBACK
	evSavepoint               // SAVEPOINT, RELEASE
	evRollbackTo              // ROLLBACK TO SAVEPOINT
	evError                   // a statement failed
	evEnd                     // end of the query string, or Sync
	eventsCount
)

func (e event) String() string {
	return [...]string{"statement", "begin", "commit", "rollback", "savepoint", "rollback to", "error", "end"}[e]
}

// action is what a transition does besides moving.
type action uint8

const (
	doNothing      action = iota
	doOpen                // open an implicit transaction
	doBlock               // make it a block (opening one lazily)
	doWarnInBlock         // WARNING 25001 there is already a transaction in progress
	doCommit              // commit
	doRollback            // roll back
	doWarnCommit          // WARNING 25P01, then commit what the implicit one did
	doWarnRollback        // WARNING 25P01, then roll back what the implicit one did
	doRefuseFailed        // ERROR 25P02
	doRefuseNoTxn         // ERROR 25P01 … can only be used in transaction blocks
	doMark                // SAVEPOINT or RELEASE
	doRollbackTo          // back to a savepoint
	doAbort               // undo the failed statement's transaction or subtransaction
)

func (a action) String() string {
	return [...]string{"nothing", "open", "block", "warn in block", "commit", "rollback", "warn, commit",
		"warn, rollback", "refuse: failed", "refuse: no transaction", "mark", "rollback to", "abort"}[a]
}

// transition is one entry of the state table.
type transition struct {
	next state
	do   action
}

// transitions is the state table, {state × event}: PostgreSQL's transaction
// block states (manual, sections 55.2.2.1 and 55.2.3) with subtransactions left
// to the savepoint stack. An action that fails raises evError in its turn.
var transitions = [statesCount][eventsCount]transition{
	idle: {
		evStatement:  {implicit, doOpen},
		evBegin:      {block, doBlock},
		evCommit:     {idle, doWarnCommit},
		evRollback:   {idle, doWarnRollback},
		evSavepoint:  {idle, doRefuseNoTxn},
		evRollbackTo: {idle, doRefuseNoTxn},
		evError:      {idle, doNothing},
		evEnd:        {idle, doNothing},
	},
	implicit: {
		evStatement:  {implicit, doNothing},
		evBegin:      {block, doBlock},
		evCommit:     {idle, doWarnCommit},
		evRollback:   {idle, doWarnRollback},
		evSavepoint:  {implicit, doRefuseNoTxn},
		evRollbackTo: {implicit, doRefuseNoTxn},
		evError:      {idle, doAbort},
		evEnd:        {idle, doCommit},
	},
	block: {
		evStatement:  {block, doNothing},
		evBegin:      {block, doWarnInBlock},
		evCommit:     {idle, doCommit},
		evRollback:   {idle, doRollback},
		evSavepoint:  {block, doMark},
		evRollbackTo: {block, doRollbackTo},
		evError:      {failed, doAbort},
		evEnd:        {block, doNothing},
	},
	failed: {
		evStatement:  {failed, doRefuseFailed},
		evBegin:      {failed, doRefuseFailed},
		evCommit:     {idle, doRollback},
		evRollback:   {idle, doRollback},
		evSavepoint:  {failed, doRefuseFailed},
		evRollbackTo: {block, doRollbackTo},
		evError:      {failed, doNothing},
		evEnd:        {failed, doNothing},
	},
}
