package opt

import (
	"github.com/ferritedb/ferrite/sql/plan"
)

// recheck gives nodes that lock rows the plan by which a row is computed again
// from the newest versions of the rows that it was made of. It runs when
// conditions have found their place and before indexes and join algorithms take
// them apart.
func recheck(o *optimizer, n plan.Node) plan.Node {
	return o.eachNode(n, func(x plan.Node) plan.Node {
		switch x := x.(type) {
		case *plan.LockRows:
			c := *x
			c.Again = &plan.Recheck{Plan: o.again(x.In, false)}
			return &c
		case *plan.Update:
			if x.Pattern == nil && beyondTarget(x.Source) {
				c := *x
				c.Again = &plan.Recheck{Plan: o.again(x.Source, false)}
				return &c
			}
		case *plan.Delete:
			if x.Pattern == nil && beyondTarget(x.Source) {
				c := *x
				c.Again = &plan.Recheck{Plan: o.again(x.Source, false)}
				return &c
			}
		}
		return x
	})
}

// beyondTarget tells that a source has conditions beyond those on the target
// alone, which Update.Recheck holds.
func beyondTarget(n plan.Node) bool {
	found := false
	plan.Walk(n, func(n plan.Node) bool {
		switch n.(type) {
		case *plan.Scan, *plan.Project, *plan.Filter:
		default:
			found = true
		}
		for _, e := range n.Exprs(nil) {
			found = found || volatile(e) || hasSub(e)
		}
		return !found
	})
	return found
}

// again is n for one row: relations are pinned. nullable: n is on the nullable
// side of an outer join.
func (o *optimizer) again(n plan.Node, nullable bool) plan.Node {
	o.enter()
	defer o.leave()
	switch n := n.(type) {
	case *plan.Scan:
		p := pin(n, nullable)
		if n.Filter == nil {
			return p
		}
		f := &plan.Filter{In: p, Cond: n.Filter}
		f.Cols = p.Cols
		return f
	case *plan.Project:
		c := *n
		c.In = o.again(n.In, nullable)
		return &c
	case *plan.Filter:
		c := *n
		c.In = o.again(n.In, nullable)
		return refitted(&c)
	case *plan.Sort:
		return o.again(n.In, nullable)
	case *plan.Join:
		c := *n
		c.L = o.again(n.L, nullable || n.Kind == plan.Full)
		if n.Kind == plan.Semi || n.Kind == plan.Anti {
			c.R = copied(n.R)
		} else {
			c.R = o.again(n.R, nullable || n.Kind == plan.Left || n.Kind == plan.Full)
		}
		return refitted(&c)
	}
	return pin(n, nullable)
}

func pin(n plan.Node, nullable bool) *plan.Pinned {
	p := &plan.Pinned{Nullable: nullable}
	p.Cols = n.Columns()
	return p
}

// copied is a copy of n's nodes, which the rules to come may change.
func copied(n plan.Node) plan.Node {
	in := n.Inputs(nil)
	for i := range in {
		in[i] = copied(in[i])
	}
	return n.WithInputs(in).WithExprs(n.Exprs(nil))
}

// pinned lists the pinned relations of a recheck.
func pinned(n plan.Node) []*plan.Pinned {
	var out []*plan.Pinned
	var walk func(plan.Node)
	walk = func(n plan.Node) {
		if p, ok := n.(*plan.Pinned); ok {
			out = append(out, p)
		}
		for _, in := range n.Inputs(nil) {
			walk(in)
		}
	}
	walk(n)
	return out
}
