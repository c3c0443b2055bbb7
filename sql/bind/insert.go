package bind

import (
	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// insertState is one INSERT into a table.
type insertState struct {
	b       *binder
	ast     *ast.Insert
	s       *scope
	t       *catalog.Table
	need    *acl.Need
	n       *plan.Insert
	targets []insertTarget
	// explicitCols: a column list was written.
	explicitCols bool
}

// insertTarget is one column that the source gives a value for.
type insertTarget struct {
	col *catalog.Column
	pos ast.At
	// path assigns into the column.
	path []ast.PathStep
}

func (b *binder) insert(q *ast.Insert, parent *scope, top bool) plan.Node {
	if b.res != nil {
		b.res.ReadOnly = false
	}
	s := parent.child()
	var w *with
	if q.With != nil {
		w = b.with(q.With, s, top)
	}
	var n plan.Node
	if kp, ok := q.Target.(*ast.KeyPattern); ok {
		n = b.insertPattern(q, kp, s)
	} else {
		n = b.insertTable(q, q.Target.(*ast.TableName), s)
	}
	if w != nil {
		n = w.wrap(b, n)
	}
	return n
}

// target finds the table that a statement writes.
func (b *binder) target(ref *ast.TableName, privs acl.Privs) (*catalog.Table, *acl.Need) {
	t := b.table(ref.Name)
	need := b.need(&acl.Need{Table: t, Privs: privs})
	switch t.Kind {
	case catalog.KindTable:
	case catalog.KindView:
		if b.who.auth != nil && !b.who.auth.HoldsColumns(t, privs, nil, true) {
			o := acl.OfTable(t)
			b.fail(ref.At, o.Denied())
		}
		verb := map[acl.Privs]string{acl.Insert: "insert into", acl.Update: "update", acl.Delete: "delete from"}[privs]
		b.fail(ref.At, pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "cannot %s view %q", verb, t.Name).
			WithDetail("Views are not automatically updatable."))
	case catalog.KindMatView:
		b.failf(ref.At, pgerr.WrongObjectType, "cannot change materialized view %q", t.Name)
	case catalog.KindSequence:
		b.failf(ref.At, pgerr.WrongObjectType, "cannot change sequence %q", t.Name)
	default:
		b.cannotWrite(t, ref.At)
	}
	return t, need
}

func (b *binder) insertTable(q *ast.Insert, ref *ast.TableName, s *scope) plan.Node {
	t, need := b.target(ref, acl.Insert)
	st := &insertState{b: b, ast: q, s: s, t: t, need: need, n: &plan.Insert{Table: t, OverridingUser: q.Overriding == ast.OverridingUser}}
	st.bindTargets()
	st.bindSource()
	st.rows()
	b.tableRules(t, &tableRow{ids: st.n.Row}, &st.n.Checks, &st.n.Generated, &st.n.IndexExprs)
	st.n.ForeignKey = b.outgoing(t)
	if q.OnConflict != nil {
		st.conflict(ref)
	}
	if q.Returning != nil {
		r := b.rowRel(t, st.n.Row)
		r.tell(need)
		if ref.Alias != nil {
			r.name = ref.Alias.Name
		}
		st.n.Returning, st.n.Cols = b.returning(q.Returning, []*rel{r}, s)
	}
	return st.n
}

// bindTargets resolves the column list; without one it is all columns.
func (st *insertState) bindTargets() {
	b, t := st.b, st.t
	if len(st.ast.Columns) == 0 {
		for i := range t.Columns {
			if c := &t.Columns[i]; !c.Dropped {
				st.targets = append(st.targets, insertTarget{col: c, pos: st.ast.At})
			}
		}
		return
	}
	st.explicitCols = true
	for _, ct := range st.ast.Columns {
		c := t.Column(ct.Name)
		if c == nil {
			if isSystemColumn(ct.Name) {
				b.failf(ct.At, pgerr.FeatureNotSupported, "cannot assign to system column %q", ct.Name)
			}
			b.failf(ct.At, pgerr.UndefinedColumn, "column %q of relation %q does not exist", ct.Name, t.Name)
		}
		for _, o := range st.targets {
			if o.col == c && len(ct.Path) == 0 {
				b.failf(ct.At, pgerr.DuplicateColumn, "column %q specified more than once", ct.Name)
			}
		}
		if len(ct.Path) > 0 {
			b.fail(ct.At, pgerr.NotSupported("assignment to part of a column in INSERT"))
		}
		st.targets = append(st.targets, insertTarget{col: c, pos: ct.At})
	}
}

// bindSource makes the Source with one column per target that gets a value;
// DEFAULT drops a target where every row says so.
func (st *insertState) bindSource() {
	b, q := st.b, st.ast
	if q.Source == nil {
		st.targets = nil
		st.n.Source = oneRow()
		return
	}
	if v, ok := q.Source.Body.(*ast.ValuesClause); ok && q.Source.With == nil && len(q.Source.OrderBy) == 0 && q.Source.Limit == nil && q.Source.Offset == nil {
		st.values(v)
		return
	}
	src := b.query(q.Source, st.s, queryOptions{keepUnknown: true}).node
	refit(src)
	cols := src.Columns()
	st.checkWidth(len(cols), func(i int) ast.At { return selectItemAt(q.Source, i) })
	st.targets = st.targets[:len(cols)]
	st.noteTargets()
	out := make([]expr.Expr, len(cols))
	changed := false
	for i, c := range cols {
		tg := st.targets[i]
		at := selectItemAt(q.Source, i)
		st.checkAssignable(tg, false)
		x := outputExpr(src, i)
		if isUnknown(x) {
			if p, ok := src.(*plan.Project); ok && p.Out[i] == x {
				p.Out[i] = b.assign(x, tg.col.Name, tg.col.Type, tg.col.Mod, at)
				p.Cols[i].T, p.Cols[i].Mod = p.Out[i].Type(), tg.col.Mod
				out[i] = colExpr(p.Cols[i])
				continue
			}
		}
		out[i] = b.assign(colExpr(c), tg.col.Name, tg.col.Type, tg.col.Mod, at)
		if x, ok := out[i].(*expr.Col); !ok || x.ID != c.ID {
			changed = true
		}
	}
	if changed {
		src = b.project(src, out)
	}
	st.n.Source = src
	st.setTargets()
}

// selectItemAt is where the i-th select item of a query stands.
func selectItemAt(q *ast.Select, i int) ast.At {
	if c, ok := q.Body.(*ast.SelectClause); ok && i < len(c.Targets) {
		return start(c.Targets[i].Expr)
	}
	return queryAt(q)
}

// noteTargets tells which columns are written.
func (st *insertState) noteTargets() {
	for _, tg := range st.targets {
		st.need.Write(acl.Insert, tg.col.Attnum)
	}
}

func (st *insertState) checkWidth(n int, at func(int) ast.At) {
	if n > len(st.targets) {
		st.b.failf(at(len(st.targets)), pgerr.SyntaxError, "INSERT has more expressions than target columns")
	}
	if st.explicitCols && n < len(st.targets) {
		st.b.failf(st.targets[n].pos, pgerr.SyntaxError, "INSERT has more target columns than expressions")
	}
}

// checkAssignable refuses values for generated columns.
func (st *insertState) checkAssignable(tg insertTarget, isDefault bool) {
	b, c := st.b, tg.col
	if isDefault {
		return
	}
	e := pgerr.Newf(pgerr.GeneratedAlways, "cannot insert a non-DEFAULT value into column %q", c.Name)
	if c.Generated != 0 {
		b.fail(ast.NoPosition, e.WithDetailf("Column %q is a generated column.", c.Name))
	}
	if c.Identity == 'a' && st.ast.Overriding == ast.OverridingNone {
		b.fail(ast.NoPosition, e.WithDetailf("Column %q is an identity column defined as GENERATED ALWAYS.", c.Name).
			WithHint("Use OVERRIDING SYSTEM VALUE to override."))
	}
}

// values binds VALUES with DEFAULT among them: each value is assigned to its
// column on its own.
func (st *insertState) values(v *ast.ValuesClause) {
	b := st.b
	vs := st.s.child()
	vs.parent, vs.ctes, vs.clause = st.s.parent, st.s.ctes, inInsert
	width := len(v.Rows[0])
	rows := make([][]ast.Expr, len(v.Rows))
	for i, r := range v.Rows {
		if len(r) != width {
			b.failf(start(r[0]), pgerr.SyntaxError, "VALUES lists must all be the same length")
		}
		rows[i] = r
	}
	st.checkWidth(width, func(i int) ast.At { return start(v.Rows[0][i]) })
	st.targets = st.targets[:width]
	st.noteTargets()
	n := &plan.Values{Rows: make([][]expr.Expr, len(rows))}
	var kept []insertTarget
	for i, tg := range st.targets {
		if allDefault(rows, i) {
			continue
		}
		if tg.col.Identity != 0 && st.ast.Overriding == ast.OverridingUser {
			continue
		}
		kept = append(kept, tg)
		n.Cols = append(n.Cols, plan.Col{ID: b.newCol(), Name: tg.col.Name, T: tg.col.Type, Mod: tg.col.Mod})
		for k, r := range rows {
			_, isDefault := r[i].(*ast.Default)
			st.checkAssignable(tg, isDefault)
			var x expr.Expr
			if isDefault {
				x = b.defaultOf(tg.col)
			} else {
				at := start(r[i])
				x = b.assign(vs.expr(r[i]), tg.col.Name, tg.col.Type, tg.col.Mod, at)
			}
			n.Rows[k] = append(n.Rows[k], x)
		}
	}
	for k := range n.Rows {
		if n.Rows[k] == nil {
			n.Rows[k] = []expr.Expr{}
		}
	}
	st.targets = kept
	st.n.Source = n
	st.setTargets()
}

func allDefault(rows [][]ast.Expr, i int) bool {
	for _, r := range rows {
		if _, ok := r[i].(*ast.Default); !ok {
			return false
		}
	}
	return true
}

// setTargets drops identity columns under OVERRIDING USER VALUE and notes the
// attnums.
func (st *insertState) setTargets() {
	for _, tg := range st.targets {
		st.n.Targets = append(st.n.Targets, tg.col.Attnum)
	}
	if st.ast.Overriding != ast.OverridingUser {
		return
	}
	cols := st.n.Source.Columns()
	p := &plan.Project{In: st.n.Source}
	var kept []int16
	for i, tg := range st.targets {
		if tg.col.Identity != 0 {
			continue
		}
		kept = append(kept, tg.col.Attnum)
		p.Cols, p.Out = append(p.Cols, cols[i]), append(p.Out, colExpr(cols[i]))
	}
	if len(kept) < len(st.targets) {
		st.n.Source, st.n.Targets = p, kept
	}
}

// rows gives the row's identities and the defaults of columns without a value.
func (st *insertState) rows() {
	b := st.b
	given := map[int16]bool{}
	for _, a := range st.n.Targets {
		given[a] = true
	}
	st.n.Defaults = map[int16]expr.Expr{}
	for i := range st.t.Columns {
		c := &st.t.Columns[i]
		if c.Dropped {
			continue
		}
		st.n.Row = append(st.n.Row, b.newCol())
		if given[c.Attnum] || c.Generated != 0 {
			continue
		}
		if x := b.defaultOf(c); !isNullConst(x) {
			st.n.Defaults[c.Attnum] = x
		}
	}
}

// defaultOf is the value of a column that is given none: its default, the next
// value of its identity sequence, the default of its domain, or NULL.
func (b *binder) defaultOf(c *catalog.Column) expr.Expr {
	s := &scope{b: b, clause: inDefault}
	switch {
	case c.Generated != 0:
	case c.Identity != 0:
		seq := &expr.Const{Value: types.MakeInt(int64(c.OwnedSeq)), T: types.Regclass, Mod: -1}
		next := &expr.Func{Def: builtin.IdentityNext, Args: []expr.Expr{seq}, T: types.Int8}
		return b.coerce(next, c.Type, c.Mod, assignment, ast.NoPosition)
	case c.Default != "":
		return b.coerce(b.stored(c.Default, nil, s), c.Type, c.Mod, assignment, ast.NoPosition)
	case c.Type.Typtype == 'd':
		d, err := b.cat.TypeByOID(c.Type.OID)
		b.must(ast.NoPosition, err)
		if d != nil && d.Default != "" {
			return b.coerce(b.stored(d.Default, nil, s), c.Type, c.Mod, assignment, ast.NoPosition)
		}
		if d != nil && d.NotNull {
			return b.coerce(b.unknownConst(types.Null, ast.NoPosition), c.Type, c.Mod, assignment, ast.NoPosition)
		}
	}
	return &expr.Const{T: c.Type, Mod: c.Mod}
}

// returning binds RETURNING over rels; it gives the expressions and the columns.
func (b *binder) returning(items []*ast.Target, rels []*rel, s *scope) ([]expr.Expr, []plan.Col) {
	rs := &scope{b: b, parent: s.parent, ctes: s.ctes, rels: rels, fn: s.fn, clause: inReturning}
	st := &selectState{b: b, s: rs, c: &ast.SelectClause{Targets: items}}
	st.bindTargets()
	st.resolveUnknown()
	out := []expr.Expr{}
	cols := []plan.Col{}
	for _, t := range st.targets {
		out = append(out, t.e)
		cols = append(cols, plan.Col{ID: b.newCol(), Name: t.name, T: t.e.Type(), Mod: modOf(t.e), Table: t.col.Table, Attnum: t.col.Attnum})
	}
	return out, cols
}
