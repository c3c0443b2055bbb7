package expr

// Walk calls visit for e and all below it, parents first, until visit gives
// false (then what is below is passed over). Plans of subqueries are not entered.
func Walk(e Expr, visit func(Expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	switch n := e.(type) {
	case *Const, *Col, *Param:
		return
	case *Func:
		for _, a := range n.Args {
			Walk(a, visit)
		}
		return
	}
	for _, c := range e.Children(nil) {
		Walk(c, visit)
	}
}

// WalkCols calls visit for every column that evaluating e reads from its input
// or from an enclosing query, those that plans of subqueries read included.
func WalkCols(e Expr, visit func(*Col)) {
	Walk(e, func(x Expr) bool {
		switch n := x.(type) {
		case *Col:
			visit(n)
		case *Subquery:
			for i := range n.Outer {
				visit(&n.Outer[i])
			}
		}
		return true
	})
}

// Rewrite gives e with f applied to every node, children first. f gives its
// argument back to keep it; nodes whose children did not change are shared.
func Rewrite(e Expr, f func(Expr) Expr) Expr {
	if e == nil {
		return nil
	}
	switch e.(type) {
	case *Const, *Col, *Param:
		return f(e)
	}
	kids := e.Children(nil)
	changed := false
	for i, c := range kids {
		if n := Rewrite(c, f); n != c {
			kids[i], changed = n, true
		}
	}
	if changed {
		e = e.WithChildren(kids)
	}
	return f(e)
}
