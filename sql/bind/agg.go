package bind

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// aggregate binds an aggregate call: it becomes a column of the Aggregate of the
// query level that its arguments belong to.
func (s *scope) aggregate(e *ast.FuncCall) expr.Expr {
	b := s.b
	// Aggregates are legal where the nearest SELECT is, or, if all their columns
	// are outer ones, further out.
	home := s
	if s.q != nil {
		s.q.inAgg++
	}
	nested := s.q != nil && s.q.inAgg > 1
	before := 0
	if s.q != nil {
		before = len(s.q.refs)
	}
	call := s.aggCall(e)
	if s.q != nil {
		s.q.inAgg--
		s.q.refs = s.q.refs[:before]
	}
	if at := s.aggLevel(call); at != nil {
		home = at
	}
	if home == s && nested {
		b.failf(e.At, pgerr.GroupingError, "aggregate function calls cannot be nested")
	}
	if home.q == nil || !home.clause.aggregates() {
		b.failf(e.At, pgerr.GroupingError, "%s", home.clause.badAggregate())
	}
	for _, a := range home.q.aggs {
		if sameCall(a.call, call) {
			if t := b.trace(); t != nil {
				t.Aggregate(a.col.ID, call)
			}
			return a.col
		}
	}
	ref := &aggRef{call: call, col: &expr.Col{ID: b.newCol(), T: call.T, Mod: -1, Name: e.Name.Name}}
	home.q.aggs = append(home.q.aggs, ref)
	if t := b.trace(); t != nil {
		t.Aggregate(ref.col.ID, call)
	}
	return ref.col
}

// aggLevel is the innermost scope that a column of the call belongs to; nil
// where the call reads no column at all.
func (s *scope) aggLevel(call *expr.AggCall) *scope {
	ids := map[expr.ColID]bool{}
	note := func(e expr.Expr) {
		expr.WalkCols(e, func(c *expr.Col) { ids[c.ID] = true })
	}
	for _, a := range call.Args {
		note(a)
	}
	for _, k := range call.OrderBy {
		note(k.Expr)
	}
	for _, d := range call.Direct {
		note(d)
	}
	if call.Filter != nil {
		note(call.Filter)
	}
	if len(ids) == 0 {
		return nil
	}
	for at := s; at != nil; at = at.parent {
		for _, r := range at.rels {
			for _, c := range r.cols {
				if c.e == nil {
					continue
				}
				hit := false
				expr.WalkCols(c.e, func(x *expr.Col) { hit = hit || ids[x.ID] })
				if hit {
					return at
				}
			}
			for _, c := range r.sys {
				if ids[c.ID] {
					return at
				}
			}
		}
		if at.q != nil {
			for _, a := range at.q.aggs {
				if ids[a.col.ID] {
					return at
				}
			}
		}
	}
	return nil
}

// aggCall binds the parts of an aggregate call.
func (s *scope) aggCall(e *ast.FuncCall) *expr.AggCall {
	b := s.b
	name := e.Name.Name
	call := &expr.AggCall{Distinct: e.Distinct}
	args, at := s.callArgs(e)
	var order []expr.Expr
	for _, it := range e.OrderBy {
		x := b.known(s.expr(it.Expr), start(it.Expr))
		k := b.orderKey(it, 0, x.Type())
		call.OrderBy = append(call.OrderBy, expr.SortKey{Expr: x, Desc: k.desc, NullsFirst: k.first})
		order = append(order, x)
	}
	ts := argTypes(args)
	if e.WithinGroup {
		ts = append(ts, argTypes(order)...)
	}
	m, err := builtin.ResolveFunction("", name, ts, e.Variadic)
	b.must(e.At, err)
	if m.Agg == nil {
		b.failf(e.At, pgerr.WrongObjectType, "%s is not an aggregate function", name)
	}
	if len(args) == 0 && !e.Star && !e.WithinGroup && m.Agg.Kind == 'n' {
		b.failf(e.At, pgerr.WrongObjectType, "%s(*) must be used to call a parameterless aggregate function", name)
	}
	call.Def, call.T = m.Agg, m.Ret
	if e.WithinGroup != (m.Agg.Kind == 'o') {
		if e.WithinGroup {
			b.failf(e.At, pgerr.WrongObjectType, "%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP", name)
		}
		b.failf(e.At, pgerr.WrongObjectType, "WITHIN GROUP is required for ordered-set aggregate %s", name)
	}
	switch {
	case e.WithinGroup && m.Agg.Hypothetical:
		s.pairHypothetical(e, call, args, order, at)
	case e.WithinGroup:
		for i := range args {
			call.Direct = append(call.Direct, b.coerce(args[i], m.ArgTypes[i], -1, implicit, at[i]))
		}
		for i := range call.OrderBy {
			call.OrderBy[i].Expr = b.coerce(order[i], m.ArgTypes[len(args)+i], -1, implicit, e.At)
			call.Args = append(call.Args, call.OrderBy[i].Expr)
		}
	default:
		call.Args = b.finishCall(m, args, at, e.At)
	}
	s.aggModifiers(e, call)
	return call
}

// pairHypothetical brings each direct argument of a hypothetical-set aggregate and
// the key it is compared with to one type.
func (s *scope) pairHypothetical(e *ast.FuncCall, call *expr.AggCall, args, order []expr.Expr, at []ast.At) {
	b := s.b
	if len(args) != len(order) {
		err := pgerr.Newf(pgerr.UndefinedFunction, "function %s does not exist", builtin.Signature(e.Name.Name, append(argTypes(args), argTypes(order)...))).
			WithHintf("To use the hypothetical-set aggregate %s, the number of hypothetical direct arguments (here %d) must match the number of ordering columns (here %d).",
				e.Name.Name, len(args), len(order))
		b.must(e.At, err)
	}
	for i := range args {
		key := start(e.OrderBy[i].Expr)
		t, _ := b.commonType("WITHIN GROUP", []expr.Expr{args[i], order[i]}, []ast.At{at[i], key})
		call.Direct = append(call.Direct, b.coerce(args[i], t, -1, implicit, at[i]))
		call.OrderBy[i].Expr = b.coerce(order[i], t, -1, implicit, key)
		call.Args = append(call.Args, call.OrderBy[i].Expr)
	}
}

// aggModifiers binds FILTER and checks DISTINCT.
func (s *scope) aggModifiers(e *ast.FuncCall, call *expr.AggCall) {
	b := s.b
	if e.Distinct {
		if len(call.Args) == 0 {
			b.failf(e.At, pgerr.InvalidFunctionDefinition, "DISTINCT is not allowed without arguments")
		}
		for _, a := range call.Args {
			b.equatable(a.Type(), e.At)
		}
		for _, k := range call.OrderBy {
			found := false
			for _, a := range call.Args {
				found = found || expr.Equal(a, k.Expr)
			}
			if !found {
				b.failf(e.At, pgerr.InvalidColumnReference, "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list")
			}
		}
	}
	if e.Filter != nil {
		saved := s.clause
		s.clause = inFilter
		call.Filter = s.boolean(e.Filter, "FILTER")
		s.clause = saved
	}
}

// sameCall tells that two calls compute the same: they share one column.
func sameCall(a, b *expr.AggCall) bool {
	if a.Def != b.Def || a.Distinct != b.Distinct || len(a.Args) != len(b.Args) ||
		len(a.OrderBy) != len(b.OrderBy) || len(a.Direct) != len(b.Direct) || (a.Filter == nil) != (b.Filter == nil) {
		return false
	}
	for i := range a.Args {
		if !expr.Equal(a.Args[i], b.Args[i]) || expr.Volatility(a.Args[i]) == 'v' {
			return false
		}
	}
	for i := range a.OrderBy {
		x, y := a.OrderBy[i], b.OrderBy[i]
		if x.Desc != y.Desc || x.NullsFirst != y.NullsFirst || !expr.Equal(x.Expr, y.Expr) {
			return false
		}
	}
	for i := range a.Direct {
		if !expr.Equal(a.Direct[i], b.Direct[i]) {
			return false
		}
	}
	return a.Filter == nil || expr.Equal(a.Filter, b.Filter)
}

// windowCall binds f(…) OVER ….
func (s *scope) windowCall(e *ast.FuncCall, system bool) expr.Expr {
	b := s.b
	if s.q == nil || !s.clause.windows() {
		b.failf(e.At, pgerr.WindowingError, "%s", s.clause.badWindow())
	}
	if s.q.inAgg > 0 {
		b.failf(e.At, pgerr.GroupingError, "aggregate function calls cannot contain window function calls")
	}
	if s.q.inWindow > 0 {
		b.failf(e.At, pgerr.WindowingError, "window function calls cannot be nested")
	}
	if !system || len(builtin.Aggregates("", e.Name.Name)) == 0 {
		if len(builtin.Functions("", e.Name.Name)) > 0 || len(builtin.SetReturning("", e.Name.Name)) > 0 {
			b.failf(e.At, pgerr.WrongObjectType, "OVER specified, but %s is not a window function nor an aggregate function", e.Name.Name)
		}
	}
	if e.Distinct {
		b.failf(e.At, pgerr.FeatureNotSupported, "DISTINCT is not implemented for window functions")
	}
	if len(e.OrderBy) > 0 {
		b.failf(e.At, pgerr.FeatureNotSupported, "aggregate ORDER BY is not implemented for window functions")
	}
	s.q.inWindow++
	call := s.aggCall(e)
	if call.Filter != nil && call.Def.Kind == 'w' {
		b.failf(e.At, pgerr.FeatureNotSupported, "FILTER is not implemented for non-aggregate window functions")
	}
	w := &windowRef{call: call}
	s.windowSpec(e.Over, w)
	s.q.inWindow--
	w.col = &expr.Col{ID: b.newCol(), T: call.T, Mod: -1, Name: e.Name.Name}
	s.q.windows = append(s.q.windows, w)
	return w.col
}
