package ast

// Privilege is one privilege of GRANT, with columns if they were written. Name
// is in lower case; ALL PRIVILEGES is "all".
type Privilege struct {
	At
	Name    string
	Columns []string
}

// GrantScope says how Grant names its objects.
type GrantScope uint8

// The scopes.
const (
	GrantOnObjects     GrantScope = iota // Objects or Functions
	GrantOnAllInSchema                   // ALL TABLES IN SCHEMA Objects
	GrantOnDefaults                      // inside ALTER DEFAULT PRIVILEGES
)

// Grant is GRANT … ON … TO and REVOKE … ON … FROM.
type Grant struct {
	At
	Revoke         bool
	GrantOptionFor bool // REVOKE GRANT OPTION FOR
	Privileges     []*Privilege
	Kind           ObjectKind
	Scope          GrantScope
	Objects        []ObjectName
	Functions      []*FunctionSignature
	Grantees       []RoleSpec
	GrantOption    bool // WITH GRANT OPTION
	GrantedBy      *RoleSpec
	Behavior       DropBehavior
}

// GrantRole is GRANT role TO and REVOKE role FROM.
type GrantRole struct {
	At
	Revoke         bool
	AdminOptionFor bool // REVOKE ADMIN OPTION FOR
	Roles          []string
	Grantees       []RoleSpec
	AdminOption    bool // WITH ADMIN OPTION
	GrantedBy      *RoleSpec
	Behavior       DropBehavior
}

// AlterDefaultPrivileges is ALTER DEFAULT PRIVILEGES.
type AlterDefaultPrivileges struct {
	At
	ForRoles  []RoleSpec
	InSchemas []string
	Grant     *Grant
}

func (*Grant) statement()                  {}
func (*GrantRole) statement()              {}
func (*AlterDefaultPrivileges) statement() {}
