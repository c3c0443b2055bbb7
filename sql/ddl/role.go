package ddl

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// Verifier makes the stored secret of a password: set by whoever knows SCRAM.
// A text that is a verifier already comes back as it is.
var Verifier func(password string) (string, error)

// role finds the role a spec names.
func (c *Context) role(s ast.RoleSpec) (*catalog.Role, error) {
	switch s.Kind {
	case ast.RoleCurrentUser, ast.RoleCurrentRole:
		return c.roleByOID(c.Auth.OID)
	case ast.RoleSessionUser:
		return c.roleByOID(c.SessionUser)
	}
	r, err := c.Catalog.Role(s.Name)
	if err == nil && (r == nil || s.Kind == ast.RolePublic) {
		name := s.Name
		if s.Kind == ast.RolePublic {
			name = "public"
		}
		err = pgerr.Newf(pgerr.UndefinedObject, "role %q does not exist", name)
	}
	return r, err
}

func (c *Context) roleByOID(oid types.OID) (*catalog.Role, error) {
	r, err := c.Catalog.RoleByOID(oid)
	if err == nil && r == nil {
		err = pgerr.Newf(pgerr.UndefinedObject, "invalid role OID: %d", oid)
	}
	return r, err
}

func denied(text string) error { return pgerr.New(pgerr.InsufficientPrivilege, text) }

// reserved refuses to change a predefined role.
func reserved(r *catalog.Role) error {
	if !strings.HasPrefix(r.Name, "pg_") {
		return nil
	}
	return pgerr.Newf(pgerr.ReservedName, "role name %q is reserved", r.Name).WithDetail("Cannot alter reserved roles.")
}

// newRoleName refuses a name that no new role may have.
func newRoleName(name string) error {
	if strings.HasPrefix(name, "pg_") {
		return pgerr.Newf(pgerr.ReservedName, "role name %q is reserved", name).
			WithDetail("Role names starting with \"pg_\" are reserved.")
	}
	if name == "public" || name == "none" {
		return pgerr.Newf(pgerr.ReservedName, "role name %q is reserved", name)
	}
	return nil
}

// asksFor tells whether the options have one of these.
func asksFor(opts []*ast.RoleOption, names ...string) bool {
	return slices.ContainsFunc(opts, func(o *ast.RoleOption) bool { return slices.Contains(names, o.Name) })
}

func createRole(ctx context.Context, c *Context, s *ast.CreateRole) error {
	switch super := c.Auth.Superuser(); {
	case asksFor(s.Options, "superuser") && !super:
		return denied("must be superuser to create superusers")
	case asksFor(s.Options, "replication") && !super:
		return denied("must be superuser to create replication users")
	case asksFor(s.Options, "bypassrls") && !super:
		return denied("must be superuser to create bypassrls users")
	case !c.Auth.CreateRole():
		return denied("permission denied to create role")
	}
	name := s.Name.Name
	if s.Name.Kind == ast.RolePublic {
		name = "public"
	}
	if err := newRoleName(name); err != nil {
		return err
	}
	oid, err := c.Store.NewOID(ctx)
	if err != nil {
		return err
	}
	r := &catalog.Role{OID: oid, Name: name, Inherit: true, ConnLimit: -1, Login: s.Kind == ast.KindUser}
	if err := c.roleOptions(r, s.Options); err != nil {
		return err
	}
	if err := c.Catalog.PutRole(ctx, r); err != nil {
		return err
	}
	return c.newMembers(ctx, r, s.Options)
}

// newMembers are the memberships that the options of a role name.
func (c *Context) newMembers(ctx context.Context, r *catalog.Role, opts []*ast.RoleOption) error {
	for _, o := range opts {
		for _, spec := range o.Roles {
			other, err := c.role(spec)
			if err != nil {
				return err
			}
			m := membership{role: other.OID, member: r.OID}
			if o.Name != "in role" {
				m = membership{role: r.OID, member: other.OID, admin: o.Name == "admin"}
			}
			if o.Name == "dropuser" {
				err = c.revokeMember(ctx, m, false)
			} else {
				err = c.grantMember(ctx, m)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func alterRole(ctx context.Context, c *Context, s *ast.AlterRole) error {
	r, err := c.role(s.Name)
	if err != nil {
		return err
	}
	if err := reserved(r); err != nil {
		return err
	}
	ownPassword := r.OID == c.Auth.OID && len(s.Options) == 1 && s.Options[0].Name == "password"
	switch super := c.Auth.Superuser(); {
	case super:
	case r.Superuser || asksFor(s.Options, "superuser", "nosuperuser"):
		return denied("must be superuser to alter superuser roles or change superuser attribute")
	case r.Replication || asksFor(s.Options, "replication", "noreplication"):
		return denied("must be superuser to alter replication roles or change replication attribute")
	case asksFor(s.Options, "bypassrls", "nobypassrls"):
		return denied("must be superuser to change bypassrls attribute")
	case !c.Auth.CreateRole() && !ownPassword:
		return denied("permission denied")
	}
	n := *r
	if err := c.roleOptions(&n, s.Options); err != nil {
		return err
	}
	if err := c.Catalog.PutRole(ctx, &n); err != nil {
		return err
	}
	return c.newMembers(ctx, &n, s.Options)
}

// roleOptions sets the attributes of a role; memberships are newMembers' work.
func (c *Context) roleOptions(r *catalog.Role, opts []*ast.RoleOption) error {
	flags := map[string]*bool{"superuser": &r.Superuser, "createdb": &r.CreateDB, "createrole": &r.CreateRole,
		"inherit": &r.Inherit, "login": &r.Login, "replication": &r.Replication, "bypassrls": &r.BypassRLS}
	for _, o := range opts {
		if p := flags[strings.TrimPrefix(o.Name, "no")]; p != nil {
			*p = !strings.HasPrefix(o.Name, "no")
			continue
		}
		switch o.Name {
		case "connection limit":
			n, err := strconv.ParseInt(o.Value, 10, 32)
			if err != nil || n < -1 {
				return pgerr.Newf(pgerr.InvalidParameterValue, "invalid connection limit: %s", o.Value)
			}
			r.ConnLimit = int(n)
		case "password":
			if err := c.setPassword(r, o); err != nil {
				return err
			}
		case "valid until":
			d, err := types.Parse(types.Timestamptz, -1, o.Value, c.IO)
			if err != nil {
				return err
			}
			until := d.Int()
			r.ValidUntil = &until
		case "sysid":
			c.notice("NOTICE", pgerr.SuccessfulCompletion, "SYSID can no longer be specified")
		case "in role", "role", "admin", "adduser", "dropuser":
		default:
			return unsupported("role option " + strings.ToUpper(o.Name))
		}
	}
	return nil
}

func (c *Context) setPassword(r *catalog.Role, o *ast.RoleOption) error {
	r.Verifier = ""
	if o.Null {
		return nil
	}
	if o.Value == "" {
		c.notice("NOTICE", pgerr.SuccessfulCompletion, "empty string is not a valid password, clearing password")
		return nil
	}
	if Verifier == nil {
		return unsupported("PASSWORD in this build")
	}
	v, err := Verifier(o.Value)
	r.Verifier = v
	return err
}

func alterRoleSet(ctx context.Context, c *Context, s *ast.AlterRoleSet) error {
	if s.All && s.Database == "" && !c.Auth.Superuser() {
		return denied("must be superuser to alter settings globally")
	}
	if s.All || s.Database != "" {
		return unsupported("ALTER ROLE ALL and IN DATABASE")
	}
	r, err := c.role(s.Name)
	if err != nil {
		return err
	}
	if err := reserved(r); err != nil {
		return err
	}
	switch {
	case r.Superuser && !c.Auth.Superuser():
		return denied("must be superuser to alter superusers")
	case !c.Auth.CreateRole() && r.OID != c.Auth.OID:
		return denied("permission denied")
	}
	n := *r
	n.Settings = slices.Clone(r.Settings)
	without := func(name string) {
		n.Settings = slices.DeleteFunc(n.Settings, func(x string) bool { return strings.HasPrefix(x, name+"=") })
	}
	switch v := s.Set.(type) {
	case *ast.Reset:
		if v.Name == "" {
			n.Settings = nil
		}
		without(v.Name)
	case *ast.SetVariable:
		without(v.Name)
		if text, ok := strings.CutPrefix(ast.Print(v), "SET "+v.Name+" TO "); ok {
			n.Settings = append(n.Settings, v.Name+"="+strings.Trim(text, "'"))
		}
	}
	return c.Catalog.PutRole(ctx, &n)
}

func dropRole(ctx context.Context, c *Context, s *ast.DropRole) error {
	if !c.Auth.CreateRole() {
		return denied("permission denied to drop role")
	}
	for _, spec := range s.Names {
		if spec.Kind != ast.RoleName {
			return pgerr.New(pgerr.InvalidParameterValue, "cannot use special role specifier in DROP ROLE")
		}
		r, err := c.Catalog.Role(spec.Name)
		if err != nil {
			return err
		}
		if r == nil {
			if !s.IfExists {
				return pgerr.Newf(pgerr.UndefinedObject, "role %q does not exist", spec.Name)
			}
			c.notice("NOTICE", pgerr.UndefinedObject, "role %q does not exist, skipping", spec.Name)
			continue
		}
		if err := c.dropOneRole(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

func (c *Context) dropOneRole(ctx context.Context, r *catalog.Role) error {
	switch {
	case r.OID == c.Auth.OID:
		return pgerr.New(pgerr.ObjectInUse, "current user cannot be dropped")
	case r.OID == c.SessionUser:
		return pgerr.New(pgerr.ObjectInUse, "session user cannot be dropped")
	case r.Superuser && !c.Auth.Superuser():
		return denied("must be superuser to drop superusers")
	case r.OID < catalog.FirstUserOID:
		return pgerr.Newf(pgerr.DependentObjectsStillExist, "cannot drop role %s because it is required by the database system", r.Name)
	}
	uses, err := c.usesOf(r)
	if err != nil {
		return err
	}
	if len(uses) > 0 {
		return pgerr.Newf(pgerr.DependentObjectsStillExist, "role %q cannot be dropped because some objects depend on it", r.Name).
			WithDetail(strings.Join(uses, "\n"))
	}
	all, err := c.Catalog.Roles()
	if err != nil {
		return err
	}
	for _, o := range all {
		if slices.ContainsFunc(o.MemberOf, func(m catalog.Membership) bool { return m.Role == r.OID }) {
			n := *o
			n.MemberOf = slices.DeleteFunc(slices.Clone(o.MemberOf), func(m catalog.Membership) bool { return m.Role == r.OID })
			if err := c.Catalog.PutRole(ctx, &n); err != nil {
				return err
			}
		}
	}
	return c.Catalog.DropRole(ctx, r)
}

func renameRole(ctx context.Context, c *Context, s *ast.AlterObject) error {
	r, err := c.role(ast.RoleSpec{Name: s.Name.Name})
	if err != nil {
		return err
	}
	switch {
	case r.OID == c.SessionUser:
		return pgerr.New(pgerr.FeatureNotSupported, "session user cannot be renamed")
	case r.OID == c.Auth.OID:
		return pgerr.New(pgerr.FeatureNotSupported, "current user cannot be renamed")
	}
	for _, name := range []string{r.Name, s.NewName} {
		if err := newRoleName(name); err != nil {
			return err
		}
	}
	if old, err := c.Catalog.Role(s.NewName); err != nil || old != nil {
		if err == nil {
			err = pgerr.Newf(pgerr.DuplicateObject, "role %q already exists", s.NewName)
		}
		return err
	}
	switch {
	case r.Superuser && !c.Auth.Superuser():
		return denied("must be superuser to rename superusers")
	case !c.Auth.CreateRole():
		return denied("permission denied to rename role")
	}
	n := *r
	n.Name = s.NewName
	return c.Catalog.PutRole(ctx, &n)
}

// membership is role having member as a member.
type membership struct {
	role, member types.OID
	admin        bool
	grantor      types.OID // 0: the user
}

// mayGrantRole checks who may change the members of a role.
func (c *Context) mayGrantRole(r *catalog.Role, m membership) error {
	switch {
	case r.Superuser && !c.Auth.Superuser():
		return denied("must be superuser to alter superusers")
	case !c.Auth.CreateRole() && !c.Auth.AdminOf(r.OID):
		return pgerr.Newf(pgerr.InsufficientPrivilege, "must have admin option on role %q", r.Name)
	case m.grantor != 0 && m.grantor != c.Auth.OID && !c.Auth.Superuser():
		return denied("must be superuser to set grantor")
	}
	return nil
}

func (c *Context) grantMember(ctx context.Context, m membership) error {
	r, err := c.roleByOID(m.role)
	if err != nil {
		return err
	}
	if err := c.mayGrantRole(r, m); err != nil {
		return err
	}
	member, err := c.roleByOID(m.member)
	if err != nil {
		return err
	}
	switch {
	case m.role == catalog.RoleDatabaseOwner:
		return pgerr.Newf(pgerr.InvalidGrantOperation, "role %q cannot have explicit members", r.Name)
	case m.member == catalog.RoleDatabaseOwner:
		return pgerr.Newf(pgerr.InvalidGrantOperation, "role %q cannot be a member of any role", member.Name)
	case acl.InCircle(c.Catalog, m.role, m.member):
		return pgerr.Newf(pgerr.InvalidGrantOperation, "role %q is a member of role %q", r.Name, member.Name)
	}
	n := *member
	n.MemberOf = slices.Clone(member.MemberOf)
	if m.grantor == 0 {
		m.grantor = c.Auth.OID
	}
	i := slices.IndexFunc(n.MemberOf, func(x catalog.Membership) bool { return x.Role == m.role })
	switch {
	case i < 0:
		n.MemberOf = append(n.MemberOf, catalog.Membership{Role: m.role, Admin: m.admin, Grantor: m.grantor})
	case n.MemberOf[i].Admin || !m.admin:
		c.notice("NOTICE", pgerr.SuccessfulCompletion, "role %q is already a member of role %q", member.Name, r.Name)
		return nil
	default:
		n.MemberOf[i].Admin, n.MemberOf[i].Grantor = true, m.grantor
	}
	return c.Catalog.PutRole(ctx, &n)
}

func (c *Context) revokeMember(ctx context.Context, m membership, adminOnly bool) error {
	r, err := c.roleByOID(m.role)
	if err != nil {
		return err
	}
	if err := c.mayGrantRole(r, m); err != nil {
		return err
	}
	member, err := c.roleByOID(m.member)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(member.MemberOf, func(x catalog.Membership) bool { return x.Role == m.role })
	if i < 0 {
		c.notice("WARNING", pgerr.Warning, "role %q is not a member of role %q", member.Name, r.Name)
		return nil
	}
	n := *member
	n.MemberOf = slices.Clone(member.MemberOf)
	if adminOnly {
		n.MemberOf[i].Admin = false
	} else {
		n.MemberOf = slices.Delete(n.MemberOf, i, i+1)
	}
	return c.Catalog.PutRole(ctx, &n)
}

// grantRole is GRANT role TO and REVOKE role FROM.
func grantRole(ctx context.Context, c *Context, s *ast.GrantRole) error {
	grantor := types.OID(0)
	if s.GrantedBy != nil {
		r, err := c.role(*s.GrantedBy)
		if err != nil {
			return err
		}
		grantor = r.OID
	}
	members := make([]*catalog.Role, len(s.Grantees))
	for i, spec := range s.Grantees {
		var err error
		if members[i], err = c.role(spec); err != nil {
			return err
		}
	}
	for _, name := range s.Roles {
		r, err := c.role(ast.RoleSpec{Name: name})
		if err != nil {
			return err
		}
		for _, o := range members {
			m := membership{role: r.OID, member: o.OID, admin: s.AdminOption, grantor: grantor}
			if s.Revoke {
				err = c.revokeMember(ctx, m, s.AdminOptionFor)
			} else {
				err = c.grantMember(ctx, m)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}
