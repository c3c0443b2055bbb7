package ast

import "strconv"

// LiteralKind is the lexical kind of a constant.
type LiteralKind uint8

// The kinds of constants.
const (
	LiteralNull    LiteralKind = iota
	LiteralBool                // Text is "true" or "false"
	LiteralInteger             // Text is decimal digits, with "-" if negative; any magnitude
	LiteralNumeric             // Text has a decimal point or an exponent
	LiteralString              // Text is the string's value, escapes resolved
	LiteralBits                // B'…': Text is the digits 0 and 1
	LiteralHexBits             // X'…': Text is hexadecimal digits
)

// Literal is a constant.
type Literal struct {
	At
	Kind LiteralKind
	Text string
}

// Int64 returns the value of an integer constant that fits 64 bits.
func (l *Literal) Int64() (int64, bool) {
	if l.Kind != LiteralInteger {
		return 0, false
	}
	n, err := strconv.ParseInt(l.Text, 10, 64)
	return n, err == nil
}

// ColumnRef is a dotted name in an expression: column, table.column,
// schema.table.column, or a longer path. What each part means is for the binder.
type ColumnRef struct {
	At
	Names []string // at least one
}

// Star is * or qualifier.*.
type Star struct {
	At
	Qualifier []string // empty for a bare *
}

// Param is $n.
type Param struct {
	At
	Number int // from 1
}

// Unary is a prefix operator applied to an operand.
type Unary struct {
	At
	Op      Operator
	Operand Expr
}

// Binary is an infix operator: arithmetic, comparison, || and all others but
// AND, OR and those with a node of their own.
type Binary struct {
	At
	Op    Operator
	Left  Expr
	Right Expr
}

// LogicalOp is AND or OR.
type LogicalOp uint8

// The connectives.
const (
	And LogicalOp = iota
	Or
)

// Logical is a chain of AND or of OR, flattened: a AND b AND c has three Args.
type Logical struct {
	At
	Op   LogicalOp
	Args []Expr // at least two
}

// Not is NOT operand.
type Not struct {
	At
	Operand Expr
}

// FuncSyntax says in which special form a call was written.
type FuncSyntax uint8

// The special forms of calls and the functions they stand for. All of them
// name a function of pg_catalog.
const (
	SyntaxPlain            FuncSyntax = iota // f(args)
	SyntaxExtract                            // EXTRACT(f FROM x): extract('f', x)
	SyntaxOverlay                            // OVERLAY(x PLACING y FROM a [FOR b]): overlay(x, y, a, b)
	SyntaxPosition                           // POSITION(x IN y): position(y, x)
	SyntaxSubstring                          // SUBSTRING(x FROM a FOR b): substring(x, a, b)
	SyntaxSubstringSimilar                   // SUBSTRING(x SIMILAR p ESCAPE e): substring(x, p, e)
	SyntaxTrimBoth                           // TRIM(BOTH y FROM x): btrim(x, y)
	SyntaxTrimLeading                        // TRIM(LEADING y FROM x): ltrim(x, y)
	SyntaxTrimTrailing                       // TRIM(TRAILING y FROM x): rtrim(x, y)
	SyntaxAtTimeZone                         // x AT TIME ZONE z: timezone(z, x)
	SyntaxNormalize                          // NORMALIZE(x, NFC): normalize(x, 'NFC')
	SyntaxIsNormalized                       // x IS NFC NORMALIZED: is_normalized(x, 'NFC')
	SyntaxOverlaps                           // (a, b) OVERLAPS (c, d): overlaps(a, b, c, d)
	SyntaxCollationFor                       // COLLATION FOR (x): pg_collation_for(x)
)

// FuncCall is a call of a function, aggregate or window function.
type FuncCall struct {
	At
	Name        ObjectName
	Args        []Expr // *NamedArg for name => value
	Star        bool   // count(*)
	Distinct    bool   // f(DISTINCT …)
	All         bool   // f(ALL …)
	Variadic    bool   // the last argument is VARIADIC
	OrderBy     []*OrderItem
	WithinGroup bool // OrderBy stands in WITHIN GROUP (…)
	Filter      Expr
	Over        *WindowSpec
	Syntax      FuncSyntax
}

// NamedArg is name => value among a call's arguments.
type NamedArg struct {
	At
	Name  string
	Value Expr
}

// WindowSpec is what follows OVER, or a definition in WINDOW.
type WindowSpec struct {
	At
	Name        string // OVER name: nothing else is set
	Base        string // OVER (base …)
	PartitionBy []Expr
	OrderBy     []*OrderItem
	Frame       *Frame // nil: the default frame
}

// FrameMode is the unit of a window frame.
type FrameMode uint8

// The frame modes.
const (
	FrameRange FrameMode = iota
	FrameRows
	FrameGroups
)

// FrameBoundKind is the kind of a frame's end.
type FrameBoundKind uint8

// The frame bounds, from the first row of the partition to its last.
const (
	UnboundedPreceding FrameBoundKind = iota
	OffsetPreceding
	CurrentRow
	OffsetFollowing
	UnboundedFollowing
)

// FrameBound is one end of a frame; Offset is set for the Offset kinds.
type FrameBound struct {
	Kind   FrameBoundKind
	Offset Expr
}

// FrameExclusion is the EXCLUDE clause.
type FrameExclusion uint8

// The exclusions.
const (
	ExcludeNoOthers FrameExclusion = iota
	ExcludeCurrentRow
	ExcludeGroup
	ExcludeTies
)

// Frame is a window frame. A frame written without BETWEEN ends at CurrentRow.
type Frame struct {
	At
	Mode    FrameMode
	Start   FrameBound
	End     FrameBound
	Exclude FrameExclusion
}

// ValueFunc is a function that the SQL standard writes without parentheses.
type ValueFunc uint8

// The value functions.
const (
	CurrentDate ValueFunc = iota
	CurrentTime
	CurrentTimestamp
	LocalTime
	LocalTimestamp
	CurrentRoleFunc
	CurrentUserFunc
	SessionUserFunc
	UserFunc
	CurrentCatalog
	CurrentSchema
)

var valueFuncText = [...]string{
	"current_date", "current_time", "current_timestamp", "localtime",
	"localtimestamp", "current_role", "current_user", "session_user", "user",
	"current_catalog", "current_schema",
}

// String returns the keyword in lower case, which is also the name of the
// result column.
func (f ValueFunc) String() string { return valueFuncText[f] }

// ValueFuncCall is CURRENT_DATE and its family.
type ValueFuncCall struct {
	At
	Func      ValueFunc
	Precision int // -1: not written
}

// Case is CASE [operand] WHEN … THEN … ELSE … END.
type Case struct {
	At
	Operand Expr // nil for the searched form
	Whens   []*When
	Else    Expr // nil: NULL
}

// When is one arm of a Case.
type When struct {
	At
	Condition Expr
	Result    Expr
}

// CastForm says how a cast was written; the meaning is the same.
type CastForm uint8

// The forms of a cast.
const (
	CastCall         CastForm = iota // CAST(x AS t)
	CastColons                       // x::t
	CastTypedLiteral                 // t 'x'; Operand is a string *Literal
)

// Cast is a conversion to a named type.
type Cast struct {
	At
	Operand Expr
	Type    *TypeName
	Form    CastForm
}

// InList is operand [NOT] IN (list).
type InList struct {
	At
	Operand Expr
	Not     bool
	List    []Expr
}

// InSubquery is operand [NOT] IN (query).
type InSubquery struct {
	At
	Operand Expr
	Not     bool
	Query   *Select
}

// Between is operand [NOT] BETWEEN [SYMMETRIC] low AND high.
type Between struct {
	At
	Operand   Expr
	Low       Expr
	High      Expr
	Not       bool
	Symmetric bool
}

// LikeKind is the pattern language.
type LikeKind uint8

// The pattern matches.
const (
	LikeMatch LikeKind = iota
	ILikeMatch
	SimilarToMatch
)

// Like is operand [NOT] LIKE | ILIKE | SIMILAR TO pattern [ESCAPE escape].
type Like struct {
	At
	Kind    LikeKind
	Operand Expr
	Pattern Expr
	Escape  Expr // nil: not written
	Not     bool
}

// IsKind is what an IS test asks.
type IsKind uint8

// The IS tests.
const (
	IsNull IsKind = iota
	IsTrue
	IsFalse
	IsUnknown
)

// Is is operand IS [NOT] NULL | TRUE | FALSE | UNKNOWN.
type Is struct {
	At
	Kind    IsKind
	Operand Expr
	Not     bool
}

// IsDistinct is left IS [NOT] DISTINCT FROM right.
type IsDistinct struct {
	At
	Left  Expr
	Right Expr
	Not   bool
}

// Quantified is left op ANY | ALL (array or query). SOME is ANY. Exactly one of
// Array and Query is set.
type Quantified struct {
	At
	Op    Operator // LIKE is "~~", NOT LIKE "!~~", ILIKE "~~*", NOT ILIKE "!~~*"
	Left  Expr
	All   bool
	Array Expr
	Query *Select
}

// Exists is EXISTS (query).
type Exists struct {
	At
	Query *Select
}

// Subquery is a query in parentheses used as a value.
type Subquery struct {
	At
	Query *Select
}

// Row is ROW(…) or (a, b, …).
type Row struct {
	At
	Args     []Expr
	Explicit bool // the word ROW was written
}

// Array is ARRAY[…]; an inner bracket list is an *Array of its own.
type Array struct {
	At
	Elems []Expr
}

// ArraySubquery is ARRAY(query).
type ArraySubquery struct {
	At
	Query *Select
}

// SubscriptItem is one [i] or [low:high].
type SubscriptItem struct {
	Slice bool
	Index Expr // [i]
	Low   Expr // [low:], nil: not written
	High  Expr // [:high], nil: not written
}

// Subscript is operand[…][…]: all brackets that follow one operand.
type Subscript struct {
	At
	Operand Expr
	Items   []SubscriptItem
}

// FieldSelect is (operand).field.
type FieldSelect struct {
	At
	Operand Expr
	Field   string
}

// FieldStar is (operand).*.
type FieldStar struct {
	At
	Operand Expr
}

// Collate is operand COLLATE name.
type Collate struct {
	At
	Operand   Expr
	Collation ObjectName
}

// Coalesce is COALESCE(…).
type Coalesce struct {
	At
	Args []Expr
}

// NullIf is NULLIF(left, right).
type NullIf struct {
	At
	Left  Expr
	Right Expr
}

// MinMax is GREATEST(…) or LEAST(…).
type MinMax struct {
	At
	Least bool
	Args  []Expr
}

// Grouping is GROUPING(…).
type Grouping struct {
	At
	Args []Expr
}

// Default is the word DEFAULT where a value is assigned.
type Default struct {
	At
}

// GroupingSetKind is the kind of a grouping element.
type GroupingSetKind uint8

// The grouping elements.
const (
	EmptyGroupingSet GroupingSetKind = iota // ()
	Rollup
	Cube
	GroupingSets
)

// GroupingSet is an element of GROUP BY. Items are expressions, *Row for
// several columns at once, and within GroupingSets other *GroupingSet nodes.
type GroupingSet struct {
	At
	Kind  GroupingSetKind
	Items []Expr
}

func (*Literal) expr()       {}
func (*ColumnRef) expr()     {}
func (*Star) expr()          {}
func (*Param) expr()         {}
func (*Unary) expr()         {}
func (*Binary) expr()        {}
func (*Logical) expr()       {}
func (*Not) expr()           {}
func (*FuncCall) expr()      {}
func (*NamedArg) expr()      {}
func (*ValueFuncCall) expr() {}
func (*Case) expr()          {}
func (*Cast) expr()          {}
func (*InList) expr()        {}
func (*InSubquery) expr()    {}
func (*Between) expr()       {}
func (*Like) expr()          {}
func (*Is) expr()            {}
func (*IsDistinct) expr()    {}
func (*Quantified) expr()    {}
func (*Exists) expr()        {}
func (*Subquery) expr()      {}
func (*Row) expr()           {}
func (*Array) expr()         {}
func (*ArraySubquery) expr() {}
func (*Subscript) expr()     {}
func (*FieldSelect) expr()   {}
func (*FieldStar) expr()     {}
func (*Collate) expr()       {}
func (*Coalesce) expr()      {}
func (*NullIf) expr()        {}
func (*MinMax) expr()        {}
func (*Grouping) expr()      {}
func (*Default) expr()       {}
func (*GroupingSet) expr()   {}
