package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// queryGen writes random statements. Not safe for concurrent use.
type queryGen struct {
	r     *rand.Rand
	cat   *catalog
	depth int
	alias int
	outer []column
}

const (
	queryDepthMax = 3
	fromMax       = 4
)

func (q *queryGen) exprs(scope []column) *exprGen {
	g := &exprGen{r: q.r, cat: q.cat, scope: scope}
	if q.depth < queryDepthMax {
		g.query = func(typ string) string {
			outer := q.outer
			q.outer = scope
			defer func() { q.outer = outer }()
			return q.selectOf([]string{typ}) + pick(q.r, []string{" LIMIT 1", "", " LIMIT 1"})
		}
	}
	return g
}

func (q *queryGen) types() []string {
	var out []string
	for range 1 + q.r.IntN(4) {
		out = append(out, pick(q.r, commonTypes))
	}
	return out
}

// selectOf is a query with columns of the types, named c0, c1, …
func (q *queryGen) selectOf(types []string) string {
	q.depth++
	defer func() { q.depth-- }()
	if q.depth > queryDepthMax {
		g := q.exprs(nil)
		var cells []string
		for i, typ := range types {
			cells = append(cells, fmt.Sprintf("%s AS c%d", g.leaf(typ), i))
		}
		return "SELECT " + strings.Join(cells, ", ")
	}
	if q.r.IntN(8) == 0 {
		op := pick(q.r, []string{"UNION", "UNION ALL", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL"})
		return fmt.Sprintf("(%s) %s (%s)", q.plainSelect(types), op, q.plainSelect(types))
	}
	return q.plainSelect(types)
}

func (q *queryGen) plainSelect(types []string) string {
	var b strings.Builder
	if q.r.IntN(6) == 0 {
		q.alias++
		name := "w" + strconv.Itoa(q.alias)
		fmt.Fprintf(&b, "WITH %s AS %s(%s) ", name, pick(q.r, []string{"", "MATERIALIZED ", "NOT MATERIALIZED "}), q.selectOf(types))
	}
	from, scope := q.from()
	scope = append(scope, q.outer...)
	g := q.exprs(scope)
	grouped := q.r.IntN(4) == 0
	b.WriteString("SELECT ")
	if !grouped && q.r.IntN(8) == 0 {
		b.WriteString("DISTINCT ")
	}
	for i, typ := range types {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s AS c%d", q.cell(g, typ, grouped), i)
	}
	b.WriteString(from)
	if q.r.IntN(2) == 0 {
		b.WriteString(" WHERE " + g.expr("bool"))
	}
	if grouped {
		b.WriteString(q.groupBy(g))
	}
	if q.r.IntN(3) == 0 {
		b.WriteString(" ORDER BY 1" + pick(q.r, []string{"", " DESC", " NULLS FIRST", " DESC NULLS LAST"}))
	}
	if q.r.IntN(4) == 0 {
		b.WriteString(" LIMIT " + pick(q.r, integers) + pick(q.r, []string{"", " OFFSET " + pick(q.r, integers)}))
	}
	return b.String()
}

// cell is a target: an aggregate or window function now and then.
func (q *queryGen) cell(g *exprGen, typ string, grouped bool) string {
	if grouped && q.r.IntN(2) == 0 {
		return g.aggregate(&q.cat.functions[pick(q.r, q.cat.aggregates)], "")
	}
	if !grouped && q.r.IntN(8) == 0 {
		list := q.cat.windows
		if q.r.IntN(2) == 0 {
			list = q.cat.aggregates
		}
		return g.aggregate(&q.cat.functions[pick(q.r, list)], g.over())
	}
	if q.r.IntN(20) == 0 {
		return g.call(&q.cat.functions[pick(q.r, q.cat.setReturns)])
	}
	return g.expr(typ)
}

func (q *queryGen) groupBy(g *exprGen) string {
	a, b := g.leaf(g.anyType()), g.leaf(g.anyType())
	text := " GROUP BY " + pick(q.r, []string{"1", a, a + ", " + b, "GROUPING SETS ((" + a + "), (" + b + "), ())", "ROLLUP (" + a + ", " + b + ")", "CUBE (" + a + ", " + b + ")"})
	if q.r.IntN(3) == 0 {
		text += " HAVING " + g.aggregate(&q.cat.functions[pick(q.r, q.cat.aggregates)], "") + " IS NOT NULL"
	}
	return text
}

// from is a FROM clause and the columns it brings.
func (q *queryGen) from() (string, []column) {
	if q.r.IntN(8) == 0 {
		return "", nil
	}
	text, scope := q.item()
	for range q.r.IntN(fromMax) {
		item, cols := q.item()
		kind := pick(q.r, []string{"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN", "JOIN LATERAL"})
		lateral := kind == "JOIN LATERAL"
		if lateral && !strings.HasPrefix(item, "(") {
			kind = "JOIN"
		}
		scope = append(scope, cols...)
		text += " " + kind + " " + item
		if kind != "CROSS JOIN" {
			text += " ON " + q.joinCondition(scope)
		}
	}
	return " FROM " + text, scope
}

func (q *queryGen) joinCondition(scope []column) string {
	g := q.exprs(scope)
	if len(scope) == 0 {
		return g.expr("bool")
	}
	a := pick(q.r, scope)
	cond := a.name + " = " + g.leaf(a.typ)
	switch q.r.IntN(5) {
	case 0:
		return g.expr("bool")
	case 1:
		return cond + " AND random() < 0.5"
	case 2:
		return "true"
	}
	return cond
}

// item is one relation of FROM under a new alias.
func (q *queryGen) item() (string, []column) {
	q.alias++
	name := "x" + strconv.Itoa(q.alias)
	switch q.r.IntN(8) {
	case 0:
		if q.depth < queryDepthMax {
			types := q.types()
			var cols []column
			for i, typ := range types {
				cols = append(cols, column{fmt.Sprintf("%s.c%d", name, i), typ})
			}
			return "(" + q.selectOf(types) + ") AS " + name, cols
		}
	case 1:
		return fmt.Sprintf("generate_series(%d, %d) AS %s", q.r.IntN(10), q.r.IntN(30), name), []column{{name, "int4"}}
	case 2:
		g := q.exprs(nil)
		return fmt.Sprintf("(VALUES (%s, %s), (%s, NULL)) AS %s(c0, c1)", g.leaf("int4"), g.leaf("text"), g.leaf("int4"), name), []column{{name + ".c0", "int4"}, {name + ".c1", "text"}}
	case 3:
		if q.r.IntN(3) == 0 {
			g := q.exprs(nil)
			return fmt.Sprintf("%s AS %s", g.call(&q.cat.functions[pick(q.r, q.cat.setReturns)]), name), nil
		}
	}
	t := pick(q.r, q.cat.tables)
	var cols []column
	for _, c := range t.columns {
		cols = append(cols, column{name + "." + c.name, c.typ})
	}
	return t.name + " AS " + name, cols
}

// statement is any statement.
func (q *queryGen) statement() string {
	q.alias, q.depth, q.outer = 0, 0, nil
	switch q.r.IntN(20) {
	case 0, 1:
		return q.insert()
	case 2, 3:
		return q.update()
	case 4:
		return q.delete()
	case 5:
		return "EXPLAIN " + pick(q.r, []string{"", "ANALYZE ", "(VERBOSE) "}) + q.selectOf(q.types())
	case 6:
		return q.utility()
	case 7:
		return "COPY (" + q.selectOf(q.types()) + ") TO STDOUT" + pick(q.r, []string{"", " (FORMAT csv)", " (FORMAT binary)"})
	case 8:
		return q.selectOf(q.types()) + pick(q.r, []string{" FOR UPDATE", " FOR SHARE SKIP LOCKED", " FOR NO KEY UPDATE NOWAIT"})
	}
	return q.selectOf(q.types())
}

// stored is a table that can be written.
func (q *queryGen) stored() table {
	for {
		if t := pick(q.r, q.cat.tables); t.name[0] == 't' {
			return t
		}
	}
}

func (q *queryGen) returning(g *exprGen) string {
	if q.r.IntN(3) == 0 {
		return " RETURNING " + g.expr(g.anyType())
	}
	return ""
}

func (q *queryGen) insert() string {
	t := q.stored()
	var types, names []string
	var scope []column
	for _, c := range t.columns {
		types, names = append(types, c.typ), append(names, c.name)
		scope = append(scope, column{t.name + "." + c.name, c.typ})
	}
	text := fmt.Sprintf("INSERT INTO %s (%s) %s", t.name, strings.Join(names, ", "), q.selectOf(types)+" LIMIT 50")
	g := q.exprs(scope)
	switch q.r.IntN(4) {
	case 0:
		text += " ON CONFLICT DO NOTHING"
	case 1:
		c := pick(q.r, t.columns)
		text += fmt.Sprintf(" ON CONFLICT (%s) DO UPDATE SET %s = %s WHERE %s", t.columns[0].name, c.name, g.expr(c.typ), g.expr("bool"))
	}
	return text + q.returning(g)
}

func (q *queryGen) update() string {
	t := q.stored()
	var scope []column
	for _, c := range t.columns {
		scope = append(scope, column{"u." + c.name, c.typ})
	}
	text, from := fmt.Sprintf("UPDATE %s AS u SET ", t.name), ""
	if q.r.IntN(3) == 0 {
		var cols []column
		from, cols = q.from()
		scope = append(scope, cols...)
	}
	g := q.exprs(scope)
	c := pick(q.r, t.columns)
	return text + c.name + " = " + g.expr(c.typ) + from + " WHERE " + g.expr("bool") + q.returning(g)
}

func (q *queryGen) delete() string {
	t := q.stored()
	var scope []column
	for _, c := range t.columns {
		scope = append(scope, column{"u." + c.name, c.typ})
	}
	using := ""
	if q.r.IntN(3) == 0 {
		from, cols := q.from()
		if from != "" {
			using = " USING" + strings.TrimPrefix(from, " FROM")
			scope = append(scope, cols...)
		}
	}
	g := q.exprs(scope)
	return fmt.Sprintf("DELETE FROM %s AS u%s WHERE %s AND %s", t.name, using, g.expr("bool"), g.expr("bool")) + q.returning(g)
}

// utility statements: blocks, cursors, definitions that go again.
func (q *queryGen) utility() string {
	g := q.exprs(nil)
	n := strconv.Itoa(q.r.IntN(3))
	return pick(q.r, []string{
		"BEGIN ISOLATION LEVEL " + pick(q.r, []string{"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"}), "COMMIT", "ROLLBACK", "SAVEPOINT s" + n, "ROLLBACK TO s" + n, "RELEASE s" + n,
		"DECLARE c" + n + " SCROLL CURSOR FOR " + q.selectOf(q.types()), "FETCH " + pick(q.r, []string{"ALL", "BACKWARD ALL", "ABSOLUTE " + pick(q.r, integers), "RELATIVE " + pick(q.r, integers), pick(q.r, integers)}) + " FROM c" + n, "CLOSE ALL",
		"CREATE TEMP TABLE tmp" + n + " AS " + q.selectOf(q.types()), "DROP TABLE IF EXISTS tmp" + n, "CREATE INDEX IF NOT EXISTS i" + n + " ON t1 (" + pick(q.r, []string{"h", "i", "j", "e", "lower(b)", "d DESC", "c, b"}) + ")", "DROP INDEX IF EXISTS i" + n,
		"PREPARE p" + n + "(int, text) AS " + q.selectOf(q.types()), "EXECUTE p" + n + "(" + g.leaf("int4") + ", " + g.leaf("text") + ")", "DEALLOCATE ALL",
		"ALTER TABLE t4 ADD COLUMN IF NOT EXISTS x" + n + " " + pick(q.r, []string{"int", "text", "jsonb"}) + " DEFAULT " + g.leaf("int4"), "ALTER TABLE t4 DROP COLUMN IF EXISTS x" + n, "ANALYZE t1", "TRUNCATE t2", "SET work_mem = '" + pick(q.r, []string{"64kB", "1MB", "64MB"}) + "'",
		"INSERT INTO users:* (_id, name) VALUES (" + g.leaf("int4") + ", " + g.leaf("text") + ")", "SELECT * FROM users:*", "DELETE FROM users:* WHERE name LIKE '%a%'",
		"CREATE OR REPLACE VIEW vw" + n + " AS " + q.selectOf(q.types()), "DROP VIEW IF EXISTS vw" + n, "LOCK TABLE t2 IN SHARE MODE NOWAIT",
	})
}
