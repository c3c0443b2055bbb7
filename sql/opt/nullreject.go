package opt

import "github.com/ferritedb/ferrite/sql/expr"

// rejects tells that e is not true for a row in which every column of c is NULL.
func (c cols) rejects(e expr.Expr) bool {
	switch e := e.(type) {
	case *expr.And:
		for _, a := range e.Args {
			if c.rejects(a) {
				return true
			}
		}
		return false
	case *expr.Or:
		for _, a := range e.Args {
			if !c.rejects(a) {
				return false
			}
		}
		return len(e.Args) > 0
	case *expr.NullTest:
		return e.Not && c.nullIn(e.Arg)
	case *expr.BoolTest:
		// IS TRUE and IS FALSE of NULL are false, IS NOT UNKNOWN as well.
		return c.nullIn(e.Arg) && (!e.Not && e.Want != 'u' || e.Not && e.Want == 'u')
	}
	return c.nullIn(e)
}

// nullIn tells that e is NULL for a row in which every column of c is NULL.
func (c cols) nullIn(e expr.Expr) bool {
	switch e := e.(type) {
	case *expr.Col:
		return c[e.ID]
	case *expr.Cast:
		return e.T.Typtype != 'd' && c.nullIn(e.Arg)
	case *expr.Not:
		return c.nullIn(e.Arg)
	case *expr.InList:
		return c.nullIn(e.Arg)
	case *expr.AnyAll:
		// NULL op ANY of an empty array is false, ALL of one true.
		return !e.All && c.nullIn(e.Arg) && e.Op.Strict
	case *expr.Func:
		if !e.Def.Strict {
			return false
		}
		for _, a := range e.Args {
			if c.nullIn(a) {
				return true
			}
		}
	case *expr.And:
		// Only where every part is NULL is the whole surely not true; that is
		// what rejects asks, not this.
		for _, a := range e.Args {
			if !c.nullIn(a) {
				return false
			}
		}
		return len(e.Args) > 0
	}
	return false
}
