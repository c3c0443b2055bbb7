package bind

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// The contexts of a coercion (PostgreSQL's CoercionContext).
const (
	implicit   = types.CastImplicit
	assignment = types.CastAssignment
	explicit   = types.CastExplicit
)

func (b *binder) canCoerce(from, to *types.T, how types.CastContext) bool {
	return builtin.CanCoerce(from, to, how)
}

// coerce gives x the type t and typmod mod (-1: none asked). Untyped literals are
// read as t, untyped parameters become of type t. A cast that the context does
// not allow is 42846.
func (b *binder) coerce(x expr.Expr, t *types.T, mod int32, how types.CastContext, pos ast.At) expr.Expr {
	from := x.Type()
	if t.IsPolymorphic() || t.Is(types.Any) {
		return b.known(x, pos)
	}
	if t.Typtype == 'd' && !from.Is(t) {
		base := b.coerce(x, t.Base, domainMod(t), how, pos)
		return b.domainChecked(base, t, pos)
	}
	if from.Is(t) && (!t.Is(types.RecordT) || len(t.Fields) == 0) {
		if mod < 0 || mod == modOf(x) {
			return x
		}
		return &expr.Cast{Arg: x, T: t, Mod: mod, Explicit: how == explicit}
	}
	if from.Is(types.Unknown) {
		switch u := x.(type) {
		case *expr.Const:
			return b.typedLiteral(u, t, mod, how == explicit, pos)
		case *expr.Param:
			return b.typedParam(u, t, mod, how, pos)
		}
		return &expr.Cast{Arg: x, T: t, Mod: mod, Explicit: how == explicit}
	}
	if row, ok := x.(*expr.RowCtor); ok && t.IsComposite() && len(t.Fields) > 0 {
		return b.rowAs(row, t, how, pos)
	}
	if !b.canCoerce(from, t, how) {
		b.failf(pos, pgerr.CannotCoerce, "cannot cast type %s to %s", types.FormatType(from, -1), types.FormatType(t, -1))
	}
	if from.Typtype == 'd' && from.Underlying().Is(t) && mod < 0 {
		return &expr.Cast{Arg: x, T: t, Mod: -1}
	}
	return &expr.Cast{Arg: x, T: t, Mod: mod, Explicit: how == explicit}
}

func domainMod(t *types.T) int32 {
	if t.BaseMod == 0 {
		return -1
	}
	return t.BaseMod
}

// typedParam fixes the type of a parameter at its first use that asks for one.
func (b *binder) typedParam(p *expr.Param, t *types.T, mod int32, how types.CastContext, pos ast.At) expr.Expr {
	if t.Is(types.Dyn) || t.Is(types.Unknown) {
		t = types.Text
	}
	have := b.params[p.Index-1]
	switch {
	case have == nil || have.Is(types.Unknown):
		b.params[p.Index-1] = t
	case !have.Is(t):
		at := pos
		if p.Index <= len(b.paramPos) && b.paramPos[p.Index-1] >= 0 {
			at = b.paramPos[p.Index-1]
		}
		b.fail(at, pgerr.Newf(pgerr.AmbiguousParameter, "inconsistent types deduced for parameter $%d", p.Index).
			WithDetailf("%s versus %s", types.FormatType(have, -1), types.FormatType(t, -1)))
	}
	x := &expr.Param{Index: p.Index, T: t}
	if mod < 0 {
		return x
	}
	return &expr.Cast{Arg: x, T: t, Mod: mod, Explicit: how == explicit}
}

// rowAs coerces ROW(…) to a composite type field by field.
func (b *binder) rowAs(row *expr.RowCtor, t *types.T, how types.CastContext, pos ast.At) expr.Expr {
	fields := t.Underlying().Fields
	if len(fields) != len(row.Fields) {
		e := pgerr.Newf(pgerr.CannotCoerce, "cannot cast type %s to %s", types.FormatType(row.T, -1), types.FormatType(t, -1))
		if len(row.Fields) > len(fields) {
			b.fail(pos, e.WithDetail("Input has too many columns."))
		}
		b.fail(pos, e.WithDetail("Input has too few columns."))
	}
	out := make([]expr.Expr, len(fields))
	for i, f := range fields {
		if !b.canCoerce(row.Fields[i].Type(), f.Type, how) {
			b.fail(pos, pgerr.Newf(pgerr.CannotCoerce, "cannot cast type %s to %s", types.FormatType(row.T, -1), types.FormatType(t, -1)).
				WithDetailf("Cannot cast type %s to %s in column %d.", types.FormatType(row.Fields[i].Type(), -1), types.FormatType(f.Type, -1), i+1))
		}
		out[i] = b.coerce(row.Fields[i], f.Type, f.Mod, how, pos)
	}
	return &expr.RowCtor{Fields: out, T: t}
}

// domainChecked wraps a value of a domain's base type into the checks of the
// domain: a call whose further arguments are the check conditions over it.
func (b *binder) domainChecked(x expr.Expr, t *types.T, pos ast.At) expr.Expr {
	d, err := b.cat.TypeByOID(t.OID)
	b.must(pos, err)
	if d == nil || len(d.Checks) == 0 && !d.NotNull {
		return &expr.Cast{Arg: x, T: t, Mod: -1}
	}
	args := []expr.Expr{x}
	for _, c := range d.Checks {
		s := &scope{b: b, clause: inCheck, value: x}
		args = append(args, b.stored(c.Expr, types.Bool, s))
	}
	def := &expr.FuncDef{Name: t.Name, Args: append([]*types.T{t.Base}, boolTypes(len(d.Checks))...), Ret: t, Volatility: 's',
		Eval: domainEval(d)}
	return &expr.Func{Def: def, Args: args, T: t}
}

func boolTypes(n int) []*types.T {
	out := make([]*types.T, n)
	for i := range out {
		out[i] = types.Bool
	}
	return out
}

// domainEval passes its first argument if the conditions that follow hold.
func domainEval(d *catalog.TypeDesc) func(*expr.Ctx, []types.Datum) (types.Datum, error) {
	return func(_ *expr.Ctx, args []types.Datum) (types.Datum, error) {
		name := types.FormatType(d.T, -1)
		if d.NotNull && args[0].IsNull() {
			return types.Null, pgerr.Newf(pgerr.NotNullViolation, "domain %s does not allow null values", name).WithDataType(d.T.Name)
		}
		for i, c := range d.Checks {
			if r := args[i+1]; !r.IsNull() && !r.Bool() {
				return types.Null, pgerr.Newf(pgerr.CheckViolation, "value for domain %s violates check constraint %q", name, c.Name).
					WithDataType(d.T.Name).WithConstraint(c.Name)
			}
		}
		return args[0], nil
	}
}

// commonType is the type that a construct gives its inputs, and their typmod
// where all agree on it. Errors stand at the first input that does not fit.
func (b *binder) commonType(construct string, es []expr.Expr, at []ast.At) (*types.T, int32) {
	ts := argTypes(es)
	t, err := builtin.CommonType(construct, ts)
	if err != nil {
		for i := range ts {
			if _, e := builtin.CommonType(construct, ts[:i+1]); e != nil {
				b.must(at[i], e)
			}
		}
		b.must(at[0], err)
	}
	mod := modOf(es[0])
	for _, e := range es {
		if !e.Type().Is(t) || modOf(e) != mod {
			return t, -1
		}
	}
	return t, mod
}

// commonTypeOrNil is commonType that gives nil where there is none.
func (b *binder) commonTypeOrNil(es []expr.Expr) *types.T {
	t, err := builtin.CommonType("IN", argTypes(es))
	if err != nil {
		return nil
	}
	return t
}

// assign coerces a value to a column, or says in PostgreSQL's words that the
// types do not fit.
func (b *binder) assign(x expr.Expr, column string, t *types.T, mod int32, pos ast.At) expr.Expr {
	from := x.Type()
	ok := from.Is(types.Unknown) || b.canCoerce(from, t, assignment)
	if row, isRow := x.(*expr.RowCtor); isRow && t.Underlying().IsComposite() && len(t.Underlying().Fields) > 0 {
		ok = ok && len(row.Fields) == len(t.Underlying().Fields)
	}
	if !ok {
		b.fail(pos, pgerr.Newf(pgerr.DatatypeMismatch, "column %q is of type %s but expression is of type %s",
			column, types.FormatType(t, -1), types.FormatType(from, -1)).WithHint("You will need to rewrite or cast the expression."))
	}
	return b.coerce(x, t, mod, assignment, pos)
}
