package opt

// searchRelationsMax is the greatest number of relations of which every order is
// compared; more are ordered greedily. A clique of n asks for 3ⁿ/2 pairs.
const searchRelationsMax = 9

// searchTree finds the tree with the fewest rows in its joins by dynamic
// programming over the sets of relations (Moerkotte, Neumann, "Analysis of Two
// Existing and One New Dynamic Programming Algorithm", VLDB 2006: DPsub). Only
// pairs that a condition links are joined; nil where that does not reach all
// relations.
func (g *joinGraph) searchTree() *joinTree {
	n := len(g.rels)
	best := make([]*joinTree, 1<<n)
	for i := range n {
		best[1<<i] = g.leaf(i)
	}
	for s := 1; s < 1<<n; s++ {
		if s&(s-1) == 0 {
			continue
		}
		low := s & -s
		// Each split once: the part with the lowest relation is a.
		for a := (s - 1) & s; a > 0; a = (a - 1) & s {
			if a&low == 0 || best[a] == nil || best[s&^a] == nil {
				continue
			}
			t, linked := g.join(best[a], best[s&^a])
			if !linked || best[s] != nil && !t.before(best[s]) {
				continue
			}
			best[s] = g.keep(t)
		}
	}
	return best[1<<n-1]
}

// before prefers the lower cost; where equal, the tree that joins one relation
// last, which an index may serve.
func (t *joinTree) before(u *joinTree) bool {
	if t.cost != u.cost {
		return t.cost < u.cost
	}
	return t.leftDeep() && !u.leftDeep()
}

func (t *joinTree) leftDeep() bool { return t.l.l == nil || t.r.l == nil }
