package bind

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// array binds ARRAY[…]. want is the element type that an enclosing cast gives,
// nil for none: then the elements' common type counts.
func (s *scope) array(e *ast.Array, want *types.T) expr.Expr {
	b := s.b
	elems := make([]expr.Expr, len(e.Elems))
	at := make([]ast.At, len(e.Elems))
	nested := false
	for i, x := range e.Elems {
		if a, ok := x.(*ast.Array); ok {
			elems[i] = s.array(a, want)
			nested = true
		} else {
			elems[i] = s.expr(x)
		}
		at[i] = start(x)
	}
	if len(elems) == 0 {
		if want == nil {
			b.fail(e.At, pgerr.New(pgerr.IndeterminateDatatype, "cannot determine type of empty array").
				WithHint("Explicitly cast to the desired type, for example ARRAY[]::integer[]."))
		}
		return &expr.ArrayCtor{T: b.arrayOf(want, e.At)}
	}
	t := want
	if nested && want != nil {
		t = b.arrayOf(want, e.At)
	}
	how := explicit
	if t == nil {
		t, _ = b.commonType("ARRAY", elems, at)
		if t.Is(types.Dyn) {
			t = types.Text
		}
		how = implicit
	}
	for i := range elems {
		elems[i] = b.coerce(elems[i], t, -1, how, at[i])
	}
	return &expr.ArrayCtor{Elems: elems, T: b.arrayOf(t, e.At)}
}

func (b *binder) arrayOf(t *types.T, pos ast.At) *types.T {
	a := types.ArrayOf(t)
	if a == nil && t.Typtype == 'd' {
		a = types.ArrayOf(t.Underlying())
	}
	if a == nil {
		b.failf(pos, pgerr.UndefinedObject, "could not find array type for data type %s", types.FormatType(t, -1))
	}
	return a
}

// subscript is a[i], a[l:u], and j['key'] of jsonb.
func (s *scope) subscript(e *ast.Subscript) expr.Expr {
	b := s.b
	x := s.expr(e.Operand)
	t := x.Type().Underlying()
	if t.Is(types.Dyn) {
		x = b.coerce(x, types.JSONB, -1, implicit, e.At)
		t = types.JSONB
	}
	if t.Is(types.JSONB) {
		return s.jsonSubscript(e, x)
	}
	if t.Is(types.Name) && len(e.Items) == 1 && !e.Items[0].Slice {
		return s.nameSubscript(e, x)
	}
	if t.Elem == nil || t.Kind != types.KindArray {
		b.failf(start(e), pgerr.DatatypeMismatch, "cannot subscript type %s because it does not support subscripting", types.FormatType(x.Type(), -1))
	}
	if len(e.Items) > 6 {
		b.failf(start(e), pgerr.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (6)", len(e.Items))
	}
	out := &expr.Subscript{Arg: x, T: t.Elem}
	for _, it := range e.Items {
		out.Slice = out.Slice || it.Slice
	}
	index := func(a ast.Expr) expr.Expr {
		if a == nil {
			return nil
		}
		i := s.expr(a)
		if !b.canCoerce(i.Type(), types.Int4, assignment) {
			b.failf(start(a), pgerr.DatatypeMismatch, "array subscript must have type integer")
		}
		return b.coerce(i, types.Int4, -1, assignment, start(a))
	}
	for _, it := range e.Items {
		switch {
		case !out.Slice:
			out.Lower = append(out.Lower, index(it.Index))
		case it.Slice:
			out.Lower, out.Upper = append(out.Lower, index(it.Low)), append(out.Upper, index(it.High))
		default:
			// In a slice, a single subscript i means 1:i.
			one := &expr.Const{Value: types.MakeInt(1), T: types.Int4, Mod: -1}
			out.Lower, out.Upper = append(out.Lower, one), append(out.Upper, index(it.Index))
		}
	}
	if out.Slice {
		out.T = t
	}
	return out
}

// nameSubscript is n[i] of a name: its byte i, from 0, as "char".
func (s *scope) nameSubscript(e *ast.Subscript, x expr.Expr) expr.Expr {
	b := s.b
	one := &expr.Const{Value: types.MakeInt(1), T: types.Int4, Mod: -1}
	at := b.operator(s, e.At, "", "+", b.coerce(s.expr(e.Items[0].Index), types.Int4, -1, assignment, e.At), one)
	text := b.callByName(e.At, "substr", b.coerce(x, types.Text, -1, implicit, e.At), at, one)
	return b.coerce(text, types.Char, -1, explicit, e.At)
}

func (s *scope) jsonSubscript(e *ast.Subscript, x expr.Expr) expr.Expr {
	b := s.b
	for _, it := range e.Items {
		if it.Slice {
			b.failf(start(e), pgerr.DatatypeMismatch, "jsonb subscript does not support slices")
		}
		i := s.expr(it.Index)
		switch {
		case i.Type().IsInteger():
			i = b.coerce(i, types.Int4, -1, implicit, start(it.Index))
		case i.Type().Is(types.Unknown) || i.Type().IsString():
			i = b.coerce(i, types.Text, -1, implicit, start(it.Index))
		default:
			b.fail(start(it.Index), pgerr.Newf(pgerr.DatatypeMismatch, "subscript type %s is not supported", types.FormatType(i.Type(), -1)).
				WithHint("jsonb subscript must be coercible to either integer or text."))
		}
		x = b.operator(s, e.At, "", "->", x, i)
	}
	return x
}

// cast binds CAST(x AS t) and its other forms.
func (s *scope) cast(e *ast.Cast) expr.Expr {
	b := s.b
	t, mod := b.typeName(e.Type)
	if t.Typtype == 'p' && !t.IsComposite() && !t.Is(types.Unknown) && !t.Is(types.Cstring) && !t.Is(types.Void) {
		b.failf(e.Type.At, pgerr.CannotCoerce, "cannot cast to pseudo-type %s", types.FormatType(t, -1))
	}
	if a, ok := e.Operand.(*ast.Array); ok && t.IsArray() && t.Elem != nil {
		x := s.array(a, t.Elem)
		return b.coerce(x, t, mod, explicit, e.At)
	}
	x := s.expr(e.Operand)
	return b.coerce(x, t, mod, explicit, e.At)
}
