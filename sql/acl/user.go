package acl

import (
	"slices"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// User is one role asking. Not safe for concurrent use; good for one version of
// its catalog.
type User struct {
	OID types.OID
	// TempSchema names the session's schema of temporary tables, which is its own
	// whoever the user is; "" for none.
	TempSchema string
	// Inside are schemas that a statement looks into for the engine's sake.
	Inside []types.OID

	cat   catalog.Reader
	role  *catalog.Role // nil: dropped meanwhile; such a user has what PUBLIC has
	super bool
	// privs and members are made at first use.
	privs, members []types.OID
}

// For is the role with that OID.
func For(cat catalog.Reader, oid types.OID) *User {
	r, err := cat.RoleByOID(oid)
	if err != nil {
		r = nil
	}
	return &User{OID: oid, cat: cat, role: r, super: r != nil && r.Superuser}
}

// As is another role in the same session.
func (u *User) As(oid types.OID) *User {
	if oid == u.OID {
		return u
	}
	o := For(u.cat, oid)
	o.TempSchema = u.TempSchema
	return o
}

// Superuser tells that nothing is refused.
func (u *User) Superuser() bool { return u.super }

// Name is the role's; "" where it is gone.
func (u *User) Name() string {
	if u.role == nil {
		return ""
	}
	return u.role.Name
}

// CreateRole tells that the user may make and change roles.
func (u *User) CreateRole() bool { return u.super || u.role != nil && u.role.CreateRole }

// CreateDB tells that the user may make databases.
func (u *User) CreateDB() bool { return u.super || u.role != nil && u.role.CreateDB }

// HasPrivsOf tells whether the user has the privileges of a role.
func (u *User) HasPrivsOf(role types.OID) bool {
	return role == u.OID || u.super || u.inherits(role)
}

// inherits is HasPrivsOf without the rights of superusers.
func (u *User) inherits(role types.OID) bool {
	if u.privs == nil {
		u.privs = reach(u.cat, u.OID, true)
	}
	return slices.Contains(u.privs, role)
}

// MemberOf tells whether the user is a member of a role.
func (u *User) MemberOf(role types.OID) bool {
	if role == u.OID || u.super {
		return true
	}
	if u.members == nil {
		u.members = reach(u.cat, u.OID, false)
	}
	return slices.Contains(u.members, role)
}

// AdminOf tells whether the user may grant a role: through a membership WITH
// ADMIN OPTION of its own or of a role it is a member of. Nobody administers
// himself.
func (u *User) AdminOf(role types.OID) bool {
	if u.super {
		return true
	}
	if role == u.OID {
		return false
	}
	u.MemberOf(role)
	for _, m := range u.members {
		r, err := u.cat.RoleByOID(m)
		if err != nil || r == nil {
			continue
		}
		for _, g := range r.MemberOf {
			if g.Role == role && g.Admin {
				return true
			}
		}
	}
	return false
}

// Owns tells whether the user may do what owners may.
func (u *User) Owns(o *Object) bool { return u.HasPrivsOf(o.Owner) }

// OwnsSchema tells the same of a schema.
func (u *User) OwnsSchema(s *catalog.Schema) bool {
	o := OfSchema(s)
	return u.Owns(&o)
}

// Mask gives those of the wanted privileges that the user holds on an object.
func (u *User) Mask(o *Object, want Privs) Privs {
	if u.super {
		return want
	}
	if o.Kind == Schema && u.TempSchema != "" && o.Name == u.TempSchema {
		return want & (Usage | Create)
	}
	got := u.listed(o.Items(), o.Owner, want, false)
	if rest := want &^ got; rest != 0 {
		got |= rest & u.predefined(o.Kind)
	}
	return got
}

// listed gives those of the wanted privileges (grant options where grant is set)
// that a list holds for the user. The owner has all grant options.
func (u *User) listed(items []catalog.ACLItem, owner types.OID, want Privs, grant bool) Privs {
	if grant && u.HasPrivsOf(owner) {
		return want
	}
	var got Privs
	for i := range items {
		it := &items[i]
		if it.Grantee != 0 && !u.HasPrivsOf(it.Grantee) || grant && it.Grantee == 0 {
			continue
		}
		if grant {
			got |= ParsePrivs(it.GrantOption) & want
		} else {
			got |= ParsePrivs(it.Privs) & want
		}
	}
	return got
}

// predefined are the privileges that pg_read_all_data and pg_write_all_data give
// on every object of a kind.
func (u *User) predefined(k Kind) Privs {
	var read, write Privs
	switch k {
	case Table, View, MatView, Sequence, KeyPattern:
		read, write = Select, Insert|Update|Delete
	case Schema:
		read, write = Usage, Usage
	default:
		return 0
	}
	var got Privs
	if u.inherits(catalog.RoleReadAllData) {
		got |= read
	}
	if u.inherits(catalog.RoleWriteAllData) {
		got |= write
	}
	return got
}

// Holds tells whether the user holds all of the privileges on an object.
func (u *User) Holds(o *Object, all Privs) bool { return u.super || u.Mask(o, all) == all }

// MaskGrant gives those of the wanted privileges that the user may grant.
func (u *User) MaskGrant(o *Object, want Privs) Privs {
	if u.super {
		return want
	}
	return u.listed(o.Items(), o.Owner, want, true)
}

// HoldsGrant tells whether the user may grant all of the privileges.
func (u *User) HoldsGrant(o *Object, all Privs) bool {
	return u.super || u.listed(o.Items(), o.Owner, all, true) == all
}

// Require is 42501 unless the user holds all of the privileges.
func (u *User) Require(o *Object, all Privs) error {
	if u.Holds(o, all) {
		return nil
	}
	return o.Denied()
}

// RequireOwner is 42501 unless the user owns the object.
func (u *User) RequireOwner(o *Object) error {
	if u.Owns(o) {
		return nil
	}
	return o.NotOwner()
}

// RequireSchema is 42501 unless the user holds all of the privileges on a schema.
func (u *User) RequireSchema(s *catalog.Schema, all Privs) error {
	if all == Usage && slices.Contains(u.Inside, s.OID) {
		return nil
	}
	o := u.ofSchema(s)
	return u.Require(&o, all)
}

// SeesSchema tells whether names in a schema may be looked up.
func (u *User) SeesSchema(s *catalog.Schema) bool {
	if u.super || slices.Contains(u.Inside, s.OID) {
		return true
	}
	o := u.ofSchema(s)
	return u.Holds(&o, Usage)
}

// ofSchema is a schema with its list of now, where the descriptor is of the past.
func (u *User) ofSchema(s *catalog.Schema) Object {
	if now := u.cat.SchemaByOID(s.OID); now != nil {
		s = now
	}
	return OfSchema(s)
}

// OfTable is a relation with the list that it has now: one of the system has it
// beside its descriptor.
func (u *User) OfTable(t *catalog.Table) Object {
	o := OfTable(t)
	if t.Kind == catalog.KindVirtual {
		if a := u.cat.Access(catalog.AccessKey{Class: catalog.AccessRelation, Object: t.OID}); a != nil {
			o.ACL = a.ACL
		}
	}
	return o
}

// HoldsColumns tells whether the user holds a privilege on each of the columns
// (any: on at least one of the table's), by the table's list or the columns' own.
func (u *User) HoldsColumns(t *catalog.Table, p Privs, columns []int16, any bool) bool {
	o := u.OfTable(t)
	if u.Holds(&o, p) {
		return true
	}
	if any {
		for i := range t.Columns {
			if c := &t.Columns[i]; !c.Dropped && u.holdsColumn(t, c, p) {
				return true
			}
		}
		return false
	}
	for _, n := range columns {
		c := t.ColumnByNum(n)
		if c == nil || !u.holdsColumn(t, c, p) {
			return false
		}
	}
	return true
}

func (u *User) holdsColumn(t *catalog.Table, c *catalog.Column, p Privs) bool {
	if len(c.ACL) == 0 {
		return u.super
	}
	return u.super || u.listed(c.ACL, t.Owner, p, false) == p
}

// HoldsColumnGrant tells whether the user may grant a privilege on a column.
func (u *User) HoldsColumnGrant(t *catalog.Table, c *catalog.Column, p Privs) bool {
	o := u.OfTable(t)
	return u.HoldsGrant(&o, p) || u.listed(c.ACL, t.Owner, p, true) == p
}

// CanGiveTo is 42501 unless the user may make a role the owner of something.
func (u *User) CanGiveTo(to *catalog.Role) error {
	if u.MemberOf(to.OID) {
		return nil
	}
	return pgerr.Newf(pgerr.InsufficientPrivilege, "must be member of role %q", to.Name)
}
