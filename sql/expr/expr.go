package expr

import "github.com/ferritedb/ferrite/sql/types"

// ColID identifies a column within one query. 0 is none.
type ColID int32

// Expr is a typed expression. Immutable once built: rewriting makes new nodes.
type Expr interface {
	// Type is never nil; types.Unknown for an untyped literal the binder left so.
	Type() *types.T
	// Children appends the direct subexpressions to dst.
	Children(dst []Expr) []Expr
	// WithChildren is a copy with these subexpressions, in the order of Children.
	WithChildren(c []Expr) Expr
}

// Const is a literal or a folded value.
type Const struct {
	Value types.Datum
	T     *types.T
	Mod   int32
}

// Col reads a column.
type Col struct {
	ID   ColID
	T    *types.T
	Mod  int32
	Name string // for printing
}

// Param is $Index (from 1) of a prepared statement.
type Param struct {
	Index int
	T     *types.T
}

// Func is a call of a scalar function or operator.
type Func struct {
	Def  *FuncDef
	Args []Expr
	T    *types.T // result, with polymorphic types resolved
	// Op is the operator's name where it was written as one, for printing.
	Op string
}

// FuncDef is one overload of a scalar function. Registered in sql/builtin.
type FuncDef struct {
	OID    types.OID
	Name   string
	Schema string
	Args   []*types.T
	// Variadic: the last argument type repeats (its element type for arrays).
	Variadic bool
	Ret      *types.T
	// Strict functions give NULL for any NULL argument without being called.
	Strict bool
	// Volatility is i immutable, s stable, v volatile.
	Volatility byte
	// Eval computes one row. args are valid during the call only.
	Eval func(ctx *Ctx, args []types.Datum) (types.Datum, error)
	// TypedEval replaces Eval for functions that need their argument types
	// (polymorphic ones, casts of records, format).
	TypedEval func(ctx *Ctx, args []types.Datum, f *Func) (types.Datum, error)
	// Names are the argument names that name => value notation may use; nil for
	// none. Defaults are the values of the last len(Defaults) arguments where they
	// are left out.
	Names    []string
	Defaults []types.Datum
	// Batch is an optional kernel over whole columns; see Kernel.
	Batch Kernel
}

// And and Or are n-ary with three-valued logic; they stop at the first argument
// that decides.
type And struct{ Args []Expr }

// Or is the n-ary disjunction.
type Or struct{ Args []Expr }

// Not negates.
type Not struct{ Arg Expr }

// NullTest is IS [NOT] NULL. A row argument is null where all its fields are,
// not null where none is.
type NullTest struct {
	Arg Expr
	Not bool
}

// BoolTest is IS [NOT] TRUE / FALSE / UNKNOWN.
type BoolTest struct {
	Arg  Expr
	Want byte // 't', 'f', 'u'
	Not  bool
}

// Distinct is IS [NOT] DISTINCT FROM; Eq is the equality function of the pair.
type Distinct struct {
	Eq   *Func
	Not  bool
	Name string
}

// Case is searched CASE (the simple form is bound to equalities).
type Case struct {
	Whens []When
	Else  Expr // nil: NULL
	T     *types.T
}

// When is one branch of a Case.
type When struct{ Cond, Then Expr }

// Coalesce gives its first argument that is not NULL.
type Coalesce struct {
	Args []Expr
	T    *types.T
}

// MinMax is GREATEST / LEAST; NULLs are passed over.
type MinMax struct {
	Greatest bool
	Args     []Expr
	T        *types.T
}

// Cast converts between types; Explicit tells CAST or :: from an assignment or
// implicit conversion (they differ in truncation and in what is allowed).
type Cast struct {
	Arg      Expr
	T        *types.T
	Mod      int32
	Explicit bool
}

// AnyAll is arg op ANY/ALL (array).
type AnyAll struct {
	Arg   Expr
	Array Expr
	Op    *FuncDef
	Name  string // the operator
	All   bool
}

// InList is arg IN (consts or expressions of one type), hashed where all are
// constant.
type InList struct {
	Arg  Expr
	List []Expr
	Eq   *FuncDef
	Not  bool
}

// ArrayCtor is ARRAY[…]; elements that are arrays make more dimensions.
type ArrayCtor struct {
	Elems []Expr
	T     *types.T
}

// RowCtor is ROW(…).
type RowCtor struct {
	Fields []Expr
	T      *types.T // record, with Fields describing its columns
}

// FieldSel is (composite).field.
type FieldSel struct {
	Arg   Expr
	Index int
	Name  string
	T     *types.T
}

// Subscript is arr[i][j] or a slice arr[l:u].
type Subscript struct {
	Arg   Expr
	Lower []Expr // nil entries for open bounds; for plain subscripts the index
	Upper []Expr
	Slice bool
	T     *types.T
}

// SubqueryKind says what a subquery gives.
type SubqueryKind uint8

const (
	// SubScalar gives the single column of its at most one row (21000 otherwise).
	SubScalar SubqueryKind = iota
	// SubExists gives whether there is a row.
	SubExists
	// SubAny and SubAll compare Test (over the TestCols columns) with each row.
	SubAny
	SubAll
	// SubArray collects the single column.
	SubArray
	// SubRow gives the first row as a record.
	SubRow
)

// Subquery runs a plan. Plan is a plan.Node (this package stands below it).
type Subquery struct {
	Kind SubqueryKind
	Plan any
	T    *types.T
	// Arg holds the left side of IN/ANY/ALL: one expression per compared column.
	Args []Expr
	// Test compares: it refers to Args through the ColIDs ArgCols and to the
	// subquery's row through its own output columns. For IN and = ANY, Eqs has
	// the equality function of each column, so that the executor may hash.
	ArgCols []Col
	Test    Expr
	Eqs     []*FuncDef
	// RowCols are the plan's output columns as Test names them. Where Eqs is set
	// Test is not needed.
	RowCols []ColID
	// Outer lists the outer columns the plan reads; empty: uncorrelated, run once.
	Outer []Col
}

// AggCall is an aggregate call in a plan.Aggregate or a window function call in
// a plan.Window; never evaluated as an Expr.
type AggCall struct {
	Def      *AggDef
	Args     []Expr
	Distinct bool
	OrderBy  []SortKey
	Filter   Expr
	// Direct holds the direct arguments of an ordered-set aggregate.
	Direct []Expr
	T      *types.T
}

// SortKey is one key of an ordering.
type SortKey struct {
	Expr       Expr
	Desc       bool
	NullsFirst bool
	// Compare is the order of the type; nil: types.Compare.
	Compare *FuncDef
}

// AggDef is one overload of an aggregate or pure window function.
type AggDef struct {
	OID      types.OID
	Name     string
	Schema   string
	Args     []*types.T
	Variadic bool
	Ret      *types.T
	// Kind is n normal, o ordered-set, w window function proper.
	Kind byte
	// Hypothetical: of an ordered-set aggregate, that each direct argument is
	// compared with the key at its place, and so has its type.
	Hypothetical bool
	// New makes the state of one group. The call gives resolved types.
	New func(call *AggCall) (Agg, error)
	// Window evaluates window functions proper (Kind w): row_number, rank, lag…
	Window WindowFunc
}

// Agg is the running state of one aggregate in one group.
type Agg interface {
	// Add takes one row's arguments. They may be kept: datums are immutable.
	Add(ctx *Ctx, args []types.Datum) error
	// Result may be called several times (windows), between calls of Add.
	Result(ctx *Ctx) (types.Datum, error)
	// Bytes is about the memory held, for the statement's budget.
	Bytes() int
}

// NumberAgg is an Agg of one numeric argument that takes it as an integer too.
type NumberAgg interface {
	Agg
	// AddNumber is Add of n · 10^-scale.
	AddNumber(n types.Int128, scale int)
}

// SizedAgg is an ordered-set Agg that need not keep its rows where it knows how
// many there are: Begin, before the first Add, says how many will not be NULL, and
// the direct arguments.
type SizedAgg interface {
	Agg
	Begin(rows int64, direct []types.Datum)
}

// AggRemover is an Agg that can take rows back (moving window frames).
type AggRemover interface {
	Agg
	Remove(ctx *Ctx, args []types.Datum) error
}

// WindowFunc computes a window function proper for one partition.
type WindowFunc interface {
	// Eval gives the value at row of the partition.
	Eval(ctx *Ctx, p Partition, row int) (types.Datum, error)
}

// Partition is what a window function sees of its partition.
type Partition interface {
	Len() int
	// Arg is argument i at a row.
	Arg(row, i int) types.Datum
	// Peers is the range [start, end) of rows equal to row in the ordering.
	Peers(row int) (start, end int)
	// Group numbers the groups of peers from 0.
	Group(row int) int
	// Frame is the range [start, end) of the frame of row, exclusions not applied.
	// REQUIRES, here and below: row is the one being computed.
	Frame(row int) (start, end int)
	// InFrame tells whether row r is in the frame of row, exclusions applied.
	InFrame(row, r int) bool
}
