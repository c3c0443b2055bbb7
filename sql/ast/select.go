package ast

// Select is a whole query: WITH, a body, ORDER BY, LIMIT and row locks. It is
// a statement, and it stands wherever a query may stand inside another.
type Select struct {
	At
	With     *With
	Body     SelectBody
	OrderBy  []*OrderItem
	Limit    Expr // nil: none written; LIMIT ALL is a NULL *Literal
	WithTies bool // FETCH FIRST … WITH TIES
	Offset   Expr
	Locking  []*LockingClause
}

// SelectClause is SELECT … FROM … WHERE … GROUP BY … HAVING … WINDOW ….
type SelectClause struct {
	At
	Distinct      bool
	DistinctOn    []Expr // DISTINCT ON (…); Distinct is then true
	Targets       []*Target
	Into          *IntoClause
	From          []TableRef
	AsOf          Expr // AS OF SYSTEM TIME expr, after FROM
	Where         Expr
	GroupBy       []Expr // *GroupingSet among them
	GroupDistinct bool   // GROUP BY DISTINCT
	Having        Expr
	Windows       []*NamedWindow
}

// ValuesClause is VALUES (…), (…). *Default may stand among the values of an
// INSERT.
type ValuesClause struct {
	At
	Rows [][]Expr
}

// SetOperationKind is UNION, INTERSECT or EXCEPT.
type SetOperationKind uint8

// The set operations.
const (
	Union SetOperationKind = iota
	Intersect
	Except
)

// SetOperation combines two queries. An operand that had its own ORDER BY,
// LIMIT or WITH stood in parentheses.
type SetOperation struct {
	At
	Kind  SetOperationKind
	All   bool
	Left  *Select
	Right *Select
}

// Target is one output of a select list or of RETURNING.
type Target struct {
	At
	Expr  Expr // *Star and *FieldStar among them
	Alias string
}

// IntoClause is SELECT … INTO table.
type IntoClause struct {
	At
	Name        ObjectName
	Persistence Persistence
}

// SortDirection is ASC or DESC.
type SortDirection uint8

// The sort directions.
const (
	SortDefault SortDirection = iota
	SortAscending
	SortDescending
)

// NullsOrder is NULLS FIRST or NULLS LAST.
type NullsOrder uint8

// The orders of nulls. NullsDefault is last for ascending, first for
// descending.
const (
	NullsDefault NullsOrder = iota
	NullsFirst
	NullsLast
)

// OrderItem is one key of ORDER BY.
type OrderItem struct {
	At
	Expr      Expr
	Direction SortDirection
	Using     *Operator // ORDER BY x USING >; Direction is then SortDefault
	Nulls     NullsOrder
}

// LockStrength is the strength of FOR UPDATE and its kin, weakest first.
type LockStrength uint8

// The row lock strengths.
const (
	ForKeyShare LockStrength = iota
	ForShare
	ForNoKeyUpdate
	ForUpdate
)

// LockWait says what to do at a row that is locked.
type LockWait uint8

// The wait policies.
const (
	WaitBlock LockWait = iota
	WaitSkip
	WaitError
)

// LockingClause is FOR UPDATE [OF tables] [NOWAIT | SKIP LOCKED].
type LockingClause struct {
	At
	Strength LockStrength
	Of       []ObjectName // empty: all tables
	Wait     LockWait
}

// With is WITH [RECURSIVE] ….
type With struct {
	At
	Recursive bool
	CTEs      []*CTE
}

// Materialization is the MATERIALIZED clause of a CTE.
type Materialization uint8

// The materializations.
const (
	MaterializeDefault Materialization = iota
	MaterializeAlways
	MaterializeNever
)

// CTE is one common table expression.
type CTE struct {
	At
	Name         string
	Columns      []string
	Materialized Materialization
	Query        Statement // *Select, *Insert, *Update, *Delete or *Merge
	Search       *CTESearch
	Cycle        *CTECycle
}

// CTESearch is SEARCH BREADTH | DEPTH FIRST BY columns SET sequence.
type CTESearch struct {
	At
	BreadthFirst bool
	By           []string
	Set          string
}

// CTECycle is CYCLE columns SET mark [TO value DEFAULT value] USING path.
type CTECycle struct {
	At
	Columns     []string
	Mark        string
	MarkValue   Expr // nil: TRUE
	MarkDefault Expr // nil: FALSE
	Path        string
}

// NamedWindow is name AS (spec) in the WINDOW clause.
type NamedWindow struct {
	At
	Name string
	Spec *WindowSpec
}

func (*Select) statement()        {}
func (*SelectClause) selectBody() {}
func (*ValuesClause) selectBody() {}
func (*SetOperation) selectBody() {}
