package ast

// RoleKind is the word a role was created or dropped with.
type RoleKind uint8

// The role words. USER implies LOGIN.
const (
	KindRole RoleKind = iota
	KindUser
	KindGroup
)

// CreateRole is CREATE ROLE | USER | GROUP.
type CreateRole struct {
	At
	Kind    RoleKind
	Name    RoleSpec
	Options []*RoleOption
}

// AlterRole is ALTER ROLE | USER … options, or ALTER GROUP … ADD | DROP USER
// as the options adduser and dropuser.
type AlterRole struct {
	At
	Kind    RoleKind
	Name    RoleSpec
	Options []*RoleOption
}

// RoleOption is one option of a role. Name is in lower case: superuser,
// nosuperuser, createdb, nocreatedb, createrole, nocreaterole, inherit,
// noinherit, login, nologin, replication, noreplication, bypassrls,
// nobypassrls, connection limit, password, valid until, in role, role, admin,
// sysid, adduser, dropuser.
type RoleOption struct {
	At
	Name  string
	Value string // password, valid until, connection limit, sysid
	Null  bool   // PASSWORD NULL
	Roles []RoleSpec
}

// AlterRoleSet is ALTER ROLE … [IN DATABASE name] SET | RESET.
type AlterRoleSet struct {
	At
	Kind     RoleKind
	All      bool
	Name     RoleSpec
	Database string
	Set      Statement // *SetVariable or *Reset
}

// DropRole is DROP ROLE | USER | GROUP.
type DropRole struct {
	At
	Kind     RoleKind
	IfExists bool
	Names    []RoleSpec
}

// ReassignOwned is REASSIGN OWNED BY roles TO role.
type ReassignOwned struct {
	At
	From []RoleSpec
	To   RoleSpec
}

// DropOwned is DROP OWNED BY roles.
type DropOwned struct {
	At
	Roles    []RoleSpec
	Behavior DropBehavior
}

func (*CreateRole) statement()    {}
func (*AlterRole) statement()     {}
func (*AlterRoleSet) statement()  {}
func (*DropRole) statement()      {}
func (*ReassignOwned) statement() {}
func (*DropOwned) statement()     {}
