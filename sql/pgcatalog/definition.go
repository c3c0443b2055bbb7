package pgcatalog

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

func registerDefinitions() {
	every("format_type", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		if a[0].IsNull() {
			return types.Null, nil
		}
		mod := int32(-1)
		if !a[1].IsNull() {
			mod = int32(a[1].Int())
		}
		return types.MakeStr(formatType(ctx, types.OID(a[0].Int()), mod)), nil
	})
	every("pg_get_expr", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		if a[0].IsNull() {
			return types.Null, nil
		}
		return types.MakeStr(exprText(ctx, a[0].Str(), len(a) > 2 && a[2].Bool())), nil
	})
	builtin.Fn("pg_get_constraintdef", "oid", textFunc(func(cat catalog.Reader, ctx *expr.Ctx, oid types.OID) (string, error) {
		return getConstraintDef(cat, ctx, oid, false)
	}))
	builtin.Fn("pg_get_constraintdef", "oid,bool", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return textFunc(func(cat catalog.Reader, ctx *expr.Ctx, oid types.OID) (string, error) {
			return getConstraintDef(cat, ctx, oid, a[1].Bool())
		})(ctx, a)
	})
	every("pg_get_viewdef", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		cat := reader(ctx)
		if cat == nil {
			return types.Null, nil
		}
		d := a[0]
		if d.Kind() != types.KindInt {
			var err error
			if d, err = types.Parse(types.Regclass, -1, d.Str(), ctx.IO()); err != nil {
				return types.Null, err
			}
		}
		t, err := cat.TableByOID(types.OID(d.Int()))
		if err != nil || t == nil || t.ViewSQL == "" {
			return types.Null, err
		}
		// A wrap column, which is a number, asks for pretty printing too.
		pretty := len(a) > 1 && (a[1].Kind() == types.KindInt || a[1].Bool())
		return types.MakeStr(queryText(ctx, t.ViewSQL, pretty) + ";"), nil
	})
	builtin.Fn("pg_get_indexdef", "oid", getIndexDef)
	builtin.Fn("pg_get_indexdef", "oid,int4,bool", getIndexDef)
	every("pg_get_userbyid", textFunc(func(cat catalog.Reader, _ *expr.Ctx, oid types.OID) (string, error) {
		return roleName(cat, oid), nil
	}))
	every("pg_get_function_arguments", argumentFunc(functionArguments))
	every("pg_get_function_identity_arguments", argumentFunc(identityArguments))
	every("pg_get_function_result", textFunc(functionResult))
	every("pg_get_functiondef", textFunc(functionDef))
	every("pg_get_serial_sequence", serialSequence)
	none := func(*expr.Ctx, []types.Datum) (types.Datum, error) { return types.Null, nil }
	for _, name := range []string{"pg_get_triggerdef", "pg_get_ruledef", "pg_get_partkeydef", "pg_get_partition_constraintdef",
		"pg_get_statisticsobjdef", "pg_get_statisticsobjdef_columns", "pg_get_function_sqlbody", "pg_get_function_arg_default",
		"pg_get_replica_identity_index"} {
		every(name, none)
	}
}

// formatType is format_type for any type of the catalog.
func formatType(ctx *expr.Ctx, oid types.OID, mod int32) string {
	if oid == 0 {
		return "-"
	}
	if t, ok := types.ByOID(oid); ok {
		return types.FormatType(t, mod)
	}
	cat := reader(ctx)
	if cat == nil {
		return "???"
	}
	if d, err := cat.TypeByOID(oid); err == nil && d != nil {
		name, suffix := d.T.Name, ""
		if d.T.IsArray() {
			name, suffix = d.T.Elem.Name, "[]"
		}
		if inPath(cat, ctx, d.Schema) {
			return quoteIdent(name) + suffix
		}
		return quoteIdent(cat.SchemaByOID(d.Schema).Name) + "." + quoteIdent(name) + suffix
	}
	if all, err := cat.Tables(); err == nil {
		for _, t := range all {
			if t.RowType == oid {
				return visibleName(cat, ctx.Session.SearchPath(), t)
			}
		}
	}
	return "???"
}

func getConstraintDef(cat catalog.Reader, ctx *expr.Ctx, oid types.OID, pretty bool) (string, error) {
	all, err := cat.Tables()
	if err != nil {
		return "", err
	}
	for _, t := range all {
		cs, err := constraintsOf(cat, t)
		if err != nil {
			return "", err
		}
		for _, c := range cs {
			if c.oid == oid {
				return constraintDef(cat, ctx, c, pretty), nil
			}
		}
	}
	ds, err := cat.Types()
	if err != nil {
		return "", err
	}
	for _, d := range ds {
		for i := range d.Checks {
			if d.Checks[i].OID == oid {
				return constraintDef(cat, ctx, constraint{kind: 'c', check: &d.Checks[i], domain: d}, pretty), nil
			}
		}
	}
	return "", nil
}

func getIndexDef(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	cat := reader(ctx)
	if cat == nil {
		return types.Null, nil
	}
	t, ix, err := cat.IndexByOID(types.OID(a[0].Int()))
	if err != nil || ix == nil {
		return types.Null, err
	}
	if len(a) == 1 || a[1].Int() == 0 {
		return types.MakeStr(indexDef(ctx, cat, t, ix, len(a) > 2 && a[2].Bool())), nil
	}
	n := int(a[1].Int())
	switch {
	case n < 0 || n > len(ix.Keys)+len(ix.Include):
		return types.MakeStr(""), nil
	case n > len(ix.Keys):
		return types.MakeStr(columnList(t, ix.Include[n-len(ix.Keys)-1:n-len(ix.Keys)])), nil
	}
	return types.MakeStr(indexKeyDef(ctx, t, ix, n-1, false, a[2].Bool())), nil
}

// argumentFunc is textFunc where no arguments are the empty text.
func argumentFunc(f func(cat catalog.Reader, ctx *expr.Ctx, oid types.OID) (string, error)) builtin.EvalFunc {
	return func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		oid := types.OID(a[0].Int())
		if _, ok := procByOID(ctx, oid); !ok {
			return types.Null, nil
		}
		s, err := f(reader(ctx), ctx, oid)
		return types.MakeStr(s), err
	}
}

// procByOID finds a function of either kind.
func procByOID(ctx *expr.Ctx, oid types.OID) (proc, bool) {
	for _, p := range loadProcs() {
		if p.oid == oid {
			return p, true
		}
	}
	f, err := userFunction(ctx, oid)
	if err != nil || f == nil {
		return proc{}, false
	}
	return userProc(f), true
}

func functionArguments(_ catalog.Reader, ctx *expr.Ctx, oid types.OID) (string, error) {
	return argumentList(ctx, oid, true)
}

func identityArguments(_ catalog.Reader, ctx *expr.Ctx, oid types.OID) (string, error) {
	return argumentList(ctx, oid, false)
}

func argumentList(ctx *expr.Ctx, oid types.OID, withDefaults bool) (string, error) {
	p, ok := procByOID(ctx, oid)
	if !ok {
		return "", nil
	}
	var out []string
	for i, t := range p.args {
		word := formatType(ctx, t.OID, -1)
		if i < len(p.names) && p.names[i] != "" {
			word = quoteIdent(p.names[i]) + " " + word
		}
		if p.variadic && i == len(p.args)-1 {
			word = "VARIADIC " + word
		}
		if k := i - (len(p.args) - len(p.defaultTexts)); withDefaults && k >= 0 && k < len(p.defaultTexts) {
			word += " DEFAULT " + exprText(ctx, p.defaultTexts[k], true)
		}
		out = append(out, word)
	}
	for _, c := range p.columns {
		out = append(out, "OUT "+quoteIdent(c.Name)+" "+formatType(ctx, c.Type.OID, -1))
	}
	return strings.Join(out, ", "), nil
}

func functionResult(_ catalog.Reader, ctx *expr.Ctx, oid types.OID) (string, error) {
	p, ok := procByOID(ctx, oid)
	if !ok {
		return "", nil
	}
	word := formatType(ctx, p.ret.OID, -1)
	if p.set {
		word = "SETOF " + word
	}
	return word, nil
}

func functionDef(cat catalog.Reader, ctx *expr.Ctx, oid types.OID) (string, error) {
	f, err := userFunction(ctx, oid)
	if err != nil || f == nil {
		return "", err
	}
	args, _ := functionArguments(cat, ctx, oid)
	ret, _ := functionResult(cat, ctx, oid)
	text := "CREATE OR REPLACE FUNCTION " + quoteIdent(cat.SchemaByOID(f.Schema).Name) + "." + quoteIdent(f.Name) +
		"(" + args + ")\n RETURNS " + ret + "\n LANGUAGE " + f.Language + "\n"
	var marks []string
	switch f.Volatility {
	case 'i':
		marks = append(marks, "IMMUTABLE")
	case 's':
		marks = append(marks, "STABLE")
	}
	if f.Strict {
		marks = append(marks, "STRICT")
	}
	if len(marks) > 0 {
		text += " " + strings.Join(marks, " ") + "\n"
	}
	return text + "AS $function$" + f.Body + "$function$\n", nil
}

// serialSequence is pg_get_serial_sequence(table, column).
func serialSequence(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	cat := reader(ctx)
	if cat == nil {
		return types.Null, nil
	}
	d, err := types.Parse(types.Regclass, -1, a[0].Str(), ctx.IO())
	if err != nil {
		return types.Null, err
	}
	t, err := cat.TableByOID(types.OID(d.Int()))
	if err != nil || t == nil {
		return types.Null, err
	}
	c := t.Column(a[1].Str())
	if c == nil {
		return types.Null, errNoColumn(a[1].Str(), t.Name)
	}
	if c.OwnedSeq == 0 {
		return types.Null, nil
	}
	s, err := cat.TableByOID(c.OwnedSeq)
	if err != nil || s == nil {
		return types.Null, err
	}
	return types.MakeStr(visibleName(cat, nil, s)), nil
}
