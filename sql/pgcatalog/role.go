package pgcatalog

import (
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/types"
)

func (e *env) eachRole(f func(r *catalog.Role) error) error {
	rs, err := e.cat.Roles()
	if err != nil {
		return err
	}
	for _, r := range rs {
		if err := f(r); err != nil {
			return err
		}
	}
	return nil
}

// validUntil is when a role's password expires; nil: never.
func validUntil(r *catalog.Role) any {
	if r.ValidUntil == nil {
		return nil
	}
	return types.MakeInt(*r.ValidUntil)
}

// genDefaultACL is what ALTER DEFAULT PRIVILEGES keeps.
func genDefaultACL(e *env) error {
	for _, a := range e.cat.AccessLists() {
		if a.Class == catalog.AccessDefaults {
			if err := e.row(a.OID, a.Role, a.Schema, byte(a.Object), e.acl(a.ACL)); err != nil {
				return err
			}
		}
	}
	return nil
}

// genKeyGrants is what GRANT … ON KEYS keeps.
func genKeyGrants(e *env) error {
	for _, a := range e.cat.AccessLists() {
		if a.Class == catalog.AccessKeys {
			if err := e.row(a.OID, a.Name, e.acl(a.ACL)); err != nil {
				return err
			}
		}
	}
	return nil
}

// genInitPrivs is what objects of the system were made with: pg_dump writes only
// what differs from that.
func genInitPrivs(e *env) error {
	for oid, owner := range map[types.OID]types.OID{catalog.SchemaPgCatalog: catalog.RoleSuperuser,
		catalog.SchemaInformation: catalog.RoleSuperuser, catalog.SchemaPublic: catalog.RoleDatabaseOwner} {
		list := []catalog.ACLItem{{Grantee: owner, Grantor: owner, Privs: "UC"}, {Grantor: owner, Privs: "U"}}
		if err := e.row(oid, classNamespace, 0, byte('i'), e.acl(list)); err != nil {
			return err
		}
	}
	return e.eachTable("", func(t *catalog.Table) error {
		if t.Kind != catalog.KindVirtual {
			return nil
		}
		return e.row(t.OID, classClass, 0, byte('i'), e.acl(t.ACL))
	})
}

// genParameterACL is what GRANT … ON PARAMETER keeps.
func genParameterACL(e *env) error {
	for _, a := range e.cat.AccessLists() {
		if a.Class == catalog.AccessSetting {
			if err := e.row(a.OID, a.Name, e.acl(a.ACL)); err != nil {
				return err
			}
		}
	}
	return nil
}

func genAuthid(e *env) error {
	return e.eachRole(func(r *catalog.Role) error {
		return e.row(r.OID, r.Name, r.Superuser, r.Inherit, r.CreateRole, r.CreateDB, r.Login, r.Replication, r.BypassRLS,
			r.ConnLimit, textOrNull(r.Verifier), validUntil(r))
	})
}

func genRoles(e *env) error {
	return e.eachRole(func(r *catalog.Role) error {
		return e.row(r.Name, r.Superuser, r.Inherit, r.CreateRole, r.CreateDB, r.Login, r.Replication, r.ConnLimit,
			"********", validUntil(r), r.BypassRLS, optionsOrNull(r.Settings), r.OID)
	})
}

func genUser(e *env) error {
	return e.eachRole(func(r *catalog.Role) error {
		if !r.Login {
			return nil
		}
		return e.row(r.Name, r.OID, r.CreateDB, r.Superuser, r.Replication, r.BypassRLS, "********", validUntil(r), optionsOrNull(r.Settings))
	})
}

func genShadow(e *env) error {
	return e.eachRole(func(r *catalog.Role) error {
		if !r.Login {
			return nil
		}
		return e.row(r.Name, r.OID, r.CreateDB, r.Superuser, r.Replication, r.BypassRLS, textOrNull(r.Verifier), validUntil(r), optionsOrNull(r.Settings))
	})
}

func genAuthMembers(e *env) error {
	return e.eachRole(func(r *catalog.Role) error {
		for _, m := range r.MemberOf {
			grantor := m.Grantor
			if grantor == 0 {
				grantor = catalog.RoleSuperuser
			}
			if err := e.row(m.Role, r.OID, grantor, m.Admin); err != nil {
				return err
			}
		}
		return nil
	})
}

// genRoleSettings is what ALTER ROLE and ALTER DATABASE … SET keep.
func genRoleSettings(e *env) error {
	rs, err := e.cat.Roles()
	if err != nil {
		return err
	}
	for _, r := range rs {
		if len(r.Settings) > 0 {
			if err := e.row(0, r.OID, r.Settings); err != nil {
				return err
			}
		}
	}
	dbs, err := e.cat.Databases()
	if err != nil {
		return err
	}
	for _, d := range dbs {
		if len(d.Settings) > 0 {
			if err := e.row(d.OID, 0, d.Settings); err != nil {
				return err
			}
		}
	}
	return nil
}
