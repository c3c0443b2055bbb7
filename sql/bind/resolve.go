package bind

import (
	"sync"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// match is the overload that an operator or call resolves to, with the types its
// arguments are coerced to.
type match struct {
	def  *expr.FuncDef
	args []*types.T
	ret  *types.T
}

// operatorKey identifies a resolution; those of built-in types are remembered.
type operatorKey struct {
	name        string
	left, right types.OID
}

// resolved holds operatorKey → match. Built-in operators never change and types
// of the catalog are not entered, so entries are never stale and their number is
// bounded by the built-in operators and types in use.
var resolved sync.Map

func resolveBinary(name string, l, r *types.T) (match, error) {
	key := operatorKey{name, l.OID, r.OID}
	cacheable := isBuiltinType(l) && isBuiltinType(r)
	if cacheable {
		if m, ok := resolved.Load(key); ok {
			return m.(match), nil
		}
	}
	op, err := builtin.ResolveOperator(name, l, r)
	if err != nil {
		return match{}, err
	}
	la, ra, ret, err := builtin.SettleOperator(op, l, r)
	if err != nil {
		return match{}, err
	}
	m := match{def: op.Fn, args: []*types.T{la, ra}, ret: ret}
	if cacheable {
		resolved.Store(key, m)
	}
	return m, nil
}

func isBuiltinType(t *types.T) bool {
	return t.OID < catalog.FirstUserOID && !t.IsComposite() || t.Is(types.Dyn)
}

func resolveUnary(name string, x *types.T) (match, error) {
	op, err := builtin.ResolveOperator(name, nil, x)
	if err != nil {
		return match{}, err
	}
	_, a, ret, err := builtin.SettleOperator(op, nil, x)
	if err != nil {
		return match{}, err
	}
	return match{def: op.Fn, args: []*types.T{a}, ret: ret}, nil
}

// finishCall coerces the arguments of a resolved call, collects those of a
// variadic parameter into an array and adds defaults.
func (b *binder) finishCall(m builtin.Match, args []expr.Expr, at []ast.At, pos ast.At) []expr.Expr {
	out := make([]expr.Expr, 0, len(args))
	place := func(i int) ast.At {
		if i < len(at) {
			return at[i]
		}
		return pos
	}
	for i, a := range args {
		out = append(out, b.coerce(a, m.ArgTypes[i], -1, implicit, place(i)))
	}
	if m.Collect >= 0 {
		elems := out[m.Collect:]
		t := b.arrayOf(m.ArgTypes[m.Collect], pos)
		out = append(out[:m.Collect:m.Collect], &expr.ArrayCtor{Elems: elems, T: t})
	}
	return append(out, defaultArgs(m, len(out))...)
}

// defaultArgs are constants for the trailing parameters that a call left out.
func defaultArgs(m builtin.Match, given int) []expr.Expr {
	var params []*types.T
	switch {
	case m.Func != nil:
		params = m.Func.Args
	case m.SRF != nil:
		params = m.SRF.Args
	}
	var out []expr.Expr
	for i, d := range m.Defaults {
		if given+i < len(params) {
			out = append(out, &expr.Const{Value: d, T: params[given+i], Mod: -1})
		}
	}
	return out
}
