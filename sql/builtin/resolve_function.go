package builtin

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// Match is the overload a call resolves to: one of Func, Agg and SRF.
type Match struct {
	Func *expr.FuncDef
	Agg  *expr.AggDef
	SRF  *SRF
	// ArgTypes has the type each argument is to be coerced to, one for each
	// argument given, polymorphic types resolved. Arguments behind those of the
	// definition belong to its variadic one (Collect).
	ArgTypes []*types.T
	Ret      *types.T
	// Collect is the index of the first argument to be collected into the array
	// of the variadic parameter; -1 for none. "any" variadics are not collected.
	Collect int
	// Defaults are the values of the trailing arguments left out.
	Defaults []types.Datum
}

// dynChoices are the types a hash field is tried as, in order.
var dynChoices = []*types.T{types.Unknown, types.Text, types.Numeric, types.Float8, types.Timestamptz, types.IntervalT, types.Bool, types.JSONB}

// ResolveFunction chooses among functions, aggregates and set-returning
// functions of a name for argument types (manual section 10.3). schema is "" for
// an unqualified name; variadic tells that the last argument was written
// VARIADIC. Errors: 42883, 42725.
func ResolveFunction(schema, name string, args []*types.T, variadic bool) (Match, error) {
	given := args
	for _, t := range args {
		if t.Is(types.Dyn) {
			return resolveDyn(schema, name, args, variadic)
		}
	}
	cands := candidatesFor(schema, name, len(args), variadic)
	c, n := choose(preferPlain(cands, given), given, false)
	if n != 1 {
		return Match{}, functionError(name, args, n)
	}
	return match(c, given)
}

// resolveDyn tries the calls that the types a field may take allow. Sums and
// averages of fields are numeric.
func resolveDyn(schema, name string, args []*types.T, variadic bool) (Match, error) {
	choices := dynChoices
	if len(Aggregates(schema, name)) > 0 {
		choices = []*types.T{types.Text, types.Numeric, types.Float8, types.Timestamptz, types.Bool}
	}
	for _, choice := range choices {
		given := make([]*types.T, len(args))
		for i, t := range args {
			given[i] = t
			if t.Is(types.Dyn) {
				given[i] = choice
			}
		}
		cands := candidatesFor(schema, name, len(args), variadic)
		if c, n := choose(preferPlain(cands, given), given, false); n == 1 {
			return match(c, given)
		}
	}
	return Match{}, functionError(name, args, 0)
}

func functionError(name string, args []*types.T, n int) error {
	if n == 0 {
		return pgerr.Newf(pgerr.UndefinedFunction, "function %s does not exist", Signature(name, args)).
			WithHint("No function matches the given name and argument types. You might need to add explicit type casts.")
	}
	return pgerr.Newf(pgerr.AmbiguousFunction, "function %s is not unique", Signature(name, args)).
		WithHint("Could not choose a best candidate function. You might need to add explicit type casts.")
}

// preferPlain drops a spread variadic candidate where a plain one takes the same
// arguments.
func preferPlain(cands []candidate, given []*types.T) []candidate {
	plain := cands[:0:0]
	for _, c := range cands {
		if !c.spread && c.defaulted == 0 {
			plain = append(plain, c)
		}
	}
	if len(viable(plain, given)) > 0 {
		return plain
	}
	return cands
}

// candidatesFor lists the overloads that can take n arguments.
func candidatesFor(schema, name string, n int, variadic bool) []candidate {
	var out []candidate
	add := func(def any, args []*types.T, isVariadic bool, defaults int) {
		if isVariadic && !variadic {
			if c, ok := spread(def, args, n); ok {
				out = append(out, c)
			}
			return
		}
		if variadic && !isVariadic {
			return
		}
		if missing := len(args) - n; missing >= 0 && missing <= defaults {
			out = append(out, candidate{def: def, args: args[:n], defaulted: missing})
		}
	}
	for _, d := range Functions(schema, name) {
		add(d, d.Args, d.Variadic, len(d.Defaults))
	}
	for _, d := range Aggregates(schema, name) {
		add(d, d.Args, d.Variadic, 0)
	}
	for _, d := range SetReturning(schema, name) {
		add(d, d.Args, d.Variadic, len(d.Defaults))
	}
	return out
}

// spread repeats the element type of the variadic argument.
func spread(def any, args []*types.T, n int) (candidate, bool) {
	fixed := len(args) - 1
	if n < fixed || n == fixed && !args[fixed].Is(types.Any) {
		return candidate{}, false
	}
	elem := elementOf(args[fixed])
	list := append([]*types.T(nil), args[:fixed]...)
	for len(list) < n {
		list = append(list, elem)
	}
	return candidate{def: def, args: list, spread: true}, true
}

// elementOf is the type of one argument of a variadic parameter.
func elementOf(t *types.T) *types.T {
	switch {
	case t.Is(types.Any):
		return t
	case t.Is(types.Anyarray):
		return types.Anyelement
	case t.Is(types.Anycompatiblearray):
		return types.Anycompatible
	}
	return t.Elem
}

// match settles the types of the chosen candidate.
func match(c candidate, given []*types.T) (Match, error) {
	m := Match{Collect: -1}
	var ret *types.T
	var params []*types.T
	var defaults []types.Datum
	switch d := c.def.(type) {
	case *expr.FuncDef:
		m.Func, ret, params, defaults = d, d.Ret, d.Args, d.Defaults
	case *expr.AggDef:
		m.Agg, ret, params = d, d.Ret, d.Args
	case *SRF:
		m.SRF, ret, params, defaults = d, d.Ret, d.Args, d.Defaults
	}
	m.Defaults = defaults[len(defaults)-c.defaulted:]
	if c.spread && !params[len(params)-1].Is(types.Any) {
		m.Collect = len(params) - 1
	}
	return settle(m, c.args, given, ret)
}

// settle fills ArgTypes and Ret, resolving polymorphic types.
func settle(m Match, params, given []*types.T, ret *types.T) (Match, error) {
	m.ArgTypes = make([]*types.T, len(given))
	poly, err := bindPolymorphic(params, given)
	if err != nil {
		return Match{}, err
	}
	for i, p := range params {
		switch {
		case p.Is(types.Any):
			if m.ArgTypes[i] = given[i]; given[i].Is(types.Unknown) {
				m.ArgTypes[i] = types.Text
			}
		case p.IsPolymorphic():
			m.ArgTypes[i] = poly.resolve(p)
		default:
			m.ArgTypes[i] = p
		}
	}
	if m.Ret = ret; ret.IsPolymorphic() {
		m.Ret = poly.resolve(ret)
	}
	if m.Ret == nil {
		return Match{}, pgerr.New(pgerr.DatatypeMismatch, "could not determine polymorphic type because input has type unknown")
	}
	return m, nil
}

// SettleOperator gives the types an operator's operands are coerced to and its
// result type, polymorphic types resolved.
func SettleOperator(o *OpDef, left, right *types.T) (l, r, ret *types.T, err error) {
	params, given := []*types.T{o.Right}, []*types.T{right}
	if o.Left != nil {
		params, given = []*types.T{o.Left, o.Right}, []*types.T{left, right}
	}
	for i, t := range given {
		if t.Is(types.Dyn) {
			given[i] = types.Unknown
		}
	}
	m, err := settle(Match{}, params, given, o.Fn.Ret)
	if err != nil {
		return nil, nil, nil, err
	}
	if o.Left != nil {
		return m.ArgTypes[0], m.ArgTypes[1], m.Ret, nil
	}
	return nil, m.ArgTypes[0], m.Ret, nil
}
