package ast

// Alias renames a table reference and, optionally, its columns.
type Alias struct {
	At
	Name    string
	Columns []string
}

// TableName is a table, view or CTE by name, in FROM or as a target.
type TableName struct {
	At
	Name   ObjectName
	Only   bool // ONLY name
	Alias  *Alias
	Sample *TableSample
}

// TableSample is TABLESAMPLE method (args) [REPEATABLE (seed)].
type TableSample struct {
	At
	Method     ObjectName
	Args       []Expr
	Repeatable Expr
}

// KeyPattern is a glob over the Redis keyspace used as a relation: users:*.
// The text is as written, never folded; package parse says how far a bare
// pattern reaches.
type KeyPattern struct {
	At
	Pattern string
	Alias   *Alias
	Sample  *TableSample
}

// SubqueryRef is (query) AS alias.
type SubqueryRef struct {
	At
	Lateral bool
	Query   *Select
	Alias   *Alias // nil: not written, which PostgreSQL 15 refuses
}

// TableFunction is one function of a FunctionRef. Columns is its column
// definition list in ROWS FROM (f(…) AS (a int, …)).
type TableFunction struct {
	At
	Call    Expr // *FuncCall, or an expression that looks like a call
	Columns []*ColumnDef
}

// FunctionRef is a function in FROM. Without ROWS FROM it has one function,
// and Columns is the definition list of AS alias (a int, …).
type FunctionRef struct {
	At
	Lateral    bool
	RowsFrom   bool
	Functions  []*TableFunction
	Ordinality bool
	Alias      *Alias
	Columns    []*ColumnDef
}

// JoinKind is the kind of a join.
type JoinKind uint8

// The joins.
const (
	InnerJoin JoinKind = iota
	LeftJoin
	RightJoin
	FullJoin
	CrossJoin
)

// JoinRef is left JOIN right. At most one of Natural, On and Using is set.
type JoinRef struct {
	At
	Kind       JoinKind
	Natural    bool
	Left       TableRef
	Right      TableRef
	On         Expr
	Using      []string
	UsingAlias string // JOIN … USING (…) AS alias
	Alias      *Alias // (a JOIN b …) AS alias
}

func (*TableName) tableRef()   {}
func (*KeyPattern) tableRef()  {}
func (*SubqueryRef) tableRef() {}
func (*FunctionRef) tableRef() {}
func (*JoinRef) tableRef()     {}
