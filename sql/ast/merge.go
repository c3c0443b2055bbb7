package ast

// MergeAction is what an arm of MERGE does.
type MergeAction uint8

// The actions.
const (
	MergeDoNothing MergeAction = iota
	MergeUpdate
	MergeDelete
	MergeInsert
)

// Merge is MERGE INTO target USING source ON condition WHEN ….
type Merge struct {
	At
	With   *With
	Target TableRef // *TableName or *KeyPattern, with its alias
	Source TableRef
	On     Expr
	Whens  []*MergeWhen
}

// MergeWhen is one WHEN [NOT] MATCHED arm.
type MergeWhen struct {
	At
	Matched    bool
	Condition  Expr // AND condition
	Action     MergeAction
	Set        []*SetClause    // MergeUpdate
	Columns    []*ColumnTarget // MergeInsert
	Overriding Overriding      // MergeInsert
	Values     []Expr          // MergeInsert; nil: DEFAULT VALUES
}

func (*Merge) statement() {}
