package bind

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// groupingSetsMax bounds how many grouping sets GROUP BY expands to, as
// PostgreSQL.
const groupingSetsMax = 4096

// aggRef is an aggregate call of this query level and the column it becomes.
type aggRef struct {
	call *expr.AggCall
	col  *expr.Col
}

// groupingRef is a GROUPING(…) call: its value is made from the grouping id.
type groupingRef struct {
	args []expr.Expr
	pos  ast.At
	col  *expr.Col
}

// grouper is GROUP BY of one SELECT.
type grouper struct {
	keys []groupKey
	sets [][]int // nil: one set of all keys
	id   *expr.Col
}

type groupKey struct {
	e   expr.Expr
	out *expr.Col
	pos ast.At
}

// bindGroup resolves GROUP BY; st.group stays nil where the query does not group.
func (st *selectState) bindGroup() {
	s := st.s
	s.clause = inGroupBy
	if len(st.c.GroupBy) == 0 && len(st.q.aggs) == 0 && st.having == nil && len(st.q.groups) == 0 {
		return
	}
	g := &grouper{}
	st.group = g
	if len(st.c.GroupBy) == 0 {
		return
	}
	explicit := false
	sets := [][]int{{}}
	for _, e := range st.c.GroupBy {
		if gs, ok := e.(*ast.GroupingSet); ok {
			explicit = true
			sets = crossSets(sets, st.groupingSet(g, gs))
		} else {
			sets = crossSets(sets, [][]int{st.groupItems(g, e)})
		}
		if len(sets) > groupingSetsMax {
			st.b.failf(st.c.At, pgerr.StatementTooComplex, "too many grouping sets present (maximum %d)", groupingSetsMax)
		}
	}
	if explicit {
		g.sets = make([][]int, 0, len(sets))
		for _, set := range sets {
			set = uniqueInts(set)
			if st.c.GroupDistinct && containsSet(g.sets, set) {
				continue
			}
			g.sets = append(g.sets, set)
		}
	}
}

func crossSets(a, b [][]int) [][]int {
	var out [][]int
	for _, x := range a {
		for _, y := range b {
			out = append(out, append(append([]int{}, x...), y...))
		}
	}
	return out
}

func uniqueInts(s []int) []int {
	out := []int{}
	for _, x := range s {
		if !containsInt(out, x) {
			out = append(out, x)
		}
	}
	return out
}

func containsInt(s []int, x int) bool {
	for _, y := range s {
		if y == x {
			return true
		}
	}
	return false
}

func containsSet(sets [][]int, set []int) bool {
	for _, s := range sets {
		same := len(s) == len(set)
		for _, x := range set {
			same = same && containsInt(s, x)
		}
		if same {
			return true
		}
	}
	return false
}

// groupingSet expands ROLLUP, CUBE and GROUPING SETS to lists of keys.
func (st *selectState) groupingSet(g *grouper, gs *ast.GroupingSet) [][]int {
	switch gs.Kind {
	case ast.EmptyGroupingSet:
		return [][]int{{}}
	case ast.GroupingSets:
		var out [][]int
		for _, it := range gs.Items {
			if inner, ok := it.(*ast.GroupingSet); ok {
				out = append(out, st.groupingSet(g, inner)...)
			} else {
				out = append(out, st.groupItems(g, it))
			}
		}
		return out
	}
	items := make([][]int, len(gs.Items))
	for i, it := range gs.Items {
		items[i] = st.groupItems(g, it)
	}
	var out [][]int
	if gs.Kind == ast.Rollup {
		for n := len(items); n >= 0; n-- {
			set := []int{}
			for _, it := range items[:n] {
				set = append(set, it...)
			}
			out = append(out, set)
		}
		return out
	}
	if len(items) > 12 {
		st.b.failf(gs.At, pgerr.StatementTooComplex, "CUBE is limited to 12 elements")
	}
	for mask := 1<<len(items) - 1; mask >= 0; mask-- {
		set := []int{}
		for i, it := range items {
			if mask&(1<<(len(items)-1-i)) != 0 {
				set = append(set, it...)
			}
		}
		out = append(out, set)
	}
	return out
}

// groupItems gives the keys of one item: several for (a, b).
func (st *selectState) groupItems(g *grouper, e ast.Expr) []int {
	if r, ok := e.(*ast.Row); ok && !r.Explicit {
		out := []int{}
		for _, a := range r.Args {
			out = append(out, st.groupItem(g, a))
		}
		return out
	}
	return []int{st.groupItem(g, e)}
}

// groupItem resolves one expression: an input column first, then an output
// name, a position, or any expression (findTargetlistEntrySQL92).
func (st *selectState) groupItem(g *grouper, e ast.Expr) int {
	var x expr.Expr
	switch a := e.(type) {
	case *ast.ColumnRef:
		if len(a.Names) == 1 && !st.isInput(a) {
			if i := st.outputNamed(a); i >= 0 {
				x = st.targets[i].e
			}
		}
	case *ast.Literal:
		if i, ok := st.ordinal(a, "GROUP BY"); ok {
			x = st.targets[i].e
		}
	}
	if x == nil {
		x = st.s.expr(e)
	} else if st.containsAggregate(x) {
		st.b.failf(st.targetAt(x, start(e)), pgerr.GroupingError, "aggregate functions are not allowed in GROUP BY")
	}
	x = st.b.known(x, start(e))
	st.b.equatable(x.Type(), start(e))
	for i, k := range g.keys {
		if expr.Equal(k.e, x) {
			return i
		}
	}
	g.keys = append(g.keys, groupKey{e: x, pos: start(e)})
	return len(g.keys) - 1
}

// targetAt is where the target with an expression stands.
func (st *selectState) targetAt(x expr.Expr, fallback ast.At) ast.At {
	for _, t := range st.targets {
		if t.e == x {
			return t.pos
		}
	}
	return fallback
}

// isInput tells that a bare name is a column of FROM; a key pattern is asked for
// known fields only, so that output names win over unknown ones.
func (st *selectState) isInput(c *ast.ColumnRef) bool {
	for _, r := range st.s.rels {
		if r.colsVisible && r.find(c.Names[0]) != nil && (r.pat == nil || st.outputNamed(c) < 0 || !r.find(c.Names[0]).hidden || isPseudo(c.Names[0])) {
			return true
		}
	}
	return false
}

func (st *selectState) outputNamed(c *ast.ColumnRef) int {
	hit := -1
	for i, t := range st.targets {
		if t.junk || t.name != c.Names[0] {
			continue
		}
		if hit >= 0 && !expr.Equal(st.targets[hit].e, t.e) {
			st.b.failf(c.At, pgerr.AmbiguousColumn, "GROUP BY %q is ambiguous", c.Names[0])
		}
		hit = i
	}
	return hit
}

func (st *selectState) containsAggregate(x expr.Expr) bool {
	found := false
	expr.WalkCols(x, func(c *expr.Col) {
		for _, a := range st.q.aggs {
			found = found || a.col.ID == c.ID
		}
	})
	return found
}

// applyGroup puts the Aggregate and HAVING on top and rewrites what stands above
// in terms of its output.
func (st *selectState) applyGroup() {
	g := st.group
	if g == nil {
		return
	}
	b := st.b
	if sets := st.groupedSets(); len(sets) > 0 {
		st.applySets(sets)
		st.local = nil
	}
	local := st.localCols()
	for i := range g.keys {
		k := &g.keys[i]
		if c, ok := k.e.(*expr.Col); ok && g.sets == nil && local[c.ID] {
			k.out = c
		} else {
			k.out = &expr.Col{ID: b.newCol(), T: k.e.Type(), Mod: modOf(k.e), Name: nameOf(k.e)}
		}
	}
	rw := &groupRewriter{st: st, g: g, local: local}
	for _, t := range st.targets {
		t.e = rw.expr(t.e)
	}
	if st.having != nil {
		st.having = rw.expr(st.having)
	}
	for _, w := range st.q.windows {
		w.rewrite(rw.expr)
	}
	for _, x := range st.q.sets {
		x.rewrite(rw.expr)
	}
	agg := &plan.Aggregate{In: st.node, Sets: g.sets, Scalar: len(g.keys) == 0 && g.sets == nil}
	for _, k := range g.keys {
		agg.Keys = append(agg.Keys, k.e)
		agg.Cols = append(agg.Cols, plan.Col{ID: k.out.ID, Name: k.out.Name, T: k.out.T, Mod: k.out.Mod})
	}
	for _, a := range st.q.aggs {
		for _, d := range a.call.Direct {
			expr.WalkCols(d, func(c *expr.Col) {
				if local[c.ID] {
					b.fail(st.c.At, pgerr.NotSupported("a column in a direct argument of an ordered-set aggregate"))
				}
			})
		}
		agg.Calls = append(agg.Calls, a.call)
		agg.Cols = append(agg.Cols, plan.Col{ID: a.col.ID, Name: a.col.Name, T: a.col.T, Mod: -1})
	}
	if g.sets != nil {
		st.groupingID(agg, rw)
	} else {
		st.constGrouping()
	}
	st.node = agg
	if len(st.q.groups) > 0 {
		st.node = st.groupingValues(st.node)
	}
	if st.having != nil {
		st.node = &plan.Filter{In: st.node, Cond: st.having}
	}
}

func nameOf(e expr.Expr) string {
	if c, ok := e.(*expr.Col); ok {
		return c.Name
	}
	return ""
}

// localCols are the columns of this query's FROM.
func (st *selectState) localCols() map[expr.ColID]bool {
	local := map[expr.ColID]bool{}
	for _, c := range refit(st.node).Columns() {
		local[c.ID] = true
	}
	return local
}

// groupRewriter turns expressions over FROM into expressions over the Aggregate.
type groupRewriter struct {
	st    *selectState
	g     *grouper
	local map[expr.ColID]bool
}

func (rw *groupRewriter) expr(e expr.Expr) expr.Expr {
	if e == nil {
		return nil
	}
	for i := range rw.g.keys {
		if k := &rw.g.keys[i]; expr.Equal(k.e, e) {
			return k.out
		}
	}
	switch x := e.(type) {
	case *expr.Col:
		return rw.column(x, false)
	case *expr.Subquery:
		return rw.subquery(x)
	}
	var room [8]expr.Expr
	kids := e.Children(room[:0])
	changed := false
	for i, c := range kids {
		if n := rw.expr(c); n != c {
			kids[i], changed = n, true
		}
	}
	if changed {
		return e.WithChildren(kids)
	}
	return e
}

// column lets a column through that is no column of FROM, or that a key of its
// relation determines; the latter becomes a key too.
func (rw *groupRewriter) column(c *expr.Col, inSub bool) expr.Expr {
	if !rw.local[c.ID] {
		return c
	}
	for i := range rw.g.keys {
		if k, ok := rw.g.keys[i].e.(*expr.Col); ok && k.ID == c.ID {
			return rw.g.keys[i].out
		}
	}
	r := rw.st.relWith(c.ID)
	if r == nil || !rw.determined(r) {
		rw.st.failUngrouped(c, r, inSub)
	}
	out := c
	if rw.g.sets != nil {
		out = &expr.Col{ID: rw.st.b.newCol(), T: c.T, Mod: c.Mod, Name: c.Name}
	}
	rw.g.keys = append(rw.g.keys, groupKey{e: c, out: out})
	for i := range rw.g.sets {
		rw.g.sets[i] = append(rw.g.sets[i], len(rw.g.keys)-1)
	}
	return out
}

func (rw *groupRewriter) subquery(q *expr.Subquery) expr.Expr {
	return plan.RewriteDeep(q, func(x expr.Expr) expr.Expr {
		if c, ok := x.(*expr.Col); ok {
			return rw.column(c, true)
		}
		return x
	})
}

// relWith is the rel of FROM that a scan's column belongs to.
func (st *selectState) relWith(id expr.ColID) *rel {
	for _, r := range st.s.rels {
		for _, c := range r.cols {
			if c.owner == nil {
				if x, ok := c.e.(*expr.Col); ok && x.ID == id && r.name != "" {
					return r
				}
				continue
			}
			if c.col.ID == id && id != 0 {
				return c.owner
			}
		}
	}
	return nil
}

// determined tells that the group keys contain a key of the relation: its primary
// key, or for a key pattern _key, _id or id.
func (rw *groupRewriter) determined(r *rel) bool {
	isKey := func(e expr.Expr) bool {
		for i, k := range rw.g.keys {
			if e != nil && expr.Equal(k.e, e) && rw.inAllSets(i) {
				return true
			}
		}
		return false
	}
	if r.pat != nil {
		for _, name := range []string{colKey, colID, "id"} {
			if c := r.find(name); c != nil && isKey(c.e) {
				return true
			}
		}
		return false
	}
	if r.table == nil || r.scan == nil {
		return false
	}
	p := r.table.PrimaryIndex()
	if p == nil || len(p.Keys) == 0 {
		return false
	}
	for _, k := range p.Keys {
		ok := false
		for _, c := range r.cols {
			if c.col.Attnum == k.Attnum && isKey(c.e) {
				ok = true
			}
		}
		if !ok {
			return false
		}
	}
	return true
}

func (rw *groupRewriter) inAllSets(key int) bool {
	for _, s := range rw.g.sets {
		if !containsInt(s, key) {
			return false
		}
	}
	return true
}

func (st *selectState) failUngrouped(c *expr.Col, r *rel, inSub bool) {
	name, pos := c.Name, ast.NoPosition
	if r != nil && r.name != "" {
		name = r.name + "." + c.Name
	}
	for _, ref := range st.q.refs {
		reads := false
		expr.WalkCols(ref.e, func(x *expr.Col) { reads = reads || x.ID == c.ID })
		if reads && ref.inner == inSub {
			pos = ref.pos
			if ref.rel.name != "" {
				name = ref.rel.name + "." + ref.col.name
			}
			break
		}
	}
	if inSub {
		st.b.failf(pos, pgerr.GroupingError, "subquery uses ungrouped column %q from outer query", name)
	}
	st.b.failf(pos, pgerr.GroupingError, "column %q must appear in the GROUP BY clause or be used in an aggregate function", name)
}

// grouping binds GROUPING(…); its value is filled in when the sets are known.
func (s *scope) grouping(e *ast.Grouping) expr.Expr {
	b := s.b
	if len(e.Args) > 31 {
		b.failf(e.At, pgerr.TooManyArguments, "GROUPING must have fewer than 32 arguments")
	}
	if s.q == nil || !s.clause.aggregates() {
		b.failf(e.At, pgerr.GroupingError, "grouping operations are not allowed in %s", clauseText[s.clause])
	}
	g := &groupingRef{pos: start(e.Args[0]), col: &expr.Col{ID: b.newCol(), T: types.Int4, Mod: -1, Name: "grouping"}}
	s.q.inAgg++
	for _, a := range e.Args {
		g.args = append(g.args, s.expr(a))
	}
	s.q.inAgg--
	s.q.groups = append(s.q.groups, g)
	return g.col
}

// keyIndexes finds the keys that GROUPING's arguments name.
func (st *selectState) keyIndexes(ref *groupingRef) []int {
	out := make([]int, len(ref.args))
	for i, a := range ref.args {
		out[i] = -1
		for k := range st.group.keys {
			if expr.Equal(st.group.keys[k].e, a) {
				out[i] = k
			}
		}
		if out[i] < 0 {
			st.b.failf(ref.pos, pgerr.GroupingError, "arguments to GROUPING must be grouping expressions of the associated query level")
		}
	}
	return out
}

func (st *selectState) groupingID(agg *plan.Aggregate, rw *groupRewriter) {
	if len(st.q.groups) == 0 {
		return
	}
	st.group.id = &expr.Col{ID: st.b.newCol(), T: types.Int8, Mod: -1, Name: "grouping_id"}
	agg.GroupingID = st.group.id.ID
	agg.Cols = append(agg.Cols, plan.Col{ID: st.group.id.ID, Name: "grouping_id", T: types.Int8, Mod: -1})
}

// constGrouping checks the arguments where there are no sets: the value is 0.
func (st *selectState) constGrouping() {
	for _, ref := range st.q.groups {
		st.keyIndexes(ref)
	}
}

// groupingValues computes every GROUPING call from the grouping id: bit i from
// the right is set where argument i from the right is not in the set.
func (st *selectState) groupingValues(n plan.Node) plan.Node {
	b := st.b
	p := &plan.Project{In: n}
	for _, c := range n.Columns() {
		p.Cols, p.Out = append(p.Cols, c), append(p.Out, colExpr(c))
	}
	int8c := func(v int64) expr.Expr { return &expr.Const{Value: types.MakeInt(v), T: types.Int8, Mod: -1} }
	for _, ref := range st.q.groups {
		var e expr.Expr = int8c(0)
		if st.group.id != nil {
			for i, k := range st.keyIndexes(ref) {
				bit := b.operator(st.s, ref.pos, "", "&", b.operator(st.s, ref.pos, "", ">>", st.group.id, &expr.Const{Value: types.MakeInt(int64(k)), T: types.Int4, Mod: -1}), int8c(1))
				e = b.operator(st.s, ref.pos, "", "+", e, b.operator(st.s, ref.pos, "", "<<", bit,
					&expr.Const{Value: types.MakeInt(int64(len(ref.args) - 1 - i)), T: types.Int4, Mod: -1}))
			}
		}
		p.Cols = append(p.Cols, plan.Col{ID: ref.col.ID, Name: "grouping", T: types.Int4, Mod: -1})
		p.Out = append(p.Out, &expr.Cast{Arg: e, T: types.Int4, Mod: -1, Explicit: true})
	}
	return p
}
