package catalog

import "github.com/ferritedb/ferrite/sql/types"

// ACLItem is one grant.
type ACLItem struct {
	Grantee types.OID // 0: PUBLIC
	Grantor types.OID
	// Privs and GrantOption are PostgreSQL's privilege letters (arwdDxtXUCTcsA).
	Privs       string
	GrantOption string
}

// AccessClass says what an AccessList is of.
type AccessClass byte

// The classes.
const (
	AccessKeys     AccessClass = 'k' // keys that match a pattern: Name
	AccessDefaults AccessClass = 'd' // new objects of kind Object made by Role, in Schema or (0) anywhere
	AccessLanguage AccessClass = 'l' // a language: Name
	AccessRelation AccessClass = 'r' // a relation of the system: Object
	AccessFunction AccessClass = 'f' // a function of the system: Object
	AccessType     AccessClass = 't' // a type of the system: Object
	AccessSetting  AccessClass = 'p' // a run-time parameter: Name
)

// Versioned is part of every descriptor that is no Table: a changed copy keeps the
// version of what it was copied from until it is stored, so that two changes of
// one descriptor never overwrite each other.
type Versioned struct {
	Version uint64 `json:",omitempty"`
}

// At is where the version stands.
func (v *Versioned) At() *uint64 { return &v.Version }

// AccessKey names an AccessList.
type AccessKey struct {
	Class        AccessClass
	Role, Schema types.OID `json:",omitempty"`
	Object       types.OID `json:",omitempty"`
	Name         string    `json:",omitempty"`
}

// AccessList is an access list that stands beside its object, because that has
// no descriptor of its own.
type AccessList struct {
	Versioned
	OID types.OID
	AccessKey
	ACL []ACLItem
}

// Owner is the owner of what the list is of.
func (a *AccessList) Owner() types.OID {
	if a.Class == AccessDefaults {
		return a.Role
	}
	return RoleSuperuser
}
