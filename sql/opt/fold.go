package opt

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
)

// fold computes what is constant: immutable functions of constants, conditions
// that are always or never true, and what follows from them.
func fold(o *optimizer, n plan.Node) plan.Node {
	return o.eachNode(n, func(x plan.Node) plan.Node {
		switch x.(type) {
		case *plan.Insert, *plan.Update, *plan.Delete:
			// Their maps of expressions are costly to go through and gain little.
			return x
		}
		es := x.Exprs(nil)
		changed := false
		for i, e := range es {
			if _, isCol := e.(*expr.Col); isCol {
				continue
			}
			if r := expr.Fold(o.ctx, e, false); r != e {
				es[i], changed = r, true
			}
		}
		if changed {
			x = x.WithExprs(es)
		}
		return foldNode(x)
	})
}

func foldNode(n plan.Node) plan.Node {
	switch n := n.(type) {
	case *plan.Filter:
		if v, ok := isConst(n.Cond); ok {
			if v {
				return n.In
			}
			return emptyLike(n)
		}
		if isEmpty(n.In) {
			return emptyLike(n)
		}
	case *plan.Join:
		return foldJoin(n)
	case *plan.Project:
		if isEmpty(n.In) {
			return emptyLike(n)
		}
	case *plan.Sort:
		if isEmpty(n.In) {
			return emptyLike(n)
		}
	case *plan.Distinct:
		if isEmpty(n.In) {
			return emptyLike(n)
		}
	case *plan.Limit:
		if c, ok := n.Count.(*expr.Const); ok && !c.Value.IsNull() && c.Value.Int() == 0 || isEmpty(n.In) {
			return emptyLike(n)
		}
	}
	return n
}

func foldJoin(n *plan.Join) plan.Node {
	if n.On != nil {
		if v, ok := isConst(n.On); ok && v {
			c := *n
			c.On = nil
			if c.Kind == plan.Inner {
				c.Kind = plan.Cross
			}
			n = &c
		} else if ok && (n.Kind == plan.Inner || n.Kind == plan.Semi) {
			return emptyLike(n)
		}
	}
	switch n.Kind {
	case plan.Inner, plan.Cross, plan.Semi:
		if isEmpty(n.L) || isEmpty(n.R) {
			return emptyLike(n)
		}
	case plan.Left, plan.Anti:
		if isEmpty(n.L) {
			return emptyLike(n)
		}
		if n.Kind == plan.Anti && isEmpty(n.R) {
			return n.L
		}
	}
	return n
}
