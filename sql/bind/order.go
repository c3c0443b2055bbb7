package bind

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// bindOrder resolves ORDER BY against the select list: by output name, by
// position, or as an expression that becomes a junk target where it is new.
func (st *selectState) bindOrder(items []*ast.OrderItem) {
	st.s.clause = inOrderBy
	for _, it := range items {
		i := st.findTarget(it.Expr, "ORDER BY")
		t := st.targets[i]
		t.e = st.b.known(t.e, t.pos)
		st.order = append(st.order, st.b.orderKey(it, i, t.e.Type()))
	}
}

// orderKey reads direction and null order, and checks that the type has an order.
func (b *binder) orderKey(it *ast.OrderItem, target int, t *types.T) orderKey {
	k := orderKey{target: target, desc: it.Direction == ast.SortDescending}
	if it.Using != nil {
		switch it.Using.Name {
		case "<":
		case ">":
			k.desc = true
		default:
			b.failf(it.At, pgerr.WrongObjectType, "operator %s is not a valid ordering operator", it.Using.Name)
		}
	}
	switch it.Nulls {
	case ast.NullsFirst:
		k.first = true
	case ast.NullsDefault:
		k.first = k.desc
	}
	b.ordered(t, start(it.Expr))
	return k
}

// ordered requires a type with an ordering operator.
func (b *binder) ordered(t *types.T, pos ast.At) {
	if !types.HasOrder(t) {
		b.fail(pos, pgerr.Newf(pgerr.UndefinedFunction, "could not identify an ordering operator for type %s", types.FormatType(t, -1)).
			WithHint("Use an explicit ordering operator or modify the query."))
	}
}

// findTarget gives the position in the select list that an ORDER BY or DISTINCT
// ON item means (findTargetlistEntrySQL92).
func (st *selectState) findTarget(e ast.Expr, clauseName string) int {
	if c, ok := e.(*ast.ColumnRef); ok && len(c.Names) == 1 {
		hit := -1
		for i, t := range st.targets {
			if t.junk || t.name != c.Names[0] {
				continue
			}
			if hit >= 0 && !expr.Equal(st.targets[hit].e, t.e) {
				st.b.failf(c.At, pgerr.AmbiguousColumn, "%s %q is ambiguous", clauseName, c.Names[0])
			}
			if hit < 0 {
				hit = i
			}
		}
		if hit >= 0 {
			return hit
		}
	}
	if i, ok := st.ordinal(e, clauseName); ok {
		return i
	}
	return st.addTarget(st.s.expr(e), e)
}

// addTarget finds an equal target or adds a junk one.
func (st *selectState) addTarget(x expr.Expr, e ast.Expr) int {
	x = st.b.known(x, start(e))
	for i, t := range st.targets {
		if expr.Equal(t.e, x) {
			return i
		}
	}
	st.targets = append(st.targets, &target{e: x, name: columnName(e), pos: start(e), junk: true})
	return len(st.targets) - 1
}

// ordinal reads an integer constant as a position in the select list.
func (st *selectState) ordinal(e ast.Expr, clauseName string) (int, bool) {
	l, ok := e.(*ast.Literal)
	if !ok {
		return 0, false
	}
	n, ok := l.Int64()
	if !ok {
		st.b.failf(l.At, pgerr.SyntaxError, "non-integer constant in %s", clauseName)
	}
	visible := 0
	for _, t := range st.targets {
		if !t.junk {
			visible++
		}
	}
	if n < 1 || n > int64(visible) {
		st.b.failf(l.At, pgerr.InvalidColumnReference, "%s position %d is not in select list", clauseName, n)
	}
	return int(n - 1), true
}

// bindDistinct checks DISTINCT against ORDER BY and resolves DISTINCT ON.
func (st *selectState) bindDistinct() {
	if !st.c.Distinct {
		return
	}
	st.s.clause = inDistinctOn
	if st.c.DistinctOn == nil {
		for _, k := range st.order {
			if t := st.targets[k.target]; t.junk {
				st.b.failf(t.pos, pgerr.InvalidColumnReference, "for SELECT DISTINCT, ORDER BY expressions must appear in select list")
			}
		}
		return
	}
	for _, e := range st.c.DistinctOn {
		i := st.findTarget(e, "DISTINCT ON")
		seen := false
		for _, j := range st.on {
			seen = seen || i == j
		}
		if !seen {
			st.on = append(st.on, i)
		}
	}
	// The ON expressions must be the first sort keys, in any order.
	isOn := func(i int) bool {
		for _, j := range st.on {
			if i == j {
				return true
			}
		}
		return false
	}
	covered := map[int]bool{}
	for _, k := range st.order {
		if isOn(k.target) {
			covered[k.target] = true
			continue
		}
		if len(covered) < len(st.on) {
			st.b.failf(start(st.c.DistinctOn[0]), pgerr.InvalidColumnReference, "SELECT DISTINCT ON expressions must match initial ORDER BY expressions")
		}
	}
}

// limit puts LIMIT and OFFSET on top of n.
func (b *binder) limit(sel *ast.Select, n plan.Node, s *scope, ties []expr.SortKey) plan.Node {
	if sel.Limit == nil && sel.Offset == nil {
		return n
	}
	l := &plan.Limit{In: n, WithTies: sel.WithTies}
	l.Count = b.limitExpr(sel.Limit, s, inLimit)
	l.Offset = b.limitExpr(sel.Offset, s, inOffset)
	if sel.WithTies {
		if len(ties) == 0 {
			b.failf(sel.At, pgerr.SyntaxError, "WITH TIES cannot be specified without ORDER BY clause")
		}
		if c, ok := l.Count.(*expr.Const); l.Count == nil || ok && c.Value.IsNull() {
			b.failf(start(sel.Limit), pgerr.InvalidRowCountInLimitClause, "row count cannot be null in FETCH FIRST ... WITH TIES clause")
		}
		l.Ties = ties
	}
	if l.Count == nil && l.Offset == nil {
		return n
	}
	return l
}

func (b *binder) limitExpr(e ast.Expr, s *scope, c clause) expr.Expr {
	if e == nil {
		return nil
	}
	// Columns of the query itself are no constants; those of enclosing queries are.
	ls := &scope{b: b, parent: s.parent, ctes: s.ctes, rels: s.rels, fn: s.fn, clause: c, lateral: true}
	x := ls.expr(e)
	word := clauseText[c]
	if !b.canCoerce(x.Type(), types.Int8, assignment) {
		b.failf(start(e), pgerr.DatatypeMismatch, "argument of %s must be type bigint, not type %s", word, types.FormatType(x.Type(), -1))
	}
	own := map[expr.ColID]bool{}
	for _, r := range s.rels {
		for _, rc := range r.cols {
			if rc.e != nil {
				expr.WalkCols(rc.e, func(c *expr.Col) { own[c.ID] = true })
			}
		}
	}
	expr.WalkCols(x, func(col *expr.Col) {
		if own[col.ID] {
			b.failf(start(e), pgerr.InvalidColumnReference, "argument of %s must not contain variables", word)
		}
	})
	x = b.coerce(x, types.Int8, -1, assignment, start(e))
	if k, ok := x.(*expr.Const); ok && k.Value.IsNull() {
		return nil
	}
	return x
}

// tail puts ORDER BY and LIMIT on a query that is no plain SELECT: only the
// names and positions of its output may be used.
func (b *binder) tail(sel *ast.Select, n plan.Node, s *scope) plan.Node {
	if len(sel.Locking) > 0 {
		b.failf(ast.NoPosition, pgerr.FeatureNotSupported, "%s is not allowed with %s", lockText[sel.Locking[0].Strength], bodyText(sel.Body))
	}
	var keys []expr.SortKey
	if len(sel.OrderBy) > 0 {
		cols := n.Columns()
		os := &scope{b: b, parent: s.parent, ctes: s.ctes, rels: []*rel{b.relOf(n, "")}, fn: s.fn, clause: inOrderBy}
		os.rels[0].relVisible = false
		for _, it := range sel.OrderBy {
			i := b.outputIndex(it.Expr, cols, os)
			k := b.orderKey(it, i, cols[i].T)
			keys = append(keys, expr.SortKey{Expr: colExpr(cols[i]), Desc: k.desc, NullsFirst: k.first})
		}
		n = &plan.Sort{In: n, Keys: keys}
	}
	return b.limit(sel, n, &scope{b: b, parent: s.parent, ctes: s.ctes, fn: s.fn}, keys)
}

func bodyText(body ast.SelectBody) string {
	if _, ok := body.(*ast.ValuesClause); ok {
		return "VALUES"
	}
	return "UNION/INTERSECT/EXCEPT"
}

// outputIndex finds an output column by name or position.
func (b *binder) outputIndex(e ast.Expr, cols []plan.Col, s *scope) int {
	switch e := e.(type) {
	case *ast.Literal:
		n, ok := e.Int64()
		if !ok {
			b.failf(e.At, pgerr.SyntaxError, "non-integer constant in ORDER BY")
		}
		if n < 1 || n > int64(len(cols)) {
			b.failf(e.At, pgerr.InvalidColumnReference, "ORDER BY position %d is not in select list", n)
		}
		return int(n - 1)
	case *ast.ColumnRef:
		if len(e.Names) == 1 {
			hit := -1
			for i, c := range cols {
				if c.Name == e.Names[0] {
					if hit >= 0 {
						b.failf(e.At, pgerr.AmbiguousColumn, "ORDER BY %q is ambiguous", e.Names[0])
					}
					hit = i
				}
			}
			if hit >= 0 {
				return hit
			}
		}
	}
	s.expr(e)
	b.fail(start(e), pgerr.New(pgerr.FeatureNotSupported, "invalid UNION/INTERSECT/EXCEPT ORDER BY clause").
		WithDetail("Only result column names can be used, not expressions or functions.").
		WithHint("Add the expression/function to every SELECT, or move the UNION into a FROM clause."))
	return 0
}
