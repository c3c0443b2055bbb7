package bind

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/parse"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// funcArgs are the arguments of the SQL function whose body is being bound: $n
// and parameter names mean them.
type funcArgs struct {
	name  string
	names []string
	args  []expr.Expr
}

func (f *funcArgs) named(name string) expr.Expr {
	if f == nil {
		return nil
	}
	for i, n := range f.names {
		if n == name && n != "" {
			return f.args[i]
		}
	}
	return nil
}

func (f *funcArgs) numbered(n int) expr.Expr {
	if n < 1 || n > len(f.args) {
		return nil
	}
	return f.args[n-1]
}

// userCall expands a call of the user's SQL function, or says that no such
// function exists.
func (s *scope) userCall(e *ast.FuncCall, args []expr.Expr, at []ast.At) expr.Expr {
	b := s.b
	f, args := b.chooseUser(e, args)
	if f == nil {
		b.fail(e.At, pgerr.Newf(pgerr.UndefinedFunction, "function %s(%s) does not exist", joinParts(e.Name), namedText(e, args)).
			WithHint("No function matches the given name and argument types. You might need to add explicit type casts."))
	}
	if f.Kind == 'p' {
		b.fail(e.At, pgerr.Newf(pgerr.WrongObjectType, "%s(%s) is a procedure", f.Name, namedText(e, args)).
			WithHint("To call a procedure, use CALL."))
	}
	if f.RetSet {
		if s.q == nil || s.clause != inSelect {
			b.failf(e.At, pgerr.FeatureNotSupported, "%s", s.clause.badSet())
		}
		b.fail(e.At, pgerr.NotSupported("a set-returning SQL function in the select list"))
	}
	n := b.functionBody(f, args, e.At)
	cols := n.Columns()
	t := f.Ret
	if t.Is(types.Void) {
		return &expr.Subquery{Kind: expr.SubScalar, Plan: b.project(n, []expr.Expr{&expr.Const{T: types.Void, Mod: -1}}), T: types.Void, Outer: plan.OuterCols(n)}
	}
	if x := simpleBody(n); x != nil && (!f.Strict || allStrictInputs(x)) && singleUse(args, x) {
		return b.coerce(x, t, -1, assignment, e.At)
	}
	first := b.firstRow(n)
	var result expr.Expr
	if t.Underlying().IsComposite() && (len(cols) != 1 || !cols[0].T.Underlying().IsComposite()) {
		result = &expr.Subquery{Kind: expr.SubRow, Plan: first, T: t, Outer: plan.OuterCols(n)}
	} else {
		first = b.outputsAs(first, []*types.T{t}, []int32{-1}, e.At)
		result = &expr.Subquery{Kind: expr.SubScalar, Plan: first, T: t, Outer: plan.OuterCols(first)}
	}
	if f.Strict {
		result = nullOfNulls(args, result)
	}
	return result
}

// nullOfNulls is the result of a strict function: NULL where an argument is.
func nullOfNulls(args []expr.Expr, result expr.Expr) expr.Expr {
	if len(args) == 0 {
		return result
	}
	var given []expr.Expr
	for _, a := range args {
		given = append(given, &expr.NullTest{Arg: a, Not: true})
	}
	cond := given[0]
	if len(given) > 1 {
		cond = &expr.And{Args: given}
	}
	return &expr.Case{Whens: []expr.When{{Cond: cond, Then: result}}, T: result.Type()}
}

// firstRow keeps one row: a function that returns no set gives its first.
func (b *binder) firstRow(n plan.Node) plan.Node {
	l := &plan.Limit{In: n, Count: &expr.Const{Value: types.MakeInt(1), T: types.Int8, Mod: -1}}
	l.Cols = n.Columns()
	return l
}

// simpleBody is the expression of a body SELECT expr.
func simpleBody(n plan.Node) expr.Expr {
	p, ok := n.(*plan.Project)
	if !ok || len(p.Out) != 1 {
		return nil
	}
	if v, ok := p.In.(*plan.Values); ok && len(v.Rows) == 1 && len(v.Cols) == 0 {
		return p.Out[0]
	}
	return nil
}

// singleUse tells that putting the arguments in place computes nothing volatile
// or costly twice.
func singleUse(args []expr.Expr, body expr.Expr) bool {
	for _, a := range args {
		switch a.(type) {
		case *expr.Const, *expr.Col, *expr.Param:
			continue
		}
		uses := 0
		expr.Walk(body, func(x expr.Expr) bool {
			if x == a {
				uses++
			}
			return true
		})
		if expr.Volatility(a) == 'v' && uses != 1 {
			return false
		}
	}
	return true
}

// allStrictInputs: a strict function may be put in place only where NULL in gives
// NULL out anyway.
func allStrictInputs(x expr.Expr) bool {
	ok := true
	expr.Walk(x, func(e expr.Expr) bool {
		switch e := e.(type) {
		case *expr.Func:
			ok = ok && e.Def.Strict
		case *expr.Const, *expr.Col, *expr.Param, *expr.Cast:
		default:
			ok = false
		}
		return ok
	})
	return ok
}

// chooseUser picks the function that fits the arguments best: exact types first,
// then what implicit casts reach; defaults fill what is missing.
func (b *binder) chooseUser(e *ast.FuncCall, args []expr.Expr) (*catalog.Function, []expr.Expr) {
	var best *catalog.Function
	var bestArgs []expr.Expr
	bestScore := -1
	for _, f := range b.userFunctions(e.Name) {
		given, score := b.fit(f, e, args)
		if given != nil && score > bestScore {
			best, bestArgs, bestScore = f, given, score
		}
	}
	if best == nil {
		return nil, args
	}
	return best, bestArgs
}

func inputParams(f *catalog.Function) (names []string, ts []*types.T) {
	for i, t := range f.ArgTypes {
		mode := byte('i')
		if i < len(f.ArgModes) {
			mode = f.ArgModes[i]
		}
		if mode == 'o' || mode == 't' {
			continue
		}
		name := ""
		if i < len(f.ArgNames) {
			name = f.ArgNames[i]
		}
		names, ts = append(names, name), append(ts, t)
	}
	return names, ts
}

// fit gives the complete argument list for f, nil where it cannot be called so.
func (b *binder) fit(f *catalog.Function, e *ast.FuncCall, args []expr.Expr) ([]expr.Expr, int) {
	names, ts := inputParams(f)
	if len(args) > len(ts) || len(args) < len(ts)-len(f.Defaults) {
		return nil, 0
	}
	out := make([]expr.Expr, len(ts))
	score := 0
	for i, a := range args {
		k := i
		if i < len(e.Args) {
			if n, ok := e.Args[i].(*ast.NamedArg); ok {
				if k = indexOf(names, n.Name); k < 0 || out[k] != nil {
					return nil, 0
				}
			}
		}
		switch {
		case a.Type().Is(ts[k]):
			score += 2
		case isUnknown(a), a.Type().Is(types.Dyn):
			score++
		case !b.canCoerce(a.Type(), ts[k], implicit):
			return nil, 0
		}
		out[k] = b.coerce(a, ts[k], -1, implicit, e.At)
	}
	for i := range out {
		if out[i] != nil {
			continue
		}
		d := i - (len(ts) - len(f.Defaults))
		if d < 0 {
			return nil, 0
		}
		out[i] = b.stored(f.Defaults[d], ts[i], &scope{b: b, clause: inDefault})
	}
	return out, score
}

// functionBody binds the last query of an SQL function's body.
func (b *binder) functionBody(f *catalog.Function, args []expr.Expr, pos ast.At) plan.Node {
	if !strings.EqualFold(f.Language, "sql") {
		b.fail(pos, pgerr.NotSupported("a function in language "+f.Language))
	}
	for _, oid := range b.expanding {
		if oid == f.OID {
			b.fail(pos, pgerr.NotSupported("a recursive SQL function"))
		}
	}
	b.expand(f.OID, pos)
	if b.res != nil {
		b.res.Functions = append(b.res.Functions, f.OID)
	}
	b.need(&acl.Need{Function: f, Privs: acl.Execute})
	defer b.inFunction(f)()
	savedSQL := b.sql
	b.sql = ""
	stmts, err := parse.Statements(f.Body)
	b.must(pos, err)
	if len(stmts) != 1 {
		b.fail(pos, pgerr.NotSupported("an SQL function of several statements in a query"))
	}
	body := stmts[0].Node
	q, ok := body.(*ast.Select)
	if r, isReturn := body.(*ast.Return); isReturn {
		q, ok = &ast.Select{At: r.At, Body: &ast.SelectClause{At: r.At, Targets: []*ast.Target{{At: r.At, Expr: r.Expr}}}}, true
	}
	if !ok {
		b.fail(pos, pgerr.NotSupported("an SQL function that modifies data in a query"))
	}
	names, _ := inputParams(f)
	n := b.query(q, &scope{b: b, fn: &funcArgs{name: f.Name, names: names, args: args}}, queryOptions{}).node
	refit(n)
	b.sql = savedSQL
	b.expanding = b.expanding[:len(b.expanding)-1]
	b.checkResult(f, n.Columns(), pos)
	return n
}

// checkResult refuses a body whose columns are not what the function returns.
func (b *binder) checkResult(f *catalog.Function, cols []plan.Col, pos ast.At) {
	t := f.Ret
	if t.Underlying().IsComposite() || t.Kind == types.KindRecord || t.Is(types.Void) {
		return
	}
	bad := pgerr.Newf(pgerr.InvalidFunctionDefinition, "return type mismatch in function declared to return %s", types.FormatType(t, -1))
	if len(cols) != 1 {
		b.fail(pos, bad.WithDetail("Final statement must return exactly one column."))
	}
	if from := cols[0].T; !t.IsPolymorphic() && !from.Is(types.Unknown) && !b.canCoerce(from, t, assignment) {
		b.fail(pos, bad.WithDetailf("Actual return type is %s.", types.FormatType(from, -1)))
	}
}

// setFunctionBody expands an SQL function in FROM to its query; nil for all
// other functions.
func (b *binder) setFunctionBody(ref *ast.FunctionRef, s *scope) (plan.Node, *rel) {
	if len(ref.Functions) != 1 || ref.Ordinality {
		return nil, nil
	}
	e, ok := ref.Functions[0].Call.(*ast.FuncCall)
	if !ok || isBuiltinName(e) {
		return nil, nil
	}
	fs := &scope{b: b, parent: s.parent, ctes: s.ctes, rels: s.rels, fn: s.fn, clause: inFunction, lateral: true}
	args, _ := fs.callArgs(e)
	f, args := b.chooseUser(e, args)
	if f == nil || f.Kind == 'p' {
		return nil, nil
	}
	n := b.functionBody(f, args, e.At)
	if !f.RetSet {
		n = b.firstRow(n)
	}
	fields := resultFields(f)
	cols := n.Columns()
	if len(fields) == 0 && len(ref.Columns) > 0 {
		fields = b.columnDefs(ref.Columns)
		b.checkWidth(f, len(cols), len(fields), e.At)
	}
	if len(fields) > 0 && len(fields) == len(cols) {
		ts, mods := make([]*types.T, len(fields)), make([]int32, len(fields))
		for i, fld := range fields {
			ts[i], mods[i] = fld.Type, fld.Mod
		}
		n = b.outputsAs(n, ts, mods, e.At)
	}
	name := e.Name.Name
	if ref.Alias != nil {
		name = ref.Alias.Name
	}
	r := b.relOf(n, name)
	for i := range r.cols {
		if i < len(fields) && fields[i].Name != "" {
			r.cols[i].name = fields[i].Name
		} else if len(r.cols) == 1 {
			r.cols[i].name = name
		}
	}
	for i, d := range ref.Columns {
		if i < len(r.cols) {
			r.cols[i].name = d.Name
		}
	}
	r.scalar = len(r.cols) == 1
	b.renameColumns(r, ref.Alias, name)
	return n, r
}

// checkWidth refuses a body whose columns are not as many as the query defines.
func (b *binder) checkWidth(f *catalog.Function, have, want int, pos ast.At) {
	detail := "Final statement returns too few columns."
	switch {
	case have == want:
		return
	case have > want:
		detail = "Final statement returns too many columns."
	}
	b.fail(pos, pgerr.Newf(pgerr.InvalidFunctionDefinition, "return type mismatch in function declared to return %s", types.FormatType(f.Ret, -1)).WithDetail(detail))
}

// resultFields are the columns of a function's result: OUT and TABLE parameters,
// or those of its composite type.
func resultFields(f *catalog.Function) []types.Field {
	var out []types.Field
	for i, t := range f.ArgTypes {
		if i < len(f.ArgModes) && (f.ArgModes[i] == 'o' || f.ArgModes[i] == 't' || f.ArgModes[i] == 'b') {
			name := ""
			if i < len(f.ArgNames) {
				name = f.ArgNames[i]
			}
			out = append(out, types.Field{Name: name, Type: t, Mod: -1})
		}
	}
	if len(out) > 0 {
		return out
	}
	if t := f.Ret.Underlying(); t.IsComposite() {
		return t.Fields
	}
	return []types.Field{{Type: f.Ret, Mod: -1}}
}

func isBuiltinName(e *ast.FuncCall) bool {
	if e.Name.Schema != "" && e.Name.Schema != "pg_catalog" {
		return false
	}
	n := e.Name.Name
	return len(builtin.Functions("", n)) > 0 || len(builtin.SetReturning("", n)) > 0 || len(builtin.Aggregates("", n)) > 0
}
