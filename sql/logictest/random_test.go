package logictest

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/sql/opt"
)

var (
	randomSeed  = flag.Uint64("random.seed", 0, "seed of TestRandomPlans; 0: a few fixed ones")
	randomWrite = flag.String("random.write", "", "file for the statements of TestRandomPlans, to run elsewhere")
)

const (
	randomRounds  = 6
	randomQueries = 120
)

// TestRandomPlans asks random queries of the same rows with and without indexes,
// and with each rule of the optimizer left out: the answers must be the same.
func TestRandomPlans(t *testing.T) {
	seeds := []uint64{*randomSeed}
	if *randomSeed == 0 {
		seeds = seeds[:0]
		for i := range uint64(randomRounds) {
			seeds = append(seeds, i+1)
		}
	}
	for _, seed := range seeds {
		randomRound(t, seed)
	}
}

func randomRound(t *testing.T, seed uint64) {
	g := &generator{rnd: rand.New(rand.NewPCG(seed, 0))}
	base := newFerrite(t, memkv.New(), 0)
	var script strings.Builder
	exec := func(on, sql string) {
		script.WriteString(sql + ";\n")
		if out := base.run(t, on, sql, false); strings.Contains(out, "ERROR") {
			t.Fatalf("seed %d: %s\n%s", seed, sql, out)
		}
	}
	for _, s := range []string{"plain", "indexed"} {
		exec("main", "DROP SCHEMA IF EXISTS "+s+" CASCADE; CREATE SCHEMA "+s)
	}
	for _, sql := range g.tables() {
		for _, s := range []string{"plain", "indexed"} {
			exec("main", "SET search_path = "+s)
			exec("main", sql)
		}
	}
	for _, sql := range g.indexes() {
		exec("main", sql)
	}
	variants := map[string]*ferriteRunner{}
	for _, rule := range opt.Names() {
		variants[rule] = base.without(rule)
		variants[rule].run(t, "main", "SET search_path = indexed", false)
	}
	base.run(t, "plain", "SET search_path = plain", false)
	for i := range randomQueries {
		if i == randomQueries/2 {
			exec("main", "ANALYZE")
		}
		q := g.statement()
		ordered := g.ordered
		script.WriteString("SET search_path = plain;\n" + q + ";\nSET search_path = indexed;\n" + q + ";\n")
		want := base.run(t, "plain", q, !ordered)
		if strings.Contains(want, "ERROR XX") {
			t.Errorf("seed %d: %s\n%s", seed, q, want)
		}
		if got := base.run(t, "main", q, !ordered); got != want {
			t.Errorf("seed %d: with indexes\n%s\n-- got\n%s-- want\n%s%s", seed, q, got, want,
				base.run(t, "main", "EXPLAIN "+q, false))
		}
		if !strings.HasPrefix(q, "SELECT") {
			continue
		}
		for _, rule := range opt.Names() {
			if got := variants[rule].run(t, "main", q, !ordered); got != want {
				t.Errorf("seed %d: without rule %s\n%s\n-- got\n%s-- want\n%s", seed, rule, q, got, want)
			}
		}
	}
	if *randomWrite != "" {
		if err := os.WriteFile(*randomWrite, []byte(script.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// generator makes statements over tables t, u, v (id, a, b int, c text, d numeric).
type generator struct {
	rnd   *rand.Rand
	depth int
	fresh int
	// ordered: the last statement says in which order its rows come.
	ordered bool
}

func (g *generator) pick(of ...string) string { return of[g.rnd.IntN(len(of))] }
func (g *generator) one(in int) bool          { return g.rnd.IntN(in) == 0 }

const rowsPerTable = 40

// ids of new rows start here, so that inserts do not collide by chance.
const freshIDs = 1000

func (g *generator) tables() []string {
	var out []string
	for _, t := range []string{"t", "u", "v"} {
		out = append(out, fmt.Sprintf("CREATE TABLE %s (id int, a int, b int, c text, d numeric)", t))
		var rows []string
		for i := range 1 + g.rnd.IntN(rowsPerTable) {
			rows = append(rows, fmt.Sprintf("(%d, %s)", i, g.values()))
		}
		out = append(out, fmt.Sprintf("INSERT INTO %s VALUES %s", t, strings.Join(rows, ", ")))
	}
	return out
}

func (g *generator) values() string {
	v := []string{g.number(), g.number(), g.text(), g.number() + g.pick("", ".5")}
	for i := range v {
		if g.one(5) || strings.HasPrefix(v[i], "NULL") {
			v[i] = "NULL"
		}
	}
	return strings.Join(v, ", ")
}

func (g *generator) number() string {
	if g.one(30) {
		return "NULL"
	}
	return fmt.Sprint(g.rnd.IntN(10) - 2)
}

func (g *generator) text() string {
	if g.one(30) {
		return "NULL"
	}
	return "'" + g.pick("", "a", "ab", "abc", "b", "ba", "B", "x%", "é") + "'"
}

func (g *generator) indexes() []string {
	var out []string
	for i, t := range []string{"t", "u", "v"} {
		if g.one(2) {
			out = append(out, fmt.Sprintf("ALTER TABLE %s ADD PRIMARY KEY (id)", t))
		} else {
			out = append(out, fmt.Sprintf("CREATE UNIQUE INDEX ON %s (id)", t))
		}
		for k := range 1 + g.rnd.IntN(4) {
			var keys []string
			for range 1 + g.rnd.IntN(3) {
				keys = append(keys, g.pick("a", "b", "c", "d", "(a + b)", "lower(c)", "a", "b")+g.pick("", " DESC", " ASC")+g.pick("", "", " NULLS FIRST", " NULLS LAST"))
			}
			sql := fmt.Sprintf("CREATE INDEX i%d%d ON %s (%s)", i, k, t, strings.Join(keys, ", "))
			if g.one(4) {
				sql += " INCLUDE (" + g.pick("a", "b", "c", "d") + ")"
			}
			if g.one(4) {
				sql += " WHERE " + g.pick("a > 2", "b IS NOT NULL", "c = 'a'", "a IS NULL", "b = 3")
			}
			out = append(out, sql)
		}
	}
	return out
}

// condition is a random predicate over the columns of the named relations.
func (g *generator) condition(rels ...string) string {
	if g.depth++; g.depth > 3 {
		g.depth--
		return g.comparison(rels...)
	}
	defer func() { g.depth-- }()
	switch g.rnd.IntN(9) {
	case 0, 1, 2:
		return g.condition(rels...) + " AND " + g.condition(rels...)
	case 3:
		return "(" + g.condition(rels...) + " OR " + g.condition(rels...) + ")"
	case 4:
		return "NOT (" + g.condition(rels...) + ")"
	case 5:
		if g.one(2) {
			return g.subquery(rels...)
		}
	}
	return g.comparison(rels...)
}

func (g *generator) col(rels []string, names ...string) string {
	return g.pick(rels...) + "." + g.pick(names...)
}

func (g *generator) comparison(rels ...string) string {
	n, op := g.col(rels, "a", "b", "a", "b", "id", "d"), g.pick("=", "=", "=", "<", "<=", ">", ">=", "<>")
	c := g.col(rels, "c")
	r := g.pick(rels...)
	switch g.rnd.IntN(19) {
	case 0, 1, 2:
		return fmt.Sprintf("%s %s %s", n, op, g.number())
	case 3:
		return fmt.Sprintf("%s %sBETWEEN %s AND %s", n, g.pick("", "", "NOT "), g.number(), g.number())
	case 4:
		return fmt.Sprintf("%s %sIN (%s, %s, %s)", n, g.pick("", "", "NOT "), g.number(), g.number(), g.number())
	case 5:
		return fmt.Sprintf("%s IS %sNULL", g.col(rels, "a", "b", "c", "d"), g.pick("", "NOT "))
	case 6:
		return fmt.Sprintf("%s %s %s", c, op, g.text())
	case 7:
		return fmt.Sprintf("%s %sLIKE '%s'", c, g.pick("", "NOT "), g.pick("a%", "ab%", "%b", "", "a_", "x\\%", "b%a", "é%"))
	case 8:
		return fmt.Sprintf("(%s.a, %s.b) %s (%s, %s)", r, r, op, g.number(), g.number())
	case 9:
		return fmt.Sprintf("%s = ANY (ARRAY[%s, %s]::int[])", n, g.number(), g.number())
	case 10:
		return fmt.Sprintf("%s %s %s", n, op, g.col(rels, "a", "b", "id", "d"))
	case 11:
		return fmt.Sprintf("%s.a + %s.b %s %s", r, r, op, g.number())
	case 12:
		return fmt.Sprintf("lower(%s) %s %s", c, op, g.text())
	case 13:
		return fmt.Sprintf("%s IS %sDISTINCT FROM %s", n, g.pick("", "NOT "), g.number())
	case 14:
		return fmt.Sprintf("(%s.a, %s.b) IN ((%s, %s), (%s, %s))", r, r, g.number(), g.number(), g.number(), g.number())
	case 15:
		return fmt.Sprintf("%s %s %s.5", n, op, fmt.Sprint(g.rnd.IntN(8)))
	case 16:
		return fmt.Sprintf("%s IN (%s, %s, %s)", c, g.text(), g.text(), g.text())
	case 17: // volatile, yet always the same
		return g.pick("random() < 2", "random() >= 0", "random() > 1", n+" + 0 * floor(random()) "+op+" "+g.number())
	}
	return fmt.Sprintf("coalesce(%s, %d) %s %s", g.col(rels, "a", "b"), g.rnd.IntN(5), op, g.col(rels, "a", "b"))
}

// subquery is a predicate with a subquery, correlated or not.
func (g *generator) subquery(rels ...string) string {
	t := g.pick("t", "u", "v")
	g.fresh++
	s := fmt.Sprintf("s%d", g.fresh)
	inner := []string{s}
	if !g.one(3) {
		inner = append(inner, g.pick(rels...))
	}
	where := g.condition(inner...)
	if len(inner) > 1 && g.one(2) {
		where = fmt.Sprintf("%s.%s = %s.%s AND ", s, g.pick("a", "b"), inner[1], g.pick("a", "b", "id")) + where
	}
	n := g.col(rels, "a", "b", "d")
	switch g.rnd.IntN(6) {
	case 0:
		return fmt.Sprintf("%sEXISTS (SELECT 1 FROM %s %s WHERE %s)", g.pick("", "NOT "), t, s, where)
	case 1:
		return fmt.Sprintf("%s %sIN (SELECT %s.%s FROM %s %s WHERE %s)", n, g.pick("", "NOT "), s, g.pick("a", "b"), t, s, where)
	case 2:
		return fmt.Sprintf("%s %s %s (SELECT %s.a FROM %s %s WHERE %s)", n, g.pick("=", "<", ">=", "<>"), g.pick("ANY", "ALL"), s, t, s, where)
	case 3:
		return fmt.Sprintf("(SELECT count(*) FROM %s %s WHERE %s) %s %d", t, s, where, g.pick("=", ">", "<"), g.rnd.IntN(3))
	case 4:
		r := g.pick(rels...)
		return fmt.Sprintf("(%s.a, %s.b) %sIN (SELECT %s.a, %s.b FROM %s %s WHERE %s)", r, r, g.pick("", "NOT "), s, s, t, s, where)
	}
	return fmt.Sprintf("%s %s (SELECT %s(%s.a) FROM %s %s WHERE %s)", n, g.pick("=", "<", ">="), g.pick("max", "min", "sum"), s, t, s, where)
}

// scalar is an expression for a select list.
func (g *generator) scalar(rels ...string) string {
	switch g.rnd.IntN(6) {
	case 0:
		g.fresh++
		s := fmt.Sprintf("s%d", g.fresh)
		return fmt.Sprintf("(SELECT %s(%s.%s) FROM %s %s WHERE %s)", g.pick("max", "min", "count", "sum"), s, g.pick("a", "b"), g.pick("t", "u", "v"), s, g.condition(s, g.pick(rels...)))
	case 1:
		return fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", g.condition(rels...), g.col(rels, "a"), g.col(rels, "b"))
	case 2:
		return "(" + g.condition(rels...) + ")"
	}
	return g.col(rels, "a", "b", "c", "d")
}

func (g *generator) from() (string, []string) {
	rels := []string{"t", "u", "v"}
	g.rnd.Shuffle(3, func(i, j int) { rels[i], rels[j] = rels[j], rels[i] })
	n := 1 + g.rnd.IntN(3)
	sql := rels[0]
	for i := 1; i < n; i++ {
		kind := g.pick("JOIN", "LEFT JOIN", "RIGHT JOIN", "JOIN", "LEFT JOIN")
		left := g.pick(rels[:i]...)
		on := fmt.Sprintf("%s.%s = %s.%s", left, g.pick("a", "b", "id", "d"), rels[i], g.pick("a", "b", "id", "d"))
		if g.one(3) {
			on += " AND " + g.condition(left, rels[i])
		} else if g.one(4) {
			on = g.condition(left, rels[i])
		} else if g.one(6) {
			kind = "FULL JOIN"
		}
		if g.one(6) {
			sql += fmt.Sprintf(" %s JOIN LATERAL (SELECT * FROM %s l WHERE %s ORDER BY l.id LIMIT 2) %s ON true",
				g.pick("LEFT", "INNER"), rels[i], g.condition("l", left), rels[i])
			continue
		}
		sql += fmt.Sprintf(" %s %s ON %s", kind, rels[i], on)
	}
	return sql, rels[:n]
}

func (g *generator) orderBy(cols ...string) string {
	var keys []string
	for _, c := range cols {
		keys = append(keys, c+g.pick("", " DESC", " ASC")+g.pick("", "", " NULLS FIRST", " NULLS LAST"))
	}
	return " ORDER BY " + strings.Join(keys, ", ")
}

func (g *generator) statement() string {
	g.ordered = false
	switch g.rnd.IntN(12) {
	case 0:
		return g.modification()
	case 1, 2:
		return g.aggregate()
	case 3:
		return g.setOperation()
	}
	return g.query()
}

func (g *generator) query() string {
	from, rels := g.from()
	list := []string{}
	for range 1 + g.rnd.IntN(3) {
		list = append(list, g.scalar(rels...))
	}
	for _, r := range rels {
		list = append(list, r+".id")
	}
	sql := "SELECT " + strings.Join(list, ", ") + " FROM " + from
	if !g.one(5) {
		sql += " WHERE " + g.condition(rels...)
	}
	if g.ordered = g.one(2); g.ordered {
		var keys []string
		for range g.rnd.IntN(3) {
			keys = append(keys, g.col(rels, "a", "b", "c", "d"))
		}
		for _, r := range rels {
			keys = append(keys, r+".id")
		}
		sql += g.orderBy(keys...)
		if g.one(2) {
			sql += fmt.Sprintf(" LIMIT %d", g.rnd.IntN(10))
		}
		if g.one(4) {
			sql += fmt.Sprintf(" OFFSET %d", g.rnd.IntN(5))
		}
	}
	return sql
}

func (g *generator) aggregate() string {
	from, rels := g.from()
	agg := func() string {
		a := fmt.Sprintf("%s(%s)", g.pick("min", "max", "sum", "count", "count", "count(DISTINCT"), g.col(rels, "a", "b", "d"))
		if strings.HasPrefix(a, "count(DISTINCT") {
			a = "count(DISTINCT " + g.col(rels, "a", "b", "c") + ")"
		}
		return a
	}
	where := ""
	if !g.one(4) {
		where = " WHERE " + g.condition(rels...)
	}
	if g.one(2) {
		return fmt.Sprintf("SELECT %s, %s FROM %s%s", agg(), agg(), from, where)
	}
	by := g.col(rels, "a", "b", "c")
	sql := fmt.Sprintf("SELECT %s, %s, %s FROM %s%s GROUP BY %s", by, agg(), agg(), from, where, by)
	if g.one(3) {
		sql += fmt.Sprintf(" HAVING %s > %d", agg(), g.rnd.IntN(3))
	}
	if g.ordered = g.one(2); g.ordered {
		sql += g.orderBy(by)
	}
	return sql
}

func (g *generator) setOperation() string {
	arm := func() string {
		r := g.pick("t", "u", "v")
		return fmt.Sprintf("SELECT %s.a, %s.%s FROM %s WHERE %s", r, r, g.pick("b", "id"), r, g.condition(r))
	}
	op := func() string { return g.pick(" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT ", " EXCEPT ALL ") }
	sql := arm() + op() + arm()
	if g.one(3) {
		sql = "(" + sql + ")" + op() + arm()
	}
	if g.one(2) {
		sql = fmt.Sprintf("SELECT * FROM (%s) t(a, b) WHERE %s", sql, g.pick("a = 3", "b > 2", "a IS NULL", "a < b"))
	}
	if !strings.HasPrefix(sql, "SELECT") {
		sql = "SELECT * FROM (" + sql + ") x"
	}
	return sql
}

// modification changes a table the same way in both schemas.
func (g *generator) modification() string {
	r := g.pick("t", "u", "v")
	where := g.condition(r)
	switch g.rnd.IntN(5) {
	case 0:
		g.fresh++
		return fmt.Sprintf("INSERT INTO %s VALUES (%d, %s)", r, freshIDs+g.fresh, g.values())
	case 1:
		if g.one(2) {
			where += fmt.Sprintf(" AND %s.id > %d", r, g.rnd.IntN(rowsPerTable))
		}
		return fmt.Sprintf("DELETE FROM %s WHERE %s.id %% 3 = 1 AND %s RETURNING id", r, r, where)
	}
	set := []string{"a = " + g.number(), "b = " + g.number(), "c = " + g.text(), "a = b", "b = a", "d = a", "b = b + 1", "c = c || 'z'"}
	g.rnd.Shuffle(len(set), func(i, j int) { set[i], set[j] = set[j], set[i] })
	cols := map[byte]bool{}
	set = slices.DeleteFunc(set[:3], func(s string) bool {
		seen := cols[s[0]]
		cols[s[0]] = true
		return seen
	})
	return fmt.Sprintf("UPDATE %s SET %s WHERE %s RETURNING *", r, strings.Join(set, ", "), where)
}
