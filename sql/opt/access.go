package opt

import (
	"math"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
)

// What reading costs, in units of reading one row of a full scan.
const (
	costSeek     = 4.0 // finding where a span starts
	costIndexRow = 4.0 // a row by way of a secondary index: entry, then row
	costEntry    = 1.0 // an entry of an index that has all columns asked for
	costRow      = 1.0
	costCompare  = 0.06 // comparing two rows in a sort
)

// access chooses how each scan finds its rows: the conditions that an index
// answers become spans, the others stay in the filter.
func access(o *optimizer, n plan.Node) plan.Node {
	return o.eachNode(n, func(x plan.Node) plan.Node {
		switch x := x.(type) {
		case *plan.Scan:
			if x.Filter != nil && x.Spans == nil {
				return o.accessScan(x)
			}
		case *plan.PatternScan:
			if x.Filter != nil && x.Keys == nil && x.Spans == nil {
				return o.accessPattern(x)
			}
		case *plan.VirtualScan:
			if x.Filter != nil && x.Eq == nil {
				return accessVirtual(x)
			}
		}
		return x
	})
}

// path is one way to read a scan.
type path struct {
	index    *catalog.Index // nil: the rows in storage order
	spans    []plan.Span
	residual []expr.Expr
	cost     float64
	rows     float64 // before the residual
	unique   bool    // each span gives at most one row
}

// accessScan takes the cheapest path.
func (o *optimizer) accessScan(s *plan.Scan) plan.Node {
	conds := conjuncts(nil, s.Filter)
	best := o.bestPath(s, conds)
	if best.spans == nil {
		return s
	}
	out := o.withPath(s, best)
	if o.original == nil {
		o.original = map[*plan.Scan][]expr.Expr{}
	}
	o.original[out] = conds
	return out
}

func (o *optimizer) withPath(s *plan.Scan, p path) *plan.Scan {
	c := *s
	c.Index, c.Spans, c.Filter = p.index, p.spans, conj(p.residual)
	if p.index != nil && p.index == s.Table.PrimaryIndex() {
		c.Index = nil
	}
	if o.costs == nil {
		o.costs = map[*plan.Scan]float64{}
	}
	o.costs[&c] = p.cost
	return &c
}

// bestPath compares a full scan with every index.
func (o *optimizer) bestPath(s *plan.Scan, conds []expr.Expr) path {
	rows := o.tableRows(s.Table)
	best := path{residual: conds, cost: costSeek + rows*costRow, rows: rows}
	if len(s.Table.Indexes) == 0 {
		return best
	}
	preds := sargs(conds, s)
	if len(preds) == 0 {
		return best
	}
	for _, x := range s.Table.Indexes {
		p, ok := o.indexPath(s, x, conds, preds, rows)
		// One key beats even a scan of one row: what was overwritten or deleted
		// lies in a scan's way, but not in that of a point read.
		point := ok && p.unique && len(p.spans) == 1 && best.spans == nil
		if point || ok && p.cost < best.cost {
			best = p
			if p.unique && len(p.spans) == 1 && x == s.Table.PrimaryIndex() {
				break
			}
		}
	}
	return best
}

// indexPath makes the spans that an index gives for the conditions.
func (o *optimizer) indexPath(s *plan.Scan, x *catalog.Index, conds []expr.Expr, preds []sarg, rows float64) (path, bool) {
	if !o.usable(s, x, conds) {
		return path{}, false
	}
	spans := []plan.Span{{}}
	used := map[expr.Expr]bool{}
	passed := 1.0
	for _, c := range conjuncts(nil, s.IndexExprs[x.OID].Where) {
		passed *= o.selectivity(s, c)
	}
	keys := 0
	for i := range x.Keys {
		p := o.keySargs(s, x, i, preds)
		if eq, ok := equalities(p); ok && len(spans)*len(eq.values()) <= spansMax {
			spans = extend(spans, eq)
			used[eq.source] = used[eq.source] || eq.exact
			passed *= o.selectivity(s, eq.source)
			keys++
			continue
		}
		if lo, hi := bounds(p); lo != nil || hi != nil {
			for k := range spans {
				bound(&spans[k], lo, hi)
			}
			for _, b := range []*sarg{lo, hi} {
				// A prefix match is two bounds: only both together answer it.
				if b != nil && b.exact && (!b.pair || lo != nil && hi != nil && lo.source == hi.source) {
					used[b.source] = true
				}
			}
			passed *= o.rangeSelectivity(s, lo, hi)
			keys++
		}
		break
	}
	if keys == 0 || len(spans) == 0 { // no spans: col = ANY of nothing but NULLs
		return path{}, false
	}
	p := path{index: x, spans: spans}
	for _, c := range conds {
		if !used[c] {
			p.residual = append(p.residual, c)
		}
	}
	p.unique = x.Unique && len(spans[0].Eq) == len(x.Keys) && !anyNull(spans[0])
	p.rows = math.Max(rows*passed, rowsMin)
	if p.unique {
		p.rows = float64(len(spans))
	}
	per := costIndexRow
	switch {
	case x == s.Table.PrimaryIndex():
		per = costRow
	case covers(x, s):
		per = costEntry
	}
	p.cost = float64(len(spans))*costSeek + p.rows*per
	return p, true
}

func anyNull(s plan.Span) bool {
	for _, n := range s.NullEq {
		if n {
			return true
		}
	}
	return false
}

func (o *optimizer) rangeSelectivity(s *plan.Scan, lo, hi *sarg) float64 {
	switch {
	case lo != nil && hi != nil && lo.source == hi.source:
		return matchDefault
	case lo != nil && hi != nil:
		if s.Table.Stats == nil {
			return betweenDefault
		}
		return math.Max(o.selectivity(s, lo.source)+o.selectivity(s, hi.source)-1, 0.0001)
	case lo != nil:
		return o.selectivity(s, lo.source)
	}
	return o.selectivity(s, hi.source)
}

// covers tells that an index holds every column that the scan reads.
func covers(x *catalog.Index, s *plan.Scan) bool {
	p := s.Table.PrimaryIndex()
	for _, c := range s.Cols {
		if c.Attnum == 0 {
			continue
		}
		if !indexHas(x, c.Attnum) && !(p != nil && indexHas(p, c.Attnum)) {
			return false
		}
	}
	return true
}

func indexHas(x *catalog.Index, attnum int16) bool {
	for _, k := range x.Keys {
		if k.Attnum == attnum {
			return true
		}
	}
	for _, a := range x.Include {
		if a == attnum {
			return true
		}
	}
	return false
}

// usable tells that an index holds all rows asked for: it is not partial, or
// each condition of its predicate is among the scan's.
func (o *optimizer) usable(s *plan.Scan, x *catalog.Index, conds []expr.Expr) bool {
	if o.hidden(x) {
		return false
	}
	if x.Where == "" {
		return true
	}
	where := s.IndexExprs[x.OID].Where
	if where == nil {
		return false
	}
	for _, need := range conjuncts(nil, where) {
		if !implied(need, conds) {
			return false
		}
	}
	return true
}

// implied tells that one of the conditions makes need true: it is the same, or
// need is col IS NOT NULL and a condition rejects NULL in col.
func implied(need expr.Expr, conds []expr.Expr) bool {
	for _, c := range conds {
		if expr.Equal(need, c) {
			return true
		}
		if t, ok := need.(*expr.NullTest); ok && t.Not {
			if col, ok := t.Arg.(*expr.Col); ok && (cols{col.ID: true}).rejects(c) {
				return true
			}
		}
	}
	return false
}

// accessVirtual names the equalities that a generator may use; the filter keeps
// them.
func accessVirtual(s *plan.VirtualScan) plan.Node {
	own := colsOf(s)
	eq := map[int16]expr.Expr{}
	for _, c := range conjuncts(nil, s.Filter) {
		col, val, ok := equality(c, own)
		if !ok || volatile(val) || hasSub(val) || !val.Type().Is(col.T) {
			continue
		}
		for _, sc := range s.Cols {
			if sc.ID == col.ID && sc.Attnum != 0 {
				eq[sc.Attnum] = val
			}
		}
	}
	if len(eq) == 0 {
		return s
	}
	c := *s
	c.Eq = eq
	return &c
}

// hidden tells an index that must not be read, nor believed to be unique.
func (o *optimizer) hidden(x *catalog.Index) bool { return o.cfg.Hide != nil && o.cfg.Hide(x) }
