package opt

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
)

// pushdown moves conditions as near to the scans as they may go, turns outer
// joins into inner ones where a condition rejects their NULLs, and leaves the
// conditions of scans in the scans.
func pushdown(o *optimizer, n plan.Node) plan.Node { return o.push(n, nil) }

// push gives n with the conditions applied in or above it.
func (o *optimizer) push(n plan.Node, conds []expr.Expr) plan.Node {
	o.enter()
	defer o.leave()
	switch n := n.(type) {
	case *plan.Filter:
		return o.pushFilter(n, conds)
	case *plan.Project:
		return o.pushProject(n, conds)
	case *plan.Join:
		return o.pushJoin(n, conds)
	case *plan.Aggregate:
		return o.pushAggregate(n, conds)
	case *plan.SetOp:
		return o.pushSetOp(n, conds)
	case *plan.Window:
		return o.pushWindow(n, conds)
	case *plan.Sort:
		return o.pushThrough(n, n.In, conds, nil)
	case *plan.Distinct:
		return o.pushDistinct(n, conds)
	case *plan.With:
		return o.pushThrough(n, n.In, conds, nil)
	case *plan.Scan:
		if len(conds) > 0 {
			c := *n
			c.Filter = conj(append(conjuncts(nil, n.Filter), conds...))
			return &c
		}
		return n
	case *plan.PatternScan:
		if len(conds) > 0 {
			c := *n
			c.Filter = conj(append(conjuncts(nil, n.Filter), conds...))
			return &c
		}
		return n
	case *plan.VirtualScan:
		if len(conds) > 0 {
			c := *n
			c.Filter = conj(append(conjuncts(nil, n.Filter), conds...))
			return &c
		}
		return n
	}
	// All others: conditions stay above; below, each input starts anew.
	in := n.Inputs(nil)
	changed := false
	for i := range in {
		if r := o.push(in[i], nil); r != in[i] {
			in[i], changed = r, true
		}
	}
	if changed {
		n = n.WithInputs(in)
	}
	return filtered(n, conds)
}

// pushFilter takes the filter's conditions along. Those that call volatile
// functions stay where they are.
func (o *optimizer) pushFilter(n *plan.Filter, conds []expr.Expr) plan.Node {
	var stay []expr.Expr
	move := append([]expr.Expr(nil), conds...)
	for _, c := range conjuncts(nil, n.Cond) {
		if volatile(c) {
			stay = append(stay, c)
		} else {
			move = append(move, c)
		}
	}
	return filtered(o.push(n.In, move), stay)
}

// pushThrough pushes the conditions that ok (nil: all) accepts below a node with
// one input, which passes its columns on unchanged.
func (o *optimizer) pushThrough(n, in plan.Node, conds []expr.Expr, ok func(expr.Expr) bool) plan.Node {
	var down, stay []expr.Expr
	for _, c := range conds {
		if ok == nil || ok(c) {
			down = append(down, c)
		} else {
			stay = append(stay, c)
		}
	}
	if r := o.push(in, down); r != in {
		n = n.WithInputs([]plan.Node{r})
	}
	return filtered(n, stay)
}

// pushProject rewrites conditions in terms of the input. A condition stays where
// the expression behind a column is volatile, or where the condition holds a
// subquery and the column is computed.
func (o *optimizer) pushProject(n *plan.Project, conds []expr.Expr) plan.Node {
	if len(conds) == 0 {
		if r := o.push(n.In, nil); r != n.In {
			return n.WithInputs([]plan.Node{r})
		}
		return n
	}
	of := map[expr.ColID]expr.Expr{}
	for i, c := range n.Cols {
		of[c.ID] = n.Out[i]
	}
	var down, stay []expr.Expr
	for _, c := range conds {
		if r, ok := substitute(c, of); ok {
			down = append(down, r)
		} else {
			stay = append(stay, c)
		}
	}
	if r := o.push(n.In, down); r != n.In {
		return filtered(n.WithInputs([]plan.Node{r}), stay)
	}
	return filtered(n, stay)
}

// substitute puts the expressions of in the place of columns.
func substitute(e expr.Expr, of map[expr.ColID]expr.Expr) (expr.Expr, bool) {
	ok := true
	computed := false
	expr.WalkCols(e, func(c *expr.Col) {
		x, known := of[c.ID]
		if !known {
			return
		}
		if col, isCol := x.(*expr.Col); !isCol || col.ID != c.ID {
			computed = true
		}
		if volatile(x) || hasSub(x) {
			ok = false
		}
	})
	if !ok || computed && hasSub(e) {
		return nil, false
	}
	if !computed {
		return e, true
	}
	return expr.Rewrite(e, func(x expr.Expr) expr.Expr {
		if c, isCol := x.(*expr.Col); isCol {
			if y, known := of[c.ID]; known {
				return y
			}
		}
		return x
	}), true
}

// pushAggregate pushes conditions on keys that are in every grouping set.
func (o *optimizer) pushAggregate(n *plan.Aggregate, conds []expr.Expr) plan.Node {
	of := map[expr.ColID]expr.Expr{}
	own := colsOf(n)
	for i := range n.Keys {
		everywhere := true
		for _, s := range n.Sets {
			in := false
			for _, k := range s {
				in = in || k == i
			}
			everywhere = everywhere && in
		}
		if everywhere {
			of[n.Cols[i].ID] = n.Keys[i]
			delete(own, n.Cols[i].ID)
		}
	}
	var down, stay []expr.Expr
	for _, c := range conds {
		r, ok := expr.Expr(nil), false
		if !n.Scalar && !own.reads(c) {
			r, ok = substitute(c, of)
		}
		if ok {
			down = append(down, r)
		} else {
			stay = append(stay, c)
		}
	}
	if r := o.push(n.In, down); r != n.In {
		return filtered(n.WithInputs([]plan.Node{r}), stay)
	}
	return filtered(n, stay)
}

// pushWindow pushes conditions on columns that every window partitions by.
func (o *optimizer) pushWindow(n *plan.Window, conds []expr.Expr) plan.Node {
	partition := cols{}
	for _, p := range n.Partition {
		if c, ok := p.(*expr.Col); ok {
			partition[c.ID] = true
		}
	}
	own := colsOf(n)
	for id := range partition {
		delete(own, id)
	}
	return o.pushThrough(n, n.In, conds, func(c expr.Expr) bool { return !own.reads(c) && len(partition) > 0 })
}

// pushDistinct: DISTINCT passes all conditions, DISTINCT ON those on its keys.
func (o *optimizer) pushDistinct(n *plan.Distinct, conds []expr.Expr) plan.Node {
	if n.On == nil {
		return o.pushThrough(n, n.In, conds, nil)
	}
	own := colsOf(n)
	for _, e := range n.On {
		if c, ok := e.(*expr.Col); ok {
			delete(own, c.ID)
		}
	}
	return o.pushThrough(n, n.In, conds, func(c expr.Expr) bool { return !own.reads(c) })
}

// pushSetOp pushes conditions into both sides under their own columns.
func (o *optimizer) pushSetOp(n *plan.SetOp, conds []expr.Expr) plan.Node {
	side := func(in plan.Node) map[expr.ColID]expr.Expr {
		of := map[expr.ColID]expr.Expr{}
		for i, c := range in.Columns() {
			of[n.Cols[i].ID] = &expr.Col{ID: c.ID, T: c.T, Mod: c.Mod, Name: c.Name}
		}
		return of
	}
	l, r := side(n.L), side(n.R)
	var down, downR, stay []expr.Expr
	for _, c := range conds {
		lc, ok1 := substitute(c, l)
		rc, ok2 := substitute(c, r)
		if ok1 && ok2 {
			down, downR = append(down, lc), append(downR, rc)
		} else {
			stay = append(stay, c)
		}
	}
	c := *n
	c.L, c.R = o.push(n.L, down), o.push(n.R, downR)
	return filtered(&c, stay)
}

// pushJoin sorts conditions by the side they read.
func (o *optimizer) pushJoin(n *plan.Join, conds []expr.Expr) plan.Node {
	c := *n
	n = &c
	lc, rc := colsOf(n.L), colsOf(n.R)
	simplifyOuter(n, &lc, &rc, conds)
	var toL, toR, on, stay []expr.Expr
	for _, x := range conds {
		l, r := lc.reads(x), rc.reads(x)
		switch n.Kind {
		case plan.Inner, plan.Cross:
			on = append(on, x)
		case plan.Left, plan.Semi, plan.Anti:
			if !r {
				toL = append(toL, x)
			} else {
				stay = append(stay, x)
			}
		default:
			_ = l
			stay = append(stay, x)
		}
	}
	var keep []expr.Expr
	for _, x := range append(conjuncts(nil, n.On), on...) {
		l, r := lc.reads(x), rc.reads(x)
		vol := volatile(x)
		switch {
		case vol:
			keep = append(keep, x)
		case !r && (n.Kind == plan.Inner || n.Kind == plan.Cross || n.Kind == plan.Semi):
			toL = append(toL, x)
		case !l && (n.Kind == plan.Inner || n.Kind == plan.Cross || n.Kind == plan.Left || n.Kind == plan.Semi || n.Kind == plan.Anti && !n.NullAware):
			toR = append(toR, x)
		default:
			keep = append(keep, x)
		}
	}
	n.L, n.R = o.push(n.L, toL), o.push(n.R, toR)
	n.On = conj(keep)
	if n.Kind == plan.Cross && n.On != nil {
		n.Kind = plan.Inner
	}
	if n.Kind == plan.Inner && n.On == nil && len(n.LeftKeys) == 0 {
		n.Kind = plan.Cross
	}
	return filtered(n, stay)
}

// simplifyOuter makes outer joins inner, and full joins left ones, where a
// condition above rejects the rows that only they give.
func simplifyOuter(n *plan.Join, lc, rc *cols, conds []expr.Expr) {
	rejects := func(c cols) bool {
		for _, x := range conds {
			if c.rejects(x) {
				return true
			}
		}
		return false
	}
	switch n.Kind {
	case plan.Left:
		if rejects(*rc) {
			n.Kind = plan.Inner
		}
	case plan.Full:
		l, r := rejects(*lc), rejects(*rc)
		switch {
		case l && r:
			n.Kind = plan.Inner
		case l:
			n.Kind = plan.Left
		case r:
			n.Kind = plan.Left
			n.L, n.R = n.R, n.L
			*lc, *rc = *rc, *lc
			n.Cols = append(append([]plan.Col(nil), n.L.Columns()...), n.R.Columns()...)
		}
	}
}
