package expr

import "github.com/ferritedb/ferrite/sql/types"

// Fold replaces what is constant by its value: immutable functions of
// constants, and with stable set also stable ones and parameters (at execution,
// when ctx is that of the statement). Where a part fails to evaluate it stays,
// so that the error comes only if a row needs it.
func Fold(ctx *Ctx, e Expr, stable bool) Expr {
	return Rewrite(e, func(e Expr) Expr { return foldNode(ctx, e, stable) })
}

func foldNode(ctx *Ctx, e Expr, stable bool) Expr {
	switch n := e.(type) {
	case *Const, *Col, *Subquery:
		return e
	case *Param:
		if stable && n.Index <= len(ctx.Params) {
			return &Const{Value: ctx.Params[n.Index-1], T: n.T, Mod: -1}
		}
		return e
	case *And:
		return foldChain(n.Args, false, func(a []Expr) Expr { return &And{Args: a} })
	case *Or:
		return foldChain(n.Args, true, func(a []Expr) Expr { return &Or{Args: a} })
	case *Case:
		return foldCase(n)
	case *Coalesce:
		if len(n.Args) > 0 {
			if c, ok := n.Args[0].(*Const); ok && !c.Value.IsNull() {
				return c
			}
		}
	case *Func:
		if n.Def.Strict && hasNull(n.Args) && n.Def.Volatility != 'v' {
			return &Const{T: n.T, Mod: -1}
		}
	}
	if v := Volatility(e); v == 'v' || v == 's' && !stable || !allConst(e) {
		return e
	}
	d, err := EvalOne(ctx, e, nil)
	if err != nil {
		return e
	}
	mod := int32(-1)
	if c, ok := e.(*Cast); ok {
		mod = c.Mod
	}
	return &Const{Value: d, T: e.Type(), Mod: mod}
}

func hasNull(args []Expr) bool {
	null := false
	for _, a := range args {
		c, ok := a.(*Const)
		if ok && c.Value.IsNull() {
			null = true
		}
	}
	return null
}

func allConst(e Expr) bool {
	var room [8]Expr
	for _, c := range e.Children(room[:0]) {
		if _, ok := c.(*Const); !ok {
			return false
		}
	}
	return true
}

// foldChain drops the arguments of AND or OR that decide nothing.
func foldChain(args []Expr, stop bool, make func([]Expr) Expr) Expr {
	var keep []Expr
	for _, a := range args {
		if c, ok := a.(*Const); ok && !c.Value.IsNull() {
			if c.Value.Bool() == stop {
				return c
			}
			continue
		}
		keep = append(keep, a)
	}
	switch len(keep) {
	case 0:
		return &Const{Value: types.MakeBool(!stop), T: types.Bool, Mod: -1}
	case 1:
		return keep[0]
	case len(args):
		return make(args)
	}
	return make(keep)
}

// foldCase drops branches that cannot be taken.
func foldCase(n *Case) Expr {
	out := &Case{T: n.T, Else: n.Else}
	for _, w := range n.Whens {
		if c, ok := w.Cond.(*Const); ok {
			if c.Value.IsNull() || !c.Value.Bool() {
				continue
			}
			out.Else = w.Then
			break
		}
		out.Whens = append(out.Whens, w)
	}
	if len(out.Whens) > 0 {
		return out
	}
	if out.Else == nil {
		return &Const{T: n.T, Mod: -1}
	}
	return out.Else
}
