package bind

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
)

// Trace is told what the parts of a statement were bound to, inner ones first.
// It is for wording a query anew; all functions must be set. What views and
// SQL functions expand to is not reported.
type Trace struct {
	// Expr: e was bound to x.
	Expr func(e ast.Expr, x expr.Expr)
	// Column: rel.column was read; rel is "" where it cannot be named. One ID may
	// be reported under several names, each valid until the next.
	Column func(id expr.ColID, rel, column string)
	// Aggregate: a call became this column.
	Aggregate func(id expr.ColID, call *expr.AggCall)
	// Target names a column of a select list; Star lists what a star stands for.
	Target func(t *ast.Target, name string)
	Star   func(t *ast.Target, cols []expr.Expr, names []string)
}

// trace is the Trace to tell, nil for none.
func (b *binder) trace() *Trace {
	if b.cfg.Trace == nil || b.viaView || len(b.expanding) > 0 {
		return nil
	}
	return b.cfg.Trace
}

func (s *scope) expr(e ast.Expr) expr.Expr {
	x := s.bindExpr(e)
	if t := s.b.trace(); t != nil {
		t.Expr(e, x)
	}
	return x
}

func (b *binder) traceColumn(f found, e expr.Expr) {
	t := b.trace()
	if t == nil {
		return
	}
	c, ok := e.(*expr.Col)
	if !ok {
		return
	}
	rel := f.r.name
	if !f.r.relVisible {
		rel = ""
	}
	t.Column(c.ID, rel, f.c.name)
}

func (b *binder) traceStar(target *ast.Target, cols []starCol) {
	t := b.trace()
	if t == nil {
		return
	}
	var es []expr.Expr
	var names []string
	for _, c := range cols {
		es, names = append(es, c.e), append(names, c.name)
	}
	t.Star(target, es, names)
}
