package session

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// identity is whom a session acts for: the role that logged in, the one that SET
// SESSION AUTHORIZATION put in its place, the one that SET ROLE did. Roles are
// known by OID: renaming one changes nothing, and a role made anew under an old
// name is another.
type identity struct {
	login, session, current types.OID
	// named maps the names that were given to the roles they meant then.
	named map[string]types.OID
	// settings are those of ALTER ROLE … SET for login.
	settings []string
	// names of session and current at a version of the catalog.
	at                       uint64
	sessionName, currentName string
}

// roleSettings applies what ALTER ROLE … SET keeps for who logged in. What is no
// longer a setting, or not the role's to set, is passed over: a role can always
// log in.
func (s *Session) roleSettings() {
	for _, kv := range s.id.settings {
		if k, v, ok := strings.Cut(kv, "="); ok {
			_ = s.SetSetting(k, v, false)
		}
	}
}

// connectPrivilege is checked of whoever logs in.
const connectPrivilege = acl.Connect

// logIn finds the role of a new session and checks that it may have one.
func (s *Session) logIn() error {
	info := &s.be.Info
	return s.withCatalog(func(cat Catalog) error {
		r, err := cat.Role(info.User)
		if err != nil {
			return err
		}
		refuse := func(code, format string, args ...any) *pgerr.Error {
			return pgerr.Newf(code, format, args...).WithSeverity(pgerr.SeverityFatal)
		}
		switch {
		case r == nil:
			return refuse(pgerr.InvalidAuthorizationSpecification, "role %q does not exist", info.User)
		case !r.Login:
			return refuse(pgerr.InvalidAuthorizationSpecification, "role %q is not permitted to log in", info.User)
		}
		s.id = identity{settings: r.Settings, login: r.OID, session: r.OID, current: r.OID, named: map[string]types.OID{r.Name: r.OID},
			sessionName: r.Name, currentName: r.Name, at: cat.Version()}
		if others := s.srv.countRole(s.be, r.OID); r.ConnLimit >= 0 && others >= r.ConnLimit && !r.Superuser {
			return refuse(pgerr.TooManyConnections, "too many connections for role %q", r.Name)
		}
		db, err := database(cat, info.Database)
		if err != nil || db == nil {
			return err
		}
		o := acl.OfDatabase(db)
		if !acl.For(cat, r.OID).Holds(&o, connectPrivilege) {
			return refuse(pgerr.InsufficientPrivilege, "permission denied for database %q", db.Name).
				WithDetail("User does not have CONNECT privilege.")
		}
		return nil
	})
}

// database is the one of that name; every other name means the first.
func database(cat catalog.Reader, name string) (*catalog.Database, error) {
	all, err := cat.Databases()
	if err != nil {
		return nil, err
	}
	var first *catalog.Database
	for _, d := range all {
		if d.Name == name {
			return d, nil
		}
		if d.OID == catalog.DatabaseDefault {
			first = d
		}
	}
	return first, nil
}

// withCatalog runs f with the transaction's catalog, or a fresh one where there
// is no transaction.
func (s *Session) withCatalog(f func(cat Catalog) error) error {
	if s.cat != nil {
		return f(s.cat)
	}
	tx, err := s.srv.Store.Begin(txn.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	cat, err := s.srv.Engine.Catalog(tx)
	if err != nil {
		return err
	}
	return f(cat)
}

// roleNamed finds the role that SET ROLE or SET SESSION AUTHORIZATION names and
// notes what the name meant.
func (s *Session) roleNamed(name string, may func(cat Catalog, r *catalog.Role) error) error {
	return s.withCatalog(func(cat Catalog) error {
		r, err := cat.Role(name)
		if err != nil {
			return err
		}
		if r == nil {
			return pgerr.Newf(pgerr.InvalidParameterValue, "role %q does not exist", name)
		}
		if err := may(cat, r); err != nil {
			return err
		}
		s.id.named[name] = r.OID
		return nil
	})
}

// checkRole lets the session's user become a role that it is a member of.
func checkRole(s *Session, v string) (string, error) {
	if v == "none" {
		return v, nil
	}
	return v, s.roleNamed(v, func(cat Catalog, r *catalog.Role) error {
		if acl.For(cat, s.id.session).MemberOf(r.OID) {
			return nil
		}
		return pgerr.Newf(pgerr.InsufficientPrivilege, "permission denied to set role %q", v)
	})
}

// checkSessionAuthorization lets whoever logged in become itself again, and a
// superuser become anybody.
func checkSessionAuthorization(s *Session, v string) (string, error) {
	return v, s.roleNamed(v, func(cat Catalog, r *catalog.Role) error {
		if r.OID == s.id.login || acl.For(cat, s.id.login).Superuser() {
			return nil
		}
		return pgerr.Newf(pgerr.InsufficientPrivilege, "permission denied to set session authorization %q", v)
	})
}

// setUser follows role and session_authorization.
func (s *Session) setUser() {
	if s.id.named == nil {
		return // not logged in yet
	}
	s.id.session = s.id.named[s.vars.vals[setSessionAuth]]
	s.id.current = s.id.session
	if r := s.vars.vals[setRole]; r != "none" && r != "" {
		s.id.current = s.id.named[r]
	}
	s.id.at, s.path, s.vars.planKey = 0, nil, ""
	s.vars.store(setSuperuser, onOffText(s.isSuperuser()))
}

// nameRoles brings the names up to date with the catalog.
func (s *Session) nameRoles() {
	if s.cat == nil && s.id.at != 0 || s.cat != nil && s.id.at == s.cat.Version() {
		return
	}
	_ = s.withCatalog(func(cat Catalog) error { // without a catalog the old names stand
		s.id.at = cat.Version()
		for _, x := range []struct {
			oid  types.OID
			name *string
		}{{s.id.session, &s.id.sessionName}, {s.id.current, &s.id.currentName}} {
			if r, err := cat.RoleByOID(x.oid); err == nil && r != nil {
				*x.name = r.Name
			} else {
				*x.name = ""
			}
		}
		return nil
	})
}

// User is current_user, SessionUser session_user; "" for a role that is gone.
func (s *Session) User() string { s.nameRoles(); return s.id.currentName }

// SessionUser is session_user.
func (s *Session) SessionUser() string { s.nameRoles(); return s.id.sessionName }

// actor is the role that privileges are asked of: as, or the current user where
// as is 0.
func (s *Session) actor(cat catalog.Reader, as types.OID) *acl.User {
	if as == 0 {
		as = s.id.current
	}
	u := acl.For(cat, as)
	u.TempSchema = TempSchema(s.be.PID)
	return u
}

// isSuperuser tells whether the current user may do what only superusers may.
func (s *Session) isSuperuser() bool {
	super := false
	_ = s.withCatalog(func(cat Catalog) error { // an unreadable catalog makes nobody a superuser
		super = acl.For(cat, s.id.current).Superuser()
		return nil
	})
	return super
}

// hasPrivsOf tells whether the current user has the privileges of a role.
func (s *Session) hasPrivsOf(role types.OID) bool {
	has := false
	_ = s.withCatalog(func(cat Catalog) error { // as above
		has = acl.For(cat, s.id.current).HasPrivsOf(role)
		return nil
	})
	return has
}

// asBootstrap runs f with the rights of the role that owns what is built in: the
// session's own housekeeping.
func (s *Session) asBootstrap(f func()) {
	saved := s.id
	s.id.session, s.id.current, s.id.at = catalog.RoleSuperuser, catalog.RoleSuperuser, 0
	s.path, s.vars.planKey = nil, ""
	f()
	s.id = saved
	s.path, s.vars.planKey = nil, ""
}

// sequenceCheck remembers the last sequence that was found usable.
type sequenceCheck struct {
	seq, user types.OID
	need      acl.Privs
	version   uint64
}

// mayUseSequence is 42501 unless user (0: nobody asks) holds one of the
// privileges on a sequence.
func (s *Session) mayUseSequence(seq, user types.OID, need acl.Privs) error {
	if user == 0 || s.cat == nil {
		return nil
	}
	key := sequenceCheck{seq, user, need, s.cat.Version()}
	if s.seqChecked == key {
		return nil
	}
	t, err := s.cat.TableByOID(seq)
	if err != nil || t == nil {
		return err
	}
	o := acl.OfTable(t)
	if u := s.actor(s.cat, user); !u.Superuser() && u.Mask(&o, need) == 0 {
		return o.Denied()
	}
	s.seqChecked = key
	return nil
}
