package opt

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
)

// tidy merges projections and drops those that change nothing. It runs last:
// dropping a projection gives up the order of columns that it fixed.
func tidy(o *optimizer, n plan.Node) plan.Node {
	return o.eachNode(n, func(x plan.Node) plan.Node {
		p, ok := x.(*plan.Project)
		if !ok {
			return x
		}
		if in, ok := p.In.(*plan.Project); ok {
			if m := mergeProjects(p, in); m != nil {
				p = m
				x = m
			}
		}
		if identity(p) {
			return p.In
		}
		return x
	})
}

// identity tells that a projection passes its input on unchanged, under the same
// names (the names of the topmost columns are the client's).
func identity(p *plan.Project) bool {
	in := p.In.Columns()
	if len(in) != len(p.Cols) {
		return false
	}
	for i, c := range p.Cols {
		e, ok := p.Out[i].(*expr.Col)
		if !ok || e.ID != in[i].ID || c.ID != in[i].ID || c.Name != in[i].Name {
			return false
		}
	}
	return true
}

// mergeProjects makes one projection of two; nil where an expression of the lower
// one would be computed twice or is volatile.
func mergeProjects(p, in *plan.Project) *plan.Project {
	of := map[expr.ColID]expr.Expr{}
	for i, c := range in.Cols {
		of[c.ID] = in.Out[i]
	}
	uses := map[expr.ColID]int{}
	for _, e := range p.Out {
		expr.WalkCols(e, func(c *expr.Col) { uses[c.ID]++ })
	}
	for id, n := range uses {
		switch e := of[id].(type) {
		case nil, *expr.Col, *expr.Const, *expr.Param:
		default:
			if n > 1 || volatile(e) || hasSub(e) {
				return nil
			}
		}
	}
	m := &plan.Project{In: in.In}
	m.Cols = p.Cols
	for _, e := range p.Out {
		r, ok := substitute(e, of)
		if !ok {
			return nil
		}
		m.Out = append(m.Out, r)
	}
	return m
}
