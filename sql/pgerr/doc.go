// Package pgerr holds the SQLSTATEs and the one error that a SQL client sees.
//
// Three kinds of error exist in Ferrite. The user's error is an *Error made
// here: a SQLSTATE, a message worded as PostgreSQL words it, and the optional
// fields of the wire protocol's ErrorResponse (detail, hint, position and the
// names of the objects concerned). The environment's error (a full disk, a
// closed socket) is an ordinary wrapped Go error; From turns it into XX000 at
// the edge where it must be shown, and words what a run's budget refused
// (kv/budget), so that nobody else does. Ours (a broken invariant) is an assertion
// and never an *Error.
//
// Words:
//
//	code      the five characters of a SQLSTATE, for instance "42P01"
//	class     the first two characters of a code
//	position  where in the statement the error stands: 1-based, counted in
//	          characters (not bytes), 0 when unknown
//
// An *Error is immutable once it is returned: the With* methods and At copy.
package pgerr
