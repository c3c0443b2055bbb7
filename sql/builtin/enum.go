package builtin

import (
	"slices"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// registerEnums registers the functions that list an enum's labels; the argument
// matters for its type, and as a bound where it is not NULL.
func registerEnums() {
	labels := func(t *types.T) []string { return t.Underlying().Labels }
	fnTyped("enum_first", "anyenum", func(_ *expr.Ctx, _ []types.Datum, f *expr.Func) (types.Datum, error) {
		if l := labels(f.Args[0].Type()); len(l) > 0 {
			return types.MakeStr(l[0]), nil
		}
		return types.Null, nil
	})
	fnTyped("enum_last", "anyenum", func(_ *expr.Ctx, _ []types.Datum, f *expr.Func) (types.Datum, error) {
		if l := labels(f.Args[0].Type()); len(l) > 0 {
			return types.MakeStr(l[len(l)-1]), nil
		}
		return types.Null, nil
	})
	within := func(_ *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		t := f.Args[0].Type()
		l := labels(t)
		lo, hi := 0, len(l)
		if len(a) == 2 && !a[0].IsNull() {
			lo = slices.Index(l, a[0].Str())
		}
		if len(a) == 2 && !a[1].IsNull() {
			hi = slices.Index(l, a[1].Str()) + 1
		}
		var out []types.Datum
		for i := max(lo, 0); i < hi; i++ {
			out = append(out, types.MakeStr(l[i]))
		}
		return types.MakeArray(types.NewArray(t, out)), nil
	}
	fnTyped("enum_range", "anyenum", within)
	fnTyped("enum_range", "anyenum,anyenum", within)
}

// registerPatternOps registers the bytewise comparisons of the …_pattern_ops
// classes: under C.UTF-8 they are the ordinary ones.
func registerPatternOps() {
	for name, plain := range map[string]string{"~<~": "<", "~<=~": "<=", "~>~": ">", "~>=~": ">="} {
		holds := comparisons[plain]
		for _, t := range []*types.T{types.Text, types.Bpchar} {
			op(name, t.Name, t.Name, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
				return types.MakeBool(holds(types.Compare(t, a[0], a[1]))), nil
			})
		}
	}
	for name, plain := range map[string]string{"*=": "=", "*<>": "<>", "*<": "<", "*<=": "<=", "*>": ">", "*>=": ">="} {
		holds := comparisons[plain]
		opTyped(name, "record", "record", func(_ *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
			return types.MakeBool(holds(types.Compare(f.Args[0].Type(), a[0], a[1]))), nil
		})
	}
}

// registerToReg registers to_regclass and its kin: NULL where regclass's input
// would fail.
func registerToReg() {
	for _, t := range []*types.T{types.Regclass, types.Regtype, types.Regproc, types.Regprocedure, types.Regoper,
		types.Regoperator, types.Regnamespace, types.Regrole, types.Regcollation} {
		name := "to_" + t.Name
		if len(functions[name]) > 0 {
			continue
		}
		fn(name, "text", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
			d, err := types.Parse(t, -1, a[0].Str(), ctx.IO())
			if err != nil {
				return types.Null, nil
			}
			return d, nil
		})
	}
}
