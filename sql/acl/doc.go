// Package acl decides who may do what: PostgreSQL 15's rules over the
// descriptors of package catalog. It is the only place that reads an access
// list, a membership or a role attribute to grant or refuse.
//
//	privs.go    the privileges, their letters and words
//	object.go   what privileges are held on: kinds, defaults, words of errors
//	roles.go    roles and memberships: what a user may act as
//	user.go     User: one role asking; Holds, Owns, Require…
//	list.go     access lists: grant, revoke, grantors (PostgreSQL's acl.c)
//	need.go     what a statement needs of relations, columns, functions
//	defaults.go ALTER DEFAULT PRIVILEGES applied to a new object
//	pattern.go  grants on key patterns: when one pattern covers another
//
// Words:
//   - holds: a role holds a privilege if the list of the object gives it to
//     PUBLIC, to the role, or to a role whose privileges it has.
//   - has the privileges of: the role itself, and the roles it is a member of
//     through roles that INHERIT. What a right is checked against.
//   - is a member of: through any membership. What SET ROLE and giving objects
//     away are checked against.
//   - an access list (acl) that is nil stands for the defaults of the kind; an
//     empty one gives nothing to anybody.
//
// A superuser holds everything, owns everything and is a member of every role.
//
// All functions are pure over the catalog.Reader they are given: a verdict is
// good for as long as the Reader's Version stays. sql/engine keeps the verdict
// of a plan by role and version, so that a prepared statement pays nothing.
package acl
