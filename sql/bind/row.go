package bind

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// row binds ROW(…); rel.* among its elements stands for the columns.
func (s *scope) row(e *ast.Row) expr.Expr {
	args := s.rowArgs(e)
	fields := make([]types.Field, len(args))
	for i := range args {
		args[i] = s.b.known(args[i], e.At)
		fields[i] = types.Field{Name: fieldName(i), Type: args[i].Type(), Mod: -1}
	}
	return &expr.RowCtor{Fields: args, T: recordOf(fields)}
}

func fieldName(i int) string {
	const digits = "0123456789"
	n := i + 1
	s := ""
	for ; n > 0; n /= 10 {
		s = digits[n%10:n%10+1] + s
	}
	return "f" + s
}

// rowArgs binds the elements and leaves unknown ones so.
func (s *scope) rowArgs(e *ast.Row) []expr.Expr {
	var out []expr.Expr
	for _, a := range e.Args {
		if cols := s.starred(a); cols != nil {
			for _, c := range cols {
				out = append(out, c.e)
			}
			continue
		}
		out = append(out, s.expr(a))
	}
	return out
}

// rowCompare is (a, b) op (c, d) with the meaning of the SQL standard.
func (s *scope) rowCompare(pos ast.At, op string, l, r *ast.Row) expr.Expr {
	return s.b.compareFields(s, pos, op, s.rowArgs(l), s.rowArgs(r))
}

// compareFields compares two lists of equally many values.
func (b *binder) compareFields(s *scope, pos ast.At, op string, l, r []expr.Expr) expr.Expr {
	if len(l) != len(r) {
		b.failf(pos, pgerr.SyntaxError, "unequal number of entries in row expressions")
	}
	if len(l) == 0 {
		b.failf(pos, pgerr.FeatureNotSupported, "cannot compare rows of zero length")
	}
	one := func(op string, i int) expr.Expr {
		x := b.operator(s, pos, "", op, l[i], r[i])
		if !x.Type().Is(types.Bool) {
			b.failf(pos, pgerr.DatatypeMismatch, "row comparison operator must yield type boolean, not type %s", types.FormatType(x.Type(), -1))
		}
		return x
	}
	if len(l) == 1 {
		return one(op, 0)
	}
	all := make([]expr.Expr, len(l))
	switch op {
	case "=":
		for i := range l {
			all[i] = one("=", i)
		}
		return &expr.And{Args: all}
	case "<>":
		for i := range l {
			all[i] = one("<>", i)
		}
		return &expr.Or{Args: all}
	case "<", "<=", ">", ">=":
		// (a, b) < (c, d): a < c OR a = c AND b < d.
		strict := op[:1]
		var out expr.Expr
		for i := len(l) - 1; i >= 0; i-- {
			if out == nil {
				out = one(op, i)
				continue
			}
			out = &expr.Or{Args: []expr.Expr{one(strict, i), &expr.And{Args: []expr.Expr{one("=", i), out}}}}
		}
		return out
	}
	b.fail(pos, pgerr.Newf(pgerr.FeatureNotSupported, "could not determine interpretation of row comparison operator %s", op).
		WithHint("Row comparison operators must be associated with btree operator families."))
	return nil
}

// rowsDistinct is ROW(…) IS [NOT] DISTINCT FROM ROW(…).
func (s *scope) rowsDistinct(e *ast.IsDistinct, lr, rr *ast.Row) expr.Expr {
	b := s.b
	l, r := s.rowArgs(lr), s.rowArgs(rr)
	if len(l) != len(r) {
		b.failf(e.At, pgerr.SyntaxError, "unequal number of entries in row expressions")
	}
	if len(l) == 0 {
		return constOf(e.Not)
	}
	parts := make([]expr.Expr, len(l))
	for i := range l {
		parts[i] = b.distinct(e.At, l[i], r[i], e.Not)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	if e.Not {
		return &expr.And{Args: parts}
	}
	return &expr.Or{Args: parts}
}

func constOf(v bool) expr.Expr {
	if v {
		return constTrue
	}
	return constFalse
}

// recordCompare compares values of composite types. Row constructors that stand
// in the query are compared by their fields; others as records.
func (b *binder) recordCompare(pos ast.At, op string, l, r expr.Expr) expr.Expr {
	lc, lok := l.(*expr.RowCtor)
	rc, rok := r.(*expr.RowCtor)
	if lok && rok && len(lc.Fields) == len(rc.Fields) && len(lc.Fields) > 0 {
		return b.compareFields(nil, pos, op, lc.Fields, rc.Fields)
	}
	return nil
}

// inList binds operand [NOT] IN (list).
func (s *scope) inList(e *ast.InList) expr.Expr {
	b := s.b
	if lr, ok := e.Operand.(*ast.Row); ok {
		return s.rowInList(e, lr)
	}
	args := make([]expr.Expr, 0, len(e.List)+1)
	at := make([]ast.At, 0, len(e.List)+1)
	args, at = append(args, s.expr(e.Operand)), append(at, start(e.Operand))
	for _, x := range e.List {
		args, at = append(args, s.expr(x)), append(at, start(x))
	}
	if args[0].Type().Is(types.Dyn) {
		args[0] = b.coerce(args[0], dynAmong(args[1:]), -1, implicit, e.At)
	}
	t := b.commonTypeOrNil(args)
	if t == nil {
		return s.inByPairs(e, args)
	}
	eq, err := resolveBinary("=", t, t)
	if err != nil {
		return s.inByPairs(e, args)
	}
	for i := range args {
		args[i] = b.coerce(args[i], eq.args[0], -1, implicit, at[i])
	}
	if len(args) == 2 {
		op := "="
		if e.Not {
			op = "<>"
		}
		return b.operator(s, e.At, "", op, args[0], args[1])
	}
	return &expr.InList{Arg: args[0], List: args[1:], Eq: eq.def, Not: e.Not}
}

// dynAmong is the type a dyn takes beside a list: numeric as soon as a number
// is among it.
func dynAmong(list []expr.Expr) *types.T {
	for _, x := range list {
		if t := x.Type(); !t.Is(types.Unknown) && !t.Is(types.Dyn) {
			return dynAsked("=", t)
		}
	}
	return types.Text
}

// inByPairs is a = x OR a = y …, for lists without a common type.
func (s *scope) inByPairs(e *ast.InList, args []expr.Expr) expr.Expr {
	op := "="
	if e.Not {
		op = "<>"
	}
	parts := make([]expr.Expr, len(args)-1)
	for i := range parts {
		parts[i] = s.b.operator(s, e.At, "", op, args[0], args[i+1])
	}
	switch {
	case len(parts) == 1:
		return parts[0]
	case e.Not:
		return &expr.And{Args: parts}
	}
	return &expr.Or{Args: parts}
}

func (s *scope) rowInList(e *ast.InList, l *ast.Row) expr.Expr {
	b := s.b
	left := s.rowArgs(l)
	op := "="
	if e.Not {
		op = "<>"
	}
	var parts []expr.Expr
	for _, x := range e.List {
		rr, ok := x.(*ast.Row)
		if !ok {
			b.failf(ast.At(x.Position()), pgerr.SyntaxError, "unequal number of entries in row expressions")
		}
		parts = append(parts, b.compareFields(s, e.At, op, left, s.rowArgs(rr)))
	}
	if len(parts) == 1 {
		return parts[0]
	}
	if e.Not {
		return &expr.And{Args: parts}
	}
	return &expr.Or{Args: parts}
}

// fieldSelect is (composite).field.
func (s *scope) fieldSelect(e *ast.FieldSelect) expr.Expr {
	b := s.b
	if c, ok := e.Operand.(*ast.ColumnRef); ok && len(c.Names) == 1 && s.lookup(c.Names[0], c.At).c == nil {
		if r, at := s.relation("", c.Names[0], c.At); r != nil && !r.scalar {
			for _, c := range r.cols {
				c.note() // (t).a takes the whole row, t.a the column
			}
			return s.member(r, at, e.Field, e.At)
		}
	}
	x := s.expr(e.Operand)
	return b.fieldOf(x, e.Field, start(e.Operand))
}

func (b *binder) fieldOf(x expr.Expr, field string, pos ast.At) expr.Expr {
	t := x.Type().Underlying()
	if !t.IsComposite() {
		b.failf(pos, pgerr.WrongObjectType, "column notation .%s applied to type %s, which is not a composite type", field, types.FormatType(x.Type(), -1))
	}
	for i, f := range t.Fields {
		if f.Name != field {
			continue
		}
		if row, ok := x.(*expr.RowCtor); ok {
			return row.Fields[i]
		}
		return &expr.FieldSel{Arg: x, Index: i, Name: field, T: f.Type}
	}
	if len(t.Fields) == 0 {
		b.failf(pos, pgerr.UndefinedColumn, "could not identify column %q in record data type", field)
	}
	b.failf(pos, pgerr.UndefinedColumn, "column %q not found in data type %s", field, types.FormatType(t, -1))
	return nil
}
