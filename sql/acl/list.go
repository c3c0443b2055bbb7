package acl

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// Change is one GRANT or REVOKE on one list.
type Change struct {
	Revoke bool
	// Option is WITH GRANT OPTION, or REVOKE's GRANT OPTION FOR.
	Option   bool
	Cascade  bool
	Grantees []types.OID // 0: PUBLIC
	Privs    Privs
	Grantor  types.OID
}

// Apply gives a list with the change made; list is left as it is. owner is the
// object's.
func (ch *Change) Apply(cat catalog.Reader, list []catalog.ACLItem, owner types.OID) ([]catalog.ACLItem, error) {
	l := editor{cat: cat, owner: owner, cascade: ch.Cascade, items: open(list)}
	for _, g := range ch.Grantees {
		if !ch.Revoke && ch.Option && g == 0 {
			return nil, pgerr.New(pgerr.InvalidGrantOperation, "grant options can only be granted to roles")
		}
		it := item{grantee: g, grantor: ch.Grantor}
		if !ch.Revoke || !ch.Option {
			it.privs = ch.Privs
		}
		if ch.Revoke || ch.Option {
			it.option = ch.Privs
		}
		if err := l.update(it, ch.Revoke); err != nil {
			return nil, err
		}
	}
	return l.close(), nil
}

// item is a catalog.ACLItem opened.
type item struct {
	grantee, grantor types.OID
	privs, option    Privs
}

func open(list []catalog.ACLItem) []item {
	out := make([]item, len(list))
	for i, a := range list {
		out[i] = item{a.Grantee, a.Grantor, ParsePrivs(a.Privs), ParsePrivs(a.GrantOption)}
	}
	return out
}

func shut(items []item) []catalog.ACLItem {
	out := make([]catalog.ACLItem, len(items))
	for i, a := range items {
		out[i] = catalog.ACLItem{Grantee: a.grantee, Grantor: a.grantor, Privs: a.privs.String(), GrantOption: a.option.String()}
	}
	return out
}

// editor changes one list.
type editor struct {
	cat     catalog.Reader
	owner   types.OID
	cascade bool
	items   []item
}

func (l *editor) close() []catalog.ACLItem { return shut(l.items) }

// update adds or takes away the privileges of one item. Taking away a grant
// option takes away what was granted with it, or is refused where that is not
// cascaded.
func (l *editor) update(mod item, take bool) error {
	if !take && mod.option != 0 {
		if err := l.circular(mod); err != nil {
			return err
		}
	}
	i := slices.IndexFunc(l.items, func(x item) bool { return x.grantee == mod.grantee && x.grantor == mod.grantor })
	if i < 0 {
		l.items = append(l.items, item{grantee: mod.grantee, grantor: mod.grantor})
		i = len(l.items) - 1
	}
	x := &l.items[i]
	had := x.option
	if take {
		x.privs &^= mod.privs
		x.option &^= mod.option
	} else {
		x.privs |= mod.privs
		x.option |= mod.option
	}
	lost := had &^ x.option
	if x.privs == 0 && x.option == 0 {
		l.items = slices.Delete(l.items, i, i+1)
	}
	if lost == 0 {
		return nil
	}
	return l.abandoned(mod.grantee, lost)
}

// options gives those of the wanted grant options that a role has by the list.
func (l *editor) options(role types.OID, want Privs) Privs {
	return For(l.cat, role).listed(shut(l.items), l.owner, want, true)
}

// abandoned takes away what a role granted with grant options it no longer has.
func (l *editor) abandoned(role types.OID, lost Privs) error {
	if role == l.owner {
		return nil // owners have all grant options for ever
	}
	if lost &^= l.options(role, lost); lost == 0 {
		return nil
	}
	for {
		i := slices.IndexFunc(l.items, func(x item) bool { return x.grantor == role && x.privs&lost != 0 })
		if i < 0 {
			return nil
		}
		if !l.cascade {
			return pgerr.New(pgerr.DependentObjectsStillExist, "dependent privileges exist").
				WithHint("Use CASCADE to revoke them too.")
		}
		if err := l.update(item{grantee: l.items[i].grantee, grantor: role, privs: lost, option: lost}, true); err != nil {
			return err
		}
	}
}

// circular refuses grant options that would come back to whom they came from:
// the grantor must hold them without what the grantee granted.
func (l *editor) circular(mod item) error {
	if mod.grantor == l.owner {
		return nil
	}
	without := editor{cat: l.cat, owner: l.owner, cascade: true, items: slices.Clone(l.items)}
	for {
		i := slices.IndexFunc(without.items, func(x item) bool { return x.grantee == mod.grantee && x.option != 0 })
		if i < 0 {
			break
		}
		if err := without.update(without.items[i], true); err != nil {
			return err
		}
	}
	if mod.option&^without.options(mod.grantor, mod.option) != 0 {
		return pgerr.New(pgerr.InvalidGrantOperation, "grant options cannot be granted back to your own grantor")
	}
	return nil
}

// Grantor picks the role in whose name the user grants: the owner, if the user
// is it or a superuser; else, of the roles whose privileges the user has, the
// first that may grant all that is wanted, or the one that may grant the most.
// can is what it may grant.
func (u *User) Grantor(list []catalog.ACLItem, owner types.OID, want Privs) (grantor types.OID, can Privs) {
	if u.OID == owner || u.super {
		return owner, want
	}
	u.inherits(owner)
	grantor = u.OID
	for _, r := range u.privs {
		has := want
		if r != owner {
			has = 0
			for _, a := range list {
				if a.Grantee == r {
					has |= ParsePrivs(a.GrantOption) & want
				}
			}
		}
		if has == want {
			return r, has
		}
		if bits.OnesCount16(uint16(has)) > bits.OnesCount16(uint16(can)) {
			grantor, can = r, has
		}
	}
	return grantor, can
}

// Merge is a list with the privileges of another added.
func Merge(cat catalog.Reader, left, right []catalog.ACLItem, owner types.OID) ([]catalog.ACLItem, error) {
	l := editor{cat: cat, owner: owner, items: open(left)}
	for _, it := range open(right) {
		if err := l.update(it, false); err != nil {
			return nil, err
		}
	}
	return l.close(), nil
}

// Reown is a list after its object went from one owner to another: what was the
// old one's is the new one's.
func Reown(list []catalog.ACLItem, from, to types.OID) []catalog.ACLItem {
	if list == nil {
		return nil
	}
	items := open(list)
	for i := range items {
		if items[i].grantee == from {
			items[i].grantee = to
		}
		if items[i].grantor == from {
			items[i].grantor = to
		}
	}
	out := items[:0]
	for _, x := range items {
		i := slices.IndexFunc(out, func(o item) bool { return o.grantee == x.grantee && o.grantor == x.grantor })
		if i < 0 {
			out = append(out, x)
			continue
		}
		out[i].privs |= x.privs
		out[i].option |= x.option
	}
	return shut(out)
}

// Sorted is a list in the order in which default privileges are kept.
func Sorted(list []catalog.ACLItem) []catalog.ACLItem {
	items := open(list)
	slices.SortFunc(items, func(a, b item) int {
		return cmp.Or(cmp.Compare(a.grantee, b.grantee), cmp.Compare(a.grantor, b.grantor),
			cmp.Compare(a.option, b.option), cmp.Compare(a.privs, b.privs))
	})
	return shut(items)
}

// Equal tells that two lists say the same in any order.
func Equal(a, b []catalog.ACLItem) bool { return slices.Equal(Sorted(a), Sorted(b)) }

// Mentions tells whether a list has a role as grantee or grantor.
func Mentions(list []catalog.ACLItem, role types.OID) bool {
	return slices.ContainsFunc(list, func(a catalog.ACLItem) bool { return a.Grantee == role || a.Grantor == role })
}
