package bind

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// functionRef binds a function in FROM, ROWS FROM (…) and WITH ORDINALITY.
// Functions see the items to their left without the word LATERAL.
func (b *binder) functionRef(ref *ast.FunctionRef, s *scope) (plan.Node, *rel) {
	if n, r := b.setFunctionBody(ref, s); n != nil {
		return n, r
	}
	if several := unnestEach(ref); several != nil {
		ref = several
	}
	n := &plan.FuncScan{Ordinality: ref.Ordinality}
	fs := &scope{b: b, parent: s.parent, ctes: s.ctes, rels: s.rels, fn: s.fn, clause: inFunction, lateral: true}
	for _, f := range ref.Functions {
		defs := f.Columns
		if len(ref.Functions) == 1 && len(defs) == 0 {
			defs = ref.Columns
		}
		call, fields := b.functionInFrom(f, fs, defs)
		n.Calls = append(n.Calls, call)
		for _, fld := range fields {
			n.Cols = append(n.Cols, plan.Col{ID: b.newCol(), Name: fld.Name, T: fld.Type, Mod: fld.Mod})
		}
	}
	name := "rows_from"
	if len(n.Calls) == 1 {
		name = n.Calls[0].Name
	}
	// A function with one column of a base type names its column after the alias.
	if len(n.Calls) == 1 && len(n.Cols) == 1 && ref.Alias != nil && !n.Calls[0].T.IsComposite() && len(ref.Columns) == 0 && n.Cols[0].Name == n.Calls[0].Name {
		n.Cols[0].Name = ref.Alias.Name
	}
	scalar := len(n.Calls) == 1 && len(n.Cols) == 1 && !ref.Ordinality
	if ref.Ordinality {
		n.Cols = append(n.Cols, plan.Col{ID: b.newCol(), Name: "ordinality", T: types.Int8, Mod: -1})
	}
	n.Alias = name
	if ref.Alias != nil {
		n.Alias = ref.Alias.Name
	}
	r := b.relOf(n, n.Alias)
	r.scalar = scalar
	b.renameColumns(r, ref.Alias, n.Alias)
	return n, r
}

// functionInFrom resolves one function and its output columns.
func (b *binder) functionInFrom(f *ast.TableFunction, fs *scope, defs []*ast.ColumnDef) (plan.SRFCall, []types.Field) {
	e, isCall := f.Call.(*ast.FuncCall)
	if !isCall {
		x := b.known(fs.expr(f.Call), start(f.Call))
		return b.scalarInFrom(x, columnName(f.Call), defs, start(f.Call))
	}
	system := systemFunction(e.Name)
	if !system || len(builtin.SetReturning("", e.Name.Name)) == 0 {
		x := b.known(fs.expr(e), e.At)
		return b.scalarInFrom(x, e.Name.Name, defs, e.At)
	}
	b.plainOnly(e)
	args, at := fs.callArgs(e)
	// unnest(a, b, …) is ROWS FROM (unnest(a), unnest(b), …): one call here, with
	// one column for each array.
	call, fields := b.srf(e, args, at)
	if len(defs) > 0 {
		b.mayDefine(call, fields, defs[0].At)
		fields = b.columnDefs(defs)
		call.Cols, call.T = len(fields), recordOf(fields)
	} else if call.T.Is(types.RecordT) && len(call.T.Fields) == 0 && len(fields) == 1 {
		b.failf(e.At, pgerr.SyntaxError, "a column definition list is required for functions returning \"record\"")
	} else if call.T.IsComposite() && len(call.T.Fields) > 0 && len(fields) == 1 {
		fields = call.T.Fields
		call.Cols = len(fields)
	}
	return *call, fields
}

// mayDefine refuses a column definition list for what says its columns itself.
func (b *binder) mayDefine(call *plan.SRFCall, fields []types.Field, pos ast.At) {
	switch t := call.T.Underlying(); {
	case len(fields) > 1:
		b.failf(pos, pgerr.SyntaxError, "a column definition list is redundant for a function with OUT parameters")
	case t.Typtype == 'c':
		b.failf(pos, pgerr.SyntaxError, "a column definition list is redundant for a function returning a named composite type")
	case !t.Is(types.RecordT):
		b.failf(pos, pgerr.SyntaxError, "a column definition list is only allowed for functions returning \"record\"")
	}
}

func (b *binder) columnDefs(defs []*ast.ColumnDef) []types.Field {
	var out []types.Field
	for _, d := range defs {
		t, mod := b.typeName(d.Type)
		out = append(out, types.Field{Name: d.Name, Type: t, Mod: mod})
	}
	return out
}

// scalarInFrom is a plain function in FROM: one row, with one column or those of
// its composite result.
func (b *binder) scalarInFrom(x expr.Expr, name string, defs []*ast.ColumnDef, pos ast.At) (plan.SRFCall, []types.Field) {
	t := x.Type()
	call := plan.SRFCall{Scalar: x, Name: name, T: t, Cols: 1}
	switch {
	case len(defs) > 0 && t.Underlying().IsComposite():
		fields := b.columnDefs(defs)
		call.Cols, call.T = len(fields), recordOf(fields)
		return call, fields
	case len(defs) > 0:
		b.failf(pos, pgerr.SyntaxError, "a column definition list is only allowed for functions returning \"record\"")
	case t.Underlying().IsComposite() && len(t.Underlying().Fields) > 0:
		fields := t.Underlying().Fields
		call.Cols = len(fields)
		return call, fields
	case t.Is(types.RecordT):
		b.failf(pos, pgerr.SyntaxError, "a column definition list is required for functions returning \"record\"")
	}
	return call, []types.Field{{Name: name, Type: t, Mod: modOf(x)}}
}

// unnestEach turns unnest(a, b, …) into ROWS FROM (unnest(a), unnest(b), …), as
// the manual defines it; nil for anything else.
func unnestEach(ref *ast.FunctionRef) *ast.FunctionRef {
	if len(ref.Functions) != 1 {
		return nil
	}
	c, ok := ref.Functions[0].Call.(*ast.FuncCall)
	if !ok || c.Name.Name != "unnest" || len(c.Args) < 2 {
		return nil
	}
	out := *ref
	out.RowsFrom, out.Functions = true, nil
	for _, a := range c.Args {
		one := *c
		one.Args = []ast.Expr{a}
		out.Functions = append(out.Functions, &ast.TableFunction{At: ref.Functions[0].At, Call: &one})
	}
	return &out
}
