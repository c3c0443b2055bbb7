package ast

// Overriding is the OVERRIDING clause of INSERT.
type Overriding uint8

// The overriding clauses.
const (
	OverridingNone Overriding = iota
	OverridingUser
	OverridingSystem
)

// PathStep is one step into an assigned column: .field or [subscript].
type PathStep struct {
	Field     string         // .field
	Subscript *SubscriptItem // […]; Field is then empty
}

// ColumnTarget is a column that is assigned, with the path into it.
type ColumnTarget struct {
	At
	Name string
	Path []PathStep
}

// Insert is INSERT INTO.
type Insert struct {
	At
	With       *With
	Target     TableRef // *TableName or *KeyPattern, with its alias
	Columns    []*ColumnTarget
	Overriding Overriding
	Source     *Select // nil for DEFAULT VALUES
	OnConflict *OnConflict
	Returning  []*Target
}

// OnConflict is ON CONFLICT [target] DO NOTHING | DO UPDATE SET ….
type OnConflict struct {
	At
	Elements    []*IndexElement // (a, lower(b))
	IndexWhere  Expr            // (a) WHERE predicate
	Constraint  string          // ON CONSTRAINT name
	DoUpdate    bool
	Set         []*SetClause
	UpdateWhere Expr
}

// SetClause is column = value, or (a, b) = row in UPDATE and its like.
type SetClause struct {
	At
	Columns []*ColumnTarget
	Multi   bool // the parenthesised form: Value is a *Row, a *Subquery or another expression
	Value   Expr // *Default possible, also inside a *Row
}

func (*Insert) statement() {}
