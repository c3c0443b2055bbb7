package pgcatalog

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/parse"
)

// nestedIndent is how far a query inside another is moved right, in columns.
const nestedIndent = 8

// queryText lays out a view's query over lines as ruleutils.c does; the text
// itself where it does not parse as a query.
func queryText(ctx *expr.Ctx, stored string, pretty bool) string {
	stmt, err := parse.One(stored)
	if err != nil {
		return " " + stored
	}
	q, ok := stmt.(*ast.Select)
	if !ok {
		return " " + stored
	}
	r := &ruleText{pretty: pretty, ctx: ctx}
	return " " + strings.TrimPrefix(r.query(q), " ")
}

// line starts a new line n columns right of the query's own indentation.
func (r *ruleText) line(n int) string { return "\n" + strings.Repeat(" ", r.indent+n) }

// subquery words a query in parentheses, without them.
func (r *ruleText) subquery(q *ast.Select) string {
	saved := r.indent
	r.indent += nestedIndent
	text := r.query(q)
	r.indent = saved
	return " " + strings.TrimPrefix(text, " ")
}

func (r *ruleText) query(q *ast.Select) string {
	var b strings.Builder
	if q.With != nil {
		b.WriteString(r.with(q.With))
	}
	b.WriteString(r.body(q.Body))
	if len(q.OrderBy) > 0 {
		b.WriteString(r.line(2) + "ORDER BY " + r.order(q.OrderBy))
	}
	if q.WithTies {
		if q.Offset != nil {
			b.WriteString(r.line(1) + "OFFSET " + r.words(q.Offset))
		}
		b.WriteString(r.line(1) + "FETCH FIRST " + ast.Print(q.Limit) + " ROWS WITH TIES")
		return b.String()
	}
	if q.Offset != nil {
		b.WriteString(r.line(1) + "OFFSET " + r.words(q.Offset))
	}
	if q.Limit != nil {
		b.WriteString(r.line(1) + "LIMIT " + r.words(q.Limit))
	}
	for _, l := range q.Locking {
		b.WriteString(r.line(1) + [...]string{"FOR KEY SHARE", "FOR SHARE", "FOR NO KEY UPDATE", "FOR UPDATE"}[l.Strength])
	}
	return b.String()
}

func (r *ruleText) with(w *ast.With) string {
	var b strings.Builder
	b.WriteString(" WITH ")
	if w.Recursive {
		b.WriteString("RECURSIVE ")
	}
	for i, c := range w.CTEs {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quoteIdent(c.Name) + columnNames(c.Columns) + " AS ")
		b.WriteString([...]string{"", "MATERIALIZED ", "NOT MATERIALIZED "}[c.Materialized])
		if q, ok := c.Query.(*ast.Select); ok {
			b.WriteString("(" + r.subqueryLines(q) + r.line(8) + ")")
		} else {
			b.WriteString("(" + ast.Print(c.Query) + ")")
		}
	}
	return b.String() + r.line(0)
}

// subqueryLines starts a common table expression on a line of its own.
func (r *ruleText) subqueryLines(q *ast.Select) string {
	saved := r.indent
	r.indent += nestedIndent
	text := "\n" + strings.Repeat(" ", r.indent) + r.query(q)
	r.indent = saved
	return text
}

func columnNames(names []string) string {
	if len(names) == 0 {
		return ""
	}
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = quoteIdent(n)
	}
	return "(" + strings.Join(out, ", ") + ")"
}

func (r *ruleText) body(body ast.SelectBody) string {
	switch s := body.(type) {
	case *ast.SelectClause:
		return r.selectClause(s)
	case *ast.ValuesClause:
		rows := make([]string, len(s.Rows))
		for i, row := range s.Rows {
			rows[i] = "(" + r.joined(row, &ast.Row{}, ",") + ")"
		}
		return " VALUES " + strings.Join(rows, ", ")
	case *ast.SetOperation:
		word := [...]string{"UNION", "INTERSECT", "EXCEPT"}[s.Kind]
		if s.All {
			word += " ALL"
		}
		return r.setOperand(s.Left) + r.line(0) + word + r.line(0) + r.setOperand(s.Right)
	}
	return ""
}

func (r *ruleText) setOperand(q *ast.Select) string {
	if q.With == nil && len(q.OrderBy) == 0 && q.Limit == nil && q.Offset == nil {
		return r.query(q)
	}
	return "(" + r.subquery(q) + ")"
}

func (r *ruleText) selectClause(s *ast.SelectClause) string {
	var b strings.Builder
	b.WriteString(" SELECT")
	if s.Distinct {
		b.WriteString(" DISTINCT")
		if len(s.DistinctOn) > 0 {
			b.WriteString(" ON (" + r.joined(s.DistinctOn, &ast.Row{}, ", ") + ")")
		}
	}
	for i, t := range s.Targets {
		if i > 0 {
			b.WriteString("," + r.line(3))
		}
		b.WriteString(strings.Replace(" "+r.target(t), " \n", "\n", 1))
	}
	for i, f := range s.From {
		if i == 0 {
			b.WriteString(r.line(3) + "FROM ")
		} else {
			b.WriteString("," + r.line(4))
		}
		b.WriteString(r.table(f))
	}
	if s.Where != nil {
		b.WriteString(r.line(2) + "WHERE " + r.words(s.Where))
	}
	if len(s.GroupBy) > 0 {
		b.WriteString(r.line(2) + "GROUP BY " + r.group(s.GroupBy))
	}
	if s.Having != nil {
		b.WriteString(r.line(1) + "HAVING " + r.words(s.Having))
	}
	for i, w := range s.Windows {
		if i == 0 {
			b.WriteString(r.line(2) + "WINDOW ")
		} else {
			b.WriteString(", ")
		}
		b.WriteString(quoteIdent(w.Name) + " AS " + r.window(w.Spec))
	}
	return b.String()
}

func (r *ruleText) group(items []ast.Expr) string {
	out := make([]string, len(items))
	for i, e := range items {
		out[i] = r.words(e)
		switch e.(type) {
		case *ast.ColumnRef, *ast.Literal, *ast.GroupingSet, *ast.Row:
		default:
			if r.pretty || isCall(out[i]) {
				out[i] = "(" + out[i] + ")"
			}
		}
	}
	return strings.Join(out, ", ")
}

func (r *ruleText) target(t *ast.Target) string {
	text := ""
	if c, ok := t.Expr.(*ast.Case); ok && r.pretty {
		saved := r.indent
		r.indent += 8
		text = r.caseOf(c)
		r.indent = saved
	} else {
		text = r.words(t.Expr)
	}
	if t.Alias == "" {
		return text
	}
	if c, ok := t.Expr.(*ast.ColumnRef); ok && c.Names[len(c.Names)-1] == t.Alias {
		return text
	}
	return text + " AS " + quoteIdent(t.Alias)
}

func (r *ruleText) window(w *ast.WindowSpec) string {
	if w.Name != "" {
		return quoteIdent(w.Name)
	}
	var parts []string
	if w.Base != "" {
		parts = append(parts, quoteIdent(w.Base))
	}
	if len(w.PartitionBy) > 0 {
		parts = append(parts, "PARTITION BY "+r.group(w.PartitionBy))
	}
	if len(w.OrderBy) > 0 {
		parts = append(parts, "ORDER BY "+r.order(w.OrderBy))
	}
	if w.Frame != nil {
		bare := *w
		bare.Base, bare.PartitionBy, bare.OrderBy = "", nil, nil
		parts = append(parts, frameText(&bare))
	}
	return "(" + strings.Join(parts, " ") + ")"
}

// frameText takes the words of a frame out of a printed window call.
func frameText(w *ast.WindowSpec) string {
	text := ast.Print(&ast.FuncCall{Name: ast.ObjectName{Name: "f"}, Over: w})
	_, frame, _ := strings.Cut(text, "OVER (")
	return strings.TrimSuffix(frame, ")")
}

func (r *ruleText) table(t ast.TableRef) string {
	switch t := t.(type) {
	case *ast.TableName:
		name := r.relation(t.Name)
		if t.Only {
			name = "ONLY " + name
		}
		if t.Sample != nil {
			return ast.Print(&ast.Select{Body: &ast.SelectClause{From: []ast.TableRef{t}}})[len("SELECT FROM "):]
		}
		return name + aliasText(t.Alias)
	case *ast.SubqueryRef:
		lateral := ""
		if t.Lateral {
			lateral = "LATERAL "
		}
		return lateral + "(" + r.subquery(t.Query) + ")" + aliasText(t.Alias)
	case *ast.JoinRef:
		return r.join(t)
	}
	text := ast.Print(&ast.Select{Body: &ast.SelectClause{From: []ast.TableRef{t}}})
	return strings.Replace(strings.TrimPrefix(text, "SELECT FROM "), " AS ", " ", 1)
}

func aliasText(a *ast.Alias) string {
	if a == nil {
		return ""
	}
	return " " + quoteIdent(a.Name) + columnNames(a.Columns)
}

func (r *ruleText) join(j *ast.JoinRef) string {
	kind := [...]string{"JOIN ", "LEFT JOIN ", "RIGHT JOIN ", "FULL JOIN ", "CROSS JOIN "}[j.Kind]
	if j.Natural {
		kind = "NATURAL " + kind
	}
	right := r.table(j.Right)
	if in, ok := j.Right.(*ast.JoinRef); ok && in.Alias == nil && r.pretty {
		right = "(" + right + ")"
	}
	text := r.table(j.Left) + r.line(5) + kind + right
	switch {
	case j.On != nil && r.pretty:
		text += " ON " + r.words(j.On)
	case j.On != nil:
		text += " ON (" + r.words(j.On) + ")"
	case len(j.Using) > 0:
		text += " USING " + columnNames(j.Using)
		if j.UsingAlias != "" {
			text += " AS " + quoteIdent(j.UsingAlias)
		}
	}
	if !r.pretty || j.Alias != nil {
		text = "(" + text + ")"
	}
	return text + aliasText(j.Alias)
}
