package acl

import (
	"slices"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/types"
)

// reach lists role and the roles it is a member of, directly or not. inherit
// stops at roles that do not INHERIT: what is left are the roles whose
// privileges role has. The owner of the database is a member of
// pg_database_owner without a grant.
func reach(cat catalog.Reader, role types.OID, inherit bool) []types.OID {
	out := []types.OID{role}
	owner := databaseOwner(cat)
	add := func(o types.OID) {
		if !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	for i := 0; i < len(out); i++ {
		r, err := cat.RoleByOID(out[i])
		if err != nil || r == nil || inherit && !r.Inherit {
			continue
		}
		// In the order of OIDs: the first that fits is the grantor (User.Grantor).
		of := make([]types.OID, len(r.MemberOf))
		for k, m := range r.MemberOf {
			of[k] = m.Role
		}
		slices.Sort(of)
		for _, o := range of {
			add(o)
		}
		if r.OID == owner {
			add(catalog.RoleDatabaseOwner)
		}
	}
	return out
}

// databaseOwner is whom pg_database_owner stands for: all databases share one
// keyspace, so it is the owner of the first.
func databaseOwner(cat catalog.Reader) types.OID {
	ds, err := cat.Databases()
	if err != nil {
		return 0
	}
	for _, d := range ds {
		if d.OID == catalog.DatabaseDefault {
			return d.Owner
		}
	}
	return 0
}

// InCircle tells whether member is already reached from role: making role a
// member of it would close a circle. Superusers are not members of everything here.
func InCircle(cat catalog.Reader, role, member types.OID) bool {
	return slices.Contains(reach(cat, role, false), member)
}
