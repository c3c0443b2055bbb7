package ast

// LockMode is a table lock mode, weakest first.
type LockMode uint8

// The table lock modes.
const (
	AccessShare LockMode = iota
	RowShare
	RowExclusive
	ShareUpdateExclusive
	ShareLock
	ShareRowExclusive
	ExclusiveLock
	AccessExclusive
)

var lockModeText = [...]string{
	"ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE",
	"SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE",
}

// String returns the mode as written in LOCK.
func (m LockMode) String() string { return lockModeText[m] }

// LockTable is LOCK [TABLE] names [IN mode MODE] [NOWAIT].
type LockTable struct {
	At
	Tables []TableRef // *TableName or *KeyPattern, without alias
	Mode   LockMode   // AccessExclusive if not written
	Nowait bool
}

func (*LockTable) statement() {}
