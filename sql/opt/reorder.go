package opt

import (
	"math"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
)

// reorderMax is the greatest number of relations whose order is searched; longer
// lists keep the order of the text.
const reorderMax = 40

// reorder chooses the order of inner joins: greedily, the pair with the smallest
// result first, then whatever keeps the result smallest, connected relations
// before cross products (Moerkotte, "Building Query Compilers", 3.4: GOO's
// left-deep form). Outer, semi and lateral joins are taken as one relation whose
// inside is ordered on its own.
func reorder(o *optimizer, n plan.Node) plan.Node {
	switch n := n.(type) {
	case *plan.Join:
		if flattens(n) {
			var rels []plan.Node
			var conds []expr.Expr
			flatten(n, &rels, &conds)
			for i := range rels {
				rels[i] = reorder(o, rels[i])
			}
			if len(rels) > 2 && len(rels) <= reorderMax {
				return o.greedy(rels, conds)
			}
		}
	}
	in := n.Inputs(nil)
	changed := false
	for i := range in {
		if r := reorder(o, in[i]); r != in[i] {
			in[i], changed = r, true
		}
	}
	if changed {
		return refitted(n.WithInputs(in))
	}
	return n
}

func flattens(n *plan.Join) bool {
	return (n.Kind == plan.Inner || n.Kind == plan.Cross) && !n.Lateral && len(n.LeftKeys) == 0
}

func flatten(n plan.Node, rels *[]plan.Node, conds *[]expr.Expr) {
	j, ok := n.(*plan.Join)
	if !ok || !flattens(j) || anyVolatile(j.On) {
		*rels = append(*rels, n)
		return
	}
	flatten(j.L, rels, conds)
	flatten(j.R, rels, conds)
	*conds = conjuncts(*conds, j.On)
}

func anyVolatile(e expr.Expr) bool { return e != nil && volatile(e) }

// greedy joins the relations; every condition goes to the first join that has
// all its columns.
func (o *optimizer) greedy(rels []plan.Node, conds []expr.Expr) plan.Node {
	left := append([]plan.Node(nil), rels...)
	sizes := make([]float64, len(left))
	for i, r := range left {
		sizes[i] = o.rows(r)
	}
	var cur plan.Node
	curRows := 0.0
	for len(left) > 0 {
		bi, bj, bestRows, bestLinked := -1, -1, math.Inf(1), false
		try := func(i, j int, l plan.Node, lrows float64) {
			on, _ := applicable(l, left[j], conds)
			rows := lrows * sizes[j] * o.conditionPart(l, lrows, left[j], sizes[j], on)
			linked := len(on) > 0
			if bj < 0 || linked && !bestLinked || linked == bestLinked && rows < bestRows {
				bi, bj, bestRows, bestLinked = i, j, rows, linked
			}
		}
		if cur == nil {
			for i := range left {
				for j := range left {
					// The bigger relation stands left: Hash builds on the right.
					if i != j && (sizes[i] > sizes[j] || sizes[i] == sizes[j] && i < j) {
						try(i, j, left[i], sizes[i])
					}
				}
			}
			cur, curRows = left[bi], sizes[bi]
		} else {
			for j := range left {
				try(-1, j, cur, curRows)
			}
		}
		on, rest := applicable(cur, left[bj], conds)
		conds = rest
		j := &plan.Join{Kind: plan.Inner, L: cur, R: left[bj], On: conj(on)}
		if len(on) == 0 {
			j.Kind = plan.Cross
		}
		j.Cols = joinCols(j)
		cur, curRows = j, math.Max(bestRows, rowsMin)
		left, sizes = without(left, sizes, bi, bj)
	}
	return filtered(cur, conds)
}

// applicable splits off the conditions that read both l and r and nothing of
// the relations that are not joined yet.
func applicable(l, r plan.Node, conds []expr.Expr) (on, rest []expr.Expr) {
	both := colsOf(l)
	lc, rc := colsOf(l), colsOf(r)
	for id := range rc {
		both[id] = true
	}
	for _, c := range conds {
		inside := lc.reads(c) && rc.reads(c)
		expr.WalkCols(c, func(x *expr.Col) { inside = inside && (both[x.ID] || false) })
		if inside {
			on = append(on, c)
		} else {
			rest = append(rest, c)
		}
	}
	return on, rest
}

func without(nodes []plan.Node, sizes []float64, i, j int) ([]plan.Node, []float64) {
	var n []plan.Node
	var s []float64
	for k := range nodes {
		if k != i && k != j {
			n, s = append(n, nodes[k]), append(s, sizes[k])
		}
	}
	return n, s
}
