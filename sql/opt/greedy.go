package opt

import "slices"

// greedyTree orders joins by greedy operator ordering (Fegaras, "A New Heuristic
// for Optimizing Large Queries", DEXA 1998): of all trees at hand, the two with
// the smallest result are joined next. A cross product is made only where no
// condition links any two trees. With n relations it compares n² pairs at first
// and n in each of n rounds, since the results of the others stay as they were.
func (g *joinGraph) greedyTree() *joinTree {
	trees := make([]*joinTree, len(g.rels))
	for i := range trees {
		trees[i] = g.leaf(i)
	}
	var cand []candidate
	for i := range trees {
		cand = g.candidates(cand, trees[i], trees[i+1:])
	}
	for len(trees) > 1 {
		best := 0
		for i := range cand[1:] {
			if cand[i+1].before(&cand[best]) {
				best = i + 1
			}
		}
		t := g.keep(cand[best].t)
		gone := func(x *joinTree) bool { return x == t.l || x == t.r }
		trees = slices.DeleteFunc(trees, gone)
		cand = slices.DeleteFunc(cand, func(c candidate) bool { return gone(c.t.l) || gone(c.t.r) })
		cand = g.candidates(cand, t, trees)
		trees = append(trees, t)
	}
	return trees[0]
}

// candidate is a pair that may be joined next.
type candidate struct {
	t      joinTree
	linked bool
}

func (c *candidate) before(d *candidate) bool {
	if c.linked != d.linked {
		return c.linked
	}
	return c.t.rows < d.t.rows
}

func (g *joinGraph) candidates(dst []candidate, a *joinTree, others []*joinTree) []candidate {
	for _, b := range others {
		t, linked := g.join(a, b)
		dst = append(dst, candidate{t, linked})
	}
	return dst
}
