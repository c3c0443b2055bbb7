package ast

// CreateFunction is CREATE FUNCTION and CREATE PROCEDURE.
type CreateFunction struct {
	At
	Name         ObjectName
	OrReplace    bool
	Procedure    bool
	Params       []*FunctionParam
	Returns      *TypeName        // nil: none written
	ReturnsTable []*FunctionParam // RETURNS TABLE (…), mode ParamTable
	Language     string           // empty: not written
	Window       bool
	Volatility   Volatility
	NullInput    NullInput
	Security     FunctionSecurity
	Leakproof    bool
	NotLeakproof bool
	Parallel     string // PARALLEL word
	Cost         string // a number
	Rows         string // a number
	Support      *ObjectName
	Transform    []*TypeName
	Config       []*SetVariable // SET name = value
	Body         []string       // AS 'definition' [, 'symbol']
	ReturnExpr   Expr           // RETURN expression
	AtomicBody   []Statement    // BEGIN ATOMIC … END
	Atomic       bool           // BEGIN ATOMIC was written
}

// ParamMode is the mode of a function parameter.
type ParamMode uint8

// The parameter modes.
const (
	ParamDefault ParamMode = iota // as IN
	ParamIn
	ParamOut
	ParamInOut
	ParamVariadic
	ParamTable // a column of RETURNS TABLE
)

// FunctionParam is one parameter.
type FunctionParam struct {
	At
	Mode    ParamMode
	Name    string // may be empty
	Type    *TypeName
	Default Expr
}

// Volatility of a function.
type Volatility uint8

// The volatilities.
const (
	VolatilityDefault Volatility = iota
	Immutable
	Stable
	Volatile
)

// NullInput says what a function does with null arguments.
type NullInput uint8

// The behaviours on null input.
const (
	NullInputDefault NullInput = iota
	CalledOnNullInput
	ReturnsNullOnNullInput // also spelled STRICT
)

// FunctionSecurity is SECURITY INVOKER or DEFINER.
type FunctionSecurity uint8

// The security modes.
const (
	SecurityDefault FunctionSecurity = iota
	SecurityInvoker
	SecurityDefiner
)

// FunctionSignature names a function and, unless NoArgs, its argument types.
type FunctionSignature struct {
	At
	Name   ObjectName
	NoArgs bool // no parentheses were written
	Star   bool // aggregate (*)
	Params []*FunctionParam
}

// AlterFunction is ALTER FUNCTION | PROCEDURE | ROUTINE with attribute actions;
// only the attribute fields of Actions are set.
type AlterFunction struct {
	At
	Kind     ObjectKind
	Function *FunctionSignature
	Actions  *CreateFunction
	Reset    []string // RESET name; "all" for RESET ALL
}

// Call is CALL procedure(args).
type Call struct {
	At
	Call *FuncCall
}

// Return is RETURN expr, in a BEGIN ATOMIC body.
type Return struct {
	At
	Expr Expr
}

func (*CreateFunction) statement() {}
func (*AlterFunction) statement()  {}
func (*Call) statement()           {}
func (*Return) statement()         {}
