package bind

import (
	"slices"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// setPart is SET column.field = value or column[i] = value: the column gets its
// old value (or what an earlier clause made of it) with the part replaced.
func (b *binder) setPart(before expr.Expr, ct *ast.ColumnTarget, c *catalog.Column, s *scope, value expr.Expr, at ast.At) expr.Expr {
	if before == nil {
		before = s.expr(&ast.ColumnRef{At: ct.At, Names: []string{s.rels[0].name, c.Name}})
	}
	p := &partTarget{b: b, s: s, column: c.Name, pos: ct.At, value: value, valueAt: at}
	return p.assign(before, ct.Path, c.Type, c.Mod)
}

type partTarget struct {
	b       *binder
	s       *scope
	column  string
	pos     ast.At
	value   expr.Expr
	valueAt ast.At
}

// assign is old, of type t, with the part at path replaced.
func (p *partTarget) assign(old expr.Expr, path []ast.PathStep, t *types.T, mod int32) expr.Expr {
	if len(path) == 0 {
		return p.b.assign(p.value, p.column, t, mod, p.valueAt)
	}
	var out expr.Expr
	if path[0].Subscript == nil {
		out = p.field(old, path, t)
	} else {
		out = p.element(old, path, t)
	}
	if t.Underlying() != t {
		return p.b.coerce(out, t, mod, assignment, p.pos)
	}
	return out
}

func (p *partTarget) field(old expr.Expr, path []ast.PathStep, t *types.T) expr.Expr {
	fields := t.Underlying().Fields
	if !t.Underlying().IsComposite() {
		p.b.failf(p.pos, pgerr.DatatypeMismatch, "cannot assign to field %q of column %q because its type %s is not a composite type",
			path[0].Field, p.column, types.FormatType(t, -1))
	}
	row := &expr.RowCtor{T: t.Underlying()}
	found := false
	for i, f := range fields {
		var x expr.Expr = &expr.FieldSel{Arg: old, Index: i, Name: f.Name, T: f.Type}
		if f.Name == path[0].Field {
			found = true
			x = p.assign(x, path[1:], f.Type, f.Mod)
		}
		row.Fields = append(row.Fields, x)
	}
	if !found {
		p.b.failf(p.pos, pgerr.UndefinedColumn, "cannot assign to field %q of column %q because there is no such column in data type %s",
			path[0].Field, p.column, types.FormatType(t, -1))
	}
	return row
}

func (p *partTarget) element(old expr.Expr, path []ast.PathStep, t *types.T) expr.Expr {
	b, u := p.b, t.Underlying()
	if u.Elem == nil || u.Kind != types.KindArray {
		if u.Is(types.JSONB) {
			b.fail(p.pos, pgerr.NotSupported("assignment to part of a jsonb column"))
		}
		b.failf(p.pos, pgerr.DatatypeMismatch, "cannot subscript type %s because it does not support subscripting", types.FormatType(t, -1))
	}
	var index []expr.Expr
	for len(path) > 0 && path[0].Subscript != nil {
		if path[0].Subscript.Slice {
			b.fail(p.pos, pgerr.NotSupported("assignment to a slice of an array"))
		}
		i := p.s.expr(path[0].Subscript.Index)
		if !b.canCoerce(i.Type(), types.Int4, assignment) {
			b.failf(p.pos, pgerr.DatatypeMismatch, "array subscript must have type integer")
		}
		index = append(index, b.coerce(i, types.Int4, -1, assignment, p.pos))
		path = path[1:]
	}
	elem := p.assign(&expr.Subscript{Arg: old, Lower: index, T: u.Elem}, path, u.Elem, -1)
	def := &expr.FuncDef{Name: "array_set_element", Args: append([]*types.T{u, u.Elem}, slices.Repeat([]*types.T{types.Int4}, len(index))...), Ret: u,
		Volatility: 'i', Eval: func(_ *expr.Ctx, args []types.Datum) (types.Datum, error) {
			return setElement(u.Elem, args[0], args[1], args[2:])
		}}
	return &expr.Func{Def: def, Args: append([]expr.Expr{old, elem}, index...), T: u}
}

// arrayElementsMax bounds an array grown by assignment, as PostgreSQL's MaxArraySize.
const arrayElementsMax = 1 << 27

// setElement is an array with one element replaced. An array of one dimension
// grows to hold the subscript; what lies between is NULL.
func setElement(elem *types.T, old, value types.Datum, subs []types.Datum) (types.Datum, error) {
	index := make([]int64, len(subs))
	for i, s := range subs {
		if s.IsNull() {
			return types.Null, pgerr.New(pgerr.NullValueNotAllowed, "array subscript in assignment must not be null")
		}
		index[i] = s.Int()
	}
	a := &types.Array{Elem: elem}
	if !old.IsNull() {
		was := old.Array()
		a.Dims, a.Lower, a.Elems = slices.Clone(was.Dims), slices.Clone(was.Lower), slices.Clone(was.Elems)
	}
	if len(a.Dims) == 0 {
		for _, i := range index {
			a.Dims, a.Lower = append(a.Dims, 1), append(a.Lower, int32(i))
		}
		a.Elems = []types.Datum{value}
		return types.MakeArray(a), nil
	}
	if len(index) != len(a.Dims) {
		return types.Null, pgerr.New(pgerr.ArraySubscriptError, "wrong number of array subscripts")
	}
	if len(index) == 1 {
		if err := growTo(a, index[0]); err != nil {
			return types.Null, err
		}
	}
	at := int64(0)
	for i, n := range index {
		n -= int64(a.Lower[i])
		if n < 0 || n >= int64(a.Dims[i]) {
			return types.Null, pgerr.New(pgerr.ArraySubscriptError, "array subscript out of range")
		}
		at = at*int64(a.Dims[i]) + n
	}
	a.Elems[at] = value
	return types.MakeArray(a), nil
}

func growTo(a *types.Array, i int64) error {
	first, n := int64(a.Lower[0]), int64(a.Dims[0])
	more := max(first-i, i-(first+n-1))
	if n+more > arrayElementsMax {
		return pgerr.Newf(pgerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", arrayElementsMax)
	}
	switch {
	case i < first:
		a.Elems = append(make([]types.Datum, more, n+more), a.Elems...)
		a.Lower[0], a.Dims[0] = int32(i), int32(n+more)
	case i >= first+n:
		a.Elems = append(a.Elems, make([]types.Datum, more)...)
		a.Dims[0] = int32(n + more)
	}
	return nil
}
