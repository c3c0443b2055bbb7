package bind

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// cte is an item of WITH as names see it.
type cte struct {
	name string
	ast  *ast.CTE
	node *plan.CTE
	cols []plan.Col // names and types; identities are those of node.Plan
	// future items stand later in a WITH without RECURSIVE.
	future bool
	// working: the recursive term is being bound; scans read the working table.
	working  bool
	recursed int
	// noRows: a data-modifying item without RETURNING.
	noRows bool
}

// with is one WITH clause being bound.
type with struct{ items []*cte }

func (s *scope) findCTE(name string) *cte {
	for at := s; at != nil; at = at.parent {
		for _, c := range at.ctes {
			if c.name == name && !c.future {
				return c
			}
		}
	}
	return nil
}

// with binds the items in order; each sees those before it.
func (b *binder) with(w *ast.With, s *scope, top bool) *with {
	out := &with{}
	for i, c := range w.CTEs {
		for _, o := range w.CTEs[:i] {
			if o.Name == c.Name {
				b.failf(c.At, pgerr.DuplicateAlias, "WITH query name %q specified more than once", c.Name)
			}
		}
		s.ctes = append(s.ctes, &cte{name: c.Name, ast: c, future: true})
	}
	for _, c := range s.ctes {
		b.bindCTE(c, s, w.Recursive, top)
		c.future = false
		out.items = append(out.items, c)
	}
	return out
}

func (b *binder) bindCTE(c *cte, s *scope, recursive, top bool) {
	if c.ast.Search != nil {
		b.fail(c.ast.Search.At, pgerr.NotSupported("SEARCH clause of WITH"))
	}
	if c.ast.Cycle != nil {
		b.fail(c.ast.Cycle.At, pgerr.NotSupported("CYCLE clause of WITH"))
	}
	b.lastCTE++
	c.node = &plan.CTE{ID: b.lastCTE, Name: c.name}
	q, isSelect := c.ast.Query.(*ast.Select)
	if !isSelect {
		b.modifyingCTE(c, s, top)
		return
	}
	if recursive && mentions(q, c.name) {
		b.recursiveCTE(c, q, s)
		return
	}
	c.node.Plan = refit(b.query(q, s, queryOptions{}).node)
	c.name1(b, c.node.Plan.Columns())
}

// name1 takes the columns of the plan under the names of the item's list.
func (c *cte) name1(b *binder, cols []plan.Col) {
	c.cols = append([]plan.Col(nil), cols...)
	names := c.ast.Columns
	if len(names) > len(cols) {
		b.failf(c.ast.At, pgerr.InvalidColumnReference, "WITH query %q has %d columns available but %d columns specified", c.name, len(cols), len(names))
	}
	for i, n := range names {
		c.cols[i].Name = n
	}
}

func (b *binder) modifyingCTE(c *cte, s *scope, top bool) {
	if !top {
		b.failf(c.ast.At, pgerr.FeatureNotSupported, "WITH clause containing a data-modifying statement must be at the top level")
	}
	var n plan.Node
	returns := false
	switch q := c.ast.Query.(type) {
	case *ast.Insert:
		n, returns = b.insert(q, s, false), q.Returning != nil
	case *ast.Update:
		n, returns = b.update(q, s, false), q.Returning != nil
	case *ast.Delete:
		n, returns = b.delete(q, s, false), q.Returning != nil
	default:
		b.failf(c.ast.At, pgerr.FeatureNotSupported, "MERGE not supported in WITH query")
	}
	c.node.Plan, c.node.Modifying, c.noRows = refit(n), true, !returns
	c.name1(b, n.Columns())
}

// recursiveCTE binds non-recursive UNION [ALL] recursive.
func (b *binder) recursiveCTE(c *cte, q *ast.Select, s *scope) {
	op, ok := q.Body.(*ast.SetOperation)
	if !ok || op.Kind != ast.Union {
		b.failf(c.ast.At, pgerr.InvalidRecursion, "recursive query %q does not have the form non-recursive-term UNION [ALL] recursive-term", c.name)
	}
	if mentions(op.Left, c.name) {
		b.failf(c.ast.At, pgerr.InvalidRecursion, "recursive reference to query %q must not appear within its non-recursive term", c.name)
	}
	switch {
	case len(q.OrderBy) > 0:
		b.failf(q.OrderBy[0].At, pgerr.FeatureNotSupported, "ORDER BY in a recursive query is not implemented")
	case q.Offset != nil:
		b.failf(start(q.Offset), pgerr.FeatureNotSupported, "OFFSET in a recursive query is not implemented")
	case q.Limit != nil:
		b.failf(start(q.Limit), pgerr.FeatureNotSupported, "LIMIT in a recursive query is not implemented")
	case len(q.Locking) > 0:
		b.failf(q.Locking[0].At, pgerr.FeatureNotSupported, "FOR UPDATE/SHARE in a recursive query is not implemented")
	}
	inner := s
	if q.With != nil {
		inner = s.child()
		b.with(q.With, inner, false)
	}
	first := refit(b.query(op.Left, inner, queryOptions{}).node)
	c.node.Plan, c.node.All = first, op.All
	c.name1(b, first.Columns())
	c.future, c.working = false, true
	rec := refit(b.query(op.Right, inner, queryOptions{keepUnknown: true}).node)
	c.working = false
	if aggregatesOver(rec, c.node) {
		b.failf(queryAt(op.Right), pgerr.InvalidRecursion, "aggregate functions are not allowed in a recursive query's recursive term")
	}
	lc, rc := first.Columns(), rec.Columns()
	if len(lc) != len(rc) {
		b.failf(queryAt(op.Right), pgerr.SyntaxError, "each UNION query must have the same number of columns")
	}
	ts, mods := make([]*types.T, len(lc)), make([]int32, len(lc))
	for i := range lc {
		t, _ := b.commonType("UNION", []expr.Expr{colExpr(lc[i]), outputExpr(rec, i)}, []ast.At{queryAt(op.Left), queryAt(op.Right)})
		if !t.Is(lc[i].T) {
			b.fail(queryAt(op.Left), pgerr.Newf(pgerr.DatatypeMismatch, "recursive query %q column %d has type %s in non-recursive term but type %s overall",
				c.name, i+1, types.FormatType(lc[i].T, -1), types.FormatType(t, -1)).WithHint("Cast the output of the non-recursive term to the correct type."))
		}
		ts[i], mods[i] = lc[i].T, -1
		if !op.All {
			b.equatable(t, queryAt(op.Left))
		}
	}
	c.node.Recursive = b.outputsAs(rec, ts, mods, queryAt(op.Right))
	if c.recursed > 1 {
		b.failf(c.ast.At, pgerr.InvalidRecursion, "recursive reference to query %q must not appear more than once", c.name)
	}
}

// cteRef is a reference to a WITH item in FROM.
func (b *binder) cteRef(c *cte, ref *ast.TableName) (plan.Node, *rel) {
	if c.noRows {
		b.failf(ref.At, pgerr.FeatureNotSupported, "WITH query %q does not have a RETURNING clause", c.name)
	}
	n := &plan.CTEScan{CTE: c.node, Working: c.working, Alias: c.name}
	if c.working {
		c.recursed++
	}
	if ref.Alias != nil {
		n.Alias = ref.Alias.Name
	}
	for _, col := range c.cols {
		col.ID = b.newCol()
		n.Cols = append(n.Cols, col)
	}
	r := b.relOf(n, c.name)
	b.renameColumns(r, ref.Alias, c.name)
	return n, r
}

// wrap puts the With node on top of n. Items that are read once and need not be
// kept apart are put in place of their only scan; those never read are dropped.
func (w *with) wrap(b *binder, n plan.Node) plan.Node {
	refit(n)
	keep := []*plan.CTE{}
	for i := len(w.items) - 1; i >= 0; i-- {
		c := w.items[i]
		if c.node.Modifying {
			keep = append(keep, c.node)
			continue
		}
		uses := countScans(n, c.node)
		for _, k := range keep {
			uses += countScans(k.Plan, c.node)
			if k.Recursive != nil {
				// A recursive term reads it once per round.
				uses += 2 * countScans(k.Recursive, c.node)
			}
		}
		for _, o := range w.items[:i] {
			uses += countScans(o.node.Plan, c.node)
		}
		switch {
		case uses == 0:
		case uses == 1 && c.node.Recursive == nil && c.ast.Materialized != ast.MaterializeAlways && !isVolatile(c.node.Plan):
			n = inlineCTE(n, c.node)
			for _, k := range keep {
				k.Plan = inlineCTE(k.Plan, c.node)
			}
		default:
			keep = append(keep, c.node)
		}
	}
	if len(keep) == 0 {
		return n
	}
	out := &plan.With{In: n}
	for i := len(keep) - 1; i >= 0; i-- {
		out.CTEs = append(out.CTEs, keep[i])
	}
	return out
}

func countScans(n plan.Node, c *plan.CTE) int {
	count := 0
	plan.Walk(n, func(x plan.Node) bool {
		if s, ok := x.(*plan.CTEScan); ok && s.CTE == c {
			count++
		}
		return true
	})
	return count
}

// aggregatesOver tells that an aggregate is computed of the rows of c.
func aggregatesOver(n plan.Node, c *plan.CTE) bool {
	found := false
	plan.Walk(n, func(x plan.Node) bool {
		if a, ok := x.(*plan.Aggregate); ok && len(a.Calls) > 0 && countScans(a.In, c) > 0 {
			found = true
		}
		return !found
	})
	return found
}

// isVolatile tells that computing the plan more or less often shows.
func isVolatile(n plan.Node) bool {
	volatile := false
	plan.Walk(n, func(x plan.Node) bool {
		switch x.(type) {
		case *plan.LockRows, *plan.Insert, *plan.Update, *plan.Delete:
			volatile = true
		}
		for _, e := range x.Exprs(nil) {
			volatile = volatile || expr.Volatility(e) == 'v'
		}
		return !volatile
	})
	return volatile
}

// inlineCTE puts the plan of c in place of its one scan.
func inlineCTE(n plan.Node, c *plan.CTE) plan.Node {
	return plan.RewriteNodes(n, func(x plan.Node) plan.Node {
		s, ok := x.(*plan.CTEScan)
		if !ok || s.CTE != c {
			return x
		}
		p := &plan.Project{In: c.Plan}
		p.Cols = s.Cols
		for _, col := range c.Plan.Columns() {
			p.Out = append(p.Out, colExpr(col))
		}
		return p
	})
}

// mentions tells that a query names a relation, at any depth. It may say yes
// where an inner WITH hides the name: the recursive form is then asked for.
func mentions(q *ast.Select, name string) bool {
	hit := false
	inspect(q, func(n ast.Node) bool {
		if t, ok := n.(*ast.TableName); ok && t.Name.Schema == "" && t.Name.Name == name {
			hit = true
		}
		return !hit
	})
	return hit
}
