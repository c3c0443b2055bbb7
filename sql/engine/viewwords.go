package engine

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/bind"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/parse"
	"github.com/ferritedb/ferrite/sql/types"
)

// wording collects the canonical words of a query's expressions while it is
// bound: columns with their relation, constants with their type.
type wording struct {
	columns map[expr.ColID]string
	calls   map[expr.ColID]string
	texts   map[ast.Expr]string
	names   map[*ast.Target]string
	stars   map[*ast.Target][]*ast.Target
	host    *ddlHost
}

func newWording(h *ddlHost) *wording {
	return &wording{columns: map[expr.ColID]string{}, calls: map[expr.ColID]string{}, texts: map[ast.Expr]string{},
		names: map[*ast.Target]string{}, stars: map[*ast.Target][]*ast.Target{}, host: h}
}

func (w *wording) deparser() *expr.Deparser {
	d := &expr.Deparser{Relation: w.host.relationName, Call: func(c *expr.Col) string { return w.calls[c.ID] }}
	d.Column = func(c *expr.Col) string {
		if text, ok := w.columns[c.ID]; ok {
			return text
		}
		d.Failed = true
		return ""
	}
	return d
}

func (w *wording) trace() *bind.Trace {
	return &bind.Trace{
		Expr: func(e ast.Expr, x expr.Expr) {
			d := w.deparser()
			if text := d.Text(x); !d.Failed {
				w.texts[e] = text
			}
		},
		Column: func(id expr.ColID, rel, column string) {
			text := types.QuoteIdent(column)
			if rel != "" {
				text = types.QuoteIdent(rel) + "." + text
			}
			w.columns[id] = text
			delete(w.calls, id)
		},
		Aggregate: func(id expr.ColID, call *expr.AggCall) {
			d := w.deparser()
			if text := d.Aggregate(call); !d.Failed {
				w.calls[id] = text
				delete(w.columns, id)
			}
		},
		Target: func(t *ast.Target, name string) { w.names[t] = name },
		Star:   w.star,
	}
}

func (w *wording) star(t *ast.Target, cols []expr.Expr, names []string) {
	var out []*ast.Target
	for i, c := range cols {
		d := w.deparser()
		e, err := parse.Expr(d.Text(c))
		if err != nil || d.Failed {
			return
		}
		out = append(out, &ast.Target{At: t.At, Expr: e, Alias: names[i]})
	}
	w.stars[t] = out
}

// rewrite puts the words into the tree: whole expressions where they have
// words, else the columns in them.
func (w *wording) rewrite(q *ast.Select) {
	ast.Walk(q, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ColumnRef:
			if e, err := parse.Expr(w.texts[n]); err == nil {
				if c, ok := e.(*ast.ColumnRef); ok {
					n.Names = c.Names
				}
			}
		case *ast.JoinRef:
			if n.On != nil {
				n.On = w.words(n.On)
			}
		case *ast.Select:
			if c, ok := n.Body.(*ast.SelectClause); ok {
				w.clause(n, c)
			}
		}
		return true
	})
	ast.Walk(q, func(n ast.Node) bool {
		if op, ok := n.(*ast.SetOperation); ok {
			nameArms(op)
		}
		return true
	})
}

// nameArms gives the right arm of a set operation the names of the left one,
// which are those of the result.
func nameArms(op *ast.SetOperation) {
	left, right := firstClause(op.Left), firstClause(op.Right)
	if left == nil || right == nil || len(left.Targets) != len(right.Targets) {
		return
	}
	for i, t := range right.Targets {
		if left.Targets[i].Alias != "" && t.Alias != "" {
			t.Alias = left.Targets[i].Alias
		}
	}
}

func firstClause(q *ast.Select) *ast.SelectClause {
	for {
		switch b := q.Body.(type) {
		case *ast.SelectClause:
			return b
		case *ast.SetOperation:
			q = b.Left
		default:
			return nil
		}
	}
}

func (w *wording) words(e ast.Expr) ast.Expr {
	text, ok := w.texts[e]
	if !ok {
		return e
	}
	x, err := parse.Expr(text)
	if err != nil {
		return e
	}
	return x
}

func (w *wording) clause(q *ast.Select, c *ast.SelectClause) {
	var targets []*ast.Target
	for _, t := range c.Targets {
		if list, ok := w.stars[t]; ok {
			targets = append(targets, list...)
			continue
		}
		n := *t
		n.Expr = w.words(t.Expr)
		if l, ok := n.Expr.(*ast.Literal); ok && l.Kind == ast.LiteralString {
			n.Expr = &ast.Cast{Operand: l, Type: &ast.TypeName{Name: ast.ObjectName{Name: "text"}}, Form: ast.CastColons}
		}
		if name, ok := w.names[t]; ok {
			n.Alias = name
		}
		targets = append(targets, &n)
	}
	c.Targets = targets
	if c.Where != nil {
		c.Where = w.words(c.Where)
	}
	if c.Having != nil {
		c.Having = w.words(c.Having)
	}
	for i, e := range c.GroupBy {
		c.GroupBy[i] = w.meant(e, targets)
	}
	for i, e := range c.DistinctOn {
		c.DistinctOn[i] = w.meant(e, targets)
	}
	for _, it := range q.OrderBy {
		it.Expr = w.meant(it.Expr, targets)
	}
}

// meant is the expression behind a position or an output name; what was bound
// for itself has words of its own.
func (w *wording) meant(e ast.Expr, targets []*ast.Target) ast.Expr {
	if _, ok := w.texts[e]; ok {
		return w.words(e)
	}
	switch e := e.(type) {
	case *ast.Literal:
		if n, ok := e.Int64(); ok && n >= 1 && int(n) <= len(targets) {
			return targets[n-1].Expr
		}
	case *ast.ColumnRef:
		for _, t := range targets {
			if len(e.Names) == 1 && t.Alias == e.Names[0] {
				return t.Expr
			}
		}
	}
	return e
}
