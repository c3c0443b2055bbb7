package bind

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

var setOpText = map[ast.SetOperationKind]string{ast.Union: "UNION", ast.Intersect: "INTERSECT", ast.Except: "EXCEPT"}

// setOperation binds left UNION | INTERSECT | EXCEPT right. Each column takes
// the common type of both sides; names are those of the left.
func (b *binder) setOperation(sel *ast.Select, op *ast.SetOperation, s *scope, o queryOptions) plan.Node {
	l := b.query(op.Left, s, queryOptions{keepUnknown: true}).node
	r := b.query(op.Right, s, queryOptions{keepUnknown: true}).node
	return b.combine(op, l, r)
}

// combine makes the node over two bound sides.
func (b *binder) combine(op *ast.SetOperation, l, r plan.Node) plan.Node {
	lc, rc := l.Columns(), r.Columns()
	word := setOpText[op.Kind]
	if len(lc) != len(rc) {
		b.failf(queryAt(op.Right), pgerr.SyntaxError, "each %s query must have the same number of columns", word)
	}
	ts, mods := make([]*types.T, len(lc)), make([]int32, len(lc))
	for i := range lc {
		pair := []expr.Expr{outputExpr(l, i), outputExpr(r, i)}
		at := []ast.At{queryAt(op.Left), queryAt(op.Right)}
		ts[i], mods[i] = b.commonType(word, pair, at)
		if !op.All || op.Kind != ast.Union {
			b.equatable(ts[i], queryAt(op.Left))
		}
	}
	l = b.outputsAs(l, ts, mods, queryAt(op.Left))
	r = b.outputsAs(r, ts, mods, queryAt(op.Right))
	n := &plan.SetOp{All: op.All, L: l, R: r}
	switch op.Kind {
	case ast.Union:
		n.Kind = plan.Union
	case ast.Intersect:
		n.Kind = plan.Intersect
	case ast.Except:
		n.Kind = plan.Except
	}
	for i, c := range lc {
		n.Cols = append(n.Cols, plan.Col{ID: b.newCol(), Name: c.Name, T: ts[i], Mod: mods[i]})
	}
	return n
}

// equatable requires a type with an equality operator.
func (b *binder) equatable(t *types.T, pos ast.At) {
	if !types.HasEquality(t) {
		b.failf(pos, pgerr.UndefinedFunction, "could not identify an equality operator for type %s", types.FormatType(t, -1))
	}
}

// queryAt is where a query's first target stands, as PostgreSQL points to it.
func queryAt(q *ast.Select) ast.At {
	switch body := q.Body.(type) {
	case *ast.SelectClause:
		if len(body.Targets) > 0 {
			return start(body.Targets[0].Expr)
		}
	case *ast.ValuesClause:
		if len(body.Rows) > 0 && len(body.Rows[0]) > 0 {
			return start(body.Rows[0][0])
		}
	case *ast.SetOperation:
		return queryAt(body.Left)
	}
	return q.At
}

// outputExpr is column i of a node for the choice of a common type: the literal
// itself where it is one, which may still take any type.
func outputExpr(n plan.Node, i int) expr.Expr {
	if p, ok := n.(*plan.Project); ok {
		if isUnknown(p.Out[i]) {
			return p.Out[i]
		}
	}
	return colExpr(n.Columns()[i])
}

// outputsAs coerces the output columns of a node. Untyped literals directly in
// its projection are read as their new type there.
func (b *binder) outputsAs(n plan.Node, ts []*types.T, mods []int32, pos ast.At) plan.Node {
	if p, ok := n.(*plan.Project); ok {
		b.typeLiterals(p, ts, pos)
	}
	if v, ok := n.(*plan.Values); ok {
		b.typeValues(v, ts, pos)
	}
	cols := n.Columns()
	changed := false
	out := make([]expr.Expr, len(cols))
	for i, c := range cols {
		out[i] = colExpr(c)
		if i < len(ts) && (!c.T.Is(ts[i]) || mods[i] >= 0 && mods[i] != c.Mod) {
			out[i] = b.coerce(out[i], ts[i], mods[i], implicit, pos)
			changed = changed || out[i].Type() != c.T || mods[i] != c.Mod
		}
	}
	if !changed {
		return n
	}
	return b.project(n, out)
}

func (b *binder) typeLiterals(p *plan.Project, ts []*types.T, pos ast.At) {
	for i, e := range p.Out {
		if i < len(ts) && isUnknown(e) && !ts[i].Is(types.Unknown) {
			p.Out[i] = b.coerce(e, ts[i], -1, implicit, pos)
			p.Cols[i].T = ts[i]
		}
	}
}

func (b *binder) typeValues(v *plan.Values, ts []*types.T, pos ast.At) {
	for i := range v.Cols {
		if i >= len(ts) || !v.Cols[i].T.Is(types.Unknown) || ts[i].Is(types.Unknown) {
			continue
		}
		for _, row := range v.Rows {
			row[i] = b.coerce(row[i], ts[i], -1, implicit, pos)
		}
		v.Cols[i].T = ts[i]
	}
}

// values binds VALUES (…), (…) as a query of its own.
func (b *binder) values(v *ast.ValuesClause, s *scope, o queryOptions) plan.Node {
	s.clause = inValues
	n := &plan.Values{}
	width := -1
	for _, row := range v.Rows {
		r := s.valuesRow(row)
		if width >= 0 && len(r) != width {
			b.failf(start(row[0]), pgerr.SyntaxError, "VALUES lists must all be the same length")
		}
		width = len(r)
		n.Rows = append(n.Rows, r)
	}
	for i := 0; i < width; i++ {
		column := make([]expr.Expr, len(n.Rows))
		at := make([]ast.At, len(n.Rows))
		for j, r := range n.Rows {
			column[j] = r[i]
			at[j] = v.At
			if i < len(v.Rows[j]) {
				at[j] = start(v.Rows[j][i])
			}
		}
		t, mod := types.Unknown, int32(-1)
		if !o.keepUnknown || !allUnknown(column) {
			t, mod = b.commonType("VALUES", column, at)
			for j, r := range n.Rows {
				r[i] = b.coerce(r[i], t, mod, implicit, at[j])
			}
		}
		n.Cols = append(n.Cols, plan.Col{ID: b.newCol(), Name: "column" + fieldName(i)[1:], T: t, Mod: mod})
	}
	return n
}

func (s *scope) valuesRow(row []ast.Expr) []expr.Expr {
	out := make([]expr.Expr, 0, len(row))
	for _, e := range row {
		if cols := s.starred(e); cols != nil {
			for _, c := range cols {
				out = append(out, c.e)
			}
			continue
		}
		out = append(out, s.expr(e))
	}
	return out
}

func allUnknown(es []expr.Expr) bool {
	for _, e := range es {
		if !isUnknown(e) {
			return false
		}
	}
	return true
}
