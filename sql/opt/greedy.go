package opt

import (
	"container/heap"
	"math/bits"
)

// greedyTree orders joins by greedy operator ordering (Fegaras, "A New Heuristic
// for Optimizing Large Queries", DEXA 1998): of all trees at hand that a condition
// links, the two with the smallest result are joined next; where none links any
// two, the two smallest trees make a cross product. Pairs are compared once when
// the later one of them is made, so that n relations take n² comparisons at most.
func (g *joinGraph) greedyTree() *joinTree {
	s := greedy{g: g, owner: make([]*joinTree, len(g.rels))}
	for i := range g.rels {
		s.owner[i] = g.leaf(i)
		s.trees = append(s.trees, s.owner[i])
	}
	for _, t := range s.trees {
		s.pairWithNeighbours(t, t.rel)
	}
	for range len(g.rels) - 1 {
		t := g.keep(s.next())
		t.l.joined, t.r.joined = true, true
		for i := range s.owner {
			if t.set.has(i) {
				s.owner[i] = t
			}
		}
		s.trees = append(s.trees, t)
		s.pairWithNeighbours(t, -1)
	}
	return s.trees[len(s.trees)-1]
}

// greedy is the state of greedyTree.
type greedy struct {
	g     *joinGraph
	trees []*joinTree // in the order they were made, those joined already too
	owner []*joinTree // the tree that a relation is in
	pairs pairHeap    // linked pairs, some of them of trees joined already
	made  int         // pairs so far
}

// next takes the best pair.
func (s *greedy) next() joinTree {
	for len(s.pairs) > 0 {
		p := heap.Pop(&s.pairs).(pair)
		if !p.t.l.joined && !p.t.r.joined {
			return p.t
		}
	}
	var a, b *joinTree // the smallest, the next
	for _, t := range s.trees {
		switch {
		case t.joined:
		case a == nil || t.rows < a.rows:
			a, b = t, a
		case b == nil || t.rows < b.rows:
			b = t
		}
	}
	t, _ := s.g.join(a, b)
	return t
}

// pairWithNeighbours adds the pairs of t with the trees that a condition links it
// with; of leaves, with those of relations after `after` (the others pair with it).
func (s *greedy) pairWithNeighbours(t *joinTree, after int) {
	seen := map[*joinTree]bool{t: true}
	for _, k := range t.open {
		for w, word := range s.g.conds[k].rels {
			for ; word != 0; word &= word - 1 {
				i := w*64 + bits.TrailingZeros64(word)
				other := s.owner[i]
				if i <= after || seen[other] {
					continue
				}
				seen[other] = true
				if j, linked := s.g.join(t, other); linked {
					heap.Push(&s.pairs, pair{j, s.made})
					s.made++
				}
			}
		}
	}
}

// pair is a join that may be made next.
type pair struct {
	t  joinTree
	at int // pairs before it: the earlier of equals goes first
}

// pairHeap has the pair with the smallest result on top.
type pairHeap []pair

func (h pairHeap) Len() int { return len(h) }
func (h pairHeap) Less(i, j int) bool {
	if h[i].t.rows != h[j].t.rows {
		return h[i].t.rows < h[j].t.rows
	}
	return h[i].at < h[j].at
}
func (h pairHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *pairHeap) Push(x any)   { *h = append(*h, x.(pair)) }
func (h *pairHeap) Pop() any {
	last := len(*h) - 1
	p := (*h)[last]
	*h = (*h)[:last]
	return p
}
