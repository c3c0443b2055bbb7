package bind

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// sub binds a query that stands in an expression.
func (s *scope) sub(q *ast.Select, pos ast.At) plan.Node {
	if msg := s.clause.badSubquery(); msg != "" {
		s.b.failf(pos, pgerr.FeatureNotSupported, "%s", msg)
	}
	return s.b.query(q, s, queryOptions{}).node
}

func (s *scope) exists(e *ast.Exists) expr.Expr {
	n := s.sub(e.Query, e.At)
	return &expr.Subquery{Kind: expr.SubExists, Plan: n, T: types.Bool, Outer: plan.OuterCols(n)}
}

func (s *scope) scalarSubquery(e *ast.Subquery) expr.Expr {
	n := s.sub(e.Query, e.At)
	cols := n.Columns()
	if len(cols) != 1 {
		s.b.failf(e.At, pgerr.SyntaxError, "subquery must return only one column")
	}
	return &expr.Subquery{Kind: expr.SubScalar, Plan: n, T: cols[0].T, Outer: plan.OuterCols(n)}
}

func (s *scope) arraySubquery(e *ast.ArraySubquery) expr.Expr {
	n := s.sub(e.Query, e.At)
	cols := n.Columns()
	if len(cols) != 1 {
		s.b.failf(e.At, pgerr.SyntaxError, "subquery must return only one column")
	}
	t := cols[0].T
	if t.Is(types.Dyn) {
		t = types.Text
		n = s.b.project(n, []expr.Expr{s.b.coerce(colExpr(cols[0]), t, -1, implicit, e.At)})
	}
	return &expr.Subquery{Kind: expr.SubArray, Plan: n, T: s.b.arrayOf(t, e.At), Outer: plan.OuterCols(n)}
}

func colExpr(c plan.Col) *expr.Col { return &expr.Col{ID: c.ID, T: c.T, Mod: c.Mod, Name: c.Name} }

// project computes expressions over n under new column identities; names are
// kept by position.
func (b *binder) project(n plan.Node, out []expr.Expr) plan.Node {
	old := n.Columns()
	p := &plan.Project{In: n, Out: out}
	for i, e := range out {
		c := plan.Col{ID: b.newCol(), T: e.Type(), Mod: -1}
		if i < len(old) {
			c.Name = old[i].Name
		}
		p.Cols = append(p.Cols, c)
	}
	return p
}

func (s *scope) inSubquery(e *ast.InSubquery) expr.Expr {
	left := s.leftOf(e.Operand)
	x := s.compareSubquery(e.At, expr.SubAny, "=", left, s.sub(e.Query, e.At))
	if e.Not {
		return &expr.Not{Arg: x}
	}
	return x
}

// leftOf binds the left side of a comparison with a query: the fields of a row,
// or one value.
func (s *scope) leftOf(e ast.Expr) []expr.Expr {
	if r, ok := e.(*ast.Row); ok {
		return s.rowArgs(r)
	}
	return []expr.Expr{s.expr(e)}
}

func (s *scope) quantified(e *ast.Quantified) expr.Expr {
	b := s.b
	if e.Query != nil {
		kind := expr.SubAny
		if e.All {
			kind = expr.SubAll
		}
		return s.compareSubquery(e.At, kind, e.Op.Name, s.leftOf(e.Left), s.sub(e.Query, e.At))
	}
	l, a := s.expr(e.Left), s.expr(e.Array)
	if l.Type().Is(types.Dyn) {
		t := types.Text
		if at := a.Type().Underlying(); at.Elem != nil {
			t = dynAsked(e.Op.Name, at.Elem)
		}
		l = b.coerce(l, t, -1, implicit, e.At)
	}
	at := a.Type().Underlying()
	if at.Is(types.Unknown) {
		// PostgreSQL takes an untyped right side as an array of the left's type.
		lt := l.Type()
		if lt.Is(types.Unknown) {
			lt = types.Text
		}
		a = b.coerce(a, b.arrayOf(lt, e.At), -1, implicit, start(e.Array))
		at = a.Type()
	}
	if at.Elem == nil || at.Kind != types.KindArray {
		b.failf(e.At, pgerr.WrongObjectType, "op ANY/ALL (array) requires array on right side")
	}
	m, err := resolveBinary(e.Op.Name, l.Type(), at.Elem)
	b.must(e.At, err)
	if !m.ret.Is(types.Bool) {
		b.failf(e.At, pgerr.WrongObjectType, "op ANY/ALL (array) requires operator to yield boolean")
	}
	l = b.coerce(l, m.args[0], -1, implicit, e.At)
	if !m.args[1].Is(at.Elem) && !m.args[1].IsPolymorphic() {
		a = b.coerce(a, b.arrayOf(m.args[1], e.At), -1, implicit, e.At)
	}
	return &expr.AnyAll{Arg: l, Array: a, Op: m.def, Name: e.Op.Name, All: e.All}
}

// compareSubquery is row op ANY|ALL (query). The query's columns are coerced
// inside it, so that Test is plain calls over ArgCols and the query's columns.
func (s *scope) compareSubquery(pos ast.At, kind expr.SubqueryKind, op string, left []expr.Expr, n plan.Node) expr.Expr {
	b := s.b
	cols := n.Columns()
	if len(left) < len(cols) {
		b.failf(pos, pgerr.SyntaxError, "subquery has too many columns")
	}
	if len(left) > len(cols) {
		b.failf(pos, pgerr.SyntaxError, "subquery has too few columns")
	}
	right := make([]expr.Expr, len(cols))
	changed := false
	lefts := make([]expr.Expr, len(cols))
	defs := make([]match, len(cols))
	for i, c := range cols {
		l, r := b.dynOperands(op, left[i], colExpr(c), pos)
		m, err := resolveBinary(op, l.Type(), r.Type())
		b.must(pos, err)
		if !m.ret.Is(types.Bool) {
			b.failf(pos, pgerr.DatatypeMismatch, "row comparison operator must yield type boolean, not type %s", types.FormatType(m.ret, -1))
		}
		defs[i] = m
		lefts[i] = b.coerce(l, m.args[0], -1, implicit, pos)
		right[i] = b.coerce(r, m.args[1], -1, implicit, pos)
		if x, ok := right[i].(*expr.Col); !ok || x.ID != c.ID {
			changed = true
		}
	}
	if changed {
		n = b.project(n, right)
	}
	q := &expr.Subquery{Kind: kind, Plan: n, T: types.Bool, Args: lefts, Outer: plan.OuterCols(n)}
	out := n.Columns()
	l, r := make([]expr.Expr, len(cols)), make([]expr.Expr, len(cols))
	for i := range cols {
		a := expr.Col{ID: b.newCol(), T: lefts[i].Type(), Mod: -1}
		q.ArgCols = append(q.ArgCols, a)
		l[i], r[i] = &a, colExpr(out[i])
		q.RowCols = append(q.RowCols, out[i].ID)
	}
	if len(cols) == 1 {
		q.Test = &expr.Func{Def: defs[0].def, Args: []expr.Expr{l[0], r[0]}, T: types.Bool, Op: op}
	} else {
		q.Test = b.compareFields(s, pos, op, l, r)
	}
	if op == "=" && kind == expr.SubAny {
		for _, m := range defs {
			q.Eqs = append(q.Eqs, m.def)
		}
	}
	return q
}

// rowSubquery is (a, b) op (SELECT …) where the query gives at most one row.
func (s *scope) rowSubquery(e *ast.Binary, l *ast.Row, r *ast.Subquery) expr.Expr {
	b := s.b
	left := s.rowArgs(l)
	n := s.sub(r.Query, r.At)
	cols := n.Columns()
	if len(left) < len(cols) {
		b.failf(e.At, pgerr.SyntaxError, "subquery has too many columns")
	}
	if len(left) > len(cols) {
		b.failf(e.At, pgerr.SyntaxError, "subquery has too few columns")
	}
	fields := make([]types.Field, len(cols))
	for i, c := range cols {
		fields[i] = types.Field{Name: c.Name, Type: c.T, Mod: c.Mod}
	}
	q := &expr.Subquery{Kind: expr.SubRow, Plan: n, T: recordOf(fields), Outer: plan.OuterCols(n)}
	right := make([]expr.Expr, len(cols))
	for i, c := range cols {
		right[i] = &expr.FieldSel{Arg: q, Index: i, Name: c.Name, T: c.T}
	}
	return b.compareFields(s, e.At, e.Op.Name, left, right)
}
