package plan

import (
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// ExprText prints an expression as EXPLAIN does; columns by their plain names.
func ExprText(e expr.Expr) string {
	return (&printer{names: map[expr.ColID]string{}, ctes: map[*CTE]bool{}}).expr(e)
}

// expr prints one expression in the style of PostgreSQL's ruleutils.
func (p *printer) expr(e expr.Expr) string {
	switch e := e.(type) {
	case nil:
		return ""
	case *expr.Const:
		return constText(e)
	case *expr.Col:
		return p.column(e)
	case *expr.Param:
		return "$" + strconv.Itoa(e.Index)
	case *expr.Func:
		return p.call(e)
	case *expr.And:
		return p.join2(e.Args, " AND ")
	case *expr.Or:
		return p.join2(e.Args, " OR ")
	case *expr.Not:
		return "(NOT " + p.expr(e.Arg) + ")"
	case *expr.NullTest:
		return "(" + p.expr(e.Arg) + not(e.Not, " IS NULL", " IS NOT NULL") + ")"
	case *expr.BoolTest:
		word := map[byte]string{'t': "TRUE", 'f': "FALSE", 'u': "UNKNOWN"}[e.Want]
		return "(" + p.expr(e.Arg) + not(e.Not, " IS ", " IS NOT ") + word + ")"
	case *expr.Distinct:
		return "(" + p.expr(e.Eq.Args[0]) + not(e.Not, " IS DISTINCT FROM ", " IS NOT DISTINCT FROM ") + p.expr(e.Eq.Args[1]) + ")"
	case *expr.Case:
		return p.caseText(e)
	case *expr.Coalesce:
		return "COALESCE(" + p.list(e.Args) + ")"
	case *expr.MinMax:
		return not(e.Greatest, "LEAST(", "GREATEST(") + p.list(e.Args) + ")"
	case *expr.Cast:
		return p.operand(e.Arg) + "::" + typeName(e.T, e.Mod)
	case *expr.AnyAll:
		return "(" + p.expr(e.Arg) + " " + e.Name + not(e.All, " ANY (", " ALL (") + p.expr(e.Array) + "))"
	case *expr.InList:
		return "(" + p.expr(e.Arg) + not(e.Not, " IN (", " NOT IN (") + p.list(e.List) + "))"
	case *expr.ArrayCtor:
		return "ARRAY[" + p.list(e.Elems) + "]"
	case *expr.RowCtor:
		return "ROW(" + p.list(e.Fields) + ")"
	case *expr.FieldSel:
		return "(" + p.expr(e.Arg) + ")." + e.Name
	case *expr.Subscript:
		return p.subscript(e)
	case *expr.Subquery:
		return p.subplan(e)
	}
	return "?"
}

func not(is bool, no, yes string) string {
	if is {
		return yes
	}
	return no
}

func (p *printer) join2(args []expr.Expr, sep string) string {
	s := make([]string, len(args))
	for i, a := range args {
		s[i] = p.expr(a)
	}
	return "(" + strings.Join(s, sep) + ")"
}

// operand puts what binds more loosely than :: in parentheses.
func (p *printer) operand(e expr.Expr) string {
	s := p.expr(e)
	switch e.(type) {
	case *expr.Case:
		return "(" + s + ")"
	}
	return s
}

func constText(e *expr.Const) string {
	if e.Value.IsNull() {
		if e.T.Is(types.Unknown) {
			return "NULL"
		}
		return "NULL::" + typeName(e.T, e.Mod)
	}
	text := types.Format(e.Value, e.T, nil)
	switch {
	case e.T.Is(types.Bool):
		return map[string]string{"t": "true", "f": "false"}[text]
	case e.T.Is(types.Int4) && !strings.HasPrefix(text, "-"):
		return text
	case e.T.Is(types.Numeric) && !strings.ContainsAny(text, "-NI") && strings.Contains(text, "."):
		return text
	case e.T.Is(types.Unknown):
		return types.QuoteLiteral(text)
	}
	return types.QuoteLiteral(text) + "::" + typeName(e.T, e.Mod)
}

func (p *printer) call(e *expr.Func) string {
	switch {
	case e.Op != "" && len(e.Args) == 2:
		return "(" + p.expr(e.Args[0]) + " " + e.Op + " " + p.expr(e.Args[1]) + ")"
	case e.Op != "" && len(e.Args) == 1:
		return "(" + e.Op + " " + p.expr(e.Args[0]) + ")"
	}
	return e.Def.Name + "(" + p.list(e.Args) + ")"
}

func (p *printer) caseText(e *expr.Case) string {
	var b strings.Builder
	b.WriteString("CASE")
	for _, w := range e.Whens {
		b.WriteString(" WHEN " + p.expr(w.Cond) + " THEN " + p.expr(w.Then))
	}
	if e.Else != nil {
		b.WriteString(" ELSE " + p.expr(e.Else))
	}
	return b.String() + " END"
}

func (p *printer) subscript(e *expr.Subscript) string {
	s := p.expr(e.Arg)
	for i := range e.Lower {
		s += "["
		if e.Lower[i] != nil {
			s += p.expr(e.Lower[i])
		}
		if e.Slice {
			s += ":"
			if i < len(e.Upper) && e.Upper[i] != nil {
				s += p.expr(e.Upper[i])
			}
		}
		s += "]"
	}
	return s
}

// subplan prints a reference and hangs the subquery's plan below the node.
func (p *printer) subplan(q *expr.Subquery) string {
	p.subplans++
	name := "SubPlan " + strconv.Itoa(p.subplans)
	if len(q.Outer) == 0 && q.Kind != expr.SubAny && q.Kind != expr.SubAll {
		name = "InitPlan " + strconv.Itoa(p.subplans)
	}
	if n, ok := q.Plan.(Node); ok {
		d := p.node(n)
		d.Role = name
		p.pending = append(p.pending, d)
	}
	switch q.Kind {
	case expr.SubExists:
		return "EXISTS(" + name + ")"
	case expr.SubAny:
		return "ANY(" + p.list(q.Args) + ", " + name + ")"
	case expr.SubAll:
		return "ALL(" + p.list(q.Args) + ", " + name + ")"
	case expr.SubArray:
		return "ARRAY(" + name + ")"
	}
	return "(" + name + ")"
}
