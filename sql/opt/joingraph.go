package opt

import (
	"math"
	"math/bits"
	"slices"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
)

// relSet is a set of relations by number.
type relSet []uint64

func newRelSet(n int) relSet { return make(relSet, (n+63)/64) }

func (s relSet) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s relSet) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }
func (s relSet) meets(t relSet) bool {
	for i := range s {
		if s[i]&t[i] != 0 {
			return true
		}
	}
	return false
}

// within tells whether s is part of a and b together.
func (s relSet) within(a, b relSet) bool {
	for i := range s {
		if s[i]&^(a[i]|b[i]) != 0 {
			return false
		}
	}
	return true
}

func (s relSet) union(t relSet) relSet {
	u := slices.Clone(s)
	for i := range u {
		u[i] |= t[i]
	}
	return u
}

func (s relSet) len() int {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// joinCond is one condition over two relations or more.
type joinCond struct {
	e    expr.Expr
	rels relSet
	// equi: the condition is a = b; a reads relations of left only, b of right
	// only; leftDistinct and rightDistinct guess how many values each side has.
	equi                        bool
	left, right                 relSet
	leftDistinct, rightDistinct float64
	part                        float64 // selectivity where not equi
}

// joinGraph is a list of relations to join and the conditions between them.
type joinGraph struct {
	o     *optimizer
	rels  []plan.Node
	sizes []float64
	conds []joinCond
	rest  []expr.Expr // conditions of fewer than two relations
}

// joinTree is an order: a relation, or the join of two trees. The bigger one
// stands left, since a hash join builds on the right.
type joinTree struct {
	rel  int // where l is nil
	l, r *joinTree
	set  relSet
	// open are the conditions that read something of set and something outside.
	open []int32
	rows float64
	cost float64 // rows of all joins in it
	// joined: it is part of a greater tree already (greedyTree).
	joined bool
}

func (o *optimizer) newJoinGraph(rels []plan.Node, conds []expr.Expr) *joinGraph {
	g := &joinGraph{o: o, rels: rels, sizes: make([]float64, len(rels))}
	of := map[expr.ColID]int{}
	for i, r := range rels {
		g.sizes[i] = o.rows(r)
		for _, c := range r.Columns() {
			of[c.ID] = i
		}
	}
	for _, e := range conds {
		c := joinCond{e: e, rels: g.relsOf(e, of)}
		if c.rels.len() < 2 {
			g.rest = append(g.rest, e)
			continue
		}
		g.measure(&c, of)
		g.conds = append(g.conds, c)
	}
	return g
}

func (g *joinGraph) relsOf(e expr.Expr, of map[expr.ColID]int) relSet {
	s := newRelSet(len(g.rels))
	expr.WalkCols(e, func(c *expr.Col) {
		if i, ok := of[c.ID]; ok {
			s.add(i)
		}
	})
	return s
}

// measure sets what the selectivity of c is computed from.
func (g *joinGraph) measure(c *joinCond, of map[expr.ColID]int) {
	if f, ok := c.e.(*expr.Func); ok && f.Op == "=" && len(f.Args) == 2 {
		c.left, c.right = g.relsOf(f.Args[0], of), g.relsOf(f.Args[1], of)
		if c.left.len() > 0 && c.right.len() > 0 && !c.left.meets(c.right) {
			c.equi = true
			c.leftDistinct, c.rightDistinct = g.distinctOf(f.Args[0], c.left), g.distinctOf(f.Args[1], c.right)
			return
		}
	}
	c.part = g.o.selectivity(nil, c.e)
}

// distinctOf guesses how many values an expression over relations has.
func (g *joinGraph) distinctOf(e expr.Expr, rels relSet) float64 {
	for i, r := range g.rels {
		if rels.has(i) && rels.len() == 1 {
			return g.o.distinctOf(r, e, math.Inf(1))
		}
	}
	return distinctDefault
}

func (g *joinGraph) leaf(i int) *joinTree {
	t := &joinTree{rel: i, set: newRelSet(len(g.rels)), rows: g.sizes[i]}
	t.set.add(i)
	for k := range g.conds {
		if g.conds[k].rels.has(i) {
			t.open = append(t.open, int32(k))
		}
	}
	return t
}

// keep completes a tree that join made, to be joined further.
func (g *joinGraph) keep(t joinTree) *joinTree {
	t.set = t.l.set.union(t.r.set)
	for _, side := range []*joinTree{t.l, t.r} {
		for _, k := range side.open {
			c := &g.conds[k]
			if c.rels.within(t.set, t.set) || side == t.r && c.rels.meets(t.l.set) {
				continue // answered by t, or listed by the left side
			}
			t.open = append(t.open, k)
		}
	}
	return &t
}

// join pairs two trees; linked tells that a condition reads both and no others.
func (g *joinGraph) join(a, b *joinTree) (t joinTree, linked bool) {
	if g.o.pairs++; g.o.pairs%guardCheckSteps == 0 {
		g.o.checkCancel()
	}
	if a.rows < b.rows {
		a, b = b, a
	}
	part := 1.0
	shorter, other := a, b
	if len(b.open) < len(a.open) {
		shorter, other = b, a
	}
	for _, k := range shorter.open {
		c := &g.conds[k]
		if !c.rels.meets(other.set) || !c.rels.within(a.set, b.set) {
			continue
		}
		linked = true
		part *= c.partOf(a, b)
	}
	rows := math.Max(a.rows*b.rows*part, rowsMin)
	return joinTree{l: a, r: b, rows: rows, cost: a.cost + b.cost + rows}, linked
}

// partOf is the selectivity of c between two trees.
func (c *joinCond) partOf(a, b *joinTree) float64 {
	if !c.equi {
		return c.part
	}
	l, r := c.leftDistinct, c.rightDistinct
	switch {
	case c.left.within(a.set, a.set) && c.right.within(b.set, b.set):
		l, r = math.Min(l, a.rows), math.Min(r, b.rows)
	case c.left.within(b.set, b.set) && c.right.within(a.set, a.set):
		l, r = math.Min(l, b.rows), math.Min(r, a.rows)
	}
	return 1 / math.Max(math.Max(l, r), 1)
}

// node makes the plan of a tree.
func (g *joinGraph) node(t *joinTree) plan.Node {
	if t.l == nil {
		return g.rels[t.rel]
	}
	j := &plan.Join{Kind: plan.Inner, L: g.node(t.l), R: g.node(t.r)}
	var on []expr.Expr
	for i := range g.conds {
		c := &g.conds[i]
		if c.rels.meets(t.l.set) && c.rels.meets(t.r.set) && c.rels.within(t.l.set, t.r.set) {
			on = append(on, c.e)
		}
	}
	if j.On = conj(on); j.On == nil {
		j.Kind = plan.Cross
	}
	j.Cols = joinCols(j)
	return j
}
