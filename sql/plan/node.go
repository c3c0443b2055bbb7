package plan

import (
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// Col is an output column of a node.
type Col struct {
	ID   expr.ColID
	Name string
	T    *types.T
	Mod  int32
	// Table and Attnum name the origin where it is a plain table column (for
	// RowDescription); 0 otherwise.
	Table  types.OID
	Attnum int16
}

// Node is a relational operator.
type Node interface {
	// Columns is the node's output; the caller must not change it.
	Columns() []Col
	// Inputs appends the child nodes to dst.
	Inputs(dst []Node) []Node
	// WithInputs is a copy with these children, in the order of Inputs.
	WithInputs(in []Node) Node
	// Exprs appends the node's own expressions to dst; WithExprs is a copy with
	// these in that order (Subquery plans inside them are not entered).
	Exprs(dst []expr.Expr) []expr.Expr
	WithExprs(e []expr.Expr) Node
	// Est is the optimizer's estimate, filled by opt.
	Est() *Estimate
}

// Estimate is what the optimizer believes of a node.
type Estimate struct {
	Rows, Width          float64
	StartCost, TotalCost float64
}

// Base is embedded by every node.
type Base struct {
	Cols     []Col
	Estimate Estimate
}

// Columns implements Node.
func (b *Base) Columns() []Col { return b.Cols }

// Est implements Node.
func (b *Base) Est() *Estimate { return &b.Estimate }

// JoinKind is the kind of a join. For Semi and Anti only the left columns come
// out. Right joins are turned into left ones by the binder.
type JoinKind uint8

const (
	Inner JoinKind = iota
	Left
	Full
	Semi
	Anti
	Cross
)

// Algorithm of a join, chosen by opt.
type Algorithm uint8

const (
	// Undecided before opt.
	Undecided Algorithm = iota
	// Hash builds on the right input (opt swaps so that it is the smaller).
	Hash
	// NestedLoop materialises the right input.
	NestedLoop
	// Lookup runs the right input once for each left row with the left columns
	// as outer columns (lateral joins, index lookups).
	Lookup
	// Merge over inputs ordered on the keys.
	Merge
)

// Span is a range of index keys: a prefix of equalities, then at most one range.
// All expressions are free of the scan's own columns (constants, params, outer
// columns); each has the type of its index column. A NULL value gives no rows,
// except where NullEq says IS NULL.
type Span struct {
	Eq     []expr.Expr
	NullEq []bool
	// Lower and Upper bound the key after Eq; nil: open.
	Lower, Upper         expr.Expr
	LowerIncl, UpperIncl bool
}

// Scan reads a stored table. Cols lists the columns wanted, each with the
// table's Attnum (0 for RowID and TableOID).
type Scan struct {
	Base
	Table *catalog.Table
	Alias string
	// Index is the index to read through; nil: the primary one.
	Index *catalog.Index
	// Spans to read, in order, made disjoint at run time; nil: all.
	Spans   []Span
	Reverse bool
	// Filter is applied to each row here; nil: none.
	Filter expr.Expr
	// Lock is set under FOR UPDATE…; see LockRows.
	// RowID, where not 0, is the column of Cols (Attnum 0) that holds the row's
	// primary key bytes (bytea): what Update, Delete and LockRows address the row by.
	RowID expr.ColID
	// TableOID, where not 0, is the column of Cols (Attnum 0) that holds tableoid.
	TableOID expr.ColID
	// IndexExprs has the bound expressions of the table's expression and partial
	// indexes over Cols and columns that may no longer be listed: what opt compares
	// conditions with. Not executed.
	IndexExprs map[types.OID]IndexExpr
	// Limit is the greatest number of rows wanted where opt knows it; 0: all.
	Limit int64
}

// PatternScan reads the Redis keyspace through a key pattern. Cols are the
// pseudo-columns _key _id _type _ttl _value and hash fields, by Name (type dyn
// for fields; _key, _id, _type text; _ttl int8 milliseconds; _value text).
type PatternScan struct {
	Base
	Pattern *catalog.KeyPattern
	Alias   string
	// Keys, where not nil, are the exact keys to read (point access): each a
	// full key, or where ByID what * matches.
	Keys []expr.Expr
	ByID bool
	// Index with Spans reads through an index on a field.
	Index  *catalog.Index
	Spans  []Span
	Filter expr.Expr
	// RowID, where not 0, is the column of Cols that holds the full key (bytea):
	// what Update, Delete and LockRows address the row by.
	RowID expr.ColID
	// Whole, where not 0, is the column of Cols with all fields as a jsonb object
	// of strings (SELECT alias as a row value).
	Whole expr.ColID
}

// VirtualScan reads a table computed by sql/pgcatalog.
type VirtualScan struct {
	Base
	Table  *catalog.Table
	Alias  string
	Filter expr.Expr
	// Eq holds equalities with constants or outer columns that the generator may
	// use to make fewer rows, by attnum; the Filter holds them still.
	Eq map[int16]expr.Expr
}

// Values is a list of rows.
type Values struct {
	Base
	Rows [][]expr.Expr
}

// FuncScan calls set-returning functions in FROM. Several run side by side
// (ROWS FROM); shorter ones are filled with NULL.
type FuncScan struct {
	Base
	Calls []SRFCall
	// Ordinality makes the last of Cols an int8 counting from 1.
	Ordinality bool
	Alias      string
}

// SRFCall is a call of a set-returning function (Def is a *builtin.SRF; this
// package stands beside it) or of a scalar function used as one row.
type SRFCall struct {
	Def  any
	Args []expr.Expr
	// Cols counts how many output columns the call fills.
	Cols int
	Name string
	// T is the resolved element or record type.
	T *types.T
	// Scalar is set instead of Def for a plain function.
	Scalar expr.Expr
}

// Filter passes rows whose Cond is true.
type Filter struct {
	Base
	In   Node
	Cond expr.Expr
}

// Project computes new columns; Cols[i] is computed by Out[i]. A plain expr.Col
// passes a column on (and may keep its ColID).
type Project struct {
	Base
	In  Node
	Out []expr.Expr
}

// ProjectSet computes columns some of which are set-returning: rows multiply,
// shorter sets are filled with NULL. Calls[i] is nil where Out[i] is scalar.
type ProjectSet struct {
	Base
	In    Node
	Out   []expr.Expr
	Calls []*SRFCall
}

// Join joins Left and Right. On is the whole condition; opt splits from it
// LeftKeys = RightKeys for Hash and Merge (Eqs: the equality function of each
// pair) and leaves the rest in On.
type Join struct {
	Base
	Kind                JoinKind
	L, R                Node
	On                  expr.Expr
	LeftKeys, RightKeys []expr.Expr
	Eqs                 []*expr.FuncDef
	// Lateral: Right reads columns of Left.
	Lateral bool
	Algo    Algorithm
	// NullAware marks an Anti join made from NOT IN.
	NullAware bool
	// BuildLeft: Hash builds on the left input although output order is L, R.
	BuildLeft bool
}

// Aggregate groups by Keys. Output: first one column per key, then one per call,
// then GroupingID. A key that is a plain column may keep its ColID (without Sets).
// Sets, where not nil, are grouping sets as lists of key positions; keys not in
// the set are NULL and Grouping columns are computed.
type Aggregate struct {
	Base
	In    Node
	Keys  []expr.Expr
	Calls []*expr.AggCall
	Sets  [][]int
	// GroupingID, where not 0, is the last column of Cols: int8 bitmask, bit i set
	// where key i is not in the row's grouping set.
	GroupingID expr.ColID
	// Scalar: no GROUP BY; one row even for no input.
	Scalar bool
}

// Window adds one column per call to its input's columns. All calls share the
// partitioning and ordering.
type Window struct {
	Base
	In        Node
	Partition []expr.Expr
	Order     []expr.SortKey
	Calls     []WindowCall
}

// WindowCall is one call over a frame.
type WindowCall struct {
	Call  *expr.AggCall
	Frame Frame
}

// FrameMode is ROWS, RANGE or GROUPS.
type FrameMode uint8

const (
	Range FrameMode = iota
	Rows
	Groups
)

// BoundKind of a frame end.
type BoundKind uint8

const (
	UnboundedPreceding BoundKind = iota
	Preceding
	CurrentRow
	Following
	UnboundedFollowing
)

// Frame of a window. The zero Frame with EndKind CurrentRow is the default.
type Frame struct {
	Mode               FrameMode
	StartKind, EndKind BoundKind
	Start, End         expr.Expr
	// Exclude is 0, 'c' current row, 'g' group, 't' ties.
	Exclude byte
	// InRange compares for RANGE with offset; chosen by the binder.
	StartFn, EndFn *expr.FuncDef
}

// Sort orders its input; with Limit > 0 known it keeps the top rows only.
type Sort struct {
	Base
	In   Node
	Keys []expr.SortKey
	// Top, where not nil, bounds how many rows are wanted (LIMIT + OFFSET).
	Top expr.Expr
	// Presorted is how many leading keys the input is already ordered by.
	Presorted int
}

// Limit passes Count rows after Offset. WithTies needs In to be ordered by Ties.
type Limit struct {
	Base
	In            Node
	Count, Offset expr.Expr // nil: none
	WithTies      bool
	Ties          []expr.SortKey
}

// Distinct drops duplicates: over all columns, or over On (first row of each
// group in input order, which the binder sorts).
type Distinct struct {
	Base
	In Node
	On []expr.Expr // nil: all columns
}

// SetOpKind is UNION, INTERSECT or EXCEPT.
type SetOpKind uint8

const (
	Union SetOpKind = iota
	Intersect
	Except
)

// SetOp combines inputs with equally many columns of equal types, by position.
type SetOp struct {
	Base
	Kind SetOpKind
	All  bool
	L, R Node
}

// With computes common table expressions that are read more than once, must be
// materialised, recurse or modify data; others are inlined by the binder.
type With struct {
	Base
	CTEs []*CTE
	In   Node
}

// CTE is one common table expression.
type CTE struct {
	ID   int
	Name string
	Plan Node
	// Recursive term; Plan is then the non-recursive one. Union drops duplicates
	// unless All. RecursiveCTE scans inside read the working table.
	Recursive Node
	All       bool
	// Modifying: runs to the end exactly once whether read or not.
	Modifying bool
}

// CTEScan reads a CTE's rows (or inside the recursive term its working table).
// Cols map by position to the CTE's columns.
type CTEScan struct {
	Base
	CTE     *CTE
	Working bool
	Alias   string
}

// LockRows locks the rows of its input for FOR UPDATE / SHARE.
type LockRows struct {
	Base
	In      Node
	Targets []LockTarget
	// Again is made by opt.
	Again *Recheck
}

// LockTarget is one relation to lock: RowID is the Scan's RowID column.
type LockTarget struct {
	Table *catalog.Table
	RowID expr.ColID
	Mode  uint8 // txn.RowMode
	Wait  uint8 // txn.Wait
}

// Insert writes the rows of Source into Table. Source gives one column per
// entry of Targets, in order; columns not targeted are in Defaults.
type Insert struct {
	Base
	Source  Node
	Table   *catalog.Table
	Pattern *catalog.KeyPattern // instead of Table; Fields names targets then
	Fields  []string
	Targets []int16 // attnums
	// Row has one ColID for each live column of the table: how Defaults,
	// Generated, Checks, OnConflict and Returning refer to the row to insert.
	Row []expr.ColID
	// Defaults by attnum for columns that are not targeted; Generated by attnum.
	Defaults  map[int16]expr.Expr
	Generated map[int16]expr.Expr
	Checks    []CheckExpr
	// Partial index predicates and expression keys by index OID, over Row.
	IndexExprs map[types.OID]IndexExpr
	OnConflict *OnConflict
	Returning  []expr.Expr // nil: none; Cols match
	ForeignKey []FKCheck
	Incoming   []FKCheck // what OnConflict's update may act on
	// OverridingUser: OVERRIDING USER VALUE.
	OverridingUser bool
}

// IndexExpr holds the bound expressions of one index.
type IndexExpr struct {
	Keys  []expr.Expr // nil entries for plain columns
	Where expr.Expr
}

// CheckExpr is a bound CHECK constraint; fails where false.
type CheckExpr struct {
	Name string
	Cond expr.Expr
	// Domain names the domain type where the check is a domain's.
	Domain string
}

// FKCheck is a foreign key to verify (outgoing) or to act on (incoming).
type FKCheck struct {
	Key *catalog.ForeignKey
	// Table refers, Ref is referred to.
	Table, Ref *catalog.Table
}

// OnConflict is ON CONFLICT.
type OnConflict struct {
	// Arbiters are the unique indexes that count; nil with DO NOTHING: any.
	Arbiters []*catalog.Index
	DoUpdate bool
	// Set computes new values by attnum over Old (the existing row's columns)
	// and the Insert's Row (excluded).
	Old   []expr.ColID
	Set   map[int16]expr.Expr
	Where expr.Expr
}

// Update changes the rows that Source gives. Source's columns include RowID and
// all that Set and Returning read.
type Update struct {
	Base
	Source  Node
	Table   *catalog.Table
	Pattern *catalog.KeyPattern
	RowID   expr.ColID
	// Old has one ColID for each live column of the table, given by Source; New
	// one for each live column of the updated row (Checks, Generated, Returning).
	Old, New   []expr.ColID
	Set        map[int16]expr.Expr
	SetFields  []FieldSet // for Pattern
	Generated  map[int16]expr.Expr
	Checks     []CheckExpr
	IndexExprs map[types.OID]IndexExpr
	Returning  []expr.Expr
	ForeignKey []FKCheck // outgoing
	Incoming   []FKCheck
	// Recheck is the condition on the target table's own columns and constants
	// that must still hold on the newest row after waiting for a lock
	// (READ COMMITTED); nil: none. It refers to Old. Where that is not the whole
	// condition opt makes Again, which is used instead.
	Recheck expr.Expr
	Again   *Recheck
}

// FieldSet assigns a hash field; a NULL value removes it.
type FieldSet struct {
	Field string
	Value expr.Expr
}

// Delete removes the rows that Source gives.
type Delete struct {
	Base
	Source     Node
	Table      *catalog.Table
	Pattern    *catalog.KeyPattern
	RowID      expr.ColID
	Old        []expr.ColID
	IndexExprs map[types.OID]IndexExpr
	Returning  []expr.Expr
	Incoming   []FKCheck
	// Recheck and Again are as those of Update.
	Recheck expr.Expr
	Again   *Recheck
}
