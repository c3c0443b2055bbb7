package ast

import (
	"fmt"
	"strings"
)

func (p *printer) parenQuery(q *Select) {
	p.str("(")
	p.query(q)
	p.str(")")
}

func (p *printer) query(q *Select) {
	if q.With != nil {
		p.with(q.With)
		p.str(" ")
	}
	p.selectBody(q.Body)
	if len(q.OrderBy) > 0 {
		p.str(" ")
		p.orderBy(q.OrderBy)
	}
	p.limit(q)
	for _, l := range q.Locking {
		p.locking(l)
	}
}

func (p *printer) limit(q *Select) {
	if q.WithTies {
		// OFFSET first, as the standard has it.
		if q.Offset != nil {
			p.str(" OFFSET ")
			p.expr(q.Offset)
		}
		p.str(" FETCH FIRST ")
		p.fetchCount(q.Limit)
		p.str(" ROWS WITH TIES")
		return
	}
	if q.Limit != nil {
		p.str(" LIMIT ")
		p.expr(q.Limit)
	}
	if q.Offset != nil {
		p.str(" OFFSET ")
		p.expr(q.Offset)
	}
}

// fetchCount writes the count of FETCH FIRST: a signed number, a parameter, or
// an expression in parentheses.
func (p *printer) fetchCount(e Expr) {
	switch e.(type) {
	case *Literal, *Param:
		p.expr(e)
	default:
		p.list("(", []Expr{e}, ")")
	}
}

func (p *printer) locking(l *LockingClause) {
	p.str([...]string{" FOR KEY SHARE", " FOR SHARE", " FOR NO KEY UPDATE", " FOR UPDATE"}[l.Strength])
	if len(l.Of) > 0 {
		p.str(" OF ")
		p.objectNames(l.Of)
	}
	p.str([...]string{"", " SKIP LOCKED", " NOWAIT"}[l.Wait])
}

func (p *printer) selectBody(b SelectBody) {
	switch b := b.(type) {
	case *SelectClause:
		p.selectClause(b)
	case *ValuesClause:
		p.str("VALUES ")
		for i, row := range b.Rows {
			p.sep(i)
			p.list("(", row, ")")
		}
	case *SetOperation:
		p.setOperand(b.Left, b, false)
		p.str([...]string{" UNION ", " INTERSECT ", " EXCEPT "}[b.Kind])
		p.opt(b.All, "ALL ")
		p.setOperand(b.Right, b, true)
	default:
		panic(fmt.Sprintf("ast: no printed form for %T", b))
	}
}

// setOperand writes an operand of a set operation, in parentheses if it has
// clauses of its own, or is a set operation that would group otherwise.
func (p *printer) setOperand(q *Select, parent *SetOperation, right bool) {
	paren := q.With != nil || len(q.OrderBy) > 0 || q.Limit != nil || q.Offset != nil || len(q.Locking) > 0
	if child, ok := q.Body.(*SetOperation); ok {
		childTight, tight := child.Kind == Intersect, parent.Kind == Intersect
		paren = paren || right && childTight == tight || tight && !childTight
	}
	if paren {
		p.parenQuery(q)
		return
	}
	p.query(q)
}

func (p *printer) selectClause(s *SelectClause) {
	p.str("SELECT")
	if s.Distinct {
		p.str(" DISTINCT")
		if len(s.DistinctOn) > 0 {
			p.list(" ON (", s.DistinctOn, ")")
		}
	}
	for i, t := range s.Targets {
		p.opt(i > 0, ",")
		p.str(" ")
		p.target(t)
	}
	if s.Into != nil {
		p.str(" INTO ")
		p.persistence(s.Into.Persistence)
		p.str("TABLE ")
		p.objectName(s.Into.Name)
	}
	p.from(" FROM ", s.From)
	p.asOf(s.AsOf)
	p.where(s.Where)
	if len(s.GroupBy) > 0 {
		p.str(" GROUP BY ")
		p.opt(s.GroupDistinct, "DISTINCT ")
		p.exprs(s.GroupBy)
	}
	if s.Having != nil {
		p.str(" HAVING ")
		p.expr(s.Having)
	}
	for i, w := range s.Windows {
		if i == 0 {
			p.str(" WINDOW ")
		}
		p.sep(i)
		p.name(w.Name)
		p.str(" AS ")
		p.windowSpec(w.Spec)
	}
}

func (p *printer) asOf(e Expr) {
	if e != nil {
		p.str(" AS OF SYSTEM TIME ")
		p.expr(e)
	}
}

func (p *printer) where(e Expr) {
	if e != nil {
		p.str(" WHERE ")
		p.expr(e)
	}
}

func (p *printer) target(t *Target) {
	p.expr(t.Expr)
	if t.Alias != "" {
		p.str(" AS ")
		p.name(t.Alias)
	}
}

func (p *printer) returning(list []*Target) {
	for i, t := range list {
		if i == 0 {
			p.str(" RETURNING ")
		}
		p.sep(i)
		p.target(t)
	}
}

func (p *printer) orderBy(list []*OrderItem) {
	p.str("ORDER BY ")
	for i, o := range list {
		p.sep(i)
		p.orderItem(o)
	}
}

func (p *printer) orderItem(o *OrderItem) {
	p.expr(o.Expr)
	if o.Using != nil {
		p.str(" USING ")
		p.operator(*o.Using)
	}
	p.direction(o.Direction, o.Nulls)
}

func (p *printer) direction(d SortDirection, n NullsOrder) {
	p.str([...]string{"", " ASC", " DESC"}[d])
	p.str([...]string{"", " NULLS FIRST", " NULLS LAST"}[n])
}

func (p *printer) with(w *With) {
	p.str("WITH ")
	p.opt(w.Recursive, "RECURSIVE ")
	for i, c := range w.CTEs {
		p.sep(i)
		p.name(c.Name)
		p.parenNames(c.Columns)
		p.str(" AS ", [...]string{"", "MATERIALIZED ", "NOT MATERIALIZED "}[c.Materialized], "(")
		p.statement(c.Query)
		p.str(")")
		if s := c.Search; s != nil {
			p.str(" SEARCH ")
			if s.BreadthFirst {
				p.str("BREADTH")
			} else {
				p.str("DEPTH")
			}
			p.str(" FIRST BY ")
			p.names(s.By)
			p.str(" SET ")
			p.name(s.Set)
		}
		if c.Cycle != nil {
			p.cycle(c.Cycle)
		}
	}
}

func (p *printer) cycle(c *CTECycle) {
	p.str(" CYCLE ")
	p.names(c.Columns)
	p.str(" SET ")
	p.name(c.Mark)
	if c.MarkValue != nil {
		p.str(" TO ")
		p.operand(c.MarkValue, precAtom)
		p.str(" DEFAULT ")
		p.operand(c.MarkDefault, precAtom)
	}
	p.str(" USING ")
	p.name(c.Path)
}

// from writes a list of table references after a key word, if there are any.
func (p *printer) from(word string, list []TableRef) {
	for i, t := range list {
		if i == 0 {
			p.str(word)
		}
		p.sep(i)
		p.tableRef(t)
	}
}

func (p *printer) alias(a *Alias) {
	if a == nil {
		return
	}
	p.str(" AS ")
	p.name(a.Name)
	p.parenNames(a.Columns)
}

func (p *printer) tableRef(t TableRef) {
	switch t := t.(type) {
	case *TableName:
		p.opt(t.Only, "ONLY ")
		p.objectName(t.Name)
		p.alias(t.Alias)
		p.sample(t.Sample)
	case *KeyPattern:
		p.keyPattern(t.Pattern)
		p.alias(t.Alias)
		p.sample(t.Sample)
	case *SubqueryRef:
		p.opt(t.Lateral, "LATERAL ")
		p.parenQuery(t.Query)
		p.alias(t.Alias)
	case *FunctionRef:
		p.functionRef(t)
	case *JoinRef:
		if t.Alias != nil {
			p.str("(")
			p.join(t)
			p.str(")")
			p.alias(t.Alias)
			return
		}
		p.join(t)
	default:
		panic(fmt.Sprintf("ast: no printed form for %T", t))
	}
}

func (p *printer) sample(s *TableSample) {
	if s == nil {
		return
	}
	p.str(" TABLESAMPLE ")
	p.objectName(s.Method)
	p.list("(", s.Args, ")")
	if s.Repeatable != nil {
		p.list(" REPEATABLE (", []Expr{s.Repeatable}, ")")
	}
}

func (p *printer) join(j *JoinRef) {
	p.tableRef(j.Left)
	p.opt(j.Natural, " NATURAL")
	p.str([...]string{" JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ", " CROSS JOIN "}[j.Kind])
	if right, ok := j.Right.(*JoinRef); ok && right.Alias == nil {
		p.str("(")
		p.join(right)
		p.str(")")
	} else {
		p.tableRef(j.Right)
	}
	switch {
	case j.On != nil:
		p.str(" ON ")
		p.expr(j.On)
	case len(j.Using) > 0:
		p.str(" USING (")
		p.names(j.Using)
		p.str(")")
		if j.UsingAlias != "" {
			p.str(" AS ")
			p.name(j.UsingAlias)
		}
	}
}

func (p *printer) functionRef(f *FunctionRef) {
	p.opt(f.Lateral, "LATERAL ")
	p.opt(f.RowsFrom, "ROWS FROM (")
	for i, t := range f.Functions {
		p.sep(i)
		p.expr(t.Call)
		if len(t.Columns) > 0 {
			p.str(" AS ")
			p.columnDefinitions(t.Columns)
		}
	}
	p.opt(f.RowsFrom, ")")
	p.opt(f.Ordinality, " WITH ORDINALITY")
	p.alias(f.Alias)
	if len(f.Columns) > 0 {
		p.opt(f.Alias == nil, " AS")
		p.str(" ")
		p.columnDefinitions(f.Columns)
	}
}

// columnDefinitions writes (name type [COLLATE c], …).
func (p *printer) columnDefinitions(list []*ColumnDef) {
	p.str("(")
	for i, c := range list {
		p.sep(i)
		p.name(c.Name)
		p.str(" ")
		p.typeName(c.Type)
		p.collation(c.Collation)
	}
	p.str(")")
}

func (p *printer) collation(n *ObjectName) {
	if n != nil {
		p.str(" COLLATE ")
		p.objectName(*n)
	}
}

// keyPattern writes a pattern bare if it can be, else as KEYS 'pattern'.
func (p *printer) keyPattern(pattern string) {
	if IsBareKeyPattern(pattern) {
		p.str(pattern)
		return
	}
	p.str("KEYS ", QuoteString(pattern))
}

// IsBareKeyPattern reports whether a key pattern can be written without
// quotes: a word, a colon, and at least one more character of a pattern.
func IsBareKeyPattern(pattern string) bool {
	colon := strings.IndexByte(pattern, ':')
	if colon <= 0 || colon+1 == len(pattern) || strings.Contains(pattern, "--") {
		return false
	}
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		letter := c == '_' || c >= 0x80 || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		digit := '0' <= c && c <= '9' || c == '$'
		switch {
		case letter, digit && i > 0:
		case i > colon && strings.IndexByte("*:?-.{}", c) >= 0, i == colon:
		default:
			return false
		}
	}
	return true
}
