package expr

import (
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// Lookup gives the value of a column; ok is false where the row does not have
// it, and the value then comes from Ctx.Outer.
type Lookup func(id ColID) (d types.Datum, ok bool)

// EvalOne computes e for one row, node by node: the reference that the batch
// forms are tested against. lookup may be nil where e reads no columns of a row.
func EvalOne(ctx *Ctx, e Expr, lookup Lookup) (types.Datum, error) {
	switch e := e.(type) {
	case *Const:
		return e.Value, nil
	case *Col:
		return evalCol(ctx, e, lookup)
	case *Param:
		if e.Index < 1 || e.Index > len(ctx.Params) {
			return types.Null, pgerr.Newf(pgerr.UndefinedParameter, "there is no parameter $%d", e.Index)
		}
		return ctx.Params[e.Index-1], nil
	case *Func:
		return evalFunc(ctx, e, lookup)
	case *And:
		return evalChain(ctx, e.Args, false, lookup)
	case *Or:
		return evalChain(ctx, e.Args, true, lookup)
	case *Not:
		d, err := EvalOne(ctx, e.Arg, lookup)
		if err != nil || d.IsNull() {
			return d, err
		}
		return types.MakeBool(!d.Bool()), nil
	case *NullTest:
		d, err := EvalOne(ctx, e.Arg, lookup)
		return types.MakeBool(nullTest(d, e.Not)), err
	case *BoolTest:
		d, err := EvalOne(ctx, e.Arg, lookup)
		return types.MakeBool(boolTest(d, e.Want) != e.Not), err
	case *Distinct:
		return evalDistinct(ctx, e, lookup)
	case *Cast:
		d, err := EvalOne(ctx, e.Arg, lookup)
		if err != nil {
			return types.Null, err
		}
		return evalCast(ctx, e, d)
	}
	return evalRare(ctx, e, lookup)
}

func evalRare(ctx *Ctx, e Expr, lookup Lookup) (types.Datum, error) {
	switch e := e.(type) {
	case *Case:
		return evalCase(ctx, e, lookup)
	case *Coalesce:
		for _, a := range e.Args {
			if d, err := EvalOne(ctx, a, lookup); err != nil || !d.IsNull() {
				return d, err
			}
		}
		return types.Null, nil
	case *MinMax:
		return evalMinMax(ctx, e, lookup)
	case *AnyAll:
		return evalAnyAll(ctx, e, lookup)
	case *InList:
		return evalInList(ctx, e, lookup)
	case *ArrayCtor:
		return evalArrayCtor(ctx, e, lookup)
	case *RowCtor:
		vals, err := evalArgs(ctx, e.Fields, lookup)
		r := &types.Record{Fields: vals, Types: make([]*types.T, len(e.Fields))}
		for i, f := range e.Fields {
			r.Types[i] = f.Type()
		}
		return types.MakeRecord(r), err
	case *FieldSel:
		d, err := EvalOne(ctx, e.Arg, lookup)
		if err != nil || d.IsNull() {
			return types.Null, err
		}
		r := d.Record()
		if e.Index >= len(r.Fields) {
			return types.Null, nil
		}
		return r.Fields[e.Index], nil
	case *Subscript:
		return evalSubscript(ctx, e, lookup)
	case *Subquery:
		return evalSubquery(ctx, e, lookup)
	}
	return types.Null, pgerr.Newf(pgerr.InternalError, "expression %s cannot be evaluated here", Format(e))
}

func evalCol(ctx *Ctx, e *Col, lookup Lookup) (types.Datum, error) {
	if lookup != nil {
		if d, ok := lookup(e.ID); ok {
			return d, nil
		}
	}
	if d, ok := ctx.Outer[e.ID]; ok {
		return d, nil
	}
	return types.Null, pgerr.Newf(pgerr.InternalError, "column %s (%d) is not in reach", e.Name, e.ID)
}

func evalArgs(ctx *Ctx, args []Expr, lookup Lookup) ([]types.Datum, error) {
	out := make([]types.Datum, len(args))
	for i, a := range args {
		d, err := EvalOne(ctx, a, lookup)
		if err != nil {
			return nil, err
		}
		out[i] = d
	}
	return out, nil
}

func evalFunc(ctx *Ctx, e *Func, lookup Lookup) (types.Datum, error) {
	var room [4]types.Datum
	args := room[:0]
	for _, a := range e.Args {
		d, err := EvalOne(ctx, a, lookup)
		if err != nil {
			return types.Null, err
		}
		args = append(args, d)
	}
	return CallFunc(ctx, e, args)
}

// CallFunc applies the function of e to argument values: strictness, then the
// form of evaluation that the definition has.
func CallFunc(ctx *Ctx, e *Func, args []types.Datum) (types.Datum, error) {
	if e.Def.Strict {
		for _, d := range args {
			if d.IsNull() {
				return types.Null, nil
			}
		}
	}
	if err := charge(ctx, args); err != nil {
		return types.Null, err
	}
	if e.Def.TypedEval != nil {
		return e.Def.TypedEval(ctx, args, e)
	}
	if e.Def.Eval == nil {
		return types.Null, pgerr.NotSupported("function " + e.Def.Name + " in this place")
	}
	return e.Def.Eval(ctx, args)
}

// charge counts a call: what a function does once over its arguments is a step,
// and one more for every 64 bytes or elements of them. What it does over and over
// it counts itself.
func charge(ctx *Ctx, args []types.Datum) error {
	n := 1
	for i := range args {
		n += args[i].Weight() / 64
	}
	return ctx.Budget.Step(n)
}

// callEq calls a two-argument boolean function.
func callEq(ctx *Ctx, def *FuncDef, a, b types.Datum, ta, tb *types.T) (types.Datum, error) {
	if def.Strict && (a.IsNull() || b.IsNull()) {
		return types.Null, nil
	}
	args := [2]types.Datum{a, b}
	if def.TypedEval != nil {
		f := &Func{Def: def, T: types.Bool, Args: []Expr{&Const{T: ta, Mod: -1}, &Const{T: tb, Mod: -1}}}
		return def.TypedEval(ctx, args[:], f)
	}
	return def.Eval(ctx, args[:])
}

// evalChain is AND (stop = false) or OR (stop = true).
func evalChain(ctx *Ctx, args []Expr, stop bool, lookup Lookup) (types.Datum, error) {
	out := types.MakeBool(!stop)
	for _, a := range args {
		d, err := EvalOne(ctx, a, lookup)
		switch {
		case err != nil:
			return types.Null, err
		case d.IsNull():
			out = types.Null
		case d.Bool() == stop:
			return d, nil
		}
	}
	return out, nil
}

func nullTest(d types.Datum, not bool) bool {
	if d.Kind() != types.KindRecord {
		return d.IsNull() != not
	}
	for _, f := range d.Record().Fields {
		if f.IsNull() == not {
			return false
		}
	}
	return true
}

func boolTest(d types.Datum, want byte) bool {
	switch want {
	case 't':
		return !d.IsNull() && d.Bool()
	case 'f':
		return !d.IsNull() && !d.Bool()
	}
	return d.IsNull()
}

func evalDistinct(ctx *Ctx, e *Distinct, lookup Lookup) (types.Datum, error) {
	args, err := evalArgs(ctx, e.Eq.Args, lookup)
	if err != nil {
		return types.Null, err
	}
	distinct := args[0].IsNull() != args[1].IsNull()
	if !args[0].IsNull() && !args[1].IsNull() {
		d, err := CallFunc(ctx, e.Eq, args)
		if err != nil {
			return types.Null, err
		}
		distinct = d.IsNull() || !d.Bool()
	}
	return types.MakeBool(distinct != e.Not), nil
}

// evalCast converts one value; a failing dyn names its field.
func evalCast(ctx *Ctx, e *Cast, d types.Datum) (types.Datum, error) {
	if d.IsNull() {
		return d, nil
	}
	if err := ctx.Budget.Step(1 + d.Weight()/64); err != nil {
		return types.Null, err
	}
	from := e.Arg.Type()
	out, err := types.CastTo(d, from, e.T, e.Mod, e.Explicit, ctx.IO())
	if err != nil && from.OID == types.Dyn.OID {
		if c, ok := e.Arg.(*Col); ok {
			if pe := pgerr.From(err); pe.Detail == "" {
				return types.Null, pe.WithDetailf("Field \"%s\" holds that text.", c.Name)
			}
		}
	}
	return out, err
}

func evalCase(ctx *Ctx, e *Case, lookup Lookup) (types.Datum, error) {
	for _, w := range e.Whens {
		d, err := EvalOne(ctx, w.Cond, lookup)
		if err != nil {
			return types.Null, err
		}
		if !d.IsNull() && d.Bool() {
			return EvalOne(ctx, w.Then, lookup)
		}
	}
	if e.Else == nil {
		return types.Null, nil
	}
	return EvalOne(ctx, e.Else, lookup)
}

func evalMinMax(ctx *Ctx, e *MinMax, lookup Lookup) (types.Datum, error) {
	best := types.Null
	for _, a := range e.Args {
		d, err := EvalOne(ctx, a, lookup)
		if err != nil {
			return types.Null, err
		}
		if d.IsNull() {
			continue
		}
		if c := 0; !best.IsNull() {
			if c = types.Compare(e.T, d, best); c == 0 || c > 0 != e.Greatest {
				continue
			}
		}
		best = d
	}
	return best, nil
}

func evalAnyAll(ctx *Ctx, e *AnyAll, lookup Lookup) (types.Datum, error) {
	arg, err := EvalOne(ctx, e.Arg, lookup)
	if err != nil {
		return types.Null, err
	}
	arr, err := EvalOne(ctx, e.Array, lookup)
	if err != nil || arr.IsNull() {
		return types.Null, err
	}
	a := arr.Array()
	elem := e.Array.Type().Elem
	if elem == nil {
		elem = a.Elem
	}
	out := types.MakeBool(e.All)
	for _, v := range a.Elems {
		d, err := callEq(ctx, e.Op, arg, v, e.Arg.Type(), elem)
		switch {
		case err != nil:
			return types.Null, err
		case d.IsNull():
			out = types.Null
		case d.Bool() != e.All:
			return d, nil
		}
	}
	return out, nil
}

func evalInList(ctx *Ctx, e *InList, lookup Lookup) (types.Datum, error) {
	arg, err := EvalOne(ctx, e.Arg, lookup)
	if err != nil {
		return types.Null, err
	}
	out := types.MakeBool(e.Not)
	for _, x := range e.List {
		v, err := EvalOne(ctx, x, lookup)
		if err != nil {
			return types.Null, err
		}
		d, err := callEq(ctx, e.Eq, arg, v, e.Arg.Type(), x.Type())
		switch {
		case err != nil:
			return types.Null, err
		case d.IsNull():
			out = types.Null
		case d.Bool():
			return types.MakeBool(!e.Not), nil
		}
	}
	return out, nil
}

func evalArrayCtor(ctx *Ctx, e *ArrayCtor, lookup Lookup) (types.Datum, error) {
	elems, err := evalArgs(ctx, e.Elems, lookup)
	if err != nil {
		return types.Null, err
	}
	nested := len(e.Elems) > 0 && e.Elems[0].Type().IsArray()
	if !nested {
		return types.MakeArray(types.NewArray(e.T.Elem, elems)), nil
	}
	out := &types.Array{Elem: e.T.Elem}
	var inner []int32
	for i, d := range elems {
		var dims []int32
		if !d.IsNull() {
			dims = d.Array().Dims
			out.Elems = append(out.Elems, d.Array().Elems...)
		}
		if i == 0 {
			inner = dims
		} else if !equalDims(inner, dims) {
			return types.Null, pgerr.New(pgerr.ArraySubscriptError, "multidimensional arrays must have array expressions with matching dimensions")
		}
	}
	if len(inner) == 0 {
		return types.MakeArray(out), nil
	}
	out.Dims = append([]int32{int32(len(elems))}, inner...)
	out.Lower = make([]int32, len(out.Dims))
	for i := range out.Lower {
		out.Lower[i] = 1
	}
	return types.MakeArray(out), nil
}

func equalDims(a, b []int32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
