package expr

import "github.com/ferritedb/ferrite/sql/types"

// Equal tells that two expressions are the same tree over the same columns.
func Equal(a, b Expr) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if a == b {
		return true
	}
	if !a.Type().Is(b.Type()) || !sameNode(a, b) {
		return false
	}
	ac, bc := a.Children(nil), b.Children(nil)
	if len(ac) != len(bc) {
		return false
	}
	for i := range ac {
		if !Equal(ac[i], bc[i]) {
			return false
		}
	}
	return true
}

// sameNode compares what is not a child.
func sameNode(a, b Expr) bool {
	switch a := a.(type) {
	case *Const:
		b, ok := b.(*Const)
		return ok && a.Mod == b.Mod && a.Value.IsNull() == b.Value.IsNull() &&
			(a.Value.IsNull() || types.Format(a.Value, a.T, nil) == types.Format(b.Value, b.T, nil))
	case *Col:
		b, ok := b.(*Col)
		return ok && a.ID == b.ID
	case *Param:
		b, ok := b.(*Param)
		return ok && a.Index == b.Index
	case *Func:
		b, ok := b.(*Func)
		return ok && a.Def == b.Def
	case *And:
		_, ok := b.(*And)
		return ok
	case *Or:
		_, ok := b.(*Or)
		return ok
	case *Not:
		_, ok := b.(*Not)
		return ok
	case *NullTest:
		b, ok := b.(*NullTest)
		return ok && a.Not == b.Not
	case *BoolTest:
		b, ok := b.(*BoolTest)
		return ok && a.Not == b.Not && a.Want == b.Want
	case *Distinct:
		b, ok := b.(*Distinct)
		return ok && a.Not == b.Not && a.Eq.Def == b.Eq.Def
	case *Case:
		b, ok := b.(*Case)
		return ok && len(a.Whens) == len(b.Whens)
	case *Coalesce:
		_, ok := b.(*Coalesce)
		return ok
	case *MinMax:
		b, ok := b.(*MinMax)
		return ok && a.Greatest == b.Greatest
	case *Cast:
		b, ok := b.(*Cast)
		return ok && a.Mod == b.Mod && a.Explicit == b.Explicit
	}
	return sameRare(a, b)
}

func sameRare(a, b Expr) bool {
	switch a := a.(type) {
	case *AnyAll:
		b, ok := b.(*AnyAll)
		return ok && a.Op == b.Op && a.All == b.All
	case *InList:
		b, ok := b.(*InList)
		return ok && a.Eq == b.Eq && a.Not == b.Not
	case *ArrayCtor:
		_, ok := b.(*ArrayCtor)
		return ok
	case *RowCtor:
		_, ok := b.(*RowCtor)
		return ok
	case *FieldSel:
		b, ok := b.(*FieldSel)
		return ok && a.Index == b.Index
	case *Subscript:
		b, ok := b.(*Subscript)
		return ok && a.Slice == b.Slice && sameHoles(a.Lower, b.Lower) && sameHoles(a.Upper, b.Upper)
	case *Subquery:
		b, ok := b.(*Subquery)
		return ok && a.Plan == b.Plan && a.Kind == b.Kind
	}
	return false
}

func sameHoles(a, b []Expr) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if (a[i] == nil) != (b[i] == nil) {
			return false
		}
	}
	return true
}
