package acl

import (
	"slices"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// Need is what a statement needs of one relation, key pattern or function. One
// of Table, Pattern and Function is set.
type Need struct {
	Table    *catalog.Table
	Pattern  *catalog.KeyPattern
	Function *catalog.Function
	// Privs are needed on the whole, or of Select, Insert and Update on the columns
	// below. Those two that write need at least one column where none is named, as
	// Select does: what is counted is read.
	Privs Privs
	// Selected, Inserted and Updated are attnums; negative for system columns,
	// which only the table's own list can open.
	Selected, Inserted, Updated []int16
	// As is the role that needs it: the owner of the view or SECURITY DEFINER
	// function that the use stands in; 0: the current user.
	As types.OID
	// ViaView tells that the use stands in a view, not in the statement.
	ViaView bool
}

// Read notes that a column is read.
func (n *Need) Read(attnum int16) { n.Privs |= Select; n.Selected = with(n.Selected, attnum) }

// Write notes that a column is given a value by p: Insert or Update.
func (n *Need) Write(p Privs, attnum int16) {
	n.Privs |= p
	if p == Insert {
		n.Inserted = with(n.Inserted, attnum)
	} else {
		n.Updated = with(n.Updated, attnum)
	}
}

func with(list []int16, n int16) []int16 {
	if slices.Contains(list, n) {
		return list
	}
	return append(list, n)
}

// Check is 42501 for the first of the needs that the user does not meet.
func (u *User) Check(needs []*Need) error {
	by := map[types.OID]*User{0: u}
	for _, n := range needs {
		who := by[n.As]
		if who == nil {
			who = u.As(n.As)
			by[n.As] = who
		}
		if err := who.check(n); err != nil {
			return err
		}
	}
	return nil
}

func (u *User) check(n *Need) error {
	switch {
	case u.super:
		return nil
	case n.Function != nil:
		o := OfFunction(n.Function)
		return u.Require(&o, n.Privs)
	case n.Pattern != nil:
		return u.RequireKeys(n.Pattern.Pattern, n.Privs)
	}
	o := u.OfTable(n.Table)
	rest := n.Privs &^ u.Mask(&o, n.Privs)
	if rest == 0 {
		return nil
	}
	for _, c := range []struct {
		p       Privs
		columns []int16
	}{{Select, n.Selected}, {Insert, n.Inserted}, {Update, n.Updated}} {
		if rest&c.p != 0 && u.HoldsColumns(n.Table, c.p, c.columns, len(c.columns) == 0) {
			rest &^= c.p
		}
	}
	if rest != 0 {
		return o.Denied()
	}
	return nil
}

// RequireKeys is 42501 unless one grant on key patterns gives the user all of the
// privileges on every key that the pattern matches. Grants do not add up.
func (u *User) RequireKeys(pattern string, all Privs) error {
	if u.super || all&^u.predefined(KeyPattern) == 0 {
		return nil
	}
	all &^= u.predefined(KeyPattern)
	ok := true
	all.Each(func(p Privs) { ok = ok && u.holdsKeys(pattern, p) })
	if ok {
		return nil
	}
	return pgerr.Newf(pgerr.InsufficientPrivilege, "permission denied for key pattern %s", pattern).
		WithHint("A role needs a grant whose pattern covers this one: GRANT … ON KEYS '…' TO ….")
}

func (u *User) holdsKeys(pattern string, p Privs) bool {
	for _, a := range u.cat.AccessLists() {
		if a.Class == catalog.AccessKeys && u.listed(a.ACL, a.Owner(), p, false) == p && Covers(a.Name, pattern) {
			return true
		}
	}
	return false
}
