package bind

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
)

var joinWords = map[ast.JoinKind]string{
	ast.InnerJoin: "INNER", ast.LeftJoin: "LEFT", ast.RightJoin: "RIGHT", ast.FullJoin: "FULL", ast.CrossJoin: "CROSS",
}

// joinRef binds left JOIN right. RIGHT comes out as LEFT with the inputs
// exchanged; names and the order of * follow the text all the same.
func (b *binder) joinRef(ref *ast.JoinRef, s *scope) (plan.Node, []*rel) {
	ln, lrels, _ := b.tableRef(ref.Left, s)
	mark := len(s.rels)
	leftOK := ref.Kind == ast.InnerJoin || ref.Kind == ast.LeftJoin || ref.Kind == ast.CrossJoin
	for _, r := range lrels {
		r.lateralOnly, r.lateralOK = true, leftOK
	}
	s.rels = append(s.rels, lrels...)
	rn, rrels, lateral := b.tableRef(ref.Right, s)
	s.rels = s.rels[:mark]
	for _, r := range lrels {
		r.lateralOnly, r.lateralOK = false, true
	}
	b.checkNames(lrels, rrels, ref.Right)

	j := &plan.Join{L: ln, R: rn, Lateral: lateral}
	switch ref.Kind {
	case ast.InnerJoin:
		j.Kind = plan.Inner
	case ast.LeftJoin:
		j.Kind = plan.Left
	case ast.RightJoin:
		j.Kind, j.L, j.R, j.Lateral = plan.Left, rn, ln, false
	case ast.FullJoin:
		j.Kind, j.Lateral = plan.Full, false
	case ast.CrossJoin:
		j.Kind = plan.Cross
	}
	rels := append(append([]*rel(nil), lrels...), rrels...)
	using := ref.Using
	if ref.Natural {
		using = commonNames(lrels, rrels)
	}
	var merged *rel
	if ref.Natural || len(ref.Using) > 0 {
		merged = b.usingJoin(ref, j, using, lrels, rrels)
		for _, r := range rels {
			r.colsVisible = false
		}
	} else if ref.On != nil {
		// ON sees its own join and the enclosing queries, not its siblings in FROM.
		js := &scope{b: b, parent: s.parent, ctes: s.ctes, fn: s.fn, rels: rels, clause: inJoin}
		j.On = b.condition(js, ref.On, "JOIN/ON")
	}
	if merged == nil && ref.Alias != nil {
		merged = &rel{colsVisible: true, lateralOK: true}
		for _, c := range starColumns(rels) {
			merged.cols = append(merged.cols, c)
		}
		for _, r := range rels {
			r.colsVisible = false
		}
	}
	if merged != nil {
		if ref.Alias != nil {
			for _, r := range rels {
				r.relVisible = false
			}
			merged.relVisible = true
			b.renameColumns(merged, ref.Alias, ref.Alias.Name)
		}
		rels = append(rels, merged)
	}
	if ref.UsingAlias != "" {
		rels = append(rels, usingAlias(ref, merged, len(using)))
	}
	return j, rels
}

// usingAlias is the rel of JOIN … USING (…) AS name: the merged columns alone.
func usingAlias(ref *ast.JoinRef, merged *rel, n int) *rel {
	return &rel{name: ref.UsingAlias, relVisible: true, lateralOK: true, cols: merged.cols[:n:n]}
}

// starColumns lists what a bare * shows of rels, in order.
func starColumns(rels []*rel) []*relCol {
	var out []*relCol
	for _, r := range rels {
		if !r.colsVisible {
			continue
		}
		for _, c := range r.cols {
			if !c.hidden {
				out = append(out, c)
			}
		}
	}
	return out
}

// commonNames are the names of NATURAL, in the order of the left side.
func commonNames(l, r []*rel) []string {
	var names []string
	right := map[string]bool{}
	for _, c := range starColumns(r) {
		right[c.name] = true
	}
	seen := map[string]bool{}
	for _, c := range starColumns(l) {
		if right[c.name] && !seen[c.name] {
			names = append(names, c.name)
			seen[c.name] = true
		}
	}
	return names
}

// usingJoin sets the join's condition and gives the rel with the merged columns
// first, then the others of the left, then of the right.
func (b *binder) usingJoin(ref *ast.JoinRef, j *plan.Join, names []string, lrels, rrels []*rel) *rel {
	merged := &rel{colsVisible: true, lateralOK: true}
	used := map[*relCol]bool{}
	var conds []expr.Expr
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			b.failf(ast.NoPosition, pgerr.DuplicateColumn, "column name %q appears more than once in USING clause", name)
		}
		seen[name] = true
		lc := b.usingColumn(ref, lrels, name, "left")
		rc := b.usingColumn(ref, rrels, name, "right")
		used[lc], used[rc] = true, true
		lc.note()
		rc.note()
		l, r := lc.read(b), rc.read(b)
		conds = append(conds, b.operator(nil, ref.At, "", "=", l, r))
		merged.cols = append(merged.cols, b.mergedColumn(ref, name, lc, rc))
	}
	for _, c := range starColumns(append(append([]*rel(nil), lrels...), rrels...)) {
		if !used[c] {
			merged.cols = append(merged.cols, c)
		}
	}
	j.On = conj(conds)
	if j.Kind == plan.Inner && len(conds) == 0 {
		j.Kind = plan.Cross
	}
	return merged
}

func (b *binder) usingColumn(ref *ast.JoinRef, rels []*rel, name, side string) *relCol {
	var hit *relCol
	for _, c := range starColumns(rels) {
		if c.name != name {
			continue
		}
		if hit != nil {
			b.failf(ast.NoPosition, pgerr.AmbiguousColumn, "common column name %q appears more than once in %s table", name, side)
		}
		hit = c
	}
	if hit == nil {
		for _, r := range rels {
			if r.pat != nil && r.colsVisible {
				return b.field(r, name)
			}
		}
		b.failf(ast.NoPosition, pgerr.UndefinedColumn, "column %q specified in USING clause does not exist in %s table", name, side)
	}
	return hit
}

// mergedColumn is the value of a USING column: the side that is never null, or
// whichever is not null in a full join.
func (b *binder) mergedColumn(ref *ast.JoinRef, name string, lc, rc *relCol) *relCol {
	l, r := lc.read(b), rc.read(b)
	t, mod := b.commonType("JOIN/USING", []expr.Expr{l, r}, []ast.At{ref.At, ref.At})
	if lc.col.Mod == rc.col.Mod && lc.col.T.Is(rc.col.T) {
		mod = lc.col.Mod
	}
	col := lc.col
	col.Name, col.T, col.Mod = name, t, mod
	lx := b.coerce(l, t, mod, implicit, ref.At)
	rx := b.coerce(r, t, mod, implicit, ref.At)
	var e expr.Expr
	switch ref.Kind {
	case ast.RightJoin:
		e, col.Table, col.Attnum = rx, rc.col.Table, rc.col.Attnum
	case ast.FullJoin:
		e, col.Table, col.Attnum = &expr.Coalesce{Args: []expr.Expr{lx, rx}, T: t}, 0, 0
	default:
		e = lx
	}
	return &relCol{name: name, col: col, e: e}
}

// conj is the conjunction of conditions; nil for none.
func conj(es []expr.Expr) expr.Expr {
	switch len(es) {
	case 0:
		return nil
	case 1:
		return es[0]
	}
	return &expr.And{Args: es}
}
