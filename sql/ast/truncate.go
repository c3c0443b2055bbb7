package ast

// Truncate is TRUNCATE.
type Truncate struct {
	At
	Tables           []TableRef // *TableName or *KeyPattern, without alias
	RestartIdentity  bool
	ContinueIdentity bool // written out
	Behavior         DropBehavior
}

func (*Truncate) statement() {}
