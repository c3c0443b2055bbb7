package ddl

import (
	"context"
	"slices"
	"strconv"
	"strings"

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
		return c.User, nil
	case ast.RoleSessionUser:
		return c.SessionUser, nil
	}
	r, err := c.Catalog.Role(s.Name)
	if err == nil && r == nil {
		err = pgerr.Newf(pgerr.UndefinedObject, "role %q does not exist", s.Name)
	}
	return r, err
}

func (c *Context) mayManageRoles() error {
	if c.User == nil || c.User.Superuser || c.User.CreateRole {
		return nil
	}
	return pgerr.New(pgerr.InsufficientPrivilege, "permission denied to create role")
}

func createRole(ctx context.Context, c *Context, s *ast.CreateRole) error {
	if err := c.mayManageRoles(); err != nil {
		return err
	}
	if strings.HasPrefix(s.Name.Name, "pg_") {
		return pgerr.Newf(pgerr.ReservedName, "role name %q is reserved", s.Name.Name).
			WithDetail("Role names starting with \"pg_\" are reserved.")
	}
	oid, err := c.Store.NewOID(ctx)
	if err != nil {
		return err
	}
	r := &catalog.Role{OID: oid, Name: s.Name.Name, Inherit: true, ConnLimit: -1, Login: s.Kind == ast.KindUser}
	if err := c.roleOptions(ctx, r, s.Options); err != nil {
		return err
	}
	return c.Catalog.PutRole(ctx, r)
}

func alterRole(ctx context.Context, c *Context, s *ast.AlterRole) error {
	r, err := c.role(s.Name)
	if err != nil {
		return err
	}
	// Everybody may change his own password, and nothing else.
	ownPassword := c.User != nil && r.OID == c.User.OID && len(s.Options) == 1 && s.Options[0].Name == "password"
	if c.mayManageRoles() != nil && !ownPassword {
		return pgerr.New(pgerr.InsufficientPrivilege, "permission denied")
	}
	if r.Superuser && c.User != nil && !c.User.Superuser {
		return pgerr.New(pgerr.InsufficientPrivilege, "must be superuser to alter superuser roles or change superuser attribute")
	}
	n := *r
	n.MemberOf = slices.Clone(r.MemberOf)
	if err := c.roleOptions(ctx, &n, s.Options); err != nil {
		return err
	}
	return c.Catalog.PutRole(ctx, &n)
}

func (c *Context) roleOptions(ctx context.Context, r *catalog.Role, opts []*ast.RoleOption) error {
	flags := map[string]*bool{"superuser": &r.Superuser, "createdb": &r.CreateDB, "createrole": &r.CreateRole,
		"inherit": &r.Inherit, "login": &r.Login, "replication": &r.Replication, "bypassrls": &r.BypassRLS}
	for _, o := range opts {
		if p := flags[strings.TrimPrefix(o.Name, "no")]; p != nil {
			*p = !strings.HasPrefix(o.Name, "no")
			if o.Name == "superuser" && c.User != nil && !c.User.Superuser {
				return pgerr.New(pgerr.InsufficientPrivilege, "must be superuser to create superusers")
			}
			continue
		}
		switch o.Name {
		case "connection limit":
			n, err := strconv.Atoi(o.Value)
			if err != nil || n < -1 {
				return pgerr.Newf(pgerr.InvalidParameterValue, "invalid connection limit: %s", o.Value)
			}
			r.ConnLimit = n
		case "password":
			if err := setPassword(r, o); err != nil {
				return err
			}
		case "in role":
			for _, g := range o.Roles {
				if err := c.addMember(r, g, false); err != nil {
					return err
				}
			}
		case "valid until", "sysid":
		default:
			return unsupported("role option " + strings.ToUpper(o.Name))
		}
	}
	return nil
}

func setPassword(r *catalog.Role, o *ast.RoleOption) error {
	r.Verifier = ""
	if o.Null {
		return nil
	}
	if Verifier == nil {
		return unsupported("PASSWORD in this build")
	}
	v, err := Verifier(o.Value)
	r.Verifier = v
	return err
}

func (c *Context) addMember(r *catalog.Role, group ast.RoleSpec, admin bool) error {
	g, err := c.role(group)
	if err != nil {
		return err
	}
	if g.OID == r.OID {
		return pgerr.Newf(pgerr.InvalidGrantOperation, "role %q is a member of role %q", r.Name, g.Name)
	}
	r.MemberOf = slices.DeleteFunc(r.MemberOf, func(m catalog.Membership) bool { return m.Role == g.OID })
	r.MemberOf = append(r.MemberOf, catalog.Membership{Role: g.OID, Admin: admin})
	return nil
}

func alterRoleSet(ctx context.Context, c *Context, s *ast.AlterRoleSet) error {
	if s.All || s.Database != "" {
		return unsupported("ALTER ROLE ALL and IN DATABASE")
	}
	r, err := c.role(s.Name)
	if err != nil {
		return err
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
	if err := c.mayManageRoles(); err != nil {
		return err
	}
	for _, spec := range s.Names {
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
		if c.User != nil && r.OID == c.User.OID {
			return pgerr.New(pgerr.ObjectInUse, "current user cannot be dropped")
		}
		if err := c.roleUnused(r); err != nil {
			return err
		}
		if err := c.Catalog.DropRole(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// roleUnused refuses to drop a role that owns something.
func (c *Context) roleUnused(r *catalog.Role) error {
	var owned []string
	tables, err := c.Catalog.Tables()
	if err != nil {
		return err
	}
	for _, t := range tables {
		if t.Owner == r.OID {
			owned = append(owned, "owner of "+kindWord(t.Kind)+" "+t.Name)
		}
	}
	for _, s := range c.Catalog.Schemas() {
		if s.Owner == r.OID {
			owned = append(owned, "owner of schema "+s.Name)
		}
	}
	if r.OID == catalog.RoleSuperuser {
		return pgerr.Newf(pgerr.DependentObjectsStillExist, "cannot drop role %s because it is required by the database system", r.Name)
	}
	if len(owned) > 0 {
		return pgerr.Newf(pgerr.DependentObjectsStillExist, "role %q cannot be dropped because some objects depend on it", r.Name).
			WithDetail(strings.Join(owned, "\n"))
	}
	return nil
}

func grantRole(ctx context.Context, c *Context, s *ast.GrantRole) error {
	for _, spec := range s.Grantees {
		r, err := c.role(spec)
		if err != nil {
			return err
		}
		n := *r
		n.MemberOf = slices.Clone(r.MemberOf)
		for _, g := range s.Roles {
			if s.Revoke {
				group, err := c.role(ast.RoleSpec{Name: g})
				if err != nil {
					return err
				}
				n.MemberOf = revokeMember(n.MemberOf, group.OID, s.AdminOptionFor)
			} else if err := c.addMember(&n, ast.RoleSpec{Name: g}, s.AdminOption); err != nil {
				return err
			}
		}
		if err := c.Catalog.PutRole(ctx, &n); err != nil {
			return err
		}
	}
	return nil
}

func revokeMember(ms []catalog.Membership, group types.OID, adminOnly bool) []catalog.Membership {
	if !adminOnly {
		return slices.DeleteFunc(ms, func(m catalog.Membership) bool { return m.Role == group })
	}
	for i := range ms {
		if ms[i].Role == group {
			ms[i].Admin = false
		}
	}
	return ms
}
