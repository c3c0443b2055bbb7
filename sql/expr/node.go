package expr

import "github.com/ferritedb/ferrite/sql/types"

// replace copies a list of subexpressions out of c, so that a rewritten node
// never shares its slice with the caller's scratch space.
func replace(c []Expr) []Expr { return append([]Expr(nil), c...) }

// Type implements Expr.
func (e *Const) Type() *types.T { return e.T }

// Children implements Expr.
func (e *Const) Children(dst []Expr) []Expr { return dst }

// WithChildren implements Expr.
func (e *Const) WithChildren([]Expr) Expr { return e }

// Type implements Expr.
func (e *Col) Type() *types.T { return e.T }

// Children implements Expr.
func (e *Col) Children(dst []Expr) []Expr { return dst }

// WithChildren implements Expr.
func (e *Col) WithChildren([]Expr) Expr { return e }

// Type implements Expr.
func (e *Param) Type() *types.T { return e.T }

// Children implements Expr.
func (e *Param) Children(dst []Expr) []Expr { return dst }

// WithChildren implements Expr.
func (e *Param) WithChildren([]Expr) Expr { return e }

// Type implements Expr.
func (e *Func) Type() *types.T { return e.T }

// Children implements Expr.
func (e *Func) Children(dst []Expr) []Expr { return append(dst, e.Args...) }

// WithChildren implements Expr.
func (e *Func) WithChildren(c []Expr) Expr {
	n := *e
	n.Args = replace(c)
	return &n
}

// Type implements Expr.
func (e *And) Type() *types.T { return types.Bool }

// Children implements Expr.
func (e *And) Children(dst []Expr) []Expr { return append(dst, e.Args...) }

// WithChildren implements Expr.
func (e *And) WithChildren(c []Expr) Expr { return &And{Args: replace(c)} }

// Type implements Expr.
func (e *Or) Type() *types.T { return types.Bool }

// Children implements Expr.
func (e *Or) Children(dst []Expr) []Expr { return append(dst, e.Args...) }

// WithChildren implements Expr.
func (e *Or) WithChildren(c []Expr) Expr { return &Or{Args: replace(c)} }

// Type implements Expr.
func (e *Not) Type() *types.T { return types.Bool }

// Children implements Expr.
func (e *Not) Children(dst []Expr) []Expr { return append(dst, e.Arg) }

// WithChildren implements Expr.
func (e *Not) WithChildren(c []Expr) Expr { return &Not{Arg: c[0]} }

// Type implements Expr.
func (e *NullTest) Type() *types.T { return types.Bool }

// Children implements Expr.
func (e *NullTest) Children(dst []Expr) []Expr { return append(dst, e.Arg) }

// WithChildren implements Expr.
func (e *NullTest) WithChildren(c []Expr) Expr { return &NullTest{Arg: c[0], Not: e.Not} }

// Type implements Expr.
func (e *BoolTest) Type() *types.T { return types.Bool }

// Children implements Expr.
func (e *BoolTest) Children(dst []Expr) []Expr { return append(dst, e.Arg) }

// WithChildren implements Expr.
func (e *BoolTest) WithChildren(c []Expr) Expr {
	return &BoolTest{Arg: c[0], Want: e.Want, Not: e.Not}
}

// Type implements Expr.
func (e *Distinct) Type() *types.T { return types.Bool }

// Children are the two compared values: the arguments of Eq.
func (e *Distinct) Children(dst []Expr) []Expr { return append(dst, e.Eq.Args...) }

// WithChildren implements Expr.
func (e *Distinct) WithChildren(c []Expr) Expr {
	n := *e
	n.Eq = e.Eq.WithChildren(c).(*Func)
	return &n
}

// Type implements Expr.
func (e *Case) Type() *types.T { return e.T }

// Children are condition and result of each branch in turn, then Else if set.
func (e *Case) Children(dst []Expr) []Expr {
	for _, w := range e.Whens {
		dst = append(dst, w.Cond, w.Then)
	}
	if e.Else != nil {
		dst = append(dst, e.Else)
	}
	return dst
}

// WithChildren implements Expr.
func (e *Case) WithChildren(c []Expr) Expr {
	n := &Case{Whens: make([]When, len(e.Whens)), T: e.T}
	for i := range e.Whens {
		n.Whens[i] = When{Cond: c[2*i], Then: c[2*i+1]}
	}
	if e.Else != nil {
		n.Else = c[2*len(e.Whens)]
	}
	return n
}

// Type implements Expr.
func (e *Coalesce) Type() *types.T { return e.T }

// Children implements Expr.
func (e *Coalesce) Children(dst []Expr) []Expr { return append(dst, e.Args...) }

// WithChildren implements Expr.
func (e *Coalesce) WithChildren(c []Expr) Expr { return &Coalesce{Args: replace(c), T: e.T} }

// Type implements Expr.
func (e *MinMax) Type() *types.T { return e.T }

// Children implements Expr.
func (e *MinMax) Children(dst []Expr) []Expr { return append(dst, e.Args...) }

// WithChildren implements Expr.
func (e *MinMax) WithChildren(c []Expr) Expr {
	return &MinMax{Greatest: e.Greatest, Args: replace(c), T: e.T}
}

// Type implements Expr.
func (e *Cast) Type() *types.T { return e.T }

// Children implements Expr.
func (e *Cast) Children(dst []Expr) []Expr { return append(dst, e.Arg) }

// WithChildren implements Expr.
func (e *Cast) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg = c[0]
	return &n
}

// Type implements Expr.
func (e *AnyAll) Type() *types.T { return types.Bool }

// Children implements Expr.
func (e *AnyAll) Children(dst []Expr) []Expr { return append(dst, e.Arg, e.Array) }

// WithChildren implements Expr.
func (e *AnyAll) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg, n.Array = c[0], c[1]
	return &n
}

// Type implements Expr.
func (e *InList) Type() *types.T { return types.Bool }

// Children are Arg, then the list.
func (e *InList) Children(dst []Expr) []Expr { return append(append(dst, e.Arg), e.List...) }

// WithChildren implements Expr.
func (e *InList) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg, n.List = c[0], replace(c[1:])
	return &n
}

// Type implements Expr.
func (e *ArrayCtor) Type() *types.T { return e.T }

// Children implements Expr.
func (e *ArrayCtor) Children(dst []Expr) []Expr { return append(dst, e.Elems...) }

// WithChildren implements Expr.
func (e *ArrayCtor) WithChildren(c []Expr) Expr { return &ArrayCtor{Elems: replace(c), T: e.T} }

// Type implements Expr.
func (e *RowCtor) Type() *types.T { return e.T }

// Children implements Expr.
func (e *RowCtor) Children(dst []Expr) []Expr { return append(dst, e.Fields...) }

// WithChildren implements Expr.
func (e *RowCtor) WithChildren(c []Expr) Expr { return &RowCtor{Fields: replace(c), T: e.T} }

// Type implements Expr.
func (e *FieldSel) Type() *types.T { return e.T }

// Children implements Expr.
func (e *FieldSel) Children(dst []Expr) []Expr { return append(dst, e.Arg) }

// WithChildren implements Expr.
func (e *FieldSel) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg = c[0]
	return &n
}

// Type implements Expr.
func (e *Subscript) Type() *types.T { return e.T }

// Children are Arg, then the bounds that are written, lower before upper.
func (e *Subscript) Children(dst []Expr) []Expr {
	dst = append(dst, e.Arg)
	for _, l := range e.Lower {
		if l != nil {
			dst = append(dst, l)
		}
	}
	for _, u := range e.Upper {
		if u != nil {
			dst = append(dst, u)
		}
	}
	return dst
}

// WithChildren implements Expr.
func (e *Subscript) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg, c = c[0], c[1:]
	fill := func(old []Expr) []Expr {
		out := append([]Expr(nil), old...)
		for i := range out {
			if out[i] != nil {
				out[i], c = c[0], c[1:]
			}
		}
		return out
	}
	n.Lower = fill(e.Lower)
	n.Upper = fill(e.Upper)
	return &n
}

// Type implements Expr.
func (e *Subquery) Type() *types.T { return e.T }

// Children are the left side's expressions; the plan is not entered, its outer
// columns are named by Outer.
func (e *Subquery) Children(dst []Expr) []Expr { return append(dst, e.Args...) }

// WithChildren implements Expr.
func (e *Subquery) WithChildren(c []Expr) Expr {
	n := *e
	n.Args = replace(c)
	return &n
}
