package bind

import (
	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

func (b *binder) update(q *ast.Update, parent *scope, top bool) plan.Node {
	return b.change(q.At, q.With, q.WhereCurrentOf, parent, top, func(s *scope) plan.Node {
		if kp, ok := q.Target.(*ast.KeyPattern); ok {
			return b.updatePattern(q, kp, s)
		}
		return b.updateTable(q, q.Target.(*ast.TableName), s)
	})
}

// change binds what UPDATE and DELETE share: the WITH around the target.
func (b *binder) change(at ast.At, q *ast.With, cursor string, parent *scope, top bool, target func(*scope) plan.Node) plan.Node {
	if b.res != nil {
		b.res.ReadOnly = false
	}
	s := parent.child()
	var w *with
	if q != nil {
		w = b.with(q, s, top)
	}
	if cursor != "" {
		b.fail(at, pgerr.NotSupported("WHERE CURRENT OF"))
	}
	n := target(s)
	if w != nil {
		n = w.wrap(b, n)
	}
	return n
}

func (b *binder) updateTable(q *ast.Update, ref *ast.TableName, s *scope) plan.Node {
	t, need := b.target(ref, acl.Update)
	node, r := b.tableScan(t, ref.Alias, ref.At, need)
	n := &plan.Update{Table: t, RowID: b.rowID(r).ID}
	n.Old = b.readAll(t, r)
	src := b.modifySource(node, r, q.From, q.Where, s, &n.Recheck)
	s.clause = inSet
	n.Set = b.setClauses(q.Set, t, need, s)
	n.Source = refit(src)
	for range n.Old {
		n.New = append(n.New, b.newCol())
	}
	b.tableRules(t, &tableRow{ids: n.New}, &n.Checks, &n.Generated, &n.IndexExprs)
	n.ForeignKey, n.Incoming = b.outgoing(t), b.incoming(t)
	if q.Returning != nil {
		n.Returning, n.Cols = b.returning(q.Returning, b.changedRels(t, r, n.New, s), s)
	}
	return n
}

// readAll makes the scan give every live column and lists their identities.
func (b *binder) readAll(t *catalog.Table, r *rel) []expr.ColID {
	var ids []expr.ColID
	i := 0
	for k := range t.Columns {
		c := &t.Columns[k]
		if c.Dropped {
			continue
		}
		r.cols[i].read(b)
		ids = append(ids, r.cols[i].col.ID)
		i++
	}
	return ids
}

// modifySource binds FROM/USING and WHERE of UPDATE and DELETE and leaves the
// rels in s. recheck gets the conditions on the target alone.
func (b *binder) modifySource(node plan.Node, r *rel, from []ast.TableRef, where ast.Expr, s *scope, recheck *expr.Expr) plan.Node {
	s.rels = append(s.rels, r)
	if len(from) > 0 {
		fs := &scope{b: b, parent: s.parent, ctes: s.ctes, fn: s.fn}
		other := b.from(from, fs)
		b.checkNames(s.rels, fs.rels, from[0])
		node = &plan.Join{Kind: plan.Cross, L: node, R: other}
		s.rels = append(s.rels, fs.rels...)
	}
	if where == nil {
		return node
	}
	s.clause = inWhere
	cond := b.condition(s, where, "WHERE")
	own := map[expr.ColID]bool{}
	for _, c := range r.cols {
		if c.e != nil {
			expr.WalkCols(c.e, func(x *expr.Col) { own[x.ID] = true })
		}
	}
	var again []expr.Expr
	for _, c := range conjuncts(cond) {
		ok := expr.Volatility(c) != 'v'
		expr.WalkCols(c, func(x *expr.Col) { ok = ok && own[x.ID] })
		expr.Walk(c, func(x expr.Expr) bool {
			_, sub := x.(*expr.Subquery)
			ok = ok && !sub
			return ok
		})
		if ok {
			again = append(again, c)
		}
	}
	*recheck = conj(again)
	return &plan.Filter{In: node, Cond: cond}
}

// changedRels are the rels of a statement for RETURNING: the target with the
// identities of the new row in front, the others as they are.
func (b *binder) changedRels(t *catalog.Table, target *rel, ids []expr.ColID, s *scope) []*rel {
	r := b.rowRel(t, ids)
	r.tell(target.need)
	r.name, r.schema = target.name, target.schema
	for i := range r.cols {
		r.cols[i].name = target.cols[i].name
	}
	return append([]*rel{r}, s.rels[1:]...)
}

// setClauses binds SET of UPDATE and ON CONFLICT to values by attnum.
func (b *binder) setClauses(list []*ast.SetClause, t *catalog.Table, need *acl.Need, s *scope) map[int16]expr.Expr {
	for _, sc := range list {
		for _, ct := range sc.Columns {
			if c := t.Column(ct.Name); c != nil {
				need.Write(acl.Update, c.Attnum)
			}
		}
	}
	set := map[int16]expr.Expr{}
	for _, sc := range list {
		if !sc.Multi {
			b.setOne(set, sc.Columns[0], t, s, sc.Value, nil)
			continue
		}
		b.setMulti(set, sc, t, s)
	}
	return set
}

// setMulti is (a, b) = ROW(…) or (SELECT …).
func (b *binder) setMulti(set map[int16]expr.Expr, sc *ast.SetClause, t *catalog.Table, s *scope) {
	switch v := sc.Value.(type) {
	case *ast.Row:
		if len(v.Args) != len(sc.Columns) {
			b.failf(v.At, pgerr.SyntaxError, "number of columns does not match number of values")
		}
		for i, c := range sc.Columns {
			b.setOne(set, c, t, s, v.Args[i], nil)
		}
	case *ast.Subquery:
		n := s.sub(v.Query, v.At)
		cols := n.Columns()
		if len(cols) != len(sc.Columns) {
			b.failf(v.At, pgerr.SyntaxError, "number of columns does not match number of values")
		}
		fields := make([]types.Field, len(cols))
		for i, c := range cols {
			fields[i] = types.Field{Name: c.Name, Type: c.T, Mod: c.Mod}
		}
		q := &expr.Subquery{Kind: expr.SubRow, Plan: n, T: recordOf(fields), Outer: plan.OuterCols(n)}
		for i, c := range sc.Columns {
			b.setOne(set, c, t, s, nil, &expr.FieldSel{Arg: q, Index: i, Name: cols[i].Name, T: cols[i].T})
		}
	default:
		if len(sc.Columns) == 1 {
			b.setOne(set, sc.Columns[0], t, s, sc.Value, nil)
			return
		}
		b.failf(ast.At(sc.Value.Position()), pgerr.FeatureNotSupported, "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression")
	}
}

// setOne assigns one column: the value is an expression of the tree or bound.
func (b *binder) setOne(set map[int16]expr.Expr, ct *ast.ColumnTarget, t *catalog.Table, s *scope, value ast.Expr, bound expr.Expr) {
	c := t.Column(ct.Name)
	if c == nil {
		if isSystemColumn(ct.Name) {
			b.failf(ct.At, pgerr.FeatureNotSupported, "cannot assign to system column %q", ct.Name)
		}
		b.failf(ct.At, pgerr.UndefinedColumn, "column %q of relation %q does not exist", ct.Name, t.Name)
	}
	if _, twice := set[c.Attnum]; twice && len(ct.Path) == 0 {
		b.failf(ast.NoPosition, pgerr.SyntaxError, "multiple assignments to same column %q", c.Name)
	}
	_, isDefault := value.(*ast.Default)
	if !isDefault {
		e := pgerr.Newf(pgerr.GeneratedAlways, "column %q can only be updated to DEFAULT", c.Name)
		if c.Generated != 0 {
			b.fail(ast.NoPosition, e.WithDetailf("Column %q is a generated column.", c.Name))
		}
		if c.Identity == 'a' {
			b.fail(ast.NoPosition, e.WithDetailf("Column %q is an identity column defined as GENERATED ALWAYS.", c.Name))
		}
	}
	switch {
	case isDefault && c.Generated != 0:
		return
	case isDefault:
		set[c.Attnum] = b.defaultOf(c)
		return
	}
	at := ct.At
	if bound == nil {
		bound, at = s.expr(value), start(value)
	}
	if len(ct.Path) > 0 {
		set[c.Attnum] = b.setPart(set[c.Attnum], ct, c, s, bound, at)
		return
	}
	set[c.Attnum] = b.assign(bound, c.Name, c.Type, c.Mod, at)
}

func (b *binder) delete(q *ast.Delete, parent *scope, top bool) plan.Node {
	return b.change(q.At, q.With, q.WhereCurrentOf, parent, top, func(s *scope) plan.Node {
		if kp, ok := q.Target.(*ast.KeyPattern); ok {
			return b.deletePattern(q, kp, s)
		}
		return b.deleteTable(q, q.Target.(*ast.TableName), s)
	})
}

func (b *binder) deleteTable(q *ast.Delete, ref *ast.TableName, s *scope) plan.Node {
	t, need := b.target(ref, acl.Delete)
	node, r := b.tableScan(t, ref.Alias, ref.At, need)
	n := &plan.Delete{Table: t, RowID: b.rowID(r).ID}
	n.Old = b.readAll(t, r)
	src := b.modifySource(node, r, q.Using, q.Where, s, &n.Recheck)
	b.indexRules(t, func(c clause) *scope {
		return &scope{b: b, rels: []*rel{b.rowRel(t, n.Old)}, clause: c}
	}, &n.IndexExprs)
	n.Incoming = b.incoming(t)
	if q.Returning != nil {
		n.Returning, n.Cols = b.returning(q.Returning, s.rels, s)
	}
	n.Source = refit(src)
	return n
}
