package builtin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// OpDef is one operator. Left is nil for a prefix operator.
type OpDef struct {
	OID         types.OID
	Name        string
	Left, Right *types.T
	Fn          *expr.FuncDef
	// Commutator and Negator are operator names, "" for none.
	Commutator, Negator string
	// Hash and Merge tell an equality that a hash or merge join may use.
	Hash, Merge bool
}

// SRF is a set-returning function.
type SRF struct {
	OID      types.OID
	Name     string
	Schema   string
	Args     []*types.T
	Variadic bool
	Ret      *types.T
	Strict   bool
	// Volatility is i, s or v.
	Volatility byte
	// Columns are the result columns of a function with OUT parameters; nil: one
	// column of type Ret (or, for type record, those of a definition list).
	Columns  []types.Field
	Names    []string
	Defaults []types.Datum
	// Open starts a call. ret is the resolved result type; columns the columns
	// asked for by a column definition list, else nil.
	Open func(ctx *expr.Ctx, args []types.Datum, call SRFTypes) (Rows, error)
}

// SRFTypes are the resolved types of a call.
type SRFTypes struct {
	Args []*types.T
	Ret  *types.T
	// Columns of a column definition list; nil for none.
	Columns []types.Field
}

// Rows gives the rows of one call. The row is valid until the next Next.
type Rows interface {
	Next(ctx *expr.Ctx) (row []types.Datum, ok bool, err error)
}

// EvalFunc computes one row of a scalar function.
type EvalFunc = func(ctx *expr.Ctx, args []types.Datum) (types.Datum, error)

// TypedFunc is an EvalFunc that sees the call, for its types.
type TypedFunc = func(ctx *expr.Ctx, args []types.Datum, f *expr.Func) (types.Datum, error)

// The registry. Filled by init and by Register… calls at start, before any
// session runs; read-only afterwards.
var (
	functions  = map[string][]*expr.FuncDef{}
	operators  = map[string][]*OpDef{}
	aggregates = map[string][]*expr.AggDef{}
	setFuncs   = map[string][]*SRF{}
	byOID      = map[types.OID]any{}
)

// Functions lists the scalar overloads of a name. schema "" means any of the
// search path (built-in functions are all pg_catalog's).
func Functions(schema, name string) []*expr.FuncDef {
	if schema != "" && schema != "pg_catalog" {
		return nil
	}
	return functions[name]
}

// Operators lists the operators of a name.
func Operators(name string) []*OpDef { return operators[name] }

// Aggregates lists the aggregates and window functions of a name.
func Aggregates(schema, name string) []*expr.AggDef {
	if schema != "" && schema != "pg_catalog" {
		return nil
	}
	return aggregates[name]
}

// SetReturning lists the set-returning functions of a name.
func SetReturning(schema, name string) []*SRF {
	if schema != "" && schema != "pg_catalog" {
		return nil
	}
	return setFuncs[name]
}

// ByOID finds a *expr.FuncDef, *expr.AggDef, *SRF or *OpDef.
func ByOID(oid types.OID) (any, bool) {
	v, ok := byOID[oid]
	return v, ok
}

// All calls f with every registered function, aggregate and set-returning
// function, in no order.
func All(f func(def any)) {
	for _, l := range functions {
		for _, d := range l {
			f(d)
		}
	}
	for _, l := range aggregates {
		for _, d := range l {
			f(d)
		}
	}
	for _, l := range setFuncs {
		for _, d := range l {
			f(d)
		}
	}
}

// AllOperators calls f with every operator.
func AllOperators(f func(*OpDef)) {
	for _, l := range operators {
		for _, o := range l {
			f(o)
		}
	}
}

// Register adds a scalar function. At start only.
func Register(d *expr.FuncDef) {
	if d.Schema == "" {
		d.Schema = "pg_catalog"
	}
	for _, o := range functions[d.Name] {
		if sameList(o.Args, d.Args) {
			panic(fmt.Sprintf("builtin: function %s registered twice", Signature(d.Name, d.Args)))
		}
	}
	functions[d.Name] = append(functions[d.Name], d)
	if d.OID != 0 {
		byOID[d.OID] = d
	}
}

// RegisterAgg adds an aggregate or window function. At start only.
func RegisterAgg(d *expr.AggDef) {
	if d.Schema == "" {
		d.Schema = "pg_catalog"
	}
	if d.Kind == 0 {
		d.Kind = 'n'
	}
	aggregates[d.Name] = append(aggregates[d.Name], d)
	if d.OID != 0 {
		byOID[d.OID] = d
	}
}

// RegisterSRF adds a set-returning function. At start only.
func RegisterSRF(d *SRF) {
	if d.Schema == "" {
		d.Schema = "pg_catalog"
	}
	setFuncs[d.Name] = append(setFuncs[d.Name], d)
	if d.OID != 0 {
		byOID[d.OID] = d
	}
}

// define makes a definition out of the facts for name(args); no facts: panic.
func define(name, args string) *expr.FuncDef {
	list := typeList(args)
	p, ok := procFor(name, list)
	if !ok {
		panic("builtin: no facts for function " + Signature(name, list))
	}
	return defineFact(p)
}

func defineFact(p procFact) *expr.FuncDef {
	return &expr.FuncDef{OID: p.oid, Name: p.name, Args: p.args, Variadic: p.variadic, Ret: p.ret,
		Strict: p.strict, Volatility: p.vol, Names: p.names}
}

// fn registers a function of PostgreSQL by name and comma-separated argument
// typnames.
func fn(name, args string, eval EvalFunc) *expr.FuncDef {
	d := define(name, args)
	d.Eval = eval
	Register(d)
	return d
}

// fnTyped is fn for functions that look at their types.
func fnTyped(name, args string, eval TypedFunc) *expr.FuncDef {
	d := define(name, args)
	d.TypedEval = eval
	Register(d)
	return d
}

// op registers an operator of PostgreSQL and the function behind it. left is ""
// for a prefix operator.
func op(name, left, right string, eval EvalFunc) *OpDef {
	return registerOp(name, left, right, func(d *expr.FuncDef) { d.Eval = eval })
}

// opTyped is op for operators that look at their types.
func opTyped(name, left, right string, eval TypedFunc) *OpDef {
	return registerOp(name, left, right, func(d *expr.FuncDef) { d.TypedEval = eval })
}

func registerOp(name, left, right string, set func(*expr.FuncDef)) *OpDef {
	l, r := mustType(left), mustType(right)
	f, ok := opFor(name, l, r)
	if !ok {
		panic(fmt.Sprintf("builtin: no facts for operator %s %s %s", left, name, right))
	}
	d, ok := byOID[f.fnOID].(*expr.FuncDef)
	if !ok {
		d = &expr.FuncDef{OID: f.fnOID, Name: f.fn, Ret: f.result, Strict: true, Volatility: 'i'}
		if l != nil {
			d.Args = append(d.Args, l)
		}
		d.Args = append(d.Args, r)
		if p, ok := procFor(f.fn, d.Args); ok {
			d.Strict, d.Volatility = p.strict, p.vol
		}
		set(d)
		Register(d)
	}
	return RegisterOp(&OpDef{OID: f.oid, Name: name, Left: l, Right: r, Fn: d, Commutator: f.commutator,
		Negator: f.negator, Hash: f.hash, Merge: f.merge})
}

// RegisterOp adds an operator. At start only.
func RegisterOp(o *OpDef) *OpDef {
	operators[o.Name] = append(operators[o.Name], o)
	byOID[o.OID] = o
	return o
}

// agg registers an aggregate of PostgreSQL by its facts.
func agg(name, args string, create func(call *expr.AggCall) (expr.Agg, error)) *expr.AggDef {
	list := typeList(args)
	p, ok := procFor(name, list)
	if !ok {
		panic("builtin: no facts for aggregate " + Signature(name, list))
	}
	d := &expr.AggDef{OID: p.oid, Name: name, Args: p.args, Variadic: p.variadic, Ret: p.ret, Kind: 'n', New: create}
	RegisterAgg(d)
	return d
}

// srf registers a set-returning function of PostgreSQL by its facts.
func srf(name, args string, open func(ctx *expr.Ctx, args []types.Datum, call SRFTypes) (Rows, error)) *SRF {
	list := typeList(args)
	p, ok := procFor(name, list)
	if !ok || !p.set {
		panic("builtin: no facts for set-returning function " + Signature(name, list))
	}
	d := &SRF{OID: p.oid, Name: name, Args: p.args, Variadic: p.variadic, Ret: p.ret, Strict: p.strict,
		Volatility: p.vol, Columns: p.columns, Names: p.names, Open: open}
	RegisterSRF(d)
	return d
}

// withDefaults sets the values of the last arguments where they are left out.
func withDefaults(d *expr.FuncDef, vals ...types.Datum) { d.Defaults = vals }

// Fn registers a function of PostgreSQL for a package outside: see fn. Such a
// package knows more (the catalog): its definition replaces one made here.
func Fn(name, args string, eval EvalFunc) {
	d := define(name, args)
	d.Eval = eval
	functions[name] = slices.DeleteFunc(functions[name], func(o *expr.FuncDef) bool { return sameList(o.Args, d.Args) })
	Register(d)
}

// Set registers a set-returning function of PostgreSQL for a package outside.
func Set(name, args string, open func(ctx *expr.Ctx, args []types.Datum, call SRFTypes) (Rows, error)) {
	srf(name, args, open)
}

// Overloads lists the argument typnames, comma-separated, that PostgreSQL has
// the function for.
func Overloads(name string) []string {
	var out []string
	for _, p := range procFacts[name] {
		words := make([]string, len(p.args))
		for i, t := range p.args {
			words[i] = t.Name
		}
		out = append(out, strings.Join(words, ","))
	}
	return out
}
