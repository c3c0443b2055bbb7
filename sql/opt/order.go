package opt

import (
	"math"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
)

// order drops sorts whose order an index gives, and tells the others how many of
// their rows are wanted.
func order(o *optimizer, n plan.Node) plan.Node { return o.orderNode(n, math.Inf(1)) }

// orderNode handles n of which want rows will be read.
func (o *optimizer) orderNode(n plan.Node, want float64) plan.Node {
	o.enter()
	defer o.leave()
	switch n := n.(type) {
	case *plan.Limit:
		return o.orderLimit(n)
	case *plan.Sort:
		if in := o.ordered(n.In, n.Keys, want); in != nil {
			return in
		}
		in := o.orderNode(n.In, math.Inf(1))
		if in != n.In {
			return refitted(n.WithInputs([]plan.Node{in}))
		}
		return n
	case *plan.Project:
		return sameInput(n, o.orderNode(n.In, want))
	case *plan.LockRows:
		return sameInput(n, o.orderNode(n.In, want))
	}
	in := n.Inputs(nil)
	changed := false
	for i := range in {
		if r := o.orderNode(in[i], math.Inf(1)); r != in[i] {
			in[i], changed = r, true
		}
	}
	if changed {
		return refitted(n.WithInputs(in))
	}
	return n
}

func sameInput(n, in plan.Node) plan.Node {
	if n.Inputs(nil)[0] == in {
		return n
	}
	return refitted(n.WithInputs([]plan.Node{in}))
}

// orderLimit tells a sort right below how many rows are wanted.
func (o *optimizer) orderLimit(n *plan.Limit) plan.Node {
	want := math.Inf(1)
	if k, ok := wanted(n); ok {
		want = float64(k)
	}
	in := o.orderNode(n.In, want)
	if top := topExpr(n); top != nil {
		in = withTop(in, top)
	}
	return sameInput(n, in)
}

// wanted is LIMIT + OFFSET where both are constants.
func wanted(n *plan.Limit) (int64, bool) {
	c, ok := n.Count.(*expr.Const)
	if !ok || c.Value.IsNull() || n.WithTies {
		return 0, false
	}
	k := c.Value.Int()
	if n.Offset == nil {
		return k, k >= 0
	}
	off, ok := n.Offset.(*expr.Const)
	if !ok || off.Value.IsNull() || off.Value.Int() < 0 || k < 0 || k > math.MaxInt64-off.Value.Int() {
		return 0, false
	}
	return k + off.Value.Int(), true
}

// topExpr bounds the rows that a sort below must keep; nil where it is not known.
func topExpr(n *plan.Limit) expr.Expr {
	if n.WithTies || n.Count == nil {
		return nil
	}
	if k, ok := wanted(n); ok {
		c := *n.Count.(*expr.Const)
		return &expr.Const{Value: intDatum(k), T: c.T, Mod: -1}
	}
	if _, isParam := n.Count.(*expr.Param); isParam && n.Offset == nil {
		return n.Count
	}
	return nil
}

// withTop sets Top of a sort below projections.
func withTop(n plan.Node, top expr.Expr) plan.Node {
	switch n := n.(type) {
	case *plan.Sort:
		c := *n
		c.Top = top
		return &c
	case *plan.Project:
		if in := withTop(n.In, top); in != n.In {
			return n.WithInputs([]plan.Node{in})
		}
	}
	return n
}

// ordered gives a node with the rows of n in the order of keys without a sort;
// nil where there is none, or where sorting is cheaper.
func (o *optimizer) ordered(n plan.Node, keys []expr.SortKey, want float64) plan.Node {
	o.enter()
	defer o.leave()
	switch n := n.(type) {
	case *plan.Project:
		mapped := make([]expr.SortKey, len(keys))
		for i, k := range keys {
			c, ok := k.Expr.(*expr.Col)
			if !ok {
				return nil
			}
			mapped[i] = k
			mapped[i].Expr = nil
			for j, col := range n.Cols {
				if col.ID == c.ID {
					mapped[i].Expr = n.Out[j]
				}
			}
			if mapped[i].Expr == nil {
				return nil
			}
		}
		if in := o.ordered(n.In, mapped, want); in != nil {
			return n.WithInputs([]plan.Node{in})
		}
	case *plan.Filter:
		if in := o.ordered(n.In, keys, math.Inf(1)); in != nil {
			return refitted(n.WithInputs([]plan.Node{in}))
		}
	case *plan.Join:
		// Left rows come in order, each with its matches; keys of the right side
		// would order within those.
		right := colsOf(n.R)
		if n.Algo == plan.Lookup && n.Kind != plan.Full && !readsKeys(right, keys) {
			if in := o.ordered(n.L, keys, math.Inf(1)); in != nil {
				return refitted(n.WithInputs([]plan.Node{in, n.R}))
			}
		}
	case *plan.Scan:
		if s := o.orderedScan(n, keys, want); s != nil {
			return s
		}
	}
	return nil
}

func readsKeys(c cols, keys []expr.SortKey) bool {
	for _, k := range keys {
		if c.reads(k.Expr) {
			return true
		}
	}
	return false
}

// orderedScan compares reading in order with the best path and a sort.
func (o *optimizer) orderedScan(s *plan.Scan, keys []expr.SortKey, want float64) plan.Node {
	conds := conjuncts(nil, s.Filter)
	if orig, ok := o.original[s]; ok {
		conds = orig
	}
	base := *s
	base.Index, base.Spans, base.Filter = nil, nil, conj(conds)
	rows := math.Max(o.scanRows(&base, conds), 1)
	best := o.bestPath(&base, conds)
	limit := best.cost + rows*math.Log2(rows+2)*costCompare
	var found *plan.Scan
	preds := sargs(conds, &base)
	for _, x := range s.Table.Indexes {
		if !o.usable(&base, x, conds) {
			continue
		}
		p, ok := o.indexPath(&base, x, conds, preds, o.tableRows(s.Table))
		if !ok {
			p = o.wholeIndex(&base, x, conds)
		}
		if len(p.spans) > 1 {
			continue
		}
		reverse, ok := gives(&base, x, p, keys)
		if !ok {
			continue
		}
		cost := p.cost
		if part := want / rows; part < 1 {
			// Rows that pass are spread evenly: so much of the index is read.
			cost = costSeek + (p.cost-costSeek)*part
		}
		if cost < limit {
			limit = cost
			found = o.withPath(&base, p)
			found.Index, found.Reverse = x, reverse
			if x == s.Table.PrimaryIndex() {
				found.Index = nil
			}
		}
	}
	if found == nil {
		return nil
	}
	if o.original == nil {
		o.original = map[*plan.Scan][]expr.Expr{}
	}
	o.original[found] = conds
	return found
}

// wholeIndex reads all of an index.
func (o *optimizer) wholeIndex(s *plan.Scan, x *catalog.Index, conds []expr.Expr) path {
	rows := o.tableRows(s.Table)
	per := costIndexRow
	switch {
	case x == s.Table.PrimaryIndex():
		per = costRow
	case covers(x, s):
		per = costEntry
	}
	return path{index: x, residual: conds, rows: rows, cost: costSeek + rows*per}
}

// entryKeys are the keys that the entries of an index are ordered by: those of a
// secondary index that may hold equal keys end in the primary key. whole tells
// that no two entries agree in all of them.
func entryKeys(s *plan.Scan, x *catalog.Index) (keys []catalog.IndexKey, whole bool) {
	p := s.Table.PrimaryIndex()
	if x.Unique || p == nil {
		return x.Keys, x.Unique && allNotNull(s, x)
	}
	keys = append(append([]catalog.IndexKey(nil), x.Keys...), p.Keys...)
	return keys, true
}

// gives tells that reading a path gives the order of keys, and whether backwards.
// Keys that an equality fixes may stand anywhere.
func gives(s *plan.Scan, x *catalog.Index, p path, keys []expr.SortKey) (reverse, ok bool) {
	fixed := 0
	if len(p.spans) == 1 {
		fixed = len(p.spans[0].Eq)
	}
	entry, whole := entryKeys(s, x)
	isFixed := func(e expr.Expr) bool {
		for i := 0; i < fixed; i++ {
			if keyIs(s, x, i, entry[i], e) {
				return true
			}
		}
		return false
	}
	at := fixed
	decided := false
	for _, k := range keys {
		if _, isConst := k.Expr.(*expr.Const); isConst || isFixed(k.Expr) {
			continue
		}
		if k.Compare != nil {
			return false, false
		}
		if at >= len(entry) {
			// All keys are used up and no two rows share them: what follows cannot
			// matter.
			return reverse, whole
		}
		if !keyIs(s, x, at, entry[at], k.Expr) {
			return false, false
		}
		xk := entry[at]
		back := k.Desc != xk.Desc
		nullsFit := (k.NullsFirst != xk.NullsFirst) == back || notNullKey(s, xk)
		if !nullsFit || decided && back != reverse {
			return false, false
		}
		reverse, decided = back, true
		at++
	}
	return reverse, true
}

func notNullKey(s *plan.Scan, k catalog.IndexKey) bool {
	c := s.Table.ColumnByNum(k.Attnum)
	return c != nil && (c.NotNull || isPrimary(s, k.Attnum))
}

func allNotNull(s *plan.Scan, x *catalog.Index) bool {
	for _, k := range x.Keys {
		if !notNullKey(s, k) {
			return false
		}
	}
	return true
}

// keyIs tells that e is k, key i of an index's entries.
func keyIs(s *plan.Scan, x *catalog.Index, i int, k catalog.IndexKey, e expr.Expr) bool {
	if k.Attnum == 0 {
		bound := s.IndexExprs[x.OID].Keys
		return i < len(bound) && bound[i] != nil && expr.Equal(bound[i], e)
	}
	c, ok := bare(e).(*expr.Col)
	if !ok {
		return false
	}
	for _, sc := range s.Cols {
		if sc.ID == c.ID {
			return sc.Attnum == k.Attnum
		}
	}
	return false
}
