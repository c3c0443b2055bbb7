package opt_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/sql/bind/bindtest"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/opt"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
)

// joinShapes make the conditions of a join of n relations r0, r1 …
var joinShapes = map[string]func(n int) (conds []string){
	"chain": func(n int) (conds []string) {
		for i := 1; i < n; i++ {
			conds = append(conds, fmt.Sprintf("r%d.a = r%d.b", i-1, i))
		}
		return conds
	},
	"star": func(n int) (conds []string) {
		for i := 1; i < n; i++ {
			conds = append(conds, fmt.Sprintf("r0.a = r%d.id", i))
		}
		return conds
	},
	"clique": func(n int) (conds []string) {
		for i := range n {
			for j := range i {
				conds = append(conds, fmt.Sprintf("r%d.a = r%d.a", i, j))
			}
		}
		return conds
	},
}

// shapedJoin lists the relations in an order in which neighbours share no
// condition, so that the order of the text is one of cross products.
func shapedJoin(shape string, n int) string {
	var from []string
	for i := range n {
		from = append(from, fmt.Sprintf("t r%d", i*7%n))
	}
	return "SELECT count(*) FROM " + strings.Join(from, ", ") + " WHERE " + strings.Join(joinShapes[shape](n), " AND ")
}

func reorderCatalog(t *testing.T) *bindtest.Catalog {
	cat := bindtest.New()
	if err := cat.Define("CREATE TABLE t (id int PRIMARY KEY, a int, b int)"); err != nil {
		t.Fatal(err)
	}
	return cat
}

// TestJoinOrderIsBounded: how many pairs of inputs the search compares is bounded
// by the square of the relations (3ⁿ/2 where all orders are searched), and no
// cross product is made where a condition links the relations.
func TestJoinOrderIsBounded(t *testing.T) {
	cat := reorderCatalog(t)
	for shape := range joinShapes {
		for _, n := range []int{3, 9, 10, 48, 200, 1000} {
			if shape == "clique" && n > 48 {
				continue // 20,000 conditions: the binder's time, not the optimizer's
			}
			if n == 1000 && shape != "chain" {
				continue
			}
			pairs := 0
			cfg := config(nil)
			cfg.Check = n < 50
			cfg.Pairs = func(k int) { pairs = k }
			node, err := optimized(cat, shapedJoin(shape, n), cfg)
			if err != nil {
				t.Fatalf("%s of %d: %v", shape, n, err)
			}
			most := n * n
			if n <= 9 {
				most = max(most, pow3(n)/2)
			}
			if pairs == 0 || pairs > most {
				t.Errorf("%s of %d: %d pairs compared, want at most %d", shape, n, pairs, most)
			}
			plan.Walk(node, func(x plan.Node) bool {
				if j, ok := x.(*plan.Join); ok && j.On == nil && len(j.LeftKeys) == 0 && j.Algo == plan.NestedLoop {
					t.Errorf("%s of %d: has a cross product", shape, n)
				}
				return true
			})
		}
	}
}

// TestCrossProductsAreCheap: relations that nothing links are joined with one
// comparison each.
func TestCrossProductsAreCheap(t *testing.T) {
	const n = 500
	var from []string
	for i := range n {
		from = append(from, fmt.Sprintf("t r%d", i))
	}
	pairs := 0
	cfg := &opt.Config{Pairs: func(k int) { pairs = k }}
	if _, err := optimized(reorderCatalog(t), "SELECT count(*) FROM "+strings.Join(from, ", "), cfg); err != nil {
		t.Fatal(err)
	}
	if pairs != n-1 {
		t.Errorf("%d pairs compared", pairs)
	}
}

func pow3(n int) int {
	p := 1
	for range n {
		p *= 3
	}
	return p
}

// TestJoinOrderIsCancelled: a cancelled statement ends the search.
func TestJoinOrderIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cfg := config(nil)
	cfg.Ctx = &expr.Ctx{Context: ctx}
	_, err := optimized(reorderCatalog(t), shapedJoin("star", 60), cfg)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}

// TestDeepPlan: a plan deeper than the bound is refused, one below is optimized.
func TestDeepPlan(t *testing.T) {
	build := func(depth int) plan.Node {
		var n plan.Node = &plan.Values{Rows: [][]expr.Expr{{}}}
		for range depth {
			n = &plan.Distinct{In: n}
		}
		return n
	}
	if _, err := opt.Optimize(build(9000), nil); err != nil {
		t.Errorf("9,000 nodes: %v", err)
	}
	if _, err := opt.Optimize(build(1_000_000), nil); pgerr.Code(err) != pgerr.StatementTooComplex {
		t.Errorf("1,000,000 nodes: %v", err)
	}
}

// TestRulesEnd optimizes random joins of all kinds with volatile, correlated,
// constant and outer conditions in random nesting: every rule ends (its guard
// would say otherwise) and leaves a plan that plan.Check accepts.
func TestRulesEnd(t *testing.T) {
	cat := reorderCatalog(t)
	for seed := range uint64(3000) {
		g := &joinMaker{rnd: rand.New(rand.NewPCG(seed, 1))}
		sql := g.query(0, "")
		cfg := config(nil)
		if _, err := optimized(cat, sql, cfg); err != nil {
			t.Fatalf("seed %d: %s\n%v", seed, sql, err)
		}
	}
}

// joinMaker writes random queries over nested joins.
type joinMaker struct {
	rnd   *rand.Rand
	fresh int
}

func (g *joinMaker) pick(of ...string) string { return of[g.rnd.IntN(len(of))] }

// query is SELECT over a random join; outer names a relation around it, "" for none.
func (g *joinMaker) query(depth int, outer string) string {
	from, rels := g.join(1 + g.rnd.IntN(4))
	if outer != "" {
		rels = append(rels, outer)
	}
	q := "SELECT " + g.pick("", "", "DISTINCT ") + g.col(rels) + " AS id FROM " + from
	if g.rnd.IntN(3) > 0 {
		q += " WHERE " + g.cond(rels, depth)
	}
	switch g.rnd.IntN(6) {
	case 0:
		q += " ORDER BY 1 LIMIT 3"
	case 1:
		q = "SELECT count(*) AS id FROM (" + q + ") x"
	case 2:
		if depth < 2 {
			q = "(" + q + ") " + g.pick("UNION ", "UNION ALL ", "EXCEPT ", "INTERSECT ALL ") + "(" + g.query(depth+1, outer) + ")"
		}
	}
	return q
}

func (g *joinMaker) join(n int) (from string, rels []string) {
	if n == 1 {
		g.fresh++
		r := fmt.Sprintf("r%d", g.fresh)
		return g.pick("t", "t", "(SELECT id, a, b FROM t WHERE random() < 0.5)", "(SELECT a AS id, max(id) AS a, 1 AS b FROM t GROUP BY a)") + " " + r, []string{r}
	}
	k := 1 + g.rnd.IntN(n-1)
	l, lr := g.join(k)
	r, rr := g.join(n - k)
	if g.rnd.IntN(6) == 0 {
		g.fresh++
		s := fmt.Sprintf("r%d", g.fresh)
		r, rr = "LATERAL (SELECT * FROM t WHERE t.a = "+g.col(lr)+") "+s, []string{s}
		return l + g.pick(" JOIN ", " LEFT JOIN ") + r + " ON " + g.cond(append(lr, rr...), 2), append(lr, rr...)
	}
	all := append(append([]string(nil), lr...), rr...)
	if g.rnd.IntN(6) == 0 {
		return "(" + l + " CROSS JOIN " + paren(r, rr) + ")", all
	}
	kind := g.pick(" JOIN ", " JOIN ", " JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ")
	on := g.cond(all, 2)
	return "(" + l + kind + paren(r, rr) + " ON " + on + ")", all
}

func paren(from string, rels []string) string {
	if len(rels) > 1 && !strings.HasPrefix(from, "(") {
		return "(" + from + ")"
	}
	return from
}

func (g *joinMaker) col(rels []string) string { return g.pick(rels...) + "." + g.pick("id", "a", "b") }

func (g *joinMaker) cond(rels []string, depth int) string {
	one := func() string {
		switch g.rnd.IntN(9) {
		case 0:
			return "random() < 0.5"
		case 1:
			return g.col(rels) + " = random()"
		case 2:
			return g.pick("true", "false", "NULL::bool", "1 = 1")
		case 3:
			return g.col(rels) + " IS NULL"
		case 4:
			if depth < 2 {
				g.fresh++
				return g.pick("", "NOT ") + "EXISTS (" + g.query(depth+1, rels[0]) + ")"
			}
		case 5:
			if depth < 2 {
				return g.col(rels) + g.pick(" IN (", " NOT IN (", " = ANY (") + g.query(depth+1, rels[0]) + ")"
			}
		}
		return g.col(rels) + g.pick(" = ", " = ", " < ") + g.col(rels)
	}
	c := one()
	for range g.rnd.IntN(3) {
		c = g.pick("", "NOT ") + "(" + c + g.pick(" AND ", " AND ", " OR ") + one() + ")"
	}
	return c
}
