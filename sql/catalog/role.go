package catalog

import "github.com/ferritedb/ferrite/sql/types"

// Role is a user or group.
type Role struct {
	Versioned
	OID                                      types.OID
	Name                                     string
	Superuser, Inherit, CreateRole, CreateDB bool
	Login, Replication, BypassRLS            bool
	ConnLimit                                int
	// Verifier is the SCRAM-SHA-256 secret as pg_authid stores it; "" for none.
	Verifier string
	// ValidUntil is when the password expires, in microseconds since 2000-01-01
	// UTC as a timestamptz; nil: never.
	ValidUntil *int64 `json:",omitempty"`
	MemberOf   []Membership
	Settings   []string
	Comment    string
}

// Membership is a grant of one role to another.
type Membership struct {
	Role    types.OID
	Admin   bool
	Grantor types.OID `json:",omitempty"` // 0: the first superuser
}

// OIDs of the predefined roles, as PostgreSQL has them.
const (
	RoleMonitor              types.OID = 3373
	RoleReadAllSettings      types.OID = 3374
	RoleReadAllStats         types.OID = 3375
	RoleStatScanTables       types.OID = 3377
	RoleSignalBackend        types.OID = 4200
	RoleCheckpoint           types.OID = 4544
	RoleReadServerFiles      types.OID = 4569
	RoleWriteServerFiles     types.OID = 4570
	RoleExecuteServerProgram types.OID = 4571
	RoleDatabaseOwner        types.OID = 6171
	RoleReadAllData          types.OID = 6181
	RoleWriteAllData         types.OID = 6182
)

// PredefinedRoles are the roles that every catalog has; see package acl for what
// they may do.
func PredefinedRoles() []*Role {
	var out []*Role
	add := func(oid types.OID, name string, of ...types.OID) {
		r := &Role{OID: oid, Name: name, Inherit: true, ConnLimit: -1}
		for _, g := range of {
			r.MemberOf = append(r.MemberOf, Membership{Role: g})
		}
		out = append(out, r)
	}
	add(RoleMonitor, "pg_monitor", RoleReadAllSettings, RoleReadAllStats, RoleStatScanTables)
	add(RoleReadAllSettings, "pg_read_all_settings")
	add(RoleReadAllStats, "pg_read_all_stats")
	add(RoleStatScanTables, "pg_stat_scan_tables")
	add(RoleSignalBackend, "pg_signal_backend")
	add(RoleCheckpoint, "pg_checkpoint")
	add(RoleReadServerFiles, "pg_read_server_files")
	add(RoleWriteServerFiles, "pg_write_server_files")
	add(RoleExecuteServerProgram, "pg_execute_server_program")
	add(RoleDatabaseOwner, "pg_database_owner")
	add(RoleReadAllData, "pg_read_all_data")
	add(RoleWriteAllData, "pg_write_all_data")
	return out
}
