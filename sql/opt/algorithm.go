package opt

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// Costs of joins, in rows of a full scan.
const (
	costBuild = 1.5 // putting a row into the hash table
	costProbe = 0.5 // looking a row up in it
	costPair  = 0.2 // comparing a pair in a nested loop
)

// algorithm splits equalities off join conditions and chooses between a hash
// join, a lookup through an index for each left row, and a nested loop.
func algorithm(o *optimizer, n plan.Node) plan.Node {
	return o.eachNode(n, func(x plan.Node) plan.Node {
		j, ok := x.(*plan.Join)
		if !ok || j.Algo != plan.Undecided {
			return x
		}
		if j.Lateral {
			c := *j
			c.Algo = plan.Lookup
			if !dependent(&c) {
				c.Lateral, c.Algo = false, plan.Undecided
				return o.chooseJoin(n, &c)
			}
			return refitted(&c)
		}
		c := *j
		return o.chooseJoin(n, &c)
	})
}

// dependent tells that the right side reads columns of the left.
func dependent(n *plan.Join) bool { return readsOuter(n.R, colsOf(n.L)) }

func (o *optimizer) chooseJoin(root plan.Node, n *plan.Join) plan.Node {
	lrows, rrows := o.rows(n.L), o.rows(n.R)
	if look := o.lookup(n, lrows, rrows); look != nil {
		return look
	}
	if n.Kind == plan.Inner {
		swapped := *n
		swapped.L, swapped.R = n.R, n.L
		swapped.Cols = joinCols(&swapped)
		if look := o.lookup(&swapped, rrows, lrows); look != nil {
			return look
		}
	}
	var keys int
	n, keys = splitKeys(n)
	if look := o.lookupDistinct(root, n); look != nil {
		return look
	}
	if keys == 0 {
		n.Algo = plan.NestedLoop
		if n.NullAware {
			// NOT IN without keys: a row goes unless every comparison is false.
			n.NullAware, n.On = false, &expr.BoolTest{Arg: n.On, Want: 'f', Not: true}
		}
		return refitted(n)
	}
	n.Algo = plan.Hash
	if lrows < rrows && !n.NullAware {
		if n.Kind == plan.Inner {
			// The right side is the one the table is built on.
			n.L, n.R = n.R, n.L
			n.LeftKeys, n.RightKeys = n.RightKeys, n.LeftKeys
		} else if lrows*4 < rrows {
			n.BuildLeft = true
		}
	}
	return refitted(n)
}

// splitKeys moves equalities whose sides read one input each to LeftKeys and
// RightKeys.
func splitKeys(n *plan.Join) (*plan.Join, int) {
	c := *n
	var rest []expr.Expr
	for _, x := range conjuncts(nil, n.On) {
		a, b, ok := equiPair(x, n.L, n.R)
		if !ok || !hashes(a.Type(), b.Type()) || volatile(x) || hasSub(x) {
			rest = append(rest, x)
			continue
		}
		c.LeftKeys, c.RightKeys = append(c.LeftKeys, a), append(c.RightKeys, b)
		c.Eqs = append(c.Eqs, x.(*expr.Func).Def)
	}
	c.On = conj(rest)
	return &c, len(c.LeftKeys)
}

// hashes tells that values of the two types which are equal have equal keys.
func hashes(a, b *types.T) bool {
	a, b = a.Underlying(), b.Underlying()
	if a.Is(b) {
		return types.HasEquality(a)
	}
	return a.IsInteger() && b.IsInteger() || a.IsString() && b.IsString() && !a.Is(types.Bpchar) && !b.Is(types.Bpchar)
}

// lookup makes the join that reads the right table through an index for each
// left row; nil where that is impossible or dearer than a hash join.
func (o *optimizer) lookup(n *plan.Join, lrows, rrows float64) plan.Node {
	if n.NullAware || n.Kind == plan.Full || n.Kind == plan.Cross {
		return nil
	}
	var project *plan.Project
	s, ok := n.R.(*plan.Scan)
	if p, isProject := n.R.(*plan.Project); isProject && !ok {
		project = p
		s, ok = p.In.(*plan.Scan)
	}
	if !ok || s.Spans != nil {
		return nil
	}
	outer := colsOf(n.L)
	var of map[expr.ColID]expr.Expr
	if project != nil {
		of = map[expr.ColID]expr.Expr{}
		for i, c := range project.Cols {
			of[c.ID] = project.Out[i]
		}
	}
	conds := conjuncts(nil, s.Filter)
	var stay []expr.Expr
	moved := false
	for _, x := range conjuncts(nil, n.On) {
		y := x
		if of != nil {
			var ok bool
			if y, ok = substitute(x, of); !ok {
				stay = append(stay, x)
				continue
			}
		}
		if volatile(x) || hasSub(x) {
			stay = append(stay, x)
			continue
		}
		conds = append(conds, y)
		moved = moved || outer.reads(y)
	}
	if !moved {
		return nil
	}
	best := o.bestPath(s, conds)
	if best.spans == nil || !spansRead(best.spans, outer) {
		return nil
	}
	plain := o.bestPath(s, conjuncts(nil, s.Filter))
	hash := plain.cost + rrows*costBuild + lrows*costProbe
	if lrows*(best.cost+1) > hash {
		return nil
	}
	c := *s
	c.Filter = conj(conds)
	j := *n
	j.R, j.Algo, j.On, j.Lateral = &c, plan.Lookup, conj(stay), false
	if project != nil {
		j.R = project.WithInputs([]plan.Node{&c})
	}
	return refitted(&j)
}

// lookupDistinct turns a semi join whose right side has few rows into lookups of
// its distinct keys in the left table; nil where that is not cheaper.
func (o *optimizer) lookupDistinct(root plan.Node, n *plan.Join) plan.Node {
	if n.Kind != plan.Semi || n.On != nil || len(n.LeftKeys) == 0 {
		return nil
	}
	if _, ok := n.L.(*plan.Scan); !ok {
		return nil
	}
	p := &plan.Project{In: n.R, Out: n.RightKeys}
	j := &plan.Join{Kind: plan.Inner, R: n.L}
	var on []expr.Expr
	for i, k := range n.RightKeys {
		c := plan.Col{ID: o.newCol(root), Name: "key", T: k.Type(), Mod: -1}
		p.Cols = append(p.Cols, c)
		on = append(on, &expr.Func{Def: n.Eqs[i], Args: []expr.Expr{n.LeftKeys[i], colOf(c)}, T: types.Bool, Op: "="})
	}
	d := &plan.Distinct{In: p}
	d.Cols = p.Cols
	j.L, j.On = d, conj(on)
	j.Cols = joinCols(j)
	look := o.lookup(j, o.rows(d), o.rows(n.L))
	if look == nil {
		return nil
	}
	out := &plan.Project{In: look}
	for _, c := range n.L.Columns() {
		out.Cols, out.Out = append(out.Cols, c), append(out.Out, colOf(c))
	}
	return out
}

func spansRead(spans []plan.Span, outer cols) bool {
	for _, s := range spans {
		for _, e := range s.Eq {
			if outer.reads(e) {
				return true
			}
		}
	}
	return false
}
