package opt

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
)

// reorder chooses the order of inner joins: the cheapest tree where relations are
// few (searchTree), else the pair with the smallest result first (greedyTree).
// Outer, semi and lateral joins, and joins with volatile conditions, are one
// relation whose inside is ordered on its own.
func reorder(o *optimizer, n plan.Node) plan.Node {
	o.enter()
	defer o.leave()
	if j, ok := n.(*plan.Join); ok && flattens(j) {
		var rels []plan.Node
		var conds []expr.Expr
		o.flatten(j, &rels, &conds)
		for i := range rels {
			// Relations lie below j, or this would not end.
			rels[i] = reorder(o, rels[i])
		}
		if len(rels) > 2 {
			return o.joinAll(rels, conds)
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

// flattens tells that the inputs of a join may be joined in any order.
func flattens(n *plan.Join) bool {
	return (n.Kind == plan.Inner || n.Kind == plan.Cross) && !n.Lateral && len(n.LeftKeys) == 0 && !anyVolatile(n.On)
}

// flatten collects the relations and the conditions of the joins under n that flatten.
func (o *optimizer) flatten(n plan.Node, rels *[]plan.Node, conds *[]expr.Expr) {
	o.enter()
	defer o.leave()
	j, ok := n.(*plan.Join)
	if !ok || !flattens(j) {
		*rels = append(*rels, n)
		return
	}
	o.flatten(j.L, rels, conds)
	o.flatten(j.R, rels, conds)
	*conds = conjuncts(*conds, j.On)
}

func anyVolatile(e expr.Expr) bool { return e != nil && volatile(e) }

// joinAll joins relations; every condition goes to the lowest join that has all
// its columns, those of one relation or none above all.
func (o *optimizer) joinAll(rels []plan.Node, conds []expr.Expr) plan.Node {
	g := o.newJoinGraph(rels, conds)
	var t *joinTree
	if len(rels) <= searchRelationsMax {
		t = g.searchTree()
	}
	if t == nil {
		t = g.greedyTree()
	}
	return filtered(g.node(t), g.rest)
}
