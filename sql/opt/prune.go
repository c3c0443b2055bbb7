package opt

import (
	"maps"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
)

// prune drops the columns, calls and projections that nothing above reads.
func prune(o *optimizer, n plan.Node) plan.Node {
	need := cols{}
	for _, c := range n.Columns() {
		need[c.ID] = true
	}
	return o.pruneNode(n, need)
}

// pruneNode gives n with at least the needed columns, in their order.
func (o *optimizer) pruneNode(n plan.Node, need cols) plan.Node {
	o.enter()
	defer o.leave()
	switch n := n.(type) {
	case *plan.Scan:
		if n.Filter != nil {
			need.addExpr(n.Filter)
		}
		for _, id := range []expr.ColID{n.RowID, n.TableOID} {
			need[id] = true
		}
		if kept := keep(n.Cols, need); len(kept) < len(n.Cols) {
			c := *n
			c.Cols = kept
			return &c
		}
		return n
	case *plan.PatternScan:
		if n.Filter != nil {
			need.addExpr(n.Filter)
		}
		need[n.RowID] = true
		if kept := keep(n.Cols, need); len(kept) < len(n.Cols) {
			c := *n
			c.Cols = kept
			return &c
		}
		return n
	case *plan.VirtualScan:
		if n.Filter != nil {
			need.addExpr(n.Filter)
		}
		if kept := keep(n.Cols, need); len(kept) < len(n.Cols) {
			c := *n
			c.Cols = kept
			return &c
		}
		return n
	case *plan.Project:
		return o.pruneProject(n, need)
	case *plan.Aggregate:
		return o.pruneAggregate(n, need)
	case *plan.Window:
		return o.pruneWindow(n, need)
	case *plan.Join:
		return o.pruneJoin(n, need)
	case *plan.Filter, *plan.Sort, *plan.Limit:
		return o.prunePass(n, need)
	case *plan.LockRows:
		return o.pruneLockRows(n, need)
	case *plan.Update:
		c := *n
		c.Again, c.Source = o.pruneRechecked(n.Again, n.Source, colsOf(n.Source), cols{})
		return &c
	case *plan.Delete:
		c := *n
		c.Again, c.Source = o.pruneRechecked(n.Again, n.Source, colsOf(n.Source), cols{})
		return &c
	case *plan.Pinned:
		c := *n
		c.Cols = keep(n.Cols, need)
		return &c
	case *plan.Distinct:
		if n.On != nil {
			return o.prunePass(n, need)
		}
	case *plan.With:
		return o.prunePass(n, need)
	}
	return o.pruneBelow(n)
}

func keep(list []plan.Col, need cols) []plan.Col {
	n := 0
	for _, c := range list {
		if need[c.ID] {
			n++
		}
	}
	if n == len(list) {
		return list
	}
	out := make([]plan.Col, 0, n)
	for _, c := range list {
		if need[c.ID] {
			out = append(out, c)
		}
	}
	return out
}

// pruneBelow starts anew in the inputs of a node that needs all their columns.
func (o *optimizer) pruneBelow(n plan.Node) plan.Node {
	outer := o.carry
	defer func() { o.carry = outer }()
	o.carry = nil // what a recheck pins is above
	in := n.Inputs(nil)
	changed := false
	for i := range in {
		need := colsOf(in[i])
		if r := o.pruneNode(in[i], need); r != in[i] {
			in[i], changed = r, true
		}
	}
	if changed {
		return n.WithInputs(in)
	}
	return n
}

func addExprs(n plan.Node, need cols) {
	for _, e := range n.Exprs(nil) {
		need.addExpr(e)
	}
}

// prunePass handles nodes with one input that pass its columns on.
func (o *optimizer) prunePass(n plan.Node, need cols) plan.Node {
	addExprs(n, need)
	in := n.Inputs(nil)
	r := o.pruneNode(in[0], need)
	if r == in[0] {
		return n
	}
	return refitted(n.WithInputs([]plan.Node{r}))
}

func (o *optimizer) pruneLockRows(n *plan.LockRows, need cols) plan.Node {
	ids := cols{}
	for _, t := range n.Targets {
		need[t.RowID], ids[t.RowID] = true, true
	}
	c := *n
	c.Again, c.In = o.pruneRechecked(n.Again, n.In, need, ids)
	c.Cols = c.In.Columns()
	return &c
}

// pruneRechecked prunes the input of a node that locks rows: beside what is
// needed it keeps what the recheck pins. carry are columns to keep and to pass up
// through projections, grown here.
func (o *optimizer) pruneRechecked(again *plan.Recheck, in plan.Node, need, carry cols) (*plan.Recheck, plan.Node) {
	outer := o.carry
	defer func() { o.carry = outer }()
	o.carry = carry
	if again != nil {
		again = &plan.Recheck{Plan: o.pruneNode(again.Plan, maps.Clone(need))}
		for _, leaf := range pinned(again.Plan) {
			for _, c := range leaf.Cols {
				need[c.ID], o.carry[c.ID] = true, true
			}
		}
	}
	return again, o.pruneNode(in, need)
}

// refitted gives a node that passes columns on the list of what it passes.
func refitted(n plan.Node) plan.Node {
	switch n := n.(type) {
	case *plan.Filter:
		n.Cols = n.In.Columns()
	case *plan.Sort:
		n.Cols = n.In.Columns()
	case *plan.Limit:
		n.Cols = n.In.Columns()
	case *plan.LockRows:
		n.Cols = n.In.Columns()
	case *plan.Distinct:
		n.Cols = n.In.Columns()
	case *plan.With:
		n.Cols = n.In.Columns()
	case *plan.Join:
		n.Cols = joinCols(n)
	}
	return n
}

func joinCols(n *plan.Join) []plan.Col {
	l := n.L.Columns()
	if n.Kind == plan.Semi || n.Kind == plan.Anti {
		return l
	}
	r := n.R.Columns()
	return append(append(make([]plan.Col, 0, len(l)+len(r)), l...), r...)
}

func (o *optimizer) pruneProject(n *plan.Project, need cols) plan.Node {
	c := *n
	c.Cols, c.Out = nil, nil
	below := cols{}
	for i, col := range n.Cols {
		if need[col.ID] {
			c.Cols, c.Out = append(c.Cols, col), append(c.Out, n.Out[i])
			below.addExpr(n.Out[i])
		}
	}
	for id := range o.carry {
		below[id] = true
	}
	in := o.pruneNode(n.In, below)
	o.passCarried(&c, in)
	if in == n.In && len(c.Cols) == len(n.Cols) {
		return n
	}
	c.In = in
	return &c
}

// passCarried makes a projection pass on the columns of in that a recheck above
// pins.
func (o *optimizer) passCarried(p *plan.Project, in plan.Node) {
	if len(o.carry) == 0 {
		return
	}
	have := cols{}
	for _, c := range p.Cols {
		have[c.ID] = true
	}
	for _, c := range in.Columns() {
		if o.carry[c.ID] && !have[c.ID] {
			p.Cols = append(p.Cols, c)
			p.Out = append(p.Out, &expr.Col{ID: c.ID, T: c.T, Mod: c.Mod, Name: c.Name})
		}
	}
}

func (o *optimizer) pruneAggregate(n *plan.Aggregate, need cols) plan.Node {
	outer := o.carry
	defer func() { o.carry = outer }()
	o.carry = nil
	c := *n
	c.Calls = nil
	c.Cols = append([]plan.Col(nil), n.Cols[:len(n.Keys)]...)
	for i, call := range n.Calls {
		col := n.Cols[len(n.Keys)+i]
		if need[col.ID] {
			c.Calls, c.Cols = append(c.Calls, call), append(c.Cols, col)
		}
	}
	if n.GroupingID != 0 {
		c.Cols = append(c.Cols, n.Cols[len(n.Cols)-1])
	}
	below := cols{}
	addExprs(&c, below)
	in := o.pruneNode(n.In, below)
	if in == n.In && len(c.Calls) == len(n.Calls) {
		return n
	}
	c.In = in
	return &c
}

func (o *optimizer) pruneWindow(n *plan.Window, need cols) plan.Node {
	outer := o.carry
	defer func() { o.carry = outer }()
	o.carry = nil
	c := *n
	c.Calls = nil
	first := len(n.Cols) - len(n.Calls)
	var kept []plan.Col
	for i, call := range n.Calls {
		if col := n.Cols[first+i]; need[col.ID] {
			c.Calls, kept = append(c.Calls, call), append(kept, col)
		}
	}
	if len(c.Calls) == 0 {
		return o.pruneNode(n.In, need)
	}
	addExprs(&c, need)
	c.In = o.pruneNode(n.In, need)
	c.Cols = append(append([]plan.Col(nil), c.In.Columns()...), kept...)
	return &c
}

// pruneJoin drops the right side of a left join whose columns nobody reads and
// that gives at most one row for each left one.
func (o *optimizer) pruneJoin(n *plan.Join, need cols) plan.Node {
	if n.Kind == plan.Left && !n.Lateral && !readsAny(n.R, need) && o.atMostOne(n) {
		return o.pruneNode(n.L, need)
	}
	addExprs(n, need)
	if n.Lateral {
		for _, c := range plan.OuterCols(n.R) {
			need[c.ID] = true
		}
	}
	lneed, rneed := cols{}, cols{}
	for _, c := range n.L.Columns() {
		if need[c.ID] {
			lneed[c.ID] = true
		}
	}
	for _, c := range n.R.Columns() {
		if need[c.ID] {
			rneed[c.ID] = true
		}
	}
	l, r := o.pruneNode(n.L, lneed), o.pruneNode(n.R, rneed)
	if l == n.L && r == n.R {
		return n
	}
	c := *n
	c.L, c.R = l, r
	return refitted(&c)
}

func readsAny(n plan.Node, need cols) bool {
	for _, c := range n.Columns() {
		if need[c.ID] {
			return true
		}
	}
	return false
}

// atMostOne tells that the right side of a join matches a left row at most once:
// it is a plain scan with a unique index whose keys the condition fixes.
func (o *optimizer) atMostOne(n *plan.Join) bool {
	s, ok := n.R.(*plan.Scan)
	if !ok || s.Table == nil {
		return false
	}
	own := colsOf(s)
	fixed := map[int16]bool{}
	for _, c := range conjuncts(conjuncts(nil, n.On), s.Filter) {
		if col, _, ok := equality(c, own); ok {
			for _, sc := range s.Cols {
				if sc.ID == col.ID {
					fixed[sc.Attnum] = true
				}
			}
		}
	}
	for _, x := range s.Table.Indexes {
		if !x.Unique || x.Where != "" || o.hidden(x) {
			continue
		}
		all := len(x.Keys) > 0
		for _, k := range x.Keys {
			all = all && k.Attnum != 0 && fixed[k.Attnum]
		}
		if all {
			return true
		}
	}
	return false
}

// equality takes col = value apart, the value free of own columns.
func equality(e expr.Expr, own cols) (*expr.Col, expr.Expr, bool) {
	f, ok := e.(*expr.Func)
	if !ok || f.Op != "=" || len(f.Args) != 2 {
		return nil, nil, false
	}
	for i := range 2 {
		c, isCol := f.Args[i].(*expr.Col)
		if isCol && own[c.ID] && !own.reads(f.Args[1-i]) {
			return c, f.Args[1-i], true
		}
	}
	return nil, nil, false
}
