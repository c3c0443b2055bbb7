package bind

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

type queryOptions struct {
	// top: the statement itself, where data-modifying CTEs may stand.
	top bool
	// keepUnknown leaves untyped literals of the output to the caller (set
	// operations, INSERT).
	keepUnknown bool
}

type queryOut struct {
	node plan.Node
	// limited tells that ORDER BY or LIMIT stood on the query.
	limited bool
}

// query binds a whole query below parent.
func (b *binder) query(sel *ast.Select, parent *scope, o queryOptions) queryOut {
	b.enter(sel.At)
	defer b.leave()
	s := parent.child()
	var w *with
	if sel.With != nil {
		w = b.with(sel.With, s, o.top)
	}
	var node plan.Node
	switch body := sel.Body.(type) {
	case *ast.SelectClause:
		node = b.selectClause(sel, body, s, o)
	case *ast.ValuesClause:
		node = b.tail(sel, b.values(body, s, o), s)
	case *ast.SetOperation:
		node = b.tail(sel, b.setOperation(sel, body, s, o), s)
	default:
		b.fail(sel.At, pgerr.NotSupported("this query"))
	}
	if w != nil {
		node = w.wrap(b, node)
	}
	return queryOut{node: fitTop(node)}
}

// fitTop gives the nodes at the top of a query that pass columns on their lists;
// what is below has its own already.
func fitTop(n plan.Node) plan.Node {
	switch n := n.(type) {
	case *plan.Sort:
		n.Cols = fitTop(n.In).Columns()
	case *plan.Limit:
		n.Cols = fitTop(n.In).Columns()
	case *plan.Distinct:
		n.Cols = fitTop(n.In).Columns()
	case *plan.LockRows:
		n.Cols = fitTop(n.In).Columns()
	case *plan.With:
		n.Cols = fitTop(n.In).Columns()
	}
	return n
}

// query collects what the expressions of one SELECT contain.
type query struct {
	s       *scope
	aggs    []*aggRef
	windows []*windowRef
	sets    []*setRef
	groups  []*groupingRef
	named   []*namedWindow
	// refs notes which columns the clauses above grouping read, and where.
	refs []ref
	// inAgg is how many aggregate calls enclose what is being bound.
	inAgg    int
	inWindow int
	inSet    int
}

// ref is one column reference outside aggregates.
type ref struct {
	e     expr.Expr
	pos   ast.At
	rel   *rel
	col   *relCol
	inner bool // from a subquery
}

func (q *query) noteRef(e expr.Expr, pos ast.At, r *rel, c *relCol, inner bool) {
	if q.inAgg == 0 && q.s.clause.aggregates() {
		q.refs = append(q.refs, ref{e, pos, r, c, inner})
	}
}

// target is one column of a select list; junk ones serve sorting only.
type target struct {
	e    expr.Expr
	name string
	pos  ast.At
	col  plan.Col // origin where it is a plain column
	junk bool
}

// selectState is one SELECT on its way to a plan.
type selectState struct {
	b       *binder
	s       *scope
	q       *query
	sel     *ast.Select
	c       *ast.SelectClause
	node    plan.Node
	targets []*target
	where   expr.Expr
	having  expr.Expr
	order   []orderKey
	on      []int // DISTINCT ON: positions in targets
	group   *grouper
	locks   []lockRef
	// local holds the columns of node once isLocal was asked.
	local map[expr.ColID]bool
}

type orderKey struct {
	target      int
	desc, first bool
	cmp         *expr.FuncDef
}

func (b *binder) selectClause(sel *ast.Select, c *ast.SelectClause, s *scope, o queryOptions) plan.Node {
	st := &selectState{b: b, s: s, sel: sel, c: c}
	st.node = b.from(c.From, s)
	if st.node == nil {
		st.node = oneRow()
	}
	st.q = &query{s: s}
	s.q = st.q
	if c.AsOf != nil {
		b.asOf(c.AsOf, s)
	}
	st.q.named = declareWindows(c.Windows)
	s.clause = inSelect
	st.bindTargets()
	if c.Where != nil {
		s.clause = inWhere
		st.where = b.condition(s, c.Where, "WHERE")
	}
	if c.Having != nil {
		s.clause = inHaving
		st.having = b.condition(s, c.Having, "HAVING")
	}
	st.bindOrder(sel.OrderBy)
	st.bindGroup()
	st.bindDistinct()
	if !o.keepUnknown {
		st.resolveUnknown()
	}
	s.clause = inLimit
	if st.where != nil {
		st.node = &plan.Filter{In: st.node, Cond: st.where}
	}
	st.applyGroup()
	st.applyWindows()
	st.applySets(st.q.sets)
	st.bindLocks()
	return st.finish()
}

// oneRow is the input of a SELECT without FROM: one row without columns.
func oneRow() plan.Node { return &plan.Values{Rows: [][]expr.Expr{{}}} }

func (st *selectState) bindTargets() {
	s, b := st.s, st.b
	for _, t := range st.c.Targets {
		if cols := s.starred(t.Expr); cols != nil || isStar(t.Expr) {
			b.traceStar(t, cols)
			for _, c := range cols {
				st.targets = append(st.targets, &target{e: c.e, name: c.name, pos: t.At, col: c.col})
			}
			continue
		}
		e := s.expr(t.Expr)
		name := t.Alias
		if name == "" {
			name = columnName(t.Expr)
		}
		if tr := b.trace(); tr != nil {
			tr.Target(t, name)
		}
		st.targets = append(st.targets, &target{e: e, name: name, pos: start(t.Expr), col: s.origin(t.Expr, e)})
	}
	if len(st.targets) > targetsMax {
		b.failf(st.c.At, pgerr.TooManyColumns, "target lists can have at most %d entries", targetsMax)
	}
}

func isStar(e ast.Expr) bool {
	switch e.(type) {
	case *ast.Star, *ast.FieldStar:
		return true
	}
	return false
}

// origin is the table column that a target shows, if it is a plain one.
func (s *scope) origin(a ast.Expr, e expr.Expr) plan.Col {
	if _, ok := a.(*ast.ColumnRef); !ok {
		return plan.Col{}
	}
	c, ok := e.(*expr.Col)
	if !ok {
		return plan.Col{}
	}
	for at := s; at != nil; at = at.parent {
		for _, r := range at.rels {
			for _, rc := range r.cols {
				if rc.e == e || rc.col.ID == c.ID && rc.col.ID != 0 {
					return rc.col
				}
			}
		}
	}
	return plan.Col{}
}

// starCol is a column that * stands for.
type starCol struct {
	e    expr.Expr
	name string
	col  plan.Col
}

// starred expands *, rel.* and (composite).*; nil for anything else.
func (s *scope) starred(e ast.Expr) []starCol {
	switch e := e.(type) {
	case *ast.Star:
		if len(e.Qualifier) == 0 {
			return s.bareStar(e)
		}
		return s.relStar(e)
	case *ast.FieldStar:
		return s.fieldStar(e)
	}
	return nil
}

func (s *scope) bareStar(e *ast.Star) []starCol {
	out := []starCol{}
	any := false
	for _, r := range s.rels {
		if !r.colsVisible || r.lateralOnly && !s.lateral {
			continue
		}
		any = true
		out = append(out, s.showAll(r, s, e.At)...)
	}
	if !any {
		s.b.failf(e.At, pgerr.SyntaxError, "SELECT * with no tables specified is not valid")
	}
	return out
}

func (s *scope) showAll(r *rel, at *scope, pos ast.At) []starCol {
	out := []starCol{}
	for _, c := range r.cols {
		if !c.hidden {
			e := s.use(found{r: r, c: c, level: at}, pos)
			out = append(out, starCol{e, c.name, c.col})
		}
	}
	return out
}

func (s *scope) relStar(e *ast.Star) []starCol {
	q := e.Qualifier
	schema, name := "", q[len(q)-1]
	if len(q) > 1 {
		schema = q[len(q)-2]
	}
	r, at := s.relation(schema, name, e.At)
	if r == nil {
		s.failNoRelation(e.At, q)
	}
	return s.showAll(r, at, e.At)
}

func (s *scope) fieldStar(e *ast.FieldStar) []starCol {
	if c, ok := e.Operand.(*ast.ColumnRef); ok && len(c.Names) == 1 && s.lookup(c.Names[0], c.At).c == nil {
		if r, at := s.relation("", c.Names[0], c.At); r != nil && !r.scalar {
			return s.showAll(r, at, e.At)
		}
	}
	x := s.expr(e.Operand)
	t := x.Type().Underlying()
	if !t.IsComposite() {
		s.b.failf(e.At, pgerr.WrongObjectType, "type %s is not composite", types.FormatType(x.Type(), -1))
	}
	if len(t.Fields) == 0 {
		s.b.failf(e.At, pgerr.WrongObjectType, "record type has not been registered")
	}
	out := make([]starCol, len(t.Fields))
	for i, f := range t.Fields {
		fx := s.b.fieldOf(x, f.Name, e.At)
		out[i] = starCol{fx, f.Name, plan.Col{Name: f.Name, T: f.Type, Mod: f.Mod}}
	}
	return out
}

// resolveUnknown gives what is still untyped in the output the type text.
func (st *selectState) resolveUnknown() {
	for _, t := range st.targets {
		t.e = st.b.known(t.e, t.pos)
	}
}

// finish puts projection, DISTINCT, ORDER BY, locks and LIMIT on top.
func (st *selectState) finish() plan.Node {
	b := st.b
	visible := 0
	for _, t := range st.targets {
		if !t.junk {
			visible++
		}
	}
	p := &plan.Project{In: st.node}
	used := map[expr.ColID]bool{}
	for _, t := range st.targets {
		col := plan.Col{Name: t.name, T: t.e.Type(), Mod: modOf(t.e), Table: t.col.Table, Attnum: t.col.Attnum}
		if c, ok := t.e.(*expr.Col); ok && !used[c.ID] && st.isLocal(c.ID) {
			col.ID = c.ID
		} else {
			col.ID = b.newCol()
		}
		used[col.ID] = true
		p.Cols, p.Out = append(p.Cols, col), append(p.Out, t.e)
	}
	for _, l := range st.locks {
		if !used[l.target.RowID] {
			used[l.target.RowID] = true
			p.Cols = append(p.Cols, plan.Col{ID: l.target.RowID, Name: "ctid", T: types.Bytea, Mod: -1})
			p.Out = append(p.Out, &expr.Col{ID: l.target.RowID, T: types.Bytea, Mod: -1, Name: "ctid"})
		}
	}
	var n plan.Node = p
	colOf := func(i int) expr.Expr { return colExpr(p.Cols[i]) }
	if st.c.Distinct && st.c.DistinctOn == nil {
		for i := range st.targets {
			b.operatorFor(st.targets[i].pos, "=", p.Cols[i].T)
		}
		n = &plan.Distinct{In: n}
	}
	keys := st.sortKeys(colOf)
	if len(keys) > 0 {
		n = &plan.Sort{In: n, Keys: keys}
	}
	if len(st.on) > 0 {
		d := &plan.Distinct{In: n}
		for _, i := range st.on {
			d.On = append(d.On, colOf(i))
		}
		n = d
	}
	if len(st.locks) > 0 {
		l := &plan.LockRows{In: n}
		for _, x := range st.locks {
			l.Targets = append(l.Targets, x.target)
		}
		n = l
	}
	n = b.limit(st.sel, n, st.s, keys)
	if visible < len(p.Cols) {
		strip := &plan.Project{In: n}
		for i := 0; i < len(st.targets); i++ {
			if !st.targets[i].junk {
				strip.Cols = append(strip.Cols, p.Cols[i])
				strip.Out = append(strip.Out, colOf(i))
			}
		}
		n = strip
	}
	return n
}

// isLocal tells that a column is one of the input's, not one of an enclosing
// query's: those may not keep their identity in the output.
func (st *selectState) isLocal(id expr.ColID) bool {
	if !st.s.nested() {
		return true
	}
	if st.local == nil {
		st.local = map[expr.ColID]bool{}
		for _, c := range refit(st.node).Columns() {
			st.local[c.ID] = true
		}
	}
	return st.local[id]
}

// nested tells that an enclosing level has columns.
func (s *scope) nested() bool {
	for at := s.parent; at != nil; at = at.parent {
		if len(at.rels) > 0 {
			return true
		}
	}
	return s.fn != nil
}

func (st *selectState) sortKeys(colOf func(int) expr.Expr) []expr.SortKey {
	var keys []expr.SortKey
	for _, k := range st.order {
		keys = append(keys, expr.SortKey{Expr: colOf(k.target), Desc: k.desc, NullsFirst: k.first, Compare: k.cmp})
	}
	for _, i := range st.on {
		have := false
		for _, k := range st.order {
			have = have || k.target == i
		}
		if !have {
			keys = append(keys, expr.SortKey{Expr: colOf(i)})
		}
	}
	return keys
}

func modOf(e expr.Expr) int32 {
	switch e := e.(type) {
	case *expr.Col:
		return e.Mod
	case *expr.Cast:
		return e.Mod
	case *expr.Const:
		return e.Mod
	}
	return -1
}
